"""Peak memory of training steps, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing

__all__ = ["peaks", "training_steps"]

#: workload of `memory_child`, title, goal, goal with the optimizer in the backward (None: that is not measured)
WORK = (
    ("mlp", "peak memory, W2 MLP step", 1.0, 0.9),
    ("wide-mlp", "peak memory, MLP of 25 MB of parameters, step", 1.0, 0.9),
    ("cnn", "peak memory, W3 CNN step", 1.0, 0.9),
    ("transformer", "peak memory, W4 transformer block step", 1.0, 0.9),
    ("mlp-compiled-numba", "peak memory, W2 MLP step compiled", 0.9, None),
    ("cnn-compiled-python", "peak memory, W3 CNN step compiled", 0.9, None),
    ("transformer-compiled-python", "peak memory, W4 transformer block step compiled", 0.9, None),
    ("elementwise", "peak memory, W8 ten operators on 10⁷", 1.0, None),
    ("elementwise-compiled", "peak memory, W8 compiled", 0.9, None),
)


def training_steps(settings: Settings) -> list[Row]:
    """The memory that steps need beyond what the process held when model and data were there."""
    return [row for work in WORK if not (settings.quick and work[0].startswith("elementwise")) for row in peaks(settings, *work)]


def peaks(settings: Settings, work: str, title: str, goal: float, goal_in_backward: float | None = None) -> list[Row]:
    """The rows of one workload."""
    cells: dict[str, Timing] = {}
    losses: dict[str, Any] = {}
    inside = Timing()
    for _ in range(1 if settings.quick else 3):
        for library in ("wengert", "torch"):
            if load(library) is None:
                continue
            found = _child(library, work)
            cells.setdefault(library, Timing()).samples.append(found["bytes"])
            losses[library] = found["loss"]
        if goal_in_backward is not None:
            found = _child("wengert", work, "in_backward")
            inside.samples.append(found["bytes"])
            losses["wengert, in_backward"] = found["loss"]
    same_values(losses, 1e-3)
    rows = [Row(title, "MB", cells, goal, spent="")]
    if rows[-1].met is False:
        rows[-1].spent = found_largest(work)
    if goal_in_backward is not None:
        rows.append(Row(f"{title}, optimizer in the backward", "MB", {**cells, "wengert": inside}, goal_in_backward))
        if rows[-1].met is False:
            rows[-1].spent = found_largest(work, "in_backward")
    return rows


def found_largest(work: str, mode: str = "plain") -> str:
    """The lines of Wengert that hold most when the most memory is in use."""
    return str(_child("wengert", work, mode, "trace")["largest"])


def _child(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.memory_child", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
