"""The pages and the search of the site that a change reaches, as they were and as they are."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from ..config import Config
from ..document import PageRef
from ..names import is_document
from ..output import Content, Writer
from ..outputs import Output, Task
from ..render.links import Links
from ..render.site import DOCUMENT, FOLDER, IMAGES, Site, is_shown
from ..search import cells_of, has_part, tables_in
from .changes import Changes
from .pages import Pages
from .search import SearchFiles
from .searched import Searched, TooMuchError

__all__ = ["SearchOfSite", "SitePages"]

#: Of a document, what other files of the site hang on: its anchors, and the images that it shows.
_MARK = re.compile(rb' (?:id|src)="[^"]*"')
#: What a search says of so many names is little to make.
_FEW_NAMES = 50


class SitePages(Pages):
    """The pages of the site, before and after a change; `writer` has those that lie there."""

    folder = f"{FOLDER}/"

    def __init__(self, found: Changes, root: Path, out: Path, config: Config, writer: Writer) -> None:
        super().__init__(found, root, out, config)
        #: Whether documents besides those that were changed may have other links, or show other images: they may name any path.
        self._is_document_different = bool(found.listed) or any(self._has_other_marks(p, writer) for p in found.files if is_shown(p))

    def _has_other_marks(self, path: str, writer: Writer) -> bool:
        """Whether a document has other anchors than before, or shows other images; of images it is not known what they were."""
        if not is_document(path):
            return True
        ref = PageRef("file", path, part=int(("file", path) in self.book.layout.long))
        was = _marks(writer.read(self.folder + self.links.page(ref)))
        return not was or was != _marks(self.content(ref))

    def links_of(self, root: Path, out: Path, config: Config) -> Links:
        """Where pages are."""
        self.site = Site(self.book, root, out, config)
        return self.site.links

    @functools.cached_property
    def _framed(self) -> set[tuple[str, str]]:
        """Pages of which something else may be different than what the book says: the list of their folder, a document, embedded texts."""
        book = self.book
        if self.site.links.embedded:
            return set(book.pages())
        found = set[tuple[str, str]]()
        for folder in self.found.listed & book.atlas.folders.keys():
            found |= {("folder", folder), ("symbols", folder)}
            found.update(("file", f"{folder}/{name}".lstrip("/")) for name in book.atlas.folders[folder].files)
        if self._is_document_different:
            found.update(self.site.documents())
        return found

    @functools.cached_property
    def _keys(self) -> set[tuple[str, str]]:
        return self.found.pages | self._framed

    def keys(self) -> set[tuple[str, str]]:
        """Kinds and paths of the pages that may be different, or may have come or gone."""
        return self._keys

    def same(self, kind: str, path: str) -> set[int]:
        """The parts of a long page that are as they were."""
        return set() if (kind, path) in self._framed else super().same(kind, path)

    def before(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""
        found = super().before(paths)
        if self._is_document_different:
            found.update(path for path in paths if path.startswith(f"{self.folder}{IMAGES}/"))
        if self.site.links.embedded:
            found.update(path for path in paths if path.startswith(f"{self.folder}_source/"))
        return found

    def others(self) -> Iterator[Output]:
        """What else may be different, but for the search."""
        if self._is_document_different or self.site.links.embedded:
            yield from self.site.others()

    def content(self, ref: PageRef) -> bytes:
        """The bytes of a page."""
        return self.site.page(ref, self.found.page(ref))


class SearchOfSite:
    """The search of the site, before and after a change.

    Parameters
    ----------
    found : Changes
        What may be different.
    site : Site
        With the tree as it is now.
    paths : iterable of str
        The files of the last output.
    writer : Writer
        Of the output.
    """

    def __init__(self, found: Changes, site: Site, paths: Iterable[str], writer: Writer) -> None:
        self._found, self._site, self._writer, self._start = found, site, writer, f"{FOLDER}/search/"
        self._paths = {path for path in paths if path.startswith(self._start)}

    def before(self, _paths: Iterable[str]) -> set[str]:
        """All that there were: what becomes of each is known when they are made."""
        return set(self._paths)

    def outputs(self) -> Iterator[Output]:
        """The files as they are."""
        names = self._found.names
        if self._found.is_reranked() or len(names) > _FEW_NAMES:
            yield from self._tasks()
        elif names:  # it is little, and whoever has nothing else to do sees what it is
            yield Task((f"{self._start}index.js",), lambda: chain.from_iterable(task.files() for task in self._tasks()))
        else:
            yield Task((), self._as_they_were)

    def _tasks(self) -> Iterator[Task]:
        cells: set[str] | None = None
        try:
            searched = Searched(self._found, self._site.links.page)
            if not searched.names:
                yield Task((), self._as_they_were)
                return
            cells = {cell for name in searched.names for cell in cells_of(name)}
            files = SearchFiles(searched, f"{FOLDER}/", self._paths, self._writer)
        except TooMuchError:
            yield from self._anew(cells)
            return
        yield Task((f"{self._start}index.js",), files.rest)
        for bucket, worth in files.buckets.items():
            yield Task((f"{self._start}{bucket}.js",), partial(self._amended, files, bucket, cells), worth=worth)

    def _as_they_were(self) -> Iterator[tuple[str, Content | None]]:
        return ((path, None) for path in self._paths)

    def _amended(self, files: SearchFiles, bucket: str, cells: set[str]) -> Iterator[tuple[str, Content | None]]:
        try:
            yield from files.files(bucket)
        except TooMuchError:
            yield from self._bucket(bucket, cells)
            yield from ((path, None) for path in self._paths_of(bucket) if not has_part(path.removeprefix(f"{FOLDER}/"), cells))

    def _paths_of(self, bucket: str) -> list[str]:
        """The files of a first character, as they were."""
        return [path for path in self._paths if path[len(self._start)] == bucket and path != f"{self._start}index.js"]

    def _anew(self, cells: set[str] | None) -> Iterator[Task]:
        """Make the files of some cells, or of all, from all names of the tree, in pieces that several processes can share."""
        book = self._site.book
        buckets = sorted({cell[0] for cell in cells}) if cells is not None else "0123456789abcdefghijklmnopqrstuvwxyz~"
        yield Task((f"{self._start}index.js",), partial(self._rest, cells))
        for bucket in buckets:
            path, worth = f"{self._start}{bucket}.js", len(book.atlas.files) // (2 * len(buckets))
            yield Task((path,), partial(self._bucket, bucket, cells), worth=worth)

    def _rest(self, cells: set[str] | None) -> Iterator[tuple[str, Content | None]]:
        """What has no part of a cell that is made, and what says which others there are."""
        path, content = self._site.index.about()
        yield f"{FOLDER}/{path}", content
        if cells is not None:
            yield from ((old, None) for old in self._paths if not has_part(old.removeprefix(f"{FOLDER}/"), cells))

    def _bucket(self, bucket: str, cells: set[str] | None) -> Iterator[tuple[str, Content | None]]:
        known = self._tables(bucket) if cells is not None else {}
        same = {cell: table for cell, table in known.items() if cells is None or cell not in cells}
        for path, content in self._site.index.bucket(bucket, same):
            yield f"{FOLDER}/{path}", content

    def _tables(self, bucket: str) -> dict[str, Any]:
        path = f"{self._start}{bucket}.js"
        return tables_in(self._writer.read(path)) if path in self._paths else {}


def _marks(page: bytes) -> tuple[bytes, ...]:
    """What other files of the site hang on, of the document on a page; nothing where it shows none."""
    at = page.find(DOCUMENT.encode())
    return (b"", *sorted(set(_MARK.findall(page, at)))) if at >= 0 else ()
