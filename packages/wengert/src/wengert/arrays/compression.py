"""NumPy arrays as compressed bytes, by Blosc2."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from ..errors import MissingExtraError

__all__ = ["check_compression", "compress", "decompress"]

#: Explicit bits of the significand, by the width in bytes of the floats that Blosc2 can truncate.
SIGNIFICAND = {4: 23, 8: 52}


def check_compression() -> None:
    """Raise unless Blosc2 is installed."""
    if importlib.util.find_spec("blosc2") is None:
        raise MissingExtraError("compression needs Blosc2, which is not installed: pip install 'wengert[compress]'")


def compress(array: Any, bits: int | None = None) -> bytes:
    """The bytes of `array` in row-major order, compressed; of floats and complex numbers only `bits` of each significand.

    Bytes of equal significance are put together first: neighbours then resemble each other, which is what a codec lives on.
    Zstandard at its lowest level is nearly as fast as copying; higher levels take ten times as long for a few per cent.
    """
    import blosc2

    array = np.ascontiguousarray(array)
    width = array.dtype.itemsize // (2 if array.dtype.kind == "c" else 1)
    filters, meta = [blosc2.Filter.SHUFFLE], [0]
    if bits is not None and array.dtype.kind in "fc" and bits < SIGNIFICAND.get(width, 0):
        filters, meta = [blosc2.Filter.TRUNC_PREC, *filters], [bits, *meta]
    packed = blosc2.compress2(
        array, typesize=width, codec=blosc2.Codec.ZSTD, clevel=1, filters=filters, filters_meta=meta
    )
    return bytes(packed)


def decompress(packed: bytes, dtype: Any, shape: tuple[int, ...]) -> Any:
    """The array of `dtype` and `shape` that `compress` made bytes of."""
    import blosc2

    array = np.empty(shape, dtype)
    if array.nbytes:
        blosc2.decompress2(packed, dst=array)
    return array
