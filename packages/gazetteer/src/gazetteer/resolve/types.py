"""Types by their full names, and what the base of a class means where it is written; for languages with namespaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..atlas import Edge, SymbolRef
from ..gather import SourceFile
from ..model import Base, Symbol

__all__ = ["TYPES", "Types", "ancestors", "bare", "base_edges", "enclosing"]

#: Kinds that may be a base.
TYPES = frozenset((
    "class", "struct", "interface", "enum", "record", "object", "annotation", "trait", "protocol", "module", "delegate",
    "type_alias", "concept",
))  # fmt: skip
_AROUND = frozenset(("package", "namespace"))


class Types:
    """Definitions of a group of files by full name.

    Parameters
    ----------
    files : list of SourceFile
        Those of one language, or of languages that share their names.
    between : str
        What stands between the parts of a name.
    kinds : set of str
        The kinds to know; functions and constants stand beside types where a language imports them.
    mark : callable, optional
        What is behind the name of a type to tell it from others of its name: how many parameters it has, in C#.
    """

    def __init__(
        self, files: list[SourceFile], between: str, kinds: frozenset[str] = TYPES, mark: Callable[[Symbol], str] | None = None,
    ) -> None:  # fmt: skip
        self.between = between
        self.known: dict[str, list[SymbolRef]] = defaultdict(list)
        #: Simple names by namespace, with what they are.
        self.members: dict[str, dict[str, list[SymbolRef]]] = defaultdict(lambda: defaultdict(list))
        #: Full names of the symbols of each file.
        self.names: dict[str, list[str]] = {}
        self.symbols: dict[str, list[Symbol]] = {}
        for file in files:
            assert file.record is not None
            names, self.symbols[file.path] = list[str](), file.record.symbols
            for index, symbol in enumerate(file.record.symbols):
                above = names[symbol.parent] if symbol.parent >= 0 else ""
                own = f"{symbol.scope.strip(between)}{between}{symbol.name}" if symbol.scope and symbol.kind in TYPES else symbol.name
                names.append(f"{above}{between}{own}" if above else own)
                if symbol.kind in kinds and symbol.role == "definition" and (symbol.kind in TYPES or _at_top(file.record.symbols, symbol)):
                    reference = SymbolRef(file.path, index)
                    self.known[names[-1] + mark(symbol) if mark is not None else names[-1]].append(reference)
                    if symbol.parent < 0 or file.record.symbols[symbol.parent].kind in _AROUND:
                        self.members[above][symbol.name].append(reference)
                elif symbol.kind in _AROUND:
                    self.members[names[-1]]  # that the namespace is there is worth knowing
            self.names[file.path] = names

    def inherited(self, edges: Iterable[Edge]) -> dict[str, list[str]]:
        """The full names of the bases of each type, by its own, from edges to them."""
        found: dict[str, list[str]] = {}
        for edge in edges:
            name, base = self.names[edge.source][edge.source_symbol], self.names[edge.target][edge.target_symbol]
            found.setdefault(name, []).append(base)
        return found

    def symbol(self, ref: SymbolRef) -> Symbol:
        """The symbol that is meant."""
        return self.symbols[ref.path][ref.index]

    def find(self, candidates: Iterable[str]) -> tuple[str, list[SymbolRef]]:
        """The first of the names that is known, and what it means; nothing where none is."""
        for name in candidates:
            found = self.known.get(name)
            if found:
                return name, found
        return "", []


def _at_top(symbols: list[Symbol], symbol: Symbol) -> bool:
    return symbol.parent < 0 or symbols[symbol.parent].kind in _AROUND


def enclosing(name: str, between: str) -> Iterator[str]:
    """A name and what is around it, from within.

    Examples
    --------
    >>> list(enclosing("a.b.c", "."))
    ['a.b.c', 'a.b', 'a']
    """
    while name:
        yield name
        name = name.rpartition(between)[0]


def ancestors(name: str, inherited: Mapping[str, list[str]]) -> Iterator[str]:
    """The bases of a type, and those of them, the nearest first.

    Examples
    --------
    >>> list(ancestors("A", {"A": ["B", "C"], "B": ["D"], "D": ["A"]}))
    ['B', 'C', 'D', 'A']
    """
    found, at = list(dict.fromkeys(inherited.get(name, ()))), 0
    while at < len(found):
        yield found[at]
        found += [base for base in inherited.get(found[at], ()) if base not in found]
        at += 1


def bare(name: str) -> str:
    """A type as it is written, without its arguments.

    Examples
    --------
    >>> bare("Map<String, List<T>>.Entry<K>"), bare("@NonNull Base"), bare("?Base")
    ('Map.Entry', 'Base', 'Base')
    """
    parts, depth = list[str](), 0
    for letter in name:
        depth += letter == "<"
        if not depth:
            parts.append(letter)
        depth -= letter == ">"
    words = "".join(parts).split()
    return words[-1].strip("?!") if words else ""


def base_edges(
    file: SourceFile, types: Types, candidates: Callable[[Symbol, str, Base], Iterable[str]],
    parts: Callable[[str, list[SymbolRef]], list[SymbolRef]] | None = None,
) -> Iterator[Edge]:  # fmt: skip
    """Edges from the classes of a file to their bases, where only one definition can be meant.

    `candidates` gives the full names that a base may have, the nearest first, for a symbol, its full name and the base. `parts` says which
    of several definitions of a name are parts of one type, and are all meant.
    """
    assert file.record is not None
    for index, symbol in enumerate(file.record.symbols):
        for base in symbol.bases:
            own = SymbolRef(file.path, index)  # which no base of it means: then what is further out is meant
            name, found = types.find(
                c for c in candidates(symbol, types.names[file.path][index], base) if c and own not in types.known.get(c, ())
            )
            if parts is not None:
                found = parts(name, found)
            elif len(found) > 1:
                continue
            for ref in found:
                yield Edge(file.path, symbol.line + base.below, ref.path, "base", base.name, source_symbol=index, target_symbol=ref.index)
