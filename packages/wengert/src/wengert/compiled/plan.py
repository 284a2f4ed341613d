"""What a program comes to: what runs as one, the memory that is planned, how much is in use at most, what each pass has done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .ir import Equation, Step, Variable, variables_in
from .passes import PASSES, Options, Pass, after_each
from .passes.lives import bytes_of, live_bytes, makes_new
from .segments import Buffer, Segment

__all__ = ["Fused", "Left", "Plan", "Rolled", "after_passes", "in_bytes", "pass_names", "plan_of", "shown_passes"]

#: What a program is called before any pass has seen it.
TRACED = "traced"


class Fused(NamedTuple):
    """Equations that a backend runs as one.

    Attributes
    ----------
    operators : tuple of str
        Their names, in order.
    inputs, outputs : tuple of str
        What is read and made, with shape and dtype.
    """

    operators: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.operators)} equations: {_counted(self.operators)}"


class Rolled(NamedTuple):
    """Equations that repeat, which a backend runs as a loop.

    Attributes
    ----------
    repetitions : int
    operators : tuple of str
        Those of one repetition.
    """

    repetitions: int
    operators: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.repetitions} times {len(self.operators)} equations: {_counted(self.operators)}"


class Left(NamedTuple):
    """An operator that a backend has not compiled.

    Attributes
    ----------
    operator : str
    reason : str
    """

    operator: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operator}: {self.reason}"


class Plan(NamedTuple):
    """What a backend makes of a program. Bytes are those of the elements; the memory of the library itself is not known.

    Attributes
    ----------
    fused : tuple of Fused
        What runs as one.
    buffers : tuple of Buffer
        Memory that is planned, and used for one thing after the other.
    left : tuple of Left
        What is called as the array library has it, although there is a backend, and why.
    argument_bytes, result_bytes : int
        Of the arrays that the program starts with, and of those that it returns.
    peak_bytes : int
        About how much is in use at most, besides what it starts with: results, what has been computed and is still needed, and
        buffers. Hooks and other calls of the user's are not counted.
    loops : tuple of Rolled
        What repeats, and runs as a loop.
    """

    fused: tuple[Fused, ...]
    buffers: tuple[Buffer, ...]
    left: tuple[Left, ...]
    argument_bytes: int
    result_bytes: int
    peak_bytes: int
    loops: tuple[Rolled, ...] = ()

    def __str__(self) -> str:
        lines = ["fused:" if self.fused else "fused: nothing", *(f"  {group}" for group in self.fused)]
        lines += ["loops:", *(f"  {loop}" for loop in self.loops)] if self.loops else []
        lines += ["planned buffers:" if self.buffers else "planned buffers: none", *(f"  {buffer}" for buffer in self.buffers)]
        lines += ["called one by one:", *(f"  {one}" for one in self.left)] if self.left else []
        memory = f"{in_bytes(self.argument_bytes)} of arguments, {in_bytes(self.result_bytes)} of results"
        return "\n".join([*lines, f"memory: {memory}, about {in_bytes(self.peak_bytes)} in use at most besides the arguments"])


def _counted(names: Sequence[str]) -> str:
    """The names, each once, with how often it comes."""
    return ", ".join(name if (n := names.count(name)) == 1 else f"{n} {name}" for name in dict.fromkeys(names))


def in_bytes(size: int) -> str:
    """A number of bytes as people read it."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} B"


