"""Bodies for NumPy of the functions of neural networks: few passes, few fresh arrays.

`wengert.ops.nn` says what each computes, in a body of the same name for any library. What is done here that NumPy can do: its
temporaries are overwritten, and each step takes the one of several equivalent functions that is fast.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import ArgumentError
from .numpy_activations import NumpyActivations, floating
from .numpy_windows import NumpyWindows

__all__ = ["NumpyKernels"]

Axes = tuple[int, ...]


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
    out = _softmax_of(floating(x), None, axis)
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
    if mask is not None and mask.dtype == np.bool_:
        mask = np.where(mask, x.dtype.type(0), x.dtype.type(-math.inf))
    if is_causal:
        causal = _causal(x.shape[-2], x.shape[-1], x.dtype)
        mask = causal if mask is None else mask + causal
    if mask is None:
        return softmax(x, last)
    e = np.add(x, mask)
    return _softmax_of(e, e, last)


@lru_cache(maxsize=16)
def _causal(rows: int, columns: int, dtype: Any) -> Any:
    mask = np.triu(np.full((rows, columns), -math.inf, dtype), 1)
    mask.flags.writeable = False
    return mask


def log_softmax(x: Any, axis: int) -> Any:
    z = floating(x)
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
    return _affine(standard, weight, bias, x.shape), standard.reshape(x.shape), scale.reshape(_kept(x, axes))


def _kept(x: Any, axes: Axes) -> Axes:
    """The shape of `x` with length 1 for what is normalised together."""
    return (*x.shape[: -len(axes)], *(1,) * len(axes))


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
    standard, scale = standard.reshape(h.shape), scale.reshape(-1, 1)
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
    rows = (math.prod(g.shape[: len(front)]), math.prod(shape))
    return np.einsum("ij,ij->j", g.reshape(rows), standard.reshape(rows)).reshape(shape)


def rms_norm(x: Any, weight: Any, axes: Axes, eps: float) -> tuple[Any, Any, Any]:
    rows = _rows(x, axes)
    scale = _inverse_deviation(rows, rows.shape[1], eps)
    standard = rows * scale
    return _affine(standard, weight, None, x.shape), standard.reshape(x.shape), scale.reshape(_kept(x, axes))


def rms_norm_backward(g: Any, weight: Any, standard: Any, scale: Any, axes: Axes) -> Any:
    rows = _rows(g, axes)
    h = rows if weight is None else rows * weight.reshape(-1)
    standard, scale = standard.reshape(h.shape), scale.reshape(-1, 1)
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
    # The count is a number of the library's, not Python's: in a compiled function it is a result like the others.
    return (loss / count if count else losses.dtype.type(math.nan)), z, losses.dtype.type(count or 1)


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


class NumpyKernels(NumpyActivations, NumpyWindows):
    """The methods by which `wengert.ops.nn` finds the bodies above; a base class of the adapter of NumPy."""

    fn_class_loss = staticmethod(class_loss)
    fn_embedding = staticmethod(embedding)
    fn_embedding_weight = staticmethod(embedding_weight)
    fn_layer_norm = staticmethod(layer_norm)
    fn_layer_norm_backward = staticmethod(layer_norm_backward)
    fn_layer_norm_weight = staticmethod(layer_norm_weight)
    fn_linear = staticmethod(linear)
    fn_log_softmax = staticmethod(log_softmax)
    fn_log_softmax_backward = staticmethod(log_softmax_backward)
    fn_masked_softmax = staticmethod(masked_softmax)
    fn_mse_loss = staticmethod(mse_loss)
    fn_rms_norm = staticmethod(rms_norm)
    fn_rms_norm_backward = staticmethod(rms_norm_backward)
    fn_sum_front = staticmethod(sum_front)
    fn_softmax = staticmethod(softmax)
    fn_softmax_backward = staticmethod(softmax_backward)
