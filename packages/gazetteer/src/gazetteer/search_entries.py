"""What the index of the site's search says of a name: in how many places it stands, and the best of them.

It is said in JSON that has numbers for paths and scopes, so that a file of the index has each of these once; `Rows` makes such a file.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from .atlas import qualified, separator
from .compose.book import Book
from .document import PageRef
from .model import KINDS, TYPE_KINDS, Placed
from .names import all_printable, printable

__all__ = [
    "KIND_NAMES", "LONGEST_NAME", "MOST_PLACES", "Entries", "Entry", "FewEntries", "JsonPlace", "Place", "Rows", "as_json", "best_of",
    "by_rank", "entry_of", "entry_with", "in_json", "kind_number", "last_name", "place_of",
    "standing_of",
]  # fmt: skip

#: Kinds by number, as the files have them.
KIND_NAMES = (*KINDS, "file", "folder")
_NUMBER = {kind: number for number, kind in enumerate(KIND_NAMES)}
_FILE, _FOLDER = _NUMBER["file"], _NUMBER["folder"]
_TYPES = {_NUMBER[kind] for kind in TYPE_KINDS}
#: What the place of a file itself says between its numbers.
_ITSELF = f",0,{_FILE},"
#: Added to the number of a kind for a forward declaration, which readers want after what it declares. (Kinds are fewer.)
_FORWARD = 50
#: Folders come after most files.
_FOLDER_RANK = 12
#: Places that a name has in each file of the index; how many there are in all is always said.
MOST_PLACES = 6
LONGEST_NAME = 160
#: So many of these may be types, where there are others.
_MOST_TYPES = 4
#: The best are among so many of the places of a name, in the order of ranks.
_LOOKED_AT = 200
#: Bytes of a file around its names, at most.
_FRAME = 100
#: So many bytes are counted for the line and the kind of a place, so that a line further down takes no more room than before.
_ROOM = len(",12345,12,[")
#: Between the places of two paths, where not all are known; no file has so many symbols.
_STRIDE = 1 << 32
#: Between the folder of a file and its page, where the folder has too many.
_NUMBERED = re.compile(r"_\d+/")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

#: Where a name stands: rank (a hexadecimal digit, 0 for the files that most depend on) and path in one text, with the page after a NUL
#: where it is not the usual one; line, number of the kind, scope; and where there is any, the part of a long page, ``#``, and what the
#: anchor has after its line.
Place = tuple[str, int, int, str, str]
#: The same as files have it: rank, path and page; what comes between their number and that of the scope; the scope; what comes after.
JsonPlace = tuple[str, str, str, str]


class Entry(Struct, frozen=True, gc=False):
    """A name with its best places, in JSON."""

    #: What comes before the places. Empty where the name is that of one file alone: then a row has the number of its path and nothing else.
    name: str
    places: tuple[JsonPlace, ...]
    #: What comes after the places.
    end: str

    def needs(self) -> tuple[object, ...]:
        """All that decides how much room it takes in a file of the index; most lines of places do not."""
        return self.name, [(where, max(len(what), _ROOM), scope, more) for where, what, scope, more in self.places], self.end


def entry_of(name: str, total: int, places: Sequence[Place]) -> Entry:
    """A name as the files have it, with the best of its places, of which there are `total`."""
    return entry_with(name, total, tuple([in_json(where, line, kind, as_json(scope), more) for where, line, kind, scope, more in places]))


def entry_with(name: str, total: int, places: tuple[JsonPlace, ...]) -> Entry:
    """The same of places in JSON."""
    if len(places) == 1 and places[0][1] == _ITSELF and last_name(places[0][0]) == _shortened(name):
        return Entry("", places, "")
    return Entry("[" + as_json(_shortened(name)), places, "]" if total == len(places) else f",{total}]")


def last_name(where: str) -> str:
    r"""The last name in the path of a place.

    Examples
    --------
    >>> last_name("3lib/shop.py"), last_name("0a.py\0a~2e.html")
    ('shop.py', 'a.py')
    """
    return where.partition("\0")[0][1:].rpartition("/")[2]


def in_json(where: str, line: int, kind: int, scope: str, more: str) -> JsonPlace:
    """A place as files have it; `scope` is in JSON."""
    return (where, f",{line},{kind},[", scope, f",{as_json(more)}]") if more else (where, f",{line},{kind},", scope, "")


def by_rank(rank: Mapping[str, float], files: Iterable[str], folders: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Files in the order of their ranks, and folders between them, each with the digit that places have for it."""
    shares = {path: -round(rank.get(path, 0.0), 12) for path in files}
    ordered = sorted(shares, key=lambda path: (shares[path], path))
    before = 1 << _FOLDER_RANK
    for number, path in enumerate(ordered[:before]):
        yield path, number.bit_length()
    for path in filter(None, folders):
        yield path, _FOLDER_RANK
    for number, path in enumerate(ordered[before:], before):
        yield path, min(number.bit_length(), 15)


