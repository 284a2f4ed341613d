"""Which levels of `vmap` are in force on a thread: they intercept the calls of operators."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator

from ..arrays.batched import Level, escaped
from ..errors import VmapError
from .modes import CREATING, current
from .origins import caller_origin, caller_position

__all__ = ["drawing", "in_force", "outside", "resume"]

_orders = itertools.count(1).__next__


def _enter(level: Level) -> None:
    modes, thread = current(), threading.get_ident()
    with CREATING:
        level.order = level.order or _orders()
        level.threads[thread] = level.threads.get(thread, 0) + 1
    modes.interceptors = (*modes.interceptors, level)
    modes.refresh()


def _leave(level: Level) -> None:
    modes, thread = current(), threading.get_ident()
    with CREATING:
        level.threads[thread] -= 1
        if not level.threads[thread]:
            del level.threads[thread]
        if not level.threads:
            level.order = 0
    modes.interceptors = tuple([one for one in modes.interceptors if one is not level])
    modes.refresh()


@contextlib.contextmanager
def in_force(level: Level, running: bool = False) -> Iterator[Level]:
    """Let `level` intercept operators; `running` says that the function that is mapped is called meanwhile."""
    _enter(level)
    level.running = running
    try:
        yield level
    finally:
        level.running = False
        _leave(level)


def resume(level: Level) -> None:
    """Put `level` in force again until the end of the running backward, which has come to what its `vmap` recorded."""
    if threading.get_ident() in level.threads or level in current().interceptors:  # the latter on a thread that took over
        return
    task = current().task
    if task is None:
        raise escaped("vmap")
    _enter(level)
    task.callbacks.append((lambda: _leave(level), True, caller_position()))


@contextlib.contextmanager
def outside(level: Level) -> Iterator[None]:
    """What is called inside sees tensors as whoever called the `vmap` of `level` does."""
    modes = current()
    stack = modes.interceptors
    if level in stack:
        modes.interceptors = stack[: stack.index(level)]
        modes.refresh()
    try:
        yield
    finally:
        modes.interceptors = stack
        modes.refresh()


def drawing(name: str) -> tuple[Level, ...]:
    """The levels, outermost first, each sample of which gets random numbers of its own from the function `name`.

    Raises
    ------
    VmapError
        If some `vmap` around the call was not told what samples are to have.
    """
    levels = [one for one in current().interceptors if isinstance(one, Level)]
    if any(level.randomness == "error" for level in levels):
        raise VmapError(
            f"{name}: vmap: We do not yet support calling random operations inside of vmap that was not told what they give (at "
            f"{caller_origin()}): say randomness='different' or randomness='same' to vmap, or draw outside of it"
        )
    return tuple(level for level in levels if level.randomness == "different")
