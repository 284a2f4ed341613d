"""Imports and bases of Solidity: paths from the file, or from a root that no file names; bases are in the file or in what it imports."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

_BASES = frozenset(("class", "interface"))


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of imports and of what contracts inherit."""
    known = {file.path: _contracts(file) for file in files}
    for file in files:
        assert file.record is not None
        found = [(statement, _meant(file, statement, paths)) for statement in file.record.imports]
        for statement, targets in found:
            yield from led(file, statement, f'import "{statement.target}"', targets, is_standard=False)
        seen = _seen(file, [(statement, targets[0]) for statement, targets in found if len(targets) == 1], known)
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                if (ref := seen.get(base.name)) is not None and ref != SymbolRef(file.path, index):
                    yield Edge(
                        file.path, symbol.line + base.below, ref.path, "base", base.name, source_symbol=index, target_symbol=ref.index,
                    )  # fmt: skip


def _contracts(file: SourceFile) -> dict[str, SymbolRef]:
    """What a file declares that may be inherited, by name."""
    assert file.record is not None
    return {s.name: SymbolRef(file.path, index) for index, s in enumerate(file.record.symbols) if s.kind in _BASES and s.parent < 0}


def _meant(file: SourceFile, statement: Import, paths: Paths) -> list[str]:
    """The files that an import may mean."""
    target, folder = statement.target, file.path.rpartition("/")[0]
    if target.startswith("."):
        near = paths.relative(folder, target)
        return [near] if near is not None else []
    root = paths.relative("", target)
    return [root] if root is not None else paths.meant(file.path, (target,))


def _seen(file: SourceFile, imports: list[tuple[Import, str]], known: dict[str, dict[str, SymbolRef]]) -> dict[str, SymbolRef]:
    """What a file can inherit, by the name that it has there: names that a file it imports has from others are not followed."""
    seen = dict[str, SymbolRef]()
    for statement, path in imports:
        declared = known.get(path, {})
        if statement.alias:
            seen.update({f"{statement.alias}.{name}": ref for name, ref in declared.items()})
        elif statement.names:
            seen.update({name.alias or name.name: declared[name.name] for name in statement.names if name.name in declared})
        else:
            seen.update(declared)
    return {**seen, **known[file.path]}
