"""What structured texts name: files by their paths, folders by what describes these, packages of a workspace by their names.

A value that leads nowhere is no statement that something is missing: it may be a word like any other. Of several ways to read a path - from
the folder of the text, from the top of the tree, from a folder that its format knows - the first counts that leads to a file.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, Method
from ...resolve.asked import words
from ...resolve.paths import Paths, above

__all__ = ["may_ask_for", "resolve"]

#: What describes a folder, besides a file that is called as the one that names it.
_DESCRIBING = (
    "package.json", "Cargo.toml", "pyproject.toml", "pubspec.yaml", "kustomization.yaml", "kustomization.yml", "Chart.yaml",
    "tsconfig.json", "pom.xml", "action.yml", "action.yaml", "Dockerfile",
)  # fmt: skip
#: For some keys it is one of these.
_OF_KEYS = {
    **dict.fromkeys(("build", "context"), ("Dockerfile", "Containerfile")),
    **dict.fromkeys(("resources", "bases", "components"), ("kustomization.yaml", "kustomization.yml", "Kustomization")),
    "uses": ("action.yml", "action.yaml", "Dockerfile"), "repository": ("Chart.yaml",),
}  # fmt: skip
#: Where a folder is something that is needed as a whole, and not a place.
_OF_FOLDERS = frozenset((*_OF_KEYS, "path", "members", "workspaces", "packages", "references", "module", "projects", "project", "extends"))
_GLOBBED = frozenset(("members", "workspaces", "packages"))
_ROLES = frozenset(("role", "roles", "include_role", "import_role"))
#: Folders of a role of Ansible in which its tasks find what they name, and how a role begins.
_OF_ROLE = ("tasks", "templates", "files", "vars", "handlers")
_BEGINS = ("tasks/main.yml", "tasks/main.yaml", "meta/main.yml", "meta/main.yaml")
#: Chapters of books and programs without their suffix.
_SUFFIXES = {
    **dict.fromkeys(("file", "root", "nav", "chapters", "sections"), ("", ".md", ".rst", ".ipynb")), "extends": ("", ".json"),
}  # fmt: skip
_NEEDS = frozenset(("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"))
#: Whose commands run at the top of the tree.
_AT_TOP = (".github/", ".gitlab/", ".circleci/", ".forgejo/", ".gitea/", ".buildkite/")
_NAME_KEYS = ("name", "project.name", "tool.poetry.name", "package.name")
_MOST = 500


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each value that names a file, and for each template that another file defines."""
    resolver = _Resolver(files, paths)
    for file in files:
        if "generated" not in file.labels:
            yield from resolver.statements(file)


def may_ask_for(paths: AbstractSet[str], folders: AbstractSet[str], asked: Mapping[str, int]) -> bool:
    """Whether paths and folders that come or go can make a value mean something else: those of which a name is a word of some file."""
    names = {path.rpartition("/")[2] for path in paths}
    known = {
        "pnpm-workspace.yaml",
        "lerna.json",
        *_DESCRIBING,
        *(name for some in _OF_KEYS.values() for name in some),
        *(begins.rpartition("/")[2] for begins in _BEGINS),
    }
    return bool(folders or names & known) or any(asked.keys() >= words(name.partition(".")[0] or name) for name in names)


