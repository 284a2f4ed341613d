"""Which files of QML are used: a component is the file of its name beside the one that uses it, or in a folder that this imports."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each component and script of the tree; modules, which others provide, are missing."""
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        within = {"": [folder]}
        for statement in file.record.imports:
            if statement.kind == "directory":
                place = posixpath.normpath(posixpath.join(folder, statement.target))
                within.setdefault(statement.alias, []).append("" if place == "." else place)
        for statement in file.record.imports:
            text = f"{statement.alias or statement.kind} {statement.target}"
            if statement.kind == "listed":
                alias, _, name = statement.target.rpartition(".")
                found = next((one for place in within.get(alias, ()) if (one := paths.relative(place, f"{name}.qml"))), None)
            elif statement.kind == "directory":
                text = f'import "{statement.target}"'
                found = paths.relative(folder, statement.target) or paths.relative(posixpath.join(folder, statement.target), "qmldir")
                if found is None and posixpath.normpath(posixpath.join(folder, statement.target)) in paths.folders:
                    continue
            else:
                text, found = f"import {statement.target}", None
            if found is not None and found != file.path:
                yield Edge.stated(file.path, statement, found, "import", text)
            elif found is None and statement.kind != "listed":
                yield Missing(file.path, statement.line, "import", text)
