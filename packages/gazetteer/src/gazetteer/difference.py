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
from .classify import languages
from .config import Config
from .discover import Entry
from .extract import scan
from .facts import path_text
from .gather import SourceFile, had_no_luck, learned_in, options_of, records_apart
from .labels import MINIFIED
from .lang.table import BY_SUFFIX, FAMILY
from .likeness import alike, below_terms, by_suffix, sort_of
from .model import Counts, FileRecord, Scan, Symbol

__all__ = ["Change", "Difference", "Files", "MovedFile", "MovedSymbol", "Place", "difference"]

#: Two files of which so large a share of lines is the same are one that was moved and changed; so many pairs are compared at most.
_ALIKE, _MOST_PAIRS = 0.6, 40_000
#: Kinds that stand in many files under one name: where one is gone, it has not moved to where another one is new.
_ANYWHERE = frozenset(("module", "namespace", "package", "macro_call"))
#: What ends a text that is cut off, and how lines begin that are comments.
_CUT, _COMMENTS = "…", ("//", "/*", "*", "#")
#: Longer texts are shown on lines of their own, from so many characters before the first difference on, so many of them at most.
_LONG, _LEAD, _MOST_SHOWN = 120, 40, 400
_LOOSE, _TRAILING = re.compile(r"(?<=\W) +| +(?=\W)"), re.compile(r",(?=[\])}>])")
_FIELDS = ("kind", "role", "signature", "type", "value", "bases", "visibility", "modifiers", "decorators", "type_parameters", "condition")


class Files(Protocol):
    """One side: of each path what tells its content from others and its size; and the content."""

    title: str
    files: dict[str, tuple[str, int]]
    #: What the side has, but does not show: of each path, or folder, why.
    hidden: dict[str, str]

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
    gone, hidden_after = _missing(before.files.keys() - common, after)
    new, hidden_before = _missing(after.files.keys() - common, before)
    moved, notes = _moved(before, after, gone, new)
    notes += _of_hidden(hidden_before | hidden_after)
    pairs = [(p, p) for p in edited] + [(m.before, m.after) for m in moved]
    gone = [p for p in gone if p not in {m.before for m in moved}]
    new = [p for p in new if p not in {m.after for m in moved}]
    scans = _Scans(config)
    olds = _placed(before, {a for a, _ in pairs} | set(gone), config, scans)
    news = _placed(after, {b for _, b in pairs} | set(new), config, scans)
    added, removed, changed = list[Place](), list[Place](), list[Change]()
    for a, b in pairs:
        if a in scans.unread or b in scans.unread:
            continue
        _compare(olds.get(a, []), news.get(b, []), added, removed, changed)
    removed += [found.place for p in gone for found in olds.get(p, ())]
    added += [found.place for p in new for found in news.get(p, ())]
    differing = [*edited, *gone, *new]
    if minified := [p for p in differing if p.endswith(MINIFIED)]:
        notes.append(f"symbols of minified files are not compared; {len(minified):,} of these differ: {_some(minified)}")
    if large := [p for p in differing if p in scans.large and _is_code(p)]:
        most = f"more than {config.limits.file_bytes:,} bytes ([limits] file_bytes)"
        notes.append(f"symbols of files of {most} are not compared; {len(large):,} of these differ: {_some(large)}")
    if unread := [p for p in differing if p in scans.unread]:
        notes.append(
            f"symbols of files whose readers were stopped, or failed, are not compared; {len(unread):,} of these differ: {_some(unread)}"
        )
    moves = _moved_symbols(added, removed)
    return Difference(
        before.title, after.title, tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(changed)), tuple(sorted(moves)),
        tuple(map(path_text, new)), tuple(map(path_text, gone)),
        tuple(MovedFile(path_text(m.before), path_text(m.after), m.alike) for m in moved), tuple(map(path_text, edited)), tuple(notes),
    )  # fmt: skip


def _missing(paths: Iterable[str], other: Files) -> tuple[list[str], dict[str, str]]:
    """Paths that the other side has not; and, with why, those of which nobody can say that."""
    shown, hidden = list[str](), dict[str, str]()
    for path in sorted(paths):
        above = path
        while above and above not in other.hidden:
            above = above.rpartition("/")[0]
        if above:
            hidden[path] = other.hidden[above]
        else:
            shown.append(path)
    return shown, hidden


def _of_hidden(hidden: dict[str, str]) -> Iterator[str]:
    for why in sorted(set(hidden.values())):
        paths = sorted(path for path, said in hidden.items() if said == why)
        yield f"files that {why} are not compared; {len(paths):,} of these are on the other side: {_some(paths)}"


class _Placed(Struct, frozen=True):
    """A symbol, where it stands, and the text that its head and its value, which are cut off, are taken from."""

    place: Place
    symbol: Symbol
    written: str = ""