def standing_of(where: str, total: int) -> int:
    """By what names are sorted, the best first: how many files lean on that of the best place, and how many places there are.

    Twice as many places count as much as a file that stands twice as far in front.

    Examples
    --------
    >>> standing_of("9src/node.h", 27) < standing_of("6src/model.py", 1) < standing_of("9src/node.h", 1)
    True
    """
    return int(where[0], 16) - total.bit_length()


class Entries:
    """All names of symbols, files and folders, in the order of `standing_of`, then short ones first.

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

    #: Line and number of the kind as places have them: one text for all places that have both.
    _whats: dict[tuple[int, int], str]

    def __init__(self, book: Book, page: Callable[[PageRef], str]) -> None:
        self._book, self._page, self._files, self._whats = book, page, book.atlas.files, {}
        found = dict[str, list[JsonPlace]]()
        raw = dict[str, list[JsonPlace]]()  # the same lists, by the names as the sources have them
        # In the order of ranks, so that the places of a name are in theirs.
        for path, rank in by_rank(book.atlas.rank, book.atlas.files, book.atlas.folders):
            self._gather(path, rank, found, raw)
        raw.clear()
        ordered = sorted(found)
        ordered.sort(key=len)
        ordered.sort(key=lambda name: standing_of(found[name][0][0], len(found[name])))
        self.names, self._places = ordered, [tuple(found.pop(name)) for name in ordered]  # which take less room than lists

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Entry:
        places = self._places[number]
        return entry_with(self.names[number], len(places), places if len(places) <= MOST_PLACES else tuple(_best(places)))

    def _gather(self, path: str, rank: int, found: dict[str, list[JsonPlace]], raw: dict[str, list[JsonPlace]]) -> None:
        """Note the places of a path, and of the symbols of a file."""
        shown, file = printable(path), self._files.get(path)
        page = self._page(PageRef("file" if file is not None else "folder", path))
        usual = page == (f"{shown}/index.html" if file is None else f"{shown}.html")
        where = f"{rank:x}{shown}" + ("" if usual else f"\0{page}")
        kind = _FOLDER if file is None else _FILE
        found.setdefault(shown.rpartition("/")[2], []).append((where, f",0,{kind},", '""', ""))
        if file is None:
            return
        symbols, between, parts = file.outline, separator(file.language), self._book.parts.get(("file", path))
        scopes, whats, numbers = {-1: '""'}, self._whats, _NUMBER
        for symbol, mark in zip(symbols, self._book.anchors(path), strict=True):
            name, above = symbol.name, symbol.parent
            if not name:
                continue
            some = raw.get(name)
            if some is None:
                some = raw[name] = found.setdefault(printable(name), [])
            scope = scopes.get(above) if not symbol.scope else _scope(symbols, symbol, between)
            if scope is None:
                scope = scopes[above] = _scope(symbols, symbol, between)
            more = f"#{mark[mark.index('.') :]}" if "." in mark else ""
            if parts is not None and (part := parts.get(mark, 1)) > 1:
                more = f"{part}{more or '#'}"
            what = symbol.line, numbers[symbol.kind] + (_FORWARD if symbol.role == "forward" else 0)
            stands = whats.get(what)
            if stands is None:
                stands = whats[what] = f",{what[0]},{what[1]},"
            some.append((where, f"{stands}[", scope, f",{as_json(more)}]") if more else (where, stands, scope, ""))


def _scope(symbols: Sequence[Placed], symbol: Placed, between: str) -> str:
    """The names around a symbol, in JSON."""
    scope = printable(qualified(symbols, symbol.parent, between, LONGEST_NAME))[-LONGEST_NAME:]
    if symbol.scope:
        scope = f"{scope}{between}{printable(symbol.scope)}" if scope else printable(symbol.scope)
    return as_json(scope)


def _best(places: Sequence[JsonPlace]) -> list[JsonPlace]:
    return [places[number] for number in best_of((number, _sort(place)) for number, place in enumerate(places))]


def _sort(place: JsonPlace) -> tuple[int, str]:
    """The kind of a place, and its top folder."""
    where, what, _, _ = place
    return int(what.split(",")[2]), where.partition("/")[0][1:]


def best_of(places: Iterable[tuple[int, tuple[int, str]]]) -> list[int]:
    """Of numbers in order, each with a kind and a top folder, the best of each such first, so that filters find what there is.

    Some types come before all others: who looks for the members of one looks for it first, and forward declarations may stand in front.

    Examples
    --------
    >>> field, of = kind_number("field"), kind_number("class")
    >>> best_of([(n, (field, f"lib{n}")) for n in range(8)] + [(8, (of, "lib")), (9, (of, "lib"))])
    [0, 1, 2, 3, 8, 9]
    """
    seen: set[tuple[int, str]] = set()
    first, second, types, more_types = list[int](), list[int](), list[int](), list[int]()
    for number, sort in islice(places, _LOOKED_AT):
        is_new, is_type = sort not in seen, sort[0] in _TYPES
        seen.add(sort)
        some = (types if is_new else more_types) if is_type else first if is_new else second
        if len(some) < MOST_PLACES:
            some.append(number)
    types += more_types
    return sorted([*types[:_MOST_TYPES], *first, *types[_MOST_TYPES:], *second][:MOST_PLACES])


class FewEntries(Entries):
    """What is said of names of few files, which alone are read. A place of a name is a number, in the order in which its places stand.

    Attributes
    ----------
    order : list of (str, int)
        What `by_rank` gives.
    numbers : dict of str to int
        Of each path, as it is shown: its own place. The n-th symbol of a name in a file is n behind.
    """

    def __init__(self, book: Book, page: Callable[[PageRef], str]) -> None:
        self._book, self._page, self._files, self._whats = book, page, book.atlas.files, {}
        self.names, self._places = [], []
        self.order = list(by_rank(book.atlas.rank, book.atlas.files, book.atlas.folders))
        self.numbers = {path: n * _STRIDE for n, path in enumerate(all_printable([path for path, _ in self.order]))}
        self._read: dict[int, dict[str, list[JsonPlace]]] = {}

    def of(self, shown: str) -> list[tuple[str, int]]:
        """The names of a path and of its symbols, with their places."""
        first = self.numbers[shown]
        return [(name, first + n) for name, some in self._names_of(first).items() for n, _ in enumerate(some, self._start(name, first))]

    def place(self, name: str, number: int) -> JsonPlace:
        """A place of a name as files have it."""
        return self._names_of(number)[name][number % _STRIDE - self._start(name, number)]

    def sort(self, name: str, number: int) -> tuple[int, str]:
        """The kind of a place, and its top folder."""
        return _sort(self.place(name, number))

    def _start(self, name: str, number: int) -> int:
        """The first place of a name: that of a file, or the one behind it."""
        return int(name != printable(self.order[number // _STRIDE][0]).rpartition("/")[2])

    def _names_of(self, number: int) -> dict[str, list[JsonPlace]]:
        index = number // _STRIDE
        if index not in self._read:
            found = self._read[index] = dict[str, list[JsonPlace]]()
            self._gather(*self.order[index], found, {})
        return self._read[index]


class Rows:
    """What a file of the index has: tables of folders, paths and scopes, then each name with numbers of both.

    Parameters
    ----------
    most : int
        So many bytes may it have, unless it has one name alone.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size = most, _FRAME
        self._folders: dict[str, str] = {}
        # Numbers of paths, with a comma, and of scopes, as rows have them.
        self._paths: dict[str, str] = {}
        self._scopes: dict[str, str] = {}
        self._shown: list[str] = []
        self._rows: list[str] = []

    def add(self, entry: Entry) -> bool:
        """Add a name, if there is room for it."""
        paths, scopes, size, row = self._paths, self._scopes, self._size, entry.name
        known = len(self._folders), len(paths), len(scopes)
        for where, what, scope, more in entry.places:
            path = paths.get(where)
            if path is None:
                path = paths[where] = f",{len(paths)}"
                size += self._add_path(where)
            if not row:  # a file, whose name is in its path
                row = path[1:]
                break
            inside = scopes.get(scope)
            if inside is None:
                inside = scopes[scope] = f"{len(scopes)}"
                size += len(scope) + 1
            row = f"{row}{path}{what}{inside}{more}"
            if (room := _ROOM - len(what)) > 0:
                size += room
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
            number = self._folders[folder] = _short(len(self._folders))
            size = len(folder) + 1
        text = f"{before}{number}{after}"
        self._shown.append(text)
        return size + len(text) + 1

    def text(self) -> str:
        """The tables and the names, in JSON."""
        tables = (self._folders, self._shown, self._scopes, self._rows)
        return "[" + ",".join(["[" + ",".join(table) + "]" for table in tables]) + "]"


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
    after = f"{numbered}/{as_json(name)[1:]}"
    return as_json(folder), f'{"[" if page else ""}"{shown[0]}', f"{after},{as_json(page)}]" if page else after


