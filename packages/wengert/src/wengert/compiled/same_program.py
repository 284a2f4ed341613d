"""Whether two programs, or parts of them, are the same: variable by variable, to the last constant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of, is_array
from ..ops.random import Draw
from .ir import Equation, Step, Variable

__all__ = ["Comparison", "first_difference"]

class Comparison:
    """Compares two programs, variable by variable."""

    def __init__(self, pairs: dict[Variable, Variable]) -> None:
        self.pairs = pairs

    def same(self, one: Any, other: Any) -> bool:
        kind = _kind(one)
        if isinstance(one, Variable):
            return isinstance(other, Variable) and self.pairs.get(one) is other
        if kind is not _kind(other):
            return False
        if kind in (tuple, list):
            return len(one) == len(other) and all(map(self.same, one, other))
        if kind is dict:
            return one.keys() == other.keys() and all(self.same(one[name], other[name]) for name in one)
        if kind is slice:
            return self.same((one.start, one.stop, one.step), (other.start, other.stop, other.step))
        if kind is float:
            return one == other or (math.isnan(one) and math.isnan(other))
        return one is other or (_same_array(one, other) if is_array(one) else bool(one == other))

    def defined(self, one: Variable | None, other: Variable | None) -> bool:
        if one is None or other is None:
            return one is other
        self.pairs[one] = other
        return one.shape == other.shape and one.dtype == other.dtype


def _kind(value: Any) -> type:
    """The type of a value; the shapes of all libraries are tuples."""
    return tuple if isinstance(value, tuple) and not hasattr(value, "_fields") else type(value)


def _same_array(one: Any, other: Any) -> bool:
    if tuple(one.shape) != tuple(other.shape) or one.dtype != other.dtype:
        return False
    adapter = adapter_of(one)
    if not (adapter.has_values(one) and adapter.has_values(other)):
        return False
    first, second = adapter.to_host(one), adapter.to_host(other)
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"))


def first_difference(
    new: Sequence[Step],
    old: Sequence[Step],
    inputs: Sequence[tuple[Variable, Variable]],
    results: tuple[Any, Any] = ((), ()),
    comparison: Comparison | None = None,
) -> str | None:
    """In what two programs differ, whose inputs correspond; None if they are the same.

    A `comparison` that is given knows afterwards which variables correspond.
    """
    comparison = Comparison({}) if comparison is None else comparison
    for pair in inputs:
        if not comparison.defined(*pair):
            return f"an input is {pair[0].described()}, was {pair[1].described()}"
    for number, (one, other) in enumerate(zip(new, old, strict=False)):
        difference = _difference(one, other, comparison)
        if difference is not None:
            return f"step {number} {difference}"
    if len(new) != len(old):
        return f"there are {len(new)} steps, were {len(old)}"
    if not comparison.same(list(results[0]), list(results[1])):
        return "the result does not follow from the sizes"
    return None


def _difference(one: Step, other: Step, comparison: Comparison) -> str | None:
    if type(one) is not type(other):
        return f"is {one}, was {other}"
    if isinstance(one, Equation) and isinstance(other, Equation):
        if one.op.name != other.op.name or type(one.op) is not type(other.op):
            return f"is {one.op.name}, was {other.op.name}"
        for name in one.arguments:
            if not comparison.same(one.arguments[name], other.arguments[name]):
                return (
                    f"({one.op.name}) has {name}={one.arguments[name]!r}, had {other.arguments[name]!r}: it does not follow from "
                    "the sizes"
                )
        draws: Any = one.op.forward, other.op.forward
        if isinstance(draws[0], Draw) and not comparison.same(draws[0].parameters, draws[1].parameters):
            return f"({one.op.name}) draws other numbers"
        outputs = one.outputs, other.outputs
    else:
        if not comparison.same(list(one.reads()), list(other.reads())):
            return f"({one}) reads something else"
        outputs = tuple(one.makes()), tuple(other.makes())
    if len(outputs[0]) != len(outputs[1]) or not all(map(comparison.defined, *outputs)):
        return f"({one}) has results of other shapes"
    return None
