"""Imports of Zig: files by their path from the one that imports them; packages by name, which no file of the tree says where they lie."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

_STANDARD = frozenset(("std", "builtin"))


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is imported and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text = f'@import("{statement.target}")'
            found = paths.relative(file.path.rpartition("/")[0], statement.target) if "." in statement.target else None
            yield from led(file, statement, text, [found] if found is not None else [], statement.target in _STANDARD)
