"""What differs between two states of a tree: symbols added, removed, changed and moved, files added, removed, moved; in any language.

Files with the same bytes at the same path are not read. Of the others symbols are matched by qualified name, and those with the same
name - overloads - first where nothing differs, then where the least does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from .atlas import qualified, separator
from .classify import Labels, languages
from .config import Config
from .discover import Entry
from .extract import extract, scan
from .facts import path_text
from .gather import SourceFile, learned_in, options_of
from .model import FileRecord, Symbol

__all__ = ["Change", "Difference", "Files", "MovedFile", "MovedSymbol", "Place", "difference"]

#: Two files of which so large a share of lines is the same are one that was moved and changed; so many pairs are compared at most.
_ALIKE, _MOST_PAIRS = 0.6, 40_000
#: Kinds that stand in many files under one name: where one is gone, it has not moved to where another one is new.
_ANYWHERE = frozenset(("module", "namespace", "package", "macro_call"))
_LOOSE, _TRAILING = re.compile(r"(?<=\W) +| +(?=\W)"), re.compile(r",(?=[\])}>])")
_FIELDS = ("kind", "role", "signature", "type", "value", "bases", "visibility", "modifiers", "decorators", "type_parameters", "condition")


class Files(Protocol):
    """One side: of each path what tells its content from others and its size; and the content."""

    title: str
    files: dict[str, tuple[str, int]]

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        ...


class Place(Struct, frozen=True, order=True):
    """A symbol and where it stands on its side."""

    path: str
    line: int
    end_line: int
    kind: str
    name: str
    role: str
    signature: str
    method: str = "parsed"


class Change(Struct, frozen=True, order=True):
    """A symbol that is on both sides: what differs, as it was and as it is."""

    before: Place
    after: Place
    #: Field, before, after.
    fields: tuple[tuple[str, str, str], ...]


class MovedSymbol(Struct, frozen=True, order=True):
    """The same declaration in another file."""

    before: Place
    after: Place


class MovedFile(Struct, frozen=True, order=True):
    """A file that has another path: with the same bytes, or with so many hundredths of its lines."""

    before: str
    after: str
    alike: int


class Difference(Struct, frozen=True):
    """All of it, sorted by path and line."""

    before: str
    after: str
    added: tuple[Place, ...] = ()
    removed: tuple[Place, ...] = ()
    changed: tuple[Change, ...] = ()
    moved: tuple[MovedSymbol, ...] = ()
    files_added: tuple[str, ...] = ()
    files_removed: tuple[str, ...] = ()
    files_moved: tuple[MovedFile, ...] = ()
    #: Files on both sides whose bytes differ; most of them without a difference of their symbols.
    files_edited: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no file and no symbol differs."""
        return not (self.files_added or self.files_removed or self.files_moved or self.files_edited)

    @property
    def is_breaking(self) -> bool:
        """Whether a symbol was removed, or changed in more than that it is defined now."""
        return bool(self.removed or self.moved) or any(not defines(change) for change in self.changed)


def defines(change: Change) -> bool:
    """Whether a change does no more than to define what was declared: ``class X;`` to ``class X { … };``."""
    names = {name for name, _, _ in change.fields}
    return "role" in names and change.after.role == "definition" and change.before.role != "definition"


def difference(before: Files, after: Files, config: Config) -> Difference:
    """What differs between two sides.

    Parameters
    ----------
    before, after : Files
        From `gazetteer.revisions`.
    config : Config
        Limits, labels and macros, for both.
    """
    common = before.files.keys() & after.files.keys()
    edited = sorted(p for p in common if before.files[p][0] != after.files[p][0])
    gone, new = sorted(before.files.keys() - common), sorted(after.files.keys() - common)
    moved, notes = _moved(before, after, gone, new)
    pairs = [(p, p) for p in edited] + [(m.before, m.after) for m in moved]
    gone = [p for p in gone if p not in {m.before for m in moved}]
    new = [p for p in new if p not in {m.after for m in moved}]
    old_records = _records(before, [a for a, _ in pairs] + gone, config)
    new_records = _records(after, [b for _, b in pairs] + new, config)
    added, removed, changed = list[Place](), list[Place](), list[Change]()
    for a, b in pairs:
        _compare(_places(a, old_records.get(a)), _places(b, new_records.get(b)), added, removed, changed)
    removed += [place for p in gone for place, _ in _places(p, old_records.get(p))]
    added += [place for p in new for place, _ in _places(p, new_records.get(p))]
    moves = _moved_symbols(added, removed)
    return Difference(
        before.title, after.title, tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(changed)), tuple(sorted(moves)),
        tuple(map(path_text, new)), tuple(map(path_text, gone)),
        tuple(MovedFile(path_text(m.before), path_text(m.after), m.alike) for m in moved), tuple(map(path_text, edited)), tuple(notes),
    )  # fmt: skip


