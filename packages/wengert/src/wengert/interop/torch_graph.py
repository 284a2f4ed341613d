"""A graph of PyTorch inside of Wengert's: what PyTorch has recorded of a function, run from a node of Wengert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from ..autograd.saved import Version
from ..autograd.tensor import Tensor
from .foreign import ForeignFunction, cross
from .torch_memory import Crossing, shares_memory

__all__ = ["TorchFunction", "TorchGraph", "outputs_in_wengert"]


class TorchFunction(ForeignFunction):
    """Its nodes are called ``TorchFunctionBackward``."""


class TorchGraph:
    """What PyTorch has recorded between `inside` and `outs`.

    Parameters
    ----------
    border : str
        The border and the function at it, for messages.
    crossing : Crossing
        How arrays cross.
    inside : sequence of torch.Tensor
        Leaves of PyTorch, one for each input of the node.
    outs : sequence of torch.Tensor
        What was computed of them.
    has_leaves : bool, optional
        Whether it leads to other leaves, such as the parameters of a module. Default: that is found out.
    """

    __slots__ = ("_crossing", "_inside", "_outs", "_shared", "_watched", "border", "has_leaves")

    def __init__(
        self,
        border: str,
        crossing: Crossing,
        inside: Sequence[torch.Tensor],
        outs: Sequence[torch.Tensor],
        has_leaves: bool | None = None,
    ) -> None:
        self.border, self._crossing = border, crossing
        self._inside, self._outs = list(inside), list(outs)
        self.has_leaves = _leads_to_leaves(outs, inside) if has_leaves is None else has_leaves
        self._watched: list[tuple[Version, int, torch.Tensor]] = []
        # Whether it has nodes in common with its derivative. Each is run on its own, so neither may release them; they go when
        # the nodes of Wengert let go of both.
        self._shared = False

    def watch(self, pairs: Iterable[tuple[Tensor, torch.Tensor]]) -> None:
        """Know from now on when a tensor is written to, whose memory its partner may have saved."""
        if self._crossing.adapter.name != "torch":  # else they share PyTorch's own counter
            for tensor, there in pairs:
                counter = tensor._counter()
                self._watched.append((counter, counter.value, there))

    def _pass_on_writes(self) -> None:
        """Tell PyTorch's version counters what Wengert's know: it then says itself whether a write matters."""
        for number, (counter, seen, tensor) in enumerate(self._watched):
            if counter.value != seen:
                torch.autograd.graph.increment_version(tensor)
                self._watched[number] = (counter, counter.value, tensor)

    # -- gradients ---------------------------------------------------------------------------------------------------
    def gradients(self, grads: Sequence[Any], wanted: Sequence[bool], *, leaves: bool, keep: bool) -> list[Any]:
        """See `ForeignGraph`."""
        self._pass_on_writes()
        outs, seeds = self._roots(grads)
        keep = keep or self._shared
        if leaves:
            found = self._accumulated(outs, seeds, keep)
        else:
            found = self._asked_for(outs, seeds, wanted, keep=keep, record=False)
        name = f"{self.border}: the gradient of input"
        return [None if g is None else self._crossing.back(g, f"{name} {i}") for i, g in enumerate(found)]

    def recorded_gradients(
        self, inputs: Sequence[Tensor], grads: Sequence[Tensor | None], wanted: Sequence[bool], *, keep: bool
    ) -> list[Tensor | None]:
        """See `ForeignGraph`."""
        self._pass_on_writes()
        outs, seeds = self._roots([None if grad is None else grad._array for grad in grads])
        given = [g for g, out in zip(grads, self._outs, strict=True) if g is not None and out.requires_grad]
        for seed, grad in zip(seeds, given, strict=True):
            seed.requires_grad_(grad.requires_grad)
        found = self._asked_for(outs, seeds, wanted, keep=True, record=True)
        derivative = [g for g in found if g is not None]
        if not derivative:
            return [None] * len(found)
        graph = TorchGraph(self.border, self._crossing, [*self._inside, *seeds], derivative, self.has_leaves)
        self._shared = graph._shared = True
        names = [f"{self.border}: the gradient of input {i}" for i, g in enumerate(found) if g is not None]
        crossed = iter(outputs_in_wengert(graph, derivative, names, [*inputs, *given]))
        return [None if g is None else next(crossed) for g in found]

    def _roots(self, grads: Sequence[Any]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The outputs that have a gradient, and these gradients, for PyTorch."""
        pairs = [
            (out, self._crossing.there(grad, f"{self.border}: the gradient of output {number}"))
            for number, (out, grad) in enumerate(zip(self._outs, grads, strict=True))
            if grad is not None and out.requires_grad
        ]
        return [out for out, _ in pairs], [seed for _, seed in pairs]

    def _asked_for(
        self, outs: list[torch.Tensor], seeds: list[torch.Tensor], wanted: Sequence[bool], *, keep: bool, record: bool
    ) -> list[torch.Tensor | None]:
        """The gradients of the inputs that are wanted; no ``.grad`` is touched."""
        inputs = [leaf for leaf, want in zip(self._inside, wanted, strict=True) if want]
        if not outs or not inputs:
            return [None] * len(self._inside)
        found = iter(torch.autograd.grad(outs, inputs, seeds, retain_graph=keep, create_graph=record, allow_unused=True))
        return [next(found) if want else None for want in wanted]

    def _accumulated(self, outs: list[torch.Tensor], seeds: list[torch.Tensor], keep: bool) -> list[torch.Tensor | None]:
        """The gradients of the inputs, while those of all other leaves accumulate where they are.

        PyTorch's engine does one or the other, so the inputs are leaves among the rest for the time. A run within this one, from
        a hook, finds and leaves their ``.grad`` as it was.
        """
        before = [leaf.grad for leaf in self._inside]
        for leaf in self._inside:
            leaf.grad = None
        try:
            if outs:
                torch.autograd.backward(outs, seeds, retain_graph=keep)
            return [leaf.grad for leaf in self._inside]
        finally:
            for leaf, grad in zip(self._inside, before, strict=True):
                leaf.grad = grad


