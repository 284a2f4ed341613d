"""Algebraic simplification, as far as no result changes: not its rounding, not a NaN, not the sign of a zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...arrays.adapter import adapter_of, is_array
from ..ir import Equation, LibraryFunction, Step, Variable, mapped
from .cleaning import fixed_in
from .folding import is_uniform
from .options import PLAIN, Options

__all__ = ["simplification"]

#: The equation that makes a variable, None for inputs and what effects make.
Maker = Callable[[Variable], Equation | None]

#: What stands for the result of an equation: a variable, another equation for the same result, or None for no simpler way.
Simpler = Variable | Equation | None


def simplification(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:  # noqa: ARG001
    """Replace equations by simpler ones, and what they make by what is there already.

    The identities, for x of the shape and dtype of the result:

    - ``x * 1``, ``1 * x``, ``x / 1``, ``x ** 1``, ``x - 0`` are x, if x is real. Not ``x + 0``, which makes 0 of -0; not
      ``x * 0``, for NaN and infinity; and no complex ones, since a product of an infinite number with 1 + 0i has NaN in it.
    - ``-(-x)``, ``+x``, ``conj(conj(x))``, ``~~x`` are x, ``conj(x)`` and ``real(x)`` are x where x is real, ``not not x`` where
      it is boolean; ``abs(abs(x))`` is ``abs(x)``.
    - ``where(c, x, x)``, a cast to the same dtype and a copy are x.
    - ``reshape(reshape(x, s), t)`` is ``reshape(x, t)``, ``permute_dims(permute_dims(x, p), q)`` one permutation, and a
      broadcast of a broadcast one broadcast; each of these to the same shape, or in the same order, is x.

    A variable stands for another only where no effect lies between: nobody can have written to its memory meanwhile.
    """
    fixed = fixed_in(steps, wanted)
    last = {v: index for index, step in enumerate(steps) for v in step.reads()}
    effects = [index for index, step in enumerate(steps) if not isinstance(step, Equation)]
    same: dict[Variable, Variable] = {}
    makers: dict[Variable, Equation] = {}
    when: dict[Variable, int] = {}
    kept: list[Step] = []
    for index, step in enumerate(steps):
        if not isinstance(step, Equation):
            kept.append(step)
            continue
        if same:
            arguments = mapped(step.arguments, lambda leaf: same.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
            step = step.of(arguments)  # noqa: PLW2901

        def maker(v: Variable, until: int = index) -> Equation | None:
            found = makers.get(v)
            return found if found is not None and not any(when[v] < e < until for e in effects) else None

        simple = _simpler(step, maker)
        if isinstance(simple, Variable):
            (out,) = step.makes()
            if out not in fixed and not any(index < e < last.get(out, index) for e in effects):
                same[out] = simple
                continue
        elif simple is not None:
            step = simple  # noqa: PLW2901
        for v in step.makes():
            makers[v], when[v] = step, index
        kept.append(step)
    return kept


def _simpler(step: Equation, maker: Maker) -> Simpler:
    rule = RULES.get(step.op.name)
    if rule is None or not step.single or step.outputs[0] is None:
        return None
    out = step.outputs[0]
    arguments = step.arguments
    if isinstance(step.op, LibraryFunction):
        if arguments["kwargs"]:
            return None
        values = tuple(arguments["args"])
    else:
        values = tuple(arguments.values())
    if step.op.name in BY_NAME:
        values = tuple(arguments[name] for name in BY_NAME[step.op.name]) if "args" not in arguments else values
    return rule(step, out, maker, *values)


def _if_like(x: Any, out: Variable) -> Variable | None:
    """`x`, if it can stand for `out`."""
    alike = isinstance(x, Variable) and x.shape == out.shape and x.dtype == out.dtype and not isinstance(x.dtype, type)
    return x if alike else None


def _is_complex(v: Variable) -> bool:
    return "complex" in str(v.dtype)


def _equals(value: Any, number: int) -> bool:
    """Whether `value` is a constant whose elements all are `number`, and no -0."""
    if type(value) in (int, float):
        return value == number and math.copysign(1, value) > 0
    if isinstance(value, Variable) or not is_array(value) or not is_uniform(value):
        return False
    adapter = adapter_of(value)
    if adapter.kind(value.dtype) not in "if" or not adapter.has_values(value):
        return False
    item = adapter.item(value[(0,) * len(value.shape)] if len(value.shape) else value)
    return item == number and math.copysign(1, item) > 0


# -- arithmetic ----------------------------------------------------------------------------------------------------------
def _neutral(number: int, either: bool = False) -> Callable[..., Simpler]:
    """An operator of two operands of which the second, or either, changes nothing if it is `number`."""

    def rule(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
        if _is_complex(out):
            return None
        if _equals(x2, number):
            return _if_like(x1, out)
        return _if_like(x2, out) if either and _equals(x1, number) else None

    return rule


def _involution(allowed: Callable[[Variable], bool]) -> Callable[..., Simpler]:
    """An operator that undoes itself, on variables for which that is `allowed`."""

    def rule(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
        inner = maker(x) if isinstance(x, Variable) else None
        if inner is None or inner.op is not step.op or not allowed(out):
            return None
        (source,) = inner.arguments.values()
        return _if_like(source, out)

    return rule


def _is_bool(v: Variable) -> bool:
    return str(v.dtype).rpartition(".")[2] == "bool"


def _conj(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
    found = _involution(lambda _: True)(step, out, maker, x)
    return found if found is not None or _is_complex(out) else _if_like(x, out)


def _abs(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
    inner = maker(x) if isinstance(x, Variable) else None
    return _if_like(x, out) if inner is not None and inner.op is step.op else None


def _nothing(step: Equation, out: Variable, maker: Maker, x: Any, *_: Any) -> Simpler:  # noqa: ARG001
    return _if_like(x, out)


def _where(step: Equation, out: Variable, maker: Maker, condition: Any, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
    return _if_like(x1, out) if x1 is x2 else None


# -- shapes --------------------------------------------------------------------------------------------------------------
def _with(step: Equation, **changed: Any) -> Equation:
    return Equation(step.op, {**step.arguments, **changed}, step.outputs, True, step.place)


def _reshape(step: Equation, out: Variable, maker: Maker, x: Any, shape: Any, copy: Any) -> Simpler:  # noqa: ARG001
    if copy is not None or not isinstance(x, Variable):
        return None
    if _if_like(x, out) is not None:
        return x
    inner = maker(x)
    if inner is None or inner.op is not step.op or inner.arguments["copy"] is not None:
        return None
    source = inner.arguments["x"]
    return _if_like(source, out) or (_with(step, x=source, shape=out.shape) if isinstance(source, Variable) else None)


def _permute(step: Equation, out: Variable, maker: Maker, x: Any, axes: Any) -> Simpler:
    if not isinstance(x, Variable):
        return None
    order = [a % len(axes) for a in axes]
    if order == list(range(len(axes))):
        return _if_like(x, out)
    inner = maker(x)
    if inner is None or inner.op is not step.op:
        return None
    source, first = inner.arguments["x"], [a % len(axes) for a in inner.arguments["axes"]]
    both = tuple(first[a] for a in order)
    if both == tuple(range(len(both))):
        return _if_like(source, out)
    return _with(step, x=source, axes=both) if isinstance(source, Variable) else None


def _broadcast(step: Equation, out: Variable, maker: Maker, x: Any, shape: Any) -> Simpler:  # noqa: ARG001
    if not isinstance(x, Variable):
        return None
    if _if_like(x, out) is not None:
        return x
    inner = maker(x)
    if inner is None or inner.op is not step.op or isinstance(step.op, LibraryFunction):
        return None
    source = inner.arguments["x"]
    return _with(step, x=source) if isinstance(source, Variable) else None


#: The parameters that rules get, where they are not those of the operator in its order.
BY_NAME = {
    "astype": ("x",),
    "broadcast_to": ("x", "shape"),
    "permute_dims": ("x", "axes"),
    "reshape": ("x", "shape", "copy"),
    "spread": ("x",),
}

RULES: dict[str, Callable[..., Simpler]] = {
    "abs": _abs,
    "astype": _nothing,
    "bitwise_invert": _involution(lambda _: True),
    "broadcast_to": _broadcast,
    "cast": _nothing,
    "clone": _nothing,
    "conj": _conj,
    "divide": _neutral(1),
    "logical_not": _involution(_is_bool),
    "multiply": _neutral(1, either=True),
    "negative": _involution(lambda _: True),
    "permute_dims": _permute,
    "positive": _nothing,
    "pow": _neutral(1),
    "real": _nothing,
    "reshape": _reshape,
    "spread": _nothing,
    "subtract": _neutral(0),
    "where": _where,
}
