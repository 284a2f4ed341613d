"""Making the files of an output in several processes.

The atlas is large, and so it is not sent to workers: processes are forked once it is made, share its memory, and write what they make
into pipes. What comes out is the same as in one process, in the same order.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["apart", "made"]

#: Fewer files than this are not worth a fork.
_WORTH = 400
#: Files in one piece of work. Pieces are dealt in turn, so that a process meets small pages and large ones.
_PIECE = 32
#: Of the path of a file, and of its bytes.
_LENGTHS = struct.Struct("<QQ")

Work = list[tuple[str, Callable[[], bytes]]]


def made(outputs: Iterable[tuple[str, Callable[[], bytes]]], jobs: int) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each output, in order.

    Parameters
    ----------
    outputs : iterable of (path, function)
        As `gazetteer.outputs.outputs` gives them.
    jobs : int
        How many processes make them.
    """
    work = list(outputs)
    if jobs < 2 or len(work) < _WORTH or not hasattr(os, "fork"):
        for path, make in work:
            yield path, make()
        return
    pieces = [work[i : i + _PIECE] for i in range(0, len(work), _PIECE)]
    gc.freeze()  # a collection in a child would write to, and so copy, all that it shares
    sys.stdout.flush()
    sys.stderr.flush()
    children = [_start(pieces[number::jobs]) for number in range(jobs)]
    try:
        for number in range(len(pieces)):
            for _ in pieces[number]:
                yield _received(children[number % jobs][1])
    finally:
        gc.unfreeze()
        for _, stream in children:  # all of them first: a child that still writes ends by that, and a later one holds an earlier one's pipe
            stream.close()
        for pid, _ in children:
            os.waitpid(pid, 0)


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
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.close(reading)
            _limit(memory_mb, seconds)
            with os.fdopen(writing, "wb") as stream:
                stream.write(make())
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's is flushed, committed or unlocked twice
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(pid, 0)
    return content if status == 0 else None


def _limit(memory_mb: int, seconds: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # another system, or a lower limit that is there already
        own = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (own + (memory_mb << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))


def _start(pieces: list[Work]) -> tuple[int, BinaryIO]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading, "rb", buffering=1 << 20)
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb", buffering=1 << 17) as stream:
            for piece in pieces:
                for path, content in piece:
                    _send(stream, os.fsencode(path), content())
        code = 0
    except BrokenPipeError:
        pass
    except BaseException:  # noqa: BLE001 - the parent cannot see it, so it is shown here
        # Not through `sys.stderr`: a thread of the parent may have held its lock when we were forked.
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)  # nothing of the parent's is flushed, committed or unlocked twice


def _send(stream: BinaryIO, name: bytes, content: bytes) -> None:
    """Write both after their lengths, and make no copy of them: some files are very large."""
    stream.write(_LENGTHS.pack(len(name), len(content)))
    stream.write(name)
    stream.write(content)


def _received(stream: BinaryIO) -> tuple[str, bytes]:
    head = stream.read(_LENGTHS.size)
    if len(head) == _LENGTHS.size:
        length, size = _LENGTHS.unpack(head)
        name, content = stream.read(length), stream.read(size)
        if len(name) == length and len(content) == size:
            return os.fsdecode(name), content
    raise RuntimeError("a process that makes pages has ended before its work was done; its error is above")
