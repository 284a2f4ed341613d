"""The standard's own reference library, ``array_api_strict``, which has nothing that the standard has not."""

from __future__ import annotations

from typing import Any

import array_api_strict as xp
import numpy as np

from .adapter import ADAPTERS, DIRECT, Adapter

__all__ = ["StrictAdapter", "adapter"]

_Array = type(xp.zeros(()))


class StrictAdapter(Adapter):
    """The adapter of ``array_api_strict``."""

    name = "array_api_strict"
    xp = xp
    array_types = (_Array,)

    def shares(self, result: Any, source: Any) -> bool:
        return result is source or bool(np.shares_memory(result._array, source._array))

    def memory(self, array: Any) -> Any:
        root = array._array
        while isinstance(root.base, np.ndarray):
            root = root.base
        return root

    def to_host(self, array: Any) -> Any:
        return np.asarray(array._array)

    def from_host(self, array: Any, device: Any) -> Any:
        return xp.asarray(np.asarray(array), device=device)

    def item(self, array: Any) -> Any:
        return array._array.item()

    def real_dtype(self, dtype: Any) -> Any:
        return {xp.complex64: xp.float32, xp.complex128: xp.float64}.get(dtype, dtype)


adapter = StrictAdapter()
ADAPTERS[_Array] = adapter
DIRECT.add(_Array)
