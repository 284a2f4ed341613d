"""Whether `gaz build` has anything to do, found out with what Python has at hand: importing the rest takes longer than looking.

A build that ends well leaves a *stamp* in the cache folder: the command, every path that its tree was found by, with its size, times and
inode, every file of the output with the same, and what the command said. As long as all of that is as it was, another build would say the
same and write nothing. A stamp that is not understood, or of which anything is another, is no stamp: the whole command runs.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Mapping
from itertools import pairwise
from zlib import ZLIB_RUNTIME_VERSION, crc32

from . import __version__
from .grammars import OPTIONAL, installed_text
from .plugins import files_of, metadata_folders, plugins

__all__ = ["ABSENT", "Seen", "Stat", "cache_folder", "code_text", "leave", "nothing_to_do", "stat_of"]

_MAGIC = b"gazetteer stamp 1"
#: Packages whose versions decide what files and pages say, besides this one.
_DECIDING = ("cmarkgfm", "griffe", "jinja2", "markupsafe", "msgspec", "nh3", "pathspec", "pygments", "tree_sitter", "zstandard")
#: A build that was killed leaves this in the output (`gazetteer.output.JOURNAL`).
_JOURNAL = b".gazetteer.journal"
#: Fewer files of an output than this are not worth another process.
_WORTH = 2_000
#: More changed paths than these are looked for by the build itself.
_FEW = 20

#: Size, time of the content, time of the rest, inode.
Stat = tuple[int, int, int, int]
#: Of a path that is not there.
ABSENT: Stat = (-1, -1, -1, -1)


class Seen:
    """What was found out where there is something to do, so that it need not be found out again: the output lies there as it was left.

    Parameters
    ----------
    seen_ns : int
        When the tree was looked at.
    tree : dict
        Absolute paths that decide what the tree is, as they are.
    other : list of str
        Those that are not as they were when the stamp was left.
    lying : bytes
        What lies in the output (`gazetteer.unchanged.listing`).
    """

    def __init__(self, seen_ns: int, tree: dict[str, Stat], other: list[str], lying: bytes) -> None:
        self.seen_ns, self.tree, self.other, self.lying = seen_ns, tree, other, lying


def stat_of(path: str | bytes) -> Stat:
    """What a path is, links not followed."""
    try:
        found = os.lstat(path)
    except OSError:
        return ABSENT
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def cache_folder() -> str:
    """Where stores and stamps lie: ``GAZETTEER_CACHE_DIR``, else a folder in the user's cache."""
    base = os.environ.get("GAZETTEER_CACHE_DIR")
    return base or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "gazetteer")  # noqa: PTH111, PTH118


def code_text() -> str:
    """The program: its version, its files as they lie here, plugins, and versions of Python, zlib and packages that decide what it gives.

    A checkout that is being worked on has the same version number for weeks; so sizes and times of its files count too. Grammars of an
    extra are no part of it: they decide what records of their languages say, and nothing else (`gazetteer.grammars`).
    """
    found = [__version__, str(sys.version_info[:3]), ZLIB_RUNTIME_VERSION]
    stack = [os.path.dirname(__file__)]  # noqa: PTH120 - without pathlib
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        stack.append(entry.path)
                else:
                    info = entry.stat()
                    found.append(f"{entry.name} {info.st_size} {info.st_mtime_ns}")
    deciding = {name for _, name in metadata_folders() if name.lower().startswith(_DECIDING)}
    found += sorted(name for name in deciding if name.partition("-")[0] not in OPTIONAL)
    for plugin in plugins():
        found.append(" ".join(plugin))
        found += [f"{path} {stat_of(path)}" for path in files_of(plugin)]
    return "\0".join(found)


