r"""Facts as records for programs: JSON, answers to agents, queries, explanations and differences all take theirs from here.

Every record says where its fact stands (`path`, `line`, `end_line`) and how it was found (`method`). Texts of the tree in them are
data. A path that is no UTF-8 has escapes (``\xff``) where it is none, and its bytes in base64 beside it.
"""

from __future__ import annotations

import base64
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from .atlas import REFERS, Atlas, Edge, Missing, SymbolRef, all_qualified, depended, qualified, separator
from .compose.common import anchors_of
from .compose.handed import handed
from .compose.references import searched_in
from .gather import SourceFile
from .model import Base, Parameter, Record, Scan, Symbol
from .occurrences import mention_lines
from .reading import read_file, text_of
from .records import (
    BaseFact,
    EdgeFact,
    Evidence,
    FileFact,
    ImportFact,
    MentionFact,
    MissingFact,
    NameFact,
    NoteFact,
    ParameterFact,
    QualityFact,
    ReferencesFact,
    SymbolFact,
    TestsFact,
    ToldFact,
    ValueFact,
    by_position,
)  # fmt: skip

__all__ = [
    "BaseFact", "EdgeFact", "Evidence", "Facts", "FileFact", "ImportFact", "MentionFact", "MissingFact", "NameFact", "NoteFact",
    "ParameterFact", "QualityFact", "ReferencesFact", "SymbolFact", "TestsFact", "ToldFact", "ValueFact", "lines_of", "path_bytes",
    "path_text", "shown_rank",
]  # fmt: skip


_symbol_row, _edge_row = by_position(SymbolFact), by_position(EdgeFact)


def path_text(path: str) -> str:
    r"""A path as text that every program can hold.

    Examples
    --------
    >>> path_text("caf\udce9")
    'caf\\xe9'
    """
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def path_bytes(path: str) -> str | UnsetType:
    r"""The bytes of a path in base64, where it is no UTF-8.

    Examples
    --------
    >>> path_bytes("caf\udce9"), path_bytes("plain")
    ('Y2Fm6Q==', UNSET)
    """
    if path.isascii():
        return UNSET
    content = os.fsencode(path)
    try:
        content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
    return UNSET


def shown_rank(share: float) -> int:
    """The share of a file in the rank of all, in millionths."""
    return round(1_000_000 * share)


