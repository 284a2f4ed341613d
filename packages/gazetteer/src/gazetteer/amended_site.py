"""The pages and the search of the site that a small change reaches, as they were and as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .amended_pages import Pages
from .config import Config
from .document import PageRef
from .names import printable
from .render.links import Links
from .render.site import FOLDER, Site
from .search import cells_of, has_part

__all__ = ["SitePages"]


class SitePages(Pages):
    """The pages of the site, and its search."""

    folder = f"{FOLDER}/"

    def links_of(self, root: Path, out: Path, config: Config) -> Links:
        """Where pages are."""
        self._site = Site(self.book, root, out, config)
        self._cells = {cell for name in self.found.names for cell in cells_of(printable(name))}
        return self._site.links

    def before(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""
        start = f"{self.folder}search/"
        found = {p for p in paths if p.startswith(start) and has_part(p.removeprefix(self.folder), self._cells)} if self._cells else set()
        return super().before(paths) | found

    def now(self) -> Iterator[tuple[str, bytes]]:
        """The files as they are, with their bytes."""
        yield from super().now()
        if self._cells:
            for path, content in self._site.search(self._cells):
                yield self.folder + path, content

    def content(self, ref: PageRef) -> bytes:
        """The bytes of a page."""
        return self._site.page(ref, self.found.page(ref))
