"""Passes over programs: each takes the steps, what is wanted of them and the options, and returns steps that do the same.

`PASSES` is the order in which they run. What a pass returns is legal if what it takes is, see `wengert.compiled.check`. Results
are the same to the last bit, but for `fast_math` and the part of `products` that only ``fastmath=True`` turns on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..ir import Step
from .cleaning import common_subexpressions, dead_code, draws
from .fast_math import fast_math
from .folding import constant_folding
from .options import PLAIN, Options
from .products import products
from .rematerialising import rematerialisation
from .simplifying import simplification

__all__ = [
    "PASSES",
    "PLAIN",
    "Options",
    "Pass",
    "after_each",
    "common_subexpressions",
    "constant_folding",
    "dead_code",
    "draws",
    "fast_math",
    "optimized",
    "products",
    "rematerialisation",
    "simplification",
]

Pass = Callable[[Sequence[Step], Sequence[Any], Options], list[Step]]

PASSES: tuple[Pass, ...] = (
    constant_folding,
    simplification,
    fast_math,
    products,
    common_subexpressions,
    dead_code,
    rematerialisation,
)


def after_each(
    steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN, passes: Sequence[Pass] | None = None
) -> Iterator[tuple[str, list[Step]]]:
    """Run the passes one by one: the name of each, and the program that it leaves.

    Parameters
    ----------
    steps : sequence of Step
    wanted : sequence
        What the program returns: variables, and constants.
    options : Options
    passes : sequence of Pass, optional
        Default: `PASSES`.
    """
    for one in PASSES if passes is None else passes:
        steps = one(steps, wanted, options)
        yield one.__name__, list(steps)


def optimized(
    steps: Sequence[Step], wanted: Sequence[Any], options: Options = PLAIN, passes: Sequence[Pass] | None = None
) -> list[Step]:
    """What all the passes leave; for the parameters see `after_each`."""
    found = list(steps)
    for _, found in after_each(steps, wanted, options, passes):  # noqa: B007
        pass
    return found
