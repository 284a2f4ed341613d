"""NumPy's reductions and statistics over Tensors, with NumPy's signatures; those that step over NaN among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.shapes import normalize_axes
from ..errors import UnsupportedError
from ..ops import covariance, nan_statistics, quantiles, statistics
from ..ops.comparison import isnan
from ..ops.creation import zeros_like
from ..ops.cumulative import cumulative_prod, cumulative_sum, diff
from ..ops.joining import concat
from ..ops.manipulation import reshape
from ..ops.nan_statistics import mean_where, root_of_variance, var_where
from ..ops.reductions import sum
from ..ops.sorting import sort
from .operands import given, into, masked, number, plain, taking, tensor
from .ufuncs import array_ufunc

__all__ = ["FUNCTIONS"]

NO_VALUE = np._NoValue


def _floating(x: Any, dtype: Any = None) -> Any:
    """`x` in `dtype`, or, where it is of integers, in double precision, as NumPy's statistics compute."""
    return x.astype(dtype) if dtype is not None else x if x.dtype.kind in "fc" else x.astype("float64")


# -- ufuncs under another name -------------------------------------------------------------------------------------------
def _reduction(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    """The function of NumPy that is ``ufunc.reduce`` under another name."""

    @taking("a")
    def call(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        options = {"initial": given(initial, None), "where": given(where, True)}
        return array_ufunc(ufunc, "reduce", a, axis, dtype, out, bool(given(keepdims, False)), **options)

    call.__name__ = name
    return call


def _extreme(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    whole = _reduction(ufunc, name)

    def call(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        return whole(a, axis, None, out, keepdims, initial, where)

    return call


# -- means and variances -------------------------------------------------------------------------------------------------
def _counted(x: Any, where: Any, skip_nan: bool) -> Any:
    """The mask of the elements that count, or None where all do."""
    mask = None if given(where, True) is True else np.asarray(plain(where), bool)
    if not skip_nan:
        return mask
    kept = ~isnan(x)
    return kept if mask is None else kept & mask


def _mean_of(name: str, skip_nan: bool) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
        x, keepdims = _floating(a, dtype), bool(given(keepdims, False))
        counted = _counted(x, where, skip_nan)
        if counted is None:
            return into(statistics.mean(x, axis=axis, keepdims=keepdims), out, name)
        return into(mean_where(x, counted, axis=axis, keepdims=keepdims), out, name)

    return call


def _variance_of(name: str, skip_nan: bool, root: bool) -> Callable[..., Any]:
    whole = statistics.std if root else statistics.var

    @taking("a", "mean")
    def call(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        where: Any = True,
        mean: Any = None,
        correction: Any = NO_VALUE,
    ) -> Any:
        x, keepdims = _floating(a, dtype), bool(given(keepdims, False))
        ddof, center = given(correction, ddof), given(mean, None)
        counted = _counted(x, where, skip_nan)
        if counted is None and center is None:
            return into(whole(x, axis=axis, correction=ddof, keepdims=keepdims), out, name)
        counted = np.ones((), bool) if counted is None else counted
        found = var_where(x, counted, axis=axis, correction=ddof, keepdims=keepdims, center=center)
        return into(root_of_variance(found) if root else found, out, name)

    return call


@taking("a", "weights")
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    x, keepdims = _floating(a), bool(given(keepdims, False))
    result = statistics.average(x, axis=axis, weights=weights, keepdims=keepdims)
    if not returned:
        return result
    if weights is None:
        total: Any = x.size / result.size if result.size else 0.0
    else:
        total = sum(statistics.spread_weights(x, axis, weights), axis=axis, keepdims=keepdims)
    return result, total + zeros_like(result)


@taking("a")
def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    return into(statistics.ptp(a, axis=axis, keepdims=bool(given(keepdims, False))), out, "np.ptp")


# -- without the NaNs ----------------------------------------------------------------------------------------------------
def _nan_reduction(function: Callable[..., Any], whole: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    """The operator `function`, or, where NumPy is told more than it takes, `whole` of what is not NaN."""

    @taking("a")
    def call(a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        keepdims = options.get("keepdims", NO_VALUE)
        if args or options.keys() - {"keepdims"}:
            return whole(nan_statistics.without_nans(a, neutral), axis, *args, **options)
        return function(a, axis=axis, keepdims=bool(given(keepdims, False)))

    return call


def _nan_running(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return into(function(a, axis=axis, dtype=dtype), out, name)

    return call


def _nan_extreme(function: Callable[..., Any], larger: np.ufunc, neutral: float, name: str) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        x, initial = masked(a, given(where, True), neutral), given(initial, None)
        found = function(x, axis=axis, keepdims=bool(given(keepdims, False)))
        found = found if initial is None else array_ufunc(larger, "__call__", found, initial)
        return into(found, out, name)

    return call


# -- order statistics ----------------------------------------------------------------------------------------------------
def _quantile_of(function: Callable[..., Any]) -> Callable[..., Any]:
    name = f"np.{function.__name__}"

    @taking("a")
    def call(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,  # noqa: ARG001  (NumPy's signature)
        method: str = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        if weights is not None:
            raise UnsupportedError(f"{name}: weights= of Tensors; repeat the elements, or use np.average for a weighted mean")
        levels = np.asarray(number(q, name, "q"))
        if not isinstance(q, int | float):  # levels that are an array take part in the dtype
            a = a.astype(np.result_type(a.dtype, levels.dtype, np.float32), copy=False)
        method = method if interpolation is None else interpolation
        return into(function(a, levels, axis=axis, method=method, keepdims=bool(given(keepdims, False))), out, name)

    return call


def _median_of(function: Callable[..., Any]) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:  # noqa: ARG001
        return into(function(a, axis=axis, keepdims=bool(given(keepdims, False))), out, f"np.{function.__name__}")

    return call


# -- running -------------------------------------------------------------------------------------------------------------
def _running(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = a if dtype is None else a.astype(dtype)
        x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return into(function(x, axis=axis), out, name)

    return call


@taking("a")
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE) -> Any:
    (along,) = normalize_axes(axis, a.ndim)
    ends = {}
    for name, value in (("prepend", prepend), ("append", append)):
        if value is not NO_VALUE:
            end = tensor(value)
            ends[name] = end if end.ndim else end + np.zeros(tuple(1 if i == along else k for i, k in enumerate(a.shape)))
    return diff(a, axis=axis, n=n, **ends)


@taking("ary", "to_end", "to_begin")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    steps = diff(reshape(ary, (-1,)))
    parts = [steps if part is ary else reshape(part, (-1,)) for part in (to_begin, ary, to_end) if part is not None]
    return concat(parts) if len(parts) > 1 else steps


@taking("m", "y", "fweights", "aweights")
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    m, y = _in_dtype(dtype, m, y)
    correction = (0 if bias else 1) if ddof is None else ddof
    return covariance.cov(m, y, rowvar=rowvar, correction=correction, fweights=fweights, aweights=aweights)


@taking("x", "y")
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    x, y = _in_dtype(dtype, x, y)
    return covariance.corrcoef(x, y, rowvar=rowvar)


def _in_dtype(dtype: Any, *xs: Any) -> list[Any]:
    """Operands of a covariance, which NumPy computes in double precision if it is told nothing."""
    wanted = np.result_type(np.float64, *[x.dtype for x in xs if x is not None]) if dtype is None else dtype
    return [None if x is None else x.astype(wanted, copy=False) for x in xs]


@taking("a")
def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:  # noqa: ARG001
    return sort(reshape(a, (-1,)), axis=0) if axis is None else sort(a, axis=axis)


sums, products = _reduction(np.add, "sum"), _reduction(np.multiply, "prod")
largest, smallest = _extreme(np.maximum, "max"), _extreme(np.minimum, "min")

#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": sums, "prod": products, "max": largest, "amax": largest, "min": smallest, "amin": smallest,
    "mean": _mean_of("np.mean", False), "nanmean": _mean_of("np.nanmean", True),
    "var": _variance_of("np.var", False, False), "std": _variance_of("np.std", False, True),
    "nanvar": _variance_of("np.nanvar", True, False), "nanstd": _variance_of("np.nanstd", True, True),
    "average": _average, "ptp": _ptp,
    "median": _median_of(quantiles.median), "nanmedian": _median_of(quantiles.nanmedian),
    "quantile": _quantile_of(quantiles.quantile), "percentile": _quantile_of(quantiles.percentile),
    "nanquantile": _quantile_of(quantiles.nanquantile), "nanpercentile": _quantile_of(quantiles.nanpercentile),
    "nansum": _nan_reduction(nan_statistics.nansum, sums, 0.0), "nanprod": _nan_reduction(nan_statistics.nanprod, products, 1.0),
    "nanmax": _nan_extreme(nan_statistics.nanmax, np.fmax, -np.inf, "np.nanmax"),
    "nanmin": _nan_extreme(nan_statistics.nanmin, np.fmin, np.inf, "np.nanmin"),
    "cumsum": _running(cumulative_sum, "np.cumsum"), "cumprod": _running(cumulative_prod, "np.cumprod"),
    "nancumsum": _nan_running(nan_statistics.nancumsum, "np.nancumsum"),
    "nancumprod": _nan_running(nan_statistics.nancumprod, "np.nancumprod"),
    "diff": _diff, "ediff1d": _ediff1d, "cov": _cov, "corrcoef": _corrcoef, "sort": _sort, "sort_complex": _sort,
}  # fmt: skip
