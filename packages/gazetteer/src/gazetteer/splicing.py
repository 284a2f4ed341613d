r"""Large files of rows, of which a small change makes a few rows new: these are found without reading the others, which are copied.

The rows of ``data/*.jsonl`` stand in the order of the paths that they are facts of.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

import msgspec
from blake3 import blake3
from msgspec import Struct

__all__ = ["Piece", "Rows", "mapped", "spliced"]

#: Bytes, or from where to where those of the old file are taken over.
Piece = bytes | tuple[int, int]

#: A file that is larger is hashed while it is copied.
_LARGE = 1 << 20


class _Row(Struct):
    path: str


_row_of = msgspec.json.Decoder(_Row).decode


@contextmanager
def mapped(file: int) -> Iterator[bytes | mmap.mmap]:
    """The content of an open file, not read before it is asked for."""
    if not os.fstat(file).st_size:
        yield b""
        return
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as content:
        yield content


class Rows:
    r"""The rows of a file, by the path that they are facts of.

    Examples
    --------
    >>> Rows(b'{"path":"a","n":1}\n{"path":"c","n":2}\n{"path":"c","n":3}\n').of("c")
    (19, 57)
    """

    def __init__(self, content: bytes | mmap.mmap) -> None:
        self.content = content

    def of(self, path: str) -> tuple[int, int]:
        """From where to where the rows of a path stand, or would stand."""
        key = os.fsencode(path)
        start = self._first(0, key, False)
        return start, self._first(start, key, True)

    def naming(self, text: bytes) -> Iterator[str]:
        """The path of each row in which a text stands."""
        content, at = self.content, 0
        while (at := content.find(text, at)) >= 0:
            start = content.rfind(b"\n", 0, at) + 1
            at = content.find(b"\n", at) + 1
            yield _row_of(content[start:at]).path

    def _first(self, start: int, key: bytes, after: bool) -> int:
        """Where the first row begins whose path is not before a key, or is after it."""
        content, end = self.content, len(self.content)
        while start < end:
            middle = max(content.rfind(b"\n", start, (start + end) // 2) + 1, start)
            beyond = content.find(b"\n", middle) + 1
            found = os.fsencode(_row_of(content[middle:beyond]).path)
            if found < key or (after and found == key):
                start = beyond
            else:
                end = middle
        return start


def spliced(old: int, new: int, pieces: Sequence[Piece]) -> str:
    """Write pieces into an open file, and give the hash of all of them."""
    with mapped(old) as content:
        size = sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces)
        found = blake3()
        if size < _LARGE:
            _hash(found, content, pieces)
            _copy(old, new, content, pieces)
        else:
            hashing = Thread(target=_hash, args=(found, content, pieces))  # it runs while the system copies
            hashing.start()
            try:
                _copy(old, new, content, pieces)
            finally:
                hashing.join()
    return found.hexdigest(16)


def _hash(found: blake3, content: bytes | mmap.mmap, pieces: Sequence[Piece]) -> None:
    with memoryview(content) as view:
        for piece in pieces:
            if isinstance(piece, bytes):
                found.update(piece)
            else:
                with view[piece[0] : piece[1]] as part:
                    found.update(part)


def _copy(old: int, new: int, content: bytes | mmap.mmap, pieces: Sequence[Piece]) -> None:
    with memoryview(content) as view:
        for piece in pieces:
            if isinstance(piece, bytes):
                _write(new, memoryview(piece))
            elif sys.platform == "linux":
                _send(old, new, *piece)
            else:
                with view[piece[0] : piece[1]] as part:
                    _write(new, part)


def _write(new: int, left: memoryview) -> None:
    while left:
        left = left[os.write(new, left) :]


def _send(old: int, new: int, at: int, end: int) -> None:
    """Have the system copy from where to where of a file; it takes its pages as they lie in memory."""
    while at < end:
        count = os.sendfile(new, old, at, end - at)
        if not count:
            raise RuntimeError("a file of the output was cut while it was read")
        at += count
