"""From where to where in a program the memory of an array is needed.

A variable may lie in the memory of others: what an operator that makes views gives lies in that of its operand, and memory is
free when nothing is left that lies in it. Memory is counted for what equations make; the arrays that a program begins with, and
what effects give it, belong to others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ..ir import Equation, LibraryFunction, Step, Variable, variables_in

__all__ = ["Exposure", "Lives", "bytes_of", "lives_of", "live_bytes", "makes_new", "peak_bytes"]

#: Functions of the library in the place of operators whose results are new arrays.
_NEW = frozenset(("add_at", "complex_parts", "ones_like", "put", "zeros_like"))


class Lives(NamedTuple):
    """The life ranges of a program.

    Attributes
    ----------
    memory : dict
        From a variable to those in whose memory it may lie; itself, if it is new.
    born : dict
        From a variable with memory of its own to the step that makes it; -1 for what the program begins with.
    last : dict
        From such a variable to the last step that needs its memory; the number of steps, if it is wanted in the end.
    """

    memory: dict[Variable, frozenset[Variable]]
    born: dict[Variable, int]
    last: dict[Variable, int]


def makes_new(step: Step) -> bool:
    """Whether what a step makes shares no memory with what it reads."""
    if not isinstance(step, Equation):
        return False
    if isinstance(step.op, LibraryFunction):
        return step.op.general is not None or step.op.name in _NEW  # every kernel does
    return not step.op.view


def lives_of(steps: Sequence[Step], wanted: Iterable[Any], new: Callable[[Step], bool] = makes_new) -> Lives:
    """The life ranges of the arrays of a program.

    `new` says of a step whether its results share no memory with what it reads; of others it is taken for granted that they do.
    """
    memory: dict[Variable, frozenset[Variable]] = {}
    born: dict[Variable, int] = {}
    last: dict[Variable, int] = {}

    def own(v: Variable) -> frozenset[Variable]:
        if v not in memory:
            memory[v], born[v] = frozenset((v,)), -1
        return memory[v]

    for index, step in enumerate(steps):
        read = [own(v) for v in step.reads()]
        for v in itertools.chain.from_iterable(read):
            last[v] = index
        fresh = new(step)
        under = frozenset() if fresh else frozenset().union(*read)
        for v in step.makes():
            memory[v] = under or frozenset((v,))
            if not under:
                born[v] = index if isinstance(step, Equation) or fresh else -1
                last[v] = index
    for v in variables_in(list(wanted)):
        last.update(dict.fromkeys(own(v), len(steps)))
    return Lives(memory, born, last)


def bytes_of(v: Variable) -> int:
    """The bytes of its elements; none for a Python number."""
    return 0 if isinstance(v.dtype, type) else math.prod(v.shape) * getattr(v.dtype, "itemsize", 8)


def live_bytes(steps: Sequence[Step], wanted: Iterable[Any], new: Callable[[Step], bool] = makes_new) -> list[int]:
    """For each step the bytes of the arrays, made by the program, that there are while it runs; for `new` see `lives_of`.

    Each equation is taken to be a call of the library, which makes its result while its operands are still there.
    """
    lives = lives_of(steps, wanted, new)
    changes = [0] * (len(steps) + 2)
    for v, start in lives.born.items():
        if start >= 0:
            changes[start] += bytes_of(v)
            changes[lives.last[v] + 1] -= bytes_of(v)
    return list(itertools.accumulate(changes))[: len(steps)]


def peak_bytes(steps: Sequence[Step], wanted: Iterable[Any]) -> int:
    """The most bytes that the arrays made by a program take at a time, see `live_bytes`."""
    return max(live_bytes(steps, wanted), default=0)


class Exposure:
    """To which memory somebody else may write while a program runs.

    To that of its inputs and of what effects give always, and to what an effect has read from then on.

    Attributes
    ----------
    seen : dict
        From a variable with memory of its own to the step from which on others know it.
    """

    def __init__(self, steps: Sequence[Step], lives: Lives) -> None:
        self._memory = lives.memory
        self._effects: list[int] = []
        self.seen = {v: 0 for v, start in lives.born.items() if start < 0}
        for index, step in enumerate(steps):
            if isinstance(step, Equation) or step.quiet:
                continue
            self._effects.append(index)
            for owner in itertools.chain.from_iterable(lives.memory[v] for v in step.reads()):
                self.seen.setdefault(owner, index)

    def same_at(self, v: Variable, start: int, stop: int) -> bool:
        """Whether nobody can have written to the memory of `v` between two steps."""
        first = min((self.seen[owner] for owner in self._memory[v] if owner in self.seen), default=None)
        return first is None or not any(max(start, first) <= index < stop for index in self._effects)
