"""NumPy: arrays are mutable, scalars stand in for 0-d arrays, and reference counts say who else sees an array."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InPlaceError
from .adapter import ADAPTERS, DIRECT, Adapter, Layout, check_overlap
from .batched import BatchedArray
from .dtypes import NumpyDtypes
from .numpy_kernels import NumpyKernels
from .numpy_linalg import NumpyLinalg
from .numpy_memory import retain_freed_memory

__all__ = ["NumpyAdapter", "adapter"]

_refcount = sys.getrefcount

#: Below this many bytes a new array costs less than finding out that an old one may be written into.
SMALL = 4096


class NumpyAdapter(NumpyKernels, NumpyLinalg, NumpyDtypes, Adapter):
    """The adapter of NumPy 2."""

    name = "numpy"
    xp = np
    array_types = (np.ndarray, np.generic)

    # How many references a fresh array has inside `own` and `add` when nobody but the caller knows it. Measured once,
    # below: the numbers are implementation details that change between versions of Python.
    _own_alone = 0
    _add_alone = 0

    def normalise(self, value: Any) -> Any:
        return value if type(value) is np.ndarray or isinstance(value, BatchedArray) else np.asarray(value)

    def bare(self, array: Any) -> Any:
        return array if array.ndim else array[()]

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        if device not in (None, "cpu"):
            raise ValueError(f"device: NumPy arrays live on 'cpu', got {device!r}")
        return np.asarray(data, dtype=dtype) if copy is None else np.array(data, dtype=dtype, copy=copy)

    def copy(self, array: Any) -> Any:
        return array.copy() if type(array) is np.ndarray else np.array(array, order="C")

    def copy_like(self, array: Any, like: Any) -> Any:
        if array.strides == like.strides and array.flags.c_contiguous and array.shape == like.shape and type(array) is np.ndarray:
            return array.copy()  # in a fraction of the time
        new = np.empty_like(like, dtype=array.dtype, order="K", subok=False)
        new[...] = array
        return new

    def own(self, box: list[Any], like: Any = None) -> Any:
        array = box.pop()
        if (
            type(array) is np.ndarray
            and _refcount(array) <= self._own_alone
            and array.flags.owndata
            and array.flags.writeable
            and (like is None or array.strides == like.strides or (array.flags.c_contiguous and like.flags.c_contiguous))
        ):
            return array
        return self.copy(array) if like is None else self.copy_like(np.asarray(array), like)

    def add(self, first: Any, second: Any) -> Any:
        if first is None or second is None:
            return second if first is None else first
        if (
            first.nbytes > SMALL
            and type(first) is np.ndarray
            and _refcount(first) <= self._add_alone
            and first.flags.owndata
            and first.flags.writeable
            and first.dtype == second.dtype
            and first.shape == second.shape
            and type(second) is np.ndarray
        ):
            return np.add(first, second, first)
        return first + second

    def add_into(self, target: Any, value: Any) -> Any:
        if type(value) is not np.ndarray:
            value = np.asarray(value)  # a scalar; batched arrays say why they are no array
        np.add(target, value, target)
        return target

    def shares(self, result: Any, source: Any) -> bool:
        base = result.base  # of a view the array that owns the memory, however many views lie between
        return base is source or result is source or (base is not None and base is source.base)

    def memory(self, array: Any) -> Any:
        while isinstance(array.base, np.ndarray):
            array = array.base
        return array

    def order(self, array: Any) -> tuple[int, ...] | None:
        if array.flags.c_contiguous:
            return None
        order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
        return None if order == tuple(range(array.ndim)) else order

    def same_place(self, first: Any, second: Any) -> bool:
        there, other = first.__array_interface__, second.__array_interface__
        return there["data"] == other["data"] and (first.shape, first.strides) == (second.shape, second.strides)

    def lies_as(self, array: Any, like: Any) -> bool:
        if type(like) is not np.ndarray:  # samples of a `vmap`, which nobody writes to
            return True
        if not like.size or any(s <= 0 < n - 1 for s, n in zip(like.strides, like.shape, strict=True)):
            return True  # of no elements, or of some that share memory or lie backwards
        return (
            self.steps(array, array.ndim) == self.steps(like, like.ndim)
            and self.memory(array).nbytes == self.memory(like).nbytes
            and _start(array, self.memory(array)) == _start(like, self.memory(like))
        )

    def steps(self, array: Any, count: int) -> tuple[int, ...]:
        if not array.size:
            return ()
        front = array.ndim - count
        return tuple([s for s, n in zip(array.strides[front:], array.shape[front:], strict=True) if n > 1])

    def layout(self, array: Any) -> Layout:
        root, item = self.memory(array), array.itemsize
        return array.shape, tuple(s // item for s in array.strides), _start(array, root) // item, root.nbytes // item

    def strided(self, array: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
        root, item = self.memory(array), array.dtype.itemsize
        flat = root.ravel("K")  # as it lies in memory, whatever the order of its axes
        if 0 in size:  # NumPy looks at the steps although no element is there
            return flat[:0].reshape(size) if offset * item >= root.nbytes else np.ndarray(size, array.dtype, flat, offset * item)
        view: Any = np.ndarray(size, array.dtype, flat, offset * item, [s * item for s in stride])
        view.flags.writeable = root.flags.writeable
        return view

    def zeros_as(self, like: Any) -> Any:
        root = self.memory(like)
        return np.ndarray(like.shape, like.dtype, np.zeros(root.nbytes, np.uint8), _start(like, root), like.strides)

    def writable(self, array: Any) -> Any:
        if array.flags.writeable:
            return array
        check_overlap(array.shape, array.strides)
        alias = array.view()
        try:
            alias.flags.writeable = True  # NumPy lets a view be written to again if what it is a view of can be
        except ValueError as error:
            raise InPlaceError("the memory of the array is read-only; write to a clone() of the tensor") from error
        return alias

    def assign(self, target: Any, value: Any) -> Any:
        (target if target.flags.writeable else self.writable(target))[...] = value
        return target

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        """`add.at` is several times faster for a single flat index than for any other key.

        Computing that flat index costs a pass over as many integers as `target` has elements, which pays off unless few of
        them are named.
        """
        shape = target.shape
        if len(shape) < 2 or value.size < max(1024, target.size // 4):
            np.add.at(target, key, value)
            return target
        places = np.arange(target.size).reshape(shape)[key]
        np.add.at(target.reshape(-1), places.reshape(-1), np.broadcast_to(value, places.shape).reshape(-1))
        return target

    def overlaps(self, array: Any) -> bool:
        if array.flags.writeable:
            return False
        repeated = any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape, strict=True))
        return repeated and self.memory(array).flags.writeable

    def put(self, target: Any, key: Any, value: Any) -> Any:
        into = target
        if not target.flags.writeable:
            into = self._expanded(target) if self.overlaps(target) else self.writable(target)
        into[key] = value
        return target

    def _expanded(self, array: Any) -> Any:
        """An array like `array`, several of whose elements are one place in memory, that can be written to."""
        owner = self.memory(array)
        offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        buffer = owner if owner.flags.c_contiguous else owner.T
        return np.ndarray(array.shape, array.dtype, buffer, offset, array.strides)

    def fill(self, target: Any, value: Any) -> Any:
        if type(value) is not complex and target.flags.writeable:
            target.fill(value)
            return target
        once = target if target.flags.writeable else target[tuple([slice(None if s else 1) for s in target.strides]) or ...]
        self.assign(once, value)
        return target

    def write(self, target: Any, function: Any, args: tuple[Any, ...], what: str) -> Any:
        if type(function) is np.ufunc:
            into = target if target.flags.writeable else self.writable(target)
            try:
                function(*args, into)
            except (TypeError, ValueError):
                pass  # another shape, or a dtype that NumPy's rule does not let pass: looked at below
            else:
                return target
        try:
            value = np.asarray(function(*args))
        except ValueError as error:  # shapes that do not broadcast
            raise InPlaceError(f"{what}: {error}") from error
        return self.assign(target, self.fitting(value, target, what))

    def fn_sign(self, x: Any, /) -> Any:
        """``np.sign``; of a complex number one part of which is NaN it takes the other's sign, where the standard wants NaN."""
        out = np.sign(x)
        return np.where(np.isnan(x), complex(np.nan, np.nan), out) if x.dtype.kind == "c" else out

    def fn_sum(self, x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        """``np.sum`` without its layers of Python, which cost more than a small sum."""
        return np.add.reduce(x, axis, dtype, None, keepdims)  # type: ignore[call-overload]

    def fn_mean(self, x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        """``np.mean``, where it sums in the dtype of `x`, without its layers of Python."""
        if x.dtype.char not in "fdFD" or not x.size:
            return np.mean(x, axis=axis, keepdims=keepdims)
        total = self.fn_sum(x, axis=axis, keepdims=keepdims)
        return total / (x.size // total.size)

    def fn_real(self, x: Any, /) -> Any:
        """``np.real``, which gives a real array itself, where a view of it is another array."""
        return x.real if x.dtype.kind == "c" else x.view()

    def fn_reshape(self, x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
        return x.reshape(shape) if copy is None else np.reshape(x, shape, copy=copy)

    def fn_permute_dims(self, x: Any, /, axes: Any) -> Any:
        return x.transpose(axes)

    def fn_concat(self, arrays: Any, /, *, axis: int | None = 0) -> Any:
        return np.concatenate(arrays, axis)

    def fn_stack(self, arrays: Any, /, *, axis: int = 0) -> Any:
        """``np.stack``, which takes longer over its checks than over small arrays."""
        shape = arrays[0].shape
        for array in arrays:
            if array.shape != shape or not -len(shape) <= axis <= len(shape):
                return np.stack(arrays, axis)  # it says what is wrong
        if not axis:
            return np.array(arrays)
        key = (*(slice(None),) * (axis if axis >= 0 else axis + len(shape) + 1), None)
        return np.concatenate([array[key] for array in arrays], axis)

    def fn_diagonal(self, x: Any, offset: int, axis1: int, axis2: int) -> Any:
        """``np.diagonal``, which makes a view that refuses to be written to, for reasons of its history."""
        view = np.diagonal(x, offset, axis1, axis2)
        if x.flags.writeable:
            view.flags.writeable = True
        return view

    def broadcast_to(self, x: Any, shape: tuple[int, ...]) -> Any:
        """``np.broadcast_to``; of an array in row-major order, as gradients of sums mostly are, several times as fast."""
        if type(x) is not np.ndarray or not x.flags.c_contiguous:
            return np.broadcast_to(x, shape)
        if not x.ndim:
            return _unwritable(np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape)))
        front = len(shape) - x.ndim
        strides = [0] * front
        for n, m, stride in zip(x.shape, shape[front:], x.strides, strict=False):
            if n not in (m, 1):
                return np.broadcast_to(x, shape)  # it says what is wrong
            strides.append(stride if n == m else 0)
        if front < 0:
            return np.broadcast_to(x, shape)
        return _unwritable(np.ndarray(shape, x.dtype, x, 0, strides))

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return np.zeros(shape, dtype)

    def cast(self, array: Any, dtype: Any) -> Any:
        return np.asarray(array).astype(dtype, copy=False)

    def device(self, array: Any) -> Any:
        return "cpu"

    def to_host(self, array: Any) -> Any:
        return array

    def complex_parts(self, array: Any) -> Any:
        return np.asarray(array, order="C")[..., None].view(self.real_dtype(array.dtype))

    def complex_from(self, parts: Any) -> Any:
        """The sum of ``re`` and ``1j * im`` would turn infinities into NaNs."""
        return np.asarray(parts, order="C").view(np.result_type(parts.dtype, np.complex64))[..., 0]


def _start(array: Any, root: Any) -> int:
    """How many bytes of `root`, the memory of `array`, lie before its first element."""
    return int(array.__array_interface__["data"][0] - root.__array_interface__["data"][0])


def _unwritable(view: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view.setflags(write=False)
    return view


adapter = NumpyAdapter()


def _measure() -> None:
    """Count the references of an array that only the caller's one variable holds."""
    counts: list[int] = []

    class Probe(NumpyAdapter):
        def own(self, box: list[Any], like: Any = None) -> Any:
            array = box.pop()
            counts.append(_refcount(array))

        def add(self, first: Any, second: Any) -> Any:
            counts.append(_refcount(first))

    probe = Probe()
    probe.own([np.empty(1)])
    probe.add(np.empty(1), np.empty(1))
    NumpyAdapter._own_alone, NumpyAdapter._add_alone = counts


_measure()
retain_freed_memory()
for _type in (np.ndarray, np.float64, np.float32, np.complex128, np.complex64, np.int64, np.bool_):
    ADAPTERS[_type] = adapter
    DIRECT.add(_type)


def write_host(file: Any, array: Any) -> None:
    """Write a NumPy array to an open binary file, in NumPy's own format."""
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


def read_host(path: str) -> Any:
    """Read what `write_host` wrote."""
    with Path(path).open("rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def map_host(path: str) -> Any:
    """What `write_host` wrote, mapped into memory; what is written to it stays there."""
    return np.asarray(np.lib.format.open_memmap(path, mode="c"))
