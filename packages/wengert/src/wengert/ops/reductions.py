"""Reductions: sums, means, extremes and what is made of them, each with its derivative."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes, reduced_axes
from ..op import operator, rule
from .searching import where

__all__ = ["max", "mean", "min", "sum"]

Axis = int | tuple[int, ...] | None


@operator(node="Expand", linear=True)
def spread(x: Any, /, *, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """The transpose of `sum`: every element repeated over the axes of `shape` that a reduction over `axis` removed.

    Not copied where the library has strides: the result is a read-only view.
    """
    adapter = adapter_of(x)
    if axis is not None and not keepdims:
        x = adapter.xp.reshape(x, reduced_axes(shape, axis))
    return adapter.broadcast_to(x, shape)


@operator(linear=True)
def sum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., n, ...)``.
    axis : int or tuple of int, optional
        The axes to sum over. Default: all.
    dtype : dtype, optional
        In which the sum is taken and returned; the gradient comes back in the dtype of `x`.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the summed axes.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = wg.sum(x, axis=1)
    >>> y.tolist()
    [3.0, 7.0]
    >>> y.backward(wg.tensor([1.0, 5.0]))
    >>> x.grad.tolist()
    [[1.0, 1.0], [5.0, 5.0]]
    """
    return adapter_of(x).function("sum")(x, axis=axis, dtype=dtype, keepdims=keepdims)


rule(sum, "x")(lambda g, x_shape, axis, keepdims: spread(g, shape=x_shape, axis=axis, keepdims=keepdims))
rule(spread, "x")(lambda g, axis, keepdims: sum(g, axis=axis, keepdims=keepdims))


@operator(linear=True)
def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The arithmetic mean over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., n, ...)``.
    axis : int or tuple of int, optional
        The axes to average over. Default: all.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the averaged axes.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 6.0, 7.0], requires_grad=True)
    >>> y = wg.mean(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (4.0, [0.25, 0.25, 0.25, 0.25])
    """
    return adapter_of(x).function("mean")(x, axis=axis, keepdims=keepdims)


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements a reduction of an array of `shape` over `axis` puts into one."""
    return math.prod(shape) if axis is None else math.prod(shape[a] for a in normalize_axes(axis, len(shape)))


# Divided before it is spread: one division for each element of the result, not of the operand.
rule(mean, "x")(
    lambda g, x_shape, axis, keepdims: spread(g / _count(x_shape, axis), shape=x_shape, axis=axis, keepdims=keepdims)
)


# -- extremes ------------------------------------------------------------------------------------------------------------
@operator
def ties(x: Any, top: Any, /, *, axis: Axis, keepdims: bool) -> Any:
    """Where `x` has the value `top` that a reduction over `axis` found; of a full reduction to NaN, where it is NaN."""
    adapter = adapter_of(x)
    if axis is not None and not keepdims:
        top = adapter.xp.reshape(top, reduced_axes(x.shape, axis))
    found = x == top
    if axis is None and adapter.kind(x.dtype) in "fc":
        found |= (x != x) & (top != top)
    return found


def _share(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    """The gradient of an extreme: `g`, in equal parts for all the elements that have the value `out`."""
    mask = ties(x, out, axis=axis, keepdims=keepdims)
    equal = g / sum(mask, axis=axis, dtype=g.dtype, keepdims=keepdims)
    return where(mask, spread(equal, shape=x.shape, axis=axis, keepdims=keepdims), 0)


@operator
def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.
    axis : int or tuple of int, optional
        The axes to reduce. Default: all.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the reduced axes; NaN wherever one of the elements is NaN.

    Notes
    -----
    The gradient goes in equal parts to all the elements that attain the maximum, as in PyTorch's ``amax(dim)`` and
    ``max()``. Where the maximum is NaN it goes to the elements that are NaN if all axes were reduced (``axis=None``); over
    given axes it is then zero but for a warning of the division by no element.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]], requires_grad=True)
    >>> wg.max(x, axis=1).sum().backward()
    >>> x.grad.tolist()
    [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]
    """
    return adapter_of(x).function("max")(x, axis=axis, keepdims=keepdims)


@operator
def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element over `axis`.

    Parameters, ties and NaN as in `max`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0, 2.0, 3.0], requires_grad=True)
    >>> y = wg.min(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.0, [0.0, 1.0, 0.0])
    """
    return adapter_of(x).function("min")(x, axis=axis, keepdims=keepdims)


rule(max, "x")(_share)
rule(min, "x")(_share)
