"""Batching rules that many operators share: ``batching(sum)(over_axes)``."""

from __future__ import annotations

from typing import Any, NoReturn

from .arrays.shapes import normalize_axes, normalize_axis
from .autograd.origins import caller_origin
from .errors import VmapError
from .op_batching import Batch, deeper, elementwise

__all__ = ["along_axis", "as_it_is", "deeper", "elementwise", "itself", "moved_axes", "no_shape", "over_axes", "over_last_axes"]


def as_it_is(batch: Batch, **arguments: Any) -> Any:
    """Of functions of one operand to which further axes in front make no difference."""
    return batch.call(**arguments)


def itself(batch: Batch, **arguments: Any) -> Any:
    """Of functions whose forward is written in functions that are operators: it runs over batched arrays."""
    opened = {name: batch.opened(name, value) for name, value in arguments.items()}
    op = batch.op
    result = op.forward(*[opened[n] for n in op.positional], **{n: opened[n] for n in op.by_keyword})
    return tuple(map(batch.result, result)) if type(result) is tuple else batch.result(result)


def over_last_axes(count: int) -> Any:
    """Of functions of the last `count` axes of one operand, which may be fewer axes than it has."""

    def body(batch: Batch, **arguments: Any) -> Any:
        name = batch.op.operands[0]
        ndim = batch.ndim(name, arguments[name])
        if ndim < count:
            raise VmapError(f"{batch.op.name}: expected at least {count} axes, got {ndim} (at {caller_origin()})")
        return batch.call(**arguments)

    return body


def moved_axes(axis: Any, ndim: int) -> Any:
    """The axis or axes of one sample, None for all of them, among those of all the samples."""
    if isinstance(axis, int):
        return normalize_axis(axis, ndim) + 1
    return tuple(a + 1 for a in normalize_axes(axis, ndim))


def over_axes(batch: Batch, axis: Any, **arguments: Any) -> Any:
    """Of functions of one operand over one axis, several of them, or all."""
    name = batch.op.operands[0]
    if isinstance(axis, int) and not batch.ndim(name, arguments[name]):
        axis = normalize_axes(axis, 0)  # the library says what it thinks of axes of numbers
    return batch.call(axis=moved_axes(axis, batch.ndim(name, arguments[name])), **arguments)


def along_axis(batch: Batch, axis: int | None, **arguments: Any) -> Any:
    """Of functions along one axis, which may be left out where there is only one."""
    name = batch.op.operands[0]
    ndim = batch.ndim(name, arguments[name])
    if axis is None and ndim != 1:
        return batch.call(axis=None, **arguments)  # it says what is wrong
    return batch.call(axis=normalize_axis(axis or 0, ndim) + 1, **arguments)


def no_shape(batch: Batch, **_: Any) -> NoReturn:
    """Of functions whose results have a shape that depends on the values, so that samples would differ in it."""
    raise VmapError(
        f"vmap: the shape of what {batch.op.name} returns depends on the values, so samples would differ in it; use where(), or "
        f"call it outside of vmap (at {caller_origin()})"
    )
