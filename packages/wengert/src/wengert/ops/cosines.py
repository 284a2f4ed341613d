"""Cosine and sine transforms of types I to IV, by way of `rfft` and `irfft`, whose derivatives serve them.

Each is the Fourier transform of its operand continued evenly or oddly. With the norm "backward" they are, for N points,

====  ====================================================  ==========================================================
type  cosines                                               sines
====  ====================================================  ==========================================================
I     x[0] + (-1)^k x[N-1] + 2 Σ' x[n] cos(π k n / (N-1))   2 Σ x[n] sin(π (k+1) (n+1) / (N+1))
II    2 Σ x[n] cos(π k (2n+1) / 2N)                         2 Σ x[n] sin(π (k+1) (2n+1) / 2N)
III   x[0] + 2 Σ' x[n] cos(π (2k+1) n / 2N)                 (-1)^k x[N-1] + 2 Σ' x[n] sin(π (2k+1) (n+1) / 2N)
IV    2 Σ x[n] cos(π (2k+1) (2n+1) / 4N)                    2 Σ x[n] sin(π (2k+1) (2n+1) / 4N)
====  ====================================================  ==========================================================

(Makhoul, "A fast cosine transform in one and two dimensions", 1980; the conventions are those of SciPy's documentation.) A sine
transform is a cosine transform of the same type with signs and order changed: S_II(x)[k] = C_II((-1)^n x)[N-1-k],
S_III(x)[k] = (-1)^k C_III(x reversed)[k], S_IV likewise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of
from ..arrays.dtypes import dtype_name
from ..arrays.shapes import normalize_axes, normalize_axis
from ..errors import ArgumentError, DtypeError
from .complex import imag, is_complex, real
from .fft import OTHER, _resized, fft, irfft, rfft
from .joining import concat
from .manipulation import flip, moveaxis
from .select import raw

__all__ = ["dct", "dctn", "dst", "dstn", "idct", "idctn", "idst", "idstn"]

Ends = dict[int, tuple[tuple[int, ...], tuple[int, ...]]]

#: The type of the inverse of each type.
INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


# -- along the last axis, not normalized -------------------------------------------------------------------------------
def _constants(x: Any, values: Any) -> Any:
    """NumPy's `values` as an array of the library, of the place and of the precision of `x`."""
    array = raw(x)
    adapter = adapter_of(array)
    single = dtype_name(x.dtype) in ("float32", "complex64")
    dtype = ("complex64" if single else "complex128") if values.dtype.kind == "c" else ("float32" if single else "float64")
    return adapter.from_host(values.astype(dtype), adapter.device(array))


def _turn(x: Any, angles: Any) -> Any:
    """`x` times ``exp(i angle)``, element by element."""
    return x * _constants(real(x), np.exp(1j * angles))


def _cosine_1(x: Any) -> Any:
    return real(rfft(concat([x, flip(x[..., 1:-1], axis=-1)], axis=-1)))


def _cosine_2(x: Any) -> Any:
    n = x.shape[-1]
    whole = rfft(concat([x, flip(x, axis=-1)], axis=-1))[..., :n]
    return real(_turn(whole, -math.pi * np.arange(n) / (2 * n)))


def _cosine_3(x: Any) -> Any:
    n = x.shape[-1]
    half = _resized(x * _constants(x, np.exp(1j * math.pi * np.arange(n) / (2 * n))), n + 1, len(x.shape) - 1)
    return irfft(half, n=2 * n, norm="forward")[..., :n]


def _cosine_4(x: Any) -> Any:
    n = x.shape[-1]
    turned = x * _constants(x, 2 * np.exp(-1j * math.pi * np.arange(n) / (2 * n)))
    return real(_turn(fft(turned, n=2 * n)[..., :n], -math.pi * (2 * np.arange(n) + 1) / (4 * n)))


def _sine_1(x: Any) -> Any:
    n, zero = x.shape[-1], x[..., :1] * 0
    return -imag(rfft(concat([zero, x, zero, -flip(x, axis=-1)], axis=-1)))[..., 1 : n + 1]


def _alternating(x: Any) -> Any:
    return x * _constants(x, (-1.0) ** np.arange(x.shape[-1]))


COSINES: dict[int, Callable[[Any], Any]] = {1: _cosine_1, 2: _cosine_2, 3: _cosine_3, 4: _cosine_4}
SINES: dict[int, Callable[[Any], Any]] = {
    1: _sine_1,
    2: lambda x: flip(_cosine_2(_alternating(x)), axis=-1),
    3: lambda x: _alternating(_cosine_3(flip(x, axis=-1))),
    4: lambda x: _alternating(_cosine_4(flip(x, axis=-1))),
}
#: By type, the elements of the operand and of the result that `orthogonalize` multiplies with and divides by √2.
COSINE_ENDS: Ends = {1: ((0, -1), (0, -1)), 2: ((), (0,)), 3: ((0,), ()), 4: ((), ())}
SINE_ENDS: Ends = {1: ((), ()), 2: ((), (-1,)), 3: ((-1,), ()), 4: ((), ())}


