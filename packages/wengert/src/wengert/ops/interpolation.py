"""Linear interpolation between knots, differentiable in everything that it is given."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from .comparison import isnan
from .creation import zeros_like
from .dtypes import astype
from .indexing import take
from .joining import concat
from .rounding import clip
from .searching import searchsorted, where
from .select import raw
from .sorting import argsort

__all__ = ["interp"]


def interp(x: Any, xp: Any, fp: Any, /, *, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """The values at `x` of the function that is linear between the points (`xp`, `fp`).

    Parameters
    ----------
    x : Tensor or array
        Of any shape and real dtype: where to evaluate.
    xp : Tensor or array
        Of shape ``(N,)`` and real dtype, with at least one element: the knots, ascending unless there is a `period`. Not checked.
    fp : Tensor or array
        Of shape ``(N,)``: the values there.
    left, right : Tensor, array or number, optional
        The values before the first knot and behind the last; default: those at these knots.
    period : float, optional
        Of the function; `left` and `right` say nothing then.

    Returns
    -------
    Tensor or array
        Of the shape of `x`, and floating dtype.

    Raises
    ------
    ArgumentError
        If `xp` or `fp` has another shape, or `period` is zero.

    Notes
    -----
    Differentiable with respect to `x`, `xp`, `fp`, `left` and `right`. At a knot the slope is that of the piece to its right, at
    the last knot of the piece to its left; outside of the knots it is 0. Where `x` is NaN the result is NaN and there is no
    gradient. Where knots coincide, the last one counts, as in NumPy.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([0.5, 1.5], requires_grad=True)
    >>> fp = wg.tensor([0.0, 10.0, 14.0], requires_grad=True)
    >>> y = wg.interp(x, wg.tensor([0.0, 1.0, 2.0]), fp)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist(), fp.grad.tolist()
    ([5.0, 12.0], [10.0, 4.0], [0.5, 1.0, 0.5])
    """
    n = _count(xp, fp)
    x, xp, fp = (_floating(value) for value in (x, xp, fp))
    if period is not None:
        if not period:
            raise ArgumentError("interp: period: expected a number other than 0, got 0")
        left = right = None
        x, xp, fp = _unrolled(x, xp, fp, abs(period))
        n += 2
    first, last = xp[0, ...], xp[n - 1, ...]
    before, behind = (fp[i, ...] if value is None else value for i, value in ((0, left), (n - 1, right)))
    if n == 1:
        inside = fp[0, ...] + zeros_like(x)
    else:  # what is outside, infinite or NaN is kept out of the sums, or 0 times it would be in the gradients of the knots
        inside = _between(where((x >= first) & (x <= last), x, first), xp, fp, n)
    found = where(x < first, before, where(x > last, behind, inside))
    return where(isnan(x), math.nan, found)


def _count(xp: Any, fp: Any) -> int:
    shape = tuple(xp.shape)
    if len(shape) != 1 or not shape[0]:
        raise ArgumentError(f"interp: xp: expected one axis with at least one element, got shape {shape}")
    if tuple(fp.shape) != shape:
        raise ArgumentError(f"interp: fp: expected shape {shape}, as xp has, got {tuple(fp.shape)}")
    return shape[0]


def _floating(x: Any) -> Any:
    library = adapter_of(raw(x)).library
    return x if library.kind(x.dtype) in "fc" else astype(x, library.default_dtype(float))


def _unrolled(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Everything within one period, the knots in order, and one more of them on either side."""
    x, xp = x % period, xp % period
    order = argsort(xp)
    xp, fp = take(xp, order, axis=0), take(fp, order, axis=0)
    return x, concat([xp[-1:] - period, xp, xp[:1] + period]), concat([fp[-1:], fp, fp[:1]])


def _between(x: Any, xp: Any, fp: Any, n: int) -> Any:
    piece = clip(searchsorted(xp, x, side="right") - 1, 0, n - 2)
    (x0, x1), (f0, f1) = ((take(values, piece, axis=0), take(values, piece + 1, axis=0)) for values in (xp, fp))
    width = x1 - x0
    point = width == 0  # only the last two knots can be one
    return where(point, f1, f0 + (x - x0) * ((f1 - f0) / where(point, 1, width)))
