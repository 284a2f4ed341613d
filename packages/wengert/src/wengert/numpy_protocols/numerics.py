"""NumPy's products, polynomials, interpolation and rounding over Tensors, with NumPy's signatures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ArgumentError, UnsupportedError
from ..ops import calculus, convolving, interpolation, polynomials, products, vector_products
from ..ops.complex import imag, real
from ..ops.creation import ones_like, zeros_like
from ..ops.cumulative import cumulative_prod, cumulative_sum
from ..ops.einsum import einsum
from ..ops.elementwise import pow
from ..ops.joining import concat, stack
from ..ops.linalg.matrices import cross
from ..ops.manipulation import moveaxis, reshape
from ..ops.products import tensordot
from ..ops.rounding import clip, nan_to_num, round, trunc
from ..ops.transcendental import angle, exp, log, rad2deg, sinc
from .operands import into, of_tensors, operand, taking, tensor

__all__ = ["FUNCTIONS"]


# -- products ------------------------------------------------------------------------------------------------------------
@taking("a", "b")
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    return into(vector_products.dot(a, b), out, "np.dot")


@taking("a", "b")
def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return into(products.outer(reshape(a, (-1,)), reshape(b, (-1,))), out, "np.outer")


@taking("a", "b")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if not isinstance(axes, int):
        first, second = ((i,) if isinstance(i, int) else tuple(i) for i in axes)
        axes = (tuple(i % a.ndim for i in first), tuple(i % b.ndim for i in second))
    return tensordot(a, b, axes=axes)


def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:  # noqa: ARG001
    if options:
        raise UnsupportedError(f"np.einsum: {', '.join(options)} of a call on Tensors")
    subscripts, *arrays = operands
    if not isinstance(subscripts, str):
        raise UnsupportedError("np.einsum: operands followed by lists of axes; name the axes in a string, as 'ij,jk->ik'")
    return into(einsum(subscripts, *map(tensor, arrays)), out, "np.einsum")


@taking("a", "b")
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    x, y = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ArgumentError("np.cross: incompatible dimensions for cross product (dimension must be 2 or 3)")
    found = cross(_in_space(x), _in_space(y))
    return found[..., 2] if x.shape[-1] == y.shape[-1] == 2 else moveaxis(found, -1, axisc)


def _in_space(x: Any) -> Any:
    """Vectors in the plane as vectors in space."""
    return x if x.shape[-1] == 3 else concat([x, zeros_like(x[..., :1])], axis=-1)


@taking("a", "v")
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    return convolving.convolve(reshape(a, (-1,)), reshape(v, (-1,)), mode=mode)


@taking("a", "v")
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    return convolving.correlate(a, v, mode=mode)


# -- polynomials, the highest power first ----------------------------------------------------------------------------------
def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    x, y = (reshape(a, (-1,)) for a in (a1, a2))
    n = max(x.size, y.size)
    return tuple(concat([tensor(np.zeros(n - u.size)), u]) if u.size < n else u for u in (x, y))


@taking("a1", "a2")
def _polyadd(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x + y


@taking("a1", "a2")
def _polysub(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x - y


@taking("a1", "a2")
def _polymul(a1: Any, a2: Any) -> Any:
    return _convolve(a1, a2)


@taking("p")
def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1)
    return p


@taking("p", "k")
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = [0.0] * m if k is None else list(k) if k.ndim else [k] * m
    for constant in constants[:m]:
        p = concat([p / np.arange(p.size, 0, -1), reshape(tensor(constant) * 1.0, (1,))])
    return p


@taking("seq_of_zeros")
def _poly(seq_of_zeros: Any) -> Any:
    if seq_of_zeros.ndim != 1:
        raise UnsupportedError("np.poly: the characteristic polynomial of a matrix; hand out its eigenvalues")
    c: Any = ones_like(seq_of_zeros[:1])
    for root in seq_of_zeros:
        c = convolving.convolve(c, stack([ones_like(root), -root]))
    return c


@taking("x")
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    return polynomials.vander(x, N, increasing=increasing)


# -- interpolation and differences ---------------------------------------------------------------------------------------
@taking("x", "xp", "fp")
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    x, xp, fp = (value if value.dtype.kind == "c" else value.astype("float64", copy=False) for value in (x, xp, fp))
    return interpolation.interp(x, xp, fp, left=left, right=right, period=period)


@taking("y", "x")
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    return calculus.trapezoid(y, x, dx=operand(dx), axis=axis)


@taking("f")
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    return calculus.gradient(f, *map(operand, varargs), axis=axis, edge_order=edge_order)


@taking("p")
def _unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    return calculus.unwrap(p, discont=discont, axis=axis, period=period)


def _space(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *args: Any, **options: Any) -> Any:
        return function(tensor(start) * 1.0, tensor(stop) * 1.0, num, endpoint, *args, **options)

    return call


def _linspace(
    start: Any,
    stop: Any,
    num: int,
    endpoint: bool,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,  # noqa: ARG001
) -> Any:
    count = num - 1 if endpoint else num
    part = np.arange(num) / max(count, 1)
    shape = (num, *(1,) * max(start.ndim, stop.ndim))
    result = moveaxis(start + reshape(tensor(part), shape) * (stop - start), 0, axis)
    result = result if dtype is None else result.astype(dtype)
    return (result, (stop - start) / count) if retstep else result


def _logspace(start: Any, stop: Any, num: int, endpoint: bool, base: Any = 10.0, dtype: Any = None, axis: int = 0) -> Any:
    result = pow(tensor(base) * 1.0, _linspace(start, stop, num, endpoint, axis=axis))
    return result if dtype is None else result.astype(dtype)


def _geomspace(start: Any, stop: Any, num: int, endpoint: bool, dtype: Any = None, axis: int = 0) -> Any:
    ratio = stop / start
    result = start * exp(_linspace(zeros_like(ratio), log(ratio), num, endpoint, axis=axis))
    return result if dtype is None else result.astype(dtype)


# -- elementwise ---------------------------------------------------------------------------------------------------------
@taking("a")
def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any
) -> Any:
    no = np._NoValue
    low, high = (x if y is no or y is None else y for x, y in ((a_min, min), (a_max, max)))
    if options:
        raise UnsupportedError(f"np.clip: {', '.join(options)} of a call on Tensors")
    bounds = [None if v is no or v is None else operand(v) for v in (low, high)]
    return into(clip(a, *bounds), out, "np.clip")


@taking("a")
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    result = round(a) if decimals == 0 else round(a * 10.0**decimals) / 10.0**decimals
    return into(result, out, "np.round")


@taking("x")
def _fix(x: Any, out: Any = None) -> Any:
    return into(trunc(x), out, "np.fix")


@taking("x")
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    result = nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
    return result if copy else into(result, x, "np.nan_to_num")


@taking("z")
def _angle(z: Any, deg: bool = False) -> Any:
    return rad2deg(angle(z)) if deg else angle(z)


@taking("a")
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return real(a) if a.dtype.kind == "c" and np.isrealobj(np.real_if_close(a._array, tol)) else a


@taking("val")
def _imag(val: Any) -> Any:
    return imag(val) if val.dtype.kind == "c" else zeros_like(val)


@taking("x")
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:  # noqa: ARG001
    return x.astype(dtype, copy=copy)


def _running(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, /, *, out=None, **options: into(function(tensor(x), **options), out, f"np.{function.__name__}")


#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f.__name__: of_tensors(f, "a", "b") for f in (vector_products.inner, vector_products.kron, vector_products.vdot)},
    "dot": _dot, "outer": _outer, "tensordot": _tensordot, "einsum": _einsum, "cross": _cross,
    "convolve": _convolve, "correlate": _correlate,
    "polyval": of_tensors(polynomials.polyval, "p", "x"), "polyadd": _polyadd, "polysub": _polysub, "polymul": _polymul,
    "polyder": _polyder, "polyint": _polyint, "poly": _poly, "vander": _vander,
    "interp": _interp, "trapezoid": _trapezoid, "gradient": _gradient, "unwrap": _unwrap,
    "linspace": _space(_linspace), "logspace": _space(_logspace), "geomspace": _space(_geomspace),
    "clip": _clip, "round": _round, "around": _round, "fix": _fix, "nan_to_num": _nan_to_num, "sinc": of_tensors(sinc, "x"),
    "angle": _angle, "real": of_tensors(real, "val"), "imag": _imag, "real_if_close": _real_if_close, "astype": _astype,
    "cumulative_sum": _running(cumulative_sum), "cumulative_prod": _running(cumulative_prod),
}  # fmt: skip