class _Resolver:
    """The structured texts of a tree."""

    def __init__(self, files: list[SourceFile], paths: Paths) -> None:
        self.files, self.paths = {file.path: file for file in files}, paths
        self.shared: dict[str, dict[str, str]] = {}

    def statements(self, file: SourceFile) -> Iterator[Edge | Missing]:
        """What a file names."""
        assert file.record is not None
        for statement in file.record.imports:
            if statement.alias == "template" and "/" not in statement.target:
                yield from self.template(file, statement)
                continue
            method: Method = "text-match" if statement.alias in ("run", *_NEEDS) else "resolved"
            for target in dict.fromkeys(self.targets(file.path, statement)):
                if target != file.path:
                    yield Edge.stated(file.path, statement, target, "import", f"{statement.alias} {statement.target}", method)

    def targets(self, path: str, statement: Import) -> Iterable[str]:
        """The files that a value means."""
        key, target = statement.alias, statement.target
        if key in _NEEDS:
            return self.package(path, target)
        if key == "workspace":
            return self.of_workspace(path, target)
        if key in _ROLES and not target.startswith("."):
            return self.role(path, target)
        if "*" in target:
            return self.globbed(path, target) if key in _GLOBBED else ()
        if key == "uses" and not target.startswith("./"):
            return ()
        for folder in self.folders(path, key):
            found = self.at(posixpath.normpath(posixpath.join(folder, target)), path, key)
            if found:
                return (found,)
        return ()

    def folders(self, path: str, key: str) -> list[str]:
        """Where a path may count from, in the order in which it is looked for."""
        folder = path.rpartition("/")[0]
        if path.startswith(_AT_TOP):
            return ["", folder] if key != "extends" else [folder, ""]
        found = [folder]
        if key == "nav":
            found.append(f"{folder}/docs" if folder else "docs")
        parts = folder.split("/")
        of_role = next((n for n in range(len(parts) - 1, 0, -1) if parts[n] in _OF_ROLE), 0)
        if of_role:
            found += ["/".join((*parts[:of_role], name)) for name in _OF_ROLE]
        return found if key != "run" else [*found, ""]

    def at(self, place: str, path: str, key: str) -> str:
        """The file at a place, or the one that describes the folder there."""
        for suffix in _SUFFIXES.get(key, ("",)):
            if place + suffix in self.paths.files:
                return place + suffix
        place = "" if place == "." else place
        if key not in _OF_FOLDERS or place not in self.paths.folders:
            return ""
        names = _OF_KEYS.get(key) or (path.rpartition("/")[2], *_DESCRIBING)
        return next((found for name in names if (found := f"{place}/{name}".lstrip("/")) in self.paths.files), "")

    def globbed(self, path: str, pattern: str) -> list[str]:
        """What describes the folders that a pattern matches."""
        folder, _, name = path.rpartition("/")
        names = (name,) if name in _DESCRIBING else ("package.json",)
        pattern = posixpath.normpath(posixpath.join(folder, pattern)).removesuffix("/**")
        parts = [".*" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("/")]
        matches = re.compile("/".join(parts) + ("(?:/.*)?" if pattern.endswith("**") else "")).fullmatch
        return [found for one in names for found in self.paths.ending(one) if matches(found.rpartition("/")[0])][:_MOST]

    def role(self, path: str, name: str) -> list[str]:
        """Where a role of Ansible begins: of those in a folder ``roles`` beside or above a file, the nearest."""
        for folder in above(path):
            for place in (f"{folder}/roles/{name}", f"{folder}/{name}" if folder.endswith("roles") else ""):
                found = next((p for b in _BEGINS if place and (p := f"{place}/{b}".lstrip("/")) in self.paths.files), None)
                if found is not None:
                    return [found]
        return []

    @cached_property
    def packages(self) -> dict[str, list[str]]:
        """The manifests of packages, by the names of their files and of themselves: ``package.json:core``."""
        found: dict[str, list[str]] = defaultdict(list)
        for path, file in self.files.items():
            name = path.rpartition("/")[2]
            if name in ("package.json", "pyproject.toml") and file.record is not None:
                called = next((value for key, value, _ in file.record.values if key in _NAME_KEYS), "")
                found[f"{name}:{called}"].append(path)
        return found

    def package(self, path: str, name: str) -> list[str]:
        """The one package of the workspace around a manifest that has a name."""
        manifest = path.rpartition("/")[2]
        found = [p for p in self.packages.get(f"{manifest}:{name}", ()) if p != path]
        if len(found) != 1:
            return []
        root = next((folder for folder in above(path) if self.is_workspace(folder)), None)
        return found if root is not None and found[0].startswith(f"{root}/" if root else "") else []

    def is_workspace(self, folder: str) -> bool:
        """Whether packages below a folder find each other."""
        within = [f"{folder}/{name}".lstrip("/") for name in ("pnpm-workspace.yaml", "lerna.json", "package.json", "pyproject.toml")]
        if within[0] in self.paths.files or within[1] in self.paths.files:
            return True
        files = [file for path in within[2:] if (file := self.files.get(path)) is not None and file.record is not None]
        return any("workspace" in key for file in files for key, _, _ in (file.record.values if file.record is not None else ()))

    def of_workspace(self, path: str, name: str) -> list[str]:
        """The package that a workspace around a manifest has under a name."""
        if path.rpartition("/")[2] == "pyproject.toml":
            return self.package(path, name)
        for folder in above(path):
            root = f"{folder}/Cargo.toml".lstrip("/")
            place = self.shared_by(root).get(name)
            if place is not None:
                found = posixpath.normpath(posixpath.join(folder, place, "Cargo.toml"))
                return [found] if found in self.paths.files else []
        return []

    def shared_by(self, root: str) -> dict[str, str]:
        """Where the dependencies lie that a manifest of Cargo shares with the members of its workspace."""
        if root not in self.shared:
            file = self.files.get(root)
            values = file.record.values if file is not None and file.record is not None else []
            begins, ends = "workspace.dependencies.", ".path"
            self.shared[root] = {
                key.removeprefix(begins).removesuffix(ends): value
                for key, value, _ in values
                if key.startswith(begins) and key.endswith(ends)
            }
        return self.shared[root]

    @cached_property
    def defined(self) -> dict[str, list[tuple[str, int]]]:
        """The templates that files define, by name."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path, file in self.files.items():
            for index, symbol in enumerate(file.record.symbols if file.record is not None else ()):
                if symbol.kind == "macro":
                    found[symbol.name].append((path, index))
        return found

    def template(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        """Of several definitions, that in the same chart; those of charts within it count as its own."""
        text, found = f"include {statement.target}", self.defined.get(statement.target, [])
        if len(found) > 1:
            chart = next((f"{folder}/" for folder in above(file.path) if f"{folder}/Chart.yaml".lstrip("/") in self.paths.files), "")
            found = [place for place in found if place[0].startswith(chart)] or found
        if not found:
            yield Missing(file.path, statement.line, "import", text)
        elif len(found) > 1:
            yield Missing.ambiguous(file.path, statement.line, "import", text, sorted({path for path, _ in found}))
        elif found[0][0] != file.path:
            yield Edge.stated(file.path, statement, found[0][0], "import", text, target_symbol=found[0][1])
