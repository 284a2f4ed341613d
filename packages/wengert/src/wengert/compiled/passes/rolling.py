"""Steps that repeat become loops: a Python loop that tracing has unrolled, and the loop of its derivative.

A program is looked at as a row of numbers. Equations with the same operator, static arguments, shapes and dtypes have the same
number; variables are numbered in the order in which they are made. Where a loop of `p` equations was unrolled, the numbers of
equations repeat after `p`, and those of what each operand is differ from one repetition to the next by what is always the same:
nothing, for what is the same in all repetitions; as many variables as a repetition makes, for what it has made itself or was
made by the one before; as many as another loop makes, forward or backward, for what that has made. So a repetition has been found
where second differences are zero, which is looked for with arrays: candidates for `p` are the distances to where the same
eight equations stood last. What repeats by chance, and reads what no loop can give it, is left as it is.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..ir import Equation, LibraryFunction, Recomputed, Step, Variable, mapped
from ..looping import Carried, Family, Loop
from .lives import bytes_of

__all__ = ["rolled"]

#: The fewest repetitions of which a loop is made.
FEWEST = 4

#: So many equations in a row make a distance a candidate.
WINDOW = 8

#: So many distances are tried, those first that occur most often, the first few with their multiples.
CANDIDATES, MULTIPLES = 12, (2, 3, 4)

#: Operands up to so many repetitions back count as made by the loop itself.
NEAR = 8

Numbers = Any  # an array of integers


def rolled(equations: Sequence[Equation]) -> list[Step]:
    """The equations of a run without effects, in their order, with loops in the place of those that repeat.

    Parameters
    ----------
    equations : sequence of Equation

    Returns
    -------
    list of Equation or Loop
        `wengert.compiled.looping.unrolled` gives `equations` again.
    """
    if len(equations) < FEWEST * 2:
        return list(equations)
    table = _Table(equations)
    made: list[_Range] = []
    for run in _runs(table):
        found = _fitted(table, run, made)
        if found is not None:
            made.append(found)
    steps: list[Step] = []
    end = 0
    for one in made:
        steps += [*equations[end : one.start], one.loop]
        end = one.start + one.period * one.loop.count
    return [*steps, *equations[end:]]


class _Table:
    """Equations as arrays of numbers.

    Attributes
    ----------
    kinds : array
        For each equation a number that those like it have.
    reads, reads_from : array
        The numbers of the variables that equations read, one after the other, and where those of each equation begin. What the
        equations make has the numbers from 0 on in order; what they begin with has negative ones.
    makes_from : array
        The first number of what each equation makes.
    maker : array
        By the number of a variable the equation that makes it.
    """

    def __init__(self, equations: Sequence[Equation]) -> None:
        self.equations = equations
        numbers: dict[Variable, int] = {}
        kinds: dict[Any, int] = {}
        rows: list[int] = []
        reads: list[int] = []
        reads_from, makes_from = [0], [0]
        inputs = itertools.count(-1, -1).__next__
        self.variables: dict[int, Variable] = {}
        for equation in equations:
            read: list[Variable] = []
            rows.append(kinds.setdefault(_kind(equation, read), len(kinds)))
            for v in read:
                if v not in numbers:
                    numbers[v] = number = inputs()
                    self.variables[number] = v
                reads.append(numbers[v])
            for number, out in enumerate(equation.outputs, makes_from[-1]):
                if out is not None:
                    numbers[out] = number
                    self.variables[number] = out
            reads_from.append(len(reads))
            makes_from.append(makes_from[-1] + len(equation.outputs))
        self.kinds, self.reads = np.array(rows), np.array(reads, np.int64)
        self.reads_from, self.makes_from = np.array(reads_from), np.array(makes_from)
        self.maker = np.repeat(np.arange(len(equations)), np.diff(self.makes_from))

    def operands(self, equation: int) -> Numbers:
        """The numbers of the variables that an equation reads."""
        return self.reads[self.reads_from[equation] : self.reads_from[equation + 1]]

    def made_by(self, variable: int) -> int:
        """The equation that makes a variable; -1 for what there is from the beginning."""
        return int(self.maker[variable]) if variable >= 0 else -1


def _kind(equation: Equation, read: list[Variable]) -> Any:
    """What equations that are repetitions of each other have in common; the variables that it reads are appended to `read`."""
    if isinstance(equation, Recomputed):
        return id(equation)
    op = equation.op
    outs = tuple([None if v is None else (v.shape, v.dtype) for v in equation.outputs])
    function = (op.name, op.forward) if isinstance(op, LibraryFunction) else id(op)
    kind = (function, _structure(equation.arguments, read), outs, equation.single)
    try:
        hash(kind)
    except TypeError:
        return id(equation)
    return kind


def _structure(tree: Any, read: list[Variable]) -> Any:
    """An argument with the shapes and dtypes of variables in their place; what cannot be compared is known by identity."""
    kind = type(tree)
    if kind is Variable:
        read.append(tree)
        return (Variable, tree.shape, tree.dtype)
    if tree is None or kind in (int, str, bool):
        return (kind, tree)
    if kind in (tuple, list):
        return (kind, *[_structure(item, read) for item in tree])
    if kind is dict:
        return tuple([(name, _structure(item, read)) for name, item in tree.items()])
    if kind is slice:
        return (slice, *[_structure(item, read) for item in (tree.start, tree.stop, tree.step)])
    if kind in (float, complex):
        return (kind, repr(tree))  # -0.0 is not 0.0, and NaN is NaN
    if isinstance(tree, np.generic):
        return (kind, tree.tobytes())
    if isinstance(tree, Variable):
        read.append(tree)
        return (kind, tree.shape, tree.dtype)
    try:
        hash(tree)
    except TypeError:
        return (kind, id(tree))
    return (kind, id(tree) if hasattr(tree, "shape") else tree)


# -- candidates ----------------------------------------------------------------------------------------------------------
class _Run(NamedTuple):
    """Equations from `start` to before `stop` that repeat after `period`."""

    start: int
    stop: int
    period: int

    @property
    def spared(self) -> int:
        """How many equations fewer there are when it is a loop."""
        count = (self.stop - self.start) // self.period
        return (count - 1) * self.period if count >= FEWEST else 0


def _runs(table: _Table) -> list[_Run]:
    """Runs that do not overlap, those first chosen that spare most, in their order in the program."""
    free = [run for period in _periods(table.kinds) for run in _repeating(table, period) if run.spared]
    chosen: list[_Run] = []
    while free:
        best = max(free, key=lambda run: (run.spared, -run.period))
        chosen.append(best)
        free = [rest for run in free for rest in _without(run, best) if rest.spared]
    return sorted(chosen)


def _without(run: _Run, other: _Run) -> Iterator[_Run]:
    """What is left of a run on both sides of another."""
    if run.stop <= other.start or other.stop <= run.start:
        yield run
        return
    yield _Run(run.start, other.start, run.period)
    yield _Run(other.stop, run.stop, run.period)


def _periods(kinds: Numbers) -> list[int]:
    """The distances after which equations may repeat."""
    hashes = (kinds + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    width = 1
    while width < min(WINDOW, len(kinds) // 2):
        mixed = (hashes[:-width] ^ (hashes[:-width] >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        hashes = mixed + hashes[width:]
        width *= 2
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    distances, counts = np.unique((order[1:] - order[:-1])[same], return_counts=True)
    most = [int(d) for d in distances[np.argsort(-counts, kind="stable")][:CANDIDATES]]
    return list(dict.fromkeys([*most, *(d * m for d in most[:4] for m in MULTIPLES)]))


def _repeating(table: _Table, period: int) -> Iterator[_Run]:
    """The runs of equations whose kinds repeat after `period`, and whose operands move on as they do."""
    n = len(table.kinds) - 2 * period
    if n <= 0:
        return
    same = table.kinds[:-period] == table.kinds[period:]
    smooth = same[:-period] & same[period:]
    begins, makes = table.reads_from, table.makes_from
    slots = np.arange(begins[n])
    owner = np.repeat(np.arange(n), np.diff(begins[: n + 1]))
    picked = smooth[owner]
    slots, owner = slots[picked], owner[picked]
    first = table.reads[slots]
    second = table.reads[slots + (begins[owner + period] - begins[owner])]
    third = table.reads[slots + (begins[owner + 2 * period] - begins[owner])]
    moved = second - first
    steady = (moved == third - second) & ((moved == 0) | (first >= 0))
    back = owner - table.maker[np.maximum(first, 0)]
    own = (moved == makes[owner + period] - makes[owner]) & (first >= 0)
    steady &= ~(own & (back >= 2 * period) & (back <= NEAR * period))  # made two repetitions before, or earlier
    smooth[owner[~steady]] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([0], smooth.astype(np.int8), [0]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield _Run(int(start), int(stop) + 2 * period, period)


# -- fitting -------------------------------------------------------------------------------------------------------------
class _Range(NamedTuple):
    """A loop, and where it stands."""

    start: int
    period: int
    loop: Loop


class _Slot(NamedTuple):
    """How an operand of the equations of a run moves on.

    Attributes
    ----------
    moved : int
        By how many variables from one repetition to the next.
    back : int
        How many equations before it is made, if it is by the loop itself; else 0.
    """

    moved: int
    back: int


def _fitted(table: _Table, run: _Run, earlier: Sequence[_Range]) -> _Range | None:
    """The loop that is made of a run, behind those that are there already; None if what it reads is no loop's."""
    period = run.period
    slots = _slots(table, run)
    floor = earlier[-1].start + earlier[-1].period * earlier[-1].loop.count if earlier else 0
    lowest = _lowest(table, run, slots, floor)
    for i in range(run.start, run.start + period):
        for slot, number in zip(slots[i % period], table.operands(i), strict=True):
            if slot.moved == 0:
                lowest = max(lowest, table.made_by(int(number)) + 1)
    if run.stop - lowest < FEWEST * period:
        return None
    start = _cheapest(table, run, slots, lowest)
    if start is None:
        return _fitted(table, run._replace(period=2 * period), earlier)
    begin, end = 0, (run.stop - start) // period
    sources: dict[tuple[int, int], tuple[_Range, int, int]] = {}  # of families, by equation of the body and operand
    for i in range(start, start + period):
        for place, slot in enumerate(slots[i % period]):
            if slot.moved == 0 or slot.back:
                continue
            number = int(table.operands(i + (end // 2) * period)[place])
            source = _family(table, number, slot.moved, earlier)
            if source is None:
                return None
            other, at, step = source
            at -= step * (end // 2)
            begin, end = _within(other.loop.count, at, step, begin, end)
            sources[i - start, place] = other, at, step
    if end - begin < FEWEST:
        return None
    sources = {key: (other, at + step * begin, step) for key, (other, at, step) in sources.items()}
    return _built(table, start + begin * period, end - begin, period, slots, sources)


def _slots(table: _Table, run: _Run) -> list[list[_Slot]]:
    """For each equation of a repetition, by its number modulo the period, how its operands move on."""
    period = run.period
    slots: list[list[_Slot]] = [[] for _ in range(period)]
    for i in range(run.start, run.start + period):
        own = int(table.makes_from[i + period] - table.makes_from[i])
        for first, second in zip(table.operands(i), table.operands(i + period), strict=True):
            moved, back = int(second - first), i + period - table.made_by(int(second))
            near = moved == own and second >= 0 and back < 2 * period
            slots[i % period].append(_Slot(moved, back if near else 0))
    return slots


def _lowest(table: _Table, run: _Run, slots: list[list[_Slot]], floor: int) -> int:
    """Where a loop may begin, before the run: there the first repetition may read something else than one before it has made."""
    lowest, bound = run.start, floor
    for i in range(run.start - 1, max(run.start - run.period, floor) - 1, -1):
        if table.kinds[i] != table.kinds[i + run.period]:
            break
        now, later = table.operands(i), table.operands(i + run.period)
        for slot, number, then in zip(slots[i % run.period], now, later, strict=True):
            if number == then - slot.moved:
                continue
            if not slot.back:
                return lowest
            bound = max(bound, i - slot.back + 1, table.made_by(int(number)) + 1)
        if i >= bound:
            lowest = i
    return lowest


def _cheapest(table: _Table, run: _Run, slots: list[list[_Slot]], lowest: int) -> int | None:
    """The first equation of the loop: where the least is carried from one repetition to the next.

    None where something is carried over two repetitions wherever they begin.
    """
    period = run.period
    alive: dict[int, int] = {}  # from what is made where to how many equations later it is read
    for i in range(run.start + 2 * period, run.start + 3 * period):
        for slot, number in zip(slots[i % period], table.operands(i), strict=True):
            if slot.back:
                alive[int(number)] = max(alive.get(int(number), 0), slot.back)
    carried, over = [0] * period, [False] * period
    for number, length in alive.items():
        made, size = table.made_by(number), bytes_of(table.variables[number])
        for i in range(made + 1, made + min(length, period) + 1):
            carried[i % period] += size + 1
        for i in range(made + 1, made + length - period + 1):
            over[i % period] = True
    allowed = [i for i in range(lowest, lowest + period) if not over[i % period]]
    return min(allowed, key=lambda i: (carried[i % period], i), default=None)


def _family(table: _Table, number: int, moved: int, earlier: Sequence[_Range]) -> tuple[_Range, int, int] | None:
    """The loop that has made a variable, in which repetition, and how many repetitions a move is."""
    maker = table.made_by(number)
    index = bisect.bisect_right(earlier, maker, key=lambda one: one.start) - 1
    if maker < 0 or index < 0:
        return None
    other = earlier[index]
    repetition = (maker - other.start) // other.period
    own = int(table.makes_from[other.start + other.period] - table.makes_from[other.start])
    if repetition >= other.loop.count or moved % own:
        return None
    return other, repetition, moved // own


def _within(count: int, at: int, step: int, begin: int, end: int) -> tuple[int, int]:
    """The repetitions, of those from `begin` to before `end`, for which ``at + step * k`` is one of `count`."""
    if step > 0:
        return max(begin, -(at // step)), min(end, (count - 1 - at) // step + 1)
    return max(begin, -((count - 1 - at) // -step)), min(end, at // -step + 1)


def _built(
    table: _Table,
    start: int,
    count: int,
    period: int,
    slots: list[list[_Slot]],
    sources: dict[tuple[int, int], tuple[_Range, int, int]],
) -> _Range:
    """The loop of `count` repetitions from equation `start` on."""
    carried: dict[tuple[int, int], Carried] = {}
    families: dict[tuple[int, int, int, int], Family] = {}
    body: list[Equation] = []
    for i in range(start, start + period):
        replaced: list[Variable] = []
        for place, (slot, n) in enumerate(zip(slots[i % period], table.operands(i), strict=True)):
            number = int(n)
            variable = table.variables[number]
            if slot.back and i - slot.back < start:
                source = int(table.operands(i + period)[place])
                key = number, source
                if key not in carried:
                    own = table.variables[source]
                    carried[key] = Carried(Variable(own.shape, own.dtype), variable, own)
                variable = carried[key].parameter
            elif slot.moved and not slot.back:
                other, at, step = sources[i - start, place]
                offset = number - int(table.makes_from[table.made_by(number)])
                equation = (table.made_by(number) - other.start) % other.period
                own_source = other.loop.body[equation].outputs[offset]
                assert own_source is not None
                group = other.start, own_source.number, at, step
                if group not in families:
                    families[group] = Family(Variable(variable.shape, variable.dtype), other.loop, own_source, at, step)
                variable = families[group].parameter
            replaced.append(variable)
        body.append(_with_operands(table.equations[i], replaced))
    equations = table.equations[start : start + count * period]
    return _Range(start, period, Loop(body, equations, [*carried.values()], [*families.values()]))


def _with_operands(equation: Equation, variables: Sequence[Variable]) -> Equation:
    """An equation that reads these variables in their order."""
    rest = iter(variables)
    return equation.of(mapped(equation.arguments, lambda leaf: next(rest) if isinstance(leaf, Variable) else leaf))
