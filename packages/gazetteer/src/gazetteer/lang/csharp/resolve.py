"""Usings and bases of C#: a namespace has many files, so a using leads to those whose types the file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import
from ...resolve.paths import Paths
from ...resolve.types import Types, bare, base_edges, enclosing

__all__ = ["resolve"]

_STANDARD = ("System", "Microsoft.CSharp", "Microsoft.Win32")


def resolve(files: list[SourceFile], _paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges for usings and for bases; several parts of a partial type are all its definition."""
    types = Types(files, ".")
    everywhere = [s for f in files if f.record is not None for s in f.record.imports if s.kind.startswith("global ")]
    for file in files:
        assert file.record is not None
        words = set(file.identifiers.split(" "))
        for statement in file.record.imports:
            yield from _used(file, statement, types, words)
        yield from base_edges(
            file, types, lambda _symbol, full, base, f=file: _candidates(f, everywhere, full, base), parts=True  # type: ignore[misc]
        )  # fmt: skip


def _used(file: SourceFile, statement: Import, types: Types, words: set[str]) -> Iterator[Edge | Missing]:
    target = statement.target.removeprefix("global::")
    text = f"{statement.kind} " + (f"{statement.alias} = " if statement.alias else "") + statement.target
    if statement.kind == "extern alias":
        return
    found = types.known.get(bare(target), [])
    for ref in found:
        if ref.path != file.path:
            yield Edge.stated(file.path, statement, ref.path, "import", text, target_symbol=ref.index)
    if found:
        return
    inside = target in types.members or any(name.startswith(target + ".") for name in types.members)
    for name, refs in sorted(types.members[target].items() if target in types.members else ()):
        if name in words:
            for ref in refs:
                if ref.path != file.path:
                    yield Edge.stated(file.path, statement, ref.path, "import", text, method="text-match", target_symbol=ref.index)
    if not inside:
        standard = target in _STANDARD or target.startswith(tuple(f"{s}." for s in _STANDARD))
        yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")


def _candidates(file: SourceFile, everywhere: list[Import], full: str, base: Base) -> Iterable[str]:
    """Full names that a base may have: in what is around here, by alias, in namespaces that are used, as written."""
    assert file.record is not None
    name = bare(base.name).removeprefix("global::")
    first, _, rest = name.partition(".")
    for around in enclosing(full.rpartition(".")[0], "."):
        yield f"{around}.{name}"
    usings = [*file.record.imports, *everywhere]
    for statement in usings:
        if statement.alias == first:
            yield ".".join(filter(None, (bare(statement.target), rest)))
    yield name
    for statement in usings:
        if not statement.alias and statement.kind.endswith(("using", "using static")):
            yield f"{statement.target}.{name}"
