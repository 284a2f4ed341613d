"""NumPy's ufuncs over Tensors: ``np.sin(x)``, ``np.add.reduce(x)``, ``np.multiply.outer(x, y)``, with ``out=`` and ``where=``.

`CALLS` says what each ufunc is among Wengert's operators. The methods of ufuncs are put together from these, those that have
an operator of their own (a reduction of ``add`` is a sum) from that.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.tensor import TENSORS, Tensor
from ..errors import ArgumentError, UnsupportedError
from ..ops import complex as z
from ..ops import elementwise as e
from ..ops import rounding as r
from ..ops import transcendental as t
from ..ops.creation import zeros_like
from ..ops.cumulative import cumulative_prod, cumulative_sum, prod
from ..ops.indexing import scatter
from ..ops.joining import concat, stack, unstack
from ..ops.manipulation import expand_dims, moveaxis, reshape, squeeze
from ..ops.products import matmul, vecdot
from ..ops.reductions import all, any, max, min, sum
from ..ops.statistics import logsumexp
from .operands import into, masked, operand, plain, tensor

__all__ = ["CALLS", "CONSTANT", "array_ufunc"]


# -- ufuncs that are no operator -----------------------------------------------------------------------------------------
def _float_power(x1: Any, x2: Any) -> Any:
    x1, x2 = tensor(x1), tensor(x2)
    dtype = np.result_type(x1.dtype, x2.dtype, np.float64)
    return e.pow(x1.astype(dtype), x2.astype(dtype))


def _ldexp(x1: Any, x2: Any) -> Any:
    return tensor(x1) * e.pow(2.0, plain(operand(x2)))


def _modf(x: Any) -> tuple[Any, Any]:
    whole = r.trunc(x)
    return x - whole, whole


def _divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    return r.floor_divide(x1, x2), r.remainder(x1, x2)


def _frexp(x: Any) -> tuple[Any, Any]:
    _, exponent = np.frexp(x._array)
    return x * np.ldexp(np.ones_like(x._array), -exponent), tensor(exponent)


def _matvec(x1: Any, x2: Any) -> Any:
    return squeeze(matmul(x1, expand_dims(tensor(x2), axis=-1)), axis=-1)


def _vecmat(x1: Any, x2: Any) -> Any:
    return squeeze(matmul(expand_dims(z.conj(tensor(x1)), axis=-2), x2), axis=-2)


def _fabs(x: Any) -> Any:
    return e.abs(x if x.dtype.kind == "f" else x.astype("float64"))


#: From a ufunc to what it is here.
CALLS: dict[np.ufunc, Callable[..., Any]] = {
    np.absolute: e.abs, np.add: e.add, np.subtract: e.subtract, np.multiply: e.multiply, np.divide: e.divide,
    np.negative: e.negative, np.positive: e.positive, np.power: e.pow, np.float_power: _float_power, np.square: e.square,
    np.reciprocal: e.reciprocal, np.sign: e.sign, np.maximum: e.maximum, np.minimum: e.minimum,
    np.fmax: e.fmax, np.fmin: e.fmin, np.fabs: _fabs, np.heaviside: r.heaviside,
    np.sqrt: t.sqrt, np.cbrt: t.cbrt, np.exp: t.exp, np.exp2: t.exp2, np.expm1: t.expm1, np.ldexp: _ldexp, np.frexp: _frexp,
    np.log: t.log, np.log1p: t.log1p, np.log2: t.log2, np.log10: t.log10,
    np.logaddexp: t.logaddexp, np.logaddexp2: t.logaddexp2, np.hypot: t.hypot,
    np.sin: t.sin, np.cos: t.cos, np.tan: t.tan, np.arcsin: t.asin, np.arccos: t.acos, np.arctan: t.atan,
    np.arctan2: t.atan2, np.sinh: t.sinh, np.cosh: t.cosh, np.tanh: t.tanh, np.arcsinh: t.asinh, np.arccosh: t.acosh,
    np.arctanh: t.atanh, np.deg2rad: t.deg2rad, np.radians: t.deg2rad, np.rad2deg: t.rad2deg, np.degrees: t.rad2deg,
    np.ceil: r.ceil, np.floor: r.floor, np.trunc: r.trunc, np.rint: r.round, np.copysign: r.copysign,
    np.nextafter: r.nextafter, np.floor_divide: r.floor_divide, np.remainder: r.remainder, np.fmod: r.fmod,
    np.modf: _modf, np.divmod: _divmod,
    np.conjugate: z.conj, np.matmul: matmul, np.vecdot: vecdot, np.matvec: _matvec, np.vecmat: _vecmat,
}  # fmt: skip

#: Ufuncs whose values do not change with small changes of their operands, or are no floating numbers: NumPy computes them.
CONSTANT: frozenset[np.ufunc] = frozenset({
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.bitwise_count,
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.isfinite, np.isinf, np.isnan, np.isnat, np.signbit, np.gcd, np.lcm, np.spacing,
})  # fmt: skip

#: Reductions that are operators, and the value at which they begin where nothing is counted.
REDUCTIONS: dict[np.ufunc, tuple[Callable[..., Any], Any]] = {
    np.add: (sum, 0),
    np.multiply: (prod, 1),
    np.maximum: (max, -np.inf),
    np.minimum: (min, np.inf),
    np.logical_and: (all, True),
    np.logical_or: (any, False),
    np.logaddexp: (logsumexp, -np.inf),
}


def array_ufunc(ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """Do what ``getattr(ufunc, method)(*inputs, **options)`` asks for, some of `inputs` being Tensors."""
    if method == "__call__":
        if not options:
            function = CALLS.get(ufunc)
            if function is not None:
                return function(*map(operand, inputs))
        return _call(ufunc, inputs, **options)
    found = METHODS.get(method)
    if found is None:  # pragma: no cover  (NumPy has no other method)
        raise UnsupportedError(f"np.{ufunc.__name__}.{method} of Tensors")
    return found(ufunc, *inputs, **options)


def _call(
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    *,
    out: Any = None,
    where: Any = True,
    dtype: Any = None,
    axis: Any = None,
    **others: Any,
) -> Any:
    name = _full_name(ufunc)
    others = {k: v for k, v in others.items() if (k, v) not in ((("casting", "same_kind")), ("order", "K"), ("subok", True))}
    if others:
        raise UnsupportedError(f"{name}: {', '.join(others)} of a call on Tensors; out=, where=, dtype= and axis= are served")
    if ufunc in CONSTANT:
        result = ufunc(*map(plain, inputs), **({} if dtype is None else {"dtype": dtype}))
        return into(masked(tensor(result), where, _old(out, result)), out, name)
    function = CALLS.get(ufunc) or _of_scipy(ufunc)
    if function is None:
        raise UnsupportedError(
            f"{name} has no derivative rule here, and nothing is detached silently: call it on x.detach().numpy() for its value "
            "alone, or write a wengert.autograd.Function with its derivative"
        )
    operands = [operand(x) if dtype is None else tensor(x).astype(dtype) for x in inputs]
    result = function(*operands) if axis is None else function(*operands, axis=axis)
    if where is not True:
        results = result if isinstance(result, tuple) else (result,)
        olds = out if isinstance(out, tuple) else (out,) * len(results)
        result = tuple(masked(value, where, _old(old, value)) for value, old in zip(results, olds, strict=True))
        result = result if len(result) > 1 else result[0]
    return into(result, out, name)


def _full_name(ufunc: np.ufunc) -> str:
    """The name with that of the module it is from, which a ufunc does not know."""
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc:
        return f"np.{name}"
    return f"scipy.special.{name}" if getattr(sys.modules.get("scipy.special"), name, None) is ufunc else name


def _of_scipy(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The operator of a ufunc of ``scipy.special``, from now on among the others."""
    if "scipy.special" in sys.modules:
        from .elsewhere import special_ufuncs  # noqa: PLC0415  (it needs this module)

        CALLS.update(special_ufuncs())
    return CALLS.get(ufunc)


