"""Whether a build would give what is there already: the same inputs, the same program, and the output as the last build left it.

What a build is made of is summed up in one hash, what it left in another; both are kept in the store. A build that finds them as they
were has nothing to do, and finds that out without decoding a record or importing what reads files and writes pages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from blake3 import blake3
from msgspec import Struct

from . import __version__
from .config import Config
from .discover import Entry

__all__ = ["State", "code_version", "inputs_key", "is_racy", "listing", "state_of", "unspoiled"]

_ENCODE = msgspec.msgpack.Encoder().encode

#: Packages whose versions decide what files and pages say, besides this one.
_DECIDING = ("cmarkgfm", "griffe", "jinja2", "markupsafe", "msgspec", "nh3", "pathspec", "pygments", "tree_sitter", "zstandard")
#: How far apart two changes of a file are at least if its time tells them apart: file systems with whole seconds may have steps of two,
#: others have the ticks of the clock.
_COARSE_NS, _TICK_NS = 2_000_000_000, 50_000_000
_SECOND_NS = 1_000_000_000


class State(Struct, array_like=True, frozen=True):
    """What the last build was made of and what it left."""

    inputs: bytes
    #: The `listing` of the output.
    outputs: bytes
    #: When it began to look at its inputs.
    seen_ns: int
    files: int
    #: Paths of all files that it wrote or kept.
    paths: tuple[str, ...]


def code_version() -> bytes:
    """The program: a hash of its version, its files as they lie here, and the versions of the packages that decide what it gives.

    A checkout that is being worked on has the same version number for weeks; so sizes and times of its files count too.
    """
    found: list[object] = [__version__, sys.version_info[:3]]
    stack = [str(Path(__file__).parent)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        stack.append(entry.path)
                else:
                    info = entry.stat()
                    found.append((entry.name, info.st_size, info.st_mtime_ns))
    names = set[str]()
    for folder in sys.path:
        try:
            names.update(n for n in os.listdir(folder or ".") if n.lower().startswith(_DECIDING) and n.endswith(".dist-info"))  # noqa: PTH208
        except OSError:
            continue
    return blake3(_ENCODE((found, sorted(names)))).digest(20)


def is_racy(entry: Entry, seen_ns: int) -> bool:
    """Whether a file may have changed after it was read at `seen_ns` without its time telling it (git's racy rule).

    Examples
    --------
    >>> is_racy(Entry("a", "file", 1, mtime_ns=1_234_567_890), seen_ns=1_300_000_000)
    False
    >>> is_racy(Entry("a", "file", 1, mtime_ns=1_000_000_000), seen_ns=1_300_000_000)
    True
    """
    latest = max(entry.mtime_ns, entry.ctime_ns)
    return latest + (_TICK_NS if latest % _SECOND_NS else _COARSE_NS) > seen_ns


def inputs_key(root: Path, out: Path, config: Config, formats: Sequence[str], entries: Iterable[Entry], code: bytes) -> bytes:
    """A hash of all that a build is made of."""
    return blake3(_ENCODE((code, os.fsencode(root), os.fsencode(out), tuple(formats), config))).update(_encoded(entries)).digest(20)


def _encoded(entries: Iterable[Entry]) -> bytes:
    return "\0".join([
        f"{e.path}\0{e.kind}\0{e.size}\0{e.mtime_ns}\0{e.ctime_ns}\0{e.inode}\0{e.executable}\0{e.target}" for e in entries
    ]).encode("utf-8", "surrogateescape")  # fmt: skip


def listing(out: Path) -> bytes:
    """What lies in a folder: a text of paths, sizes and times; links are not followed."""
    found, stack, start = list[str](), [str(out)], len(str(out)) + 1
    while stack:
        folder = stack.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                else:
                    s = entry.stat(follow_symlinks=False)
                    found.append(f"{entry.path[start:]}\0{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino} {s.st_mode}")
    found.sort()
    return "\0".join(found).encode("utf-8", "surrogateescape")


def unspoiled(before: bytes, now: bytes) -> frozenset[str]:
    r"""Paths that nobody has touched between two listings.

    Examples
    --------
    >>> sorted(unspoiled(b"a\0001 5\0b\0002 5", b"a\0001 5\0b\0002 9"))
    ['a']
    """
    return frozenset(path for path, _ in _pairs(before) & _pairs(now))


def _pairs(text: bytes) -> set[tuple[str, str]]:
    parts = text.decode("utf-8", "surrogateescape").split("\0")
    return set(zip(parts[::2], parts[1::2], strict=False))


def state_of(value: bytes | None) -> State | None:
    """The state that the store has; None where it has none that is understood."""
    try:
        return msgspec.msgpack.decode(value, type=State) if value else None
    except msgspec.MsgspecError:
        return None
