"""Which files a tree has: those that git knows or does not ignore, else all; symbolic links are facts and are not followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from msgspec import Struct
from pathspec import GitIgnoreSpec

from .config import Config
from .errors import LimitError, SourceError
from .git import Listing, list_files
from .patterns import specified
from .reading import read_file

__all__ = ["MARK", "MARKER", "Entry", "discover", "is_marked", "root_of"]

#: A file of this name marks a folder as output of this system.
MARKER = ".gazetteer"
#: What it says. A repository may have a file of that name for itself.
MARK = b"gazetteer output: files in this folder are written and removed by gaz build\n"

#: Longer paths, in bytes, are not looked at: with the folder of an output before them, they would be too long for the system.
MOST_PATH = 1_000

#: Never documented, also where git is absent.
_SKIPPED = frozenset((".git", ".hg", ".svn", ".jj"))
#: Left out where no repository says what is ignored.
_SKIPPED_WITHOUT_GIT = frozenset(("__pycache__", "node_modules", ".venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache"))


class Entry(Struct, frozen=True, gc=False):
    """One path of the tree.

    `path` is relative, with ``/``; bytes that are no UTF-8 are surrogates, as `os.fsdecode` gives them.
    """

    path: str
    kind: Literal["file", "symlink", "submodule", "special", "unreadable", "output"]
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


def discover(root: Path, config: Config, outputs: Iterable[Path] = ()) -> list[Entry]:
    """The entries of a tree, sorted by the bytes of their paths.

    Parameters
    ----------
    root : Path
        The tree.
    config : Config
        `repo.exclude` and limits.
    outputs : iterable of Path
        Folders that are being written: what lies in them is never read.
    """
    inside = [os.path.relpath(o, root) for o in outputs if o == root or root in o.parents]
    excluded = GitIgnoreSpec.from_lines(config.repo.exclude)
    paths, shut = list_files(root) or _walked(root)
    short, long = _short(paths)
    found = [Entry(path, "unreadable", why="its path is too long") for path in long]
    found += [Entry(path, "unreadable", why="permission denied") for path in shut]
    total, own = 0, dict[str, bool]()
    base, real = str(root), {"": True}
    below = tuple(f"{out}/" for out in inside)
    for path in short:
        if path in inside or path.startswith(below) or (config.repo.exclude and excluded.match_file(path)):
            continue
        if _in_own_output(root, path, own) or not _is_below_folders(base, path, real):
            continue
        entry = _entry(f"{base}/{path}", path)
        if entry is None or (entry.kind == "submodule" and is_marked(root / path)):
            continue
        found.append(entry)
        total += entry.size
        if len(found) > config.limits.files or total > config.limits.total_bytes:
            raise LimitError(
                f"{root} has more than {config.limits.files:,} files or {config.limits.total_bytes:,} bytes "
                "([limits] files, total_bytes in gazetteer.toml)"
            )
    found.sort(key=lambda entry: os.fsencode(entry.path))
    return found


def _short(paths: Iterable[str]) -> tuple[set[str], set[str]]:
    """Paths, and the folders that stand for those that are too long."""
    short, long = set[str](), set[str]()
    for path in paths:
        name = path.rstrip("/")
        if len(name) * 4 > MOST_PATH and len(os.fsencode(name)) > MOST_PATH:
            while len(os.fsencode(name)) > MOST_PATH:
                name = name.rpartition("/")[0]
            long.add(name)
        else:
            short.add(name)
    return short, long


def _is_below_folders(base: str, path: str, known: dict[str, bool]) -> bool:
    """Whether all that is above `path` in the tree are folders: git goes on naming files whose folder has become a link."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        try:
            known[folder] = _is_below_folders(base, folder, known) and stat.S_ISDIR(os.lstat(f"{base}/{folder}").st_mode)
        except OSError:
            known[folder] = False
    return known[folder]


def _in_own_output(root: Path, path: str, known: dict[str, bool]) -> bool:
    """Whether a folder above `path` has the marker of this system."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        known[folder] = bool(folder) and (_in_own_output(root, folder, known) or is_marked(f"{root}/{folder}"))
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


def _entry(place: str, path: str) -> Entry | None:
    try:
        found = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None  # in the index of git, but no more on disk
    except OSError as error:
        return Entry(path, "unreadable", why=error.strerror or str(error))
    mode = found.st_mode
    if stat.S_ISREG(mode):
        kind: Literal["file", "unreadable"] = "file" if os.access(place, os.R_OK) else "unreadable"
        return Entry(path, kind, found.st_size, found.st_mtime_ns, found.st_ino, executable=bool(mode & 0o100), ctime_ns=found.st_ctime_ns)
    if stat.S_ISLNK(mode):
        try:
            return Entry(path, "symlink", target=os.readlink(place))  # noqa: PTH115 - a text, as it is written
        except OSError:
            return None
    if stat.S_ISDIR(mode):
        return Entry(path, "submodule")
    return Entry(path, "special")


#: Of a folder above: its path with a slash, and its rules.
_Rules = tuple[tuple[str, GitIgnoreSpec], ...]


def _walked(root: Path) -> Listing:
    """Every path below `root` but those of version control, and folders that cannot be read; `.gitignore` files are heeded."""
    paths, shut = list[str](), list[str]()
    stack: list[tuple[str, _Rules]] = [("", ())]
    while stack:
        folder, rules = stack.pop()
        prefix = f"{folder}/" if folder else ""
        try:
            with os.scandir(f"{root}/{folder}") as listed:
                entries = list(listed)
        except OSError:
            shut.append(folder)
            continue
        if folder and any(entry.name == ".git" for entry in entries):
            paths.append(folder)  # another repository
            continue
        rules += _ignores(root, prefix, entries)
        for entry in entries:
            path, is_folder = prefix + entry.name, entry.is_dir(follow_symlinks=False)
            if entry.name in _SKIPPED or (is_folder and entry.name in _SKIPPED_WITHOUT_GIT) or _is_ignored(path, is_folder, rules):
                continue
            if is_folder and len(os.fsencode(path)) <= MOST_PATH:
                stack.append((path, rules))
            else:
                paths.append(path)
    return paths, shut


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
    return ((prefix, specified(text.splitlines())),)
