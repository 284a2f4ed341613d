"""Imports and bases of GraphQL: files by their path; the one interface of a name, since all files of a schema see each other's types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of imports and of what types implement."""
    interfaces = defaultdict[str, list[SymbolRef]](list)
    for file in files:
        assert file.record is not None
        for index, symbol in enumerate(file.record.symbols):
            if symbol.kind == "interface":
                interfaces[symbol.name].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            found = paths.beside_or_meant(file.path, statement.target)
            yield from led(file, statement, f'# import "{statement.target}"', found, is_standard=False)
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                known = interfaces.get(base.name, [])
                meant = [ref for ref in known if ref.path == file.path] or known
                if len(meant) == 1:
                    yield Edge(
                        file.path, symbol.line + base.below, meant[0].path, "base", base.name, source_symbol=index,
                        target_symbol=meant[0].index,
                    )  # fmt: skip
