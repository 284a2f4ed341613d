"""Names of which a change may have made something different that the site's search says: that they are there, where, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from ..compose.sharding import shard_among
from ..document import PageRef, Place
from ..names import printable
from ..rank import out_of_order
from ..resolve.paths import above
from ..search_entries import LONGEST_NAME, FewEntries, by_rank
from .changes import Changes

__all__ = ["Searched", "TooMuchError"]


class TooMuchError(Exception):
    """What the last build left does not tell all that is needed, or telling it takes longer than making all anew."""


class Searched:
    """The names of a change.

    Parameters
    ----------
    found : Changes
        What may be different.
    page : callable
        The path of a page on the site.

    Attributes
    ----------
    entries : FewEntries
        What is said of names now.
    paths : set of str
        Files and folders whose places may be other ones; they may have come or gone.
    names : set of str
        The names, as they are shown.

    Raises
    ------
    TooMuchError
        If paths cannot be told apart by what is shown of them, or a name was cut.
    """

    def __init__(self, found: Changes, page: Callable[[PageRef], str]) -> None:
        self._found, self._book, self._atlas = found, found.book, found.book.atlas
        self.entries = FewEntries(found.book, page)
        if len(self.entries.numbers) != len(self._atlas.files) + len(self._atlas.folders) - 1:
            raise TooMuchError
        self.paths = found.files | found.relaid
        self.names = set(map(printable, found.names))
        if found.is_reranked():
            self._rerank()
        if any(len(name) >= LONGEST_NAME for name in self.names):
            raise TooMuchError

    def places(self, name: str) -> Sequence[Place]:
        """Where a name is declared."""
        return self._shard(shard_among(name, self._found.beginnings)).get(name, ())

    def beginning(self, start: str) -> list[Place]:
        """Where names are declared that begin so."""
        places = self._book.shards.get(shard_among(start, self._found.beginnings), ())
        return [place for place in places if printable(place.name).startswith(start)]

    @property
    def folders(self) -> Collection[str]:
        """The folders of the tree."""
        return self._atlas.folders

    @cached_property
    def named(self) -> dict[str, list[str]]:
        """The files and folders of each name."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in (*self._atlas.files, *filter(None, self._atlas.folders)):
            found[_own(path)].append(path)
        return found

    @cached_property
    def counts_before(self) -> Mapping[str, int]:
        """How many places each name had in the paths whose places may be other ones."""
        found = Counter[str]()
        for path in self.paths:
            if path in self._found.old:
                found[_own(path)] += 1
                found.update(map(printable, self._symbols_before(path)))
            elif path in self._folders_before:
                found[_own(path)] += 1
        return found

    def _symbols_before(self, path: str) -> Iterator[str]:
        if path not in self._found.files:  # its record is the same
            return (place.name for place in self._book.places(path))
        record = self._found.record_before(path)
        return (symbol.name for symbol in record.symbols if symbol.name) if record is not None else iter(())

    @cached_property
    def _folders_before(self) -> set[str]:
        return {folder for path in self._found.old for folder in above(path)} - {""}

    def _shard(self, key: str) -> Mapping[str, list[Place]]:
        found = self._shards.get(key)
        if found is None:
            found = self._shards[key] = defaultdict(list)
            for place in self._book.shards.get(key, ()):
                found[printable(place.name)].append(place)
        return found

    @cached_property
    def _shards(self) -> dict[str, dict[str, list[Place]]]:
        return {}

    # -- ranks ---------------------------------------------------------------------------------------------------------------------

    def _rerank(self) -> None:
        """Note paths with another digit of rank, and the names whose places stand in another order."""
        old = self._found.old
        if len(set(map(printable, old))) != len(old):
            raise TooMuchError
        before = list(by_rank({path: file.rank for path, file in old.items()}, old, sorted(self._folders_before)))
        was, now = dict(before), dict(self.entries.order)
        for path in was.keys() | now.keys():
            if was.get(path) != now.get(path):
                self.paths.add(path)
                self.names.add(_own(path))
                if path in was and path in now:  # of one that has come or gone, the names of symbols are known
                    self.names.update(map(printable, self._symbols_of(path)))
        places = {path: number for number, (path, _) in enumerate(before)}
        both = [path for path in now if path in places]
        looked = set[str]()
        for path in out_of_order(both, places):
            for name in {_own(path), *self._symbols_of(path)} - looked:
                looked.add(name)
                if self._is_reordered(name, places):
                    self.names.add(printable(name))

    def _symbols_of(self, path: str) -> list[str]:
        return [place.name for place in self._book.places(path)] if path in self._atlas.files else []

    def _is_reordered(self, name: str, before: Mapping[str, int]) -> bool:
        """Whether the places of a name may stand in another order."""
        if printable(name) != name or "\\" in name:  # others may be shown like this one
            return True
        paths = {place.path for place in self.places(name)}.union(self.named.get(name, ())) & before.keys()
        numbers = self.entries.numbers
        return len(paths) > 1 and sorted(paths, key=before.__getitem__) != sorted(paths, key=lambda path: numbers[printable(path)])


def _own(path: str) -> str:
    """The name of a file or a folder, as it is shown."""
    return printable(path).rpartition("/")[2]
