"""What the index of the site's search says of a name: in how many places it stands, and the best of them.

It is said in JSON that has numbers for paths and scopes, so that a file of the index has each of these once; `Rows` makes such a file.
"""

from __future__ import annotations

import functools
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat

from msgspec import Struct

from .atlas import qualified, separator
from .compose.book import Book
from .document import PageRef
from .model import KINDS, Symbol
from .names import printable

__all__ = ["KIND_NAMES", "Entries", "Entry", "Place", "Rows", "entry_of"]

#: Kinds by number, as the files have them.
KIND_NAMES = (*KINDS, "file", "folder")
_NUMBER = {kind: number for number, kind in enumerate(KIND_NAMES)}
_FILE, _FOLDER = _NUMBER["file"], _NUMBER["folder"]
#: Folders come after most files.
_FOLDER_RANK = 12
#: Places that a name has in each file of the index; how many there are in all is always said.
_PLACES = 6
_LONGEST_NAME = 160
#: Bytes of a file around its names, at most.
_FRAME = 100
#: Between the folder of a file and its page, where the folder has too many.
_NUMBERED = re.compile(r"_\d+/")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

#: Where a name stands: rank (a hexadecimal digit, 0 for the files that most depend on) and path in one text, with the page after a NUL
#: where it is not the usual one; line, number of the kind, scope; and where there is any, the part of a long page, ``#``, and what the
#: anchor has after its line.
Place = tuple[str, int, int, str, str]
#: The same as files have it: rank, path and page; what comes between their number and that of the scope; the scope; what comes after.
_Place = tuple[str, str, str, str]


class Entry(Struct, frozen=True, gc=False):
    """A name with its best places, in JSON."""

    #: What comes before the places.
    name: str
    places: tuple[_Place, ...]
    #: What comes after the places.
    end: str


def entry_of(name: str, total: int, places: Sequence[Place]) -> Entry:
    """A name as the files have it, with the best of its places, of which there are `total`."""
    return _entry(name, total, tuple([_in_json(where, line, kind, _json(scope), more) for where, line, kind, scope, more in places]))


def _entry(name: str, total: int, places: tuple[_Place, ...]) -> Entry:
    return Entry("[" + _json(_shortened(name)), places, "]" if total == len(places) else f",{total}]")


def _in_json(where: str, line: int, kind: int, scope: str, more: str) -> _Place:
    return (where, f",{line},{kind},[", scope, f",{_json(more)}]") if more else (where, f",{line},{kind},", scope, "")


class _Known(Struct, gc=False):
    """What places of one path have in common."""

    first: int
    where: str
    symbols: list[Symbol]
    anchors: list[str]
    parts: Mapping[str, int]
    between: str
    kind: int
    #: Full names in JSON, by the numbers of the symbols that have them.
    scopes: dict[int, str]


class Entries:
    """All names of symbols, files and folders, those of files that most depend on first; what is said of each is made when it is asked for.

    Parameters
    ----------
    book : Book
        The tree, and the anchors of its symbols.
    page : callable
        The path of a page on the site.

    Attributes
    ----------
    names : list of str
        All names, as they are shown.
    """

    def __init__(self, book: Book, page: Callable[[PageRef], str]) -> None:
        self._book, self._page, self._files = book, page, book.atlas.files
        shares = {path: -round(book.atlas.rank.get(path, 0.0), 12) for path in self._files}
        files = sorted(self._files, key=lambda path: (shares[path], path))
        folders, before = list(filter(None, book.atlas.folders)), (1 << _FOLDER_RANK)
        #: Paths in the order of their ranks: of files, and of folders between them.
        self._paths = [*files[:before], *folders, *files[before:]]
        ranks = [min(number.bit_length(), 15) for number in range(len(files))]
        self._ranks = [*ranks[:before], *repeat(_FOLDER_RANK, len(folders)), *ranks[before:]]
        #: Of each path the number of its first place, which is itself; one for each symbol follows.
        self._first: list[int] = []
        self._known: dict[int, _Known] = {}
        places = self._gathered()
        self.names, self._places = list(places), list(places.values())

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Entry:
        name, places = self.names[number], self._places[number]
        best = places if len(places) <= _PLACES else self._best(places)
        return _entry(name, len(places), tuple([self._place(place) for place in best]))

    def _gathered(self) -> dict[str, list[int]]:
        """The places of each name, in order; the names by the best rank of their places, and by their length."""
        found = dict[str, list[int]]()
        raw = dict[str, list[int]]()  # the same lists, by the names as the sources have them
        ordered, place, rank = list[str](), 0, 0
        for path, own in zip(self._paths, self._ranks, strict=True):
            if own != rank:
                ordered += _in_order(list(found)[len(ordered) :])
                rank = own
            self._first.append(place)
            file = self._files.get(path)
            found.setdefault(printable(path).rpartition("/")[2], []).append(place)
            for symbol in file.record.symbols if file is not None and file.record is not None else ():
                place += 1
                name = symbol.name
                if name:
                    some = raw.get(name)
                    if some is None:
                        some = raw[name] = found.setdefault(printable(name), [])
                    some.append(place)
            place += 1
        ordered += _in_order(list(found)[len(ordered) :])
        return {name: found[name] for name in ordered}

    def _best(self, places: list[int]) -> list[int]:
        """The best of each kind in each top folder first, so that filters find what there is."""
        seen: set[tuple[int, str]] = set()
        first, second = list[int](), list[int]()
        for place in places:
            known = self._of(place)
            inside = place - known.first
            what = _NUMBER[known.symbols[inside - 1].kind] if inside else known.kind, known.where.partition("/")[0][1:]
            if what not in seen:
                seen.add(what)
                first.append(place)
                if len(first) == _PLACES:
                    return first
            elif len(second) < _PLACES:
                second.append(place)
        return sorted([*first, *second][:_PLACES])

    def _of(self, place: int) -> _Known:
        """What is known of the path of a place."""
        number = bisect_right(self._first, place) - 1
        known = self._known.get(number)
        if known is not None:
            return known
        path, first = self._paths[number], self._first[number]
        shown, file = printable(path), self._files.get(path)
        page = self._page(PageRef("file" if file is not None else "folder", path))
        usual = page == (f"{shown}/index.html" if file is None else f"{shown}.html")
        where = f"{self._ranks[number]:x}{shown}" + ("" if usual else f"\0{page}")
        if file is None or file.record is None:
            made = _Known(first, where, [], [], {}, "", _FOLDER if file is None else _FILE, {})
        else:
            anchors, parts = self._book.anchors(path), self._book.parts.get(("file", path), {})
            made = _Known(first, where, file.record.symbols, anchors, parts, separator(file.language), _FILE, {-1: '""'})
        self._known[number] = made
        return made

    def _place(self, place: int) -> _Place:
        known = self._of(place)
        inside = place - known.first - 1
        if inside < 0:
            return known.where, f",0,{known.kind},", '""', ""
        symbol = known.symbols[inside]
        line, mark = symbol.line, known.anchors[inside]
        rest = mark.removeprefix(f"S{line}")
        more = f"#{rest}" if rest else ""
        if known.parts and (part := known.parts.get(mark, 1)) > 1:
            more = f"{part}{more or '#'}"
        scope = known.scopes.get(symbol.parent) if not symbol.scope else self._scope(known, symbol)
        if scope is None:
            scope = known.scopes[symbol.parent] = self._scope(known, symbol)
        return _in_json(known.where, line, _NUMBER[symbol.kind], scope, more)

    def _scope(self, known: _Known, symbol: Symbol) -> str:
        """The names around a symbol, in JSON."""
        scope = printable(qualified(known.symbols, symbol.parent, known.between))[-_LONGEST_NAME:]
        if symbol.scope:
            scope = f"{scope}{known.between}{printable(symbol.scope)}" if scope else printable(symbol.scope)
        return _json(scope)


