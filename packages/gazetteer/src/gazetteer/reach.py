"""Which pages a change of the tree can have changed, told by comparing what was resolved now with what the last build kept.

A page is made of the facts of its file or folder, and of what stands at the other end of its edges. Where none of that is different, the
page is as the last build left it, and is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable

from .atlas import Atlas
from .compose import Book, Layout
from .compose.common import SYMBOL_EDGES
from .config import Config
from .kept import Kept, folder_of
from .renewed import Renewed
from .resolve.paths import above
from .store import ENCODE, Store

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


class Reach:
    """The pages that may be different.

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
    pages : set of (str, str)
        Kinds and paths of the pages that may be different.
    listed : set of str
        Folders in which paths have come or gone.
    folders : set of str
        Folders of which something else was resolved.
    """

    def __init__(self, found: Renewed, store: Store, book: Book) -> None:
        self._found, self._kept, self._store, self._book, self._atlas = found, found.kept, store, book, book.atlas
        self.pages: set[tuple[str, str]] = set()
        self.listed: set[str] = set()
        self.folders = {folder for folder in book.atlas.folders if self._is_other_folder(folder)}
        self._compare()
        self._measure()

    def has(self, kind: str, path: str) -> bool:
        """Whether a page may be different."""
        return (kind, path) in self.pages

    def _compare(self) -> None:
        atlas, found = self._atlas, self._found
        come, gone, read = found.come, found.gone, found.read
        self.listed = {folder for path in come | gone for folder in above(path)}
        shown = found.resolved | self._ordered_anew() | self._owned_anew()
        for path in read:
            shown.update(e.target for e in atlas.edges_from.get(path, ()) if e.source_symbol >= 0)
            shown.update(e.source for e in atlas.edges_to.get(path, ()) if e.target_symbol >= 0)
        if come or gone:
            shown.update(path for path, file in atlas.files.items() if file.entry.kind == "symlink")
        self.pages.update(("file", path) for path in read | shown)
        around = {folder for path in read | gone for folder in above(path)}
        around |= atlas.folders.keys() if len(come) != len(gone) else self.folders
        for folder in around & atlas.folders.keys():
            self.pages.add(("folder", folder))
        for path in read | gone:
            folder = path.rpartition("/")[0]
            self.pages.update((("symbols", folder), ("symbols", folder.rpartition("/")[0])))
        self.pages.update((("folder", ""), ("shard", "")))
        self.pages.update(("shard", key) for key in found.shards)

    def _ordered_anew(self) -> set[str]:
        """Paths whose users stand in another order, since they have other ranks."""
        if self._found.is_ranked:
            return set()
        old = {f.path: round(rank, 12) for f, rank in zip(self._kept.files, self._kept.ranks, strict=True)}
        new = {path: round(rank, 12) for path, rank in self._atlas.rank.items()}
        if old == new:
            return set()
        found = set()
        for path, edges in self._atlas.edges_to.items():
            users = {e.source for e in edges if e.kind not in SYMBOL_EDGES}
            if len(users) > 1 and _order(users, old) != _order(users, new):
                found.add(path)
        return found

    def _owned_anew(self) -> set[str]:
        old, new = self._kept.owners, self._atlas.owners
        return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)} & self._atlas.files.keys()

    def _is_other_folder(self, folder: str) -> bool:
        """Whether what was resolved of a folder is different."""
        if self._kept.licences.get(folder) != self._atlas.licences.get(folder):
            return True
        if self._found.is_ranked:
            return False
        facts, users = self._book.folders, self._book.folders.users
        if any(self._kept.users.get(path) != users.get(path) for path in facts.top(folder)):
            return True
        return self._store.kept("folder", folder) != ENCODE(folder_of(facts, folder))

    def _measure(self) -> None:
        """See how many parts pages have; where one has others, so may have links that lead to it."""
        book = self._book
        there = set(book.pages())
        for key in [key for key in book.layout.long if key not in there]:
            del book.layout.long[key]
            book.layout.parts.pop(key, None)
            book.layout.marks.pop(key, None)
        moved = set()
        for kind, path in sorted(self.pages & there):
            before = book.parts.get((kind, path))
            book.measure(kind, path)
            if kind == "file" and before != book.parts.get((kind, path)):
                moved.add(path)
        if not moved:
            return
        more = {("shard", key) for key, places in book.shards.items() if any(p.path in moved for p in places)}
        for path in moved:
            more.update(("file", e.target) for e in self._atlas.edges_from.get(path, ()))
            more.update(("file", e.source) for e in self._atlas.edges_to.get(path, ()))
            more.update(("folder", folder) for folder in above(path))
            more.add(("symbols", path.rpartition("/")[0]))
        for kind, path in sorted((more - self.pages) & there):
            book.measure(kind, path)
        self.pages |= more


def _order(paths: Iterable[str], rank: dict[str, float]) -> list[str]:
    return sorted(paths, key=lambda p: (-rank.get(p, 0.0), p))
