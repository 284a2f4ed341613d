"""What files of C, C++ and CUDA have to do with each other: includes, modules, definitions of what others declare, bases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.asked import words
from ...resolve.paths import Paths
from .includes import include_edges
from .joins import Near, joins
from .modules import module_edges

__all__ = ["may_ask_for", "resolve"]


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """Edges of all files of the family, and includes that mean no file of the tree or more than one."""
    near: Near = defaultdict(set)
    for found in include_edges(files, paths, config):  # of a large tree, they are too many to be held
        if isinstance(found, Edge):
            near[found.source].add(found.target)
        yield found
    yield from module_edges(files)
    yield from joins(files, near)


def may_ask_for(paths: AbstractSet[str], _folders: AbstractSet[str], asked: Mapping[str, int]) -> bool:
    """Whether a file may include one of the paths that come or go: what it writes ends with the name of the file."""
    return any(all(asked.get(word) for word in words(path.rpartition("/")[2])) for path in paths)
