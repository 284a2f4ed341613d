"""Rows of programs that are compiled whole, by Wengert and by its peers, and rows of how long it takes until they are."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import wengert as wg

from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, Work, clock, compare, threads

__all__ = ["Maker", "compiled_rows", "in_torch", "timed_parts"]

#: Makes a work, and what says its values after the first two calls; these compile.
Maker = Callable[[], tuple[Work, Work]]

#: The columns that compile.
COMPILERS = ("wengert", "compile", "jit")


def in_torch(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """`function` compiled by PyTorch, without what earlier runs have left in its caches on disk."""
    torch = load("torch")
    from torch._inductor import config

    config.force_disable_caches = True
    return torch.compile(function, **options)  # type: ignore[no-any-return]


def warm_up(backend: str) -> None:
    """Let every compiler compile something, since what it imports for its first program is not that program's cost."""
    x = wg.tensor(np.ones(4), requires_grad=True)
    tiny = wg.compile(lambda x: wg.autograd.grad(wg.sin(x).sum(), x), backend=backend)
    for _ in range(2):
        tiny(x)
    if (jax := load("jax")) is not None:
        jax.block_until_ready(jax.jit(jax.grad(lambda x: jax.numpy.sin(x).sum()))(jax.numpy.ones(4)))
    if (torch := load("torch")) is not None and cxx_compiler():
        y = torch.ones(4, requires_grad=True)
        in_torch(lambda x: torch.sin(x).sum())(y).backward()


def cxx_compiler() -> bool:
    """Whether torch.compile has what it needs."""
    try:
        from torch._inductor.cpp_builder import get_cpp_compiler

        get_cpp_compiler()
    except Exception:  # noqa: BLE001  (whatever it raises says that there is none)
        return False
    return True


def compiled_rows(
    title: str,
    unit: str,
    goal: float,
    makers: dict[str, Maker],
    settings: Settings,
    *,
    backend: str,
    program: Callable[[], Any],
    tolerance: float = 1e-8,
    cores: int = 1,
    pause: float = 0.0,
    sample_seconds: float = 2e-3,
    against: str | None = None,
) -> list[Row]:
    """The row of a compiled program, and that of what its first two calls take.

    Parameters
    ----------
    title, unit, goal, settings
        As of `Row`; the goal is for the ratio to the faster compiler, or to `against`.
    makers : dict
        From column to what makes its work.
    backend : str
        Of Wengert.
    program : callable
        Wengert's compiled function, once it has been made: what its time is spent on is measured if the goal is missed.
    tolerance : float
        Within which the libraries must agree.
    cores, pause, sample_seconds
        How it is timed, see `wengert.benchmarks.timing`.
    """
    missing = "" if "compile" not in makers or cxx_compiler() else "torch.compile is left out: there is no C++ compiler"
    if missing:
        makers = {name: maker for name, maker in makers.items() if name != "compile"}
    warm_up(backend)
    entrants: dict[str, Work] = {}
    values: dict[str, Any] = {}
    first: dict[str, Timing] = {}
    with threads(cores):
        for name, maker in makers.items():
            start = time.perf_counter()  # of the wall even under --busy: PyTorch compiles in other processes
            entrants[name], value = maker()
            entrants[name]()
            entrants[name]()
            if name in COMPILERS:
                first[name] = Timing([time.perf_counter() - start])
            values[name] = value()
        same_values(values, tolerance)
        row = Row(f"{title}, compiled ({backend})", unit, goal=goal)
        row.cells = compare(entrants, settings, pause=pause, sample_seconds=sample_seconds)
        peers = [name for name in COMPILERS[1:] if name in row.cells] or ["torch"]
        row.against = against or min(peers, key=lambda name: row.cells[name].best if name in row.cells else 0.0)
        if row.met is False:
            row.spent = timed_parts(program(), entrants["wengert"])
        if missing:
            row.spent = "; ".join(filter(None, (row.spent, missing)))
    return [row, Row("… until it is compiled", "s", first, 0.3, "compile")]


# -- where the time goes -------------------------------------------------------------------------------------------------
def timed_parts(compiled: Any, work: Work, count: int = 6) -> str:
    """One line on what a compiled function spends its time on: its parts, each timed at its place in calls of `work`.

    A part that calls others is told without them: a group of the ``python`` backend, for example, without NumPy's functions.
    """
    spent = _Spent()
    with _watched(compiled, spent):
        end = time.perf_counter() + 0.5
        while spent.calls < 5 or time.perf_counter() < end:
            spent.calls += 1
            spent.timed("the rest (guard, results, arithmetic written out)", work)()
    total = sum(spent.seconds.values())
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.seconds.most_common(count))


class _Spent:
    """The time that functions take on this thread, each without the others that it calls."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls = 0
        self.inner = 0.0  # what the functions inside of the one that is running have taken

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose time counts for `name`."""
        now, thread = clock(), threading.get_ident()

        def timed(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != thread:
                return function(*args, **kwargs)
            before, self.inner = self.inner, 0.0
            start = now()
            try:
                return function(*args, **kwargs)
            finally:
                whole = now() - start
                self.seconds[name] += whole - self.inner  # type: ignore[assignment]
                self.inner = before + whole

        return timed


@contextmanager
def _watched(compiled: Any, spent: _Spent) -> Iterator[None]:
    """Let all that the programs of a compiled function call be timed."""
    changed: list[tuple[dict[str, Any], str, Any]] = []
    seen: list[dict[str, Any]] = []

    def watch(namespace: dict[str, Any]) -> None:
        if any(namespace is known for known in seen):
            return
        seen.append(namespace)
        for name, value in list(namespace.items()):
            inner = getattr(value, "__globals__", None)
            if name.startswith(("segment", "group")) and type(inner) is dict:
                watch(inner)
            if callable(value) and name.startswith(("f_", "loops", "group", "call", "set_grad", "write", "run_hooks")):
                changed.append((namespace, name, value))
                namespace[name] = spent.timed(name.removeprefix("f_").rstrip("0123456789_"), value)

    for program in [program for programs in compiled._programs.values() for program in programs]:
        functions = [program.function, getattr(program, "entry", None)]
        for piece in getattr(program.derivative, "pieces", ()):
            functions += [part.function for part in piece.programs.values() if part is not None]
        for function in functions:
            if hasattr(function, "__globals__"):
                watch(function.__globals__)
    try:
        yield
    finally:
        for namespace, name, value in changed:
            namespace[name] = value
