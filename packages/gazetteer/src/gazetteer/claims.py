"""The folder of an output: whether it may be written, and whose it is while a build writes to it."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .discover import MARK, MARKER, is_marked
from .errors import OutputError
from .names import printable
from .output import JOURNAL, MANIFEST, pages_of
from .store import STATE, meta_in, store_path
from .unchanged import listing, pairs_of, state_of, unspoiled

__all__ = ["check_output", "claimed", "place_of"]

#: How often this process has claimed a folder; a file lock alone would make it wait for itself.
_claims: dict[tuple[int, int], int] = {}


def place_of(out: Path) -> Path:
    """The absolute path of an output: the links above it are followed, it itself is not.

    Examples
    --------
    >>> place_of(Path("/usr/../usr/docs"))
    PosixPath('/usr/docs')
    """
    out = Path(os.path.normpath(out)) if out.name in ("", "..") else out
    return out.parent.resolve() / out.name if out.name not in ("", "..") else out.resolve()


def check_output(root: Path, out: Path) -> None:
    """Make sure that `out` may be written, and write nothing.

    Raises
    ------
    OutputError
        If it is the source or contains it, is a link, a file or unwritable, lies behind a link of the tree, or holds someone else's files.
    """
    real = place_of(out)
    if real == root or real in root.parents:
        raise OutputError(f"output {out} {'is' if real == root else 'contains'} the source {root}; name another folder (-o)")
    _no_link_inside(root, out)
    try:
        mode = out.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        _check_parent(out)
        return
    except OSError as error:
        raise OutputError(f"output {out} cannot be read: {error.strerror}") from error
    if stat.S_ISLNK(mode):
        raise OutputError(f"output {out} is a symbolic link; name the folder itself (-o)")
    if not stat.S_ISDIR(mode):
        raise OutputError(f"output {out} is a file; name a folder (-o)")
    if not os.access(out, os.R_OK | os.W_OK | os.X_OK):
        raise OutputError(f"output {out} cannot be written: permission denied")
    theirs = "" if is_marked(out) else _somebodys(root, out)
    if theirs and not is_marked(out):  # another build may have claimed it meanwhile
        raise OutputError(f"output {out} holds files that are not Gazetteer's ({printable(theirs)}); name an empty or a new folder (-o)")


def _somebodys(root: Path, out: Path) -> str:
    """The first file in a folder without a marker that is not known to be ours; an empty text where there is none.

    Ours are pages that its manifest names, and files that lie as the last build left them: who goes back to a commit without the output
    takes away what was committed of it, the marker and the manifest too, and leaves the pages that were not.
    """
    lying = listing(out)
    found = sorted({path for path, _ in pairs_of(lying)})
    if os.path.lexists(out / MARKER) and ((out / MARKER).lstat().st_size or len(found) > 1):
        return MARKER  # somebody's own; an empty one alone is that of a build that was killed
    pages = pages_of(out)
    ours = {*pages, *unspoiled(_left(root, out), lying), *((MANIFEST, JOURNAL) if pages else ())}
    return next((path for path in found if path not in ours), "")


def _left(root: Path, out: Path) -> bytes:
    """The listing of what the last build has left, if that is still known."""
    state = state_of(meta_in(store_path(root, place_of(out)), STATE))
    return state.outputs if state is not None else b""


def _no_link_inside(root: Path, out: Path) -> None:
    """Refuse an output below the tree that one of the tree's own links would lead elsewhere."""
    absolute = Path(os.path.normpath(out.absolute()))
    if root not in absolute.parents:
        return
    for folder in absolute.parents:
        if folder == root:
            break
        if folder.is_symlink():
            raise OutputError(f"output {out} lies behind {folder}, a symbolic link of the tree; name another folder (-o)")


def _check_parent(out: Path) -> None:
    """Make sure that `out`, which is not there, can be made."""
    for folder in out.absolute().parents:
        try:
            mode = folder.stat().st_mode
        except OSError:
            continue
        if not stat.S_ISDIR(mode):
            raise OutputError(f"output {out} cannot be made: {folder} is a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"output {out} cannot be made: {folder} is not writable")
        return


@contextmanager
def claimed(root: Path, out: Path, *, wait: bool = True, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Own `out` until the block ends: made, marked, and locked against other builds, also those of other users of the folder.

    Parameters
    ----------
    root, out : Path
        The tree and the folder of the output.
    wait : bool
        Wait for another build that writes there; otherwise it is an error.
    waiting : callable
        Called once, before waiting.

    Raises
    ------
    OutputError
        If `out` may not be written.
    """
    check_output(root, out)
    made = _not_there(out)
    lock = _marked(out, wait, waiting)
    try:
        found = os.fstat(lock)
        key = (found.st_dev, found.st_ino)
        if found.st_size == 0:
            os.write(lock, MARK)
        _claims[key] = _claims.get(key, 0) + 1
        try:
            yield
        except BaseException:
            if _claims[key] == 1:
                _unmake(out, made)
            raise
        finally:
            _claims[key] -= 1
            if not _claims[key]:
                del _claims[key]
    finally:
        os.close(lock)


def _not_there(out: Path) -> list[Path]:
    """The folders that are made for an output, the innermost first."""
    return [folder for folder in (out, *out.parents) if not folder.exists()]


def _unmake(out: Path, made: list[Path]) -> None:
    """Take away what a build that came to nothing has made: folders in which there is nothing but the marker."""
    with suppress(OSError):  # someone else has put something there meanwhile, or taken it away
        if made and {path.name for path in out.iterdir()} == {MARKER}:
            (out / MARKER).unlink()
            for folder in made:
                folder.rmdir()


def _marked(out: Path, wait: bool, waiting: Callable[[], None]) -> int:
    """The marker of an output, which is made where there is none, open and locked."""
    while True:
        try:
            out.mkdir(parents=True, exist_ok=True)
            lock = os.open(out / MARKER, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise OutputError(f"output {out} cannot be written: {error.strerror}") from error
        try:
            found = os.fstat(lock)
            if (found.st_dev, found.st_ino) not in _claims:
                _lock(lock, out, wait, waiting)
            if os.fstat(lock).st_nlink:
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # the build that was waited for came to nothing, and took its marker away


def _lock(lock: int, out: Path, wait: bool, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError as error:
        if not wait:
            raise OutputError(f"output {out} is being written by another build") from error
    waiting()
    fcntl.flock(lock, fcntl.LOCK_EX)
