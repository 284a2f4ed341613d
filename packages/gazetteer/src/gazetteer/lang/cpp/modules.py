"""Which file of the tree an ``import`` of C++20 means: the one that exports the module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...gather import SourceFile

__all__ = ["module_edges"]

_STANDARD = frozenset(("std", "std.compat"))


def module_edges(files: list[SourceFile]) -> Iterator[Edge | Missing]:
    """An edge for each import of a module, and for each file of a module that does not export it."""
    units: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for symbol in file.record.symbols if file.record is not None and file.language == "cpp" else ():
            if symbol.kind == "module" and "export" in symbol.modifiers:
                units[symbol.name].append(file.path)
    for file in files:
        if file.record is None or file.language != "cpp":
            continue
        for statement in file.record.imports:
            if statement.kind in ("import", "export"):
                text = f"export import {statement.target}" if statement.kind == "export" else f"import {statement.target}"
                yield _one(file.path, statement.line, statement.target, text, units)
        for symbol in file.record.symbols:
            if symbol.kind == "module" and "export" not in symbol.modifiers and ":" not in symbol.name and symbol.name in units:
                yield _one(file.path, symbol.line, symbol.name, f"module {symbol.name}", units)


def _one(path: str, line: int, name: str, text: str, units: dict[str, list[str]]) -> Edge | Missing:
    found = units.get(name, ())
    if len(found) == 1:
        return Edge(path, line, found[0], "import", text)
    if found:
        return Missing.ambiguous(path, line, "import", text, found)
    return Missing(path, line, "import", text, "standard library" if name in _STANDARD else "outside")