def _old(out: Any, like: Any) -> Any:
    """What stays where nothing is written; NumPy leaves it open where no `out` is given, and here it is zero."""
    out = out[0] if isinstance(out, tuple) and out else out
    return zeros_like(tensor(like)) if out is None else out


# -- methods -------------------------------------------------------------------------------------------------------------
def _binary(ufunc: np.ufunc) -> Callable[[Any, Any], Any]:
    if ufunc.nin != 2 or ufunc.nout != 1:
        raise ArgumentError(f"np.{ufunc.__name__} takes {ufunc.nin} operand(s); its methods are for those with two")
    return functools.partial(array_ufunc, ufunc, "__call__")


def _reduce(
    ufunc: np.ufunc,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    known = REDUCTIONS.get(ufunc)
    if known is not None and dtype is None and out is None and initial is None and where is True and type(x) in TENSORS:
        return known[0](x, axis=axis, keepdims=keepdims)  # as almost always
    name, x = f"np.{ufunc.__name__}.reduce", tensor(x)
    call = _binary(ufunc)
    x = x if dtype is None else x.astype(dtype)
    if known is not None:
        function, neutral = known
        if where is not True:
            if neutral in (np.inf, -np.inf) and initial is None and ufunc is not np.logaddexp:
                raise ArgumentError(f"{name} has no identity, so to use a where mask one has to specify 'initial'")
            x = masked(x, where, np.asarray(neutral).astype(x.dtype) if x.dtype.kind == "f" else tensor(neutral).astype(x.dtype))
        if initial is not None and not x.size:
            return into(_filled(x, axis, keepdims, initial), out, name)
        result = function(x, axis=axis, keepdims=keepdims)
        return into(result if initial is None else call(result, initial), out, name)
    if where is not True:
        raise UnsupportedError(f"{name}: where= is served for {', '.join(f'np.{u.__name__}' for u in REDUCTIONS)}")
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for a in sorted((a % x.ndim for a in axes), reverse=True):
        parts = list(unstack(x, axis=a))
        parts = parts if initial is None else [tensor(initial), *parts]
        x = functools.reduce(call, parts)
        x = expand_dims(x, axis=a) if keepdims else x
    return into(x, out, name)


def _filled(x: Any, axis: Any, keepdims: bool, value: Any) -> Any:
    return sum(x, axis=axis, keepdims=keepdims) * 0 + value


def _accumulate(ufunc: np.ufunc, x: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    name, x = f"np.{ufunc.__name__}.accumulate", tensor(x)
    call = _binary(ufunc)
    x = x if dtype is None else x.astype(dtype)
    if ufunc is np.add or ufunc is np.multiply:
        return into((cumulative_sum if ufunc is np.add else cumulative_prod)(x, axis=axis), out, name)
    parts = list(unstack(x, axis=axis))
    for i in range(1, len(parts)):
        parts[i] = call(parts[i - 1], parts[i])
    return into(stack(parts, axis=axis), out, name)


def _outer(ufunc: np.ufunc, x1: Any, x2: Any, **options: Any) -> Any:
    _binary(ufunc)
    x1, x2 = tensor(x1), tensor(x2)
    return array_ufunc(ufunc, "__call__", reshape(x1, (*x1.shape, *(1,) * x2.ndim)), x2, **options)


def _reduceat(ufunc: np.ufunc, x: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    x, starts = moveaxis(tensor(x), axis, 0), [int(i) for i in np.asarray(plain(indices))]
    ends = [*starts[1:], len(x)]
    parts = [_reduce(ufunc, x[i : j if j > i else i + 1], 0, dtype, None, True) for i, j in zip(starts, ends, strict=True)]
    return into(moveaxis(concat(parts), 0, axis), out, f"np.{ufunc.__name__}.reduceat")


def _at(ufunc: np.ufunc, x: Any, indices: Any, values: Any = None) -> None:
    """``x[indices] = ufunc(x[indices], values)``, counting places that are named twice: sums alone can do that."""
    name = f"np.{ufunc.__name__}.at"
    if not isinstance(x, Tensor):
        if isinstance(values, Tensor) and values.requires_grad:
            raise UnsupportedError(
                f"{name}: the first operand is a plain array, in which the gradient of the values would be lost"
            )
        ufunc.at(x, plain(indices), *(() if values is None else (plain(values),)))
        return
    if ufunc is np.add or ufunc is np.subtract:
        change = scatter(tensor(values) + zeros_like(x[indices]), x.shape, plain(indices))
        x.copy_(x + change if ufunc is np.add else x - change)
        return
    places = np.zeros(x.shape, int)
    np.add.at(places, plain(indices), 1)
    if (places > 1).any():
        raise UnsupportedError(f"{name}: {indices!r} names a place twice, which only np.add.at and np.subtract.at can follow")
    x[indices] = array_ufunc(ufunc, "__call__", x[indices], *(() if values is None else (values,)))


METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "outer": _outer,
    "reduceat": _reduceat,
    "at": _at,
}
