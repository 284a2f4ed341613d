"""Which shard of the keyword index a name is in, and in which order names stand there."""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import get_args

from ..document import Place
from ..model import KINDS, Placed, Role
from ..packing import Grouped
from ..spool import Spool

__all__ = [
    "MANY_PLACES",
    "OTHERS",
    "UNICODE",
    "Sorting",
    "beginnings",
    "by_name",
    "by_path",
    "gathered",
    "in_order",
    "is_wide",
    "letter_of",
    "places_of",
    "shard_among",
    "shard_of",
    "size_of",
]

_WORDS = {(kind, role): kind.replace("_", " ") + ("" if role == "definition" else f", {role}") for kind in KINDS for role in get_args(Role)}

OTHERS, UNICODE = "other", "unicode"
#: Of a name with more places than this, the index of a tree has one for those of the same kind in one folder.
MANY_PLACES = 10
#: With more shards of two characters than this, they have one.
_MOST_SHARDS = 850


@functools.lru_cache(maxsize=65_536)
def shard_of(name: str) -> str:
    """The shard of a name: its first two letters or digits, whatever their case; ``other`` for operators, ``unicode`` for other scripts.

    Examples
    --------
    >>> shard_of("__init__"), shard_of("Node"), shard_of("x"), shard_of("operator+"), shard_of("~"), shard_of("größe"), shard_of("été")
    ('in', 'no', 'x', 'op', 'other', 'gr', 'unicode')
    """
    plain = name.lstrip("_$~@")
    if not plain or not (plain[0].isalnum() or ord(plain[0]) > 127):
        return OTHERS
    if not plain[0].isascii():
        return UNICODE
    return (plain[:2] if plain[1:2].isascii() and plain[1:2].isalnum() else plain[0]).lower()


def letter_of(name: str) -> str:
    """The first character of the shard of a name, as a heading; ``other`` and ``unicode`` are whole.

    Examples
    --------
    >>> letter_of("__init__"), letter_of("x"), letter_of("~"), letter_of("größe"), letter_of("été")
    ('I', 'X', 'other', 'G', 'unicode')
    """
    first = name.lstrip("_$~@")[:1]
    if first.isascii():
        return first.upper() if first.isalnum() else OTHERS
    return UNICODE


def places_of(path: str, symbols: Sequence[Placed], anchors: Sequence[str]) -> list[Place]:
    """Where the symbols of a file that have names are declared, in the order of the text."""
    new, words = tuple.__new__, _WORDS  # a named tuple's own way to make one goes through Python
    return [
        new(Place, (name, words[symbol.kind, symbol.role], path, anchor, symbol.line))
        for symbol, anchor in zip(symbols, anchors, strict=True)
        if (name := symbol.name)
    ]


def by_name(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The places of each name, which keep their order: that of paths, and of the text.

    Names are sorted without regard to case first, so that ``Node`` and ``node`` stand together.
    """
    found = _grouped(places)
    return {name: found[name] for name in _sorted(found)}


def in_order(places: Iterable[Place]) -> list[Place]:
    """The places of each name, one name after the other, as `by_name` has them."""
    return list(chain.from_iterable(by_name(places).values()))


def by_path(places: Iterable[Place]) -> list[Place]:
    """Places in the order of paths; those of one file stay as they are."""
    return sorted(places, key=lambda place: os.fsencode(place[2]))


def gathered(places: Iterable[Place]) -> list[Place]:
    """Places of names, one name after the other; of a name with many, one that counts those of the same kind in one folder.

    Nobody reads a list of the thousands of places that a name like ``__init__`` has; where it stands often tells more.

    Examples
    --------
    >>> some = [Place("run", "method", f"a/{n}.py", "S1", 1) for n in range(12)] + [Place("run", "function", "b/x.py", "S7", 7)]
    >>> [(place.kind, place.path, place.anchor, place.line) for place in gathered(some)]
    [('method', 'a', '', 12), ('function', 'b/x.py', 'S7', 7)]
    >>> gathered(some[:10]) == some[:10]
    True
    """
    found = list[Place]()
    for _, group in groupby(places, itemgetter(0)):
        own = list(group)
        found += own if len(own) <= MANY_PLACES else _by_folder(own)
    return found


def _by_folder(places: Sequence[Place]) -> Iterator[Place]:
    """The places of one name, those of one kind after the other, and of a folder with several of a kind, how many these are."""
    found: dict[str, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place in places:
        found[place.kind][place.path.rpartition("/")[0]].append(place)
    for kind, folders in found.items():
        for folder, some in folders.items():
            yield some[0] if len(some) == 1 else Place(some[0].name, kind, folder, "", len(some))


def size_of(places: Sequence[Place]) -> tuple[int, int]:
    """How many names some places have, and how many they are."""
    return len(set(map(itemgetter(0), places))), len(places)


def _grouped(places: Iterable[Place]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        found[place[0]].append(place)
    return found


def _sorted(names: Iterable[str]) -> list[str]:
    """Names as `by_name` has them; sorted twice, since texts are sorted much faster than pairs of texts."""
    return sorted(sorted(names), key=_folded)


def _folded(name: str) -> str:
    return name.lstrip("_").lower()


def beginnings(shards: Mapping[str, Iterable[Place]]) -> int:
    """How many shards there are as long as they are not wide."""
    if any(len(key) == 2 for key in shards):  # they are not
        return len(shards)
    return len({shard_of(name) for name in {place.name for some in shards.values() for place in some}})


def is_wide(beginnings: int) -> bool:
    """Whether names have so many beginnings that a shard has one character instead of two."""
    return beginnings > _MOST_SHARDS


class Sorting:
    """The places of a tree on their way into shards: they are very many, and so some at a time are sorted out and put aside.

    Examples
    --------
    >>> sorting = Sorting(Spool().own())
    >>> sorting.add([Place("Node", "class", "a.py", "node", 1), Place("add", "function", "a.py", "add", 9)])
    >>> sorting.add([Place("node", "variable", "b.py", "node", 2)])
    >>> [(key, [place.name for place in places]) for key, places in sorting.shards()]
    [('ad', ['add']), ('no', ['Node', 'node'])]
    """

    def __init__(self, spool: Spool) -> None:
        self._places = Grouped(Place, spool)

    def add(self, places: Iterable[Place]) -> None:
        """Sort more places in; they come in the order of paths, and of the text."""
        add = self._places.add
        for place in places:
            add(shard_of(place[0]), place)

    def shards(self) -> Iterator[tuple[str, list[Place]]]:
        """The places of each shard, sorted."""
        keys = self._places.keys()
        narrowed = _narrowed if is_wide(len(keys)) else str
        for shard, parts in groupby(sorted(keys, key=lambda key: (narrowed(key), key)), narrowed):
            yield shard, in_order(chain.from_iterable(map(self._places.__getitem__, parts)))


def shard_among(name: str, beginnings: int) -> str:
    """The shard of a name in an index whose names have so many beginnings."""
    key = shard_of(name)
    return _narrowed(key) if is_wide(beginnings) else key


def _narrowed(key: str) -> str:
    """The shard of one character that a shard of two is a part of."""
    return key if key in (OTHERS, UNICODE) else key[0]
