"""Documenting a tree again whenever it changes: builds, one after the other, in one process, each equal to a first build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from .build import Built, build
from .discover import root_of
from .errors import UsageError
from .opening import config_of
from .output import check_output
from .pool import workers
from .store import Store, store_path

__all__ = ["watch"]

#: Milliseconds without a change after which a build begins, and after which it begins in any case.
_QUIET_MS, _LATEST_MS = 50, 1_600


def watch(
    path: Path, out: Path, *, formats: tuple[str, ...] = ("md",), config_path: Path | None = None, jobs: int | None = None,
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
    follow = changes or _changes()
    out = out.absolute()

    root = root_of(path)
    check_output(root, out)
    memory: dict[bytes, object] = {}
    with workers(executor, jobs, config_of(root, config_path)) as pool:

        def once() -> Built:
            # The store is opened anew, since another command may need it meanwhile; the configuration may be what has changed.
            with Store(store_path(root, out), memory) as store:
                return build(root, out, config_of(root, config_path), store, formats=formats, executor=pool)

        yield once()
        for _ in follow(root, stop):
            built = once()
            if built.written or built.removed:  # else it was the output itself, or what is not documented
                yield built


def _changes() -> Callable[[Path, Event | None], Iterator[object]]:
    try:
        import watchfiles
    except ImportError as error:
        raise UsageError("gaz watch needs watchfiles: install gazetteer[watch]") from error

    def follow(path: Path, stop: Event | None) -> Iterator[object]:
        return watchfiles.watch(path, step=_QUIET_MS, debounce=_LATEST_MS, stop_event=stop, watch_filter=watchfiles.DefaultFilter())

    return follow
