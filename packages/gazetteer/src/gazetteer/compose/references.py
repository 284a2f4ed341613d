"""What indexes of compilers say: of a file how much, of a symbol which files refer to it, or that none does and what was searched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..atlas import REFERS, SYMBOL_EDGES, Atlas, Edge, Indexed
from ..document import Block, Code, Details, Heading, Inline, Line, Link, PageKind, PageRef, Paragraph, Use, Uses
from ..names import counted
from .common import joined, link_to, source_link

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["MANY", "References", "covers", "found_by", "indexes_section", "references_section", "said_of", "searched_in", "uses_of"]

#: So many files of a list stand where it begins; the others follow behind the symbols.
MANY = 100
#: So many of the lines on which a file uses another are written out.
_LINES = 3
#: So many files fit in a row.
_FEW = 3


def found_by(*edges: Edge) -> str:
    """How edges between two files were found, where no statement was read there that says it all, with a space before it.

    Examples
    --------
    >>> found_by(Edge("a", 1, "b", "build", "b", "text-match"))
    ' (text-match)'
    >>> found_by(Edge("a", 1, "b", "base", "B"), Edge("a", 2, "b", "override", "B.f"))
    ' (base, override)'
    """
    first, words = edges[0], sorted({e.kind for e in edges} & SYMBOL_EDGES)
    words += [first.method] if first.method not in ("parsed", "resolved") else []
    words += ["for types or in some cases alone"] if first.weak else []
    return f" ({', '.join(words)})" if words else ""


def uses_of(contents: Contents, edges: Iterable[Edge]) -> list[Use]:
    """The files that edges come from, with their lines, those that most others lean on first."""
    by_file: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_file[edge.source].append(edge)
    return [_use(s, by_file[s]) for s in sorted(by_file, key=lambda s: (-round(contents.atlas.rank.get(s, 0), 12), s))]


def _use(source: str, edges: list[Edge]) -> Use:
    lines = sorted({e.line for e in edges})
    return Use(source, lines[:_LINES], f" and {len(lines) - _LINES:,} more" if len(lines) > _LINES else "", found_by(*edges))


def said_of(index: Indexed) -> str:
    """What commands say of an index.

    Examples
    --------
    >>> said_of(Indexed("index.scip", documents=3, elsewhere=1, covers=2, names=40, unmatched=1))
    'index.scip: 3 documents, 1 of them not in the tree; 1 of 40 names does not stand where it says'
    """
    return f"{index.name}: {_counts(index)}"


def _counts(index: Indexed) -> str:
    documents = f"{counted(index.documents, 'document')}, {index.elsewhere:,} of them not in the tree"
    do = "does" if index.unmatched == 1 else "do"
    return f"{documents}; {index.unmatched:,} of {counted(index.names, 'name')} {do} not stand where it says"


def searched_in(atlas: Atlas, path: str) -> list[str]:
    """The indexes that cover a file, with how much else they cover: references may be in any of that."""
    told = atlas.compiled[path].told if path in atlas.compiled else ()
    return [covers(atlas.indexed[n]) for n in dict.fromkeys(one.index for one in told)]


def covers(index: Indexed) -> str:
    """An index, and what was searched in it."""
    return f"{index.name}, which covers {counted(index.covers, 'file')} of this tree"


def indexes_section(atlas: Atlas) -> Iterator[Block]:
    """The indexes of a tree, for the page of its root."""
    if not atlas.indexed:
        return
    yield Heading(2, ("Indexes of compilers",), "indexes-of-compilers")
    for index in atlas.indexed:
        tool = f" (by {index.tool})" if index.tool else ""
        yield Paragraph((_name(index), f"{tool} covers {counted(index.covers, 'file')} of this tree: {_counts(index)}."))


def _name(index: Indexed) -> Inline:
    return link_to(index.path) if index.path else Code(index.name)


def references_section(contents: Contents, path: str) -> Iterator[Block]:
    """What indexes say of a file, and how much of that does not fit its text; nothing where none covers it."""
    atlas = contents.atlas
    compiled = atlas.compiled.get(path)
    if compiled is None:
        return
    yield Heading(2, ("References",), "references")
    for told in compiled.told:
        index = atlas.indexed[told.index]
        line: list[Inline] = [_name(index), f" (compiler), which covers {counted(index.covers, 'file')} of this tree, "]
        line.append(f"gives {counted(told.names, 'name')} here")
        if told.unmatched:
            words = ("does", "is") if told.unmatched == 1 else ("do", "are")
            line.append(f"; {told.unmatched:,} of them {words[0]} not stand where it says, and {words[1]} left out")
        yield Paragraph((*line, "."))
    referred = {e.target_symbol for e in atlas.edges_to.get(path, ()) if e.kind == REFERS}
    if compiled.defined:
        there = counted(len(compiled.defined), "symbol")
        yield Paragraph((f"It defines {there} of this file; {len(referred):,} are referred to.",))


class References:
    """The references to the symbols of one file.

    Parameters
    ----------
    contents : Contents
        The tree.
    path : str
        The file.
    kind : str
        That of the page.
    anchors : list of str
        Of its symbols.
    """

    def __init__(self, contents: Contents, path: str, kind: PageKind, anchors: list[str]) -> None:
        self._contents, self._path, self._kind, self._anchors = contents, path, kind, anchors
        compiled = contents.atlas.compiled.get(path)
        into: dict[int, list[Edge]] = defaultdict(list)
        for edge in contents.atlas.edges_to.get(path, ()) if compiled is not None else ():
            if edge.kind == REFERS:
                into[edge.target_symbol].append(edge)
        #: Symbols that an index defines, with the files that refer to them.
        self._lost = compiled.defined if compiled is not None else {}
        self._uses = {index: uses_of(contents, into[index]) for index in self._lost}
        self._where = ", ".join(dict.fromkeys(contents.atlas.indexed[told.index].name for told in compiled.told)) if compiled else ""

    def __contains__(self, index: object) -> bool:
        return index in self._uses

    def __iter__(self) -> Iterator[int]:
        return iter(self._uses)

    def is_long(self, index: int) -> bool:
        """Whether more files refer to a symbol than fit in a row."""
        return len(self._uses.get(index, ())) > _FEW

    def fact(self, index: int) -> Line:
        """The few files that refer to a symbol; or that none does, by which indexes, if all that these say could be read."""
        uses, lost = self._uses[index], self._lost[index]
        if lost and not uses:
            do = "does" if lost == 1 else "do"
            return (f"{counted(lost, 'reference')} in ", Code(self._where), f" {do} not stand where it says (compiler)")
        if not uses:
            return ("no reference in ", Code(self._where), " (compiler)")
        return ("referred to in ", *joined(map(_shown, uses)), " (compiler)")

    def details(self, index: int) -> Details:
        """The many files that refer to a symbol; those that are not here follow at the end."""
        uses = self._uses[index]
        blocks: list[Block] = [Uses(uses[:MANY])]
        if len(uses) > MANY:
            others = Link(f"the other {len(uses) - MANY:,}", PageRef(self._kind, self._path, self._continued(index)))
            blocks.insert(0, Paragraph((f"Here are the {MANY} that most others lean on, ", others, " follow at the end:")))
        return Details((f"referred to in {counted(len(uses), 'file')}",), tuple(blocks))

    def _continued(self, index: int) -> str:
        return f"{self._anchors[index]}-references"

    def continued(self) -> Iterator[Block]:
        """The files that are not in the lists of their symbols."""
        for index, uses in self._uses.items():
            if len(uses) > MANY:
                name = self._contents.qualified(self._path, index)
                yield Heading(3, ("Files that refer to ", Code(name), ", continued"), self._continued(index))
                yield Uses(uses[MANY:])


def _shown(use: Use) -> Line:
    lines = joined([(source_link(use.path, line),) for line in use.lines])
    return link_to(use.path), " line " if len(use.lines) == 1 else " lines ", *lines, use.more
