"""Losses of classification among many classes, with the arguments and the conventions of ``torch.nn.functional``."""

from __future__ import annotations

from typing import Any

from ...arrays.adapter import adapter_of
from ...arrays.batched import seen_anywhere
from ...autograd.tensor import TENSORS, wrap
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch
from ..dtypes import astype
from ..elementwise import maximum
from ..indexing import take_along_axis
from ..manipulation import expand_dims, reshape, squeeze
from ..reductions import sum as total
from .kernels import Kernel, check_library, check_reduction, is_recorded, raw, reduced
from .softmaxes import log_softmax, softmax

__all__ = ["cross_entropy", "nll_loss"]


def _class_axis(shape: tuple[int, ...]) -> int:
    return 0 if len(shape) == 1 else 1


def _check_classes(name: str, shape: tuple[int, ...], target_shape: tuple[int, ...]) -> None:
    axis = _class_axis(shape)
    if not shape or tuple(target_shape) != (*shape[:axis], *shape[axis + 1 :]):
        raise ArgumentError(
            f"{name}: target: got shape {tuple(target_shape)} for input of shape {tuple(shape)}; expected input's shape without "
            "its class axis (1, or 0 of a single sample)"
        )


def _valid(xp: Any, target: Any, classes: int, ignore_index: int) -> tuple[Any, Any]:
    """Which targets count, and the targets with 0 for the others."""
    valid = target != ignore_index
    index = xp.where(valid, target, xp.zeros_like(target))
    if seen_anywhere((index < 0) | (index >= classes)):
        raise ArgumentError(f"target: expected classes from 0 to {classes - 1} or ignore_index={ignore_index}")
    return valid, index


@Kernel
def _class_loss(xp: Any, x: Any, target: Any, ignore_index: int, reduction: str) -> tuple[Any, Any, Any]:
    """The loss, what of its derivative does not depend on the gradient, and what that is divided by: never 0."""
    axis = _class_axis(x.shape)
    valid, index = _valid(xp, target, x.shape[axis], ignore_index)
    z = x - xp.max(x, axis=axis, keepdims=True)
    z = z - xp.log(xp.sum(xp.exp(z), axis=axis, keepdims=True))
    picked = xp.squeeze(xp.take_along_axis(z, xp.expand_dims(index, axis=axis), axis=axis), axis=axis)
    losses = xp.where(valid, -picked, xp.zeros_like(picked))
    if reduction != "none":
        losses = xp.sum(losses)
    difference = (xp.exp(z) - _hot(xp, target, x)) * _counted(xp, target, x, ignore_index)
    if reduction != "mean":
        return losses, difference, 1
    count = xp.sum(xp.astype(valid, x.dtype))
    return losses / count, difference, xp.maximum(count, 1)


def _hot(xp: Any, target: Any, like: Any) -> Any:
    """1 at the target classes of the shape and dtype of `like`, else 0."""
    axis = _class_axis(like.shape)
    classes = xp.arange(like.shape[axis], dtype=target.dtype)
    classes = xp.reshape(classes, (-1, *(1,) * (len(like.shape) - axis - 1)))
    return xp.astype(classes == xp.expand_dims(target, axis=axis), like.dtype)


def _counted(xp: Any, target: Any, like: Any, ignore_index: int) -> Any:
    """1 for every sample that counts, else 0, with an axis for the classes."""
    return xp.expand_dims(xp.astype(target != ignore_index, like.dtype), axis=_class_axis(like.shape))


@operator(operands=("input", "target"), node="CrossEntropyLoss", aux=("difference", "count"))
def class_loss(input: Any, target: Any, *, ignore_index: int, reduction: str) -> Any:
    """`cross_entropy` for class numbers, fused: its derivative is (softmax - target), which the forward has at hand."""
    return _class_loss(input, target, ignore_index, reduction)


@rule(class_loss, "input")
def _class_loss_input(
    g: Any, input: Any, target: Any, difference: Any, count: Any, ignore_index: int, reduction: str
) -> Any:
    axis = _class_axis(input.shape)
    if reduction == "none":
        g = expand_dims(g, axis=axis)
    elif reduction == "mean":
        g = g / count
    if is_recorded(g):
        # What was kept is a constant; a second derivative needs it as a function of the operand.
        difference = _difference(input, target, ignore_index)
    return difference * g


@batching(class_loss)
def _(batch: Batch, input: Any, target: Any, ignore_index: int, reduction: str) -> tuple[Any, Any, Any]:
    input, target = batch.whole("input", input), batch.whole("target", target)
    if len(input.shape) > 2:  # the samples of all samples as one batch
        single = input.shape[1:]
        flat, numbers = reshape(input, (-1, *single[1:])), reshape(target, (-1, *single[2:]))
    else:
        flat, numbers = input, target
    losses, difference, _ = batch.call(input=flat, target=numbers, ignore_index=ignore_index, reduction="none")
    losses, difference = reshape(losses, target.shape), reshape(difference, input.shape)
    if reduction == "none":
        return losses, difference, 1
    axes = tuple(range(1, len(target.shape)))
    losses = total(losses, axis=axes)
    if reduction == "sum":
        return losses, difference, 1
    count = total(astype(target != ignore_index, input.dtype), axis=axes)
    return losses / count, difference, maximum(count, 1)


def _difference(input: Any, target: Any, ignore_index: int) -> Any:
    """What `_class_loss` keeps for the derivative, in operators."""
    target = raw(target)
    xp = adapter_of(target).functions
    return (softmax(input, _class_axis(input.shape)) - _hot(xp, target, input)) * _counted(xp, target, input, ignore_index)


