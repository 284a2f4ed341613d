"""What the store knows of files: their records, and which have the one that the last build had of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from .cpp.macros import Learned
from .errors import BrokenStoreError
from .lang.table import FAMILY
from .model import Scan
from .packing import unpacked
from .spool import Spool
from .store import Store

if TYPE_CHECKING:
    from .sources import SourceFile

__all__ = ["Known", "otherwise", "read_records", "stored"]

_scan_of = msgspec.msgpack.Decoder(Scan).decode
_DECODERS: dict[str, Callable[[bytes], Any]] = {"scans": _scan_of, "records": unpacked}

_NONE = Learned(frozenset(), frozenset())


class Before(Protocol):
    """What is asked of a file of the last build."""

    path: str
    hash: bytes
    language: str
    key: bytes


class Known:
    """What the last build knew of the files of a tree.

    Parameters
    ----------
    files : iterable of Before
        Those that it left, of the same program and configuration.
    learned : Learned or None
        The macros of the tree, as it had them.
    store : Store
        That has the scans of its files.
    """

    def __init__(self, files: Iterable[Before], learned: Learned | None, store: Store) -> None:
        self._files, self._store, self.learned = {f.path: f for f in files}, store, learned

    def gives_key(self, file: SourceFile, others: set[str]) -> bool:
        """Give a file the key that it had, if it is as it was, and names none of the macros that stand for something else now."""
        old = self._files.get(file.path)
        if old is None or not old.key or (old.hash, old.language) != (file.hash, file.language):
            return False
        if others and not others.isdisjoint(file.identifiers.split(" ")):
            return False
        file.key = old.key
        return True

    def has_same_defines(self, files: list[SourceFile]) -> bool:
        """Whether the ``#define`` lines of a tree are those that it had, wherever they stand."""
        now = {f.path: f for f in files if f.language in FAMILY}
        was = {path: old.hash for path, old in self._files.items() if old.key and old.language in FAMILY}
        come = [file for path, file in now.items() if was.get(path) != file.hash]
        gone = [key for path, key in was.items() if path not in now or now[path].hash != key]
        scans = self._store.decoded("scans", set(gone), _scan_of)
        if not now or not was or any(key not in scans for key in gone):
            return False
        return Counter([d for key in gone for d in scans[key].defines]) == Counter([d for file in come for d in file.defines])


def otherwise(before: Learned | None, now: Learned | None) -> set[str]:
    """Macros that stand for something else than before.

    Examples
    --------
    >>> otherwise(Learned(frozenset(("API",)), frozenset()), Learned(frozenset(("API", "EXPORT")), frozenset()))
    {'EXPORT'}
    """
    if before is now:
        return set()
    found = set[str]()
    for field in [name for name in Learned.__struct_fields__ if name[0] != "_"]:  # each, so that none is forgotten that is added there
        was, is_now = (getattr(learned or _NONE, field) for learned in (before, now))
        if isinstance(was, frozenset):
            found |= was ^ is_now
        else:
            found |= {name for name in was.keys() | is_now.keys() if was.get(name) != is_now.get(name)}
    return found


def stored(store: Store, table: str, key: bytes) -> Any:
    """A scan or a record that the store has."""
    found = store.decoded(table, [key], _DECODERS[table])
    if key not in found:
        raise BrokenStoreError(f"the store has lost a part of {table}")
    return found[key]


def read_records(files: Iterable[SourceFile], store: Store) -> None:
    """Have the records of files that were not read yet; many at once are read faster than each by itself."""
    unread = [f for f in files if not f.is_read]
    keys = {f.key for f in unread}
    if store.remembers:
        known = store.decoded("records", keys, unpacked)
        for file in unread:
            file.record = known.get(file.key)
    else:
        spool = Spool().own()
        places = {key: spool.put(value) for key, value in store.values("records", keys)}
        for file in unread:
            if file.key in places:
                file.lies_in(spool, places[file.key])
    if not all(f.is_read for f in unread):
        raise BrokenStoreError("the store has lost a record")
