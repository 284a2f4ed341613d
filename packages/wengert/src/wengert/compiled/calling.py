"""Equations called one by one by the array library: what every backend falls back on, and how messages name them.

A backend may fail when it makes a function of equations, or when that runs. Equations have no effects, so they are then called
one by one, as an eager run would call them. If that raises too, it was no fault of the backend, and what it raises is what an
eager run raises. If not, the user is told once, and the function is not tried again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from ..autograd.origins import caller_origin
from ..errors import ProgramFileError
from ..op_batching import compute
from .ir import Equation, LibraryFunction, Variable, mapped

__all__ = [
    "Complaint",
    "Rescue",
    "called",
    "copied",
    "note_of",
    "note_where",
    "one_by_one",
    "place_of",
    "put_results",
    "warn_user",
]

#: By the number of a line of generated source: the operator that it calls, and the place of that.
Marks = dict[int, tuple[str, int]]


def copied(constant: Any) -> Any:
    """A constant of the program for somebody who may write to it."""
    return adapter_of(constant).copy(constant)


def called(
    equation: Equation, value: Callable[[Variable], Any], library_function: Callable[[LibraryFunction], Any] | None = None
) -> Any:
    """The result of one equation, called as the array library has it.

    `value` gives what a variable is, `library_function` the function to call for one of the library in which the program was
    written down, if traced arrays are of another.
    """
    arguments = mapped(equation.arguments, lambda leaf: value(leaf) if isinstance(leaf, Variable) else leaf)
    op = equation.op
    if not isinstance(op, LibraryFunction):
        return compute(op, arguments)
    function = op.forward if library_function is None else library_function(op)
    return function(*arguments["args"], **arguments["kwargs"])


def put_results(equation: Equation, result: Any, known: dict[Variable, Any]) -> None:
    """Note what an equation gave."""
    results = (result,) if equation.single else result
    known.update((v, value) for v, value in zip(equation.outputs, results, strict=True) if v is not None)


def one_by_one(equations: Sequence[Equation], known: dict[Variable, Any]) -> None:
    """Call the array library for each equation in turn; what one raises has a note that says which it was."""
    for equation in equations:
        try:
            put_results(equation, called(equation, known.__getitem__), known)
        except Exception as error:
            error.add_note(note_of(equation.op.name, equation.place))
            raise


# -- messages ------------------------------------------------------------------------------------------------------------
def place_of(equation: Equation) -> str:
    """An equation as messages name it: its operator, and in a backward its node."""
    label, number = getattr(equation.place, "label", ""), int(equation.place)
    node = ", ".join(part for part in (label, f"node {number}" if number > 0 else "") if part)
    return equation.op.name + (f" ({node})" if node else "")


def note_of(operator: str, place: int) -> str:
    """What a note on an exception says about the equation that raised it."""
    label, origin = getattr(place, "label", ""), getattr(place, "origin", None)
    node = f" for {label}" + (f" (node {int(place)})" if place > 0 else "") if label else ""
    where = "" if origin is None else f"{',' if node else ''} recorded at {origin}" if node else f" at {origin}"
    return f"computing {operator}{node}{where}"


def note_where(error: BaseException, filename: str, marks: Marks) -> None:
    """Note on an exception which equation raised it, if a line of the generated source `filename` did."""
    if any(note.startswith("computing ") for note in getattr(error, "__notes__", ())):
        return
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            mark = marks.get(trace.tb_lineno - 1)
            if mark is not None:
                error.add_note(note_of(*mark))
            return
        trace = trace.tb_next


def warn_user(message: str) -> None:
    """Give a warning at the innermost line that is not the library's, whether or not that line has had one."""
    origin = caller_origin()
    warnings.warn_explicit(message, UserWarning, origin.filename, origin.line)


class Complaint:
    """What the user is told about a backend that fails on a program: one warning, about the first failure.

    Parameters
    ----------
    backend : str
        Its name.
    """

    __slots__ = ("_unsaid", "backend")

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self._unsaid = [True]

    def about(self, equations: Sequence[Equation], error: Exception) -> str:
        """Warn that `equations` are called one by one from now on; the reason, for `explain()`."""
        said = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {said}"
        try:
            self._unsaid.pop()  # another thread may be about to say it too
        except IndexError:
            pass
        else:
            names = list(dict.fromkeys(map(place_of, equations)))
            shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
            origin = next((o for e in equations if (o := getattr(e.place, "origin", None)) is not None), None)
            where = "" if origin is None else f" (the first at {origin})"
            warn_user(
                f"backend {self.backend!r}: {shown} are called one by one from now on: {reason}{where}; explain() tells on what "
                "else of this program it failed"
            )
        return f"{self.backend} failed on them: {reason}"


class Rescue:
    """What is done in the place of a function that a backend has made of equations, when that fails.

    Attributes
    ----------
    reasons : dict
        From an equation that is called one by one to the reason; here go those that turn up.
    consumes : bool
        Whether the function may have written over what it was given, so that there is nothing left to begin with.
    """

    __slots__ = ("_name", "_namespace", "complaint", "consumes", "equations", "inputs", "outputs", "reasons")

    def __init__(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        reasons: dict[Equation, str],
        complaint: Complaint,
        consumes: bool = False,
    ) -> None:
        self.consumes = consumes
        self.equations, self.inputs, self.outputs = tuple(equations), tuple(inputs), tuple(outputs)
        self.reasons, self.complaint = reasons, complaint
        self._namespace: dict[str, Any] = {}
        self._name = ""

    def stands_by(self, namespace: dict[str, Any], name: str) -> None:
        """Generated code calls the function by `name`, which it finds in `namespace`."""
        self._namespace, self._name = namespace, name

    def replace(self, function: Callable[..., Any]) -> None:
        """Let generated code call another function."""
        self._namespace[self._name] = function

    def eagerly(self, *arrays: Any) -> tuple[Any, ...]:
        """The results, called one by one."""
        known = dict(zip(self.inputs, arrays, strict=True))
        one_by_one(self.equations, known)
        return tuple([known[v] for v in self.outputs])

    def __call__(self, error: Exception, *arrays: Any) -> tuple[Any, ...]:
        """The results, after the function has raised `error`."""
        if isinstance(error, ProgramFileError):  # no failure of the backend: the equations are not what the program says
            raise error
        if self.consumes:
            error.add_note("What the program had been given to write over is lost, so that the library cannot be called instead.")
            raise error
        try:
            results = self.eagerly(*arrays)
        except Exception as own:
            raise own from None
        self.replace(self.eagerly)
        reason = self.complaint.about(self.equations, error)
        self.reasons.update(dict.fromkeys(self.equations, reason))
        return results
