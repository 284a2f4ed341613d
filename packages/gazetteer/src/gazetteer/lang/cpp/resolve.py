"""What files of C, C++ and CUDA have to do with each other: includes, modules, definitions of what others declare, bases."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.paths import Paths
from .includes import include_edges
from .joins import joins
from .modules import module_edges

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """Edges of all files of the family, and includes that mean no file of the tree or more than one."""
    includes = list(include_edges(files, paths, config))
    yield from includes
    yield from module_edges(files)
    yield from joins(files, (e for e in includes if isinstance(e, Edge)))
