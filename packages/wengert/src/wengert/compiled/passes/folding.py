"""Constant folding: what depends on constants alone is computed once, when the program is made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...arrays.adapter import Adapter, adapter_of, is_array
from ...op import Operator
from ...op_batching import compute
from ..ir import Equation, Step, Variable, mapped
from .cleaning import draws, fixed_in
from .options import PLAIN, Options

__all__ = ["constant_folding", "is_uniform"]

#: The bytes that a constant may take which is larger than those that it is made of.
LARGEST = 65536


def constant_folding(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:  # noqa: ARG001
    """Replace the results of equations without variables by their values.

    A constant of more memory than `LARGEST` bytes and than the constants that it is made of is left to be computed in each run,
    as it would take that memory between the runs too. Of a constant whose elements all are one place in memory, as the first
    gradient of a backward is, only that one is computed with.
    """
    fixed = fixed_in(steps, wanted)
    values: dict[Variable, Any] = {}
    kept: list[Step] = []
    for step in steps:
        if not isinstance(step, Equation):
            kept.append(step)
            continue
        if values and any(v in values for v in step.reads()):
            arguments = mapped(step.arguments, lambda leaf: values.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
            step = step.of(arguments)  # noqa: PLW2901
        value = None if fixed.intersection(step.makes()) else _value(step)
        if value is None:
            kept.append(step)
        else:
            (out,) = step.makes()
            values[out] = value
    return kept


def _value(step: Equation) -> Any:
    """The one result of an equation of constants; None if it is to be computed in each run."""
    op = step.op
    if not isinstance(op, Operator) or not step.single or op.aux or draws(step) or next(step.reads(), None) is not None:
        return None
    (out,) = step.outputs
    arrays = [a for a in step.arguments.values() if is_array(a)]
    if out is None or not arrays:
        return None
    adapter = adapter_of(arrays[0])
    size = math.prod(out.shape)
    if op.elementwise and size > 1 and all(map(is_uniform, arrays)):
        value = compute(op, {name: _one(a) if is_array(a) else a for name, a in step.arguments.items()})
        return _as_made(adapter, adapter.broadcast_to(adapter.normalise(value), out.shape), out)
    if not op.view and size * getattr(out.dtype, "itemsize", 8) > max(LARGEST, *(_held(adapter, a) for a in arrays)):
        return None
    return _as_made(adapter, adapter.normalise(compute(op, step.arguments)), out)


def _as_made(adapter: Adapter, value: Any, out: Variable) -> Any:
    """`value`, if it is what the first run has seen."""
    return value if tuple(value.shape) == out.shape and value.dtype == out.dtype and adapter.has_values(value) else None


def is_uniform(array: Any) -> bool:
    """Whether all elements of `array` are one place in memory, or there is but one; of libraries whose arrays tell."""
    strides = getattr(array, "strides", None)
    if type(strides) is not tuple:
        return math.prod(array.shape) == 1
    return all(stride == 0 or n == 1 for stride, n in zip(strides, array.shape, strict=True)) and math.prod(array.shape) > 0


def _one(array: Any) -> Any:
    """The one element of a uniform array, with no axes: an array of the same dtype."""
    return array[(0,) * len(array.shape)] if len(array.shape) else array


def _held(adapter: Adapter, array: Any) -> int:
    """The bytes of memory that `array` keeps alive."""
    memory = adapter.memory(array)
    return adapter.nbytes(memory if is_array(memory) else array)
