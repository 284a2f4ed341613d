"""A build after a small change, from what the last one kept to the files that are written again."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from .amend import MOST_FILES, Amended, NotSmallError, amended
from .compose import Book
from .config import Config
from .discover import Entry
from .document import PageRef
from .kept import Kept, View, described, kept_of, lasting
from .output import Writer
from .render.links import Links, source_of
from .render.markdown import markdown
from .store import Store
from .unchanged import State, is_racy

__all__ = ["Rebuilt", "rebuilt"]

#: Formats whose files are known by the pages that a change reaches; the files of others have something of all pages.
_FORMATS = frozenset(("md",))


class Rebuilt(Struct):
    """How many files were read."""

    scanned: int
    extracted: int


def rebuilt(
    root: Path, out: Path, config: Config, store: Store, entries: list[Entry], formats: tuple[str, ...], base: bytes, state: State,
    writer: Writer, now_ns: int,
) -> Rebuilt | None:  # fmt: skip
    """Bring an output that nobody has touched up to date; None, with nothing written, where that needs a whole build.

    Parameters
    ----------
    root, out, config, store, formats
        As for `gazetteer.build.build`.
    entries : list of Entry
        The tree as it is now.
    base : bytes
        The hash of the program, the configuration, the formats and the places.
    state : State
        Of the last build.
    writer : Writer
        Of the output.
    now_ns : int
        When the entries were looked at.
    """
    if not _FORMATS.issuperset(formats) or config.layout.style == "seed":
        return None
    kept = kept_of(store, base)
    now = described(entries)
    changed = _changed(kept, entries, now, state) if kept is not None else None
    if kept is None or changed is None:
        return None
    view = View(kept, entries, store, config)
    try:
        found = amended(root, config, view, changed)
        _measure(found)
    except NotSmallError:
        return None
    pages = _Pages(found, root, out, config)
    if not writer.keep_all(set(state.paths) - pages.before()):
        return None
    for path, content in pages.now():
        writer.write(path, content)
    writer.finish()
    _save(found, entries, now, now_ns)
    return Rebuilt(found.scanned, found.extracted)


def _changed(kept: Kept, entries: list[Entry], now: list[bytes], state: State) -> list[Entry] | None:
    """The entries that may not be what they were; None where paths have come or gone, or there are too many."""
    if len(now) != len(kept.entries):
        return None
    found = []
    for entry, is_now, was in zip(entries, now, kept.entries, strict=True):
        if is_now != was or (entry.kind == "file" and is_racy(entry, state.seen_ns)):
            if lasting(was) != lasting(is_now):
                return None
            found.append(entry)
    return found if len(found) <= MOST_FILES else None


def _measure(found: Amended) -> None:
    """See how many parts the pages have now; the files of a change have been measured."""
    book = found.view.book
    for kind, path in sorted(found.pages):
        if (kind == "file" and path in found.files) or not _is_there(found, kind, path):
            continue
        parts = book.parts.get((kind, path))
        book.measure(kind, path)
        if kind == "file" and parts != book.parts.get((kind, path)):
            raise NotSmallError  # links to it, wherever they are, may lead to another part


def _is_there(found: Amended, kind: str, path: str) -> bool:
    """Whether there still is a page."""
    return kind != "shard" or not path or path in found.view.kept.sizes


class _Pages:
    """The Markdown of pages, before and after a change."""

    def __init__(self, found: Amended, root: Path, out: Path, config: Config) -> None:
        self.book: Book = found.view.book
        self._found, self._long = found, found.view.long
        source = source_of(config.links.source, root, out)
        self.links = Links(self.book.names, source, config.links.rev, parts=self.book.parts)

    def before(self) -> set[str]:
        """The files of pages as they were."""
        return {
            self.links.page(PageRef(kind, path, part=n))  # type: ignore[arg-type]
            for kind, path in self._found.pages
            for n in range(1, self._long.get((kind, path), 1) + 1)
        }

    def now(self) -> list[tuple[str, bytes]]:
        """The files of pages as they are, with their bytes."""
        pages = [(kind, path) for kind, path in sorted(self._found.pages) if _is_there(self._found, kind, path)]
        refs = [ref for kind, path in pages for ref in self.book.refs_of(kind, path)]
        return [(self.links.page(ref), markdown(self.book.page(ref), self.links)) for ref in refs]


def _save(found: Amended, entries: list[Entry], now: list[bytes], now_ns: int) -> None:
    store, by_path = found.view.store, {e.path: e for e in entries}
    store.set_values("scans", found.scans.items())
    store.set_values("records", found.records.items())
    rows = [(by_path[path], key) for path, key in found.stats.items()]
    store.set_stats((e.path, e.size, e.mtime_ns, e.ctime_ns, e.inode, now_ns, key) for e, key in rows)
    found.view.save(now, found.files, found.facts, found.shards)
