"""The facts that a text asks about - a symbol, ``path:line``, an edge ``A -> B`` - each with the lines that it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from .atlas import SymbolRef
from .errors import UsageError
from .facts import EdgeFact, Facts, FileFact, MissingFact, SymbolFact, TestsFact, lines_of, path_text
from .lookup import below, find_path, is_file, named, near

__all__ = ["Explained", "explain"]

_LINES = re.compile(r"(.+):(\d+)(?:-(\d+))?", re.DOTALL)
_EDGE = re.compile(r"(.+?)\s*->\s*(.+)", re.DOTALL)

Fact = SymbolFact | EdgeFact | FileFact | MissingFact | TestsFact


class Explained(Struct, frozen=True):
    """A fact, the place that it rests on, and the bytes of these lines as they stand in the file."""

    fact: Fact | None
    path: str
    line: int
    end_line: int
    content: bytes


def explain(facts: Facts, what: str) -> list[Explained]:
    """What is known of a symbol, of lines, or of an edge.

    Parameters
    ----------
    facts : Facts
        Those of a tree whose files are there.
    what : str
        A name, ``path:line``, ``path:first-last``, a path, or ``A -> B`` of paths or names.

    Raises
    ------
    UsageError
        If there is none; it names what is nearest.
    """
    if not what.strip():
        raise UsageError("an empty fact; expected a name, a path, PATH:LINE or 'A -> B'")
    if match := _EDGE.fullmatch(what.strip()):
        return list(_edges(facts, match[1], match[2]))
    if (match := _LINES.fullmatch(what)) and is_file(facts.atlas, match[1]):
        return list(_at(facts, find_path(facts.atlas, match[1]), int(match[2]), int(match[3] or match[2])))
    refs, note = named(facts.atlas, what)
    if refs and not note:
        return list(_symbols(facts, refs))
    if is_file(facts.atlas, what):
        path = find_path(facts.atlas, what)
        return [_explained(facts, facts.file(path), path, 0, 0)]
    if below(facts.atlas, what):
        find_path(facts.atlas, what)  # says that it is a folder
    guess = near(facts.atlas, what)
    raise UsageError(f"no symbol, file or edge {what!r} in the tree" + (f"; near are {', '.join(guess)}" if guess else ""))


def _explained(facts: Facts, fact: Fact | None, path: str, line: int, end: int) -> Explained:
    content = b""
    if facts.root is not None and line:
        try:
            content = lines_of(facts.root, facts.atlas.files[path], line, end)
        except OSError as error:
            raise UsageError(f"{path_text(path)} cannot be read: {error.strerror or error}") from error
    return Explained(fact, path, line, end, content)


def _symbols(facts: Facts, refs: Iterable[SymbolRef]) -> Iterator[Explained]:
    for ref in refs:
        symbol = facts.atlas.symbol(ref)
        yield _explained(facts, facts.symbol(ref), ref.path, symbol.start_line, symbol.end_line)
        for edge in facts.atlas.edges_from.get(ref.path, ()):
            if edge.source_symbol == ref.index:
                yield _explained(facts, facts.edge(edge), edge.source, edge.line, edge.end_line)
        for edge in facts.atlas.edges_to.get(ref.path, ()):
            if edge.target_symbol == ref.index:
                yield _explained(facts, facts.edge(edge), edge.source, edge.line, edge.end_line)


def _at(facts: Facts, path: str, first: int, last: int) -> Iterator[Explained]:
    """The facts that rest on lines: what is named, imported or missing there; then the lines."""
    total = facts.atlas.files[path].scan.counts.lines
    if not 1 <= first <= total or last < first:
        raise UsageError(f"{path_text(path)} has lines 1 to {total}; got {first}-{last}" if total else f"{path_text(path)} has no lines")
    last = min(last, total)
    for index, symbol in enumerate(facts.symbols_of(path)):
        if symbol.start_line <= last and first <= symbol.line:
            yield _explained(facts, facts.symbol(SymbolRef(path, index)), path, symbol.start_line, symbol.end_line)
    for edge in facts.atlas.edges_from.get(path, ()):
        if edge.line <= last and first <= edge.end_line:
            yield _explained(facts, facts.edge(edge), path, edge.line, edge.end_line)
    for missing in facts.atlas.missing.get(path, ()):
        if first <= missing.line <= last:
            yield _explained(facts, facts.missing_fact(missing), path, missing.line, missing.line)
    yield _explained(facts, None, path, first, last)


def _edges(facts: Facts, source: str, target: str) -> Iterator[Explained]:
    sources, targets = _ends(facts, source), _ends(facts, target)
    found = False
    for path, index in sources:
        for edge in facts.atlas.edges_from.get(path, ()):
            if index in (-1, edge.source_symbol) and any(edge.target == p and i in (-1, edge.target_symbol) for p, i in targets):
                found = True
                yield _explained(facts, facts.edge(edge), edge.source, edge.line, edge.end_line)
    if not found:
        raise UsageError(f"no edge from {source!r} to {target!r}")


def _ends(facts: Facts, text: str) -> list[tuple[str, int]]:
    if is_file(facts.atlas, text):
        return [(find_path(facts.atlas, text), -1)]
    refs, note = named(facts.atlas, text)
    if (not refs or note) and (inside := below(facts.atlas, text)):
        return [(path, -1) for path in inside]
    if not refs or note:
        guess = near(facts.atlas, text)
        raise UsageError(f"no file or symbol {text!r} in the tree" + (f"; near are {', '.join(guess)}" if guess else ""))
    return [(ref.path, ref.index) for ref in refs]