def outputs_in_wengert(
    graph: TorchGraph, outs: Sequence[torch.Tensor], names: Sequence[object], inputs: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """The outputs of `graph` as Tensors in Wengert's graph.

    What lies in the memory of an input, of a leaf or of another output is copied: the counters of writes would not know of each
    other across the border.
    """
    taken: list[torch.Tensor] = list(graph._inside)
    arrays, shared = [], []
    for out, name in zip(outs, names, strict=True):
        kept = out.detach()
        shared.append(not ((out.is_leaf and out.requires_grad) or any(shares_memory(kept, other) for other in taken)))
        if not shared[-1]:
            kept = kept.clone()
        taken.append(kept)
        arrays.append(graph._crossing.back(kept, name))
    constant = [number for number, out in enumerate(outs) if not out.requires_grad]
    placed = cross(TorchFunction, graph, arrays, constant, inputs)
    if len(constant) < len(outs):
        graph.watch(zip(inputs, graph._inside, strict=True))
        graph.watch((tensor, out) for tensor, out, same in zip(placed, outs, shared, strict=True) if same)
    return placed


def _leads_to_leaves(outs: Sequence[torch.Tensor], inside: Sequence[torch.Tensor]) -> bool:
    """Whether the graph of `outs` leads to leaves that are not among `inside`."""
    own = {id(leaf) for leaf in inside}
    if any(out.requires_grad and out.grad_fn is None and id(out) not in own for out in outs):
        return True
    stack = [out.grad_fn for out in outs if out.grad_fn is not None]
    seen = set(stack)
    while stack:
        for below, _ in stack.pop().next_functions:
            if below is None or below in seen:
                continue
            leaf = getattr(below, "variable", None)
            if leaf is not None and id(leaf) not in own:
                return True
            seen.add(below)
            stack.append(below)
    return False
