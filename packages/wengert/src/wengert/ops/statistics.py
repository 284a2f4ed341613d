"""Means, variances, ranges and the logarithm of a sum of exponentials, each with its derivative."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes
from ..errors import ArgumentError
from ..op import batching, jvp, operator, rule
from ..op_batch_rules import over_axes
from .complex import conj, real
from .manipulation import broadcast_to, permute_dims, reshape
from .reductions import Axis, kept, max, min, spread, sum
from .select import select
from .transcendental import exp

__all__ = ["average", "logsumexp", "mean", "ptp", "std", "std_mean", "var", "var_mean"]


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements a reduction of an array of `shape` over `axis` puts into one."""
    return math.prod(shape[a] for a in normalize_axes(axis, len(shape)))


@operator(linear=True)
def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The arithmetic mean over `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
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


@rule(mean, "x")
def _mean_x(g: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    # Divided before it is spread: a division for each element of the result, not of the operand. Of no elements the
    # mean is NaN and the gradient empty, whatever it is divided by.
    g = g / (_count(x_shape, axis) or 1)
    return spread(g, shape=x_shape, axis=axis, keepdims=keepdims)


batching(mean)(over_axes)


@operator
def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variance over `axis`: the sum of abs(x - mean(x))² divided by N - `correction`, for N elements.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    axis : int or tuple of int, optional
        The axes to reduce. Default: all.
    correction : int or float
        What is taken off the number of elements: 0 (as in the array API), or 1 for the unbiased estimate (PyTorch's
        default).
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the reduced axes; real, for a complex operand too.

    Notes
    -----
    The gradient is g · 2 (x - mean(x)) / (N - correction). Where N does not exceed `correction` it is NaN.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 3.0], requires_grad=True)
    >>> y = wg.var(x, correction=1)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (2.0, [-2.0, 2.0])
    """
    return adapter_of(x).function("var")(x, axis=axis, correction=correction, keepdims=keepdims)


@rule(var, "x")
def _var_x(g: Any, x: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    freedom = _count(x_shape, axis) - correction
    scaled = kept(g, x_shape, axis, keepdims) * (2.0 / freedom if freedom > 0 else math.nan)
    return scaled * (x - mean(x, axis=axis, keepdims=True))


batching(var)(over_axes)


@jvp(var, "x")
def _var_jvp(t: Any, x: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    freedom = _count(x_shape, axis) - correction
    moved = real(conj(x - mean(x, axis=axis, keepdims=True)) * t)
    return sum(moved, axis=axis, keepdims=keepdims) * (2.0 / freedom if freedom > 0 else math.nan)


@operator
def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation over `axis`: the square root of the variance.

    Parameters and result as in `var`.

    Notes
    -----
    Where it is zero, that is, where all the elements are equal, the gradient is zero, as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 3.0], requires_grad=True)
    >>> y = wg.std(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (1.0, [-0.5, 0.5])
    """
    return adapter_of(x).function("std")(x, axis=axis, correction=correction, keepdims=keepdims)


@rule(std, "x")
def _std_x(g: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    # d std = d var / (2 std). Division by infinity makes the zero where std is zero, without a warning on the way.
    g = g / select(out == 0, math.inf, 2 * out)
    return _var_x(g, x, x_shape, axis, correction, keepdims)


batching(std)(over_axes)


@jvp(std, "x")
def _std_jvp(t: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    return _var_jvp(t, x, x_shape, axis, correction, keepdims) / select(out == 0, math.inf, 2 * out)


@operator(outputs=2)
def var_mean(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> tuple[Any, Any]:
    """The variance and the mean over `axis`, of one node. Parameters as in `var`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.statistics import var_mean
    >>> variance, average = var_mean(wg.tensor([1.0, 3.0]))
    >>> variance.item(), average.item()
    (1.0, 2.0)
    """
    return _spread_and_mean("var", x, axis, correction, keepdims)


@operator(outputs=2)
def std_mean(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> tuple[Any, Any]:
    """The standard deviation and the mean over `axis`, of one node. Parameters as in `var`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.statistics import std_mean
    >>> deviation, average = std_mean(wg.tensor([1.0, 5.0]))
    >>> deviation.item(), average.item()
    (2.0, 3.0)
    """
    return _spread_and_mean("std", x, axis, correction, keepdims)


def _spread_and_mean(name: str, x: Any, axis: Axis, correction: float, keepdims: bool) -> tuple[Any, Any]:
    function = adapter_of(x).function
    spread_of_x = function(name)(x, axis=axis, correction=correction, keepdims=keepdims)
    return spread_of_x, function("mean")(x, axis=axis, keepdims=keepdims)


@rule(var_mean, "x")
def _(grads: Any, x: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    g_var, g_mean = grads
    return _var_x(g_var, x, x_shape, axis, correction, keepdims) + _mean_x(g_mean, x_shape, axis, keepdims)


@rule(std_mean, "x")
def _(grads: Any, x: Any, out0: Any, x_shape: tuple[int, ...], axis: Axis, correction: float, keepdims: bool) -> Any:
    g_std, g_mean = grads
    return _std_x(g_std, x, out0, x_shape, axis, correction, keepdims) + _mean_x(g_mean, x_shape, axis, keepdims)


batching(var_mean)(over_axes)
batching(std_mean)(over_axes)


# -- made of others ------------------------------------------------------------------------------------------------------
def average(x: Any, /, *, axis: Axis = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The mean over `axis`, of weighted elements.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    axis : int or tuple of int, optional
        The axes to average over. Default: all.
    weights : Tensor or array, optional
        Of the shape of `x`, or of that of the axes to average over. Default: all the same.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without the averaged axes.

    Raises
    ------
    ArgumentError
        If `weights` has another shape.

    Notes
    -----
    Σ w x / Σ w, differentiable in `x` and `weights`; where the weights add up to 0 it is NaN or infinite.

    Examples
    --------
    >>> import wengert as wg
    >>> w = wg.tensor([1.0, 3.0], requires_grad=True)
    >>> y = wg.average(wg.tensor([2.0, 6.0]), weights=w)
    >>> y.backward()
    >>> y.item(), w.grad.tolist()
    (5.0, [-0.75, 0.25])
    """
    if weights is None:
        return mean(x, axis=axis, keepdims=keepdims)
    w = spread_weights(x, axis, weights)
    return sum(x * w, axis=axis, keepdims=keepdims) / sum(w, axis=axis, keepdims=keepdims)


def spread_weights(x: Any, axis: Axis, weights: Any) -> Any:
    """The weights of `average`, one for each element of `x`."""
    shape, given = tuple(x.shape), tuple(weights.shape)
    if given == shape:
        return weights
    axes = normalize_axes(axis, len(shape))
    if axis is None or given != tuple(shape[a] for a in axes):
        raise ArgumentError(f"average: weights: expected shape {shape}, as x has, or that of its axis {axis}, got {given}")
    order = sorted(range(len(axes)), key=axes.__getitem__)
    lined = reshape(permute_dims(weights, tuple(order)), tuple(n if a in axes else 1 for a, n in enumerate(shape)))
    return broadcast_to(lined, shape)


def ptp(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element over `axis` less the smallest. Parameters, ties and NaN as of `max`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0, 1.0, 9.0], requires_grad=True)
    >>> y = wg.ptp(x)
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (8.0, [0.0, -1.0, 1.0])
    """
    return max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)


@operator
def logsumexp(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The logarithm of the sum of the exponentials over `axis`, computed without overflow.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype, with at least one element to sum.
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
    The largest element m is taken out: m + log Σ exp(x - m). The gradient is g · conj(exp(x - out)), a softmax;
    where the result is infinite it has NaN, as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1000.0, 1000.0], requires_grad=True)
    >>> y = wg.logsumexp(x)
    >>> y.backward()
    >>> round(y.item(), 4), [round(g, 4) for g in x.grad.tolist()]
    (1000.6931, [0.5, 0.5])
    """
    adapter = adapter_of(x)
    xp = adapter.functions
    top = xp.max(xp.real(x) if adapter.kind(x.dtype) == "c" else x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))
    total = xp.sum(xp.exp(x - top), axis=axis, keepdims=True)
    empty = total == 0  # every element is -inf
    out = xp.where(empty, xp.asarray(-math.inf, dtype=total.dtype), xp.log(total + xp.astype(empty, total.dtype)) + top)
    return out if keepdims else xp.reshape(out, _without(x.shape, axis))


def _without(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    axes = normalize_axes(axis, len(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


@rule(logsumexp, "x")
def _logsumexp_x(g: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    weights = exp(x - kept(out, x_shape, axis, keepdims))
    return kept(g, x_shape, axis, keepdims) * conj(weights)


batching(logsumexp)(over_axes)


@jvp(logsumexp, "x")
def _logsumexp_jvp(t: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    return sum(exp(x - kept(out, x_shape, axis, keepdims)) * t, axis=axis, keepdims=keepdims)
