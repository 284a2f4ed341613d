"""Programs that say ``import torch``, run by Wengert and by PyTorch: they print the same."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

#: Runs programs one after the other, as PyTorch's import takes much longer than they do; prints what each printed, as JSON.
RUNNER = """
import contextlib, gc, io, json, runpy, sys, traceback
outputs = []
for path in sys.argv[1:]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            runpy.run_path(path, run_name="__main__")
        except BaseException:
            traceback.print_exc()
    gc.collect()  # no hook lives on into the next program
    outputs.append(printed.getvalue())
json.dump(outputs, sys.stdout)
"""


def outputs(before: str = "") -> list[str]:
    """What each program prints, and the error it ends with; in one fresh interpreter."""
    command = [sys.executable, "-W", "ignore", "-c", before + RUNNER, *map(str, PROGRAMS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_programs_print_what_they_print_with_pytorch():
    pytest.importorskip("torch")
    ours, theirs = outputs("from wengert.compat.torch.installing import install; install()"), outputs()
    assert len(ours) == len(theirs) == len(PROGRAMS) > 5
    difference = []
    for program, a, b in zip(PROGRAMS, ours, theirs, strict=True):
        assert b.strip()
        names = f"{program.name} by PyTorch", f"{program.name} by Wengert"
        difference += difflib.unified_diff(b.splitlines(), a.splitlines(), *names, lineterm="", n=1)
    assert not difference, "\n".join(difference)
