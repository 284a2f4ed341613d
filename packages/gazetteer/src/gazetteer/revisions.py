"""Files of a revision of git, or of a folder, as they are to be compared: nothing is checked out, and nothing of the repository runs.

Objects are read by ``git ls-tree`` and ``git cat-file --batch`` in an empty repository that we made, which has the objects of the other
and a copy of its references; its configuration, hooks, filters and attributes are not read.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .config import Config
from .discover import MARK, MARKER, discover, root_of
from .errors import SourceError
from .git import copy_index, environment, git_program, repository_of
from .reading import read_file

__all__ = ["FolderFiles", "Repository", "Revision", "repository"]

_MOST_REFS = 100_000
_SECONDS = 120.0
#: How git ends when it cannot go on.
_FATAL = 128


class FolderFiles:
    """The regular files of a folder: of each path what tells its content from others, and how many bytes it has."""

    def __init__(
        self, root: Path, config: Config, outputs: tuple[Path, ...] = (), algorithm: str = "sha1", left_out: Iterable[str] = ()
    ) -> None:
        self.root, self.title, self._most, self._algorithm = root_of(root), str(root), config.limits.file_bytes, algorithm
        self.files: dict[str, tuple[str, int]] = {}
        self.hidden = dict.fromkeys(left_out, "are not checked out")
        for entry in discover(self.root, config, outputs):
            if entry.kind == "file" and (key := self._key(entry.path)):
                self.files[entry.path] = (key, entry.size)
            elif entry.kind in ("file", "unreadable"):
                self.hidden[entry.path] = "cannot be read"

    def _key(self, path: str) -> str:
        """What git would call the content, so that a folder can be compared with a revision."""
        try:
            content = read_file(self.root, path)
        except OSError:
            return ""
        return _object_name(content, self._algorithm)

    def content(self, path: str) -> bytes:
        """The bytes of a file; nothing where it is gone or unreadable."""
        try:
            return read_file(self.root, path, self._most)
        except OSError:
            return b""


class Repository:
    """Objects of a repository, from `repository`."""

    def __init__(self, root: Path, top: Path, program: str, folder: Path, objects: Path, logs: tuple[Path, Path]) -> None:
        self.root, self.top, self._folder, self._logs = root, top, folder, logs
        #: How git names contents in this repository.
        self.algorithm = "sha256" if b"objectFormat" in (folder / "config").read_bytes() else "sha1"
        self._command = [program, f"--git-dir={folder}", "--no-replace-objects"]
        self._environment = environment() | {"GIT_OBJECT_DIRECTORY": str(objects)}
        self._reader: subprocess.Popen[bytes] | None = None

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*self._command, *arguments], cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True,
                check=False, timeout=_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(f"git cannot read {self.top}: {error}") from error

    def revision(self, name: str, exclude: Iterable[str] = ()) -> Revision:
        """The files of a revision: those that a build of it would read.

        Parameters
        ----------
        name : str
            A commit, a branch, a tag, whatever ``git rev-parse`` knows without a configuration.
        exclude : iterable of str
            Patterns of paths that are left out.

        Raises
        ------
        SourceError
            If there is none of that name.
        """
        if "@{" in name:
            _copy_logs(self._folder, *self._logs)
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        commit = done.stdout.decode("ascii", "replace").strip()
        if done.returncode == _FATAL and b"extension" in done.stderr:
            raise SourceError(f"git cannot read {self.top}: {_on_a_line(done.stderr)}")
        if done.returncode or not commit:
            raise SourceError(f"no revision {name!r} in the repository {self.top}; {self._expected(name)}")
        prefix = self._prefix()
        done = self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        if done.returncode:
            raise SourceError(f"the tree of {name!r} cannot be read: {_on_a_line(done.stderr)}")
        files = {}
        for line in done.stdout.split(b"\0"):
            if not line.startswith(b"100"):  # regular files: no links, no submodules
                continue
            head, _, raw = line.partition(b"\t")
            path = os.fsdecode(raw)
            if path.startswith(prefix):
                _, _, key, size = head.split()
                files[path.removeprefix(prefix)] = (key.decode(), int(size))
        return Revision(self, name, commit, self._read_by_a_build(files, exclude))

    def as_it_is(self, config: Config) -> FolderFiles:
        """The files of the tree as they are now."""
        return self.folder(self.root, config)

    def folder(self, path: Path, config: Config) -> FolderFiles:
        """The files of a folder, which may be the tree."""
        return FolderFiles(path, config, algorithm=self.algorithm, left_out=self._left_out() if path.resolve() == self.root else ())

    def _left_out(self) -> list[str]:
        """The paths that git tracks below the tree, but that a sparse checkout has not put there."""
        folder = self._logs[0]
        if not (folder / "info/sparse-checkout").is_file():
            return []
        with suppress(OSError):  # an index that cannot be had leaves nothing out
            copy_index(folder, self._folder)
        done = self._git(
            "-C", str(self.top), "-c", "core.bare=false", f"--work-tree={self.top}", "ls-files", "-z", "-t", "--cached", "--full-name"
        )
        prefix = self._prefix()
        paths = [os.fsdecode(line[2:]) for line in done.stdout.split(b"\0") if line.startswith(b"S ")]
        return [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]

    def _prefix(self) -> str:
        return "" if self.root == self.top else f"{self.root.relative_to(self.top)}/"

    def _expected(self, name: str) -> str:
        """What is to be given where there is no revision of a name."""
        before, dots, after = name.partition("..")
        if dots and before and after.strip("."):
            return f"expected two revisions: {before} {after.lstrip('.')}"
        if (self._folder / "shallow").exists():
            return "its clone is shallow and may lack it; expected a revision that was fetched (git fetch --unshallow fetches all)"
        return "expected a commit, a branch, a tag, or a folder"

    def _read_by_a_build(self, files: dict[str, tuple[str, int]], exclude: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Files without those that patterns exclude, and without outputs of this system that were committed."""
        from .patterns import specified

        excluded = specified(exclude)
        files = {path: found for path, found in files.items() if not excluded.match_file(path)}
        mark = _object_name(MARK, self.algorithm)
        outputs = tuple(path.removesuffix(MARKER) for path, (key, _) in files.items() if path.endswith(f"/{MARKER}") and key == mark)
        return {path: found for path, found in files.items() if not path.startswith(outputs)} if outputs else files

    def blob(self, key: str) -> bytes:
        """The bytes of an object, as they are stored: no filter runs over them."""
        if self._reader is None:
            self._reader = subprocess.Popen(
                [*self._command, "cat-file", "--batch"], cwd=self._folder, env=self._environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        stdin, stdout = _pipes(self._reader)
        stdin.write(f"{key}\n".encode())
        stdin.flush()
        head = stdout.readline().split()
        if len(head) != 3:
            raise SourceError(f"the object {key} is not in the repository {self.top}")
        content = stdout.read(int(head[2]))
        stdout.read(1)
        return content

    def close(self) -> None:
        """End the program that reads objects."""
        if self._reader is not None:
            stdin, stdout = _pipes(self._reader)
            with suppress(OSError):
                stdin.close()
            stdout.close()
            self._reader.wait(_SECONDS)


class Revision:
    """The files of one revision: of each path the name of its object, and how many bytes it has."""

    def __init__(self, repository: Repository, title: str, commit: str, files: dict[str, tuple[str, int]]) -> None:
        self._repository, self.title, self.commit, self.files = repository, title, commit, files
        self.hidden = dict[str, str]()

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        return self._repository.blob(self.files[path][0])


def _object_name(content: bytes, algorithm: str) -> str:
    """What git calls a content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _on_a_line(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


@contextmanager
def repository(root: Path) -> Iterator[Repository]:
    """The repository that `root` is in.

    Raises
    ------
    SourceError
        If it is in none, or there is no git.
    """
    found, program = repository_of(root), git_program(root)
    if program is None:
        raise SourceError("git is not installed; expected it on PATH, or two folders to compare")
    if found is None:
        raise SourceError(f"{root} is in no repository of git; expected one, or two folders to compare")
    top, folder = found
    common = _common(folder)
    with tempfile.TemporaryDirectory(prefix="gaz-git-") as made:
        _prepare(Path(made), folder, common)
        opened = Repository(root, top, program, Path(made), common / "objects", (folder, common))
        try:
            yield opened
        finally:
            opened.close()


def _common(folder: Path) -> Path:
    """The folder that a worktree shares with the repository it was made from."""
    try:
        text = os.fsdecode(read_file(folder, "commondir", 10_000)).strip()
    except OSError:
        return folder
    return (folder / text).resolve()


def _prepare(made: Path, folder: Path, common: Path) -> None:
    """An empty repository with a copy of the references of another: names and hashes, and nothing that could run."""
    from .git import _SHA256, _small

    sha256 = _SHA256.search(_small(common, "config") or b"") is not None
    tables = _tables(folder, common)
    extensions = "\tobjectFormat = sha256\n" * sha256 + "\trefStorage = reftable\n" * bool(tables)
    version = f"1\n[extensions]\n{extensions}" if extensions else "0\n"
    (made / "config").write_text(f"[core]\n\tbare = true\n\trepositoryFormatVersion = {version}")
    (made / "objects").mkdir()
    (made / "refs").mkdir()
    for name in ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD"):
        content = _small(folder, name)
        if content is not None or name == "HEAD":
            (made / name).write_bytes(content or b"ref: refs/heads/none\n")
    for name in ("packed-refs", "shallow"):
        if (content := _read(common, name)) is not None:
            (made / name).write_bytes(content)
    for name, content in tables.items():
        (made / "reftable").mkdir(exist_ok=True)
        (made / "reftable" / name).write_bytes(content)
    count = 0
    for above, folders, names in os.walk(common / "refs", followlinks=False):
        folders.sort()
        for name in names:
            path = Path(above, name).relative_to(common)
            count += 1
            if count > _MOST_REFS or not stat.S_ISREG((common / path).lstat().st_mode):
                continue
            if (content := _small(common, path.as_posix())) is not None:
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_bytes(content)


def _copy_logs(made: Path, folder: Path, common: Path) -> None:
    """Copy what tells where HEAD and branches were before (``HEAD@{1}``, ``@{-1}``); few ask for it, and it grows."""
    found = [(folder, "logs/HEAD")]
    for above, _, names in os.walk(common / "logs/refs/heads", followlinks=False):
        found += [(common, Path(above, name).relative_to(common).as_posix()) for name in names]
    for source, name in found[:_MOST_REFS]:
        if (content := _read(source, name)) is not None:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)


def _tables(folder: Path, common: Path) -> dict[str, bytes]:
    """The files of references that are kept in tables: those of the repository; a worktree has a HEAD of its own in others."""
    listed = _read(common, "reftable/tables.list")
    if listed is None:
        return {}
    if folder != common:
        raise SourceError(f"{folder} is a worktree of a repository whose references are in tables (reftable), which are not read there")
    found = {"tables.list": listed}
    for name in listed.decode("ascii", "replace").split():
        content = _read(common, f"reftable/{name}") if "/" not in name else None
        if content is not None:
            found[name] = content
    return found


def _read(folder: Path, name: str) -> bytes | None:
    try:
        return read_file(folder, name)
    except OSError:
        return None
