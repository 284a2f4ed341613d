"""Which files a tree has: those that git knows or does not ignore, else all; symbolic links are facts and are not followed."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct
from pathspec import GitIgnoreSpec

from .config import Config
from .errors import LimitError, SourceError

__all__ = ["MARK", "MARKER", "Entry", "discover", "is_marked", "root_of"]

#: A file of this name marks a folder as output of this system.
MARKER = ".gazetteer"
#: What it says. A repository may have a file of that name for itself.
MARK = b"gazetteer output: files in this folder are written and removed by gaz build\n"

#: Never documented, also where git is absent.
_SKIPPED = frozenset((".git", ".hg", ".svn", ".jj"))
#: Left out where no repository says what is ignored.
_SKIPPED_WITHOUT_GIT = frozenset(("__pycache__", "node_modules", ".venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache"))


class Entry(Struct, frozen=True):
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
    paths = _git_paths(root)
    found, total = [], 0
    own: dict[str, bool] = {}
    for path in sorted(_walked(root) if paths is None else paths, key=os.fsencode):
        if any(path == out or path.startswith(out + "/") for out in inside) or (config.repo.exclude and excluded.match_file(path)):
            continue
        if _in_own_output(root, path, own):
            continue
        entry = _entry(root, path)
        if entry is None:
            continue
        found.append(entry)
        total += entry.size
        if len(found) > config.limits.files or total > config.limits.total_bytes:
            raise LimitError(
                f"{root} has more than {config.limits.files:,} files or {config.limits.total_bytes:,} bytes "
                "([limits] files, total_bytes in gazetteer.toml)"
            )
    return found


def _in_own_output(root: Path, path: str, known: dict[str, bool]) -> bool:
    """Whether a folder above `path` has the marker of this system."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        known[folder] = bool(folder) and (_in_own_output(root, folder, known) or is_marked(root / folder))
    return known[folder]


def is_marked(folder: Path) -> bool:
    """Whether a folder is output of this system."""
    try:
        with os.fdopen(os.open(folder / MARKER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.read(len(MARK) + 1) == MARK
    except OSError:
        return False


def _entry(root: Path, path: str) -> Entry | None:
    try:
        found = os.lstat(root / path)
    except OSError:
        return None  # in the index of git, but no more on disk
    mode = found.st_mode
    if stat.S_ISREG(mode):
        readable = os.access(root / path, os.R_OK)
        return Entry(path, "file" if readable else "unreadable", found.st_size, found.st_mtime_ns, found.st_ino, bool(mode & 0o100))
    if stat.S_ISLNK(mode):
        return Entry(path, "symlink", target=os.readlink(root / path))
    if stat.S_ISDIR(mode):
        return Entry(path, "submodule")
    return Entry(path, "special")


def _git_paths(root: Path) -> list[str] | None:
    """What git tracks, or would; None where `root` is not in a repository or there is no git."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    # Nothing that the repository configures may run: hooks, monitors, filters and foreign work trees are off.
    command = [
        "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false",
        "-c", "core.excludesFile=/dev/null", "-c", "safe.directory=*", "-c", "core.quotePath=false",
        "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate",
    ]  # fmt: skip
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "HOME": os.devnull,
    }  # fmt: skip
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return [os.fsdecode(p) for p in done.stdout.split(b"\0") if p]


def _walked(root: Path) -> Iterator[str]:
    """Every path below `root` but those of version control; `.gitignore` files are heeded."""
    stack: list[tuple[str, tuple[tuple[str, GitIgnoreSpec], ...]]] = [("", ())]
    while stack:
        folder, specs = stack.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            continue
        specs += _ignores(root, folder, entries)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name in _SKIPPED or (is_folder and entry.name in _SKIPPED_WITHOUT_GIT):
                continue
            if any(spec.match_file(os.path.relpath(path, base or ".") + ("/" if is_folder else "")) for base, spec in specs):
                continue
            if is_folder:
                stack.append((path, specs))
            else:
                yield path


def _ignores(root: Path, folder: str, entries: list[os.DirEntry[str]]) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False) and entry.stat().st_size < 1_000_000:
            text = (root / folder / ".gitignore").read_bytes().decode("utf-8", "replace")
            return ((folder, GitIgnoreSpec.from_lines(text.splitlines())),)
    return ()
