"""What belongs together across files: out-of-line definitions and their declarations, classes and their bases; only where one fits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from ...atlas import Edge
from ...gather import SourceFile
from ...model import Base, Symbol

__all__ = ["CALLED", "HELD", "TYPES", "Near", "Wanted", "joins", "near_by", "plain", "sorts_of", "wanted_base"]

CALLED = frozenset(("function", "method", "constructor", "destructor", "operator"))
HELD = frozenset(("variable", "constant", "field"))
TYPES = frozenset(("class", "struct", "union"))
_LOOKED_AT = CALLED | HELD | TYPES
#: Innermost first, so that nested arguments go in rounds.
_ARGUMENTS = re.compile(r"<[^<>]*>")
#: What does not make another type of a parameter.
_IDLE = re.compile(r"\b(?:const(?=\s+[\w:]+$)|register|struct|class|enum|typename)\b|\s+|\b\w+::|(?<![\w:>])::")

#: So many that have a name in common are looked at one by one: a tree that means harm may have 50,000.
_FEW = 20
#: So many namespaces are looked into of those whose names a file takes.
_MOST_OPENED = 8
#: Names of what a function is given to which a parameter points: they may stand in one place and not in the other.
_GIVEN = re.compile(r"(?<=[*&>\s])(?!(?:int|long|char|short|double|float|bool|const|unsigned)\b)[^\W\d]\w*\s*(?=,|\))")


class _Names:
    """Full names of the symbols of a file, without template arguments and anonymous scopes; each is made when it is asked for."""

    def __init__(self, path: str, symbols: list[Symbol], opened: tuple[str, ...] = ()) -> None:
        self.path, self.symbols, self.opened = path, symbols, opened
        self._known: dict[int, tuple[str, ...]] = {-1: ()}
        self._joined: dict[int, str] = {}

    def joined(self, index: int) -> str:
        """The full name of a symbol."""
        symbol = self.symbols[index]
        name, parent = symbol.name, symbol.parent
        if symbol.scope or parent >= index or not name.isidentifier() or "friend" in symbol.modifiers:
            return "::".join(self.full(index))
        around = self._joined.get(parent)
        if around is None:
            around = self._joined[parent] = "::".join(self.full(parent))
        return f"{around}::{name}" if around else name

    def full(self, index: int) -> tuple[str, ...]:
        """The parts of the full name of a symbol."""
        known, unknown = self._known, list[int]()
        while index not in known:
            unknown.append(index)
            parent = self.symbols[index].parent
            index = parent if parent < index else -1
        around = known[index]
        for inner in reversed(unknown):
            symbol = self.symbols[inner]
            if "friend" in symbol.modifiers:
                around = around[:-1]
            around = known[inner] = (*around, *_parts(symbol))
        return around


class _Named(Struct, gc=False):
    """A symbol, and where its full name is known."""

    names: _Names
    index: int
    symbol: Symbol

    @property
    def path(self) -> str:
        return self.names.path

    @property
    def last(self) -> str:
        """The last part of its name."""
        name = self.symbol.name
        return name if name.isidentifier() else self.names.joined(self.index).rpartition("::")[2]


class _Sorted(Struct):
    """The symbols that may be joined, by the last parts of their names: of all others no full name is needed."""

    declared: dict[str, list[_Named]] = field(default_factory=lambda: defaultdict(list))
    defined: list[_Named] = field(default_factory=list)
    types: dict[str, list[_Named]] = field(default_factory=lambda: defaultdict(list))
    derived: list[_Named] = field(default_factory=list)


class Wanted(Struct):
    """Last parts of names: of what is defined, and of bases."""

    defined: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)


#: Symbols by what they are asked for - a full name, or what parameters have in common -, and then by files.
_Places = dict[Any, dict[str, list[_Named]]]
#: The files that each file includes itself.
Near = Mapping[str, set[str]]


def near_by(includes: Iterable[Edge]) -> Near:
    """The files that each file includes itself, by edges."""
    near: dict[str, set[str]] = defaultdict(set)
    for edge in includes:
        near[edge.source].add(edge.target)
    return near


def joins(files: Iterable[SourceFile], near: Near, wanted: Wanted | None = None) -> Iterator[Edge]:
    """Edges of the kinds ``definition`` and ``base``; with `wanted` those of some names, and then files without these are not needed."""
    found = _sorted_out(files)
    if wanted is not None:
        found.defined = [named for named in found.defined if named.last in wanted.defined]
    yield from _definitions(found, near)
    bases = [(named, base, plain(base.name.removesuffix("..."))) for named in found.derived for base in named.symbol.bases]
    if wanted is not None:
        bases = [(named, base, written) for named, base, written in bases if written.rpartition("::")[2] in wanted.bases]
    types: _Places = defaultdict(lambda: defaultdict(list))
    for name, some in _by_name(found.types, {written.rpartition("::")[2] for _, _, written in bases}).items():
        for one in some:
            types[name][one.path].append(one)
    for named, base, written in bases:
        yield from _base(named, base, written, types, near)


def wanted_base(base: Base) -> str:
    """The last part of the name of a base."""
    return plain(base.name.removesuffix("...")).rpartition("::")[2]


def sorts_of(file: SourceFile) -> Iterator[tuple[int, str, str]]:
    """The symbols of a file that may be joined: index, last part of the name, and ``declared``, ``defined`` or ``type``."""
    found = _sorted_out([file])
    yield from ((named.index, last, "declared") for last, some in found.declared.items() for named in some)
    yield from ((named.index, named.last, "defined") for named in found.defined)
    yield from ((named.index, last, "type") for last, some in found.types.items() for named in some)


def _sorted_out(files: Iterable[SourceFile]) -> _Sorted:
    found = _Sorted()
    declared, defined, types = found.declared, found.defined, found.types
    for file in files:
        if file.record is None:
            continue
        names = _Names(file.path, file.record.symbols, file.record.opened)
        for index, symbol in enumerate(file.record.symbols):
            kind = symbol.kind
            if kind not in _LOOKED_AT:
                continue
            named, name = _Named(names, index, symbol), symbol.name
            if kind in TYPES:
                if symbol.role == "definition":
                    if name and "<" not in name:
                        types[named.last].append(named)
                    if symbol.bases:
                        found.derived.append(named)
            elif symbol.role == "declaration" or (kind == "field" and "static" in symbol.modifiers):
                declared[named.last].append(named)
            elif kind != "field" and not _is_within(symbol, file.record.symbols):
                defined.append(named)
    return found


def _is_within(symbol: Symbol, symbols: list[Symbol]) -> bool:
    """Whether a class has a symbol itself, which so declares what it defines."""
    parent = symbol.parent
    return parent >= 0 and not symbol.scope and symbols[parent].kind in TYPES and "friend" not in symbol.modifiers


def _by_name(found: dict[str, list[_Named]], wanted: set[str]) -> dict[str, list[_Named]]:
    """By full names, those whose last part is wanted."""
    by_name: dict[str, list[_Named]] = defaultdict(list)
    for last in found.keys() & wanted:
        for named in found[last]:
            by_name[named.names.joined(named.index)].append(named)
    return by_name


def _parts(symbol: Symbol) -> tuple[str, ...]:
    """A name as it is written, with its scope, in parts."""
    name, scope = symbol.name, symbol.scope
    if not scope and name.isidentifier():
        return (name,)
    if symbol.kind in CALLED and name.startswith("operator"):
        return (*filter(None, plain(scope).split("::")), name)
    return tuple(filter(None, plain(f"{scope}::{name}" if scope else name).split("::")))


def plain(name: str) -> str:
    """A name without template arguments.

    Examples
    --------
    >>> plain("a::Box<std::pair<int, T>>::put")
    'a::Box::put'
    """
    while "<" in name:
        shorter = _ARGUMENTS.sub("", name)
        if shorter == name:
            break
        name = shorter
    return "".join(name.split())


def _definitions(found: _Sorted, near: Near) -> Iterator[Edge]:
    defined = [named for named in found.defined if named.last in found.declared]
    declared = _by_name(found.declared, {named.last for named in defined})
    fitting: dict[str, _Places] = {}

    def joined(named: _Named, name: str) -> Iterator[Edge]:
        if name not in fitting:
            fitting[name] = _by_parameters(declared[name])
        yield from _definition(named, fitting[name], near)

    elsewhere = list[tuple[str, _Named]]()
    for named in defined:
        full = named.names.joined(named.index)
        if full in declared:
            yield from joined(named, full)
        elif named.symbol.scope:
            elsewhere.append((full, named))
    ends: dict[int, dict[str, list[str]]] = {}
    for full, named in elsewhere:  # definitions below ``using namespace``
        parts = full.count("::") + 1
        if parts not in ends:
            ends[parts] = _by_end(declared, parts)
        names = ends[parts].get(full, ())
        if 1 < len(names) <= _FEW:
            names = [name for name in names if any(_is_twin(named.path, other.path) for other in declared[name][:_FEW])]
        if len(names) == 1:
            yield from joined(named, names[0])


def _is_twin(path: str, other: str) -> bool:
    """Whether files are called alike, but for what comes after the first dot: ``src/node.cpp`` and ``include/node.h``."""
    return path.rpartition("/")[2].partition(".")[0] == other.rpartition("/")[2].partition(".")[0]


def _by_end(names: Iterable[str], parts: int) -> dict[str, list[str]]:
    """Full names that have more parts than so many, by that many of the last."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        split = name.rsplit("::", parts)
        if len(split) > parts:
            found["::".join(split[1:])].append(name)
    return found


