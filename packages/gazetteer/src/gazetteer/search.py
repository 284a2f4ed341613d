"""The index of names for the site's search, in files so small that a search loads some thirty kilobytes.

A name is found by each of its *keys*: its letters and digits in lower case from the beginning of any of its parts on
(``PyFunctionTensorPreHook``: ``pyfunctiontensorprehook``, ``functiontensorprehook``, …, ``hook``), and its initials (``pftph``). A
search is a beginning of keys. The keys that share their first two characters are a *cell*; sorted, they are cut into *shards* of at most
`SHARD_BYTES`. A beginning that spans more than `SPAN` shards has a *top* besides: the best of all that it finds. So a search loads the
table of its first character and some shards or one top, and more of them when the reader asks for more.

The files of a cell are made of the names that have a key in it, and of nothing else; those of a first character, of its cells. So the
cells of a name (`cells_of`) say which files may change with it. What a shard says of names is in `gazetteer.search_entries`.

All files are scripts, for pages that are opened from a disk may not read anything else. What they say is compressed, since each name is
in several shards; browsers have what undoes that. The reader's side is ``site/assets/search.js``, which folds and splits
names by the same rules.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress, groupby, islice, product
from operator import eq, itemgetter
from typing import Any, Protocol

import msgspec

from .search_entries import KIND_NAMES, Entry, Rows

__all__ = [
    "SHARD_BYTES", "TOP_NAMES", "Cell", "Found", "Index", "Keys", "Names", "bucket_top", "call", "called", "cell_from", "cell_of", "cells",
    "cells_of", "file_in_cell", "fold", "has_part", "keys", "match_of", "parts", "said_in", "shard",
    "table_of", "tables_in",
]  # fmt: skip

#: No shard and no top is larger, before compression.
SHARD_BYTES = 16_000
#: Names that a top has.
TOP_NAMES = 60
#: A search loads so many shards at once.
SPAN = 2
_LONGEST_KEY, _MOST_PARTS = 48, 16
#: The quickest level of compression: a better one makes the files a tenth smaller, in twice the time.
_LEVEL = 1
#: Shards and tops, each, in one folder.
_IN_FOLDER = 400

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\da-zA-Z_]+")
_NO_KEY = re.compile(r"[\W_]+")
#: JavaScript compares halves of characters beyond this plane, Python whole ones; so keys have none.
_BEYOND = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]+")
_LAST = "\uffff"
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_PLAIN = frozenset(map("".join, product(_ASCII, _ASCII)))

_ENCODE = msgspec.json.Encoder().encode
_arguments_of = msgspec.json.Decoder(list[Any]).decode
_tables_of = msgspec.json.Decoder(dict[str, Any]).decode


class Found(Protocol):
    """Names, the best first, and what is said of each: `gazetteer.search_entries.Entries`."""

    names: list[str]

    def __getitem__(self, number: int, /) -> Entry: ...


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
    return sorted({cell_of(key) for key in _keys(name, fold(name))})


class Index:
    """The files of the index.

    Parameters
    ----------
    found : Found
        All names.

    Attributes
    ----------
    buckets : dict of str to list of str
        The first characters of all cells, with these.
    """

    def __init__(self, found: Found) -> None:
        self._names = Names(found)
        self._placed = self._names.placed()
        self.buckets = {bucket: list(some) for bucket, some in groupby(sorted(self._placed), itemgetter(0))}

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path, below the site's root, and bytes of each of them."""
        for bucket in self.buckets:
            yield from self.bucket(bucket)
        yield self.about()

    def about(self) -> tuple[str, bytes]:
        """The same of the one that says which others there are."""
        about = {"kinds": KIND_NAMES, "buckets": "".join(self.buckets), "names": len(self._names.names)}
        return "search/index.js", call("index", about)

    def bucket(self, bucket: str, known: Mapping[str, Any] | None = None) -> Iterator[tuple[str, bytes]]:
        """The same of those of a first character, each of which is to be asked for once; nothing where no cell has it.

        Parameters
        ----------
        bucket : str
            The character.
        known : mapping of str to Any, optional
            Cells that are as they were, with their tables: their files are left out.
        """
        if bucket not in self.buckets:
            return
        table, known = dict[str, Any](), known or {}
        # The names with a key in them, by number.
        every = {number for name in self.buckets[bucket] for number in self._placed[name].numbers}
        for name in self.buckets[bucket]:
            if name in known:
                table[name] = known[name]
                continue
            cell = Cell(name, self._placed.pop(name), self._names)
            yield from cell.files()
            table[name] = cell.table
        yield f"search/{bucket}.js", table_of(bucket, table)
        if bucket != "~":
            yield f"search/{bucket}-top.js", _bucket_top(bucket, every, self._names)


