"""The derivative of a program that was loaded from a file: a second program, and the node that runs it.

Nothing is left of the graph that was traced; what there is of it in a process that has traced the function is in
`wengert.compiled.function_pieces`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.tensor import Tensor, wrap
from ..function import Function, once_differentiable
from .function_source import note_in
from .ir import Step, Variable

__all__ = ["Derivative"]


class Derivative:
    """How the gradients of a function's results become those of the tensors from outside.

    Attributes
    ----------
    tensors : tuple of int
        The numbers of the tensors from outside that gradients go to.
    roots, saved, results : list of Variable
        Its inputs, gradients and values of the forward; what goes to the tensors, None where nothing does.
    sources : tuple of int or None
        For each of `saved` the number of the tensor from outside that it is the value of.
    traced, steps : list of Step
        Before any pass, and what the passes and the backend have made of that.
    """

    __slots__ = ("function", "results", "roots", "saved", "source", "sources", "steps", "tensors", "traced")

    def __init__(self, tensors: Sequence[int], roots: list[Variable], results: list[Any]) -> None:
        self.tensors, self.roots, self.results = tuple(tensors), roots, results
        self.steps: list[Step] = []
        self.traced: list[Step] = []
        self.saved: list[Variable] = []
        self.sources: tuple[int | None, ...] = ()
        self.function: Callable[[list[Any], list[Any]], tuple[Any, ...]] | None = None
        self.source = ""

    def record(self, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
        """Let `outs` be the results of one node whose gradients go to the tensors from outside."""
        made = CompiledCall.apply(self, saved, outs, tensors, *[tensors[number] for number in self.tensors])
        for out, placed in zip(outs, made, strict=True):
            out._node, out._nr = placed._node, placed._nr

    def parts(self) -> list[tuple[str, list[Variable], list[Step], list[Step], list[Any]]]:
        """What is shown of it: a title, the inputs, the steps before any pass and at last, and the results."""
        title = "derivative, of the gradients of the results and what has been saved:"
        return [(title, [*self.roots, *self.saved], self.traced, self.steps, self.results)]

    def as_one(self, name: str) -> Derivative:
        """Itself, as it can be written to a file."""
        return self


class CompiledCall(Function):
    """One call of a compiled function, as a node."""

    @staticmethod
    def forward(
        ctx: Any, derivative: Derivative, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor], *_: Tensor
    ) -> Any:
        """Save what the derivative needs; the results have been computed."""
        ctx.derivative = derivative
        ctx.numbers = {i: value for i, value in enumerate(saved) if type(value) in NUMBERS}
        entries = [entry for i, entry in enumerate(zip(saved, derivative.sources, strict=True)) if i not in ctx.numbers]
        ctx.save_for_backward(*[wrap(array) if number is None else tensors[number] for array, number in entries])
        return tuple(outs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Run the program of the derivative."""
        derivative: Derivative = ctx.derivative
        assert derivative.function is not None
        tensors, numbers = iter(ctx.saved_tensors), ctx.numbers
        saved = [numbers[i] if i in numbers else next(tensors)._array for i in range(len(derivative.saved))]
        arrays = [*[g._array for g in grads], *saved]
        try:
            found = derivative.function([], arrays)
        except Exception as error:
            note_in(error, derivative.function)
            raise
        like = type(grads[0])._family
        return (None, None, None, None, *[wrap(adapter_of(a).normalise(a), cls=like) for a in found])
