"""Keys of PyTorch's indexing, as NumPy takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base

__all__ = ["key_of"]


def key_of(key: Any) -> Any:
    """A key as NumPy takes it: tensors as arrays, bytes as masks, sequences as arrays."""
    if isinstance(key, tuple):
        return tuple(_part(k) for k in key)
    return _part(key)


def _part(key: Any) -> Any:
    if isinstance(key, Base):
        if key._dtype.kind == "u" and key._dtype.itemsize == 1:
            return key._array.astype(bool)
        if key._dtype.kind not in "biu":
            raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, got {key.dtype}")
        return key._array if key._shape or key._dtype.kind == "b" else int(key._array)
    if isinstance(key, (list, range)):
        return np.asarray([_part(k) for k in key]) if len(key) else np.zeros(0, np.int64)
    if isinstance(key, slice):
        return slice(*(int(n) if isinstance(n, Base) else n for n in (key.start, key.stop, key.step)))
    return key
