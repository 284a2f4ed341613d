"""Which files a tree has: those that git knows or does not ignore, else all; symbolic links are facts and are not followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from .config import FILE_NAME, Config
from .errors import LimitError, SourceError
from .git import deciding, list_files
from .quick import Stat, cache_folder, stat_of
from .reading import read_file

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = [
    "DECIDING", "MARK", "MARKER", "MOST_PATH", "Entry", "Kind", "Looked", "discover", "file_at", "is_marked", "paths_in",
    "real_cache_folder", "root_of",
]  # fmt: skip

#: A file of this name marks a folder as output of this system.
MARKER = ".gazetteer"
#: What it says. A repository may have a file of that name for itself.
MARK = b"gazetteer output: files in this folder are written and removed by gaz build\n"

#: Files that decide which others there are, and what they are.
DECIDING = frozenset((".gitignore", ".gitmodules", FILE_NAME, MARKER))

#: Longer paths, in bytes, are not looked at: with the folder of an output before them, they would be too long for the system.
MOST_PATH = 1_000

#: Never documented, also where git is absent.
_SKIPPED = frozenset((".git", ".hg", ".svn", ".jj"))
#: Left out where no repository says what is ignored.
_SKIPPED_WITHOUT_GIT = frozenset(("__pycache__", "node_modules", ".venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache"))
#: Names that git gives to no file; an index that was made by hand leads out of the tree by them, or into the repository itself.
_NO_NAMES = frozenset(("", ".", "..", ".git"))
#: So many folders without a file of the tree (empty ones, ignored ones) are looked at for a file that is new.
_MOST_UNLISTED = 2_000


#: What lies at a path.
Kind = Literal["file", "symlink", "submodule", "special", "unreadable", "output"]


class Entry(Struct, frozen=True, gc=False):
    """One path of the tree.

    `path` is relative, with ``/``; bytes that are no UTF-8 are surrogates, as `os.fsdecode` gives them.
    """

    path: str
    kind: Kind
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    executable: bool = False
    #: Where a symbolic link points, as it is written.
    target: str = ""
    #: When anything about the file was last changed, its times too: programs can set `mtime_ns` back, but not this.
    ctime_ns: int = 0
    #: Why it is unreadable.
    why: str = ""


class Looked:
    """What a tree was found by.

    Attributes
    ----------
    paths : dict
        Every path that it depends on, absolute, as it was when it was looked at: files, the folders that may get others, what is ignored.
    is_whole : bool
        Whether these are all of them.
    """

    def __init__(self) -> None:
        self.paths: dict[str, Stat] = {}
        self.is_whole = True

    def at(self, path: str) -> None:
        """Note a path as it is now."""
        self.paths[path] = stat_of(path)

    def at_all(self, paths: Iterable[str]) -> None:
        """Note paths as they are now."""
        for path in paths:
            self.at(path)


def root_of(path: Path) -> Path:
    """The absolute path of a tree.

    Raises
    ------
    SourceError
        If it does not exist, is a file, or is unreadable.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise SourceError(f"source {path} cannot be read: {error.strerror}") from error
    if not stat.S_ISDIR(mode):
        raise SourceError(f"source {path} is a file; expected the folder of a source tree")
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"source {path} cannot be read: permission denied")
    return path.resolve()


def discover(root: Path, config: Config, outputs: Iterable[Path] = (), looked: Looked | None = None) -> list[Entry]:
    """The entries of a tree, sorted by the bytes of their paths.

    Parameters
    ----------
    root : Path
        The tree.
    config : Config
        `repo.exclude` and limits.
    outputs : iterable of Path
        Folders that are being written: what lies in them is never read, nor is what lies in the cache.
    looked : Looked, optional
        Gets all that the entries depend on.
    """
    inside = frozenset(os.path.relpath(o, root) for o in (*outputs, real_cache_folder()) if o == root or root in o.parents)
    listed = list_files(root)
    if looked is not None:
        for path in deciding(root):
            looked.at(path)
    found = list[Entry]()
    shut = list[str]()
    paths = _walked(root, inside, shut, looked) if listed is None else _of_git(root, *listed, inside, shut, looked)
    if config.repo.exclude:
        excluded = _rules(config.repo.exclude)
        paths = ((path, seen) for path, seen in paths if not excluded.match_file(path))
    base, total = str(root), 0
    most_files, most_bytes = config.limits.files, config.limits.total_bytes
    long = set[str]()
    for path, seen in paths:
        if _is_long(path):
            long.add(_shortened(path))
            continue
        entry = _entry(f"{base}/{path}", path, seen, looked)
        if entry is None or (entry.kind == "submodule" and is_marked(f"{base}/{path}")):
            continue
        found.append(entry)
        total += entry.size
        if len(found) > most_files or total > most_bytes:
            raise LimitError(
                f"{root} has more than {config.limits.files:,} files or {config.limits.total_bytes:,} bytes "
                "([limits] files, total_bytes in gazetteer.toml)"
            )
    found = _without_folders(found)
    found += [Entry(path, "unreadable", why="its path is too long") for path in long]
    found += [Entry(path, "unreadable", why="permission denied") for path in shut]
    if looked is not None and (long or shut):
        looked.is_whole = False
    if "".join([entry.path for entry in found]).isascii():
        found.sort(key=_path_of)
    else:
        found.sort(key=lambda entry: os.fsencode(entry.path))
    return found


