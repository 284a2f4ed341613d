"""What backends share that trace equations by calling their operators: what can be traced, parts, and what is done in need.

A run of equations is divided into *parts*. Those whose operators could all be traced are compiled together; an operator that has
to see values is a part of its own, and is called as ever.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...arrays.adapter import is_array
from ...errors import CompileError
from ..calling import Complaint, one_by_one, place_of
from ..ir import Equation, LibraryFunction, Variable, mapped
from ..segments import SegmentPlan

__all__ = [
    "Part",
    "Replay",
    "Tried",
    "UnsoundError",
    "constants_of",
    "divided",
    "value_checks",
    "with_constants",
]

#: Arrays, or what stands for them while they are traced, by variable.
Environment = dict[Variable, Any]


class UnsoundError(CompileError):
    """The array library may raise for these values, and has to be asked; raised by what backends make."""


class Tried:
    """What became of tracing one equation alone.

    Attributes
    ----------
    reason : str or None
        Why it cannot be traced.
    failed : bool
        Whether that is a failure of the backend, which users are warned of, or in the nature of the operator.
    """

    __slots__ = ("failed", "reason")

    def __init__(self, reason: str | None = None, failed: bool = False) -> None:
        self.reason, self.failed = reason, failed


class Part:
    """Equations that are run together.

    Attributes
    ----------
    equations : tuple of Equation
    reason : str or None
        Why its one equation is not traced.
    inputs, outputs : tuple of Variable
        What it needs of earlier parts, and what later ones need of it.
    run : callable or None
        Computes the outputs; None where the equations are called one by one.
    consumes : tuple of Variable
        Inputs over which `run` writes.
    """

    __slots__ = ("consumes", "equations", "inputs", "outputs", "reason", "run")

    def __init__(self, equations: Sequence[Equation], reason: str | None) -> None:
        self.equations, self.reason = tuple(equations), reason
        self.inputs: tuple[Variable, ...] = ()
        self.outputs: tuple[Variable, ...] = ()
        self.run: Callable[..., Sequence[Any]] | None = None
        self.consumes: tuple[Variable, ...] = ()


# -- dividing ------------------------------------------------------------------------------------------------------------
def divided(
    equations: Sequence[Equation], attempt: Callable[[Equation], Tried], outputs: Sequence[Variable], backend: str
) -> list[Part]:
    """The parts of a run of equations, with what goes in and out of each.

    Parameters
    ----------
    equations : sequence of Equation
    attempt : callable
        Traces one equation alone, those before it having been tried.
    outputs : sequence of Variable
        What is wanted of the run.
    backend : str
        Its name, for warnings.
    """
    tried = [(equation, attempt(equation)) for equation in equations]
    _warn_of([(equation, t.reason) for equation, t in tried if t.failed], backend)
    parts: list[Part] = []
    for whole, group in itertools.groupby(tried, lambda pair: pair[1].reason is None):
        members = list(group)
        if whole:
            parts.append(Part([equation for equation, _ in members], None))
        else:
            parts += [Part([equation], t.reason) for equation, t in members]
    needed = set(outputs)
    for part in reversed(parts):
        made = [v for equation in part.equations for v in equation.makes()]
        part.outputs = tuple([v for v in made if v in needed])
        own = set(made)
        read = dict.fromkeys(v for equation in part.equations for v in equation.reads() if v not in own)
        part.inputs = tuple(read)
        needed.update(read)
    return [part for part in parts if part.outputs]


def _warn_of(failures: Sequence[tuple[Equation, str | None]], backend: str) -> None:
    if failures:
        equation, reason = failures[0]
        others = sorted({place_of(e) for e, _ in failures[1:]} - {place_of(equation)})
        warnings.warn(
            f"backend {backend!r}: {place_of(equation)} is called as the array library has it, between compiled parts: {reason}"
            + (f". So are, for reasons that explain() tells: {', '.join(others)}" if others else ""),
            UserWarning,
            stacklevel=2,
        )


# -- running -------------------------------------------------------------------------------------------------------------
class Replay:
    """The function of a segment: its parts one after the other.

    Parameters
    ----------
    backend : str
        Its name, for warnings.
    parts : sequence of Part
    inputs, outputs : sequence of Variable
    """

    def __init__(self, backend: str, parts: Sequence[Part], inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self.backend, self.parts, self.complaint = backend, tuple(parts), Complaint(backend)
        self._inputs, self._outputs = tuple(inputs), tuple(outputs)
        self._last = self._last_uses()
        #: From an equation that is not traced to the reason.
        self.reasons: dict[Equation, str] = {part.equations[0]: part.reason for part in parts if part.reason is not None}

    @property
    def consumes(self) -> bool:
        """Whether it may write over what it is given."""
        return any(part.consumes for part in self.parts)

    @property
    def plan(self) -> SegmentPlan:
        """Each part is one function."""
        return SegmentPlan(tuple([part.equations for part in self.parts if part.run is not None]))

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        known = dict(zip(self._inputs, arrays, strict=True))
        del arrays
        for part, dead in zip(self.parts, self._last, strict=True):
            self._part(part, known)
            for variable in dead:
                del known[variable]
        return tuple([known[v] for v in self._outputs])

    def _part(self, part: Part, known: Environment) -> None:
        failure: Exception | None = None
        run = part.run  # read once: another thread may give it up
        if run is not None:
            try:
                known.update(zip(part.outputs, run(*[known[v] for v in part.inputs]), strict=True))
                return
            except UnsoundError:
                pass
            except Exception as error:
                if any(known[v].is_deleted() for v in part.consumes):
                    raise  # there is nothing left to begin with
                failure = error
        one_by_one(part.equations, known)  # if this raises too, it was no fault of the backend
        if failure is not None:
            part.run = None
            self.reasons.update(dict.fromkeys(part.equations, self.complaint.about(part.equations, failure)))

    def _last_uses(self) -> list[list[Variable]]:
        """For each part the variables that nobody needs after it."""
        needed = set(self._outputs)
        dead: list[list[Variable]] = []
        for part in reversed(self.parts):
            made = part.outputs if part.run is not None else [v for e in part.equations for v in e.makes()]
            here = dict.fromkeys((*part.inputs, *made))
            dead.append([v for v in here if v not in needed])
            needed.update(part.inputs)
        return dead[::-1]


def value_checks(equation: Equation, known: Mapping[Variable, Any]) -> Iterator[Any]:
    """Traced arrays without axes, true if the operator would not refuse the values of its operands (see `seen_anywhere`)."""
    name, arguments = equation.op.name, equation.arguments
    if name not in ("class_loss", "lookup", "add_rows"):
        return
    index, n = _numbered(name, {k: known.get(v, v) if isinstance(v, Variable) else v for k, v in arguments.items()})
    sound = (index >= 0) & (index < n)
    if name == "class_loss":
        sound |= index == arguments["ignore_index"]
    yield sound.all()


def _numbered(name: str, arguments: dict[str, Any]) -> tuple[Any, int]:
    """The operand that counts classes or rows, and how many there are."""
    if name == "class_loss":
        shape = arguments["input"].shape
        return arguments["target"], shape[min(1, len(shape) - 1)]
    return arguments["indices"], arguments["count"] if name == "add_rows" else arguments["weight"].shape[0]


def constants_of(equations: Sequence[Equation]) -> Iterator[Any]:
    """The arrays that are operands of equations and the same in every run."""
    for equation in equations:
        op, arguments = equation.op, equation.arguments
        operands = [arguments] if isinstance(op, LibraryFunction) else [arguments[o] for o in op.operands]
        yield from _arrays_in(operands)


def _arrays_in(tree: Any) -> Iterator[Any]:
    if type(tree) in (tuple, list):
        for item in tree:
            yield from _arrays_in(item)
    elif type(tree) is dict:
        for item in tree.values():
            yield from _arrays_in(item)
    elif not isinstance(tree, Variable) and is_array(tree):
        yield tree


def with_constants(equation: Equation, variables: Mapping[int, Variable]) -> Equation:
    """`equation` with variables, by the `id` of a constant, in the place of some of its constant operands."""
    op, arguments = equation.op, dict(equation.arguments)
    for name in arguments if isinstance(op, LibraryFunction) else op.operands:
        arguments[name] = mapped(arguments[name], lambda leaf: variables.get(id(leaf), leaf))
    return Equation(op, arguments, equation.outputs, equation.single, equation.place)
