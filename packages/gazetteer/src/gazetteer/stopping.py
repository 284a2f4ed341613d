"""Stopping code that takes too long: of Python, by an error; in a library, with its process.

Time is that of the processor, so that a machine that is busy with other things stops no file that an idle one would read.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["FATAL", "NOWHERE", "TookTooLongError", "be_at", "be_expendable", "killed_after", "stopped_after"]

#: What ends a process whose library does not come back.
FATAL = getattr(signal, "SIGVTALRM", None)


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


#: What stands where a process says at which of many things it is, before it has said so.
NOWHERE = b"\xff" * 4

_is_expendable, _place = False, -1


def be_expendable(place: int = -1) -> None:
    """Say that this process is one of those that read for another, which goes on without it.

    The other may give it the descriptor of a file, `place`, to which `be_at` writes.
    """
    global _is_expendable, _place
    _is_expendable, _place = True, place


def be_at(number: int) -> None:
    """Say at which of many things this process is, for who finds it dead."""
    if _place >= 0:
        os.pwrite(_place, number.to_bytes(len(NOWHERE), "little"), 0)


@contextmanager
def killed_after(seconds: float) -> Iterator[None]:
    """End a process that may be spared if the block, which no error can reach, has used so many seconds of the processor.

    A scanner of a grammar may go round and round at the end of a text: it asks for nothing more of it, and for no time.
    """
    if not _is_expendable or FATAL is None:
        yield
        return
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
