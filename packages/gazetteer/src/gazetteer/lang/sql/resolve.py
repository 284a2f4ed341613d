"""To which files the scripts lead that a client of SQL is told to read: beside the one that says so, else the nearest that ends so."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each script that is read and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text, target = f"{statement.kind} {statement.target}", statement.target
            if statement.kind == "extension":
                target = f"{target}.control"
            yield from led(file, statement, text, paths.beside_or_meant(file.path, target), is_standard=False)
