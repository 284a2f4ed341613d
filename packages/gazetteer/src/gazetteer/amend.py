"""A build after a small change: only what the change can reach is resolved and written again.

A change is small if it keeps all paths, and touches few files, of languages whose resolvers look names up by what declarations are
called; and if each of them keeps its imports, and of its declarations all that other files can see - names that appear or go are
names that no other file declares or asks for. Then no edge of the tree appears or goes, lines apart, and the pages that can be
different are known: those of the file, of the folders around it, of files at the other end of its edges, and the shards of the
keyword index with its names. Whatever is not small is built as a whole. Either way the output is the one that a first build gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import structs

from .atlas import Edge, Missing, TestSearch
from .changes import Changes, shown_in_search
from .classify import language_of
from .compose.book import Layout
from .compose.brief import brief_of
from .compose.common import anchors_of
from .compose.sharding import in_order, is_wide, narrowed, places_of, shard_of
from .config import Config
from .discover import Entry
from .document import Page, PageRef, Place
from .extract import prepare
from .gather import FAMILY, SourceFile, attributes_of, extract_batch, had_no_luck, is_unlucky, key_of, options_of, scan_batch
from .kept import Kept, PathFacts, View
from .labels import Labels
from .lang.cpp.includes import whole_condition
from .model import FileRecord, Import, Link, Scan, Symbol
from .naming import names_tree
from .packing import unpacked
from .parallel import apart
from .resolve.asked import asked_in, words
from .resolve.mentions import is_telling
from .resolve.paths import above
from .store import ENCODE

__all__ = ["MOST_FILES", "Amended", "NotSmallError", "amended"]

#: More files than these are no small change, nor is a larger one.
MOST_FILES, _MOST_BYTES = 20, 500_000
#: Languages whose resolvers read of a file no more than its imports, its links and its declarations, and look names up by words of these.
_LANGUAGES = frozenset((
    "c", "cpp", "cuda", "objc", "objcpp", "python", "javascript", "typescript", "tsx", "java", "kotlin", "php", "ruby", "go", "csharp",
    "bash", "markdown", "rst",
))  # fmt: skip
#: Those in which an import also leads to what the file mentions anywhere.
_MENTIONING = frozenset(("go", "csharp", "java", "kotlin"))
#: Languages that no resolver reads, and whose files are no facts of others.
_APART = frozenset(("", "css", "html", "json", "yaml", "toml", "text", "ini", "xml", "sql", "scss", "lua", "perl", "r", "swift", "scala"))
#: Kinds that hold names of other files.
_SHARED_KINDS = frozenset(("package", "namespace", "module"))

_scan_of = msgspec.msgpack.Decoder(Scan).decode


class NotSmallError(Exception):
    """The change reaches further than can be told without looking at the whole tree."""


class Amended(Changes):
    """What a small change reaches."""

    def __init__(self, view: View) -> None:
        super().__init__(view.book, view.files, Layout(view.kept.names, view.long, {}, view.marks))
        self.view = view
        self.depended = view.kept.depended
        #: How many files were read.
        self.scanned = self.extracted = 0
        self.shards: set[str] = set()
        #: Words by which the files ask, or asked, for names elsewhere.
        self.asked: set[str] = set()
        #: Of files that were read, times and hash, for the store.
        self.stats: dict[str, bytes] = {}
        self.scans: dict[bytes, bytes] = {}
        self.records: dict[bytes, bytes] = {}
        self.composed: dict[PageRef, Page] = {}

    @property
    def beginnings(self) -> int:  # type: ignore[override]
        """How many beginnings names have."""
        return self.view.kept.beginnings

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
        _same_statements(old, new)
        self.asked = asked_in(old), asked_in(new)
        places = self._match(old, new)
        self._names(old, new, places)
        facts = self.view.facts[self.path]
        changed_lines = self._edges(old, new, facts, places)
        self._tests(old, new)
        self._put(old, new, changed_lines)

    # -- reading -------------------------------------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Look at the file; whether its content is another one."""
        old, new = self.old, self.new
        _need(new.entry.kind == "file" and new.entry.size <= _MOST_BYTES and bool(old.hash) and not old.page)
        ((_, key, value),) = scan_batch(str(self.root), [self.path], self.config.limits.file_bytes)
        _need(bool(key))
        self.into.scanned += 1
        self.into.stats[self.path] = key
        if key == old.hash:
            return False
        new.hash, new.scan = key, _scan_of(value)
        before, after = old.scan, new.scan
        _need(before.content == after.content == "text" and not after.own_page and not after.seed_page)
        _need(before.defines == after.defines and before.encoding == after.encoding)
        _need(bool(before.cpp_words) == bool(after.cpp_words) and bool(before.objc_words) == bool(after.objc_words))
        _need(language_of(self.path, before) == language_of(self.path, after))
        new.language = old.language
        _need(new.language in _LANGUAGES or new.language in _APART)
        new.labels, new.reasons = old.labels, old.reasons
        if (before.generated_line, before.template_line) != (after.generated_line, after.template_line):
            labels = Labels(self.config, attributes_of(self.root, self._attributes()), {f.path for f in self.kept.files if f.page})
            new.reasons = labels.reasons(self.path, after)
            new.labels = tuple(reason.label for reason in new.reasons)
        declared = {d.path for d in (*self.kept.owners.values(), *self.kept.licences.values())}
        _need(new.labels == old.labels and not self.path.endswith(".gitattributes") and self.path not in declared)
        self.into.scans[key] = value
        return True

    def _attributes(self) -> Iterable[SourceFile]:
        return (file for path, file in self.view.book.atlas.files.items() if path.endswith(".gitattributes"))

    def _read_record(self) -> None:
        new = self.new
        options = options_of(new.language, new.scan, self.kept.learned, self.config)
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
            _need(value is not None)
            assert value is not None
            known[new.key] = self.into.records[new.key] = value
            self.into.extracted += 1
        new.record = unpacked(known[new.key])
        new.is_unlucky = had_no_luck(new.record)
        _need(not is_unlucky(new))

    # -- what others see ---------------------------------------------------------------------------------------------------------------

    def _match(self, old: FileRecord, new: FileRecord) -> dict[int, int]:
        """Of each old symbol that is still there, its new index."""
        if new.imports and self.new.language in FAMILY:  # an include counts as one of the whole file by the conditions of all in it
            _need(whole_condition(old) == whole_condition(new))
        _need(self.new.language != "go" or bool(old.doc) == bool(new.doc))
        known: dict[object, int] = {}
        before, after = _seen(old.symbols, known), _seen(new.symbols, known)
        matched = {before[key]: after[key] for key in before.keys() & after.keys()}
        order = [matched[index] for index in sorted(matched)]
        _need(order == sorted(order))
        return matched

    def _names(self, old: FileRecord, new: FileRecord, places: dict[int, int]) -> None:
        """Make sure that names that appear or go are nobody else's."""
        gone = [s for i, s in enumerate(old.symbols) if i not in places]
        here = set(places.values())
        come = [s for i, s in enumerate(new.symbols) if i not in here]
        still = {old.symbols[i].name for i in places}
        _need(len({s.name for s in come}) == len(come))  # two of one name may have to do with each other
        for symbol in (*gone, *come):
            _need(not symbol.bases and not symbol.scope and "default" not in symbol.modifiers and symbol.kind not in _SHARED_KINDS)
            name = symbol.name
            _need(bool(name) and name not in still and name not in self.asked[1] and not self._is_asked(name))
            _need(not self._is_declared(name))
        _need(not (gone or come) or self.new.language not in _MENTIONING)
        if self.new.language in _MENTIONING or "test" in self.new.labels:
            changed = set(self.old.scan.identifiers.split(" ")) ^ set(self.new.scan.identifiers.split(" "))
            _need(len(changed) <= 2_000 and not any(map(self._is_declared, changed)))
        self.come, self.gone = {s.name for s in come if is_telling(s)}, {s.name for s in gone if is_telling(s)}

    def _is_asked(self, name: str) -> bool:
        """Whether another file asks for a name; its words are looked at, since names of operators and templates have several."""
        return any(self.kept.asked.get(word, 0) > (word in self.asked[0]) for word in {name, *words(name)})

    def _is_declared(self, name: str) -> bool:
        """Whether another file declares a name."""
        key = self._shard(name)
        return key in self.view.shards and any(p.name == name and p.path != self.path for p in self.view.shards[key])

    def _shard(self, name: str) -> str:
        key = shard_of(name)
        return narrowed(key) if is_wide(self.kept.beginnings) else key

    # -- edges ---------------------------------------------------------------------------------------------------------------------------

    def _edges(self, old: FileRecord, new: FileRecord, facts: PathFacts, places: dict[int, int]) -> set[str]:
        """Move the ends of edges at this file; the files at the other ends whose pages show that."""
        lines = _lines(old, new)
        shown = _Shown(old, new, places)
        touched = set[str]()
        for edge in facts.edges_from:
            _need(edge.source_symbol < 0 or edge.line >= old.symbols[edge.source_symbol].line)
        own = [self._from(e, lines, places, old, new) for e in facts.edges_from]
        into = [structs.replace(e, target_symbol=_moved(places, e.target_symbol)) if e.source != self.path else e for e in facts.edges_to]
        for before, after in zip(facts.edges_from, own, strict=True):
            if before.target != self.path and (before.line != after.line or shown.differs(before.source_symbol)):
                touched.add(before.target)
        for before, after in zip(facts.edges_to, into, strict=True):
            if before.source != self.path and (before != after or shown.differs(before.target_symbol)):
                touched.add(before.source)
        into = [e for e in into if e.source != self.path] + [e for e in own if e.target == self.path]
        missing = [self._missing(m, lines) for m in facts.missing]
        self._put_facts(self.path, PathFacts(sorted(own), sorted(into), sorted(missing), facts.tests))
        for other in sorted({e.target for e in own} - {self.path}):
            there = self.view.facts[other]
            rest = [e for e in there.edges_to if e.source != self.path]
            self._put_facts(other, structs.replace(there, edges_to=sorted(rest + [e for e in own if e.target == other])))
        for other in sorted({e.source for e in into} - {self.path}):
            there = self.view.facts[other]
            rest = [e for e in there.edges_from if e.target != self.path]
            self._put_facts(other, structs.replace(there, edges_from=sorted(rest + [e for e in into if e.source == other])))
        return touched

    def _put_facts(self, path: str, facts: PathFacts) -> None:
        if facts != self.view.facts[path]:
            self.view.facts.put(path, facts)
            self.into.facts.add(path)

    def _from(self, edge: Edge, lines: dict[int, int], places: dict[int, int], old: FileRecord, new: FileRecord) -> Edge:
        source, target = _moved(places, edge.source_symbol), edge.target_symbol
        if edge.target == self.path:
            target = _moved(places, target)
        line = edge.line + new.symbols[source].line - old.symbols[edge.source_symbol].line if source >= 0 else _moved(lines, edge.line)
        return structs.replace(edge, line=line, source_symbol=source, target_symbol=target)

    def _missing(self, missing: Missing, lines: dict[int, int]) -> Missing:
        return structs.replace(missing, line=_moved(lines, missing.line))

    # -- tests ---------------------------------------------------------------------------------------------------------------------------

    def _tests(self, old: FileRecord, new: FileRecord) -> None:
        """Bring up to date which tests mention the names of the file."""
        _need(bool(old.symbols) == bool(new.symbols))
        facts = self.view.facts[self.path]
        search = facts.tests
        if search is None or not search.searched or not self.come | self.gone:
            return
        found = {test: {n for n in names if n not in self.gone} for test, names in search.found}
        for name in sorted(self.come):
            for test in self._mentioning(name):
                found.setdefault(test, set()).add(name)
        ordered = sorted(((test, tuple(sorted(names))) for test, names in found.items() if names), key=lambda t: (-len(t[1]), t[0]))
        self._put_facts(self.path, structs.replace(facts, tests=TestSearch(tuple(ordered), search.searched, search.where)))

    def _mentioning(self, name: str) -> list[str]:
        """The tests that mention a name."""
        tests = {f.path: f for f in self.view.book.atlas.files.values() if "test" in f.labels and not f.page and f.hash}
        word, scans = name.encode(), dict(self.view.store.values("scans", sorted({f.hash for f in tests.values()})))
        scans.update(self.into.scans)  # those that were changed with this file
        likely = [path for path, file in tests.items() if word in scans.get(file.hash, b"")]
        return [p for p in likely if tests[p].scan.content == "text" and name in tests[p].scan.identifiers.split(" ")]

    # -- pages ---------------------------------------------------------------------------------------------------------------------------

    def _put(self, old: FileRecord, new: FileRecord, touched: set[str]) -> None:
        """Put the file in its place, and note which pages may be different."""
        book, atlas, path = self.view.book, self.view.book.atlas, self.path
        _need(not names_tree(path) or (path.lower().startswith("readme") and _title(old) == _title(new)))
        before = places_of(path, old.symbols, anchors_of(old.symbols))
        for folder in above(path):
            atlas.folders[folder].total_lines += self.new.scan.counts.lines - self.old.scan.counts.lines
        atlas.files[path] = self.new
        book.forget(path, brief_of(self.new))
        self.into.files.add(path)
        pages = self.into.pages
        pages.update(("file", p) for p in (path, *touched))
        pages.update(("folder", folder) for folder in above(path))
        parts = book.parts.get(("file", path))
        book.measure("file", path)
        whole = parts != book.parts.get(("file", path))  # all links to places on its page may lead to another part
        if whole:
            pages.update(("file", e.source) for e in atlas.edges_to.get(path, ()) if e.target_symbol >= 0)
            pages.update(("file", e.target) for e in atlas.edges_from.get(path, ()) if e.source_symbol >= 0)
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
            merged = in_order(_merged([p for p in places if p.path != self.path], new.get(key, [])))
            self._same_width(places, merged)
            self._put_shard(key, merged, whole)

    def _put_shard(self, key: str, places: list[Place], relinked: bool) -> None:
        kept, pages = self.kept, self.into.pages
        size = len({p.name for p in places}), len(places)
        if size != kept.sizes.get(key, (0, 0)):
            kept.beginnings += (key not in kept.sizes) - (not places)
            kept.sizes[key] = size
            pages.update((("shard", ""), ("folder", "")))
        if places:
            self.view.shards.put(key, places)
        else:
            del kept.sizes[key]
            self.view.shards.drop(key)
        _need(bool(kept.sizes))
        ordered = sorted(kept.sizes.items())
        kept.sizes.clear()
        kept.sizes.update(ordered)
        self.into.shards.add(key)
        self.into.index("shard", key, relinked)

    def _same_width(self, old: list[Place], new: list[Place]) -> None:
        """Make sure that shards stay as wide as they are; that hangs on how many beginnings names have."""
        if is_wide(self.kept.beginnings + (not old)):
            _need(bool(old) and {shard_of(p.name) for p in old} == {shard_of(p.name) for p in new})

    def _by_shard(self, places: list[Place]) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            found[self._shard(place.name)].append(place)
        return dict(found)


