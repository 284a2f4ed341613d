"""What every page of an atlas may ask for: symbols with their anchors and full names, facts of folders, shards of the keyword index."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from ..atlas import Atlas, qualified, separator
from ..config import Config
from ..document import PageRef, Place
from ..gather import SourceFile
from ..model import Symbol
from .brief import Brief, brief_of
from .common import anchors_of
from .folders import FolderFacts, used_in
from .sharding import places_of, shards

__all__ = ["Contents"]


class Contents:
    """An atlas as pages see it.

    Parameters
    ----------
    atlas : Atlas
        What is known of the tree.
    config : Config, optional
        What a test is, and limits.
    """

    def __init__(self, atlas: Atlas, config: Config | None = None) -> None:
        self.atlas, self.config = atlas, config or Config()
        self._anchors: dict[str, list[str]] = {}
        self._places: dict[str, list[Place]] = {}
        self._briefs: dict[str, Brief] = {}

    def look(self) -> None:
        """Make now what needs no edges: what is said of each file in short, and the keyword index."""
        for path in self.atlas.files:
            self.brief(path)
        _ = self.shard_sizes

    def take(
        self, folders: FolderFacts, shards: Mapping[str, Sequence[Place]], sizes: dict[str, tuple[int, int]], briefs: dict[str, Brief]
    ) -> None:
        """Take over what is known already, instead of making it of the whole tree."""
        self.folders, self.shards, self.shard_sizes, self._briefs = folders, shards, sizes, briefs

    def forget(self, path: str, brief: Brief) -> None:
        """Know a file anew, of which `brief` is what is said in short."""
        self._anchors.pop(path, None)
        self._places.pop(path, None)
        self._briefs[path] = brief

    @functools.cached_property
    def folders(self) -> FolderFacts:
        """What edges and ranks say of folders."""
        return FolderFacts(used_in(self.atlas), self.atlas.rank)

    @functools.cached_property
    def shards(self) -> Mapping[str, Sequence[Place]]:
        """The keyword index of the whole tree: the places of each shard."""
        return shards(place for path in self.atlas.files for place in self.places(path))

    @functools.cached_property
    def shard_sizes(self) -> dict[str, tuple[int, int]]:
        """How many names and how many places each shard has."""
        return {key: (len(set(map(itemgetter(0), some))), len(some)) for key, some in self.shards.items()}

    def brief(self, path: str) -> Brief | None:
        """A file in short; None where there is none."""
        found = self._briefs.get(path)
        if found is None:
            file = self.atlas.files.get(path)
            if file is None:
                return None
            found = self._briefs[path] = brief_of(file)
        return found

    def in_short(self) -> Iterator[tuple[SourceFile, Brief]]:
        """All files, each in short."""
        known = self._briefs
        for path, file in self.atlas.files.items():
            brief = known.get(path)
            if brief is None:
                brief = known[path] = brief_of(file)
            yield file, brief

    def has_symbols(self, path: str) -> bool:
        """Whether a file has any symbols."""
        brief = self.brief(path)
        return brief is not None and brief.symbols > 0

    def symbols(self, path: str) -> list[Symbol]:
        """The symbols of a file."""
        record = self.atlas.files[path].record
        return record.symbols if record is not None else []

    def anchors(self, path: str) -> list[str]:
        """The anchor of each symbol of a file, on its page."""
        found = self._anchors.get(path)
        if found is None:
            found = self._anchors[path] = anchors_of(self.symbols(path))
        return found

    def places(self, path: str) -> list[Place]:
        """Where the symbols of a file that have names are declared, for keyword indices."""
        found = self._places.get(path)
        if found is None:
            symbols = self.symbols(path)
            found = self._places[path] = places_of(path, symbols, self.anchors(path)) if symbols else []
        return found

    def symbol_ref(self, path: str, index: int) -> PageRef:
        """The place of a symbol on the page of its file."""
        return PageRef("file", path, self.anchors(path)[index])

    def qualified(self, path: str, index: int) -> str:
        """The full name of a symbol."""
        return qualified(self.symbols(path), index, separator(self.atlas.files[path].language))
