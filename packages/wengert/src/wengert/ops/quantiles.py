"""Medians and quantiles: elements of the sorted array, or what lies between two of them.

They are made of operators, so derivatives of every order, forward mode and `vmap` follow. Of several equal elements the one
that a stable sort puts at the place gets the gradient, as in PyTorch's ``quantile``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.dtypes import dtype_name
from ..arrays.shapes import normalize_axes
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError, DtypeError, UnsupportedError
from .comparison import isnan, logical_not
from .dtypes import astype
from .elementwise import maximum, minimum
from .indexing import take, take_along_axis
from .manipulation import moveaxis, permute_dims, reshape
from .reductions import Axis, sum
from .rounding import ceil, floor, round
from .searching import where
from .select import raw, select
from .sorting import sort

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]


def _odd(place: Any) -> Any:
    """The nearest place, of two the one that is odd counted from 0, hence even counted from 1."""
    below = floor(place)
    return select((place == below) & (below % 2 == 1), below, below + 1)


#: Where between two elements a quantile lies, of `n` elements: the index of Hyndman and Fan, "Sample quantiles in statistical
#: packages", The American Statistician 50 (1996), counted from 0, under NumPy's names. `q` stands on the right: it may be a plain
#: array where `n` is a tensor.
PLACES: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda q, n: (n - 1) * q,
    "lower": lambda q, n: floor((n - 1) * q),
    "higher": lambda q, n: ceil((n - 1) * q),
    "nearest": lambda q, n: round((n - 1) * q),
    "midpoint": lambda q, n: (floor((n - 1) * q) + ceil((n - 1) * q)) / 2,
    "weibull": lambda q, n: (n + 1) * q - 1,
    "hazen": lambda q, n: n * q - 0.5,
    "median_unbiased": lambda q, n: (n + 1 / 3) * q + 1 / 3 - 1,
    "normal_unbiased": lambda q, n: (n + 1 / 4) * q + 3 / 8 - 1,
    "interpolated_inverted_cdf": lambda q, n: n * q - 1,
    "inverted_cdf": lambda q, n: ceil(n * q - 1),
    "averaged_inverted_cdf": lambda q, n: (ceil(n * q - 1) + floor(n * q)) / 2,
    "closest_observation": lambda q, n: _odd(n * q - 1.5),
}


# -- arguments -----------------------------------------------------------------------------------------------------------
def _levels(name: str, q: Any, one: float) -> Any:
    """The levels `q` as NumPy's numbers between 0 and 1."""
    if type(q) in TENSORS:
        if q.requires_grad:
            raise UnsupportedError(f"{name}: no derivative with respect to q; detach() it to take it as a constant")
        q = q.tolist()
    elif hasattr(q, "dtype") and type(q) is not np.ndarray:
        q = adapter_of(q).to_host(q)
    levels = np.asarray(q, dtype=float) / one
    if not np.all((levels >= 0) & (levels <= 1)):
        raise ArgumentError(f"{name}: q: quantiles must be in the range [0, {one:g}], got {q}")
    return levels


def _library(name: str, x: Any) -> Adapter:
    found = adapter_of(raw(x)).library
    if found.kind(x.dtype) == "c":
        raise DtypeError(f"{name}: x: expected a real dtype, got {x.dtype}")
    return found


