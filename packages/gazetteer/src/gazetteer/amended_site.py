"""The pages and the search of the site that a small change reaches, as they were and as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .amend import Amended
from .amended_pages import Pages
from .amended_search import SearchFiles, TooMuchError, files_of
from .config import Config
from .document import PageRef
from .names import printable
from .output import Writer
from .render.links import Links
from .render.site import FOLDER, Site
from .search import cells_of, has_part

__all__ = ["SitePages"]


class SitePages(Pages):
    """The pages of the site, and its search."""

    folder = f"{FOLDER}/"

    def __init__(self, found: Amended, root: Path, out: Path, config: Config, writer: Writer) -> None:
        super().__init__(found, root, out, config)
        self._writer = writer
        self._searched: dict[str, bytes] = {}

    def links_of(self, root: Path, out: Path, config: Config) -> Links:
        """Where pages are."""
        self._site = Site(self.book, root, out, config)
        return self._site.links

    def before(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""
        paths = list(paths)
        names = self._names()
        if not names:
            return super().before(paths)
        try:
            search = SearchFiles(self.found, self._site.links.page, self.folder, paths, self._writer, names)
        except TooMuchError:
            cells = {cell for name in names for cell in cells_of(printable(name))}
            start = f"{self.folder}search/"
            old = {p for p in paths if p.startswith(start) and has_part(p.removeprefix(self.folder), cells)}
            self._searched = {self.folder + path: content for path, content in self._site.search(cells)}
        else:
            old, self._searched = search.made.keys() | search.gone, search.made
        return super().before(paths) | old

    def _names(self) -> set[str]:
        """The names of which the search shows something else."""
        names, moved = set(self.found.names), files_of(self.found) if self.found.reranked is not None else set()
        for path in moved:
            names.add(path.rpartition("/")[2])
            names.update(symbol.name for symbol in self.book.symbols(path) if symbol.name)
        return names

    def now(self) -> Iterator[tuple[str, bytes]]:
        """The files as they are, with their bytes."""
        yield from super().now()
        yield from self._searched.items()

    def content(self, ref: PageRef) -> bytes:
        """The bytes of a page."""
        return self._site.page(ref, self.found.page(ref))
