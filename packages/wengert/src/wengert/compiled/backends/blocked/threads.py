"""The threads that share the blocks of a group: NumPy releases the interpreter while it computes."""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

__all__ = ["POOL", "Pool", "scratch"]

#: What takes the next block, raising IndexError when there is none; and what runs blocks until then.
Take = Callable[[], int]
Work = Callable[[Take], None]


def _cores() -> int:
    count = getattr(os, "process_cpu_count", None)  # since Python 3.13; it heeds affinity
    if count is not None:
        return count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Threads that live as long as the process, made when they are first needed.

    Attributes
    ----------
    size : int
        On how many threads a group runs, the caller's among them.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._forget = 0

    def run(self, work: Work, blocks: int, many: bool) -> None:
        """Run all the blocks; on several threads if they are `many`.

        The caller's thread takes part, and never waits for a thread that others keep busy. Each of the others runs in a copy of
        the caller's context, which is where NumPy keeps what ``errstate`` says.
        """
        take = deque(range(blocks)).popleft
        helpers = min(self.size, blocks) - 1 if many else 0
        if helpers <= 0:
            work(take)
            return
        executor = self._threads()
        futures = [executor.submit(contextvars.copy_context().run, work, take) for _ in range(helpers)]
        try:
            work(take)
        finally:
            for future in futures:
                if not future.cancel():
                    future.exception()  # wait: its arrays are in use
        for future in futures:
            if not future.cancelled():
                future.result()

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(max(self.size - 1, 1), "wengert")
            return self._executor

    def forget(self) -> None:
        """After a fork the threads are only in the parent."""
        self._lock = threading.Lock()
        self._executor = None


POOL = Pool(_cores())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget)


class _Memory(threading.local):
    """What each thread keeps for the buffers of blocks."""

    bytes: Any = None


_memory = _Memory()


def scratch(size: int) -> Any:
    """`size` bytes of this thread's own memory, which the next call gives out again."""
    if _memory.bytes is None or len(_memory.bytes) < size:
        _memory.bytes = np.empty(size, np.uint8)
    return _memory.bytes
