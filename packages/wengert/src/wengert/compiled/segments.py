"""Segments: what of a program lies between effects, to be compiled as one function by a backend."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple, Protocol

from ..arrays.adapter import Adapter
from ..errors import WengertError
from .calling import Complaint, Rescue
from .function_steps import OpaqueStep
from .ir import Equation, Step, Variable, variables_in
from .looping import Loop
from .passes import draws

__all__ = ["Backend", "Buffer", "Segment", "SegmentPlan", "segmented", "with_lines"]

#: Takes the arrays of the inputs of a segment, returns those of its outputs.
Function = Callable[..., tuple[Any, ...]]


class Buffer(NamedTuple):
    """Memory that a backend has planned.

    Attributes
    ----------
    size : int
        In bytes.
    holds : str
        What is put there.
    arrays : frozenset of Variable
        Those that lie there, where they are more than blocks.
    """

    size: int
    holds: str
    arrays: frozenset[Variable] = frozenset()

    def __str__(self) -> str:
        return f"{self.size} bytes for {self.holds}"


class SegmentPlan(NamedTuple):
    """What a backend tells of a function that it has made: nothing of it decides anything, it is for people to read.

    Attributes
    ----------
    groups : tuple of tuple of Equation
        Equations that run as one; nobody outside of it sees what only they read.
    buffers : tuple of Buffer
    loops : tuple of Loop
        Equations that repeat, which run as a loop.
    """

    groups: tuple[tuple[Equation, ...], ...] = ()
    buffers: tuple[Buffer, ...] = ()
    loops: tuple[Loop, ...] = ()


class Backend(Protocol):
    """What makes a function of equations."""

    name: str

    def compile(
        self, equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
    ) -> Function | None:
        """The function, or None where calls of the library one by one are as good.

        Its arguments are arrays (or Python numbers, for variables whose dtype is the type of one) of `library`, and so are its
        results, of which none shares memory with an argument unless it is a view of it by an operator that makes views.

        A backend that has the attribute ``donates`` takes one more argument, `donated`: a set of inputs over which it may write,
        where an array is not read-only.
        """
        ...


class Segment(Step):
    """Equations that a backend has made one function of.

    Attributes
    ----------
    equations : tuple of Equation
    inputs, outputs : tuple of Variable
    function : callable
    reasons : dict
        From an equation that the backend leaves to the array library to the reason; `explain()` shows it.
    plan : SegmentPlan
        What the function says of itself.
    choice : str
        What the ``auto`` backend says about who has made it.
    rescue : Rescue
        What is called in its place where it raises.
    """

    __slots__ = ("_choice", "equations", "function", "inputs", "outputs", "place", "plan", "reasons", "rescue")

    def __init__(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        function: Function,
        complaint: Complaint | None = None,
        consumes: bool = False,
    ) -> None:
        self.equations, self.inputs, self.outputs = tuple(equations), tuple(inputs), tuple(outputs)
        self.function, self.place = function, equations[0].place
        self._choice = ""
        self.plan: SegmentPlan = getattr(function, "plan", SegmentPlan())
        self.reasons: dict[Equation, str] = getattr(function, "reasons", {})
        complaint = Complaint(type(function).__name__) if complaint is None else complaint
        self.rescue = Rescue(self.equations, self.inputs, self.outputs, self.reasons, complaint, consumes)
        stands_in = getattr(function, "stands_in", None)
        if stands_in is not None:
            stands_in(self)

    @property
    def choice(self) -> str:
        return self._choice or getattr(self.function, "choice", "")

    def replace(self, function: Function, choice: str) -> None:
        """Let the program call another function from now on, for the reason `choice`."""
        self.function, self._choice = function, choice
        self.plan = getattr(function, "plan", SegmentPlan())
        self.reasons = self.rescue.reasons = getattr(function, "reasons", {})
        self.rescue.replace(function)

    def reads(self) -> Iterator[Variable]:
        return iter(self.inputs)

    def makes(self) -> Iterator[Variable]:
        return iter(self.outputs)

    def __str__(self) -> str:
        return self.told(map(str, self.shown()))

    def shown(self) -> list[Equation | Loop]:
        """The equations, with loops in the place of those that run as such."""
        found: list[Equation | Loop] = []
        loops = {id(loop.equations[0]): loop for loop in self.plan.loops}
        index = 0
        while index < len(self.equations):
            one = loops.get(id(self.equations[index]), self.equations[index])
            found.append(one)
            index += len(one.equations) if isinstance(one, Loop) else 1
        return found

    def told(self, texts: Iterable[str]) -> str:
        """As it is printed, with a text for each of what is `shown`."""
        reasons = [self.reasons[one] if isinstance(one, Equation) and one in self.reasons else None for one in self.shown()]
        said = [t if r is None else f"{t}    # not compiled: {r}" for t, r in zip(texts, reasons, strict=True)]
        lines = textwrap.indent("\n".join(said), "    ")
        outs = ", ".join(v.described() for v in self.outputs)
        remark = f"    # {self.choice}" if self.choice else ""
        return f"{outs} = segment({', '.join(map(str, self.inputs))}) of{remark}\n{lines}"


def with_lines(steps: Sequence[Step], told: Callable[[Step], str] = str) -> list[str]:
    """The steps as they are printed, each with the line of the user's program that it comes from, where that is known."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, Segment):
            found.append(step.told(with_lines(step.shown())))
            continue
        if isinstance(step, Loop):
            found.append(step.told(with_lines(step.body)))
            continue
        text, place = told(step), step.place
        origin = getattr(place, "origin", None)
        if origin is not None:
            label = getattr(place, "label", "")
            first, *rest = text.split("\n")
            text = "\n".join([f"{first}    # {f'{label}, ' if label else ''}{_short(origin)}", *rest])
        found.append(text)
    return found


