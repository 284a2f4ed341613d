"""All edges of a tree, from the resolvers of its languages; their inverse; mentions in tests; ranks."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct, structs

from ..atlas import Atlas, Compiled, Declared, Edge, Indexed, Missing, TestSearch, folders_of
from ..config import Config
from ..gather import SourceFile
from ..graph import Graph
from ..lang.table import LANGUAGES
from ..model import FileRecord
from ..packing import Grouped, Packed
from ..parallel import Meanwhile, give_back
from ..sharing import Sharing
from ..spool import Places, Spool
from ..store import ENCODE
from .declared import licences, owners
from .mentions import mentions, put_aside
from .overriding import with_overrides
from .paths import Paths
from .unstated import LANGUAGES as LANGUAGES_WITHOUT_STATEMENTS
from .unstated import with_unstated

if TYPE_CHECKING:
    from ..compiler.overlay import Overlay

__all__ = ["edges_of", "groups_of", "readers_of", "resolve", "resolve_into", "unresolved"]

#: Which resolver leads the imports of a language to files: ``resolve(files, paths, config)`` gives edges and what is missing.
_RESOLVERS = {language.name: language.resolver for language in LANGUAGES if language.resolver}

#: Languages of the manifests that a resolver reads besides; their files come with the others, where there are any.
_MANIFESTS = {
    "gazetteer.lang.go.resolve": "gomod",
    "gazetteer.lang.javascript.resolve": "json",
    "gazetteer.lang.rust.resolve": "toml",
}
#: The same of resolvers that look for such files themselves.
_LOOKED_FOR = {
    "gazetteer.lang.php.resolve": "json",
    "gazetteer.lang.dart.resolve": "yaml",
    "gazetteer.lang.r.resolve": "r-package",
}

#: Those of languages in which files may need others that no statement of them names.
_UNSTATED = {_RESOLVERS[language] for language in LANGUAGES_WITHOUT_STATEMENTS}

T = TypeVar("T", Edge, Missing)
_Edges = dict[str, list[Edge]]
_Missing = dict[str, list[Missing]]
Resolver = Callable[[list[SourceFile], Paths, Config], Iterable[Edge | Missing]]


class _Resolved(Struct, array_like=True):
    """What is known of a tree once its edges are: plain data, since another process may have found it. Of most, it says where it lies."""

    edges_from: Any
    edges_to: Any
    missing: Any
    owners: dict[str, Declared]
    licences: dict[str, Declared]
    rank: list[float]
    indexed: tuple[Indexed, ...] = ()
    compiled: dict[str, Compiled] = {}


_resolved_of = msgspec.msgpack.Decoder(_Resolved).decode
_PLACED = ("edges_from", "edges_to", "missing")


def resolve(name: str, files: list[SourceFile], config: Config, rev: str = "", overlay: Overlay | None = None) -> Atlas:
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
    overlay : Overlay, optional
        What indexes of compilers say.
    """
    atlas, share = unresolved(name, files, rev), Sharing().of
    for file in files:
        file.unpack(share)  # whoever asks for facts may ask for those of any file
    resolve_into(atlas, config, overlay=overlay)
    return atlas


def unresolved(name: str, files: list[SourceFile], rev: str = "") -> Atlas:
    """The atlas of a tree as it is before `resolve_into`: with files and folders alone."""
    folders = folders_of([f.path for f in files], {f.path: (f.language, f.scan.counts.lines) for f in files})
    return Atlas(name, {f.path: f for f in files}, folders, rev)


