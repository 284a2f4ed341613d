"""What the generated program of a backward calls at its effects: the engine's own doings at a node, piece by piece."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import ADAPTERS
from ..autograd.hooks import FIRST_HOOKS, call_tensor_hooks, store_retained
from ..autograd.node import NO_EDGE, UNSETTLED, AccumulateGrad, Node
from ..autograd.saved import SavedTensor, is_tensor, raise_released, unpack
from .calling import copied
from .node_args import Slot, holes
from .node_hooks import Expected, fits

if TYPE_CHECKING:
    from ..autograd.hooks import Grads, NodeHooks

__all__ = [
    "accumulate",
    "after",
    "arrays_of",
    "before",
    "before_one",
    "clash",
    "copied",
    "keep",
    "other_hooks",
    "retain",
    "stand_in",
    "unchanged",
    "unlike",
    "unpacked",
]


# -- hooks ---------------------------------------------------------------------------------------------------------------
def before(task: Any, node: Node, needed: bool, *grads: Any) -> Grads:
    """Call what hangs before the derivative of `node`; the Tensors that hooks have left. `needed` says whether it runs."""
    tensors: Grads = task._reach(node, grads)
    hooks = node._hooks
    if needed and hooks is not None and hooks.pre is not None:
        tensors = hooks.pre(tensors, None)
    return tensors


def before_one(task: Any, node: Node, hooks: NodeHooks, grad: Any) -> Any:
    """The same, of a node with one output whose derivative runs and whose gradient nobody asked for; as an array."""
    only = hooks.only
    if only is None:
        (tensor,) = before(task, node, True, grad)
    else:  # tensor hooks alone, as in most graphs
        tensor = call_tensor_hooks(only, None if grad is None else node.rebuild_gradient(grad), None)
        if hooks.only is not only:  # one of them has registered hooks of another kind
            hooks.store_retained((tensor,), None)
            if hooks.pre is not None:
                (tensor,) = hooks.pre((tensor,), None)
    return None if tensor is None else tensor._array


def after(task: Any, node: Node, results: tuple[Any, ...], seen: Grads | None, *grads: Any) -> tuple[Any, ...]:
    """Call the post-hooks of `node`, which see the Tensors that are `seen`, or `grads`, as gradients of its outputs."""
    found: tuple[Any, ...] = task._visit_after(node, results, tuple(map(task._wrap, grads)) if seen is None else seen)
    return found


def unchanged(nodes: tuple[Any, ...], expected: Sequence[tuple[int, Expected]], start: int) -> int | None:
    """How often first hooks have turned up by now; None if some of them call for more than the program does.

    `expected` is what the program takes for granted of nodes and leaves, by number, in the order of the run; those from number
    `start` on are yet to come.
    """
    count = FIRST_HOOKS[0]
    return None if other_hooks(nodes, expected[start:]) else count


def other_hooks(nodes: tuple[Any, ...], expected: Sequence[tuple[int, Expected]]) -> bool:
    """Whether by now other hooks than the program is right for are at some nodes or leaves."""
    for place, known in expected:
        node = nodes[place]
        plain = node._hooks is None and not known.before and not known.after and not node._is_leaf  # as most are
        if not plain and not fits(node, known):
            return True
    return False


# -- what was saved ------------------------------------------------------------------------------------------------------
def arrays_of(static: Any) -> list[Any]:
    """The arrays among static arguments, in order."""
    arrays: list[Any] = []
    holes(static, arrays)
    return arrays


def unpacked(node: Node) -> tuple[Any, ...]:
    """What `node` has saved, unpacked in order."""
    entries = node._saved
    if entries is None:
        raise_released(node)
    return tuple([unpack(entry, node) for entry in entries])


def unlike(values: tuple[Any, ...], slots: tuple[Slot | None, ...]) -> bool:
    """Whether arrays that hooks have unpacked are others than the program is for."""
    for value, slot in zip(values, slots, strict=True):
        if slot is not None and Slot(type(value), value.dtype, tuple(value.shape)) != slot:
            return True
    return False


def stand_in(node: Node, entries: tuple[Any, ...], static: Any) -> Node:
    """A node that has everything of `node`, but for what it has saved and its static arguments."""
    other: Node = object.__new__(type(node))
    for name in Node.__slots__:
        if name != "__weakref__":
            setattr(other, name, getattr(node, name))
    other._saved, other._static = entries, static
    return other


# -- what is stored ------------------------------------------------------------------------------------------------------
def retain(task: Any, node: Node, number: int, grad: Any, asked: bool) -> None:
    """Let the tensor that is output `number` of `node` keep its gradient, if it still is to."""
    if asked:
        tensor = task.retained.get((node, number))
        if tensor is not None and tensor.retains_grad:
            return
    else:
        hook = None if node._hooks is None else node._hooks.retain.get(number)
        tensor = None if hook is None else hook.tensor()
    if tensor is not None:
        store_retained(tensor, task.root.rebuild(grad, NO_EDGE))


def keep(task: Any, positions: tuple[int, ...], grad: Any) -> None:
    """Let `grad` be the result in these positions."""
    kept = task.root.rebuild(grad, NO_EDGE)
    for position in positions:
        task.captured[position] = kept


def accumulate(task: Any, node: AccumulateGrad, box: list[Any], positions: tuple[int, ...] = (), stored: bool = True) -> None:
    """Serve a leaf at which nothing hangs: its gradient, in `box`, is a result, or added to ``.grad``, or both."""
    task.node = node
    leaf = node.variable
    if leaf._node is not UNSETTLED or leaf._extra is not None:
        node.check()
    if box[0] is None:
        return
    if positions:
        keep(task, positions, box[0])
    if stored and leaf.requires_grad:
        node.accumulate(box)


# -- gradients that are in the graph themselves --------------------------------------------------------------------------
def clash(nodes: tuple[Any, ...], leaves: Sequence[tuple[int, int]], savers: Sequence[tuple[int, int]]) -> bool:
    """Whether a leaf adds to a ``.grad`` that a node which runs after it has saved: it has to say so (S1.2).

    Both are given by number and their place in the order of the run.
    """
    watched: dict[int, int] = {}  # by the counter that the accumulation will raise
    for place, when in leaves:
        grad = nodes[place].variable._grad
        if grad is None:
            continue
        extra = grad._extra
        alone = extra is None or (not extra.is_view and sys.getrefcount(extra.version) <= _ALONE[1])
        if not alone or sys.getrefcount(grad) > _ALONE[0]:
            watched.setdefault(id(grad._counter()), when)
    if not watched:
        return False
    for place, when in savers:
        for key in _counters(nodes[place]._saved or ()):
            if watched.get(key, when) < when:
                return True
    return False


def _counters(entries: Iterable[Any]) -> Iterable[int]:
    """The counters of what was saved, as far as there are some."""
    for entry in entries:
        if type(entry) is SavedTensor:
            yield id(entry.version)
        elif type(entry) not in ADAPTERS and is_tensor(entry) and entry._extra is not None:
            yield id(entry._extra.version)


def _measured() -> tuple[int, int]:
    """How many references `clash` counts of a gradient and its counter that only the leaf knows."""

    class Holder:
        pass

    leaf, tensor, extra = Holder(), Holder(), Holder()
    leaf._grad, tensor._extra, extra._version = tensor, extra, Holder()  # type: ignore[attr-defined]
    del tensor, extra
    grad = leaf._grad  # type: ignore[attr-defined]
    extra = grad._extra
    return sys.getrefcount(grad), sys.getrefcount(extra._version)


_ALONE = _measured()
