"""NumPy's reductions and statistics over Tensors, with NumPy's signatures; those that step over NaN among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.shapes import normalize_axes
from ..errors import ArgumentError, UnsupportedError
from ..ops.comparison import isnan
from ..ops.complex import conj
from ..ops.creation import zeros_like
from ..ops.cumulative import cumulative_prod, cumulative_sum, diff
from ..ops.elementwise import abs, square
from ..ops.joining import concat, stack
from ..ops.manipulation import expand_dims, moveaxis, permute_dims, reshape, squeeze
from ..ops.products import matmul
from ..ops.reductions import max, min, sum
from ..ops.searching import where as choose
from ..ops.sorting import sort
from ..ops.statistics import mean
from ..ops.transcendental import sqrt
from .operands import into, masked, number, operand, plain, tensor
from .ufuncs import array_ufunc

__all__ = ["FUNCTIONS"]

NO_VALUE = np._NoValue


def _given(value: Any, default: Any) -> Any:
    return default if value is NO_VALUE or value is None else value


def _reduction(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    """The function of NumPy that is ``ufunc.reduce`` under another name."""

    def call(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        options = {"initial": _given(initial, None), "where": _given(where, True)}
        return array_ufunc(ufunc, "reduce", tensor(a), axis, dtype, out, bool(_given(keepdims, False)), **options)

    call.__name__ = name
    return call


def _extreme(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    whole = _reduction(ufunc, name)

    def call(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        return whole(a, axis, None, out, keepdims, initial, where)

    return call


def _count(x: Any, axis: Any, where: Any) -> Any:
    """How many elements are counted for each place of the result."""
    ones = np.broadcast_to(np.asarray(True if where is True else plain(where)), x.shape)
    return np.sum(ones, axis=axis, keepdims=True)


def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    x = tensor(a)
    x = x if dtype is None else x.astype(dtype)
    keepdims, where = bool(_given(keepdims, False)), _given(where, True)
    if where is True:
        result = mean(x if x.dtype.kind in "fc" else x.astype("float64"), axis=axis, keepdims=keepdims)
    else:
        total = sum(masked(x, where, zeros_like(x)), axis=axis, keepdims=True) / _count(x, axis, where)
        result = total if keepdims else squeeze(total, axis=normalize_axes(axis, x.ndim))
    return into(result, out, "np.mean")


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    x = tensor(a)
    x = x.astype(dtype) if dtype is not None else x if x.dtype.kind in "fc" else x.astype("float64")
    keepdims, where, center = bool(_given(keepdims, False)), _given(where, True), _given(mean, None)
    ddof = _given(correction, ddof)
    center = _mean(x, axis, keepdims=True, where=where) if center is None else center
    off = x - center
    squares = (off * conj(off)).real if x.dtype.kind == "c" else square(off)
    count = np.maximum(_count(x, axis, where) - ddof, 0)
    total = sum(masked(squares, where, zeros_like(squares)), axis=axis, keepdims=True) / count
    return into(total if keepdims else squeeze(total, axis=normalize_axes(axis, x.ndim)), out, "np.var")


def _std(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, **options: Any
) -> Any:
    return into(sqrt(_var(a, axis, dtype, None, ddof, keepdims, **options)), out, "np.std")


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    x, keepdims = tensor(a), bool(_given(keepdims, False))
    if weights is None:
        result = _mean(x, axis, keepdims=keepdims)
        total: Any = tensor(np.full(result.shape, x.size / result.size if result.size else 0.0))
    else:
        w = tensor(weights)
        if w.shape != x.shape:
            axes = normalize_axes(axis, x.ndim)
            if axis is None or w.shape != tuple(x.shape[i] for i in axes):
                raise ArgumentError(
                    f"np.average: weights of shape {w.shape} fit neither a of shape {x.shape} nor its axis {axis}"
                )
            order = sorted(range(len(axes)), key=axes.__getitem__)
            w = reshape(permute_dims(w, tuple(order)), tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
        total = sum(w + zeros_like(x), axis=axis, keepdims=keepdims)
        result = sum(x * w, axis=axis, keepdims=keepdims) / total
    return (result, total + zeros_like(result)) if returned else result


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    x, keepdims = tensor(a), bool(_given(keepdims, False))
    return into(max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims), out, "np.ptp")


# -- without the NaNs ----------------------------------------------------------------------------------------------------
def _nan_reduction(function: Callable[..., Any], neutral: float, all_nan: float | None = None) -> Callable[..., Any]:
    """`function` with `neutral` in the place of every NaN; `all_nan` is the result where there is nothing else."""

    def call(a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        x = tensor(a)
        gone = isnan(x)
        result = function(choose(gone, neutral, x), axis, *args, **options)
        if all_nan is not None:
            keep = bool(_given(options.get("keepdims"), False))
            only = np.all(gone._array, axis=axis, keepdims=keep)
            result = choose(only, all_nan, result) if np.any(only) else result
        return result

    return call


def _nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    kept = ~np.isnan(tensor(a)._array) & (True if _given(where, True) is True else np.asarray(plain(where)))
    return _mean(choose(kept, tensor(a), 0.0), axis, dtype, out, keepdims, where=kept)


def _nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, **options: Any
) -> Any:
    where = _given(options.pop("where", True), True)
    kept = ~np.isnan(tensor(a)._array) & (True if where is True else np.asarray(plain(where)))
    return _var(choose(kept, tensor(a), 0.0), axis, dtype, out, ddof, keepdims, where=kept, **options)


def _nanstd(*args: Any, **options: Any) -> Any:
    out = options.pop("out", None)
    return into(sqrt(_nanvar(*args, **options)), out, "np.nanstd")


# -- order statistics ----------------------------------------------------------------------------------------------------
#: Where between two elements a quantile lies, of `n` elements: the virtual index of Hyndman and Fan (1996), as NumPy has it.
PLACES: dict[str, Callable[[Any, int], Any]] = {
    "linear": lambda q, n: q * (n - 1),
    "lower": lambda q, n: np.floor(q * (n - 1)),
    "higher": lambda q, n: np.ceil(q * (n - 1)),
    "nearest": lambda q, n: np.rint(q * (n - 1)),
    "midpoint": lambda q, n: (np.floor(q * (n - 1)) + np.ceil(q * (n - 1))) / 2,
    "weibull": lambda q, n: q * (n + 1) - 1,
    "hazen": lambda q, n: q * n - 0.5,
    "median_unbiased": lambda q, n: q * (n + 1 / 3) + 1 / 3 - 1,
    "normal_unbiased": lambda q, n: q * (n + 1 / 4) + 3 / 8 - 1,
    "interpolated_inverted_cdf": lambda q, n: q * n - 1,
}


def _quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,  # noqa: ARG001  (NumPy's signature)
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
    **_: Any,
) -> Any:
    if weights is not None:
        raise UnsupportedError("np.quantile: weights= of Tensors; repeat the elements, or use np.average for a weighted mean")
    if method not in PLACES:
        raise UnsupportedError(f"np.quantile: method={method!r} of Tensors; expected one of {', '.join(map(repr, PLACES))}")
    x, q = tensor(a), np.asarray(number(q, "np.quantile", "q"), dtype=float)
    if np.any((q < 0) | (q > 1)):
        raise ArgumentError("Quantiles must be in the range [0, 1]")
    axes = normalize_axes(axis, x.ndim)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = tuple(x.shape[i] for i in rest)
    ordered = sort(reshape(permute_dims(x, rest + axes), (*shape, -1)), axis=-1)
    n = ordered.shape[-1]
    place = np.clip(PLACES[method](q, n), 0, n - 1)
    low = np.floor(place).astype(int)
    high, part = np.minimum(low + 1, n - 1), place - low
    first, second = ordered[..., low], ordered[..., high]
    result = first + (second - first) * part
    if x.dtype.kind == "f" and np.isnan(x._array).any():
        result = choose(np.isnan(ordered._array[..., -1:]) if q.ndim else np.isnan(ordered._array[..., -1]), np.nan, result)
    if keepdims is not NO_VALUE and keepdims:
        result = reshape(result, (*(1 if i in axes else k for i, k in enumerate(x.shape)), *q.shape))
    for _axis in range(q.ndim):
        result = moveaxis(result, -1, 0)
    return into(result, out, "np.quantile")


def _percentile(a: Any, q: Any, *args: Any, **options: Any) -> Any:
    return _quantile(a, np.asarray(number(q, "np.percentile", "q")) / 100, *args, **options)


def _median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:  # noqa: ARG001
    return _quantile(a, 0.5, axis, out, keepdims=keepdims)


def _without_nans(function: Callable[..., Any]) -> Callable[..., Any]:
    """An order statistic of each row by itself, since each has another number of NaNs."""

    def call(a: Any, *args: Any, axis: Any = None, keepdims: Any = False, out: Any = None, **options: Any) -> Any:
        x = tensor(a)
        if args and len(args) > (1 if function is not _median else 0):
            args, axis = args[:-1], args[-1]
        axes = normalize_axes(axis, x.ndim)
        rest = tuple(i for i in range(x.ndim) if i not in axes)
        rows = reshape(permute_dims(x, rest + axes), (-1, int(np.prod([x.shape[i] for i in axes], dtype=int))))
        found = [
            function(row[~np.isnan(row._array)], *args, **options) if not np.isnan(row._array).all() else tensor(np.nan)
            for row in rows
        ]
        shape = (
            tuple(1 if i in axes else n for i, n in enumerate(x.shape))
            if _given(keepdims, False)
            else tuple(x.shape[i] for i in rest)
        )
        result = stack(found, axis=-1)
        return into(reshape(result, (*result.shape[:-1], *shape)), out, "np.nanquantile")

    return call


# -- running -------------------------------------------------------------------------------------------------------------
def _running(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = tensor(a)
        x = x if dtype is None else x.astype(dtype)
        x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return into(function(x, axis=axis), out, name)

    return call


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE) -> Any:
    x = tensor(a)
    parts = [x]
    for end, value in ((0, prepend), (1, append)):
        if value is not NO_VALUE:
            other = tensor(value)
            if other.ndim == 0:
                other = other + np.zeros(tuple(1 if i == axis % x.ndim else k for i, k in enumerate(x.shape)))
            parts.insert(len(parts) if end else 0, other)
    x = concat(parts, axis=axis) if len(parts) > 1 else x
    return diff(x, axis=axis, n=n)


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    steps = diff(reshape(tensor(ary), (-1,)))
    parts = [steps if part is ary else reshape(tensor(part), (-1,)) for part in (to_begin, ary, to_end) if part is not None]
    return concat(parts) if len(parts) > 1 else steps


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
    x = _variables(m, rowvar)
    x = x if y is None else concat([x, _variables(y, rowvar)])
    x = x if dtype is None else x.astype(dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    w = None if fweights is None else np.asarray(number(fweights, "np.cov", "fweights"), dtype=float)
    if aweights is not None:
        w = operand(aweights) if w is None else w * operand(aweights)
    total = x.shape[1] if w is None else sum(tensor(w))
    center = mean(x, axis=1, keepdims=True) if w is None else sum(x * w, axis=1, keepdims=True) / total
    if w is None or ddof == 0 or aweights is None:
        factor = total - ddof
    else:
        factor = total - ddof * sum(tensor(w * operand(aweights))) / total
    off = x - center
    product = matmul(off if w is None else off * w, conj(off).T) / factor
    return squeeze(product, axis=tuple(i for i, n in enumerate(product.shape) if n == 1))


def _variables(m: Any, rowvar: bool) -> Any:
    x = tensor(m)
    x = x if x.dtype.kind in "fc" else x.astype("float64")
    if x.ndim < 2:
        return reshape(x, (1, -1))
    return x if rowvar or x.shape[0] == 1 else x.T


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    spread = sqrt(abs(c[np.arange(len(c)), np.arange(len(c))]))
    return c / expand_dims(spread, axis=1) / expand_dims(spread, axis=0)


def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:  # noqa: ARG001
    x = tensor(a)
    return sort(reshape(x, (-1,)), axis=0) if axis is None else sort(x, axis=axis)


sums, products = _reduction(np.add, "sum"), _reduction(np.multiply, "prod")
largest, smallest = _extreme(np.maximum, "max"), _extreme(np.minimum, "min")

#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": sums, "prod": products, "max": largest, "amax": largest, "min": smallest, "amin": smallest,
    "mean": _mean, "var": _var, "std": _std, "average": _average, "ptp": _ptp,
    "median": _median, "quantile": _quantile, "percentile": _percentile,
    "nansum": _nan_reduction(sums, 0.0), "nanprod": _nan_reduction(products, 1.0),
    "nanmax": _nan_reduction(largest, -np.inf, np.nan), "nanmin": _nan_reduction(smallest, np.inf, np.nan),
    "nanmean": _nanmean, "nanvar": _nanvar, "nanstd": _nanstd,
    "nanmedian": _without_nans(_median), "nanquantile": _without_nans(_quantile), "nanpercentile": _without_nans(_percentile),
    "cumsum": _running(cumulative_sum, "np.cumsum"), "cumprod": _running(cumulative_prod, "np.cumprod"),
    "nancumsum": _nan_reduction(_running(cumulative_sum, "np.nancumsum"), 0.0),
    "nancumprod": _nan_reduction(_running(cumulative_prod, "np.nancumprod"), 1.0),
    "diff": _diff, "ediff1d": _ediff1d, "cov": _cov, "corrcoef": _corrcoef, "sort": _sort, "sort_complex": _sort,
}  # fmt: skip
