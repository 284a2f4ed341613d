"""Imports of Protocol Buffers: paths from a root that no file names; the nearest file that ends so is meant."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is imported and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text, target = f"{statement.kind} {statement.target}", statement.target
            root = paths.relative("", target)
            found = [root] if root is not None else paths.meant(file.path, (target,))
            is_standard = target.startswith("google/protobuf/")
            yield from led(file, statement, text, found, is_standard)
