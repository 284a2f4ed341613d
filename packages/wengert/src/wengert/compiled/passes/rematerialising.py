"""Rematerialisation: what is cheap is computed again, where keeping it would take more memory than there is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...autograd.origins import caller_origin
from ..ir import Equation, LibraryFunction, Recomputed, Step, Variable, mapped
from .cleaning import draws, fixed_in
from .lives import Exposure, Lives, bytes_of, live_bytes, lives_of, makes_new
from .options import PLAIN, Options

__all__ = ["rematerialisation"]

#: Library functions, in the place of operators, that are as cheap as elementwise ones.
_CHEAP = frozenset(("broadcast_to", "cast"))

#: What takes at most this part of the memory that is gained may rather be kept longer than computed again.
_SMALL = 8


class _Again(NamedTuple):
    """What can be done about one array that is kept.

    Attributes
    ----------
    owner : Variable
    where : int
        Before which step it is computed again.
    equations : list of int
        The steps that compute it.
    kept : set of Variable
        Whose memory they read, and so has to be kept until then.
    members : list of Variable
        What later steps read of it: itself and its views.
    cost : float
        For each byte and step of memory that is spared.
    """

    owner: Variable
    where: int
    equations: list[int]
    kept: set[Variable]
    members: list[Variable]
    cost: float


def rematerialisation(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:
    """Compute arrays again, shortly before they are needed, until the program fits into ``options.memory_budget`` bytes.

    - What counts are the arrays that the program makes, from the step that makes them to the last that needs their memory.
    - Results of elementwise operators, casts, and views of them are computed again, from what is there anyway: what the program
      begins with, what is still needed later, and what is small. Products, reductions and random numbers are not.
    - It begins where most memory is taken, with what costs least for the bytes and the steps that it spares, and ends as soon as
      the program fits. Where no further array helps a warning says how much is needed.
    - An array that an effect reads is kept, since hooks may write to it; so is what depends on memory from outside, if between
      its first computation and the second an effect may have written there.

    The equations are the same, on the same values: so are the results, to the last bit.
    """
    found = list(steps)
    budget = options.memory_budget
    if budget is None:
        return found
    before = _height(found, wanted)
    while before[0] > budget:
        better = _lower(found, wanted, budget, before)
        if better is None:
            origin = caller_origin()
            warnings.warn_explicit(
                f"memory_budget: expected {budget} bytes to be enough, but the arrays of the program take {before[0]} at a time, "
                f"of {max(live_bytes(steps, wanted))} without it; no more of them can be computed again to spare memory",
                UserWarning,
                origin.filename,
                origin.line,
            )
            break
        found, before = better
    return found


Height = tuple[int, int, int]


def _height(steps: Sequence[Step], wanted: Sequence[Any]) -> Height:
    """The most bytes at a time, at how many steps, and at which first."""
    live = live_bytes(steps, wanted)
    peak = max(live, default=0)
    return peak, live.count(peak), live.index(peak) if live else 0


def _lower(steps: list[Step], wanted: Sequence[Any], budget: int, before: Height) -> tuple[list[Step], Height] | None:
    """The program with more arrays computed again, if that makes it smaller: as many as it takes to fit, or else one."""
    program, (peak, _, at) = _Program(steps, wanted), before
    choices = sorted(_choices(program, at), key=lambda choice: choice.cost)
    together = _together(choices, peak - budget)
    for attempt in (together, *([choice] for choice in choices if [choice] != together)):
        found = _computed_again(program, attempt, at)
        height = _height(found, wanted)
        if attempt and height[:2] < before[:2]:
            return found, height
    return None


def _together(choices: Sequence[_Again], size: int) -> list[_Again]:
    """The first of some choices that together spare so many bytes; none of them needs what another one gives up."""
    found: list[_Again] = []
    gone: set[Variable] = set()
    needed: set[Variable] = set()
    for choice in choices:
        if size <= 0:
            break
        if choice.owner not in needed and gone.isdisjoint(choice.kept):
            found.append(choice)
            gone.add(choice.owner)
            needed |= choice.kept
            size -= bytes_of(choice.owner)
    return found


class _Program:
    """What is asked of a program again and again.

    Attributes
    ----------
    lives : Lives
    maker : dict
        From a variable to the step that makes it.
    uses : dict
        From a variable to the steps that read it, in order.
    family : dict
        From a variable with memory of its own to those that lie in it.
    fixed : set of Variable
        Those that no other may stand for.
    exposure : Exposure
    """

    def __init__(self, steps: list[Step], wanted: Sequence[Any]) -> None:
        self.steps = steps
        self.lives: Lives = lives_of(steps, wanted)
        self.maker = {v: i for i, step in enumerate(steps) for v in step.makes()}
        self.uses: dict[Variable, list[int]] = {}
        self.family: dict[Variable, list[Variable]] = {}
        self.fixed = fixed_in(steps, wanted)
        self.exposure = Exposure(steps, self.lives)
        for i, step in enumerate(steps):
            for v in step.reads():
                self.uses.setdefault(v, []).append(i)
        for v, owners in self.lives.memory.items():
            for owner in owners:
                self.family.setdefault(owner, []).append(v)

    def there_at(self, v: Variable, index: int) -> bool:
        """Whether the memory of `v` is needed at that step, or is not the program's."""
        return all(self.lives.born[o] < 0 or self.lives.last[o] >= index for o in self.lives.memory[v])


