r"""Large files of rows, of which a small change makes a few rows new: these are found without reading the others, which are copied.

The rows of ``data/*.jsonl`` stand in the order of the paths that they are facts of.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

import msgspec
from blake3 import blake3

__all__ = ["Piece", "Rows", "Splice", "mapped"]

#: Bytes, or from where to where those of the old file are taken over.
Piece = bytes | tuple[int, int]


#: The path that a row is a fact of: only texts come before it, and a quote in one of these has a backslash before it.
_PATH = re.compile(rb'"path":("(?:[^"\\]|\\.)*")')
_text_of = msgspec.json.Decoder(str).decode


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
            yield self._path(start)

    def _path(self, start: int) -> str:
        """The path of the row that begins there."""
        found = _PATH.search(self.content, start)
        assert found is not None
        return _text_of(found[1])

    def _first(self, start: int, key: bytes, after: bool) -> int:
        """Where the first row begins whose path is not before a key, or is after it."""
        content, end = self.content, len(self.content)
        while start < end:
            middle = max(content.rfind(b"\n", start, (start + end) // 2) + 1, start)
            beyond = content.find(b"\n", middle) + 1
            found = os.fsencode(self._path(middle))
            if found < key or (after and found == key):
                start = beyond
            else:
                end = middle
        return start


class Splice:
    """A file that is written from pieces of another one, by the system, while this process does other things.

    Parameters
    ----------
    old, new : int
        Both files, open; they are closed.
    pieces : sequence
        What the new one is to have.
    """

    def __init__(self, old: int, new: int, pieces: Sequence[Piece]) -> None:
        self._old, self._new, self._pieces = old, new, pieces
        self._digest = blake3()
        self._error: Exception | None = None
        self._thread = Thread(target=self._run)
        self._thread.start()

    def end(self) -> str:
        """Wait for it; gives the hash of the new file. The old one is left open until `close`."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._digest.hexdigest(16)

    def close(self) -> None:
        """Close the old file, in a thread that nobody waits for: if the new one has its place, the system frees all that it had."""
        Thread(target=os.close, args=(self._old,)).start()

    def _run(self) -> None:
        try:
            with mapped(self._old) as content:
                _copy(self._old, self._new, content, self._pieces)
                _hash(self._digest, content, self._pieces)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = error
        finally:
            os.close(self._new)


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
