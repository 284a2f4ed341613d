"""All pages of an atlas: which there are, what they are called, and each of them when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Self

from blake3 import blake3
from msgspec import Struct, msgpack

from ..atlas import Atlas
from ..config import Config
from ..document import Page, PageRef
from ..names import page_names
from ..packing import Packed, recently
from ..parallel import MOST_PIECES, shared
from .contents import Contents
from .file_page import file_page
from .folder_page import folder_page
from .keywords import folder_index, shard_page
from .paging import Piece, anchors_on, in_parts, pieces_of
from .seed import seed_page

__all__ = ["Book", "Layout", "pages_of"]

#: At most so many bytes does a page take for each row and each edge, texts of the tree apart.
_ROW, _EDGE = 500, 500
#: Fewer pages than this are not worth a fork.
_WORTH = 100
#: Bytes of a mark.
_MARK = 12
#: Of each part of a page the anchors, what is on it, and its mark.
_Measured = tuple[list[list[str]], list[list[Piece]], list[bytes]]


class Layout(Struct):
    """Where pages are: their names, and of those that are too long for one, how many parts there are and which anchors each has."""

    names: dict[str, str]
    long: dict[tuple[str, str], int]
    parts: dict[tuple[str, str], dict[str, int]]
    #: Of each long page of the keyword index, a mark for each part: one that is as it was has the mark that it had.
    marks: dict[tuple[str, str], list[bytes]]

    @classmethod
    def of(cls, atlas: Atlas, config: Config) -> Self:
        """The names of the pages of an atlas."""
        return cls(page_names(atlas.files, atlas.folders, config.limits.folder_entries, config.layout.style == "seed"), {}, {}, {})


class Book(Contents):
    """The pages of an atlas.

    Parameters
    ----------
    atlas : Atlas
        What is known of the tree.
    config : Config
        Limits of pages and folders, and the layout.
    layout : Layout, optional
        Where the pages of an atlas with the same paths are; what has changed since is measured with `measure`, or `measure_all`.
        Without one, all are measured.
    """

    def __init__(self, atlas: Atlas, config: Config | None = None, layout: Layout | None = None) -> None:
        super().__init__(atlas, config)
        self.seed = self.config.layout.style == "seed"
        self._last: tuple[tuple[str, str], list[Page]] = (("", ""), [])
        #: What is on each part of long pages, where it was found when all were measured.
        self._pieces: Packed[list[list[Piece]]] = Packed(list[list[Piece]])
        if layout is None:
            self.layout = Layout.of(atlas, self.config)
            self.measure_all()
        else:
            self.layout = layout

    @property
    def names(self) -> dict[str, str]:
        """The page of each path, without its suffix."""
        return self.layout.names

    @property
    def parts(self) -> dict[tuple[str, str], dict[str, int]]:
        """Of each page that is too long for one, by kind and path: the part that each of its anchors is on."""
        return self.layout.parts

    def measure(self, kind: str, path: str) -> list[Page]:
        """See how many parts a page has; gives them, if it had to be composed for that."""
        self._last = (("", ""), [])
        self._pieces.pop(f"{kind}/{path}", None)
        pages = in_parts(self._whole(kind, path), self._most) if self._may_be_long(kind, path) else []
        self._lay(kind, path, _anchors(pages), _marks(pages))
        return pages

    def measure_all(self, jobs: int = 1) -> None:
        """See of every page how many parts it has, in several processes. What is composed for that is not kept: it is much at once."""
        for known in (self.layout.long, self.layout.parts, self.layout.marks):
            known.clear()
        pages, _ = list(self.pages()), self.folders  # each process needs these
        pieces = min(len(pages), MOST_PIECES)

        def measured(key: tuple[str, str]) -> _Measured:
            whole = self._whole(*key)
            cut = pieces_of(whole, self._most)
            parts = in_parts(whole, self._most, cut)
            return _anchors(parts), cut, _marks(parts)

        def share(numbers: Iterator[int], _process: int) -> bytes:
            # One number after the other: whoever asks for the next before it has worked takes another's.
            taken = (i for n in numbers for i in range(n, len(pages), pieces))
            return msgpack.encode([(i, measured(pages[i])) for i in taken if self._may_be_long(*pages[i])])

        found = dict[int, _Measured]()
        for answer in shared(pieces, jobs if len(pages) >= _WORTH else 1, share):
            found.update(msgpack.decode(answer, type=list[tuple[int, _Measured]]))
        for i in sorted(found):
            anchors, cut, marks = found[i]
            self._lay(*pages[i], anchors, marks)
            if len(cut) > 1:
                self._pieces["/".join(pages[i])] = cut
        recently.cache_clear()  # of long pages it holds the longest records, which each process would come to have for its own

    def _lay(self, kind: str, path: str, anchors: list[list[str]], marks: list[bytes]) -> None:
        """Know what is on each part of a page."""
        key = (kind, path)
        if len(anchors) > 1:
            self.layout.long[key] = len(anchors)
            self.layout.parts[key] = {anchor: n for n, some in enumerate(anchors, 1) for anchor in some}
        else:
            self.layout.long.pop(key, None)
            self.layout.parts.pop(key, None)
        if marks:
            self.layout.marks[key] = marks
        else:
            self.layout.marks.pop(key, None)

    def refs(self) -> list[PageRef]:
        """Every page, each part of a long one by itself, in a fixed order."""
        return [ref for kind, path in self.pages() for ref in self.refs_of(kind, path)]

    def most_pages(self) -> int:
        """At least as many as there are pages, without a look at each."""
        # Two pages of a file, and three of a folder, are the seed's.
        return 3 * len(self.atlas.files) + 5 * len(self.atlas.folders) + len(self.shard_sizes) + 1 + sum(self.layout.long.values())

    def refs_of(self, kind: str, path: str) -> list[PageRef]:
        """A page, or each part of a long one."""
        of = self.layout.long.get((kind, path), 1)
        return [PageRef(kind, path, part=n) for n in range(1, of + 1)] if of > 1 else [PageRef(kind, path)]  # type: ignore[arg-type]

    def page(self, ref: PageRef) -> Page:
        """One page, or one part of it."""
        key = (ref.kind, ref.path)
        if self._last[0] != key:  # a page in several formats, and the parts of one, are mostly asked for one after the other
            self._last = (key, self._composed(*key))
        return self._last[1][max(ref.part, 1) - 1]

    def _composed(self, kind: str, path: str) -> list[Page]:
        """The parts of a page."""
        whole, key = self._whole(kind, path), (kind, path)
        return in_parts(whole, self._most, self._pieces.get(f"{kind}/{path}")) if key in self.layout.long else [whole]

    @property
    def _most(self) -> int:
        return self.config.limits.page_bytes * 9 // 10

    def pages(self) -> Iterator[tuple[str, str]]:
        """Kind and path of every page, in a fixed order."""
        indexed = set[str]()
        for path in self.atlas.files:
            folder = path.rpartition("/")[0]
            if folder not in indexed and self.has_symbols(path):
                indexed.add(folder)
        for kind, path in pages_of(self.atlas.folders, self.atlas.files, indexed, self.shard_sizes):
            yield kind, path
            if self.seed and kind == "folder":
                yield from (("seed-index", path), ("seed-doc", path), ("seed-sub", path))
            elif self.seed and kind == "file":
                yield from (("seed-docs", path), ("seed-kw", path))

    def _whole(self, kind: str, path: str) -> Page:
        if kind.startswith("seed-"):
            return seed_page(self, kind, path)
        make: dict[str, Callable[[Book, str], Page]] = {
            "file": file_page,
            "folder": folder_page,
            "symbols": folder_index,
            "shard": shard_page,
        }
        return make[kind](self, path)

    def _may_be_long(self, kind: str, path: str) -> bool:
        """Whether a page could be longer than the limit; no page that is longer is missed."""
        atlas = self.atlas
        if kind == "shard":
            return not path or _ROW * self.shard_sizes[path][1] > self._most
        if kind in ("file", "seed-docs", "seed-kw"):
            return self._file_size(path) > self._most
        folder = atlas.folders[path]
        size = 2_500 * (len(folder.files) + len(folder.folders)) + 30_000 + _EDGE * len(self.folders.neighbours(path))
        if kind in ("symbols", "seed-doc", "seed-sub"):
            size += sum(_ROW * brief.symbols for name in folder.files if (brief := self.brief(f"{path}/{name}".lstrip("/"))) is not None)
        return size > self._most

    def _file_size(self, path: str) -> int:
        atlas, brief = self.atlas, self.brief(path)
        edges = len(atlas.edges_to.get(path, ())) + len(atlas.edges_from.get(path, ())) + len(atlas.missing.get(path, ()))
        return 30_000 + _EDGE * edges + (brief.size if brief is not None else 0)


def _anchors(pages: list[Page]) -> list[list[str]]:
    """The anchors of each part of a page that is too long for one."""
    return [list(anchors_on(page)) for page in pages] if len(pages) > 1 else []


def pages_of(
    folders: Iterable[str], files: Iterable[str], indexed: Collection[str], shards: Collection[str]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Kind and path of every page of a tree, in a fixed order, but for those of the seed's layout.

    Parameters
    ----------
    folders, files : iterable of str
        Their paths.
    indexed : collection of str
        The folders with symbols in files that lie directly there.
    shards : collection of str
        Of the keyword index.
    """
    for folder in folders:
        yield "folder", folder
        if folder in indexed:
            yield "symbols", folder
    yield from (("file", path) for path in files)
    if shards:
        yield "shard", ""
        yield from (("shard", key) for key in shards)


def _marks(pages: list[Page]) -> list[bytes]:
    """The marks of the parts of a long page of the keyword index; without one where a path is no text, and the part is always written."""
    if len(pages) < 2 or pages[0].ref.kind not in ("symbols", "shard"):
        return []
    # On any of them may be a link to a letter, whichever part that is on.
    anchors = _anchors(pages)
    try:
        return [blake3(msgpack.encode((page.title, page.blocks, anchors))).digest(_MARK) for page in pages]
    except UnicodeEncodeError:
        return [b""] * len(pages)
