"""What edges and ranks say of folders: which other folders each depends on, which depend on it, which of its files others lean on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import chain

from msgspec import Struct

from ..atlas import Atlas
from ..resolve.paths import above

__all__ = ["FolderFacts", "Neighbour", "used_in"]

_TOP = 10


class Neighbour(Struct, frozen=True, order=True, array_like=True):
    """Files of two folders that depend on each other: how many there, how many here, and how many pairs of them."""

    folder: str
    there: int
    here: int


class FolderFacts:
    """Facts of all folders.

    Parameters
    ----------
    used : mapping of str to collection of str
        For each file, the others that it depends on (`used_in`).
    atlas : Atlas
        With the ranks and the labels of files: of those that others depend on, tests come last, since they lean on each other's data.
    """

    def __init__(self, used: Mapping[str, Collection[str]], atlas: Atlas) -> None:
        # Of the files that depend on each other only their number is asked for; they themselves are very many.
        self._out, self._into = ({folder: _sorted(some) for folder, some in found.items()} for found in _neighbours(used))
        self.users: dict[str, int] = Counter(chain.from_iterable(used.values()))
        self._top: dict[str, list[str]] = defaultdict(list)
        files, ranks = atlas.files, atlas.rank
        for path in sorted(self.users, key=lambda p: ("test" in files[p].labels, -round(ranks.get(p, 0), 12), p)):
            for folder in above(path):
                top = self._top[folder]
                if len(top) < _TOP:
                    top.append(path)

    def depends_on(self, folder: str) -> list[Neighbour]:
        """Folders outside of this one with files that its files depend on; those with most files first."""
        return self._out.get(folder, [])

    def used_by(self, folder: str) -> list[Neighbour]:
        """Folders outside of this one with files that depend on its files."""
        return self._into.get(folder, [])

    def neighbours(self, folder: str) -> list[Neighbour]:
        """Both."""
        return self.depends_on(folder) + self.used_by(folder)

    def top(self, folder: str) -> list[str]:
        """Files below a folder that others depend on, the first ten by rank, tests last."""
        return self._top.get(folder, [])


def used_in(atlas: Atlas) -> dict[str, tuple[str, ...]]:
    """For each file of an atlas, the others that it depends on."""
    paths = dict(zip(atlas.files, atlas.files, strict=True))  # each edge that is read has a text of its own for where it leads
    return {source: tuple({paths[e.target] for e in edges if e.kind != "link"} - {source}) for source, edges in atlas.edges_from.items()}


#: By folder, the folders outside of it with the files there and here that depend on each other.
_Found = dict[str, dict[str, tuple[set[str], set[str]]]]


def _neighbours(used: Mapping[str, Collection[str]]) -> tuple[_Found, _Found]:
    """What each folder depends on, and what depends on it: of files first, then of whole folders with what is below them."""
    between: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for source, targets in used.items():
        here = source.rpartition("/")[0]
        for target in targets:
            there = target.rpartition("/")[0]
            if there != here:
                ours, theirs = between.get((here, there)) or between.setdefault((here, there), (set(), set()))
                ours.add(source)
                theirs.add(target)
    out: _Found = defaultdict(dict)
    into: _Found = defaultdict(dict)
    for (here, there), (ours, theirs) in between.items():
        _note(out, here, there, theirs, ours)
        _note(into, there, here, ours, theirs)
    return out, into


def _note(found: _Found, here: str, there: str, theirs: set[str], ours: set[str]) -> None:
    """Note that files of two folders depend on each other, for each folder around the one of them in which the other is not."""
    while here and there != here and not there.startswith(here + "/"):
        known = found[here].setdefault(there, (set(), set()))
        known[0].update(theirs)
        known[1].update(ours)
        here = here.rpartition("/")[0]


def _sorted(found: dict[str, tuple[set[str], set[str]]]) -> list[Neighbour]:
    neighbours = [Neighbour(folder, len(there), len(here)) for folder, (there, here) in found.items()]
    return sorted(neighbours, key=lambda n: (-n.there, -n.here, n.folder))
