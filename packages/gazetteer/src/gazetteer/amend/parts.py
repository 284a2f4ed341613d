"""What a change reaches of an output, in all of its formats, as it was and as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ..compose import Book
from ..config import Config
from ..output import Writer
from ..outputs import Output, address_of, scip_output
from .changes import Changes
from .pages import Pages, page_outputs

__all__ = ["Part", "Parts"]


class Part(Protocol):
    """The files of one format that a change reaches."""

    def before(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that may not be there, or not as they were."""

    def outputs(self) -> Iterator[Output]:
        """What is there now of these, and what is new."""


class Parts:
    """What a change reaches of an output.

    Parameters
    ----------
    found : Changes
        What may be different.
    root, out, config, formats
        As for `gazetteer.build.build`.
    depended : list of str
        The files with facts that others depended on.
    paths : collection of str
        The files of the last output.
    writer : Writer
        Of the output.
    """

    def __init__(
        self, found: Changes, root: Path, out: Path, config: Config, formats: tuple[str, ...], depended: list[str],
        paths: Collection[str], writer: Writer,
    ) -> None:  # fmt: skip
        self._paths = paths
        self.pages, self.data, self.others = list[Pages](), list[Part](), list[Part]()
        if "md" in formats:
            self.pages.append(Pages(found, root, out, config))
        if "html" in formats:  # most small builds do without what other formats than Markdown bring in
            from .site import SearchOfSite, SitePages

            site = SitePages(found, root, out, config, writer)
            self.pages.append(site)
            self.others.append(SearchOfSite(found, site.site, paths, writer))
        if "json" in formats:
            from .json import DataFiles

            self.data.append(DataFiles(found, root, writer))
        if "llms" in formats:
            from .llms import LlmsPages

            self.others.append(LlmsPages(found, config, address_of(found.book.names, formats), depended, writer))
        if "scip" in formats:
            self.others.append(_Scip(found.book, root))

    def before(self) -> set[str]:
        """Those of the files of the last output that may not be there, or not as they were."""
        found = set[str]().union(*(pages.before(self._paths) for pages in self.pages))
        return found.union(*(part.before(self._paths) for part in (*self.data, *self.others)))

    def outputs(self) -> Iterator[Output]:
        """What is there now of these, and what is new, but for the rows of data; what takes longest comes first."""
        for part in self.others:
            yield from part.outputs()
        yield from page_outputs(self.pages)
        for pages in self.pages:
            yield from pages.others()


class _Scip:
    """The index for SCIP, which has something of all files."""

    def __init__(self, book: Book, root: Path) -> None:
        self._book, self._root = book, root

    def before(self, _paths: Iterable[str]) -> set[str]:
        """Its path."""
        return {"index.scip"}

    def outputs(self) -> Iterator[Output]:
        """Itself."""
        yield scip_output(self._book, self._root)