_Placed = tuple[Place, Symbol]


def _records(side: Files, wanted: Iterable[str], config: Config) -> dict[str, FileRecord]:
    """The records of some files of a side, read as a build of that side would read them."""
    wanted = set(wanted)
    files = []
    for path, (_, size) in sorted(side.files.items()):
        # Macros of the tree are defined in files that do not differ, too; other files do not matter to those that do.
        if path not in wanted and not path.lower().endswith(_HEADERS):
            continue
        file = SourceFile(Entry(path, "file", size))
        if size <= config.limits.file_bytes:
            file.scan = scan(side.content(path), config.limits.file_bytes)
        if file.scan.content == "text":
            files.append(file)
    found = languages({f.path: f.scan for f in files})
    labels = Labels(config, [])
    for file in files:
        file.language, file.labels = found[file.path], labels.of(file.path, file.scan)
    learned = learned_in(files, config)
    return {
        f.path: extract(side.content(f.path), f.language, f.scan.counts, options_of(f.language, f.scan, learned, config))
        for f in files
        if f.path in wanted and f.language
    }


_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc", ".cuh", ".c", ".cc", ".cpp", ".cxx", ".cu", ".ipp", ".tpp", ".in")


def _places(path: str, record: FileRecord | None) -> list[_Placed]:
    if record is None:
        return []
    between = separator(record.language)
    return [
        (Place(path_text(path), s.line, s.end_line, s.kind, qualified(record.symbols, i, between), s.role, s.signature), s)
        for i, s in enumerate(record.symbols)
        if s.name
    ]


def _compare(before: list[_Placed], after: list[_Placed], added: list[Place], removed: list[Place], changed: list[Change]) -> None:
    olds, news = _by_name(before), _by_name(after)
    for name in olds.keys() | news.keys():
        old, new = list(olds.get(name, ())), list(news.get(name, ()))
        for distance in range(len(_FIELDS) + 1):  # what is alike most goes together
            for a in list(old):
                b = next((b for b in new if len(_changes(a, b)) == distance), None)
                if b is not None:
                    old.remove(a)
                    new.remove(b)
                    if distance:
                        changed.append(Change(a[0], b[0], _changes(a, b)))
            if not old or not new:
                break
        removed += [place for place, _ in old]
        added += [place for place, _ in new]


def _by_name(placed: list[_Placed]) -> Mapping[str, list[_Placed]]:
    found: dict[str, list[_Placed]] = defaultdict(list)
    for place, symbol in placed:
        found[place.name].append((place, symbol))
    return found


def _changes(a: _Placed, b: _Placed) -> tuple[tuple[str, str, str], ...]:
    found = []
    for name in _FIELDS:
        old, new = _shown(a[1], name), _shown(b[1], name)
        if old != new and _tight(old) != _tight(new):
            found.append((name, old, new))
    return tuple(found)


def _shown(symbol: Symbol, name: str) -> str:
    value = getattr(symbol, name)
    if name == "bases":
        return ", ".join(" ".join(filter(None, (b.how, b.access, "virtual" if b.virtual else "", b.name))) for b in value)
    return value if isinstance(value, str) else ", ".join(value)


def _tight(text: str) -> str:
    """A text without the spaces and the last commas that a formatter of code adds and removes."""
    return _TRAILING.sub("", _LOOSE.sub("", text))


