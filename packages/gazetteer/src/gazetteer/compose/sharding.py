"""Which shard of the keyword index a name is in, and in which order names stand there."""

from __future__ import annotations

from collections import defaultdict

from ..atlas import Atlas

__all__ = ["OTHERS", "UNICODE", "Entry", "order", "shard_of", "shards"]

#: Name, path of the file, index of the symbol there.
Entry = tuple[str, str, int]

OTHERS, UNICODE = "other", "unicode"
#: With more shards of two characters than this, they have one.
_MOST_SHARDS = 850


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


def shards(atlas: Atlas) -> dict[str, list[Entry]]:
    """The entries of each shard, sorted."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for name, refs in atlas.names.items():
        if name:
            found[shard_of(name)] += [(name, ref.path, ref.index) for ref in refs]
    if len(found) > _MOST_SHARDS:
        wide: dict[str, list[Entry]] = defaultdict(list)
        for key, some in found.items():
            wide[key if key in (OTHERS, UNICODE) else key[0]] += some
        found = wide
    return {key: sorted(found[key], key=order) for key in sorted(found)}


def order(entry: Entry) -> tuple[str, str, str, int]:
    """Names without regard to case first, so that ``Node`` and ``node`` stand together."""
    return entry[0].lstrip("_").lower(), *entry
