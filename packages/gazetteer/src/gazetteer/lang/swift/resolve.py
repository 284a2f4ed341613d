"""Imports and bases of Swift: a module is the folder that has its name, or of CocoaPods that with the specification of its name.

Its files see what the others of it declare.

An import leads to those files of the module that declare a name which the importing file mentions: a search in text, and said to be one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above
from ...resolve.types import Types, bare, enclosing

__all__ = ["resolve"]

#: What the language itself brings, and what it comes with everywhere.
_STANDARD = frozenset((
    "Builtin", "CoreFoundation", "Cxx", "Darwin", "Dispatch", "Distributed", "Foundation", "FoundationEssentials", "FoundationNetworking",
    "Glibc", "Musl", "Observation", "PackageDescription", "RegexBuilder", "Swift", "Synchronization", "Testing", "XCTest",
    "_Concurrency", "_Differentiation", "_StringProcessing",
))  # fmt: skip
#: Folders whose folders are modules.
_SOURCES = frozenset(("Sources", "Source", "src", "srcs", "Tests", "Plugins"))
#: How files end that say what a module of CocoaPods is made of.
_SPECIFICATION = ".podspec"
_HIDDEN = frozenset(("private", "fileprivate"))


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of imports and of bases."""
    resolver = _Resolver(files, paths)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from resolver.statement(file, statement)
        yield from resolver.bases(file)


class _Resolver:
    """The modules of a tree."""

    def __init__(self, files: list[SourceFile], paths: Paths) -> None:
        self.types = Types(files, ".")
        self.records = {file.path: file.record for file in files if file.record is not None}
        #: Folders by the name that a module of their files would have, and the files below each.
        self.folders: dict[str, set[str]] = defaultdict(set)
        self.below: dict[str, list[SourceFile]] = defaultdict(list)
        #: Folders that have files of their own, but for one that says what there is to build.
        self.held = {folder for folder, _, name in (file.path.rpartition("/") for file in files) if name != "Package.swift"}
        #: Folders by the modules of which they have the specification.
        self.pods: dict[str, set[str]] = defaultdict(set)
        for file in files:
            for folder in above(file.path):
                self.below[folder].append(file)
                self.folders[folder.rpartition("/")[2]].add(folder)
        for path in paths.files:
            if path.endswith(_SPECIFICATION):
                folder, _, name = path.removesuffix(_SPECIFICATION).rpartition("/")
                self.pods[name.replace("-", "_")].add(folder)
        self.of_pods = frozenset(folder for folders in self.pods.values() for folder in folders if folder)

    def modules(self, name: str) -> list[str]:
        """The folders that may be a module: where the package manager looks, else of its specification, else of its name.

        One of these is a module if it stands in no other, and in none that has files: then it is a part of that one.
        """
        found = sorted(self.folders.get(name, ()))
        inner = [f for f in found if f.rpartition("/")[0].rpartition("/")[2] in _SOURCES]
        if inner or name in self.pods:
            return inner or sorted(self.pods[name])
        return [f for f in found if self.held.isdisjoint(above(f)) and not any(f.startswith(other + "/") for other in found)]

    def statement(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        text, name = f"import {statement.target}", statement.target.partition(".")[0]
        folders = self.modules(name)
        if not folders:
            yield Missing(file.path, statement.line, "import", text, "standard library" if name in _STANDARD else "outside")
        elif len(folders) > 1:
            yield Missing.ambiguous(file.path, statement.line, "import", text, [self.below[f][0].path for f in folders])
        elif folders[0] and not file.path.startswith(folders[0] + "/"):
            words = set(file.identifiers.split(" "))
            for other in self.below[folders[0]]:
                if other.record is not None and not words.isdisjoint(_shown(other)):
                    yield Edge.stated(file.path, statement, other.path, "import", text, method="text-match", weak=bool(statement.condition))

    def bases(self, file: SourceFile) -> Iterator[Edge]:
        """Edges to the types that the types of a file inherit or conform to, where its own module or an imported one has one such type."""
        assert file.record is not None
        own = self.module_of(file.path)
        seen = {own, *(f for i in file.record.imports for f in self.modules(i.target.partition(".")[0]))}
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                name = bare(base.name)
                around = list(enclosing(self.types.names[file.path][index], "."))[1:]
                for candidate in (*(f"{outer}.{name}" for outer in around), name):
                    found = [ref for ref in self.types.known.get(candidate, ()) if self.is_seen(ref, file.path, seen)]
                    found = [ref for ref in found if ref != SymbolRef(file.path, index)]
                    found = [ref for ref in found if self.module_of(ref.path) == own] or found
                    if len(found) == 1:
                        yield Edge(
                            file.path, symbol.line + base.below, found[0].path, "base", base.name, source_symbol=index,
                            target_symbol=found[0].index,
                        )  # fmt: skip
                    if found:
                        break

    def is_seen(self, ref: SymbolRef, path: str, modules: set[str]) -> bool:
        """Whether a file that sees some modules sees a type."""
        symbol = self.records[ref.path].symbols[ref.index]
        return ref.path == path or (self.module_of(ref.path) in modules and symbol.visibility not in _HIDDEN)

    def module_of(self, path: str) -> str:
        """The folder of the module that a file is of: below one of sources, else that of its specification, else the first folder."""
        parts = path.split("/")[:-1]
        place = next((n for n in range(len(parts) - 1) if parts[n] in _SOURCES), -1)
        pod = next((folder for folder in above(path) if folder in self.of_pods), "") if place < 0 else ""
        return pod or ("/".join(parts[: place + 2]) if parts else "")


def _shown(file: SourceFile) -> set[str]:
    """Names that other modules can use without saying whose they are."""
    assert file.record is not None
    return {s.name for s in file.record.symbols if s.parent < 0 and s.visibility not in _HIDDEN and s.kind != "extension"}
