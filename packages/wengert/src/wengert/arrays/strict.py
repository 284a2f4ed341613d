"""The standard's own reference library, ``array_api_strict``, which has nothing that the standard has not."""

from __future__ import annotations

from typing import Any

import array_api_strict as xp
import numpy as np

from .adapter import ADAPTERS, DIRECT, adapter_of
from .batched import BatchedArray
from .keys import basic
from .standard import StandardAdapter

__all__ = ["StrictAdapter", "adapter"]

_Array = type(xp.zeros(()))


class StrictAdapter(StandardAdapter):
    """The adapter of ``array_api_strict``."""

    name = "array_api_strict"
    xp = xp
    array_types = (_Array,)
    matrix_errors = (np.linalg.LinAlgError,)

    def shares(self, result: Any, source: Any) -> bool:
        return result is source or bool(np.shares_memory(result._array, source._array))

    def memory(self, array: Any) -> Any:
        root = array._array
        while isinstance(root.base, np.ndarray):
            root = root.base
        return root

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, _Array | BatchedArray) else xp.asarray(value)

    # Keys that the standard leaves out go to the NumPy array underneath, which is what makes this library's results.
    def getitem(self, array: Any, key: Any) -> Any:
        key = _key(key)
        if basic(key) and Ellipsis not in (key if type(key) is tuple else (key,)):
            key = (*key, ...) if type(key) is tuple else (key, ...)  # a view, where NumPy would give a scalar
        return _wrapped(array._array[key], array)

    def put(self, target: Any, key: Any, value: Any) -> Any:
        target._array[_key(key)] = getattr(value, "_array", value)
        return target

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        np.add.at(target._array, _key(key), value._array)
        return target

    def to_host(self, array: Any) -> Any:
        return np.asarray(array._array)

    def from_host(self, array: Any, device: Any) -> Any:
        return xp.asarray(np.asarray(array), device=device)

    def nbytes(self, array: Any) -> int:
        return int(array._array.nbytes)

    def item(self, array: Any) -> Any:
        return array._array.item()

    def real_dtype(self, dtype: Any) -> Any:
        return {xp.complex64: xp.float32, xp.complex128: xp.float64}.get(dtype, dtype)

    # -- dtypes that the standard leaves out -----------------------------------------------------------------------------
    def fn_sum(self, x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return xp.sum(xp.astype(x, dtype or xp.int64) if x.dtype == xp.bool else x, axis=axis, dtype=dtype, keepdims=keepdims)

    def fn_clip(self, x: Any, /, min: Any = None, max: Any = None) -> Any:
        x = x if min is None else xp.maximum(x, min)
        return x if max is None else xp.minimum(x, max)

    def fn_isin(self, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
        return self.lacking_isin(x1, x2, invert=invert)

    def _find(self, name: str) -> Any:
        if name.startswith("special."):  # SciPy's, for tests: the standard has none
            own = adapter_of(np.empty(0)).function(name)

            def wrapped(*xs: Any) -> Any:
                like = next(x for x in xs if isinstance(x, _Array))
                found = own(*[getattr(x, "_array", x) for x in xs])
                return tuple([_wrapped(x, like) for x in found]) if type(found) is tuple else _wrapped(found, like)

            return wrapped
        found = super()._find(name)
        if name not in ("fft.fft", "fft.ifft", "fft.irfft", "fft.hfft", "fft.fftn", "fft.ifftn", "fft.irfftn"):
            return found
        return lambda x, **options: found(self.cast(x, xp.result_type(x.dtype, xp.complex64)), **options)


def _key(key: Any) -> Any:
    if type(key) is tuple:
        return tuple([getattr(part, "_array", part) for part in key])
    return getattr(key, "_array", key)


def _wrapped(found: Any, like: Any) -> Any:
    return _Array._new(np.asarray(found), device=like.device)


adapter = StrictAdapter()
ADAPTERS[_Array] = adapter
DIRECT.add(_Array)
