"""Modules of Terraform: a path from the file that names it is a folder, of which the main file is meant, or the first."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that lies in the tree."""
    folders: dict[str, list[str]] = defaultdict(list)
    for file in files:
        folders[file.path.rpartition("/")[0]].append(file.path)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text = f"{statement.kind} {statement.target}"
            folder = posixpath.normpath(posixpath.join(file.path.rpartition("/")[0], statement.target))
            here = sorted(folders.get("" if folder == "." else folder, ())) if statement.target.startswith(("./", "../")) else []
            if not here:
                yield Missing(file.path, statement.line, "import", text)
                continue
            main = paths.relative(folder, "main.tf")
            target = main if main in here else here[0]
            if target is not None and target != file.path:
                yield Edge.stated(file.path, statement, target, "import", text)
