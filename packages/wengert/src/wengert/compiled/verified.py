"""The first run of a program from a file: equation by equation, to see that everything is what the file says.

Backends trust what a program says of shapes and dtypes, down to the addresses in machine code. In a program that was traced these
are what was seen; those of one from a file have to be seen first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import Adapter, is_array
from ..errors import ProgramFileError
from .calling import called
from .function_source import make_function
from .ir import Equation, Step, Variable

__all__ = ["Verified"]

#: Of the tensors from outside and the arrays that a program starts with; what it returns.
Program = Callable[[list[Any], list[Any]], tuple[Any, ...]]


class Verified:
    """A program that is looked at while it runs for the first time, and runs as its backend has made it from then on.

    Parameters
    ----------
    fast : callable
        The program as it is to run.
    steps, inputs, results : sequence
        What it is made of.
    sample : array
        Of its library.
    name : str
        For messages.
    """

    def __init__(
        self,
        fast: Program,
        steps: Sequence[Step],
        inputs: Sequence[Variable],
        results: Sequence[Any],
        sample: Any,
        name: str,
    ) -> None:
        self.fast, self.inputs, self.results, self.name = fast, inputs, results, name
        _, self.slow, _ = make_function(steps, inputs, results, sample, _Looking(), f"{name}, looked at")
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


class _Looking:
    """The backend that calls equations one by one, and looks at what they give."""

    name = "looking"

    def compile(
        self, equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
    ) -> Callable[..., tuple[Any, ...]]:
        equations = tuple(equations)  # the caller's list is not
        last = {v: number for number, equation in enumerate(equations) for v in (*equation.reads(), *equation.makes())}
        last.update(dict.fromkeys(outputs, len(equations)))

        def segment(*arrays: Any) -> tuple[Any, ...]:
            known: dict[Variable, Any] = {}
            for variable, array in zip(inputs, arrays, strict=True):
                _look(variable, array, "something")
                known[variable] = array
            for number, equation in enumerate(equations):
                result = called(equation, known.__getitem__)
                results = (result,) if equation.single else result
                if not isinstance(results, (tuple, list)) or len(results) != len(equation.outputs):
                    raise ProgramFileError(f"the program is wrong: {equation.op.name} has not {len(equation.outputs)} results")
                for variable, value in zip(equation.outputs, results, strict=True):
                    if variable is not None:
                        _look(variable, library.normalise(value) if is_array(value) else value, f"a result of {equation.op.name}")
                        known[variable] = value
                for variable in {v for v in (*equation.reads(), *equation.makes()) if last[v] == number}:
                    del known[variable]
            return tuple([known[v] for v in outputs])

        return segment


