"""PyTorch: arrays are mutable, on any device; PyTorch's own autograd stays out of it."""

from __future__ import annotations

from typing import Any

import array_api_compat.torch as xp
import numpy as np
import torch

from ..errors import InPlaceError
from .adapter import ADAPTERS, DIRECT, Adapter

__all__ = ["TorchAdapter", "adapter"]


class TorchAdapter(Adapter):
    """The adapter of PyTorch's tensors."""

    name = "torch"
    xp = xp
    array_types = (torch.Tensor,)

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, torch.Tensor) else torch.asarray(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        if dtype is None and not isinstance(data, torch.Tensor) and not hasattr(data, "__dlpack__"):
            data = _doubles(data)  # numbers are float64, as in the other libraries
        made = xp.asarray(data, dtype=dtype, device=device, copy=copy)
        return made.detach() if made.requires_grad else made

    def copy(self, array: Any) -> Any:
        return array.clone(memory_format=torch.contiguous_format)

    def copy_like(self, array: Any, like: Any) -> Any:
        return torch.empty_like(like, dtype=array.dtype).copy_(array)

    # -- shared memory and writing ---------------------------------------------------------------------------------
    def shares(self, result: Any, source: Any) -> bool:
        return bool(result is source or result.untyped_storage() is source.untyped_storage())

    def memory(self, array: Any) -> Any:
        return array.untyped_storage()  # one Python object as long as the memory lives

    def order(self, array: Any) -> tuple[int, ...] | None:
        if array.is_contiguous():
            return None
        strides = array.stride()
        order = tuple(sorted(range(array.ndim), key=lambda axis: -strides[axis]))
        return None if order == tuple(range(array.ndim)) else order

    def writable(self, array: Any) -> Any:
        if any(stride == 0 and n > 1 for stride, n in zip(array.stride(), array.shape, strict=True)):
            raise InPlaceError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location; write "
                "to a clone() of it"
            )
        return array

    def assign(self, target: Any, value: Any) -> Any:
        into = self.writable(target)
        into.copy_(value) if isinstance(value, torch.Tensor) else into.copy_(torch.as_tensor(value, device=target.device))
        return target

    def write(self, target: Any, function: Any, args: tuple[Any, ...], what: str) -> Any:
        try:
            value = self.normalise(function(*args))
        except RuntimeError as error:  # shapes that do not broadcast
            raise InPlaceError(f"{what}: {error}") from error
        return self.assign(target, self.fitting(value, target, what))

    def fill(self, target: Any, value: Any) -> Any:
        once = target[tuple([slice(None if s else 1) for s in target.stride()]) or ...]
        self.assign(once, value)
        return target

    def put(self, target: Any, key: Any, value: Any) -> Any:
        self.writable(target)[key] = value
        return target

    def cast(self, array: Any, dtype: Any) -> Any:
        return array.to(dtype)

    def device(self, array: Any) -> Any:
        return array.device

    def to_host(self, array: Any) -> Any:
        return array.detach().resolve_conj().resolve_neg().cpu().numpy()

    def from_host(self, array: Any, device: Any) -> Any:
        return torch.from_numpy(np.array(array)).to(device)

    def complex_parts(self, array: Any) -> Any:
        return torch.view_as_real(array.resolve_conj())

    def complex_from(self, parts: Any) -> Any:
        return torch.view_as_complex(parts.contiguous())

    # -- dtypes ----------------------------------------------------------------------------------------------------
    def kind(self, dtype: Any) -> str:
        if dtype.is_floating_point:
            return "f"
        if dtype.is_complex:
            return "c"
        return "b" if dtype is torch.bool else "i"

    def real_dtype(self, dtype: Any) -> Any:
        return dtype.to_real()

    # -- functions that differ from the standard's -------------------------------------------------------------------
    def fn_getitem(self, x: Any, key: Any) -> Any:
        return x[key]


def _doubles(data: Any) -> Any:
    """Numbers and nested sequences of them as a NumPy array, whose defaults are the 64-bit dtypes."""
    return np.asarray(data)


adapter = TorchAdapter()
for _type in (torch.Tensor, torch.nn.Parameter):
    ADAPTERS[_type] = adapter
    DIRECT.add(_type)
