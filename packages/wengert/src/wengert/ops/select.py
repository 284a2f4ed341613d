"""Choosing by a mask inside rules: over raw arrays it computes, over Tensors it records. And constants for rules to use."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of, is_array
from ..autograd.modes import ACTIVE, current
from ..autograd.tensor import TENSORS
from ..op import OPERATORS

__all__ = ["masked", "positions", "raw", "select"]


def raw(x: Any) -> Any:
    """The raw array of a Tensor; what is no Tensor itself."""
    return x._array if type(x) in TENSORS else x


def select(mask: Any, x1: Any, x2: Any) -> Any:
    """`x1` where `mask`, else `x2`; numbers take the dtype of the other.

    What is not chosen leaves no trace, where a product with the mask would let ``inf * 0`` through as NaN.
    """
    if type(mask) in TENSORS or type(x1) in TENSORS or type(x2) in TENSORS or (ACTIVE and current().interceptors):
        return OPERATORS["where"].public(mask, x1, x2)
    # Only raw arrays: straight to the library, as the many rules that come here deserve.
    like = x1 if is_array(x1) else x2 if is_array(x2) else mask
    return adapter_of(like).function("where")(mask, x1, x2)


def masked(mask: Any, x: Any) -> Any:
    """`x` where `mask`, else zero."""
    return select(mask, x, 0)


def positions(numbers: Any, like: Any) -> Any:
    """Positions in an axis as an array of the library of `like`, on its device."""
    array = raw(like)
    adapter = adapter_of(array)
    return adapter.library.from_host(np.asarray(numbers, dtype=np.int64), adapter.device(array))
