"""Stopping Python code that takes too long.

Time is that of the processor, so that a machine that is busy with other things stops no file that an idle one would read.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["TookTooLongError", "stopped_after"]


class TookTooLongError(BaseException):
    """Raised in code that is to stop. It is no `Exception`, so that what catches errors on the way does not catch it."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise `TookTooLongError` in the block once it has used so many seconds of the processor.

    Where signals cannot be had - in a thread that is not the first, on other systems - nothing stops the block; there, the parse
    has its own limit, and a pool kills workers that are far too late.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL:
        yield
        return

    def stop(_signal: int, _frame: object) -> None:
        raise TookTooLongError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
