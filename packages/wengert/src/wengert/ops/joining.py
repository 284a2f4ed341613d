"""Arrays joined and taken apart, repeated and padded. Every one of these is linear: its derivative is its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axis
from ..errors import ArgumentError
from ..op import operator, rule
from .manipulation import reshape

__all__ = ["concat", "stack", "unstack"]


@operator(sequence=True, node="Cat", linear=True)
def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an existing axis.

    Parameters
    ----------
    arrays : sequence of array
        Of equal lengths in all axes but `axis`.
    axis : int or None
        Along which to join; None joins the arrays flattened.

    Returns
    -------
    array
        Of the promoted dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.concat([wg.tensor([1.0, 2.0]), wg.tensor([3.0])])
    tensor([1., 2., 3.])
    """
    return _of_first(arrays, "concat")(arrays, axis=axis)


@rule(concat, "arrays")
def _(g: Any, arrays_shape: Any, axis: Any) -> Any:
    before = (slice(None),) * (0 if axis is None else axis % len(g.shape))
    pieces, start = [], 0
    for shape in arrays_shape:
        stop = start + (_size(shape) if axis is None else shape[axis])
        piece = g[(*before, slice(start, stop))]
        pieces.append(reshape(piece, shape) if axis is None else piece)
        start = stop
    return pieces


@operator(sequence=True, linear=True)
def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis.

    Parameters
    ----------
    arrays : sequence of array
        Of equal shapes.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    array
        With one axis more, of length ``len(arrays)``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.stack([wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])], axis=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    return _of_first(arrays, "stack")(arrays, axis=axis)


@rule(stack, "arrays")
def _(g: Any, arrays_shape: Any, axis: Any) -> Any:
    before = (slice(None),) * (axis % len(g.shape))
    return [g[(*before, i, ...)] for i in range(len(arrays_shape))]


@operator(outputs=None, node="Unbind", linear=True)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along an axis, as a tuple of arrays without that axis: the inverse of `stack`.

    Parameters
    ----------
    x : array
        Of at least one axis.
    axis : int
        The axis to take apart.

    Returns
    -------
    tuple of array
        As many as the axis is long.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.unstack(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    (tensor([1., 2.]), tensor([3., 4.]))
    """
    if not x.shape:
        raise ArgumentError("unstack: x must have at least one axis, got a 0-d array")
    before = (slice(None),) * normalize_axis(axis, len(x.shape))
    return tuple(x[(*before, i, ...)] for i in range(x.shape[len(before)]))


@rule(unstack, "x")
def _(g: Any, axis: Any) -> Any:
    return stack(g, axis=axis)


def _of_first(arrays: Sequence[Any], name: str) -> Any:
    if not arrays:
        raise ArgumentError(f"{name}: arrays must not be empty")
    return adapter_of(arrays[0]).function(name)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
