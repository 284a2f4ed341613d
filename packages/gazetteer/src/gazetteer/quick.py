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
from itertools import chain, pairwise
from zlib import ZLIB_RUNTIME_VERSION, crc32

from . import __version__
from .grammars import OPTIONAL, installed_text
from .plugins import files_of, metadata_folders, plugins

__all__ = ["ABSENT", "Output", "Seen", "Stat", "cache_folder", "code_text", "leave", "nothing_to_do", "stat_of"]

_MAGIC = b"gazetteer stamp 2"
#: Packages whose versions decide what files and pages say, besides this one.
_DECIDING = ("cmarkgfm", "jinja2", "markupsafe", "msgspec", "nh3", "pathspec", "pygments", "tree_sitter", "zstandard")
#: A build that was killed leaves this in the output (`gazetteer.output.JOURNAL`).
_JOURNAL = b".gazetteer.journal"
#: Fewer files of an output than this are not worth another process.
_WORTH = 2_000
#: Into so many parts are they dealt out; a number is one byte.
_PARTS = 64
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
    output : Output
        What lay in the output, and whether it does.
    """

    def __init__(self, seen_ns: int, tree: dict[str, Stat], other: list[str], output: Output) -> None:
        self.seen_ns, self.tree, self.other, self.output = seen_ns, tree, other, output


class Output:
    """Whether files of an output are as they were: where these are many, another process looks, while this one does something else.

    Parameters
    ----------
    out : bytes
        The folder of the output, absolute.
    lying : bytes
        What was there (`gazetteer.unchanged.listing`).
    """

    def __init__(self, out: bytes, lying: bytes) -> None:
        self._out, self.lying = out, lying
        self._child = self._dealing = -1
        if lying.count(b"\0") < 2 * _WORTH or not hasattr(os, "fork"):
            return
        self._dealing, writing = os.pipe()
        os.write(writing, bytes(range(_PARTS)))
        os.close(writing)
        self._child = os.fork()
        if self._child == 0:
            code = 1
            try:
                code = 0 if self._look() else 1
            finally:
                os._exit(code)

    def is_as_left(self) -> bool:
        """Look at what the other process has not come to; whether all is as it was. To be asked once."""
        found = self._look()
        if self._child > 0:
            found = os.waitpid(self._child, 0)[1] == 0 and found
            os.close(self._dealing)
        return found

    def _look(self) -> bool:
        """Look at part after part, until there are no more, or a file is another one."""
        said = self.lying.split(b"\0")
        if self._dealing < 0:
            return self._lie(said)
        size = 2 * -(-len(said) // (2 * _PARTS))
        while number := os.read(self._dealing, 1):
            if not self._lie(said[number[0] * size : (number[0] + 1) * size]):
                return False
        return True

    def _lie(self, said: list[bytes]) -> bool:
        """Whether files are what is said of each behind its path."""
        lstat, out = os.lstat, self._out
        try:
            for path, known in zip(said[::2], said[1::2], strict=False):
                s = lstat(out + path)
                if b"%d %d %d %d %d" % (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino, s.st_mode) != known:
                    return False
        except (OSError, ValueError):
            return False
        return True


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
    if stat_of(out + b"/" + _JOURNAL) != ABSENT:
        return None
    seen_ns = time.time_ns()
    output = Output(out, rest[texts + numbers :])
    found, known = _numbers_of(paths), array("q", rest[texts : texts + numbers])
    if found != known:
        return _seen(seen_ns, paths, found, known, output)
    if not output.is_as_left():
        return None
    try:
        return said.decode()
    except UnicodeDecodeError:  # a stamp that was damaged is none
        return None


def _seen(seen_ns: int, paths: list[bytes], found: array[int], known: array[int], output: Output) -> Seen | None:
    """What is known where a few paths are not what they were."""
    if len(found) != len(known):
        return None
    names, stats = list(map(os.fsdecode, paths)), _by_path(found)
    other = [name for name, now, was in zip(names, stats, _by_path(known), strict=True) if now != was]
    return Seen(seen_ns, dict(zip(names, stats, strict=True)), other, output) if len(other) <= _FEW else None


def _by_path(numbers: array[int]) -> list[Stat]:
    """Numbers of paths, those of each by themselves."""
    parts = iter(numbers)
    return list(zip(parts, parts, parts, parts, strict=True))


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
        numbers = array("q", list(chain.from_iterable(tree.values()))).tobytes()
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
