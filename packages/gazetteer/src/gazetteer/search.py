"""The index of names for the site's search, in files so small that a search loads some thirty kilobytes.

A name is found by each of its *keys*: its letters and digits in lower case from the beginning of any of its parts on
(``PyFunctionTensorPreHook``: ``pyfunctiontensorprehook``, ``functiontensorprehook``, …, ``hook``), and its initials (``pftph``). A
search is a beginning of keys. The keys that share their first two characters are a *cell*; sorted, they are cut into *shards* of at most
`SHARD_BYTES`. A beginning that spans more than `SPAN` shards has a *top* besides: the best of all that it finds. So a search loads the
table of its first character and some shards or one top, and more of them when the reader asks for more.

All files are scripts, for pages that are opened from a disk may not read anything else. The reader's side is ``site/assets/search.js``,
which folds and splits names by the same rules.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from .atlas import qualified, separator
from .compose.book import Book
from .document import PageRef
from .model import KINDS
from .names import printable

__all__ = ["SHARD_BYTES", "Entry", "Place", "entries", "files", "fold", "keys", "parts"]

#: No shard and no top is larger, before compression.
SHARD_BYTES = 16_000
#: Names that a top has, and places that a name has in each shard; how many there are in all is always said.
TOP_NAMES, PLACES = 120, 6
#: A search loads so many shards at once.
SPAN = 2
_LONGEST_NAME, _LONGEST_KEY, _MOST_PARTS = 160, 48, 16

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\da-zA-Z_]+")
_NO_KEY = re.compile(r"[\W_]+")
#: JavaScript compares halves of characters beyond this plane, Python whole ones; so keys have none.
_BEYOND = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]+")
_LAST = "\uffff"
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")

#: Kinds by number, as the files have them.
KIND_NAMES = (*KINDS, "file", "folder")
_NUMBER = {kind: number for number, kind in enumerate(KIND_NAMES)}
_ENCODE = msgspec.json.Encoder().encode


class Place(Struct, frozen=True, order=True):
    """Where a name stands. `rank` is 0 for the file that most depend on; `address` is that of the page where it is not the usual one."""

    rank: int
    path: str
    line: int
    kind: int
    scope: str = ""
    #: Page and anchor, relative to the site's root.
    address: str = ""


class Entry(Struct):
    """A name with its best places; `total` counts all of them."""

    name: str
    total: int
    places: list[Place]
    #: The best rank of its places.
    rank: int
    full: str
    #: Bytes of all but the paths, and each path with its bytes.
    cost: int
    paths: dict[str, int]


def fold(name: str) -> str:
    """Letters and digits of a name in lower case; a name that has none stays as it is.

    Examples
    --------
    >>> fold("compiled_args"), fold("operator+="), fold("~")
    ('compiledargs', 'operator', '~')
    """
    plain = _BEYOND.sub("\ufffd", name).lower()
    return (_NO_KEY.sub("", plain) or plain)[:_LONGEST_KEY]


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
    found = {fold(name)}
    split = parts(name)[:_MOST_PARTS]
    if len(split) > 1:
        rest = fold("".join(parts(name)))
        for part in split[:-1]:
            rest = rest[len(part.lower()) :]
            if len(rest) > 1:
                found.add(rest)
        if len(split) > 2:
            found.add(fold("".join(part[0] for part in split)))
    return sorted(found)


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
    order = sorted(atlas.files, key=lambda path: (-round(atlas.rank.get(path, 0.0), 12), path))
    ranks = {path: min(place.bit_length(), 15) for place, path in enumerate(order)}
    found: dict[str, list[Place]] = {}
    for path, file in atlas.files.items():
        shown, rank = printable(path), ranks[path]
        own = page(PageRef("file", path))
        usual = f"{path}.html"
        odd = own if own != usual or shown != path else ""
        found.setdefault(shown.rpartition("/")[2], []).append(Place(rank, shown, 0, _NUMBER["file"], "", odd))
        if file.record is None:
            continue
        long = ("file", path) in book.parts
        between, symbols = separator(file.language), file.record.symbols
        scopes: dict[int, str] = {-1: ""}
        for symbol, mark in zip(symbols, book.anchors(path), strict=True):
            if not symbol.name:
                continue
            above = symbol.parent
            if above not in scopes:
                scopes[above] = printable(qualified(symbols, above, between))[-_LONGEST_NAME:]
            scope = scopes[above]
            if symbol.scope:
                scope = f"{scope}{between}{printable(symbol.scope)}" if scope else printable(symbol.scope)
            name = printable(symbol.name)
            place_of = page(PageRef("file", path, mark)) if long else own
            address = "" if not odd and place_of == own and mark == f"S{symbol.line}-{name}" else f"{place_of}#{mark}"
            found.setdefault(name, []).append(Place(rank, shown, symbol.line, _NUMBER[symbol.kind], scope, address))
    for path in atlas.folders:
        if path:
            shown = printable(path)
            place = Place(12, shown, 0, _NUMBER["folder"], "", page(PageRef("folder", path)))
            found.setdefault(shown.rpartition("/")[2], []).append(place)
    return sorted((_entry(name, places) for name, places in found.items()), key=lambda e: (e.rank, len(e.name), e.name))


def _entry(name: str, places: list[Place]) -> Entry:
    places.sort()
    kept = places
    if len(places) > PLACES:
        # The best of each kind in each top folder first, so that filters find what there is.
        seen: set[tuple[int, str]] = set()
        first, second = list[Place](), list[Place]()
        for place in places:
            what = (place.kind, place.path.partition("/")[0])
            (second if what in seen else first).append(place)
            seen.add(what)
        kept = sorted([*first, *second][:PLACES])
    shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    cost = _length(shown) + 12 + sum(20 + _length(p.scope) + (_length(p.address) + 5 if p.address else 0) for p in kept)
    return Entry(shown, len(places), kept, kept[0].rank, fold(name), cost, {p.path: _length(p.path) + 5 for p in kept})


def files(found: list[Entry]) -> Iterator[tuple[str, bytes]]:
    """Path, below the site's root, and bytes of each file of the index."""
    cells: dict[str, list[tuple[str, int]]] = {}
    for number, entry in enumerate(found):
        for key in keys(entry.name):
            cells.setdefault(_cell(key), []).append((key, number))
    tables: dict[str, dict[str, Any]] = {}
    whole: dict[str, list[tuple[str, int]]] = {}
    for cell, placed in sorted(cells.items()):
        placed.sort()
        cut = _cut(placed, found)
        bucket = cell[0]
        starts = [_start(placed, a, b) for a, b in cut]
        tops = _tops(placed, cut)
        ranges = {where: n for n, where in enumerate(sorted(set(tops.values())))}
        tables.setdefault(bucket, {})[cell] = [starts, {prefix: ranges[where] for prefix, where in sorted(tops.items())}]
        for n, (a, b) in enumerate(cut):
            yield f"search/{bucket}/{cell}/{n}.js", _script("shard", f"{bucket}/{cell}/{n}", _numbers(placed[a:b]), found)
        shortest = {where: prefix for prefix, where in sorted(tops.items(), reverse=True)}
        for (a, b), n in ranges.items():
            numbers = _best(placed[a:b], shortest[a, b], found)
            yield f"search/{bucket}/{cell}/top{n}.js", _script("shard", f"{bucket}/{cell}/top{n}", numbers, found)
        if bucket != "~":
            whole.setdefault(bucket, []).extend(placed)
    for bucket, cell_table in sorted(tables.items()):
        yield f"search/{bucket}.js", b"gazetteerSearch.table(" + _ENCODE(bucket) + b"," + _ENCODE(cell_table) + b")\n"
    for bucket, placed in sorted(whole.items()):
        yield f"search/{bucket}-top.js", _script("shard", f"{bucket}-top", _best(placed, bucket, found), found)
    about = {"kinds": KIND_NAMES, "buckets": "".join(sorted(tables)), "names": len(found)}
    yield "search/index.js", b"gazetteerSearch.index(" + _ENCODE(about) + b")\n"


