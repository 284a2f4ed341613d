"""``torch.fft``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import fft as ours
from ...errors import UsageError
from ...ops.fft import OTHER
from . import dtypes, math
from .calling import dims, floating, one_dim
from .matrix_calls import spelled
from .tensor import respell

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip

#: Transforms of real tensors.
OF_REAL = ("rfft", "ihfft", "rfftn", "rfft2", "ihfftn", "ihfft2")


def _operand(name: str, input: Any) -> Any:
    input = floating(input)
    if name in OF_REAL and input._dtype.kind == "c":
        raise UsageError(f"{name} expects a real input tensor, but got {input.dtype}")
    return input


def _along_one(name: str) -> Callable[..., Any]:
    transform = getattr(ours, name)

    def call(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
        input = _operand(name, input)
        return transform(input, n=n, axis=one_dim(dim, input.ndim), norm=norm or "backward")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"See `wengert.fft.{name}`."
    return spelled(call)


def _hfftn(x: Any, *, s: Any, axes: Any, norm: str) -> Any:
    return ours.irfftn(math.conj(x), s=s, axes=axes, norm=OTHER.get(norm, norm))


def _ihfftn(x: Any, *, s: Any, axes: Any, norm: str) -> Any:
    return math.conj(ours.rfftn(x, s=s, axes=axes, norm=OTHER.get(norm, norm)))


def _along_several(name: str, transform: Callable[..., Any], default: tuple[int, ...] | None) -> Callable[..., Any]:
    def call(input: Any, s: Any = None, dim: Any = default, norm: str | None = None) -> Any:
        input = _operand(name, input)
        lengths = (s,) if isinstance(s, int) else None if s is None else tuple(s)
        return transform(input, s=lengths, axes=dims(dim, input.ndim), norm=norm or "backward")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The transform along {'the last two' if default else 'several'} axes."
    return spelled(call)


fft = _along_one("fft")
ifft = _along_one("ifft")
rfft = _along_one("rfft")
irfft = _along_one("irfft")
hfft = _along_one("hfft")
ihfft = _along_one("ihfft")
fftn = _along_several("fftn", ours.fftn, None)
ifftn = _along_several("ifftn", ours.ifftn, None)
rfftn = _along_several("rfftn", ours.rfftn, None)
irfftn = _along_several("irfftn", ours.irfftn, None)
hfftn = _along_several("hfftn", _hfftn, None)
ihfftn = _along_several("ihfftn", _ihfftn, None)
fft2 = _along_several("fft2", ours.fftn, (-2, -1))
ifft2 = _along_several("ifft2", ours.ifftn, (-2, -1))
rfft2 = _along_several("rfft2", ours.rfftn, (-2, -1))
irfft2 = _along_several("irfft2", ours.irfftn, (-2, -1))
hfft2 = _along_several("hfft2", _hfftn, (-2, -1))
ihfft2 = _along_several("ihfft2", _ihfftn, (-2, -1))


@spelled
def fftshift(input: Any, dim: Any = None) -> Any:
    """With the zero frequency in the middle.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.fft.fftshift(torch.fft.fftfreq(4))
    tensor([-0.5000, -0.2500,  0.0000,  0.2500])
    """
    return ours.fftshift(input, axes=dims(dim, input.ndim))


@spelled
def ifftshift(input: Any, dim: Any = None) -> Any:
    """The inverse of `fftshift`."""
    return ours.ifftshift(input, axes=dims(dim, input.ndim))


def _frequencies(name: str) -> Callable[..., Any]:
    made = getattr(ours, name)

    def call(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Any:
        wanted = dtypes.native(dtype or dtypes.get_default_dtype())
        return respell(made(n, d=d, dtype=wanted)).requires_grad_(requires_grad)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "The frequencies that the elements of a transform stand for."
    return spelled(call)


fftfreq = _frequencies("fftfreq")
rfftfreq = _frequencies("rfftfreq")
