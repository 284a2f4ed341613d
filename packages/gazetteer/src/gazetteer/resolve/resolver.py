"""All edges of a tree, from the resolvers of its languages; their inverse; mentions in tests; ranks."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ..atlas import Atlas, Declared, Edge, Missing, folders_of
from ..config import Config
from ..gather import SourceFile
from ..lang.table import FAMILY
from ..model import FileRecord
from ..packing import Packed
from ..parallel import Meanwhile
from ..rank import rank
from ..sharing import Sharing
from ..spool import Spool
from ..store import ENCODE
from .declared import licences, owners
from .mentions import mentions
from .paths import Paths

__all__ = ["edges_of", "groups_of", "readers_of", "resolve", "resolve_into", "unresolved"]

#: Which resolver reads the imports of a language: ``resolve(files, paths, config)`` gives edges and what is missing.
_RESOLVERS = {
    "go": "gazetteer.lang.go.resolve",
    "javascript": "gazetteer.lang.javascript.resolve",
    "rust": "gazetteer.lang.rust.resolve",
    "tsx": "gazetteer.lang.javascript.resolve",
    "typescript": "gazetteer.lang.javascript.resolve",
    **dict.fromkeys(sorted(FAMILY), "gazetteer.lang.cpp.resolve"),
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
#: The same of resolvers that look for such files themselves.
_LOOKED_FOR = {"gazetteer.lang.php.resolve": "json"}

T = TypeVar("T", Edge, Missing)
_Edges = dict[str, list[Edge]]
_Missing = dict[str, list[Missing]]
#: Of each file with symbols, what `mentions` asks of its record.
Names = Mapping[str, Iterable[str]] | None
Resolver = Callable[[list[SourceFile], Paths, Config], Iterable[Edge | Missing]]


class _Resolved(Struct, array_like=True):
    """What is known of a tree once its edges are: plain data, since another process may have found it. Of most, it says where it lies."""

    edges_from: dict[str, Any]
    edges_to: dict[str, Any]
    missing: dict[str, Any]
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
    atlas, share = unresolved(name, files, rev), Sharing().of
    for file in files:
        file.unpack(share)  # whoever asks for facts may ask for those of any file
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
    spool = Spool()
    with Meanwhile(lambda: ENCODE(_resolved(atlas, config, spool)), jobs > 1) as other:
        names = meanwhile()
        atlas.tests = mentions(list(atlas.files.values()), config, names)
        value = other.get()
    found = _resolved(atlas, config, spool) if value is None else _resolved_of(value)
    share = {path: path for path in atlas.files}.get
    edges_from, edges_to, missing = Packed(list[Edge], spool), Packed(list[Edge], spool), Packed(list[Missing], spool)
    for packed, held in ((edges_from, found.edges_from), (edges_to, found.edges_to), (missing, found.missing)):
        packed.held = {share(path, path): where for path, where in held.items()}
    atlas.edges_from, atlas.edges_to, atlas.missing = edges_from, edges_to, missing
    atlas.rank = {share(path, path): of for path, of in found.rank.items()}
    atlas.owners, atlas.licences = found.owners, found.licences


def readers_of(language: str) -> set[str]:
    """The resolvers that read files of a language."""
    found = {module for module, manifest in (*_MANIFESTS.items(), *_LOOKED_FOR.items()) if manifest == language}
    return found | ({_RESOLVERS[language]} if language in _RESOLVERS else set())


def groups_of(files: Iterable[SourceFile]) -> dict[str, list[SourceFile]]:
    """The files whose edges each resolver finds."""
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        if file.language in _RESOLVERS and file.has_record:
            groups[_RESOLVERS[file.language]].append(file)
    return groups


def edges_of(files: Mapping[str, SourceFile], config: Config, only: Collection[str] | None = None) -> tuple[_Edges, _Missing]:
    """Edges and what is missing, by the file that they are in; as all resolvers find them, or only some."""
    paths = Paths(files, _Records(files))
    edges: _Edges = {}
    missing: _Missing = {}
    for module, group in sorted(groups_of(files.values()).items()):
        if only is not None and module not in only:
            continue
        resolver: Resolver = importlib.import_module(module).resolve
        manifest = _MANIFESTS.get(module)
        group += [f for f in files.values() if f.language == manifest and f.record is not None and f.record.manifest]
        with _at_hand(group):
            for found in resolver(group, paths, config):
                if found.__class__ is Edge:
                    edges.setdefault(found.source, []).append(found)
                else:
                    missing.setdefault(found.source, []).append(found)  # type: ignore[arg-type]
    return _sorted(edges), _sorted(missing)


@contextmanager
def _at_hand(files: Iterable[SourceFile]) -> Iterator[None]:
    """With what a resolver asks of the records of its files, which it looks at in any order."""
    share = Sharing().linked
    packed = [file for file in files if file.unpack(share)]
    try:
        yield
    finally:
        for file in packed:
            file.pack()


class _Records(Mapping[str, FileRecord]):
    """What is known of each file that was read."""

    def __init__(self, files: Mapping[str, SourceFile]) -> None:
        self._files = files

    def __getitem__(self, path: str) -> FileRecord:
        record = self._files[path].record
        if record is None:
            raise KeyError(path)
        return record

    def __iter__(self) -> Iterator[str]:
        return (path for path, file in self._files.items() if file.has_record)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _resolved(atlas: Atlas, config: Config, spool: Spool) -> _Resolved:
    edges, missing = edges_of(atlas.files, config)
    ranks = rank(list(atlas.files), chain.from_iterable(edges.values()))
    edges_to: _Edges = {}
    for several in edges.values():
        for edge in several:
            edges_to.setdefault(edge.target, []).append(edge)
    spool.own()
    return _Resolved(
        _put_aside(list[Edge], edges, spool), _put_aside(list[Edge], edges_to, spool), _put_aside(list[Missing], missing, spool),
        owners(atlas.files), licences(atlas.files), ranks,
    )  # fmt: skip


def _put_aside(of: type[list[T]], found: dict[str, list[T]], spool: Spool) -> dict[str, Any]:
    """Where each list lies, as `Packed` has it."""
    packed = Packed(of, spool)
    for path, several in found.items():
        packed[path] = several
    return packed.held


def _sorted(found: dict[str, list[T]]) -> dict[str, list[T]]:
    """What was found in each file, in order and each once; many short lists are sorted faster than a long one."""
    return {source: sorted(set(several)) if len(several) > 1 else several for source, several in sorted(found.items())}
