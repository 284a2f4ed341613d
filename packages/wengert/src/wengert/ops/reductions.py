"""Sums and extremes over axes, each with its derivative.

Means and variances are in `wengert.ops.statistics`, the product in `wengert.ops.cumulative`.
"""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.dtypes import native_dtype
from ..arrays.shapes import reduced_axes
from ..op import batching, jvp, operator, rule
from ..op_batch_rules import moved_axes, over_axes
from ..op_batching import Batch
from .searching import ordered
from .select import masked
from .shaping import reshaped

__all__ = ["all", "any", "max", "min", "sum"]

Axis = int | tuple[int, ...] | None


@operator(node="Expand", linear=True, view=True)
def spread(x: Any, /, *, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """The transpose of `sum`: every element repeated over the axes of `shape` that a reduction over `axis` removed.

    Not copied where the library has strides: the result is a read-only view.
    """
    adapter = adapter_of(x)
    if axis is not None and not keepdims:
        x = adapter.function("reshape")(x, reduced_axes(shape, axis))
    return adapter.broadcast_to(x, shape)


def kept(x: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """The result of a reduction of an array of `shape` over `axis`, as ``keepdims=True`` would have given it."""
    return x if keepdims or axis is None else reshaped(x, reduced_axes(shape, axis))


@operator(linear=True)
def sum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of any numeric dtype.
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
    adapter = adapter_of(x)
    if dtype is not None:
        dtype = native_dtype(dtype, adapter)
    return adapter.function("sum")(x, axis=axis, dtype=dtype, keepdims=keepdims)


rule(sum, "x")(lambda g, x_shape, axis, keepdims: spread(g, shape=x_shape, axis=axis, keepdims=keepdims))
rule(spread, "x")(lambda g, axis, keepdims: sum(g, axis=axis, keepdims=keepdims))
batching(sum)(over_axes)


@batching(spread)
def _(batch: Batch, x: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    lengths = reduced_axes(shape, axis) if axis is not None else x.shape[1:] if keepdims else (1,) * len(shape)
    adapter = adapter_of(x)
    return adapter.broadcast_to(adapter.function("reshape")(x, (batch.size, *lengths)), (batch.size, *shape))


# -- extremes ----------------------------------------------------------------------------------------------------------
@operator
def ties(x: Any, top: Any, /, *, axis: Axis, keepdims: bool) -> Any:
    """Where `x` has the value `top` that a reduction over `axis` found, NaN being equal to itself."""
    adapter = adapter_of(x)
    if axis is not None and not keepdims:
        top = adapter.function("reshape")(top, reduced_axes(x.shape, axis))
    found = x == top
    if adapter.kind(x.dtype) in "fc":
        isnan = adapter.function("isnan")
        found |= isnan(x) & isnan(top)
    return found


@batching(ties)
def _(batch: Batch, x: Any, top: Any, axis: Axis, keepdims: bool) -> Any:
    x, top = batch.whole("x", x), batch.whole("top", top)
    return batch.call(x=x, top=top, axis=moved_axes(axis, len(x.shape) - 1), keepdims=keepdims)


def _share(g: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """The gradient of an extreme: `g` in equal parts for all the elements that have the value `out`."""
    mask = ties(x, out, axis=axis, keepdims=keepdims)
    equal = g / sum(mask, axis=axis, dtype=g.dtype, keepdims=keepdims)
    return masked(mask, spread(equal, shape=x_shape, axis=axis, keepdims=keepdims))


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
        Without the reduced axes; NaN where an element is NaN.

    Notes
    -----
    The gradient goes in equal parts to all the elements that attain the maximum, as in PyTorch's ``max()`` and
    ``amax``; where the maximum is NaN, to the elements that are NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]], requires_grad=True)
    >>> wg.max(x, axis=1).sum().backward()
    >>> x.grad.tolist()
    [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]
    """
    return ordered("max", x).function("max")(x, axis=axis, keepdims=keepdims)


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
    return ordered("min", x).function("min")(x, axis=axis, keepdims=keepdims)


rule(max, "x")(_share)
rule(min, "x")(_share)
batching(max)(over_axes)
batching(min)(over_axes)


def _of_extreme(t: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    """The tangent of an extreme: the mean of those of all the elements that have the value `out`."""
    mask = ties(x, out, axis=axis, keepdims=keepdims)
    count = sum(mask, axis=axis, dtype=t.dtype, keepdims=keepdims)
    return sum(masked(mask, t), axis=axis, keepdims=keepdims) / count


jvp(max, "x")(_of_extreme)
jvp(min, "x")(_of_extreme)


# -- truth: no derivative ----------------------------------------------------------------------------------------------
@operator
def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether all the elements over `axis` are true, that is, not zero. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of any dtype.
    axis : int or tuple of int, optional
        The axes to reduce. Default: all.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Of bool; true where there is no element.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.all(wg.tensor([[True, True], [True, False]]), axis=1).tolist()
    [True, False]
    """
    return adapter_of(x).function("all")(x, axis=axis, keepdims=keepdims)


@operator
def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether one of the elements over `axis` is true, that is, not zero. Not differentiable.

    Parameters as in `all`; false where there is no element.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.any(wg.tensor([[False, True], [False, False]]), axis=1).tolist()
    [True, False]
    """
    return adapter_of(x).function("any")(x, axis=axis, keepdims=keepdims)


batching(all)(over_axes)
batching(any)(over_axes)
