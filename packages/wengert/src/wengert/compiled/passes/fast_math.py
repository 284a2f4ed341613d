"""Identities of real numbers that do not hold for floating-point ones, for users who say that they may be used."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...arrays.adapter import adapter_of, is_array
from ...op import OPERATORS
from ..ir import Equation, LibraryFunction, Step, Variable
from .folding import is_uniform
from .options import PLAIN, Options
from .simplifying import Maker, Rule, Simpler, if_like, is_complex, rewritten

__all__ = ["fast_math"]


def fast_math(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:
    """With ``options.fastmath``, use what holds for real numbers, though not for floating-point ones.

    The identities, for floating-point x and y of the shape and dtype of the result, and numbers a and b:

    - ``x + 0`` and ``0 + x`` are x, ``0 - x`` is ``-x`` (another sign of a zero); so are complex ``x * 1`` and ``x / 1``.
    - ``x * 0`` and ``0 / x`` are 0, ``x - x`` is 0, ``x / x`` is 1 (NaN and infinity are lost).
    - ``-(x - y)`` is ``y - x`` (another sign of a zero).
    - ``(x + a) + b`` is ``x + (a + b)``, ``(x * a) * b`` is ``x * (a * b)``, and the same with differences and quotients;
      ``x / a`` is ``x * (1 / a)`` (another rounding, another range).
    - ``exp(log(x))`` and ``log(exp(x))`` are x, ``sqrt(square(x))`` is ``abs(x)``, ``square(sqrt(x))`` is x, ``x ** 0.5`` is
      ``sqrt(x)`` (NaN, infinities and rounding are lost).

    What it does to products of matrices says `products`.
    """
    return rewritten(steps, wanted, RULES) if options.fastmath else list(steps)


def is_inexact(v: Variable) -> bool:
    """Whether it is of floating-point or complex numbers."""
    return "float" in str(v.dtype) or is_complex(v)


def _number(value: Any) -> float | None:
    """The real number that all elements of a constant are."""
    if type(value) in (int, float):
        return float(value)
    if isinstance(value, Variable) or not is_array(value) or not is_uniform(value):
        return None
    adapter = adapter_of(value)
    if adapter.kind(value.dtype) not in "if" or not adapter.has_values(value):
        return None
    return float(adapter.item(value[(0,) * len(value.shape)] if len(value.shape) else value))


# -- constants -----------------------------------------------------------------------------------------------------------
def _full(number: int) -> LibraryFunction:
    """A function that gives an array of zeros or ones like its argument."""
    name = ("zeros", "ones")[number]
    return LibraryFunction(f"{name}_like", lambda x: getattr(adapter_of(x), name)(tuple(x.shape), x.dtype, x))


_ZEROS, _ONES = _full(0), _full(1)


def _constant(function: LibraryFunction, step: Equation, like: Any) -> Equation | None:
    out = step.outputs[0]
    assert out is not None
    if if_like(like, out) is None:
        return None
    return Equation(function, {"args": (like,), "kwargs": {}}, step.outputs, True, step.place)


def _is(value: Any, number: int, maker: Maker) -> bool:
    """Whether all elements are `number`."""
    made = maker(value) if isinstance(value, Variable) else None
    return _number(value) == number or (made is not None and made.op is (_ZEROS, _ONES)[number])


# -- rules ---------------------------------------------------------------------------------------------------------------
def _binary(name: str, step: Equation, x1: Any, x2: Any) -> Equation:
    return Equation(OPERATORS[name], {"x1": x1, "x2": x2}, step.outputs, True, step.place)


def _inexact(rule: Rule) -> Rule:
    """`rule`, for floating-point results only."""

    def checked(step: Equation, out: Variable, *rest: Any) -> Simpler:
        return rule(step, out, *rest) if is_inexact(out) else None

    return checked


def _terms(maker: Maker, x: Any, out: Variable) -> tuple[Variable, float] | None:
    """What `x` is the sum of, if one of the two is a number."""
    made = maker(x) if isinstance(x, Variable) else None
    if made is None or made.op.name not in ("add", "subtract") or isinstance(made.op, LibraryFunction):
        return None
    x1, x2 = made.arguments.values()
    a, first = _number(x2), if_like(x1, out)
    if a is not None and first is not None:
        return first, a if made.op.name == "add" else -a
    a, second = _number(x1), if_like(x2, out)
    return (second, a) if a is not None and second is not None and made.op.name == "add" else None


def _factors(maker: Maker, x: Any, out: Variable) -> tuple[Variable, float] | None:
    """What `x` is the product of, if one of the two is a number."""
    made = maker(x) if isinstance(x, Variable) else None
    if made is None or made.op.name not in ("multiply", "divide") or isinstance(made.op, LibraryFunction):
        return None
    x1, x2 = made.arguments.values()
    a, first = _number(x2), if_like(x1, out)
    if a is not None and first is not None and (a or made.op.name == "multiply"):
        return first, a if made.op.name == "multiply" else 1 / a
    a, second = _number(x1), if_like(x2, out)
    return (second, a) if a is not None and second is not None and made.op.name == "multiply" else None


def _add(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:
    for x, y in ((x1, x2), (x2, x1)):
        if _is(y, 0, maker):
            return if_like(x, out)
        b, terms = _number(y), _terms(maker, x, out)
        if b is not None and terms is not None:
            return _binary("add", step, terms[0], terms[1] + b)
    return None


def _subtract(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:
    if x1 is x2 and isinstance(x1, Variable):
        return _constant(_ZEROS, step, x1)
    if _is(x2, 0, maker):
        return if_like(x1, out)
    if _is(x1, 0, maker) and if_like(x2, out) is not None:
        return Equation(OPERATORS["negative"], {"x": x2}, step.outputs, True, step.place)
    b, terms = _number(x2), _terms(maker, x1, out)
    return _binary("add", step, terms[0], terms[1] - b) if b is not None and terms is not None else None


def _multiply(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:
    for x, y in ((x1, x2), (x2, x1)):
        if _is(y, 1, maker):
            return if_like(x, out)
        if _is(y, 0, maker):
            return _constant(_ZEROS, step, x)
        b, factors = _number(y), _factors(maker, x, out)
        if b is not None and factors is not None:
            return _scaled(step, factors[0], factors[1] * b)
    return None


def _divide(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:
    if x1 is x2 and isinstance(x1, Variable):
        return _constant(_ONES, step, x1)
    if _is(x2, 1, maker):
        return if_like(x1, out)
    if _is(x1, 0, maker):
        return _constant(_ZEROS, step, x2)
    b = _number(x2)
    if not b or if_like(x1, out) is None:
        return None
    x, a = _factors(maker, x1, out) or (x1, 1.0)
    return _scaled(step, x, a / b)


def _scaled(step: Equation, x: Variable, a: float) -> Equation | None:
    """``x * a``, unless `a` has left the range of numbers on the way."""
    return _binary("multiply", step, x, a) if math.isfinite(a) and a else None


def _negative(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
    made = maker(x) if isinstance(x, Variable) else None
    if made is None or made.op is not OPERATORS["subtract"]:
        return None
    x1, x2 = made.arguments.values()
    return _binary("subtract", step, x2, x1) if x.dtype == out.dtype else None


def _undone(inner: str, outer: Callable[[Equation, Variable], Simpler] | None = None) -> Rule:
    """A function of what `inner` gives: the operand of that, or what `outer` makes of it."""

    def rule(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
        made = maker(x) if isinstance(x, Variable) else None
        if made is None or made.op is not OPERATORS[inner]:
            return None
        (source,) = made.arguments.values()
        source = if_like(source, out)
        return source if source is None or outer is None else outer(step, source)

    return rule


def _absolute(step: Equation, source: Variable) -> Simpler:
    return None if is_complex(source) else Equation(OPERATORS["abs"], {"x": source}, step.outputs, True, step.place)


def _pow(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
    root = type(x2) is float and x2 == 0.5 and if_like(x1, out) is not None
    return Equation(OPERATORS["sqrt"], {"x": x1}, step.outputs, True, step.place) if root else None


_RULES: dict[str, Rule] = {
    "add": _add,
    "divide": _divide,
    "exp": _undone("log"),
    "log": _undone("exp"),
    "multiply": _multiply,
    "negative": _negative,
    "pow": _pow,
    "sqrt": _undone("square", _absolute),
    "square": _undone("sqrt"),
    "subtract": _subtract,
}

RULES: dict[str, Rule] = {name: _inexact(rule) for name, rule in _RULES.items()}
