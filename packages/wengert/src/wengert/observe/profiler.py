"""Where the time of a backward goes: each derivative, hook and accumulation, and the spans that the user names (rule A5)."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..autograd.hook_calls import HookCall
from ..autograd.interpreter import Interpreter, installed
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node, next_sequence
from ..autograd.origins import Origin, short_name
from ..autograd.tensor import Tensor
from .text import columns

__all__ = ["Average", "Event", "Profile", "profile", "record_function"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Event:
    """Something that took time.

    Attributes
    ----------
    name : str
        Of a derivative, the node's name, such as ``MulBackward0``; of a span, its label; of a hook, its kind and name.
    kind : str
        ``"span"``, ``"derivative"``, ``"accumulate"`` or ``"hook"``.
    start : float
        In seconds since the profile began.
    seconds : float
        From its beginning to its end.
    own : float
        Without the events inside it.
    depth : int
        In how many events it lies.
    thread : int
        The identifier of the thread.
    sequence : int
        Of a derivative, the number of its node: the later it was recorded, the higher; -1 of others.
    shapes : tuple
        Of a derivative and an accumulation, the shapes of the gradients that come in.
    first, last : int
        Of a span, the range of numbers that belongs to the nodes recorded in it, `last` excluded.
    """

    name: str
    kind: str
    start: float
    seconds: float = 0.0
    own: float = 0.0
    depth: int = 0
    thread: int = 0
    sequence: int = -1
    shapes: tuple[Any, ...] = ()
    first: int = 0
    last: int = 0


@dataclass
class Average:
    """The events of one name taken together.

    Attributes
    ----------
    name, kind
        As of the events.
    count : int
        How many there were.
    seconds, own : float
        Their sums.
    shapes : tuple
        Of the gradients, when events were told apart by them.
    backward : float
        Of a span, the time of the derivatives of all nodes that were recorded in it.
    """

    name: str
    kind: str
    count: int = 0
    seconds: float = 0.0
    own: float = 0.0
    shapes: tuple[Any, ...] = ()
    backward: float = 0.0


class Profile(Interpreter):
    """Takes the times of what happens on a thread while it is installed; made by `profile`.

    Attributes
    ----------
    events : list of Event
        In the order in which they began.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self._open: list[Event] = []
        self._began = time.perf_counter()

    # -- taking times ------------------------------------------------------------------------------------------------
    def begin(self, name: str, kind: str, sequence: int = -1, shapes: tuple[Any, ...] = ()) -> Event:
        """Open an event; everything until its `end` lies inside it."""
        event = Event(name, kind, 0.0, 0.0, 0.0, len(self._open), threading.get_ident(), sequence, shapes)
        self.events.append(event)
        self._open.append(event)
        event.start = time.perf_counter() - self._began
        return event

    def end(self, event: Event) -> None:
        """Close an event, and whatever an exception has left open inside it."""
        event.seconds = time.perf_counter() - self._began - event.start
        event.own += event.seconds
        while self._open and self._open.pop() is not event:
            pass
        if self._open:
            self._open[-1].own -= event.seconds

    def _timed(self, call: Callable[[], Any], *about: Any) -> Any:
        event = self.begin(*about)
        try:
            return call()
        finally:
            self.end(event)

    # -- as an interpreter -------------------------------------------------------------------------------------------
    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        grads = (grad,) if node._outputs == 1 else grad
        shapes = tuple(None if g is None else tuple(g.shape) for g in grads)
        go_on = super().visit
        return self._timed(lambda: go_on(node, grad, wanted, recorded), node.name(), "derivative", node._sequence_nr(), shapes)

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> None:
        shapes = (tuple(box[0].shape),)
        go_on = super().accumulate
        self._timed(lambda: go_on(node, box), "AccumulateGrad", "accumulate", -1, shapes)

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        go_on = super().hook
        return self._timed(lambda: go_on(call, args), f"{call.kind} {short_name(call.fn)}", "hook")

    def saved_hook(self, kind: str, fn: Any, origin: Origin, value: Any) -> Any:
        go_on = super().saved_hook
        return self._timed(lambda: go_on(kind, fn, origin, value), f"{kind} {short_name(fn)}", "hook")

    def retain(self, tensor: Tensor, grad: Tensor) -> None:
        go_on = super().retain
        self._timed(lambda: go_on(tensor, grad), "retain_grad", "hook")

    # -- what was found ----------------------------------------------------------------------------------------------
    def key_averages(self, group_by_shapes: bool = False) -> list[Average]:
        """One `Average` for each name, those that took longest first.

        Parameters
        ----------
        group_by_shapes : bool
            Tell derivatives with gradients of different shapes apart.
        """
        found: dict[Any, Average] = {}
        for event in self.events:
            shapes = event.shapes if group_by_shapes else ()
            key = (event.name, event.kind, shapes)
            average = found.setdefault(key, Average(event.name, event.kind, shapes=shapes))
            average.count += 1
            average.seconds += event.seconds
            average.own += event.own
            if event.kind == "span":
                average.backward += sum(e.seconds for e in self.backward_of(event))
        return sorted(found.values(), key=lambda average: -average.own)

    def backward_of(self, span: Event) -> list[Event]:
        """The derivatives of the nodes that were recorded inside a span: the joint is their number."""
        return [e for e in self.events if e.kind == "derivative" and span.first <= e.sequence < span.last]

    def table(self, limit: int | None = None) -> str:
        """The averages as text, one line each, times in milliseconds."""
        rows = [("name", "kind", "count", "total ms", "own ms", "backward ms")]
        for a in self.key_averages()[:limit]:
            backward = f"{a.backward * 1e3:.3f}" if a.kind == "span" else ""
            rows.append((a.name, a.kind, str(a.count), f"{a.seconds * 1e3:.3f}", f"{a.own * 1e3:.3f}", backward))
        return columns(rows)

    def __str__(self) -> str:
        return self.table()

    def export_chrome_trace(self, path: str | Path) -> None:
        """Write the events as a file that ``chrome://tracing`` and Perfetto show."""
        events = [
            {
                "name": e.name,
                "cat": e.kind,
                "ph": "X",
                "ts": e.start * 1e6,
                "dur": e.seconds * 1e6,
                "pid": 0,
                "tid": e.thread,
                "args": {"sequence": e.sequence, "shapes": str(e.shapes)} if e.sequence >= 0 else {},
            }
            for e in self.events
        ]
        Path(path).write_text(json.dumps({"traceEvents": events}), encoding="utf-8")


