"""Reading files of a tree that is not trusted: never through a symbolic link, never outside, never a device, never too much."""

from __future__ import annotations

import errno
import os
import resource
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import SourceError

__all__ = ["Folders", "most_open", "read_file", "read_sized", "text_of"]

#: Parts of a path that name nothing in the folder before them.
_ELSEWHERE = frozenset(("", ".", ".."))
#: So many folders are kept open; fewer, but some, where a process may not open many files: what else it has open takes so many.
_MOST_OPEN, _LEAST_OPEN, _OTHERS = 64, 4, 40


def read_file(root: Path | str, path: str, most: int = -1) -> bytes:
    """The bytes of a regular file below `root`; with `most`, at most one byte more than that.

    Raises
    ------
    OSError
        If it is gone, unreadable, or no regular file any more; if any part of the path is a symbolic link.
    SourceError
        If this process may not open more files.
    """
    return read_sized(root, path, most)[0]


def read_sized(root: Path | str, path: str, most: int = -1) -> tuple[bytes, int]:
    """The same, and the size of the whole file.

    Raises
    ------
    OSError
        See `read_file`.
    """
    with Folders(root) as folders:
        return folders.read(path, most)


def most_open() -> int:
    """How many folders a process may keep open."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST_OPEN if most < 0 else max(min(_MOST_OPEN, most - _OTHERS), _LEAST_OPEN)


def text_of(content: bytes, encoding: str) -> str:
    r"""Bytes of a file as text, by the encoding that its scan found; what is not in it as escapes.

    Examples
    --------
    >>> text_of(b"caf\xe9", "latin-1"), text_of(b"caf\xe9", "unknown-8bit")
    ('café', 'caf\\xe9')
    """
    known = encoding not in ("", "unknown-8bit", "binary")
    errors = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "backslashreplace"
    return content.decode(encoding if known else "utf-8", errors)


class Folders:
    """The folders of a tree, each opened once for all files in it that are read. Use it as a context manager."""

    def __init__(self, root: Path | str) -> None:
        self._root = root
        self._open: dict[str, int] = {}
        self._most_open = most_open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def read(self, path: str, most: int = -1) -> tuple[bytes, int]:
        """The bytes of a file, at most one more than `most`, and the size of the whole file.

        Raises
        ------
        OSError
            See `read_file`.
        """
        file, size = self.open(path)
        try:
            content = _whole(file, size, most)
            return content, max(size, len(content))
        finally:
            os.close(file)

    def open(self, path: str) -> tuple[int, int]:
        """A regular file, open, and its size; whoever asks for it closes it.

        Raises
        ------
        OSError
            See `read_file`.
        """
        folder, _, name = path.rpartition("/")
        if name in _ELSEWHERE:
            raise OSError(errno.EINVAL, "no path below a tree", path)
        # Without O_NONBLOCK, a pipe would make us wait for whoever writes to it.
        file = self._opened(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, self._folder(folder))
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode):
            return file, found.st_size
        os.close(file)
        raise OSError(errno.EINVAL, "no regular file", path)

    def _folder(self, path: str) -> int:
        """A folder that is open. It is reached folder by folder, so that no link on the way leads outside, even if it appears meanwhile."""
        if path in self._open:
            return self._open[path]
        if not path:
            return self._keep("", self._opened(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        opened, done = self._folder(""), ""
        for name in path.split("/"):
            if name in _ELSEWHERE:
                raise OSError(errno.EINVAL, "no path below a tree", path)
            done = f"{done}/{name}" if done else name
            below = self._open.get(done)
            if below is None:
                below = self._keep(done, self._opened(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, opened))
            opened = below
        return opened

    def _opened(self, path: Path | str, flags: int, folder: int | None = None) -> int:
        try:
            return os.open(path, flags, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # nothing is wrong with this file, and pages are not to say so
                raise SourceError(f"source {self._root} cannot be read: {error.strerror}") from error
            raise

    def _keep(self, path: str, opened: int) -> int:
        """Keep a folder open, and not more of them than a process may."""
        self._open[path] = opened
        if len(self._open) > self._most_open:
            os.close(self._open.pop(next(iter(self._open))))
        return opened


def _whole(file: int, size: int, most: int) -> bytes:
    """What can be read from a file, at most one byte more than `most`."""
    wanted = size + 1 if most < 0 else min(size, most) + 1
    content = os.read(file, wanted)
    if len(content) == size or (0 <= most < len(content)):
        return content
    parts = [content]  # it has grown or shrunk, or is one of those that do not say their size
    left = most + 1 - len(content) if most >= 0 else -1
    while left and (part := os.read(file, min(left, 1 << 20) if left > 0 else 1 << 20)):
        parts.append(part)
        left -= len(part) if left > 0 else 0
    return b"".join(parts)
