"""Records as workers send them and the store keeps them: compressed. A build reads them, and what is much else, when it is asked for.

As objects those of all files take a dozen times as much room, and processes that share the memory of a build would each come
to have them for their own: to look at an object is to write to it. What is packed lies in a file (`gazetteer.spool`), so that a tree of
ten times the size does not take ten times the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
import zstandard

from .model import FileRecord, Placed, Record
from .spool import Places, Spool

__all__ = ["Grouped", "Packed", "Unpacked", "packed", "recently", "unpacked"]

T = TypeVar("T")

#: A negative level is fast, and a fifth larger than the best.
_LEVEL = -1
#: Records that are likely to be asked for again: of the page that is being made, and of those that it names symbols of.
_RECENT = 64
#: Of what was asked for last, no more bytes than this are held.
_LITTLE = 100_000

_compressed = zstandard.ZstdCompressor(level=_LEVEL).compress
_whole = zstandard.ZstdDecompressor().decompress
_encode = msgspec.msgpack.Encoder().encode
_record_of = msgspec.msgpack.Decoder(FileRecord).decode
_outline_of = msgspec.msgpack.Decoder(Record[Placed]).decode
_head_of = msgspec.msgpack.Decoder(Record[msgspec.Raw]).decode


def packed(record: FileRecord) -> bytes:
    """A record in little room.

    Examples
    --------
    >>> from gazetteer.model import Counts
    >>> unpacked(packed(FileRecord("c", Counts(lines=3)))).counts.lines
    3
    """
    return _compressed(_encode(record))


def unpacked(value: bytes) -> FileRecord:
    """The record."""
    return _record_of(_whole(value))


class Unpacked:
    """A record that is read only as far as it is asked for.

    Examples
    --------
    >>> from gazetteer.model import Counts, Symbol
    >>> found = Unpacked(packed(FileRecord("c", Counts(lines=3), symbols=[Symbol("function", "f", 2, 3, doc="Adds.")])))
    >>> len(found.head.symbols), found.outline[0].name, found.record.symbols[0].doc
    (1, 'f', 'Adds.')
    """

    def __init__(self, value: bytes) -> None:
        self._value = value

    @cached_property
    def record(self) -> FileRecord:
        """All of it."""
        return unpacked(self._value)

    @cached_property
    def outline(self) -> Sequence[Placed]:
        """Its symbols, as far as others name them: half the work."""
        return self.record.symbols if "record" in self.__dict__ else _outline_of(_whole(self._value)).symbols

    @cached_property
    def head(self) -> Record[Any]:
        """What it says but for its symbols, which are counted alone: a fifth of the work."""
        return self.record if "record" in self.__dict__ else _head_of(_whole(self._value))


@lru_cache(_RECENT)
def recently(spool: Spool, place: int) -> Unpacked:
    """The same of a record that lies in a spool, of which some are kept: whoever makes a page asks again and again."""
    return Unpacked(spool.get(place))


class Packed(MutableMapping[str, T], Generic[T]):
    """Values that are held in little room, and read whenever they are asked for.

    Parameters
    ----------
    of : type
        What they are: plain data.
    spool : Spool, optional
        Where they lie, but for those that processes hold for themselves which may not put them there.
    held : dict or Places, optional
        What another process has put there; to `Places`, what lies in the spool can be added.

    Attributes
    ----------
    held : dict or Places
        By key, the place of a value, or the value compressed; one with a path that is no text, as itself.

    Examples
    --------
    >>> some = Packed(list[int])
    >>> some["a"] = [1, 2]
    >>> some["a"], list(some), "b" in some
    ([1, 2], ['a'], False)
    """

    def __init__(self, of: type[T], spool: Spool | None = None, held: dict[str, Any] | Places | None = None) -> None:
        self._read, self._spool = msgspec.msgpack.Decoder(of).decode, spool
        self.held: Any = held if held is not None else {}
        #: What was asked for last: most that is asked for is asked for again at once.
        self._last: tuple[str, T] | None = None

    def put(self, value: T) -> Any:
        """What a value is held as."""
        try:
            encoded = _encode(value)
        except UnicodeEncodeError:  # a path that is no text
            return value
        return self._spool.put(encoded) if self._spool is not None and self._spool.is_own else _compressed(encoded)

    def get_held(self, held: Any) -> T:
        """The value that `put` was given."""
        return self._read(self._encoded(held)) if isinstance(held, (int, bytes)) else cast("T", held)

    def _encoded(self, held: int | bytes) -> bytes:
        if isinstance(held, bytes):
            return _whole(held)
        assert self._spool is not None
        return self._spool.get(held)

    def __setitem__(self, key: str, value: T) -> None:
        self._last = None
        self.held[key] = self.put(value)

    def __getitem__(self, key: str) -> T:
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        held = self.held[key]
        if not isinstance(held, (int, bytes)):
            return cast("T", held)
        encoded = self._encoded(held)
        value = self._read(encoded)
        self._last = (key, value) if len(encoded) < _LITTLE else None
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or `default`: most paths that pages ask about have nothing, and it takes a while to raise an error."""
        return self[key] if key in self.held else default

    def __delitem__(self, key: str) -> None:
        self._last = None
        del self.held[key]

    def __contains__(self, key: object) -> bool:
        return key in self.held

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


class Grouped(Generic[T]):
    """Values by key, as they come one after the other. Of very many, some at a time are put into a spool.

    Parameters
    ----------
    of : type
        What they are: plain data, but no lists, numbers or bytes.
    spool : Spool
        Where they lie meanwhile.
    most : int
        How many are in memory at once.

    Examples
    --------
    >>> some = Grouped(str, Spool().own(), most=2)
    >>> for value in ("one", "two", "only", "three"):
    ...     some.add(value[0], value)
    >>> list(some.items())
    [('o', ['one', 'only']), ('t', ['two', 'three'])]
    """

    def __init__(self, of: type[T], spool: Spool, most: int = 50_000) -> None:
        self._packed: Packed[list[T]] = Packed(list[of], spool)  # type: ignore[valid-type]
        self._most, self._count = most, 0
        self._some: dict[str, list[T]] = {}
        #: By key, what was put into the spool.
        self._runs: dict[str, list[Any]] = {}

    def add(self, key: str, value: T) -> None:
        """Note a value."""
        some = self._some.get(key)
        if some is None:
            self._some[key] = [value]
        else:
            some.append(value)
        self._count += 1
        if self._count == self._most:
            for other, values in self._some.items():
                self._runs.setdefault(other, []).append(self._packed.put(values))
            self._some, self._count = {}, 0

    def keys(self) -> set[str]:
        """All keys."""
        return self._runs.keys() | self._some.keys()

    def __getitem__(self, key: str) -> list[T]:
        """The values of a key, in the order in which they came."""
        found = [value for run in self._runs.get(key, ()) for value in self._packed.get_held(run)]
        return found + self._some.get(key, [])

    def items(self) -> Iterator[tuple[str, list[T]]]:
        """Keys, sorted, and their values."""
        for key in sorted(self.keys()):
            yield key, self[key]