_SHOWN = re.compile(r"(.)([0-9a-z]+)(_\d+)?/(.*)", re.DOTALL)


def place_of(shown: str | list[str], folders: Sequence[str]) -> str:
    """Rank and path of a place, with its page where that is not the usual one, from what files have."""
    text, page = (shown, "") if isinstance(shown, str) else shown
    found = _SHOWN.fullmatch(text)
    assert found is not None
    rank, number, numbered, name = found.groups()
    folder = folders[int(number, 36)]
    start = f"{folder}/" if folder else ""
    if numbered:
        page = f"{start}{numbered}/{name}.html"
    return f"{rank}{start}{name}" + (f"\0{page}" if page else "")


def kind_number(shown: str) -> int:
    """The number of a kind as the keyword index shows it, with or without a role behind it.

    Examples
    --------
    >>> kind_number("struct, forward declaration") - kind_number("struct"), kind_number("function, declaration") == kind_number("function")
    (50, True)
    """
    kind, _, role = shown.partition(",")
    return _NUMBER[kind.replace(" ", "_")] + (_FORWARD if role.startswith(" forward") else 0)


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _short(number: int) -> str:
    """A number as JavaScript reads it with `parseInt(text, 36)`."""
    text = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return _DIGITS[number] + text


def as_json(text: str) -> str:
    """A text in JSON that is ASCII, so that it has as many bytes as characters."""
    return f'"{text}"' if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text else json.dumps(text)
