"""A path of a tree with all that is known of its bytes, which is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import structs

from .classify import Reason
from .discover import Entry
from .model import Counts, FileRecord, Placed, Record, Scan
from .packing import recently, unpacked
from .spool import Spool

__all__ = ["SourceFile"]

#: So many scans that were put aside are held: pages ask several times for that of their file.
_RECENT = 64

_encode = msgspec.msgpack.Encoder().encode
_scan_of = msgspec.msgpack.Decoder(Scan).decode
_lines_of = msgspec.msgpack.Decoder(list[str]).decode


@lru_cache(_RECENT)
def _recent_scan(spool: Spool, place: int) -> Scan:
    return _scan_of(spool.get(place))


class SourceFile:
    """One path with all that is known of its bytes.

    Parameters
    ----------
    entry : Entry
        What lies there.
    read : callable, optional
        Of a file that an earlier build has read, what gives its scan (by ``"scans"`` and hash) and its record (by ``"records"`` and
        key) when they are first asked for.

    Attributes
    ----------
    hash : bytes
        Of its content; empty where that could not be read.
    language : str
        Its name in `gazetteer.lang.table`, or an empty text.
    labels, reasons : tuple
        Its labels, and for each what says that it is right.
    page : bool
        A page that this system or the seed has written: it is labelled, and not read further.
    key : bytes
        Of the record: content, language, versions, macros.
    is_unlucky : bool
        Whether another look at the same file may tell more: it was gone, or its worker was.
    """

    __slots__ = (
        "_defines_place",
        "_place",
        "_read",
        "_record",
        "_scan",
        "_scan_place",
        "_scans",
        "_spool",
        "_words_place",
        "entry",
        "hash",
        "is_unlucky",
        "key",
        "labels",
        "language",
        "page",
        "reasons",
    )

    def __init__(self, entry: Entry, read: Callable[[str, bytes], Any] | None = None) -> None:
        self.entry, self._read = entry, read
        self.hash = self.key = b""
        self.language = ""
        self.labels: tuple[str, ...] = ()
        self.reasons: tuple[Reason, ...] = ()
        self.page = self.is_unlucky = False
        self._spool: Spool | None = None
        self._place = 0
        #: Where the scan, its identifiers and its macros lie, once they are put aside; -1 of what is not, or where there is none.
        self._scans: Spool | None = None
        self._scan_place = self._words_place = self._defines_place = -1
        self._scan: Scan | None = None
        self._record: FileRecord | None = None

    @property
    def path(self) -> str:
        """The path below the root, with ``/``."""
        return self.entry.path

    @property
    def scan(self) -> Scan:
        """The first look at it."""
        if self._scan is None and self._scans is not None and self._scan_place >= 0:
            return _recent_scan(self._scans, self._scan_place)
        if self._scan is None:
            self._scan = self._read("scans", self.hash) if self._read is not None and self.hash else Scan("empty", Counts())
        return self._scan

    @scan.setter
    def scan(self, scan: Scan) -> None:
        self._scan = scan

    @property
    def size(self) -> int:
        """How many bytes it has, as it was read: it may have been emptied since the tree was looked through."""
        was_read = self.scan.counts.bytes or (self.hash and self.scan.content == "empty")
        return self.scan.counts.bytes if was_read else self.entry.size

    @property
    def identifiers(self) -> str:
        """The distinct identifiers of its text, joined by spaces (`gazetteer.model.Scan`)."""
        return self._scans.get(self._words_place).decode() if self._scans is not None else self.scan.identifiers

    @property
    def defines(self) -> list[str]:
        """Its lines with macros (`gazetteer.model.Scan`)."""
        if self._scans is None:
            return self.scan.defines
        return _lines_of(self._scans.get(self._defines_place)) if self._defines_place >= 0 else []

    def put_words_aside(self, spool: Spool) -> None:
        """Hold identifiers and macros no more, which are most of a scan, and are asked for by themselves."""
        scan = self._scan
        if scan is None or self._scans is not None:
            return
        self._words_place = spool.put(scan.identifiers.encode())
        if scan.defines:
            self._defines_place = spool.put(_encode(scan.defines))
        self._scans, self._scan = spool, structs.replace(scan, identifiers="", defines=[])

    def put_scan_aside(self, spool: Spool) -> None:
        """Hold nothing of the scan any more."""
        self.put_words_aside(spool)
        if self._scan is not None:
            self._scan_place, self._scan = spool.put(_encode(self._scan)), None

    @property
    def record(self) -> FileRecord | None:
        """What its language says; None where it is no text."""
        if self._record is None and self._spool is not None:
            return recently(self._spool, self._place).record
        if self._record is None and self._read is not None:
            if self.key:
                self._record = self._read("records", self.key)
            elif self.page:  # documentation of other files: nothing of it is a fact of the tree
                self._record = FileRecord(self.language, self.scan.counts)
        return self._record

    @record.setter
    def record(self, record: FileRecord | None) -> None:
        self._record = record

    @property
    def outline(self) -> Sequence[Placed]:
        """Its symbols, as far as it takes to name them: what other files ask for."""
        if self._record is None and self._spool is not None:
            return recently(self._spool, self._place).outline
        return record.symbols if (record := self.record) is not None else []

    @property
    def head(self) -> Record[Any] | None:
        """Its record, of whose symbols only their number is sure to be known."""
        return recently(self._spool, self._place).head if self._record is None and self._spool is not None else self.record

    def lies_in(self, spool: Spool, place: int) -> None:
        """Read the record, which lies there as `gazetteer.packing` has it, when it is asked for."""
        self._spool, self._place, self._record = spool, place, None

    def pack(self) -> None:
        """Hold a record that lies in a spool no more."""
        if self._spool is not None:
            self._record = None

    def unpack(self, share: Callable[[FileRecord], FileRecord] = lambda record: record) -> bool:
        """Hold the record, as `share` gives it, until `pack`: it will be asked for often and in no order. False if it was held before."""
        if self._record is not None or self._spool is None:
            return False
        self._record = share(unpacked(self._spool.get(self._place)))
        return True

    @property
    def has_record(self) -> bool:
        """Whether its language says something; known without its being read."""
        return self._record is not None or bool(self.key) or self.page

    @property
    def is_read(self) -> bool:
        """Whether its record need not be read from the store any more."""
        return self._record is not None or self._spool is not None or not self.key
