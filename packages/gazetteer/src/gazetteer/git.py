"""What git says of a tree, without reading a word of the repository's own configuration.

A repository can name programs that git runs (`core.fsmonitor`, hooks, filters, `core.sshCommand`), other folders (`core.worktree`,
``gitdir:``) and files to include. So the index alone is copied into an empty repository that we made; git works with that one.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

from .reading import Folders, read_file

__all__ = ["Listing", "copy_index", "deciding", "git_program", "list_files", "repository_of"]

#: A listing that takes longer is given up, for instance since an ignore file is a pipe.
SECONDS = 120.0

_WARNING = re.compile(rb"^warning: could not open directory '(.*)/': ", re.MULTILINE)
_SHA256 = re.compile(rb"^\s*objectformat\s*=\s*\"?sha256\"?\s*$", re.IGNORECASE | re.MULTILINE)
_WORKTREE = re.compile(rb"^\s*worktree\s*=\s*\"?([^\"\n]+)\"?\s*$", re.IGNORECASE | re.MULTILINE)
_MOST = 1_000_000
_MOST_PARTS = 8
#: An index of more bytes is none that a tree of all the files has that `[limits] files` allows; nor does git need more memory for those.
#: Archives can hold files that claim to have terabytes.
_MOST_INDEX, _MEMORY = 400_000_000, 1 << 30

#: Paths, and folders that could not be read.
Listing = tuple[list[str], list[str]]


def git_program(root: Path) -> str | None:
    """Where git is; never in the tree itself, nor wherever the current folder happens to be."""
    import shutil

    folders = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(p)]  # noqa: PTH117 - a text
    return shutil.which("git", path=os.pathsep.join(p for p in folders if not f"{os.path.realpath(p)}/".startswith(f"{root}/")))


def environment() -> dict[str, str]:
    """Variables for git: none of the caller's (``GIT_DIR`` leads elsewhere), no configuration of the user or the machine."""
    return {
        "PATH": os.defpath, "LC_ALL": "C", "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
        "GIT_CEILING_DIRECTORIES": "/", "GIT_NO_LAZY_FETCH": "1", "GIT_PAGER": "cat",
    }  # fmt: skip


def repository_of(root: Path) -> tuple[Path, Path] | None:
    """The work tree that `root` is in, and its git folder; None where there is none that can be trusted to belong to it."""
    for top in (root, *root.parents):
        try:
            mode = (top / ".git").lstat().st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode):
            return top, top / ".git"
        if stat.S_ISREG(mode):
            folder = _linked(top)
            return (top, folder) if folder is not None else None
        return None  # a link, or worse
    return None


def _linked(top: Path) -> Path | None:
    """The git folder that a ``.git`` file names, if it names this work tree in turn: that of a worktree or of a submodule."""
    try:
        text = os.fsdecode(read_file(top, ".git", 10_000))
        if not text.startswith("gitdir:"):
            return None
        folder = (top / text.removeprefix("gitdir:").strip()).resolve()
        with_back = _small(folder, "gitdir")
        if with_back is not None:
            return folder if Path(os.fsdecode(with_back).strip()).resolve() == (top / ".git").resolve() else None
        match = _WORKTREE.search(_small(folder, "config") or b"")
        return folder if match and (folder / os.fsdecode(match[1]).strip()).resolve() == top.resolve() else None
    except (OSError, ValueError):
        return None


def _small(folder: Path, name: str) -> bytes | None:
    try:
        return read_file(folder, name, _MOST)
    except OSError:
        return None


def list_files(root: Path) -> Listing | None:
    """What git tracks below `root`, or would, and what it could not read; None where `root` is in no repository, or there is no git.

    Nested repositories and submodules are one path each, with a ``/`` at its end where they are not tracked.
    """
    found = repository_of(root)
    program = git_program(root) if found is not None else None
    if found is None or program is None:
        return None
    import subprocess
    import tempfile

    top, folder = found
    with tempfile.TemporaryDirectory(prefix="gaz-git-") as empty:
        if not _prepare(Path(empty), folder):
            return None
        command = [
            program, f"--git-dir={empty}", f"--work-tree={top}", "-c", "core.quotePath=false",
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, cwd=root, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS,
                preexec_fn=_limit_memory,  # which takes no lock that another thread may hold
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            return None
    if done.returncode or (not done.stdout and top != root):  # ignored as a whole by a repository around it
        return None
    prefix = "" if top == root else f"{root.relative_to(top)}/"
    shut = [os.fsdecode(p).removeprefix(prefix) for p in _WARNING.findall(done.stderr)]
    return list(filter(None, os.fsdecode(done.stdout).split("\0"))), shut


def _limit_memory() -> None:
    """Let git, before it begins, have no more memory than it needs: it reads ignore files of any size as a whole."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > _MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def deciding(root: Path) -> Iterator[str]:
    """The paths, not below `root`, that decide what git says of the tree."""
    found = repository_of(root)
    top = found[0] if found is not None else None
    for above in (root, *root.parents):
        if above == top and found is not None and found[1] == above / ".git":
            break  # whatever git does changes the time of its folder
        yield f"{above}/.git"
        if above == top:
            break
    if found is not None and top is not None:
        yield from (f"{found[1]}/{name}" for name in ("gitdir", "config", "index", "info/exclude"))
        yield f"{found[1].parent.parent}/info/exclude"
        yield from (f"{folder}/.gitignore" for folder in (root, *root.parents) if folder == top or top in folder.parents)
    program = git_program(root) if found is not None else None
    if program is not None:
        yield program


def _prepare(empty: Path, folder: Path) -> bool:
    """Make a repository of nothing but an index and the ignore rules beside it; False if there is an index that cannot be had."""
    sha256 = _SHA256.search(_small(folder, "config") or b"") is not None
    version = "1\n[extensions]\n\tobjectFormat = sha256\n" if sha256 else "0\n"
    (empty / "config").write_text(f"[core]\n\tbare = false\n\trepositoryFormatVersion = {version}")
    (empty / "HEAD").write_text("ref: refs/heads/none\n")
    for name in ("objects", "refs", "info"):
        (empty / name).mkdir()
    try:
        copy_index(folder, empty)
    except FileNotFoundError:
        pass  # nothing is tracked yet
    except OSError:
        return False
    (empty / "info" / "exclude").write_bytes(_small(folder, "info/exclude") or _common_exclude(folder))
    return True


def copy_index(folder: Path, made: Path) -> None:
    """Copy the index of a git folder into another."""
    for name in ("index", *_shared_indexes(folder)):
        _copy(folder, name, made / name)


def _copy(folder: Path, name: str, place: Path) -> None:
    import shutil

    with Folders(folder) as folders:
        file, size = folders.open(name)
    with os.fdopen(file, "rb") as source, place.open("wb") as target:
        if size > _MOST_INDEX:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)
        shutil.copyfileobj(source, target)


def _shared_indexes(folder: Path) -> list[str]:
    """The parts that an index is split into (``core.splitIndex``)."""
    return sorted(path.name for path in folder.glob("sharedindex.*"))[:_MOST_PARTS]


def _common_exclude(folder: Path) -> bytes:
    """The ignore rules of the repository that a worktree was made from."""
    if folder.parent.name == "worktrees":
        return _small(folder.parent.parent, "info/exclude") or b""
    return b""
