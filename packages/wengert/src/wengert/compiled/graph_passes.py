"""A pass over the program of a backward, which makes room for backends."""

from __future__ import annotations

from collections.abc import Sequence

from .ir import Equation, Step
from .passes import draws
from .steps import Fetch, FetchStatic, Release

__all__ = ["gathered"]


def gathered(steps: Sequence[Step]) -> list[Step]:
    """Between two effects, first what is fetched, then all equations, last what is released: one run of equations.

    Nobody can tell. The user's code runs at effects only, so within such a stretch nobody changes what a node has saved, or
    looks whether it is still there; equations have no effects; and what is fetched depends on no equation. An error in a
    stretch finds its nodes not yet released, those before the one that raised too, and the backward can be run again.

    Over an effect nothing is moved, not even over a leaf without hooks: hooks come and go, and a gradient that is accumulated
    may lie in memory that a node has saved, which the check of its version has to see in the order of the run.
    """
    result: list[Step] = []
    stretch: list[Step] = []
    for step in steps:
        if isinstance(step, (Fetch, FetchStatic, Release)) or (isinstance(step, Equation) and not draws(step)):
            stretch.append(step)
        else:
            result += [*_in_order(stretch), step]
            stretch = []
    return result + _in_order(stretch)


def _in_order(stretch: list[Step]) -> list[Step]:
    return sorted(stretch, key=lambda step: 2 if isinstance(step, Release) else 1 if isinstance(step, Equation) else 0)
