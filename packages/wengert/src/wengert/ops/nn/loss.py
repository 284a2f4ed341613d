"""Losses, with the arguments and the conventions of ``torch.nn.functional``."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import adapter_of
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch, elementwise
from ..elementwise import abs as absolute
from ..elementwise import maximum
from ..reductions import sum as total
from ..select import select
from ..statistics import mean
from ..transcendental import log
from .activation import softplus
from .kernels import Kernel, check_reduction, reduced

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]


# -- distances -----------------------------------------------------------------------------------------------------------
@Kernel
def _mse_loss(xp: Any, input: Any, target: Any, reduction: str) -> Any:
    d = input - target
    return d * d if reduction == "none" else xp.mean(d * d) if reduction == "mean" else xp.sum(d * d)


@operator(operands=("input", "target"))
def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The squared difference of `input` and `target`.

    Parameters
    ----------
    input, target : Tensor or array
        Of real floating dtype; their shapes broadcast.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements' losses.

    Returns
    -------
    Tensor or array
        One number, or with ``"none"`` an array of the broadcast shape.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import mse_loss
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> loss = mse_loss(x, wg.tensor([0.0, 4.0]))
    >>> loss.backward()
    >>> loss.item(), x.grad.tolist()
    (2.5, [1.0, -2.0])
    """
    check_reduction(reduction)
    return _mse_loss(input, target, reduction)


@rule(mse_loss, "input")
def _mse_input(g: Any, input: Any, target: Any, reduction: str) -> Any:
    d = input - target
    count = math.prod(d.shape) if reduction == "mean" else 1
    return d * (g * (2.0 / (count or 1)))


@rule(mse_loss, "target")
def _mse_target(g: Any, input: Any, target: Any, reduction: str) -> Any:
    return _mse_input(g, target, input, reduction)


@batching(mse_loss)
def _(batch: Batch, input: Any, target: Any, reduction: str) -> Any:
    losses = elementwise(batch, input=input, target=target, reduction="none")
    axes = tuple(range(1, len(losses.shape)))
    return losses if reduction == "none" else (mean if reduction == "mean" else total)(losses, axis=axes)


@jvp(mse_loss, "input")
def _mse_along_input(t: Any, input: Any, target: Any, reduction: str) -> Any:
    return reduced(2.0 * (input - target) * t, reduction)


