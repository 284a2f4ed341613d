"""What ``torch.ops.aten`` has that is no operator of Wengert's by another name, but is put together from some."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...autograd.node import NO_EDGE
from ...autograd.tensor import wrap
from ...errors import UnsupportedError
from ...ops.nn.convolution import gradients_of_convolution
from ...ops.strides import layout_of

__all__ = ["FUNCTIONS"]


def _convolution_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    bias_sizes: Any,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """The gradients of input, weight and bias of a convolution, those that `output_mask` asks for."""
    if transposed:
        raise UnsupportedError("convolution_backward: transposed=True is not supported")
    return gradients_of_convolution(grad_output, input, weight, stride, padding, dilation, groups, output_mask)


def _new_zeros_with_same_feature_meta(self: Any, other: Any, *, self_num_batch_dims: int = 0) -> Any:
    """Zeros that lie in memory as `other` does, once for each of the samples along the first axes of `self`."""
    size, stride, offset, length = layout_of(other._array)
    samples = self._shape[:self_num_batch_dims]
    steps = [length * math.prod(samples[axis + 1 :]) for axis in range(len(samples))]
    memory = np.zeros(length * math.prod(samples), other._dtype)
    item = memory.itemsize
    array = np.ndarray((*samples, *size), memory.dtype, memory, offset * item, [s * item for s in (*steps, *stride)])
    return wrap(array, NO_EDGE, other._family)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "convolution_backward.default": _convolution_backward,
    "_new_zeros_with_same_feature_meta.default": _new_zeros_with_same_feature_meta,
}
