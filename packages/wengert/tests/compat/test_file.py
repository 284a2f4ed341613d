"""A test file with the imports of PyTorch's own runs, without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_test_file_runs_with_what_pytorch_s_own_import():
    path = str(Path(__file__).parent / "a_test_file.py")
    arguments = [sys.executable, "-W", "ignore", "-m", "wengert.compat.torch", path]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout == "26 1\n", done.stdout + done.stderr
