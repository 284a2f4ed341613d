"""Losses as modules."""

from __future__ import annotations

from typing import Any

from ...autograd.tensor import Tensor
from ..functional import binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss, nll_loss
from ..module import Module

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss", "L1Loss", "MSELoss", "NLLLoss"]


class _Loss(Module):
    """A loss with a `reduction`: ``"mean"``, ``"sum"`` or ``"none"``."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction


class CrossEntropyLoss(_Loss):
    """The cross entropy of logits and class numbers or class probabilities, see `wengert.nn.functional.cross_entropy`.

    Parameters
    ----------
    weight : Tensor, optional
        A factor for each class.
    ignore_index : int
        Targets of this number count nothing.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses of the samples.
    label_smoothing : float
        From 0 to 1: how much of each target is spread evenly over the classes.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> round(nn.CrossEntropyLoss()(wg.tensor([[0.0, 0.0]]), wg.tensor([1])).item(), 4)
    0.6931
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of logits `input` of shape ``(N, C, ...)``."""
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Loss):
    """The negative log likelihood of class numbers, of logarithms of probabilities; parameters as for `CrossEntropyLoss`."""

    def __init__(self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of log-probabilities `input` of shape ``(N, C, ...)``."""
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """The cross entropy of logits of single events and their probabilities.

    Parameters
    ----------
    weight, pos_weight : Tensor, optional
        Factors of the losses, and of their part for events that happen.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses.
    """

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean", pos_weight: Tensor | None = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of logits `input`."""
        return binary_cross_entropy_with_logits(input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight)


class MSELoss(_Loss):
    """The squared differences.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.MSELoss()(wg.tensor([1.0, 3.0]), wg.tensor([0.0, 0.0])).item()
    5.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input`."""
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The absolute differences."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input`."""
        return l1_loss(input, target, reduction=self.reduction)
