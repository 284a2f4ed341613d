"""A tree after any change, from what the last build kept of it: what can be different is resolved anew, all else is taken over.

Edges of a language are found again if one of its files is another one now, or if a path has come or gone that its files may ask for. The
keyword index and mentions in tests are brought up to date by the names in files that are other ones now; records of others are read when
they are asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain

import msgspec

from ..atlas import Edge, Missing, TestSearch
from ..compose import Book
from ..compose.common import anchors_of
from ..compose.folders import FolderFacts, used_in
from ..compose.sharding import places_of, shard_among
from ..config import Config
from ..gather import SourceFile
from ..kept import Kept, KeptFile, PathFacts, Renewed, known_folders, known_shards, pieces
from ..known import read_records, stored
from ..model import FileRecord, Scan, Symbol
from ..parallel import Meanwhile
from ..rank import rank
from ..resolve import edges_of, groups_of, readers_of
from ..resolve.asked import asked_in
from ..resolve.declared import licences, owners
from ..resolve.mentions import SHORTEST, TELLING_WORDS, mentions_again, owners_among, telling_names
from ..resolve.paths import above
from ..store import ENCODE, Store
from ..unchanged import described, lasting, sized
from .renewed_index import Index, renewed_index

__all__ = ["fetch_rest", "renewed"]

#: Edges and what is missing, by the file that they are in.
_Found = tuple[dict[str, list[Edge]], dict[str, list[Missing]]]
_found_of = msgspec.msgpack.Decoder(_Found).decode


def renewed(kept: Kept, store: Store, book: Book, config: Config, jobs: int) -> Renewed | None:
    """Resolve a tree whose files are known, and have its book show that; None where so much is different that all is to be made anew.

    Parameters
    ----------
    kept : Kept
        What the last build left, of the same program, configuration, formats and places.
    store : Store
        That has its pieces.
    book : Book
        Of an atlas of which nothing is resolved yet.
    config : Config
        As for `gazetteer.resolve.resolve`.
    jobs : int
        With more than one, another process finds edges.
    """
    known = {file.path: file for file in kept.files}
    come, gone = book.atlas.files.keys() - known.keys(), known.keys() - book.atlas.files.keys()
    found = Renewed(kept, come, gone, come | set(_read_anew(kept, known, book)))
    if 2 * len(found.read | gone) > len(known):
        return None
    _Renewal(found, known, store, book, config).apply(jobs)
    return found


def fetch_rest(kept: Kept, book: Book, store: Store) -> None:
    """Have at hand all that is read when it is asked for, as it is and as it was: processes that are forked may not use the store."""
    store.fetch("records", {f.key for f in book.atlas.files.values() if not f.is_read} | {f.key for f in kept.files if f.key})
    store.fetch_kept("shard")
    store.fetch_kept("folder")


def _read_anew(kept: Kept, known: Mapping[str, KeptFile], book: Book) -> Iterator[str]:
    """Paths of which something else is known than the last build knew."""
    files = book.atlas.files
    entries = {old.path: entry for old, entry in zip(kept.files, kept.entries, strict=True)}
    for path, entry in zip(files, described(file.entry for file in files.values()), strict=True):
        old, seen = known.get(path), lasting if files[path].hash else sized  # of what cannot be read, the size is all that is said
        if old is not None and (_identity(files[path]) != _identity(old) or seen(entries[path]) != seen(entry)):
            yield path


def _identity(file: SourceFile | KeptFile) -> tuple[object, ...]:
    return file.hash, file.language, file.labels, file.reasons, file.page, file.key


class _Renewal:
    """A tree that is brought up to date."""

    def __init__(self, found: Renewed, known: Mapping[str, KeptFile], store: Store, book: Book, config: Config) -> None:
        self.found, self.known, self.store, self.book, self.config = found, known, store, book, config
        self.kept, self.atlas, self.files = found.kept, book.atlas, book.atlas.files
        self.groups = groups_of(self.files.values())
        #: Files that are other ones now, or gone, as they were.
        self.before = {path: known[path] for path in found.gone | (found.read - found.come)}
        self._records: dict[str, FileRecord] = {path: stored(store, "records", old.key) for path, old in self.before.items() if old.key}

    def apply(self, jobs: int) -> None:
        """Resolve what can be different."""
        resolvers = self._resolvers()
        if jobs > 1:
            self.store.fetch("records", {file.key for file in self._read_by(resolvers) if not file.is_read})
        with Meanwhile(lambda: ENCODE(self._edges(resolvers)), jobs > 1 and bool(resolvers)) as other:
            self._count_asked()
            index = self._index()
            facts: dict[str, PathFacts] = pieces(self.store, "facts")
            tests = self._tests(facts, index)
            value = other.get()
        edges, missing = self._edges(resolvers) if value is None else _found_of(value)
        self._take(resolvers, edges, missing, facts, tests)
        briefs = {path: old.brief for path, old in self.known.items() if path in self.files and path not in self.found.read}
        self.book.take(self._folders(), index.shards, index.sizes, briefs)

    def _had(self, path: str) -> list[Symbol]:
        """The symbols that a file had."""
        return self._records[path].symbols if path in self._records else []

    def _has(self, path: str) -> list[Symbol]:
        """The symbols that a file has."""
        return self.book.symbols(path) if path in self.files else []

    def _count_asked(self) -> None:
        asked = Counter(self.kept.asked)
        for record in self._records.values():
            asked.subtract(asked_in(record))
        for path in self.found.read:
            now = self.files[path].record
            if now is not None:
                asked.update(asked_in(now))
        self.found.asked = {word: count for word, count in asked.items() if count}

    # -- edges -------------------------------------------------------------------------------------------------------------------------

    def _resolvers(self) -> set[str]:
        """Those whose edges can be different."""
        found = {module for path in self.found.read for module in readers_of(self.files[path].language)}
        found.update(module for old in self.before.values() for module in readers_of(old.language))
        moved = self.found.come | self.found.gone
        if moved:
            folders = self.atlas.folders.keys() ^ {folder for path in self.known for folder in above(path)}
            found.update(module for module in self.groups.keys() - found if self._may_ask(module, moved, folders))
        return found

    def _may_ask(self, module: str, moved: set[str], folders: set[str]) -> bool:
        """Whether files that a resolver reads may ask for paths that have come or gone."""
        may_ask_for = getattr(import_module(module), "may_ask_for", None)
        return may_ask_for is None or may_ask_for(moved, folders, self.kept.asked)

    def _read_by(self, resolvers: set[str]) -> list[SourceFile]:
        """The files that resolvers look at, manifests too."""
        languages = {language for language in {file.language for file in self.files.values()} if readers_of(language) & resolvers}
        return [file for file in self.files.values() if file.language in languages and file.has_record]

    def _edges(self, resolvers: set[str]) -> _Found:
        read_records(self._read_by(resolvers), self.store)
        return edges_of(self.files, self.config, resolvers)

    def _take(
        self, resolvers: set[str], edges: dict[str, list[Edge]], missing: dict[str, list[Missing]], facts: dict[str, PathFacts],
        tests: dict[str, TestSearch],
    ) -> None:  # fmt: skip
        """Put what was found beside what is as it was, and see where it is different."""
        atlas, again, nothing = self.atlas, {f.path for module in resolvers for f in self.groups.get(module, ())}, PathFacts()
        others, edges_from, lacks = set(self.found.gone), dict[str, list[Edge]](), dict[str, list[Missing]]()
        for path in self.files:
            old = facts.get(path, nothing)
            if path in again or path in self.found.read:
                own, lacking = edges.get(path, []), missing.get(path, [])
                if own != old.edges_from:
                    others.add(path)
                    if _leads_to(own) != _leads_to(old.edges_from):
                        self.found.led.add(path)
                if own != old.edges_from or lacking != old.missing:
                    self.found.resolved.add(path)
            else:
                own, lacking = old.edges_from, old.missing
            if own:
                edges_from[path] = own
            if lacking:
                lacks[path] = lacking
        atlas.edges_from, atlas.missing = edges_from, lacks
        self._turn(others, facts)
        atlas.tests = tests
        self.found.resolved.update(p for p in self.files if facts.get(p, nothing).tests != tests.get(p))
        self.found.is_ranked = self._is_ranked(others, facts)
        if self.found.is_ranked:
            atlas.rank = {path: self.known[path].rank for path in self.files}
        else:
            atlas.rank = rank(list(self.files), chain.from_iterable(atlas.edges_from.values()))
        atlas.owners, atlas.licences = owners(self.files), licences(self.files)

    def _turn(self, others: set[str], facts: dict[str, PathFacts]) -> None:
        """Edges by their targets; `others` are the files that have other edges than before, or are gone."""
        atlas, nothing = self.atlas, PathFacts()
        new: dict[str, list[Edge]] = defaultdict(list)
        for source in others:
            for edge in atlas.edges_from.get(source, ()):
                new[edge.target].append(edge)
        lost = {edge.target for source in others for edge in facts.get(source, nothing).edges_from}
        edges_to = dict[str, list[Edge]]()
        for path in self.files:
            old = facts.get(path, nothing).edges_to
            into = old
            if path in new or path in lost:
                into = sorted([*(edge for edge in old if edge.source not in others), *new.get(path, ())])
                if into != old:
                    self.found.resolved.add(path)
            if into:
                edges_to[path] = into
        atlas.edges_to = edges_to

    def _is_ranked(self, others: set[str], facts: dict[str, PathFacts]) -> bool:
        """Whether files lean on the same files as before."""
        if self.found.come or self.found.gone:
            return False
        edges, nothing = self.atlas.edges_from, PathFacts()
        return all(_leans_on(path, edges.get(path, [])) == _leans_on(path, facts.get(path, nothing).edges_from) for path in others)

    def _folders(self) -> FolderFacts:
        return (
            known_folders(self.kept, self.store, self.atlas.folders)
            if self.found.is_ranked
            else FolderFacts(used_in(self.atlas), self.atlas)
        )

    # -- keyword index -----------------------------------------------------------------------------------------------------------------

    def _index(self) -> Index:
        kept, found = self.kept, self.found
        before = {path: places_of(path, self._had(path), anchors_of(self._had(path))) for path in self.before}
        after = {path: self.book.places(path) for path in found.read}
        known = known_shards(kept.sizes, self.store)
        index = renewed_index(known, kept.sizes, kept.beginnings, before, after)
        found.shards, found.beginnings = index.changed, index.beginnings
        return index

    # -- tests -------------------------------------------------------------------------------------------------------------------------

    def _tests(self, facts: dict[str, PathFacts], index: Index) -> dict[str, TestSearch]:
        """The tests that mention names, by the files that define these."""
        names = set[str]()
        for path in self.found.read | self.found.gone:
            old, new = self.before.get(path), self.files.get(path)
            # A plain word is looked for in its own language alone, so in another all of them may mean something else.
            same_language = old is None or new is None or old.language == new.language
            for before, after in ((self._told_before, self._told), (self._mentioned_before, self._mentioned)):
                names |= before(path) ^ after(path) if same_language else before(path) | after(path)
        searches = {path: found.tests for path, found in facts.items() if found.tests is not None}
        return mentions_again(searches, list(self.files.values()), names, self._owners(names, index), self.found.read, self.config)

    def _told_before(self, path: str) -> set[str]:
        old = self.before.get(path)
        return telling_names(self._had(path)) if old is not None and "test" not in old.labels else set()

    def _told(self, path: str) -> set[str]:
        return telling_names(self._has(path)) if path in self.files and "test" not in self.files[path].labels else set()

    def _mentioned_before(self, path: str) -> set[str]:
        old = self.before.get(path)
        if old is None or not old.brief.searched:
            return set()
        scan: Scan = stored(self.store, "scans", old.hash)
        return set(scan.identifiers.split(" "))

    def _mentioned(self, path: str) -> set[str]:
        file, brief = self.files.get(path), self.book.brief(path)
        return set(file.identifiers.split(" ")) if file is not None and brief is not None and brief.searched else set()

    def _owners(self, names: set[str], index: Index) -> dict[str, list[str]]:
        """The few files that define each of the names."""
        shards = {shard_among(name, index.beginnings) for name in names}
        found: dict[str, set[str]] = defaultdict(set)
        for place in chain.from_iterable(index.shards[key] for key in shards & index.sizes.keys()):
            if (
                len(place.name) >= SHORTEST
                and place.name in names
                and place.kind in TELLING_WORDS
                and "test" not in self.files[place.path].labels
            ):
                found[place.path].add(place.name)
        return owners_among(found.items())


def _leads_to(edges: Iterable[Edge]) -> set[tuple[int, str]]:
    return {(edge.line, edge.target) for edge in edges if edge.kind == "import"}


def _leans_on(path: str, edges: Iterable[Edge]) -> set[str]:
    return {edge.target for edge in edges if edge.kind != "link" and edge.target != path}