#: Of a change, each field with what it was and what it is.
_Fields = tuple[tuple[str, str, str], ...]


class _Scans:
    """What was seen in files; a content that is on both sides is looked at once.

    Attributes
    ----------
    large, unread : set of str
        Those that were too large to be read, and those whose readers did not come to an end.
    """

    def __init__(self, config: Config) -> None:
        self._most, self._known, self.large, self.unread = config.limits.file_bytes, dict[str, Scan](), set[str](), set[str]()

    def of(self, side: Files, path: str) -> Scan:
        """What a file has."""
        key, size = side.files[path]
        if size > self._most:
            self.large.add(path)
            return Scan("too-large", Counts(bytes=size))
        if key not in self._known or not key:
            self._known[key] = scan(side.content(path), self._most)
        return self._known[key]


def _placed(side: Files, wanted: set[str], config: Config, scans: _Scans) -> dict[str, list[_Placed]]:
    """The symbols of some files of a side, read as a build of that side would read them."""
    seen = {path: scans.of(side, path) for path in sorted(wanted) if not path.endswith(MINIFIED)}
    if any(path.lower().endswith(_FAMILY_ENDS) for path in seen):
        # Macros of the tree are defined in files that do not differ, too; other files do not matter to those that do.
        seen = {p: seen[p] if p in seen else scans.of(side, p) for p in sorted(side.files) if p in seen or p.lower().endswith(_FAMILY_ENDS)}
    seen = {path: found for path, found in seen.items() if found.content == "text"}
    files = []
    for path, language in languages(seen).items():
        file = SourceFile(Entry(path, "file", side.files[path][1]))
        file.scan, file.language = seen[path], language
        files.append(file)
    learned, placed = learned_in(files, config), dict[str, list[_Placed]]()
    files = [file for file in files if file.path in wanted and file.language]
    texts = ((side.content(f.path), f.language, f.scan.counts, options_of(f, learned, config)) for f in files)
    for file, record in zip(files, records_apart(texts, config.limits), strict=True):
        if had_no_luck(record):
            scans.unread.add(file.path)
        else:
            placed[file.path] = _places(file.path, record, side)
    return placed


#: How files end that are C or of its kin, or are made to be.
_FAMILY_ENDS = (".h", ".in", ".inc", *sorted(suffix for suffix, language in BY_SUFFIX.items() if language.name in FAMILY))


def _places(path: str, record: FileRecord, side: Files) -> list[_Placed]:
    between, lines = separator(record.language), list[str]()
    found = []
    for i, s in enumerate(record.symbols):
        if s.name:
            written = ""
            if _CUT in (s.signature[-1:], s.value[-1:]):
                lines = lines or side.content(path).decode("utf-8", "replace").split("\n")
                written = _written(s, lines)
            place = Place(path_text(path), s.line, s.end_line, s.kind, qualified(record.symbols, i, between), s.role, s.signature)
            found.append(_Placed(place, s, written))
    return found


def _is_code(path: str) -> bool:
    language = by_suffix(path)
    return language is not None and bool(language.grammar)


def _written(symbol: Symbol, lines: list[str]) -> str:
    """What a symbol is that has so long a head or value that the record has only their beginning: its parameters, else all of its lines."""
    if symbol.parameters:
        return ", ".join(p.name + (p.type and f": {p.type}") + (p.default and f" = {p.default}") for p in symbol.parameters)
    some = (line.removesuffix("\\").strip() for line in lines[symbol.start_line - 1 : symbol.end_line])
    return " ".join(line for line in some if not line.startswith(_COMMENTS))


def _compare(before: list[_Placed], after: list[_Placed], added: list[Place], removed: list[Place], changed: list[Change]) -> None:
    olds, news = _by_name(before), _by_name(after)
    for name in olds.keys() | news.keys():
        old, new = _unlike(olds.get(name, []), news.get(name, []))
        pairs = _nearest(old, new)
        changed += [Change(old[i].place, new[j].place, fields) for i, (j, fields) in pairs.items() if fields]
        taken = {j for j, _ in pairs.values()}
        removed += [one.place for i, one in enumerate(old) if i not in pairs]
        added += [one.place for j, one in enumerate(new) if j not in taken]


def _unlike(old: list[_Placed], new: list[_Placed]) -> tuple[list[_Placed], list[_Placed]]:
    """Symbols of a name without those that are on both sides to the letter."""
    same = Counter(map(_key, old)) & Counter(map(_key, new))
    left = []
    for side in (old, new):
        kept, drop = list[_Placed](), same.copy()
        for one in side:
            if drop[key := _key(one)]:
                drop[key] -= 1
            else:
                kept.append(one)
        left.append(kept)
    return left[0], left[1]


def _key(one: _Placed) -> tuple[str, ...]:
    return (*(_shown(one.symbol, name) for name in _FIELDS), one.written)