def nothing_to_do(arguments: list[str]) -> str | Seen | None:
    """What `gaz` with these arguments would say, if it is known that it would do nothing; else what was found out instead, if anything."""
    place = _place(arguments)
    if place is None:
        return None
    try:
        with open(place, "rb", buffering=0) as stream:  # noqa: PTH123
            content = stream.readall()
    except OSError:
        return None
    # Numbers come last, for they may have any bytes.
    head, _, rest = content.partition(b"\n")
    sizes = head.split(b" ")
    if not head.startswith(_MAGIC + b" ") or len(sizes) != 6 or not all(s.isdigit() for s in sizes[3:]):
        return None
    texts, numbers, outputs = map(int, sizes[3:])
    if len(rest) != texts + numbers + outputs or numbers % 32:
        return None
    command, out, said, *paths = rest[:texts].split(b"\0")
    if len(paths) * 32 != numbers or command != _command(arguments):
        return None
    lies_there = rest[texts + numbers :]
    lying = lies_there.split(b"\0") if outputs else []
    # Two processes: one looks at half of all, which are files of the output, the other at the rest.
    files = len(lying) // 2
    half = 2 * min(files, (files + len(paths)) // 2)
    seen_ns = time.time_ns()
    child = os.fork() if half > _WORTH and hasattr(os, "fork") else -1
    if child == 0:
        _leave_if_lying(out, lying[:half])
    found = _numbers_of(paths)
    is_as_left = stat_of(out + b"/" + _JOURNAL) == ABSENT and _lie(out, lying[half:] if child > 0 else lying)
    if child > 0:
        is_as_left = os.waitpid(child, 0)[1] == 0 and is_as_left
    if not is_as_left:
        return None
    known = array("q", rest[texts : texts + numbers])
    if found != known:
        return _seen(seen_ns, paths, found, known, lies_there)
    try:
        return said.decode()
    except UnicodeDecodeError:  # a stamp that was damaged is none
        return None


def _seen(seen_ns: int, paths: list[bytes], found: array[int], known: array[int], lying: bytes) -> Seen | None:
    """What is known where a few paths are not what they were."""
    if len(found) != len(known):
        return None
    names = list(map(os.fsdecode, paths))
    other = [name for n, name in enumerate(names) if found[4 * n : 4 * n + 4] != known[4 * n : 4 * n + 4]]
    if len(other) > _FEW:
        return None
    parts = iter(found)
    return Seen(seen_ns, dict(zip(names, zip(parts, parts, parts, parts, strict=True), strict=True)), other, lying)


def _leave_if_lying(out: bytes, lying: list[bytes]) -> None:
    """End this process, with 0 if files are as they were."""
    code = 1
    try:
        code = 0 if _lie(out, lying) else 1
    finally:
        os._exit(code)


def _lie(out: bytes, lying: list[bytes]) -> bool:
    """Whether files of the output are what `gazetteer.unchanged.listing` said of them."""
    lstat, base = os.lstat, out + b"/"
    try:
        for path, known in zip(lying[::2], lying[1::2], strict=True):
            s = lstat(base + path)
            if b"%d %d %d %d %d" % (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino, s.st_mode) != known:
                return False
    except (OSError, ValueError):
        return False
    return True


def _numbers_of(paths: list[bytes]) -> array[int]:
    """What paths are, one after the other; nothing where that cannot be compared."""
    found, lstat = list[int](), os.lstat
    for path in paths:
        try:
            s = lstat(path)
        except OSError:
            found += ABSENT
        else:
            found += (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)
    try:
        return array("q", found)
    except OverflowError:
        return array("q")


def leave(arguments: list[str], out: str, said: str, tree: Mapping[str, Stat], lying: bytes) -> None:
    """Leave a stamp, so that the same command ends at once while nothing changes.

    Parameters
    ----------
    arguments : list of str
        What `gaz` was called with.
    out : str
        The folder of the output, absolute.
    said : str
        What the command says where there is nothing to do.
    tree : mapping
        Absolute paths that decide what the tree is, as they were before the build looked at them.
    lying : bytes
        What lies in the output (`gazetteer.unchanged.listing`).
    """
    place = _place(arguments)
    if place is None:
        return
    texts = b"\0".join([_command(arguments), os.fsencode(out), said.encode(), *map(os.fsencode, tree)])
    try:
        numbers = array("q", [n for stat in tree.values() for n in stat]).tobytes()
    except OverflowError:  # inodes that large are not compared
        return
    content = b"%b %d %d %d\n" % (_MAGIC, len(texts), len(numbers), len(lying)) + texts + numbers + lying
    new = f"{place}.{os.getpid()}"
    try:
        with open(new, "wb") as stream:  # noqa: PTH123
            stream.write(content)
        os.replace(new, place)  # noqa: PTH105
    except OSError:  # a cache that cannot be written is none
        return


def _place(arguments: list[str]) -> str | None:
    """Where the stamp of a command lies: one for each output."""
    out = _out(arguments)
    if out is None:
        return None
    try:
        name = crc32(os.fsencode(os.path.join(os.getcwd(), out)))  # noqa: PTH109, PTH118
    except OSError:
        return None
    return os.path.join(cache_folder(), f"{name:08x}.stamp")  # noqa: PTH118


def _out(arguments: list[str]) -> str | None:
    """The folder after ``-o``; None where the command is no build, or has not one such folder."""
    if arguments[:1] != ["build"]:
        return None
    found = [b for a, b in pairwise(arguments) if a in ("-o", "--out")]
    found += [a.removeprefix("--out=") for a in arguments if a.startswith("--out=")]
    return found[0] if len(found) == 1 else None


def _command(arguments: list[str]) -> bytes:
    """All that decides what a command does, but the files; without the characters that keep texts of a stamp apart."""
    user = f"{os.geteuid()}" if hasattr(os, "geteuid") else ""
    where = [os.getcwd(), os.environ.get("PATH", ""), user, *arguments]  # noqa: PTH109
    return os.fsencode("\n".join([repr(where), installed_text(), code_text().replace("\0", "\n")]))
