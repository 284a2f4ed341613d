"""What may be assigned to ``tensor.grad`` and ``tensor.grad_dtype`` (rules G5.6, G5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..arrays.dtypes import native_dtype
from ..errors import DtypeError, GradientMismatchError, GradientTypeError, RequiresGradDtypeError
from .origins import type_name
from .saved import is_tensor

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["checked_grad", "checked_grad_dtype"]


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
        raise GradientTypeError(f"grad: expected to be a Tensor or None, got {type_name(value)}")
    if value is tensor:
        raise GradientMismatchError("grad: can't assign a tensor as its own gradient")
    for what, got, expected in (
        ("library", adapter_of(value._array).name, adapter_of(tensor._array).name),
        ("dtype", value._dtype, _expected_dtype(tensor, value)),
        ("shape", value._shape, tensor._shape),
    ):
        if got != expected:
            if what == "dtype":
                raise GradientMismatchError(
                    f"grad: attempting to assign a gradient with dtype {got} to a tensor with grad_dtype {expected}"
                )
            raise GradientMismatchError(f"grad: the assigned gradient has {what} {got}, the tensor has {what} {expected}")
    return value


def _expected_dtype(tensor: Tensor, value: Tensor) -> Any:
    if not tensor.is_leaf:
        return tensor._dtype
    return value._dtype if tensor.grad_dtype is None else tensor.grad_dtype


def checked_grad_dtype(tensor: Tensor, value: Any) -> Any:
    """`value` as a dtype of the tensor's library, if gradients of `tensor` can have it; None stays None.

    Raises
    ------
    RequiresGradDtypeError
        If it is no dtype, or gradients cannot be of it.
    GradientMismatchError
        If there is a gradient of another dtype already.
    """
    if value is None:
        return None
    adapter = adapter_of(tensor._array)
    try:
        dtype = native_dtype(value, adapter)
    except DtypeError as error:
        raise RequiresGradDtypeError(f"grad_dtype: expected a dtype or None, got {value!r}") from error
    if adapter.kind(dtype) not in "fc":
        raise RequiresGradDtypeError(f"grad_dtype: gradients are of floating point or complex dtype, got {dtype}")
    if tensor._grad is not None and tensor._grad._dtype != dtype:
        raise GradientMismatchError(
            f"Cannot set grad_dtype to {dtype} because there is already a gradient, of dtype {tensor._grad._dtype}; set .grad to "
            "None first"
        )
    return dtype
