"""Elementwise functions under PyTorch's names, with its promotion of dtypes."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base
from ...errors import UnsupportedError, UsageError
from ...ops import comparison, rounding, searching, transcendental
from ...ops import complex as complexes
from ...ops import elementwise as e
from ...ops.nn import activation
from ...ops.nn.erf import erf as _erf
from . import dtypes
from .calling import as_tensor, cast, floating, function, promoted
from .saved_names import noted
from .tensor import leaf

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "angle", "arccos", "arcsin", "arctan", "arctan2", "asin",
    "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "complex", "conj",
    "conj_physical", "copysign", "cos", "cosh", "deg2rad", "div", "divide", "eq", "erf", "exp", "exp2", "expm1",
    "float_power", "floor", "floor_divide", "fmod", "frac", "ge", "greater", "greater_equal", "gt", "hypot", "imag", "is_complex",
    "is_floating_point", "isclose", "isfinite", "isinf", "isnan", "isreal", "ldexp", "le", "lerp", "less", "less_equal", "log",
    "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "lt",
    "maximum", "minimum", "mul", "multiply", "nan_to_num", "ne", "neg", "negative", "nextafter", "not_equal", "polar", "positive",
    "pow", "rad2deg", "real", "reciprocal", "relu", "remainder", "resolve_conj", "resolve_neg", "round", "rsqrt", "rsub",
    "sigmoid", "sgn", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "sub", "subtract", "tan", "tanh",
    "true_divide", "trunc", "where",
]  # fmt: skip


# -- how they are spelled ------------------------------------------------------------------------------------------------
def _unary(operator: Callable[..., Any], *, floats: bool = True) -> Callable[..., Any]:
    """An operator of one tensor, of which integers become floats first if `floats`."""

    def call(input: Any) -> Any:
        return operator(floating(input) if floats else as_tensor(input))

    call.__name__ = call.__qualname__ = operator.__name__
    call.__doc__ = f"See `wengert.{operator.__name__}`."
    return function(call)


def _binary(operator: Callable[..., Any], *, divided: bool = False) -> Callable[..., Any]:
    """An operator of two tensors or numbers that meet in one dtype."""

    def call(input: Any, other: Any) -> Any:
        return operator(*promoted(input, other, divided=divided))

    call.__name__ = call.__qualname__ = operator.__name__
    call.__doc__ = f"See `wengert.{operator.__name__}`; operands meet in PyTorch's dtype."
    return function(call)


abs = absolute = _unary(e.abs, floats=False)
neg = negative = _unary(e.negative, floats=False)
positive = _unary(e.positive, floats=False)
square = _unary(e.square, floats=False)
sign = sgn = _unary(e.sign, floats=False)
conj = conj_physical = _unary(complexes.conj, floats=False)
isnan = _unary(comparison.isnan, floats=False)
isinf = _unary(comparison.isinf, floats=False)
isfinite = _unary(comparison.isfinite, floats=False)
logical_not = _unary(comparison.logical_not, floats=False)
bitwise_not = _unary(comparison.bitwise_invert, floats=False)
ceil = _unary(rounding.ceil, floats=False)
floor = _unary(rounding.floor, floats=False)
trunc = _unary(rounding.trunc, floats=False)
relu = _unary(activation.relu, floats=False)
reciprocal = _unary(e.reciprocal)
sqrt = _unary(transcendental.sqrt)
rsqrt = _unary(transcendental.rsqrt)
exp = _unary(transcendental.exp)
exp2 = _unary(transcendental.exp2)
expm1 = _unary(transcendental.expm1)
log = _unary(transcendental.log)
log1p = _unary(transcendental.log1p)
log2 = _unary(transcendental.log2)
log10 = _unary(transcendental.log10)
sin = _unary(transcendental.sin)
cos = _unary(transcendental.cos)
tan = _unary(transcendental.tan)
asin = arcsin = _unary(transcendental.asin)
acos = arccos = _unary(transcendental.acos)
atan = arctan = _unary(transcendental.atan)
sinh = _unary(transcendental.sinh)
cosh = _unary(transcendental.cosh)
tanh = _unary(transcendental.tanh)
asinh = _unary(transcendental.asinh)
acosh = _unary(transcendental.acosh)
atanh = _unary(transcendental.atanh)
sinc = _unary(transcendental.sinc)
deg2rad = _unary(transcendental.deg2rad)
rad2deg = _unary(transcendental.rad2deg)
sigmoid = _unary(activation.sigmoid)
erf = _unary(_erf)

mul = multiply = _binary(e.multiply)
maximum = _binary(e.maximum)
minimum = _binary(e.minimum)
atan2 = arctan2 = _binary(transcendental.atan2, divided=True)
hypot = _binary(transcendental.hypot)
logaddexp = _binary(transcendental.logaddexp)
copysign = _binary(rounding.copysign, divided=True)
nextafter = _binary(rounding.nextafter)
remainder = _binary(rounding.remainder)
floor_divide = _binary(rounding.floor_divide)
true_divide = _binary(e.divide, divided=True)
eq = _binary(comparison.equal)
ne = not_equal = _binary(comparison.not_equal)
lt = less = _binary(comparison.less)
le = less_equal = _binary(comparison.less_equal)
gt = greater = _binary(comparison.greater)
ge = greater_equal = _binary(comparison.greater_equal)
logical_and = _binary(comparison.logical_and)
logical_or = _binary(comparison.logical_or)
logical_xor = _binary(comparison.logical_xor)
bitwise_and = _binary(comparison.bitwise_and)
bitwise_or = _binary(comparison.bitwise_or)
bitwise_xor = _binary(comparison.bitwise_xor)
bitwise_left_shift = _binary(comparison.bitwise_left_shift)
bitwise_right_shift = _binary(comparison.bitwise_right_shift)


# -- arithmetic ----------------------------------------------------------------------------------------------------------
@function
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input + alpha * other``.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.add(torch.ones(2), torch.ones(2), alpha=10)
    tensor([11., 11.])
    """
    return e.add(*promoted(input, _scaled(other, alpha)))


