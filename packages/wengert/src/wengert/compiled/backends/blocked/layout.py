"""Where blocks begin and end, and what of an operand belongs to one.

A group of equations computes arrays of one shape, element by element in row-major order. What broadcasts to that shape as a row
repeats after so many elements, a column stands for so many, and so do the sums over leading and trailing axes. All these periods
are products of the last lengths of one shape, so each is a multiple of the smaller ones. Blocks hold whole periods of those that
fit, and never cross the border of one that does not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

from ....arrays.shapes import normalize_axes

__all__ = ["Blocks", "Span", "blocks_of", "reduced", "span"]

#: Of how many blocks there are, this is a divisor, so that two threads, or four, are done at the same time.
SHARES = 4

Shape = tuple[int, ...]


class Span(NamedTuple):
    """How an array lies along one of another shape.

    Attributes
    ----------
    kind : str
        ``"full"``, ``"scalar"``, ``"row"`` (repeated every `period` elements), ``"column"`` (each element stands for `period`) or
        ``"other"``.
    period : int
    """

    kind: str
    period: int


def span(shape: Shape, whole: Shape) -> Span:
    """How an array of `shape`, which broadcasts to `whole`, lies along that.

    Examples
    --------
    >>> span((3, 1), (2, 3, 4)), span((3, 4), (2, 3, 4)), span((2, 1, 1), (2, 3, 4)), span((1,), (2, 3))
    (Span(kind='other', period=0), Span(kind='row', period=12), Span(kind='column', period=12), Span(kind='scalar', period=0))
    """
    kept = (1,) * (len(whole) - len(shape)) + shape
    if math.prod(kept) == 1:
        return Span("scalar", 0)
    pairs = [(a, b) for a, b in zip(kept, whole, strict=True) if b != 1]
    if all(a == b for a, b in pairs):
        return Span("full", 0)
    alike = [a == b for a, b in pairs]
    turns = sum(first is not second for first, second in itertools.pairwise(alike))
    if turns != 1:
        return Span("other", 0)
    period = math.prod(b for (_, b), same in zip(pairs, alike, strict=True) if same is alike[-1])
    return Span("row" if alike[-1] else "column", period)


def reduced(whole: Shape, axis: int | tuple[int, ...] | None) -> Span | None:
    """What a reduction of an array of shape `whole` leaves: a row, or a column (of one element, if of everything).

    None if it is over axes in the middle, or over none.
    """
    axes = set(normalize_axes(axis, len(whole)))
    kept = tuple(1 if i in axes else n for i, n in enumerate(whole))
    if math.prod(kept) == 1:
        return Span("column", math.prod(whole))
    found = span(kept, whole)
    return found if found.kind in ("row", "column") else None


class Blocks(NamedTuple):
    """The blocks of a group.

    Attributes
    ----------
    length : int
        The largest number of elements of one.
    borders : tuple of tuple of int
        Where each begins and ends.
    """

    length: int
    borders: tuple[tuple[int, int], ...]

    def inside(self, period: int) -> int:
        """How many of them make one period, which is longer than a block."""
        return sum(start < period for start, _ in self.borders)


def blocks_of(size: int, periods: Iterable[int], length: int) -> Blocks:
    """The blocks of `size` elements, of at most about `length` each.

    Examples
    --------
    >>> blocks_of(14, [], 4).borders, blocks_of(12, [2, 6], 5).borders
    (((0, 4), (4, 8), (8, 12), (12, 14)), ((0, 4), (4, 6), (6, 10), (10, 12)))
    """
    whole = max((p for p in periods if p <= length), default=1)
    unit = min((p for p in periods if p > length), default=size)
    # As long as fits, but of equal length, so that the last block of a unit is not a crumb.
    count = -(-unit // (length // whole * whole))
    if unit == size and count > 1:
        count = min(-(-count // SHARES) * SHARES, unit // whole)
    longest = -(-unit // (count * whole)) * whole
    return Blocks(
        min(longest, unit),
        tuple(
            (base + start, base + min(start + longest, unit))
            for base in range(0, size, unit)
            for start in range(0, unit, longest)
        ),
    )
