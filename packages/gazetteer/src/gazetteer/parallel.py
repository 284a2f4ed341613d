"""Work that several processes share, each with all that this one knows.

The atlas is large, and so it is not sent to workers: processes are forked once it is made and share its memory. This process works too,
and what is to be done is dealt out piece by piece, so that none waits for another's large pieces. A child ends with its parent.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from .errors import BrokenStoreError, OutputError, full, is_full

__all__ = ["MOST_PIECES", "Meanwhile", "apart", "cores", "give_back", "shared"]

#: So many pieces can be dealt out: their numbers have to fit into a pipe, of which some systems have small ones.
MOST_PIECES = 4_000
_NUMBER = struct.Struct("<I")
#: What a child sends before its result, or before the words of an error: one that is the user's to mend, or one of the store.
_DONE, _REFUSED, _BROKEN = b"\0", b"\1", b"\2"

#: Called with the numbers of the pieces that fall to a process, as they are asked for, and with the number of the process, which is 0 for
#: the one that shares its work; gives the result.
Work = Callable[[Iterator[int], int], bytes]


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def give_back() -> None:
    """Give free memory back to the system, where the C library can: each process that is forked would come to have it for itself."""
    import ctypes  # small builds do without it

    with suppress(AttributeError, OSError):  # another library
        ctypes.CDLL(None).malloc_trim(0)


def shared(pieces: int, jobs: int, work: Work) -> list[bytes]:
    """What each of several processes has made of its share of the work; this one is the first of them.

    Parameters
    ----------
    pieces : int
        How many there are, at most `MOST_PIECES`. Every number below is given to one of the processes, in rising order.
    jobs : int
        How many processes work.
    work : callable
        What each does.

    Raises
    ------
    OutputError, BrokenStoreError
        As another process raised it.
    RuntimeError
        If another process ended before its work was done; what it died of is on the error stream.
    """
    jobs = min(jobs, pieces)
    if jobs < 2 or not hasattr(os, "fork"):
        with _uncollected():
            return [work(iter(range(pieces)), 0)]
    sys.stdout.flush()
    sys.stderr.flush()
    give_back()
    dealing = _dealt(pieces)
    children = list[tuple[int, BinaryIO]]()
    try:
        with _uncollected():
            children += [_start(work, dealing, number) for number in range(1, jobs)]
            return [work(_numbers(dealing), 0), *(_received(stream) for _, stream in children)]
    finally:
        for _ in _numbers(dealing):  # where we have failed, the others are to have nothing left to do
            pass
        os.close(dealing)
        for _, stream in children:  # all of them first: a child that still writes ends by that, and a later one holds an earlier one's pipe
            stream.close()
        for pid, _ in children:
            os.waitpid(pid, 0)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without a look for cycles, here and in children: it would write to all that they share, and pages are made without cycles."""
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def _dealt(pieces: int) -> int:
    """A pipe from which the numbers of all pieces can be read: each is read by one process alone."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(map(_NUMBER.pack, range(pieces))))
    os.close(writing)
    return reading


def _numbers(dealing: int) -> Iterator[int]:
    while number := os.read(dealing, _NUMBER.size):
        yield _NUMBER.unpack(number)[0]


def _while_parent_lives(numbers: Iterator[int], parent: int) -> Iterator[int]:
    """Of a build that was killed, no process is to go on writing."""
    for number in numbers:
        if os.getppid() != parent:
            os._exit(1)
        yield number


def apart(make: Callable[[], bytes], memory_mb: int, seconds: int) -> bytes | None:
    """What a function gives in a process of its own that ends with it; None if that process died.

    Parameters
    ----------
    make : callable
        What is called.
    memory_mb : int
        How much more address space it may take than there is already, in MiB.
    seconds : int
        After which it is killed.
    """

    def limited() -> bytes:
        _limit(memory_mb, seconds)
        return make()

    with Meanwhile(limited, is_worth=True) as made:
        return made.get()


class Meanwhile:
    """What a function gives in a process of its own, while this one goes on with something else. Use it as a context manager.

    Parameters
    ----------
    make : callable
        What is called there.
    is_worth : bool
        Whether that is worth a process; otherwise it is not called.
    """

    def __init__(self, make: Callable[[], bytes], is_worth: bool) -> None:
        self._pid = self._reading = -1
        if not is_worth or not hasattr(os, "fork"):
            return
        self._reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(writing)
            return
        code = 1
        try:
            os.close(self._reading)
            with os.fdopen(writing, "wb") as stream:
                stream.write(make())
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's is flushed, committed or unlocked twice

    def get(self) -> bytes | None:
        """It; None where there is no such process, or it failed: whoever asks is to call the function then."""
        if self._pid < 0:
            return None
        with os.fdopen(os.dup(self._reading), "rb", buffering=0) as stream:  # which holds no pieces beside the whole
            found = stream.readall()
        pid, self._pid = self._pid, -1
        return found if os.waitpid(pid, 0)[1] == 0 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reading >= 0:
            os.close(self._reading)  # before it is waited for: a process that still writes ends by that
        if self._pid > 0:
            os.waitpid(self._pid, 0)


def _limit(memory_mb: int, seconds: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # another system, or a lower limit that is there already
        own = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (own + (memory_mb << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))


def _start(work: Work, dealing: int, number: int) -> tuple[int, BinaryIO]:
    parent = os.getpid()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading, "rb")
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as stream:
            try:
                result = _DONE + work(_while_parent_lives(_numbers(dealing), parent), number)
            except OutputError as error:
                result = _REFUSED + str(error).encode("utf-8", "surrogateescape")
            except (BrokenStoreError, sqlite3.DatabaseError) as error:
                result = _BROKEN + str(error).encode("utf-8", "surrogateescape")
            except OSError as error:
                if not is_full(error):
                    raise
                result = _REFUSED + full(error).encode("utf-8", "surrogateescape")
            stream.write(result)
        code = 0
    except BrokenPipeError:
        pass
    except BaseException:  # noqa: BLE001 - the parent cannot see it, so it is shown here
        import traceback  # builds that have nothing to do should not take the time

        # Not through `sys.stderr`: a thread of the parent may have held its lock when we were forked.
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)  # nothing of the parent's is flushed, committed or unlocked twice


def _received(stream: BinaryIO) -> bytes:
    content = stream.read()
    if content[:1] == _DONE:
        return content[1:]
    if content[:1] == _REFUSED:
        raise OutputError(content[1:].decode("utf-8", "surrogateescape"))
    if content[:1] == _BROKEN:
        raise BrokenStoreError(content[1:].decode("utf-8", "surrogateescape"))
    raise RuntimeError("a process that makes pages has ended before its work was done; its error is above")
