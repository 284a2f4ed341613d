"""How much is drawn by Hypothesis, and how: in one step from a seed, or choice by choice.

Drawing a program of a hundred choices takes Hypothesis longer than two libraries take to run it, and all that this buys is that a
program which fails is made smaller. So programs come from seeds, in a fraction of the time, and are told in full when they fail.
``HYPOTHESIS_PROFILE=thorough`` draws choice by choice, and ten times as many: to look for what few programs show, and to make it
small.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

Option = TypeVar("Option")


def many(examples: int) -> int:
    """How many examples of a test are drawn that draws `examples` of them in CI."""
    return 10 * examples if THOROUGH else examples


class Draw:
    """Choices, all of them made by ``below(n)``, which chooses a number from 0 to n - 1."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def one_of(self, options: Sequence[Option]) -> Option:
        return options[self.below(len(options))]

    def number(self, low: int, high: int) -> int:
        """From `low` to `high`, both of them included."""
        return low + self.below(high - low + 1)

    def flip(self) -> bool:
        return self.below(2) == 1

    def order(self, values: Iterable[Option]) -> list[Option]:
        """The same values in any order."""
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]


def drawing(make: Callable[..., Any]) -> Callable[..., st.SearchStrategy[Any]]:
    """Turn ``make(draw, *arguments)`` into a function of the other arguments that gives a strategy, as `composite` does."""

    @functools.wraps(make)
    def strategy(*args: Any, **kwargs: Any) -> st.SearchStrategy[Any]:
        if THOROUGH:
            return _by_choice(make, args, kwargs)
        # Above 24 bits Hypothesis prefers small numbers.
        return st.integers(0, 2**24 - 1).map(lambda seed: make(Draw(Random(seed).randrange), *args, **kwargs))

    return strategy


@st.composite
def _by_choice(draw: st.DrawFn, make: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return make(Draw(lambda end: draw(_numbers(end))), *args, **kwargs)


@functools.cache
def _numbers(end: int) -> st.SearchStrategy[int]:
    """Kept: each strategy that is made is checked, which takes longer than drawing from it."""
    return st.integers(0, end - 1)
