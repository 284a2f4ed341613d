"""Which backward passes are new ones, and what a caller's compiler has made of each kind."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from typing import Any

from ....autograd.engine import GraphTask
from ....compiled import Compiler
from ....errors import UsageError
from .. import _logging
from ..fx import Graph, GraphModule
from .drawing import boxed, drawn
from .reading import NodeCall, Reading, read
from .utils import counters

__all__ = ["CAPTURED", "Kind", "Program", "captured"]

LOGGED = "wengert.compat.torch._dynamo.compiled_autograd"
_brief = _logging.getArtifactLogger(LOGGED, "compiled_autograd")
_verbose = _logging.getArtifactLogger(LOGGED, "compiled_autograd_verbose")


class _Drawn(GraphModule):
    """A module whose graph is drawn when somebody looks at it."""

    def __init__(self, run: Callable[..., Any], draw: Callable[[], Graph], class_name: str = "GraphModule") -> None:
        super().__init__(run, Graph(), class_name)
        self._draw = draw
        del self.graph

    def __getattr__(self, name: str) -> Any:
        if name != "graph":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.graph = self._draw()
        return self.graph


class Program(_Drawn):
    """The program of the backward passes of one kind, with its graph to read. It runs inside of such a backward only."""

    def __init__(self, calls: list[NodeCall], number: int) -> None:
        super().__init__(self._run_now, lambda: drawn(calls), f"CompiledAutograd{number}")
        self.running: list[Callable[[], Any]] = []

    def _run_now(self, *inputs: Any) -> Any:
        if not self.running:
            raise UsageError(f"{self._class_name} runs inside of the backward that it is the program of, and nowhere else")
        _empty(inputs)
        return self.running[-1]()

    def compiled_by(self, backend: Callable[..., Any], inputs: tuple[Any, ...]) -> Callable[..., Any]:
        """What `backend` makes of it, called with the arguments of the program: it gets them as one list."""
        box = list(inputs)
        run = backend(_Drawn(self._run_now, lambda: boxed(self.graph, box)), [box])
        return lambda *inputs: run(list(inputs))


def _empty(inputs: Any) -> None:
    """Let go of what a program was called with, as PyTorch's do: what is saved is freed as soon as it has been used."""
    for part in inputs:
        if isinstance(part, list):
            _empty(part)
            part.clear()


class Kind:
    """Backward passes of one kind.

    Attributes
    ----------
    sizes : list of int or None
        Those for which the program was made; None for any.
    run : callable
        What the compiler has made of the program.
    """

    def __init__(self, reading: Reading, compiler: Callable[..., Any], number: int, sizes: list[int | None]) -> None:
        self.sizes = sizes
        self.program = Program(reading.calls, number)
        for logger in (_brief, _verbose):
            if logger.isEnabledFor(logging.DEBUG):
                logger.debug("===== Compiled autograd graph =====\n%s", self.program.print_readable(print_output=False))
        counters["compiled_autograd"]["captures"] += 1
        self.run = compiler(self.program)


class _Captured:
    """The programs of all kinds that were met, until they are cleared."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[Any, ...], Kind] = {}
        self.seen: dict[Any, Any] = {}  # the keys of the nodes that followed upon each other, as a tree
        self.compiler = Compiler()  # which has programs for the shapes that were met

    def clear(self) -> None:
        """Forget them."""
        self.kinds.clear()
        self.seen.clear()
        self.compiler = Compiler()

    def note(self, reading: Reading) -> tuple[int, list[int]]:
        """At which call this is a new kind, and what the sizes of the keys of others are that were met there."""
        level, first = self.seen, len(reading.calls)
        others: list[int] = []
        for number, part in enumerate(reading.kind):
            if part not in level and first == len(reading.calls):
                first, others = number, [call.key_size for call, _ in level.values()]
            _, level = level.setdefault(part, (reading.calls[number], {}))
        return first, others


CAPTURED = _Captured()


def captured(task: GraphTask, compiler: Callable[..., Any], dynamic: bool, counter: itertools.count[int]) -> tuple[Kind, Reading]:
    """The kind of a backward; its program is made and compiled if it is the first one.

    Parameters
    ----------
    task : GraphTask
        The backward, which has not run.
    compiler : callable
        Takes a `Program`, and gives what is called in its place.
    dynamic : bool
        Whether one program is for all sizes; otherwise for those of the first run, until one changes, which is for any then.
    counter : iterator
        Numbers the programs.
    """
    reading = read(task)
    key = reading.kind
    kind = CAPTURED.kinds.get(key)
    if kind is None:
        _say_what_is_new(reading)
        sizes: list[int | None] = [None if dynamic else size for size in reading.sizes]
    else:
        changed = [i for i, (was, now) in enumerate(zip(kind.sizes, reading.sizes, strict=True)) if was not in (None, now)]
        if not changed:
            return kind, reading
        sizes = [None if i in changed else size for i, size in enumerate(kind.sizes)]
        _say_what_changed(reading, changed)
    kind = CAPTURED.kinds[key] = Kind(reading, compiler, next(counter), sizes)
    return kind, reading


def _say_what_is_new(reading: Reading) -> None:
    number, others = CAPTURED.note(reading)
    if not _verbose.isEnabledFor(logging.DEBUG) or number == len(reading.calls):
        return
    call = reading.calls[number]
    _verbose.debug(
        "Cache miss due to new autograd node: %s (NodeCall %d) with key size %d, previous key sizes=[%s]",
        call.name, number, call.key_size, ", ".join(map(str, others)),
    )  # fmt: skip
    for call in sorted(reading.calls, key=lambda c: c.met):
        _verbose.debug("met: %s (NodeCall %d)", call.name, call.met)


def _say_what_changed(reading: Reading, changed: list[int]) -> None:
    for index in changed:
        owner = reading.owners[index]
        _verbose.debug(
            "Cache miss due to changed shapes: marking size idx %d of %s (NodeCall %d) as dynamic",
            index - reading.owners.index(owner), reading.calls[owner].name, owner,
        )  # fmt: skip