@function
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input - alpha * other``."""
    if _is_bool(input) or _is_bool(other):
        raise UsageError("sub: subtraction of booleans is not supported; use logical_xor() or bitwise_not()")
    return e.subtract(*promoted(input, _scaled(other, alpha)))


subtract = sub


@function
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``other - alpha * input``."""
    return sub(other, input, alpha=alpha)


def _scaled(other: Any, alpha: Any) -> Any:
    return other if isinstance(alpha, (int, float)) and alpha == 1 else mul(other, alpha)


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, Base) and x._dtype.kind == "b")


@function
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """The quotient, rounded down (``"floor"``), towards zero (``"trunc"``), or not at all.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.div(torch.tensor([-3.0, 3.0]), 2, rounding_mode="trunc")
    tensor([-1.,  1.])
    """
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise UsageError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}")
    a, b = promoted(input, other)
    whole = isinstance(a, Base) and a._dtype.kind in "iu" and not isinstance(b, float)
    if rounding_mode == "floor" or whole:
        quotient = rounding.floor_divide(a, b)
        if rounding_mode == "trunc":  # integers: one more where the floor went below a negative quotient
            rest = comparison.not_equal(e.subtract(a, e.multiply(quotient, b)), 0)
            below = comparison.logical_and(comparison.less(quotient, 0), rest)
            quotient = e.add(quotient, cast(below, dtypes.spelled(quotient._dtype)))
        return noted(quotient, rounding_mode=rounding_mode)
    return noted(rounding.trunc(e.divide(a, b)), rounding_mode=rounding_mode)


divide = div


@function
def fmod(input: Any, other: Any) -> Any:
    """The rest of the division that rounds towards zero: it has the sign of `input`."""
    a, b = promoted(input, other)
    return e.subtract(a, e.multiply(div(a, b, rounding_mode="trunc"), b))


@function
def frac(input: Any) -> Any:
    """What follows the point."""
    return e.subtract(input, trunc(input))


@function
def pow(input: Any, exponent: Any) -> Any:
    """``input`` to the power `exponent`."""
    if not isinstance(input, Base) and not isinstance(exponent, Base):
        input = as_tensor(input)
    a, b = promoted(input, exponent)
    if isinstance(a, Base) and a._dtype.kind in "iu" and isinstance(b, int) and b < 0:
        raise UsageError("pow: Integers to negative integer powers are not allowed.")
    return e.pow(a, b)


@function
def float_power(input: Any, exponent: Any) -> Any:
    """`pow` in double precision."""
    double = [cast(as_tensor(v), dtypes.complex128 if as_tensor(v).is_complex() else dtypes.float64) for v in (input, exponent)]
    return pow(*double)


@function
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 * tensor2``."""
    return add(input, mul(tensor1, tensor2), alpha=value)


@function
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 / tensor2``."""
    return add(input, div(tensor1, tensor2), alpha=value)


@function
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """``input + weight * (end - input)``."""
    return add(input, mul(weight, sub(end, input)))


@function
def ldexp(input: Any, other: Any) -> Any:
    """``input`` times 2 to the power `other`."""
    return mul(input, pow(2.0, other))


