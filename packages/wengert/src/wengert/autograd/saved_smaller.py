"""Saved tensors in fewer bytes: rounded to half precision, or compressed."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.compression import check_compression, compress, decompress
from ..errors import ArgumentError
from .saved_hooks import ArrayStore, Stored

__all__ = ["save_compressed", "save_in_half"]


class save_in_half(ArrayStore):
    """Keep saved tensors in half precision: a half of the bytes of float32 and complex64, a quarter of float64 and complex128.

    Parameters
    ----------
    min_bytes : int
        Smaller tensors stay as they are.

    Notes
    -----
    A tensor is scaled by the power of two that brings its largest magnitude M close to the top of float16's range, and rounded;
    nothing overflows. A value x comes back within ``max(2**-11 * abs(x), 2**-39 * M)``; of complex numbers that holds for the
    real and the imaginary part. Infinities and NaNs stay what they are. Tensors of other dtypes are kept as they are, and so are
    those whose M is at the ends of the range: below 2**-100 or from 2**127 (float32), below 2**-1000 or from 2**1023 (float64).

    What is rounded is only what the backward sees: results of the forward are exact, gradients have relative errors of about
    2**-11.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0**20], requires_grad=True)
    >>> with wg.autograd.graph.save_in_half():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [2.0, 2097152.0]
    """

    def __init__(self, *, min_bytes: int = 0) -> None:
        super().__init__(_halved, min_bytes)


class _InHalf(Stored):
    """``half * 2**exponent``; of complex numbers, the real and imaginary parts stand along a last axis."""

    __slots__ = ("adapter", "complex", "dtype", "exponent", "half")

    def __init__(self, adapter: Adapter, array: Any, parts: Any, exponent: int) -> None:
        self.adapter, self.dtype, self.exponent = adapter, array.dtype, exponent
        self.complex = parts is not array
        self.half = adapter.cast(parts * 2.0**-exponent, adapter.xp.float16)

    def read(self) -> Any:
        dtype = self.adapter.real_dtype(self.dtype) if self.complex else self.dtype
        values = self.adapter.cast(self.half, dtype) * 2.0**self.exponent
        return self.adapter.complex_from(values) if self.complex else values


def _halved(array: Any) -> _InHalf | None:
    """`array` in half precision, or None where that is not possible."""
    adapter = adapter_of(array)
    kind = adapter.kind(array.dtype)
    if kind not in "fc" or not array.size:
        return None
    width = array.nbytes // array.size // (2 if kind == "c" else 1)
    if width not in (4, 8):
        return None
    parts = adapter.complex_parts(array) if kind == "c" else array
    largest = _largest(adapter, parts)
    lowest, highest = (-100, 127) if width == 4 else (-1000, 1023)
    if largest and not 2.0**lowest <= largest < 2.0**highest:
        return None
    return _InHalf(adapter, array, parts, math.frexp(largest)[1] - 15)


def _largest(adapter: Adapter, array: Any) -> float:
    """The largest finite magnitude in an array."""
    maximum = adapter.function("max")
    largest = max(float(maximum(array)), -float(adapter.function("min")(array)))
    if math.isfinite(largest):
        return largest
    finite = adapter.function("where")(adapter.function("isfinite")(array), array, adapter.zeros((), array.dtype, array))
    return float(maximum(adapter.function("abs")(finite)))


class save_compressed(ArrayStore):
    """Keep saved tensors compressed by Blosc2, in host memory. Needs the extra ``wengert[compress]``.

    Parameters
    ----------
    bits : int, optional
        Keep so many bits of the significands of float32, float64, complex64 and complex128, and drop the others. Default: keep
        all.
    min_bytes : int
        Smaller tensors stay as they are.

    Notes
    -----
    Without `bits` values come back bit for bit. With them a value x comes back within ``2**-bits * abs(x)``, rounded towards
    zero; for numbers too small for full precision (below 1.2e-38 in float32) that x is the smallest with it.

    How much is won depends on the values: zeros behind a ReLU and repeated values shrink much, noise hardly unless bits are
    dropped. A tensor that would not get smaller stays as it is.

    Raises
    ------
    MissingExtraError
        If Blosc2 is not installed.
    ArgumentError
        If `bits` is less than 1.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([0.0] * 1000 + [3.0], requires_grad=True)
    >>> with wg.autograd.graph.save_compressed():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad[-1].item()
    6.0
    """

    def __init__(self, *, bits: int | None = None, min_bytes: int = 0) -> None:
        if bits is not None and bits < 1:
            raise ArgumentError(f"bits: at least one bit of a significand must be kept, got {bits}")
        check_compression()
        super().__init__(partial(_compressed, bits), min_bytes)


class _Compressed(Stored):
    """The bytes of an array, compressed."""

    __slots__ = ("adapter", "device", "dtype", "packed", "shape")

    def __init__(self, adapter: Adapter, array: Any, host: Any, packed: bytes) -> None:
        self.adapter, self.device = adapter, adapter.device(array)
        self.dtype, self.shape, self.packed = host.dtype, host.shape, packed

    def read(self) -> Any:
        return self.adapter.from_host(decompress(self.packed, self.dtype, self.shape), self.device)


def _compressed(bits: int | None, array: Any) -> _Compressed | None:
    """`array` compressed, or None where that would not make it smaller."""
    adapter = adapter_of(array)
    host = adapter.to_host(array)
    packed = compress(host, bits)
    return _Compressed(adapter, array, host, packed) if len(packed) < host.nbytes else None
