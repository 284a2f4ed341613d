"""Documenting a tree again whenever it changes: builds, one after the other, in one process, each equal to a first build."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from .build import Built, build
from .claims import check_output, place_of
from .discover import DECIDING, Entry, file_at, root_of
from .errors import UsageError
from .opening import config_of, named_indexes, workers_of
from .parallel import cores
from .store import Store, note_newest, store_path
from .unchanged import Ground, is_racy, lies

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .config import Config

__all__ = ["watch"]

#: Milliseconds without a change after which a build begins, and after which it begins in any case.
_QUIET_MS, _LATEST_MS = 8, 1_600
#: After more changes at once than this, the whole tree is looked at.
_MOST = 100


def watch(
    path: Path, out: Path, *, formats: tuple[str, ...] = ("md",), config_path: Path | None = None,
    adjust: Callable[[Config], Config] = lambda config: config, jobs: int | None = None,
    executor: str = "local", stop: Event | None = None, changes: Callable[[Path, Event | None], Iterator[object]] | None = None,
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

    Raises
    ------
    UsageError
        If `watchfiles` is not installed.
    """
    root = root_of(path)
    check_output(root, out)
    out = place_of(out)
    follow = changes or _changes(out)
    memory: dict[bytes, object] = {}
    sight = _Sight(root, out)
    with ExitStack() as stack:
        pool = workers_of(stack, executor, jobs, config_of(root, config_path))
        # The first build is that of the whole tree: it has workers of its own, which end with it, and makes pages in as many processes.
        is_local = executor == "local"
        first = workers_of(stack, executor, jobs, config_of(root, config_path)) if is_local else pool

        def once(pool: Executor, jobs: int) -> Built:
            # The store is opened anew, since another command may need it meanwhile; the configuration may be what has changed.
            with Store(store_path(root, out), memory) as store:
                config = adjust(config_of(root, config_path))
                return build(
                    root, out, config, store, formats=formats, executor=pool, jobs=jobs, ground=sight.ground,
                    indexes=named_indexes(root, config),
                )  # fmt: skip

        built = once(first, (jobs or cores()) if is_local else 1)
        note_newest(root, out)
        yield built
        for batch in follow(root, stop):
            if not sight.changed(batch):
                continue
            built = once(pool, 1)
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

    def changed(self, batch: object) -> bool:
        """Take note of changes; whether there are any besides those that the last builds made."""
        if not isinstance(batch, set) or len(batch) > _MOST:
            self.ground.entries = self.ground.lying = None
            return True
        seen = time.time_ns()
        paths = sorted({path for _, path in batch})
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

    def _of_tree(self, paths: list[str], seen: int) -> None:
        """Only the content of a file that was there before leaves the rest as it was."""
        entries = self.ground.entries
        if entries is None:
            return
        if entries is not self._of:
            self._of, self._numbers = entries, {entry.path: number for number, entry in enumerate(entries)}
            self._racy = {n for n, entry in enumerate(entries) if entry.kind == "file" and is_racy(entry, self.ground.seen_ns)}
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


def _changes(out: Path) -> Callable[[Path, Event | None], Iterator[object]]:
    try:
        import watchfiles
    except ImportError as error:
        raise UsageError("gaz watch needs watchfiles: install gazetteer[watch]") from error

    def follow(path: Path, stop: Event | None) -> Iterator[object]:
        paths = [path] if path in out.parents else [path, out]
        return watchfiles.watch(*paths, step=_QUIET_MS, debounce=_LATEST_MS, stop_event=stop, watch_filter=watchfiles.DefaultFilter())

    return follow
