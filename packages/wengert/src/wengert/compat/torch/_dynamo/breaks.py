"""Leaving a program for Python."""

from __future__ import annotations

import threading

from ....autograd.modes import current
from .exc import Unsupported
from .utils import counters

__all__ = ["Whole", "graph_break"]


class _Inside(threading.local):
    """Whether this thread is running what was compiled with ``fullgraph=True``; None: nothing that was compiled."""

    whole: bool | None = None


_INSIDE = _Inside()


class Whole:
    """A context in which the thread runs what was compiled with, or without, ``fullgraph=True``."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole

    def __enter__(self) -> None:
        self._before, _INSIDE.whole = _INSIDE.whole, self.whole

    def __exit__(self, *error: object) -> None:
        _INSIDE.whole = self._before


def graph_break(msg: str = "") -> None:
    """Leave the program, and enter it again behind this: nothing, where Python runs anyway.

    Raises
    ------
    Unsupported
        Inside of what was compiled with ``fullgraph=True``.
    AssertionError
        In a compiled backward that has queued a callback: PyTorch runs these at the end of the program, and there are two now.
    """
    if _INSIDE.whole:
        raise Unsupported(f"graph_break: called in what was compiled with fullgraph=True{f': {msg}' if msg else ''}")
    task = current().task
    if _INSIDE.whole is False and task is not None and task.callbacks:
        raise AssertionError(
            "queue_callback: only supported when Compiled Autograd is enabled with fullgraph=True; a callback has been queued, "
            "and graph_break() was called after that"
        )
    if _INSIDE.whole is not None:
        counters["graph_break"][msg or "graph_break"] += 1
