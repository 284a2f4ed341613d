"""The symbols of a file: a table of all of them, each followed by its members, then in full what has more to say than a row holds."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..atlas import Edge
from ..document import (
    DEEPEST,
    Block,
    Code,
    CodeBlock,
    Details,
    Heading,
    Inline,
    Line,
    Link,
    PageKind,
    PageRef,
    Paragraph,
    Row,
    SourceRef,
    Symbols,
)  # fmt: skip
from ..gather import SourceFile
from ..lang.table import showing
from ..model import TYPE_KINDS, Symbol
from ..names import counted, shown_path
from .common import SYMBOL_EDGES, bullets, first_sentence, joined, kinds_counted, said_line, source_link, with_value
from .references import References
from .said import said

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["documentation", "symbols_section"]

_EDGE_WORDS = (("override", "overrides ", "overridden by "), ("definition", "declared by ", "defined by "), ("base", "", "derived: "))
#: What a page is mostly about, besides types: what can be called. What stands in no type comes before what does, and types before both:
#: of so many at most all are listed.
_CALLED, _IN_NO_TYPE = frozenset(("function", "method", "constructor")), frozenset(("namespace", "module", "package"))
_MOST = 80
#: So many links fit in a row; documentation of so many lines is shown at once.
_FEW, _SHORT_DOC = 3, 15
#: Of a full name.
_LAST_TWO = re.compile(r"[\w$~]+(?:::|\.|#)[^\s:.]+$")
#: How code is called in fences where GitHub has another word for the language.
_FENCES = {"objcpp": "objective-c++", "objc": "objective-c", "notebook": "json", "text": "", "assembly": "asm"}


def symbols_section(contents: Contents, file: SourceFile, kind: PageKind = "file") -> Iterator[Block]:
    """All symbols of a file, each in one row of a table; `kind` is that of the page they are on."""
    if file.record is not None and file.record.symbols:
        yield Heading(2, ("Symbols",), "symbols")
        section = _Section(contents, file, kind)
        where: tuple[Inline, ...] = (", all if ", Code(section.common)) if section.common else ()
        yield Paragraph((f"{counted(len(file.record.symbols), 'symbol')}: {kinds_counted(file.record.symbols)}", *where, "."))
        order = section.order()
        yield Symbols(file.path, kind, section.rows(order))
        for index, _ in order:
            if section.detailed[index]:
                yield from section.detail(index)
        yield from section.references.continued()


def documentation(text: str, path: str, line: int, end: int, language: str = "") -> Iterator[Block]:
    """A documentation in full, folded where it is long, and where it stands; in words, where its language has marks that records keep."""
    words, lines = showing(language), text.count("\n") + 1
    blocks = tuple(said(words(text) if words is not None else text))
    if lines <= _SHORT_DOC and len(text) <= 1_500:
        yield from blocks
    else:
        summary = (*said_line(first_sentence(text)), f" ({counted(lines, 'line')} of documentation)")
        yield Details(summary, blocks)
    yield Paragraph(("Documented at ", _at(path, line, end), "."))


def _at(path: str, line: int, end: int = 0) -> Link:
    return Link(f"{shown_path(path.rpartition('/')[2])}:{line}", SourceRef(path, line, max(end, line)))


class _Section:
    """The symbols of one file, with the edges that begin and end at them."""

    def __init__(self, contents: Contents, file: SourceFile, kind: PageKind) -> None:
        assert file.record is not None
        self.contents, self.path, self.symbols, self.kind, self.language = contents, file.path, file.record.symbols, kind, file.language
        self.anchors = contents.anchors(file.path)
        conditions = {s.condition for s in self.symbols}
        self.common = conditions.pop() if len(conditions) == 1 else ""
        self.fence = _FENCES.get(file.language, file.language)
        self.own: dict[int, list[Edge]] = defaultdict(list)
        self.into: dict[int, list[Edge]] = defaultdict(list)
        for edge in contents.atlas.edges_from.get(file.path, ()):
            if edge.kind in SYMBOL_EDGES:
                self.own[edge.source_symbol].append(edge)
        for edge in contents.atlas.edges_to.get(file.path, ()):
            if edge.kind in SYMBOL_EDGES:
                self.into[edge.target_symbol].append(edge)
        self.about = [first_sentence(s.doc) if s.doc else "" for s in self.symbols]
        #: Whether a symbol has more to say than a row holds.
        self.detailed = [bool(s.doc) and _is_more(s.doc, first) for s, first in zip(self.symbols, self.about, strict=True)]
        for index, edges in self.into.items():
            if index >= 0 and len(edges) > _FEW:
                self.detailed[index] = True
        self.references = References(contents, file.path, kind, self.anchors)
        for index in self.references:
            self.detailed[index] |= self.references.is_long(index)

    def order(self) -> list[tuple[int, int]]:
        """All symbols in the order of their rows, each with the number of those around it: mostly that of the text."""
        depths, scope, found = [0] * len(self.symbols), -1, []
        for index, symbol in enumerate(self.symbols):
            parent = symbol.parent
            while scope not in (parent, -1):  # out of the scopes that have ended
                scope = self.symbols[scope].parent
            if scope != parent:
                return self._gathered()
            depths[index] = depth = depths[parent] + 1 if parent >= 0 else 0
            found.append((index, depth))
            scope = index
        return found

    def _gathered(self) -> list[tuple[int, int]]:
        """The same where members of a scope do not all stand in it, so that they are not in the order of the text."""
        members: dict[int, list[int]] = defaultdict(list)
        for index, symbol in enumerate(self.symbols):
            members[symbol.parent].append(index)
        found = []
        # A stack and no recursion: scopes may nest deeper than Python's own.
        stack = [(i, 0) for i in reversed(members[-1])]
        while stack:
            index, depth = stack.pop()
            found.append((index, depth))
            if index in members:
                stack += [(i, depth + 1) for i in reversed(members[index])]
        return found

    def rows(self, order: list[tuple[int, int]]) -> list[Row]:
        """The symbols as rows."""
        symbols, anchors, about, detailed = self.symbols, self.anchors, self.about, self.detailed
        edges, common, new = {*self.own, *self.into, *self.references}, self.common, tuple.__new__
        listed = self._listed()
        found, kinds = list[Row](), dict[tuple[str, str, str], str]()
        for index, depth in order:
            symbol, own, name = symbols[index], detailed[index], symbols[index].name
            facts: Sequence[Line] = ()
            if own:
                declared = name or "(anonymous)"
            else:
                value, condition = symbol.value, symbol.condition
                declared = symbol.signature or name or "(anonymous)"
                if name not in declared or declared[-1] == "…":
                    declared = _with_name(declared, name)
                if value:
                    declared = with_value(declared, value, symbol.kind)
                if condition:
                    condition = "" if condition == (symbols[symbol.parent].condition if symbol.parent >= 0 else common) else condition
                if condition or index in edges or symbol.bases or symbol.decorators:
                    facts = self._facts(index)
            what = (symbol.kind, symbol.role, symbol.visibility)
            kind = kinds.get(what)
            if kind is None:
                kind = kinds[what] = _kind(*what)
            depth = min(depth, DEEPEST)  # noqa: PLW2901
            # A named tuple's own way to make one goes through Python.
            line, end, shown = symbol.line, symbol.end_line, listed.get(index)
            found.append(new(Row, (anchors[index], own, depth, line, end, kind, declared, about[index], facts, shown)))
        return found

    def _listed(self) -> dict[int, tuple[int, str]]:
        """What a table of contents has of the symbols, by their indexes: at which level, and what it calls them."""
        symbols, types, called, members = self.symbols, list[int](), list[int](), list[int]()
        for index, symbol in enumerate(symbols):
            if symbol.kind in TYPE_KINDS:
                if symbol.name and symbol.role != "forward":
                    types.append(index)
            elif symbol.kind in _CALLED:
                around = symbols[symbol.parent].kind if symbol.parent >= 0 else "namespace"
                if around not in _CALLED:
                    (called if around in _IN_NO_TYPE else members).append(index)
        found = types
        for more in (called, members):
            if len(found) + len(more) > _MOST:
                break
            found = found + more
        return {i: self._in_contents(symbols[i], i) for i in sorted(found)} if len(found) <= _MOST else {}

    def _in_contents(self, symbol: Symbol, index: int) -> tuple[int, str]:
        """Level and name in a table of contents: a member is below its type; one that stands elsewhere has the name of that before it."""
        level = 3 if symbol.parent < 0 or self.symbols[symbol.parent].kind in _IN_NO_TYPE else 4
        if symbol.kind in TYPE_KINDS:
            return level, f"{symbol.kind.replace('_', ' ')} {symbol.name}"
        name = _LAST_TWO.search(self.contents.qualified(self.path, index)) if symbol.scope else None
        return level, f"{name[0] if name else symbol.name}()"

    def detail(self, index: int) -> Iterator[Block]:
        """A symbol in full."""
        symbol = self.symbols[index]
        kind = symbol.kind.replace("_", " ")
        name = self.contents.qualified(self.path, index) if symbol.name else "(anonymous)"
        yield Heading(3, (f"{kind} ", Code(name)), self.anchors[index])
        declared = symbol.signature or symbol.name or "(anonymous)"
        if symbol.value:
            declared = with_value(declared, symbol.value, symbol.kind)
        if declared not in (symbol.name, f"{symbol.kind} {symbol.name}"):
            yield CodeBlock(declared, self.fence)
        first = f" (begins at line {symbol.first_line})" if symbol.first_line else ""
        lines = "Lines" if symbol.end_line > symbol.line else "Line"
        rest = _kind(symbol.kind, symbol.role, symbol.visibility).removeprefix(kind).replace(", ", " · ")
        yield Paragraph((f"{lines} ", source_link(self.path, symbol.line, symbol.end_line), first + rest))
        if facts := self._facts(index, whole=True):
            yield bullets(facts)
        for title, edges in self._many(index):
            yield Details((f"{counted(len(edges), title, title)}",), (bullets(self._end(e, "source") for e in edges),))
        if self.references.is_long(index):
            yield self.references.details(index)
        if symbol.doc:
            yield from documentation(symbol.doc, self.path, symbol.doc_line or symbol.line, symbol.doc_end, self.language)

    def _many(self, index: int) -> Iterator[tuple[str, list[Edge]]]:
        """Lists of edges to a symbol that are too long for a line."""
        for kind, title in (("base", "derived types"), ("override", "overrides of it"), ("definition", "definitions")):
            edges = [e for e in self.into.get(index, ()) if e.kind == kind]
            if len(edges) > _FEW:
                yield title, edges

    def _facts(self, index: int, whole: bool = False) -> list[Line]:
        """What is known of a symbol besides its declaration; `whole` puts the names of facts as a list does."""
        symbol = self.symbols[index]
        found: list[Line] = []
        if symbol.bases:
            found.append(("bases: ", *joined([self._base(index, i) for i in range(len(symbol.bases))])))
        edges, into = self.own.get(index, ()), self.into.get(index, ())
        for kind, own, other in _EDGE_WORDS if edges or into else ():
            # What a declaration is joined with has its name, and its scopes: these need not be said again.
            name = symbol.name if kind == "definition" else ""
            if own and (some := [self._end(e, "target", name) for e in edges if e.kind == kind]):
                found.append((own, *joined(some)))
            if into and (others := [e for e in into if e.kind == kind]) and len(others) <= _FEW:
                found.append((other, *joined([self._end(e, "source", name) for e in others])))
        if index in self.references and not self.references.is_long(index):
            found.append(self.references.fact(index))
        if symbol.decorators:
            found.append(("decorators: " if whole else "decorated ", *joined([(Code(d),) for d in symbol.decorators])))
        condition = symbol.condition
        if condition and condition != self._condition(symbol.parent):
            found.append(("if ", Code(condition)))
        return found

    def _condition(self, index: int) -> str:
        """The condition around a scope; that around the whole file where there is none."""
        return self.symbols[index].condition if index >= 0 else self.common

    def _base(self, index: int, number: int) -> Line:
        base = self.symbols[index].bases[number]
        words = " ".join(filter(None, (base.how, base.access, "virtual" if base.virtual else "")))
        before: tuple[Inline, ...] = (f"{words} ",) if words else ()
        for edge in self.own.get(index, ()):
            if edge.kind == "base" and edge.text == base.name:
                return (*before, *self._end(edge, "target", base.name))
        return (*before, Code(base.name))

    def _end(self, edge: Edge, end: str, text: str = "") -> Line:
        """The symbol at one end of an edge, where it stands, and how that was found unless it was read there."""
        path, index = (edge.source, edge.source_symbol) if end == "source" else (edge.target, edge.target_symbol)
        method = f" ({edge.method})" if edge.method not in ("parsed", "resolved") else ""
        if index < 0:
            return (Link(path, PageRef("file", path), code=True), *((method,) if method else ()))
        name = text or self.contents.qualified(path, index)
        symbol = self.contents.outline(path)[index]
        link = Link(name, PageRef("file", path, self.contents.anchors(path)[index]), code=True)
        return link, " (", _at(path, symbol.line), f"){method}"


@functools.cache
def _kind(kind: str, role: str, visibility: str) -> str:
    words = [kind.replace("_", " ")]
    if role == "forward":
        words.append("forward declaration")
    elif role == "declaration":
        words.append("declaration")
    if visibility and visibility != "public":
        words.append(visibility)
    return ", ".join(words)


def _is_more(doc: str, first: str) -> bool:
    """Whether a documentation says more than its first sentence."""
    return len(doc) > 200 or "\n\n" in doc or first != " ".join(doc.split())


def _with_name(declared: str, name: str) -> str:
    """A declaration with the name that stands behind what is shown of it: after the body of a type in C, or where it was cut.

    Examples
    --------
    >>> _with_name("typedef struct", "box"), _with_name("int f(int a, …", "f")
    ('typedef struct … box', 'int f(int a, …')
    """
    if not name.isidentifier() or re.search(rf"\b{name}\b", declared):
        return declared
    return f"{declared.rstrip('…').rstrip()} … {name}"
