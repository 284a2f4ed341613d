"""The index of names for the site's search, in files so small that a search loads some thirty kilobytes.

A name is found by each of its *keys*: its letters and digits in lower case from the beginning of any of its parts on
(``PyFunctionTensorPreHook``: ``pyfunctiontensorprehook``, ``functiontensorprehook``, …, ``hook``), and its initials (``pftph``). A
search is a beginning of keys. The keys that share their first two characters are a *cell*; sorted, they are cut into *shards* of at most
`SHARD_BYTES`. A beginning that spans more than `SPAN` shards has a *top* besides: the best of all that it finds. So a search loads the
table of its first character and some shards or one top, and more of them when the reader asks for more.

The files of a cell are made of the names that have a key in it, and of nothing else; those of a first character, of its cells. So the
cells of a name (`cells_of`) say which files may change with it, and files may be made in any process.

All files are scripts, for pages that are opened from a disk may not read anything else. The reader's side is ``site/assets/search.js``,
which folds and splits names by the same rules.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import compress, count, product
from typing import Any

import msgspec
from msgspec import Struct

from .atlas import qualified, separator
from .compose.book import Book
from .document import PageRef
from .model import KINDS
from .names import printable

__all__ = [
    "SHARD_BYTES",
    "Cell",
    "Entry",
    "Place",
    "cells",
    "cells_of",
    "entries",
    "entry_of",
    "files",
    "fold",
    "has_part",
    "keys",
    "parts",
]

#: No shard and no top is larger, before compression.
SHARD_BYTES = 16_000
#: Names that a top has, and places that a name has in each shard; how many there are in all is always said.
TOP_NAMES, PLACES = 120, 6
#: A search loads so many shards at once.
SPAN = 2
_LONGEST_NAME, _LONGEST_KEY, _MOST_PARTS = 160, 48, 16
#: Shards and tops, each, in one folder.
_IN_FOLDER = 400
#: Bytes of a shard around its names, at most.
_FRAME = 100

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\da-zA-Z_]+")
_NO_KEY = re.compile(r"[\W_]+")
#: JavaScript compares halves of characters beyond this plane, Python whole ones; so keys have none.
_BEYOND = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]+")
_LAST = "\uffff"
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_PLAIN = frozenset(map("".join, product(_ASCII, _ASCII)))

#: Kinds by number, as the files have them.
KIND_NAMES = (*KINDS, "file", "folder")
_NUMBER = {kind: number for number, kind in enumerate(KIND_NAMES)}
_FILE, _FOLDER = _NUMBER["file"], _NUMBER["folder"]
#: Folders come after most files.
_FOLDER_RANK = 12
_ENCODE = msgspec.json.Encoder().encode

#: Where a name stands: rank (a hexadecimal digit, 0 for the files that most depend on) and path in one text, line, number of the kind,
#: scope, and the page and anchor, relative to the site's root, where they are not the usual ones.
Place = tuple[str, int, int, str, str]
#: Path, below the site's root, and what gives the bytes of a file of the index.
Output = tuple[str, Callable[[], bytes]]


class Entry(Struct, frozen=True, gc=False):
    """A name with its best places; `total` counts all of them."""

    name: str
    total: int
    places: tuple[Place, ...]
    #: The best rank of its places.
    rank: str
    #: The name folded.
    full: str
    #: Bytes of all but the paths, and each path with its bytes.
    cost: int
    paths: tuple[tuple[str, int], ...]


def fold(name: str) -> str:
    """Letters and digits of a name in lower case; a name that has none stays as it is.

    Examples
    --------
    >>> fold("compiled_args"), fold("operator+="), fold("~")
    ('compiledargs', 'operator', '~')
    """
    plain = name.lower() if name.isascii() else _BEYOND.sub("\ufffd", name).lower()
    return plain[:_LONGEST_KEY] if plain.isalnum() else (_NO_KEY.sub("", plain) or plain)[:_LONGEST_KEY]


def parts(name: str) -> list[str]:
    """The parts of a name in camelCase or snake_case.

    Examples
    --------
    >>> parts("PyFunctionTensorPreHook"), parts("HTTPServer_v2"), parts("compiled_args")
    (['Py', 'Function', 'Tensor', 'Pre', 'Hook'], ['HTTP', 'Server', 'v', '2'], ['compiled', 'args'])
    """
    return _PART.findall(name)


def keys(name: str) -> list[str]:
    """What a name is found by, sorted.

    Examples
    --------
    >>> keys("python_hook.h")
    ['hookh', 'phh', 'pythonhookh']
    """
    return sorted(_keys(name, fold(name)))


def _keys(name: str, full: str) -> set[str]:
    found = {full}
    split = _PART.findall(name)
    if len(split) < 2:
        return found
    plain = name.isascii()
    rest = full if plain else fold("".join(split))  # the parts of a plain name are all of its letters and digits
    del split[_MOST_PARTS:]
    if len(split) > 2:
        initials = "".join([part[0] for part in split])
        found.add(initials.lower() if plain else fold(initials))
    split.pop()
    for part in split:
        rest = rest[len(part) if plain else len(part.lower()) :]
        if len(rest) < 2:
            break
        found.add(rest)
    return found


def cells_of(name: str) -> list[str]:
    """The cells that a name is in, sorted: no other file of the index has it, but those of their first characters.

    Examples
    --------
    >>> cells_of("compiled_args"), cells_of("~Node"), cells_of("名前")
    (['ar', 'co'], ['no'], ['~54'])
    """
    return sorted({_cell(key) for key in _keys(name, fold(name))})


def entries(book: Book, page: Callable[[PageRef], str]) -> list[Entry]:
    """All names of symbols, files and folders, those of files that most depend on first.

    Parameters
    ----------
    book : Book
        The tree, and the anchors of its symbols.
    page : callable
        The path of a page on the site.
    """
    atlas = book.atlas
    shares = {path: -round(atlas.rank.get(path, 0.0), 12) for path in atlas.files}
    order = sorted(atlas.files, key=lambda path: (shares[path], path))
    found: dict[str, list[Place]] = {}
    #: The same lists by the names as the sources have them.
    raw: dict[str, tuple[str, list[Place]]] = {}
    # In this order, the places of a name are sorted almost by themselves.
    for number, path in enumerate(order):
        file = atlas.files[path]
        shown = printable(path)
        where = f"{min(number.bit_length(), 15):x}{shown}"
        own = page(PageRef("file", path))
        odd = own if own != f"{path}.html" or shown != path else ""
        found.setdefault(shown.rpartition("/")[2], []).append((where, 0, _FILE, "", odd))
        if file.record is None:
            continue
        long = ("file", path) in book.parts
        between, symbols = separator(file.language), file.record.symbols
        scopes: dict[int, str] = {-1: ""}
        for symbol, mark in zip(symbols, book.anchors(path), strict=True):
            name = symbol.name
            if not name:
                continue
            above = symbol.parent
            scope = scopes.get(above)
            if scope is None:
                scope = scopes[above] = printable(qualified(symbols, above, between))[-_LONGEST_NAME:]
            if symbol.scope:
                scope = f"{scope}{between}{printable(symbol.scope)}" if scope else printable(symbol.scope)
            known = raw.get(name)
            if known is None:
                plain = printable(name)
                known = raw[name] = plain, found.setdefault(plain, [])
            place_of = page(PageRef("file", path, mark)) if long else own
            usual = not odd and place_of == own and mark == f"S{symbol.line}"
            known[1].append((where, symbol.line, _NUMBER[symbol.kind], scope, "" if usual else f"{place_of}#{mark}"))
    for path in atlas.folders:
        if path:
            shown = printable(path)
            place = (f"{_FOLDER_RANK:x}{shown}", 0, _FOLDER, "", page(PageRef("folder", path)))
            found.setdefault(shown.rpartition("/")[2], []).append(place)
    made = [entry_of(name, places) for name, places in found.items()]
    made.sort(key=lambda e: (e.rank, len(e.name), e.name))
    return made


def entry_of(name: str, places: list[Place]) -> Entry:
    """A name and all of its places as the index has it; `places` is sorted by it."""
    total = len(places)
    if total > 1:
        places.sort()
    kept = places if total <= PLACES else _kept(places)
    shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    cost = _length(shown) + 12 + 20 * len(kept)
    for _, _, _, scope, address in kept:
        if scope:
            cost += _length(scope)
        if address:
            cost += _length(address) + 5
    # Around a path are five bytes, and its rank's digit.
    paths = tuple([(path, _length(path) + 4) for path in ((kept[0][0],) if total == 1 else dict.fromkeys([p[0] for p in kept]))])
    return Entry(shown, total, tuple(kept), kept[0][0][0], fold(name), cost, paths)


def _kept(places: list[Place]) -> list[Place]:
    """The best of each kind in each top folder first, so that filters find what there is."""
    seen: set[tuple[int, str]] = set()
    first, second = list[Place](), list[Place]()
    for place in places:
        what = (place[2], place[0].partition("/")[0][1:])
        if what not in seen:
            seen.add(what)
            first.append(place)
            if len(first) == PLACES:
                return first
        elif len(second) < PLACES:
            second.append(place)
    return sorted([*first, *second][:PLACES])


def files(found: Sequence[Entry], only: Collection[str] | None = None) -> Iterator[Output]:
    """Path, below the site's root, and what gives the bytes of each file of the index.

    Parameters
    ----------
    found : sequence of Entry
        From `entries`.
    only : collection of str, optional
        Cells (`cells_of`): only files that one of them has a part in (`has_part`).
    """
    tables: dict[str, dict[str, Any]] = {}
    buckets: dict[str, list[Cell]] = {}
    for cell in cells(found):
        bucket = cell.name[0]
        tables.setdefault(bucket, {})[cell.name] = cell.table
        if bucket != "~":
            buckets.setdefault(bucket, []).append(cell)
        if only is None or cell.name in only:
            yield from cell.outputs()
    asked = None if only is None else {name[0] for name in only}
    for bucket, table in sorted(tables.items()):
        if asked is None or bucket in asked:
            yield f"search/{bucket}.js", partial(_call, "table", bucket, table)
    for bucket, some in sorted(buckets.items()):
        if asked is None or bucket in asked:
            yield f"search/{bucket}-top.js", partial(_bucket_top, bucket, some, found)
    about = {"kinds": KIND_NAMES, "buckets": "".join(sorted(tables)), "names": len(found)}
    yield "search/index.js", partial(_call, "index", about)


def has_part(path: str, cells: Collection[str]) -> bool:
    """Whether one of some cells has a part in a file of the index.

    Examples
    --------
    >>> [has_part(f"search/{path}.js", {"no"}) for path in ("n/no/0", "n/no/1/400", "n/na/0", "n/na/1/400", "n", "n-top", "index", "m")]
    [True, True, False, False, True, True, True, False]
    """
    parts = path.removeprefix("search/").split("/")
    return parts[1] in cells if len(parts) >= 3 else parts == ["index.js"] or any(parts[0][0] == cell[0] for cell in cells)


def cells(found: Sequence[Entry]) -> Iterator[Cell]:
    """The cells of names that are in the order of `entries`, sorted by name; a name that has no key in a cell does not change it."""
    placed = defaultdict[str, list[tuple[str, int]]](list)
    for number, entry in enumerate(found):
        for key in _keys(entry.name, entry.full):
            start = key[:2]
            placed[start if start in _PLAIN else _cell(key)].append((key, number))
    for name in sorted(placed):
        yield Cell(name, placed.pop(name), found)


def _cell(key: str) -> str:
    """The cell of a key: its first two characters where they are plain letters or digits."""
    if key[0] not in _ASCII:
        return f"~{ord(key[0]) >> 8:02x}"
    return key[:2] if len(key) > 1 and key[1] in _ASCII else key[0] + "_"


class Cell:
    """The names that have a key with the same first two characters.

    Parameters
    ----------
    name : str
        Those characters.
    placed : list of (str, int)
        Each key, and the number in `found` of the name that has it.
    found : sequence of Entry
        Names, the best first.

    Attributes
    ----------
    table : list
        What the reader's side must know of it: where each shard begins, and which top there is for which beginning.
    """

    def __init__(self, name: str, placed: list[tuple[str, int]], found: Sequence[Entry]) -> None:
        placed.sort()
        self.name, self._found = name, found
        keys = [key for key, _ in placed]
        self._numbers = [number for _, number in placed]
        #: Whether each key is the whole name.
        self._is_whole = bytes([key == found[number].full for key, number in placed])
        self._cuts = self._cut()
        tops = self._tops(keys)
        self._ranges = {where: n for n, where in enumerate(sorted(set(tops.values())))}
        self._shortest = {where: prefix for prefix, where in sorted(tops.items(), reverse=True)}
        starts = [_start(keys, a) for a in self._cuts[:-1]]
        self.table = [starts, {prefix: self._ranges[where] for prefix, where in sorted(tops.items())}]

    def outputs(self) -> Iterator[Output]:
        """Path and what gives the bytes of each of its files: shards, then tops."""
        folder = f"{self.name[0]}/{self.name}"
        for n in range(len(self._cuts) - 1):
            yield f"search/{folder}/{_file(n)}.js", partial(self.shard, n)
        for (a, b), n in self._ranges.items():
            yield f"search/{folder}/{_file(n, 'top')}.js", partial(self.top, a, b)

    def shard(self, n: int) -> bytes:
        """The bytes of a shard."""
        numbers = sorted(set(self._numbers[self._cuts[n] : self._cuts[n + 1]]))
        return _script(f"{self.name[0]}/{self.name}/{_file(n)}", numbers, self._found)

    def top(self, a: int, b: int) -> bytes:
        """The bytes of the top of a range of keys."""
        best = _best(*self.names(a, b), self._shortest[a, b], self._found)
        return _script(f"{self.name[0]}/{self.name}/{_file(self._ranges[a, b], 'top')}", best, self._found)

    def names(self, a: int = 0, b: int | None = None) -> tuple[set[int], set[int]]:
        """Of a range of keys, the names that begin with theirs, and all names."""
        numbers = self._numbers[a:b]
        return set(compress(numbers, self._is_whole[a:b])), set(numbers)

    def _cut(self) -> list[int]:
        """Where each shard begins, and where the last ends: none is larger than a shard may be, unless it has one name alone."""
        found, cuts = self._found, [0]
        size, paths, numbers = _FRAME, set[tuple[str, int]](), set[int]()
        for i, number in enumerate(self._numbers):
            if number in numbers:
                continue
            entry = found[number]
            cost = entry.cost
            for path in entry.paths:
                if path not in paths:
                    cost += path[1]
            if size + cost > SHARD_BYTES and numbers:
                cuts.append(i)
                size, paths, numbers = _FRAME, set(), set()
                cost = entry.cost + sum([length for _, length in entry.paths])
            size += cost
            paths.update(entry.paths)
            numbers.add(number)
        cuts.append(len(self._numbers))
        return cuts

    def _tops(self, keys: list[str]) -> dict[str, tuple[int, int]]:
        """Beginnings of two characters or more that span many shards, with the range of keys that have them."""
        found: dict[str, tuple[int, int]] = {}
        seen: set[str] = set()
        for a in self._cuts[1:-1]:
            first = keys[a]
            for n in range(2, _shared(keys[a - 1], first) + 1):
                prefix = first[:n]
                if prefix in seen:
                    continue
                seen.add(prefix)
                start, end = bisect_left(keys, prefix), bisect_left(keys, prefix + _LAST)
                # From the shard that `start` is in to the one that has the last key before `end`.
                if bisect_left(self._cuts, end) - bisect_right(self._cuts, start) + 1 > SPAN:
                    found[prefix] = (start, end)
        return found


def _file(number: int, sort: str = "") -> str:
    """Where a shard or a top of a cell lies below it: no folder has more than 900 entries, however many there are."""
    return f"{number // _IN_FOLDER}/{sort}{number}" if number >= _IN_FOLDER else f"{sort}{number}"


def _length(text: str) -> int:
    """Most bytes of a text within JSON."""
    return len(text) if text.isascii() and "\\" not in text and '"' not in text else 6 * len(text)


def _start(keys: list[str], a: int) -> str:
    """The shortest beginning of a shard's first key that is greater than the last key before it."""
    return keys[a][: _shared(keys[a - 1], keys[a]) + 1] if a else keys[a][:2]


