"""A build after a small change: only what the change can reach is resolved and written again.

A change is small if it keeps all paths, and touches few files, of languages whose resolvers look names up by what declarations are
called; and if each of them keeps its imports, and of its declarations all that other files can see - names that appear or go are
names that no other file declares or asks for. Then no edge of the tree appears or goes, lines apart, and the pages that can be
different are known: those of the file, of the folders around it, of files at the other end of its edges, and the shards of the
keyword index with its names. Whatever is not small is built as a whole. Either way the output is the one that a first build gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import structs

from ..atlas import TestSearch
from ..classify import language_of
from ..compose.book import Layout
from ..compose.brief import brief_of
from ..compose.common import anchors_of
from ..compose.handing import other_names, shown_names, with_handed
from ..compose.sharding import by_path, in_order, is_wide, places_of, shard_of, size_of
from ..config import Config
from ..cpp.macros import learn_from
from ..discover import Entry
from ..document import Page, PageRef, Place
from ..extract import prepare
from ..gather import SourceFile, attributes_of, extract_batch, had_no_luck, is_unlucky, key_of, options_of, scan_batch
from ..kept import Kept, Reranked, pieces
from ..labels import Labels
from ..lang.table import FAMILY, LANGUAGES
from ..model import FileRecord, Scan, Symbol
from ..naming import names_tree, tree_name
from ..packing import unpacked
from ..parallel import apart
from ..resolve.asked import asked_in
from ..resolve.paths import Paths, above
from ..store import ENCODE
from .changes import Changes, shown_in_search
from .edges import Edges
from .near import NEAR, Matched
from .not_small import NotSmallError, need
from .ranks import reranked
from .strict import STRICT
from .tests import Mentions
from .view import View

__all__ = ["MOST_FILES", "Amended", "amended"]

#: More files than these are no small change.
MOST_FILES = 20
#: So many pages may show the users of their files in another order.
_MOST_REORDERED = 500
#: Languages that no resolver reads, and whose files are no facts of others.
_APART = frozenset(("", "json", "yaml", "toml", "ini", "readme", "asciidoc", "org", "rdoc", "textile")) | {
    language.name for language in LANGUAGES if not language.walker
}
_LANGUAGES = frozenset(NEAR) | FAMILY | STRICT | _APART

_scan_of = msgspec.msgpack.Decoder(Scan).decode


class Amended(Changes):
    """What a small change reaches; whoever makes packs has seen to it that files have facts, or none, as they had."""

    has_same_folders = True

    def __init__(self, view: View) -> None:
        super().__init__(view.book, view.files, Layout(view.kept.names, view.long, {}, view.marks))
        self.view = view
        self.depended = view.kept.depended
        #: How many files were read.
        self.scanned = self.extracted = 0
        self.shards: set[str] = set()
        #: Words by which the files ask, or asked, for names elsewhere.
        self.asked: set[str] = set()
        #: What else is different where files have to do with others than before.
        self.reranked: Reranked | None = None
        #: The files that were read, with their hashes, for the store.
        self.stats: list[tuple[Entry, bytes]] = []
        #: The macros that files define, of those that define others than before.
        self.defines: dict[str, list[str]] = {}
        self.scans: dict[bytes, bytes] = {}
        self.records: dict[bytes, bytes] = {}
        self.composed: dict[PageRef, Page] = {}

    @property
    def beginnings(self) -> int:  # type: ignore[override]
        """How many beginnings names have."""
        return self.view.kept.beginnings

    @cached_property
    def mentions(self) -> Mentions:
        """Which tests mention what."""
        return Mentions(self.view, self.scans, self._mentioned)

    def _mentioned(self, path: str, search: TestSearch) -> None:
        self.view.facts.put(path, structs.replace(self.view.facts[path], tests=search))
        self.facts.add(path)
        self.pages.add(("file", path))

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self.view.book.atlas.files)

    def paths(self) -> Paths:
        """The paths of the tree, as resolvers ask for them."""
        return self._paths

    def rerank(self) -> None:
        """Bring ranks up to date, and note which pages show others."""
        found = self.reranked = reranked(self.view, sorted(self.facts))
        if found is not None:
            need(len(found.reordered) <= _MOST_REORDERED, "another order of the users of many files")
            self.pages.update(("file", path) for path in found.reordered)
            self.pages.update(("folder", folder) for folder in found.shown)
            self.depended = found.ranked.depended

    def ranked(self) -> set[str]:
        """Paths whose rank is shown as another number."""
        return super().ranked() if self.reranked is not None else set()

    def is_reranked(self) -> bool:
        """Whether any file may stand at another place in the order of ranks."""
        return self.reranked is not None

    def index(self, kind: str, path: str, relinked: bool) -> None:
        """Note a page of the keyword index, and whether it may lead to other parts of pages."""
        self.pages.add((kind, path))
        if relinked:
            self.relinked.add((kind, path))

    def is_there(self, kind: str, path: str) -> bool:
        """Whether there still is a page."""
        return kind != "shard" or not path or path in self.view.kept.sizes

    def record_before(self, path: str) -> FileRecord | None:
        """What was read of a file; None where it was none that is read."""
        key = self.old[path].key
        record: FileRecord | None = self.view.read("records", key) if key else None
        return record

    def page(self, ref: PageRef) -> Page:
        """A page as it is now, made once for all formats."""
        if ref not in self.composed:
            self.composed[ref] = self.book.page(ref)
        return self.composed[ref]


def amended(root: Path, config: Config, view: View, changed: list[Entry]) -> Amended:
    """Bring a view up to date with files that were changed.

    Raises
    ------
    NotSmallError
        If the change is not small; the view is of no use then.
    """
    found = Amended(view)
    for entry in changed:
        _Change(root, config, found, entry).apply()
    found.rerank()
    return found


class _Change:
    """The change of one file."""

    def __init__(self, root: Path, config: Config, into: Amended, entry: Entry) -> None:
        self.root, self.config, self.into, self.view = root, config, into, into.view
        self.kept: Kept = into.view.kept
        self.path = entry.path
        self.old = self.view.book.atlas.files[entry.path]
        self.new = SourceFile(entry)

    def apply(self) -> None:
        """Do it."""
        if not self._read():
            return
        self._read_record()
        old, new = self.old.record, self.new.record
        assert old is not None
        assert new is not None
        before = places_of(self.path, old.symbols, anchors_of(old.symbols))
        matched = self._match(old, new)
        self.asked = asked_in(old), asked_in(new)
        self.view.book.atlas.files[self.path] = self.new
        edges = Edges(self.view, self.config, self.into.paths, matched, self.old, self.new)
        for path, facts in edges.changed.items():
            self.view.facts.put(path, facts)
        self.into.facts.update(edges.changed)
        self.into.pages.update(("file", path) for path in (self.path, *edges.touched))
        self.into.mentions.change(self.old, self.new)
        self._put(old, new, before)

    # -- reading -------------------------------------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Look at the file; whether its content is another one."""
        old, new = self.old, self.new
        need(new.entry.kind == "file" and bool(old.hash) and not old.page, "a file that is none of the tree's own")
        ((_, key, value),) = scan_batch(str(self.root), [self.path], self.config.limits.file_bytes)
        need(bool(key), "a file that cannot be read")
        self.into.scanned += 1
        self.into.stats.append((new.entry, key))
        if key == old.hash:
            return False
        new.hash, new.scan = key, _scan_of(value)
        before, after = old.scan, new.scan
        need(before.content == after.content == "text" and not after.own_page and not after.seed_page, "another sort of content")
        need(before.encoding == after.encoding, "another encoding")
        language = language_of(self.path, before)
        need(language == language_of(self.path, after), "another language")
        # Which of the two a header is, its words say, or its neighbours.
        need(language != "c-or-cpp" or bool(before.cpp_words) == bool(after.cpp_words), "a header of another language")
        new.language = old.language
        if new.language in FAMILY and before.defines != after.defines:
            self._learn(after.defines)
        need(new.language in _LANGUAGES, f"a file of {new.language}")
        new.labels, new.reasons = old.labels, old.reasons
        if (before.generated_line, before.template_line) != (after.generated_line, after.template_line):
            labels = Labels(self.config, attributes_of(self.root, self._attributes()), {f.path for f in self.kept.files if f.page})
            new.reasons = labels.reasons(self.path, after)
            new.labels = tuple(reason.label for reason in new.reasons)
        declared = {d.path for d in (*self.kept.owners.values(), *self.kept.licences.values())}
        need(new.labels == old.labels, "another label")
        need(not self.path.endswith(".gitattributes") and self.path not in declared, "a file that says something of others")
        self.into.scans[key] = value
        return True

    def _learn(self, defines: list[str]) -> None:
        """Make sure that the macros that other files are read with are the same."""
        self.into.defines[self.path] = defines
        lines: dict[str, list[str]] = pieces(self.view.store, "defines") | self.into.defines
        learned = learn_from((line for some in lines.values() for line in some), self.config)
        need(self.kept.learned is not None and learned.is_like(self.kept.learned), "a macro that other files are read with")

    def _attributes(self) -> Iterable[SourceFile]:
        return (file for path, file in self.view.book.atlas.files.items() if path.endswith(".gitattributes"))

    def _read_record(self) -> None:
        new = self.new
        options = options_of(new, self.kept.learned, self.config)
        new.key = key_of(new.hash, new.language, options)
        known = dict(self.view.store.values("records", [new.key]))
        if new.key not in known:
            work = [(self.path, new.hash, new.language, ENCODE(new.scan.counts), ENCODE(options))]
            # A grammar may crash, or take all memory there is; a process of its own is all that costs then.
            limits = self.config.limits
            prepare(new.language)
            value = apart(
                lambda: extract_batch(str(self.root), work, limits.file_bytes)[0][1], limits.worker_mb, 20 + int(10 * limits.parse_seconds)
            )
            if value is None:
                raise NotSmallError("a file that its reader did not survive")
            known[new.key] = self.into.records[new.key] = value
            self.into.extracted += 1
        new.record = unpacked(known[new.key])
        new.is_unlucky = had_no_luck(new.record)
        need(not is_unlucky(new), "a file that could not be read whole")

    # -- what others see ---------------------------------------------------------------------------------------------------------------

    def _match(self, old: FileRecord, new: FileRecord) -> Matched:
        """Which of the symbols are still there."""
        known: dict[object, int] = {}
        seen = _named if self.new.language in NEAR else _seen
        before, after = seen(old.symbols, known), seen(new.symbols, known)
        matched = {before[key]: after[key] for key in before.keys() & after.keys()}
        order = [matched[index] for index in sorted(matched)]
        need(order == sorted(order), "declarations in another order")
        need(bool(old.symbols) == bool(new.symbols), "the first declaration of a file, or the last")
        return Matched(self.path, old, new, matched)

    # -- pages ---------------------------------------------------------------------------------------------------------------------------

    def _put(self, old: FileRecord, new: FileRecord, before: list[Place]) -> None:
        """Note which pages may be different now."""
        book, atlas, path = self.view.book, self.view.book.atlas, self.path
        if names_tree(path):
            naming = [file for path, file in atlas.files.items() if names_tree(path)]
            need(tree_name(self.root, naming, self.config) == atlas.name, "another name of the tree")
        for folder in above(path):
            atlas.folders[folder].count(self.new.language, self.new.scan.counts.lines - self.old.scan.counts.lines)
        book.forget(path, brief_of(self.new))
        self.into.files.add(path)
        pages = self.into.pages
        pages.update(("folder", folder) for folder in above(path))
        parts = book.parts.get(("file", path))
        book.measure("file", path)
        whole = parts != book.parts.get(("file", path))  # all links to places on its page may lead to another part
        if whole:
            pages.update(("file", e.source) for e in atlas.edges_to.get(path, ()) if e.target_symbol >= 0)
            pages.update(("file", e.target) for e in atlas.edges_from.get(path, ()) if e.source_symbol >= 0)
        names = set(shown_names(path, new)) if whole else other_names(path, old, new)
        handed = with_handed(atlas.edges_to, {path: names})
        pages.update(("file", other) for other in handed)
        self.into.handed |= handed
        self._keywords(before, book.places(path), whole)
        said = shown_in_search(old, self.new.language), shown_in_search(new, self.new.language)
        self.into.names.update(row[0] for row in (said[0] | said[1] if whole else said[0] ^ said[1]))
        self.into.asked.update(*self.asked)
        for word in self.asked[0]:
            self.kept.asked[word] -= 1
        for word in self.asked[1]:
            self.kept.asked[word] = self.kept.asked.get(word, 0) + 1

    def _keywords(self, before: list[Place], after: list[Place], whole: bool) -> None:
        """Bring the keyword index up to date."""
        old, new = self._by_shard(before), self._by_shard(after)
        if old != new or whole:
            self.into.index("symbols", self.path.rpartition("/")[0], whole)
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) == new.get(key) and not whole:
                continue
            places = self.view.shards.get(key, [])
            merged = in_order(by_path([*(p for p in places if p.path != self.path), *new.get(key, [])]))
            self._same_width(places, merged)
            self._put_shard(key, merged, whole)

    def _put_shard(self, key: str, places: list[Place], relinked: bool) -> None:
        kept, pages = self.kept, self.into.pages
        size = size_of(places)
        if size != kept.sizes.get(key, (0, 0)):
            kept.beginnings += (key not in kept.sizes) - (not places)
            kept.sizes[key] = size
            pages.update((("shard", ""), ("folder", "")))
        if places:
            self.view.shards.put(key, places)
        else:
            del kept.sizes[key]
            self.view.shards.drop(key)
        need(bool(kept.sizes), "no names are left")
        ordered = sorted(kept.sizes.items())
        kept.sizes.clear()
        kept.sizes.update(ordered)
        self.into.shards.add(key)
        self.into.index("shard", key, relinked)

    def _same_width(self, old: list[Place], new: list[Place]) -> None:
        """Make sure that shards stay as wide as they are; that hangs on how many beginnings names have."""
        if is_wide(self.kept.beginnings + (not old)):
            need(bool(old) and {shard_of(p.name) for p in old} == {shard_of(p.name) for p in new}, "another beginning of names")

    def _by_shard(self, places: list[Place]) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            found[self.view.shard(place.name)].append(place)
        return dict(found)


