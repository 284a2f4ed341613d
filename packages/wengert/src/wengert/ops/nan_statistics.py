"""Reductions that step over NaN: sums, products, extremes, means, variances and running sums of the other elements.

They are made of operators, so derivatives of every order, forward mode and `vmap` follow. An element that is NaN gets the
gradient 0, exactly. Where there is no other element sums are 0, products 1, and everything else is NaN, as in NumPy; NumPy's
warning is left out, since it would have to look at values that lazy arrays do not have yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from .comparison import isnan, logical_not
from .complex import conj, is_complex, real
from .cumulative import cumulative_prod, cumulative_sum, prod
from .dtypes import astype
from .elementwise import square
from .manipulation import broadcast_to, reshape
from .reductions import Axis, all, max, min, sum
from .searching import where
from .select import raw
from .transcendental import sqrt

__all__ = [
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def may_be_nan(x: Any) -> bool:
    """Whether the dtype of `x`, a tensor or an array, has a NaN."""
    return adapter_of(raw(x)).kind(x.dtype) in "fc"


def without_nans(x: Any, neutral: float) -> Any:
    """`x` with `neutral` in the place of every NaN."""
    return where(isnan(x), neutral, x) if may_be_nan(x) else x


# -- over the elements that a mask names ---------------------------------------------------------------------------------
def count_where(x: Any, counted: Any, *, axis: Axis, keepdims: bool) -> Any:
    """How many elements of `x` the mask `counted`, which broadcasts to it, names over `axis`; of the real dtype of `x`."""
    adapter = adapter_of(raw(x))
    return sum(broadcast_to(counted, tuple(x.shape)), axis=axis, dtype=adapter.real_dtype(x.dtype), keepdims=keepdims)


def _or_nan(count: Any) -> Any:
    """A number to divide by, NaN where it is not positive: without a warning about a division by zero."""
    return where(count <= 0, math.nan, count)


def mean_where(x: Any, counted: Any, *, axis: Axis, keepdims: bool) -> Any:
    """The mean of the elements of `x` that the mask `counted` names; NaN where it names none."""
    count = count_where(x, counted, axis=axis, keepdims=keepdims)
    return sum(where(counted, x, 0), axis=axis, keepdims=keepdims) / _or_nan(count)


def var_where(x: Any, counted: Any, *, axis: Axis, correction: float, keepdims: bool, center: Any = None) -> Any:
    """The variance of the elements of `x` that the mask `counted` names, around `center`, by default their mean."""
    center = mean_where(x, counted, axis=axis, keepdims=True) if center is None else center
    off = where(counted, x - center, 0)
    squares = real(off * conj(off)) if is_complex(x) else square(off)
    count = count_where(x, counted, axis=axis, keepdims=keepdims)
    return sum(squares, axis=axis, keepdims=keepdims) / _or_nan(count - correction)


def root_of_variance(variance: Any) -> Any:
    """The standard deviation, of which the gradient is 0 where it is 0, as that of `std`."""
    zero = variance == 0
    return where(zero, 0, sqrt(where(zero, 1, variance)))


# -- sums and products ---------------------------------------------------------------------------------------------------
def nansum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum of the elements over `axis` that are not NaN; 0 where there is none.

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

    Notes
    -----
    Gradient: g, and 0 where `x` is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    >>> y = wg.nansum(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (4.0, [1.0, 0.0, 1.0])
    """
    return sum(without_nans(x, 0), axis=axis, dtype=dtype, keepdims=keepdims)


