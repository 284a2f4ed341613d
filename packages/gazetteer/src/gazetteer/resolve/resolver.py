"""All edges of a tree, from the resolvers of its languages; their inverse; mentions in tests; ranks."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import TypeVar

import msgspec
from msgspec import Struct

from ..atlas import Atlas, Declared, Edge, Missing, folders_of
from ..config import Config
from ..gather import SourceFile
from ..parallel import Meanwhile
from ..rank import rank
from ..sharing import Sharing
from ..store import ENCODE
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
Names = Mapping[str, Iterable[str]] | None
Resolver = Callable[[list[SourceFile], Paths, Config], Iterable[Edge | Missing]]


class _Resolved(Struct, array_like=True):
    """What is known of a tree once its edges are: plain data, since another process may have found it."""

    edges: dict[str, list[Edge]]
    missing: dict[str, list[Missing]]
    owners: dict[str, Declared]
    licences: dict[str, Declared]
    rank: dict[str, float]


_resolved_of = msgspec.msgpack.Decoder(_Resolved).decode


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
    atlas = unresolved(name, files, rev)
    resolve_into(atlas, config)
    return atlas


def unresolved(name: str, files: list[SourceFile], rev: str = "") -> Atlas:
    """The atlas of a tree as it is before `resolve_into`: with files and folders alone."""
    return Atlas(name, {f.path: f for f in files}, folders_of([f.path for f in files], {f.path: f.scan.counts.lines for f in files}), rev)


def resolve_into(atlas: Atlas, config: Config, jobs: int = 1, meanwhile: Callable[[], Names] = lambda: None) -> None:
    """Find edges and what else rests on all files.

    Parameters
    ----------
    atlas : Atlas
        From `unresolved`.
    config : Config
        See `resolve`.
    jobs : int
        With more than one, another process finds edges.
    meanwhile : callable
        What can be done before edges are known; it may give what `mentions` takes.
    """
    with Meanwhile(lambda: ENCODE(_resolved(atlas, config)), jobs > 1) as other:
        names = meanwhile()
        atlas.tests = mentions(list(atlas.files.values()), config, names)
        value = other.get()
    found = _resolved(atlas, config) if value is None else _shared(_resolved_of(value), atlas.files)
    atlas.edges_from, atlas.missing, atlas.rank = found.edges, found.missing, found.rank
    for several in found.edges.values():
        for edge in several:
            atlas.edges_to.setdefault(edge.target, []).append(edge)
    atlas.owners, atlas.licences = found.owners, found.licences


def _resolved(atlas: Atlas, config: Config) -> _Resolved:
    files = atlas.files.values()
    share = Sharing().of
    for file in files:
        file.unpack(share)  # resolvers look at any of them, in any order
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
    edges, missing = _sorted(edges), _sorted(missing)
    ranks = rank(list(atlas.files), chain.from_iterable(edges.values()))
    return _Resolved(edges, missing, owners(records), licences(records), ranks)


def _shared(found: _Resolved, paths: Iterable[str]) -> _Resolved:
    """What another process has found, with one text for all that are equal, as if it had been found here."""
    share = {path: path for path in paths}.setdefault
    found.edges = {
        share(source, source): [
            Edge(
                share(e.source, e.source), e.line, share(e.target, e.target), share(e.kind, e.kind), share(e.text, e.text), e.method,
                e.source_symbol, e.target_symbol, e.weak, e.below,
            )
            for e in several
        ]
        for source, several in found.edges.items()
    }  # fmt: skip
    found.rank = {share(path, path): of for path, of in found.rank.items()}
    return found


def _sorted(found: dict[str, list[T]]) -> dict[str, list[T]]:
    """What was found in each file, in order and each once; many short lists are sorted faster than a long one."""
    return {source: sorted(set(several)) if len(several) > 1 else several for source, several in sorted(found.items())}
