"""Folders that Meson goes on with, and the files that it names: beside the file that names them."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths, above

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each folder and file; texts that are no files of the tree are texts."""
    for file in files:
        assert file.record is not None
        folder = file.path.rpartition("/")[0]
        for statement in file.record.imports:
            if statement.kind == "listed":
                found = paths.relative(folder, statement.target)
                if found is not None and found != file.path:
                    yield Edge.stated(file.path, statement, found, "build", statement.target)
                continue
            word = "subdir" if statement.kind == "subdirectory" else statement.kind
            text, places = f"{word}('{statement.target}')", [(folder, f"{statement.target}/meson.build")]
            if word == "subproject":
                within = [f"{above_it}/subprojects".lstrip("/") for above_it in above(file.path)]
                places = [(place, f"{statement.target}{rest}") for place in within for rest in ("/meson.build", ".wrap")]
            found = next((one for place in places if (one := paths.relative(*place)) is not None), None)
            if found is not None:
                yield Edge.stated(file.path, statement, found, "build", text)
            elif "@" not in statement.target:
                yield Missing(file.path, statement.line, "build", text)
