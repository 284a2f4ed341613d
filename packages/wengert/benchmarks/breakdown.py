"""Where the time of a Wengert program goes: measured by running its parts on their own."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wengert.autograd.interpreter import Interpreter, installed
from wengert.autograd.node import AccumulateGrad, Node

from .timing import Settings, Work, compare

__all__ = ["breakdown", "busiest"]


class _Record(Interpreter):
    """Notes which derivatives a backward runs, with their gradients, so that they can be run again without the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[tuple[Node, Any, Any]] = []

    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        self.visits.append((node, grad, wanted))
        return super().visit(node, grad, wanted, recorded)


def breakdown(
    step: Callable[[], Any],
    forward: Callable[[], Any],
    gradient: Any = None,
    by_hand: float | None = None,
    *,
    profile: bool = False,
    plain: bool = True,
) -> str:
    """One line on what `step` spends its time on.

    Parameters
    ----------
    step : callable
        The whole work that was timed.
    forward : callable
        Its forward pass, which returns the tensor that the backward starts from.
    gradient : Tensor, optional
        What the backward starts with.
    by_hand : float, optional
        Seconds that the same NumPy calls take without any library, where somebody wrote them down.
    profile : bool
        Name the functions in which most time is spent; for work of milliseconds, where the profiler's own time is small.
    plain : bool
        Whether `forward` also runs without recording. One that differentiates does not.
    """
    ahead = {"total": step, "recorded": forward}
    if plain:
        ahead["computed"] = _without_recording(forward)
    found = _best(ahead)
    out = forward()  # after the last step: no parameter changes under this graph any more
    with installed(_Record()) as record:
        out.backward(gradient, retain_graph=True)
    assert isinstance(record, _Record)
    visits = record.visits
    back: dict[str, Work] = {
        "recorded": forward,
        "rules": lambda: _replay(visits),
        "backward": lambda: out.backward(gradient, retain_graph=True),
    }
    behind = _best(back)
    total, recorded = found["total"], found["recorded"]
    drift = recorded / behind["recorded"]  # the machine may have become faster or slower meanwhile
    rules, backward = behind["rules"] * drift, behind["backward"] * drift
    computed = found.get("computed", 0.0)
    parts = {
        **({"forward without recording": computed} if plain else {}),
        "recording" if plain else "forward, with its own derivative": recorded - computed,
        f"derivatives ({_by_name(visits)})": rules,
        "engine and accumulation": backward - rules,
        "the rest (optimizer, freeing the graph)": total - recorded - backward,
    }
    line = ", ".join(f"{name} {max(seconds, 0) / total:.0%}" for name, seconds in parts.items())
    if by_hand is not None:
        line = f"the NumPy calls alone {by_hand / total:.0%}; {line}"
    return f"{line}; busiest: {busiest(step)}" if profile else line


def _replay(visits: list[tuple[Node, Any, Any]]) -> None:
    for node, grad, wanted in visits:
        node.apply(grad, wanted)


def _best(entrants: dict[str, Work]) -> dict[str, float]:
    return {name: timing.best for name, timing in compare(entrants, Settings()).items()}


def _without_recording(forward: Callable[[], Any]) -> Work:
    """`forward` on leaves that require no gradient."""
    leaves, seen, stack = [], set(), [forward().grad_fn]
    while stack:
        for node, _ in stack.pop().next_functions:
            if node is not None and node not in seen:
                seen.add(node)
                stack.append(node)
                if isinstance(node, AccumulateGrad):
                    leaves.append(node.variable)

    def computed() -> None:
        for leaf in leaves:
            leaf.requires_grad_(False)
        try:
            forward()
        finally:
            for leaf in leaves:
                leaf.requires_grad_(True)

    return computed


def _by_name(visits: list[tuple[Node, Any, Any]], count: int = 3) -> str:
    """The kinds of node that take the longest, each with its share of all derivatives."""
    spent: Counter[str] = Counter()
    for node, grad, wanted in visits:
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            node.apply(grad, wanted)
            best = min(best, time.perf_counter() - start)
        spent[node.name()] += best
    total = sum(spent.values()) or 1.0
    most = spent.most_common(count)
    return ", ".join(f"{name.removesuffix('0').removesuffix('Backward')} {seconds / total:.0%}" for name, seconds in most)


def busiest(step: Callable[[], Any], count: int = 4, seconds: float = 0.5) -> str:
    """The functions with most time of their own. NumPy's universal functions count for the function that calls them."""
    profiler = cProfile.Profile()
    end = time.perf_counter() + seconds
    profiler.enable()
    while time.perf_counter() < end:
        step()
    profiler.disable()
    stats: Any = pstats.Stats(profiler)
    entries = sorted(stats.stats.items(), key=lambda item: -item[1][2])
    parts = []
    for (filename, line, function), (_, _, own, _, _) in entries[:count]:
        where = "" if filename == "~" else f" ({Path(filename).name}:{line})"
        parts.append(f"{_plain(function)}{where} {own / stats.total_tt:.0%}")
    return ", ".join(parts)


def _plain(function: str) -> str:
    """``<built-in method numpy.dot>`` is ``numpy.dot``, ``<method 'copy' of 'numpy.ndarray' objects>`` is ``ndarray.copy``."""
    if function.startswith("<built-in method "):
        return function.removeprefix("<built-in method ").removesuffix(">")
    if function.startswith("<method "):
        method, _, owner = function.removeprefix("<method ").removesuffix(" objects>").partition(" of ")
        return f"{owner.strip(chr(39)).split('.')[-1]}.{method.strip(chr(39))}"
    return function
