"""Reading files of a tree that is not trusted: never through a symbolic link, never outside, never a device, never too much."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_file", "read_sized", "text_of"]


def read_file(root: Path | str, path: str, most: int = -1) -> bytes:
    """The bytes of a regular file below `root`; with `most`, at most one byte more than that.

    Raises
    ------
    OSError
        If it is gone, unreadable, or no regular file any more; if any part of the path is a symbolic link.
    """
    return read_sized(root, path, most)[0]


def read_sized(root: Path | str, path: str, most: int = -1) -> tuple[bytes, int]:
    """The same, and the size of the whole file.

    Raises
    ------
    OSError
        See `read_file`.
    """
    # Folder by folder, so that no link on the way leads outside, not even one that appears meanwhile.
    *folders, name = path.split("/")
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            os.close(directory)
            directory = below
        # Without O_NONBLOCK, a pipe would make us wait for whoever writes to it.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    finally:
        os.close(directory)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "no regular file", path)
        with os.fdopen(file, "rb", closefd=False) as stream:
            content = stream.read() if most < 0 else stream.read(most + 1)
        return content, max(found.st_size, len(content))
    finally:
        os.close(file)


def text_of(content: bytes, encoding: str) -> str:
    r"""Bytes of a file as text, by the encoding that its scan found; what is not in it as escapes.

    Examples
    --------
    >>> text_of(b"caf\xe9", "latin-1"), text_of(b"caf\xe9", "unknown-8bit")
    ('café', 'caf\\xe9')
    """
    known = encoding not in ("", "unknown-8bit", "binary")
    return content.decode(encoding if known else "utf-8", "surrogatepass" if encoding.startswith("utf-16") else "backslashreplace")
