"""What the passes are told about the program that they rewrite."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PLAIN", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What users say of a program, see `wengert.compile`.

    Attributes
    ----------
    fastmath : bool
        Whether identities may be used that change the rounding of a result, a NaN, an infinity or the sign of a zero.
    memory_budget : int or None
        How many bytes the arrays that a program makes should take at most at a time; None for any number.
    """

    fastmath: bool = False
    memory_budget: int | None = None


#: The options of a program of which nothing is said.
PLAIN = Options()