class Facts:
    """The facts of an atlas, one record after the other, always in the same order.

    Parameters
    ----------
    atlas : Atlas
        What is known of the tree.
    root : Path, optional
        Where the tree lies; without it, no text of its files is read.
    anchors : callable, optional
        The anchors of the symbols of a file, from someone who knows them already (`gazetteer.compose.Book.anchors`).
    """

    def __init__(self, atlas: Atlas, root: Path | None = None, anchors: Callable[[str], list[str]] | None = None) -> None:
        self.atlas, self.root = atlas, root
        self.anchors_of = anchors if anchors is not None else self._anchors_of
        self._anchors: dict[str, list[str]] = {}
        self._lines: dict[str, list[int]] = {}
        self._mentioned: dict[str, dict[str, int]] = {}

    def symbols_of(self, path: str) -> list[Symbol]:
        """The symbols of a file."""
        record = self.atlas.files[path].record
        return record.symbols if record is not None else []

    def refs(self) -> Iterator[SymbolRef]:
        """Every symbol of the tree: the rows that pages have."""
        for path in self.atlas.files:
            for index in range(len(self.symbols_of(path))):
                yield SymbolRef(path, index)

    def id_of(self, path: str, index: int) -> str:
        """The identifier of a symbol; an empty text for the file as a whole."""
        if index < 0:
            return ""
        return f"{path_text(path)}#{self.anchors_of(path)[index]}"

    def _anchors_of(self, path: str) -> list[str]:
        found = self._anchors.get(path)
        if found is None:
            found = self._anchors[path] = anchors_of(self.atlas.files[path].outline)
        return found

    def symbol(self, ref: SymbolRef) -> SymbolFact:
        """The record of a symbol."""
        symbols, path, language = self.symbols_of(ref.path), ref.path, self.atlas.files[ref.path].language
        symbol, between = symbols[ref.index], separator(language)
        return SymbolFact(
            id=self.id_of(path, ref.index), path=path_text(path), path_base64=path_bytes(path), line=symbol.line, end_line=symbol.end_line,
            method="parsed", kind=symbol.kind, role=symbol.role, name=symbol.name, qualified=qualified(symbols, ref.index, between),
            language=language, first_line=symbol.first_line, parent=self.id_of(path, symbol.parent), scope=symbol.scope,
            signature=symbol.signature, doc=symbol.doc, doc_line=symbol.doc_line, doc_end=symbol.doc_end, visibility=symbol.visibility,
            modifiers=symbol.modifiers, bases=tuple(map(_base, symbol.bases)), parameters=tuple(map(_parameter, symbol.parameters)),
            type=symbol.type, value=symbol.value, decorators=symbol.decorators, type_parameters=symbol.type_parameters,
            condition=symbol.condition, references=self._references(path).get(ref.index, UNSET),
        )  # fmt: skip

    def symbols(self) -> Iterator[Struct]:
        """The records of all symbols, as `symbol` gives them."""
        for path in self.atlas.files:
            yield from self.symbols_in(path)

    def symbols_in(self, path: str) -> Iterator[Struct]:
        """Records of the symbols of one file that are written as those that `symbol` gives; what it has once is looked up once."""
        symbols = self.symbols_of(path)
        if not symbols:
            return
        shown, as_bytes, language = path_text(path), path_bytes(path), self.atlas.files[path].language
        anchors, names, references = self.anchors_of(path), all_qualified(symbols, separator(language)), self._references(path)
        for index, (s, anchor, name) in enumerate(zip(symbols, anchors, names, strict=True)):
            yield _symbol_row(
                f"{shown}#{anchor}", shown, as_bytes, s.line, s.end_line, "parsed", s.kind, s.role, s.name, name, language, s.first_line,
                f"{shown}#{anchors[s.parent]}" if s.parent >= 0 else "", s.scope, s.signature, s.doc, s.doc_line, s.doc_end, s.visibility,
                s.modifiers, tuple(map(_base, s.bases)) if s.bases else (), tuple(map(_parameter, s.parameters)) if s.parameters else (),
                s.type, s.value, s.decorators, s.type_parameters, s.condition, references.get(index, UNSET),
            )  # fmt: skip

    def _references(self, path: str) -> dict[int, ReferencesFact]:
        """What indexes of compilers know of the symbols of a file that they define."""
        compiled = self.atlas.compiled.get(path)
        if compiled is None:
            return {}
        where: dict[int, set[tuple[str, int]]] = {index: set() for index in compiled.defined}
        for edge in self.atlas.edges_to.get(path, ()):
            if edge.kind == REFERS:
                where[edge.target_symbol].add((edge.source, edge.line))
        searched = tuple(searched_in(self.atlas, path))
        return {
            index: ReferencesFact(
                method="compiler", lines=len(found), files=len({source for source, _ in found}), searched=searched,
                unmatched=compiled.defined[index],
            )
            for index, found in where.items()
        }  # fmt: skip

    def file(self, path: str) -> FileFact:
        """The record of a file."""
        atlas, file = self.atlas, self.atlas.files[path]
        counts, record = file.scan.counts, file.head
        if record is not None:
            counts = record.counts
        document = record.document if record is not None else None
        return FileFact(
            path=path_text(path), path_base64=path_bytes(path), line=min(1, counts.lines), end_line=counts.lines, method="parsed",
            kind=file.entry.kind, content=file.scan.content if file.entry.kind == "file" else "", language=file.language,
            bytes=counts.bytes or file.size, lines=counts.lines, symbols=len(record.symbols) if record else 0,
            depends_on=depended(atlas.edges_from.get(path, ()), path), used_by=depended(atlas.edges_to.get(path, ()), path),
            blank=counts.blank, comment=counts.comment, encoding=file.scan.encoding, labels=file.labels,
            doc=record.doc if record else "", doc_line=record.doc_line if record else 0, doc_end=record.doc_end if record else 0,
            title=document.title if document else "", summary=document.summary if document else "",
            license=record.license if record else "",
            license_line=record.license_line if record else 0,
            imports=tuple(_imports(record)), names=tuple(self._names(path)),
            values=tuple(ValueFact(*v) for v in record.values) if record else (),
            quality=_quality(record), notes=tuple(_notes(file.scan, record)), link_target=path_text(file.entry.target),
            rank=shown_rank(atlas.rank.get(path, 0.0)),
            compiled=tuple(self._told(path)) if atlas.compiled else (),
        )  # fmt: skip

    def _names(self, path: str) -> Iterator[NameFact]:
        for name in handed(self.atlas, path):
            kind = self.symbols_of(name.path)[name.symbol].kind if name.symbol >= 0 else "module"
            yield NameFact(
                line=name.line, name=name.name, kind=kind, target=path_text(name.path), target_base64=path_bytes(name.path),
                symbol=self.id_of(name.path, name.symbol),
            )  # fmt: skip

    def _told(self, path: str) -> Iterator[ToldFact]:
        compiled, indexed = self.atlas.compiled.get(path), self.atlas.indexed
        for told in compiled.told if compiled is not None else ():
            yield ToldFact(method="compiler", index=indexed[told.index].name, names=told.names, unmatched=told.unmatched)

    def edge(self, edge: Edge) -> EdgeFact:
        """The record of an edge."""
        at = self._lines_of(edge.target)[edge.target_symbol] if edge.target_symbol >= 0 else 0
        return EdgeFact(
            kind=edge.kind, path=path_text(edge.source), path_base64=path_bytes(edge.source), line=edge.line, end_line=edge.end_line,
            method=edge.method, target=path_text(edge.target), target_base64=path_bytes(edge.target), text=path_text(edge.text),
            symbol=self.id_of(edge.source, edge.source_symbol), target_symbol=self.id_of(edge.target, edge.target_symbol), target_line=at,
            weak=edge.weak,
        )  # fmt: skip

    def edges(self) -> Iterator[Struct]:
        """The records of all edges, by source, line and target, written as those that `edge` gives."""
        for path in self.atlas.files:
            yield from self.edges_in(path)

    def edges_in(self, path: str) -> Iterator[Struct]:
        """The same of the edges that lead from one file."""
        shown, as_bytes = path_text(path), path_bytes(path)
        for e in self.atlas.edges_from.get(path, ()):
            line = self._lines_of(e.target)[e.target_symbol] if e.target_symbol >= 0 else 0
            yield _edge_row(
                e.kind, shown, as_bytes, e.line, e.line + e.below, e.method, path_text(e.target), path_bytes(e.target), path_text(e.text),
                self.id_of(path, e.source_symbol), self.id_of(e.target, e.target_symbol), line, e.weak,
            )  # fmt: skip

    def _lines_of(self, path: str) -> list[int]:
        """The lines of the symbols of a file: edges lead to files in any order, and this is all that they need of their records."""
        found = self._lines.get(path)
        if found is None:
            found = self._lines[path] = [symbol.line for symbol in self.atlas.files[path].outline]
        return found

    def missing(self) -> Iterator[MissingFact]:
        """What files name and the tree does not have."""
        for path in self.atlas.files:
            yield from map(self.missing_fact, self.atlas.missing.get(path, ()))

    def missing_fact(self, missing: Missing) -> MissingFact:
        """The record of something that is missing."""
        return MissingFact(
            kind=missing.kind, path=path_text(missing.source), path_base64=path_bytes(missing.source), line=missing.line,
            end_line=missing.line, method="resolved", text=path_text(missing.text), why=missing.why,
            candidates=tuple(map(path_text, missing.candidates)), more=missing.more,
        )  # fmt: skip

    def tests(self) -> Iterator[TestsFact]:
        """For each file that was searched for, the tests that mention its names."""
        for path in self.atlas.files:
            if path in self.atlas.tests:
                yield self.tests_of(path)

    def tests_of(self, path: str) -> TestsFact:
        """The tests that mention names of one file."""
        found, lines = self.atlas.tests[path], self.atlas.files[path].scan.counts.lines
        return TestsFact(
            path=path_text(path), path_base64=path_bytes(path), line=min(1, lines), end_line=lines, method="text-match",
            tests=tuple(self.mention(test, names) for test, names in found.found), searched=found.searched, where=found.where,
        )  # fmt: skip

    def mention(self, test: str, names: Iterable[str]) -> MentionFact:
        """A test that mentions names, with the line of the first."""
        names, wanted = tuple(names), self._wanted.get(test, frozenset[str]())
        others = [name for name in names if name not in wanted]
        found = mention_lines(self._content(test), others) if others else {}
        if len(others) < len(names):
            known = self._mentioned.get(test)
            if known is None:  # all that pages ask of a test is found in one pass
                known = self._mentioned[test] = mention_lines(self._content(test), wanted)
            found |= {name: known[name] for name in names if name in known}
        line = min(found.values(), default=0)
        return MentionFact(path=path_text(test), line=line, end_line=line, method="text-match", names=names)

    @functools.cached_property
    def _wanted(self) -> Mapping[str, AbstractSet[str]]:
        """The names that each test is asked for."""
        found: dict[str, set[str]] = {}
        for search in self.atlas.tests.values():
            for test, names in search.found:
                found.setdefault(test, set()).update(names)
        return found

    def _content(self, path: str) -> bytes:
        """The text of a file as UTF-8; of one that is gone meanwhile, nothing."""
        if self.root is None:
            return b""
        try:
            content, encoding = read_file(self.root, path), self.atlas.files[path].scan.encoding
        except OSError:
            return b""
        return content if encoding == "utf-8" else b"".join(_lines(content, encoding, as_utf8=True))


