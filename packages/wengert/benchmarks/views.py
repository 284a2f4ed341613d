"""Writes in place and views: chains of 50 on 8 elements, where all but the calls themselves is overhead."""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as wg

from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads

__all__ = ["chains"]

ROUNDS = 10


def in_place(leaf: Any) -> Any:
    """Fifty writes to one tensor."""
    y = leaf * 1.0
    for _ in range(ROUNDS):
        y += 0.5
        y *= 0.9
        y.mul_(leaf)
        y.sin_()
        y.sub_(leaf)
    return y


def views(leaf: Any) -> Any:
    """Fifty views, each of the one before it."""
    y = leaf * 1.0
    for _ in range(ROUNDS):
        y = y.reshape((2, 4))
        y = y[:, :]
        y = y.T
        y = y[None]
        y = y.reshape((8,))
    return y


def writes_to_views(leaf: Any) -> Any:
    """Ten writes to parts of one tensor."""
    y = leaf * 1.0
    for i in range(ROUNDS):
        y[i % 7 : i % 7 + 2] *= 0.9
    return y


def chains(settings: Settings) -> list[Row]:
    """Forward and backward of each."""
    x, rows = np.linspace(0.1, 1.0, 8), []
    for program, title in ((in_place, "50 writes in place"), (views, "50 views"), (writes_to_views, "10 writes to views")):
        works: dict[str, Work] = {"wengert": _cycle(program, wg.tensor(x, requires_grad=True))}
        if (torch := load("torch")) is not None:
            works["torch"] = _cycle(program, torch.tensor(x, requires_grad=True))
        same_values({name: work() for name, work in works.items()})
        with threads(1):
            rows.append(Row(f"{title}, 8 float64, forward + backward", "µs", compare(works, settings), 1.0))
    return rows


def _cycle(program: Any, leaf: Any) -> Work:
    def work() -> Any:
        leaf.grad = None
        program(leaf).sum().backward()
        return leaf.grad

    return work
