"""What builds keep between runs: scans and records by content, and what each path was when it was last looked at (SQLite).

The store is a cache: with or without it, and with any part of it missing, a build gives the same bytes. It lies in the user's cache
folder and never in the tree or in the output. Each value has a hash of itself behind it: one that was damaged is not believed, and the
command begins again with an empty store (`mended`). Where no store can be written, one in memory does, and nothing is kept.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
from blake3 import blake3

from .errors import BrokenStoreError
from .quick import cache_folder
from .unchanged import code_version

T = TypeVar("T")

__all__ = ["STATE", "STORE_VERSION", "Store", "meta_in", "mended", "newest_store", "note_newest", "store_path"]

#: Raised when the tables or the encoding of structs change: an older store is emptied.
STORE_VERSION = 10
#: Under which name what the last build was made of and left (`gazetteer.unchanged.State`) is noted.
STATE = "state"

#: Of a store that is new: most values are longer than the 4 kB that pages have otherwise.
_PAGE = 16_384
_NAMES = ("meta", "stats", "scans", "records", "kept")
#: Values of ``meta`` have megabytes, so its keys are an index of their own: in a table without row numbers, to compare a key with another
#: one is to read what stands behind that.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS stats (path BLOB PRIMARY KEY, size INT, mtime INT, ctime INT, inode INT, seen INT, hash BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scans (hash BLOB PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS records (key BLOB PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""


def store_path(root: Path, out: Path) -> Path:
    """Where the store of a tree and an output lies: below ``GAZETTEER_CACHE_DIR``, else the user's cache folder."""
    name = blake3(os.fsencode(root) + b"\0" + os.fsencode(out)).hexdigest(16)
    return Path(cache_folder()) / f"{name}.sqlite"


def meta_in(path: Path, key: str) -> bytes | None:
    """What is noted under a name in a store to which another build may be writing: it is neither made, begun anew nor waited for."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=0, uri=True)) as connection:
            return _noted(connection, key)
    except (sqlite3.DatabaseError, BrokenStoreError):  # it is not there, locked or broken
        return None


def _noted(connection: sqlite3.Connection, key: str) -> bytes | None:
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return _unsealed(key.encode(), found[0]) if found else None


def note_newest(root: Path, out: Path) -> None:
    """Note that the newest build of a tree is that into `out`, for commands that have no output."""
    place, name = _newest(root), store_path(root, out).name
    try:
        if place.read_text() == name:
            return
    except (OSError, ValueError):
        pass  # there is none yet, or none that can be read
    new = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a cache that cannot be written is none
        new.write_text(name)
        new.replace(place)


def newest_store(root: Path) -> Path | None:
    """The store of the newest build of a tree; None where there is none."""
    place = _newest(root)
    try:
        found = place.with_name(place.read_text())
    except (OSError, ValueError):
        return None
    return found if found.suffix == ".sqlite" and found.is_file() else None


def _newest(root: Path) -> Path:
    return Path(cache_folder()) / f"{blake3(os.fsencode(root)).hexdigest(16)}.newest"


#: Stores that this process has opened, and how often it has begun again without what was in them.
_opened: dict[Path, None] = {}
_begun_again: list[Exception] = []
#: How often it does: with an empty store, then with one in memory.
_MOST = 2
#: Of these faults a store may recover by itself; it stays where it is.
_OUTSIDE = frozenset((
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
))  # fmt: skip


def mended(error: BaseException) -> bool:
    """Whether an error came from a store, and a command that begins again will do without what was in it."""
    if not isinstance(error, sqlite3.DatabaseError | BrokenStoreError) or len(_begun_again) == _MOST:
        return False
    _begun_again.append(error)
    if _is_outside(error):
        _begun_again.extend([error] * (_MOST - len(_begun_again)))
    else:
        for path in _opened:
            _discard(path)
    return True


def _is_outside(error: Exception) -> bool:
    """Whether it is not the store itself that is broken, but no store can be had there."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):  # with what was not yet moved from the one to the other
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink()


