"""What layers share."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import library
from ...arrays.dtypes import native_dtype
from ...ops.random import Generator
from .. import init
from ..parameter import Parameter

__all__ = ["affine_reset", "affine_text", "parameter"]


def parameter(shape: tuple[int, ...], dtype: Any, value: float = 0.0) -> Parameter:
    """A new parameter of one value; float32 by default, as in PyTorch."""
    adapter = library("numpy")
    return Parameter(adapter.xp.full(shape, value, dtype=native_dtype(dtype or "float32", adapter)))


def affine_reset(weight: Parameter, bias: Parameter | None, generator: Generator | None) -> None:
    """PyTorch's initial values of linear and convolution layers: all even within ±1 / √fan-in."""
    init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)  # whose bound is just that
    if bias is not None:
        fan_in, _ = init.fans(weight._shape)
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        init.uniform_(bias, -bound, bound, generator)


def affine_text(**options: Any) -> str:
    """``name=value, ...``, for a ``repr``."""
    return ", ".join(f"{name}={value!r}" for name, value in options.items())
