"""The compiled backward: what a program that was found costs beside its arithmetic, hooks on the way, and what a leaf costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import busiest
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads

__all__ = ["hits"]

NODES = 1000
LEAVES = 1000
FACTOR = 1.001


def _hook(grad: Any) -> None:
    """An ordinary hook: it looks on."""


def _chain(x: Any, every: int) -> Any:
    """A chain of products, with a hook on every so many of them, as far as `every` is not 0."""
    y = x
    for number in range(NODES):
        y = y * FACTOR
        if every and number % every == 0:
            y.register_hook(_hook)
    return y


def _compiled(run: Callable[[], Any]) -> Work:
    """`run`, its backward being the program of a compiler of its own, which has been captured."""
    compiler = wg.Compiler()

    def work() -> None:
        with wg.compiled_autograd(compiler=compiler):
            run()

    work()
    work()
    assert compiler.counts == {"captures": 1, "hits": 1, "left": 0}, compiler.explain()
    return work


def _products(seed: np.ndarray) -> Work:
    """The arithmetic of the chain alone."""

    def work() -> None:
        grad = seed
        for _ in range(NODES):
            grad = grad * FACTOR

    return work


def _of_chain(every: int, settings: Settings) -> list[Row]:
    x = np.linspace(0.5, 1.0, 8)
    leaf, seed = wg.tensor(x, requires_grad=True), wg.tensor(np.ones(8))
    out = _chain(leaf, every)

    def run() -> None:
        leaf.grad = None
        out.backward(seed, retain_graph=True)

    entrants: dict[str, Work] = {"wengert": _compiled(run), "wengert eager": run, "raw": _products(np.ones(8))}
    found: dict[str, Any] = {"wengert": leaf.grad}
    if (torch := load("torch")) is not None:
        t_leaf, t_seed = torch.tensor(x, requires_grad=True), torch.ones(8, dtype=torch.float64)
        t_out = _chain(t_leaf, every)

        def pytorch() -> None:
            t_leaf.grad = None
            t_out.backward(t_seed, retain_graph=True)

        pytorch()
        entrants["torch"], found["torch"] = pytorch, t_leaf.grad
    same_values(found)
    timings = compare(entrants, settings)
    hooks = f", hooks on {NODES // every}" if every else ""
    added = {"wengert": (timings["wengert"] - timings["raw"]) / NODES}
    whole = {name: timing / NODES for name, timing in timings.items()}
    rows = [
        Row(f"compiled backward of {NODES:,} nodes{hooks}: a hit ÷ node, beside the arithmetic", "ns", added, limit=1000),
        Row(f"compiled backward of {NODES:,} nodes{hooks}, per node (÷ Wengert eager)", "ns", whole, 1.0, "wengert eager"),
    ]
    _explain(rows, entrants["wengert"])
    return rows


def _of_leaves(settings: Settings) -> list[Row]:
    """Leaves without hooks, whose gradients are None or there."""
    x = np.linspace(0.5, 1.0, 8)
    leaves = [wg.tensor(x * (1 + i / LEAVES), requires_grad=True) for i in range(LEAVES)]
    out = leaves[0]
    for leaf in leaves[1:]:
        out = out + leaf
    total, rows = out.sum(), []

    def anew() -> None:
        for leaf in leaves:
            leaf.grad = None
        total.backward(retain_graph=True)

    def again() -> None:
        total.backward(retain_graph=True)

    for title, run in ((".grad is None", anew), (".grad is there", again)):
        entrants: dict[str, Work] = {"wengert": _compiled(run), "wengert eager": run}
        cells = {name: timing / LEAVES for name, timing in compare(entrants, settings).items()}
        what = f"compiled backward of a sum of {LEAVES:,} leaves, {title}, per leaf (÷ Wengert eager)"
        rows.append(Row(what, "ns", cells, 1.0, "wengert eager"))
        _explain(rows[-1:], entrants["wengert"])
    return rows


def _explain(rows: list[Row], work: Work) -> None:
    for row in rows:
        if row.met is False:
            row.spent = busiest(work, 6)


def hits(settings: Settings) -> list[Row]:
    """A chain without hooks, and with hooks on a tenth of its nodes; a thousand leaves."""
    with threads(1):
        return [*_of_chain(0, settings), *_of_chain(10, settings), *_of_leaves(settings)]
