"""The pass that gives a place to every large array of a segment: over one that nobody reads any more, or in planned memory.

What a segment makes and gives nobody lies in one piece of memory, made when the segment first runs and kept for its next run,
in which arrays that are not needed at the same time lie at the same place. What it returns is new in every run. A run takes the
memory for itself, and others that go on meanwhile, in other threads, make their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ir import Equation, Step, Variable
from ...passes.lives import bytes_of, lives_of, makes_new
from .buffers import reads_of
from .groups import Group
from .kernels import Call

__all__ = ["LEAST_PLANNED", "Block", "Memory", "Pieces"]

#: Of fewer bytes a new array costs less than writing over an old one.
SMALL = 4096

#: Of fewer bytes the C library has a place at once.
LEAST_PLANNED = 2**20

#: Arrays begin at multiples of so many bytes.
ALIGNED = 64


class Block(NamedTuple):
    """A place in planned memory.

    Attributes
    ----------
    variable : Variable
        The first array that lies there; others are written over it.
    start : int
        In bytes.
    life : tuple of int
        The first and the last step that need it.
    """

    variable: Variable
    start: int
    life: tuple[int, int]


class Memory:
    """Where the arrays of a segment lie.

    Parameters
    ----------
    steps : sequence of Step
    outputs : sequence of Variable
    donated : collection of Variable
        Arrays that it is given, and may write over.

    Attributes
    ----------
    heirs : dict
        From an array to the one that it is written over: read for the last time by the step that makes it.
    blocks : dict
        From an array in planned memory to its place.
    size : int
        The bytes of planned memory.
    """

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Variable], donated: frozenset[Variable] = frozenset()) -> None:
        self._lives = lives_of(steps, outputs, _new)
        self._donated = donated
        self.heirs: dict[Variable, Variable] = {}
        for index, step in enumerate(steps):
            if isinstance(step, Group):
                self.heirs.update(self._of_group(step, index))
            elif isinstance(step, Equation):
                self._of_equation(step, index)
        self.blocks = self._planned(steps)
        self.size = max((b.start + _rounded(bytes_of(b.variable)) for b in self.blocks.values()), default=0)

    # -- writing over what is not needed any more ------------------------------------------------------------------------
    def _of_equation(self, equation: Equation, index: int) -> None:
        out = equation.outputs[0] if equation.single and is_ufunc(equation) else None
        heir = None if out is None else next((v for v in equation.reads() if self._dies(v, equation, index, out)), None)
        if out is not None and heir is not None:
            self.heirs[out] = heir

    def _of_group(self, group: Group, index: int) -> dict[Variable, Variable]:
        """The operand is read no more, in the block, once the output is written."""
        read = {v: i for i, item in enumerate(group.work) for v in reads_of(item)}
        named: dict[Variable, list[Variable]] = {}
        for v, operand in group.operands.items():
            if isinstance(operand.source, Variable):
                named.setdefault(operand.source, []).append(v)
        heirs: dict[Variable, Variable] = {}
        for i, item in enumerate(group.work):
            if not isinstance(item, Call) or item.out not in group.outputs or item.way == "copy":
                continue
            for v, names in named.items():
                alone = names == [v] and group.operands[v].span.kind == "full"
                if alone and read.get(v, -1) <= i and v not in heirs.values() and self._dies(v, group, index, item.out):
                    heirs[item.out] = v
                    break
        return heirs

    def _dies(self, v: Variable, step: Step, index: int, out: Variable) -> bool:
        """Whether `out` may be written over `v`: the segment's own, or given to it, and read for the last time, by one name."""
        lives = self._lives
        if v.shape != out.shape or v.dtype != out.dtype or bytes_of(v) <= SMALL:
            return False
        if lives.memory[v] != {v} or lives.last[v] != index or (lives.born[v] < 0 and v not in self._donated):
            return False
        return not any(v in lives.memory[other] for other in step.reads() if other is not v)

    # -- planned memory --------------------------------------------------------------------------------------------------
    def _planned(self, steps: Sequence[Step]) -> dict[Variable, Block]:
        lives, count = self._lives, len(steps)
        last: dict[Variable, int] = {}
        for v in lives.born:  # of all that are written over one another
            first = self.first(v)
            last[first] = max(last.get(first, -1), lives.last[v])
        found = [
            (bytes_of(v), lives.born[v], last[v], v)
            for index, step in enumerate(steps)
            for v in _placeable(step)
            if v not in self.heirs and bytes_of(v) >= LEAST_PLANNED and last[v] < count
        ]
        blocks: list[Block] = []
        for size, start, stop, v in sorted(found, key=lambda item: -item[0]):
            at = 0
            taken = [b for b in blocks if b.life[0] <= stop and start <= b.life[1]]
            for other in sorted(taken, key=lambda b: b.start):
                if at + size <= other.start:
                    break
                at = max(at, other.start + _rounded(bytes_of(other.variable)))
            blocks.append(Block(v, at, (start, stop)))
        return {block.variable: block for block in blocks}

    def first(self, v: Variable) -> Variable:
        """The array over which `v` is written, over which other ones may have been before."""
        while v in self.heirs:
            v = self.heirs[v]
        return v


class Pieces:
    """Planned memory, for one run at a time."""

    __slots__ = ("_blocks", "_free", "_size")

    def __init__(self, blocks: Sequence[Block], size: int) -> None:
        self._blocks, self._size = tuple(blocks), size
        self._free: list[tuple[Any, ...]] = []

    def take(self) -> tuple[Any, ...]:
        """The arrays of all blocks, which nobody else has."""
        try:
            return self._free.pop()
        except IndexError:
            pass
        memory = np.empty(self._size + ALIGNED, np.uint8)
        begin = -memory.ctypes.data % ALIGNED
        return tuple(
            memory[begin + b.start : begin + b.start + bytes_of(b.variable)].view(b.variable.dtype).reshape(b.variable.shape)
            for b in self._blocks
        )

    def give(self, arrays: tuple[Any, ...]) -> None:
        """Keep them for the next run. What several runs at a time have made is kept once."""
        self._free[:] = [arrays]


def is_ufunc(equation: Equation) -> bool:
    """Whether NumPy computes it by an elementwise function that takes ``out=``."""
    table = equation.op.table
    return table is not None and isinstance(table[np.ndarray], np.ufunc)


def _new(step: Step) -> bool:
    return isinstance(step, Group) or makes_new(step)


def _placeable(step: Step) -> list[Variable]:
    """The arrays that a step can write to where it is told."""
    if isinstance(step, Group):
        return [item.out for item in step.work if isinstance(item, Call) and item.out in step.outputs]
    if not isinstance(step, Equation) or not step.single:
        return []
    if is_ufunc(step) or step.op.name == "matmul" or (step.op.name == "linear" and _one_dtype(step)):
        return [v for v in step.outputs if v is not None]
    return []


def _one_dtype(equation: Equation) -> bool:
    return len({v.dtype for v in (*equation.reads(), *equation.makes())}) == 1


def _rounded(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
