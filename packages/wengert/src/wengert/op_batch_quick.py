"""Batched calls that need no thought: elementwise operators on batched arrays whose axes are lined up as they are.

That is so where the operands are batched by one level with as many axes each, or where one is batched and the other is a number,
or an array with at most the axes of one sample. Then the library's own function computes for all the samples, and nothing is
asked but that. What else there may be (levels inside of levels, samples of different numbers of axes, what has yet to be made)
goes to the call that asks everything, `wengert.op_batching.compute`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arrays.adapter import ADAPTERS, NUMBERS, Adapter

if TYPE_CHECKING:
    from .arrays.batched import BatchedArray
    from .op import Operator

__all__ = ["quick_call"]

Call = Callable[..., Any]


def quick_call(op: Operator, kind: type[BatchedArray], base: Adapter, slow: Call) -> Call:
    """The call of an elementwise operator on arrays of `kind`, those of the library `base`, and others; `slow` makes the rest."""
    return _unary(op, kind, slow) if len(op.operands) == 1 else _binary(op, kind, base, slow)


def _unary(op: Operator, kind: type[BatchedArray], slow: Call) -> Call:
    table = op.table
    assert table is not None

    def call(x: Any) -> Any:
        if type(x) is kind and x.level.order:
            array = x._array if x._later is None else x.array
            under = type(array)
            if under is not kind:
                result = table[under](array)
                if type(result) is under:
                    return kind(result, x.level)
        return slow(x)

    return call


def _binary(op: Operator, kind: type[BatchedArray], base: Adapter, slow: Call) -> Call:
    table, asks = op.table, op.batching_asks
    assert table is not None

    def call(x1: Any, x2: Any) -> Any:
        batched1, batched2 = type(x1) is kind, type(x2) is kind
        level = x1.level if batched1 else x2.level if batched2 else None
        if level is None or not level.order:
            return slow(x1, x2)
        # What is computed later is computed now in any case, and has no `_later` from then on.
        a1 = x1 if not batched1 else x1._array if x1._later is None else x1.array
        a2 = x2 if not batched2 else x2._array if x2._later is None else x2.array
        if batched1 and batched2:
            if x2.level is not level or type(a1) is not type(a2) or len(a1.shape) != len(a2.shape):
                return slow(x1, x2)
            if asks is not None and asks(a1, a2):
                return slow(x1, x2)
        else:
            one, other = (a1, a2) if batched1 else (a2, a1)
            of = type(other)
            if of not in NUMBERS and (ADAPTERS.get(of) is not base or len(other.shape) >= len(one.shape)):
                return slow(x1, x2)
        under = type(a1) if batched1 else type(a2)
        if under is kind:
            return slow(x1, x2)
        result = table[under](a1, a2)
        return kind(result, level) if type(result) is under else slow(x1, x2)

    return call
