"""The pages of Markdown that a small change reaches, as they were and as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .amend import Amended
from .config import Config
from .document import PageRef
from .output import Writer
from .render.links import Links, source_of
from .render.markdown import markdown

__all__ = ["Pages", "is_there"]


def is_there(found: Amended, kind: str, path: str) -> bool:
    """Whether there still is a page."""
    return kind != "shard" or not path or path in found.view.kept.sizes


class Pages:
    """The Markdown of pages, before and after a change."""

    folder = ""

    def __init__(self, found: Amended, root: Path, out: Path, config: Config) -> None:
        self.found, self.book = found, found.view.book
        self.links = self.links_of(root, out, config)

    def links_of(self, root: Path, out: Path, config: Config) -> Links:
        """Where pages are."""
        return Links(self.book.names, source_of(config.links.source, root, out), config.links.rev, parts=self.book.parts)

    def before(self, _paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""
        found = set[str]()
        for kind, path in self.found.pages:
            of, same = self.found.view.long.get((kind, path), 1), self.found.same(kind, path)
            refs = [PageRef(kind, path, part=n) for n in range(1, of + 1) if n not in same]  # type: ignore[arg-type]
            found.update(self.folder + self.links.page(ref) for ref in refs)
        return found

    def write_ahead(self, writer: Writer) -> None:
        """Write the pages of the files that were changed, for someone may wait for these."""
        for path in sorted(self.found.files):
            for ref in self.found.refs("file", path):
                writer.write_ahead(self.folder + self.links.page(ref), self.content(ref))

    def write(self, writer: Writer) -> None:
        """Write the files as they are."""
        for path, content in self.now():
            writer.write(path, content)

    def now(self) -> Iterator[tuple[str, bytes]]:
        """The files that are not written ahead, as they are, with their bytes."""
        for kind, path in sorted(self.found.pages):
            if is_there(self.found, kind, path) and not (kind == "file" and path in self.found.files):
                for ref in self.found.refs(kind, path):
                    yield self.folder + self.links.page(ref), self.content(ref)

    def content(self, ref: PageRef) -> bytes:
        """The bytes of a page."""
        return markdown(self.found.page(ref), self.links)