def _short(origin: Any) -> str:
    """A line of a program, with the name of its file alone."""
    filename = getattr(origin, "filename", None)
    return str(origin) if filename is None else f"{PurePath(filename).name}:{origin.line}"


def segmented(
    steps: Sequence[Step],
    wanted: Sequence[Any],
    backend: Backend,
    library: Adapter,
    donated: frozenset[Variable] = frozenset(),
) -> list[Step]:
    """`steps` with each run of equations as a `Segment`, where `backend` makes a function of it.

    One of which it fails to make a function stays as it is, with a warning. Of the `donated` inputs a segment may write over
    those that no other step reads, after the last call of somebody else's code, which could look at them.
    """
    complaint = Complaint(backend.name)
    last = {v: index for index, step in enumerate(steps) for v in step.reads()}
    last.update(dict.fromkeys(variables_in(list(wanted)), len(steps)))
    first: dict[Variable, int] = {}
    opaque = max((index for index, step in enumerate(steps) if isinstance(step, OpaqueStep)), default=-1)
    for index, step in enumerate(steps):
        for v in donated.intersection(step.reads()):
            first.setdefault(v, index)
    result: list[Step] = []
    run: list[Equation] = []

    def close(index: int) -> None:
        if run:
            needed = {v for e in run for v in e.makes() if last.get(v, -1) >= index}
            mine = frozenset(v for v, start in first.items() if start >= index - len(run) > opaque and last[v] < index)
            result.extend(_compiled(list(run), needed, backend, library, complaint, mine))
            run.clear()

    for index, step in enumerate(steps):
        if isinstance(step, Equation) and not draws(step):
            run.append(step)
        else:
            close(index)
            result.append(step)
    close(len(steps))
    return result


def _compiled(
    run: list[Equation],
    wanted: set[Variable],
    backend: Backend,
    library: Adapter,
    complaint: Complaint,
    donated: frozenset[Variable],
) -> Sequence[Step]:
    made = {v for equation in run for v in equation.makes()}
    inputs = list(dict.fromkeys(v for equation in run for v in equation.reads() if v not in made))
    outputs = [v for equation in run for v in equation.makes() if v in wanted]
    taken = {"donated": donated} if donated and getattr(backend, "donates", False) else {}
    try:
        function = backend.compile(run, inputs, outputs, library, **taken) if outputs else None
    except WengertError:  # what it cannot be used for, in words of its own
        raise
    except Exception as error:  # noqa: BLE001 - whatever a compiler raises
        complaint.about(run, error)
        return list(run)
    if function is None:
        return list(run)
    if isinstance(getattr(function, "complaint", None), Complaint):
        function.complaint = complaint  # type: ignore[attr-defined]  # one for the whole program
    return [Segment(run, inputs, outputs, function, complaint, bool(taken))]
