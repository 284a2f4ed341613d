"""Rows in which an elementwise program and its gradient are compiled, by Wengert and by its peers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, clock, compare, threads

__all__ = ["compiled_row"]

PAUSE = 0.003


def compiled_row(
    title: str,
    program: Callable[[Any, Any], Any],
    x: np.ndarray,
    seed: np.ndarray,
    settings: Settings,
    goal: float,
    tolerance: float,
) -> list[Row]:
    """A row for ``program(x, library)`` and its gradient, against the faster of ``jax.jit`` and ``torch.compile``."""
    leaf, one = wg.tensor(x, requires_grad=True), wg.tensor(seed)

    def gradient(v: Any) -> Any:
        v.grad = None
        program(v, wg).backward(one)
        return v.grad

    step = wg.compile(gradient, backend="python")
    entrants: dict[str, Work] = {"wengert": lambda: step(leaf)}
    if (torch := load("torch")) is not None:
        t_leaf, t_one = torch.tensor(x, requires_grad=True), torch.tensor(seed)
        forward = torch.compile(lambda v: program(v, torch))

        def pytorch() -> Any:
            t_leaf.grad = None
            forward(t_leaf).backward(t_one)
            return t_leaf.grad

        entrants["compile"] = pytorch
    if (jax := load("jax")) is not None:
        j_leaf, j_one = jax.numpy.asarray(x), jax.numpy.asarray(seed)
        jitted = jax.jit(lambda v, g: jax.vjp(lambda w: program(w, jax.numpy), v)[1](g)[0])
        entrants["jit"] = lambda: jax.block_until_ready(jitted(j_leaf, j_one))
    with threads(2):
        same_values({name: work() for name, work in entrants.items()}, tolerance)
        row = Row(title, "ms", goal=goal)
        row.cells = compare(entrants, settings, pause=PAUSE)
    peers = [name for name in ("compile", "jit") if name in row.cells]
    if peers:
        row.against = min(peers, key=lambda name: row.cells[name].best)
    if row.met is False:
        row.spent = _spent("\n".join(step.sources()), x, row.cells["wengert"].best)
    return [row]


def _spent(source: str, like: np.ndarray, whole: float) -> str:
    """What NumPy's own functions take on one block after the other, measured for each alone, on one thread."""
    shares: dict[str, float] = {}
    x = np.linspace(0.1, 1.0, 32768, dtype=like.dtype)
    out = np.empty_like(x)
    now = clock()
    for name in re.findall(r"f_(\w+)\(.*out=", source):
        function = getattr(np, name)
        samples = []
        for _ in range(5):
            start = now()
            function(*(x,) * function.nin, out=out)
            samples.append(now() - start)
        shares[name] = shares.get(name, 0.0) + min(samples) * like.size / x.size / whole
    largest = sorted(shares, key=lambda name: -shares[name])[:4]
    return "NumPy's functions on one thread: " + ", ".join(f"{name} {shares[name]:.0%}" for name in largest)
