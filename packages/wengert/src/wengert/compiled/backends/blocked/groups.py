"""Which equations are computed together, block by block.

A group is a step of a program: elementwise equations over one shape, and the reductions of what they compute. It takes the place
of its equations as a whole, so nothing outside may depend on a part of it and be needed by another part: that is what
`_Grouping` watches.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ir import Equation, Recomputed, Step, Variable, mapped, variables_in
from ...passes.folding import is_uniform
from .kernels import Call, calls_of, is_number
from .layout import Span, reduced, span

__all__ = ["LEAST", "Group", "Operand", "Reduction", "grouped"]

Shape = tuple[int, ...]

#: Of fewer elements than these, blocks would cost more than they spare.
LEAST = 65536

#: How the names of operators begin whose results lie in memory as suits them: samples last, mostly.
WINDOWED = ("convolution", "max_pool", "window_")

#: Sums over leading axes leave a row for each block; longer rows would take too much memory.
LONGEST_ROW = 4096

#: How the results of blocks become one, and from which dtypes.
REDUCTIONS: dict[str, tuple[Any, str]] = {
    "sum": (np.add, "?bhilqBHILQfdFD"),
    "mean": (np.add, "fdFD"),
    "max": (np.maximum, "bhilqBHILQfd"),
    "min": (np.minimum, "bhilqBHILQfd"),
}

#: Views that repeat their operand: what reads them may as well read that.
SPREADING = ("spread", "broadcast_to")


class Operand(NamedTuple):
    """What a group reads.

    Attributes
    ----------
    source : Variable or array
        Whose elements these are; an array for a constant.
    span : Span
    """

    source: Any
    span: Span


class Reduction(NamedTuple):
    """A reduction of one of the arrays of a group.

    Attributes
    ----------
    ufunc : numpy.ufunc
    operand, out : Variable
    span : Span
        A row, or a column, see `reduced`.
    divisor : int or None
        By what the sum is divided in the end.
    """

    ufunc: Any
    operand: Variable
    out: Variable
    span: Span
    divisor: int | None


class Group(Step):
    """Equations that are computed block by block.

    Attributes
    ----------
    shape : tuple of int
    equations : list of Equation
    work : list of Call or Reduction
        What they become over blocks, in an order in which they can be done.
    operands : dict
        From the variables in the calls that the group reads to what they are.
    outputs : list of Variable
        What others need of it, the results of reductions among it.
    """

    __slots__ = ("equations", "operands", "outputs", "place", "shape", "work")

    def __init__(self, shape: Shape) -> None:
        self.shape, self.place = shape, -1
        self.equations: list[Equation] = []
        self.work: list[Call | Reduction] = []
        self.operands: dict[Variable, Operand] = {}
        self.outputs: list[Variable] = []

    def sources(self) -> list[Variable]:
        """The variables that it reads, each once."""
        found = [operand.source for operand in self.operands.values()]
        return list(dict.fromkeys(v for v in found if isinstance(v, Variable)))

    def reads(self) -> Iterator[Variable]:
        return iter(self.sources())

    def makes(self) -> Iterator[Variable]:
        return iter(self.outputs)

    def __str__(self) -> str:
        lines = "\n".join(f"    {equation}" for equation in self.equations)
        return f"{', '.join(map(str, self.outputs))} = blocks of\n{lines}"


def grouped(equations: Sequence[Equation], outputs: Sequence[Variable]) -> list[Step]:
    """`equations` with groups in the place of those that are computed block by block; in an order in which they can be done."""
    grouping = _Grouping(outputs)
    for equation in equations:
        grouping.add(equation)
    alone = _better_alone(grouping, equations)
    if alone:
        grouping = _Grouping(outputs)
        for equation in equations:
            grouping.add(equation, alone=equation in alone)
    return grouping.steps(outputs)


def _better_alone(grouping: _Grouping, equations: Sequence[Equation]) -> set[Equation]:
    """The equations that are groups by themselves, over what does not lie in row-major order: blocks would have to copy it.

    What reads their results would find these in another order, too, than convolutions and pooling like best.
    """
    loose: set[Variable] = set()
    for equation in equations:
        own = {v.shape for v in loose.intersection(equation.reads())}
        if equation.op.name.startswith(WINDOWED) or any(v.shape in own for v in equation.makes()):
            loose.update(equation.makes())
    groups = [group.equations for group in grouping.groups]
    return {group[0] for group in groups if len(group) == 1 and loose.intersection(group[0].reads())}


class _Grouping:
    """Puts equations into groups, one after the other.

    Attributes
    ----------
    owner : dict
        From a variable to the number of the group that computes it block by block.
    after : dict
        From a variable to the groups that must be done before it is known, as the bits of a number.
    before : list of int
        For each group the groups that must be done before it begins.
    """

    def __init__(self, wanted: Sequence[Variable]) -> None:
        self.groups: list[Group] = []
        self.before: list[int] = []
        self.owner: dict[Variable, int] = {}
        self.after: dict[Variable, int] = {}
        self.spread: dict[Variable, tuple[Variable, Shape]] = {}
        self.order: list[tuple[Equation, int | None]] = []
        self.made: set[Variable] = set()
        self.wanted = set(wanted)

    def add(self, equation: Equation, *, alone: bool = False) -> None:
        found = None if alone else self._reduction(equation)
        if found is None and not alone:
            found = self._elementwise(equation)
        self.order.append((equation, found))
        for v in equation.makes():
            self.made.add(v)
            self.after[v] = self._after(equation.reads()) if found is None else 1 << found
        if found is None and equation.single and equation.op.name in SPREADING:
            self._note_spread(equation)

    def _after(self, variables: Iterator[Variable]) -> int:
        bits = 0
        for v in variables:
            bits |= self.after.get(v, 0)
        return bits

    # -- views that repeat
    def _note_spread(self, equation: Equation) -> None:
        values = equation.arguments.get("args", tuple(equation.arguments.values()))
        source, (out,) = values[0], equation.outputs
        if (
            not isinstance(source, Variable)
            or out is None
            or is_number(source)
            or math.prod(source.shape) == math.prod(out.shape)
        ):
            return
        kept = source.shape
        axis = equation.arguments.get("axis")
        if axis is not None and not equation.arguments["keepdims"]:
            axes = {a % len(out.shape) for a in ((axis,) if isinstance(axis, int) else axis)}
            kept = tuple(1 if i in axes else n for i, n in enumerate(out.shape))
        self.spread[out] = (source, kept)

    # -- joining
    def _elementwise(self, equation: Equation) -> int | None:
        out = equation.outputs[0] if equation.single else None
        if out is None or math.prod(out.shape) < LEAST:
            return None
        constants: dict[Variable, Operand] = {}
        calls = calls_of(self._simplified(equation, out, constants))
        if calls is None:
            return None
        operands = dict(constants)
        for v in {v for call in calls for v in variables_in([_plain(a) for a in call.arguments])} - {c.out for c in calls}:
            if v not in operands:
                operands[v] = self._operand(v, out.shape)
        if any(call.way == "new" for call in calls) and not any(o.span.kind == "full" for o in operands.values()):
            return None  # its blocks would not be as long as they should
        number = self._place(out.shape, operands, equation.after if isinstance(equation, Recomputed) else None)
        group = self.groups[number]
        group.equations.append(equation)
        group.work += calls
        self._read(number, operands)
        self.owner[out] = number
        return number

    def _simplified(self, equation: Equation, out: Variable, constants: dict[Variable, Operand]) -> Equation:
        """`equation` with constant arrays as numbers where all elements are one, and as variables where they are not."""

        def leaf(value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return value
            if is_uniform(value):
                return np.asarray(value[(0,) * value.ndim])
            v = Variable(value.shape, value.dtype)
            constants[v] = Operand(value, span(value.shape, out.shape))
            return v

        return Equation(equation.op, mapped(equation.arguments, leaf), equation.outputs, True, equation.place)

    def _operand(self, v: Variable, whole: Shape) -> Operand:
        if v in self.owner and v.shape == whole:
            return Operand(v, Span("full", 0))
        if is_number(v):
            return Operand(v, Span("scalar", 0))
        source, kept = self.spread.get(v, (v, v.shape))
        return Operand(source, span(kept, whole))

    def _reduction(self, equation: Equation) -> int | None:
        out = equation.outputs[0] if equation.single else None
        ufunc, letters = REDUCTIONS.get(equation.op.name, (None, ""))
        x = equation.arguments.get("x")
        if ufunc is None or out is None or not isinstance(x, Variable) or is_number(x) or math.prod(x.shape) < LEAST:
            return None
        if x.dtype.char not in letters or out.dtype.char not in letters or x in self.spread:
            return None
        found = reduced(x.shape, equation.arguments["axis"])
        if found is None or (found.kind == "row" and found.period > LONGEST_ROW):
            return None
        operands = {x: Operand(x, Span("full", 0))}
        number = self.owner.get(x)
        if number is None or self.groups[number].shape != x.shape:
            number = self._place(x.shape, operands)
            self._read(number, operands)
        divisor = math.prod(x.shape) // math.prod(out.shape) if equation.op.name == "mean" else None
        group = self.groups[number]
        group.equations.append(equation)
        group.work.append(Reduction(ufunc, x, out, found, divisor))
        return number

    def _place(self, shape: Shape, operands: dict[Variable, Operand], after: Variable | None = None) -> int:
        """The number of a group of `shape` that can take what reads `operands`; a new one if there is none.

        What is to be computed only `after` something is in the group of that, or in a later one.
        """
        sources = [o.source for o in operands.values() if isinstance(o.source, Variable)]
        sources += [] if after is None else [after]
        for number in range(len(self.groups) - 1, -1, -1):
            group = self.groups[number]
            if group.shape != shape or not self._shares(number, sources):
                continue
            others = self._after(v for v in sources if self.owner.get(v) != number)
            if not self._closure(others) >> number & 1:
                return number
        self.groups.append(Group(shape))
        self.before.append(0)
        return len(self.groups) - 1

    def _shares(self, number: int, sources: list[Variable]) -> bool:
        """Whether it saves reading something, or does not wait for anything."""
        read = {o.source for o in self.groups[number].operands.values() if isinstance(o.source, Variable)}
        return any(self.owner.get(v) == number or v in read for v in sources) or not any(v in self.made for v in sources)

    def _read(self, number: int, operands: dict[Variable, Operand]) -> None:
        """Note what a group reads that is not its own."""
        for v, operand in operands.items():
            inside = isinstance(operand.source, Variable) and self.owner.get(operand.source) == number
            if inside and operand.span.kind == "full":
                continue
            self.groups[number].operands[v] = operand
            if isinstance(operand.source, Variable):
                self.before[number] |= self.after.get(operand.source, 0)

    def _closure(self, groups: int) -> int:
        """`groups` and all that must be done before them."""
        found, left = 0, groups
        while left:
            number = left.bit_length() - 1
            found |= 1 << number
            left = (left | self.before[number]) & ~found
        return found

    # -- the result
    def steps(self, outputs: Sequence[Variable]) -> list[Step]:
        """The groups and the other equations; those that only groups read, and no more, are left out."""
        done: list[tuple[int, Step]] = []
        last: dict[int, int] = {}
        for index, (equation, number) in enumerate(self.order):
            if number is None:
                done.append((index, equation))
            else:
                last[number] = index
        done += [(index, self.groups[number]) for number, index in last.items()]
        needed = set(outputs)
        steps = [step for _, step in sorted(done, key=lambda pair: pair[0])]
        for step in steps:
            needed.update(step.reads())
        for group in self.groups:
            group.outputs = [v for e in group.equations for v in e.makes() if v in needed]
        return _needed(_in_order(steps), outputs)


def _plain(argument: Any) -> Any:
    """The variable of an argument of a call."""
    return getattr(argument, "variable", argument)


def _in_order(steps: list[Step]) -> list[Step]:
    """`steps`, each after those that make what it reads, and otherwise as they come."""
    maker = {v: i for i, step in enumerate(steps) for v in step.makes()}
    waits = [len({maker[v] for v in step.reads() if v in maker}) for step in steps]
    readers: dict[int, list[int]] = {}
    for i, step in enumerate(steps):
        for j in {maker[v] for v in step.reads() if v in maker}:
            readers.setdefault(j, []).append(i)
    ready = [i for i, count in enumerate(waits) if not count]
    result: list[Step] = []
    while ready:
        index = heapq.heappop(ready)
        result.append(steps[index])
        for i in readers.get(index, ()):
            waits[i] -= 1
            if not waits[i]:
                heapq.heappush(ready, i)
    return result


def _needed(steps: list[Step], outputs: Sequence[Variable]) -> list[Step]:
    """`steps` without the equations of which nothing is read."""
    needed = set(outputs)
    kept: list[Step] = []
    for step in reversed(steps):
        if any(v in needed for v in step.makes()):
            needed.update(step.reads())
            kept.append(step)
    return kept[::-1]