def _cell(key: str) -> str:
    """The cell of a key: its first two characters where they are plain letters or digits."""
    if key[0] not in _ASCII:
        return f"~{ord(key[0]) >> 8:02x}"
    return key[:2] if len(key) > 1 and key[1] in _ASCII else key[0] + "_"


def _cut(placed: list[tuple[str, int]], found: list[Entry]) -> list[tuple[int, int]]:
    """Ranges of a cell's keys, each no larger than a shard may be."""
    cut, start, shard = list[tuple[int, int]](), 0, _Size()
    for i, (_, number) in enumerate(placed):
        if not shard.take(number, found[number], SHARD_BYTES):
            cut.append((start, i))
            start, shard = i, _Size()
            shard.take(number, found[number], SHARD_BYTES)
    cut.append((start, len(placed)))
    return cut


class _Size:
    """Bytes of a shard at most, while names are put into it."""

    def __init__(self) -> None:
        self.bytes, self.paths, self.numbers = 100, set[str](), set[int]()

    def take(self, number: int, entry: Entry, most: int) -> bool:
        """Put a name in, unless the shard would be too large then; the first always has its place."""
        if number in self.numbers:
            return True
        cost = entry.cost
        for path, size in entry.paths.items():
            if path not in self.paths:
                cost += size
        if self.numbers and self.bytes + cost > most:
            return False
        self.bytes += cost
        self.paths.update(entry.paths)
        self.numbers.add(number)
        return True


