"""Writing to tensors from outside the graph: values, gradients of zero, another dtype or device.

Nothing here is recorded. Writes count as in-place operations, so that a tensor saved for the backward notices them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.dtypes import native_dtype
from ..autograd.tensor import Tensor
from ..autograd.views import announce_write
from ..errors import DtypeError

__all__ = ["converter", "write", "zero_grad"]


def write(tensor: Tensor, array: Any) -> None:
    """Give `tensor` the values of `array`, of the same shape: in its own memory where its library lets us."""
    own, other = tensor._adapter, adapter_of(array)
    if other is not own:
        array = own.from_host(other.to_host(array), tensor.device)
    announce_write(tensor)
    if own.mutable:
        tensor._array[...] = own.cast(array, tensor._dtype)
        tensor._counter().value += 1
    else:
        tensor._overwrite(own.cast(array, tensor._dtype))


def zero_grad(tensor: Tensor, set_to_none: bool) -> None:
    """Drop the gradient of `tensor`, or make it zeros."""
    if set_to_none or tensor._grad is None:
        tensor.grad = None
        return
    grad = tensor.grad
    assert grad is not None
    if not grad.is_leaf:  # it carries a graph, which must stay true
        grad = tensor._grad = grad.clone().detach()
    grad.requires_grad_(False)
    write(grad, grad._adapter.zeros(grad._shape, grad._dtype, grad._array))


def converter(dtype: Any = None, device: Any = None) -> Callable[[Tensor], None]:
    """A function that converts a tensor, and its gradient, to `dtype` if it is floating or complex, and moves it to `device`."""

    def convert(tensor: Tensor) -> None:
        array = _converted(tensor._array, dtype, device)
        if array is not tensor._array:
            # Not an in-place operation: what was saved of the old values stays what it was.
            tensor._take(array)
        if tensor._grad is not None:
            tensor._grad = tensor._grad.detach()
            convert(tensor._grad)

    return convert


def _converted(array: Any, dtype: Any, device: Any) -> Any:
    adapter: Adapter = adapter_of(array)
    if dtype is not None and adapter.kind(array.dtype) in "fc":
        wanted = native_dtype(dtype, adapter)
        if adapter.kind(wanted) not in "fc":
            raise DtypeError(f"to: dtype must be floating or complex, got {wanted}")
        array = adapter.cast(array, wanted)
    if device is not None and device != adapter.device(array):
        array = adapter.asarray(array, device=device)
    return array
