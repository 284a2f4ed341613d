"""What CMake and make bring in: modules, subfolders, lists of sources, makefiles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.near import Near, Stated
from ...resolve.paths import Paths, above
from .own import OWN

__all__ = ["near", "resolve"]

_HERE = re.compile(r"\$\{(?:CMAKE_CURRENT_SOURCE_DIR|CMAKE_CURRENT_LIST_DIR)\}/")
_TOP = re.compile(r"\$\{(?:CMAKE_SOURCE_DIR|PROJECT_SOURCE_DIR)\}/")
#: A module in a folder that is called as those for modules are.
_OF_MODULES = re.compile(r"(?:cmake|modules?)[^/]*/[^/]+\Z", re.IGNORECASE)
_VARIABLE = re.compile(r"\$[({@]|\$ENV|@\w+@|\*")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of list files and makefiles; of paths with variables that only a run knows, nothing is said."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from _one(file, statement, paths)


def near(files: Mapping[str, SourceFile], paths: Paths, config: Config) -> Near:
    """What `resolve` finds, for few files."""
    return Stated(lambda path: resolve([files[path]], paths, config))


def _one(file: SourceFile, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    kind, folder = statement.kind, file.path.rpartition("/")[0]
    weak = bool(statement.condition) or statement.local
    places, target = _places(folder, statement.target)
    if _VARIABLE.search(target):
        return
    if kind in ("sources", "listed"):
        found = _first(places, target, paths)
        if found is not None and found != file.path:
            yield Edge.stated(file.path, statement, found, "build", statement.target, weak=weak)
        return
    text, names, edge = f"{kind} {statement.target}", [target], "include"
    if file.language == "cmake":
        text = f"{'add_subdirectory' if kind == 'subdirectory' else kind}({statement.target})"
        if kind == "subdirectory":
            names, edge = [f"{target}/CMakeLists.txt"], "build"
        elif kind == "find_package":
            names = [f"Find{target}.cmake"]
        elif not target.endswith((".cmake", ".txt", ".in")):
            names = [f"{target}.cmake"]
    found = _first(places, names[0], paths)
    if found is None and file.language == "cmake" and kind != "subdirectory" and "/" not in names[0]:
        anywhere = _modules(folder, names[0], paths)
        if len(anywhere) > 1:
            yield Missing.ambiguous(file.path, statement.line, edge, text, anywhere)
            return
        found = anywhere[0] if anywhere else None
    if found is None:
        yield Missing(file.path, statement.line, edge, text)
    elif found != file.path:
        yield Edge.stated(file.path, statement, found, edge, text, weak=weak)


def _modules(folder: str, name: str, paths: Paths) -> list[str]:
    """The modules of a name that a list in a folder may find: the one of a project around it, else all.

    Where the path of modules leads, only a run knows. But CMake has modules of its own, and theirs are the ones that are found unless the
    project has one of the name among its modules.
    """
    found = paths.ending(name)
    around = above(f"{folder}/")
    seen = [path for path in found if _project(path, paths) in around]
    if name.removesuffix(".cmake") in OWN:
        return [path for path in seen if _OF_MODULES.search(path)]
    return seen if len(seen) == 1 else found


def _project(path: str, paths: Paths) -> str:
    """The folder of the lists to which a module belongs: the nearest above its own that has one."""
    return next((folder for folder in above(path)[1:] if paths.relative(folder, "CMakeLists.txt") is not None), "")


def _places(folder: str, target: str) -> tuple[list[str], str]:
    """Folders in which a path may lie, and the path without the variable that names one of them."""
    if _HERE.match(target):
        return [folder], _HERE.sub("", target, count=1)
    if _TOP.match(target):
        above = [""]
        while folder:
            above.insert(1, folder)
            folder = folder.rpartition("/")[0]
        return above, _TOP.sub("", target, count=1)
    return ([folder, ""] if folder else [""]), target


def _first(places: list[str], target: str, paths: Paths) -> str | None:
    return next((path for place in places if (path := paths.relative(place, target)) is not None), None)
