"""Reading files of a tree that is not trusted: never through a symbolic link, never outside, never a device, never too much."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["read_file"]


def read_file(root: Path | str, path: str, most: int = -1) -> bytes:
    """The bytes of a regular file below `root`; with `most`, at most one byte more than that.

    Raises
    ------
    OSError
        If it is gone, unreadable, or no regular file any more; if any part of the path is a symbolic link.
    """
    # Folder by folder, so that no link on the way leads outside, not even one that appears meanwhile.
    *folders, name = path.split("/")
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            os.close(directory)
            directory = below
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    finally:
        os.close(directory)
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{path} is no regular file")
        return stream.read() if most < 0 else stream.read(most + 1)
