"""How files get into the folder of an output, which `gazetteer.claims` has claimed: whole or not at all.

Nothing is written through a symbolic link, also not through one that appears meanwhile: folders are opened one below the other.
A build that was killed leaves a journal; the next one writes the files named there again, so that it ends as a first build would.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

import msgspec
from blake3 import blake3

from . import __version__
from .errors import OutputError, is_full
from .reading import most_open, read_file
from .unchanged import lies

if TYPE_CHECKING:
    from .splicing import Piece, Splice

__all__ = ["JOURNAL", "MANIFEST", "Content", "Writer", "pages_of"]

MANIFEST = "manifest.json"
#: Paths that a build has begun to write since the manifest was written; gone when it is.
JOURNAL = ".gazetteer.journal"
#: A file on its way to its place; a process that writes beside another one adds its number.
_NEW = ".gazetteer.new"

#: A file's bytes, or pieces of them: a large file need not be in memory as a whole. A list has pieces of the file of the last build too.
Content = bytes | Iterator[bytes] | list["Piece"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


#: In paths with a line for each, what may lead out of a folder.
_ODD = ("\0", "//", "\n/", "/\n", "\n\n", *(before + dots + behind for before in "\n/" for dots in (".", "..") for behind in "\n/"))


#: What `Writer.report` gives: `Writer.now` and `Writer.touched`, and how many files were written and removed.
_Report = tuple[list[tuple[bytes, str]], list[tuple[bytes, str | None]], int, int]


class _Manifest(msgspec.Struct):
    pages: dict[str, str] = {}


class Writer:
    """Writes the files of one build into a claimed folder: what is the same stays, what is no longer wanted goes.

    Use it as a context manager. `finish` ends a whole build; a block that is left without it leaves the journal.

    Parameters
    ----------
    out : Path
        The folder.
    sure : set of str
        Files of which it is known that they are as the last build left them; others are read, to see whether they are.
    known : iterable of str
        Files of earlier builds, whatever the manifest says.
    before : mapping, optional
        What the manifest says, where that is known, and no build was killed since.
    is_as_left : bool
        Whether it is known of all files that they are as the last build left them, the manifest too.

    Attributes
    ----------
    before : dict of str to str
        Path and hash of each file of the last build; the hash is empty where it is not certain what lies there.
    now : dict of str to str
        The same of this build, so far.
    written, removed : int
        How many files were written and removed.
    touched : dict
        Every path at which this build may have changed something, and what `lies` there since.
    """

    def __init__(
        self, out: Path, sure: AbstractSet[str] = frozenset(), known: Iterable[str] = (), before: Mapping[str, str] | None = None,
        is_as_left: bool = False,
    ) -> None:  # fmt: skip
        self.out = out
        self.now: dict[str, str] = {}
        self.written = self.removed = 0
        self.touched: dict[str, str | None] = {JOURNAL: None}
        self._new = _NEW
        self._noted: Collection[str] = frozenset()
        self._root = os.open(out, _FOLDER)
        self._opened: dict[str, int] = {}
        self._most_opened = most_open()  # with those around them: a page is written in one format after the other
        self._splices: dict[str, tuple[str, Splice]] = {}
        for name in os.listdir(self._root):  # noqa: PTH208 - an open folder has no path
            if name.startswith(_NEW):  # of a build that was killed
                with suppress(OSError):
                    os.unlink(name, dir_fd=self._root)
        self.before = dict(before) if before is not None else self._read_manifest(is_as_left)
        self.sure = self.before.keys() if is_as_left else sure
        for path in self._read(JOURNAL).split(b"\0"):
            if path and _is_inside(os.fsdecode(path)):
                self.before[os.fsdecode(path)] = ""
        for known_path in known:
            self.before.setdefault(known_path, "")
        self._journal = os.open(JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._splices:
            self.start_over()
        self._leave()
        os.close(self._journal)
        os.close(self._root)

    def write(self, path: str, content: Content | None) -> bool:
        """Put a file in its place unless it is there already; whether it was written. None stands for a file that is as it was left."""
        if content is None:
            self.now[path] = self.before[path]
            return False
        if isinstance(content, list):
            self._splice(path, content)
            return True
        if not isinstance(content, bytes):
            return self._write_pieces(path, content)
        key = blake3(content).hexdigest(16)
        self.now[path] = key
        if self._holds(path, content, key):
            return False
        self._put(path, content)
        self.written += 1
        return True

    def write_ahead(self, path: str, content: bytes) -> None:
        """Write a file of which it is not certain yet that this build leaves it so: until it is kept, nobody knows what lies there."""
        if self.write(path, content):
            self.before[path] = ""

    def _write_pieces(self, path: str, pieces: Iterator[bytes]) -> bool:
        """The same of a file that is made in pieces: what it is to be is known when all of it lies beside its place."""
        digest = blake3()
        with self._beside() as stream:
            for piece in pieces:
                digest.update(piece)
                stream.write(piece)
        key = self.now[path] = digest.hexdigest(16)
        before = self.before.get(path)
        if before in ("", key) and self._is_file(path) and ((before and path in self.sure) or self._hash(path) == key):
            os.unlink(self._new, dir_fd=self._root)
            return False
        self._begin(path)
        self._move(path)
        self.written += 1
        return True

    @contextmanager
    def old(self, path: str) -> Iterator[int]:
        """A file of the last build, opened to be read."""
        folder, _, name = path.rpartition("/")
        file = os.open(name, _READ, dir_fd=self._folder(folder))
        try:
            yield file
        finally:
            os.close(file)

    def read(self, path: str) -> bytes:
        """The content of a file of the last build."""
        with self.old(path) as file, open(file, "rb", closefd=False) as stream:
            return stream.read()

    def _splice(self, path: str, pieces: list[Piece]) -> None:
        """Begin to write a file anew, from pieces of that of the last build and from other bytes; it is put in its place at the end."""
        from .splicing import Splice  # most builds do without it

        beside = f"{self._new}.{len(self._splices)}.spliced"
        with self.old(path) as old:
            self._splices[path] = (beside, Splice(os.dup(old), self._fresh(beside), pieces))

    def start_over(self) -> None:
        """Take nothing of what was done for granted, and leave what is not in its place."""
        self.now.clear()
        while self._splices:
            beside, splice = self._splices.popitem()[1]
            with suppress(Exception):
                splice.end()
            splice.close()
            os.unlink(beside, dir_fd=self._root)

    def make_room(self, paths: Iterable[str]) -> None:
        """Remove the files of the last build that stand where one of `paths` has a folder, or in a folder where it is a file."""
        if not self.before:
            return
        wanted = {path for path in paths if not self.before.get(path)}
        if not wanted:
            return
        folders = {above for path in wanted for above in _above(path)}
        for old in [o for o in self.before if o in folders or not wanted.isdisjoint(_above(o))]:
            self.removed += self._remove(old)
            del self.before[old]

    def note_all(self, paths: Iterable[str]) -> None:
        """Note together that `paths` are about to be written, where no build left any: all of them are other files then."""
        if not self.before:
            self._noted = frozenset(paths)
            self._note(b"".join([os.fsencode(path) + b"\0" for path in sorted(self._noted, key=os.fsencode)]))

    def go_apart(self, number: int) -> None:
        """Write in a process of its own from now on, beside others; `report` says what was done there."""
        self._new = f"{_NEW}.{number}"
        self._splices = {}  # the parent ends its own
        self.now, self.touched, self.written, self.removed = {}, {}, 0, 0

    def report(self) -> bytes:
        """What this process has written, for `take`."""
        self._end_splices()
        now = [(os.fsencode(path), key) for path, key in self.now.items()]
        touched = [(os.fsencode(path), lying) for path, lying in self.touched.items()]
        return msgspec.msgpack.encode((now, touched, self.written, self.removed))

    def take(self, report: bytes) -> None:
        """Count what another process has written as written."""
        now, touched, written, removed = msgspec.msgpack.decode(report, type=_Report)
        self.now.update((os.fsdecode(path), key) for path, key in now)
        self.touched.update((os.fsdecode(path), lying) for path, lying in touched)
        self.written += written
        self.removed += removed

    def keep_all_but(self, paths: Collection[str]) -> bool:
        """Keep the files of the last build but some, if all are as it left them; False, with none kept, if that is not known of each."""
        kept = dict(self.before)
        for path in paths:
            kept.pop(path, None)
        if "" in kept.values() or not kept.keys() <= self.sure:
            return False
        self.now.update(kept)
        return True

    def finish(self) -> None:
        """Remove what this build has not written or kept, and write the manifest."""
        self._end_splices()
        gone = sorted([path for path in self.before if path not in self.now])
        folded = {path.casefold(): path for path in self.now} if gone else {}
        for path in gone:
            again = folded.get(path.casefold())
            if again is None or not self._are_one(path, again):  # where case does not matter, another spelling is the same file
                self.removed += self._remove(path)
        pages = {path: self.now[path] for path in sorted(self.now)}
        manifest = msgspec.json.format(msgspec.json.encode({"gazetteer": __version__, "pages": pages}), indent=1) + b"\n"
        if self._read(MANIFEST) != manifest:
            self._put(MANIFEST, manifest)
        with suppress(FileNotFoundError):
            os.unlink(JOURNAL, dir_fd=self._root)

    def _end_splices(self) -> None:
        for path, (beside, splice) in self._splices.items():
            self.now[path] = splice.end()
            self._begin(path)
            self._move(path, beside)
            splice.close()
            self.written += 1
        self._splices.clear()

    def _read_manifest(self, is_ours: bool) -> dict[str, str]:
        try:
            pages = msgspec.json.decode(self._read(MANIFEST) or b"{}", type=_Manifest).pages
        except (msgspec.MsgspecError, UnicodeError):
            return {}
        lines = "\n".join(["", *pages, ""]) if not is_ours else ""
        if not any(odd in lines for odd in _ODD):
            return pages
        return {path: key for path, key in pages.items() if _is_inside(path)}

    def _holds(self, path: str, content: bytes, key: str) -> bool:
        """Whether a file is what it is to be."""
        if self.before.get(path) == key and path in self.sure:
            return self._is_file(path)
        return path in self.before and self.before[path] in ("", key) and self._is_file(path) and self._read(path) == content

    def _read(self, path: str) -> bytes:
        """A file of our own; nothing where it is none."""
        folder, _, name = path.rpartition("/")
        try:
            with os.fdopen(os.open(name, _READ, dir_fd=self._folder(folder)), "rb") as stream:
                return stream.read() if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""
        except (OSError, OutputError):
            return b""

    def _is_file(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        try:
            return stat.S_ISREG(os.stat(name, dir_fd=self._folder(folder), follow_symlinks=False).st_mode)
        except (OSError, OutputError):
            return False

    def _are_one(self, path: str, other: str) -> bool:
        try:
            one, two = (os.stat(p, dir_fd=self._root, follow_symlinks=False) for p in (path, other))
        except OSError:
            return False
        return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)

    def _hash(self, path: str) -> str:
        """The hash of a file of our own, of which it is read a piece at a time."""
        folder, _, name = path.rpartition("/")
        digest = blake3()
        with os.fdopen(os.open(name, _READ, dir_fd=self._folder(folder)), "rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest(16)

    def _begin(self, path: str) -> None:
        """Note that what lies at a path is about to be another file."""
        if path not in self._noted:
            self._note(os.fsencode(path) + b"\0")

    def _note(self, paths: bytes) -> None:
        """Write to the journal, all of it: a path that is cut would be another one."""
        done = 0
        while done < len(paths):
            done += os.write(self._journal, paths[done:])

    @contextmanager
    def _beside(self) -> Iterator[BinaryIO]:
        """A file beside its place, to be written."""
        with os.fdopen(self._fresh(), "wb") as stream:
            yield stream

    def _put(self, path: str, content: bytes) -> None:
        """Write a file beside its place, then move it there.

        A file that is made where it belongs would spare the move, but where to put it takes some file systems ten times as long as that:
        they keep what lies in one folder together, and look for room near each.
        """
        self._begin(path)
        new = self._fresh()
        try:
            done = os.write(new, content)
            while done < len(content):
                done += os.write(new, content[done:])
        finally:
            os.close(new)
        self._move(path)

    def _fresh(self, name: str = "") -> int:
        """A new file beside its place, open to be written."""
        flags, name = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, name or self._new
        try:
            return os.open(name, flags, 0o666, dir_fd=self._root)
        except FileExistsError:  # from a write that failed
            os.unlink(name, dir_fd=self._root)
        return os.open(name, flags, 0o666, dir_fd=self._root)

    def _move(self, path: str, new: str = "") -> None:
        """Move what was written beside a place there."""
        new = new or self._new
        folder, _, name = path.rpartition("/")
        place = self._folder(folder, make=True)
        try:
            os.replace(new, name, src_dir_fd=self._root, dst_dir_fd=place)
        except PermissionError as error:
            raise self._forbidden(path) from error
        except IsADirectoryError:
            self._clear(path)
            place = self._folder(folder, make=True)
            try:
                os.rmdir(name, dir_fd=place)  # one that is empty is nobody's
                self._leave()
                place = self._folder(folder, make=True)
            except FileNotFoundError:
                pass
            except OSError as error:
                raise OutputError(f"{self.out / path} is a folder with files of someone else: remove it") from error
            os.replace(new, name, src_dir_fd=self._root, dst_dir_fd=place)
        self.touched[path] = lies(name, place)

    def _folder(self, path: str, *, make: bool = False) -> int:
        """A folder of the output, opened without following links; many stay open, for the next file often lies in or near the same one."""
        if not path:
            return self._root
        found = self._opened.get(path)
        if found is not None:
            return found
        opened, done = self._root, ""
        for name in path.split("/"):
            done = f"{done}/{name}" if done else name
            below = self._opened.get(done)
            if below is None:
                below = self._opened[done] = self._below(opened, name, done, make)
                if len(self._opened) > self._most_opened:
                    os.close(self._opened.pop(next(iter(self._opened))))
            opened = below
        return opened

    def _below(self, folder: int, name: str, path: str, make: bool) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            if not make:
                raise
        except PermissionError as error:
            raise self._forbidden(path) from error
        except OSError as error:
            if is_full(error):
                raise
            if path not in self.before or path in self.now or not make:
                raise OutputError(f"{self.out / path} is no folder (a link is not written through): remove it") from error
            os.unlink(name, dir_fd=folder)  # a page of the last build, which is none any more
            self.touched[path] = None
            self.removed += 1
            del self.before[path]
        try:
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:
            pass
        except PermissionError as error:
            raise self._forbidden(path) from error
        return os.open(name, _FOLDER, dir_fd=folder)

    def _forbidden(self, path: str) -> OutputError:
        """What to say where the output as a whole may be written, and a path in it may not."""
        return OutputError(f"{self.out / path} cannot be written: permission denied")

    def _leave(self) -> None:
        """Close all folders: there may be others in their places."""
        while self._opened:
            os.close(self._opened.popitem()[1])

    def _clear(self, path: str) -> None:
        """Make room for a file where the last build had a folder."""
        for old in sorted(self.before):
            if old.startswith(path + "/") and old not in self.now:
                self.removed += self._remove(old)
                del self.before[old]

    def _remove(self, path: str) -> bool:
        """Remove a file, and the folders that are empty without it."""
        folder, _, name = path.rpartition("/")
        try:
            os.unlink(name, dir_fd=self._folder(folder))
        except PermissionError as error:
            raise self._forbidden(path) from error
        except (OSError, OutputError):
            self.touched[path] = lies(f"{self.out}/{path}")
            return False
        self.touched[path] = None
        while folder:
            above, _, name = folder.rpartition("/")
            try:
                os.rmdir(name, dir_fd=self._folder(above))
            except OSError:
                break
            self._leave()
            folder = above
        return True


def pages_of(out: Path) -> list[str]:
    """The pages of an output, by its manifest; none where there is no manifest that can be read."""
    try:
        return sorted(msgspec.json.decode(read_file(out, MANIFEST), type=_Manifest).pages)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return []


def _above(path: str) -> Iterator[str]:
    """The folders above a path, the innermost first."""
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)


def _is_inside(path: str) -> bool:
    """Whether a path from a manifest, which anyone may have written, stays in the output."""
    return bool(path) and not path.startswith("/") and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))