def _moved_symbols(added: list[Place], removed: list[Place]) -> list[MovedSymbol]:
    """Take what was removed from one file and added to another as it was out of both lists."""
    places: dict[tuple[str, str, str, str], list[Place]] = defaultdict(list)
    for place in sorted(added):
        places[_identity(place)].append(place)
    found = []
    for old in sorted(removed):
        candidates = [p for p in places.get(_identity(old), ()) if p.path != old.path and p.kind not in _ANYWHERE]
        if candidates:
            new = candidates[0]
            places[_identity(old)].remove(new)
            added.remove(new)
            removed.remove(old)
            found.append(MovedSymbol(old, new))
    return found


def _identity(place: Place) -> tuple[str, str, str, str]:
    return place.kind, place.name, place.role, place.signature


def _moved(before: Files, after: Files, gone: list[str], new: list[str]) -> tuple[list[MovedFile], list[str]]:
    """Files with another path: first those with the same bytes, then those with most of their lines."""
    found, by_key = list[MovedFile](), defaultdict[str, list[str]](list)
    for path in new:
        by_key[_content_key(after, path)].append(path)
    left = []
    for path in gone:
        same = by_key.get(_content_key(before, path), [])
        if same and before.files[path][1]:
            best = max(same, key=lambda p: (p.rpartition("/")[2] == path.rpartition("/")[2], -same.index(p)))
            same.remove(best)
            found.append(MovedFile(path, best, 100))
        else:
            left.append(path)
    free = sorted(set(new) - {m.after for m in found})
    if len(left) * len(free) > _MOST_PAIRS:
        note = (
            f"{len(left):,} removed and {len(free):,} added files were not compared for renames with changes (limit {_MOST_PAIRS:,} pairs)"
        )
        return sorted(found), [note]
    lines = {p: Counter(before.content(p).split(b"\n")) for p in left}
    other = {p: Counter(after.content(p).split(b"\n")) for p in free}
    scores = sorted(
        ((_alike(lines[a], other[b]), a, b) for a in left for b in free if a.rpartition(".")[2] == b.rpartition(".")[2]),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    taken = set[str]()
    for score, a, b in scores:
        if score >= _ALIKE and f"-{a}" not in taken and f"+{b}" not in taken:
            taken |= {f"-{a}", f"+{b}"}
            found.append(MovedFile(a, b, min(round(100 * score), 99)))
    return sorted(found), []


def _alike(a: Counter[bytes], b: Counter[bytes]) -> float:
    """The share of lines that two files have in common; empty lines do not count."""
    total = max(a.total() - a[b""], b.total() - b[b""])
    return ((a & b).total() - min(a[b""], b[b""])) / total if total else 0.0


def _content_key(side: Files, path: str) -> str:
    return side.files[path][0]


def texts(found: Difference) -> Iterator[str]:
    """The lines that `gaz diff` prints."""
    for title, paths in (("files added", found.files_added), ("files removed", found.files_removed)):
        if paths:
            yield f"{title}:"
            yield from (f"  {'+' if title.endswith('added') else '-'} {path}" for path in paths)
    if found.files_moved:
        yield "files moved:"
        yield from (f"  {m.before} -> {m.after}" + ("" if m.alike == 100 else f" ({m.alike} % of lines alike)") for m in found.files_moved)
    for title, mark, places in (("removed", "-", found.removed), ("added", "+", found.added)):
        if places:
            yield f"{title}:"
            yield from (f"  {mark} {_place(p)}" for p in places)
    if found.changed:
        yield "changed:"
        for change in found.changed:
            yield f"  ~ {_place(change.after)}" + (f" (was {change.before.path}:{change.before.line})" if _is_elsewhere(change) else "")
            if defines(change):
                yield f"      {change.before.role} declaration -> definition".replace("declaration declaration", "declaration")
            yield from (f"      {name}: {old or '(none)'} -> {new or '(none)'}" for name, old, new in change.fields if name != "role")
    if found.moved:
        yield "moved:"
        yield from (f"  {_place(m.before)} -> {m.after.path}:{m.after.line}" for m in found.moved)
    yield from found.notes


def _is_elsewhere(change: Change) -> bool:
    return (change.before.path, change.before.line) != (change.after.path, change.after.line)


def _place(place: Place) -> str:
    role = "" if place.role == "definition" else f", {place.role}"
    return f"{place.path}:{place.line}  {place.kind.replace('_', ' ')}{role} {place.name}"
