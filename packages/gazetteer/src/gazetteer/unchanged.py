"""Whether a build would give what is there already: the same inputs, the same program, and the output as the last build left it.

What a build is made of is summed up in one hash, what it left in another; both are kept in the store. A build that finds them as they
were has nothing to do, and finds that out without decoding a record or importing what reads files and writes pages.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from blake3 import blake3
from msgspec import Struct

from .config import Config
from .discover import Entry
from .quick import Stat, code_text

if TYPE_CHECKING:
    from .discover import Kind

__all__ = [
    "State",
    "are_racy",
    "code_version",
    "described",
    "entry_of",
    "inputs_key",
    "is_racy",
    "is_racy_time",
    "lasting",
    "lies",
    "listing",
    "pairs_of",
    "racy",
    "relisted",
    "sized",
    "state_of",
    "unspoiled",
]

_ENCODE = msgspec.msgpack.Encoder().encode

#: How far apart two changes of a file are at least if its time tells them apart: file systems with whole seconds may have steps of two,
#: others have the ticks of the clock.
_COARSE_NS, _TICK_NS = 2_000_000_000, 50_000_000
_SECOND_NS = 1_000_000_000
#: Where an entry of a listing begins, but the first: what is said of a path begins with a number.
_ENTRY = b"\0/"


class State(Struct, array_like=True, frozen=True):
    """What the last build was made of and what it left."""

    inputs: bytes
    #: The `listing` of the output.
    outputs: bytes
    #: When it began to look at its inputs.
    seen_ns: int
    #: How many files the tree had, and how many it wrote or kept.
    files: int
    pages: int
    #: What it said of indexes of compilers.
    said: tuple[str, ...] = ()


def code_version() -> bytes:
    """A hash of the program (`gazetteer.quick.code_text`)."""
    return blake3(os.fsencode(code_text())).digest(20)


def is_racy(entry: Entry, seen_ns: int) -> bool:
    """Whether a file may have changed after it was read at `seen_ns` without its time telling it (git's racy rule).

    Examples
    --------
    >>> is_racy(Entry("a", "file", 1, mtime_ns=1_234_567_890), seen_ns=1_300_000_000)
    False
    >>> is_racy(Entry("a", "file", 1, mtime_ns=1_000_000_000), seen_ns=1_300_000_000)
    True
    """
    return is_racy_time(max(entry.mtime_ns, entry.ctime_ns), seen_ns)


def is_racy_time(latest: int, seen_ns: int) -> bool:
    """The same of the latest of a file's times."""
    return latest + (_TICK_NS if latest % _SECOND_NS else _COARSE_NS) > seen_ns


def are_racy(stats: Iterable[Stat], seen_ns: int) -> bool:
    """The same of any of what some paths are."""
    late = seen_ns - _COARSE_NS  # few are so late that it has to be asked of each
    return any(is_racy_time(max(stat[1:3]), seen_ns) for stat in stats if stat[1] > late or stat[2] > late)


def racy(entries: Iterable[Entry], seen_ns: int) -> list[Entry]:
    """The files among entries of which `is_racy` is so."""
    late = seen_ns - _COARSE_NS  # few are so late that it has to be asked of each
    return [e for e in entries if (e.mtime_ns > late or e.ctime_ns > late) and e.kind == "file" and is_racy(e, seen_ns)]


def inputs_key(root: Path, out: Path, config: Config, formats: Sequence[str], entries: Iterable[bytes], code: bytes) -> bytes:
    """A hash of all that a build is made of; of the entries of the tree it is what `described` says."""
    about = _ENCODE((code, os.fsencode(root), os.fsencode(out), tuple(formats), config))
    return blake3(about).update(b"\0".join(entries)).digest(20)


def described(entries: Iterable[Entry]) -> list[bytes]:
    """All that a build sees of entries before it reads them, each as one text: first what `lasting` gives, then times and the inode."""
    return [
        f"{e.path}\0{e.kind}\0{e.target}\0{e.why}\0{e.executable}\0{e.size}\0{e.mtime_ns}\0{e.ctime_ns}\0{e.inode}".encode(
            "utf-8", "surrogateescape"
        )
        for e in entries
    ]


def entry_of(said: bytes) -> Entry:
    """The entry of which `described` says that.

    Examples
    --------
    >>> entry_of(described([Entry("a", "file", 1, 2, 3, True, ctime_ns=4)])[0]) == Entry("a", "file", 1, 2, 3, True, ctime_ns=4)
    True
    """
    path, kind, target, why, executable, size, mtime, ctime, inode = said.decode("utf-8", "surrogateescape").split("\0")
    return Entry(path, cast("Kind", kind), int(size), int(mtime), int(inode), executable == "True", target, int(ctime), why)


def lasting(entry: bytes) -> bytes:
    """Of what `described` says of an entry, what stays when a file is written again: path, kind, target, whether it runs."""
    return entry.rsplit(b"\0", 4)[0]


def sized(entry: bytes) -> bytes:
    """The same with its size."""
    return entry.rsplit(b"\0", 3)[0]


def listing(out: Path) -> bytes:
    """What lies in a folder: a text of paths, each with ``/`` before it, and of sizes and times, sorted; links are not followed."""
    found, stack, start = list[str](), [str(out)], len(str(out)) + 1
    while stack:
        folder = stack.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        prefix = f"{folder}/"[start - 1 :]
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(f"{folder}/{entry.name}")
                else:
                    s = entry.stat(follow_symlinks=False)
                    found.append(f"{prefix}{entry.name}\0{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino} {s.st_mode}\0")
    return b"".join(sorted([entry.encode("utf-8", "surrogateescape") for entry in found]))


def lies(place: str, folder: int | None = None) -> str | None:
    """What `listing` says of a path, which may be below an open folder; None where there is no file."""
    try:
        s = os.stat(place, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return None if stat.S_ISDIR(s.st_mode) else f"{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino} {s.st_mode}"


def relisted(before: bytes, touched: Mapping[str, str | None]) -> bytes:
    r"""A listing after some of its paths were touched: what `lies` says of them now. What it says of others is copied, not looked at.

    Examples
    --------
    >>> relisted(b"/a\0001 5\0/b\0002 5\0", {"b": None, "c": "3 5"})
    b'/a\x001 5\x00/c\x003 5\x00'
    """
    found, at = list[bytes](), 0
    for path, now in sorted((b"/%b\0" % os.fsencode(path), now) for path, now in touched.items()):
        start = _place(before, path, at)
        found.append(before[at:start])
        if now is not None:
            found.append(b"%b%b\0" % (path, now.encode()))
        at = _end(before, start) if before.startswith(path, start) else start
    return b"".join([*found, before[at:]])


def _place(text: bytes, path: bytes, start: int) -> int:
    """Where in a listing a path stands, or would stand: halved again and again, from the beginning of an entry on."""
    end = len(text)
    while start < end:
        middle = max(text.rfind(_ENTRY, start, (start + end) // 2) + 1, start)
        if text[middle : text.index(b"\0", middle) + 1] < path:
            start = _end(text, middle)
        else:
            end = middle
    return start


def _end(text: bytes, start: int) -> int:
    """Where the entry of a listing ends that begins there."""
    return text.find(_ENTRY, start) + 1 or len(text)


def unspoiled(before: bytes, now: bytes) -> frozenset[str]:
    r"""Paths that nobody has touched between two listings.

    Examples
    --------
    >>> sorted(unspoiled(b"/a\0001 5\0/b\0002 5\0", b"/a\0001 5\0/b\0002 9\0"))
    ['a']
    """
    return frozenset(path for path, _ in pairs_of(before) & pairs_of(now))


def pairs_of(text: bytes) -> set[tuple[str, str]]:
    r"""The paths of a listing, each with what is said of it.

    Examples
    --------
    >>> pairs_of(b"/a\0001 5\0")
    {('a', '1 5')}
    """
    parts = text.decode("utf-8", "surrogateescape").split("\0")
    return {(path[1:], said) for path, said in zip(parts[::2], parts[1::2], strict=False)}


def state_of(value: bytes | None) -> State | None:
    """The state that the store has; None where it has none that is understood."""
    try:
        return msgspec.msgpack.decode(value, type=State) if value else None
    except msgspec.MsgspecError:
        return None