def _definition(named: _Named, fitting: _Places, near: Near) -> Iterator[Edge]:
    symbol, places = named.symbol, fitting.get(_parameters(named.symbol), {})
    if "static" in symbol.modifiers and not symbol.scope:
        places = {named.path: places.get(named.path, [])}
    found = _one(named, places, near)
    if found is not None:
        yield _edge(named, found, "definition", symbol.name)


def _by_parameters(declared: list[_Named]) -> _Places:
    """Declarations of a name by what a definition has to have in common with them, and by files."""
    found: _Places = defaultdict(lambda: defaultdict(list))
    for named in declared:
        found[_parameters(named.symbol)][named.path].append(named)
    return found


def _parameters(symbol: Symbol) -> Hashable:
    """What a declaration and its definition have in common, as far as text can say."""
    if symbol.kind in HELD:
        return None
    return (*(_type(p.type) for p in symbol.parameters), tuple(word in symbol.modifiers for word in ("const", "&", "&&")))


@lru_cache(maxsize=1 << 14)
def _type(written: str) -> str:
    name = _IDLE.sub("", _GIVEN.sub("", written) if "(" in written else written)
    return name.rpartition("::")[2] or name


def _one(named: _Named, places: dict[str, list[_Named]], near: Near) -> _Named | None:
    """The one candidate apart from itself, or the one in the file, or the one in what the file includes itself, or in that of its name.

    No more than three of a file are looked at: of a name that is declared 50,000 times in a file there may be as many definitions.
    """
    here: list[_Named] = [c for c in places.get(named.path, ())[:3] if c.symbol is not named.symbol]
    if not here:
        beside = near.get(named.path, ())
        if len(places) - (named.path in places) > 1:
            paths = [p for p in beside if p in places] if len(beside) < len(places) else [p for p in places if p in beside]
        else:
            paths = list(places)
        here = [c for path in paths if path != named.path for c in places[path][:2]]
    if len(here) > 1:
        here = [c for c in here if _is_twin(named.path, c.path)]
    return here[0] if len(here) == 1 else None


