"""What every page of an atlas may ask for: symbols with their anchors and full names, facts of folders, shards of the keyword index."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..atlas import Atlas, TestSearch, qualified, separator
from ..config import Config
from ..document import PageRef, Place
from ..gather import SourceFile
from ..model import Placed, Symbol
from ..packing import Packed
from ..parallel import Meanwhile
from ..resolve.asked import asked_in
from ..resolve.mentions import mentions, put_aside, telling_names
from ..spool import Places, Spool
from ..store import ENCODE
from .brief import Brief, brief_of
from .common import anchors_of
from .folders import FolderFacts, used_in
from .sharding import Sorting, places_of, size_of

__all__ = ["Contents"]


#: The anchors of so many files are known at once.
_MOST_ANCHORED = 4_096


class _Looked(Struct, array_like=True):
    """What `Contents.look` has found, as another process sends it; but of what is counted, where it lies."""

    briefs: bytes
    places: bytes
    tests: bytes
    shards: dict[str, Any]
    sizes: dict[str, tuple[int, int]]
    asked: dict[str, int]


_looked_of = msgspec.msgpack.Decoder(_Looked).decode


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
        self._places = Packed(list[Place])
        self._briefs: MutableMapping[str, Brief] = {}

    def look(self, jobs: int = 1) -> Mapping[str, TestSearch]:
        """Make now what needs no edges: what is said of each file in short, the keyword index, and who mentions names, which is given.

        With more jobs than one, another process does: what is made on the way takes much room, of which little would be given back here.
        """
        spool, numbers = Spool(), self.atlas.numbers
        with Meanwhile(lambda: ENCODE(self._to_send(spool)), jobs > 1) as other:
            value = other.get()
        if value is None:
            return self._looked(spool.own(), dict)[2]
        found = _looked_of(value)
        self._briefs = Packed(Brief, spool, Places(numbers, found.briefs))
        self._places = Packed(list[Place], spool, Places(numbers, found.places))
        self.shards, self.shard_sizes, self.asked = Packed(list[Place], spool, found.shards), found.sizes, found.asked
        return Packed(TestSearch, spool, Places(numbers, found.tests))

    def _to_send(self, spool: Spool) -> _Looked:
        """What was found here, for another process."""
        briefs, places, tests, shards = self._looked(spool.own(), functools.partial(Places, self.atlas.numbers))
        return _Looked(briefs.held.to_send(), places.held.to_send(), tests.held.to_send(), shards.held, self.shard_sizes, self.asked)

    def _looked(
        self, spool: Spool, held: Callable[[], Any]
    ) -> tuple[Packed[Brief], Packed[list[Place]], Packed[TestSearch], Packed[list[Place]]]:
        """Look at each record once. What `held` gives shall know by path where something lies: a `Places`, or a dictionary."""
        asked, sorting, telling = Counter[str](), Sorting(spool), Packed(list[str], spool, held())
        self._briefs, self._places = briefs, places = Packed(Brief, spool, held()), Packed(list[Place], spool, held())
        for path, file in self.atlas.files.items():
            self.brief(path)
            sorting.add(self.places(path))
            record = file.record
            if record is not None:
                asked.update(asked_in(record))
                if record.symbols and "test" not in file.labels:  # nobody asks of what a test defines
                    telling[path] = list(telling_names(record.symbols))
        self.shards = shards = self._sharded(sorting, spool)
        self.asked = asked
        del sorting  # some of what it sorts is in memory
        tests = Packed(TestSearch, spool, held())
        put_aside(mentions(list(self.atlas.files.values()), self.config, telling), tests)
        return briefs, places, tests, shards

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
        return FolderFacts(used_in(self.atlas), self.atlas)

    @functools.cached_property
    def shards(self) -> Mapping[str, Sequence[Place]]:
        """The keyword index of the whole tree: the places of each shard."""
        spool = Spool().own()
        sorting = Sorting(spool)
        for path in self.atlas.files:
            sorting.add(self.places(path))
        return self._sharded(sorting, spool)

    def _sharded(self, sorting: Sorting, spool: Spool) -> Packed[list[Place]]:
        found, self.shard_sizes = Packed(list[Place], spool), {}
        for key, some in sorting.shards():
            found[key] = some
            self.shard_sizes[key] = size_of(some)
        return found

    @functools.cached_property
    def asked(self) -> dict[str, int]:
        """Of each word by which a file asks for a name elsewhere, how many files do."""
        records = (file.record for file in self.atlas.files.values())
        return Counter(word for record in records if record is not None for word in asked_in(record))

    @functools.cached_property
    def shard_sizes(self) -> dict[str, tuple[int, int]]:
        """How many names and how many places each shard has."""
        return {key: size_of(some) for key, some in self.shards.items()}

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

    def outline(self, path: str) -> Sequence[Placed]:
        """The same, as far as it takes to name them: much less work for those of another file than the one that is written of."""
        return self.atlas.files[path].outline

    def anchors(self, path: str) -> list[str]:
        """The anchor of each symbol of a file, on its page."""
        found = self._anchors.get(path)
        if found is None:
            if len(self._anchors) == _MOST_ANCHORED:
                self._anchors.clear()
            found = self._anchors[path] = anchors_of(self.outline(path))
        return found

    def places(self, path: str) -> list[Place]:
        """Where the symbols of a file that have names are declared, for keyword indices."""
        found: list[Place] | None = self._places.get(path)
        if found is None:
            symbols = self.outline(path)
            found = self._places[path] = places_of(path, symbols, self.anchors(path)) if symbols else []
        return found

    def symbol_ref(self, path: str, index: int) -> PageRef:
        """The place of a symbol on the page of its file."""
        return PageRef("file", path, self.anchors(path)[index])

    def qualified(self, path: str, index: int) -> str:
        """The full name of a symbol."""
        return qualified(self.outline(path), index, separator(self.atlas.files[path].language))
