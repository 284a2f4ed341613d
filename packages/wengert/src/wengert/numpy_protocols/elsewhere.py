"""``numpy.fft`` and ``numpy.linalg`` over Tensors, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops import fft
from .operands import into, tensor

__all__ = ["FUNCTIONS"]


def _one(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        return into(function(tensor(a), n=n, axis=axis, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _several(function: Callable[..., Any], default: Any) -> Callable[..., Any]:
    def call(a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None) -> Any:
        return into(function(tensor(a), s=s, axes=axes, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _shift(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axes=None: function(tensor(x), axes=axes)


#: From NumPy's function, with its module, to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"fft.{f.__name__}": _one(f) for f in (fft.fft, fft.ifft, fft.rfft, fft.irfft, fft.hfft, fft.ihfft)},
    **{f"fft.{f.__name__}": _several(f, None) for f in (fft.fftn, fft.ifftn, fft.rfftn, fft.irfftn)},
    **{f"fft.{f.__name__}": _several(f, (-2, -1)) for f in (fft.fft2, fft.ifft2, fft.rfft2, fft.irfft2)},
    **{f"fft.{f.__name__}": _shift(f) for f in (fft.fftshift, fft.ifftshift)},
}