def nanprod(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product of the elements over `axis` that are not NaN; 1 where there is none.

    Parameters as of `nansum`.

    Notes
    -----
    Gradient: that of `prod`, also where factors are zero; 0 where `x` is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([2.0, float("nan"), 3.0], requires_grad=True)
    >>> y = wg.nanprod(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (6.0, [3.0, 0.0, 2.0])
    """
    return prod(without_nans(x, 1), axis=axis, dtype=dtype, keepdims=keepdims)


def _running(function: Callable[..., Any], x: Any, axis: int | None, dtype: Any) -> Any:
    x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
    return function(x, axis=axis, dtype=dtype)


def nancumsum(x: Any, /, *, axis: int | None = None, dtype: Any = None) -> Any:
    """The sums of the elements up to each one along `axis`, NaN counting as 0.

    Parameters
    ----------
    x : Tensor or array
        Of any numeric dtype.
    axis : int, optional
        Default: over the flattened array, as in NumPy.
    dtype : dtype, optional
        In which sums are taken and returned.

    Returns
    -------
    Tensor or array
        Of the shape of `x`, or with one axis.

    Notes
    -----
    Gradient: that of `cumulative_sum`; 0 where `x` is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    >>> y = wg.nancumsum(x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([1.0, 1.0, 4.0], [3.0, 0.0, 1.0])
    """
    return _running(cumulative_sum, without_nans(x, 0), axis, dtype)


def nancumprod(x: Any, /, *, axis: int | None = None, dtype: Any = None) -> Any:
    """The products of the elements up to each one along `axis`, NaN counting as 1. Parameters as of `nancumsum`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nancumprod(wg.tensor([2.0, float("nan"), 3.0])).tolist()
    [2.0, 2.0, 6.0]
    """
    return _running(cumulative_prod, without_nans(x, 1), axis, dtype)


# -- extremes ------------------------------------------------------------------------------------------------------------
def _extreme(function: Callable[..., Any], neutral: float, x: Any, axis: Axis, keepdims: bool) -> Any:
    if not may_be_nan(x):
        return function(x, axis=axis, keepdims=keepdims)
    gone = isnan(x)
    found = function(where(gone, neutral, x), axis=axis, keepdims=keepdims)
    return where(all(gone, axis=axis, keepdims=keepdims), math.nan, found)


def nanmax(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element over `axis` that is not NaN; NaN where there is none.

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
        Without the reduced axes.

    Notes
    -----
    The gradient goes in equal parts to all the elements that attain the maximum, as that of `max`; none where the result is
    NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, float("nan"), 3.0], [2.0, 2.0, float("nan")]], requires_grad=True)
    >>> y = wg.nanmax(x, axis=1)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([3.0, 2.0], [[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
    """
    return _extreme(max, -math.inf, x, axis, keepdims)


def nanmin(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element over `axis` that is not NaN; NaN where there is none.

    Parameters and ties as of `nanmax`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nanmin(wg.tensor([4.0, float("nan"), 3.0])).item()
    3.0
    """
    return _extreme(min, math.inf, x, axis, keepdims)


# -- means and variances -------------------------------------------------------------------------------------------------
def nanmean(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The mean of the elements over `axis` that are not NaN; NaN where there is none.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    axis : int or tuple of int, optional
        The axes to average over. Default: all.
    dtype : optional
        What `x` is cast to first.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the averaged axes.

    Notes
    -----
    Gradient: g divided by the number of elements that count; 0 where `x` is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    >>> y = wg.nanmean(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.0, [0.5, 0.0, 0.5])
    """
    x = _cast(x, dtype)
    return mean_where(x, logical_not(isnan(x)), axis=axis, keepdims=keepdims)


def nanvar(
    x: Any, /, *, axis: Axis = None, dtype: Any = None, correction: float | None = None, keepdims: bool = False, ddof: Any = None
) -> Any:
    """The variance of the elements over `axis` that are not NaN.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    axis : int or tuple of int, optional
        The axes to reduce. Default: all.
    dtype : optional
        What `x` is cast to first.
    correction : int or float
        What is taken off the number of elements that count, as of `var`. Default: 0.
    keepdims : bool
        Whether the axes stay, with length 1.
    ddof : int or float
        NumPy's name for `correction`, by which xarray gives it.

    Returns
    -------
    Tensor or array
        Without the reduced axes; real, and NaN where no more elements count than `correction`.

    Notes
    -----
    Gradient: that of `var` over the elements that count; 0 where `x` is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    >>> y = wg.nanvar(x, correction=1)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.0, [-2.0, 0.0, 2.0])
    """
    if correction is not None and ddof is not None:
        raise ArgumentError(f"nanvar: correction and ddof are two names for one number, got both: {correction!r} and {ddof!r}")
    x, less = _cast(x, dtype), ddof if correction is None else correction
    return var_where(x, logical_not(isnan(x)), axis=axis, correction=less or 0, keepdims=keepdims)


def _cast(x: Any, dtype: Any) -> Any:
    return x if dtype is None else astype(x, dtype)


def nanstd(
    x: Any, /, *, axis: Axis = None, dtype: Any = None, correction: float | None = None, keepdims: bool = False, ddof: Any = None
) -> Any:
    """The standard deviation of the elements over `axis` that are not NaN. Parameters and result as of `nanvar`.

    Notes
    -----
    Where it is zero the gradient is zero, as that of `std`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nanstd(wg.tensor([1.0, float("nan"), 3.0])).item()
    1.0
    """
    return root_of_variance(nanvar(x, axis=axis, dtype=dtype, correction=correction, keepdims=keepdims, ddof=ddof))
