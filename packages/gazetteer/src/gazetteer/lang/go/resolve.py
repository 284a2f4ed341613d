"""Imports of Go: paths below the modules that `go.mod` files of the tree name, folders ``vendor``, and ``src`` as there was before modules.

A tree without any of them is named by what its own files import, if that is told without a doubt.

An import names a package, which is a folder. Its edges lead to those files of the folder that define a name which the importing file has
behind that of the package, or mentions at all if it has none there (a search in text, and said to be one where there are more files than
those); an import for its effects leads to files with a function ``init``. Where that gives none, the edge leads to the file that documents
the package, or its first.
"""

from __future__ import annotations

import json
import posixpath
from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, ImportedName
from ...resolve.bindings import Bindings
from ...resolve.paths import Paths
from ...resolve.paths import above as folders_above

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:  # noqa: ARG001 - all resolvers are called alike
    """Edges of imports, and from structs and interfaces to what they embed."""
    resolver = _Resolver([f for f in files if f.language == "go"], [f for f in files if f.language == "gomod"])
    for file in resolver.files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from resolver.statement(file, statement)
    yield from resolver.bindings.edges(overrides=False)


class _Resolver:
    """The packages of a tree."""

    def __init__(self, files: list[SourceFile], manifests: list[SourceFile]) -> None:
        self.files = files
        self.bindings = Bindings(files)
        #: Files of each folder that are no tests.
        self.folders: dict[str, list[SourceFile]] = defaultdict(list)
        together: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file in files:
            folder = file.path.rpartition("/")[0]
            if not file.path.endswith("_test.go"):
                self.folders[folder].append(file)
            together[folder, _package(file)].append(file.path)
        for several in together.values():
            for path in several:
                self.bindings.peers(path, tuple(several))
        for folder, group in self.folders.items():
            self.folders[folder] = _importable(group)
        self.exported = {f.path: _exported(f) for f in files}
        self.declared = {f.path: _exported(f, methods=False) for f in files}
        self.modules: dict[str, list[str]] = defaultdict(list)
        self.replaced: dict[str, dict[str, str]] = {}
        for manifest in manifests:
            assert manifest.record is not None
            found, folder = json.loads(manifest.record.manifest), manifest.path.rpartition("/")[0]
            if "module" in found:
                self.modules[found["module"]].append(folder)
            self.replaced[folder] = {old: posixpath.normpath(posixpath.join(folder, new)) for old, new in found.get("replace", {}).items()}

        if not self.modules and (root := self._root()):
            self.modules[root].append("")

    def _root(self) -> str:
        """The path under which files of a tree without a ``go.mod`` import each other; empty where that is in doubt.

        All that is imported below such a path is in the tree, and that is two folders at least.
        """
        imported = {i.target for file in self.files if file.record is not None for i in file.record.imports}
        targets = sorted(target for target in imported if "." in target.partition("/")[0])
        below: dict[str, set[str]] = defaultdict(set)
        for target in targets:
            parts = target.split("/")
            inside = next((n for n in range(1, len(parts)) if "/".join(parts[n:]) in self.folders), 0)
            if inside:
                below["/".join(parts[:inside])].add(target)
        whole = [
            root for root, known in below.items()
            if len(known) > 1 and all(t in known or t == root for t in targets if t == root or t.startswith(f"{root}/"))
        ]  # fmt: skip
        return whole[0] if len(whole) == 1 else ""

    def statement(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        is_all = statement.names[:1] == (ImportedName("*"),)
        text = f'import {statement.alias + " " if statement.alias else "." + " " if is_all else ""}"{statement.target}"'
        folders = self.folders_of(file.path, statement.target)
        if len(folders) > 1:
            yield Missing.ambiguous(file.path, statement.line, "import", text, [self.folders[f][0].path for f in folders])
            return
        if not folders:
            standard = "." not in statement.target.split("/")[0]
            yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")
            return
        package = self.folders[folders[0]]
        targets = [f.path for f in package]
        name = statement.alias or _package(package[0]) or statement.target.rpartition("/")[2]
        if is_all:
            for path in targets:
                self.bindings.star(file.path, path)
        elif name != "_":
            self.bindings.bind(file.path, name, targets)
        chosen = self.chosen(file, package, statement)
        for path in chosen:
            yield Edge.stated(
                file.path, statement, path, "import", text, method="resolved" if len(chosen) == len(targets) else "text-match"
            )

    def chosen(self, file: SourceFile, package: list[SourceFile], statement: Import) -> list[str]:
        """The files of a package that a file needs."""
        if statement.alias == "_":
            found = [f.path for f in package if f.record is not None and any(s.name == "init" and s.parent < 0 for s in f.record.symbols)]
        else:
            used = {name.name for name in statement.names}
            found = [f.path for f in package if self.declared[f.path] & used]
            if not found:
                words = set(file.identifiers.split(" "))
                found = [f.path for f in package if self.exported[f.path] & words]
        if found:
            return found
        documented = [f.path for f in package if f.record is not None and f.record.doc]
        return documented[:1] or [package[0].path]

    def folders_of(self, path: str, target: str) -> list[str]:
        """Folders with the package that `target` names in the file at `path`."""
        above, host = path.rpartition("/")[0], target.partition("/")[0]
        if host in (".", ".."):
            inside = _joined(above, target)
            return [inside] if inside in self.folders else []
        while True:  # the nearest module, and what it replaces and keeps
            vendored = f"{above}/vendor/{target}".lstrip("/")
            if vendored in self.folders:
                return [vendored]
            if above.rpartition("/")[2] == "src" and "." in host and f"{above}/{target}" in self.folders:
                return [f"{above}/{target}"]
            for old, new in sorted(self.replaced.get(above, {}).items(), key=lambda item: -len(item[0])):
                if (target == old or target.startswith(old + "/")) and (inside := _joined(new, target[len(old) :])) in self.folders:
                    return [inside]
            if not above:
                break
            above = above.rpartition("/")[0]
        module = target
        while module:
            if module in self.modules:
                found = {m: f for m in self.modules[module] if (f := _joined(m, target[len(module) :])) in self.folders}
                own = next((m for m in folders_above(path) if m in found), None)  # of several modules of one name, that of the file
                if found:
                    return [found[own]] if own is not None else sorted(found.values())
            module = module.rpartition("/")[0]
        library = [_joined(m, target) for m in self.modules.get("std", ())] if "." not in host else []  # in Go's own tree
        return sorted(f for f in library if f in self.folders)


def _joined(folder: str, rest: str) -> str:
    return posixpath.normpath(posixpath.join(folder, rest.lstrip("/"))) if folder or rest.lstrip("/") else ""


def _package(file: SourceFile) -> str:
    assert file.record is not None
    return next((s.name for s in file.record.symbols if s.kind == "package"), "")


def _importable(group: list[SourceFile]) -> list[SourceFile]:
    """The files of a folder that others can import: programs that are run by hand (``//go:build ignore``) may lie beside them."""
    found = [file for file in group if _package(file) not in ("main", "documentation")]
    return found or group


def _exported(file: SourceFile, *, methods: bool = True) -> set[str]:
    """Names that other packages can use: those of the package, and methods."""
    assert file.record is not None
    return {s.name for s in file.record.symbols if s.visibility == "exported" and s.parent < 0 and (methods or not s.scope)}