def _seen(symbols: list[Symbol], known: dict[object, int]) -> dict[tuple[int, int], int]:
    """The symbols of a file by all that resolvers see of them, lines apart; those that are equal are told apart by their number.

    `known` numbers what is seen, the same for both states of a file.
    """
    return _numbered(symbols, known, lambda s: (
        s.kind, s.name, s.role, s.scope, s.bases, s.parameters, s.modifiers, s.type, s.type_parameters, s.condition, s.visibility,
    ))  # fmt: skip


def _named(symbols: list[Symbol], known: dict[object, int]) -> dict[tuple[int, int], int]:
    """The same in languages whose resolvers see no more than what symbols are and are called; bases are looked at apart."""
    return _numbered(symbols, known, lambda s: (s.kind, s.name, s.role, "default" in s.modifiers))


def _numbered(symbols: list[Symbol], known: dict[object, int], what: Callable[[Symbol], tuple[object, ...]]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    counts: dict[int, int] = defaultdict(int)
    own: list[tuple[int, int]] = []
    for index, symbol in enumerate(symbols):
        key = own[symbol.parent] if symbol.parent >= 0 else (), what(symbol)
        number = known.setdefault(key, len(known))
        counts[number] += 1
        own.append((number, counts[number]))
        found[own[-1]] = index
    return found