class Rows:
    """What a file of the index has: tables of folders, paths and scopes, then each name with numbers of both.

    Parameters
    ----------
    most : int
        So many bytes may it have, unless it has one name alone.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size = most, _FRAME
        self._folders: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._scopes: dict[str, int] = {}
        self._shown: list[str] = []
        self._rows: list[str] = []

    def add(self, entry: Entry) -> bool:
        """Add a name, if there is room for it."""
        paths, scopes, size, row = self._paths, self._scopes, self._size, entry.name
        known = len(self._folders), len(paths), len(scopes)
        for where, what, scope, more in entry.places:
            path = paths.get(where)
            if path is None:
                path = paths[where] = len(paths)
                size += self._add_path(where)
            inside = scopes.get(scope)
            if inside is None:
                inside = scopes[scope] = len(scopes)
                size += len(scope) + 1
            row = f"{row},{path}{what}{inside}{more}"
        row += entry.end
        size += len(row) + 1
        if size > self._most and self._rows:
            for table, count in zip((self._folders, paths, scopes), known, strict=True):
                while len(table) > count:
                    table.popitem()
            del self._shown[known[1] :]
            return False
        self._rows.append(row)
        self._size = size
        return True

    def _add_path(self, where: str) -> int:
        """Put a path into the table; how many bytes it takes."""
        folder, before, after = _split(where)
        number, size = self._folders.get(folder), 0
        if number is None:
            number = self._folders[folder] = len(self._folders)
            size = len(folder) + 1
        text = f"{before}{_short(number)}{after}"
        self._shown.append(text)
        return size + len(text) + 1

    def text(self) -> str:
        """The tables and the names, in JSON."""
        tables = (self._folders, self._shown, self._scopes, self._rows)
        return ",".join(["[" + ",".join(table) + "]" for table in tables])


@functools.lru_cache(maxsize=100_000)
def _split(where: str) -> tuple[str, str, str]:
    """The folder of a path in JSON, and what comes before and after its number."""
    shown, _, page = where.partition("\0")
    folder, _, name = shown[1:].rpartition("/")
    start, numbered = f"{folder}/" if folder else "", ""
    if page.startswith(start) and page.endswith(f"/{name}.html"):
        between = page[len(start) : -len(name) - 5]
        if _NUMBERED.fullmatch(between):
            page, numbered = "", between[:-1]
    after = f"{numbered}/{_json(name)[1:]}"
    return _json(folder), f'{"[" if page else ""}"{shown[0]}', f"{after},{_json(page)}]" if page else after


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _in_order(names: list[str]) -> list[str]:
    names.sort()
    names.sort(key=len)
    return names


def _short(number: int) -> str:
    """A number as JavaScript reads it with `parseInt(text, 36)`."""
    text = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return _DIGITS[number] + text


def _json(text: str) -> str:
    """A text in JSON that is ASCII, so that it has as many bytes as characters."""
    return f'"{text}"' if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text else json.dumps(text)
