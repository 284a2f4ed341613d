"""The first run of a program from a file: equation by equation, to see that everything is what the file says.

Backends trust what a program says of shapes and dtypes, down to the addresses in machine code. In a program that was traced these
are what was seen; those of one from a file have to be seen first. So before a part that a backend has compiled runs for the first
time, its equations are called one by one, and what they give is looked at and thrown away.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..arrays.adapter import Adapter, adapter_of, is_array
from ..errors import ProgramFileError
from ..op_source import execute
from .backends import backend_called
from .calling import called
from .function_source import make_function
from .ir import Equation, Step, Variable
from .passes import draws
from .segments import Segment
from .source import Writer

__all__ = ["Verified"]

#: Of the tensors from outside and the arrays that a program starts with; what it returns.
Program = Callable[[list[Any], list[Any]], tuple[Any, ...]]

_names = itertools.count().__next__


class Verified:
    """A program that is looked at while it runs for the first time, and runs as its backend has made it from then on.

    Parameters
    ----------
    fast : callable
        The program as it is to run.
    steps : sequence of Step
        With what the backend has made of them.
    inputs, results : sequence
    sample : array
        Of its library.
    name : str
        For tracebacks.
    """

    def __init__(
        self, fast: Program, steps: Sequence[Step], inputs: Sequence[Variable], results: Sequence[Any], sample: Any, name: str
    ) -> None:
        self.fast, self.inputs, self.results = fast, inputs, results
        looked_at = [_looked_at(step, sample) for step in steps]
        _, self.slow, _ = make_function(looked_at, inputs, results, sample, backend_called("python"), f"{name}, looked at")
        self.run: Program = self._first

    def __call__(self, tensors: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        return self.run(tensors, arrays)

    def _first(self, tensors: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        for variable, array in zip(self.inputs, arrays, strict=True):
            _look(variable, array, "an input")
        found: tuple[Any, ...] = self.slow(tensors, arrays)
        for variable, array in zip(self.results, found, strict=True):
            if isinstance(variable, Variable):
                _look(variable, array, "a result")
        self.run = self.fast
        return found


def _look(variable: Variable, array: Any, what: str) -> None:
    """Raise if an array is not what the program says of it."""
    if isinstance(variable.dtype, type) and not is_array(array):
        fits = type(array) is variable.dtype
    else:
        fits = is_array(array) and tuple(array.shape) == variable.shape and array.dtype == variable.dtype
    if not fits:
        shape, dtype = getattr(array, "shape", None), getattr(array, "dtype", type(array).__name__)
        raise ProgramFileError(
            f"the program is wrong: {what} has shape {shape} and dtype {dtype}, and the file says {variable.described()}"
        )


def _looked_at(step: Step, sample: Any) -> Step:
    """A step that looks at what it gives."""
    adapter = adapter_of(sample)
    if isinstance(step, Segment):
        return Segment(step.equations, step.inputs, step.outputs, _tried(step, adapter))
    if not isinstance(step, Equation) or draws(step):
        return step
    inputs, outputs = list(dict.fromkeys(step.reads())), list(step.makes())
    return Segment([step], inputs, outputs, _of_one(step, inputs, adapter, type(sample)))


def _tried(segment: Segment, adapter: Adapter) -> Callable[..., tuple[Any, ...]]:
    """The function of a segment, called when its equations have been seen to give what they should."""

    def function(*arrays: Any) -> tuple[Any, ...]:
        for variable, array in zip(segment.inputs, arrays, strict=True):
            _look(variable, array, "something")
        for equation, results in _one_by_one(segment, arrays):
            _look_at_results(equation, results, adapter)
        return segment.function(*arrays)

    return function


def _one_by_one(segment: Segment, arrays: Sequence[Any]) -> Iterator[tuple[Equation, Any]]:
    """Each equation with its results; what is needed no more is let go of."""
    last = {v: number for number, e in enumerate(segment.equations) for v in (*e.reads(), *e.makes())}
    known = dict(zip(segment.inputs, arrays, strict=True))
    for number, equation in enumerate(segment.equations):
        result = called(equation, known.__getitem__)
        results = (result,) if equation.single else result
        yield equation, results
        known.update((v, r) for v, r in zip(equation.outputs, results, strict=True) if v is not None)
        for variable in {v for v in (*equation.reads(), *equation.makes()) if last[v] == number}:
            del known[variable]


def _look_at_results(equation: Equation, results: Any, adapter: Adapter) -> None:
    if not isinstance(results, (tuple, list)) or len(results) != len(equation.outputs):
        raise ProgramFileError(f"the program is wrong: {equation.op.name} has not {len(equation.outputs)} results")
    for variable, value in zip(equation.outputs, results, strict=True):
        if variable is not None:
            _look(variable, adapter.normalise(value) if is_array(value) else value, f"a result of {equation.op.name}")


def _of_one(
    equation: Equation, inputs: Sequence[Variable], adapter: Adapter, array_type: type
) -> Callable[..., tuple[Any, ...]]:
    """The function of one equation that no backend has compiled: the call that stands in the program."""
    writer = Writer((), array_type)
    writer.line(f"def segment({', '.join(map(writer.variable, inputs))}):")
    writer.equation(equation)
    names = ["None" if v is None else writer.variable(v) for v in equation.outputs]
    writer.line(f"    return {', '.join(names)},")
    run: Any = execute("\n".join(writer.lines), f"<wengert equation {_names()}>", writer.constants)["segment"]

    def function(*arrays: Any) -> tuple[Any, ...]:
        for variable, array in zip(inputs, arrays, strict=True):
            _look(variable, array, "something")
        try:
            results = run(*arrays)
        except ValueError as error:
            if not equation.single and "unpack" in str(error):
                raise ProgramFileError(
                    f"the program is wrong: {equation.op.name} has not {len(equation.outputs)} results"
                ) from error
            raise
        _look_at_results(equation, results, adapter)
        return tuple([r for v, r in zip(equation.outputs, results, strict=True) if v is not None])

    return function
