"""Edges from indexes of compilers: what each says is joined with the text as it is now, and with our own declarations.

An index has no hash of what it was made of. So a name counts only where the text at its place still is that name; how many do not is
said beside. A definition is joined with a declaration of ours by file, line and name, and references lead to declarations that were joined.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from blake3 import blake3

from ..atlas import REFERS, Compiled, Edge, Indexed, Told
from ..errors import SourceError
from ..model import Placed, Symbol
from ..reading import Folders, text_of
from ..sources import SourceFile
from .indexes import Indexes
from .scip import DEFINITION, FORWARD, Named, Text, messages_in, named, place_of

__all__ = ["Overlay"]

#: A name that is defined in more files than this is none of a declaration: it is put together from all of them, or many programs have it.
_MOST_FILES = 8
#: An index has one document of a file; some indexers write a few.
_MOST_DOCUMENTS = 100
_TYPES = frozenset(
    ("trait", "protocol", "interface", "annotation", "class", "struct", "union", "record", "object", "enum", "concept", "type_alias",
     "impl", "extension", "delegate")
)  # fmt: skip
_CALLED = frozenset(("constructor", "destructor", "operator", "method", "function"))
_NONE = frozenset[str]()
#: What stands behind the name of a base, and before it.
_ARGUMENTS, _QUALIFIERS = re.compile(r"[<(\[].*", re.DOTALL), re.compile(r"::|[.\\]")


class Overlay:
    """What the indexes of a tree say of its files.

    Parameters
    ----------
    indexes : Indexes
        Where they lie, and the tree.

    Attributes
    ----------
    indexed : tuple of Indexed
        What each index covers, once `edges` has been used up.
    compiled : dict of str to Compiled
        Of each file that one covers, what it says of that file.
    """

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self.indexed: tuple[Indexed, ...] = ()
        self.compiled: dict[str, Compiled] = {}

    def edges(self, files: Mapping[str, SourceFile]) -> Iterator[Edge]:
        """References to declarations, and what derives from or overrides what; the same may come twice.

        Raises
        ------
        SourceError, LimitError
            If an index cannot be read.
        """
        self.indexed, joins, told = (), _Joins(), defaultdict[str, list[Told]](list)
        with Folders(self._indexes.root) as folders:
            for number, index in enumerate(self._indexes):
                said, documents = Indexed(index.name, index.place if index.is_inside and index.place in files else ""), Counter[str]()
                with self._indexes.opened(index) as stream:
                    for kind, message in messages_in(stream, index.name):
                        if kind == "Metadata":
                            said.tool = f"{message.tool_info.name} {message.tool_info.version}".strip()
                            continue
                        said.documents += 1
                        file = files.get(message.relative_path)
                        if file is None:
                            said.elsewhere += 1
                            continue
                        documents[file.path] += 1
                        if documents[file.path] > _MOST_DOCUMENTS:  # each has the whole file read
                            raise SourceError(f"the index {index.name} has more than {_MOST_DOCUMENTS} documents of {file.path}")
                        told[file.path].append(one := joins.take(number, file, _content(folders, file), message))
                        said.names += one.names
                        said.unmatched += one.unmatched
                said.covers = len(documents)
                self.indexed += (said,)
        joins.settle(files)
        self.compiled = {path: Compiled(tuple(told[path]), dict(sorted(joins.defined.get(path, {}).items()))) for path in sorted(told)}
        yield from joins.edges(files)

    @staticmethod
    def without_ours(several: Iterable[Edge]) -> list[Edge]:
        """The edges from a file without bases and overrides of a compiler where resolvers found some.

        Those of a definition that stands outside of its class are those of its declaration.

        Examples
        --------
        >>> ours = Edge("a", 1, "b", "base", "B", source_symbol=0, target_symbol=0)
        >>> theirs = [Edge("a", 1, "c", "base", name, "compiler", source_symbol=0, target_symbol=0) for name in ("B", "C")]
        >>> [edge.text for edge in Overlay.without_ours([ours, *theirs])]
        ['B', 'C']
        """
        edges = list(several)
        bases = {(e.source_symbol, e.text) for e in edges if e.kind == "base" and e.method != "compiler"}
        joined = {e.source_symbol for e in edges if e.kind in ("override", "definition") and e.method != "compiler"}
        return [
            e for e in edges
            if e.method != "compiler" or e.kind == REFERS
            or not ((e.source_symbol, e.text) in bases if e.kind == "base" else e.source_symbol in joined)
        ]  # fmt: skip


def _content(folders: Folders, file: SourceFile) -> str:
    """The text of a file that was read; nothing if it is another one meanwhile, of which the next build knows."""
    if not file.hash or file.scan.content != "text":
        return ""
    try:
        content = folders.read(file.path)[0]
    except OSError:
        return ""
    return text_of(content, file.scan.encoding) if blake3(content).digest(20) == file.hash else ""


class _Joins:
    """What documents say, by numbers of symbols: where each is defined and referred to, and what implements what."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        #: What stands in texts, each once.
        self._texts: dict[str, int] = {}
        #: Of each file what it defines: the symbol, whether it is but declared there, the line, the name, the mark of the symbol.
        self._places: dict[str, list[tuple[int, bool, int, str, str]]] = defaultdict(list)
        #: Of each file the line, the symbol and the text of each reference, one after the other: there may be millions.
        self._references: dict[str, array[int]] = {}
        self._implements = set[tuple[int, int]]()
        #: Of each symbol, how many references do not stand where they shall.
        self._lost = Counter[int]()
        #: Of each symbol, the declarations that it was joined with; and all these by file, with what is lost.
        self._targets: dict[int, list[tuple[str, int]]] = {}
        #: Of methods that are defined outside of their class, the declarations in it.
        self._members: dict[int, list[tuple[str, int]]] = {}
        self.defined: dict[str, Counter[int]] = defaultdict(Counter)

    def _number(self, symbol: str) -> int:
        return self._numbers.setdefault(symbol, len(self._numbers))

    def take(self, index: int, file: SourceFile, text: str, document: Any) -> Told:
        """Note what a document says of a file; how many of its names stand there."""
        lines, aliases = Text(text, document.position_encoding), _Aliases(file)
        references, texts = self._references.setdefault(file.path, array("q")), self._texts
        names = unmatched = 0
        for occurrence in document.occurrences:
            symbol, place = occurrence.symbol, place_of(occurrence)
            known = named(symbol)
            if known is None or known.mark in "/:" or not any(place[1:]):  # of a module, or of a file as a whole
                continue
            number, roles = self._number(symbol), occurrence.symbol_roles
            names += 1
            written = next((t for t in lines.at(place) if t in known.names or aliases.may_mean(t, known)), None)
            if written is None:
                unmatched += 1
                self._lost[number] += not roles & (DEFINITION | FORWARD)
                continue
            line = place[0] + 1
            if roles & (DEFINITION | FORWARD):
                self._places[file.path].append((number, not roles & DEFINITION, line, written, known.mark))
            else:
                references.extend((line, number, texts.setdefault(written, len(texts))))
        for said in document.symbols:
            for relation in said.relationships:
                if relation.is_implementation:
                    self._implements.add((self._number(said.symbol), self._number(relation.symbol)))
        return Told(index, names, unmatched)

    def settle(self, files: Mapping[str, SourceFile]) -> None:
        """Join definitions with declarations."""
        found: dict[int, list[tuple[bool, str, int]]] = defaultdict(list)
        for path, places in sorted(self._places.items()):
            outline, best = files[path].outline, dict[tuple[int, bool], tuple[bool, bool, int]]()
            by_place = _by_place(outline)
            for number, is_weak, line, name, mark in places:
                for index in by_place.get((line, name), ()):
                    fit = (*_fit(outline[index], mark), index)
                    best[number, is_weak] = min(best.get((number, is_weak), fit), fit)
            for (number, is_weak), (*_, index) in best.items():
                found[number].append((is_weak, path, index))
        for number, some in found.items():
            # What is declared alone counts where nothing is defined.
            least = min(is_weak for is_weak, _, _ in some)
            targets = [(path, index) for is_weak, path, index in some if is_weak == least]
            if len(targets) <= _MOST_FILES:
                self._targets[number] = targets
                for path, index in targets:
                    self.defined[path][index] += self._lost[number]
                if any(files[path].outline[index].scope for path, index in targets):
                    self._members[number] = [(path, index) for is_weak, path, index in some if is_weak > least]

    def edges(self, files: Mapping[str, SourceFile]) -> Iterator[Edge]:
        """All edges."""
        texts = list(self._texts)
        for path, numbers in self._references.items():
            each, outline = iter(numbers), files[path].outline if path in self.defined else ()
            # Where an overload is declared again, in the same scope, it is not referred to.
            again = {(symbol.line, symbol.name, symbol.parent) for symbol in outline}
            for line, number, text in set(zip(each, each, each, strict=True)):
                for target, index in self._targets.get(number, ()):
                    if target != path or (line, texts[text], outline[index].parent) not in again:
                        yield Edge(path, line, target, REFERS, texts[text], "compiler", target_symbol=index)
        related = {
            (source, target)
            for one, other in self._implements
            for source in self._within(one) for target in self._within(other) if source != target
        }  # fmt: skip
        for (path, index), other in sorted(related):
            record = files[path].record
            if record is not None:
                yield from _related(path, index, record.symbols[index], other, files[other[0]].outline[other[1]])

    def _within(self, number: int) -> list[tuple[str, int]]:
        """The declarations of a symbol that say what it derives from: of a method that in its class, wherever it is defined."""
        return self._members.get(number) or self._targets.get(number, [])


