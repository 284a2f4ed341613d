"""Algebraic simplification, as far as no result changes: not its rounding, not a NaN, not the sign of a zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...arrays.adapter import adapter_of, is_array
from ...op import OPERATORS
from ..ir import Equation, LibraryFunction, Step, Variable, mapped
from .cleaning import fixed_in
from .folding import is_uniform
from .lives import makes_new
from .options import PLAIN, Options

__all__ = ["Maker", "Simpler", "arguments_of", "if_like", "is_complex", "permutation_of", "rewritten", "simplification"]

#: The equation that makes a variable, None for inputs and what effects make.
Maker = Callable[[Variable], Equation | None]

#: What stands for the result of an equation: a variable, another equation for the same result, or None for no simpler way.
Simpler = Variable | Equation | None

#: What is simpler than an equation: called with it, its result, what finds the equations of its operands, and its arguments.
Rule = Callable[..., Simpler]


def simplification(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:  # noqa: ARG001
    """Replace equations by simpler ones, and what they make by what is there already.

    The identities, for x of the shape and dtype of the result:

    - ``x * 1``, ``1 * x``, ``x / 1``, ``x ** 1``, ``x - 0`` are x, if x is real. Not ``x + 0``, which makes 0 of -0; not
      ``x * 0``, for NaN and infinity; and no complex ones, since a product of an infinite number with 1 + 0i has NaN in it.
    - ``-(-x)``, ``+x``, ``conj(conj(x))``, ``~~x`` are x, ``conj(x)`` and ``real(x)`` are x where x is real, ``not not x`` where
      it is boolean; ``abs(abs(x))`` is ``abs(x)``.
    - ``x + (-y)`` and ``(-y) + x`` are ``x - y``, ``x - (-y)`` is ``x + y``, ``(-x) * (-y)`` is ``x * y`` and
      ``(-x) / (-y)`` is ``x / y``, as the standard of floating-point numbers defines them.
    - ``where(c, x, x)``, a cast to the same dtype and a copy are x.
    - ``reshape(reshape(x, s), t)`` is ``reshape(x, t)``, a broadcast of a broadcast one broadcast, and a permutation of axes of a
      permutation one permutation, transposes among them; each of these to the same shape, or in the same order, is x.

    A variable stands for another only where no effect lies between: nobody can have written to its memory meanwhile.
    """
    return rewritten(steps, wanted, RULES)


def rewritten(steps: Sequence[Step], wanted: Sequence[Any], rules: Mapping[str, Rule]) -> list[Step]:
    """`steps` with what `rules` say of the equations, by the name of the operator."""
    fixed = fixed_in(steps, wanted)
    last = _last_reads(steps)
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

        simple = _simpler(step, maker, rules)
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


def _last_reads(steps: Sequence[Step]) -> dict[Variable, int]:
    """The last step that reads a variable, or what lies in its memory."""
    last = {v: index for index, step in enumerate(steps) for v in step.reads()}
    for step in reversed(steps):
        if not makes_new(step):
            end = max((last[v] for v in step.makes() if v in last), default=-1)
            for v in step.reads():
                last[v] = max(last[v], end)
    return last


def _simpler(step: Equation, maker: Maker, rules: Mapping[str, Rule]) -> Simpler:
    rule = rules.get(step.op.name)
    if rule is None or not step.single or step.outputs[0] is None:
        return None
    values = arguments_of(step)
    return None if values is None else rule(step, step.outputs[0], maker, *values)


def arguments_of(step: Equation) -> tuple[Any, ...] | None:
    """The arguments that rules get; None where a function of the library has some by keyword."""
    arguments = step.arguments
    if isinstance(step.op, LibraryFunction):
        return None if arguments["kwargs"] else tuple(arguments["args"])
    names = BY_NAME.get(step.op.name)
    return tuple(arguments.values() if names is None else [arguments[name] for name in names])


def if_like(x: Any, out: Variable) -> Variable | None:
    """`x`, if it can stand for `out`."""
    alike = isinstance(x, Variable) and x.shape == out.shape and x.dtype == out.dtype and not isinstance(x.dtype, type)
    return x if alike else None


def is_complex(v: Variable) -> bool:
    """Whether it is of complex numbers."""
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
        if is_complex(out):
            return None
        if _equals(x2, number):
            return if_like(x1, out)
        return if_like(x2, out) if either and _equals(x1, number) else None

    return rule


def _first(*rules: Rule) -> Rule:
    """The first of some rules that finds something."""

    def rule(*arguments: Any) -> Simpler:
        return next((found for one in rules if (found := one(*arguments)) is not None), None)

    return rule


def _opposite(maker: Maker, x: Any) -> Variable | None:
    """What `x` is the negative of."""
    inner = maker(x) if isinstance(x, Variable) else None
    source = inner.arguments["x"] if inner is not None and inner.op is OPERATORS["negative"] else None
    return source if isinstance(source, Variable) else None


def _binary(name: str, step: Equation, x1: Any, x2: Any) -> Equation:
    return Equation(OPERATORS[name], {"x1": x1, "x2": x2}, step.outputs, True, step.place)


def _add(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
    y = _opposite(maker, x2)
    if y is not None:
        return _binary("subtract", step, x1, y)
    y = _opposite(maker, x1)
    return None if y is None else _binary("subtract", step, x2, y)


def _subtract(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
    y = _opposite(maker, x2)
    return None if y is None else _binary("add", step, x1, y)


def _signs(step: Equation, out: Variable, maker: Maker, x1: Any, x2: Any) -> Simpler:
    if is_complex(out) and step.op is OPERATORS["divide"]:  # which adds products on the way: a zero may have the other sign
        return None
    x, y = _opposite(maker, x1), _opposite(maker, x2)
    return None if x is None or y is None else _with(step, x1=x, x2=y)


def _involution(allowed: Callable[[Variable], bool]) -> Callable[..., Simpler]:
    """An operator that undoes itself, on variables for which that is `allowed`."""

    def rule(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
        inner = maker(x) if isinstance(x, Variable) else None
        if inner is None or inner.op is not step.op or not allowed(out):
            return None
        (source,) = inner.arguments.values()
        return if_like(source, out)

    return rule


def _is_bool(v: Variable) -> bool:
    return str(v.dtype).rpartition(".")[2] == "bool"


def _conj(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
    found = _involution(lambda _: True)(step, out, maker, x)
    return found if found is not None or is_complex(out) else if_like(x, out)


def _abs(step: Equation, out: Variable, maker: Maker, x: Any) -> Simpler:
    inner = maker(x) if isinstance(x, Variable) else None
    return if_like(x, out) if inner is not None and inner.op is step.op else None


def _nothing(step: Equation, out: Variable, maker: Maker, x: Any, *_: Any) -> Simpler:  # noqa: ARG001
    return if_like(x, out)


def _where(step: Equation, out: Variable, maker: Maker, condition: Any, x1: Any, x2: Any) -> Simpler:  # noqa: ARG001
    return if_like(x1, out) if x1 is x2 else None


# -- shapes --------------------------------------------------------------------------------------------------------------
def _with(step: Equation, **changed: Any) -> Equation:
    return Equation(step.op, {**step.arguments, **changed}, step.outputs, True, step.place)


def _reshape(step: Equation, out: Variable, maker: Maker, x: Any, shape: Any, copy: Any) -> Simpler:  # noqa: ARG001
    if copy is not None or not isinstance(x, Variable):
        return None
    if if_like(x, out) is not None:
        return x
    inner = maker(x)
    if inner is None or inner.op is not step.op or inner.arguments["copy"] is not None:
        return None
    source = inner.arguments["x"]
    return if_like(source, out) or (_with(step, x=source, shape=out.shape) if isinstance(source, Variable) else None)


def permutation_of(step: Equation | None) -> tuple[Any, tuple[int, ...]] | None:
    """What an equation permutes the axes of, and their order in the result; None if it does something else."""
    if step is None or step.op.name not in PERMUTATIONS or isinstance(step.op, LibraryFunction):
        return None
    source = step.arguments["x"]
    if not isinstance(source, Variable):
        return None
    axes = tuple(range(len(source.shape)))
    if "axes" in step.arguments:
        return source, tuple([axes[a] for a in step.arguments["axes"]])
    return source, (*axes[:-2], axes[-1], axes[-2])


def _permute(step: Equation, out: Variable, maker: Maker, *_: Any) -> Simpler:
    found = permutation_of(step)
    if found is None:
        return None
    source, axes = found
    inner = permutation_of(maker(source))
    if inner is not None:
        source, first = inner
        axes = tuple([first[a] for a in axes])
    if axes == tuple(range(len(axes))):
        return if_like(source, out)
    if inner is None:
        return None
    return Equation(OPERATORS["permute_dims"], {"x": source, "axes": axes}, step.outputs, True, step.place)


def _broadcast(step: Equation, out: Variable, maker: Maker, x: Any, shape: Any) -> Simpler:  # noqa: ARG001
    if not isinstance(x, Variable):
        return None
    if if_like(x, out) is not None:
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
    "reshape": ("x", "shape", "copy"),
    "spread": ("x",),
}

#: Operators that give their operand with its axes in another order.
PERMUTATIONS = frozenset(("matrix_transpose", "permute_dims", "t", "transpose"))

RULES: dict[str, Rule] = {
    **dict.fromkeys(PERMUTATIONS, _permute),
    "abs": _abs,
    "add": _add,
    "astype": _nothing,
    "bitwise_invert": _involution(lambda _: True),
    "broadcast_to": _broadcast,
    "cast": _nothing,
    "clone": _nothing,
    "conj": _conj,
    "divide": _first(_neutral(1), _signs),
    "logical_not": _involution(_is_bool),
    "multiply": _first(_neutral(1, either=True), _signs),
    "negative": _involution(lambda _: True),
    "positive": _nothing,
    "pow": _neutral(1),
    "real": _nothing,
    "reshape": _reshape,
    "spread": _nothing,
    "subtract": _first(_neutral(0), _subtract),
    "where": _where,
}