def has_part(path: str, cells: Collection[str]) -> bool:
    """Whether one of some cells has a part in a file of the index.

    Examples
    --------
    >>> [has_part(f"search/{path}.js", {"no"}) for path in ("n/no/0", "n/no/1/400", "n/na/0", "n/na/1/400", "n", "n-top", "index", "m")]
    [True, True, False, False, True, True, True, False]
    """
    parts = path.removeprefix("search/").split("/")
    return parts[1] in cells if len(parts) >= 3 else parts == ["index.js"] or any(parts[0][0] == cell[0] for cell in cells)


class Keys:
    """The keys of a cell, and of each the number of the name that has it; they are noted in the order of these."""

    __slots__ = ("keys", "numbers")

    def __init__(self) -> None:
        self.keys, self.numbers = list[str](), list[int]()

    def sort(self) -> None:
        """Put them in order, those of equal keys by their numbers. Pairs would take more room, and longer."""
        keys, numbers = self.keys, self.numbers
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.keys, self.numbers = [keys[i] for i in order], [numbers[i] for i in order]


class Names:
    """Names, each of them folded, and what is said of those that were asked for."""

    def __init__(self, found: Found) -> None:
        self.names, self.full = found.names, list(map(fold, found.names))
        self._found = found
        #: What is said of each name; None as long as nobody has asked.
        self.entries: list[Entry | None] = [None] * len(self.names)

    def entry(self, number: int) -> Entry:
        """What is said of a name."""
        entry = self.entries[number]
        if entry is None:
            entry = self.entries[number] = self._found[number]
        return entry

    def placed(self) -> dict[str, Keys]:
        """The keys of each cell."""
        placed = defaultdict[str, Keys](Keys)
        for number, (name, full) in enumerate(zip(self.names, self.full, strict=True)):
            for key in _keys(name, full):
                start = key[:2]
                some = placed[start if start in _PLAIN else cell_of(key)]
                some.keys.append(key)
                some.numbers.append(number)
        return placed


def cells(found: Found) -> Iterator[Cell]:
    """The cells of names, sorted by name; a name that has no key in a cell does not change it."""
    names = Names(found)
    placed = names.placed()
    for name in sorted(placed):
        yield Cell(name, placed.pop(name), names)


def cell_from(name: str, names: Names, starts: Sequence[str] = ()) -> Cell:
    """A cell of some names that all have a key in it; `starts` as `Cell` takes it."""
    placed = Keys()
    for number, (own, full) in enumerate(zip(names.names, names.full, strict=True)):
        for key in _keys(own, full):
            if cell_of(key) == name:
                placed.keys.append(key)
                placed.numbers.append(number)
    return Cell(name, placed, names, starts)


def bucket_top(bucket: str, names: Names) -> bytes:
    """The top of a first character, of all names that have a key with it."""
    return _bucket_top(bucket, set(range(len(names.names))), names)


def _bucket_top(bucket: str, every: set[int], names: Names) -> bytes:
    begin = {number for number in every if cell_of(names.full[number])[0] == bucket}
    return _best_shard(f"{bucket}-top", bucket, begin, every, names)


def match_of(name: str, bucket: str) -> tuple[bool, bool]:
    """Which sort of match a name is for a search for a first character: of each, the best are shown first."""
    full = fold(name)
    if cell_of(full)[0] == bucket:
        return True, full == bucket
    return False, full.endswith(bucket)


def cell_of(key: str) -> str:
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
    placed : Keys
        What names are found by here.
    names : Names
        All names.
    starts : sequence of str, optional
        Where shards begin of which all but the last are known to be as they were: they are not made.
    """

    def __init__(self, name: str, placed: Keys, names: Names, starts: Sequence[str] = ()) -> None:
        placed.sort()
        self.name, self._names = name, names
        self._keys, self._numbers = placed.keys, placed.numbers
        #: Whether each key is the whole name.
        self._is_whole = bytes(map(eq, self._keys, map(names.full.__getitem__, self._numbers)))
        self._shards = list[Rows]()
        known = self._known_cuts(starts)
        self._same = len(known) - 1
        #: Where each shard begins, and where the last ends.
        self._cuts = self._cut(known)
        tops = self._tops(self._keys)
        self._ranges = {where: n for n, where in enumerate(sorted(set(tops.values())))}
        self._shortest = {where: prefix for prefix, where in sorted(tops.items(), reverse=True)}
        #: What the reader's side must know of it: where each shard begins, and which top there is for which beginning.
        self.table = [
            [_start(self._keys, a) for a in self._cuts[:-1]],
            {prefix: self._ranges[where] for prefix, where in sorted(tops.items())},
        ]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of each of its files: shards, then tops."""
        for n, rows in enumerate(self._shards, self._same):
            name = file_in_cell(self.name, n)
            yield f"search/{name}.js", shard(name, rows.text())
        for where, n in self._ranges.items():
            name = file_in_cell(self.name, n, "top")
            yield f"search/{name}.js", _best_shard(name, self._shortest[where], *self._named(where), self._names)

    def _named(self, where: tuple[int, int]) -> tuple[set[int], set[int]]:
        """Of a range of keys, the names that begin with theirs, and all names."""
        numbers = self._numbers[slice(*where)]
        return set(compress(numbers, self._is_whole[slice(*where)])), set(numbers)

    def _known_cuts(self, starts: Sequence[str]) -> list[int]:
        """Where shards begin that are known by the beginnings of their first keys."""
        keys, cuts = self._keys, [0]
        for start in starts[1:]:
            cut = bisect_left(keys, start)
            if keys[cut : cut + 2] == [start, start]:  # it may begin at either
                break
            cuts.append(cut)
        return cuts

    def _cut(self, cuts: list[int]) -> list[int]:
        """Make the shards from the last known cut on: none is larger than a shard may be, unless it has one name alone."""
        entries, entry, rows, inside = self._names.entries, self._names.entry, Rows(SHARD_BYTES), set[int]()
        numbers = self._numbers
        for i in range(cuts[-1], len(numbers)):
            number = numbers[i]
            if number in inside:
                continue
            said = entries[number] or entry(number)
            if not rows.add(said):
                self._shards.append(rows)
                cuts.append(i)
                rows, inside = Rows(SHARD_BYTES), set()
                rows.add(said)
            inside.add(number)
        self._shards.append(rows)
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


