"""One measurement of peak memory: ``python -m benchmarks.memory_child LIBRARY WORK [plain|in_backward [trace]]``."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import resource
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .workloads import ten_operators, training

STEPS = 5


def _resident() -> int:
    """Bytes of the process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _baseline() -> int:
    """What is in use now. Linux lets a process forget its peak; elsewhere the peak so far must do."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed but not returned must not hide what the steps need
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _resident()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _elementwise(xp: Any, size: int, compiled: bool = False) -> Callable[[], Any]:
    leaf = xp.asarray(np.linspace(-2.0, 2.0, size, dtype=np.float32)).requires_grad_(True)
    one = xp.asarray(np.ones(size, np.float32))

    def step() -> Any:
        leaf.grad = None
        ten_operators(leaf, xp).backward(one)
        return leaf.grad[0]

    def gradient(v: Any) -> Any:
        v.grad = None
        ten_operators(v, xp).backward(one)
        return v.grad

    if not compiled:
        return step
    if xp.__name__ == "wengert":
        whole = xp.compile(gradient, backend="python")
        whole(leaf)
        return lambda: whole(leaf)[0]
    forward = xp.compile(lambda v: ten_operators(v, xp))
    forward(leaf).backward(one)

    def compiled_step() -> Any:
        leaf.grad = None
        forward(leaf).backward(one)
        return leaf.grad[0]

    return compiled_step


def _steps(xp: Any, work: str, in_backward: bool) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A tiny step, in which libraries load what they load at first use, and the one that is measured."""
    if work == "elementwise":
        return _elementwise(xp, 100), _elementwise(xp, 10_000_000)
    if work == "elementwise-compiled":
        return _elementwise(xp, 100), _elementwise(xp, 10_000_000, compiled=True)
    name, _, compiled = work.partition("-compiled-")
    warm_up = training(xp, name, batch=2, in_backward=in_backward)
    made = training(xp, name, in_backward=in_backward)
    step = made.step
    if compiled and xp.__name__ == "wengert":  # PyTorch's compiler needs memory of its own: it takes part as it is
        step = xp.compile(step, backend=compiled)
        for _ in range(2):  # a program is there before memory is looked at
            step()
    random = np.random.default_rng(0)
    made.load([random.uniform(-0.05, 0.05, p.shape).astype(p.dtype) for p in made.parameters()])
    return warm_up.step, step


def main(library: str, work: str, mode: str = "plain", trace: str = "") -> None:
    """Print the bytes that five steps needed beyond model and data, and the last loss."""
    xp = importlib.import_module(library)
    if library == "torch":
        xp.set_num_threads(2)
    warm_up, step = _steps(xp, work, mode == "in_backward")
    warm_up()
    del warm_up  # its model and gradients, too
    result: dict[str, Any] = {}
    if trace:
        result["largest"] = _largest(step)
    before = _baseline()
    for _ in range(STEPS):
        loss = float(step().item())
    print(json.dumps({**result, "bytes": _peak() - before, "loss": loss}))


def _largest(step: Callable[[], Any], count: int = 4) -> str:
    """Which lines hold the most at the moment of the backward when most is in use (its beginning is the end of the forward)."""
    from wengert.autograd.interpreter import Interpreter, installed

    class Watch(Interpreter):
        """Looks before and after each node; takes a picture at moment `at`."""

        def __init__(self, at: int = -1) -> None:
            super().__init__()
            self.at, self.sizes, self.picture, self.where = at, [], None, ""

        def look(self, where: str) -> None:
            if len(self.sizes) == self.at:
                self.picture, self.where = tracemalloc.take_snapshot(), where
            self.sizes.append(tracemalloc.get_traced_memory()[0])

        def visit(self, node: Any, grad: Any, wanted: Any, recorded: bool) -> Any:
            self.look(f"before {node.name()}")
            results = super().visit(node, grad, wanted, recorded)
            self.look(f"after {node.name()}")
            return results

    tracemalloc.start()
    try:
        with installed(Watch()) as first:
            step()
        if not first.sizes:  # a compiled program visits no nodes
            tracemalloc.reset_peak()
            step()
            return f"{tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB of arrays at most, inside of one compiled call"
        with installed(Watch(at=int(np.argmax(first.sizes)))) as second:
            start = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            step()
        peak = tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
    lines = [f"{peak / 1e6:.1f} MB of arrays and objects at most; {second.where} of the backward the largest are"]
    for statistic in second.picture.statistics("lineno")[:count]:
        frame = statistic.traceback[0]
        lines.append(f"{Path(frame.filename).name}:{frame.lineno} {statistic.size / 1e6:.1f} MB,")
    return " ".join(lines).rstrip(",")


if __name__ == "__main__":
    main(*sys.argv[1:])
