"""Which files the others lean on: PageRank over edges, with a fixed number of rounds, so that it is the same everywhere."""

from __future__ import annotations

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
    targets: list[set[int]] = [set() for _ in paths]
    for edge in edges:
        if edge.kind != "link" and edge.source != edge.target and edge.source in number and edge.target in number:
            targets[number[edge.source]].add(number[edge.target])
    ordered = [sorted(t) for t in targets]
    share = [1 / len(paths)] * len(paths)
    for _ in range(_ROUNDS):
        idle = sum(share[i] for i, t in enumerate(ordered) if not t)
        after = [(1 - _DAMPING + _DAMPING * idle) / len(paths)] * len(paths)
        for i, found in enumerate(ordered):
            for j in found:
                after[j] += _DAMPING * share[i] / len(found)
        share = after
    return dict(zip(paths, share, strict=True))
