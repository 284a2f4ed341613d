"""The files of the site's search that a change reaches, made from those that lie there.

A shard has all that a search shows of its names, and so all that the files around it are made of. Of names that only stand on other lines
the lines are replaced in the files that have them. Where names come or go, or take more room, the cells that they are in are cut anew from
what their shards have; the best names of a first character are looked for anew only where one of these may be among them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

from ..names import printable
from ..output import Writer
from ..search import (
    SHARD_BYTES,
    TOP_NAMES,
    Names,
    bucket_top,
    call,
    called,
    cell_from,
    cell_of,
    file_in_cell,
    fold,
    keys,
    match_of,
    said_in,
    shard,
    table_of,
    tables_in,
)
from ..search_entries import (
    LONGEST_NAME,
    MOST_PLACES,
    Entry,
    JsonPlace,
    Rows,
    as_json,
    best_of,
    entry_with,
    in_json,
    kind_number,
    place_of,
    standing_of,
)  # fmt: skip
from .searched import Searched, TooMuchError

__all__ = ["SearchFiles"]

#: More names than these take longer than all names of a tree.
_MOST_NAMES = 3_000

#: As many pages take as long as a file of a cell that is cut anew: all of its names are looked at.
_FILE = 4
#: Behind all names.
_LAST = (99, 0, "")


class _Name(Struct, frozen=True):
    """A name as the index has it."""

    name: str
    total: int
    places: tuple[JsonPlace, ...]

    @property
    def standing(self) -> tuple[int, int, str]:
        """By what names are sorted, the best first."""
        return standing_of(self.places[0][0], self.total), len(self.name), self.name

    @property
    def entry(self) -> Entry:
        """What is said of it."""
        return entry_with(self.name, self.total, self.places)


class _Shard:
    """What a file says of names: tables of folders, paths and scopes, then a row for each name."""

    def __init__(self, said: str) -> None:
        self._folders, self.paths, self._scopes, self._rows = msgspec.json.decode(said)

    def rows(self) -> list[_Row]:
        """Its names."""
        return [_Row(self, row) for row in self._rows]

    @cached_property
    def wheres(self) -> list[str]:
        """The paths of places, as these have them."""
        return [place_of(shown, self._folders) for shown in self.paths]

    @cached_property
    def scopes(self) -> list[str]:
        """The scopes, in JSON."""
        return [as_json(scope) for scope in self._scopes]

    def shown(self, number: int) -> str:
        """Rank and path, as it is written, of a number."""
        shown = self.paths[number]
        return shown if isinstance(shown, str) else shown[0]


class _Row:
    """A name as a file has it. Of most, nothing is asked but which it is and where it stands."""

    __slots__ = ("_first", "_of", "_rest", "name", "total")

    def __init__(self, shard: _Shard, row: Any) -> None:
        self._of = shard
        if isinstance(row, list):
            self.name, *self._rest = row
            self._first = self._rest[0]
            self.total = self._rest[-1] if len(self._rest) % 4 else len(self._rest) // 4
        else:  # the number of the path of a file, whose own name it is
            self.name, self._rest, self._first, self.total = shard.shown(row).rpartition("/")[2], [], row, 1

    @property
    def standing(self) -> tuple[int, int, str]:
        """As that of a `_Name`."""
        return standing_of(self._of.shown(self._first), self.total), len(self.name), self.name

    @property
    def entry(self) -> Entry:
        """What is said of it."""
        return entry_with(self.name, self.total, self.places)

    @property
    def places(self) -> tuple[JsonPlace, ...]:
        """Its places."""
        wheres, scopes = self._of.wheres, self._of.scopes
        if not self._rest:
            return (in_json(wheres[self._first], 0, kind_number("file"), '""', ""),)
        found = []
        for at, line, kind, scope in zip(*[iter(self._rest)] * 4, strict=False):
            number, more = scope if isinstance(scope, list) else (scope, "")
            found.append(in_json(wheres[at], line, kind, scopes[number], more))
        return tuple(found)


class _Few:
    """Some names, in order."""

    def __init__(self, names: Iterable[_Name | _Row]) -> None:
        self._all = sorted(names, key=lambda name: name.standing)
        self.names = [name.name for name in self._all]

    def __getitem__(self, number: int) -> Entry:
        return self._all[number].entry


class SearchFiles:
    """The files of the index, before and after a change.

    Parameters
    ----------
    searched : Searched
        The names of the change.
    folder : str
        Where the site is in the output, with ``/``.
    paths : iterable of str
        The files of the last output.
    writer : Writer
        Of the output.

    Raises
    ------
    TooMuchError
        If they are to be made from all names of the tree.
    """

    def __init__(self, searched: Searched, folder: str, paths: Iterable[str], writer: Writer) -> None:
        self._searched, self._known, self._start, self._writer = searched, searched.entries, f"{folder}search/", writer
        self._about = f"{self._start}index.js"
        #: By cell, those of a first character in a cell without a name; and all of a first character.
        self._files, self._those_of = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for path in paths:
            if path.startswith(self._start) and path != self._about:
                parts = path[len(self._start) :].split("/")
                self._files[parts[1] if len(parts) > 2 else ""].append(path)
                self._those_of[parts[0][0]].append(path)
        self._made: dict[str, bytes] = {}
        self._gone: set[str] = set()
        self._shards: dict[str, list[_Row]] = {}
        self._cells: dict[str, dict[str, _Name | _Row]] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        if len(searched.names) > _MOST_NAMES:
            raise TooMuchError
        changed, own = set(map(printable, searched.paths)), defaultdict[str, list[int]](list)
        for shown in changed & self._known.numbers.keys():
            for name, place in self._known.of(shown):
                own[name].append(place)
        names = sorted(searched.names)
        self._old = {name: self._known_name(name) for name in names}
        self._new = {name: self._anew(name, sorted(own[name]), changed) for name in names}
        self._same = {name for name in names if _is_as_large(self._old[name], self._new[name])}
        #: By cell, the names that are not what they were, with their keys there.
        self._changed = defaultdict[str, dict[str, list[str]]](dict)
        for name in names:
            if self._old[name] != self._new[name]:
                for key in keys(name):
                    self._changed[cell_of(key)].setdefault(name, []).append(key)
        self._cut_anew = {cell for cell, some in self._changed.items() if not some.keys() <= self._same}
        if any(map(self._comes_or_goes, {cell[0] for cell in self._cut_anew})):
            raise TooMuchError

    def _comes_or_goes(self, bucket: str) -> bool:
        """Whether no names had a first character, or none have it any more: what says which there are is then another."""
        if f"{self._start}{bucket}.js" not in self._files[""]:
            return True
        return self._table(bucket).keys() <= self._cut_anew and not any(self._now_in(cell) for cell in self._cut_anew if cell[0] == bucket)

    @property
    def buckets(self) -> dict[str, int]:
        """The first characters of cells in which something may be different; as many pages take as long to make as their files."""
        found = Counter[str]()
        for cell in self._changed:
            found[cell[0]] += _FILE * len(self._files[cell]) if cell in self._cut_anew else 1
        return found

    def rest(self) -> Iterator[tuple[str, bytes | None]]:
        """Path and bytes of what says which others there are; and of those of other first characters the path, with None."""
        more = sum((self._new[name] is not None) - (old is not None) for name, old in self._old.items())
        (about,) = called(self._writer.read(self._about))
        yield self._about, call("index", {**about, "names": about["names"] + more})
        others = self._those_of.keys() - {cell[0] for cell in self._changed}
        yield from ((path, None) for bucket in sorted(others) for path in self._those_of[bucket])

    def files(self, bucket: str) -> Iterator[tuple[str, bytes | None]]:
        """Path and bytes of each file of a first character; None for those that are as they were.

        Raises
        ------
        TooMuchError
            Before the first, if they are to be made from all names of the tree.
        """
        self._made, self._gone = {}, set()
        self._make(bucket)
        self._replace(bucket)
        self._shards.clear()  # of many names this is much
        self._cells.clear()
        yield from self._made.items()
        yield from ((path, None) for path in self._those_of[bucket] if path not in self._made and path not in self._gone)

    # -- names ---------------------------------------------------------------------------------------------------------------------

    def _anew(self, name: str, own: list[int], changed: set[str]) -> _Name | None:
        """What the index has of a name now; `own` are its places in the paths that were changed."""
        old = self._old[name]
        if old is None or old.total <= MOST_PLACES:
            rest = [place for place in old.places if _path_in(place) not in changed] if old is not None else []
            numbered = [(self._number(_path_in(place)), place) for place in rest] + [(n, self._known.place(name, n)) for n in own]
            numbered.sort(key=lambda pair: pair[0])
            total = len(numbered)
            if not numbered:
                return None
            if total <= MOST_PLACES:
                return _Name(name, total, tuple(place for _, place in numbered))
        # Of other files it is known where the name stands and what it is there; the rest is looked up for the few that are shown.
        others = self._others(name, old.total if old is not None else 0)
        sorts = [*others, *((n, self._known.sort(name, n)) for n in own)]
        sorts.sort()
        return _Name(name, len(sorts), tuple(self._known.place(name, n) for n in best_of(sorts))) if sorts else None

    def _number(self, shown: str) -> int:
        if shown not in self._known.numbers:
            raise TooMuchError
        return self._known.numbers[shown]

    def _others(self, name: str, total: int) -> list[tuple[int, tuple[int, str]]]:
        """Its places in other paths: the number of the path and how many come before it there, what it is, and the top folder."""
        searched, found, seen = self._searched, list[tuple[int, tuple[int, str]]](), defaultdict[str, int](int)
        for place in searched.places(name):
            if place.path not in searched.paths:
                seen[place.path] += 1
                number = self._number(printable(place.path))
                found.append((number + seen[place.path], (kind_number(place.kind), _top(place.path))))
        for path in searched.named.get(name, ()):
            if path not in searched.paths:
                kind = "folder" if path in searched.folders else "file"
                found.append((self._number(printable(path)), (kind_number(kind), _top(path))))
        if len(found) + searched.counts_before[name] != total:  # another name is shown like this one
            raise TooMuchError
        return found

    # -- files ---------------------------------------------------------------------------------------------------------------------

    def _make(self, bucket: str) -> None:
        """Make the cells that are cut anew, and what is made of these."""
        cells = {cell: self._cut(cell) for cell in sorted(self._cut_anew) if cell[0] == bucket}
        if not cells:
            return
        table = {**self._table(bucket), **cells}
        table = {name: made for name, made in sorted(table.items()) if made is not None}
        self._made[f"{self._start}{bucket}.js"] = table_of(bucket, table)
        if bucket != "~":
            self._write_top(bucket, list(table), list(cells))

    def _cut(self, name: str) -> list[Any] | None:
        """Make the files of a cell; its table, or None where it has no names any more."""
        found = self._now_in(name)
        same = self._same_shards(name)
        now = {f"{file_in_cell(name, number)}.js" for number in range(len(same) - 1)}
        cell = cell_from(name, Names(_Few(found.values())), same) if found else None
        for path, content in cell.files() if cell is not None else ():
            now.add(path.removeprefix("search/"))
            self._made[self._start + path.removeprefix("search/")] = content
        self._gone |= set(self._files[name]) - {self._start + path for path in now}
        return cell.table if cell is not None else None

    def _same_shards(self, cell: str) -> list[str]:
        """Where shards of a cell begin that are as they were, and the first of those that may be others.

        Shards are filled one after the other, so none is another one that has all it has before the first key of a name that is. One
        before may be: what came behind it had no room there.
        """
        starts = self._table(cell[0]).get(cell, ((), ()))[0]
        first = min(min(some) for some in self._changed[cell].values())
        return starts[: max(bisect_left(starts, first) - 1, 1)] if starts else []

    def _write_top(self, bucket: str, table: list[str], cells: list[str]) -> None:
        """The best of all names with a key that begins so: mostly those that they were."""
        path = f"{self._start}{bucket}-top.js"
        shown = self._read_names(path)
        if self._is_below(bucket, {known.name for known in shown}, cells):
            rows = Rows(SHARD_BYTES)
            for known in shown:
                if not rows.add((self._new.get(known.name) or known).entry):
                    break
            self._made[path] = shard(f"{bucket}-top", rows.text())
        else:
            every = {name: entry for cell in table for name, entry in self._now_in(cell).items()}
            self._made[path] = bucket_top(bucket, Names(_Few(every.values())))

    def _is_below(self, bucket: str, shown: set[str], cells: list[str]) -> bool:
        """Whether the same names are shown: all that take other room stand where they stood, or behind one of their sort that is not shown.

        Where there was no room for more names, one that takes less may make some.
        """
        first: dict[tuple[bool, bool], tuple[int, int, str]] = {}
        for cell in cells:
            for name, known in self._names_in(cell).items():
                if name not in shown and name not in self._new and len(name) < LONGEST_NAME:  # others may be shown cut
                    sort = match_of(name, bucket)
                    first[sort] = min(first.get(sort, _LAST), known.standing)
        changed = {name for cell, some in self._changed.items() if cell[0] == bucket for name in some}
        for name in changed - self._same:
            old, new, behind = self._old[name], self._new[name], first.get(match_of(name, bucket), _LAST)
            if name in shown:
                if len(shown) < TOP_NAMES or old is None or new is None or old.standing != new.standing:
                    return False
            elif not all(behind < known.standing for known in (old, new) if known is not None):
                return False
        return True

    def _now_in(self, cell: str) -> dict[str, _Name | _Row]:
        """The names that have a key in a cell."""
        found = dict(self._names_in(cell))
        for name in self._changed.get(cell, ()):
            known = self._new[name]
            if known is not None:
                found[name] = known
            else:
                found.pop(name, None)
        return found

    def _replace(self, bucket: str) -> None:
        """Put the lines of names that take as much room as before into the files that have these, but for those that were made anew."""
        found = defaultdict[str, set[str]](set)
        for cell, some in self._changed.items():
            if cell[0] == bucket:
                for name in some.keys() & self._same:
                    for path in self._having(cell, some[name]):
                        found[path].add(name)
        for path, names in found.items():
            said = was = said_in(self._writer.read(path))
            for name in names:
                old, new = self._old[name], self._new[name]
                assert old is not None
                assert new is not None
                if row := _pattern(old.entry).search(said):
                    said = said[: row.start()] + _row(new.entry, map(int, row.groups())) + said[row.end() :]
            if said != was:
                self._made[path] = shard(path[len(self._start) : -len(".js")], said)

    def _having(self, cell: str, keys: list[str]) -> Iterator[str]:
        """The files of a cell, and of its first character, that may have a name with some keys there, but for those that are made anew."""
        if cell not in self._cut_anew:
            yield from self._shards_with(cell, keys)
            yield from self._tops_with(cell, keys)
        if cell[0] != "~" and not any(other[0] == cell[0] for other in self._cut_anew):
            yield f"{self._start}{cell[0]}-top.js"

    # -- what lies there -----------------------------------------------------------------------------------------------------------

    def _shards_with(self, cell: str, keys: Iterable[str]) -> Iterator[str]:
        """The shards of a cell in which keys stand, or would stand."""
        starts, _ = self._table(cell[0])[cell]
        numbers = {n for key in keys for n in range(max(bisect_left(starts, key) - 1, 0), bisect_right(starts, key))}
        return (f"{self._start}{file_in_cell(cell, n)}.js" for n in sorted(numbers))

    def _tops_with(self, cell: str, keys: Iterable[str]) -> Iterator[str]:
        """The tops of a cell that names with keys may be in."""
        _, tops = self._table(cell[0])[cell]
        numbers = {n for key in keys for end in range(2, len(key) + 1) if (n := tops.get(key[:end])) is not None}
        return (f"{self._start}{file_in_cell(cell, n, 'top')}.js" for n in sorted(numbers))

    def _known_name(self, name: str) -> _Name | None:
        """What the index has of a name."""
        key = fold(name)
        cell = cell_of(key)
        if f"{self._start}{cell[0]}.js" not in self._files[""] or cell not in self._table(cell[0]):
            return None
        found = (row for path in self._shards_with(cell, [key]) for row in self._read_names(path) if row.name == name)
        return next((_Name(name, row.total, row.places) for row in found), None)

    def _table(self, bucket: str) -> dict[str, Any]:
        """What the table of a first character has of its cells."""
        if bucket not in self._tables:
            self._tables[bucket] = tables_in(self._writer.read(f"{self._start}{bucket}.js"))
        return self._tables[bucket]

    def _names_in(self, cell: str) -> dict[str, _Name | _Row]:
        if cell not in self._cells:
            shards = [path for path in self._files[cell] if not path.rpartition("/")[2].startswith("top")]
            self._cells[cell] = {name.name: name for path in shards for name in map(self._whole, self._read_names(path))}
        return self._cells[cell]

    def _whole(self, known: _Row) -> _Name | _Row:
        """A name that may have been cut, as it is."""
        name = known.name
        if len(name) < LONGEST_NAME:
            return known
        start, (where, what, _, _) = name[:-1], known.places[0]
        # Where several begin alike, the place of the best tells which it is.
        at = where.partition("\0")[0][1:], int(what.split(",")[1])
        found = {printable(p.name) for p in self._searched.beginning(start) if (printable(p.path), p.line) == at}
        found |= {n for n, paths in self._searched.named.items() if n.startswith(start) and not at[1] and at[0] in map(printable, paths)}
        found = {other for other in found if other == name or len(other) > LONGEST_NAME}
        if len(found) != 1:
            raise TooMuchError
        return _Name(found.pop(), known.total, known.places)

    def _read_names(self, path: str) -> list[_Row]:
        found = self._shards.get(path)
        if found is None:
            found = self._shards[path] = _Shard(said_in(self._writer.read(path))).rows()
        return found


def _is_as_large(old: _Name | None, new: _Name | None) -> bool:
    """Whether a name stands where it stood, in all files that it is in."""
    return old is new or (old is not None and new is not None and old.entry.needs() == new.entry.needs())


def _row(entry: Entry, numbers: Iterator[int]) -> str:
    """A row of a file, with the numbers that it has for paths and scopes."""
    return f"{entry.name}{''.join([f',{next(numbers)}{what}{next(numbers)}{more}' for _, what, _, more in entry.places])}{entry.end}"


def _pattern(entry: Entry) -> re.Pattern[str]:
    """What finds a row, with its numbers as groups."""
    places = "".join([f",(\\d+){re.escape(what)}(\\d+){re.escape(more)}" for _, what, _, more in entry.places])
    return re.compile(f"{re.escape(entry.name)}{places}{re.escape(entry.end)}")


def _path_in(place: JsonPlace) -> str:
    """The path of a place."""
    return place[0].partition("\0")[0][1:]


def _top(path: str) -> str:
    """The top folder of a path, as it is shown."""
    return printable(path).partition("/")[0]