class _Shown:
    """What pages of other files show of the symbols of this one: full name, anchor, line."""

    def __init__(self, old: FileRecord, new: FileRecord, places: dict[int, int]) -> None:
        self._old, self._new, self._places = old.symbols, new.symbols, places
        self._anchors = anchors_of(old.symbols), anchors_of(new.symbols)

    def differs(self, index: int) -> bool:
        """Whether what is shown of an old symbol is different now; names are the same, since it was matched."""
        if index < 0:
            return False
        now = self._places[index]
        return self._old[index].line != self._new[now].line or self._anchors[0][index] != self._anchors[1][now]


def _need(is_so: bool) -> None:
    if not is_so:
        raise NotSmallError


def _moved(places: dict[int, int], place: int) -> int:
    """Where a line or a symbol is now; -1 stays."""
    if place < 0:
        return place
    if place not in places:
        raise NotSmallError
    return places[place]


def _same_statements(old: FileRecord, new: FileRecord) -> None:
    """Make sure that imports and links are the same, lines apart, and what a manifest says."""
    _need(old.manifest == new.manifest and [v[:2] for v in old.values] == [v[:2] for v in new.values])
    _need([_unplaced(i) for i in old.imports] == [_unplaced(i) for i in new.imports])
    _need([(link.target, link.text) for link in _links(old)] == [(link.target, link.text) for link in _links(new)])


