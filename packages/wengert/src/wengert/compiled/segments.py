"""Segments: what of a program lies between effects, to be compiled as one function by a backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from ..arrays.adapter import Adapter
from ..errors import WengertError
from .calling import Complaint, Rescue
from .ir import Equation, Step, Variable, variables_in
from .passes import draws

__all__ = ["Backend", "Buffer", "Segment", "SegmentPlan", "segmented"]

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
    """

    groups: tuple[tuple[Equation, ...], ...] = ()
    buffers: tuple[Buffer, ...] = ()


class Backend(Protocol):
    """What makes a function of equations."""

    name: str

    def compile(
        self, equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
    ) -> Function | None:
        """The function, or None where calls of the library one by one are as good.

        Its arguments are arrays (or Python numbers, for variables whose dtype is the type of one) of `library`, and so are its
        results, of which none shares memory with an argument unless it is a view of it by an operator that makes views.
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
    rescue : Rescue
        What is called in its place where it raises.
    """

    __slots__ = ("equations", "function", "inputs", "outputs", "place", "plan", "reasons", "rescue")

    def __init__(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        function: Function,
        complaint: Complaint | None = None,
    ) -> None:
        self.equations, self.inputs, self.outputs = tuple(equations), tuple(inputs), tuple(outputs)
        self.function, self.place = function, equations[0].place
        self.plan: SegmentPlan = getattr(function, "plan", SegmentPlan())
        self.reasons: dict[Equation, str] = getattr(function, "reasons", {})
        complaint = Complaint(type(function).__name__) if complaint is None else complaint
        consumes = getattr(function, "consumes", False)
        self.rescue = Rescue(self.equations, self.inputs, self.outputs, self.reasons, complaint, consumes)

    def reads(self) -> Iterator[Variable]:
        return iter(self.inputs)

    def makes(self) -> Iterator[Variable]:
        return iter(self.outputs)

    def __str__(self) -> str:
        lines = "\n".join(
            f"    {e}" + (f"    # not compiled: {self.reasons[e]}" if e in self.reasons else "") for e in self.equations
        )
        outs = ", ".join(v.described() for v in self.outputs)
        return f"{outs} = segment({', '.join(map(str, self.inputs))}) of\n{lines}"


def segmented(steps: Sequence[Step], wanted: Sequence[Any], backend: Backend, library: Adapter) -> list[Step]:
    """`steps` with each run of equations as a `Segment`, where `backend` makes a function of it.

    One of which it fails to make a function stays as it is, with a warning.
    """
    complaint = Complaint(backend.name)
    last = {v: index for index, step in enumerate(steps) for v in step.reads()}
    last.update(dict.fromkeys(variables_in(list(wanted)), len(steps)))
    result: list[Step] = []
    run: list[Equation] = []

    def close(index: int) -> None:
        if run:
            wanted_here = {v for e in run for v in e.makes() if last.get(v, -1) >= index}
            result.extend(_compiled(list(run), wanted_here, backend, library, complaint))
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
    run: list[Equation], wanted: set[Variable], backend: Backend, library: Adapter, complaint: Complaint
) -> Sequence[Step]:
    made = {v for equation in run for v in equation.makes()}
    inputs = list(dict.fromkeys(v for equation in run for v in equation.reads() if v not in made))
    outputs = [v for equation in run for v in equation.makes() if v in wanted]
    try:
        function = backend.compile(run, inputs, outputs, library) if outputs else None
    except WengertError:  # what it cannot be used for, in words of its own
        raise
    except Exception as error:  # noqa: BLE001 - whatever a compiler raises
        complaint.about(run, error)
        return list(run)
    if function is None:
        return list(run)
    if isinstance(getattr(function, "complaint", None), Complaint):
        function.complaint = complaint  # type: ignore[attr-defined]  # one for the whole program
    return [Segment(run, inputs, outputs, function, complaint)]
