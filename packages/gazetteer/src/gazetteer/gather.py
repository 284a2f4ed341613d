"""From entries of a tree to records: scan, choose languages, learn macros, extract. Each stage asks the store first.

The work on one file is a pure function of its bytes and of options, so it runs on any `concurrent.futures.Executor`: none, a pool of
processes, or Dask's. The order in which results come back does not matter to what is made of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3
from msgspec import Struct

from .classify import Labels, Reason, languages, pages
from .config import Config, Limits
from .cpp.macros import Learned, learn_from
from .discover import Entry
from .extract import EXTRACTOR_VERSION, ExtractOptions, extract, prepare, scan
from .known import Known, otherwise, stored
from .lang.table import FAMILY, version_of
from .model import Counts, FileRecord, Note, Scan
from .packing import packed, unpacked
from .parallel import apart
from .reading import Folders, read_file
from .sharing import Sharing
from .sources import SourceFile
from .spool import Spool
from .stopping import TookTooLongError, be_at, be_expendable, stopped_after
from .store import ENCODE, Store
from .unchanged import is_racy

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .spread import Lost

__all__ = [
    "Gathered", "SourceFile", "attributes_of", "gather", "had_no_luck", "is_unlucky", "key_of", "learned_in", "options_of",
    "records_apart",
]  # fmt: skip

#: Batches that go to a worker hold so many bytes at least, or so many files at most; the last ones are smaller, down to a part of that.
_BATCH_BYTES, _BATCH_FILES, _SMALLEST = 1_500_000, 200, 8
#: A batch is at most such a part of what is left, so that no worker is busy for long when the others have nothing to do.
_OF_THE_REST = 12
#: So many values are put into the store at once.
_KEPT_AT_ONCE = 500
#: Notes on records that are not kept: the next build may have more luck.
_UNLUCKY = frozenset(("vanished", "worker-died", "timeout", "failed"))

_scan_of = msgspec.msgpack.Decoder(Scan).decode
_counts_of = msgspec.msgpack.Decoder(Counts).decode
_options_of = msgspec.msgpack.Decoder(ExtractOptions).decode

#: Path, hash, language, encoded counts and options: plain data, since it goes to other processes.
ExtractWork = tuple[str, bytes, str, bytes, bytes]


class Gathered(Struct):
    """All files, sorted by path, and how many of them were read anew."""

    files: list[SourceFile]
    scanned: int = 0
    extracted: int = 0
    #: The macros of the tree, where it has files of C and its kin.
    learned: Learned | None = None

    def defines(self) -> Iterator[tuple[str, list[str]]]:
        """The files that these come from, and what each defines."""
        for file in self.files:
            if file.language in FAMILY and not file.page and (lines := file.defines):
                yield file.path, lines


def gather(
    root: Path, entries: Sequence[Entry], config: Config, store: Store, executor: Executor | None = None,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _of: None, known: Known | None = None,
) -> Gathered:  # fmt: skip
    """Records of all entries.

    Parameters
    ----------
    root : Path
        The tree.
    entries : sequence of Entry
        From `discover`.
    config : Config
        Limits, labels, macros.
    store : Store
        What earlier builds know; what is new is put there.
    executor : Executor, optional
        Where files are read; here, one after the other, without one.
    progress : callable
        Called with the name of a stage, how many files are done and how many there are.
    known : Known, optional
        What the last build of the same configuration knew: records of files that are as they were are read when they are asked for.
    """
    read = partial(stored, store) if known is not None else None
    files = [SourceFile(entry, read) for entry in entries]
    regular = [f for f in files if f.entry.kind == "file"]
    spool = Spool().own() if not store.remembers else None
    scanned, keep_stats = _scan_all(root, regular, config, store, executor, progress, spool)
    for file in files:
        if file.entry.kind == "unreadable":
            file.scan = Scan("unreadable", Counts(bytes=file.entry.size), notes=[Note("unreadable", file.entry.why or "permission denied")])
    found = languages({f.path: f.scan for f in regular})
    own = pages({f.path: f.scan for f in regular})
    labels = Labels(config, attributes_of(root, regular), own)
    labelled = dict[tuple[Reason, ...], tuple[str, ...]]()
    for file in regular:
        file.language, file.reasons, file.page = found[file.path], labels.reasons(file.path, file.scan), file.path in own
        file.labels = labelled.setdefault(file.reasons, tuple(reason.label for reason in file.reasons))

    def at_last() -> None:
        keep_stats()
        if spool is not None:
            for file in regular:
                file.put_scan_aside(spool)

    extracted, learned = _extract_all(root, regular, config, store, executor, progress, known, at_last)
    return Gathered(files, scanned, extracted, learned)


def is_unlucky(file: SourceFile) -> bool:
    """Whether another look at the same file may tell more: it was gone, or its worker was."""
    return file.entry.kind == "file" and (not file.hash or file.is_unlucky)


def had_no_luck(record: FileRecord) -> bool:
    """Whether a record says so: the next build is not to take it over."""
    return any(note.code in _UNLUCKY for note in record.notes)


def _times(entry: Entry) -> tuple[int, int, int, int]:
    return entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode


def _scan_all(
    root: Path, files: list[SourceFile], config: Config, store: Store, executor: Executor | None, progress: Callable[..., None],
    spool: Spool | None,
) -> tuple[int, Callable[[], None]]:  # fmt: skip
    """Take the first look at files; gives how many were read for it, and what notes in the store as which.

    Most of what it says is put into a spool, where there is one: of all files at once it takes much room.
    """
    from .spread import spread  # small changes do without it

    # What a scan says of a file depends on how much of it is read.
    store.expect("file_bytes", str(config.limits.file_bytes).encode(), ("stats", "scans"))
    known, unknown = store.stats(), list[SourceFile]()
    gone = known.keys() - {f.path for f in files}
    alike = dict[bytes, list[SourceFile]]()
    for file in files:
        entry, before = file.entry, known.get(file.path)
        if before is not None and before[:4] == _times(entry) and not is_racy(entry, before[4]):
            alike.setdefault(before[5], []).append(file)
        else:
            unknown.append(file)

    def take(file: SourceFile, key: bytes, scan: Scan) -> None:
        file.hash, file.scan = key, scan
        if spool is not None:
            file.put_words_aside(spool)

    for key, found in _stored_scans(store, alike):
        for file in alike.pop(key):
            take(file, key, found)
    for some in alike.values():
        unknown += some
    by_path, most = {f.path: f for f in unknown}, config.limits.file_bytes
    now, made = time.time_ns(), dict[bytes, bytes]()
    batches = [[f.path for f in batch] for batch in _batches(unknown)]
    for path, key, value in spread(executor, scan_batch, str(root), batches, len(unknown), most, _lost_scan, partial(progress, "scan")):
        take(by_path[path], key, _scan_of(value))
        if key:
            made[key] = value
        if len(made) >= _KEPT_AT_ONCE:  # while workers read on
            store.set_values("scans", made.items())
            made.clear()
    store.set_values("scans", made.items())

    def keep_stats() -> None:
        store.set_stats((f.path, *_times(f.entry), now, f.hash) for f in unknown if f.hash)
        store.forget_stats(gone)

    return len(unknown), keep_stats


def _stored_scans(store: Store, keys: Iterable[bytes]) -> Iterable[tuple[bytes, Scan]]:
    """The scans of files that the store has; one after the other, if they need not stay in memory."""
    if store.remembers:
        return store.decoded("scans", keys, _scan_of).items()
    return ((key, _scan_of(value)) for key, value in store.values("scans", list(keys)))


def scan_batch(root: str, paths: list[str], most_bytes: int) -> list[tuple[str, bytes, bytes]]:
    """Path, hash and encoded scan of each file; runs in a worker. Of one that cannot be read the hash is empty."""
    found = []
    with Folders(root) as folders:
        for number, path in enumerate(paths):
            be_at(number)
            try:
                content, size = folders.read(path, max(most_bytes, 65_536))
            except OSError as error:
                found.append(_lost_scan(path, ("unreadable", error.strerror or str(error))))
                continue
            whole = size == len(content)
            key = blake3(content if whole else content + b"%d" % size).digest(20)  # the beginning of a large file and its size
            found.append((path, key, ENCODE(scan(content, most_bytes, size))))
    return found


def _extract_all(
    root: Path, files: list[SourceFile], config: Config, store: Store, executor: Executor | None, progress: Callable[..., None],
    known: Known | None, at_last: Callable[[], None],
) -> tuple[int, Learned | None]:  # fmt: skip
    """Read files for what they say; gives how many, and the macros of the tree. Scans are not looked at again after `at_last`."""
    from .spread import spread

    wanted = list(filter(_has_facts, files))
    reading = _Reading(config, store, known)
    made, batches = [], reading.batches(wanted, at_last)

    def told(done: int, of: int) -> None:
        progress("extract", done + reading.spared, of)

    most = config.limits.file_bytes
    for path, value, is_unlucky in spread(executor, extract_batch, str(root), batches, len(wanted), most, _lost_record, told):
        key = reading.take(path, value, is_unlucky)
        if not is_unlucky:
            made.append((key, value))
        if len(made) >= _KEPT_AT_ONCE:  # while workers read on
            store.set_values("records", made)
            made.clear()
    store.set_values("records", made)
    reading.give(wanted)
    for file in files:
        if file.page:  # documentation of other files: nothing of it is a fact of the tree
            file.record = FileRecord(file.language, file.scan.counts)
    return len(wanted) - reading.spared, reading.learned


def _has_facts(file: SourceFile) -> bool:
    """Whether a file is a text that is read for what it says."""
    return file.scan.content == "text" and not file.page


class _Reading:
    """Which files have to be read, and the records of all but those that are as they were.

    Attributes
    ----------
    learned : Learned or None
        The macros of the tree, where it has files of C and its kin.
    spared : int
        How many files are not read: the store has their records, or they have the same bytes as another.
    """

    def __init__(self, config: Config, store: Store, known: Known | None) -> None:
        self._config, self._store, self._sharing, self._before = config, store, Sharing(), known
        self._keys: dict[str, bytes] = {}
        #: By key, where they lie as `gazetteer.packing` has them; read, if the store remembers what was read.
        self._spool = Spool().own()
        self._places: dict[bytes, int] = {}
        self._records: dict[bytes, FileRecord] = {}
        self._unlucky: set[bytes] = set()
        self.learned: Learned | None = None
        self.spared = 0

    def batches(self, files: list[SourceFile], at_last: Callable[[], None]) -> Iterator[list[ExtractWork]]:
        """First what is read without macros: while workers are at that, macros are learned. Something else is done `at_last`."""
        before = self._before
        yield from self._batches([f for f in files if f.language not in FAMILY], set())
        if before is not None and before.has_same_defines(files):
            self.learned = before.learned
        else:
            self.learned = learned_in(files, self._config)
        others = otherwise(before.learned, self.learned) if before is not None else set()
        yield from self._batches([f for f in files if f.language in FAMILY], others)
        at_last()

    def _batches(self, files: list[SourceFile], others: set[str]) -> Iterator[list[ExtractWork]]:
        """Those that have to be read; `others` are macros that stand for something else than before."""
        if self._before is not None:
            count = len(files)
            files = [f for f in files if not self._before.gives_key(f, others)]
            self.spared += count - len(files)
        options = {f.path: options_of(f, self.learned, self._config) for f in files}
        for file in files:
            file.key = key_of(file.hash, file.language, options[file.path])
        known, keys = self._records if self._store.remembers else self._places, {f.key for f in files}
        if self._store.remembers:
            self._records.update(self._store.decoded("records", keys, self._read))
        else:
            self._places.update((key, self._spool.put(value)) for key, value in self._store.values("records", keys))
        unknown = list({f.key: f for f in files if f.key not in known}.values())  # the same bytes are read once
        self._keys.update((f.path, f.key) for f in unknown)
        self.spared += len(files) - len(unknown)
        for batch in _batches(unknown):
            yield [(f.path, f.hash, f.language, ENCODE(f.scan.counts), ENCODE(options[f.path])) for f in batch]

    def _read(self, value: bytes) -> FileRecord:
        return self._sharing.of(unpacked(value))

    def take(self, path: str, value: bytes, is_unlucky: bool) -> bytes:
        """Know the record that was made of a file; gives its key."""
        key = self._keys[path]
        if self._store.remembers:
            self._records[key] = self._read(value)
        else:
            self._places[key] = self._spool.put(value)
        if is_unlucky:
            self._unlucky.add(key)
        return key

    def give(self, files: list[SourceFile]) -> None:
        """Give files their records; those that are as they were have them already."""
        for file in files:
            if file.key in self._records:
                file.record = self._records[file.key]
            elif file.key in self._places:
                file.lies_in(self._spool, self._places[file.key])
            file.is_unlucky = file.key in self._unlucky


def key_of(content: bytes, language: str, options: ExtractOptions) -> bytes:
    """The key of the record of a file whose content has a hash."""
    version = version_of(language) if language else 0
    return blake3(ENCODE((content, language, version, EXTRACTOR_VERSION, options))).digest(20)


def _lost_scan(path: str, note: Lost) -> tuple[str, bytes, bytes]:
    return path, b"", ENCODE(Scan("unreadable", Counts(), notes=[Note(*note)]))


def extract_batch(root: str, work: list[ExtractWork], most_bytes: int) -> list[tuple[str, bytes, bool]]:
    """Path and packed record of each file, and whether it `had_no_luck`; runs in a worker."""
    found = []
    with Folders(root) as folders:
        for number, (path, key, language, counts, options) in enumerate(work):
            be_at(number)
            try:
                content = folders.read(path, max(most_bytes, 65_536))[0]
            except OSError:
                content = b""
            if blake3(content).digest(20) != key:
                note = Note("vanished", "the file was changed or removed while it was read")
                found.append((path, packed(FileRecord(language, _counts_of(counts), notes=[note])), True))
            else:
                found.append((path, *_extract(content, language, _counts_of(counts), _options_of(options))))
    return found


def _extract(content: bytes, language: str, counts: Counts, options: ExtractOptions) -> tuple[bytes, bool]:
    """The packed record of a file, and whether it `had_no_luck`.

    A file that a reader stumbles over, or takes too long over, costs its own facts alone, and its page says so.
    """
    try:
        with stopped_after(6 * options.parse_seconds):
            record = extract(content, language, counts, options)
        return packed(record), had_no_luck(record)
    except TookTooLongError:
        note = Note("timeout", f"reading it took more than {6 * options.parse_seconds:g} s and was stopped")
    except MemoryError:
        note = Note("worker-died", "reading it takes more memory than a worker may have")
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files are not to suffer
        note = Note("failed", f"its reader failed ({type(error).__name__}): nothing more is known of this file")
    return packed(FileRecord(language, counts, notes=[note])), True


def records_apart(texts: Iterable[tuple[bytes, str, Counts, ExtractOptions]], limits: Limits) -> Iterator[FileRecord]:
    """The records of texts, for a command that has no workers.

    They are read in processes of their own, some after the others: a grammar may crash, or take all memory there is.
    """
    batch, size = list[tuple[bytes, str, Counts, ExtractOptions]](), 0
    for text in texts:
        batch.append(text)
        size += len(text[0])
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield from _apart(batch, limits)
            batch, size = [], 0
    yield from _apart(batch, limits)


def _apart(batch: list[tuple[bytes, str, Counts, ExtractOptions]], limits: Limits) -> Iterator[FileRecord]:
    if not batch:
        return
    for _, language, _, _ in batch:
        prepare(language)

    def read() -> bytes:
        be_expendable()
        return ENCODE([_extract(*text)[0] for text in batch])

    value = apart(read, limits.worker_mb, 20 + int(10 * limits.parse_seconds))
    if value is not None:
        yield from map(unpacked, msgspec.msgpack.decode(value, type=list[bytes]))
    elif len(batch) > 1:
        for text in batch:
            yield from _apart([text], limits)
    else:
        from .spread import DIED

        _, language, counts, _ = batch[0]
        yield FileRecord(language, counts, notes=[Note(*DIED)])


def _lost_record(work: ExtractWork, note: Lost) -> tuple[str, bytes, bool]:
    path, _, language, counts, _ = work
    return path, packed(FileRecord(language, _counts_of(counts), notes=[Note(*note)])), True


def learned_in(files: Iterable[SourceFile], config: Config) -> Learned | None:
    """The macros of a tree; None where it has no files of C and its kin."""
    family = [f for f in files if f.language in FAMILY]
    return learn_from((line for file in family for line in file.defines), config) if family else None


def options_of(file: SourceFile, learned: Learned | None, config: Config) -> ExtractOptions:
    """What a file is extracted with; one of C and its kin, with the macros of the tree that occur in it."""
    limits = config.limits
    if learned is None or file.language not in FAMILY:
        return ExtractOptions(parse_seconds=limits.parse_seconds, most_symbols=limits.symbols)
    return ExtractOptions(*learned.in_file(file), limits.parse_seconds, limits.symbols)


def attributes_of(root: Path, files: Iterable[SourceFile]) -> list[tuple[str, str]]:
    """The `.gitattributes` of a tree: folders and texts."""
    found = []
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if name == ".gitattributes" and file.scan.content == "text":
            with suppress(OSError):  # gone meanwhile
                found.append((folder, os.fsdecode(read_file(root, file.path, 1_000_000))))
    return found


def _batches(files: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Files in batches of like size; the largest first, so that none is left to wait for at the end."""
    batch, size, left = list[SourceFile](), 0, sum(f.entry.size for f in files)
    part = 1.0
    for done, file in enumerate(sorted(files, key=lambda f: (-f.entry.size, f.path))):
        if not batch:
            part = min(1.0, max(left / _BATCH_BYTES, (len(files) - done) / _BATCH_FILES) / _OF_THE_REST)
            part = max(part, 1 / _SMALLEST)
        batch.append(file)
        size += file.entry.size
        left -= file.entry.size
        if size >= part * _BATCH_BYTES or len(batch) >= part * _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