def lines_of(root: Path, file: SourceFile, first: int, last: int) -> bytes:
    """The bytes of lines of a file, as they stand there, with the ends of lines.

    Raises
    ------
    OSError
        If the file is gone, or no regular file of the tree any more.
    """
    lines = _lines(read_file(root, file.path), file.scan.encoding)
    return b"".join(lines[max(first, 1) - 1 : max(last, first)])


def _lines(content: bytes, encoding: str, *, as_utf8: bool = False) -> list[bytes]:
    if encoding.startswith(("utf-16", "utf-32")) or (as_utf8 and encoding != "utf-8"):
        target = "utf-8" if as_utf8 else encoding
        return [part.encode(target, "surrogatepass") for part in re.findall(r"[^\n]*\n|[^\n]+", text_of(content, encoding))]
    return re.findall(rb"[^\n]*\n|[^\n]+", content)


def _base(base: Base) -> BaseFact:
    return BaseFact(base.name, base.how, base.access, base.virtual)


def _parameter(parameter: Parameter) -> ParameterFact:
    return ParameterFact(parameter.name, parameter.type, parameter.default, parameter.kind)


def _imports(record: Record[Any] | None) -> Iterator[ImportFact]:
    for found in record.imports if record is not None else ():
        names = tuple(f"{n.name} as {n.alias}" if n.alias else n.name for n in found.names)
        yield ImportFact(
            kind=found.kind, target=found.target, line=found.line, end_line=max(found.end_line, found.line), method="parsed", names=names,
            alias=found.alias, level=found.level, local=found.local, type_only=found.type_only, condition=found.condition,
        )  # fmt: skip


def _quality(record: Record[Any] | None) -> QualityFact | UnsetType:
    quality = record.quality if record is not None else None
    if quality is None or not quality.parser:
        return UNSET
    errors = tuple((e.line, e.end_line) for e in quality.errors)
    return QualityFact(quality.parser, quality.error_bytes, quality.missing, errors, quality.repairs)


def _notes(scan: Scan, record: Record[Any] | None) -> Iterator[NoteFact]:
    for note in (*scan.notes, *(record.notes if record is not None else ())):
        yield NoteFact(note.code, note.text, note.line)
