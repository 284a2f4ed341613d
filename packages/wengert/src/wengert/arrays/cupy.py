"""CuPy: NumPy's arrays on a GPU, mutable; what a kernel has computed is waited for only when somebody asks for a value."""

from __future__ import annotations

import importlib
from typing import Any

import array_api_compat.cupy as xp
import cupy as cp

from .adapter import ADAPTERS, DIRECT, Layout, check_overlap
from .batched import BatchedArray
from .dtypes import NumpyDtypes
from .standard import StandardAdapter

__all__ = ["CupyAdapter", "adapter"]


class CupyAdapter(NumpyDtypes, StandardAdapter):
    """The adapter of CuPy arrays."""

    name = "cupy"
    xp = xp
    array_types = (cp.ndarray,)

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, cp.ndarray | BatchedArray) else cp.asarray(value)

    def copy_like(self, array: Any, like: Any) -> Any:
        new = cp.empty_like(like, dtype=array.dtype, order="K")
        new[...] = array
        return new

    def shares(self, result: Any, source: Any) -> bool:
        return result is source or result.data.mem is source.data.mem

    def memory(self, array: Any) -> Any:
        return array.data.mem

    def order(self, array: Any) -> tuple[int, ...] | None:
        if array.flags.c_contiguous:
            return None
        order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
        return None if order == tuple(range(array.ndim)) else order

    def writable(self, array: Any) -> Any:
        check_overlap(array.shape, array.strides)
        return array

    def fill(self, target: Any, value: Any) -> Any:
        once = target[tuple([slice(None if s else 1) for s in target.strides]) or ...]
        self.assign(once, value)
        return target

    def cast(self, array: Any, dtype: Any) -> Any:
        return array.astype(dtype, copy=False)

    def to_host(self, array: Any) -> Any:
        return cp.asnumpy(array)

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        cp.add.at(target, key, value)
        return target

    def layout(self, array: Any) -> Layout:
        item = array.itemsize
        offset = (array.data.ptr - array.data.mem.ptr) // item
        return array.shape, tuple(s // item for s in array.strides), offset, array.data.mem.size // item

    def strided(self, array: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
        first = cp.cuda.MemoryPointer(array.data.mem, offset * array.itemsize)
        return cp.ndarray(size, array.dtype, first, tuple(s * array.itemsize for s in stride))

    def _find(self, name: str) -> Any:
        room, _, function = name.partition(".")
        if room == "special":
            found = getattr(importlib.import_module("cupyx.scipy.special"), function, None)
            if found is not None:
                return found
        return super()._find(name)


adapter = CupyAdapter()
ADAPTERS[cp.ndarray] = adapter
DIRECT.add(cp.ndarray)
