"""Which tests name what a file defines: a search in text, said to be one."""

from __future__ import annotations

from collections import defaultdict

from ..atlas import TestSearch
from ..config import Config
from ..gather import SourceFile
from ..model import Symbol

__all__ = ["is_telling", "mentions"]

#: Kinds whose names are worth a search, and the shortest name that says something.
_TELLING = frozenset(
    ("class", "struct", "function", "enum", "interface", "trait", "protocol", "union", "record", "macro", "type_alias", "method")
)
_SHORTEST = 4
#: Names that more files define than this are nobody's.
_COMMON = 3


def is_telling(symbol: Symbol) -> bool:
    """Whether the name of a symbol is worth a search."""
    return symbol.kind in _TELLING and symbol.role == "definition" and len(symbol.name) >= _SHORTEST


def mentions(files: list[SourceFile], config: Config) -> dict[str, TestSearch]:
    """Of each file with symbols that is no test itself, the tests that mention its names."""
    tests = [f for f in files if "test" in f.labels and f.scan.content == "text" and not f.page]
    where = ", ".join(config.tests.paths)
    defined: dict[str, set[str]] = defaultdict(set)
    for file in files:
        if file.record is None or "test" in file.labels:
            continue
        for symbol in file.record.symbols:
            if is_telling(symbol):
                defined[symbol.name].add(file.path)
    owners = {name: paths for name, paths in defined.items() if len(paths) <= _COMMON}
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for test in tests:
        for name in owners.keys() & set(test.scan.identifiers.split(" ")):
            for path in owners[name]:
                found[path].setdefault(test.path, []).append(name)
    result = {}
    for file in files:
        if file.record is None or "test" in file.labels or not file.record.symbols:
            continue
        ordered = sorted(found.get(file.path, {}).items(), key=lambda item: (-len(item[1]), item[0]))
        result[file.path] = TestSearch(tuple((test, tuple(sorted(names))) for test, names in ordered), len(tests), where)
    return result
