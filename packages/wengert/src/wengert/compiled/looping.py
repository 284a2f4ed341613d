"""Loops in a program: equations that repeat, as a body and what each repetition of it reads.

A `Loop` stands in the place of the equations that it was made of, and still has them: whoever does not know loops takes
`Loop.equations`. `wengert.compiled.passes.rolling` finds loops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .ir import Equation, Step, Variable

__all__ = ["Carried", "Family", "Loop", "unrolled"]


class Carried(NamedTuple):
    """What a body reads of the repetition before.

    Attributes
    ----------
    parameter : Variable
        As which it stands in the body.
    first : Variable
        What the first repetition reads, made before the loop.
    source : Variable
        What the body makes for the next one.
    """

    parameter: Variable
    first: Variable
    source: Variable


class Family(NamedTuple):
    """What another loop has made in one place, of which repetition `k` of a body reads that of repetition ``start + step * k``.

    Attributes
    ----------
    parameter : Variable
        As which it stands in the body.
    loop : Loop
    source : Variable
        In the body of `loop`.
    start, step : int
        A `step` of -1 is the backward of a loop.
    """

    parameter: Variable
    loop: Loop
    source: Variable
    start: int
    step: int


class Loop(Step):
    """Equations that are `count` times the same: the same operators, static arguments, shapes and dtypes.

    Attributes
    ----------
    body : tuple of Equation
        One repetition. Its results are the variables of the first one; it reads these, parameters, and what is the same in all.
    count : int
    carried : tuple of Carried
    families : tuple of Family
    equations : tuple of Equation
        All repetitions, one after the other.
    """

    __slots__ = ("_places", "body", "carried", "count", "equations", "families", "place")

    def __init__(
        self, body: Sequence[Equation], equations: Sequence[Equation], carried: Sequence[Carried], families: Sequence[Family]
    ) -> None:
        self.body, self.equations = tuple(body), tuple(equations)
        self.carried, self.families = tuple(carried), tuple(families)
        self.count, self.place = len(equations) // len(body), equations[0].place
        self._places = {v: (i, o) for i, e in enumerate(body) for o, v in enumerate(e.outputs) if v is not None}

    def reads(self) -> Iterator[Variable]:
        made = set(self.makes())
        return iter(dict.fromkeys(v for e in self.equations for v in e.reads() if v not in made))

    def makes(self) -> Iterator[Variable]:
        return (v for e in self.equations for v in e.makes())

    def variable(self, source: Variable, repetition: int) -> Variable:
        """What `source`, a result of the body, is in a repetition."""
        place, output = self._places[source]
        found = self.equations[repetition * len(self.body) + place].outputs[output]
        assert found is not None
        return found

    def constants(self) -> list[Variable]:
        """What is made before the loop and the same in all repetitions."""
        own = {*self._places, *(c.parameter for c in self.carried), *(f.parameter for f in self.families)}
        return list(dict.fromkeys(v for e in self.body for v in e.reads() if v not in own))

    def sources(self) -> list[Variable]:
        """The results of the body."""
        return list(self._places)

    def values(self, repetition: int) -> dict[Variable, Variable]:
        """What the parameters and results of the body are in a repetition."""
        found = {source: self.variable(source, repetition) for source in self._places}
        for one in self.carried:
            found[one.parameter] = self.variable(one.source, repetition - 1) if repetition else one.first
        for family in self.families:
            found[family.parameter] = family.loop.variable(family.source, family.start + family.step * repetition)
        return found

    def __str__(self) -> str:
        return self.told(map(str, self.body))

    def told(self, texts: Iterable[str]) -> str:
        """As it is printed, with a text for each equation of the body."""
        lines = [f"loop of {self.count} repetitions, in each"]
        for one in self.carried:
            then = f"{one.source} of the repetition before, which is {self.variable(one.source, self.count - 1)} in the end"
            lines.append(f"  {one.parameter.described()} = {one.first} at first, then {then}")
        for family in self.families:
            k = "k" if abs(family.step) == 1 else f"{abs(family.step)} * k"
            place = f"{family.start} {'-' if family.step < 0 else '+'} {k}"
            lines.append(f"  {family.parameter.described()} = {family.source} of repetition {place} of its loop")
        return "\n".join([*lines, *(f"  {text}" for text in texts)])


def unrolled(steps: Iterable[Step]) -> list[Step]:
    """The steps with the equations of each loop in its place."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Loop):
            found.extend(step.equations)
        else:
            found.append(step)
    return found
