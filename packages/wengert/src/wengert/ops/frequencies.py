"""The frequencies that the elements of a Fourier transform stand for."""

from __future__ import annotations

from typing import Any

from ..arrays.dtypes import native_dtype
from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from .creation import Creation, made

__all__ = ["Frequencies", "fftfreq", "rfftfreq"]


class Frequencies(Creation):
    """The functions that make frequencies as arrays of one library."""

    def fftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """The frequencies of the elements of `fft`, in cycles per unit of `d`, the distance between two points.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.fft.fftfreq(4, d=0.5).tolist()
        [0.0, 0.5, -1.0, -0.5]
        """
        return self._frequencies("fftfreq", n, d, dtype, device, requires_grad)

    def rfftfreq(
        self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """The frequencies of the elements of `rfft`; parameters as of `fftfreq`.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.fft.rfftfreq(4).tolist()
        [0.0, 0.25, 0.5]
        """
        return self._frequencies("rfftfreq", n, d, dtype, device, requires_grad)

    def _frequencies(self, name: str, n: int, d: float, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
        if n < 1:
            raise ArgumentError(f"{name}: n: expected at least one point, got {n}")
        adapter = self.adapter
        array = adapter.function(f"fft.{name}")(n, d=d, device=device)
        wanted = native_dtype(self._default(float) if dtype is None else dtype, adapter)
        return made(adapter.cast(array, wanted), requires_grad, name)


_numpy = Frequencies("numpy")
fftfreq = _numpy.fftfreq
rfftfreq = _numpy.rfftfreq
