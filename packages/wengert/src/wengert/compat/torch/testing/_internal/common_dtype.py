"""``torch.testing._internal.common_dtype``: groups of dtypes."""

from __future__ import annotations

from typing import Any

from ... import dtypes

__all__ = [
    "all_types",
    "complex_types",
    "floating_and_complex_types",
    "floating_and_complex_types_and",
    "floating_types",
    "floating_types_and",
    "integral_types",
]

_FLOATING = (dtypes.float32, dtypes.float64)
_COMPLEX = (dtypes.complex64, dtypes.complex128)
_INTEGRAL = (dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64)


def floating_types() -> tuple[Any, ...]:
    """float32 and float64."""
    return _FLOATING


def floating_types_and(*more: Any) -> tuple[Any, ...]:
    """The same and others."""
    return (*_FLOATING, *more)


def complex_types() -> tuple[Any, ...]:
    """complex64 and complex128."""
    return _COMPLEX


def floating_and_complex_types() -> tuple[Any, ...]:
    """Both."""
    return (*_FLOATING, *_COMPLEX)


def floating_and_complex_types_and(*more: Any) -> tuple[Any, ...]:
    """Both, and others."""
    return (*_FLOATING, *_COMPLEX, *more)


def integral_types() -> tuple[Any, ...]:
    """The integers."""
    return _INTEGRAL


def all_types() -> tuple[Any, ...]:
    """Integers and real numbers."""
    return (*_FLOATING, *_INTEGRAL)
