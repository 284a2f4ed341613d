"""Which files the others lean on: PageRank over edges, with a fixed number of rounds, so that it is the same everywhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from .atlas import Edge

__all__ = ["out_of_order", "rank", "shares"]

_ROUNDS, _DAMPING = 30, 0.85


def rank(paths: list[str], edges: Iterable[Edge]) -> dict[str, float]:
    """The share of each path; they sum to 1. Links in prose do not count.

    Page, Brin, Motwani, Winograd, "The PageRank Citation Ranking" (1999); files without dependencies share theirs with all.
    """
    number = {path: i for i, path in enumerate(paths)}
    named = {(edge.source, edge.target) for edge in edges if edge.kind != "link" and edge.source != edge.target}
    pairs = [(number[source], number[target]) for source, target in named if source in number and target in number]
    return dict(zip(paths, shares(len(paths), pairs), strict=True))


def shares(files: int, pairs: Iterable[tuple[int, int]]) -> list[float]:
    """The share of each of so many files, from pairs of their numbers, each once: the first depends on the second."""
    if not files:
        return []
    sources: dict[int, list[int]] = defaultdict(list)
    targets = [0] * files
    for i, j in pairs:
        sources[j].append(i)
        targets[i] += 1
    # Files on which the same files lean have the same share, which is added up once; the first are those on which none does.
    # What is added up is always added up in the same order, so that not even the last digit depends on anything else.
    alike: dict[tuple[int, ...], int] = {(): 0}
    likes = [alike.setdefault(tuple(sorted(sources[j])) if j in sources else (), len(alike)) for j in range(files)]
    leaned_on = list(alike)
    leaning = [(i, likes[i], count) for i, count in enumerate(targets) if count]
    idle = [likes[i] for i, count in enumerate(targets) if not count]
    share, part = [1 / files] * len(alike), [0.0] * files
    for _ in range(_ROUNDS):
        for i, like, count in leaning:
            part[i] = _DAMPING * share[like] / count
        unused = 0.0
        for like in idle:
            unused += share[like]
        least = (1 - _DAMPING + _DAMPING * unused) / files
        for like, found in enumerate(leaned_on):
            mine = least
            for i in found:
                mine += part[i]
            share[like] = mine
    return [share[like] for like in likes]


def out_of_order(paths: Sequence[str], before: Mapping[str, int]) -> set[str]:
    """The fewest paths without which the others stand in the order in which they stood before.

    Examples
    --------
    >>> sorted(out_of_order(["b", "c", "a", "d"], {"a": 0, "b": 1, "c": 2, "d": 3}))
    ['a']
    """
    # The longest rising sequence: of each length, the least number that one ends with, and before each number the one it follows.
    numbers = [before[path] for path in paths]
    ends, last, follows = list[int](), list[int](), [-1] * len(numbers)
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        follows[at] = last[length - 1] if length else -1
        ends[length : length + 1], last[length : length + 1] = [number], [at]
    at, kept = last[-1] if last else -1, set[int]()
    while at >= 0:
        kept.add(at)
        at = follows[at]
    return {path for at, path in enumerate(paths) if at not in kept}
