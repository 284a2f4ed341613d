"""How long an import takes beyond NumPy's own."""

from __future__ import annotations

import os
import subprocess
import sys

from .peers import load
from .table import Row
from .timing import Settings, Timing

__all__ = ["imports"]

LIMIT_MS = 150.0

_PROGRAM = """\
import time, numpy
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def imports(settings: Settings) -> list[Row]:
    """Fresh interpreters, NumPy imported before the clock starts."""
    modules = [name for name in ("wengert", "torch", "autograd", "mygrad", "jax") if load(name) is not None]
    cells = {name: Timing() for name in modules}
    # As after an installation: compiled once, by the first of the runs if need be.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for number in range(3 if settings.quick else 12):
        for name in modules:
            if name != "wengert" and number >= 3:
                continue
            command = [sys.executable, "-c", _PROGRAM.format(module=name)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            cells[name].samples.append(float(done.stdout))
    row = Row("import, beyond NumPy's", "ms", cells, limit=LIMIT_MS)
    if not row.met:
        row.spent = _slowest()
    return [row]


def _slowest(count: int = 6) -> str:
    """The modules with most time of their own."""
    command = [sys.executable, "-X", "importtime", "-c", "import numpy, sys; print('x', file=sys.stderr); import wengert"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split("\nx\n")[1].splitlines()
    columns = [line.split("|") for line in lines if "|" in line]
    entries = [(int(own.removeprefix("import time:")), name.strip()) for own, _, name in columns]
    return ", ".join(f"{name} {microseconds / 1000:.1f} ms" for microseconds, name in sorted(entries, reverse=True)[:count])
