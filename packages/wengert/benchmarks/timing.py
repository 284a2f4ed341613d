"""Interleaved timing: every entrant runs in every round, so that a slow moment of the machine meets all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ONE_THREAD", "Settings", "Timing", "clock", "compare", "threads", "use_processor_time"]

Work = Callable[[], Any]


@dataclass(frozen=True)
class Settings:
    """How long to measure.

    Attributes
    ----------
    quick : bool
        A tenth of the time, and no workloads that need seconds for one call.
    """

    quick: bool = False

    @property
    def seconds(self) -> float:
        """The time for one comparison, of all entrants together."""
        return 0.8 if self.quick else 6.0

    @property
    def rounds(self) -> int:
        return 20 if self.quick else 200


@dataclass
class Timing:
    """What one entrant took, in seconds per call (or bytes, where memory is measured)."""

    samples: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The least disturbed sample."""
        return min(self.samples)

    @property
    def median(self) -> float:
        """The usual sample."""
        return statistics.median(self.samples)

    def __sub__(self, other: Timing) -> Difference:
        return Difference(self.samples, other.samples)

    def __truediv__(self, count: float) -> Timing:
        return Timing([sample / count for sample in self.samples])


#: The environment variables by which NumPy's and PyTorch's thread pools are told their size before they are made.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class _Clock:
    """What time is: as on the wall, or the processor's."""

    read = staticmethod(time.perf_counter)
    busy = False


def use_processor_time() -> None:
    """From now on measure processor time, with one thread: for a machine on which others work."""
    _Clock.read, _Clock.busy = staticmethod(time.process_time), True


def clock() -> Work:
    """The function that tells the time, in seconds."""
    return _Clock.read


def _sample(work: Work, calls: int) -> float:
    now = _Clock.read
    start = now()
    for _ in range(calls):
        work()
    return (now() - start) / calls


def _calls(work: Work, sample_seconds: float) -> int:
    """How many calls make a sample long enough for the clock, after a warm-up."""
    work()
    once = min(_sample(work, 1), _sample(work, 1))
    return max(1, round(sample_seconds / max(once, 1e-9)))


def compare(
    entrants: dict[str, Work],
    settings: Settings,
    *,
    sample_seconds: float = 2e-3,
    seldom: tuple[str, ...] = ("autograd", "mygrad", "jax"),
    pause: float = 0.0,
) -> dict[str, Timing]:
    """Time all `entrants`, one sample of each in every round.

    Parameters
    ----------
    entrants : dict
        What to call, by name.
    settings : Settings
        How long to go on.
    sample_seconds : float
        The length of a sample that is aimed at.
    seldom : tuple of str
        Entrants that take part in every eighth round only: slow ones whose ratio nobody is judged by.
    pause : float
        Seconds of sleep before each sample. Threads of one library's pool spin for a while after their work; the next library
        must not pay for that.

    Notes
    -----
    The garbage collector stays on, as for a user. What the libraries themselves allocated when they were imported is taken out
    of its sight first: it would make a collection slower with every peer that happens to be installed.
    """
    calls = {name: _calls(work, sample_seconds) for name, work in entrants.items()}
    timings = {name: Timing() for name in entrants}
    gc.collect()
    gc.freeze()
    end = time.perf_counter() + settings.seconds
    try:
        for number in range(settings.rounds):
            # Whoever comes second finds other caches than who comes first: take turns.
            order = list(entrants) if number % 2 == 0 else list(reversed(entrants))
            for name in order:
                if name in seldom and number % 8:
                    continue
                if pause:
                    time.sleep(pause)
                timings[name].samples.append(_sample(entrants[name], calls[name]))
            if number >= 4 and time.perf_counter() > end:
                break
    finally:
        gc.unfreeze()
    return timings


@dataclass
class Difference(Timing):
    """What was added to `without`: best minus best, and the median over the rounds of a pair's difference."""

    without: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Noise must not make it negative."""
        return max(min(self.samples) - min(self.without), 1e-12)

    @property
    def median(self) -> float:
        """Of pairs, whose two samples lay next to each other in time."""
        return max(statistics.median(a - b for a, b in zip(self.samples, self.without, strict=True)), 1e-12)

    def __truediv__(self, count: float) -> Difference:
        return Difference([s / count for s in self.samples], [s / count for s in self.without])


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let PyTorch use that many threads, if it is there."""
    try:
        import torch
    except ImportError:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1 if _Clock.busy else count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