@jvp(class_loss, "input")
def _class_loss_jvp(t: Any, input: Any, target: Any, count: Any, ignore_index: int, reduction: str) -> Any:
    losses = total(_difference(input, target, ignore_index) * t, axis=_class_axis(input.shape))
    return losses if reduction == "none" else total(losses) / count


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of the classes' logits `input` for `target`: -Σ t log softmax(x).

    Parameters
    ----------
    input : Tensor or array
        Logits of shape ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)`` for C classes.
    target : Tensor or array
        Class numbers, of the shape of `input` without the axis of the classes; or probabilities of the classes, of the shape
        and a dtype of `input`.
    weight : Tensor or array, optional
        A factor for each class, of shape ``(C,)``; no gradient flows to it.
    ignore_index : int
        Targets of this number count nothing. Only for class numbers.
    reduction : {"mean", "sum", "none"}
        What becomes of the samples' losses. The mean is weighted, by the target classes' weights.
    label_smoothing : float
        From 0 to 1: how much of each target is spread evenly over the classes.

    Returns
    -------
    Tensor or array
        One number, or with ``"none"`` an array with a loss for each sample.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import cross_entropy
    >>> x = wg.tensor([[0.0, 0.0], [0.0, 0.0]], requires_grad=True)
    >>> loss = cross_entropy(x, wg.tensor([0, 1]))
    >>> loss.backward()
    >>> round(loss.item(), 4), x.grad.tolist()
    (0.6931, [[-0.25, 0.25], [0.25, -0.25]])
    """
    check_reduction(reduction)
    check_library("cross_entropy", "weight", weight, input)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"cross_entropy: label_smoothing: got {label_smoothing}; expected a number from 0 to 1")
    if adapter_of(raw(target)).kind(target.dtype) == "f":
        return _distribution_loss(input, target, weight, reduction, label_smoothing)
    _check_classes("cross_entropy", input.shape, target.shape)
    if weight is None and not label_smoothing:
        if type(input) in TENSORS and type(target) not in TENSORS:
            target = wrap(target)
        return class_loss(input, target, ignore_index=ignore_index, reduction=reduction)
    axis = _class_axis(input.shape)
    logs = log_softmax(input, axis)
    loss = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return loss
    factors = _sample_factors(target, weight, input, ignore_index)
    counted = _sample_factors(target, None, input, ignore_index)
    if weight is not None:
        logs = logs * _along(raw(weight), axis, len(input.shape))
    even = total(logs, axis=axis) * -counted
    if reduction != "none":
        even = total(even) / (_total_of(factors) if reduction == "mean" else 1)
    return (1 - label_smoothing) * loss + (label_smoothing / input.shape[axis]) * even


def _distribution_loss(input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float) -> Any:
    """`cross_entropy` for probabilities."""
    if tuple(target.shape) != tuple(input.shape):
        raise ArgumentError(
            f"cross_entropy: target: got probabilities of shape {tuple(target.shape)}; expected that of input, "
            f"{tuple(input.shape)}"
        )
    axis = _class_axis(input.shape)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    logs = log_softmax(input, axis)
    if weight is not None:
        logs = logs * _along(raw(weight), axis, len(input.shape))
    losses = -total(logs * target, axis=axis)
    return reduced(losses, reduction)


def _along(weight: Any, axis: int, ndim: int) -> Any:
    """A factor for each class, shaped to multiply an array of `ndim` axes."""
    return adapter_of(weight).functions.reshape(weight, (-1, *(1,) * (ndim - axis - 1)))


def _sample_factors(target: Any, weight: Any, input: Any, ignore_index: int) -> Any:
    """What each sample's loss is multiplied by, as a raw array: its class's weight, or 0 if it is ignored."""
    target = raw(target)
    xp = adapter_of(target).functions
    valid, index = _valid(xp, target, input.shape[_class_axis(input.shape)], ignore_index)
    valid = xp.astype(valid, input.dtype)
    if weight is None:
        return valid
    return valid * xp.reshape(xp.take(raw(weight), xp.reshape(index, (-1,)), axis=0), index.shape)


def _total_of(factors: Any) -> Any:
    return adapter_of(factors).functions.sum(factors)


def nll_loss(input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """The negative log-likelihood: what `input`, logarithms of probabilities, has at the target classes, negated.

    Parameters
    ----------
    input : Tensor or array
        Log-probabilities of shape ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)`` for C classes.
    target : Tensor or array
        Class numbers, of the shape of `input` without the axis of the classes.
    weight : Tensor or array, optional
        A factor for each class, of shape ``(C,)``; no gradient flows to it.
    ignore_index : int
        Targets of this number count nothing.
    reduction : {"mean", "sum", "none"}
        What becomes of the samples' losses. The mean is weighted, by the target classes' weights.

    Returns
    -------
    Tensor or array
        One number, or with ``"none"`` an array with a loss for each sample.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import nll_loss
    >>> nll_loss(wg.tensor([[-0.5, -1.5], [-2.0, -3.0]]), wg.tensor([0, 1])).item()
    1.75
    """
    check_reduction(reduction)
    check_library("nll_loss", "weight", weight, input)
    _check_classes("nll_loss", input.shape, target.shape)
    axis = _class_axis(input.shape)
    factors = _sample_factors(target, weight, input, ignore_index)
    target = raw(target)
    xp = adapter_of(target).functions
    index = xp.expand_dims(xp.where(target == ignore_index, xp.zeros_like(target), target), axis=axis)
    losses = squeeze(take_along_axis(input, index, axis=axis), axis=axis) * -factors
    if reduction == "none":
        return losses
    return total(losses) / _total_of(factors) if reduction == "mean" else total(losses)