def _choices(program: _Program, at: int) -> Iterator[_Again]:
    """What could be computed again of the arrays that are kept, and not used, at step `at`."""
    lives = program.lives
    busy = {o for v in (*program.steps[at].reads(), *program.steps[at].makes()) for o in lives.memory[v]}
    for owner, born in lives.born.items():
        if 0 <= born < at < lives.last[owner] < len(program.steps) and owner not in busy and bytes_of(owner):
            found = _again(program, owner, at)
            if found is not None:
                yield found


def _again(program: _Program, owner: Variable, at: int) -> _Again | None:
    """How `owner` is computed again, which is kept over step `at`; None if it is not to be."""
    members = [v for v in program.family[owner] if program.maker[v] <= at and program.uses.get(v, [0])[-1] > at]
    if owner in program.exposure.seen or program.fixed.intersection(members):
        return None
    where = min(i for v in members for i in program.uses[v] if i > at)
    equations: dict[int, None] = {}
    kept: set[Variable] = set()
    if not all(_chain(program, v, owner, where, equations, kept) for v in members):
        return None
    spent = sum(_work(program.steps[i]) for i in equations)
    return _Again(owner, where, list(equations), kept, members, spent / (bytes_of(owner) * (where - at)))


def _work(step: Step) -> int:
    return sum(map(bytes_of, step.makes())) if makes_new(step) else 0


def _chain(
    program: _Program, v: Variable, owner: Variable, where: int, found: dict[int, None], kept: set[Variable]
) -> bool:
    """Put the steps that compute `v` into `found`, in their order, and into `kept` whose memory they read.

    Gives whether they can be done before step `where`.
    """
    stack = [(v, False)]
    while stack:
        v, done = stack.pop()
        index = program.maker.get(v)
        if index is None or index in found:
            continue
        if done:
            found[index] = None
            continue
        step = program.steps[index]
        if not isinstance(step, Equation) or not _cheap(step) or len(found) + len(stack) > 64:
            return False
        stack.append((v, True))
        for operand in dict.fromkeys(step.reads()):
            if _kept(program, operand, owner, where):
                if not program.exposure.same_at(operand, index, where):
                    return False
                kept |= program.lives.memory[operand]
            elif not program.exposure.same_at(operand, program.maker.get(operand, 0), index):
                return False  # what was read was not what would be made again
            else:
                stack.append((operand, False))
    return True


def _kept(program: _Program, operand: Variable, owner: Variable, where: int) -> bool:
    """Whether an operand is read as it is, and not computed again too."""
    owners = program.lives.memory[operand]
    if owner in owners:
        return False
    return program.there_at(operand, where) or sum(map(bytes_of, owners)) * _SMALL <= bytes_of(owner)


def _cheap(step: Equation) -> bool:
    if isinstance(step.op, LibraryFunction):
        return step.op.name in _CHEAP
    op = step.op
    return not draws(step) and not op.aux and bool(op.diagonal or op.view or op.name == "astype")


def _computed_again(program: _Program, choices: Sequence[_Again], at: int) -> list[Step]:
    """The program in which what is read after step `at` of some arrays is computed again."""
    steps = program.steps
    names: dict[Variable, Variable] = {}
    due: dict[int, list[_Again]] = {}
    for choice in choices:
        due.setdefault(choice.where, []).append(choice)
    result = list(steps[: min(due, default=0)])
    for index in range(len(result), len(steps)):
        step = steps[index]
        for choice in due.get(index, ()):
            result += _copies(program, choice, at, names)
        if isinstance(step, Equation) and not names.keys().isdisjoint(step.reads()):
            step = step.of(_renamed(step.arguments, names))
        result.append(step)
    return result


def _renamed(arguments: dict[str, Any], names: dict[Variable, Variable]) -> dict[str, Any]:
    found: dict[str, Any] = mapped(arguments, lambda leaf: names.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
    return found


def _copies(program: _Program, choice: _Again, at: int, names: dict[Variable, Variable]) -> list[Step]:
    """The equations that compute an array again; what it is called from then on goes into `names`."""
    after = _latest(program, choice, at)
    own: dict[Variable, Variable] = {}
    copies: list[Step] = []
    for index in choice.equations:
        step = program.steps[index]
        assert isinstance(step, Equation)
        arguments = _renamed(step.arguments, own)
        fresh = tuple([None if v is None else Variable(v.shape, v.dtype) for v in step.outputs])
        own.update((old, new) for old, new in zip(step.outputs, fresh, strict=True) if old is not None and new is not None)
        copies.append(Recomputed(Equation(step.op, arguments, fresh, step.single, step.place), arguments, step.outputs, after))
    names.update((v, own[v]) for v in choice.members)
    return copies


def _latest(program: _Program, choice: _Again, at: int) -> Variable:
    """A variable before which the array is not to be computed again: the youngest that its reader needs, or there is."""
    steps, maker = program.steps, program.maker
    read = [v for v in steps[choice.where].reads() if maker.get(v, -1) > at]
    if read:
        return max(read, key=maker.__getitem__)
    # `at` is a step that makes something, for there memory is taken most.
    return next(v for step in reversed(steps[at : choice.where]) for v in step.makes())
