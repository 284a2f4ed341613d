"""W1b and W8 compiled: elementwise programs on large arrays, where memory counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from . import chain
from .compiling import Maker, compiled_rows, in_torch
from .peers import load
from .table import Row
from .timing import Settings, Work
from .workloads import ten_operators

__all__ = ["chain_large", "elementwise"]

PAUSE = 0.003


def chain_large(settings: Settings) -> list[Row]:
    """W1b."""
    size = 100_000 if settings.quick else 1_000_000
    x, seed = np.linspace(0.1, 1.0, size), np.linspace(1.0, 2.0, size)
    return _rows(f"W1b chain of 50 on {size:,} float64, gradient", 0.4, chain.program, x, seed, settings, 1e-7)


def elementwise(settings: Settings) -> list[Row]:
    """W8. Its memory is measured by `memory`."""
    size = 1_000_000 if settings.quick else 10_000_000
    x = np.linspace(-2.0, 2.0, size, dtype=np.float32)
    title = f"W8 ten elementwise operators on {size:,} float32, gradient"
    return _rows(title, 0.35, ten_operators, x, np.ones(size, np.float32), settings, 1e-4)


def _rows(
    title: str,
    goal: float,
    program: Callable[[Any, Any], Any],
    x: np.ndarray,
    seed: np.ndarray,
    settings: Settings,
    tolerance: float,
) -> list[Row]:
    made: list[Any] = []

    def wengert() -> tuple[Work, Work]:
        leaf, one = wg.tensor(x, requires_grad=True), wg.tensor(seed)

        def gradient(v: Any) -> Any:
            v.grad = None
            program(v, wg).backward(one)
            return v.grad

        made.append(wg.compile(gradient, backend="python"))
        work = lambda: made[0](leaf)  # noqa: E731
        return work, work

    def pytorch(compiled: bool) -> tuple[Work, Work]:
        torch = load("torch")
        leaf, one = torch.tensor(x, requires_grad=True), torch.tensor(seed)
        forward = lambda v: program(v, torch)  # noqa: E731
        forward = in_torch(forward) if compiled else forward

        def work() -> Any:
            leaf.grad = None
            forward(leaf).backward(one)
            return leaf.grad

        return work, work

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        leaf, one = jax.numpy.asarray(x), jax.numpy.asarray(seed)
        compiled = jax.jit(lambda v, g: jax.vjp(lambda w: program(w, jax.numpy), v)[1](g)[0])
        work = lambda: jax.block_until_ready(compiled(leaf, one))  # noqa: E731
        return work, work

    makers: dict[str, Maker] = {"wengert": wengert}
    if load("torch") is not None:
        makers |= {"torch": lambda: pytorch(compiled=False), "compile": lambda: pytorch(compiled=True)}
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(
        title, "ms", goal, makers, settings,
        backend="python", program=lambda: made[0], tolerance=tolerance, cores=2, pause=PAUSE,
    )  # fmt: skip
