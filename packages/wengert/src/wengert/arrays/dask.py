"""Dask: arrays are graphs of tasks that nobody has computed yet, and the backward extends them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import array_api_compat.dask.array as xp
import dask
import dask.array as da
import numpy as np

from ..errors import LibraryError
from .adapter import ADAPTERS, DIRECT, adapter_of
from .batched import BatchedArray
from .dtypes import NumpyDtypes
from .keys import basic, has_mask
from .shapes import normalize_axis
from .standard import StandardAdapter

__all__ = ["DaskAdapter", "adapter"]


class DaskAdapter(NumpyDtypes, StandardAdapter):
    """The adapter of Dask arrays. Nothing in it computes but `to_host` and `item`."""

    name = "dask"
    xp = xp
    array_types = (da.Array,)
    mutable = False
    views_every_key = False

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, da.Array | BatchedArray) else da.asarray(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        return xp.asarray(data, dtype=dtype, copy=copy)

    def add_into(self, target: Any, value: Any) -> Any:
        return target + value

    # -- what Dask has not by chunks ---------------------------------------------------------------------------------------
    def whole(self, function: Callable[..., Any], shape: tuple[int, ...], dtype: Any, *arrays: Any) -> Any:
        """``function(*arrays)`` as one task, which gets each array in one piece; as lazy as everything else."""
        pieces = [_in_one_piece(array) for array in arrays]
        task = dask.delayed(function, pure=True)(*pieces)
        return da.from_delayed(task, shape, dtype=dtype, meta=np.empty((0,) * len(shape), dtype))

    def getitem(self, array: Any, key: Any) -> Any:
        if basic(key):
            return array[key]
        parts = key if type(key) is tuple else (key,)
        if has_mask(parts) or math.isnan(sum(array.shape)):
            return array[key]  # only the values tell how many elements there are
        stand_in = np.broadcast_to(np.empty((), array.dtype), array.shape)
        shape = stand_in[tuple([np.zeros(p.shape, p.dtype) if isinstance(p, da.Array) else p for p in parts])].shape
        return self.whole(lambda x, *found: x[_with(parts, found)], shape, array.dtype, array, *_lazy(parts))

    def put(self, target: Any, key: Any, value: Any) -> Any:
        parts = key if type(key) is tuple else (key,)
        return self._written(_put, target, parts, value)

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        parts = key if type(key) is tuple else (key,)
        return self._written(np.add.at, target, parts, value)

    def _written(self, write: Callable[..., Any], target: Any, parts: tuple[Any, ...], value: Any) -> Any:
        def written(x: Any, v: Any, *found: Any) -> Any:
            new = np.array(x)
            write(new, _with(parts, found), v)
            return new

        value = value if isinstance(value, da.Array) else da.asarray(value)
        return self.whole(written, target.shape, target.dtype, target, value, *_lazy(parts))

    def _along(self, function: Callable[..., Any], x: Any, dtype: Any, axis: int, **options: Any) -> Any:
        """A function along one axis, which is put into one chunk for it."""
        axis = normalize_axis(axis, x.ndim)
        return x.rechunk({axis: -1}).map_blocks(function, axis=axis, dtype=dtype, **options)

    def fn_sort(self, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        found = self._along(np.sort, x, x.dtype, axis, kind="stable")
        return da.flip(found, axis=axis) if descending else found

    def fn_argsort(self, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        if not descending:
            return self._along(np.argsort, x, np.dtype("int64"), axis, kind="stable")
        return x.shape[axis] - 1 - da.flip(self.fn_argsort(da.flip(x, axis=axis), axis=axis), axis=axis)

    def fn_take_along_axis(self, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
        axis = normalize_axis(axis, x.ndim)
        shape = np.broadcast_shapes(*((*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in (x, indices)))
        shape = (*shape[:axis], indices.shape[axis], *shape[axis + 1 :])
        return self.whole(lambda a, i: np.take_along_axis(a, i, axis), shape, x.dtype, x, indices)

    def fn_take(self, x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
        return self.getitem(x, (*(slice(None),) * normalize_axis(axis or 0, x.ndim), indices))

    def fn_convolve(self, x1: Any, x2: Any, /, *, mode: str) -> Any:
        n, m = x1.shape[0], x2.shape[0]
        length = n + m - 1 if mode == "full" else n - m + 1
        convolve: Any = np.convolve
        return self.whole(lambda a, b: convolve(a, b, mode), (length,), np.result_type(x1, x2), x1, x2)

    def fn_repeat(self, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
        if axis is None:
            x, axis = x.reshape(-1), 0
        if getattr(repeats, "ndim", False):
            raise LibraryError("dask: repeat: a number for each element leaves the length to their values; give one number")
        return da.repeat(x, int(repeats), axis=axis)

    def fn_linalg_svd(self, x: Any, /, *, full_matrices: bool = True, compute_uv: bool = True) -> Any:
        if x.ndim != 2:
            raise LibraryError(f"dask: linalg.svd takes one matrix, not a stack of shape {x.shape}")
        if not compute_uv:
            return da.linalg.svd(x)[1]
        if full_matrices:
            raise LibraryError("dask: linalg.svd makes no full matrices; pass full_matrices=False")
        return da.linalg.svd(x)

    def fn_nan_to_num(self, x: Any, /, **numbers: Any) -> Any:
        return x.map_blocks(np.nan_to_num, dtype=x.dtype, **numbers)

    def fn_searchsorted(self, x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
        return da.searchsorted(x1 if sorter is None else self.getitem(x1, sorter), x2, side=side)

    def _find(self, name: str) -> Callable[..., Any]:
        if not name.startswith("special."):
            return super()._find(name)
        own = adapter_of(np.empty(0)).function(name)  # of NumPy's arrays, which the chunks are

        def lazily(*xs: Any) -> Any:
            # What kind of results there are, and how many, one element tells.
            told = own(*[np.ones(1, x.dtype) if isinstance(x, da.Array) else x for x in xs])
            if type(told) is not tuple:
                return da.map_blocks(own, *xs, dtype=told.dtype)
            return tuple([da.map_blocks(_one_of, own, i, *xs, dtype=part.dtype) for i, part in enumerate(told)])

        return lazily

    def fn_reshape(self, x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        try:
            return x.reshape(shape)
        except NotImplementedError:  # the chunks do not fit: those of one chunk always do
            return x.rechunk(dict.fromkeys(range(x.ndim), -1)).reshape(shape)

    def fn_tril(self, x: Any, /, *, k: int = 0) -> Any:
        return da.where(np.tri(x.shape[-2], x.shape[-1], k, bool), x, 0)

    def fn_triu(self, x: Any, /, *, k: int = 0) -> Any:
        return da.where(np.tri(x.shape[-2], x.shape[-1], k - 1, bool), 0, x)

    # Of matrices that lie in one piece: Dask's own take one matrix, and some only a square grid of chunks.
    def _of_matrices(self, name: str, shape: tuple[int, ...], *arrays: Any, **options: Any) -> Any:
        own = adapter_of(np.empty(0)).function(f"linalg.{name}")
        return self.whole(lambda *found: own(*found, **options), shape, np.result_type(*arrays, np.float32), *arrays)

    def fn_linalg_inv(self, x: Any, /) -> Any:
        return self._of_matrices("inv", x.shape, x)

    def fn_linalg_det(self, x: Any, /) -> Any:
        return self._of_matrices("det", x.shape[:-2], x)

    def fn_linalg_cholesky(self, x: Any, /, *, upper: bool = False) -> Any:
        return self._of_matrices("cholesky", x.shape, x, upper=upper)

    def fn_linalg_solve(self, x1: Any, x2: Any, /) -> Any:
        if x2.ndim == 1:
            return self._of_matrices("solve", x1.shape[:-1], x1, x2)
        front = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
        return self._of_matrices("solve", front + x2.shape[-2:], x1, x2)

    def fn_linalg_solve_triangular(self, x1: Any, x2: Any, /, *, upper: bool, unit: bool) -> Any:
        front = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
        return self._of_matrices("solve_triangular", front + x2.shape[-2:], x1, x2, upper=upper, unit=unit)

    def fn_linalg_qr(self, x: Any, /, *, mode: str = "reduced") -> Any:
        if x.ndim != 2 or mode != "reduced":
            raise LibraryError(f"dask: linalg.qr takes one matrix and mode='reduced', got shape {x.shape} and mode={mode!r}")
        return da.linalg.qr(x)

    def fn_linalg_lu(self, x: Any, /) -> Any:
        raise LibraryError("dask: linalg.lu is not there for every matrix; use linalg.solve")

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

    def has_values(self, array: Any) -> bool:
        return False

    def from_host(self, array: Any, device: Any) -> Any:
        return da.from_array(np.asarray(array))

    def item(self, array: Any) -> Any:
        return self.to_host(array).item()


def _one_of(function: Callable[..., Any], number: int, *blocks: Any) -> Any:
    """One of the results of `function`."""
    return function(*blocks)[number]


def _put(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def _in_one_piece(array: Any) -> Any:
    return array.rechunk(dict.fromkeys(range(array.ndim), -1)).to_delayed().reshape(-1)[0]


def _lazy(parts: tuple[Any, ...]) -> list[Any]:
    return [part for part in parts if isinstance(part, da.Array)]


def _with(parts: tuple[Any, ...], found: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key with computed arrays in the places of the lazy ones."""
    computed = iter(found)
    return tuple([next(computed) if isinstance(part, da.Array) else part for part in parts])


adapter = DaskAdapter()
ADAPTERS[da.Array] = adapter
DIRECT.add(da.Array)
