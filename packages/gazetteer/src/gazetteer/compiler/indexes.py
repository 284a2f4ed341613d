"""Which indexes a build takes in: those that the configuration names, in the tree, and those that a command names, anywhere."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3
from msgspec import Struct

from ..config import Config
from ..errors import LimitError, SourceError, UsageError
from ..reading import Folders

__all__ = ["Index", "Indexes", "indexes_of"]

#: So many bytes are hashed at once.
_PART = 1 << 20


class Index(Struct, frozen=True):
    """An index: what pages call it, where it lies, and whether that is a path below the tree."""

    name: str
    place: str
    is_inside: bool = False


class Indexes:
    """The indexes of a tree, in the order in which they were named.

    Parameters
    ----------
    root : Path
        The tree.
    indexes : iterable of Index
        What was named.
    most : int
        An index with more bytes is an error.
    """

    def __init__(self, root: Path, indexes: Iterable[Index], most: int) -> None:
        self.root, self.indexes, self.most = root, tuple(indexes), most

    def __iter__(self) -> Iterator[Index]:
        return iter(self.indexes)

    def __len__(self) -> int:
        return len(self.indexes)

    def places(self) -> list[str]:
        """Where they lie."""
        return [f"{self.root}/{index.place}" if index.is_inside else index.place for index in self.indexes]

    def key(self) -> bytes:
        """A hash of their names and of all that they say; empty where there is none.

        Raises
        ------
        SourceError, LimitError
            If one cannot be read, or is too large.
        """
        if not self.indexes:
            return b""
        found = blake3()
        for index in self.indexes:
            found.update(os.fsencode(index.name) + b"\0")
            one = blake3()
            with self.opened(index) as stream:
                while part := stream.read(_PART):
                    one.update(part)
            found.update(one.digest(20))
        return found.digest(20)

    @contextmanager
    def opened(self, index: Index) -> Iterator[BinaryIO]:
        """The bytes of an index: of one in the tree never through a link.

        Raises
        ------
        SourceError, LimitError
            If it cannot be read, is no regular file, or is too large.
        """
        try:
            with Folders(self.root) as folders:
                file, size = folders.open(index.place) if index.is_inside else _opened(index.place)
            with os.fdopen(file, "rb") as stream:
                if size > self.most:
                    raise LimitError(
                        f"the index {index.name} has {size:,} bytes, more than {self.most:,} ([limits] index_bytes in gazetteer.toml)"
                    )
                yield stream
        except OSError as error:
            how = " ([compiler] scip in gazetteer.toml; links are not followed)" if index.is_inside else " (--scip)"
            raise SourceError(
                f"the index {index.name}{how} cannot be read: {error.strerror or error}; expected an index of SCIP"
            ) from error


def _opened(place: str) -> tuple[int, int]:
    """A regular file that somebody has named, open, and its size; a pipe would make us wait for whoever writes to it."""
    file = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode):
        return file, found.st_size
    os.close(file)
    raise OSError(errno.EINVAL, "no regular file", place)


def indexes_of(root: Path, config: Config, others: Iterable[Path] = ()) -> Indexes:
    """The indexes that a configuration names, then others.

    Pages have no absolute path, so those elsewhere are called by their names alone, with numbers where these are the same.

    Raises
    ------
    UsageError
        If there are any, and protobuf is not installed (extra ``scip``).
    """
    found = [Index(path, path, is_inside=True) for path in dict.fromkeys(config.compiler.scip)]
    for other in others:
        names, number = {index.name for index in found}, 1
        name = plain = os.fsencode(other.name).decode("utf-8", "backslashreplace")
        while name in names:
            number += 1
            name = f"{plain} ({number})"
        found.append(Index(name, os.path.abspath(other)))  # noqa: PTH100 - a text
    if found:
        try:
            import google.protobuf  # noqa: F401
        except ModuleNotFoundError as error:
            raise UsageError(
                f"the index {found[0].name} needs protobuf, which is not installed; expected: pip install 'gazetteer[scip]'"
            ) from error
    return Indexes(root, found, config.limits.index_bytes)
