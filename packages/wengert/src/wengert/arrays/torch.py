"""PyTorch: arrays are mutable, on any device; PyTorch's own autograd stays out of it."""

from __future__ import annotations

from typing import Any

import array_api_compat.torch as xp
import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensor

from ..errors import InPlaceError
from .adapter import ADAPTERS, DIRECT, Layout, check_overlap
from .batched import BatchedArray
from .keys import forwards
from .shapes import normalize_axis
from .standard import StandardAdapter

__all__ = ["TorchAdapter", "adapter"]


class TorchAdapter(StandardAdapter):
    """The adapter of PyTorch's tensors."""

    name = "torch"
    xp = xp
    array_types = (torch.Tensor,)
    views_every_key = False  # it has no negative steps
    matrix_errors = (torch.linalg.LinAlgError,)

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, torch.Tensor | BatchedArray) else torch.asarray(value)

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
        check_overlap(array.shape, array.stride())
        return array

    def assign(self, target: Any, value: Any) -> Any:
        into = self.writable(target)
        into.copy_(value if isinstance(value, torch.Tensor) else torch.as_tensor(value, dtype=target.dtype, device=target.device))
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

    def getitem(self, array: Any, key: Any) -> Any:
        if type(key) is tuple and len(key) > 2:
            key = _numbers_as_arrays(key)
        try:
            return array[key]
        except ValueError:  # a negative step
            first, key, turned = forwards(key, array.shape)
            return torch.flip(array[first], turned)[key]

    def put(self, target: Any, key: Any, value: Any) -> Any:
        target = self.writable(target)
        value = value if isinstance(value, torch.Tensor) else torch.as_tensor(value, dtype=target.dtype, device=target.device)
        try:
            target[key] = value.to(target.dtype)
        except ValueError:
            places = self.getitem(torch.arange(target.numel(), device=target.device).reshape(target.shape), key)
            target[torch.unravel_index(places, target.shape)] = value.to(target.dtype)
        return target

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        places = self.getitem(torch.arange(target.numel(), device=target.device).reshape(target.shape), key)
        target.view(-1).index_add_(0, places.reshape(-1), value.expand(places.shape).reshape(-1))
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

    def has_values(self, array: Any) -> bool:
        return type(array) is torch.Tensor or not isinstance(array, FakeTensor)

    def layout(self, array: Any) -> Layout:
        memory = array.untyped_storage().nbytes() // array.element_size()
        return tuple(array.shape), array.stride(), array.storage_offset(), memory

    def strided(self, array: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
        return torch.as_strided(array, size, stride, offset)

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
    def order_of(self, x: Any, axis: int, descending: bool, stable: bool) -> Any:
        return self.sorted(x, axis, descending, stable)[1]

    def sorted(self, x: Any, axis: int, descending: bool, stable: bool) -> tuple[Any, Any]:
        return tuple(torch.sort(x, dim=axis, descending=descending, stable=stable))

    def fn_take(self, x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
        return x[(*(slice(None),) * normalize_axis(axis or 0, x.ndim), indices)]

    def fn_take_along_axis(self, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
        return torch.take_along_dim(x, torch.where(indices < 0, indices + x.shape[axis], indices), axis)

    def fn_linalg_solve_triangular(self, x1: Any, x2: Any, /, *, upper: bool, unit: bool) -> Any:
        return torch.linalg.solve_triangular(x1, x2, upper=upper, unitriangular=unit)

    def _find(self, name: str) -> Any:
        found = super()._find(name)
        return _of_numbers_too(found) if name.startswith("special.") else found

    lacking_special_j0 = staticmethod(torch.special.bessel_j0)
    lacking_special_j1 = staticmethod(torch.special.bessel_j1)
    lacking_special_y0 = staticmethod(torch.special.bessel_y0)
    lacking_special_y1 = staticmethod(torch.special.bessel_y1)

    def fn_repeat(self, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
        if isinstance(repeats, torch.Tensor):
            repeats = repeats.to(torch.int64)  # PyTorch counts in int32 and int64 only
        return torch.repeat_interleave(x, repeats, dim=axis)

    def fn_unique_all(self, x: Any, /) -> tuple[Any, ...]:
        keys = _sortable(x)
        values, inverse, counts = torch.unique(keys, return_inverse=True, return_counts=True)
        places = torch.arange(x.numel(), device=x.device)
        first = torch.full_like(counts, x.numel()).scatter_reduce_(0, inverse.reshape(-1), places, "amin")
        return values if keys is x else x.reshape(-1)[first], first, inverse, counts

    def fn_unique_values(self, x: Any, /) -> Any:
        return self.fn_unique_all(x)[0] if x.is_complex() else torch.unique(x)

    def fn_einsum(self, subscripts: str, *operands: Any, optimize: bool = False) -> Any:
        dtype = xp.result_type(*operands)
        return torch.einsum(subscripts, *[operand.to(dtype) for operand in operands])


def _sortable(x: Any) -> Any:
    """`x`, or integers that are equal and ordered as its complex elements are: PyTorch does not sort complex numbers."""
    if not x.is_complex():
        return x
    (_, real), (parts, imag) = (torch.unique(part, return_inverse=True) for part in (x.real, x.imag))
    return real * len(parts) + imag  # each NaN has a number of its own in its part, hence here


def _doubles(data: Any) -> Any:
    """Numbers and nested sequences of them as a NumPy array, whose defaults are the 64-bit dtypes."""
    return np.asarray(data)


def _of_numbers_too(function: Any) -> Any:
    """`function` of two operands, one of which may be a number; PyTorch's of special functions want tensors."""

    def call(*operands: Any) -> Any:
        like = next(operand for operand in operands if isinstance(operand, torch.Tensor))
        return function(*[torch.full((), x, dtype=like.dtype) if isinstance(x, int | float) else x for x in operands])

    return call


def _numbers_as_arrays(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key whose integers are arrays where others are: what then stands apart comes first, as in the other libraries."""
    arrays = [torch.as_tensor(part) for part in key if isinstance(part, torch.Tensor | np.ndarray | list)]
    if not arrays or int not in map(type, key):
        return key
    like = arrays[0].nonzero()[:, 0] if arrays[0].dtype == torch.bool else arrays[0]
    return tuple([torch.full_like(like, part) if type(part) is int else part for part in key])


adapter = TorchAdapter()
for _type in (torch.Tensor, torch.nn.Parameter):
    ADAPTERS[_type] = adapter
    DIRECT.add(_type)
