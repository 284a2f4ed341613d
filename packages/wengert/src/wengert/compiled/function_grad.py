"""The derivative of a program that was loaded from a file: programs, and the nodes that run them.

Nothing is left of the graph that was traced; what there is of it in a process that has traced the function is in
`wengert.compiled.function_pieces`, from which the pieces come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.tensor import Tensor, wrap
from ..function import Function, once_differentiable
from .function_source import note_in
from .ir import Step, Variable

__all__ = ["Derivative", "DerivativePiece", "Target"]

#: Where a gradient goes: to a tensor from outside, by number; or to a later piece, by number, and to which of its ports.
Target = tuple[int, int | None]


class DerivativePiece:
    """What one node of a call computes in a backward.

    Attributes
    ----------
    ports : list of Variable
        The gradients that arrive.
    reads : list of int
        Which of the values that the call has saved it reads besides, and `inputs` both together.
    results : list
        The gradients that leave.
    targets : list of tuple
        Where each goes: ``(number, None)`` is a tensor from outside, ``(piece, port)`` a later piece.
    traced, steps : list of Step
        Before a backend has seen them, and what that has made of them.
    """

    __slots__ = ("function", "inputs", "ports", "reads", "results", "source", "steps", "targets", "traced")

    def __init__(
        self, inputs: list[Variable], ports: int, reads: list[int], results: list[Any], targets: list[Target], steps: list[Step]
    ) -> None:
        self.inputs, self.ports, self.reads, self.results, self.targets = inputs, inputs[:ports], reads, results, targets
        self.traced = self.steps = steps
        self.function: Callable[[list[Any], list[Any]], tuple[Any, ...]] | None = None
        self.source = ""

    def of(self, grads: Sequence[Any], saved: Sequence[Any], like: Any) -> tuple[Any, ...]:
        """The gradients that leave, of those that arrive; None among these is zero."""
        assert self.function is not None
        adapter = adapter_of(like)
        pairs = zip(grads, self.ports, strict=True)
        arrays = [adapter.zeros(port.shape, port.dtype, like) if g is None else g for g, port in pairs]
        try:
            return self.function([], [*arrays, *saved])
        except Exception as error:
            note_in(error, self.function)
            raise


class Derivative:
    """How the gradients of a function's results become those of the tensors from outside.

    Attributes
    ----------
    pieces : list of DerivativePiece
        One for each node that a call records; the gradients of one go to later ones.
    roots : list of tuple
        For each result that requires grad the piece and the port that its gradient arrives at.
    saved : list of Variable
        The values of the forward that a call saves.
    sources : tuple of int or None
        For each of `saved` the number of the tensor from outside that it is the value of.
    """

    __slots__ = ("pieces", "roots", "saved", "sources")

    def __init__(
        self,
        pieces: list[DerivativePiece],
        roots: list[tuple[int, int]],
        saved: list[Variable],
        sources: tuple[int | None, ...],
    ) -> None:
        self.pieces, self.roots, self.saved, self.sources = pieces, roots, saved, sources

    def record(self, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
        """Let `outs` be the results of nodes whose gradients go to the tensors from outside."""
        results = dict(zip(self.roots, outs, strict=True))
        placed: dict[tuple[int, int | None], Tensor] = {}
        for number in reversed(range(len(self.pieces))):
            piece = self.pieces[number]
            made = [results.get((number, port)) for port in range(len(piece.ports))]
            whole = [_stand_in(v, outs[0]) if out is None else out for v, out in zip(piece.ports, made, strict=True)]
            kept = [(saved[i], self.sources[i]) for i in piece.reads]
            operands = [tensors[a] if b is None else placed[a, b] for a, b in piece.targets]
            found = CompiledCall.apply(piece, kept, whole, tensors, *operands)
            placed.update({(number, port): one for port, one in enumerate(found)})
        for out, root in zip(outs, self.roots, strict=True):
            out._node, out._nr = placed[root]._node, placed[root]._nr

    def parts(self) -> list[tuple[str, list[Variable], list[Step], list[Step], list[Any]]]:
        """What is shown of it: a title, the inputs, the steps before any pass and at last, and the results."""
        found = []
        for number, piece in enumerate(self.pieces):
            title = "derivative, of the gradients of the results and what has been saved"
            title += f", piece {number + 1} of {len(self.pieces)}:" if len(self.pieces) > 1 else ":"
            found.append((title, piece.inputs, piece.traced, piece.steps, piece.results))
        return found

    def as_saved(self, name: str) -> Derivative:
        """Itself, as it can be written to a file."""
        return self


def _stand_in(variable: Variable, like: Tensor) -> Tensor:
    """A tensor of the shape and dtype of a variable, whose values nobody asks for: one number, repeated."""
    adapter = adapter_of(like._array)
    zero = adapter.zeros((), variable.dtype, like._array)
    return wrap(adapter.normalise(adapter.broadcast_to(zero, variable.shape)), cls=type(like)._family)


class CompiledCall(Function):
    """One piece of a call of a compiled function, as a node."""

    @staticmethod
    def forward(
        ctx: Any, piece: DerivativePiece, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor], *_: Tensor
    ) -> Any:
        """Save what the piece reads; the results have been computed."""
        ctx.piece, ctx.family, ctx.count = piece, type(outs[0])._family, len(saved)
        ctx.set_materialize_grads(False)
        ctx.numbers = {i: value for i, (value, _) in enumerate(saved) if type(value) in NUMBERS}
        entries = [entry for i, entry in enumerate(saved) if i not in ctx.numbers]
        ctx.save_for_backward(*[wrap(array) if number is None else tensors[number] for array, number in entries])
        return tuple(outs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> Any:
        """Run the program of the piece."""
        like = next(g._array for g in grads if g is not None)
        tensors, numbers = iter(ctx.saved_tensors), ctx.numbers
        saved = [numbers[i] if i in numbers else next(tensors)._array for i in range(ctx.count)]
        found = ctx.piece.of([None if g is None else g._array for g in grads], saved, like)
        return (None, None, None, None, *[wrap(adapter_of(a).normalise(a), cls=ctx.family) for a in found])
