"""Bytes that are many, and are asked for one after the other: in a file instead of in memory, where several processes read them."""

from __future__ import annotations

import os
import struct
from typing import IO, Self

from .quick import cache_folder

__all__ = ["Spool"]

_LENGTH = struct.Struct("<Q")
#: What is read at once; most values are not longer.
_FIRST = 4_096


class Spool:
    """A file without a name, which is gone when nobody has it open any more.

    Processes that are forked read what was put there before, and what another one puts there and tells the place of. Only one of them
    puts anything there: the one that has called `own`.

    Examples
    --------
    >>> spool = Spool().own()
    >>> places = [spool.put(b"one"), spool.put(b"another")]
    >>> [spool.get(place) for place in places]
    [b'one', b'another']
    """

    def __init__(self) -> None:
        self._file, self._end, self._owner = _unnamed(), 0, 0

    def own(self) -> Self:
        """Have this process alone put values here from now on."""
        self._owner = os.getpid()
        return self

    @property
    def is_own(self) -> bool:
        """Whether this process may put values here."""
        return self._owner == os.getpid()

    def put(self, value: bytes) -> int:
        """The place of a value that is put at the end."""
        assert self.is_own
        place, rest = self._end, memoryview(_LENGTH.pack(len(value)) + value)
        while rest:
            try:
                written = os.pwrite(self._file.fileno(), rest, self._end)
            except OSError as error:
                error.filename = cache_folder()  # most often that is full: the user is to know where
                raise
            self._end += written
            rest = rest[written:]
        return place

    def get(self, place: int) -> bytes:
        """The value at a place."""
        file = self._file.fileno()
        found = os.pread(file, _FIRST, place)
        end = _LENGTH.size + _LENGTH.unpack_from(found)[0]
        while len(found) < end:
            more = os.pread(file, end - len(found), place + len(found))
            if not more:
                raise EOFError("a file of what is not held in memory has been cut")
            found += more
        return found[_LENGTH.size : end]


def _unnamed() -> IO[bytes]:
    """An open file without a name, where stores lie; in the system's own folder for such files where none can be made there."""
    folder = cache_folder()
    name = f"{folder}/{os.getpid()}.spool"
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as `cache_folder` gives it
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.unlink(name)  # noqa: PTH108
    except OSError:
        import tempfile  # it takes long to import

        return tempfile.TemporaryFile(buffering=0)
    return os.fdopen(file, "r+b", buffering=0)
