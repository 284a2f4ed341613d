"""What every page of an atlas may ask for: symbols with their anchors and full names, facts of folders, shards of the keyword index."""

from __future__ import annotations

import functools

from ..atlas import Atlas, qualified, separator
from ..document import PageRef
from ..model import Symbol
from .common import anchors_of
from .folders import FolderFacts
from .sharding import Entry, shards

__all__ = ["Contents"]


class Contents:
    """An atlas as pages see it.

    Parameters
    ----------
    atlas : Atlas
        What is known of the tree.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self._anchors: dict[str, list[str]] = {}

    @functools.cached_property
    def folders(self) -> FolderFacts:
        """What edges and ranks say of folders."""
        return FolderFacts(self.atlas)

    @functools.cached_property
    def shards(self) -> dict[str, list[Entry]]:
        """The keyword index of the whole tree: of each shard, name, path and index of its symbols."""
        return shards(self.atlas)

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

    def symbol_ref(self, path: str, index: int) -> PageRef:
        """The place of a symbol on the page of its file."""
        return PageRef("file", path, self.anchors(path)[index])

    def qualified(self, path: str, index: int) -> str:
        """The full name of a symbol."""
        return qualified(self.symbols(path), index, separator(self.atlas.files[path].language))
