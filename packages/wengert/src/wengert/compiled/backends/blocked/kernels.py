"""What an elementwise equation becomes over blocks: calls of NumPy, each of which writes one block.

Nothing here changes a result by a bit: a call is the one that NumPy makes for the whole arrays, or moves bits.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ....arrays.adapter import NUMBERS
from ....op import Operator
from ...ir import Equation, LibraryFunction, Variable, variables_in

__all__ = ["Bits", "Call", "calls_of", "is_number", "weight"]


class Bits(NamedTuple):
    """The bits of a variable as integers."""

    variable: Variable
    dtype: Any


class Call(NamedTuple):
    """One call of NumPy over a block.

    Attributes
    ----------
    function : callable
    arguments : tuple
        Variables, their `Bits`, constants.
    keywords : dict
        Further arguments, all constant.
    out : Variable
        What is computed.
    way : str
        ``"out"``: the function writes to its last argument; ``"new"``: it makes a new array; ``"copy"``: the argument is
        copied, and cast on the way.
    bits : dtype or None
        As what integers `out` is written.
    """

    function: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    out: Variable
    way: str = "out"
    bits: Any = None


#: How NumPy's ``**`` computes some exponents, of the dtypes in the letters. Of complex numbers it depends on the exponent's type.
POWERS: dict[float, tuple[Any, str]] = {
    2: (np.square, "iuf"),
    1: (np.positive, "f"),
    0.5: (np.sqrt, "f"),
    -1: (np.reciprocal, "f"),
}


#: NumPy's functions that take about as long as an addition. Others, such as `exp` and its like, take many times as long.
CHEAP = frozenset((
    "absolute", "add", "bitwise_and", "bitwise_or", "bitwise_xor", "ceil", "conjugate", "divide", "equal", "floor", "greater",
    "greater_equal", "invert", "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "multiply", "negative", "not_equal", "positive", "reciprocal", "rint", "sign", "signbit",
    "sqrt", "square", "subtract", "trunc",
))  # fmt: skip

#: How many additions one of the others takes at least.
DEAR = 16

#: Kernels that compute each element by itself.
DIAGONAL = frozenset(("gelu_backward", "relu_backward", "silu_backward"))


def is_number(variable: Variable) -> bool:
    """Whether it stands for a Python number."""
    return isinstance(variable.dtype, type) and variable.dtype in NUMBERS


def weight(call: Call) -> int:
    """About how many additions a call takes for an element."""
    function = call.function
    return 1 if function is None or (isinstance(function, np.ufunc) and function.__name__ in CHEAP) else DEAR


def calls_of(equation: Equation) -> list[Call] | None:
    """The calls that compute `equation` over blocks; None where it is no elementwise one that can be computed so."""
    out = equation.outputs[0] if equation.single else None
    if out is None:
        return None
    op, arguments = equation.op, equation.arguments
    if isinstance(op, LibraryFunction):
        if op.name in DIAGONAL and op.general is not None:
            return _kernel(op, arguments, out)
        return _cast(arguments["args"][0], out) if op.name == "cast" and not arguments["kwargs"] else None
    own = OWN.get(op.name)
    found = own(out, **arguments) if own is not None else None
    if found is not None:
        return found
    if op.table is not None:
        function = op.table[np.ndarray]
        if isinstance(function, np.ufunc) and function.nout == 1:
            return [Call(function, tuple(arguments.values()), {}, out)]
        return [Call(function, tuple(arguments.values()), {}, out, "new")]
    return _generic(op, arguments, out) if op.diagonal and op.outputs == 1 and not op.aux and not op.sequence else None


def _kernel(op: LibraryFunction, arguments: dict[str, Any], out: Variable) -> list[Call] | None:
    """A kernel, if all of its operands are as large as the result."""
    if any(v.shape != out.shape if isinstance(v, Variable) else hasattr(v, "dtype") for v in arguments["args"]):
        return None
    return [Call(op.forward, arguments["args"], arguments["kwargs"], out, "new")]


def _generic(op: Operator, arguments: dict[str, Any], out: Variable) -> list[Call] | None:
    """Any operator that computes each element by itself, if all of its operands are as large as the result."""
    found = list(variables_in(arguments))
    if any(is_number(v) or v.shape != out.shape for v in found) or {*found} != {
        *variables_in([arguments[o] for o in op.operands])
    }:
        return None
    if any(hasattr(value, "shape") and not isinstance(value, Variable) for value in arguments.values()):
        return None
    by_name = {name: arguments[name] for name in op.by_keyword}
    if any(True for _ in variables_in(by_name)):
        return None
    return [Call(op.forward, tuple(arguments[name] for name in op.positional), by_name, out, "new")]


# -- operators that have their own way -----------------------------------------------------------------------------------
def _cast(x: Any, out: Variable) -> list[Call] | None:
    if not isinstance(x, Variable) or is_number(x) or (x.dtype.kind == "c" and out.dtype.kind != "c"):
        return None  # of the imaginary part that is lost NumPy warns
    return [Call(None, (x,), {}, out, "copy")]


def _pow(out: Variable, x1: Any, x2: Any) -> list[Call]:
    exact = type(x2) in (int, float) and isinstance(x1, Variable) and not is_number(x1)
    function, letters = POWERS.get(x2, (None, "")) if exact else (None, "")
    if function is not None and x1.dtype.kind in letters and x1.dtype == out.dtype:
        return [Call(function, (x1,), {}, out)]
    if isinstance(x2, Variable) and not is_number(x2) and math.prod(x2.shape) > 1:
        return [Call(np.power, (x1, x2), {}, out)]
    return [Call(python.pow, (x1, x2), {}, out, "new")]


def _where(out: Variable, condition: Any, x1: Any, x2: Any) -> list[Call]:
    """By bits: at random masks ``numpy.where`` mispredicts a branch at every other element."""
    bits = {4: np.int32, 8: np.int64}.get(out.dtype.itemsize) if out.dtype.kind in "fiu" else None
    masked = isinstance(condition, Variable) and condition.dtype == np.bool_ and condition.shape == out.shape
    first, second = (_bits(x, out, bits) if bits is not None and masked else None for x in (x1, x2))
    if first is None or second is None:
        return [Call(np.where, (condition, x1, x2), {}, out, "new")]
    wide, mask = Variable(out.shape, np.dtype(bits)), Variable(out.shape, np.dtype(bits))
    calls = [Call(None, (condition,), {}, wide, "copy")]
    if _is_zero(first):
        return [
            *calls,
            Call(np.subtract, (wide, 1), {}, mask),  # all ones to keep x2
            Call(np.bitwise_and, (second, mask), {}, out, bits=bits),
        ]
    calls.append(Call(np.negative, (wide,), {}, mask))  # all ones to keep x1
    if _is_zero(second):
        return [*calls, Call(np.bitwise_and, (first, mask), {}, out, bits=bits)]
    differ, chosen = Variable(out.shape, np.dtype(bits)), Variable(out.shape, np.dtype(bits))
    return [
        *calls,
        Call(np.bitwise_xor, (first, second), {}, differ),
        Call(np.bitwise_and, (differ, mask), {}, chosen),
        Call(np.bitwise_xor, (chosen, second), {}, out, bits=bits),
    ]


def _bits(x: Any, out: Variable, bits: Any) -> Any:
    """`x` as integers; None if it is of another dtype than the result."""
    if isinstance(x, Variable):
        return Bits(x, bits) if x.dtype == out.dtype and not is_number(x) else None
    if type(x) in (int, float):
        try:
            return np.asarray(x, out.dtype).view(bits)
        except (OverflowError, ValueError):
            return None
    return None


def _is_zero(x: Any) -> bool:
    return isinstance(x, np.ndarray) and not int(x)


def _ties(out: Variable, x: Any, top: Any, axis: Any, keepdims: bool) -> list[Call] | None:
    if axis is not None and not keepdims:
        return None
    if not isinstance(x, Variable) or not isinstance(top, Variable) or x.dtype.kind not in "fc":
        return [Call(np.equal, (x, top), {}, out)]
    equal, nan, both = (Variable(out.shape, np.dtype(np.bool_)) for _ in range(3))
    nans = Variable(out.shape, np.dtype(np.bool_))
    return [
        Call(np.equal, (x, top), {}, equal),
        Call(np.isnan, (x,), {}, nan),
        Call(np.isnan, (top,), {}, nans),
        Call(np.bitwise_and, (nan, nans), {}, both),
        Call(np.bitwise_or, (equal, both), {}, out),
    ]


def _part(function: Any) -> Callable[..., list[Call]]:
    """A part of complex numbers, which is a view."""
    return lambda out, x: [Call(function, (x,), {}, out, "copy")]


OWN: dict[str, Callable[..., list[Call] | None]] = {
    "astype": lambda out, x, **_: _cast(x, out),
    "clone": lambda out, x, **_: _cast(x, out),
    "imag": _part(np.imag),
    "pow": _pow,
    "real": _part(np.real),
    "ties": _ties,
    "where": _where,
}
