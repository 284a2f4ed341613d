"""All pages of an atlas: which there are, what they are called, and each of them when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..atlas import Atlas
from ..config import Config
from ..document import Page, PageRef
from ..names import page_names
from .contents import Contents
from .file_page import file_page
from .folder_page import folder_page
from .keywords import folder_index, shard_page
from .paging import anchors_on, in_parts, weight
from .seed import seed_page

__all__ = ["Book"]

#: At most so many bytes does a page take for each row and each edge, texts of the tree apart.
_ROW, _EDGE = 500, 500


class Book(Contents):
    """The pages of an atlas.

    Parameters
    ----------
    atlas : Atlas
        What is known of the tree.
    config : Config
        Limits of pages and folders, and the layout.

    Attributes
    ----------
    names : dict
        The page of each path, without its suffix.
    parts : dict
        Of each page that is too long for one, by kind and path: the part that each of its anchors is on.
    """

    def __init__(self, atlas: Atlas, config: Config | None = None) -> None:
        super().__init__(atlas)
        self.config = config or Config()
        self.seed = self.config.layout.style == "seed"
        self.names = page_names(atlas.files, atlas.folders, self.config.limits.folder_entries, self.seed)
        self.parts: dict[tuple[str, str], dict[str, int]] = {}
        self._long: dict[tuple[str, str], int] = {}
        self._last: tuple[tuple[str, str], list[Page]] = (("", ""), [])
        for kind, path in self._pages():
            if self._may_be_long(kind, path):
                self._measure(kind, path)

    def refs(self) -> list[PageRef]:
        """Every page, each part of a long one by itself, in a fixed order."""
        found = []
        for kind, path in self._pages():
            of = self._long.get((kind, path), 1)
            found += [PageRef(kind, path, part=n) for n in range(1, of + 1)] if of > 1 else [PageRef(kind, path)]  # type: ignore[arg-type]
        return found

    def page(self, ref: PageRef) -> Page:
        """One page, or one part of it."""
        key = (ref.kind, ref.path)
        if key not in self._long:
            return self._whole(ref.kind, ref.path)
        if self._last[0] != key:  # the parts of a page are mostly asked for one after the other
            self._last = (key, in_parts(self._whole(ref.kind, ref.path), self._most))
        return self._last[1][max(ref.part, 1) - 1]

    @property
    def _most(self) -> int:
        return self.config.limits.page_bytes * 9 // 10

    def _pages(self) -> Iterator[tuple[str, str]]:
        for folder in self.atlas.folders:
            yield "folder", folder
            if any(self.has_symbols(f"{folder}/{name}".lstrip("/")) for name in self.atlas.folders[folder].files):
                yield "symbols", folder
            if self.seed:
                yield from (("seed-index", folder), ("seed-doc", folder), ("seed-sub", folder))
        for path in self.atlas.files:
            yield "file", path
            if self.seed:
                yield from (("seed-docs", path), ("seed-kw", path))
        if self.shards:
            yield "shard", ""
            yield from (("shard", key) for key in self.shards)

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
            return not path or _ROW * len(self.shards[path]) > self._most
        if kind in ("file", "seed-docs", "seed-kw"):
            return self._file_size(path) > self._most
        folder = atlas.folders[path]
        size = 1_500 * (len(folder.files) + len(folder.folders)) + 30_000 + _EDGE * len(self.folders.neighbours(path))
        if kind in ("symbols", "seed-doc", "seed-sub"):
            size += sum(_ROW * len(self.symbols(f"{path}/{name}".lstrip("/"))) for name in folder.files)
        return size > self._most

    def _file_size(self, path: str) -> int:
        atlas = self.atlas
        size = _EDGE * (len(atlas.edges_to.get(path, ())) + len(atlas.edges_from.get(path, ())) + len(atlas.missing.get(path, ()))) + 30_000
        file = atlas.files[path]
        record = file.record
        if record is None:
            return size
        size += 2 * _ROW * (len(record.symbols) + len(record.imports) + len(record.keys) + len(record.notes))
        if record.document is not None:
            size += _ROW * len(record.document.headings)
        texts = sum([len(s.signature) + len(s.doc) + len(s.value) + len(s.condition) for s in record.symbols]) + len(record.doc)
        if size + 28 * texts <= self._most:
            return size
        for symbol in record.symbols:
            size += 2 * weight(symbol.signature) + 2 * _weight(symbol.doc) + weight(symbol.value) + 60 * len(symbol.bases)
            size += sum(map(weight, symbol.decorators)) + weight(symbol.condition)
        return size + _weight(record.doc) + sum(map(len, (i.target for i in record.imports)))

    def _measure(self, kind: str, path: str) -> None:
        pages = in_parts(self._whole(kind, path), self._most)
        if len(pages) > 1:
            self._long[kind, path] = len(pages)
            self.parts[kind, path] = {anchor: n for n, page in enumerate(pages, 1) for anchor in anchors_on(page)}


def _weight(text: str) -> int:
    return sum([3 + weight(line) for line in text.split("\n")]) if text else 0
