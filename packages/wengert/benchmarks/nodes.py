"""W10: building, running and freeing chains of very different length must cost the same per node."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Self

import numpy as np

import wengert as wg

from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, clock, threads

__all__ = ["chains"]

LENGTHS = (100, 10_000, 1_000_000)
PHASES = ("build", "run", "free")
FLAT = 1.5


def _measure(leaf: Any, seed: Any, length: int) -> tuple[float, float, float]:
    leaf.grad = None
    now = clock()
    start = now()
    y = leaf
    for _ in range(length):
        y = -y
    built = now()
    y.backward(seed, retain_graph=True)  # so that freeing finds all that building made
    ran = now()
    del y
    freed = now()
    return (built - start) / length, (ran - built) / length, (freed - ran) / length


class _Collector:
    """Adds up the time that Python's garbage collector takes, wherever it happens to run."""

    def __init__(self) -> None:
        self.seconds = self._start = 0.0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._called)

    def _called(self, phase: str, _: Any) -> None:
        if phase == "start":
            self._start = clock()()
        else:
            self.seconds += clock()() - self._start


def chains(settings: Settings) -> list[Row]:
    """A row for each phase and length, and one for how flat the whole is."""
    start = np.linspace(0.1, 1.0, 8)
    leaves: dict[str, Callable[[], Any]] = {"wengert": lambda: wg.tensor(start, requires_grad=True)}
    if (torch := load("torch")) is not None:
        leaves["torch"] = lambda: torch.tensor(start, requires_grad=True)
    lengths = LENGTHS[:2] if settings.quick else LENGTHS
    timings = {(name, length, phase): Timing() for name in leaves for length in lengths for phase in (*PHASES, "collector")}
    with threads(1):
        for length in lengths:
            made = {name: make() for name, make in leaves.items()}
            rounds = max(3, min(1000, 2_000_000 // length) // (10 if settings.quick else 1))
            gc.collect()
            gc.freeze()  # what the imported libraries hold would make every collection slower
            with _Collector() as collector:
                for _ in range(rounds):
                    for name, leaf in made.items():
                        collector.seconds = 0.0
                        for phase, seconds in zip(PHASES, _measure(leaf, leaf.detach(), length), strict=True):
                            timings[name, length, phase].samples.append(seconds)
                        timings[name, length, "collector"].samples.append(collector.seconds / length)
            gc.unfreeze()
            same_values({name: leaf.grad for name, leaf in made.items()})
    rows = [
        Row(f"W10 {phase}, {length:,} nodes, per node", "ns", {name: timings[name, length, phase] for name in leaves})
        for phase in PHASES
        for length in lengths
    ]
    sums = {(name, length): _sum([timings[name, length, p] for p in PHASES]) for name in leaves for length in lengths}
    rows += [
        Row(f"W10 all, {length:,} nodes, per node", "ns", {name: sums[name, length] for name in leaves}, 0.6)
        for length in lengths
    ]
    for row in rows:
        if row.met is False:
            row.spent = _phases(timings, int(row.title.split()[2].replace(",", "")))
    flat = Row("W10 largest ÷ smallest time per node over the lengths", "times", limit=FLAT)
    for name in leaves:
        medians = [sums[name, length].median for length in lengths]
        flat.cells[name] = Timing([max(medians) / min(medians)])
    if flat.met is False:
        flat.spent = "; ".join(f"{length:,} nodes: {_phases(timings, length)}" for length in lengths)
    return [*rows, flat]


def _sum(parts: list[Timing]) -> Timing:
    return Timing([sum(samples) for samples in zip(*(part.samples for part in parts), strict=True)])


def _phases(timings: dict[tuple[str, int, str], Timing], length: int) -> str:
    own = {phase: timings["wengert", length, phase].median for phase in PHASES}
    total = sum(own.values())
    shares = ", ".join(f"{phase} {seconds / total:.0%} ({seconds * 1e9:.0f} ns)" for phase, seconds in own.items())
    collector = timings["wengert", length, "collector"].median
    return f"{shares}; of it Python's garbage collector {collector / total:.0%} ({collector * 1e9:.0f} ns)"
