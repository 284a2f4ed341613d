"""What a backward looks like before it runs: its nodes in order, what makes it one of a kind, and the sizes in it.

Two runs are of one kind if they differ in sizes only, or in which functions their hooks are. The order is that in which PyTorch
reads a graph for its compiler: a node follows when all that leads to it has been read, the last of those that may follow first.
Nothing that is read here keeps a tensor or a node alive, or is held while the backward runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ....arrays.adapter import is_array
from ....autograd.engine import GraphRoot, GraphTask
from ....autograd.node import AccumulateGrad, Node
from ....autograd.saved import SavedTensor
from ....autograd.tensor import Tensor as Base

__all__ = ["NodeCall", "Reading", "read"]

#: Nodes whose Python numbers PyTorch saves as tensors: others' values do not make another kind.
NUMBERS_ARE_TENSORS = ("DivBackward0", "MulBackward0")

#: Static arguments that are no sizes, though they are numbers.
NOT_SIZES = ("axis", "axes", "axis1", "axis2", "correction", "level", "mode", "n", "ord", "reduction")


CONSTANTS = (bool, int, float, complex, str, bytes, type(None), np.dtype)


@dataclass
class NodeCall:
    """One node of a backward.

    Attributes
    ----------
    name : str
        As PyTorch calls it.
    key : tuple
        What makes it one of a kind.
    hooks : list of tuple
        For each hook its kind, and the number of the gradient that a tensor hook is on, -1 for others.
    edges : list of tuple or None
        For each gradient that it makes, the number of the call to which it goes and its number there.
    outputs : int
        How many gradients it gets.
    captured : list of tuple
        Which of these are asked for: their number, and the place in the result.
    met : int
        Its number in the order in which edges lead to nodes.
    leaf : int
        The number of the leaf to which it adds, -1 for other nodes.
    """

    name: str
    key: tuple[Any, ...]
    hooks: list[tuple[str, int]]
    outputs: int
    captured: list[tuple[int, int]]
    met: int
    leaf: int = -1
    edges: list[tuple[int, int] | None] = field(default_factory=list)

    @property
    def key_size(self) -> int:
        """How many parts the key has."""
        return sum(1 for _ in _flat(self.key))


@dataclass
class Reading:
    """All of it.

    Attributes
    ----------
    calls : list of NodeCall
    sizes : list of int
    owners : list of int
        For each size the number of the call that it was found at.
    leaves : list of Tensor
        Those to which gradients are added.
    functions : list of callable
        The hooks, in the order of the calls.
    packed : list
        What pack hooks made of saved tensors, and behind each the hook that unpacks it.
    """

    calls: list[NodeCall] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    functions: list[Callable[..., Any]] = field(default_factory=list)
    packed: list[Any] = field(default_factory=list)

    @cached_property
    def kind(self) -> tuple[Any, ...]:
        """The same for all of one kind."""
        return tuple((call.key, tuple(call.hooks), tuple(call.edges), tuple(call.captured)) for call in self.calls)


def _flat(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple):
        for item in tree:
            yield from _flat(item)
    else:
        yield tree


def read(task: GraphTask) -> Reading:
    """Read a run of the engine that has been planned."""
    return _Reader(task).reading


class _Reader:
    """Reads one run."""

    def __init__(self, task: GraphTask) -> None:
        self.task, self.reading = task, Reading()
        self.numbers: dict[Node, int] = {}  # of calls, in the order of reading
        self.met: dict[Node, int] = {task.root: 0}
        self.below = {node: self._below(node) for node in (task.root, *task.reached)}
        waits = Counter(below for found in self.below.values() for below in found)
        worklist: list[Node] = [task.root]
        order: list[Node] = []
        while worklist:
            node = worklist.pop()
            self.numbers[node] = len(order)
            order.append(node)
            self._call(node)
            for below in self.below[node]:
                self.met.setdefault(below, len(self.met))
            for below in self.below[node]:
                waits[below] -= 1
                if not waits[below]:
                    worklist.append(below)
        for node, call in zip(order, self.reading.calls, strict=True):
            call.edges = [
                None if below is None or below not in self.numbers else (self.numbers[below], number)
                for below, number in node.next_functions
            ]

    def _below(self, node: Node) -> list[Node]:
        """Where gradients of `node` go."""
        task = self.task
        if task.needed is None:
            return [below for below in node._edges if below is not None]
        if node is not task.root and node not in task.needed:
            return []
        return [below for below in node._edges if below is not None and task.will_run(below)]

    # -- one node --------------------------------------------------------------------------------------------------------
    def _call(self, node: Node) -> None:
        reading = self.reading
        number, before = len(reading.calls), len(reading.sizes)
        if isinstance(node, GraphRoot):
            name, key = "torch::autograd::GraphRoot", tuple(map(self._tensor, node.grads))
        elif isinstance(node, AccumulateGrad):
            name, key = "torch::autograd::AccumulateGrad", self._leaf(node)
        else:
            name, key = node.name(), (*self._metadata(node), *self._saved(node), self._static(node))
        flags = (self.task.keep, self.task.recorded) if isinstance(node, GraphRoot) else ()
        reading.calls.append(
            NodeCall(
                name,
                (type(node), *flags, *key),
                self._hooks(node),
                node._outputs,
                list(self.task.captures.get(node, ())),
                self.met[node],
                len(reading.leaves) - 1 if isinstance(node, AccumulateGrad) else -1,
            )
        )
        reading.owners += [number] * (len(reading.sizes) - before)

    def _tensor(self, array: Any) -> tuple[Any, ...]:
        self.reading.sizes.extend(array.shape)
        if isinstance(array, Base):
            return (array._dtype, len(array._shape), array.requires_grad)
        return (array.dtype, len(array.shape))

    def _leaf(self, node: AccumulateGrad) -> tuple[Any, ...]:
        leaf = node.variable
        self.reading.leaves.append(leaf)
        return (*self._tensor(leaf), leaf._grad is not None and not self.task.captures)

    def _metadata(self, node: Node) -> tuple[Any, ...]:
        """The shapes and dtypes of its gradients: dtypes and ranks."""
        several = node._outputs != 1
        key: list[Any] = []
        for shape, dtype in zip(node._shape, node._dtype, strict=True) if several else ((node._shape, node._dtype),):
            self.reading.sizes.extend(shape)
            key += (dtype, len(shape))
        return tuple(key)

    def _saved(self, node: Node) -> tuple[Any, ...]:
        key: list[Any] = []
        for entry in node._saved or ():
            if isinstance(entry, SavedTensor) and entry.pair is not None:
                self.reading.packed += (entry.packed, entry.pair.unpack_hook)
                key.append("packed")
                continue
            found = entry.tensor if isinstance(entry, SavedTensor) and entry.tensor is not None else entry
            found = found.array if isinstance(found, SavedTensor) else found
            if is_array(found) or isinstance(found, Base):
                key.append(self._tensor(found))
            else:
                key.append(type(found) if node.name() in NUMBERS_ARE_TENSORS else _hashable(found))
        return tuple(key)

    def _static(self, node: Node) -> Any:
        static = node._static
        if not isinstance(static, tuple):
            return self._argument(static)
        names = {place: name for name, place in type(node).static_names.items()}
        return tuple(
            _hashable(item) if names.get(place) in NOT_SIZES else self._argument(item) for place, item in enumerate(static)
        )

    def _argument(self, item: Any) -> Any:
        """What of a static argument makes it one of a kind; the whole numbers in it are sizes."""
        if is_array(item):
            return self._tensor(item)
        if isinstance(item, slice):
            return ("slice", *map(self._argument, (item.start, item.stop, item.step)))
        if isinstance(item, (tuple, list)):
            return tuple(map(self._argument, item))
        if type(item) is int:
            self.reading.sizes.append(item)
            return int
        return _hashable(item)

    def _hooks(self, node: Node) -> list[tuple[str, int]]:
        found = _Hooks(self.reading.functions)
        state = node.variable._backward if isinstance(node, AccumulateGrad) else None
        if state is not None and state.hooks is not None:
            for fn in state.hooks.copy().values():
                found.add_tensor_pre_hook(fn, 0)
        hooks = node._hooks
        if hooks is not None:
            for hook in (*hooks.tensor, *hooks.retain.values(), hooks.pre):
                if hook is not None:
                    hook.compiled_args(found)
        if state is not None and state.post_acc is not None:
            state.post_acc.compiled_args(found)
        if hooks is not None and hooks.post is not None:
            hooks.post.compiled_args(found)
        return found.kinds


def _hashable(item: Any) -> Any:
    """A constant by its value; of anything else, which a key must not keep alive, the type."""
    if isinstance(item, (tuple, list)):
        return tuple(map(_hashable, item))
    return (type(item), item) if isinstance(item, CONSTANTS) else type(item)


class _Hooks:
    """What hooks say about themselves, in the names of PyTorch."""

    def __init__(self, functions: list[Callable[..., Any]]) -> None:
        self.functions = functions
        self.kinds: list[tuple[str, int]] = []

    def _add(self, kind: str, fn: Any, number: int = -1) -> None:
        self.kinds.append((kind, number))
        self.functions.append(fn)

    def add_tensor_pre_hook(self, fn: Any, value_idx: int) -> None:
        self._add("tensor_pre_hook", fn, value_idx)

    def add_pre_hook(self, fn: Any) -> None:
        self._add("pre_hook", fn)

    def add_post_hook(self, fn: Any) -> None:
        self._add("post_hook", fn)

    def add_post_acc_grad_hook(self, fn: Any) -> None:
        self._add("post_acc_grad_hook", fn)

    def add_retain_grad_hook(self, tensor: Any, value_idx: int) -> None:
        self._add("retains_grad_hook", tensor, value_idx)
