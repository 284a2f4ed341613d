"""Projects and scripts that scripts of Gradle name.

The path of a project counts from the folder of the nearest ``settings.gradle`` above; where its folder is said elsewhere, the one folder of
the build that is called so is meant, by text-match. A variable at the beginning of the path of a script stands for that top, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, Method
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_TOP = re.compile(r"(?:\$\{?(?:rootDir|rootProject\.(?:projectDir|rootDir)|project\.rootDir)\}?/)(.*)")
_ENDINGS = (".gradle", ".gradle.kts")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each project and script of the tree."""
    for file in files:
        assert file.record is not None
        top = next((folder for folder in above(file.path) if any(_in(folder, name) in paths.files for name in _SETTINGS)), "")
        for statement in file.record.imports:
            yield from _one(file.path, statement, top, paths)


def _one(path: str, statement: Import, top: str, paths: Paths) -> Iterator[Edge | Missing]:
    (folder, _, name), target, word = path.rpartition("/"), statement.target, statement.alias
    text = word if word.startswith("projects.") else f'{word} "{target}"'
    method: Method = "resolved"
    if word.startswith("include") and name not in _SETTINGS:
        return  # patterns of files
    if word == "apply":
        from_top = _TOP.fullmatch(target)
        if "$" in (from_top[1] if from_top else target) or "://" in target:
            return
        found = paths.relative(top, from_top[1]) if from_top else paths.relative(folder, target) or paths.relative(top, target)
    elif word == "includeBuild":
        found = next((f for name in _SETTINGS if (f := paths.relative(posixpath.normpath(posixpath.join(folder, target)), name))), None)
    else:
        found, method = _project(target, folder if word == "include" else top, paths)
    if found is None:
        yield Missing(path, statement.line, "build", text)
    elif found != path:
        yield Edge.stated(path, statement, found, "build", text, method)


def _project(name: str, top: str, paths: Paths) -> tuple[str | None, Method]:
    """The script of a project: that of the folder in which it lies, or of the one folder that is called as it is."""
    parts = [part for part in re.split(r"[:/]", name) if part]
    place = _in(top, "/".join(parts))
    for folder in (place, place.rstrip("/")):
        found = _script(folder, parts[-1] if parts else "", paths)
        if found is not None:
            return found, "resolved"
    if not parts:
        return None, "resolved"
    last = parts[-1]
    some = {
        _script(p.rpartition("/")[0], last, paths) for end in _ENDINGS for n in ("build", last) for p in paths.ending(f"{last}/{n}{end}")
    }
    within = sorted({p for p in some if p is not None and p.startswith(f"{top}/" if top else "")})
    return (within[0], "text-match") if len(within) == 1 else (None, "resolved")


def _script(folder: str, name: str, paths: Paths) -> str | None:
    """What builds a project that lies in a folder."""
    names = [f"{called}{ending}" for called in ("build", name) if called for ending in _ENDINGS]
    return next((path for called in names if (path := _in(folder, called)) in paths.files), None)


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