class _Lines:
    """`x` sorted along the axes to reduce, which are one axis, the last; and the way back to the shape of the result."""

    def __init__(self, name: str, x: Any, axis: Axis, keepdims: bool) -> None:
        self.library = _library(name, x)
        shape = tuple(x.shape)
        axes = normalize_axes(axis, len(shape))
        rest = tuple(a for a in range(len(shape)) if a not in axes)
        front = tuple(shape[a] for a in rest)
        self.count = math.prod(shape[a] for a in axes)
        if not self.count:
            raise ArgumentError(f"{name}: x: expected at least one element along axis {axis}, got shape {shape}")
        if self.library.kind(x.dtype) != "f":
            x = astype(x, self.library.default_dtype(float))
        self.dtype = x.dtype
        self.device = adapter_of(raw(x)).device(raw(x))
        self.elements = sort(reshape(permute_dims(x, rest + axes), (*front, self.count)), axis=-1)
        self.shape = tuple(1 if a in axes else n for a, n in enumerate(shape)) if keepdims else front

    def constant(self, numbers: Any) -> Any:
        """Numbers of NumPy as an array of the library."""
        array = np.asarray(numbers)
        if array.dtype.kind == "f":
            array = array.astype(dtype_name(self.library.default_dtype(float)))
        return self.library.from_host(array, self.device)

    def result(self, values: Any, levels: Any) -> Any:
        """`values`, whose last axis has all the levels, if these have axes, with the axes that `levels` has in front."""
        if not levels.ndim:
            return reshape(values, self.shape)
        return reshape(moveaxis(values, -1, 0), (*levels.shape, *self.shape))


