"""Which files of a tree have to do with which, by their numbers: so small that ranks are found again without reading any edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from msgspec import Struct

from .atlas import Edge
from .rank import shares

__all__ = ["LINKED", "USED", "Graph"]

#: What a file has to do with another, as bits: it depends on it, or prose links to it.
USED, LINKED = 1, 2
_BITS = 2


class Graph(Struct, array_like=True):
    """The files that each file has to do with.

    Attributes
    ----------
    rows : list of list of int
        For each file, in the order of paths, the others: the number of each, with bits that say what they have to do with each other.

    Examples
    --------
    >>> paths = ["a", "b"]
    >>> graph = Graph.of(paths, {"b": [Edge("b", 1, "a", "import", "import a"), Edge("b", 2, "a", "link", "a")]})
    >>> graph.rows, list(graph.pairs(USED))
    ([[], [3]], [(1, 0)])
    """

    rows: list[list[int]]

    @classmethod
    def of(cls, paths: Sequence[str], edges: Mapping[str, Iterable[Edge]]) -> Self:
        """The graph of the edges that lead from paths."""
        numbers = {path: number for number, path in enumerate(paths)}
        return cls([row_of(numbers, path, edges.get(path, ())) for path in paths])

    def pairs(self, bits: int) -> Iterator[tuple[int, int]]:
        """Pairs of files of which the first has one of some things to do with the second."""
        for source, row in enumerate(self.rows):
            for value in row:
                if value & bits:
                    yield source, value >> _BITS

    def targets(self, bits: int) -> list[list[int]]:
        """For each file, the others with which it has one of some things to do."""
        return [[value >> _BITS for value in row if value & bits] for row in self.rows]

    def ranks(self) -> list[float]:
        """The rank of each file, as `gazetteer.rank.rank` finds it in edges."""
        return shares(len(self.rows), self.pairs(USED))


def row_of(numbers: Mapping[str, int], path: str, edges: Iterable[Edge]) -> list[int]:
    """The row of a file with edges that lead from it."""
    found: dict[str, int] = {}
    for edge in edges:
        found[edge.target] = found.get(edge.target, 0) | (LINKED if edge.kind == "link" else USED)
    found.pop(path, None)
    return sorted(numbers[target] << _BITS | bits for target, bits in found.items())
