"""Which pages a change of the tree can have changed, told by comparing what was resolved now with what the last build kept.

A page is made of the facts of its file or folder, and of what stands at the other end of its edges. Where none of that is different, the
page is as the last build left it, and is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ..atlas import Atlas
from ..compose import Book, Layout
from ..compose.book import pages_of
from ..compose.common import SYMBOL_EDGES
from ..compose.handing import ALL, other_names, shown_names, with_handed
from ..config import Config
from ..kept import Kept, Renewed, folder_of, known_folders
from ..known import stored
from ..model import FileRecord
from ..render.llms import depended_on
from ..resolve.paths import above
from ..store import Store
from .changes import Changes, shown_in_search

__all__ = ["Reach", "is_laid_out_as", "layout_of"]


def layout_of(atlas: Atlas, config: Config, kept: Kept | None) -> Layout:
    """Names of the pages, and how long those were that the last build had."""
    layout = Layout.of(atlas, config)
    return kept.layout(layout.names) if kept is not None else layout


def is_laid_out_as(kept: Kept, book: Book) -> bool:
    """Whether pages that stay are called what they were; else any page may be different."""
    atlas, old = book.atlas, {f.path for f in kept.files}
    folders = {folder for path in old for folder in above(path)}
    names = [*(atlas.files.keys() & old), *(folders & atlas.folders.keys())]
    return not book.seed and kept.name == atlas.name and all(kept.names.get(path) == book.names[path] for path in names)


class Reach(Changes):
    """What may be different from what the last build left.

    Parameters
    ----------
    found : Renewed
        What is different from the tree that the last build kept.
    store : Store
        That has its pieces.
    book : Book
        The tree as it is now, with the layout of `layout_of`; pages that may be different are measured.

    Attributes
    ----------
    folders : set of str
        Folders of which something else was resolved.
    """

    def __init__(self, found: Renewed, store: Store, book: Book) -> None:
        kept = found.kept
        super().__init__(book, {f.path: f for f in kept.files}, kept.layout(kept.names))
        self._found, self._kept, self._store, self._book, self._atlas = found, kept, store, book, book.atlas
        self.files, self.facts, self.beginnings = found.read | found.gone, found.resolved, found.beginnings
        self._folders_before = {"", *(folder for path in self.old for folder in above(path))}
        self._had, self._has = set(self._pages_before()), set(book.pages())
        self.folders = self._other_folders()
        self._compare()
        self._measure()
        self._search()

    @cached_property
    def depended(self) -> list[str]:  # type: ignore[override]
        """The files with facts that others depend on, the first by rank."""
        return depended_on(self._atlas, (file.path for file, brief in self._book.in_short() if brief.has_facts))

    def was_there(self, kind: str, path: str) -> bool:
        """Whether there was a page."""
        return (kind, path) in self._had

    def is_there(self, kind: str, path: str) -> bool:
        """Whether there still is a page."""
        return (kind, path) in self._has

    def record_before(self, path: str) -> FileRecord | None:
        """What was read of a file; None where it was none that is read."""
        key = self.old[path].key
        record: FileRecord | None = stored(self._store, "records", key) if key else None
        return record

    def _pages_before(self) -> Iterator[tuple[str, str]]:
        indexed = {path.rpartition("/")[0] for path, file in self.old.items() if file.brief.symbols}
        return pages_of(self._folders_before, self.old, indexed, self._kept.sizes)

    def _compare(self) -> None:
        atlas, found = self._atlas, self._found
        come, gone, read = found.come, found.gone, found.read
        self.listed = set(self._listed_anew(come | gone))
        self.handed = self._handed_anew()
        shown = self.facts | self._ordered_anew() | self._owned_anew() | self.handed
        for path in read:
            shown.update(e.target for e in atlas.edges_from.get(path, ()) if e.source_symbol >= 0)
            shown.update(e.source for e in atlas.edges_to.get(path, ()) if e.target_symbol >= 0)
        if come or gone:
            shown.update(path for path, file in atlas.files.items() if file.entry.kind == "symlink")
        self.pages.update(("file", path) for path in read | shown)
        around = {folder for path in read | gone for folder in above(path)}
        for folder in (around | self.folders) & atlas.folders.keys():
            self.pages.add(("folder", folder))
        for path in read | gone:
            folder = path.rpartition("/")[0]
            self.pages.update((("symbols", folder), ("symbols", folder.rpartition("/")[0])))
        self.pages.update((("folder", ""), ("shard", "")))
        self.pages.update(("shard", key) for key in found.shards)
        self.pages |= self._had ^ self._has

    def _listed_anew(self, paths: set[str]) -> Iterator[str]:
        """The folders in which one of the paths has come or gone, or a folder above one."""
        before, now = self._folders_before, self._atlas.folders
        for path in paths:
            folder = path.rpartition("/")[0]
            yield folder
            while folder and not (folder in before and folder in now):
                folder = folder.rpartition("/")[0]
                yield folder

    def _ordered_anew(self) -> set[str]:
        """Paths whose users stand in another order, since they have other ranks."""
        if self._found.is_ranked:
            return set()
        old = {f.path: round(f.rank, 12) for f in self._kept.files}
        new = {path: round(rank, 12) for path, rank in self._atlas.rank.items()}
        if old == new:
            return set()
        found = set()
        for path, edges in self._atlas.edges_to.items():
            users = {e.source for e in edges if e.source != path or e.kind not in SYMBOL_EDGES}
            if len(users) > 1 and _order(users, old) != _order(users, new):
                found.add(path)
        return found

    def _handed_anew(self) -> set[str]:
        """Files with names from others of which these say something else, or that mean others now."""
        names = {path: {ALL} for path in self._found.led}
        for path in self._found.read - names.keys():
            before = self.record_before(path) if path in self.old else None
            names[path] = other_names(path, before, self._atlas.files[path].record)
        return with_handed(self._atlas.edges_to, names)

    def _owned_anew(self) -> set[str]:
        old, new = self._kept.owners, self._atlas.owners
        return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)} & self._atlas.files.keys()

    def _other_folders(self) -> set[str]:
        """Folders of which something else was resolved."""
        old, new, folders = self._kept.licences, self._atlas.licences, self._atlas.folders.keys()
        found = {folder for folder in old.keys() | new.keys() if old.get(folder) != new.get(folder)} & folders
        if self._found.is_ranked:
            return found
        known = self._folders_before
        facts, before = self._book.folders, known_folders(self._kept, self._store, known)
        others = {path for path in facts.users.keys() | before.users.keys() if facts.users.get(path) != before.users.get(path)}
        for folder in folders - found:
            if folder not in known or not others.isdisjoint(facts.top(folder)) or folder_of(facts, folder) != folder_of(before, folder):
                found.add(folder)
        return found

    def _measure(self) -> None:
        """See how many parts pages have; where one has others, so may have links that lead to it."""
        book = self._book
        for key in [key for key in book.layout.long if key not in self._has]:
            del book.layout.long[key]
            book.layout.parts.pop(key, None)
            book.layout.marks.pop(key, None)
        for kind, path in sorted(self.pages & self._has):
            before = book.parts.get((kind, path))
            book.measure(kind, path)
            if kind == "file" and before != book.parts.get((kind, path)):
                self.relaid.add(path)
        if not self.relaid:
            return
        more = {("shard", key) for key, places in book.shards.items() if any(p.path in self.relaid for p in places)}
        more.update(("symbols", path.rpartition("/")[0]) for path in self.relaid)
        self.relinked |= more
        records = ((path, self._atlas.files[path].record) for path in self.relaid)
        names = {path: set(shown_names(path, record)) for path, record in records if record is not None}
        more.update(("file", path) for path in with_handed(self._atlas.edges_to, names))
        for path in self.relaid:
            more.update(("file", e.target) for e in self._atlas.edges_from.get(path, ()))
            more.update(("file", e.source) for e in self._atlas.edges_to.get(path, ()))
            more.update(("folder", folder) for folder in above(path))
        for kind, path in sorted((more - self.pages) & self._has):
            book.measure(kind, path)
        self.pages |= more

    def _search(self) -> None:
        """Note names of which a search shows something else."""
        for path in self.files | self.relaid:
            now = self._atlas.files.get(path)
            before = self.record_before(path) if path in self.old and path in self.files else None
            old = shown_in_search(before, self.old[path].language) if before is not None else set()
            new = shown_in_search(now.record, now.language) if now is not None and now.record is not None else set()
            self.names.update(row[0] for row in (old | new if path in self.relaid else old ^ new))


def _order(paths: Iterable[str], rank: dict[str, float]) -> list[str]:
    return sorted(paths, key=lambda p: (-rank.get(p, 0.0), p))
