"""Forward mode of a custom Function: from the tangents of its arguments to those of its outputs, by its ``jvp`` (rules F8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrays.adapter import adapter_of
from .autograd.forward import set_tangent, tangent_of, tangents_paused
from .autograd.modes import dual_level_in_force
from .autograd.origins import type_name
from .autograd.tensor import Tensor, wrap
from .autograd.views import View
from .errors import FunctionError

if TYPE_CHECKING:
    from .function import FunctionCtx

__all__ = ["carry_through"]


def carry_through(ctx: FunctionCtx, args: tuple[Any, ...], outputs: Sequence[Any], constant: set[int]) -> None:
    """Give the outputs of a Function the tangents that its ``jvp`` computes, if some argument carries one.

    Parameters
    ----------
    ctx : FunctionCtx
        The node, with what ``save_for_forward`` was given.
    args : tuple
        The arguments of ``forward``.
    outputs : sequence
        What it returned, in its place of the graph.
    constant : set of int
        The numbers of outputs without a derivative.
    """
    if dual_level_in_force() is None:
        return
    given = [tangent_of(a) if isinstance(a, Tensor) else None for a in args]
    if all(t is None for t in given):
        return
    if ctx.materialize_grads:
        given = [_zeros_like(a) if t is None and _can_carry(a) else t for t, a in zip(given, args, strict=True)]
    versions = [None if t is None else t._version for t in given]
    with tangents_paused():
        returned = ctx._function.jvp(ctx, *given)
    dirty = {id(t) for t in ctx.dirty_tensors}
    for number, (out, tangent) in enumerate(zip(outputs, _checked(ctx, returned, len(outputs)), strict=True)):
        if tangent is None:
            continue
        if number in constant:
            raise FunctionError(
                f"{ctx._function.__name__}.jvp returned a tangent at position {number}, but the corresponding output of forward "
                "is not a differentiable Tensor. You should return None at that position instead"
            )
        if id(out) in dirty:
            written = (t for t, v, a in zip(given, versions, args, strict=True) if a is out and t is not None and t._version != v)
            if not any(tangent is t for t in written):
                raise FunctionError(
                    f"{ctx._function.__name__}: this inplace custom Function is not modifying the forward mode gradients "
                    "inplace. Its forward writes into an input (mark_dirty), so the jvp function must modify the corresponding "
                    f"gradient inplace and return it; at position {number} it does not"
                )
        else:
            _check_view(ctx, out, tangent, args, given)
        set_tangent(out, tangent)


def _check_view(ctx: FunctionCtx, out: Tensor, tangent: Tensor, args: tuple[Any, ...], given: Sequence[Any]) -> None:
    """Of an output that is a view of an argument the tangent must be a view of that argument's, so that writes meet."""
    extra = out._extra
    if not isinstance(extra, View) or not adapter_of(tangent._array).mutable:
        return
    for argument, of_argument in zip(args, given, strict=True):
        if not isinstance(argument, Tensor) or of_argument is None or _root(argument) is not extra.base:
            continue
        if tangent._is_view() and _root(tangent) is _root(of_argument):
            return
        whose = "the same base as the given tangent" if of_argument._is_view() else "the given tangent"
        raise FunctionError(
            f"{ctx._function.__name__}: A custom Function's forward is returning a view (or an input as-is) but the jvp is not "
            f"returning a view{f' of {whose}' if tangent._is_view() else ''}"
        )


def _root(tensor: Tensor) -> Tensor:
    extra = tensor._extra
    return extra.base if isinstance(extra, View) else tensor


def _can_carry(argument: Any) -> bool:
    """Whether it is a tensor that may have a tangent: zeros for integers would mean nothing to ``jvp``."""
    return isinstance(argument, Tensor) and adapter_of(argument._array).kind(argument._dtype) in "fc"


def _zeros_like(tensor: Tensor) -> Tensor:
    adapter = adapter_of(tensor._array)
    return wrap(adapter.zeros(tensor._shape, tensor._dtype, tensor._array), cls=tensor._family)


def _checked(ctx: FunctionCtx, returned: Any, expected: int) -> tuple[Any, ...]:
    """What ``jvp`` returned: one tangent, or None, for each output."""
    name = ctx._function.__name__
    tangents = returned if isinstance(returned, tuple) else (returned,)
    for position, tangent in enumerate(tangents):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise FunctionError(f"{name}.jvp: expected Tensor or None at position {position} (got {type_name(tangent)})")
    if len(tangents) != expected:
        raise FunctionError(
            f"{name}.jvp returned an invalid number of forward gradients (expected {expected} but got {len(tangents)}); return "
            "one for each output of forward, None for those without a derivative"
        )
    return tangents
