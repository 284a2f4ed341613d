"""Initial values of parameters: the functions of PyTorch's ``nn.init``, in place and unrecorded.

*Fan in* is how many numbers enter one output of a layer with the given weight, *fan out* how many outputs one number enters:
the second and the first axis of the weight, times the size of the kernel for convolutions.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from ..arrays.adapter import adapter_of
from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from ..ops import random
from ..ops.random import Generator
from .writing import write

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

Mode = Literal["fan_in", "fan_out"]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Fan in and fan out of a weight of `shape`."""
    if len(shape) < 2:
        raise ArgumentError(f"fan in and fan out need a weight of at least two axes, got shape {shape}")
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much the spread of a weight must be larger because of the nonlinearity that follows.

    Examples
    --------
    >>> from wengert import nn
    >>> round(nn.init.calculate_gain("relu"), 4)
    1.4142
    """
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity in ("linear", "sigmoid", "conv1d", "conv2d"):
        return 1.0
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in gains:
        raise ArgumentError(f"nonlinearity: got {nonlinearity!r}; expected linear, sigmoid, leaky_relu, {', '.join(gains)}")
    return gains[nonlinearity]


def _fill(tensor: Tensor, draw: Any) -> Tensor:
    """Write ``draw(shape, dtype)`` to `tensor`; the parts of complex numbers are drawn like real ones."""
    adapter = adapter_of(tensor._array)
    dtype = adapter.real_dtype(tensor._dtype)
    values = draw(tensor._shape, dtype)._array
    if adapter.kind(tensor._dtype) == "c":
        values = values + 1j * draw(tensor._shape, dtype)._array
    write(tensor, values)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill `tensor` with numbers between `a` and `b`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> w = nn.init.uniform_(wg.zeros((2, 2)), -1.0, 1.0)
    >>> bool((abs(w) <= 1).array.all())
    True
    """
    return _fill(tensor, lambda shape, dtype: random.uniform(shape, low=a, high=b, dtype=dtype, generator=generator))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill `tensor` with normally distributed numbers."""
    return _fill(tensor, lambda shape, dtype: random.normal(shape, mean=mean, std=std, dtype=dtype, generator=generator))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill `tensor` with one number.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.init.constant_(wg.zeros(3), 0.5).tolist()
    [0.5, 0.5, 0.5]
    """
    adapter = adapter_of(tensor._array)
    write(tensor, adapter.functions.full(tensor._shape, val, dtype=tensor._dtype))
    return tensor


def ones_(tensor: Tensor) -> Tensor:
    """Fill `tensor` with ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill `tensor` with zeros."""
    return constant_(tensor, 0.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a weight evenly, with the variance ``2 gain² / (fan in + fan out)`` (Glorot and Bengio 2010)."""
    bound = gain * math.sqrt(6 / sum(fans(tensor._shape)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a weight normally, with the variance ``2 gain² / (fan in + fan out)`` (Glorot and Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans(tensor._shape))), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: Mode, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"mode: got {mode!r}; expected 'fan_in' or 'fan_out'")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(tensor._shape)[mode == "fan_out"])


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill a weight evenly, with the variance ``gain² / fan`` (He et al. 2015); `a` is the slope of the leaky ReLU.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> w = nn.init.kaiming_uniform_(wg.zeros((100, 6)), nonlinearity="relu")
    >>> bool((abs(w) <= 1).array.all())
    True
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill a weight normally, with the variance ``gain² / fan`` (He et al. 2015); `a` is the slope of the leaky ReLU."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)
