"""W9 and the promise that hooks cost nothing where there are none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import busiest
from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, Work, compare, threads

__all__ = ["leaf_hooks", "no_hooks", "tensor_hooks"]

HOOKS = 200
LEAVES = 1000


def _hook(grad: Any) -> None:
    """An ordinary hook: it looks on."""


def _chain(x: Any, hook: Callable[[Any], Any] | None = None) -> Any:
    y = x
    for _ in range(HOOKS):
        y = y * 1.001
        if hook is not None:
            y.register_hook(hook)
    return y


def _libraries() -> dict[str, Callable[..., Any]]:
    """Functions that make a leaf of a NumPy array."""
    found: dict[str, Callable[..., Any]] = {"wengert": lambda a: wg.tensor(a, requires_grad=True)}
    if (torch := load("torch")) is not None:
        found["torch"] = lambda a: torch.tensor(a, requires_grad=True)
    return found


def _check(libraries: dict[str, Callable[..., Any]], x: np.ndarray) -> None:
    """Every hook fires, with the same gradients."""
    seen: dict[str, list[Any]] = {}
    for name, make in libraries.items():
        grads: list[Any] = []
        leaf = make(x)
        _chain(leaf, lambda g, grads=grads: grads.append(np.array(g.numpy()))).sum().backward()
        seen[name] = [*grads, leaf.grad]
        assert len(grads) == HOOKS, f"{name}: {len(grads)} of {HOOKS} hooks fired"
    same_values(seen)


def _added(timings: dict[str, Timing], count: int) -> dict[str, Timing]:
    """What hooks add, per hook: entrants called ``library`` have them, ``library bare`` do not."""
    libraries = [name for name in timings if not name.endswith(" bare")]
    return {name: (timings[name] - timings[f"{name} bare"]) / count for name in libraries}


def _whole(timings: dict[str, Timing], count: int) -> dict[str, Timing]:
    return {name: timing / count for name, timing in timings.items() if not name.endswith(" bare")}


def _explain(rows: list[Row], entrants: dict[str, Work], count: int) -> None:
    for row in rows:
        if row.met is False:
            row.spent = f"of the whole pass with {count} hooks: {busiest(entrants['wengert'], 6)}"


def tensor_hooks(settings: Settings) -> list[Row]:
    """Tensor hooks on 200 intermediate results: what a call adds, what registering adds, and the whole."""
    x = np.linspace(0.5, 1.0, 8)
    libraries = _libraries()
    _check(libraries, x)
    calls: dict[str, Work] = {}
    cycles: dict[str, Work] = {}
    for name, make in libraries.items():
        hooked, bare = _chain(make(x), _hook).sum(), _chain(make(x)).sum()
        calls[name] = lambda out=hooked: out.backward(retain_graph=True)
        calls[f"{name} bare"] = lambda out=bare: out.backward(retain_graph=True)
        leaf = make(x)
        cycles[name] = lambda leaf=leaf: _chain(leaf, _hook).sum().backward()
        cycles[f"{name} bare"] = lambda leaf=leaf: _chain(leaf).sum().backward()
    with threads(1):
        called, cycled = compare(calls, settings), compare(cycles, settings)
    rows = [
        Row("one call of a tensor hook (with hooks - without)", "ns", _added(called, HOOKS), 0.5),
        Row("one call and its node (backward only)", "ns", _whole(called, HOOKS), 0.5),
        Row("one tensor hook registered and called (with - without)", "ns", _added(cycled, HOOKS)),
        Row("W9 200 tensor hooks: forward, registering, backward, per hook", "ns", _whole(cycled, HOOKS), 0.4),
    ]
    _explain(rows[:2], calls, HOOKS)
    _explain(rows[2:], cycles, HOOKS)
    return rows


def leaf_hooks(settings: Settings) -> list[Row]:
    """A thousand leaves, each with a post-accumulate-grad hook."""
    x = np.linspace(0.5, 1.0, 8)
    entrants: dict[str, Work] = {}
    totals: dict[str, Any] = {}
    for name, make in _libraries().items():
        for hooked in (True, False):
            leaves = [make(x * (1 + i / LEAVES)) for i in range(LEAVES)]
            fired: list[Any] = []
            handles = [leaf.register_post_accumulate_grad_hook(fired.append) for leaf in leaves] if hooked else []
            out = leaves[0]
            for leaf in leaves[1:]:
                out = out + leaf
            out = out.sum()
            out.backward(retain_graph=True)
            if hooked:
                assert {id(leaf) for leaf in fired} == {id(leaf) for leaf in leaves}, f"{name}: not all hooks fired"
                totals[name] = [leaf.grad for leaf in leaves]
                for handle in handles:
                    handle.remove()
                for leaf in leaves:
                    leaf.register_post_accumulate_grad_hook(_hook)
            entrants[name if hooked else f"{name} bare"] = lambda out=out: out.backward(retain_graph=True)
    same_values(totals)
    with threads(1):
        timings = compare(entrants, settings)
    rows = [
        Row("one call of a post-accumulate-grad hook (with - without)", "ns", _added(timings, LEAVES), 0.5),
        Row("W9 1,000 leaves with post-accumulate-grad hooks, backward, per leaf", "ns", _whole(timings, LEAVES), 0.4),
    ]
    _explain(rows, entrants, LEAVES)
    return rows


def no_hooks(settings: Settings) -> list[Row]:
    """The same chain without hooks, in a process that has never heard of hooks and in one full of them elsewhere."""
    pairs, samples = (1, 20) if settings.quick else (4, 60)
    clean, hooked = Timing(), Timing()
    for _ in range(pairs):  # several pairs: where a process happens to lie in memory is worth some per cent
        children = [_child("clean"), _child("hooked")]
        try:
            for _ in range(samples):
                for child, timing in zip(children, (clean, hooked), strict=True):
                    timing.samples.append(_ask(child))
        finally:
            for child in children:
                child.stdin.close()  # type: ignore[union-attr]
                child.wait()
    title = "W1's chain while 200 hooks exist elsewhere, ÷ none anywhere"
    return [Row(title, "µs", {"wengert": hooked, "without": clean}, goal=1.05, against="without")]


def _child(kind: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.no_hooks_child", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )


def _ask(child: subprocess.Popen[str]) -> float:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("go\n")
    child.stdin.flush()
    return float(child.stdout.readline())