def _length(text: str) -> int:
    """Most bytes of a text within JSON."""
    return len(text) if text.isascii() and "\\" not in text and '"' not in text else 6 * len(text)


def _start(placed: list[tuple[str, int]], a: int, b: int) -> str:
    """The shortest beginning of a shard's first key that is greater than the last key before it."""
    assert b > a
    first = placed[a][0]
    if a == 0:
        return first[:2]
    shared = _shared(placed[a - 1][0], first)
    return first[: shared + 1]


def _shared(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _tops(placed: list[tuple[str, int]], cut: list[tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Beginnings of two characters or more that span many shards, with the range of keys that have them."""
    found: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    for a, _ in cut[1:]:
        first = placed[a][0]
        for n in range(2, _shared(placed[a - 1][0], first) + 1):
            prefix = first[:n]
            if prefix in seen:
                continue
            seen.add(prefix)
            start = bisect_left(placed, (prefix, -1))
            end = bisect_left(placed, (prefix + _LAST, -1))
            if sum(start < b and a < end for a, b in cut) > SPAN:
                found[prefix] = (start, end)
    return found


def _numbers(placed: list[tuple[str, int]]) -> list[int]:
    return sorted({number for _, number in placed})


def _best(placed: list[tuple[str, int]], prefix: str, found: list[Entry]) -> list[int]:
    """The names that a search for `prefix` should show first, as many as a top may have."""
    groups: tuple[list[int], ...] = ([], [], [], [])
    for number in {number for _, number in placed}:
        full = found[number].full
        groups[(0 if full == prefix else 1) if full.startswith(prefix) else 2 if full.endswith(prefix) else 3].append(number)
    # Some of each sort of match come first, for a reader may mean any of them.
    ordered = [heapq.nsmallest(TOP_NAMES, group) for group in groups]
    share = (TOP_NAMES, TOP_NAMES // 3, TOP_NAMES // 3, TOP_NAMES // 3)
    chosen = [n for group, most in zip(ordered, share, strict=True) for n in group[:most]]
    chosen += [n for group, most in zip(ordered, share, strict=True) for n in group[most:]]
    size = _Size()
    for number in chosen[:TOP_NAMES]:
        if not size.take(number, found[number], SHARD_BYTES):
            break
    return sorted(size.numbers)


def _script(call: str, name: str, numbers: list[int], found: list[Entry]) -> bytes:
    """A script that hands names to the reader's side: tables of paths and scopes, then each name with numbers of both."""
    paths: dict[str, int] = {}
    scopes: dict[str, int] = {}
    names = []
    for number in numbers:
        entry = found[number]
        row: list[Any] = [entry.name, entry.total]
        for place in entry.places:
            path = paths.setdefault(f"{place.rank:x}{place.path}", len(paths))
            scope = scopes.setdefault(place.scope, len(scopes))
            row += [path, place.line, place.kind, scope if not place.address else [scope, place.address]]
        names.append(row)
    data = _ENCODE([list(paths), list(scopes), names])
    return b"gazetteerSearch." + call.encode() + b"(" + _ENCODE(name) + b"," + data + b")\n"
