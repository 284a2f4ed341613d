"""Documenting a tree again whenever it changes: builds, one after the other, in one process, each equal to a first build."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from .build import Built, build
from .claims import check_output, place_of
from .discover import DECIDING, MOST_PATH, Entry, file_at, real_cache_folder, root_of
from .errors import GazetteerError, UsageError
from .git import deciding
from .ground import Ground
from .opening import config_of, named_indexes, workers_of
from .parallel import cores
from .quick import Stat, stat_of
from .store import Store, note_newest, store_path
from .unchanged import is_racy, lies

if TYPE_CHECKING:
    from .config import Config

__all__ = ["watch"]

#: Milliseconds without a change after which a build begins, and after which it begins in any case.
_QUIET_MS, _LATEST_MS = 8, 1_600
#: After more changes at once than this, the whole tree is looked at.
_MOST = 100
#: Milliseconds after which, where nothing has changed meanwhile, those files are looked at of whose changes the system does not tell.
_LOOK_MS = 500
#: Folders whose files are never documented.
_SKIPPED = frozenset((".git", ".hg", ".svn", ".jj"))


def watch(
    path: Path, out: Path, *, formats: tuple[str, ...] = ("md",), config_path: Path | None = None,
    adjust: Callable[[Config], Config] = lambda config: config, jobs: int | None = None,
    executor: str = "local", stop: Event | None = None, changes: Callable[[Path, Event | None], Iterator[object]] | None = None,
    failed: Callable[[GazetteerError], None] | None = None,
) -> Iterator[Built]:  # fmt: skip
    """Build now, and after each change below `path`; what each build did.

    Parameters
    ----------
    path, out : Path
        The tree, and the folder of the output.
    formats : tuple of str
        As for `gazetteer.build.build`.
    config_path : Path, optional
        Instead of the tree's own ``gazetteer.toml``.
    adjust : callable
        Gives the configuration of a build, of that of the tree as it is then.
    jobs, executor
        As for `gazetteer.opening.opened`.
    stop : Event, optional
        Ends it when it is set.
    changes : callable, optional
        Gives something after each change; by default `watchfiles` does, told by the system.
    failed : callable, optional
        Gets what a build after a change has failed of, and the next change is waited for: a configuration may be half written, a disk
        full for a while. Without it, and of the first build, errors are raised.

    Raises
    ------
    UsageError
        If `watchfiles` is not installed.
    SourceError
        If the tree is gone.
    """
    root = root_of(path)
    check_output(root, out)
    out = place_of(out)
    follow = changes or _changes(out, config_path)
    memory: dict[bytes, object] = {}
    sight = _Sight(root, out)
    with ExitStack() as stack:
        is_local = executor == "local"
        pool = None if is_local else workers_of(stack, executor, jobs, config_of(root, config_path))

        def once() -> Built:
            # The store is opened anew, since another command may need it meanwhile; the configuration may be what has changed.
            # Workers of this machine are those of one build: they end before it makes pages in as many processes.
            with ExitStack() as own, Store(store_path(root, out), memory) as store:
                config = adjust(config_of(root, config_path))
                return build(
                    root, out, config, store, formats=formats, executor=pool or workers_of(own, executor, jobs, config),
                    jobs=(jobs or cores()) if is_local else 1, ground=sight.ground, indexes=named_indexes(root, config),
                )  # fmt: skip

        built = once()
        note_newest(root, out)
        yield built
        for batch in follow(root, stop):
            if not sight.changed(batch):
                continue
            try:
                built = once()
            except GazetteerError as error:
                root_of(root)  # a tree that is gone is waited for in vain
                if failed is None:
                    raise
                sight.forget()
                failed(error)
                continue
            if built.written or built.removed:  # else it was what is not documented
                yield built


class _Sight:
    """What is known of the tree and of the output from being told of changes, so that neither has to be looked through.

    Parameters
    ----------
    root, out : Path
        The tree, and the folder of the output.
    """

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = str(root), str(out)
        self.ground = Ground()
        self._numbers: dict[str, int] = {}
        self._racy: set[int] = set()
        self._of: list[Entry] | None = None

    def forget(self) -> None:
        """Have the next build look through both."""
        self.ground.entries = self.ground.lying = None

    def changed(self, batch: object) -> bool:
        """Take note of changes; whether there are any besides those that the last builds made."""
        paths = sorted({path for _, path in batch}) if isinstance(batch, set) and len(batch) <= _MOST else []
        if not paths or self.root in paths:
            self.forget()
            return True
        seen = time.time_ns()
        of_output = [path for path in paths if path == self.out or path.startswith(f"{self.out}/")]
        of_tree = [path for path in paths if path not in of_output]
        is_any = bool(of_tree)
        for path in of_output:
            is_any |= self._of_output(path[len(self.out) + 1 :])
        if of_tree:
            self._of_tree([path[len(self.root) + 1 :] for path in of_tree], seen)
        return is_any

    def _of_output(self, path: str) -> bool:
        touched, now = self.ground.touched, lies(f"{self.out}/{path}")
        if touched.get(path) == now or Path(self.out, path).is_dir():
            return False
        self.ground.lying = None
        return True

    def _may_matter(self, path: str) -> bool:
        """Whether a path may have to do with the tree: it is one of its files, it decides which these are, or something is or was there."""
        parts = path.split("/")
        if path in self._numbers or parts[-1] in DECIDING or ".git" in parts or len(path) * 4 > MOST_PATH:
            return True
        return os.path.lexists(f"{self.root}/{path}") or any(known.startswith(f"{path}/") for known in self._numbers)

    def _of_tree(self, paths: list[str], seen: int) -> None:
        """Only the content of a file that was there before leaves the rest as it was."""
        entries = self.ground.entries
        if entries is None:
            return
        if entries is not self._of:
            self._of, self._numbers = entries, {entry.path: number for number, entry in enumerate(entries)}
            self._racy = {n for n, entry in enumerate(entries) if entry.kind == "file" and is_racy(entry, self.ground.seen_ns)}
        # Many programs write a file beside its place, and move it there: where it was written, nothing is any more.
        paths = [path for path in paths if self._may_matter(path)]
        numbers = {self._numbers.get(path, -1) for path in paths if path.rpartition("/")[2] not in DECIDING}
        if -1 in numbers or len(numbers) < len(paths):
            self.ground.entries = None
            return
        # What had just been changed when it was looked at is looked at again.
        for number in sorted(numbers | self._racy):
            entry = file_at(self.root, entries[number].path)
            if entry is None or entries[number].kind != "file":
                self.ground.entries = None
                return
            self.ground.put(number, entry)
            (self._racy.add if is_racy(entry, seen) else self._racy.discard)(number)
        self.ground.seen_ns = seen


def _changes(out: Path, config_path: Path | None = None) -> Callable[[Path, Event | None], Iterator[object]]:
    try:
        import watchfiles
    except ImportError as error:
        raise UsageError("gaz watch needs watchfiles, which is not installed; expected: pip install 'gazetteer[watch]'") from error

    def follow(path: Path, stop: Event | None) -> Iterator[object]:
        paths = [path] if path in out.parents else [path, out]
        cache = real_cache_folder()
        is_over = False
        while not is_over:
            root_of(path)
            known, is_first, is_over = _apart(path, config_path), True, True
            there = [place for place in paths if place.is_dir()]
            told = watchfiles.watch(
                *there, step=_QUIET_MS, debounce=_LATEST_MS, stop_event=stop, rust_timeout=_LOOK_MS,
                yield_on_timeout=True, watch_filter=lambda _change, where: _is_told_of(where, path, cache), ignore_permission_denied=True,
            )  # fmt: skip
            for batch in told:
                before, known = known, known if batch else _apart(path, config_path)
                # What changed while the first build ran, nobody was told of: all is looked at once.
                if is_first or known != before:
                    yield None
                elif batch:
                    yield batch
                is_first = False
                if any((watchfiles.Change.deleted, str(p)) in batch if p in there else p.is_dir() for p in paths):
                    is_over = False  # of what stands there now, the system does not tell
                    break

    return follow


def _is_told_of(where: str, root: Path, cache: Path) -> bool:
    """Whether a change may be one of the tree, or of which files it has; most that git does is not, and what a build keeps is not."""
    below = where.removeprefix(f"{root}/")
    return not where.startswith(f"{cache}/") and (
        _SKIPPED.isdisjoint(below.split("/")) or below in (".git", ".git/index", ".git/info/exclude")
    )


def _apart(root: Path, config_path: Path | None) -> dict[str, Stat]:
    """The files that may lie outside of the tree and decide what is documented, as they are now: of git, and the configuration."""
    paths = [*deciding(root), *([os.fspath(config_path)] if config_path is not None else ())]
    return {path: stat_of(path) for path in paths}
