"""What belongs together across files: out-of-line definitions and their declarations, classes and their bases; only where one fits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from ...atlas import Edge
from ...gather import SourceFile
from ...model import Symbol

__all__ = ["joins"]

_CALLED = frozenset(("function", "method", "constructor", "destructor", "operator"))
_HELD = frozenset(("variable", "constant", "field"))
_TYPES = frozenset(("class", "struct", "union"))
#: Innermost first, so that nested arguments go in rounds.
_ARGUMENTS = re.compile(r"<[^<>]*>")
#: What does not make another type of a parameter.
_IDLE = re.compile(r"\b(?:const(?=\s+\w+$)|register|struct|class|enum|typename)\b|\s+|(?<![\w:])::|\bstd::")


class _Named(Struct, frozen=True):
    """A symbol with its full name, without template arguments and anonymous scopes."""

    file: SourceFile
    index: int
    name: str
    scopes: tuple[str, ...]

    @property
    def symbol(self) -> Symbol:
        assert self.file.record is not None
        return self.file.record.symbols[self.index]


def joins(files: list[SourceFile], includes: Iterable[Edge]) -> Iterator[Edge]:
    """Edges of the kinds ``definition`` and ``base``."""
    near: dict[str, set[str]] = defaultdict(set)
    for edge in includes:
        near[edge.source].add(edge.target)
    declared: dict[str, list[_Named]] = defaultdict(list)
    types: dict[str, list[_Named]] = defaultdict(list)
    defined, derived = list[_Named](), list[_Named]()
    for file in files:
        for named in _names(file):
            symbol = named.symbol
            if symbol.kind in _TYPES and symbol.role == "definition":
                if "<" not in symbol.name:
                    types[named.name].append(named)
                if symbol.bases:
                    derived.append(named)
            elif symbol.kind in _CALLED or symbol.kind in _HELD:
                if symbol.role == "declaration" or (symbol.kind == "field" and "static" in symbol.modifiers):
                    declared[named.name].append(named)
                elif symbol.kind != "field":
                    defined.append(named)
    ends = _by_end(declared)
    for named in defined:
        yield from _definition(named, declared, ends, near)
    for named in derived:
        yield from _bases(named, types, near)


def _names(file: SourceFile) -> Iterator[_Named]:
    """All symbols of a file with their full names."""
    scopes: list[tuple[str, ...]] = []
    for index, symbol in enumerate(file.record.symbols if file.record is not None else ()):
        around = scopes[symbol.parent] if 0 <= symbol.parent < index else ()
        written = f"{symbol.scope}::{symbol.name}" if symbol.scope else symbol.name
        if symbol.kind in _CALLED and symbol.name.startswith("operator"):
            parts = (*plain(symbol.scope).split("::"), symbol.name) if symbol.scope else (symbol.name,)
        else:
            parts = tuple(plain(written).split("::"))
        if "friend" in symbol.modifiers:
            around = around[:-1]
        own = (*around, *(p for p in parts if p))
        scopes.append(own)
        yield _Named(file, index, "::".join(own), own[:-1])


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


def _by_end(declared: dict[str, list[_Named]]) -> dict[str, list[str]]:
    """Full names by their last two parts, for definitions below ``using namespace``."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in declared:
        found["::".join(name.split("::")[-2:])].append(name)
    return found


def _definition(named: _Named, declared: dict[str, list[_Named]], ends: dict[str, list[str]], near: dict[str, set[str]]) -> Iterator[Edge]:
    symbol = named.symbol
    candidates = declared.get(named.name, [])
    if not candidates and symbol.scope:
        names = [n for n in ends.get("::".join(named.name.split("::")[-2:]), ()) if n.endswith(f"::{named.name}")]
        candidates = declared[names[0]] if len(names) == 1 else []
    inside = "static" in symbol.modifiers and not symbol.scope
    candidates = [c for c in candidates if _fits(symbol, c.symbol) and (not inside or c.file is named.file)]
    found = _one(named, candidates, near)
    if found is not None:
        yield _edge(named, found, "definition", symbol.name)


def _fits(definition: Symbol, declaration: Symbol) -> bool:
    """Whether parameters are the same, as far as text can say."""
    if definition.kind in _HELD:
        return declaration.kind in _HELD
    return declaration.kind in _CALLED and _types(definition) == _types(declaration) and _const(definition) == _const(declaration)


def _const(symbol: Symbol) -> tuple[bool, ...]:
    return tuple(word in symbol.modifiers for word in ("const", "&", "&&"))


def _types(symbol: Symbol) -> tuple[str, ...]:
    return tuple(_IDLE.sub("", p.type).rpartition("::")[2] or _IDLE.sub("", p.type) for p in symbol.parameters)


def _one(named: _Named, candidates: list[_Named], near: dict[str, set[str]]) -> _Named | None:
    """The one candidate, or the one in what the file includes itself, or the one in the file."""
    if len(candidates) > 1:
        beside = near[named.file.path]
        candidates = [c for c in candidates if c.file is named.file] or [c for c in candidates if c.file.path in beside]
    return candidates[0] if len(candidates) == 1 else None


def _bases(named: _Named, types: dict[str, list[_Named]], near: dict[str, set[str]]) -> Iterator[Edge]:
    """The classes that are found as the language looks for a name: in the scopes around, from the inside out."""
    for base in named.symbol.bases:
        written = plain(base.name.removesuffix("..."))
        scopes = () if written.startswith("::") else named.scopes
        written = written.removeprefix("::")
        for length in range(len(scopes), -1, -1):
            candidates = [c for c in types.get("::".join((*scopes[:length], written)), ()) if c.symbol is not named.symbol]
            if candidates:
                found = _one(named, candidates, near)
                if found is not None:
                    yield _edge(named, found, "base", base.name)
                break


def _edge(source: _Named, target: _Named, kind: str, text: str) -> Edge:
    return Edge(source.file.path, source.symbol.line, target.file.path, kind, text, source_symbol=source.index, target_symbol=target.index)
