"""Running sums and products, differences, and the product of all elements, each with its derivative."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.dtypes import native_dtype
from ..arrays.shapes import normalize_axes, normalize_axis
from ..errors import ArgumentError
from ..op import batching, jvp, operator, rule
from ..op_batch_rules import along_axis, over_axes
from .complex import conj
from .creation import ones_like
from .indexing import getitem
from .joining import concat, pad
from .manipulation import permute_dims, reshape
from .reductions import Axis, sum

__all__ = ["cumulative_prod", "cumulative_sum", "diff", "prod"]


@operator
def prod(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of any numeric dtype.
    axis : int or tuple of int, optional
        The axes to multiply over. Default: all.
    dtype : dtype, optional
        In which the product is taken and returned; the gradient comes back in the dtype of `x`.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the reduced axes.

    Notes
    -----
    The derivative with respect to a factor is the product of the others. It is not taken as ``prod(x) / x`` but from
    the products of a binary tree over the factors, so derivatives of every order are right where factors are zero.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([2.0, 0.0, 5.0], requires_grad=True)
    >>> wg.prod(x).backward()
    >>> x.grad.tolist()
    [0.0, 10.0, 0.0]
    """
    adapter = adapter_of(x)
    dtype = native_dtype(dtype, adapter)
    return adapter.function("prod")(x, axis=axis, dtype=dtype, keepdims=keepdims)


@rule(prod, "x")
def _prod_x(g: Any, x: Any, x_shape: tuple[int, ...], axis: Axis) -> Any:
    axes = normalize_axes(axis, len(x_shape))
    order = tuple(a for a in range(len(x_shape)) if a not in axes) + axes
    moved = tuple(x_shape[a] for a in order)
    rest = moved[: len(moved) - len(axes)]
    x = permute_dims(conj(x), order)
    length = math.prod(moved[len(rest) :])
    g = _times_others(reshape(g, (*rest, 1)), reshape(x, (*rest, length)))
    back = tuple(order.index(a) for a in range(len(order)))
    return permute_dims(reshape(g, moved), back)


batching(prod)(over_axes)