def file_in_cell(cell: str, number: int, sort: str = "") -> str:
    """The name of a shard or a top of a cell: no folder has more than 900 entries, however many there are."""
    return f"{cell[0]}/{cell}/" + (f"{number // _IN_FOLDER}/{sort}{number}" if number >= _IN_FOLDER else f"{sort}{number}")


def _start(keys: list[str], a: int) -> str:
    """The shortest beginning of a shard's first key that is greater than the last key before it."""
    return keys[a][: _shared(keys[a - 1], keys[a]) + 1] if a else keys[a][:2]


def _shared(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _best_shard(name: str, prefix: str, begin: set[int], every: set[int], names: Names) -> bytes:
    rows = Rows(SHARD_BYTES)
    for number in _best(begin, every, prefix, names.full):
        if not rows.add(names.entry(number)):
            break
    return shard(name, rows.text())


def _best(begin: set[int], every: set[int], prefix: str, full: list[str]) -> list[int]:
    """Of some names those that a search for `prefix` should show first; `begin` are those that begin so."""
    ordered = sorted(begin)
    same = [number for number in ordered if full[number] == prefix]
    longer = list(islice((number for number in ordered if full[number] != prefix), TOP_NAMES))
    others = sorted(every - begin)
    end = list(islice((number for number in others if full[number].endswith(prefix)), TOP_NAMES))
    rest = list(islice((number for number in others if not full[number].endswith(prefix)), TOP_NAMES))
    # Some of each sort of match come first, for a reader may mean any of them.
    share = TOP_NAMES // 3
    chosen = [*same[:TOP_NAMES], *longer[:share], *end[:share], *rest[:share], *longer[share:], *end[share:], *rest[share:]]
    return chosen[:TOP_NAMES]


def shard(name: str, said: str) -> bytes:
    """A script that hands names to the reader's side; what is said of them is JSON.

    Examples
    --------
    >>> said_in(shard("no", '["node"]'))
    '["node"]'
    """
    return _packed("shard", name, said.encode())


def table_of(bucket: str, table: Mapping[str, Any]) -> bytes:
    """A script that hands the tables of the cells of a first character to it."""
    return _packed("table", bucket, _ENCODE(table))


def tables_in(script: bytes) -> dict[str, Any]:
    """The tables that a script of `table_of` hands over, by cell.

    Examples
    --------
    >>> tables_in(table_of("n", {"no": [[0], {}]}))
    {'no': [[0], {}]}
    """
    return _tables_of(said_in(script))


def _packed(function: str, name: str, said: bytes) -> bytes:
    return call(function, name, b64encode(zlib.compress(said, _LEVEL)).decode())


def said_in(script: bytes) -> str:
    """What a script of `shard` or `table_of` says, in JSON."""
    return zlib.decompress(b64decode(called(script)[1])).decode()


def call(function: str, *values: Any) -> bytes:
    """A script that calls a function of the reader's side."""
    return b"gazetteerSearch.%b(%b)\n" % (function.encode(), b",".join(map(_ENCODE, values)))


def called(script: bytes) -> list[Any]:
    """What a script calls its function with.

    Examples
    --------
    >>> called(call("shard", "no", [1]))
    ['no', [1]]
    """
    found: list[Any] = _arguments_of(b"[%b]" % script[script.index(b"(") + 1 : script.rindex(b")")])
    return found
