"""Programs that say ``import torch``, run by Wengert and by PyTorch: they print the same."""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "programs"
PROGRAMS = sorted(p.name for p in HERE.glob("*.py"))


def output(arguments: list[str]) -> str:
    """What Python prints, and the error it ends with."""
    done = subprocess.run([sys.executable, "-W", "ignore", *arguments], capture_output=True, text=True, check=False, timeout=300)
    return done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_prints_what_it_prints_with_pytorch(program):
    pytest.importorskip("torch")
    path = str(HERE / program)
    ours, theirs = output(["-m", "wengert.compat.torch", path]), output([path])
    difference = difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "PyTorch", "Wengert", lineterm="", n=1)
    assert ours == theirs, "\n".join(difference)
