"""W9 compiled: hooks that are called with real arrays, from a compiled backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import busiest
from .compiling import warm_up
from .hooks import HOOKS, LEAVES
from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, Work, compare, threads

__all__ = ["hooks"]

Function = Callable[[Any], Any]


def _tensor_hooks(xp: Any, x: np.ndarray, compiled: Callable[[Function], Function]) -> tuple[Work, list[Any]]:
    """Forward, 200 tensor hooks, backward."""
    seen: list[Any] = []
    leaf = xp.tensor(x, requires_grad=True)

    def work(leaf: Any) -> Any:
        leaf.grad = None
        y = leaf
        for _ in range(HOOKS):
            y = y * 1.001
            y.register_hook(seen.append)
        y.sum().backward()
        return leaf.grad

    function = compiled(work)

    def once() -> Any:
        seen.clear()
        return function(leaf)

    return once, seen


def _leaf_hooks(xp: Any, x: np.ndarray, compiled: Callable[[Function], Function]) -> tuple[Work, list[Any]]:
    """A thousand leaves with post-accumulate-grad hooks, forward and backward."""
    seen: list[Any] = []
    leaves = [xp.tensor(x * (1 + i / LEAVES), requires_grad=True) for i in range(LEAVES)]
    for leaf in leaves:
        leaf.register_post_accumulate_grad_hook(seen.append)

    def work(scale: Any) -> Any:
        out = leaves[0]
        for leaf in leaves:
            leaf.grad = None
        for leaf in leaves[1:]:
            out = out + leaf
        out = (out * scale).sum()
        out.backward()
        return out

    function, scale = compiled(work), xp.asarray(np.full(8, 0.5))

    def once() -> Any:
        seen.clear()
        return function(scale)

    return once, seen


def hooks(settings: Settings) -> list[Row]:
    """Both, as compiled functions, per hook; PyTorch with eager hooks, which torch.compile cannot take whole."""
    x, rows = np.linspace(0.5, 1.0, 8), []
    cases = (
        ("W9 200 tensor hooks: forward, registering, backward, per hook", _tensor_hooks, HOOKS),
        ("W9 1,000 leaves with post-accumulate-grad hooks: forward, backward, per leaf", _leaf_hooks, LEAVES),
    )
    warm_up("python")
    for title, make, count in cases:
        made: dict[str, tuple[Work, list[Any]]] = {"wengert": make(wg, x, wg.compile)}
        if (torch := load("torch")) is not None:
            made["torch"] = make(torch, x, lambda f: f)
        entrants = {name: work for name, (work, _) in made.items()}
        for name, (work, seen) in made.items():
            for _ in range(3):
                work()
                assert len(seen) == count, f"{name}: {len(seen)} of {count} hooks were called"
        same_values({name: work() for name, work in entrants.items()})
        with threads(1):
            timings = compare(entrants, settings)
        cells: dict[str, Timing] = {name: timing / count for name, timing in timings.items()}
        rows.append(Row(f"{title}, compiled (python)", "ns", cells, 0.5))
        if rows[-1].met is False:
            rows[-1].spent = busiest(entrants["wengert"], 6)
    return rows
