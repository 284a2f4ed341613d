"""`Linear` and `Identity`."""

from __future__ import annotations

from typing import Any

from ...ops.random import Generator
from ..functional import linear
from ..module import Module
from .common import affine_reset, affine_text, parameter

__all__ = ["Identity", "Linear"]


class Linear(Module):
    """``x @ weight.T + bias``.

    Parameters
    ----------
    in_features, out_features : int
        The lengths of the last axis of input and output.
    bias : bool
        Whether there is one.
    dtype : dtype, optional
        Of the parameters. Default: float32.
    generator : Generator, optional
        Where the initial values come from: even within ±1 / √in_features, as in PyTorch.

    Attributes
    ----------
    weight : Parameter
        Of shape ``(out_features, in_features)``.
    bias : Parameter or None
        Of shape ``(out_features,)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Linear(4, 3)(wg.zeros((2, 4), dtype=wg.float32)).shape
    (2, 3)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = parameter((out_features, in_features), dtype)
        self.register_parameter("bias", parameter((out_features,), dtype) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        affine_reset(self.weight, self.bias, generator)

    def forward(self, x: Any) -> Any:
        """Map the last axis of `x`."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return affine_text(in_features=self.in_features, out_features=self.out_features, bias=self.bias is not None)


class Identity(Module):
    """Gives back its input; takes and ignores any arguments when it is made.

    Examples
    --------
    >>> from wengert import nn
    >>> nn.Identity(3, what="ever")(5)
    5
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """Give back `x`."""
        return x
