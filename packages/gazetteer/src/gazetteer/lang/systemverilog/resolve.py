"""Modules of which instances are made, packages that are imported, files that are included: by name, the nearest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that has what another one names; modules of a library of cells are in no file of the tree."""
    named: dict[tuple[str, str], list[SymbolRef]] = defaultdict(list)
    for file in files:
        for index, symbol in enumerate(file.record.symbols if file.record is not None else ()):
            if symbol.kind in ("module", "interface", "package") and symbol.parent < 0:
                named["import" if symbol.kind == "package" else "listed", symbol.name].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind == "include":
                yield from _included(file.path, statement, paths)
            else:
                yield from _named(file.path, statement, named.get((statement.kind, statement.target), []))


def _included(path: str, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    found, text = paths.beside_or_meant(path, statement.target), f'`include "{statement.target}"'
    if len(found) > 1:
        yield Missing.ambiguous(path, statement.line, "include", text, found)
    elif not found:
        yield Missing(path, statement.line, "include", text)
    elif found[0] != path:
        yield Edge.stated(path, statement, found[0], "include", text)


def _named(path: str, statement: Import, found: list[SymbolRef]) -> Iterator[Edge | Missing]:
    """The file that has a module or a package: the one alone, else the one in the nearest folder, where that is one."""
    text = f"import {statement.target}" if statement.kind == "import" else f"{statement.target} {statement.alias}"
    if any(ref.path == path for ref in found):
        return
    if len(found) > 1:
        near = next((some for f in above(path) if (some := [r for r in found if r.path.startswith(f"{f}/" if f else "")])), [])
        found = near if len(near) == 1 else found
    if len(found) == 1:
        yield Edge.stated(path, statement, found[0].path, "import", text, target_symbol=found[0].index)
    elif found:
        yield Missing.ambiguous(path, statement.line, "import", text, sorted({ref.path for ref in found}))
    elif statement.kind == "import":
        yield Missing(path, statement.line, "import", text)