@jvp(mse_loss, "target")
def _mse_along_target(t: Any, input: Any, target: Any, reduction: str) -> Any:
    return _mse_along_input(t, target, input, reduction)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The absolute difference of `input` and `target`. Parameters and result as in `mse_loss`; the slope at 0 is 0.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import l1_loss
    >>> l1_loss(wg.tensor([1.0, 2.0]), wg.tensor([0.0, 4.0])).item()
    1.5
    """
    return reduced(absolute(input - target), reduction)


def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """The absolute difference, rounded off to a parabola within `beta` of 0: d² / (2 beta), else abs(d) - beta / 2.

    Parameters and result as in `mse_loss`, and

    beta : float
        Not negative; 0 gives `l1_loss`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import smooth_l1_loss
    >>> smooth_l1_loss(wg.tensor([0.5, 3.0]), wg.tensor([0.0, 0.0]), reduction="none").tolist()
    [0.125, 2.5]
    """
    if beta < 0:
        raise ArgumentError(f"smooth_l1_loss: beta: got {beta}; expected a number that is not negative")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    d = input - target
    size = absolute(d)
    return reduced(select(size < beta, d * d * (0.5 / beta), size - 0.5 * beta), reduction)


def huber_loss(input: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Any:
    """A parabola within `delta` of 0 and straight outside: d² / 2, else delta · (abs(d) - delta / 2).

    Parameters and result as in `mse_loss`, and

    delta : float
        Positive.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import huber_loss
    >>> huber_loss(wg.tensor([0.5, 3.0]), wg.tensor([0.0, 0.0]), reduction="none", delta=2.0).tolist()
    [0.125, 4.0]
    """
    if delta <= 0:
        raise ArgumentError(f"huber_loss: delta: got {delta}; expected a positive number")
    d = input - target
    size = absolute(d)
    return reduced(select(size < delta, d * d * 0.5, delta * (size - 0.5 * delta)), reduction)


# -- two classes ---------------------------------------------------------------------------------------------------------
@operator(operands=("input", "target"), node="BinaryCrossEntropy", diagonal=True)
def bernoulli_loss(input: Any, target: Any) -> Any:
    """Elementwise -(t log x + (1 - t) log(1 - x)), the logarithms cut off at -100 as in PyTorch."""
    xp = adapter_of(input).functions
    yes = xp.where(input < _TINY, -100.0, xp.log(xp.maximum(input, _TINY)))
    no = xp.where(input == 1, -100.0, xp.log1p(-xp.where(input == 1, 0.0, input)))
    return -(target * yes + (1 - target) * no)


_TINY = math.exp(-100)


@rule(bernoulli_loss, "input")
def _bernoulli_input(g: Any, input: Any, target: Any) -> Any:
    # As in PyTorch the variance x (1 - x) is kept away from 0, so that a certain prediction has a finite slope.
    return g * (input - target) / maximum(input * (1 - input), 1e-12)


@rule(bernoulli_loss, "target")
def _bernoulli_target(g: Any, input: Any) -> Any:
    return g * (log(1 - input) - log(input))


batching(bernoulli_loss)(elementwise)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """The cross entropy of probabilities `input` for the targets `target`: -(t log x + (1 - t) log(1 - x)).

    Parameters
    ----------
    input : Tensor or array
        Probabilities, from 0 to 1.
    target : Tensor or array
        Likewise; of the same shape.
    weight : Tensor or array, optional
        Factors of the elements' losses; broadcast.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements' losses.

    Returns
    -------
    Tensor or array
        One number, or with ``"none"`` an array of the shape of `input`.

    Notes
    -----
    As in PyTorch, logarithms are cut off at -100, and the slope divides by no less than 1e-12.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import binary_cross_entropy
    >>> x = wg.tensor([0.5, 0.75], requires_grad=True)
    >>> loss = binary_cross_entropy(x, wg.tensor([0.0, 1.0]), reduction="sum")
    >>> loss.backward()
    >>> round(loss.item(), 4), [round(v, 4) for v in x.grad.tolist()]
    (0.9808, [2.0, -1.3333])
    """
    if tuple(input.shape) != tuple(target.shape):
        raise ArgumentError(
            f"binary_cross_entropy: target: got shape {tuple(target.shape)}; expected that of input, {tuple(input.shape)}"
        )
    losses = bernoulli_loss(input, target)
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """`binary_cross_entropy` of ``sigmoid(input)``, computed without rounding to certainty.

    Parameters
    ----------
    input : Tensor or array
        Logits.
    target : Tensor or array
        Probabilities, of the same shape.
    weight : Tensor or array, optional
        Factors of the elements' losses; broadcast.
    reduction : {"mean", "sum", "none"}
        What becomes of the elements' losses.
    pos_weight : Tensor or array, optional
        Factors of the positive targets' part of the losses; broadcast.

    Returns
    -------
    Tensor or array
        One number, or with ``"none"`` an array of the shape of `input`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import binary_cross_entropy_with_logits
    >>> x = wg.tensor([0.0, 1000.0], requires_grad=True)
    >>> loss = binary_cross_entropy_with_logits(x, wg.tensor([1.0, 0.0]), reduction="sum")
    >>> loss.backward()
    >>> round(loss.item(), 4), x.grad.tolist()
    (1000.6931, [-0.5, 1.0])
    """
    if tuple(input.shape) != tuple(target.shape):
        raise ArgumentError(
            "binary_cross_entropy_with_logits: target: got shape "
            f"{tuple(target.shape)}; expected that of input, {tuple(input.shape)}"
        )
    # -log sigmoid(x) = softplus(-x), and softplus(x) = softplus(-x) + x.
    if pos_weight is None:
        losses = softplus(input, threshold=_NEVER) - input * target
    else:
        losses = (1 - target) * input + (1 + (pos_weight - 1) * target) * softplus(-input, threshold=_NEVER)
    return reduced(losses if weight is None else losses * weight, reduction)


_NEVER = float("inf")