@jvp(prod, "x")
def _prod_jvp(t: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    others = _prod_x(ones_like(out), conj(x), x_shape, axis)
    return sum(others * t, axis=axis, keepdims=keepdims)


def _times_others(g: Any, x: Any) -> Any:
    """`g`, whose last axis has length 1, times the product of all the elements of `x` but one, along the last axis.

    On the way up, halves are multiplied until one product is left; on the way down, each half gets the gradient of the
    product times the other half. That is the derivative of the tree, and made of products only.
    """
    if x.shape[-1] == 0:
        return g[..., :0]
    pairs = []
    while x.shape[-1] > 1:
        half = x.shape[-1] // 2
        left, right = x[..., :half], x[..., half : 2 * half]
        pairs.append((left, right))
        x = left * right if x.shape[-1] == 2 * half else concat([left * right, x[..., 2 * half :]], axis=-1)
    for left, right in reversed(pairs):
        half = left.shape[-1]
        both = g[..., :half]
        g = concat([both * right, both * left, g[..., half:]], axis=-1)
    return g


# -- along one axis ----------------------------------------------------------------------------------------------------
def _cut(x: Any, axis: int, start: int | None, stop: int | None = None) -> Any:
    """A slice of `x` along `axis`, counted from the front."""
    return x[(*(slice(None),) * axis, slice(start, stop), ...)]


def _reversed(x: Any, axis: int) -> Any:
    """`x` from its end, along `axis`; a view where the library has some."""
    return getitem(x, (*(slice(None),) * axis, slice(None, None, -1), ...))


@operator(node="Cumsum", linear=True)
def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The sums of the elements up to each one, along `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of numeric dtype, with at least one axis.
    axis : int, optional
        May be left out where there is only one.
    dtype : dtype, optional
        In which sums are taken and returned; the gradient comes back in the dtype of `x`.
    include_initial : bool
        Whether the sum of no element, 0, comes first, so that the axis grows by one.

    Returns
    -------
    Tensor or array
        Of the shape of `x`, but for that axis.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = wg.cumulative_sum(x)
    >>> y.tolist()
    [1.0, 3.0, 6.0]
    >>> y.sum().backward()
    >>> x.grad.tolist()
    [3.0, 2.0, 1.0]
    """
    adapter = adapter_of(x)
    dtype = native_dtype(dtype, adapter)
    return adapter.function("cumulative_sum")(x, axis=axis, dtype=dtype, include_initial=include_initial)


@rule(cumulative_sum, "x")
def _cumulative_sum_x(g: Any, x_shape: tuple[int, ...], axis: int | None, include_initial: bool) -> Any:
    axis = normalize_axis(axis or 0, len(x_shape))
    if include_initial:
        g = _cut(g, axis, 1)
    return _reversed(cumulative_sum(_reversed(g, axis), axis=axis), axis)


batching(cumulative_sum)(along_axis)


@operator(node="Cumprod")
def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The products of the elements up to each one, along `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of numeric dtype, with at least one axis.
    axis : int, optional
        May be left out where there is only one.
    dtype : dtype, optional
        In which products are taken and returned; the gradient comes back in the dtype of `x`.
    include_initial : bool
        Whether the product of no element, 1, comes first, so that the axis grows by one.

    Returns
    -------
    Tensor or array
        Of the shape of `x`, but for that axis.

    Notes
    -----
    The gradient is made without a division, so derivatives of every order are right where factors are zero.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([2.0, 0.0, 5.0], requires_grad=True)
    >>> y = wg.cumulative_prod(x)
    >>> y.tolist()
    [2.0, 0.0, 0.0]
    >>> y.sum().backward()
    >>> x.grad.tolist()
    [1.0, 12.0, 0.0]
    """
    adapter = adapter_of(x)
    dtype = native_dtype(dtype, adapter)
    return adapter.function("cumulative_prod")(x, axis=axis, dtype=dtype, include_initial=include_initial)


@rule(cumulative_prod, "x")
def _cumulative_prod_x(
    g: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: int | None, include_initial: bool
) -> Any:
    # With y_k = x_0 … x_k the derivative is y_(k-1) c_k, where c_k = Σ_(i>=k) g_i x_(k+1) … x_i, that is,
    # c_k = g_k + x_(k+1) c_(k+1). The recurrence is run from the end, doubling in each round the number of terms that
    # every c_k has: c_k covers `reach` terms, and factor_k = x_(k+1) … x_(k+reach) leads from c_(k+reach) to it.
    axis = normalize_axis(axis or 0, len(x_shape))
    out = conj(out)
    if include_initial:
        g, out = _cut(g, axis, 1), _cut(out, axis, 1)
    length = x_shape[axis]
    if length == 0:
        return g
    c, factor, reach = g, _cut(conj(x), axis, 1), 1
    while reach < length:
        c = concat([_cut(c, axis, 0, -reach) + factor * _cut(c, axis, reach), _cut(c, axis, length - reach)], axis=axis)
        if 2 * reach < length:
            factor = _cut(factor, axis, 0, length - 2 * reach) * _cut(factor, axis, reach)
        reach *= 2
    return concat([_cut(c, axis, 0, 1), _cut(c, axis, 1) * _cut(out, axis, 0, -1)], axis=axis)


@jvp(cumulative_prod, "x")
def _(t: Any, x: Any, x_shape: tuple[int, ...], axis: int | None, include_initial: bool) -> Any:
    # Products p of up to `reach` elements that end at each place, and their tangents d; doubling: (p, d)(q, e) = (pq, pe + dq).
    axis = normalize_axis(axis or 0, len(x_shape))
    length, p, d, reach = x_shape[axis], x, t, 1
    while reach < length:
        first, second = _cut(p, axis, 0, -reach), _cut(p, axis, reach)
        tangent = first * _cut(d, axis, reach) + _cut(d, axis, 0, -reach) * second
        d = concat([_cut(d, axis, 0, reach), tangent], axis=axis)
        p = concat([_cut(p, axis, 0, reach), first * second], axis=axis)
        reach *= 2
    return pad(d, [(int(i == axis), 0) for i in range(len(x_shape))]) if include_initial else d


batching(cumulative_prod)(along_axis)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The `n`-th difference of neighbours along `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of numeric dtype, with at least one axis.
    axis : int
        Default: the last.
    n : int
        How often to take differences; 0 returns `x`.
    prepend, append : Tensor or array, optional
        Joined to `x` along `axis` before and after it.

    Returns
    -------
    Tensor or array
        Shorter than `x`, with what was joined to it, by `n`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.diff(wg.tensor([1.0, 2.0, 4.0, 7.0]), n=2).tolist()
    [1.0, 1.0]
    """
    if n < 0:
        raise ArgumentError(f"diff: n: expected 0 or more, got {n}")
    pieces = [piece for piece in (prepend, x, append) if piece is not None]
    if len(pieces) > 1:
        x = concat(pieces, axis=axis)
    axis = normalize_axis(axis, len(x.shape))
    for _ in range(n):
        x = _cut(x, axis, 1) - _cut(x, axis, 0, -1)
    return x
