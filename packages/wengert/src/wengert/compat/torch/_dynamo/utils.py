"""``torch._dynamo.utils``: what compilations are counted in."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TypeVar

from . import config

__all__ = ["counters", "ifdynstaticdefault"]

T = TypeVar("T")

#: By what is counted: ``counters["compiled_autograd"]`` has ``captures``, the programs that were made of backward passes.
counters: defaultdict[str, Counter[str]] = defaultdict(Counter)


def ifdynstaticdefault(count1: T, count2: T) -> T:
    """`count1` where sizes are taken to be constant, `count2` where they are not."""
    return count1 if config.assume_static_by_default else count2
