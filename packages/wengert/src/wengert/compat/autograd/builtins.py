"""``autograd.builtins``: containers are differentiated through as they are here, so these are Python's own."""

from __future__ import annotations

import builtins

import numpy as np

from ...autograd.tensor import Tensor

__all__ = ["dict", "isinstance", "list", "tuple", "type"]

dict, list, tuple, type = builtins.dict, builtins.list, builtins.tuple, builtins.type
DictType, ListType, TupleType = dict, list, tuple
#: What HIPS autograd wraps containers in.
DictBox, ListBox, TupleBox = dict, list, tuple


def isinstance(x: object, A: object) -> bool:
    """Python's, for which what is being differentiated is an array still."""
    kinds = A if builtins.isinstance(A, builtins.tuple) else (A,)
    if np.ndarray in kinds and builtins.isinstance(x, Tensor):
        return True
    return builtins.isinstance(x, kinds)
