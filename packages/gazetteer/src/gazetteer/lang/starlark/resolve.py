"""Labels of Bazel and Buck: files of packages, and targets in the file that declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.near import Near, Stated
from ...resolve.paths import Paths

__all__ = ["near", "resolve"]

_BUILD = ("BUILD.bazel", "BUILD", "BUCK", "TARGETS")
_ROOTS = ("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", ".buckconfig")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges for what is loaded, built from and depended on; labels of other repositories are missing, those of the file itself no edges."""
    targets = {
        (f.path, s.name): i for f in files if f.record is not None for i, s in enumerate(f.record.symbols) if s.kind == "target"
    }  # fmt: skip
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from _one(file, statement, paths, targets)


def near(files: Mapping[str, SourceFile], paths: Paths, config: Config) -> Near:
    """What `resolve` finds, for few files: these are looked at with all others, which have the targets."""
    return Stated(lambda path: (found for found in resolve(list(files.values()), paths, config) if found.source == path))


def _one(file: SourceFile, statement: Import, paths: Paths, targets: dict[tuple[str, str], int]) -> Iterator[Edge | Missing]:
    label, here = statement.target, file.path.rpartition("/")[0]
    kind = {"load": "import"}.get(statement.kind, "build")
    text = f'load("{label}")' if statement.kind == "load" else label
    if label.startswith("@") and not label.startswith(("@//", "@@//")):
        yield Missing(file.path, statement.line, kind, text)
        return
    label = label.lstrip("@")
    root = _root(here, paths)
    if label.startswith("//"):
        package, _, name = label[2:].partition(":")
        name = name or package.rpartition("/")[2]
        folder = "/".join(filter(None, (root, package)))
    else:
        folder, name = here, label.removeprefix(":")
    found = paths.relative(folder, name)
    if found is None and statement.kind == "listed":  # lists that several packages load begin at the root
        found = paths.relative(root, name)
    index = -1
    if statement.kind == "dependency" or (found is None and statement.kind != "listed"):
        asks = file.path.rpartition("/")[2]  # files of a name belong together: Buck's `BUCK.oss` beside Bazel's `BUILD.bazel`
        names = _BUILD if asks.endswith(".bzl") else (asks, *_BUILD)
        built = next((b for b in names if "/".join(filter(None, (folder, b))) in paths.files), None)
        path = "/".join(filter(None, (folder, built))) if built is not None else ""
        if (path, name) in targets:
            found, index = path, targets[path, name]
    if found is None:
        if statement.kind != "listed" and (statement.kind != "sources" or label.startswith("//")):
            yield Missing(file.path, statement.line, kind, text)
    elif found != file.path:
        yield Edge.stated(file.path, statement, found, kind, text, target_symbol=index)
    elif index >= 0:
        yield Missing(file.path, statement.line, kind, text, "a target of this file")


def _root(folder: str, paths: Paths) -> str:
    """The folder of the workspace around a folder; the root of the tree where none says so."""
    while folder:
        if any(f"{folder}/{name}" in paths.files for name in _ROOTS):
            return folder
        folder = folder.rpartition("/")[0]
    return ""
