"""Forward mode of a custom Function: from the tangents of its arguments to those of its outputs, by its ``jvp`` (rules F8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrays.adapter import adapter_of
from .autograd.forward import set_tangent, tangent_of, tangents_paused
from .autograd.modes import dual_level_in_force
from .autograd.origins import type_name
from .autograd.tensor import Tensor, wrap
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
        if id(out) in dirty and not any(tangent is t for t, a in zip(given, args, strict=True) if a is out):
            raise FunctionError(
                f"{ctx._function.__name__}: forward modifies an input in place (mark_dirty), so jvp must modify the tangent of "
                f"that input in place and return it; at position {number} it returned another tensor"
            )
        set_tangent(out, tangent)


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