def _shared(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _bucket_top(bucket: str, some: list[Cell], found: Sequence[Entry]) -> bytes:
    """The bytes of the top of a first character, of its cells."""
    begin, every = zip(*[cell.names() for cell in some], strict=True)
    return _script(f"{bucket}-top", _best(set().union(*begin), set().union(*every), bucket, found), found)


def _best(begin: set[int], every: set[int], prefix: str, found: Sequence[Entry]) -> list[int]:
    """Of some names those that a search for `prefix` should show first, as many as a top may have; `begin` are those that begin so."""
    same, longer = list[int](), list[int]()
    for number in sorted(begin):
        (same if found[number].full == prefix else longer).append(number)
    end, rest = list[int](), list[int]()
    # Some of each sort of match come first, for a reader may mean any of them.
    share = TOP_NAMES // 3
    for number in sorted(every - begin):
        if found[number].full.endswith(prefix):
            end.append(number)
        elif len(rest) < TOP_NAMES:
            rest.append(number)
        elif len(end) >= share <= len(longer):
            break
    chosen = [*same[:TOP_NAMES], *longer[:share], *end[:share], *rest[:share], *longer[share:], *end[share:], *rest[share:]]
    size, paths, fitting = _FRAME, set[tuple[str, int]](), list[int]()
    for number in chosen[:TOP_NAMES]:
        entry = found[number]
        size += entry.cost + sum([path[1] for path in entry.paths if path not in paths])
        if size > SHARD_BYTES and fitting:
            break
        paths.update(entry.paths)
        fitting.append(number)
    return sorted(fitting)


def _script(name: str, numbers: list[int], found: Sequence[Entry]) -> bytes:
    """A script that hands names to the reader's side: tables of paths and scopes, then each name with numbers of both."""
    # Each gets the next number when it is first asked for.
    paths, scopes = defaultdict[str, int](count().__next__), defaultdict[str, int](count().__next__)
    names = []
    for number in numbers:
        entry = found[number]
        row: list[Any] = [entry.name, entry.total]
        for path, line, kind, scope, address in entry.places:
            row += (paths[path], line, kind, (scopes[scope], address) if address else scopes[scope])
        names.append(row)
    return _call("shard", name, [list(paths), list(scopes), names])


def _call(function: str, *values: Any) -> bytes:
    """A script that calls a function of the reader's side."""
    return b"gazetteerSearch.%b(%b)\n" % (function.encode(), b",".join(map(_ENCODE, values)))
