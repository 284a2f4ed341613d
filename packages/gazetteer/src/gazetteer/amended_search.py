"""The files of the site's search that a small change reaches, made from those that lie there.

A shard has all that a search shows of its names, and so all that its neighbours are made of. Mostly lines alone are different: then the
same names stand in the same shards, in the same order, and their rows are put in the place of the old ones. Where names come or go, or
take more room, the shards of their cells are cut anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import msgspec

from .amend import Amended
from .compose.sharding import is_wide, narrowed, shard_of
from .document import PageRef
from .document import Place as KeywordPlace
from .model import FileRecord, Symbol
from .names import printable
from .output import Writer
from .search import (
    FILE,
    FOLDER,
    LONGEST_KEY,
    LONGEST_NAME,
    PLACES,
    Cell,
    Entry,
    Place,
    best_places,
    bucket_top,
    by_rank,
    call,
    cell_of,
    cells_of,
    entry_of,
    entry_with,
    fold,
    folder_place,
    keys,
    kind_number,
    match_of,
    place_rank,
    places_in,
    script,
    standing,
)  # fmt: skip

__all__ = ["SearchFiles", "TooMuchError"]

#: Behind all names.
_LAST = ("~", 0, "")
_arguments_of = msgspec.json.Decoder(list[Any]).decode


class TooMuchError(Exception):
    """The files that lie there do not tell all that is needed."""


class SearchFiles:
    """The files of the index, before and after a change.

    Parameters
    ----------
    found : Amended
        What the change reaches.
    page : callable
        The path of a page on the site.
    folder : str
        Where the site is in the output, with ``/``.
    paths : iterable of str
        The files of the last output.
    writer : Writer
        Of the output.

    Attributes
    ----------
    made : dict of str to bytes
        The files that are not as they were, below the output.
    gone : set of str
        Those that are no more.

    Raises
    ------
    TooMuchError
        If they have to be made from all names of the tree.
    """

    def __init__(self, found: Amended, page: Callable[[PageRef], str], folder: str, paths: Iterable[str], writer: Writer) -> None:
        self._found, self._page, self._folder, self._writer = found, page, folder, writer
        self._book, self._atlas = found.view.book, found.view.book.atlas
        self._files: dict[str, list[str]] = defaultdict(list)
        start = f"{folder}search/"
        for path in paths:
            if path.startswith(start):
                parts = path[len(start) :].split("/")
                self._files[parts[1] if len(parts) > 2 else ""].append(path)
        self.made: dict[str, bytes] = {}
        self.gone: set[str] = set()
        self._cells: dict[str, dict[str, list[Entry]]] = {}
        self._within: dict[str, list[tuple[str, Place]]] = {}
        names = {printable(name) for name in found.names}
        self._old = {name: self._known(name) for name in sorted(names)}
        self._new = {name: self._anew(name, places) for name, places in self._own_places(names).items()}
        self._write()

    # -- names ---------------------------------------------------------------------------------------------------------------------

    def _own_places(self, names: set[str]) -> dict[str, list[Place]]:
        """Of each name, its places in the files that were changed."""
        found: dict[str, list[Place]] = {name: [] for name in sorted(names)}
        for path in sorted(self._found.files):
            if printable(path) != path:
                raise TooMuchError
            for name, place in self._places_in(path):
                if (shown := printable(name)) in names:
                    found[shown].append(place)
        return found

    def _places_in(self, path: str) -> list[tuple[str, Place]]:
        if path not in self._within:
            self._within[path] = places_in(self._book, self._page, path, self._where[path])
        return self._within[path]

    @cached_property
    def _where(self) -> dict[str, str]:
        """Rank and path of each file, as places have them."""
        return {path: place_rank(number) + printable(path) for number, path in enumerate(by_rank(self._atlas))}

    @cached_property
    def _changed(self) -> set[str]:
        return {self._where[path] for path in self._found.files}

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """The files and folders of each name."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in (*self._atlas.files, *self._atlas.folders):
            found[printable(path).rpartition("/")[2]].append(path)
        return found

    def _known(self, name: str) -> Entry | None:
        """What the index had of a name."""
        if len(name) >= LONGEST_NAME:
            raise TooMuchError
        return self._names_in(cell_of(fold(name))).get(name)

    def _anew(self, name: str, own: list[Place]) -> Entry | None:
        """What it has now."""
        old = self._old[name]
        if old is None or old.total <= PLACES:
            rest = [place for place in old.places if place[0] not in self._changed] if old is not None else []
            return entry_of(name, [*rest, *own]) if rest or own else None
        others = self._others(name, old.total)
        # Of the others, scopes and pages are not known yet; they are looked up for the few that are shown.
        shown = {place[0] for place in best_places(sorted([*others, *own]))} - self._changed
        files = [path for path in {p.path for p in self._keywords(name)} | set(self._named.get(name, ())) if self._where.get(path) in shown]
        full = [place for path in files for n, place in self._places_in(path) if n == name]
        return entry_of(name, [*(p for p in others if p[2] == FOLDER or p[0] not in shown), *full, *own])

    def _others(self, name: str, total: int) -> list[Place]:
        """Its places in other files, as far as the keyword index and the paths of the tree know them."""
        found = [
            (self._where[p.path], p.line, kind_number(p.kind), "", "") for p in self._keywords(name) if p.path not in self._found.files
        ]
        for path in self._named.get(name, ()):
            if path in self._atlas.folders:
                found.append(folder_place(self._page, path))
            elif path not in self._found.files:
                found.append((self._where[path], 0, FILE, "", ""))
        had = sum(symbol.name == name for path in self._found.files for symbol in self._symbols_before(path))
        had += sum(path in self._found.files for path in self._named.get(name, ()))
        if len(found) + had != total:  # another name is shown like this one
            raise TooMuchError
        return found

    def _keywords(self, name: str) -> list[KeywordPlace]:
        key = shard_of(name)
        if is_wide(self._found.view.kept.beginnings):
            key = narrowed(key)
        return [p for p in self._found.view.shards.get(key, ()) if p.name == name]

    def _symbols_before(self, path: str) -> list[Symbol]:
        key = self._found.view.files[path].key
        record: FileRecord | None = self._found.view.read("records", key) if key else None
        return record.symbols if record is not None else []

    # -- files ---------------------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        """Make what is different."""
        cells = {cell for name in self._old for cell in cells_of(name)}
        anew = {cell for name in self._old if not self._is_alike(name) for cell in cells_of(name)}
        for cell in sorted(cells - anew):
            for path, entries in self._cell(cell).items():
                self._put_rows(path, entries)
        for bucket in sorted({cell[0] for cell in cells - anew} - {cell[0] for cell in anew} - {"~"}):
            path = f"{self._folder}search/{bucket}-top.js"
            self._put_rows(path, self._entries(path))
        for bucket in sorted({cell[0] for cell in anew}):
            self._write_bucket(bucket, sorted(cell for cell in anew if cell[0] == bucket))
        more = sum((self._new[name] is not None) - (old is not None) for name, old in self._old.items())
        if more:
            path = f"{self._folder}search/index.js"
            (about,) = self._arguments(path)
            self.made[path] = call("index", {**about, "names": about["names"] + more})

    def _is_alike(self, name: str) -> bool:
        """Whether a name stands where it stood, and takes as much room."""
        old, new = self._old[name], self._new[name]
        return old is not None and new is not None and (old.rank, old.cost, old.paths) == (new.rank, new.cost, new.paths)

    def _put_rows(self, path: str, entries: list[Entry]) -> None:
        """Have a file with the same names, of which some say something else."""
        if any(entry.name in self._new for entry in entries):
            name = path.removeprefix(f"{self._folder}search/").removesuffix(".js")
            self.made[path] = script(name, [self._new.get(entry.name) or entry for entry in entries])

    def _write_bucket(self, bucket: str, cells: list[str]) -> None:
        path = f"{self._folder}search/{bucket}.js"
        if path not in self._files[""]:  # its first name
            raise TooMuchError
        _, table = self._arguments(path)
        for name in cells:
            cell = self._cut(name)
            if cell is not None:
                table[name] = cell.table
            else:
                table.pop(name, None)
        if not table:
            raise TooMuchError
        self.made[path] = call("table", bucket, dict(sorted(table.items())))
        if bucket != "~":
            self._write_top(bucket, sorted(table), cells)

    def _write_top(self, bucket: str, table: list[str], anew: list[str]) -> None:
        """The best of all names with a key that begins so: mostly those that they were."""
        path = f"{self._folder}search/{bucket}-top.js"
        shown = self._entries(path)
        if self._is_below(bucket, {_key(entry) for entry in shown}, anew):
            self._put_rows(path, shown)
        else:
            every = {name: entry for cell in table for name, entry in self._now_in(cell).items()}
            self.made[path] = bucket_top(bucket, sorted(every.values(), key=standing))

    def _is_below(self, bucket: str, shown: set[str], anew: list[str]) -> bool:
        """Whether all names that come, go or take more room stand behind others of their sort that were not shown either."""
        first: dict[tuple[bool, bool], tuple[str, int, str]] = {}
        for cell in anew:
            for name, entry in self._names_in(cell).items():
                if name not in shown and name not in self._new:
                    sort = match_of(entry, bucket)
                    first[sort] = min(first.get(sort, standing(entry)), standing(entry))
        for name, old in self._old.items():
            if self._is_alike(name) or not any(cell[0] == bucket for cell in cells_of(name)):
                continue
            there = [entry for entry in (old, self._new[name]) if entry is not None]
            if name in shown or not all(first.get(match_of(entry, bucket), _LAST) < standing(entry) for entry in there):
                return False
        return True

    def _cut(self, name: str) -> Cell | None:
        """The files of a cell whose names are not those that it had."""
        found = sorted(self._now_in(name).values(), key=standing)
        before, now = set(self._files[name]), set[str]()
        cell = (
            Cell(name, [(key, n) for n, entry in enumerate(found) for key in keys(entry.name) if cell_of(key) == name], found)
            if found
            else None
        )
        for path, content in cell.outputs() if cell is not None else ():
            now.add(self._folder + path)
            self.made[self._folder + path] = content()
        self.gone |= before - now
        return cell

    def _now_in(self, cell: str) -> dict[str, Entry]:
        """The names that have a key in a cell."""
        found = dict(self._names_in(cell))
        for name, entry in self._new.items():
            if cell in cells_of(name):
                if entry is not None:
                    found[name] = entry
                else:
                    found.pop(name, None)
        return found

    # -- what lies there -----------------------------------------------------------------------------------------------------------

    def _names_in(self, cell: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for path, entries in self._cell(cell).items():
            if not path.rpartition("/")[2].startswith("top"):
                found.update((_key(entry), entry) for entry in entries)
        return found

    def _cell(self, name: str) -> dict[str, list[Entry]]:
        """The names in each file of a cell."""
        if name not in self._cells:
            self._cells[name] = {path: self._entries(path) for path in self._files.get(name, ())}
        return self._cells[name]

    def _entries(self, path: str) -> list[Entry]:
        _, (paths, scopes, rows) = self._arguments(path)
        found = []
        for name, total, *rest in rows:
            places = []
            for at, line, kind, scope in zip(*[iter(rest)] * 4, strict=True):
                number, address = scope if isinstance(scope, list) else (scope, "")
                places.append((paths[at], line, kind, scopes[number], address))
            found.append(entry_with(name, total, places, fold(name)))
        long = [_key(entry) for entry in found if len(entry.name) >= LONGEST_NAME]
        if len(long) != len(set(long)):
            raise TooMuchError
        return found

    def _arguments(self, path: str) -> list[Any]:
        """What a script calls its function with."""
        content = self._writer.read(path)
        found: list[Any] = _arguments_of(b"[%b]" % content[content.index(b"(") + 1 : content.rindex(b")")])
        return found


def _key(entry: Entry) -> str:
    """What tells names apart; some that are cut are shown alike."""
    if len(entry.name) < LONGEST_NAME:
        return entry.name
    if len(entry.full) < LONGEST_KEY:  # what it is found by may lie in what was cut
        raise TooMuchError
    return f"{entry.name}{entry.places}"
