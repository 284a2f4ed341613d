"""To which files Julia's ``include``, ``using`` and ``import`` lead, and which types abstract types and structs are below.

A package is the folder around ``src``. A file that is included has the names of the one that includes it, and so types are looked for in
the whole package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import led
from ...resolve.paths import Paths
from ...resolve.types import TYPES

__all__ = ["resolve"]

#: Packages that come with Julia.
_STANDARD = frozenset((
    "ArgTools", "Artifacts", "Base", "Base64", "CRC32c", "Core", "Dates", "DelimitedFiles", "Distributed", "Downloads", "FileWatching",
    "Future", "InteractiveUtils", "LazyArtifacts", "LibCURL", "LibGit2", "Libdl", "LinearAlgebra", "Logging", "Main", "Markdown",
    "Mmap", "Pkg", "Printf", "Profile", "REPL", "Random", "SHA", "Serialization", "SharedArrays", "Sockets", "SparseArrays",
    "Statistics", "StyledStrings", "SuiteSparse", "TOML", "Tar", "Test", "UUIDs", "Unicode",
))  # fmt: skip
#: Folders of a package.
_PARTS = frozenset(("src", "test", "ext", "docs", "examples", "benchmark", "bench", "perf"))


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of what is included and used, and of bases."""
    resolver = _Resolver(files, paths)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from resolver.statement(file, statement)
        yield from resolver.bases(file)


def _package(path: str) -> str:
    """The folder of the package that a file is of: that around the first folder which packages have.

    Examples
    --------
    >>> _package("lib/Shop/src/till/Till.jl"), _package("a.jl")
    ('lib/Shop', '')
    """
    parts = path.split("/")[:-1]
    place = next((n for n, part in enumerate(parts) if part in _PARTS), len(parts))
    return "/".join(parts[:place])


class _Resolver:
    """The modules and types of a tree."""

    def __init__(self, files: list[SourceFile], paths: Paths) -> None:
        self.paths = paths
        #: Modules by name; types by package and name.
        self.modules: dict[str, list[SymbolRef]] = defaultdict(list)
        self.types: dict[tuple[str, str], list[SymbolRef]] = defaultdict(list)
        for file in files:
            assert file.record is not None
            package = _package(file.path)
            for index, symbol in enumerate(file.record.symbols):
                if symbol.kind == "module":
                    self.modules[symbol.name].append(SymbolRef(file.path, index))
                elif symbol.kind in TYPES:
                    self.types[package, symbol.name].append(SymbolRef(file.path, index))

    def statement(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        text, target = f"{statement.kind} {statement.target}", statement.target
        if statement.kind == "include":
            found = self.paths.relative(file.path.rpartition("/")[0], target)
            yield from led(file, statement, text, [found] if found is not None else [], False, weak=statement.local)
            return
        name = target.strip(".").partition(".")[0]
        meant = self.meant(file.path, name, within=target.startswith("."))
        yield from led(file, statement, text, meant, name in _STANDARD, weak=statement.local)

    def meant(self, path: str, name: str, *, within: bool) -> list[str]:
        """The files with the module of a name: of the own package, else in the file that has its name; else all."""
        found = sorted({ref.path for ref in self.modules.get(name, ())})
        own = [other for other in found if _package(other) == _package(path)]
        if within and not own:  # a type of the package
            own = sorted({ref.path for ref in self.types.get((_package(path), name), ())})
        if within or own:
            return [path] if path in own else own
        return [other for other in found if other.endswith(f"/{name}.jl") or other == f"{name}.jl"] or found

    def bases(self, file: SourceFile) -> Iterator[Edge]:
        """Edges to the types that those of a file are below, where the package has one of the name."""
        assert file.record is not None
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                name = base.name.partition("{")[0].rpartition(".")[2]
                found = [ref for ref in self.types.get((_package(file.path), name), ()) if ref != SymbolRef(file.path, index)]
                found = [ref for ref in found if ref.path == file.path] or found
                if len(found) == 1:
                    yield Edge(
                        file.path, symbol.line + base.below, found[0].path, "base", base.name, source_symbol=index,
                        target_symbol=found[0].index,
                    )  # fmt: skip
