"""Dask: arrays are graphs of tasks that nobody has computed yet, and the backward extends them."""

from __future__ import annotations

from typing import Any

import array_api_compat.dask.array as xp
import dask.array as da
import numpy as np

from .adapter import ADAPTERS, DIRECT, Adapter

__all__ = ["DaskAdapter", "adapter"]


class DaskAdapter(Adapter):
    """The adapter of Dask arrays. Nothing in it computes but `to_host` and `item`."""

    name = "dask"
    xp = xp
    array_types = (da.Array,)
    mutable = False

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, da.Array) else da.asarray(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        return xp.asarray(data, dtype=dtype, copy=copy)

    def add_into(self, target: Any, value: Any) -> Any:
        return target + value

    def put(self, target: Any, key: Any, value: Any) -> Any:
        new = target.copy()
        new[key] = value
        return new

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        chunks = like.chunks if like is not None and tuple(like.shape) == tuple(shape) else "auto"
        return da.zeros(shape, dtype=dtype, chunks=chunks)

    def ones(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        chunks = like.chunks if like is not None and tuple(like.shape) == tuple(shape) else "auto"
        return da.ones(shape, dtype=dtype, chunks=chunks)

    def cast(self, array: Any, dtype: Any) -> Any:
        return array.astype(dtype)

    def device(self, array: Any) -> Any:
        return "cpu"

    def to_host(self, array: Any) -> Any:
        return np.asarray(array.compute())

    def from_host(self, array: Any, device: Any) -> Any:
        return da.from_array(np.asarray(array))

    def item(self, array: Any) -> Any:
        return self.to_host(array).item()

    def kind(self, dtype: Any) -> str:
        letter = np.dtype(dtype).kind
        return "i" if letter in "iu" else letter

    def real_dtype(self, dtype: Any) -> Any:
        return np.empty(0, dtype).real.dtype

    def fn_getitem(self, x: Any, key: Any) -> Any:
        return x[key]


adapter = DaskAdapter()
ADAPTERS[da.Array] = adapter
DIRECT.add(da.Array)
