"""The whole pipeline: discover, gather, resolve, compose, write. Pages whose bytes are the same are not written again."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

from msgspec import Struct

from .atlas import Atlas
from .compose import Book
from .config import Config
from .discover import discover
from .document import PageRef
from .gather import gather
from .output import Writer, claimed
from .render.markdown import Links, markdown
from .resolve import resolve
from .store import Store

__all__ = ["Built", "build"]


class Built(Struct):
    """What a build did."""

    files: int
    scanned: int
    extracted: int
    pages: int
    written: int
    removed: int


def build(
    root: Path, out: Path, config: Config, store: Store, *, formats: tuple[str, ...] = ("md",), executor: Executor | None = None,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _of: None,
) -> Built:  # fmt: skip
    """Document the tree at `root` in the folder `out`.

    Raises
    ------
    OutputError
        If `out` may not be written, for instance because it holds files that are not this system's.
    """
    with claimed(root, out):
        return _build(root, out, config, store, formats, executor, progress)


def _build(
    root: Path, out: Path, config: Config, store: Store, formats: tuple[str, ...], executor: Executor | None,
    progress: Callable[[str, int, int], None],
) -> Built:  # fmt: skip
    entries = discover(root, config, [out])
    gathered = gather(root, entries, config, store, executor, progress)
    atlas = resolve(config.repo.name or root.name, gathered.files, config, config.links.rev)
    with Writer(out) as writer:
        for path, content in outputs(atlas, root, out, config, formats):
            writer.write(path, content())
        writer.finish()
        return Built(len(entries), gathered.scanned, gathered.extracted, len(writer.now), writer.written, writer.removed)


def outputs(atlas: Atlas, root: Path, out: Path, config: Config, formats: tuple[str, ...]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Path of every file of the output, and what gives its bytes."""
    book = Book(atlas, config)
    source = config.links.source or os.path.relpath(root, out)
    if "md" in formats:
        links = Links(book.names, source, config.links.rev, parts=book.parts)
        for ref in book.refs():
            yield links.page(ref), functools.partial(_markdown, book, ref, links)

    if "html" in formats:
        from .render.site import Site

        yield from Site(book, root, out, config).outputs()


def _markdown(book: Book, ref: PageRef, links: Links) -> bytes:
    return markdown(book.page(ref), links)
