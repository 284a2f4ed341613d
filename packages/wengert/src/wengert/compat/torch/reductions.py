"""Reductions, running reductions and sorting under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...autograd.tensor import Tensor as Base
from ...errors import UsageError
from ...ops import cumulative, indexing, norms, searching, sorting, statistics
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops import reductions as r
from ...ops.linalg.norms import matrix_norm
from ...ops.nn import softmaxes
from . import dtypes, math, shapes
from .calling import as_tensor, cast, dims, floating, function, one_dim
from .tensor import leaf

__all__ = [
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "argsort", "count_nonzero", "cummax", "cummin", "cumprod",
    "cumsum", "diff", "dist", "kthvalue", "log_softmax", "logcumsumexp", "logsumexp", "max", "mean", "median", "min", "mode",
    "msort", "nanmean", "nanmedian", "nansum", "norm", "prod", "renorm", "softmax", "sort", "std", "std_mean", "sum", "topk",
    "var", "var_mean",
]  # fmt: skip


class Found(NamedTuple):
    """Values, and where along the axis they were found."""

    values: Any
    indices: Any


# -- sums ----------------------------------------------------------------------------------------------------------------
@function
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over the axes `dim`, or all; of integers and booleans an int64.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(2, 3).sum(dim=1)
    tensor([3., 3.])
    """
    if dtype is not None:
        input = cast(input, dtype)
    elif input._dtype.kind in "biu":
        input = cast(input, dtypes.int64)
    return r.sum(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of what is not NaN."""
    return sum(math.where(math.isnan(input), 0.0, input), dim, keepdim, dtype=dtype)


@function
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over the axes `dim`, or all.

    Raises
    ------
    UsageError
        For integers: they have none in their own dtype.
    """
    input = input if dtype is None else cast(input, dtype)
    if input._dtype.kind in "biu":
        raise UsageError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {input.dtype}"
        )
    return statistics.mean(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not NaN."""
    count = sum(math.logical_not(math.isnan(input)), dim, keepdim)
    return math.div(nansum(input, dim, keepdim, dtype=dtype), count)


@function
def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over an axis, or all."""
    if dtype is not None:
        input = cast(input, dtype)
    elif input._dtype.kind in "biu":
        input = cast(input, dtypes.int64)
    return cumulative.prod(input, axis=dims(dim, input.ndim), keepdims=keepdim)


def _correction(unbiased: Any, correction: Any) -> float:
    if correction is None:
        return 1.0 if unbiased is None or unbiased else 0.0
    return float(correction)


def _spread(operator: Callable[..., Any]) -> Callable[..., Any]:
    """`var` and `std`, whose second argument may be the axes or, as of old, `unbiased`."""

    def call(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        input = as_tensor(input)
        if input._dtype.kind in "biu":
            raise UsageError(f"{operator.__name__}: only support floating point and complex dtypes, got {input.dtype}")
        axes = dims(dim, input.ndim)
        return operator(input, axis=axes, correction=_correction(unbiased, correction), keepdims=keepdim)

    call.__name__ = call.__qualname__ = operator.__name__
    call.__doc__ = f"See `wengert.{operator.__name__}`; unbiased by default."
    return function(call)


var = _spread(statistics.var)
std = _spread(statistics.std)


def _with_mean(spread: Callable[..., Any], name: str) -> Callable[..., Any]:
    """`var_mean` and `std_mean`."""

    def call(
        input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> tuple[Any, Any]:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return spread(input, axis=dims(dim, input.ndim), correction=_correction(unbiased, correction), keepdims=keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"See `wengert.{name}`; unbiased by default."
    return function(call)


var_mean = _with_mean(statistics.var_mean, "var_mean")
std_mean = _with_mean(statistics.std_mean, "std_mean")


@function
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The logarithm of the sum of exponentials."""
    return statistics.logsumexp(floating(input), axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """Exponentials, divided by their sum along `dim`."""
    return softmaxes.softmax(input if dtype is None else cast(input, dtype), _soft_dim(dim, input))


@function
def log_softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return softmaxes.log_softmax(input if dtype is None else cast(input, dtype), _soft_dim(dim, input))


def _soft_dim(dim: int | None, input: Any) -> int:
    """The axis that old programs left to be guessed."""
    return (0 if input.ndim in (0, 1, 3) else 1) if dim is None else dim


@function
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether every element is true."""
    return r.all(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element is true."""
    return r.any(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not zero."""
    return searching.count_nonzero(input, axis=dims(dim, input.ndim))


# -- norms ---------------------------------------------------------------------------------------------------------------
@function
def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm of the elements over the axes `dim`, or all; 2 by default.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if p in ("fro", None):
        p = 2
    if p == "nuc":
        axes = dims(dim, input.ndim) or tuple(range(input.ndim))
        if len(axes) != 2:
            raise UsageError(f"norm: p='nuc' is for matrices, got a tensor of {input.ndim} axes and dim={dim}")
        x = input if dtype is None else cast(input, dtype)
        found = matrix_norm(m.moveaxis(x, axes, (-2, -1)), ord="nuc")
        return m.expand_dims(found, axis=axes) if keepdim else found
    if not isinstance(p, (int, float)):
        raise UsageError(f"norm: p must be a number or 'fro', got {p!r}")
    x = input if dtype is None else cast(input, dtype)
    return norms.vector_norm(x, axis=dims(dim, x.ndim), ord=float(p), keepdims=keepdim)


@function
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of the difference."""
    return norm(math.sub(input, other), p)


@function
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """With the slices along `dim` that have a larger p-norm scaled down to `maxnorm`."""
    others = tuple(i for i in range(input.ndim) if i != one_dim(dim, input.ndim))
    size = norm(input, p, others, keepdim=True)
    return math.mul(input, math.where(size > maxnorm, math.div(maxnorm, size + 1e-7), 1.0))


# -- largest and smallest ------------------------------------------------------------------------------------------------
def _extreme(name: str, reduce: Callable[..., Any], place: Callable[..., Any], pair: Callable[..., Any]) -> Callable[..., Any]:
    """`max` and `min`: of all elements, of each line with where it is, or of two tensors."""

    def call(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        if isinstance(dim, Base) or other is not None:
            return pair(input, dim if other is None else other)
        if dim is None:
            if not input.numel():
                raise UsageError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            return reduce(input)
        return _line(input, place(input, dim, keepdim=True), dim, keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The {name}imum: of all elements, along an axis with the places, or of two tensors elementwise."
    return function(call)


def _line(input: Any, indices: Any, dim: int, keepdim: bool) -> Found:
    """The elements along `dim` at `indices`, of length 1 there, to which alone their gradient goes."""
    if not input.ndim:
        return Found(m.clone(input), leaf(np.zeros((), np.int64)))
    values = indexing.take_along_axis(input, indices, axis=one_dim(dim, input.ndim))
    return Found(values, indices) if keepdim else Found(shapes.squeeze(values, dim), shapes.squeeze(indices, dim))


def _places(operator: Callable[..., Any]) -> Callable[..., Any]:
    def call(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        if not input.ndim:
            return leaf(np.zeros((), np.int64))
        return operator(input, axis=None if dim is None else one_dim(dim, input.ndim), keepdims=keepdim and dim is not None)

    call.__name__ = call.__qualname__ = operator.__name__
    call.__doc__ = f"See `wengert.{operator.__name__}`."
    return function(call)


argmax = _places(searching.argmax)
argmin = _places(searching.argmin)
max = _extreme("max", r.max, argmax, math.maximum)
min = _extreme("min", r.min, argmin, math.minimum)


@function
def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The maximum over the axes `dim`, or all; ties share the gradient."""
    return r.max(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The minimum over the axes `dim`, or all; ties share the gradient."""
    return r.min(input, axis=dims(dim, input.ndim), keepdims=keepdim)


@function
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """`amin` and `amax`."""
    over = () if dim is None else dim
    return amin(input, over, keepdim), amax(input, over, keepdim)


def _middle(input: Any, skip_nan: bool) -> Any:
    """The lower median of all elements; those that equal it share its gradient."""
    array = input._array.reshape(-1)
    kept = array[~np.isnan(array)] if skip_nan and array.dtype.kind == "f" else array
    missing = array.dtype.kind == "f" and (not kept.size or bool(np.isnan(kept).any()))
    value = np.nan if missing else np.sort(kept)[(kept.size - 1) // 2]
    chosen = np.isnan(input._array) if missing else input._array == value
    picked = searching.where(leaf(chosen), input, m.clone(leaf(np.zeros((), input._dtype))))
    return e.divide(r.sum(picked), float(chosen.sum())) if input._dtype.kind == "f" else leaf(np.asarray(value, input._dtype))


def _median(name: str, skip_nan: bool) -> Callable[..., Any]:
    def call(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is None:
            return _middle(input, skip_nan)
        if not input.ndim:
            return _line(input, None, dim, keepdim)
        axis = one_dim(dim, input.ndim)
        order = np.argsort(input._array, axis=axis, kind="stable")
        size = np.asarray(input._shape[axis])
        if input._dtype.kind == "f":
            holes = np.isnan(input._array).sum(axis=axis, keepdims=True)
            rank = (size - holes - 1) // 2 if skip_nan else np.where(holes > 0, size - holes, (size - 1) // 2)
            rank = np.maximum(rank, 0)
        else:
            rank = np.broadcast_to((size - 1) // 2, [n if i != axis else 1 for i, n in enumerate(input._shape)])
        return _line(input, leaf(np.take_along_axis(order, rank, axis)), dim, keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "The lower median of all elements, or along an axis with the places."
    return function(call)


median = _median("median", skip_nan=False)
nanmedian = _median("nanmedian", skip_nan=True)


@function
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element of each line, the smallest of several, and its last place."""
    if not input.ndim:
        return _line(input, None, dim, keepdim)

    def last_place(line: Any) -> Any:
        values, counts = np.unique(line, return_counts=True)
        return np.flatnonzero(line == values[counts.argmax()])[-1:]

    return _line(input, leaf(np.apply_along_axis(last_place, one_dim(dim, input.ndim), input._array)), dim, keepdim)


@function
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element of each line, counted from 1, and its place."""
    if not input.ndim:
        return _line(input, None, dim, keepdim)
    axis = one_dim(dim, input.ndim)
    if not 1 <= k <= input._shape[axis]:
        raise UsageError(f"kthvalue(): selected number k out of range for dimension {axis}, got {k}")
    order = np.argsort(input._array, axis=axis, kind="stable")
    return _line(input, leaf(np.take(order, [k - 1], axis)), dim, keepdim)


@function
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements of each line, in order, and their places."""
    if not input.ndim:
        return _line(input, None, dim, True)
    axis = one_dim(dim, input.ndim)
    if not 0 <= k <= input._shape[axis]:
        raise UsageError(f"selected index k out of range: {k} of {input._shape[axis]}")
    order = sorting.argsort(Base.detach(input), axis=axis, descending=largest)
    return _line(input, shapes.narrow(order, axis, 0, k), dim, True)


@function
def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements of each line in order, and their places."""
    if not input.ndim:
        return _line(input, None, dim, True)
    axis = one_dim(dim, input.ndim)
    order = sorting.argsort(Base.detach(input), axis=axis, descending=descending)
    return Found(indexing.take_along_axis(input, order, axis=axis), order)


@function
def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The places of the elements of each line in order."""
    return sort(input, dim, descending)[1]


@function
def msort(input: Any) -> Any:
    """The elements along the first axis in order."""
    return sort(input, 0)[0]


# -- running -------------------------------------------------------------------------------------------------------------
def _running(operator: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(input: Any, dim: int, *, dtype: Any = None) -> Any:
        x = cast(input, dtype) if dtype is not None else cast(input, dtypes.int64) if input._dtype.kind in "biu" else input
        return operator(x, axis=one_dim(dim, x.ndim)) if x.ndim else m.clone(x)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"See `wengert.{operator.__name__}`."
    return function(call)


cumsum = _running(cumulative.cumulative_sum, "cumsum")
cumprod = _running(cumulative.cumulative_prod, "cumprod")


@function
def logcumsumexp(input: Any, dim: int) -> Any:
    """The logarithm of the running sum of exponentials."""
    top = amax(Base.detach(input), dim, keepdim=True)
    return math.add(math.log(cumsum(math.exp(math.sub(input, top)), dim)), top)


def _running_extreme(name: str, better: Callable[..., Any]) -> Callable[..., Any]:
    def call(input: Any, dim: int) -> Any:
        if not input.ndim:
            return _line(input, None, dim, True)
        axis = one_dim(dim, input.ndim)
        lines = np.moveaxis(input._array, axis, 0)
        places = np.zeros(lines.shape, np.int64)
        best = lines[:1].copy()
        for i in range(1, len(lines)):
            wins = better(lines[i], best[0]) | np.isnan(lines[i]) if lines.dtype.kind == "f" else better(lines[i], best[0])
            places[i] = np.where(wins, i, places[i - 1])
            best[0] = np.where(wins, lines[i], best[0])
        indices = leaf(np.moveaxis(places, 0, axis))
        return Found(indexing.take_along_axis(input, indices, axis=axis), indices)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The running {name[3:]}imum along an axis, and its places."
    return function(call)


cummax = _running_extreme("cummax", np.greater_equal)
cummin = _running_extreme("cummin", np.less_equal)


@function
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours, n times over."""
    return cumulative.diff(input, axis=one_dim(dim, input.ndim), n=n, prepend=prepend, append=append)