def _seal(key: bytes, value: bytes | memoryview) -> bytes:
    """A hash of a value and of its key."""
    return blake3(key + b"\0").update(value).digest(_SEAL)


def _sealed(key: bytes, value: bytes) -> bytes:
    """A value with its seal."""
    return value + _seal(key, value)


def _unsealed(key: bytes, value: object) -> bytes:
    r"""A value without its seal.

    Examples
    --------
    >>> _unsealed(b"a", _sealed(b"a", b"one"))
    b'one'
    >>> _unsealed(b"b", _sealed(b"a", b"one"))
    Traceback (most recent call last):
    gazetteer.errors.BrokenStoreError: a value of the store is not what was put there
    """
    if isinstance(value, bytes) and _seal(key, memoryview(value)[:-_SEAL]) == value[-_SEAL:]:  # values are large, and not copied for this
        return value[:-_SEAL]
    raise BrokenStoreError("a value of the store is not what was put there")


#: More values than these are read from first to last, if they are most of a table: one after the other takes three times as long.
_MANY = 1_000
#: Types of the columns of ``stats``.
_STAT = [bytes, int, int, int, int, int, bytes]
#: Bytes of a seal.
_SEAL = 8


class Store:
    """An open store. Use it as a context manager; it commits when it is left without an error.

    Parameters
    ----------
    path : Path or None
        The file, made where it is not there; None keeps the store in memory.
    memory : dict, optional
        Where a process that builds again and again keeps what it has decoded.

    Attributes
    ----------
    fault : str
        Why nothing is kept; empty where it is.
    """

    def __init__(self, path: Path | None, memory: dict[bytes, Any] | None = None) -> None:
        self._memory, self._process = memory, os.getpid()
        #: Where other processes can read what was committed, while this one has the store for itself.
        self._place: str | None = None
        self._parents: sqlite3.Connection | None = None
        self._at_hand: dict[bytes, bytes] = {}
        self._kept_at_hand: dict[tuple[str, str], bytes] = {}
        #: The program that wrote what is in it: another one starts with an empty store.
        self.code = code_version()
        self.fault = str(_begun_again[-1]) if path is not None and len(_begun_again) == _MOST else ""
        self.connection = self._open(path.absolute() if path is not None and not self.fault else None)

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is None:
            return self._prepared(None)
        for may_discard in (True, False):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                connection = self._prepared(path)
            except (OSError, sqlite3.DatabaseError) as error:
                self.fault = str(error)
                if not may_discard or _is_outside(error):
                    break
                _discard(path)  # a broken cache is an empty one
            else:
                self.fault = ""
                _opened[path] = None
                return connection
        return self._prepared(None)

    def _prepared(self, path: Path | None) -> sqlite3.Connection:
        connection = sqlite3.connect(path.as_uri() if path else ":memory:", timeout=60, isolation_level=None, uri=True)
        connection.execute(f"PRAGMA page_size={_PAGE}")
        connection.execute("PRAGMA synchronous=OFF")
        if connection.execute("PRAGMA page_count").fetchone()[0]:  # what is put into a new one would be written twice, for nobody who reads
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            self._place = path.as_uri() if path is not None and mode == "wal" else None
        connection.executescript(_TABLES)
        version = b"%d " % STORE_VERSION + self.code
        found = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        if found is None or found[0] != version:
            for table in _NAMES:
                connection.execute(f"DROP TABLE {table}")
            connection.executescript(_TABLES)
            connection.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
        return connection

    def learn(self, path: Path) -> None:
        """Take over what another store knows of files, unless it is known already that it knows nothing more.

        This store stays its own: a build may write to the other one meanwhile, and need not wait for us.
        """
        names = (path, path.with_name(f"{path.name}-wal"))
        key = ENCODE([(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in names if f.is_file()])
        if self.meta("learned") == key:
            return
        try:
            self.connection.execute("ATTACH DATABASE ? AS other", (f"{path.absolute().as_uri()}?mode=ro",))
        except sqlite3.DatabaseError:
            return  # a broken cache is an empty one
        try:
            self._learn(key)
        except sqlite3.DatabaseError:
            self.connection.execute("ROLLBACK")
        finally:
            self.connection.execute("DETACH DATABASE other")

    def _learn(self, key: bytes) -> None:
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        same = "SELECT count(*) FROM main.meta a JOIN other.meta b USING (key, value) WHERE key = ?"
        if run(same, ("version",)).fetchone()[0]:
            run("INSERT OR IGNORE INTO main.meta SELECT * FROM other.meta WHERE key = 'file_bytes'")
            if run(same, ("file_bytes",)).fetchone()[0]:
                run("INSERT OR REPLACE INTO main.stats SELECT * FROM other.stats")
                run("INSERT INTO main.scans SELECT * FROM other.scans WHERE hash NOT IN (SELECT hash FROM main.scans)")
            run("INSERT INTO main.records SELECT * FROM other.records WHERE key NOT IN (SELECT key FROM main.records)")
        self.set_meta("learned", key)
        run("COMMIT")

    def __enter__(self) -> Self:
        self.connection.execute("BEGIN IMMEDIATE")
        self._begun = self.connection.total_changes
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.connection.execute("COMMIT" if kind is None else "ROLLBACK")
        self.connection.close()

    def meta(self, key: str) -> bytes | None:
        """What was noted under a name."""
        return _noted(self.connection, key)

    def set_meta(self, key: str, value: bytes) -> None:
        """Note something under a name."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, _sealed(key.encode(), value)))

    def expect(self, key: str, value: bytes, tables: tuple[str, ...]) -> None:
        """Empty tables unless what is noted under a name is `value`; note it."""
        if self.meta(key) != value:
            for table in tables:
                self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            self.set_meta(key, value)

    def stats(self) -> dict[str, tuple[int, int, int, int, int, bytes]]:
        """Of each path: size, times of change of its content and of anything, inode, when it was read (ns), hash of its content."""
        rows = self.connection.execute("SELECT path, size, mtime, ctime, inode, seen, hash FROM stats")
        found = dict[str, tuple[int, int, int, int, int, bytes]]()
        for path, *rest in rows:
            if [type(part) for part in (path, *rest)] != _STAT:
                raise BrokenStoreError("a time of the store is not what was put there")
            found[os.fsdecode(path)] = tuple(rest)
        return found

    def set_stats(self, rows: Iterable[tuple[str, int, int, int, int, int, bytes]]) -> None:
        """Note what paths are now."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO stats VALUES (?, ?, ?, ?, ?, ?, ?)", ((os.fsencode(path), *rest) for path, *rest in rows)
        )

    def forget_stats(self, paths: Iterable[str]) -> None:
        """Forget paths that are gone."""
        self.connection.executemany("DELETE FROM stats WHERE path = ?", ((os.fsencode(p),) for p in paths))

    def values(self, table: str, keys: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Those of the keys of ``scans`` or ``records`` that are there, with their values."""
        column = "hash" if table == "scans" else "key"
        wanted, at_hand = list(keys), self._at_hand
        if at_hand:
            yield from ((key, at_hand[key]) for key in wanted if key in at_hand)
            wanted = [key for key in wanted if key not in at_hand]
        if not wanted:
            return
        self._come_into_own()
        if len(wanted) > _MANY and 2 * len(wanted) > self._rows(table):
            some = set(wanted)
            for key, value in self.connection.execute(f"SELECT {column}, value FROM {table}"):  # noqa: S608
                if key in some:
                    yield key, _unsealed(key, value)
            return
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for key, value in self.connection.execute(f"SELECT {column}, value FROM {table} WHERE {column} IN ({marks})", part):  # noqa: S608
                yield key, _unsealed(key, value)

    @property
    def is_open_to_forks(self) -> bool:
        """Whether a process that is forked now can ask for whatever is in the store: all of it was committed, where others can read it."""
        return self._place is not None and self.connection.total_changes == self._begun

    def _come_into_own(self) -> None:
        """Have a connection of its own in a process that was forked: both would take that of the parent for theirs."""
        if os.getpid() == self._process:
            return
        if not self.is_open_to_forks:
            raise RuntimeError("the store was asked for something that another process did not fetch before it was forked")
        self._parents = self.connection  # it is the parent's to close
        self.connection = sqlite3.connect(f"{self._place}?mode=ro", timeout=60, isolation_level=None, uri=True)
        self._process = os.getpid()

    def _rows(self, table: str) -> int:
        found: int = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        return found

    def decoded(self, table: str, keys: Iterable[bytes], decode: Callable[[bytes], T]) -> dict[bytes, T]:
        """Those of the keys of ``scans`` or ``records`` that are there, with what they mean."""
        if self._memory is None:
            return {key: decode(value) for key, value in self.values(table, keys)}
        memory, wanted = self._memory, set(keys)
        for key, value in self.values(table, sorted(wanted - memory.keys())):
            memory[key] = decode(value)
        return {key: memory[key] for key in wanted & memory.keys()}

    def fetch(self, table: str, keys: Iterable[bytes]) -> None:
        """Have values of ``scans`` or ``records`` at hand: a process that is forked can ask for them, but may not use the connection."""
        memory, at_hand = self._memory or {}, self._at_hand
        at_hand.update(self.values(table, [key for key in keys if key not in memory and key not in at_hand]))

    def fetch_kept(self, kind: str) -> None:
        """Have all pieces of a kind at hand, which is asked for by `kept`."""
        self._kept_at_hand.update(((kind, key), value) for key, value in self.all_kept(kind))

    def let_go(self) -> None:
        """Have nothing at hand that was fetched for an earlier build: it may be another by now."""
        self._at_hand.clear()
        self._kept_at_hand.clear()

    @property
    def remembers(self) -> bool:
        """Whether what is decoded is kept for the next build of this process."""
        return self._memory is not None

    def remembered(self, key: bytes) -> Any:
        """What a process that builds again and again has put under a key; None where there is nothing."""
        return None if self._memory is None else self._memory.get(key)

    def remember(self, key: bytes, value: Any) -> None:
        """Keep an object for the next build of this process, if it builds again and again."""
        if self._memory is not None:
            self._memory[key] = value

    def set_values(self, table: str, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep values of ``scans`` or ``records``."""
        sealed = ((key, _sealed(key, value)) for key, value in rows)
        self.connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", sealed)  # noqa: S608

    def kept(self, kind: str, key: str) -> bytes | None:
        """A piece of the resolved tree, as `set_kept` was given it."""
        if (kind, key) in self._kept_at_hand:
            return self._kept_at_hand[kind, key]
        self._come_into_own()
        found = self.connection.execute("SELECT value FROM kept WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return _unsealed(f"{kind} {key}".encode(), found[0]) if found else None

    def all_kept(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Keys and values of all pieces of a kind."""
        for key, value in self.connection.execute("SELECT key, value FROM kept WHERE kind = ?", (kind,)):
            yield key, _unsealed(f"{kind} {key}".encode(), value)

    def set_kept(self, kind: str, rows: Iterable[tuple[str, bytes]]) -> None:
        """Keep pieces of the resolved tree."""
        sealed = ((kind, key, _sealed(f"{kind} {key}".encode(), value)) for key, value in rows)
        self.connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", sealed)

    def drop_kept(self, kind: str, keys: Iterable[str]) -> None:
        """Forget pieces of the resolved tree."""
        self.connection.executemany("DELETE FROM kept WHERE kind = ? AND key = ?", ((kind, key) for key in keys))

    def count_kept(self, kind: str) -> int:
        """How many pieces of a kind there are."""
        found: int = self.connection.execute("SELECT count(*) FROM kept WHERE kind = ?", (kind,)).fetchone()[0]
        return found

    def clear_kept(self, kind: str = "%") -> None:
        """Forget all pieces of the resolved tree, or of a kind."""
        self.connection.execute("DELETE FROM kept WHERE kind LIKE ?", (kind,))


ENCODE = msgspec.msgpack.Encoder().encode
