"""What edges and ranks say of folders: which other folders each depends on, which depend on it, which of its files others lean on."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from ..atlas import Atlas
from ..resolve.paths import above
from .common import SYMBOL_EDGES

__all__ = ["FolderFacts", "Neighbour"]

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
    atlas : Atlas
        What is known of the tree.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        pairs = {
            (e.source, e.target) for edges in atlas.edges_from.values() for e in edges if e.kind not in SYMBOL_EDGES and e.kind != "link"
        }
        self._out: dict[str, dict[str, tuple[set[str], set[str]]]] = defaultdict(dict)
        self._into: dict[str, dict[str, tuple[set[str], set[str]]]] = defaultdict(dict)
        for source, target in pairs:
            self._pair(source, target)
        self.users: dict[str, int] = defaultdict(int)
        for source, target in pairs:
            self.users[target] += source != target
        self._top: dict[str, list[str]] = defaultdict(list)
        for path in sorted((p for p, n in self.users.items() if n), key=lambda p: (-round(atlas.rank.get(p, 0), 12), p)):
            for folder in above(path):
                if len(self._top[folder]) < _TOP:
                    self._top[folder].append(path)

    def _pair(self, source: str, target: str) -> None:
        there, here = target.rpartition("/")[0], source.rpartition("/")[0]
        for folder in above(source):
            if folder and not f"{there}/".startswith(f"{folder}/"):
                uses = self._out[folder].setdefault(there, (set(), set()))
                uses[0].add(target)
                uses[1].add(source)
        for folder in above(target):
            if folder and not f"{here}/".startswith(f"{folder}/"):
                used = self._into[folder].setdefault(here, (set(), set()))
                used[0].add(source)
                used[1].add(target)

    def depends_on(self, folder: str) -> list[Neighbour]:
        """Folders outside of this one with files that its files depend on; those with most files first."""
        return _sorted(self._out.get(folder, {}))

    def used_by(self, folder: str) -> list[Neighbour]:
        """Folders outside of this one with files that depend on its files."""
        return _sorted(self._into.get(folder, {}))

    def neighbours(self, folder: str) -> list[Neighbour]:
        """Both."""
        return self.depends_on(folder) + self.used_by(folder)

    def top(self, folder: str) -> list[str]:
        """Files below a folder that others depend on, the first ten by rank."""
        return self._top.get(folder, [])


def _sorted(found: dict[str, tuple[set[str], set[str]]]) -> list[Neighbour]:
    neighbours = [Neighbour(folder, len(there), len(here)) for folder, (there, here) in found.items()]
    return sorted(neighbours, key=lambda n: (-n.there, -n.here, n.folder))
