"""Other axes of the same tensor, in place: it becomes the view of itself that an operator makes.

The memory stays as it is, and so do the views of the tensor; the write is counted and recorded as every other (rules V3, V4). A
view knows how it is cut from its base as that was then, so a base remembers how to turn back what it was turned into since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.modes import current
from ..autograd.saved import tangent_place
from ..autograd.slices import leave
from ..autograd.views import SINCE, View, check_write, count_write, note_turn
from ..op import operator_of
from . import manipulation, methods, transposes

__all__: list[str] = []  # nothing here is a public function

_PERMUTED, _RESHAPED = operator_of(manipulation.permute_dims), operator_of(manipulation.reshape)
_PERMUTING = {operator_of(f) for f in (manipulation.permute_dims, transposes.transpose, transposes.t)}
_AXES_OF_ONE = {operator_of(f).name for f in (manipulation.reshape, manipulation.expand_dims, manipulation.squeeze)}


def turning(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The method `name`, which turns its tensor into the view of itself that `function` makes."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        recorded = current().grad and self.requires_grad
        check_write(self, recorded, name)
        old = _as_it_was(self, recorded)
        new = function(old, *args, **options)
        if new is not old:
            placed = _become(self, old, new)
            count_write(self)
            if placed and isinstance(self._extra, View):
                self._extra.seen = self._extra.written()  # it is in its place already
        return self

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Become what ``{name[:-1]}`` makes of this tensor."
    return method


def _as_it_was(tensor: Any, recorded: bool) -> Any:
    """Another object for the tensor before: what is recorded leads to its place in the graph."""
    old = object.__new__(type(tensor))
    for slot in ("_array", "_shape", "_dtype", "_node", "_nr", "_extra"):
        setattr(old, slot, getattr(tensor, slot))
    old._grad = old._backward = None
    if not recorded and not isinstance(tensor._extra, View):
        old._node = None  # a leaf stays one
    return old


def _become(tensor: Any, old: Any, new: Any) -> bool:
    """Let `tensor` be what `new` is; whether that has a place of its own in the graph."""
    node, extra, link = new.grad_fn, tensor._extra, new._extra.link if isinstance(new._extra, View) else None
    before = old._place() if node is not None else (None, 0)
    if isinstance(extra, View):
        extra.link = link
        if node is not None:
            extra.node, extra.own = node, False
            tensor._nr = new._nr
    else:
        tensor._counter()  # from here on the memory is known to have been written to
        note_turn(tensor, _inverse(link) if link is not None else None)
        if node is not None:
            tensor._node, tensor._nr = node, new._nr
    tensor._array, tensor._shape = new._array, new._shape
    if node is not None:
        leave(tensor, before, (node, new._nr))
    tangent = tangent_place(new)
    if tangent is not None:
        tensor._counter()
        tensor._extra.tangent = tangent
    return node is not None


def _inverse(link: Any) -> Any:
    """The operator, with its static arguments, that makes of the result of `link` what it was made of; None if none does."""
    op, statics, shape, _, above = link
    if above is not None and above[0] is not SINCE:
        return None
    if op in _PERMUTING:
        (axes,) = statics
        return _PERMUTED, (tuple(sorted(range(len(axes)), key=lambda axis: axes[axis] % len(axes))),)
    return (_RESHAPED, (shape, None)) if op.name in _AXES_OF_ONE else None


def _unsqueezed(x: Any, axis: int) -> Any:
    return manipulation.expand_dims(x, axis=axis)


def turning_methods() -> dict[str, Any]:
    """The methods by name."""
    swapaxes = manipulation.swapaxes
    forms: dict[str, Any] = {
        "squeeze_": manipulation.squeeze,
        "unsqueeze_": _unsqueezed,
        "t_": methods.t,
        "transpose_": methods.transpose,
        "swapaxes_": swapaxes,
        "swapdims_": swapaxes,
    }
    return {name: turning(function, name) for name, function in forms.items()}