_path_of = attrgetter("path")


def real_cache_folder() -> Path:
    """The folder of the cache, links followed: a tree may have it, where a CI keeps what lies in the checkout alone."""
    return Path(os.path.realpath(cache_folder()))


def _without_folders(entries: list[Entry]) -> list[Entry]:
    """Entries without folders that have others: where the index has a file, there is a folder now, whose files are listed besides."""
    if not any(entry.kind == "submodule" for entry in entries):
        return entries
    folders = {""}
    for entry in entries:
        above = entry.path.rpartition("/")[0]
        while above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    return [entry for entry in entries if entry.kind != "submodule" or entry.path not in folders]


def _rules(lines: Iterable[str]) -> GitIgnoreSpec:
    from .patterns import specified  # few trees need it, and what is not imported costs a build without changes no time

    return specified(lines)


def _is_long(path: str) -> bool:
    return len(path) * 4 > MOST_PATH and len(os.fsencode(path)) > MOST_PATH


def _shortened(path: str) -> str:
    """The folder that stands for a path that is too long."""
    while len(os.fsencode(path)) > MOST_PATH:
        path = path.rpartition("/")[0]
    return path


#: A path of the tree, and what it is, where that is known already.
_Seen = Iterator[tuple[str, os.stat_result | None]]


def _of_git(root: Path, paths: list[str], closed: list[str], inside: frozenset[str], shut: list[str], looked: Looked | None) -> _Seen:
    """The paths of git that are below folders, and not in an output of this system."""
    shut += closed
    below = tuple(f"{out}/" for out in inside)
    own, real = dict[str, bool](), {"": True}
    base, good = str(root), dict[str, bool]()
    for listed in dict.fromkeys([path.rstrip("/") for path in paths]):
        if inside and (listed in inside or listed.startswith(below)):
            continue
        folder, _, name = listed.rpartition("/")
        if name.lower() in _NO_NAMES or (folder and folder not in good and not _NO_NAMES.isdisjoint(folder.lower().split("/"))):
            continue
        if _is_long(listed):  # it is only named
            yield listed, None
            continue
        is_good = good.get(folder)
        if is_good is None:
            is_good = good[folder] = not _in_own_output(base, listed, own) and _is_below_folders(base, listed, real)
        if is_good:
            yield listed, None
    if looked is not None:
        _look_at_folders(base, {folder for folder, is_good in good.items() if is_good}, inside, looked)
        for folder in own:
            if own[folder]:
                looked.at(f"{base}/{folder}/{MARKER}")


def _look_at_folders(base: str, listed: set[str], inside: frozenset[str], looked: Looked) -> None:
    """Note the folders in which a new file would be one of the tree: those that have files, those above, and those that have none yet."""
    known = {""}
    for folder in listed:
        above = folder
        while above not in known:
            known.add(above)
            above = above.rpartition("/")[0]
    unlisted, stack = 0, sorted(known)
    while stack:
        folder = stack.pop()
        place = f"{base}/{folder}" if folder else base
        looked.at(place)
        try:
            with os.scandir(place) as entries:
                names = [e.name for e in entries if e.is_dir(follow_symlinks=False) or e.name == ".gitignore"]
        except OSError:
            continue
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if name == ".gitignore":  # it may ignore itself
                looked.at(f"{base}/{path}")
                continue
            if path in known or path in inside or name in _SKIPPED or is_marked(f"{base}/{path}"):
                continue
            known.add(path)
            stack.append(path)
            unlisted += 1
            if unlisted > _MOST_UNLISTED:
                looked.is_whole = False
                return


def _is_below_folders(base: str, path: str, known: dict[str, bool]) -> bool:
    """Whether all that is above `path` in the tree are folders: git goes on naming files whose folder has become a link."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        try:
            known[folder] = _is_below_folders(base, folder, known) and stat.S_ISDIR(os.lstat(f"{base}/{folder}").st_mode)
        except OSError:
            known[folder] = False
    return known[folder]


def _in_own_output(base: str, path: str, known: dict[str, bool]) -> bool:
    """Whether a folder above `path` has the marker of this system."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        known[folder] = bool(folder) and (_in_own_output(base, folder, known) or is_marked(f"{base}/{folder}"))
    return known[folder]


