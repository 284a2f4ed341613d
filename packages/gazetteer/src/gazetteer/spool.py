"""Bytes that are many, and are asked for one after the other: in a file instead of in memory, where several processes read them."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Mapping
from typing import IO, Self

from .quick import cache_folder

__all__ = ["Places", "Spool"]

#: A place is where a value begins and, in its last bits, how long it is: one number of 64 bits, so that a value is read at once.
_BITS = 28
_LONGEST = (1 << _BITS) - 1
#: No value is at this place.
_NOWHERE = (1 << 64) - 1


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
        """The place of a value that is put at the end.

        Raises
        ------
        ValueError
            If it has more than 256 MiB, or if it would lie behind 64 GiB.
        """
        assert self.is_own
        if len(value) > _LONGEST or self._end >> (64 - _BITS):
            raise ValueError(f"value of {len(value):,} bytes behind {self._end:,} others; expected at most {_LONGEST:,} behind 64 GiB")
        place, rest = self._end << _BITS | len(value), memoryview(value)
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
        file, begin, length = self._file.fileno(), place >> _BITS, place & _LONGEST
        found = os.pread(file, length, begin)
        while len(found) < length:
            more = os.pread(file, length - len(found), begin + len(found))
            if not more:
                raise EOFError("a file of what is not held in memory has been cut")
            found += more
        return found


class Places(Mapping[str, int]):
    """Where the values of some of the files of a tree lie, in one piece of memory.

    As numbers of a dictionary they take ten times the room, and each process that looks at one comes to have all that lie near it
    for its own.

    Parameters
    ----------
    numbers : dict of str to int
        The number of each file: paths that were never looked for are not among them.
    sent : bytes, optional
        What `to_send` gave in another process; without it, nothing lies anywhere yet.

    Examples
    --------
    >>> places = Places({"a": 0, "b": 1, "c": 2})
    >>> places["c"], places["a"] = 7, 5
    >>> dict(places), "b" in places, places.get("b"), len(places)
    ({'a': 5, 'c': 7}, False, None, 2)
    """

    def __init__(self, numbers: dict[str, int], sent: bytes | None = None) -> None:
        self._numbers = numbers
        self._places = array("Q", sent) if sent is not None else array("Q", [_NOWHERE]) * len(numbers)
        if len(self._places) != len(numbers):
            raise ValueError(f"places of {len(self._places):,} files; expected {len(numbers):,}, as many as have a number")

    def to_send(self) -> bytes:
        """All of them, for a process that knows the same numbers."""
        return self._places.tobytes()

    def __setitem__(self, path: str, place: int) -> None:
        self._places[self._numbers[path]] = place

    def __getitem__(self, path: str) -> int:
        place = self._places[self._numbers[path]]
        if place == _NOWHERE:
            raise KeyError(path)
        return place

    def __contains__(self, path: object) -> bool:
        number = self._numbers.get(path)  # type: ignore[call-overload]
        return number is not None and self._places[number] != _NOWHERE

    def __iter__(self) -> Iterator[str]:
        return (path for path, place in zip(self._numbers, self._places, strict=True) if place != _NOWHERE)

    def __len__(self) -> int:
        return len(self._places) - self._places.count(_NOWHERE)


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
