"""The oracle's graph: tensors, nodes, saved values and the state in force. How it is run is in `oracle.py`."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .oracle import Task

Grad = Any  # Tensor | None
counter = itertools.count()


class State:
    """All that is in force: grad mode, pairs of saved-tensor hooks, running tasks (innermost last)."""

    def __init__(self, dialect: frozenset[str] = frozenset()) -> None:
        self.dialect = dialect
        self.grad_mode = True
        self.saved_hooks: list[tuple[Callable, Callable]] = []
        self.packing = False
        self.tasks: list[Task] = []

    @contextmanager
    def mode(self, enabled: bool) -> Iterator[None]:
        before, self.grad_mode = self.grad_mode, enabled
        try:
            yield
        finally:
            self.grad_mode = before


class Handle:
    """What registering a hook returns."""

    def __init__(self, *places: tuple[dict[int, Callable], int]) -> None:
        self.places = places

    def remove(self) -> None:
        for hooks, key in self.places:
            hooks.pop(key, None)


def put(hooks: dict[int, Callable], fn: Callable) -> Handle:
    key = next(counter)
    hooks[key] = fn
    return Handle((hooks, key))


class Node:
    """A vertex of the graph: one gradient comes in for each output of the operator, one goes out for each edge."""

    def __init__(self, rule: Callable, edges: Sequence[tuple[Node, int] | None], outputs: Sequence[np.ndarray]) -> None:
        self.rule = rule
        self.edges = list(edges)
        self.shapes = [array.shape for array in outputs]
        self.input_shapes: list[tuple[int, ...] | None] = []
        self.number: float = next(counter)
        self.saved: list[Saved] = []
        self.released = False
        self.leaf: Tensor | None = None
        self.tensor_hooks: dict[int, dict[int, Callable]] = {}
        self.retained: dict[int, weakref.ref[Tensor]] = {}
        self.pre_hooks: dict[int, Callable] = {}
        self.post_hooks: dict[int, Callable] = {}
        self.had_post_hooks = False

    def register_prehook(self, fn: Callable) -> Handle:
        return put(self.pre_hooks, fn)

    def register_hook(self, fn: Callable) -> Handle:
        self.had_post_hooks = True
        return put(self.post_hooks, fn)


class Tensor:
    """An array and its place in the graph."""

    def __init__(self, state: State, array: Any, requires_grad: bool = False) -> None:
        self.state = state
        self.array = np.asarray(array)
        self.leaf_requires_grad = requires_grad
        self.edge: tuple[Node, int] | None = None
        self.grad: Tensor | None = None
        self.post_hooks: dict[int, Callable] = {}

    shape = property(lambda self: self.array.shape)
    grad_fn = property(lambda self: None if self.edge is None or self.edge[0].leaf is not None else self.edge[0])
    is_leaf = property(lambda self: self.grad_fn is None)

    @property
    def requires_grad(self) -> bool:
        return self.leaf_requires_grad or self.grad_fn is not None

    def requires_grad_(self, wanted: bool) -> Tensor:
        if not wanted and not self.is_leaf:
            raise RuntimeError("only a leaf may stop requiring grad")
        self.leaf_requires_grad = wanted and self.is_leaf
        return self

    def gradient_edge(self) -> tuple[Node, int] | None:
        """Where gradients of this tensor go; a leaf gets its accumulating node now, and keeps it (W13)."""
        if not self.requires_grad:
            return None
        if self.edge is None:
            node = Node(lambda *_: [], [], [self.array])
            node.number, node.leaf = float("inf"), self
            self.edge = (node, 0)
        return self.edge

    def _hooks(self, what: str) -> tuple[Node, int]:
        edge = self.gradient_edge() if self.requires_grad else None
        if edge is None:
            raise RuntimeError(f"{what} of a tensor that does not require grad")
        return edge

    def register_hook(self, fn: Callable) -> Handle:
        node, k = self._hooks("tensor hook")
        return put(node.tensor_hooks.setdefault(k, {}), fn)

    def retain_grad(self) -> None:
        node, k = self._hooks("retain_grad")
        if node.leaf is None:
            node.retained[k] = weakref.ref(self)

    def register_post_accumulate_grad_hook(self, fn: Callable) -> Handle:
        if not self.requires_grad or not self.is_leaf:
            raise RuntimeError("post-accumulate-grad hooks are for leaves that require grad")
        return put(self.post_hooks, fn)

    def detach(self) -> Tensor:
        return Tensor(self.state, self.array)


class Saved:
    """A value saved for backward: as it is, or packed."""

    def __init__(self, state: State, tensor: Tensor) -> None:
        self.state, self.tensor = state, tensor
        self.edge, self.requires_grad = tensor.gradient_edge(), tensor.requires_grad
        self.hooks = state.saved_hooks[-1] if state.saved_hooks and not state.packing else None
        if self.hooks is not None:
            state.packing = True
            try:
                with state.mode(False):
                    self.packed = self.hooks[0](tensor)
            finally:
                state.packing = False

    def unpack(self) -> Tensor:
        if self.hooks is None:
            return self.tensor
        value = self.hooks[1](self.packed)
        if not isinstance(value, Tensor):
            raise TypeError("an unpack hook must return a Tensor")
        tensor = Tensor(self.state, value.array)
        tensor.edge = self.edge
        tensor.leaf_requires_grad = self.requires_grad and tensor.grad_fn is None
        return tensor


class Edge:
    """A GradientEdge."""

    def __init__(self, node: Node, output_nr: int) -> None:
        self.node, self.output_nr = node, output_nr
