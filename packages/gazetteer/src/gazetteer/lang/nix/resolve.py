"""Which files paths of Nix mean: a folder that is imported stands for its ``default.nix``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that a path names; what is imported and is not there is missing."""
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        for statement in file.record.imports:
            target = statement.target
            text = target if statement.kind == "listed" else f"{statement.kind} {target}"
            found = None if target.startswith("<") else paths.relative(folder, target) or _default(folder, target, paths)
            if found is None:
                if statement.kind != "listed":
                    yield Missing(file.path, statement.line, "import", text)
            elif found != file.path:
                yield Edge.stated(file.path, statement, found, "import", text)


def _default(folder: str, target: str, paths: Paths) -> str | None:
    return paths.relative(posixpath.join(folder, target), "default.nix")
