"""Modules of Terraform: a path from the file that names it is a folder, of which the main file is meant, or the first."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, Method
from ...resolve.paths import Paths

__all__ = ["resolve"]

#: What stands for the folder of the file.
_OF_MODULE = "${path.module}"


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that lies in the tree."""
    folders: dict[str, list[str]] = defaultdict(list)
    for file in files:
        folders[file.path.rpartition("/")[0]].append(file.path)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind == "listed":
                yield from _read(file.path, statement, paths)
                continue
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


def _read(path: str, statement: Import, paths: Paths) -> Iterator[Edge]:
    """The file that a function reads: from the folder of its module, where it says so, else that may be another one."""
    of_module = statement.target.startswith(_OF_MODULE)
    found = paths.relative(path.rpartition("/")[0], statement.target.removeprefix(_OF_MODULE).lstrip("/"))
    if found is not None and found != path:
        method: Method = "resolved" if of_module else "text-match"
        yield Edge.stated(path, statement, found, "import", f"{statement.alias} {statement.target}", method)
