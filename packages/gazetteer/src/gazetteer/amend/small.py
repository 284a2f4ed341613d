"""A build after a small change, from what the last one kept to the files that are written again."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ..config import Config
from ..discover import Entry
from ..ground import Ground
from ..kept import Kept, forget, kept_of
from ..output import Writer
from ..store import ENCODE, Store
from ..unchanged import State, lasting, racy
from ..writing import write_all
from .not_small import NotSmallError
from .parts import Parts
from .tree import MOST_FILES, Amended, amended
from .view import View, view_of

__all__ = ["Rebuilt", "rebuilt"]

#: Formats whose files are known by the pages that a change reaches; the files of others have something of all pages.
_FORMATS = frozenset(("md", "html", "json", "llms"))
#: A small change makes fewer pages than these.
_MOST_MORE = 10_000
#: To leave for the next build what is different takes the longer, the more files there are: of so many, as long as a page.
_FILES_AS_PAGE = 50


class Rebuilt(Struct):
    """How many files were read, and what the pages were made of."""

    scanned: int
    extracted: int
    view: View


def rebuilt(
    root: Path, out: Path, config: Config, store: Store, ground: Ground, formats: tuple[str, ...], base: bytes, state: State,
    writer: Writer, jobs: int,
) -> Rebuilt | None:  # fmt: skip
    """Bring an output that nobody has touched up to date; None where that needs a whole build, which is to write all files again.

    Parameters
    ----------
    root, out, config, store, formats
        As for `gazetteer.build.build`.
    ground : Ground
        The tree as it is now.
    base : bytes
        The hash of the program, the configuration, the formats and the places.
    state : State
        Of the last build.
    writer : Writer
        Of the output.
    jobs : int
        How many processes may make files.
    """
    if not _FORMATS.issuperset(formats) or config.layout.style == "seed":
        return None
    if state.pages + _MOST_MORE > config.limits.pages:
        return None  # a whole build counts them
    entries = ground.entries
    kept = ground.kept or kept_of(store, base)
    ground.kept = None  # it is changed here
    changed = _changed(kept, ground, state) if kept is not None else None
    if kept is None or entries is None or changed is None:
        return None
    view = view_of(kept, entries, store, config)
    forget(store)  # from here on it is changed; `View.save` has it remembered again
    try:
        found = amended(root, config, view, changed)
        if "html" in formats and config.site.source == "embed":
            return None  # pages anywhere may show lines of it
        if "llms" in formats and not all(_has_facts_as_before(found, path) for path in found.files):
            return None  # it may be listed now, or have been
        parts = Parts(found, root, out, config, formats, kept.depended, writer.before.keys(), writer)
        if store.remembers:  # someone may wait for these
            for pages in parts.pages:
                pages.write_ahead(writer)
        _measure(found)
    except NotSmallError:
        return None
    if not writer.keep_all_but(parts.before()):
        return None

    def own() -> None:
        write_all([output for data in parts.data for output in data.outputs()], writer)  # large files begin to be copied
        _save(found, ground)

    processes = jobs if store.is_open_to_forks else 1
    write_all(list(parts.outputs()), writer, processes, own, own_worth=len(entries) // _FILES_AS_PAGE)
    writer.finish()
    return Rebuilt(found.scanned, found.extracted, view)


def _has_facts_as_before(found: Amended, path: str) -> bool:
    brief = found.book.brief(path)
    return brief is not None and brief.has_facts == found.old[path].brief.has_facts


def _changed(kept: Kept, ground: Ground, state: State) -> list[Entry] | None:
    """The entries that may not be what they were; None where paths have come or gone, or there are too many."""
    entries, now, before = ground.entries, ground.described, kept.entries
    if entries is None or len(now) != len(before):
        return None
    found = list[Entry]()
    for number in [n for n, (is_now, was) in enumerate(zip(now, before, strict=True)) if is_now != was]:
        if lasting(now[number]) != lasting(before[number]):
            return None
        found.append(entries[number])
    others = set(found)
    looked_again = [entry for entry in racy(entries, state.seen_ns) if entry not in others]
    return found + looked_again if len(found) <= MOST_FILES and len(looked_again) <= MOST_FILES * 10 else None


def _measure(found: Amended) -> None:
    """See how many parts the pages have now; the files of a change have been measured."""
    book = found.view.book
    for kind, path in sorted(found.pages):
        if (kind == "file" and path in found.files) or not found.is_there(kind, path):
            continue
        parts = book.parts.get((kind, path))
        if pages := book.measure(kind, path):
            found.composed.update(zip(book.refs_of(kind, path), pages, strict=True))
        if kind == "file" and parts != book.parts.get((kind, path)):
            raise NotSmallError("parts of a page")  # links to it, wherever they are, may lead to another part


def _save(found: Amended, ground: Ground) -> None:
    store = found.view.store
    store.set_values("scans", found.scans.items())
    store.set_kept("defines", ((path, ENCODE(lines)) for path, lines in found.defines.items()))
    store.set_values("records", found.records.items())
    store.set_stats((e.path, e.size, e.mtime_ns, e.ctime_ns, e.inode, ground.seen_ns, key) for e, key in found.stats)
    found.view.save(ground.described, found.files, found.facts, found.shards, found.asked, found.pages, found.reranked)
