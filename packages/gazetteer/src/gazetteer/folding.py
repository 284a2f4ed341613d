"""Records put aside, to be read again one at a time.

Processes that make pages share what their parent knows only as long as none of them looks at it: looking at an object counts its users,
and that copies the memory in which it lies. So what most of the memory holds, and each page needs little of, is written to a file first.
"""

from __future__ import annotations

import functools
import os
import tempfile
import weakref
from collections.abc import Iterable

import msgspec

from .gather import SourceFile
from .model import FileRecord
from .store import ENCODE

__all__ = ["fold"]

#: So many records are in memory at a time: those of the files that pages near each other are about.
_AT_ONCE = 256

_record_of = msgspec.msgpack.Decoder(FileRecord).decode


class _Aside:
    """A file without a name, which is closed when nobody knows of it any more."""

    def __init__(self) -> None:
        self._stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the next line
        weakref.finalize(self, self._stream.close)
        self._size = 0
        self._of = functools.lru_cache(_AT_ONCE)(functools.partial(_read, self._stream.fileno()))

    def put(self, record: FileRecord) -> tuple[int, int]:
        """Write a record; gives the place where it is."""
        value, at = ENCODE(record), self._size
        self._stream.write(value)
        self._size += len(value)
        return at, len(value)

    def flush(self) -> None:
        """Have in the file what was written."""
        self._stream.flush()

    def of(self, at: int, size: int) -> FileRecord:
        """The record at a place."""
        return self._of(at, size)


def _read(file: int, at: int, size: int) -> FileRecord:
    return _record_of(os.pread(file, size, at))  # not from where the last one ended: that is the same place for all processes


def fold(files: Iterable[SourceFile]) -> None:
    """Put the records of files aside: each is read when it is asked for, and may not be changed any more."""
    aside = _Aside()
    for file in files:
        record = file.record
        if record is not None:
            file.fold(functools.partial(aside.of, *aside.put(record)))
    aside.flush()