# -- one transform -----------------------------------------------------------------------------------------------------
def _transform(
    name: str, x: Any, type: int, n: int | None, axis: int, norm: str | None, orthogonalize: bool | None, inverse: bool
) -> Any:
    norm = "backward" if norm is None else norm
    if norm not in OTHER:
        raise ArgumentError(f"{name}: norm: expected None, 'backward', 'ortho' or 'forward', got {norm!r}")
    if type not in INVERSE:
        raise ArgumentError(f"{name}: type: expected 1, 2, 3 or 4, got {type!r}")
    if is_complex(x):
        parts: Any = [_transform(name, part(x), type, n, axis, norm, orthogonalize, inverse) for part in (real, imag)]
        return parts[0] + 1j * parts[1]
    if adapter_of(raw(x)).kind(x.dtype) != "f":
        raise DtypeError(f"{name}: x: expected a floating or complex dtype, got {x.dtype}")
    axis = normalize_axis(axis, len(x.shape))
    points = x.shape[axis] if n is None else n
    cosine = name.startswith(("dct", "idct"))
    if points < (2 if cosine and type == 1 else 1):
        raise ArgumentError(f"{name}: expected at least {2 if cosine and type == 1 else 1} points for type {type}, got {points}")
    kind = INVERSE[type] if inverse else type
    x = moveaxis(_resized(x, points, axis), axis, -1)
    before, after = (COSINE_ENDS if cosine else SINE_ENDS)[kind]
    if norm == "ortho" if orthogonalize is None else orthogonalize:
        x = (COSINES if cosine else SINES)[kind](_scaled_ends(x, before, math.sqrt(2)))
        x = _scaled_ends(x, after, math.sqrt(0.5))
    else:
        x = (COSINES if cosine else SINES)[kind](x)
    logical = 2 * (points if kind > 1 else points - 1 if cosine else points + 1)
    if norm != ("forward" if inverse else "backward"):
        x = x * (1 / (math.sqrt(logical) if norm == "ortho" else logical))
    return moveaxis(x, -1, axis)


def _scaled_ends(x: Any, ends: tuple[int, ...], factor: float) -> Any:
    if not ends:
        return x
    factors = np.ones(x.shape[-1])
    factors[list(ends)] = factor
    return x * _constants(x, factors)


def dct(
    x: Any, /, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, *, orthogonalize: bool | None = None
) -> Any:
    """The discrete cosine transform along `axis`; the parameters are those of ``scipy.fft.dct``.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    type : {1, 2, 3, 4}
        What the table above tells.
    n : int, optional
        The number of points: `x` is cropped or filled up with zeros. Default: as many as there are.
    axis : int
        Default: the last.
    norm : {None, "backward", "ortho", "forward"}
        Whether the inverse is divided by 2N, the same as None, both by its root, or the transform. (N - 1 in the place of N for
        cosines of type I, N + 1 for sines.)
    orthogonalize : bool, optional
        Whether first and last elements are scaled so that with the norm "ortho" the matrix is orthogonal. Default: if it is that.

    Returns
    -------
    Tensor or array
        Of the dtype of `x`, with `n` elements along `axis`.

    Raises
    ------
    ArgumentError, DtypeError
        If an argument does not suit.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = wg.fft.dct(x)
    >>> [round(v, 4) for v in y[:2].tolist()]
    [12.0, -3.4641]
    >>> y[1].backward()
    >>> [round(v, 4) for v in x.grad[::2].tolist()]
    [1.7321, -1.7321]
    """
    return _transform("dct", x, type, n, axis, norm, orthogonalize, inverse=False)


def idct(
    x: Any, /, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, *, orthogonalize: bool | None = None
) -> Any:
    """The inverse of `dct` with the same arguments.

    Examples
    --------
    >>> import wengert as wg
    >>> [round(v, 6) for v in wg.fft.idct(wg.fft.dct(wg.tensor([1.0, 2.0, 3.0]))).tolist()]
    [1.0, 2.0, 3.0]
    """
    return _transform("idct", x, type, n, axis, norm, orthogonalize, inverse=True)


def dst(
    x: Any, /, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, *, orthogonalize: bool | None = None
) -> Any:
    """The discrete sine transform along `axis`; parameters as of `dct`.

    Examples
    --------
    >>> import wengert as wg
    >>> [round(v, 4) for v in wg.fft.dst(wg.tensor([1.0, 2.0, 3.0]), type=1).tolist()]
    [9.6569, -4.0, 1.6569]
    """
    return _transform("dst", x, type, n, axis, norm, orthogonalize, inverse=False)


def idst(
    x: Any, /, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, *, orthogonalize: bool | None = None
) -> Any:
    """The inverse of `dst` with the same arguments.

    Examples
    --------
    >>> import wengert as wg
    >>> [round(v, 6) for v in wg.fft.idst(wg.fft.dst(wg.tensor([1.0, 2.0, 3.0]), type=4), type=4).tolist()]
    [1.0, 2.0, 3.0]
    """
    return _transform("idst", x, type, n, axis, norm, orthogonalize, inverse=True)


# -- several axes ------------------------------------------------------------------------------------------------------
def _over_axes(one: Callable[..., Any]) -> Callable[..., Any]:
    """The transform along several axes, one after the other."""

    def several(
        x: Any,
        /,
        type: int = 2,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | int | None = None,
        norm: str | None = None,
        *,
        orthogonalize: bool | None = None,
    ) -> Any:
        ndim = len(x.shape)
        if axes is None:
            axes = range(ndim) if s is None else range(ndim - len(s), ndim)
        axes = normalize_axes((axes,) if isinstance(axes, int) else tuple(axes), ndim)
        lengths = [None] * len(axes) if s is None else list(s)
        if len(lengths) != len(axes):
            raise ArgumentError(f"{one.__name__}n: s and axes: expected as many of each, got {len(lengths)} and {len(axes)}")
        for axis, n in zip(axes, lengths, strict=True):
            x = one(x, type, n, axis, norm, orthogonalize=orthogonalize)
        return x

    several.__name__ = several.__qualname__ = f"{one.__name__}n"
    several.__module__ = __name__
    several.__doc__ = f"""`{one.__name__}` along several axes: all of them, or `axes`, with ``s[i]`` points along ``axes[i]``.

    Parameters as of ``scipy.fft.{one.__name__}n``.
    """
    return several


dctn, idctn, dstn, idstn = map(_over_axes, (dct, idct, dst, idst))