@contextmanager
def profile() -> Iterator[Profile]:
    """Take the times of every backward that this thread runs inside the context, and of the spans of `record_function`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.observe.profile() as times:
    ...     with wg.observe.record_function("loss"):
    ...         loss = wg.exp(x * 2).sum()
    ...     loss.backward()
    >>> [(event.name, event.kind) for event in times.events][:3]
    [('loss', 'span'), ('SumBackward0', 'derivative'), ('ExpBackward0', 'derivative')]
    >>> [event.name for event in times.backward_of(times.events[0])]
    ['SumBackward0', 'ExpBackward0', 'MulBackward0']
    """
    with installed(Profile()) as times:
        assert isinstance(times, Profile)
        yield times


class record_function:
    """A named span in every `profile` in force: a context, or a decorator.

    Parameters
    ----------
    name : str
        The label.

    Notes
    -----
    The nodes that are recorded inside a span are known by their numbers, so the profile can tell what the span costs in
    the backward. Where several threads record at once, nodes of the others fall into the range as well.

    Examples
    --------
    >>> import wengert as wg
    >>> @wg.observe.record_function("square")
    ... def square(x):
    ...     return x * x
    >>> with wg.observe.profile() as times:
    ...     y = square(wg.tensor(3.0, requires_grad=True))
    ...     y.backward()
    >>> average = next(a for a in times.key_averages() if a.name == "square")
    >>> average.count, average.backward > 0
    (1, True)
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._entered: list[list[tuple[Profile, Event]]] = []

    def __enter__(self) -> Self:
        opened = [(p, p.begin(self.name, "span")) for p in _in_force()]
        for _, event in opened:
            event.first = next_sequence()
        self._entered.append(opened)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for times, event in reversed(self._entered.pop()):
            event.last = next_sequence()
            times.end(event)

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def _in_force() -> list[Profile]:
    """The profiles that watch this thread, the outermost first."""
    found: list[Profile] = []
    interpreter = current().interpreter
    while interpreter is not None:
        if isinstance(interpreter, Profile):
            found.append(interpreter)
        interpreter = interpreter.inner
    return found[::-1]
