"""Whose turn it is: the calls of a function that is written down, or that writes to tensors from outside, come one by one.

A thread that has the turn of one function does not wait for that of another, which a hook may call: two that wait for each other
would wait for ever. Such a call goes ahead, and is as little protected as if it were run eagerly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..autograd.modes import Modes, current

__all__ = ["Lock", "taking_turns", "turn"]

T = TypeVar("T")

#: A thread may take its turn again within it.
Lock = threading.RLock


@contextmanager
def turn(lock: Any, modes: Modes) -> Iterator[None]:
    """Wait for one's turn, and have it."""
    held = lock.acquire(False) or (not modes.held and lock.acquire())
    modes.held += 1
    try:
        yield
    finally:
        modes.held -= 1
        if held:
            lock.release()


def taking_turns(entry: Callable[[Any, Modes | None], T], lock: Any) -> Callable[[Any, Modes | None], T]:
    """`entry`, each of whose calls waits for its turn."""
    acquire, release = lock.acquire, lock.release

    def in_turn(args: Any, modes: Modes | None) -> T:
        if modes is None:
            modes = current()
        held = acquire(False) or (not modes.held and acquire())
        modes.held += 1
        try:
            return entry(args, modes)
        finally:
            modes.held -= 1
            if held:
                release()

    return in_turn
