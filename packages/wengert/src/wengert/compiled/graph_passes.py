"""A pass over the program of a backward, which makes room for backends."""

from __future__ import annotations

from collections.abc import Sequence

from .ir import Equation, Step
from .passes import draws
from .steps import Read, Release, Store

__all__ = ["gathered"]


def gathered(steps: Sequence[Step]) -> list[Step]:
    """Between two effects, first what is fetched, then all equations, last what is stored and released: one run of equations.

    Nobody can tell. The user's code runs at effects only, so within such a stretch nobody changes what a node has saved, looks
    whether it is still there, or looks at gradients; equations have no effects; and what is fetched depends on no equation. An
    error in a stretch finds nothing of it stored and its nodes not yet released, those before the one that raised too, and the
    backward can be run again. One thing is to be seen to: a gradient that is accumulated may lie in memory that a node has saved,
    which then has to find its version changed; the program looks for such gradients before each stretch (`effects.clash`).

    Over an effect nothing is moved.
    """
    result: list[Step] = []
    stretch: list[Step] = []
    for step in steps:
        if isinstance(step, (Read, Store)) or (isinstance(step, Equation) and not draws(step)):
            stretch.append(step)
        else:
            result += [*_in_order(stretch), step]
            stretch = []
    return result + _in_order(stretch)


def _in_order(stretch: list[Step]) -> list[Step]:
    return sorted(stretch, key=_rank)


def _rank(step: Step) -> int:
    if isinstance(step, Store):
        return 3 if isinstance(step, Release) else 2
    return 1 if isinstance(step, Equation) else 0
