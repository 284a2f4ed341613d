"""A thread of one's own for a run: it finds the modes and the context variables that the caller has (rules E8.2, E11.3)."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .modes import Modes, current

__all__ = ["in_fresh_thread", "inherited"]

T = TypeVar("T")


def inherited(run: Callable[[], T]) -> Callable[[], T]:
    """`run` for another thread, where it finds the modes and the context variables of this one."""
    outer, context = current(), contextvars.copy_context()

    def body() -> T:
        inner = current()
        _take_over(inner, outer)
        try:
            return context.run(run)
        finally:
            _take_over(inner, Modes())

    return body


def in_fresh_thread(run: Callable[[], T]) -> T:
    """Call `run` on a new thread that takes over the caller's modes and context variables, and wait for it."""
    outcome: list[Any] = []
    inside = inherited(run)

    def body() -> None:
        try:
            outcome.extend((True, inside()))
        except BaseException as error:  # noqa: BLE001  (handed to the caller's thread, whole)
            outcome.extend((False, error))

    thread = threading.Thread(target=body, name="wengert-nested-backward")
    thread.start()
    thread.join()
    succeeded, value = outcome
    if not succeeded:
        raise value
    return value


#: What is each thread's own: how deep its stack is, and which derivative runs on it.
OWN = ("depth", "wanted")


def _take_over(inner: Modes, outer: Modes) -> None:
    for name in Modes.__slots__:
        if name not in OWN:
            value = getattr(outer, name)
            setattr(inner, name, list(value) if isinstance(value, list) else value)
    inner.refresh()
