"""All edges of a tree, from the resolvers of its languages; their inverse; mentions in tests; ranks."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TypeVar

from ..atlas import Atlas, Edge, Missing, folders_of
from ..config import Config
from ..gather import SourceFile
from ..rank import rank
from .declared import licences, owners
from .mentions import mentions
from .paths import Paths

__all__ = ["resolve"]

#: Which resolver reads the imports of a language: ``resolve(files, paths, config)`` gives edges and what is missing.
_RESOLVERS = {
    "go": "gazetteer.lang.go.resolve",
    "javascript": "gazetteer.lang.javascript.resolve",
    "rust": "gazetteer.lang.rust.resolve",
    "tsx": "gazetteer.lang.javascript.resolve",
    "typescript": "gazetteer.lang.javascript.resolve",
    "c": "gazetteer.lang.cpp.resolve",
    "cpp": "gazetteer.lang.cpp.resolve",
    "cuda": "gazetteer.lang.cpp.resolve",
    "objc": "gazetteer.lang.cpp.resolve",
    "objcpp": "gazetteer.lang.cpp.resolve",
    "python": "gazetteer.lang.python.resolve",
    "java": "gazetteer.lang.java.resolve",
    "kotlin": "gazetteer.lang.java.resolve",
    "csharp": "gazetteer.lang.csharp.resolve",
    "php": "gazetteer.lang.php.resolve",
    "ruby": "gazetteer.lang.ruby.resolve",
    "bash": "gazetteer.lang.bash.resolve",
    "cmake": "gazetteer.lang.cmake.resolve",
    "makefile": "gazetteer.lang.cmake.resolve",
    "starlark": "gazetteer.lang.starlark.resolve",
    "markdown": "gazetteer.lang.markdown.resolve",
    "rst": "gazetteer.lang.markdown.resolve",
}

#: Languages of the manifests that a resolver reads besides; their files come with the others, where there are any.
_MANIFESTS = {
    "gazetteer.lang.go.resolve": "gomod",
    "gazetteer.lang.javascript.resolve": "json",
    "gazetteer.lang.rust.resolve": "toml",
}

T = TypeVar("T", Edge, Missing)
Resolver = Callable[[list[SourceFile], Paths, Config], Iterable[Edge | Missing]]


def resolve(name: str, files: list[SourceFile], config: Config, rev: str = "") -> Atlas:
    """The atlas of a tree.

    Parameters
    ----------
    name : str
        What the tree is called.
    files : list of SourceFile
        From `gather`, sorted by path.
    config : Config
        Roots of includes and packages, patterns of tests.
    rev : str
        The revision, for links to the source.
    """
    atlas = Atlas(name, {f.path: f for f in files}, folders_of([f.path for f in files], {f.path: f.scan.counts.lines for f in files}), rev)
    records = {f.path: f.record for f in files if f.record is not None}
    paths = Paths(atlas.files, records)
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        if file.record is not None and file.language in _RESOLVERS:
            groups[_RESOLVERS[file.language]].append(file)
    edges: dict[str, list[Edge]] = {}
    missing: dict[str, list[Missing]] = {}
    for module, group in sorted(groups.items()):
        resolver: Resolver = importlib.import_module(module).resolve
        group += [f for f in files if f.record is not None and f.record.manifest and f.language == _MANIFESTS.get(module)]
        for found in resolver(group, paths, config):
            if found.__class__ is Edge:
                edges.setdefault(found.source, []).append(found)
            else:
                missing.setdefault(found.source, []).append(found)  # type: ignore[arg-type]
    atlas.edges_from, atlas.missing = _sorted(edges), _sorted(missing)
    for several in atlas.edges_from.values():
        for edge in several:
            atlas.edges_to.setdefault(edge.target, []).append(edge)
    atlas.owners, atlas.licences = owners(records), licences(records)
    atlas.tests = mentions(files, config)
    atlas.rank = rank(list(atlas.files), chain.from_iterable(atlas.edges_from.values()))
    return atlas


def _sorted(found: dict[str, list[T]]) -> dict[str, list[T]]:
    """What was found in each file, in order and each once; many short lists are sorted faster than a long one."""
    return {source: sorted(set(several)) if len(several) > 1 else several for source, several in sorted(found.items())}
