"""The pages that a change reaches, in Markdown, as they were and as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ..config import Config
from ..document import PageRef
from ..output import Content, Writer
from ..outputs import Output, tasks_of
from ..render.links import Links, source_of
from ..render.markdown import markdown
from .changes import Changes

__all__ = ["Pages", "page_outputs"]

#: So few pages are made in one format after the other.
_FEW = 100


class Pages:
    """The Markdown of pages, before and after a change."""

    folder = ""

    def __init__(self, found: Changes, root: Path, out: Path, config: Config) -> None:
        self.found, self.book = found, found.book
        self.links = self.links_of(root, out, config)
        self._ahead: set[str] = set()

    def links_of(self, root: Path, out: Path, config: Config) -> Links:
        """Where pages are."""
        return Links(self.book.names, source_of(config.links.source, root, out), config.links.rev, parts=self.book.parts)

    def keys(self) -> set[tuple[str, str]]:
        """Kinds and paths of the pages that may be different, or may have come or gone."""
        return self.found.pages

    def same(self, kind: str, path: str) -> set[int]:
        """The parts of a long page that are as they were."""
        return self.found.same(kind, path)

    def before(self, _paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""
        found, before = set[str](), self.found.before
        links = Links(before.names, "", "", self.links.suffix, self.links.folder_page)
        for kind, path in self.keys():
            if self.found.was_there(kind, path):
                refs = _refs(kind, path, before.long.get((kind, path), 1), self.same(kind, path))
                found.update(self.folder + links.page(ref) for ref in refs)
        return found

    def write_ahead(self, writer: Writer) -> None:
        """Write the pages of the files that were changed."""
        for path in sorted(self.found.files):
            for place, content in self.of("file", path):
                writer.write_ahead(place, content())
                self._ahead.add(place)

    def of(self, kind: str, path: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Path and bytes of a page as it is, or of those of its parts that may be different, but for what was written ahead."""
        if not self.found.is_there(kind, path):
            return
        for ref in _refs(kind, path, self.book.layout.long.get((kind, path), 1), self.same(kind, path)):
            place = self.folder + self.links.page(ref)
            if place not in self._ahead:
                yield place, partial(self.content, ref)

    def others(self) -> Iterator[Output]:
        """What else may be different."""
        return iter(())

    def content(self, ref: PageRef) -> bytes:
        """The bytes of a page."""
        return markdown(self.found.page(ref), self.links)


def page_outputs(formats: Sequence[Pages]) -> Iterator[Output]:
    """The pages in all formats: one in each after the other, since it is composed once for all of them.

    Where they are few, those of the site come first: another process begins with them, and this one may do without what they take.
    """
    long = list[list[tuple[str, Callable[[], Content]]]]()
    keys = [pages.keys() for pages in formats]
    if len(formats) > 1 and max(map(len, keys)) <= _FEW:
        for pages in reversed(formats):
            yield from page_outputs([pages])
        return
    for key in sorted(set[tuple[str, str]]().union(*keys)):
        made: list[tuple[str, Callable[[], Content]]] = []
        for pages, some in zip(formats, keys, strict=True):
            made += pages.of(*key) if key in some else ()
        if len(made) > len(formats):
            long.append(made)
        else:
            yield from made
    yield from tasks_of(long)


def _refs(kind: str, path: str, of: int, same: set[int]) -> list[PageRef]:
    """The parts of a page that may be different."""
    if of == 1:
        return [PageRef(kind, path)]  # type: ignore[arg-type]
    return [PageRef(kind, path, part=n) for n in range(1, of + 1) if n not in same]  # type: ignore[arg-type]
