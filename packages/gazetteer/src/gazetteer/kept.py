"""What a build leaves for the next one: the resolved tree and the layout of its pages, in pieces that are read when they are asked for.

With them a build after a small change (`gazetteer.amend.tree`) need not read the records of all files, nor resolve the whole tree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct, field, structs

from .atlas import Atlas, Declared, Edge, Missing, TestSearch
from .compose.book import Book, Layout
from .compose.brief import Brief
from .compose.folders import FolderFacts, Neighbour
from .compose.sharding import beginnings
from .cpp.macros import Learned
from .document import Place
from .errors import BrokenStoreError
from .gather import Gathered
from .graph import Graph
from .labels import Reason
from .render.llms import depended_on
from .resolve.paths import above
from .store import ENCODE, Store
from .unchanged import described

__all__ = [
    "FolderFact",
    "Kept",
    "KeptFile",
    "KnownFolders",
    "Lazy",
    "Patch",
    "PathFacts",
    "Ranked",
    "Renewed",
    "Reranked",
    "facts_of",
    "folder_of",
    "forget",
    "keep",
    "keep_patch",
    "keep_renewed",
    "kept_file",
    "kept_of",
    "known_folders",
    "known_shards",
    "laid",
    "piece",
    "pieces",
    "view_left",
]

_KEPT, _NUMBER, _VIEW, _PATCH, _RANKED = "kept", "kept-number", b"view", "patch", "ranked"
#: After so many small changes all is written.
_MOST_PATCHES = 40
T = TypeVar("T")
#: Kind and path of each long page, with how many parts it has, with the part that each of its anchors is on, or with marks of the parts.
_Laid = tuple[str, str, T]
_Long = list[_Laid[int]]
_Parts = list[_Laid[dict[str, int]]]
_Marks = list[_Laid[list[bytes]]]


class KeptFile(Struct, array_like=True):
    """A file without its scan and its record, which the store has by hash and key."""

    path: str
    hash: bytes
    language: str
    labels: tuple[str, ...]
    reasons: tuple[Reason, ...]
    page: bool
    key: bytes
    brief: Brief
    rank: float


class PathFacts(Struct, array_like=True):
    """What was resolved of one file."""

    edges_from: list[Edge] = []
    edges_to: list[Edge] = []
    missing: list[Missing] = []
    tests: TestSearch | None = None


class FolderFact(Struct, array_like=True):
    """What was resolved of one folder."""

    depends_on: list[Neighbour]
    used_by: list[Neighbour]
    top: list[str]


class Kept(Struct, array_like=True):
    """What is read at once: of each file a little, and what is of the tree as a whole."""

    #: Of the program, the configuration, the formats and the places.
    base: bytes
    #: What `gazetteer.unchanged.described` says of each entry.
    entries: list[bytes]
    name: str
    files: list[KeptFile]
    names: dict[str, str]
    long: _Long
    parts: _Parts
    marks: _Marks
    owners: dict[str, Declared]
    licences: dict[str, Declared]
    users: dict[str, int]
    learned: Learned | None
    #: Of each shard of the keyword index, how many names and places it has; and how many beginnings of two characters names have.
    sizes: dict[str, tuple[int, int]]
    beginnings: int
    #: Of each word by which a file asks for a name elsewhere (`gazetteer.resolve.asked`), how many files do.
    asked: dict[str, int]
    #: The files with facts that others depend on, the first by rank.
    depended: list[str]

    def layout(self, names: dict[str, str]) -> Layout:
        """How long pages were, with the names that they have."""
        return Layout(names, _by_page(self.long), _by_page(self.parts), _by_page(self.marks))

    def amend(self, patches: Sequence[Patch], ranked: Ranked | None) -> None:
        """Take over what small changes made different, one after the other, and the ranks that files have since, if others."""
        numbers = {file.path: number for number, file in enumerate(self.files)}
        for patch in patches:
            for number, entry in patch.entries:
                self.entries[number] = entry
            for file in patch.files:
                self.files[numbers[file.path]] = file
            self.asked.update(patch.asked)
        self.long = _replaced(self.long, ((patch.pages, patch.long) for patch in patches))
        self.parts = _replaced(self.parts, ((patch.pages, patch.parts) for patch in patches))
        self.marks = _replaced(self.marks, ((patch.pages, patch.marks) for patch in patches))
        self.beginnings = patches[-1].beginnings
        self.sizes.clear()  # a view shares it
        self.sizes.update(patches[-1].sizes)
        if ranked is not None:
            ranks = zip(self.files, ranked.ranks, strict=True)
            self.files = [file if file.rank == rank else structs.replace(file, rank=rank) for file, rank in ranks]
            self.depended = ranked.depended
            self.users.clear()  # a view shares it
            self.users.update(ranked.users)


class Ranked(Struct, array_like=True):
    """What follows from which files of the tree have to do with which."""

    ranks: list[float]
    users: dict[str, int]
    depended: list[str]


class Reranked(Struct):
    """What is different where files have to do with others than before."""

    graph: Graph
    ranked: Ranked
    #: Files whose pages show their users in another order.
    reordered: set[str]
    #: Folders of which something else is known, and those whose pages show it.
    folders: set[str]
    shown: set[str]


class Renewed(Struct):
    """What is different from the tree that the last build kept, after any change."""

    kept: Kept
    #: Paths that are new, that are no more, and those of which something else is known than before, new ones among them.
    come: set[str]
    gone: set[str]
    read: set[str]
    #: Paths of which something else was resolved.
    resolved: set[str] = field(default_factory=set)
    #: Those of them whose statements lead to other files than before.
    led: set[str] = field(default_factory=set)
    #: Whether files lean on each other as before, and so have the ranks that they had.
    is_ranked: bool = False
    #: Which shards of the keyword index are different, and how many beginnings names have.
    shards: set[str] = field(default_factory=set)
    beginnings: int = 0
    #: Of each word by which a file asks for a name elsewhere, how many files do.
    asked: dict[str, int] = field(default_factory=dict)


class Patch(Struct, array_like=True):
    """What is different after a small change: `Kept` is large, and written as a whole once in a while only."""

    #: By their numbers.
    entries: list[tuple[int, bytes]]
    files: list[KeptFile]
    #: Kinds and paths of pages that were measured, and of those of them that are long, how long they are.
    pages: list[tuple[str, str]]
    long: _Long
    parts: _Parts
    marks: _Marks
    sizes: dict[str, tuple[int, int]]
    beginnings: int
    asked: dict[str, int]


_kept_of = msgspec.msgpack.Decoder(Kept).decode
_patch_of = msgspec.msgpack.Decoder(Patch).decode
_ranked_of = msgspec.msgpack.Decoder(Ranked).decode
#: What reads the pieces of each kind.
_DECODERS: dict[str, Callable[[bytes], Any]] = {
    "facts": msgspec.msgpack.Decoder(PathFacts).decode,
    "shard": msgspec.msgpack.Decoder(list[Place]).decode,
    "folder": msgspec.msgpack.Decoder(FolderFact).decode,
    "defines": msgspec.msgpack.Decoder(list[str]).decode,
    "graph": msgspec.msgpack.Decoder(Graph).decode,
}


def keep(store: Store, base: bytes, gathered: Gathered, book: Book) -> None:
    """Leave what was made for the next build."""
    if _begun(store, base, gathered, book, beginnings(book.shards), book.asked):
        store.clear_kept()
        _keep_pieces(store, book, book.atlas.files, book.shards, book.atlas.folders)
        _keep_whole(store, gathered, Graph.of(list(book.atlas.files), book.atlas.edges_from))


def keep_renewed(store: Store, base: bytes, gathered: Gathered, book: Book, found: Renewed, folders: Collection[str]) -> None:
    """Leave what was brought up to date; of that, only what is different from what is kept is written.

    Parameters
    ----------
    store, base, gathered, book
        As for `keep`.
    found : Renewed
        What is different.
    folders : collection of str
        Of which folders something else was resolved.
    """
    atlas, kept = book.atlas, found.kept
    if not _begun(store, base, gathered, book, found.beginnings, found.asked):
        return
    store.drop_kept("facts", found.gone)
    store.drop_kept("shard", kept.sizes.keys() - book.shard_sizes.keys())
    store.drop_kept("folder", {folder for path in found.gone for folder in above(path)} - atlas.folders.keys())
    _keep_pieces(store, book, found.resolved | found.come, found.shards & book.shard_sizes.keys(), folders)
    _keep_whole(store, gathered, Graph.of(list(atlas.files), atlas.edges_from))


def _begun(store: Store, base: bytes, gathered: Gathered, book: Book, beginnings: int, asked: dict[str, int]) -> bool:
    """Put what is read at once; False where nothing can be kept."""
    atlas = book.atlas

    def fields(of_each: Callable[[Iterator[Any]], Any]) -> tuple[Any, ...]:
        return (
            base, of_each(described((f.entry,))[0] for f in gathered.files), atlas.name,
            of_each(kept_file(book, path) for path in atlas.files), book.names, *laid(book.layout, book.layout.long),
            dict(atlas.owners), dict(atlas.licences), dict(book.folders.users), gathered.learned, book.shard_sizes, beginnings, asked,
            depended_on(atlas, (file.path for file, brief in book.in_short() if brief.has_facts)),
        )  # fmt: skip

    forget(store)
    kept = Kept(*fields(list)) if store.remembers else None
    if not _put(store, (lambda: ENCODE(kept)) if kept is not None else lambda: ENCODE(fields(_encoded))):
        return False
    _remember(store, kept, None)
    return True


def _encoded(values: Iterator[Any]) -> msgspec.Raw:
    """A list, encoded value by value: as objects, what there is of all files takes several times the room, beside other processes.

    Examples
    --------
    >>> msgspec.msgpack.decode(_encoded(iter(("a", "b"))))
    ['a', 'b']
    """
    found, count = bytearray(5), 0
    for value in values:
        found += ENCODE(value)
        count += 1
    found[:5] = b"\xdd" + count.to_bytes(4, "big")
    return msgspec.Raw(found)


def _keep_pieces(store: Store, book: Book, files: Iterable[str], shards: Iterable[str], folders: Iterable[str]) -> None:
    """Put what is read piece by piece."""
    store.set_kept("facts", ((path, ENCODE(facts_of(book.atlas, path))) for path in files))
    store.set_kept("shard", ((key, ENCODE(book.shards[key])) for key in shards))
    store.set_kept("folder", ((path, ENCODE(folder_of(book.folders, path))) for path in folders))


def _keep_whole(store: Store, gathered: Gathered, graph: Graph) -> None:
    """Put what some changes are compared with as a whole."""
    store.clear_kept("defines")
    store.set_kept("defines", ((path, ENCODE(lines)) for path, lines in gathered.defines()))
    store.set_kept("graph", [("", ENCODE(graph))])


def _replaced(kept: Iterable[_Laid[T]], changes: Iterable[tuple[list[tuple[str, str]], list[_Laid[T]]]]) -> list[_Laid[T]]:
    """What is kept of long pages, after some pages were measured again."""
    found = {one[:2]: one for one in kept}
    for pages, now in changes:
        for page in pages:
            found.pop(page, None)
        found.update((one[:2], one) for one in now)
    return list(found.values())


def _by_page(some: list[_Laid[T]]) -> dict[tuple[str, str], T]:
    return {(kind, path): what for kind, path, what in some}


def laid(layout: Layout, pages: Collection[tuple[str, str]]) -> tuple[_Long, _Parts, _Marks]:
    """How long pages are, as it is kept."""
    return (
        [(*key, layout.long[key]) for key in pages if key in layout.long],
        [(*key, layout.parts[key]) for key in pages if key in layout.parts],
        [(*key, layout.marks[key]) for key in pages if key in layout.marks],
    )


def _put(store: Store, made: Callable[[], bytes]) -> bool:
    """Put what is read at once in its place; False where that cannot be, and nothing is kept."""
    try:
        value = made()
    except UnicodeEncodeError:  # a path that is no text: such a tree is always resolved as a whole
        value = b""
    store.set_meta(_KEPT, value)
    store.clear_kept(_PATCH)
    store.clear_kept(_RANKED)
    return bool(value)


def keep_patch(store: Store, kept: Kept, view: object, patch: Patch, ranked: Ranked | None) -> None:
    """Amend what is kept by a small change, and leave it for the next build; it finds `view` there, if it is one of this process.

    Of ranks, which all files have, the last ones are left alone; `ranked` is None where they are as they were.
    """
    kept.amend([patch], ranked)
    number = store.count_kept(_PATCH)
    if number < _MOST_PATCHES:
        store.set_kept(_PATCH, [(f"{number:06}", ENCODE(patch))])
        store.set_kept(_RANKED, [("", ENCODE(ranked))] if ranked is not None else ())
    else:
        _put(store, lambda: ENCODE(kept))
    _remember(store, kept, view)


def view_left(store: Store) -> object:
    """The view that the last build of this process has left; None where there is none."""
    return store.remembered(_VIEW)


def _remember(store: Store, kept: Kept | None, view: object) -> None:
    """Have the next build of this process find what is kept, and a view of it, as they are; but not if there was another one meanwhile."""
    number = b"%d" % (int(store.meta(_NUMBER) or 0) + 1)
    store.set_meta(_NUMBER, number)
    store.remember(_KEPT.encode(), (number, kept) if kept is not None else None)
    store.remember(_VIEW, view)


def forget(store: Store) -> None:
    """Read what is kept anew next time: it was begun to be changed here, and that was not ended."""
    store.remember(_KEPT.encode(), None)
    store.remember(_VIEW, None)


def kept_file(book: Book, path: str) -> KeptFile:
    """A file as it is kept."""
    file, brief = book.atlas.files[path], book.brief(path)
    assert brief is not None
    rank = book.atlas.rank.get(path, 0.0)
    return KeptFile(path, file.hash, file.language, file.labels, file.reasons, file.page, file.key, brief, rank)


def facts_of(atlas: Atlas, path: str) -> PathFacts:
    """What was resolved of one file."""
    return PathFacts(
        atlas.edges_from.get(path, []), atlas.edges_to.get(path, []), atlas.missing.get(path, []), atlas.tests.get(path)
    )  # fmt: skip


def folder_of(folders: FolderFacts, path: str) -> FolderFact:
    """What was resolved of one folder."""
    return FolderFact(folders.depends_on(path), folders.used_by(path), folders.top(path))


def kept_of(store: Store, base: bytes) -> Kept | None:
    """What the last build left, if it was made with the same program, configuration, formats and places."""
    known = store.remembered(_KEPT.encode())
    if known is not None and known[0] == store.meta(_NUMBER) and known[1].base == base:
        found: Kept = known[1]
        return found
    value = store.meta(_KEPT)
    if not value:
        return None
    try:
        kept = _kept_of(value)
        if kept.base != base:
            return None
        patches, ranked = sorted(store.all_kept(_PATCH)), store.kept(_RANKED, "")
        if patches:
            kept.amend([_patch_of(patch) for _, patch in patches], _ranked_of(ranked) if ranked else None)
    except msgspec.MsgspecError:
        return None
    return kept


class Lazy(Mapping[str, T], Generic[T]):
    """A mapping whose values are read when they are asked for, once; others can be put in their place."""

    def __init__(self, keys: Iterable[str], read: Callable[[str], T | None]) -> None:
        self._keys, self._read = dict.fromkeys(keys), read
        self.known: dict[str, T | None] = {}

    def __getitem__(self, key: str) -> T:
        if key not in self.known:
            self.known[key] = self._read(key) if key in self._keys else None
        found = self.known[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def put(self, key: str, value: T) -> None:
        """Have another value from now on."""
        self._keys[key] = None
        self.known[key] = value

    def drop(self, key: str) -> None:
        """Have no value from now on."""
        self._keys.pop(key, None)
        self.known.pop(key, None)


def piece(store: Store, kind: str, key: str) -> Any:
    """A piece of what is kept."""
    value = store.kept(kind, key)
    if value is None:
        raise BrokenStoreError(f"the store has lost a part of {kind}")
    return _DECODERS[kind](value)


def pieces(store: Store, kind: str) -> dict[str, Any]:
    """All pieces of a kind."""
    decode = _DECODERS[kind]
    return {key: decode(value) for key, value in store.all_kept(kind)}


def known_shards(keys: Iterable[str], store: Store) -> Lazy[list[Place]]:
    """The shards of the keyword index as they were kept."""
    return Lazy(keys, lambda key: piece(store, "shard", key))


def known_folders(kept: Kept, store: Store, folders: Iterable[str]) -> KnownFolders:
    """Facts of folders as they were kept."""
    return KnownFolders(kept.users, Lazy(folders, lambda key: piece(store, "folder", key)))


class KnownFolders(FolderFacts):
    """Facts of folders as they were kept, or as they were put there since."""

    def __init__(self, users: dict[str, int], folders: Lazy[FolderFact]) -> None:
        self.users, self._folders = users, folders

    def depends_on(self, folder: str) -> list[Neighbour]:
        """Those that it depends on."""
        return self._folders[folder].depends_on

    def used_by(self, folder: str) -> list[Neighbour]:
        """Those that depend on it."""
        return self._folders[folder].used_by

    def top(self, folder: str) -> list[str]:
        """The files in it that others depend on most."""
        return self._folders[folder].top

    def put(self, folder: str, fact: FolderFact) -> None:
        """Have other facts of a folder from now on."""
        self._folders.put(folder, fact)
