"""Bodies for NumPy of the functions of neural networks: few passes, few fresh arrays, no branches within a loop.

`wengert.ops.nn` says what each computes, in a body of the same name for any library. What is done here that NumPy alone can do:
temporaries are overwritten, long formulas are evaluated over blocks that stay in the cache, and selections are made by
arithmetic on bits, because ``numpy.where`` and masked copies mispredict a branch at every other element of a random mask: on
262144 numbers they take 1.1 ms, against 0.07 ms for the same by bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import ArgumentError
from .erf import erf as general_erf
from .numpy_windows import NumpyWindows

__all__ = ["NumpyKernels"]

Axes = tuple[int, ...]

#: How many elements long formulas are evaluated on at a time.
BLOCK = 32768

# erf(x) = tanh(x r(x²)), with r smooth and even: in single precision a polynomial of degree 6 in x² is enough, where rational
# approximations of erf itself take two branches. The coefficients, from the constant up, were fitted here to the relative error
# of erf on 0 < x < 3.95 by iteratively reweighted least squares; it is below 1e-7 there, and from 3.92 on erf(x) rounds to 1.
ERF_SINGLE = (
    1.1283792743264653,
    0.10276905561672486,
    -0.00019183041860621353,
    -0.0006197849788206343,
    8.76374442619676e-05,
    -5.66849425196517e-06,
    1.4185327005511457e-07,
)
#: The same for erf(x / √2), as the normal distribution has it.
NORMAL_SINGLE = tuple(c / (math.sqrt(2) * 2**k) for k, c in enumerate(ERF_SINGLE))

ZEROS = {letter: np.zeros(BLOCK, letter) for letter in "fd"}

DENSITY = 1 / math.sqrt(2 * math.pi)  # of the normal distribution, at 0
INNER, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of the approximation of gelu


# -- tools ---------------------------------------------------------------------------------------------------------------
def _zeroed(drop: Any, g: Any) -> Any:
    """`g` where not `drop`, else zero."""
    if g.dtype.itemsize not in (4, 8) or g.shape != drop.shape:
        return np.where(drop, 0, g)
    bits = drop.astype(f"i{g.dtype.itemsize}")
    bits -= 1  # all ones to keep, zero to drop
    bits &= g.view(bits.dtype)
    return bits.view(g.dtype)


def _floating(x: Any) -> Any:
    """`x` as float32 or float64, which the formulas are written for."""
    return x if x.dtype in (np.float32, np.float64) else x.astype(np.float32 if x.dtype == np.float16 else np.float64)


def _blockwise(formula: Callable[..., None], first: Any, *others: Any) -> Any:
    """A new array like `first`, filled by ``formula(out, first, *others, scratch)`` block by block in the order of memory."""
    out = np.empty_like(first)
    flat = [out.ravel("K"), first.ravel("K")]
    for other in others:
        if other.strides != first.strides:
            other = _in_order(other, first)  # noqa: PLW2901
        flat.append(other.ravel("K"))
    scratch = np.empty(min(BLOCK, first.size), first.dtype)
    with np.errstate(all="ignore"):
        for start in range(0, first.size, BLOCK):
            parts = [f[start : start + BLOCK] for f in flat]
            formula(*parts, scratch[: len(parts[0])])
    return out


def _in_order(x: Any, like: Any) -> Any:
    """A copy of `x` with the axes in memory in the order that `like` has."""
    copy = np.empty_like(like, dtype=x.dtype)
    copy[...] = x
    return copy


def _horner(out: Any, u: Any, coefficients: tuple[float, ...]) -> None:
    """The polynomial with these coefficients, from the constant up, at `u`."""
    np.multiply(u, coefficients[-1], out=out)
    out += coefficients[-2]
    for c in coefficients[-3::-1]:
        out *= u
        out += c


# -- activations ---------------------------------------------------------------------------------------------------------
def relu(x: Any) -> Any:
    zeros = ZEROS.get(x.dtype.char)
    if zeros is None or x.size < 2048:
        return np.maximum(x, 0)
    # Against an array of zeros, unlike against a number, `maximum` has vector instructions: three times as fast.
    out = np.empty_like(x)
    flat, result = x.ravel("K"), out.ravel("K")
    whole = len(flat) // BLOCK * BLOCK
    np.maximum(flat[:whole].reshape(-1, BLOCK), zeros, out=result[:whole].reshape(-1, BLOCK))
    np.maximum(flat[whole:], zeros[: len(flat) - whole], out=result[whole:])
    return out


def relu_backward(out: Any, g: Any) -> Any:
    return _zeroed(out <= 0, g)


def sigmoid(x: Any) -> Any:
    with np.errstate(over="ignore"):  # exp(-x) may be infinite, its inverse is 0
        y = np.asarray(np.exp(np.negative(x)))
    y += 1
    return np.divide(1, y, out=y)


def silu(x: Any) -> Any:
    y = sigmoid(x)
    y *= x
    return y


def _gate(gate: Any, x: Any, out: Any, square: Any) -> None:
    """Recover the factor s of ``out = x * s``, which is ½ at 0, in `gate`; `square` is x²."""
    np.divide(out, x, out=gate)
    if np.minimum.reduce(square) == 0:  # too small to divide by
        gate[square == 0] = 0.5


def _silu_slope(result: Any, x: Any, out: Any, g: Any, s: Any) -> None:
    # s (1 + x (1 - s)) = s + out (1 - s)
    np.multiply(x, x, out=s)
    _gate(s, x, out, s.copy())
    np.subtract(1, s, out=result)
    result *= out
    result += s
    result *= g


def silu_backward(x: Any, out: Any, g: Any) -> Any:
    return _blockwise(_silu_slope, _floating(x), _floating(out), g).astype(x.dtype, copy=False)


def erf(x: Any) -> Any:
    wide = _floating(np.asarray(x))
    body = _erf_single if wide.dtype == np.float32 else _erf_double
    return _blockwise(body, wide).astype(x.dtype if x.dtype.kind == "f" else wide.dtype, copy=False)


def _erf_single(out: Any, x: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    _horner(out, u, ERF_SINGLE)
    out *= x
    np.tanh(out, out=out)


def _erf_double(out: Any, x: Any, _: Any) -> None:
    out[...] = general_erf(np, x)


def _twice_phi(out: Any, x: Any, u: Any, approximate: str) -> None:
    """Leave x² in `u` and twice the normal distribution function, less 1, in `out`."""
    np.multiply(x, x, out=u)
    if approximate == "tanh":
        np.multiply(u, INNER * CUBIC, out=out)
        out += INNER
    elif x.dtype == np.float32:
        _horner(out, u, NORMAL_SINGLE)
    else:
        out[...] = general_erf(np, x * math.sqrt(0.5))
        return
    out *= x
    np.tanh(out, out=out)


def gelu(x: Any, approximate: str) -> Any:
    def formula(out: Any, x: Any, u: Any) -> None:
        _twice_phi(out, x, u, approximate)
        np.multiply(x, 0.5, out=u)
        out += 1
        out *= u

    return _blockwise(formula, _floating(x)).astype(x.dtype, copy=False)


def _gelu_slope(result: Any, x: Any, out: Any, g: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    _gate(result, x, out, u)
    u *= -0.5
    np.exp(u, out=u)
    u *= x
    u *= DENSITY
    result += u
    result *= g


def _gelu_slope_tanh(result: Any, x: Any, _: Any, g: Any, u: Any) -> None:
    _twice_phi(result, x, u, "tanh")
    u *= 3 * INNER * CUBIC  # the derivative of what tanh is taken of
    u += INNER
    u *= x
    derivative = result * result
    np.subtract(1, derivative, out=derivative)
    derivative *= u
    result += 1
    result += derivative
    result *= 0.5
    result *= g


def gelu_backward(x: Any, out: Any, g: Any, approximate: str) -> Any:
    # The distribution function is out / x, no need to compute it again. With its approximation there is: what tanh loses in the
    # division would be multiplied by x³.
    formula = _gelu_slope_tanh if approximate == "tanh" else _gelu_slope
    return _blockwise(formula, _floating(x), _floating(out), g).astype(x.dtype, copy=False)


def masked_product(x: Any, mask: Any, scale: float) -> Any:
    y = np.multiply(x, mask, dtype=x.dtype)
    y *= scale
    return y


# -- products ------------------------------------------------------------------------------------------------------------
def linear(x: Any, weight: Any, bias: Any) -> Any:
    rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
    out = np.matmul(rows, weight.T)
    if bias is not None:
        out = np.add(out, bias, out=out if out.dtype == np.result_type(out, bias) else None)
    return out if x.ndim == 2 else out.reshape(*x.shape[:-1], -1)


def embedding(indices: Any, weight: Any, padding_idx: int | None) -> Any:  # noqa: ARG001  (one signature for both ways)
    return weight[indices]


def embedding_weight(indices: Any, g: Any, count: int, padding_idx: int | None) -> Any:
    rows, flat = g.reshape(-1, g.shape[-1]), indices.reshape(-1)
    out = np.zeros((count, g.shape[-1]), g.dtype)
    order = np.argsort(flat, kind="stable")
    if padding_idx is not None:
        order = order[flat[order] != padding_idx]
    if order.size:
        sorted_ = flat[order]
        starts = np.flatnonzero(np.concatenate([[True], sorted_[1:] != sorted_[:-1]]))
        out[sorted_[starts]] = np.add.reduceat(rows[order], starts, axis=0)
    return out


# -- softmax -------------------------------------------------------------------------------------------------------------
# Along the last axis NumPy's reductions start anew for each row, which costs more than a short row itself. `argmax` and products
# with a vector do not: of 2048 rows of 128 `maximum.reduce` finds the maxima in 150 µs, `argmax` their places in 28 µs;
# `add.reduce` takes 62 µs, a product with ones 11 µs.
@lru_cache(maxsize=64)
def _ones(n: int, dtype: Any) -> Any:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _sum_rows(x: Any) -> Any:
    """The sums over the last axis of `x`, which is floating and contiguous; the axis stays."""
    return np.matmul(x.reshape(-1, x.shape[-1]), _ones(x.shape[-1], x.dtype)).reshape(*x.shape[:-1], 1)


def _sum(x: Any, axis: int) -> Any:
    return _sum_rows(x) if axis == x.ndim - 1 and x.flags.c_contiguous else np.add.reduce(x, axis=axis, keepdims=True)


def _max(x: Any, axis: int) -> Any:
    if axis != x.ndim - 1 or not x.size or not x.flags.c_contiguous:
        return np.maximum.reduce(x, axis=axis, keepdims=True)
    n = x.shape[-1]
    places = np.arange(0, x.size, n)
    places += x.reshape(-1, n).argmax(1)
    return x.reshape(-1)[places].reshape(*x.shape[:-1], 1)


def _softmax_of(x: Any, out: Any, axis: int) -> Any:
    """The softmax of `x` in `out`, which may be `x` or None for a new array."""
    with np.errstate(invalid="ignore"):  # nothing but -inf gives NaN
        out = np.subtract(x, _max(x, axis), out=out)
    np.exp(out, out=out)
    out /= _sum(out, axis)
    return out


def softmax(x: Any, axis: int) -> Any:
    out = _softmax_of(_floating(x), None, axis)
    return out.astype(x.dtype, copy=False) if x.dtype.kind == "f" else out


def softmax_backward(out: Any, g: Any, axis: int) -> Any:
    # out · (g - Σ out · g)
    if axis in (-1, out.ndim - 1):
        r = np.subtract(g, np.vecdot(g, out)[..., None])
    else:
        r = g * out
        r = np.subtract(g, np.add.reduce(r, axis=axis, keepdims=True), out=r)
    r *= out
    return r


def masked_softmax(x: Any, mask: Any, is_causal: bool) -> Any:
    last = x.ndim - 1
    if is_causal:
        mask = _causal(x.shape[-2], x.shape[-1], x.dtype)
    elif mask is None:
        return softmax(x, last)
    elif mask.dtype == np.bool_:
        mask = np.where(mask, x.dtype.type(0), x.dtype.type(-math.inf))
    e = np.add(x, mask)
    return _softmax_of(e, e, last)


@lru_cache(maxsize=16)
def _causal(rows: int, columns: int, dtype: Any) -> Any:
    mask = np.triu(np.full((rows, columns), -math.inf, dtype), 1)
    mask.flags.writeable = False
    return mask


def log_softmax(x: Any, axis: int) -> Any:
    z = _floating(x)
    with np.errstate(invalid="ignore"):
        z = np.subtract(z, _max(z, axis))
    z -= np.log(_sum(np.exp(z), axis))
    return z.astype(x.dtype, copy=False) if x.dtype.kind == "f" else z


def log_softmax_backward(out: Any, g: Any, axis: int) -> Any:
    r = np.exp(out)
    r *= _sum(g, axis)
    return np.subtract(g, r, out=r)


# -- layer_norm ----------------------------------------------------------------------------------------------------------
def _rows(x: Any, axes: Axes) -> Any:
    """`x` as a matrix of what is normalised together."""
    return x.reshape(-1, math.prod(x.shape[-len(axes) :]))


def layer_norm(x: Any, weight: Any, bias: Any, axes: Axes, eps: float) -> tuple[Any, Any, Any]:
    rows = _rows(x, axes)
    n = rows.shape[1]
    standard = rows - _mean_rows(rows)
    scale = _inverse_deviation(standard, n, eps)
    standard *= scale
    return _affine(standard, weight, bias, x.shape), standard, scale


def _mean_rows(rows: Any) -> Any:
    means = _sum_rows(rows)
    means /= rows.shape[1]
    return means


def _inverse_deviation(rows: Any, n: int, eps: float) -> Any:
    squares = np.vecdot(rows, rows)
    squares /= n
    squares += eps
    return (1 / np.sqrt(squares))[:, None]


def _affine(standard: Any, weight: Any, bias: Any, shape: Axes) -> Any:
    out = standard
    if weight is not None:
        out = out * weight.reshape(-1)
        if bias is not None:
            out += bias.reshape(-1)
    elif bias is not None:
        out = out + bias.reshape(-1)
    return out.reshape(shape)


def layer_norm_backward(g: Any, weight: Any, standard: Any, scale: Any, axes: Axes) -> Any:
    rows = _rows(g, axes)
    if weight is None:
        h = rows - _mean_rows(rows)
    else:
        h = rows * weight.reshape(-1)
        h -= _mean_rows(h)
    # The rows of `standard` have mean 0, so those of h may be centred before the product with it.
    along = np.vecdot(h, standard)
    along /= rows.shape[1]
    h -= standard * along[:, None]
    h *= scale
    return h.reshape(g.shape)


def sum_front(x: Any, front: Axes) -> Any:
    shape = x.shape[len(front) :]
    rows = x.reshape(math.prod(x.shape[: len(front)]), math.prod(shape))
    if rows.dtype.kind not in "fc":
        return np.add.reduce(x, axis=front)
    return np.matmul(_ones(len(rows), rows.dtype), rows).reshape(shape)


def layer_norm_weight(g: Any, standard: Any, front: Axes) -> Any:
    shape = g.shape[len(front) :]
    return np.einsum("ij,ij->j", g.reshape(standard.shape), standard).reshape(shape)


def rms_norm(x: Any, weight: Any, axes: Axes, eps: float) -> tuple[Any, Any, Any]:
    rows = _rows(x, axes)
    scale = _inverse_deviation(rows, rows.shape[1], eps)
    standard = rows * scale
    return _affine(standard, weight, None, x.shape), standard, scale


def rms_norm_backward(g: Any, weight: Any, standard: Any, scale: Any, axes: Axes) -> Any:
    rows = _rows(g, axes)
    h = rows if weight is None else rows * weight.reshape(-1)
    along = np.vecdot(h, standard)
    along /= -h.shape[1]
    r = standard * along[:, None]
    r += h
    r *= scale
    return r.reshape(g.shape)


# -- losses --------------------------------------------------------------------------------------------------------------
def mse_loss(input: Any, target: Any, reduction: str) -> Any:
    d = np.asarray(np.subtract(input, target))
    np.multiply(d, d, out=d)
    return d if reduction == "none" else d.mean() if reduction == "mean" else d.sum()


def class_loss(x: Any, target: Any, ignore_index: int, reduction: str) -> tuple[Any, Any, Any]:
    rows, flat = _by_class(x), target.reshape(-1)
    valid, index = _valid_classes(flat, rows.shape[1], ignore_index)
    z = np.subtract(rows, _max(rows, 1), order="C")
    # The places of the targets in all of z: NumPy is several times faster with one index than with two.
    elements, places = z.reshape(-1), np.arange(0, z.size, z.shape[1])
    places += index
    losses = elements[places]
    np.exp(z, out=z)
    sums = _sum(z, 1)
    z /= sums
    elements[places] -= 1
    np.subtract(np.log(sums)[:, 0], losses, out=losses)
    if valid is not None:
        losses[~valid] = 0
        z[~valid] = 0
    if x.ndim != 2:
        axis = 0 if x.ndim == 1 else 1
        z = np.moveaxis(z.reshape(*x.shape[:axis], *x.shape[axis + 1 :], -1), -1, axis)
    if reduction == "none":
        return losses.reshape(target.shape), z, 1
    loss = np.add.reduce(losses)
    if reduction == "sum":
        return loss, z, 1
    count = len(losses) if valid is None else int(np.count_nonzero(valid))
    return (loss / count if count else losses.dtype.type(math.nan)), z, count


def _by_class(x: Any) -> Any:
    """`x` as a matrix with a row for each sample and position, and a column for each class."""
    if x.ndim == 2:
        return x
    axis = 0 if x.ndim == 1 else 1
    return np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])


def _valid_classes(flat: Any, classes: int, ignore_index: int) -> tuple[Any, Any]:
    """Which targets count (None for all), and the targets with 0 for the others."""
    if not flat.size:
        return None, flat
    if not 0 <= ignore_index < classes and np.minimum.reduce(flat) >= 0 and np.maximum.reduce(flat) < classes:
        return None, flat
    valid = flat != ignore_index
    index = np.where(valid, flat, 0)
    if np.minimum.reduce(index) < 0 or np.maximum.reduce(index) >= classes:
        raise ArgumentError(f"target: expected classes from 0 to {classes - 1} or ignore_index={ignore_index}")
    return valid, index


class NumpyKernels(NumpyWindows):
    """The methods by which `wengert.ops.nn` finds the bodies above; a base class of the adapter of NumPy."""

    fn_class_loss = staticmethod(class_loss)
    fn_embedding = staticmethod(embedding)
    fn_embedding_weight = staticmethod(embedding_weight)
    fn_erf = staticmethod(erf)
    fn_gelu = staticmethod(gelu)
    fn_gelu_backward = staticmethod(gelu_backward)
    fn_layer_norm = staticmethod(layer_norm)
    fn_layer_norm_backward = staticmethod(layer_norm_backward)
    fn_layer_norm_weight = staticmethod(layer_norm_weight)
    fn_linear = staticmethod(linear)
    fn_log_softmax = staticmethod(log_softmax)
    fn_log_softmax_backward = staticmethod(log_softmax_backward)
    fn_masked_product = staticmethod(masked_product)
    fn_masked_softmax = staticmethod(masked_softmax)
    fn_mse_loss = staticmethod(mse_loss)
    fn_relu = staticmethod(relu)
    fn_relu_backward = staticmethod(relu_backward)
    fn_rms_norm = staticmethod(rms_norm)
    fn_rms_norm_backward = staticmethod(rms_norm_backward)
    fn_sigmoid = staticmethod(sigmoid)
    fn_silu = staticmethod(silu)
    fn_silu_backward = staticmethod(silu_backward)
    fn_sum_front = staticmethod(sum_front)
    fn_softmax = staticmethod(softmax)
    fn_softmax_backward = staticmethod(softmax_backward)
