"""The graph of one call of a compiled function: the nodes of an eager run, made of those that were traced."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..arrays.batched import BatchedArray, batched
from ..autograd.hooks import FunctionPostHooks, FunctionPreHooks, FunctionTensorPreHook, Hooks, NodeHooks
from ..autograd.multi_grad import place_of
from ..autograd.node import LEAF_EDGE, NO_EDGE, Edge, Node
from ..autograd.saved import SavedTensor, unpack
from ..autograd.tensor import Tensor, wrap
from .calling import called
from .function_effects import outer_pair
from .ir import Equation, Variable
from .standing import StandingFor, reached
from .trace import TracedArray

if TYPE_CHECKING:
    from .function_graph import TracedGraph

__all__ = ["CallGraph", "kept"]


def kept(tensor: Tensor) -> Any:
    """The entry for a tensor from outside that a call saves: that of `wengert.autograd.saved.keep` without hooks."""
    extra = tensor._extra
    if extra is None or not (extra.written() or extra.detached):
        return tensor
    return SavedTensor(tensor, None, tensor._place(), -1, tensor._counter())


class CallGraph:
    """The graph of one call.

    Parameters
    ----------
    traced : TracedGraph
    tensors : list of Tensor
        Those from outside, by number.
    entries : dict
        Of the variables that were saved the entries: arrays, and tensors from outside as `kept`.
    sequences : sequence
        The place of each node in the order of making.
    """

    def __init__(
        self, traced: TracedGraph, outside: list[Tensor], entries: dict[Variable, Any], sequences: Sequence[Any]
    ) -> None:
        self.traced, self.numbered, self.entries = traced, outside, entries
        self.arrays: dict[Variable, Any] = {}  # what was computed again
        self.tensors: dict[int, Tensor] = {}
        groups = traced.recorder.groups
        self.groups: dict[Any, Any] = {} if groups is None else entries[groups]
        self.placed: set[int] = set()
        self.around: dict[int, Any] = {}
        self.results: dict[int, Tensor] = {}
        self.nodes = [_bare(node, sequence) for node, sequence in zip(traced.nodes, sequences, strict=True)]
        self.leaves: list[Tensor] = []

    def fill(self, results: Sequence[Tensor] = ()) -> None:
        """Give the nodes everything, the results their places, and both their hooks."""
        self.results = {id(t): made for t, made in zip(self.traced.alive, results, strict=False)}
        self.made_results = set(map(id, results))
        self.tensors.update(self.results)
        self.leaves = [self._leaf(node) for node in self.traced.leaves]
        for fill, new in zip(self.traced.templates, self.nodes, strict=True):
            fill(self, new)
        for edge, made in zip(self.traced.roots, results, strict=False):
            if not any(made is leaf for leaf in self.leaves):
                made._node, made._nr = self.edge(self.traced.target(edge))
        for node, new in zip(self.traced.nodes, self.nodes, strict=True):
            if node._hooks is not None:
                new._hooks = self._hooks(node._hooks, new)

    # -- what templates ask for
    def value(self, traced: Any) -> Any:
        """The array that a traced one stands for."""
        if isinstance(traced, BatchedArray):
            return batched(self.value(traced.array), traced.level)
        if not isinstance(traced, TracedArray):  # beneath a batched one, what is the same in every call
            return traced
        variable = self.traced.now(traced.variable)
        if not isinstance(variable, Variable):
            return variable
        if variable not in self.entries and variable not in self.arrays:
            self._compute(variable)
        return self._read(variable)

    def output(self, traced: TracedArray, number: int) -> Any:
        """The entry for what is output `number` of its node."""
        variable = self.traced.now(traced.variable)  # an array, where it is a constant
        entry = self.entries.get(variable) if isinstance(variable, Variable) else None
        if not isinstance(entry, SavedTensor):
            return self.value(traced)
        new = SavedTensor(None, entry.array, None, number, entry.version)
        new.expected = entry.expected
        return new

    def watched(self, tensor: Any, variable: Any) -> Any:
        """The entry for an input that has been made of a value."""
        variable = self.traced.now(variable)
        entry = self.entries.get(variable) if isinstance(variable, Variable) else None
        if not isinstance(entry, SavedTensor) or id(tensor) in self.made_results:
            return tensor
        new = SavedTensor(tensor, None, tensor._place(), -1, entry.version)
        new.expected = entry.expected
        return new

    def _compute(self, variable: Variable) -> None:
        """Compute a value of the forward again, which the call has not saved."""
        producers, needed = self.traced.producers, dict[Equation, None]()
        stack = [variable]
        while stack:
            v = stack.pop()
            if v in self.entries or v in self.arrays:
                continue
            equation = producers[v]
            if equation not in needed:
                needed[equation] = None
                stack.extend(equation.reads())
        order = [e for e in dict.fromkeys(producers.values()) if e in needed]
        for equation in order:
            result = called(equation, self._read)
            for out, array in zip(equation.outputs, (result,) if equation.single else result, strict=True):
                if out is not None:
                    self.arrays[out] = array if type(array) in NUMBERS else adapter_of(array).normalise(array)

    def _read(self, variable: Variable) -> Any:
        if variable in self.arrays:
            return self.arrays[variable]
        entry = self.entries[variable]
        return unpack(entry, self.nodes[0]) if isinstance(entry, (SavedTensor, Tensor)) else entry

    def outside(self, number: int) -> Any:
        """The entry for a tensor from outside."""
        entry = self.entries.get(self.traced.now(self.traced.arrays[number].variable))
        return kept(self.numbered[number]) if entry is None else entry

    def edge(self, target: tuple[str, int, int]) -> Edge:
        """Where the gradient of something goes in this call."""
        kind, number, nr = target
        if kind == "node":
            return self.nodes[number], nr
        if kind == "outside":
            return self.numbered[number]._place()
        return self.leaves[number]._place() if kind == "leaf" else NO_EDGE

    def packed(self, entry: SavedTensor, variable: Variable, edge: Any, number: int | None) -> SavedTensor:
        """The entry for what the pack hook has returned in this call."""
        watched = number is not None and entry.pair is not None and entry.pair.watched
        version = self.numbered[number]._counter() if watched and number is not None else None
        new = SavedTensor(None, None, None if edge is None else self.edge(edge), entry.output_nr, version)
        outer = entry.pair is self.traced.recorder.outer
        new.packed, new.pair = self.entries[variable], outer_pair() if outer else entry.pair
        return new

    def made(self, node: Node, fill: Callable[[CallGraph, Node], None]) -> Node:
        """A node that is a part of another."""
        new = _bare(node, node._sequence)
        fill(self, new)
        return new

    def _leaf(self, accumulator: Any) -> Tensor:
        """A leaf that the function makes anew in each call."""
        old = accumulator.variable
        new = self.results.get(id(old))
        if new is None:
            new = self.tensors[id(old)] = wrap(self.value(old._array), NO_EDGE, type(old))
        new._node, new._nr = LEAF_EDGE
        state = old._backward
        if state is not None and (state.hooks or state.post_acc is not None):
            fresh = new._backward_state()
            fresh.hooks = None if state.hooks is None else self.copied(state.hooks, new)
            if state.post_acc is not None:
                fresh.post_acc = type(state.post_acc)(self.copied(state.post_acc.hooks, new))
        return new

    # -- hooks
    def copied(self, hooks: Hooks, target: Any) -> Hooks:
        """The hooks of a tensor or a node of this call; those on several tensors are of this call too."""
        new = Hooks(hooks.kind, target)
        for key, fn in hooks.items():
            new[key] = self.fresh(fn)
            new.positions[key] = hooks.positions.get(key)
        new.pure = hooks.pure
        return new

    def fresh(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """`fn`, or the hook of a group of this call in the place of one of a group of the traced graph."""
        member = getattr(fn, "member", None)
        if member is None:
            stands = [(tensor, self._stand(tensor)) for tensor in reached(fn) if self._stands(tensor)]
            return StandingFor(fn, stands) if stands else fn
        group, index = member
        new = self.groups.get(group)
        if new is None:
            new = self.groups[group] = group.again([])
        if id(new) not in self.placed:
            self.placed.add(id(new))
            new.places = [self._found(place) for place in self.traced.places.get(group, group.places)]
        return new.member(index)

    def _stands(self, tensor: Tensor) -> bool:
        number = self.traced.numbers.get(id(tensor))
        if number is None:
            return isinstance(tensor._array, TracedArray)
        return self.numbered[number] is not tensor

    def _stand(self, tensor: Tensor) -> Any:
        number = self.traced.numbers.get(id(tensor))
        return self.value(tensor._array) if number is None else self.numbered[number]

    def _found(self, place: Callable[[], Node | None]) -> Callable[[], Node | None]:
        """What finds the node of this call in the place of a traced one."""
        node = place()
        if node in self.traced.number:
            return weakref.ref(self.nodes[self.traced.number[node]])
        return place_of(self.leaves[self.traced.leaves[node]]) if node in self.traced.leaves else place

    def _hooks(self, old: NodeHooks, node: Node) -> NodeHooks:
        new = NodeHooks()
        for hook in old.tensor:
            new.tensor.append(self._tensor_hook(hook, node))
        for number, retain in old.retain.items():
            tensor = retain.tensor()
            if tensor is not None:
                made = self.results.get(id(tensor), tensor)
                made._grad = None
                made._backward_state().retains = True
                new.retain_for(made, number)
        if old.pre is not None:
            new.pre = FunctionPreHooks(self.copied(old.pre.hooks, node))
        if old.post is not None:
            new.post = self._post(old.post, node)
        alone = len(new.tensor) == 1 and node._outputs == 1 and not (new.retain or new.pre or new.post)
        if alone and type(new.tensor[0]) is FunctionTensorPreHook:
            new.only = new.tensor[0].hooks
        return new

    def _tensor_hook(self, hook: Any, node: Node) -> Any:
        if type(hook) is not FunctionTensorPreHook:
            return hook
        owner = None if hook.hooks.target is None else hook.hooks.target()
        result = self.results.get(id(owner))
        hooks = self.copied(hook.hooks, node if result is None else result)
        if result is not None:
            result._backward_state().hooks = hooks
        return FunctionTensorPreHook(hooks, hook.value_idx)

    def _post(self, old: FunctionPostHooks, node: Node) -> FunctionPostHooks:
        hooks = self.copied(old.hooks, node)
        if type(old) is FunctionPostHooks:
            return FunctionPostHooks(hooks)
        new = copy.copy(old)  # of another layer, which calls more than these: two nodes of one call share what they note
        new.hooks = hooks
        owner = getattr(getattr(old, "step", None), "__self__", None)
        if owner is not None:
            own = self.around.get(id(owner))
            if own is None:
                own = self.around[id(owner)] = copy.copy(owner)
            new.step = getattr(own, old.step.__name__)  # type: ignore[attr-defined]
        return new


def _bare(node: Node, sequence: Any) -> Node:
    """A node like `node`, of which nothing is set that others are asked for."""
    new: Node = object.__new__(type(node))
    new._sequence, new._hooks, new._info = sequence, None, None
    return new
