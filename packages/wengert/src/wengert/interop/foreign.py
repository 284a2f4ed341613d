"""The node that stands in Wengert's graph for a part of the computation that another library has recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from ..arrays.adapter import library
from ..autograd.modes import current, dual_level_in_force, is_grad_enabled
from ..autograd.node import LEAF_EDGE
from ..autograd.saved import raise_released
from ..autograd.tensor import Tensor, wrap
from ..errors import GradientError
from ..function import Function, FunctionCtx
from ..ops.creation import made

__all__ = ["ForeignFunction", "ForeignGraph", "cross"]


class ForeignGraph(Protocol):
    """What another library has recorded between its inputs and its outputs."""

    #: The border and the function at it, for messages.
    border: str
    #: Whether it leads to leaves of that library besides its inputs, whose gradients accumulate there.
    has_leaves: bool

    def gradients(
        self, grads: Sequence[Any], wanted: Sequence[bool], *, leaves: bool, keep: bool
    ) -> Sequence[Any]:
        """From the raw gradients of the outputs those of the inputs that are wanted; None where there is none.

        With `leaves` the gradients of its own leaves accumulate; without `keep` what it has saved is let go.
        """
        ...

    def recorded_gradients(
        self, inputs: Sequence[Tensor], grads: Sequence[Tensor | None], wanted: Sequence[bool], *, keep: bool
    ) -> Sequence[Tensor | None]:
        """The same as Tensors that can be differentiated again, by `inputs` and by `grads`."""
        ...


class ForeignCtx(FunctionCtx):
    """The node: what the other library has recorded is kept with the saved tensors, and released with them."""

    @property
    def graph(self) -> ForeignGraph:
        """What the other library has recorded.

        Raises
        ------
        ReleasedError
            After a backward without ``retain_graph``.
        """
        entries = self._saved
        if entries is None:
            raise_released(self)
        return entries[0]


class ForeignFunction(Function):
    """A part of the computation that another library has recorded, as one node.

    Its arguments are the graph, the arrays of the outputs, the numbers of those without a derivative, a leaf that stands for all
    leaves of the other library (or None), and the inputs.
    """

    _context: ClassVar[type[FunctionCtx]] = ForeignCtx

    @staticmethod
    def forward(
        ctx: Any, graph: ForeignGraph, arrays: Sequence[Any], constant: Sequence[int], anchor: Tensor | None, *inputs: Tensor
    ) -> tuple[Tensor, ...]:
        outputs = tuple([made(array, False, graph.border) for array in arrays])
        ctx._saved = (graph,)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs)  # a recorded backward leads back to them
        ctx.mark_non_differentiable(*[outputs[number] for number in constant])
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        graph: ForeignGraph = ctx.graph
        leaves, *wanted = ctx.needs_input_grad[3:]
        task = current().task
        keep = task is None or task.keep
        found: Sequence[Tensor | None]
        if is_grad_enabled() or dual_level_in_force() is not None:
            if leaves:
                raise GradientError(
                    f"{graph.border}: a backward with create_graph=True would accumulate into leaves of the other library, and "
                    "the graph of their gradients would end at the border; ask for the gradients of Wengert's tensors by "
                    "autograd.grad(..., create_graph=True), and run backward() on what you compute of these"
                )
            found = graph.recorded_gradients(ctx.saved_tensors, grads, wanted, keep=keep)
        else:
            raw = [None if grad is None else grad._array for grad in grads]
            arrays = graph.gradients(raw, wanted, leaves=leaves, keep=keep)
            found = [None if array is None else wrap(array) for array in arrays]
        return (None, None, None, None, *found)


def cross(
    function: type[ForeignFunction], graph: ForeignGraph, arrays: Sequence[Any], constant: Sequence[int], inputs: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """The outputs of `graph` in Wengert's graph: Tensors on `arrays`, at a node of the kind of `function`.

    Parameters
    ----------
    function : type
        The kind of node.
    graph : ForeignGraph
        What the other library has recorded.
    arrays : sequence of raw array
        The outputs.
    constant : sequence of int
        The numbers of those that have no derivative.
    inputs : sequence of Tensor
        What it was computed of.
    """
    anchor = wrap(library("numpy").asarray(0.0), LEAF_EDGE) if graph.has_leaves else None
    return function.apply(graph, arrays, constant, anchor, *inputs)