def resolve_into(
    atlas: Atlas, config: Config, jobs: int = 1, meanwhile: Callable[[], Mapping[str, TestSearch] | None] = lambda: None,
    overlay: Overlay | None = None,
) -> None:  # fmt: skip
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
        What can be done before edges are known; it may give what `mentions` does.
    overlay : Overlay, optional
        See `resolve`.
    """
    spool, numbers = Spool(), atlas.numbers
    if jobs > 1:
        give_back()
    with Meanwhile(lambda: _to_send(_resolved(atlas, config, spool, overlay, partial(Places, numbers))), jobs > 1) as other:
        tests = meanwhile()
        value = other.get()
    if tests is None:
        tests = Packed(TestSearch, Spool().own())
        put_aside(mentions(list(atlas.files.values()), config), tests)
    atlas.tests = tests
    found = _resolved(atlas, config, spool, overlay, dict) if value is None else _received(value, numbers)
    edges_from, edges_to, missing = found.edges_from, found.edges_to, found.missing
    atlas.edges_from, atlas.edges_to = Packed(list[Edge], spool, edges_from), Packed(list[Edge], spool, edges_to)
    atlas.missing = Packed(list[Missing], spool, missing)
    atlas.rank = dict(zip(atlas.files, found.rank, strict=True))
    atlas.owners, atlas.licences = found.owners, found.licences
    atlas.indexed, atlas.compiled = found.indexed, found.compiled


def _to_send(found: _Resolved) -> bytes:
    """What was found here, for another process: where things lie, and not the things."""
    return ENCODE(structs.replace(found, **{name: getattr(found, name).to_send() for name in _PLACED}))


def _received(value: bytes, numbers: dict[str, int]) -> _Resolved:
    """The same where it has come."""
    found = _resolved_of(value)
    return structs.replace(found, **{name: Places(numbers, getattr(found, name)) for name in _PLACED})


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


def edges_of(files: Mapping[str, SourceFile], config: Config, only: Collection[str]) -> tuple[_Edges, _Missing]:
    """Edges and what is missing, by the file that they are in, as some resolvers find them."""
    edges: _Edges = {}
    missing: _Missing = {}
    for found in _found_in(files, config, only):
        if isinstance(found, Edge):
            edges.setdefault(found.source, []).append(found)
        else:
            missing.setdefault(found.source, []).append(found)
    return {path: _once(some) for path, some in sorted(edges.items())}, {path: _once(some) for path, some in sorted(missing.items())}


def _found_in(files: Mapping[str, SourceFile], config: Config, only: Collection[str] | None = None) -> Iterator[Edge | Missing]:
    """What all resolvers find, or only some."""
    paths = Paths(files, _Records(files))
    for module, group in sorted(groups_of(files.values()).items()):
        if only is not None and module not in only:
            continue
        resolver: Resolver = importlib.import_module(module).resolve
        manifest = _MANIFESTS.get(module)
        group += [f for f in files.values() if f.language == manifest and f.record is not None and f.record.manifest]
        with _at_hand(group):
            found = with_overrides(group, resolver(group, paths, config))
            yield from with_unstated(group, found) if module in _UNSTATED else found


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


def _resolved(atlas: Atlas, config: Config, spool: Spool, overlay: Overlay | None, held: Callable[[], Any]) -> _Resolved:
    """What `held` gives shall know by path where something lies: a `Places`, or a dictionary."""
    spool.own()
    found, lacking, into = Grouped(Edge, spool), Grouped(Missing, spool), Grouped(Edge, spool)
    for one in _found_in(atlas.files, config):
        if isinstance(one, Edge):
            found.add(one.source, one)
        else:
            lacking.add(one.source, one)
    for edge in overlay.edges(atlas.files) if overlay is not None else ():
        found.add(edge.source, edge)
    edges_from, edges_to = Packed(list[Edge], spool, held()), Packed(list[Edge], spool, held())
    missing = Packed(list[Missing], spool, held())
    for source, several in found.items():
        edges_from[source] = once = _once(several if overlay is None else overlay.without_ours(several))
        for edge in once:
            into.add(edge.target, edge)
    for target, several in into.items():  # in the order of their sources, as they came
        edges_to[target] = several
    for source, some in lacking.items():
        missing[source] = _once(some)
    paths = list(atlas.files)
    ranks = Graph.of(paths, edges_from).ranks()
    said = (overlay.indexed, overlay.compiled) if overlay is not None else ()
    return _Resolved(edges_from.held, edges_to.held, missing.held, owners(atlas.files), licences(atlas.files), ranks, *said)


def _once(found: list[T]) -> list[T]:
    """What was found in a file, in order and each once."""
    return sorted(set(found)) if len(found) > 1 else found
