"""Methods that override others, from the bases that were found; for languages that look up no names in what files import.

What a language asks of a method that overrides another is said by its `Rule`. Types of parameters are compared as they are written,
without what is around their names and what is between their brackets; the name of a type parameter of a base is any type.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from ..atlas import Edge, Missing, SymbolRef
from ..gather import SourceFile
from ..model import Symbol
from . import bindings
from .bindings import above

__all__ = ["MEMBERS", "RULES", "Overriding", "Rule", "with_overrides"]

MEMBERS = bindings.MEMBERS | {"event"}
_STATIC = frozenset(("static", "class", "companion"))
_INTERFACES = frozenset(("interface", "protocol", "trait"))
#: What does not make another type: arguments, qualifiers, annotations, words that say how something is handed over.
_ARGUMENTS = re.compile(r"<[^<>]*>|\([^()]*\)")
_IDLE = re.compile(
    r"@[\w.]+|\b(?:const|final|struct|class|enum|typename|in|out|ref|inout|borrowing|consuming)\b(?=\s)|[\w$]+\s*(?:::|\.)(?!\.)|\s+"
)


class Rule(Struct, frozen=True):
    """What a language asks of a method that overrides another."""

    between: str = "."
    #: Whether several of a name are told apart by what they are given.
    overloads: bool = True
    #: Modifiers that say that a method overrides one, and where one of them is asked for: ``always``, ``classes`` or ``never``.
    words: frozenset[str] = frozenset(("override",))
    asked: str = "never"
    #: Whether a private method may be overridden.
    private: bool = False
    #: Modifiers one of which a method has, or one above that it overrides, if it is to be more than another of its name.
    open: frozenset[str] = frozenset()
    ignores_case: bool = False


_CPP = Rule("::", words=frozenset(("override", "final")), private=True, open=frozenset(("virtual", "override", "final")))
#: By the names of languages. C++: class.virtual; Java: JLS 8.4.8; Kotlin, C#, Swift and Scala want a word, but for what interfaces ask for.
RULES = {
    "cpp": _CPP, "cuda": _CPP, "objcpp": _CPP, "hip": _CPP, "metal": _CPP,
    "java": Rule(), "kotlin": Rule(asked="always"), "scala": Rule(), "csharp": Rule(asked="classes"), "swift": Rule(asked="classes"),
    "php": Rule("::", overloads=False, ignores_case=True), "ruby": Rule("#", overloads=False, private=True),
}  # fmt: skip


def with_overrides(files: Iterable[SourceFile], found: Iterable[Edge | Missing]) -> Iterator[Edge | Missing]:
    """What a resolver finds, and an edge from each method to the one of the nearest base that it overrides."""
    known = {file.path: file for file in files if file.language in RULES and file.has_record}
    if not known:
        yield from found
        return
    bases = list[Edge]()
    for edge in found:
        yield edge
        if isinstance(edge, Edge) and edge.kind == "base" and edge.source in known and edge.target in known:
            bases.append(edge)
    yield from Overriding(known, bases).edges()


class Overriding:
    """Types with their members.

    Parameters
    ----------
    files : mapping
        Files by path, all those among them in which an edge begins or ends.
    bases : iterable of Edge
        From types to their bases.
    """

    def __init__(self, files: Mapping[str, SourceFile], bases: Iterable[Edge]) -> None:
        self._files = files
        several: dict[SymbolRef, list[Edge]] = defaultdict(list)
        wanted: dict[str, set[int]] = defaultdict(set)
        for edge in bases:
            several[SymbolRef(edge.source, edge.source_symbol)].append(edge)
            wanted[edge.source].add(edge.source_symbol)
            wanted[edge.target].add(edge.target_symbol)
        self._bases = {own: self._ordered(own, edges) for own, edges in several.items()}
        self._members: dict[SymbolRef, dict[str, list[int]]] = {}
        for path, types in wanted.items():
            rule = self._rule(path)
            for index, symbol in enumerate(self._symbols(path)):
                if (
                    symbol.parent in types
                    and symbol.kind in MEMBERS
                    and not symbol.scope
                    and (rule.private or symbol.visibility != "private")
                ):
                    name = symbol.name.lower() if rule.ignores_case else symbol.name
                    self._members.setdefault(SymbolRef(path, symbol.parent), {}).setdefault(name, []).append(index)

    def _ordered(self, own: SymbolRef, edges: list[Edge]) -> list[SymbolRef]:
        """The bases of a type as it has them; several for one name are parts of one type."""
        names = [base.name for base in self._symbols(own.path)[own.index].bases]
        at = {name: number for number, name in reversed(list(enumerate(names)))}
        edges = sorted(edges, key=lambda edge: (at.get(edge.text, len(names)), edge.target, edge.target_symbol))
        return [SymbolRef(edge.target, edge.target_symbol) for edge in edges]

    def _rule(self, path: str) -> Rule:
        return RULES[self._files[path].language]

    def _symbols(self, path: str) -> list[Symbol]:
        record = self._files[path].record
        assert record is not None
        return record.symbols

    def edges(self, types: Iterable[SymbolRef] | None = None) -> Iterator[Edge]:
        """The edges from methods of some types, or of all."""
        for own in self._bases if types is None else (ref for ref in types if ref in self._bases):
            members, rule = self._members.get(own), self._rule(own.path)
            if not members:
                continue
            bases = list(above(own, lambda ref: self._bases.get(ref, ())))
            for name, several in members.items():
                holders = [base for base in bases if name in self._members.get(base, ())]
                for index in several if holders else ():
                    target = self._overridden(own, index, name, holders, rule)
                    if target is not None:
                        symbols = self._symbols(target.path)
                        method = symbols[target.index]
                        text = f"{symbols[method.parent].name}{rule.between}{method.name}"
                        line = self._symbols(own.path)[index].line
                        yield Edge(own.path, line, target.path, "override", text, source_symbol=index, target_symbol=target.index)

    def _overridden(self, own: SymbolRef, index: int, name: str, holders: list[SymbolRef], rule: Rule) -> SymbolRef | None:
        """The member of the nearest base that a member overrides."""
        symbol = self._symbols(own.path)[index]
        says = not rule.words.isdisjoint(symbol.modifiers)
        if (
            "new" in symbol.modifiers
            or (rule.asked == "always" and not says)
            or (rule.overloads and not _STATIC.isdisjoint(symbol.modifiers))
        ):
            return None  # what is static hides another one
        fitting = [found for base in holders if (found := self._fitting(base, name, symbol, says, rule)) is not None]
        if not fitting:
            return None
        nearest = fitting[0]
        if rule.asked == "classes" and not says:
            around = self._symbols(nearest.path)[self._symbols(nearest.path)[nearest.index].parent]
            return nearest if around.kind in _INTERFACES else None
        if rule.open and not says and not any(self._is_open(ref, rule) for ref in (SymbolRef(own.path, index), *fitting)):
            return None
        return nearest

    def _is_open(self, ref: SymbolRef, rule: Rule) -> bool:
        return not rule.open.isdisjoint(self._symbols(ref.path)[ref.index].modifiers)

    def _fitting(self, base: SymbolRef, name: str, symbol: Symbol, says: bool, rule: Rule) -> SymbolRef | None:
        """The member of a base that one of its name fits; where that says that it overrides one, the only one with as many parameters."""
        symbols, is_static = self._symbols(base.path), not _STATIC.isdisjoint(symbol.modifiers)
        some = [
            index for index in self._members[base][name]
            if (symbols[index].kind == symbol.kind or "property" not in (symbols[index].kind, symbol.kind))
            and (not _STATIC.isdisjoint(symbols[index].modifiers)) == is_static
        ]  # fmt: skip
        if rule.overloads:
            free = symbols[base.index].type_parameters
            some = [index for index in some if len(symbols[index].parameters) == len(symbol.parameters)]
            equal = [index for index in some if _are_equal(symbol, symbols[index], free + symbols[index].type_parameters)]
            some = equal if equal or not says else some
        return SymbolRef(base.path, some[0]) if len(some) == 1 or (some and not rule.overloads) else None


def _are_equal(own: Symbol, other: Symbol, free: str) -> bool:
    """Whether two members are given the same; the names in `free` may stand for anything."""
    return ("const" in own.modifiers) == ("const" in other.modifiers) and all(
        (theirs := _type(b.type)) == _type(a.type) or (free != "" and re.search(rf"\b{re.escape(theirs.strip('*&?'))}\b", free) is not None)
        for a, b in zip(own.parameters, other.parameters, strict=True)
    )


@lru_cache(maxsize=1 << 14)
def _type(written: str) -> str:
    """The name of a type, with the signs behind it.

    Examples
    --------
    >>> [_type(t) for t in ("const std::string &", "java.util.List<? super T>", "final @NonNull Foo[]", "unsigned int")]
    ['string&', 'List', 'Foo[]', 'unsignedint']
    """
    while (shorter := _ARGUMENTS.sub("", written)) != written:
        written = shorter
    return _IDLE.sub("", written)
