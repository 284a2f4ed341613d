"""Normalisation over features, groups and batches, with the arguments of ``torch.nn.functional``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...arrays.adapter import adapter_of
from ...arrays.batched import BatchedArray
from ...autograd.modes import ACTIVE, met
from ...autograd.tensor import Tensor
from ...errors import ArgumentError, VmapError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import moved_axes
from ...op_batching import Batch
from ..elementwise import add, multiply
from ..manipulation import reshape
from ..reductions import sum as total
from ..statistics import mean
from ..transcendental import sqrt
from .kernels import Kernel, is_recorded, raw, sum_front

__all__ = ["batch_norm", "group_norm", "layer_norm", "rms_norm"]

Shape = int | Sequence[int]


def _last_axes(name: str, shape: tuple[int, ...], normalized_shape: Shape) -> tuple[int, ...]:
    """The axes to normalise over, counted from the back; `normalized_shape` says their lengths."""
    wanted = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not wanted or tuple(shape[-len(wanted) :]) != wanted:
        raise ArgumentError(f"{name}: normalized_shape: got {wanted}; expected the last lengths of the shape {tuple(shape)}")
    return tuple(range(-len(wanted), 0))


def _standardized(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """`x` less its mean, divided by its deviation, and one over the latter; in operators, for recorded rules."""
    centred = x - mean(x, axis=axes, keepdims=True)
    scale = 1 / sqrt(mean(centred * centred, axis=axes, keepdims=True) + eps)
    return centred * scale, scale


# Let x̂ = (x - mean) · s with s = 1 / sqrt(var + eps), and h the gradient of x̂. Both mean and s depend on x:
# dx̂ = s · (dx - mean(dx)) - x̂ · mean(x̂ · dx) · s, and as this map is its own transpose,
# the gradient of x is s · (h - mean(h) - x̂ · mean(h · x̂)).
# -- layer_norm ----------------------------------------------------------------------------------------------------------
@Kernel
def _layer_norm(xp: Any, x: Any, weight: Any, bias: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    centred = x - xp.mean(x, axis=axes, keepdims=True)
    scale = 1 / xp.sqrt(xp.mean(centred * centred, axis=axes, keepdims=True) + eps)
    standard = centred * scale
    out = standard if weight is None else standard * weight
    return out if bias is None else out + bias, standard, scale


@Kernel
def _layer_norm_backward(xp: Any, g: Any, weight: Any, standard: Any, scale: Any, axes: tuple[int, ...]) -> Any:
    h = g if weight is None else g * weight
    along = xp.mean(h * standard, axis=axes, keepdims=True)
    return scale * (h - xp.mean(h, axis=axes, keepdims=True) - standard * along)


@Kernel
def _layer_norm_weight(xp: Any, g: Any, standard: Any, front: tuple[int, ...]) -> Any:
    return xp.sum(g * standard, axis=front)


@operator(operands=("x", "weight", "bias"), node="NativeLayerNorm", aux=("standard", "scale"))
def layer_norm(x: Any, normalized_shape: Shape, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """`x` with mean 0 and variance 1 over its last axes, times `weight` plus `bias`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., *normalized_shape)`` and real floating dtype.
    normalized_shape : int or sequence of int
        The lengths of the axes to normalise over.
    weight, bias : Tensor or array, optional
        Of shape `normalized_shape`.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    Source: Ba, Kiros and Hinton, arXiv:1607.06450. The derivative is worked out in the source.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import layer_norm
    >>> [round(v, 3) for v in layer_norm(wg.tensor([1.0, 3.0]), 2, eps=0.0).tolist()]
    [-1.0, 1.0]
    """
    axes = _last_axes("layer_norm", x.shape, normalized_shape)
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and tuple(parameter.shape) != tuple(x.shape[-len(axes) :]):
            raise ArgumentError(
                f"layer_norm: {name}: got shape {tuple(parameter.shape)}; expected {tuple(x.shape[-len(axes) :])}"
            )
    return _layer_norm(x, weight, bias, axes, eps)


@rule(layer_norm, "x")
def _layer_norm_x(
    g: Any, x: Any, weight: Any, standard: Any, scale: Any, normalized_shape: Shape, eps: float
) -> Any:
    axes = _last_axes("layer_norm", x.shape, normalized_shape)
    if not is_recorded(g):
        return _layer_norm_backward(g, weight, standard, scale, axes)
    # What was kept is constant; a second derivative needs it as a function of the operand.
    return _projected(g if weight is None else g * weight, *_standardized(x, axes, eps), axes)


@rule(layer_norm, "weight")
def _layer_norm_weight_rule(g: Any, x: Any, standard: Any, normalized_shape: Shape, eps: float) -> Any:
    axes = _last_axes("layer_norm", x.shape, normalized_shape)
    front = tuple(range(len(x.shape) - len(axes)))
    if not is_recorded(g):
        return _layer_norm_weight(g, standard, front)
    return total(g * _standardized(x, axes, eps)[0], axis=front)


@rule(layer_norm, "bias")
def _layer_norm_bias(g: Any, bias_shape: tuple[int, ...]) -> Any:
    return g if is_recorded(g) else sum_front(g, tuple(range(len(g.shape) - len(bias_shape))))


@batching(layer_norm)
def _(batch: Batch, x: Any, normalized_shape: Shape, weight: Any, bias: Any, eps: float) -> Any:
    # The samples are further rows. What is auxiliary is for kernels: rules use none of it on batched gradients.
    options = {"normalized_shape": normalized_shape, "eps": eps}
    if batch.batched == {"x"}:
        return batch.call(x=x, weight=weight, bias=bias, **options)[0], None, None
    return _own_affine(batch, batch.call(x=x, weight=None, bias=None, **options)[0], weight, bias), None, None


def _own_affine(batch: Batch, out: Any, weight: Any, bias: Any) -> Any:
    """`out` times `weight` plus `bias`, where samples have their own."""
    out = batch.seal(out) if batch.has("x") else out
    if weight is not None:
        out = batch.do(multiply, x1=out, x2=batch.opened("weight", weight))
    if bias is not None:
        out = batch.do(add, x1=out, x2=batch.opened("bias", bias))
    return batch.result(out)


def _projected(t: Any, standard: Any, scale: Any, axes: tuple[int, ...]) -> Any:
    """The map that is its own transpose, on Tensors: from dx to dx̂, and from the gradient of x̂ to that of x."""
    along = mean(t * standard, axis=axes, keepdims=True)
    return scale * (t - mean(t, axis=axes, keepdims=True) - standard * along)


@jvp(layer_norm, "x")
def _layer_norm_along_x(t: Any, x: Any, weight: Any, normalized_shape: Shape, eps: float) -> Any:
    axes = _last_axes("layer_norm", x.shape, normalized_shape)
    moved = _projected(t, *_standardized(x, axes, eps), axes)
    return moved if weight is None else moved * weight


@jvp(layer_norm, "weight")
def _layer_norm_along_weight(t: Any, x: Any, normalized_shape: Shape, eps: float) -> Any:
    return _standardized(x, _last_axes("layer_norm", x.shape, normalized_shape), eps)[0] * t


jvp(layer_norm, "bias")(lambda t: t)


# -- rms_norm ------------------------------------------------------------------------------------------------------------
# With y = x · s and s = 1 / sqrt(mean(x²) + eps), by the same reasoning: the gradient of x is s · (h - y · mean(h · y)).
@Kernel
def _rms_norm(xp: Any, x: Any, weight: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    scale = 1 / xp.sqrt(xp.mean(x * x, axis=axes, keepdims=True) + eps)
    standard = x * scale
    return standard if weight is None else standard * weight, standard, scale


@Kernel
def _rms_norm_backward(xp: Any, g: Any, weight: Any, standard: Any, scale: Any, axes: tuple[int, ...]) -> Any:
    h = g if weight is None else g * weight
    return scale * (h - standard * xp.mean(h * standard, axis=axes, keepdims=True))


def _rms_eps(x: Any, eps: float | None) -> float:
    return float(adapter_of(raw(x)).functions.finfo(x.dtype).eps) if eps is None else eps


@operator(operands=("x", "weight"), node="FusedRmsNorm", aux=("standard", "scale"))
def rms_norm(x: Any, normalized_shape: Shape, weight: Any = None, eps: float | None = None) -> Any:
    """`x` divided by its root mean square over its last axes, times `weight`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., *normalized_shape)`` and real floating dtype.
    normalized_shape : int or sequence of int
        The lengths of the axes to normalise over.
    weight : Tensor or array, optional
        Of shape `normalized_shape`.
    eps : float, optional
        Added to the mean square. Default: the spacing of the dtype at 1.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    Source: Zhang and Sennrich, arXiv:1910.07467.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import rms_norm
    >>> [round(v, 3) for v in rms_norm(wg.tensor([1.0, 7.0]), 2).tolist()]
    [0.2, 1.4]
    """
    axes = _last_axes("rms_norm", x.shape, normalized_shape)
    if weight is not None and tuple(weight.shape) != tuple(x.shape[-len(axes) :]):
        raise ArgumentError(f"rms_norm: weight: got shape {tuple(weight.shape)}; expected {tuple(x.shape[-len(axes) :])}")
    return _rms_norm(x, weight, axes, _rms_eps(x, eps))


def _rms_standard(x: Any, axes: tuple[int, ...], eps: float | None) -> tuple[Any, Any]:
    scale = 1 / sqrt(mean(x * x, axis=axes, keepdims=True) + _rms_eps(x, eps))
    return x * scale, scale


@rule(rms_norm, "x")
def _rms_norm_x(
    g: Any, x: Any, weight: Any, standard: Any, scale: Any, normalized_shape: Shape, eps: float | None
) -> Any:
    axes = _last_axes("rms_norm", x.shape, normalized_shape)
    if not is_recorded(g):
        return _rms_norm_backward(g, weight, standard, scale, axes)
    standard, scale = _rms_standard(x, axes, eps)
    h = g if weight is None else g * weight
    return scale * (h - standard * mean(h * standard, axis=axes, keepdims=True))


@rule(rms_norm, "weight")
def _rms_norm_weight(g: Any, x: Any, standard: Any, normalized_shape: Shape, eps: float | None) -> Any:
    axes = _last_axes("rms_norm", x.shape, normalized_shape)
    front = tuple(range(len(x.shape) - len(axes)))
    if not is_recorded(g):
        return _layer_norm_weight(g, standard, front)
    return total(g * _rms_standard(x, axes, eps)[0], axis=front)


@batching(rms_norm)
def _(batch: Batch, x: Any, normalized_shape: Shape, weight: Any, eps: float | None) -> Any:
    options = {"normalized_shape": normalized_shape, "eps": eps}
    if batch.batched == {"x"}:
        return batch.call(x=x, weight=weight, **options)[0], None, None
    return _own_affine(batch, batch.call(x=x, weight=None, **options)[0], weight, None), None, None


@jvp(rms_norm, "x")
def _rms_norm_along_x(t: Any, x: Any, weight: Any, normalized_shape: Shape, eps: float | None) -> Any:
    axes = _last_axes("rms_norm", x.shape, normalized_shape)
    standard, scale = _rms_standard(x, axes, eps)
    moved = scale * (t - standard * mean(t * standard, axis=axes, keepdims=True))
    return moved if weight is None else moved * weight


@jvp(rms_norm, "weight")
def _rms_norm_along_weight(t: Any, x: Any, normalized_shape: Shape, eps: float | None) -> Any:
    return _rms_standard(x, _last_axes("rms_norm", x.shape, normalized_shape), eps)[0] * t


# -- groups and batches: compositions ------------------------------------------------------------------------------------
def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """`x` with mean 0 and variance 1 over each group of channels of each sample, times `weight` plus `bias`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(N, C, ...)`` and real floating dtype.
    num_groups : int
        Into how many groups the C channels are divided.
    weight, bias : Tensor or array, optional
        Of shape ``(C,)``.
    eps : float
        Added to the variances.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import group_norm
    >>> [round(v, 3) for v in group_norm(wg.tensor([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0).tolist()[0]]
    [-1.0, 1.0, -1.0, 1.0]
    """
    shape = tuple(x.shape)
    if len(shape) < 2 or num_groups < 1 or shape[1] % num_groups:
        raise ArgumentError(f"group_norm: num_groups: got {num_groups} for x of shape {shape}; expected a divisor of x.shape[1]")
    size = math.prod(shape[1:]) // num_groups
    standard = reshape(layer_norm(reshape(x, (shape[0], num_groups, size)), size, eps=eps), shape)
    return _affine(standard, weight, bias)


def _affine(standard: Any, weight: Any, bias: Any) -> Any:
    """`standard` of shape ``(N, C, ...)`` times the channels' weights plus their biases."""
    along = (-1, *(1,) * (len(standard.shape) - 2))
    if weight is not None:
        standard = standard * reshape(weight, along)
    return standard if bias is None else standard + reshape(bias, along)


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """`x` with mean 0 and variance 1 in each channel, over the samples and positions, times `weight` plus `bias`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(N, C, ...)`` and real floating dtype.
    running_mean, running_var : array or None
        Raw arrays of shape ``(C,)``. Used instead of the batch's own unless `training`; else updated in place, the variance
        with the unbiased estimate.
    weight, bias : Tensor or array, optional
        Of shape ``(C,)``.
    training : bool
        Whether the batch's own mean and variance are used.
    momentum : float
        How far the running statistics move towards the batch's.
    eps : float
        Added to the variances.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    Source: Ioffe and Szegedy, arXiv:1502.03167.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import batch_norm
    >>> y = batch_norm(wg.tensor([[1.0], [3.0]]), None, None, training=True, eps=0.0)
    >>> [round(v[0], 3) for v in y.tolist()]
    [-1.0, 1.0]
    """
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ArgumentError(f"batch_norm: x: got shape {shape}; expected (N, C, ...)")
    axes = (0, *range(2, len(shape)))
    if not training:
        if running_mean is None or running_var is None:
            raise ArgumentError("batch_norm: running_mean and running_var are needed unless training=True, got None")
        along = (-1, *(1,) * (len(shape) - 2))
        scale = 1 / sqrt(reshape(running_var, along) + eps)
        return _affine((x - reshape(running_mean, along)) * scale, weight, bias)
    count = math.prod(shape) // max(shape[1], 1)
    if count < 2:
        raise ArgumentError(f"batch_norm: x: got shape {shape}; training needs more than one value for each channel")
    array = raw(x)
    xp = adapter_of(array).functions
    if isinstance(array, BatchedArray) and (running_mean is not None or running_var is not None):
        raise VmapError(
            "batch_norm: running_mean and running_var would be updated with what differs between the samples of vmap; pass None "
            "for them, or training=False"
        )
    if running_mean is not None:
        _move(running_mean, xp.mean(array, axis=axes), momentum)
    if running_var is not None:
        _move(running_var, xp.var(array, axis=axes, correction=1), momentum)
    return _affine(standardize(x, axes=axes, eps=eps), weight, bias)


def _move(average: Any, value: Any, momentum: float) -> None:
    """Move a running average towards `value`, in its own memory where arrays can be written to."""
    if ACTIVE and isinstance(average, Tensor):
        met(average)
    own = raw(average)
    moved = adapter_of(own).add_into(own, momentum * (value - own))
    if moved is not own:
        average._overwrite(moved)


@Kernel
def _standardize(xp: Any, x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    centred = x - xp.mean(x, axis=axes, keepdims=True)
    scale = 1 / xp.sqrt(xp.mean(centred * centred, axis=axes, keepdims=True) + eps)
    return centred * scale, scale


@Kernel
def _standardize_backward(xp: Any, g: Any, out: Any, scale: Any, axes: tuple[int, ...]) -> Any:
    along = xp.mean(g * out, axis=axes, keepdims=True)
    return scale * (g - xp.mean(g, axis=axes, keepdims=True) - out * along)


@operator(node="NativeBatchNorm", aux=("scale",))
def standardize(x: Any, /, *, axes: tuple[int, ...], eps: float) -> Any:
    """`x` with mean 0 and variance 1 over `axes`."""
    return _standardize(x, axes, eps)


@rule(standardize, "x")
def _standardize_x(g: Any, x: Any, out: Any, scale: Any, axes: tuple[int, ...], eps: float) -> Any:
    if not is_recorded(g):
        return _standardize_backward(g, out, scale, axes)
    return _projected(g, out, _standardized(x, axes, eps)[1], axes)


@jvp(standardize, "x")
def _standardize_jvp(t: Any, x: Any, out: Any, axes: tuple[int, ...], eps: float) -> Any:
    return _projected(t, out, _standardized(x, axes, eps)[1], axes)


@batching(standardize)
def _(batch: Batch, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    out, _ = batch.call(x=x, axes=moved_axes(axes, len(x.shape) - 1), eps=eps)
    return out, None
