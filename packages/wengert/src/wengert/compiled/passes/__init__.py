"""Passes over programs: each takes the steps and what is wanted of them, and returns steps that do the same.

`PASSES` is the order in which they run. What a pass returns is legal if what it takes is, see `wengert.compiled.check`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ir import Step
from .cleaning import common_subexpressions, dead_code, draws
from .folding import constant_folding
from .simplifying import simplification

__all__ = ["PASSES", "common_subexpressions", "constant_folding", "dead_code", "draws", "simplification"]

Pass = Callable[[Sequence[Step], Sequence[Any]], list[Step]]

PASSES: tuple[Pass, ...] = (constant_folding, simplification, common_subexpressions, dead_code)
