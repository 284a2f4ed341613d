"""Which files sheets load: from their own folder, from one around them, as Sass and Less are told to look in these, else the nearest."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

_ELSEWHERE = re.compile(r"(?!pkg:)[A-Za-z][\w+.-]*:|//")
#: What belongs to Sass itself.
_OF_SASS = "sass:"
_FROM_PACKAGES = re.compile(r"~|pkg:")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that a sheet loads or shows; what is loaded and is not there is missing."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from _loaded(file, statement, paths)


def _loaded(file: SourceFile, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    target = statement.target
    is_url = statement.kind in ("listed", "import_url")
    text = f"url({target})" if statement.kind == "listed" else f"{'import' if is_url else statement.kind} {target}"
    if target.startswith(_OF_SASS):
        yield Missing(file.path, statement.line, "import", text, "standard library")
        return
    found = "" if _ELSEWHERE.match(target) else _found(file.path, file.language, re.split(r"[?#]", target, maxsplit=1)[0], is_url, paths)
    if found and found != file.path:
        yield Edge.stated(file.path, statement, found, "import", text)
    elif not found and statement.kind != "listed":
        yield Missing(file.path, statement.line, "import", text)


def _found(path: str, language: str, target: str, is_url: bool, paths: Paths) -> str:
    folder = path.rpartition("/")[0]
    if is_url or language == "css":
        return paths.relative(folder, unquote(target)) or ""
    ways = _ways(language, _FROM_PACKAGES.sub("", target))
    near = "" if _FROM_PACKAGES.match(target) else next((one for way in ways if (one := paths.relative(folder, way))), "")
    if near or target.startswith("."):
        return near
    if not _FROM_PACKAGES.match(target):
        near = next((one for around in above(path) for way in ways if (one := paths.relative(around, way))), "")
    return near or next((one for way in ways if "/" in target and (one := paths.nearest(path, way))), "")


def _ways(language: str, target: str) -> list[str]:
    """The paths that a name may stand for, in the order in which they are looked for."""
    if language == "less":
        return [target] if target.endswith((".less", ".css")) else [f"{target}.less", target]
    folder, name = posixpath.split(target)
    if name.endswith((".scss", ".sass", ".css")):
        return [posixpath.join(folder, one) for one in (name, f"_{name}")]
    return [
        *(posixpath.join(folder, f"{begin}{name}{ending}") for ending in (".scss", ".sass", ".css") for begin in ("", "_")),
        *(posixpath.join(target, f"{begin}index{ending}") for ending in (".scss", ".sass") for begin in ("", "_")),
    ]
