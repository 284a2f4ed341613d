"""Views by strides, and of complex numbers as pairs, under PyTorch's names."""

from __future__ import annotations

from typing import Any

from ...ops import strides
from .calling import function
from .saved_names import noted

__all__ = ["as_strided", "view_as_complex", "view_as_real"]


@function
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the memory of `input`, with any steps between neighbours."""
    view = strides.as_strided(input, tuple(size), tuple(stride), storage_offset)
    return noted(view, storage_offset=storage_offset)


@function
def view_as_real(input: Any) -> Any:
    """Complex numbers as pairs along a new last axis."""
    return strides.view_as_real(input)


@function
def view_as_complex(input: Any) -> Any:
    """Pairs along the last axis as complex numbers."""
    return strides.view_as_complex(input)
