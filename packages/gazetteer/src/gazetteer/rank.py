"""Which files the others lean on: PageRank over edges, with a fixed number of rounds, so that it is the same everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .atlas import Edge

__all__ = ["rank"]

_ROUNDS, _DAMPING = 30, 0.85


def rank(paths: list[str], edges: Iterable[Edge]) -> dict[str, float]:
    """The share of each path; they sum to 1. Links in prose do not count.

    Page, Brin, Motwani, Winograd, "The PageRank Citation Ranking" (1999); files without dependencies share theirs with all.
    """
    if not paths:
        return {}
    number = {path: i for i, path in enumerate(paths)}
    sources: dict[int, list[int]] = defaultdict(list)
    targets = [0] * len(paths)
    for source, target in {(edge.source, edge.target) for edge in edges if edge.kind != "link" and edge.source != edge.target}:
        i, j = number.get(source), number.get(target)
        if i is not None and j is not None:
            sources[j].append(i)
            targets[i] += 1
    # Files on which the same files lean have the same share, which is added up once; the first are those on which none does.
    # What is added up is always added up in the same order, so that not even the last digit depends on anything else.
    alike: dict[tuple[int, ...], int] = {(): 0}
    likes = [alike.setdefault(tuple(sorted(sources[j])) if j in sources else (), len(alike)) for j in range(len(paths))]
    leaned_on = list(alike)
    leaning = [(i, likes[i], count) for i, count in enumerate(targets) if count]
    idle = [likes[i] for i, count in enumerate(targets) if not count]
    share, part = [1 / len(paths)] * len(alike), [0.0] * len(paths)
    for _ in range(_ROUNDS):
        for i, like, count in leaning:
            part[i] = _DAMPING * share[like] / count
        unused = 0.0
        for like in idle:
            unused += share[like]
        least = (1 - _DAMPING + _DAMPING * unused) / len(paths)
        for like, found in enumerate(leaned_on):
            mine = least
            for i in found:
                mine += part[i]
            share[like] = mine
    return {path: share[like] for path, like in zip(paths, likes, strict=True)}
