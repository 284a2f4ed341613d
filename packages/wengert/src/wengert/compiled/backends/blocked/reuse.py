"""Which large arrays a segment may write over: those that it has made itself, and that nothing reads afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...ir import Equation, Step, Variable
from .buffers import reads_of
from .groups import Group
from .kernels import Call

__all__ = ["Reuse"]

#: Of fewer bytes a new array costs less.
SMALL = 4096

#: Operators beside NumPy's elementwise functions whose results are new arrays, and which keep none of their operands.
FRESH = frozenset(("where", "sum", "mean", "max", "min", "matmul", "linear", "ties"))


class Reuse:
    """Finds for each result an operand whose memory it may have.

    An operand qualifies if the segment has made it as a new array, if all that read it make new arrays too, so that no view of it
    is left, and if no other step reads it later.
    """

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Variable]) -> None:
        last: dict[Variable, Step] = {}
        fresh: set[Variable] = set()
        kept = set(outputs)
        for step in steps:
            for v in step.reads():
                last[v] = step
                if not _makes_new(step):
                    kept.add(v)
            if _makes_new(step):
                fresh.update(v for v in step.makes() if math.prod(v.shape) * v.dtype.itemsize > SMALL)
        self._last = {v: step for v, step in last.items() if v in fresh - kept}

    def of_equation(self, equation: Equation) -> Variable | None:
        """The operand that may be written over while the equation is computed; None if there is none."""
        if not _is_ufunc(equation) or not equation.single:
            return None
        (out,) = equation.outputs
        return None if out is None else next((v for v in equation.reads() if self._dies(v, equation, out)), None)

    def of_group(self, group: Group) -> dict[Variable, Variable]:
        """From outputs of a group to operands that they may be written over, block by block.

        The operand is read no more, in the block, once the output is written.
        """
        read = {v: index for index, item in enumerate(group.work) for v in reads_of(item)}
        named: dict[Variable, list[Variable]] = {}
        for v, operand in group.operands.items():
            if isinstance(operand.source, Variable):
                named.setdefault(operand.source, []).append(v)
        heirs: dict[Variable, Variable] = {}
        for index, item in enumerate(group.work):
            if not isinstance(item, Call) or item.out not in group.outputs or item.way == "copy":
                continue
            for v, names in named.items():
                alone = names == [v] and group.operands[v].span.kind == "full"
                if alone and read.get(v, -1) <= index and v not in heirs.values() and self._dies(v, group, item.out):
                    heirs[item.out] = v
                    break
        return heirs

    def _dies(self, v: Variable, step: Step, out: Variable) -> bool:
        return self._last.get(v) is step and v.shape == out.shape and v.dtype == out.dtype


def _is_ufunc(equation: Equation) -> bool:
    table = equation.op.table
    return table is not None and isinstance(table[np.ndarray], np.ufunc)


def _makes_new(step: Step) -> bool:
    return isinstance(step, Group) or (isinstance(step, Equation) and (_is_ufunc(step) or step.op.name in FRESH))