# -- plans ---------------------------------------------------------------------------------------------------------------
def plan_of(steps: Sequence[Step], inputs: Sequence[Variable], wanted: Sequence[Any]) -> Plan:
    """The plan of a program: of its steps with what a backend has made of them, its inputs and results."""
    segments = [step for step in steps if isinstance(step, Segment)]
    plans = [(segment, segment.plan) for segment in segments]
    fused = [_fused(group, segment) for segment, plan in plans for group in plan.groups if len(group) > 1]
    buffers = tuple(buffer for _, plan in plans for buffer in plan.buffers)
    left = [Left(e.op.name, segment.reasons[e]) for segment in segments for e in segment.equations if e in segment.reasons]
    results = dict.fromkeys(variables_in(list(wanted)))
    return Plan(
        tuple(fused),
        buffers,
        tuple(dict.fromkeys(left)),
        sum(map(bytes_of, dict.fromkeys(inputs))),
        sum(map(bytes_of, results)),
        max(live_bytes(list(_units(steps)), results, _is_new), default=0) + sum(buffer.size for buffer in buffers),
        tuple([Rolled(loop.count, tuple(e.op.name for e in loop.body)) for _, plan in plans for loop in plan.loops]),
    )


def _fused(group: Sequence[Equation], segment: Segment) -> Fused:
    reads, makes = _through(group, segment)
    return Fused(tuple(e.op.name for e in group), tuple(v.described() for v in reads), tuple(v.described() for v in makes))


def _through(group: Sequence[Equation], segment: Segment) -> tuple[list[Variable], list[Variable]]:
    """What a group reads of others, and what of its results others read."""
    made = dict.fromkeys(v for e in group for v in e.makes())
    inside = set(map(id, group))
    others = {v for e in segment.equations if id(e) not in inside for v in e.reads()} | set(segment.outputs)
    return list(dict.fromkeys(v for e in group for v in e.reads() if v not in made)), [v for v in made if v in others]


class _Unit(Step):
    """What happens in one go, as far as memory is concerned."""

    __slots__ = ("made", "new", "read")

    place = -1

    def __init__(self, read: Sequence[Variable], made: Sequence[Variable], new: bool) -> None:
        self.read, self.made, self.new = read, made, new

    def reads(self) -> Iterator[Variable]:
        return iter(self.read)

    def makes(self) -> Iterator[Variable]:
        return iter(self.made)


def _is_new(unit: Step) -> bool:
    return isinstance(unit, _Unit) and unit.new


def _units(steps: Sequence[Step]) -> Iterator[_Unit]:
    """The steps, groups as one; without what lies in a buffer, which is counted as a whole."""
    for step in steps:
        if not isinstance(step, Segment):
            yield _Unit(list(step.reads()), list(step.makes()), makes_new(step))
            continue
        placed = frozenset().union(*(buffer.arrays for buffer in step.plan.buffers))
        of = {id(e): group for group in step.plan.groups for e in group}
        done: set[int] = set()
        for equation in step.equations:
            group = of.get(id(equation))
            if group is None:
                yield _Unit(list(equation.reads()), [v for v in equation.makes() if v not in placed], makes_new(equation))
            elif id(group) not in done:
                done.add(id(group))
                reads, makes = _through(group, step)
                yield _Unit(reads, [v for v in makes if v not in placed], True)


# -- passes --------------------------------------------------------------------------------------------------------------
def after_passes(steps: Sequence[Step], wanted: Sequence[Any], options: Options) -> dict[str, list[Step]]:
    """The program as it was written down, and after each pass, by the name of that."""
    return dict(zip(pass_names(), (list(steps), *(left for _, left in after_each(steps, wanted, options))), strict=True))


def pass_names(passes: Sequence[Pass] = PASSES) -> tuple[str, ...]:
    """What a program can be asked for after; a pass that runs again is numbered."""
    names = [TRACED]
    for one in passes:
        name, number = one.__name__, 2
        while name in names:
            name, number = f"{one.__name__} {number}", number + 1
        names.append(name)
    return tuple(names)


def shown_passes(texts: dict[str, str]) -> str:
    """The program after each pass, one below the other; of a pass that has changed nothing only that."""
    parts, before = [], None
    for name, text in texts.items():
        parts.append(f"{name}:\n{text}" if text != before else f"{name}: as before")
        before = text
    return "\n\n".join(parts)
