"""To which files imports of R lead: what ``source`` reads, and the ``DESCRIPTION`` of packages that lie in the tree."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

#: Packages that come with R.
_STANDARD = frozenset((
    "base", "compiler", "datasets", "grDevices", "graphics", "grid", "methods", "parallel", "splines", "stats", "stats4", "tcltk", "tools",
    "utils",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is read, and for each package that lies in the tree in a folder of its name."""
    packages = _packages(paths)
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        for statement in file.record.imports:
            text, target = f"{statement.kind} {statement.target}", statement.target
            if statement.kind in ("source", "sys.source"):
                read = paths.beside(folder, target)
                found = [read] if read is not None else []
            else:
                found = packages.get(target) or paths.meant(file.path, (f"{target}/DESCRIPTION",))
            yield from led(file, statement, text, found, target in _STANDARD, weak=statement.local)


def _packages(paths: Paths) -> dict[str, list[str]]:
    """The descriptions of the packages of the tree, by the names that these give."""
    found: dict[str, list[str]] = {}
    for path in paths.ending("DESCRIPTION"):
        record = paths.records.get(path)
        for key, value, _ in record.values if record is not None else ():
            if key == "Package":
                found.setdefault(value, []).append(path)
    return found