# -- with NaNs, of which one makes the result NaN ----------------------------------------------------------------------
def _quantile(name: str, x: Any, levels: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    lines = _Lines(name, x, axis, keepdims)
    place = np.clip(_place(name, method)(levels, lines.count), 0, lines.count - 1)
    low = np.floor(place).astype(int)
    part = place - low
    found = _at(lines, low)
    if part.any():
        second = _at(lines, np.minimum(low + 1, lines.count - 1))
        if levels.ndim:
            part = part.reshape(-1)
            weight = astype(lines.constant(part), lines.dtype, copy=False)
            found = _mixed(found, second, weight, lines.constant(part == 0))
        else:
            found = found * (1 - float(part)) + second * float(part)
    return lines.result(_nan_if_one_is(lines, found, levels.ndim > 0), levels)


def _mixed(first: Any, second: Any, weight: Any, exact: Any) -> Any:
    """What lies between two elements; the first one where that is `exact`, whatever the second is."""
    return where(exact, first, first * (1 - weight) + second * weight)


def _place(name: str, method: str) -> Callable[[Any, Any], Any]:
    if method not in PLACES:
        raise ArgumentError(f"{name}: method: expected one of {', '.join(map(repr, PLACES))}, got {method!r}")
    return PLACES[method]


def _at(lines: _Lines, places: Any) -> Any:
    """The elements at these places of every line."""
    if not places.ndim:
        return lines.elements[..., int(places)]
    return take(lines.elements, lines.constant(places.reshape(-1)), axis=-1)


def _nan_if_one_is(lines: _Lines, found: Any, several: bool) -> Any:
    """NaN is sorted to the end; it is the result, and gets the gradient, as in PyTorch."""
    last = lines.elements[..., -1:] if several else lines.elements[..., -1]
    return where(isnan(last), last, found)


def median(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The median over `axis`: the element in the middle, or the mean of the two that are.

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
        Without the reduced axes, of floating dtype; NaN where an element is NaN.

    Raises
    ------
    ArgumentError
        If there is no element.

    Notes
    -----
    The gradient goes to the element in the middle, or in halves to both, as NumPy's definition has it (PyTorch's ``median`` is
    the lower one). Of equal elements it is the one that a stable sort puts there; where the result is NaN, it is a NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0, 1.0, 9.0, 2.0], requires_grad=True)
    >>> y = wg.median(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (3.0, [0.5, 0.0, 0.0, 0.5])
    """
    lines = _Lines("median", x, axis, keepdims)
    middle, elements = lines.count // 2, lines.elements
    found = elements[..., middle] if lines.count % 2 else (elements[..., middle - 1] + elements[..., middle]) / 2
    return lines.result(_nan_if_one_is(lines, found, False), np.empty(()))


def quantile(x: Any, /, q: Any, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The quantiles `q` over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.
    q : number, sequence of numbers, or array of them
        Between 0 and 1; has no derivative.
    axis : int or tuple of int, optional
        The axes to reduce. Default: all.
    method : str
        How to estimate what lies between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"nearest"``, ``"midpoint"``,
        ``"weibull"``, ``"hazen"``, ``"median_unbiased"``, ``"normal_unbiased"``, ``"inverted_cdf"``,
        ``"averaged_inverted_cdf"``, ``"closest_observation"`` or ``"interpolated_inverted_cdf"``, as in NumPy, of Hyndman and
        Fan (1996).
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        The axes of `q`, followed by those of `x` without the reduced ones, of floating dtype; NaN where an element is NaN.

    Raises
    ------
    ArgumentError
        If there is no element, or `q` or `method` is out of range.
    UnsupportedError
        If `q` is a Tensor that requires grad.

    Notes
    -----
    The gradient goes to the two elements between which the quantile lies, by their weights; ties and NaN as of `median`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0, 1.0, 9.0], requires_grad=True)
    >>> y = wg.quantile(x, 0.25)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.5, [0.5, 0.5, 0.0])
    >>> wg.quantile(x, [0.0, 1.0], method="lower").tolist()
    [1.0, 9.0]
    """
    return _quantile("quantile", x, _levels("quantile", q, 1.0), axis, method, keepdims)


def percentile(x: Any, /, q: Any, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The percentiles `q`, between 0 and 100, over `axis`. Else as `quantile`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.percentile(wg.tensor([4.0, 1.0, 9.0]), 25).item()
    2.5
    """
    return _quantile("percentile", x, _levels("percentile", q, 100.0), axis, method, keepdims)


# -- without the NaNs ----------------------------------------------------------------------------------------------------
def _nan_quantile(name: str, x: Any, levels: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    """As `_quantile`, but each line has as many elements as are not NaN, which are its first ones."""
    where_it_lies = _place(name, method)
    lines = _Lines(name, x, axis, keepdims)
    precise = lines.library.default_dtype(float)
    count = sum(logical_not(isnan(lines.elements)), axis=-1, dtype=precise, keepdims=True)
    top = maximum(count - 1, 0)
    place = minimum(maximum(where_it_lies(lines.constant(levels.reshape(-1)), count), 0), top)
    low = floor(place)
    first, second = (_of_each(lines, places) for places in (low, minimum(low + 1, top)))
    part = place - low
    found = _mixed(first, second, astype(part, lines.dtype, copy=False), part == 0)
    found = where(count == 0, math.nan, found)
    return lines.result(found if levels.ndim else found[..., 0], levels)


def _of_each(lines: _Lines, places: Any) -> Any:
    return take_along_axis(lines.elements, astype(places, lines.library.default_dtype(int)), axis=-1)


def nanquantile(x: Any, /, q: Any, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The quantiles `q` over `axis` of the elements that are not NaN; NaN where there is none.

    Parameters and result as of `quantile`.

    Notes
    -----
    An element that is NaN gets no gradient.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0, float("nan"), 1.0, 9.0], requires_grad=True)
    >>> y = wg.nanquantile(x, 0.25)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.5, [0.5, 0.0, 0.5, 0.0])
    """
    return _nan_quantile("nanquantile", x, _levels("nanquantile", q, 1.0), axis, method, keepdims)


def nanpercentile(x: Any, /, q: Any, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The percentiles `q`, between 0 and 100, of the elements that are not NaN. Else as `nanquantile`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nanpercentile(wg.tensor([4.0, float("nan"), 1.0]), 50).item()
    2.5
    """
    return _nan_quantile("nanpercentile", x, _levels("nanpercentile", q, 100.0), axis, method, keepdims)


def nanmedian(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The median over `axis` of the elements that are not NaN; NaN where there is none.

    Parameters, result and ties as of `median`; an element that is NaN gets no gradient.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nanmedian(wg.tensor([4.0, float("nan"), 1.0, 9.0])).item()
    4.0
    """
    return _nan_quantile("nanmedian", x, np.asarray(0.5), axis, "linear", keepdims)
