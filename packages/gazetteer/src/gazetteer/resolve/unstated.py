"""Files that need each other though no statement says so.

What is in one package, namespace or module is known there by its name alone, and Ruby loads classes that nobody requires. That a class
extends another, or that a function takes it, still says that its file depends on the other's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..atlas import SYMBOL_EDGES, Edge, Missing
from ..gather import SourceFile
from ..model import FileRecord, Symbol
from .types import TYPES

__all__ = ["LANGUAGES", "heads_of", "with_unstated"]

#: Languages in which a file may need another one that it does not name; those in whose packages types are looked for.
_PACKAGED = frozenset(("csharp", "go", "java", "kotlin", "php", "scala"))
LANGUAGES = _PACKAGED | {"ruby", "swift"}
_AROUND = frozenset(("package", "namespace"))
_WORD = re.compile(r"(?<![\w.\\])[A-Za-z_]\w*(?![\w.\\])")


def with_unstated(files: list[SourceFile], found: Iterable[Edge | Missing]) -> Iterator[Edge | Missing]:
    """What a resolver finds, and an edge ``name`` from each file to each other one that only heads of its declarations name."""
    stated, bases = set[tuple[str, str]](), list[Edge]()
    for one in found:
        yield one
        if isinstance(one, Edge):
            if one.kind == "base":
                bases.append(one)
            elif one.kind not in SYMBOL_EDGES:
                stated.add((one.source, one.target))
    own = {file.path: file for file in files if file.language in LANGUAGES and file.record is not None}
    named = [edge for edge in _extended(own, bases) if (edge.source, edge.target) not in stated]
    named += [edge for edge in _taken(own) if (edge.source, edge.target) not in stated]
    first: dict[tuple[str, str], Edge] = {}
    for edge in sorted(named):
        if edge.source != edge.target:
            first.setdefault((edge.source, edge.target), edge)
    yield from first.values()


def heads_of(record: FileRecord) -> list[tuple[object, ...]]:
    """What the edges of a file rest on besides its statements, in order: where that is the same, so are they but for their places."""
    named, found = TYPES | _AROUND, list[tuple[object, ...]]()
    for symbol in record.symbols:
        types, bases = [p.type for p in symbol.parameters if p.type], [base.name for base in symbol.bases]
        if types or bases or symbol.kind in named:
            found.append((symbol.kind, symbol.name if symbol.kind in named else "", bases, types, symbol.type_parameters))
    return found


def _extended(files: dict[str, SourceFile], bases: Iterable[Edge]) -> Iterator[Edge]:
    """The bases of classes."""
    for edge in bases:
        if edge.source not in files:
            continue
        how = next((b.how for b in _symbols(files[edge.source])[edge.source_symbol].bases if b.name == edge.text), "")
        yield Edge(
            edge.source, edge.line, edge.target, "name", f"{how} {edge.text}".strip(), edge.method, edge.source_symbol, edge.target_symbol
        )  # fmt: skip


def _taken(files: dict[str, SourceFile]) -> Iterator[Edge]:
    """The types of parameters, where the package of a file has one such type."""
    packages: dict[str, dict[str, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for path, file in files.items():
        if file.language in _PACKAGED:
            for index, symbol in enumerate(_symbols(file)):
                if symbol.kind in TYPES and _is_outer(_symbols(file), symbol):
                    packages[_package(file)][symbol.name].append((path, index))
    for path, file in files.items():
        known = packages.get(_package(file), {}) if file.language in _PACKAGED else {}
        others = _other_names(file) if known else set()
        for number, symbol in enumerate(_symbols(file) if known else ()):
            words = (word for parameter in symbol.parameters for word in _WORD.findall(parameter.type))
            for word in words:
                places = known.get(word, ()) if word not in others and word not in symbol.type_parameters else ()
                if len(places) == 1:
                    target, index = places[0]
                    yield Edge(path, symbol.line, target, "name", word, source_symbol=number, target_symbol=index)


def _symbols(file: SourceFile) -> list[Symbol]:
    assert file.record is not None
    return file.record.symbols


def _package(file: SourceFile) -> str:
    """What files of one package have in common; of Go, that is the folder, too."""
    named = ".".join([s.name for s in _symbols(file) if s.kind in _AROUND])
    folder = file.path.rpartition("/")[0] if file.language == "go" or not named else ""
    return f"{'java' if file.language in ('kotlin', 'scala') else file.language}:{folder}:{named}"


def _is_outer(symbols: list[Symbol], symbol: Symbol) -> bool:
    """Whether something is in nothing but packages and namespaces."""
    return symbol.parent < 0 or (symbols[symbol.parent].kind in _AROUND and _is_outer(symbols, symbols[symbol.parent]))


def _other_names(file: SourceFile) -> set[str]:
    """Names that mean something else in a file: what it brings in, and its own types within others."""
    assert file.record is not None
    brought = {re.split(r"[.\\/]", i.target)[-1] for i in file.record.imports} | {i.alias for i in file.record.imports}
    brought |= {n.alias or n.name for i in file.record.imports for n in i.names}
    own = [symbol for symbol in file.record.symbols if symbol.kind in TYPES]
    return brought | {symbol.name for symbol in own} | {name for symbol in own for name in _WORD.findall(symbol.type_parameters)}