def _by_place(symbols: Sequence[Placed]) -> dict[tuple[int, str], list[int]]:
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for index, symbol in enumerate(symbols):
        found[symbol.line, symbol.name].append(index)
    return found


def _fit(symbol: Placed, mark: str) -> tuple[bool, bool]:
    """What speaks against a declaration of several of a name: that it is none of a definition, and that it is of another kind."""
    return symbol.role != "definition", (symbol.kind in _TYPES) != (mark == "#") or (symbol.kind in _CALLED) != (mark == "()")


def _related(path: str, index: int, symbol: Symbol, target: tuple[str, int], other: Placed) -> Iterator[Edge]:
    """The edge from a type to a base that it names, or from what is called to what it overrides."""
    if symbol.kind in _TYPES and other.kind in _TYPES:
        for base in symbol.bases:
            if _QUALIFIERS.split(_ARGUMENTS.sub("", base.name))[-1].strip() == other.name:
                line = symbol.line + base.below
                yield Edge(path, line, target[0], "base", base.name, "compiler", source_symbol=index, target_symbol=target[1])
    elif symbol.kind in _CALLED and other.kind in _CALLED:
        yield Edge(path, symbol.line, target[0], "override", symbol.name, "compiler", source_symbol=index, target_symbol=target[1])


class _Aliases:
    """The names that imports of a file give to what others define."""

    def __init__(self, file: SourceFile) -> None:
        self._means: dict[str, set[str]] = defaultdict(set)
        for statement in head.imports if (head := file.head) is not None else ():
            if statement.alias:
                self._means[statement.alias].add(_QUALIFIERS.split(statement.target)[-1])
            for name in statement.names:
                if name.alias:
                    self._means[name.alias].add(name.name)

    def may_mean(self, text: str, known: Named) -> bool:
        """Whether a text is such a name of a symbol, or gives it one: ``Cart as Basket``. What is imported by default may have any name."""
        return text.partition(" as ")[0] in known.names or not self._means.get(text, _NONE).isdisjoint((*known.names, "default"))
