"""Activations as modules: each calls the function of its name."""

from __future__ import annotations

from typing import Any

from ..functional import elu, gelu, leaky_relu, log_softmax, relu, sigmoid, silu, softmax, softplus, tanh
from ..module import Module
from .common import affine_text

__all__ = ["ELU", "GELU", "LeakyReLU", "LogSoftmax", "ReLU", "SiLU", "Sigmoid", "Softmax", "Softplus", "Tanh"]


class ReLU(Module):
    """``max(x, 0)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.ReLU()(wg.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def forward(self, x: Any) -> Any:
        """The positive part of `x`."""
        return relu(x)


class LeakyReLU(Module):
    """x where it is positive, else `negative_slope` times x."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        """Bend `x` at zero."""
        return leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        return affine_text(negative_slope=self.negative_slope)


class ELU(Module):
    """x where it is positive, else ``alpha (exp(x) - 1)``."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """Bend `x` at zero."""
        return elu(x, self.alpha)

    def extra_repr(self) -> str:
        return affine_text(alpha=self.alpha)


class GELU(Module):
    """x times the probability that a standard normal number is smaller; ``approximate="tanh"`` for the usual short-cut."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        """Weigh `x`."""
        return gelu(x, self.approximate)

    def extra_repr(self) -> str:
        return affine_text(approximate=self.approximate)


class SiLU(Module):
    """x times its sigmoid."""

    def forward(self, x: Any) -> Any:
        """Weigh `x`."""
        return silu(x)


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Sigmoid()(wg.tensor(0.0)).item()
    0.5
    """

    def forward(self, x: Any) -> Any:
        """Squash `x` into (0, 1)."""
        return sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x: Any) -> Any:
        """Squash `x` into (-1, 1)."""
        return tanh(x)


class Softplus(Module):
    """``log(1 + exp(beta x)) / beta``; x itself where ``beta x`` is above `threshold`."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, x: Any) -> Any:
        """A smooth positive part of `x`."""
        return softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return affine_text(beta=self.beta, threshold=self.threshold)


class Softmax(Module):
    """Positive numbers that sum to one over `axis`, in the ratios of ``exp(x)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Softmax(axis=-1)(wg.tensor([1.0, 1.0])).tolist()
    [0.5, 0.5]
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Normalize `x`."""
        return softmax(x, self.axis)

    def extra_repr(self) -> str:
        return affine_text(axis=self.axis)


class LogSoftmax(Module):
    """The logarithm of the softmax over `axis`."""

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Normalize `x`."""
        return log_softmax(x, self.axis)

    def extra_repr(self) -> str:
        return affine_text(axis=self.axis)
