"""The keyword index of a tree, from the one that the last build kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from ..compose.sharding import Sorting, by_path, in_order, is_wide, shard_among, shard_of, size_of
from ..document import Place
from ..kept import Lazy
from ..spool import Spool

__all__ = ["Index", "renewed_index"]


class Index(Struct):
    """The places of each shard, how many names and places these are, and which shards are not as they were."""

    shards: Mapping[str, Sequence[Place]]
    sizes: dict[str, tuple[int, int]]
    #: How many beginnings of two characters names have.
    beginnings: int
    changed: set[str]


def renewed_index(
    known: Mapping[str, Sequence[Place]], sizes: Mapping[str, tuple[int, int]], beginnings: int, before: Mapping[str, Sequence[Place]],
    after: Mapping[str, Sequence[Place]],
) -> Index:  # fmt: skip
    """The index of a tree of which some files are other ones now.

    Parameters
    ----------
    known, sizes, beginnings
        As it was; the places of a shard are read when they are asked for.
    before, after : mapping
        The places that are in each of these files, as they were and as they are.
    """
    had = beginnings
    was, now = _by_shard(before, had), _by_shard(after, had)
    others, sizes = dict[str, list[Place]](), dict(sizes)
    for key in was.keys() | now.keys():
        if was.get(key) == now.get(key):
            continue
        old = known[key] if key in sizes else ()
        rest = [place for place in old if place[2] not in before and place[2] not in after]
        others[key] = new = in_order(by_path([*rest, *now.get(key, ())]))
        beginnings += len(_beginnings(new)) - len(_beginnings(old))
        if new:
            sizes[key] = size_of(new)
        else:
            sizes.pop(key, None)
    if is_wide(beginnings) != is_wide(had):
        return _other_width(known, others, beginnings)
    sizes = {key: sizes[key] for key in sorted(sizes)}
    found: Lazy[Sequence[Place]] = Lazy(sizes, known.get)
    for key in others.keys() & sizes.keys():
        found.put(key, others[key])
    return Index(found, sizes, beginnings, set(others))


def _other_width(known: Mapping[str, Sequence[Place]], others: Mapping[str, list[Place]], beginnings: int) -> Index:
    """The index where shards are to have more names, or fewer, than before: all are made anew."""
    whole = {**known, **others}
    sorting = Sorting(Spool().own())
    sorting.add(by_path(chain.from_iterable(whole.values())))
    found = dict(sorting.shards())
    return Index(found, {key: size_of(some) for key, some in found.items()}, beginnings, whole.keys() | found.keys())


def _by_shard(places: Mapping[str, Sequence[Place]], beginnings: int) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in chain.from_iterable(places[path] for path in sorted(places)):
        found[shard_among(place[0], beginnings)].append(place)
    return dict(found)


def _beginnings(places: Iterable[Place]) -> set[str]:
    return {shard_of(place[0]) for place in places}