def _links(record: FileRecord) -> tuple[Link, ...]:
    return record.document.links if record.document is not None else ()


def _title(record: FileRecord) -> str:
    return record.document.title if record.document is not None else ""


def _unplaced(statement: Import) -> Import:
    """An import without where it stands."""
    return structs.replace(statement, line=0, end_line=statement.lines_below)


def _lines(old: FileRecord, new: FileRecord) -> dict[int, int]:
    """Of each line on which a statement or a link begins, where it is now."""
    found: dict[int, int] = {}
    before: list[Import | Link] = [*old.imports, *_links(old)]
    after: list[Import | Link] = [*new.imports, *_links(new)]
    for was, now in zip(before, after, strict=True):
        _need(found.setdefault(was.line, now.line) == now.line)  # two on one line that are on two now
    return found


def _seen(symbols: list[Symbol], known: dict[object, int]) -> dict[tuple[int, int], int]:
    """The symbols of a file by all that resolvers see of them, lines apart; those that are equal are told apart by their number.

    `known` numbers what is seen, the same for both states of a file.
    """
    found: dict[tuple[int, int], int] = {}
    counts: dict[int, int] = defaultdict(int)
    own: list[tuple[int, int]] = []
    for index, symbol in enumerate(symbols):
        key = (
            own[symbol.parent] if symbol.parent >= 0 else (), symbol.kind, symbol.name, symbol.role, symbol.scope, symbol.bases,
            symbol.parameters, symbol.modifiers, symbol.type, symbol.type_parameters, symbol.condition, symbol.visibility,
        )  # fmt: skip
        number = known.setdefault(key, len(known))
        counts[number] += 1
        own.append((number, counts[number]))
        found[own[-1]] = index
    return found


def _merged(places: list[Place], own: list[Place]) -> list[Place]:
    """Places in the order of paths; those of one file are in the order of the text."""
    return sorted([*places, *own], key=lambda p: p.path.encode("utf-8", "surrogateescape")) if own else places
