"""Shapes of arrays and tensors alike, as rules need them: by the array's own method, which is fastest, where there is one."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of

__all__ = ["reshaped", "transposed"]


def reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    """`x`, a tensor or a raw array, in another shape."""
    try:
        method = x.reshape
    except AttributeError:  # the standard has a function only
        return adapter_of(x).function("reshape")(x, shape)
    return method(shape)


def transposed(x: Any) -> Any:
    """The matrices in `x`, a tensor or a raw array, transposed."""
    try:
        return x.mT
    except AttributeError:
        return adapter_of(x).function("matrix_transpose")(x)
