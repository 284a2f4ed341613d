"""NumPy's products, polynomials, interpolation and rounding over Tensors, with NumPy's signatures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ArgumentError, UnsupportedError
from ..ops import products
from ..ops.comparison import isnan
from ..ops.complex import conj, imag, real
from ..ops.creation import ones_like, zeros_like
from ..ops.cumulative import cumulative_prod, cumulative_sum, diff
from ..ops.einsum import einsum
from ..ops.elementwise import multiply, pow
from ..ops.joining import concat, stack
from ..ops.manipulation import flip, moveaxis, reshape
from ..ops.products import matmul, tensordot
from ..ops.reductions import sum
from ..ops.rounding import clip, nan_to_num, round, trunc
from ..ops.searching import where as choose
from ..ops.transcendental import atan2, exp, log, sinc
from .operands import into, operand, plain, tensor

__all__ = ["FUNCTIONS"]


# -- products ------------------------------------------------------------------------------------------------------------
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    x, y = tensor(a), tensor(b)
    if x.ndim == 0 or y.ndim == 0:
        result = multiply(x, y)
    elif y.ndim <= 2 and x.ndim <= 2:
        result = matmul(x, y)
    else:
        result = tensordot(x, y, axes=((x.ndim - 1,), (max(y.ndim - 2, 0),)))
    return into(result, out, "np.dot")


def _inner(a: Any, b: Any, /) -> Any:
    x, y = tensor(a), tensor(b)
    return multiply(x, y) if x.ndim == 0 or y.ndim == 0 else tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,)))


def _vdot(a: Any, b: Any, /) -> Any:
    return sum(conj(reshape(tensor(a), (-1,))) * reshape(tensor(b), (-1,)))


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return into(products.outer(reshape(tensor(a), (-1,)), reshape(tensor(b), (-1,))), out, "np.outer")


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    x, y = tensor(a), tensor(b)
    if not isinstance(axes, int):
        first, second = ((i,) if isinstance(i, int) else tuple(i) for i in axes)
        axes = (tuple(i % x.ndim for i in first), tuple(i % y.ndim for i in second))
    return tensordot(x, y, axes=axes)


def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:  # noqa: ARG001
    if options:
        raise UnsupportedError(f"np.einsum: {', '.join(options)} of a call on Tensors")
    subscripts, *arrays = operands
    if not isinstance(subscripts, str):
        raise UnsupportedError("np.einsum: operands followed by lists of axes; name the axes in a string, as 'ij,jk->ik'")
    return into(einsum(subscripts, *map(tensor, arrays)), out, "np.einsum")


def _kron(a: Any, b: Any) -> Any:
    x, y = tensor(a), tensor(b)
    ndim = max(x.ndim, y.ndim)
    one, two = (1,) * (ndim - x.ndim) + x.shape, (1,) * (ndim - y.ndim) + y.shape
    x = reshape(x, tuple(n for k in one for n in (k, 1)))
    y = reshape(y, tuple(n for k in two for n in (1, k)))
    return reshape(x * y, tuple(n * m for n, m in zip(one, two, strict=True)))


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    x, y = moveaxis(tensor(a), axisa, -1), moveaxis(tensor(b), axisb, -1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ArgumentError("np.cross: incompatible dimensions for cross product (dimension must be 2 or 3)")
    flat = x.shape[-1] == y.shape[-1] == 2
    (x0, x1, x2), (y0, y1, y2) = (
        (v[..., 0], v[..., 1], v[..., 2] if v.shape[-1] == 3 else zeros_like(v[..., 0])) for v in (x, y)
    )
    if flat:
        return x0 * y1 - x1 * y0
    return moveaxis(stack([x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, x0 * y1 - x1 * y0], axis=-1), -1, axisc)


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Of two vectors, as the product of one with the Toeplitz matrix of the other."""
    x, y = (reshape(tensor(u), (-1,)) for u in (a, v))
    if not x.size or not y.size:
        raise ArgumentError("np.convolve: a and v cannot be empty")
    x, y = (x, y) if x.size >= y.size else (y, x)
    n, m = x.size, y.size
    zeros = np.zeros(m - 1, x.dtype)
    padded = concat([tensor(zeros), x, tensor(zeros)]) if m > 1 else x
    windows = padded[np.arange(n + m - 1)[:, None] + np.arange(m)[None]]
    full = matmul(windows, flip(y))
    if mode == "full":
        return full
    if mode == "same":
        start = (m - 1) // 2
        return full[start : start + n]
    if mode == "valid":
        return full[m - 1 : n]
    raise ArgumentError(f"np.convolve: mode must be 'full', 'same' or 'valid', got {mode!r}")


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Of `a` with conj(`v`); when `v` is the longer one, the places are counted from the other end."""
    x, y = tensor(a), tensor(v)
    if mode == "same" and y.size > x.size:
        full = _convolve(x, flip(conj(y)), "full")
        start = (x.size - 1) - (x.size - 1) // 2
        return full[start : start + y.size]
    return _convolve(x, flip(conj(y)), mode)


# -- polynomials ---------------------------------------------------------------------------------------------------------
def _polyval(p: Any, x: Any) -> Any:
    coefficients, x = tensor(p), tensor(x)
    result = zeros_like(x)
    for c in coefficients:
        result = result * x + c
    return result


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    x, y = (reshape(tensor(a), (-1,)) for a in (a1, a2))
    n = max(x.size, y.size)
    return tuple(concat([tensor(np.zeros(n - u.size)), u]) if u.size < n else u for u in (x, y))


def _polyadd(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x + y


def _polysub(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x - y


def _polyder(p: Any, m: int = 1) -> Any:
    c = tensor(p)
    for _ in range(m):
        c = c[:-1] * np.arange(c.size - 1, 0, -1)
    return c


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    c = tensor(p)
    constants = [0.0] * m if k is None else list(tensor(k)) if np.ndim(plain(k)) else [k] * m
    for constant in constants[:m]:
        c = concat([c / np.arange(c.size, 0, -1), reshape(tensor(constant) * 1.0, (1,))])
    return c


def _poly(seq_of_zeros: Any) -> Any:
    roots = tensor(seq_of_zeros)
    if roots.ndim != 1:
        raise UnsupportedError("np.poly: the characteristic polynomial of a matrix; hand out its eigenvalues")
    c: Any = ones_like(roots[:1])
    for root in roots:
        c = _convolve(c, stack([ones_like(root), -root]))
    return c


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    v = tensor(x)
    powers = np.arange(v.size if N is None else N)
    columns = [pow(v, int(p)) if p else ones_like(v) for p in (powers if increasing else powers[::-1])]
    return stack(columns, axis=1)


# -- interpolation and differences ---------------------------------------------------------------------------------------
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """Between two knots linear, in every operand."""
    x, knots, values = tensor(x), tensor(xp), tensor(fp)
    if period is not None:
        x = x % period
        knots = knots % period
        order = np.argsort(knots._array)
        knots, values = knots[order], values[order]
        knots = concat([knots[-1:] - period, knots, knots[:1] + period])
        values = concat([values[-1:], values, values[:1]])
    if knots.size == 1:
        inside = values[0] + zeros_like(x)
    else:
        place = np.clip(np.searchsorted(knots._array, x._array, side="right") - 1, 0, knots.size - 2)
        start = knots[place]
        inside = values[place] + (x - start) * ((values[place + 1] - values[place]) / (knots[place + 1] - start))
    inside = choose(x._array < knots._array[0], tensor(values[0] if left is None or period else left), inside)
    inside = choose(x._array > knots._array[-1], tensor(values[-1] if right is None or period else right), inside)
    return choose(isnan(x), np.nan, inside)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = tensor(y)
    if x is None:
        steps = operand(dx)
    else:
        steps = diff(tensor(x), axis=-1 if tensor(x).ndim == 1 else axis)
        if steps.ndim == 1 < y.ndim:
            steps = reshape(steps, tuple(-1 if i == axis % y.ndim else 1 for i in range(y.ndim)))
    before = (slice(None),) * (axis % y.ndim)
    return sum(steps * (y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]) / 2.0, axis=axis)


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = tensor(f)
    axes = tuple(range(f.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    spacings = list(varargs) if len(varargs) == len(axes) else list(varargs) * len(axes) if varargs else [1.0] * len(axes)
    if len(spacings) != len(axes):
        raise ArgumentError(f"np.gradient: invalid number of arguments: {len(varargs)} spacings for {len(axes)} axes")
    found = [moveaxis(_slope(moveaxis(f, a, 0), h, edge_order), 0, a) for a, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, spacing: Any, edge_order: int) -> Any:
    """The derivative along the first axis from a parabola through each three neighbours; at the ends by `edge_order`."""
    n = f.shape[0]
    if n < edge_order + 1:
        raise ArgumentError("np.gradient: the shape of f is too small: at least edge_order + 1 elements are needed")
    h = operand(spacing)
    steps = diff(tensor(h)) if np.ndim(plain(h)) else tensor(h) + np.zeros(n - 1)
    steps = reshape(steps, (-1, *(1,) * (f.ndim - 1)))
    h1, h2 = steps[:-1], steps[1:]
    inner = (h1 * h1 * f[2:] + (h2 * h2 - h1 * h1) * f[1:-1] - h2 * h2 * f[:-2]) / (h1 * h2 * (h1 + h2))
    if edge_order == 1:
        first, last = (f[1:2] - f[:1]) / steps[:1], (f[-1:] - f[-2:-1]) / steps[-1:]
    else:
        a, b = steps[0:1], steps[1:2]
        first = -(2 * a + b) / (a * (a + b)) * f[0:1] + (a + b) / (a * b) * f[1:2] - a / (b * (a + b)) * f[2:3]
        a, b = steps[-2:-1], steps[-1:]
        last = b / (a * (a + b)) * f[-3:-2] - (a + b) / (a * b) * f[-2:-1] + (2 * b + a) / (b * (a + b)) * f[-1:]
    return concat([first, inner, last])


def _unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    x = tensor(p)
    return x + (np.unwrap(x._array, discont, axis, period=period) - x._array)  # steps of whole periods, which are constant


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
def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any
) -> Any:
    no = np._NoValue
    low, high = (x if y is no or y is None else y for x, y in ((a_min, min), (a_max, max)))
    if options:
        raise UnsupportedError(f"np.clip: {', '.join(options)} of a call on Tensors")
    bounds = [None if v is no or v is None else operand(v) for v in (low, high)]
    return into(clip(tensor(a), *bounds), out, "np.clip")


def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    x = tensor(a)
    result = round(x) if decimals == 0 else round(x * 10.0**decimals) / 10.0**decimals
    return into(result, out, "np.round")


def _fix(x: Any, out: Any = None) -> Any:
    return into(trunc(tensor(x)), out, "np.fix")


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    result = nan_to_num(tensor(x), nan=nan, posinf=posinf, neginf=neginf)
    return result if copy else into(result, x, "np.nan_to_num")


def _angle(z: Any, deg: bool = False) -> Any:
    z = tensor(z)
    found = atan2(imag(z), real(z)) if z.dtype.kind == "c" else atan2(zeros_like(z), z)
    return found * (180 / math.pi) if deg else found


def _real_if_close(a: Any, tol: float = 100) -> Any:
    x = tensor(a)
    return real(x) if x.dtype.kind == "c" and np.isrealobj(np.real_if_close(x._array, tol)) else x


def _sinc(x: Any) -> Any:
    return sinc(tensor(x))


def _imag(val: Any) -> Any:
    x = tensor(val)
    return imag(x) if x.dtype.kind == "c" else zeros_like(x)


def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:  # noqa: ARG001
    return tensor(x).astype(dtype, copy=copy)


#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "dot": _dot, "inner": _inner, "vdot": _vdot, "outer": _outer, "tensordot": _tensordot, "einsum": _einsum,
    "kron": _kron, "cross": _cross, "convolve": _convolve, "correlate": _correlate,
    "polyval": _polyval, "polyadd": _polyadd, "polysub": _polysub, "polymul": _convolve,
    "polyder": _polyder, "polyint": _polyint, "poly": _poly, "vander": _vander,
    "interp": _interp, "trapezoid": _trapezoid, "gradient": _gradient, "unwrap": _unwrap,
    "linspace": _space(_linspace), "logspace": _space(_logspace), "geomspace": _space(_geomspace),
    "clip": _clip, "round": _round, "around": _round, "fix": _fix, "nan_to_num": _nan_to_num, "sinc": _sinc,
    "angle": _angle, "real": lambda val: real(tensor(val)), "imag": _imag, "real_if_close": _real_if_close, "astype": _astype,
    "cumulative_sum": lambda x, /, *, axis=None, dtype=None, out=None, include_initial=False: into(
        cumulative_sum(tensor(x), axis=axis, dtype=dtype, include_initial=include_initial), out, "np.cumulative_sum"
    ),
    "cumulative_prod": lambda x, /, *, axis=None, dtype=None, out=None, include_initial=False: into(
        cumulative_prod(tensor(x), axis=axis, dtype=dtype, include_initial=include_initial), out, "np.cumulative_prod"
    ),
}  # fmt: skip
