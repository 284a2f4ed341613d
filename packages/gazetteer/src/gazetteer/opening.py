"""One way for all commands to open a tree: its root, configuration, store and workers; and to make its atlas."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .claims import check_output, claimed, place_of
from .config import FILE_NAME, Config, load, parse
from .discover import discover, root_of
from .errors import ConfigError
from .later import LateWorkers
from .plugins import plugins
from .reading import read_file
from .store import Store, newest_store, note_newest, store_path

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .atlas import Atlas
    from .compiler.indexes import Indexes
    from .compiler.overlay import Overlay

__all__ = ["Opened", "config_of", "named_indexes", "opened", "overlay_of", "workers_of"]

Progress = Callable[[str, int, int], None]
#: Nobody writes as much of it.
_MOST_CONFIG = 1_000_000


class Opened:
    """An open tree.

    Attributes
    ----------
    root : Path
        The tree, absolute.
    out : Path or None
        The folder of the output, absolute, if the command has one.
    config, store, executor
        What `gazetteer.build.build` and `gazetteer.gather.gather` take.
    progress : callable
        Called with the name of a stage, how far it is, and how far it goes.
    """

    def __init__(
        self, root: Path, out: Path | None, config: Config, store: Store, executor: Executor | None, progress: Progress
    ) -> None:  # fmt: skip
        self.root, self.out, self.config, self.store, self.executor, self.progress = root, out, config, store, executor, progress

    def atlas(self) -> Atlas:
        """All facts of the tree as it is now; only what has changed since the last time is read."""
        from .gather import gather
        from .naming import tree_name
        from .resolve import resolve

        entries = discover(self.root, self.config, [self.out] if self.out else [])
        gathered = gather(self.root, entries, self.config, self.store, self.executor, self.progress)
        overlay = overlay_of(named_indexes(self.root, self.config))
        return resolve(tree_name(self.root, gathered.files, self.config), gathered.files, self.config, self.config.links.rev, overlay)


@contextmanager
def opened(
    path: Path, *, out: Path | None = None, config_path: Path | None = None, jobs: int | None = None, executor: str = "local",
    progress: Progress = lambda _stage, _done, _of: None, writes: bool = False, wait: bool = True,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[Opened]:  # fmt: skip
    """Open the tree at `path`. Everything is checked before anything is written.

    Parameters
    ----------
    path : Path
        A folder.
    out : Path, optional
        Where a build of this command writes, or where one has written. Without one, what the newest build of the tree knows is taken over.
    config_path : Path, optional
        Instead of the tree's own ``gazetteer.toml``.
    jobs : int, optional
        How many processes read files; as many as there are cores by default.
    executor : str
        ``local``, ``dask``, or ``dask:`` and the address of a scheduler.
    progress : callable
        See `Opened`.
    writes : bool
        Whether the command writes to `out`, which is then its own until the block ends.
    wait, waiting
        See `gazetteer.claims.claimed`.

    Raises
    ------
    SourceError, ConfigError, OutputError, UsageError
        If one of them cannot be used.
    """
    root = root_of(path)
    config = config_of(root, config_path)
    place = None
    if out is not None:
        check_output(root, out)
        place = place_of(out)
    with ExitStack() as stack:
        pool = workers_of(stack, executor, jobs, config)
        if writes and place is not None:
            stack.enter_context(claimed(root, place, wait=wait, waiting=waiting))
        store = Store(store_path(root, place or root))
        newest = newest_store(root) if place is None else None
        if newest is not None:
            store.learn(newest)
        stack.enter_context(store)
        yield Opened(root, place, config, store, pool, progress)
        if writes and place is not None:
            note_newest(root, place)


def workers_of(stack: ExitStack, executor: str, jobs: int | None, config: Config) -> Executor:
    """What `gazetteer.pool.workers` gives; processes here alone, of all, are sure to be there when they are needed.

    Raises
    ------
    UsageError
        If the executor is unknown, or a plugin cannot be used: before anything is written.
    """
    if plugins():
        importlib.import_module("gazetteer.lang.table")
    if executor == "local":
        return cast("Executor", LateWorkers(stack, jobs, config))
    from .pool import workers

    return stack.enter_context(workers(executor, jobs, config))


def named_indexes(root: Path, config: Config, others: Sequence[Path] = ()) -> Indexes | None:
    """The indexes of compilers that a configuration names, and others; None where there are none."""
    if not config.compiler.scip and not others:
        return None
    from .compiler.indexes import indexes_of

    return indexes_of(root, config, others)


def overlay_of(indexes: Indexes | None) -> Overlay | None:
    """What resolving takes of indexes of compilers; nothing is imported where there are none."""
    if indexes is None:
        return None
    from .compiler.overlay import Overlay

    return Overlay(indexes)


def config_of(root: Path, config_path: Path | None = None) -> Config:
    """The configuration in `config_path`, else that of the tree, which is read like any file of it: not through a link."""
    if config_path is not None:
        return load(config_path)
    try:
        content = read_file(root, FILE_NAME, _MOST_CONFIG)
        if len(content) > _MOST_CONFIG:
            raise ConfigError(f"configuration {root / FILE_NAME} has more than {_MOST_CONFIG:,} bytes")
        text = content.decode()
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"configuration {root / FILE_NAME} cannot be read: {error.strerror or error} (links are not followed)") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"configuration {root / FILE_NAME} is no UTF-8: {error.reason} at byte {error.start}") from error
    return parse(text, str(root / FILE_NAME))
