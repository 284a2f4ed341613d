"""``autograd.numpy``: NumPy itself, whose functions take Tensors by its protocols, with the few that do not hand them over.

`array` and its kin, and functions that are given *lists* of what is being differentiated, are wrapped here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import fft, linalg, random
from .wrapped import WRAPPED, array_from_args, concatenate_args, make_diagonal

__all__ = ["array_from_args", "concatenate_args", "fft", "linalg", "make_diagonal", "random"]


def __getattr__(name: str) -> Any:
    found = WRAPPED.get(name)
    return getattr(np, name) if found is None else found


def __dir__() -> list[str]:
    return sorted({*dir(np), *WRAPPED, *__all__})
