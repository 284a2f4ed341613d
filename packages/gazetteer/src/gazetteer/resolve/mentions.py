"""Which tests name what a file defines: a search in text, said to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..atlas import TestSearch
from ..config import Config
from ..gather import SourceFile
from ..model import Symbol

__all__ = ["is_searched", "is_telling", "mentions", "telling_names"]

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


def is_searched(file: SourceFile) -> bool:
    """Whether a file is a test in which names are looked for."""
    return "test" in file.labels and file.scan.content == "text" and not file.page


def telling_names(symbols: Iterable[Symbol]) -> set[str]:
    """The names that are worth a search."""
    return {name for name in {s.name for s in symbols if s.kind in _TELLING and s.role == "definition"} if len(name) >= _SHORTEST}


def mentions(files: list[SourceFile], config: Config, names: Mapping[str, Iterable[str]] | None = None) -> dict[str, TestSearch]:
    """Of each file with symbols that is no test itself, the tests that mention its names.

    Parameters
    ----------
    files : list of SourceFile
        All files.
    config : Config
        What a test is.
    names : mapping, optional
        Of each file with symbols, its `telling_names`, from someone who has read all records.
    """
    if names is None:
        names = {f.path: telling_names(record.symbols) for f in files if (record := f.record) is not None and record.symbols}
    tests = [f for f in files if is_searched(f)]
    where = ", ".join(config.tests.paths)
    tested = [f.path for f in files if f.path in names and "test" not in f.labels]
    owners = _owners(tested, names) if tests else {}
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for test in tests:
        where_named = test.path
        for name in filter(owners.__contains__, test.scan.identifiers.split(" ")):
            for path in owners[name]:
                found[path].setdefault(where_named, []).append(name)
    nothing, result = TestSearch((), len(tests), where), {}
    for path in tested:
        if path not in found:
            result[path] = nothing
            continue
        ordered = sorted(found[path].items(), key=lambda item: (-len(item[1]), item[0]))
        result[path] = TestSearch(tuple((test, tuple(sorted(names))) for test, names in ordered), len(tests), where)
    return result


def _owners(tested: list[str], names: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Of each name that tells something, the few files that define it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in tested:
        for name in names[path]:
            found[name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) <= _COMMON}
