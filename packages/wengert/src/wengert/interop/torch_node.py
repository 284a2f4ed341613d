"""A graph of Wengert inside of PyTorch's: what Wengert has recorded of a function, run from a node of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from ..autograd.node import GradientEdge, get_gradient_edge
from ..autograd.requests import backward, grad
from ..autograd.saved import Version
from ..autograd.tensor import Tensor, wrap
from ..errors import GradientError, ReleasedError
from .torch_memory import Crossing, shares_memory

__all__ = ["WengertFunction", "WengertGraph", "outputs_in_torch"]

#: Whether the backward that PyTorch is running keeps what nodes have saved. Where it does not say, what Wengert has recorded
#: lives as long as its node.
_keeps_graph: Callable[[], bool] = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", lambda: True)


class WengertFunction(torch.autograd.Function):  # type: ignore[misc]
    """The node of PyTorch. Its arguments are as those of `ForeignFunction`."""

    @staticmethod
    def forward(
        ctx: Any,
        graph: WengertGraph,
        tensors: Sequence[torch.Tensor],
        constant: Sequence[int],
        anchor: torch.Tensor | None,
        *inputs: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        ctx.graph = graph
        ctx.anchor = None if anchor is None else anchor.grad_fn
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs)  # a recorded backward leads back to them
        ctx.mark_non_differentiable(*[tensors[number] for number in constant])
        return tuple(tensors)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        graph: WengertGraph = ctx.graph
        wanted = ctx.needs_input_grad[4:]
        # PyTorch has no question for a leaf; the anchor is one step away from it, and runs exactly when leaves accumulate.
        leaves = ctx.anchor is not None and torch._C._will_engine_execute_node(ctx.anchor)
        keep = _keeps_graph()
        if not torch.is_grad_enabled():
            found = graph.gradients(grads, wanted, leaves=leaves, keep=keep)
        elif leaves:
            raise GradientError(
                f"{graph.border}: a backward with create_graph=True would accumulate into leaves of Wengert, and the graph of "
                "their gradients would end at the border; ask for the gradients of PyTorch's tensors by "
                "torch.autograd.grad(..., create_graph=True), and run backward() on what you compute of these"
            )
        else:
            found = graph.recorded_gradients(ctx.saved_tensors, grads, wanted, keep=keep)
        return (None, None, None, None, *found)


class WengertGraph:
    """What Wengert has recorded between `inside` and `outs`.

    Parameters
    ----------
    border : str
        The border and the function at it, for messages.
    crossing : Crossing
        How arrays cross.
    inside : sequence of Tensor
        Leaves of Wengert, one for each input of the node.
    outs : sequence of Tensor
        What was computed of them. Only their places in the graph are kept.
    has_leaves : bool, optional
        Whether it leads to other leaves, such as the parameters of a module. Default: that is found out.
    """

    __slots__ = ("_crossing", "_inside", "_outs", "_released", "_shared", "_watched", "border", "has_leaves")

    def __init__(
        self, border: str, crossing: Crossing, inside: Sequence[Tensor], outs: Sequence[Tensor], has_leaves: bool | None = None
    ) -> None:
        self.border, self._crossing = border, crossing
        self._inside = list(inside)
        self._outs = [get_gradient_edge(out) if out.requires_grad else None for out in outs]
        self.has_leaves = _leads_to_leaves(self._outs, inside) if has_leaves is None else has_leaves
        self._watched: list[tuple[torch.Tensor, int, Version]] = []
        self._released = False
        self._shared = False  # with its derivative, as in `TorchGraph`

    def watch(self, pairs: Iterable[tuple[torch.Tensor, Tensor]]) -> None:
        """Know from now on when a tensor is written to, whose memory its partner may have saved."""
        for tensor, other in pairs:
            counter = tensor.detach()
            counter.data = counter.new_empty(0)  # shares the version counter of `tensor`, and keeps none of its memory
            self._watched.append((counter, counter._version, other._counter()))

    def _pass_on_writes(self) -> None:
        """Tell Wengert's version counters what PyTorch's know: Wengert then says itself whether a write matters."""
        for number, (tensor, seen, counter) in enumerate(self._watched):
            if tensor._version != seen:
                counter.value += 1
                self._watched[number] = (tensor, tensor._version, counter)

    # -- gradients ---------------------------------------------------------------------------------------------------
    def gradients(
        self, grads: Sequence[torch.Tensor | None], wanted: Sequence[bool], *, leaves: bool, keep: bool
    ) -> list[torch.Tensor | None]:
        """From the gradients of the outputs those of the inputs that are wanted; None where there is none."""
        outs, seeds = self._roots(grads)
        try:
            if leaves:
                found = self._accumulated(outs, seeds, keep or self._shared)
            else:
                found = self._asked_for(outs, seeds, wanted, keep=keep or self._shared, record=False)
        finally:
            self._used(keep)
        name = f"{self.border}: the gradient of input"
        return [None if g is None else self._crossing.there(g._array, f"{name} {i}") for i, g in enumerate(found)]

    def recorded_gradients(
        self, inputs: Sequence[torch.Tensor], grads: Sequence[torch.Tensor | None], wanted: Sequence[bool], *, keep: bool
    ) -> list[torch.Tensor | None]:
        """The same with a graph of their own, which leads to `inputs` and `grads`."""
        outs, seeds = self._roots(grads)
        given = [g for g, out in zip(grads, self._outs, strict=True) if g is not None and out is not None]
        for seed, one in zip(seeds, given, strict=True):
            seed.requires_grad_(one.requires_grad)
        inside = [*self._inside, *seeds]
        self._shared = True
        try:
            found = self._asked_for(outs, seeds, wanted, keep=True, record=True)
        finally:
            self._used(keep)
        derivative = [g for g in found if g is not None]
        if not derivative:
            return [None] * len(found)
        graph = WengertGraph(self.border, self._crossing, inside, derivative, self.has_leaves)
        graph._shared = True
        names = [f"{self.border}: the gradient of input {i}" for i, g in enumerate(found) if g is not None]
        crossed = iter(outputs_in_torch(graph, derivative, names, [*inputs, *given]))
        return [None if g is None else next(crossed) for g in found]

    def _roots(self, grads: Sequence[torch.Tensor | None]) -> tuple[list[GradientEdge], list[Tensor]]:
        """The outputs that have a gradient, and these gradients, for Wengert."""
        if self._released:
            raise ReleasedError(
                f"{self.border}: trying to backward through the graph a second time, or after an error in its backward; what "
                "Wengert had saved is released. Specify retain_graph=True for the first"
            )
        self._pass_on_writes()
        pairs = [
            (out, wrap(self._crossing.back(one, f"{self.border}: the gradient of output {number}")))
            for number, (out, one) in enumerate(zip(self._outs, grads, strict=True))
            if one is not None and out is not None
        ]
        return [out for out, _ in pairs], [seed for _, seed in pairs]

    def _asked_for(
        self, outs: list[GradientEdge], seeds: list[Tensor], wanted: Sequence[bool], *, keep: bool, record: bool
    ) -> list[Tensor | None]:
        """The gradients of the inputs that are wanted; no ``.grad`` is touched."""
        inputs = [leaf for leaf, want in zip(self._inside, wanted, strict=True) if want]
        if not outs or not inputs:
            return [None] * len(self._inside)
        found = iter(grad(outs, inputs, seeds, retain_graph=keep, create_graph=record, allow_unused=True))
        return [next(found) if want else None for want in wanted]

    def _accumulated(self, outs: list[GradientEdge], seeds: list[Tensor], keep: bool) -> list[Tensor | None]:
        """The gradients of the inputs, while those of all other leaves accumulate where they are; as `TorchGraph` does it."""
        before = [leaf._grad for leaf in self._inside]
        for leaf in self._inside:
            leaf._grad = None
        try:
            if outs:
                backward(outs, seeds, retain_graph=keep)
            return [leaf._grad for leaf in self._inside]
        finally:
            for leaf, one in zip(self._inside, before, strict=True):
                leaf._grad = one

    def _used(self, keep: bool) -> None:
        """Let go of the graph unless it is to be kept."""
        if not keep:
            self._released = True
            self._inside, self._outs, self._watched = [], [], []


def outputs_in_torch(
    graph: WengertGraph, outs: Sequence[Tensor], names: Sequence[object], inputs: Sequence[torch.Tensor], *, record: bool = True
) -> tuple[torch.Tensor, ...]:
    """The outputs of `graph` as tensors in PyTorch's graph. What shares memory is copied as by `outputs_in_wengert`."""
    taken = [one.detach() for one in inputs]
    tensors, shared = [], []
    for out, name in zip(outs, names, strict=True):
        tensor = graph._crossing.there(out._array, name)
        shared.append(not ((out.is_leaf and out.requires_grad) or any(shares_memory(tensor, other) for other in taken)))
        if not shared[-1]:
            tensor = tensor.clone()
        taken.append(tensor)
        tensors.append(tensor)
    constant = [number for number, out in enumerate(outs) if not out.requires_grad]
    if not record or len(constant) == len(outs):
        return tuple(tensors)
    # An interior tensor: PyTorch can be asked whether its node runs.
    anchor = torch.zeros((), requires_grad=True).clone() if graph.has_leaves else None
    placed = WengertFunction.apply(graph, tensors, constant, anchor, *inputs)
    graph.watch(zip(inputs, graph._inside, strict=True))
    graph.watch((tensor, out) for tensor, out, same in zip(placed, outs, shared, strict=True) if same)
    return placed


def _leads_to_leaves(outs: Sequence[GradientEdge | None], inside: Sequence[Tensor]) -> bool:
    """Whether the graph at `outs` leads to leaves that are not among `inside`."""
    own = {id(leaf) for leaf in inside}
    stack = [out.node for out in outs if out is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        if node._is_leaf and id(node.variable) not in own:
            return True
        for below in node._edges:
            if below is not None and below not in seen:
                seen.add(below)
                stack.append(below)
    return False
