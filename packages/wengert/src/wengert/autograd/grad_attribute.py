"""What may be assigned to ``tensor.grad`` (rule G5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..errors import GradientMismatchError, GradientTypeError
from .origins import type_name
from .saved import is_tensor

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["checked_grad"]


def checked_grad(tensor: Tensor, value: Any) -> Tensor | None:
    """`value` if it can be the gradient of `tensor`.

    Raises
    ------
    GradientTypeError
        If it is neither a Tensor nor None.
    GradientMismatchError
        If its shape, dtype or library differ, or it is `tensor` itself.
    """
    if value is None:
        return None
    if not is_tensor(value):
        raise GradientTypeError(f"grad: expected a Tensor or None, got {type_name(value)}")
    if value is tensor:
        raise GradientMismatchError("grad: can't assign a tensor as its own gradient")
    for what, got, expected in (
        ("library", adapter_of(value._array).name, adapter_of(tensor._array).name),
        ("dtype", value._dtype, tensor._dtype),
        ("shape", value._shape, tensor._shape),
    ):
        if got != expected:
            raise GradientMismatchError(f"grad: the assigned gradient has {what} {got}, the tensor has {what} {expected}")
    return value
