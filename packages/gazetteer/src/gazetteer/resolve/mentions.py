"""Which tests name what a file defines: a search in text, said to be one."""

from __future__ import annotations

from collections import defaultdict

from ..atlas import TestSearch
from ..config import Config
from ..gather import SourceFile
from ..model import Symbol

__all__ = ["COMMON", "SHORTEST", "TELLING", "is_searched", "is_telling", "mentions"]

#: Kinds whose names are worth a search, and the shortest name that says something.
TELLING = frozenset(
    ("class", "struct", "function", "enum", "interface", "trait", "protocol", "union", "record", "macro", "type_alias", "method")
)
SHORTEST = 4
#: Names that more files define than this are nobody's.
COMMON = 3


def is_telling(symbol: Symbol) -> bool:
    """Whether the name of a symbol is worth a search."""
    return symbol.kind in TELLING and symbol.role == "definition" and len(symbol.name) >= SHORTEST


def is_searched(file: SourceFile) -> bool:
    """Whether a file is a test in which names are looked for."""
    return "test" in file.labels and file.scan.content == "text" and not file.page


def mentions(files: list[SourceFile], config: Config) -> dict[str, TestSearch]:
    """Of each file with symbols that is no test itself, the tests that mention its names."""
    tests = [f for f in files if is_searched(f)]
    where = ", ".join(config.tests.paths)
    tested = [(f.path, f.record.symbols) for f in files if f.record is not None and f.record.symbols and "test" not in f.labels]
    owners = _owners(tested) if tests else {}
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for test in tests:
        where_named = test.path
        for name in filter(owners.__contains__, test.scan.identifiers.split(" ")):
            for path in owners[name]:
                found[path].setdefault(where_named, []).append(name)
    nothing, result = TestSearch((), len(tests), where), {}
    for path, _ in tested:
        if path not in found:
            result[path] = nothing
            continue
        ordered = sorted(found[path].items(), key=lambda item: (-len(item[1]), item[0]))
        result[path] = TestSearch(tuple((test, tuple(sorted(names))) for test, names in ordered), len(tests), where)
    return result


def _owners(files: list[tuple[str, list[Symbol]]]) -> dict[str, list[str]]:
    """Of each name that tells something, the few files that define it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, symbols in files:
        for name in {s.name for s in symbols if s.kind in TELLING and s.role == "definition"}:
            if len(name) >= SHORTEST:
                found[name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) <= COMMON}
