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
    # What is added up is always added up in the same order, so that not even the last digit depends on anything else.
    leaned_on = [(j, sorted(found)) for j, found in sources.items()]
    leaning = [(i, count) for i, count in enumerate(targets) if count]
    idle = [i for i, count in enumerate(targets) if not count]
    share, part = [1 / len(paths)] * len(paths), [0.0] * len(paths)
    for _ in range(_ROUNDS):
        for i, count in leaning:
            part[i] = _DAMPING * share[i] / count
        unused = 0.0
        for i in idle:
            unused += share[i]
        least = (1 - _DAMPING + _DAMPING * unused) / len(paths)
        share = [least] * len(paths)
        for j, found in leaned_on:
            mine = least
            for i in found:
                mine += part[i]
            share[j] = mine
    return dict(zip(paths, share, strict=True))