def _nearest(old: list[_Placed], new: list[_Placed]) -> dict[int, tuple[int, _Fields]]:
    """Of symbols of a name, which has become which and what differs: those that are alike most go together, else those that stand first."""
    if len(old) * len(new) > _MOST_PAIRS:
        return {i: (i, _changes(old[i], new[i])) for i in range(min(len(old), len(new)))}
    fields = {(i, j): _changes(a, b) for i, a in enumerate(old) for j, b in enumerate(new)}
    found, taken = dict[int, tuple[int, _Fields]](), set[int]()
    for i, j in sorted(fields, key=lambda pair: (len(fields[pair]), pair)):
        if i not in found and j not in taken:
            found[i] = j, fields[i, j]
            taken.add(j)
    return found


def _by_name(placed: list[_Placed]) -> Mapping[str, list[_Placed]]:
    found: dict[str, list[_Placed]] = defaultdict(list)
    for one in placed:
        found[one.place.name].append(one)
    return found


def _changes(a: _Placed, b: _Placed) -> _Fields:
    found = []
    for name in _FIELDS:
        old, new = _shown(a.symbol, name), _shown(b.symbol, name)
        if old.endswith(_CUT) and new.endswith(_CUT) and _begin_alike(old, new):
            old, new = _where_they_part(a.written, b.written)
        if old != new and _tight(old) != _tight(new):
            found.append((name, old, new))
    return tuple(found)


def _begin_alike(old: str, new: str) -> bool:
    """Whether of two texts that are cut off one goes on where the other ends: the spaces of a formatter move the place of the cut."""
    a, b = _tight(old.removesuffix(_CUT)), _tight(new.removesuffix(_CUT))
    return a.startswith(b) or b.startswith(a)


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
    lines = {p: Counter(below_terms(before.content(p), p).split(b"\n")) for p in left}
    other = {p: Counter(below_terms(after.content(p), p).split(b"\n")) for p in free}
    scores = sorted(
        ((alike(lines[a], other[b]), a, b) for a in left for b in free if sort_of(a) == sort_of(b)),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    taken = set[str]()
    for score, a, b in scores:
        if score >= _ALIKE and f"-{a}" not in taken and f"+{b}" not in taken:
            taken |= {f"-{a}", f"+{b}"}
            found.append(MovedFile(a, b, min(round(100 * score), 99)))
    return sorted(found), []


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
            if change.before.role != change.after.role:
                yield f"      {change.before.role} -> {change.after.role}".replace("forward", "forward declaration")
            yield from _fields(change)
    if found.moved:
        yield "moved:"
        yield from (f"  {_place(m.before)} -> {m.after.path}:{m.after.line}" for m in found.moved)
    yield from found.notes
    if not found.is_empty:
        counts = (
            ("added", found.files_added),
            ("removed", found.files_removed),
            ("moved", found.files_moved),
            ("edited", found.files_edited),
        )
        yield "files: " + ", ".join(f"{len(some):,} {name}" for name, some in counts)


def _fields(change: Change) -> Iterator[str]:
    """What differs, one field a line, or two where they are long; not what the heads, which are shown, show as well."""
    heads = next(((old, new) for name, old, new in change.fields if name == "signature"), ("", ""))
    for name, old, new in change.fields:
        if name == "role" or (name != "signature" and heads[1] and _shows(heads[0], old) and _shows(heads[1], new)):
            continue
        old, new = _where_they_part(old or "(none)", new or "(none)")  # noqa: PLW2901 - as they are shown
        if len(old) + len(new) <= _LONG:
            yield f"      {name}: {old} -> {new}"
        else:
            yield f"      {name}: {old}"
            yield f"      {'->':>{len(name) + 1}} {new}"


def _shows(head: str, text: str) -> bool:
    """Whether a head has a text in it; where one of them is cut off, how the text begins."""
    return text in head or (_CUT in (head[-1:], text[-1:]) and text[:_LEAD] in head)


def _where_they_part(old: str, new: str) -> tuple[str, str]:
    """Two texts, of which no more is shown than what stands around the first difference."""
    alike = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(alike - _LEAD, 0) if max(len(old), len(new)) > _LONG else 0
    return _excerpt(old, start), _excerpt(new, start)


def _excerpt(text: str, start: int) -> str:
    end = start + _MOST_SHOWN
    return _CUT * bool(start) + text[start:end] + _CUT * (len(text) > end)


def _some(paths: list[str]) -> str:
    return ", ".join(map(path_text, paths[:3])) + (", …" if len(paths) > 3 else "")


def _is_elsewhere(change: Change) -> bool:
    return (change.before.path, change.before.line) != (change.after.path, change.after.line)


def _place(place: Place) -> str:
    role = "" if place.role == "definition" else f", {place.role}"
    return f"{place.path}:{place.line}  {place.kind.replace('_', ' ')}{role} {place.name}"
