"""What is not needed, and what is there already: dead code, common subexpressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir import Equation, LibraryFunction, Recomputed, Step, Variable, draws_numbers, mapped, variables_in
from .lives import Exposure, lives_of
from .options import PLAIN, Options

__all__ = ["common_subexpressions", "dead_code", "draws", "fixed_in"]


def dead_code(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:  # noqa: ARG001
    """Leave out equations of which nothing is read. Effects stay, and so does what draws random numbers."""
    needed = set(variables_in(list(wanted)))
    kept: list[Step] = []
    for step in reversed(steps):
        if isinstance(step, Equation) and not draws(step) and not any(v in needed for v in step.makes()):
            continue
        needed.update(step.reads())
        kept.append(step)
    return kept[::-1]


def common_subexpressions(steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN) -> list[Step]:  # noqa: ARG001
    """Compute once what is computed twice: the same operator with the same arguments.

    Where an effect lies in between that may write to the memory of an argument, it is not the same.
    """
    same: dict[Variable, Variable] = {}
    seen: dict[Any, tuple[int, Equation]] = {}
    exposure = Exposure(steps, lives_of(steps, wanted))
    kept: list[Step] = []
    fixed = fixed_in(steps, wanted)
    for index, step in enumerate(steps):
        if not isinstance(step, Equation):
            kept.append(step)
            continue
        arguments = mapped(step.arguments, lambda leaf: same.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
        renamed = step.of(arguments)
        key = None if draws(step) or isinstance(step, Recomputed) or fixed.intersection(step.makes()) else _key(renamed)
        start, first = seen.get(key, (index, renamed))
        if key is None or first is renamed or not all(exposure.same_at(v, start, index) for v in renamed.reads()):
            if key is not None:
                seen[key] = index, renamed
            kept.append(renamed)
            continue
        pairs = zip(step.outputs, first.outputs, strict=True)
        same.update({old: new for old, new in pairs if old is not None and new is not None})
    return kept


def fixed_in(steps: Sequence[Step], wanted: Sequence[Any], *, under_results: bool = True) -> set[Variable]:
    """The variables that no other may stand for: results of the program, what effects read, and those in whose memory these lie.

    Effects may write to that memory, and to that of inputs, on which a result is not to lie if it did not. Where another array is
    made in the place of a result, what it lay in may go (not `under_results`).
    """
    results = set(variables_in(list(wanted)))
    read = {v for step in steps if not isinstance(step, Equation) for v in step.reads()}
    views = read | results if under_results else read
    memory = lives_of(steps, wanted).memory if views else {}
    return results.union(read, *[memory[v] for v in views if v in memory])


def draws(step: Equation) -> bool:
    """Whether it gives something else each time."""
    return draws_numbers(step.op)


def _key(step: Equation) -> Any:
    """What identifies an equation; None if it cannot be told."""
    if isinstance(step.op, LibraryFunction) and step.op.general is None:
        return None
    try:
        key = (type(step.op), step.op.name, _hashable(step.arguments))
        hash(key)
    except TypeError:
        return None
    return key


def _hashable(tree: Any) -> Any:
    """`tree` as tuples; numbers of different types are different."""
    if type(tree) is dict:
        return tuple((name, _hashable(item)) for name, item in tree.items())
    if type(tree) in (tuple, list):
        return (type(tree), *map(_hashable, tree))
    if type(tree) is slice:
        return (slice, tree.start, tree.stop, tree.step)
    return tree if isinstance(tree, Variable) else (type(tree), tree)
