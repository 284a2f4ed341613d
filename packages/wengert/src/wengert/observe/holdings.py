"""What hangs on a node: its hooks, and what it has saved. Nothing runs, nothing is unpacked, and nothing is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..arrays.adapter import is_array
from ..autograd.hooks import FunctionTensorPreHook, Hooks, NodeHooks
from ..autograd.node import AccumulateGrad, Node
from ..autograd.origins import Origin, short_name
from ..autograd.saved import SavedTensor
from ..autograd.slices import CopySlices
from ..autograd.tensor import Tensor
from ..function import FunctionCtx
from .text import line_of, size_of

__all__ = ["PlannedHook", "SavedValue", "hooks_on", "saved_by"]


@dataclass(frozen=True)
class PlannedHook:
    """A hook that a backward calls at a node.

    Attributes
    ----------
    kind : str
        As in `wengert.observe.Step`.
    fn : callable or None
        The user's function; None of a retained gradient.
    origin : Origin or None
        The line that registered it.
    output_nr : int or None
        Of a retained gradient, the number of the node's output.
    """

    kind: str
    fn: Callable[..., Any] | None
    origin: Origin | None
    output_nr: int | None = None

    def __str__(self) -> str:
        where = f" ({line_of(self.origin)})" if self.origin is not None else ""
        return self.kind if self.fn is None else f"{self.kind} {short_name(self.fn)}{where}"


@dataclass(frozen=True)
class SavedValue:
    """An array that a node has saved.

    Attributes
    ----------
    name : str
        The operand or output that it is, as in ``grad_fn._saved_<name>``.
    shape, dtype
        Those of the array; None where a pack hook has put something in its place that is no array.
    nbytes : int
        The memory of the array, or of the array that a pack hook has put in its place; 0 where that is no array.
    packed : str
        The pack hook with its line, or ``""``.
    of_leaf : bool
        Whether it is a leaf, whose memory is not held by the graph alone.
    identity : int
        The same number for the same array.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: Any
    nbytes: int
    packed: str
    of_leaf: bool
    identity: int

    def __str__(self) -> str:
        what = "" if self.shape is None else f" {self.dtype} {list(self.shape)} {size_of(self.nbytes)}"
        return f"{self.name}{what}" + (f", packed by {self.packed}" if self.packed else "")


def hooks_on(node: Node, stored: Iterable[int] = ()) -> Iterator[PlannedHook]:
    """The hooks at a node in the order in which they fire (H1.1).

    `stored` are the numbers of outputs whose gradients are kept though nobody called ``retain_grad``.
    """
    found = node._hooks or NodeHooks()
    leaf = node.variable if isinstance(node, AccumulateGrad) else None
    state = None if leaf is None else leaf._backward
    if state is not None:
        yield from _each(state.hooks)
    for hook in found.tensor:
        if isinstance(hook, FunctionTensorPreHook):
            yield from _each(hook.hooks)
    for number in sorted({*found.retain, *stored}):
        yield PlannedHook("retain_grad", None, None, number)
    yield from _each(None if found.pre is None else found.pre.hooks)
    if leaf is not None and leaf.requires_grad and state is not None and state.post_acc is not None:
        yield from _each(state.post_acc.hooks)
    for call in () if found.post is None else found.post.calls():  # a module's backward hooks are among them
        yield PlannedHook(call.kind, call.fn, call.origin)


def _each(hooks: Hooks | None) -> Iterator[PlannedHook]:
    if hooks is not None:
        for key, fn in hooks.copy().items():
            yield PlannedHook(hooks.kind, fn, hooks.origin(key))


def saved_by(node: Node) -> Iterator[SavedValue]:
    """What a node has saved and not released; numbers, shapes and axes are not told."""
    entries = node._saved
    if not entries:
        return
    if isinstance(node, CopySlices):  # it holds the node of the operator that wrote
        yield from saved_by(entries[0])
        return
    if isinstance(node, FunctionCtx):
        named = [(f"saved_tensors[{i}]", entry) for i, (entry, _) in enumerate(entries[1:])]
    else:
        first = {index: name for name, (index, _) in reversed(node.saved_names.items())}  # some go by two names
        named = [(first[index], entries[index]) for index in sorted(first)]
    for name, entry in named:
        if isinstance(entry, SavedTensor):
            yield _of_saved_tensor(name, entry)
        elif isinstance(entry, Tensor):
            yield _of_array(name, entry._array, of_leaf=_is_leaf(entry))
        elif is_array(entry):
            yield _of_array(name, entry)


def _is_leaf(tensor: Tensor) -> bool:
    return tensor.is_leaf and tensor.requires_grad


def _of_array(name: str, array: Any, packed: str = "", of_leaf: bool = False) -> SavedValue:
    return SavedValue(name, tuple(array.shape), array.dtype, array.nbytes, packed, of_leaf, id(array))


def _of_saved_tensor(name: str, entry: SavedTensor) -> SavedValue:
    packed = ""
    if entry.pair is not None:
        packed = f"{short_name(entry.pair.pack_hook)} ({line_of(entry.pair.origin)})"
    held: Any = entry.tensor if entry.tensor is not None else entry.array if entry.array is not None else entry.packed
    of_leaf = isinstance(held, Tensor) and _is_leaf(held)
    array = held._array if isinstance(held, Tensor) else held
    if is_array(array):
        return _of_array(name, array, packed, of_leaf)
    return SavedValue(name, None, None, 0, packed, of_leaf=False, identity=id(entry))
