"""Which files Erlang names: headers beside a file or in ``include`` folders, and modules by the files that are called as they are."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths, above

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each header that is included and each module that is used and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            target = statement.target
            if statement.kind == "include":
                found = _header(file.path, target, paths)
            elif statement.kind == "include_lib":  # an application, and a path in it
                found = paths.meant(file.path, (target,)) or _header(file.path, target.partition("/")[2], paths)
            else:
                found = paths.meant(file.path, (f"{target}.erl", f"src/{target}.erl"))
            if statement.kind != "listed":
                yield from led(file, statement, f"{statement.kind} {target}", found, False)
            elif len(found) == 1 and found[0] != file.path:
                yield Edge.stated(file.path, statement, found[0], "import", f"{target}:{statement.alias}")


def _header(path: str, target: str, paths: Paths) -> list[str]:
    """The header of a name: beside the file that includes it, in the nearest ``include``, else the nearest."""
    if not target:
        return []
    for folder in above(path):
        for place in (folder, f"{folder}/include".lstrip("/"), f"{folder}/src".lstrip("/")):
            found = paths.relative(place, target)
            if found is not None:
                return [found]
    return paths.meant(path, (target,))