def _base(named: _Named, base: Base, written: str, types: _Places, near: Near) -> Iterator[Edge]:
    """The class that is found as the language looks for a name: around it, from the inside out, and then in what is taken besides."""
    is_whole = written.startswith("::")
    scopes, opened = ((), ()) if is_whole else (named.names.full(named.index)[:-1], named.names.opened[:_MOST_OPENED])
    written = written.removeprefix("::")
    for length in range(len(scopes), -1, -1):
        places = types.get("::".join((*scopes[:length], written)), {})
        own = places.get(named.path, ())
        if places and not (len(places) == len(own) == 1 and own[0].symbol is named.symbol):  # it is no base of itself
            found = _one(named, places, near)
            if found is not None:
                yield _edge(named, found, "base", base.name, base.below)
            return
    around = ["", *("::".join(scopes[:length]) for length in range(1, len(scopes) + 1)), *opened] if opened else []
    names = {f"{outer}::{space}::{written}".removeprefix("::") for outer in around for space in opened}  # one may be named within another
    known = [types[name] for name in names if name in types]
    if len(known) == 1 and (found := _one(named, known[0], near)) is not None:
        yield _edge(named, found, "base", base.name, base.below)


def _edge(source: _Named, target: _Named, kind: str, text: str, below: int = 0) -> Edge:
    return Edge(source.path, source.symbol.line + below, target.path, kind, text, source_symbol=source.index, target_symbol=target.index)