# -- rounding, bounds ----------------------------------------------------------------------------------------------------
@function
def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest number with so many decimals, the even one of two."""
    if not decimals:
        return rounding.round(input)
    return e.divide(rounding.round(e.multiply(input, 10.0**decimals)), 10.0**decimals)


@function
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """`input`, but not below `min` nor above `max`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.clamp(torch.tensor([-2.0, 0.5, 2.0]), min=-1, max=1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise UsageError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounds = [b for b in (min, max) if b is not None]
    if builtins.all(not isinstance(b, Base) for b in bounds):
        (input, *_) = promoted(input, *bounds)
        return rounding.clip(input, min, max)
    if min is not None:
        input = maximum(input, min) if isinstance(min, Base) else clamp(input, min=min)
    if max is not None:
        input = minimum(input, max) if isinstance(max, Base) else clamp(input, max=max)
    return input


clip = clamp


@function
def clamp_min(input: Any, min: Any) -> Any:
    """`input`, but not below `min`."""
    return clamp(input, min=min)


@function
def clamp_max(input: Any, max: Any) -> Any:
    """`input`, but not above `max`."""
    return clamp(input, max=max)


@function
def nan_to_num(input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """`input` with numbers in place of NaN and the infinities."""
    return rounding.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


# -- the usual curves ----------------------------------------------------------------------------------------------------
@function
def logit(input: Any, eps: float | None = None) -> Any:
    """``log(p / (1 - p))`` of `input`, clamped to ``[eps, 1 - eps]`` first if `eps` is given."""
    p = floating(input) if eps is None else clamp(floating(input), eps, 1 - eps)
    return noted(log(e.divide(p, e.subtract(1, p))), eps=eps)


@function
def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``log(1 + exp(beta * input)) / beta``, and `input` itself above the threshold."""
    return activation.softplus(input, beta, threshold)


# -- complex numbers -----------------------------------------------------------------------------------------------------
@function
def complex(real: Any, imag: Any) -> Any:
    """The complex tensor with these parts.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.complex(torch.ones(1), torch.ones(1))
    tensor([1.+1.j])
    """
    if real._dtype != imag._dtype:
        raise UsageError(f"complex: expected parts of one dtype, got {real.dtype} and {imag.dtype}")
    return e.add(real, e.multiply(imag, 1j))


@function
def polar(abs: Any, angle: Any) -> Any:
    """The complex tensor with these absolute values and angles."""
    return complex(mul(abs, cos(angle)), mul(abs, sin(angle)))


@function
def angle(input: Any) -> Any:
    """The angle of each element with the positive real axis."""
    x = floating(input)
    if x._dtype.kind == "c":
        return atan2(complexes.imag(x), complexes.real(x))
    return where(comparison.less(x, 0), e.multiply(comparison.isfinite(x), np.pi), e.multiply(x, 0.0))


@function
def real(input: Any) -> Any:
    """The real part."""
    return complexes.real(input)


@function
def imag(input: Any) -> Any:
    """The imaginary part.

    Raises
    ------
    UsageError
        If `input` is real.
    """
    if input._dtype.kind != "c":
        raise UsageError(f"imag is not implemented for tensors with non-complex dtypes, got {input.dtype}")
    return complexes.imag(input)


def resolve_conj(input: Any) -> Any:
    """`input`: conjugates are computed at once here."""
    return input


def resolve_neg(input: Any) -> Any:
    """`input`: negatives are computed at once here."""
    return input


def is_complex(input: Any) -> bool:
    """Whether the dtype is complex."""
    return input._dtype.kind == "c"


def is_floating_point(input: Any) -> bool:
    """Whether the dtype is floating."""
    return input._dtype.kind == "f"


def isreal(input: Any) -> Any:
    """Whether the imaginary part is zero, elementwise."""
    return eq(imag(input), 0) if is_complex(input) else leaf(np.ones(input._shape, bool))


# -- choice --------------------------------------------------------------------------------------------------------------
@function
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition holds, else `other`; with the condition alone, the places where it holds."""
    if input is None and other is None:
        return searching.nonzero(condition)
    a, b = promoted(input, other)
    if not isinstance(input, Base) and not isinstance(other, Base):
        a, b = cast(as_tensor(a), dtypes.of_number(input)), cast(as_tensor(b), dtypes.of_number(other))
    return searching.where(condition, a, b)


@function
def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``, elementwise."""
    close = np.isclose(as_tensor(input)._array, as_tensor(other)._array, rtol=rtol, atol=atol, equal_nan=equal_nan)
    return leaf(close)


@function
def signbit(input: Any) -> Any:
    """Whether the sign bit is set, elementwise."""
    return leaf(input._array < 0) if input._dtype.kind in "biu" else comparison.signbit(input)


def unsupported(name: str) -> Callable[..., Any]:
    """A function that PyTorch has and Wengert does not; calling it says so."""

    def call(*args: Any, **options: Any) -> Any:
        raise UnsupportedError(f"torch.{name} is not among what wengert.compat.torch spells")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Not supported: raises UnsupportedError."
    return call
