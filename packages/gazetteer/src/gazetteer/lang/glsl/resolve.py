"""Includes of GLSL and HLSL: paths from the file, from the top of the tree, or from a root that no file names."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is included and lies in the tree; of what a bundler is asked for, only what has a path."""
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        for statement in file.record.imports:
            target = statement.target.lstrip("/")
            if statement.kind == "require":
                text, ways = f"require({statement.target})", (target, f"{target}.glsl") if target.startswith(".") else ()
                found = [path for way in ways if (path := paths.relative(folder, way)) is not None][:1]
            else:
                text = f"#{statement.kind.partition('_')[0]} {statement.target}"
                found = paths.beside_or_meant(file.path, target)
            yield from led(file, statement, text, found, is_standard=False, weak=bool(statement.condition))