def is_marked(folder: Path | str) -> bool:
    """Whether a folder is output of this system."""
    marker = f"{folder}/{MARKER}"
    try:
        if os.lstat(marker).st_size != len(MARK):
            return False
        with os.fdopen(os.open(marker, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.read(len(MARK) + 1) == MARK
    except OSError:
        return False


def file_at(root: str, path: str) -> Entry | None:
    """The entry of a file as it is now; None where there is no file that can be read."""
    found = _entry(f"{root}/{path}", path, None, None)
    return found if found is not None and found.kind == "file" else None


def paths_in(folder: str) -> list[str]:
    """What lies in a folder; of what is no folder, or cannot be read, a path that is none."""
    try:
        if stat.S_ISDIR(os.lstat(folder).st_mode):
            return [f"{folder}/{name}" for name in os.listdir(folder)]  # noqa: PTH208 - texts
    except OSError:
        pass
    return [f"{folder}/"]


def _entry(place: str, path: str, found: os.stat_result | None, looked: Looked | None) -> Entry | None:
    try:
        if found is None:
            found = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        if looked is not None:
            looked.at(place)
        return None  # in the index of git, but no more on disk
    except OSError as error:
        if looked is not None:
            looked.is_whole = False
        return Entry(path, "unreadable", why=error.strerror or str(error))
    mode, size, mtime, ctime, inode = found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
    if looked is not None:
        looked.paths[place] = size, mtime, ctime, inode
    if stat.S_ISREG(mode):
        kind: Literal["file", "unreadable"] = "file" if mode & 0o444 == 0o444 or os.access(place, os.R_OK) else "unreadable"
        return Entry(path, kind, size, mtime, inode, bool(mode & 0o100), "", ctime)
    if stat.S_ISLNK(mode):
        try:
            return Entry(path, "symlink", target=os.readlink(place))  # noqa: PTH115 - a text, as it is written
        except OSError:
            return None
    if stat.S_ISDIR(mode):
        if looked is not None:  # git takes it for another repository by these
            looked.at(f"{place}/.git")
            looked.at(f"{place}/.git/HEAD")
        return Entry(path, "submodule")
    return Entry(path, "special")


#: Of a folder above: its path with a slash, and its rules.
_Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]


def _walked(root: Path, inside: frozenset[str], shut: list[str], looked: Looked | None) -> _Seen:
    """Every path below `root` but those of version control and of outputs of this system; `.gitignore` files are heeded.

    Folders that cannot be read are added to `shut`.
    """
    base = str(root)
    stack: list[tuple[str, _Rules]] = [("", ())]
    while stack:
        folder, rules = stack.pop()
        prefix = f"{folder}/" if folder else ""
        if looked is not None:
            looked.at(f"{base}/{folder}" if folder else base)
        try:
            with os.scandir(f"{base}/{folder}") as listed:
                entries = list(listed)
        except OSError as error:
            if not folder:
                raise SourceError(f"source {root} cannot be read: {error.strerror}") from error
            shut.append(folder)
            continue
        names = {entry.name for entry in entries}
        if folder and MARKER in names and is_marked(f"{base}/{folder}"):
            if looked is not None:
                looked.at(f"{base}/{prefix}{MARKER}")
            continue
        if folder and ".git" in names:
            yield folder, None  # another repository
            continue
        if ".gitignore" in names:
            if looked is not None:
                looked.at(f"{base}/{prefix}.gitignore")
            rules += _ignores(root, prefix, entries)
        for entry in entries:
            path, is_folder = prefix + entry.name, entry.is_dir(follow_symlinks=False)
            if path in inside or entry.name in _SKIPPED or (is_folder and entry.name in _SKIPPED_WITHOUT_GIT):
                continue
            if rules and _is_ignored(path, is_folder, rules):
                continue
            if not is_folder:
                yield path, _known(entry)
            elif len(path) * 4 <= MOST_PATH or len(os.fsencode(path)) <= MOST_PATH:
                stack.append((path, rules))
            else:
                yield path, None


def _known(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _is_ignored(path: str, is_folder: bool, rules: _Rules) -> bool:
    """What the nearest rule says that says anything."""
    for prefix, spec in reversed(rules):
        said = spec.check_file(path.removeprefix(prefix) + ("/" if is_folder else "")).include
        if said is not None:
            return said
    return False


def _ignores(root: Path, prefix: str, entries: list[os.DirEntry[str]]) -> _Rules:
    if not any(entry.name == ".gitignore" and entry.is_file(follow_symlinks=False) for entry in entries):
        return ()
    try:
        text = os.fsdecode(read_file(root, f"{prefix}.gitignore", 1_000_000))
    except OSError:
        return ()
    return ((prefix, _rules(line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n"))),)
