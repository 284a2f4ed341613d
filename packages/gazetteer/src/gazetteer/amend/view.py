"""The tree that the last build kept, read as far as it is asked for, and brought up to date by a small change (`gazetteer.amend.tree`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from ..atlas import Atlas, folders_of
from ..compose.book import Book
from ..compose.sharding import shard_among
from ..config import Config
from ..discover import Entry
from ..document import Place
from ..gather import SourceFile
from ..graph import Graph
from ..kept import (
    Kept,
    KnownFolders,
    Lazy,
    Patch,
    PathFacts,
    Reranked,
    folder_of,
    keep_patch,
    kept_file,
    laid,
    piece,
    view_left,
)  # fmt: skip
from ..known import stored
from ..store import ENCODE, Store

__all__ = ["View", "view_of"]


def view_of(kept: Kept, entries: list[Entry], store: Store, config: Config) -> View:
    """A view of what is kept: the one that the last build of this process had, if it was of the same."""
    known = view_left(store)
    if not isinstance(known, View) or known.kept is not kept:
        return View(kept, entries, store, config)
    known.store = store
    return known


class View:
    """The kept tree, read as far as it is asked for.

    Attributes
    ----------
    book : Book
        The pages of the tree.
    facts : Lazy
        What was resolved of each file; the atlas of the book shows the same.
    shards : Lazy
        The places of each shard of the keyword index.
    folders : KnownFolders
        What was resolved of each folder; the book shows the same.
    """

    def __init__(self, kept: Kept, entries: list[Entry], store: Store, config: Config) -> None:
        self.kept, self.store = kept, store
        paths = [entry.path for entry in entries]
        self.files = {f.path: f for f in kept.files}
        self.facts: Lazy[PathFacts] = Lazy(paths, self._read("facts"))
        self.shards: Lazy[list[Place]] = Lazy(kept.sizes, self._read("shard"))
        folders = folders_of(paths, {f.path: (f.language, f.brief.lines) for f in kept.files})
        atlas = Atlas(
            kept.name, {e.path: self._file(e) for e in entries}, folders, config.links.rev, owners=kept.owners, licences=kept.licences,
            rank={f.path: f.rank for f in kept.files},
            edges_from=self._part(lambda f: f.edges_from), edges_to=self._part(lambda f: f.edges_to),
            missing=self._part(lambda f: f.missing), tests=self._part(lambda f: f.tests),
        )  # fmt: skip
        layout = kept.layout(kept.names)
        #: How many parts each long page had, and their marks.
        self.long, self.marks = dict(layout.long), dict(layout.marks)
        self.book = Book(atlas, config, layout)
        self.folders = KnownFolders(kept.users, Lazy(atlas.folders, self._read("folder")))
        self.book.take(self.folders, self.shards, kept.sizes, {f.path: f.brief for f in kept.files})

    def _read(self, kind: str) -> Callable[[str], Any]:
        return lambda key: piece(self.store, kind, key)

    def _part(self, part: Callable[[PathFacts], Any]) -> dict[str, Any]:
        """One of the facts of all files, as a mapping that reads `facts`."""
        return cast("dict[str, Any]", _Part(self.facts, part))

    def _file(self, entry: Entry) -> SourceFile:
        file, kept = SourceFile(entry, self.read), self.files[entry.path]
        file.hash, file.language, file.labels, file.reasons = kept.hash, kept.language, kept.labels, kept.reasons
        file.page, file.key = kept.page, kept.key
        return file

    def shard(self, name: str) -> str:
        """The shard of the keyword index that a name is in."""
        return shard_among(name, self.kept.beginnings)

    def places(self, name: str) -> list[Place]:
        """The places of names in the shard of one."""
        return self.shards.get(self.shard(name), [])

    def graph(self) -> Graph:
        """Which files have to do with which."""
        found: Graph = piece(self.store, "graph", "")
        return found

    def read(self, table: str, key: bytes) -> Any:
        """A scan or a record of the store."""
        return stored(self.store, table, key)

    def save(
        self, entries: list[bytes], files: Iterable[str], facts: Iterable[str], shards: Iterable[str], asked: Iterable[str],
        pages: Iterable[tuple[str, str]], reranked: Reranked | None,
    ) -> None:  # fmt: skip
        """Leave what is different now for the next build.

        Parameters
        ----------
        entries : list of bytes
            What `gazetteer.unchanged.described` says of the tree.
        files, facts, shards, asked, pages
            Of which files, facts of files, shards, words and pages it is.
        reranked : Reranked or None
            What else is different where other files have to do with others than before.
        """
        kept, layout = self.kept, self.book.layout
        others = [kept_file(self.book, path) for path in sorted(files)]
        changed = [(n, now) for n, (now, was) in enumerate(zip(entries, kept.entries, strict=True)) if now != was]
        counts = {word: kept.asked.get(word, 0) for word in asked}
        pages = sorted(pages)
        patch = Patch(changed, others, pages, *laid(layout, pages), dict(kept.sizes), kept.beginnings, counts)
        keep_patch(self.store, kept, self, patch, reranked.ranked if reranked is not None else None)
        self.files = {file.path: file for file in kept.files}
        self.long, self.marks = dict(layout.long), dict(layout.marks)
        self._save_pieces(set(facts), set(shards), reranked)

    def _save_pieces(self, facts: set[str], shards: set[str], reranked: Reranked | None) -> None:
        kept, store = self.kept, self.store
        store.set_kept("facts", ((path, ENCODE(self.facts[path])) for path in facts))
        store.set_kept("shard", ((key, ENCODE(self.shards[key])) for key in shards & kept.sizes.keys()))
        store.drop_kept("shard", shards - kept.sizes.keys())
        if reranked is not None:
            store.set_kept("folder", ((path, ENCODE(folder_of(self.folders, path))) for path in reranked.folders))
            store.set_kept("graph", [("", ENCODE(reranked.graph))])


class _Part(Mapping[str, Any]):
    """One of the facts of all files; of a file that has none, nothing."""

    def __init__(self, facts: Lazy[PathFacts], part: Callable[[PathFacts], Any]) -> None:
        self._facts, self._get = facts, part

    def __getitem__(self, path: str) -> Any:
        found = self._get(self._facts[path])
        if not found:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        return (path for path in self._facts if self._get(self._facts[path]))

    def __len__(self) -> int:
        return sum(1 for _ in self)
