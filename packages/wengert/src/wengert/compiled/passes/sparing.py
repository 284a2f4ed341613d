"""What a loop saves for another, and what that computes again: memory is slower than an addition.

Of a loop that was rolled (`wengert.compiled.passes.rolling`) all repetitions of what a later one reads have to be in memory. A
later loop computes sums, differences, products and views again, bit by bit the same, where what they are computed from takes
less memory, or is saved anyway.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ..ir import Equation, LibraryFunction, Variable, mapped
from ..looping import Family, Loop
from .lives import bytes_of, makes_new

__all__ = ["spared"]

#: Operators that take less time than to read their result from memory.
CHEAP = frozenset(("add", "multiply", "negative", "positive", "square", "subtract"))


def spared(loop: Loop) -> tuple[list[Family], list[Equation]]:
    """What a loop may read of others in the place of its families, and the equations that compute these before its body.

    A family may be of a parameter of the other loop, too: of what that has read in each repetition.
    """
    families, equations = list[Family](), list[Equation]()
    groups = itertools.groupby(
        sorted(loop.families, key=lambda f: (f.loop.equations[0].outputs[0].number, f.start, f.step)),  # type: ignore[union-attr]
        key=lambda f: (f.loop, f.start, f.step),
    )
    for (other, start, step), members in groups:
        found = _Group(other, {f.source: f.parameter for f in members})
        families += [Family(parameter, other, source, start, step) for source, parameter in found.saved.items()]
        equations += found.equations()
    return families, equations


class _Group:
    """What one loop reads of another one in the same repetition.

    Attributes
    ----------
    saved : dict
        From what the other loop saves to the variable as which it is read.
    """

    def __init__(self, other: Loop, saved: dict[Variable, Variable]) -> None:
        self.saved = saved
        self._makers = {v: (i, e) for i, e in enumerate(other.body) if e.single for v in e.makes()}
        self._read = {c.parameter for c in other.carried}
        self._constants = set(other.constants())
        self._again: dict[Variable, Variable] = {}  # what is computed again
        order = sorted((v for v in saved if v in self._makers), key=lambda v: -self._makers[v][0])
        while order:  # from the last one made to the first, for these may be wanted only now
            source = order.pop(0)
            needed = self._needed(source)
            if needed is None:
                continue
            self._again[source] = self.saved.pop(source)
            for v in needed:
                self.saved[v] = Variable(v.shape, v.dtype)

    def _needed(self, source: Variable) -> list[Variable] | None:
        """What has to be saved besides, so that `source` need not be; None if that is no gain."""
        if not self._cheap(source):
            return None
        leaves = dict.fromkeys(self._leaves(source))
        new = [v for v in leaves if v not in self.saved and v not in self._again]
        if any(v not in self._makers and v not in self._read for v in new):
            return None
        return new if sum(map(bytes_of, new)) < bytes_of(source) else None

    def _cheap(self, source: Variable) -> bool:
        if source not in self._makers:
            return False
        equation = self._makers[source][1]
        return not isinstance(equation.op, LibraryFunction) and (equation.op.name in CHEAP or not makes_new(equation))

    def _leaves(self, source: Variable) -> Iterator[Variable]:
        """What `source` is computed from, looking through views."""
        for v in self._makers[source][1].reads():
            if v in self._constants:
                continue
            if v not in self.saved and v in self._makers and self._cheap(v) and not makes_new(self._makers[v][1]):
                yield from self._leaves(v)
            else:
                yield v

    def equations(self) -> Sequence[Equation]:
        """What computes again, in order."""
        names = {**self.saved, **self._again}
        made: dict[int, Equation] = {}

        def named(leaf: Variable) -> Variable:
            if leaf in names or leaf in self._constants:
                return names.get(leaf, leaf)
            names[leaf] = Variable(leaf.shape, leaf.dtype)
            write(leaf)
            return names[leaf]

        def write(source: Variable) -> None:
            place, equation = self._makers[source]
            arguments = mapped(equation.arguments, lambda leaf: named(leaf) if isinstance(leaf, Variable) else leaf)
            made[place] = Equation(equation.op, arguments, (names[source],), True, equation.place)

        for source in self._again:
            write(source)
        return [made[place] for place in sorted(made)]
