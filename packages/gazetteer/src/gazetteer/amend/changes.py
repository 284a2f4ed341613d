"""What may be different from what the last build left: that is all that is known of a change by those who amend the files of a format.

A small change is found without looking at the whole tree (`gazetteer.amend.tree`), any other one by comparing it (`gazetteer.amend.reach`).
"""

from __future__ import annotations

from collections.abc import Mapping

from ..atlas import qualified, separator
from ..compose.book import Book, Layout
from ..compose.common import anchors_of
from ..document import Page, PageRef
from ..facts import shown_rank
from ..kept import KeptFile
from ..model import FileRecord

__all__ = ["Changes", "shown_in_search"]


class Changes:
    """What may be different.

    Parameters
    ----------
    book : Book
        The tree as it is now.
    old : mapping of str to KeptFile
        The files as the last build knew them.
    before : Layout
        Names of the pages of the last build; how many parts long ones had, and the marks of these.

    Attributes
    ----------
    files : set of str
        Paths of which something else is known than before: of what lies there, or of what was read of it. Paths that have come or gone too.
    facts : set of str
        Paths of which something else was resolved.
    pages : set of (str, str)
        Kinds and paths of pages that may be different, or may have come or gone.
    relinked : set of (str, str)
        Pages of the keyword index that may lead to other parts of pages than before, whatever stands on them.
    relaid : set of str
        Files of whose pages the anchors may be on other parts.
    listed : set of str
        Folders in which a file or a folder has come or gone.
    names : set of str
        Names of symbols of which something is different that a search shows, but where they stand among others.
    depended : list of str
        The files with facts that others depend on, the first by rank.
    beginnings : int
        As `gazetteer.compose.sharding.beginnings` gives it.
    has_same_folders : bool
        Whether it is known that each folder has the files with facts that it had.
    """

    beginnings: int
    depended: list[str]
    has_same_folders = False

    def __init__(self, book: Book, old: Mapping[str, KeptFile], before: Layout) -> None:
        self.book, self.old, self.before = book, old, before
        self.files: set[str] = set()
        self.facts: set[str] = set()
        self.pages: set[tuple[str, str]] = set()
        #: Those with names of other files of which something else may be known.
        self.handed: set[str] = set()
        self.relinked: set[tuple[str, str]] = set()
        self.relaid: set[str] = set()
        self.listed: set[str] = set()
        self.names: set[str] = set()

    def was_there(self, _kind: str, _path: str) -> bool:
        """Whether there was a page."""
        return True

    def is_there(self, kind: str, path: str) -> bool:
        """Whether there still is a page."""
        raise NotImplementedError

    def record_before(self, path: str) -> FileRecord | None:
        """What was read of a file; None where it was none that is read, or none at all."""
        raise NotImplementedError

    def page(self, ref: PageRef) -> Page:
        """A page as it is now."""
        return self.book.page(ref)

    def same(self, kind: str, path: str) -> set[int]:
        """The parts of a long page that are as they were."""
        key = (kind, path)
        before, now = self.before.marks.get(key, []), self.book.layout.marks.get(key, [])
        if key in self.relinked or len(before) != len(now):
            return set()
        return {number for number, (was, is_now) in enumerate(zip(before, now, strict=True), 1) if was == is_now != b""}

    def ranked(self) -> set[str]:
        """Paths whose rank is shown as another number."""
        rank = self.book.atlas.rank
        return {path for path, file in self.old.items() if shown_rank(file.rank) != shown_rank(rank.get(path, 0.0))} & rank.keys()

    def is_reranked(self) -> bool:
        """Whether any file may stand at another place in the order of ranks."""
        rank = self.book.atlas.rank
        return len(rank) != len(self.old) or any(rank.get(path) != file.rank for path, file in self.old.items())


def shown_in_search(record: FileRecord, language: str) -> set[tuple[str, str, str, int, str, str]]:
    """What a search shows of the symbols of a file."""
    symbols, between = record.symbols, separator(language)
    scopes = {-1: ""}
    for symbol in symbols:
        if symbol.parent not in scopes:
            scopes[symbol.parent] = qualified(symbols, symbol.parent, between)
    return {
        (s.name, s.kind, s.role, s.line, anchor, f"{scopes[s.parent]} {s.scope}")
        for s, anchor in zip(symbols, anchors_of(symbols), strict=True) if s.name
    }  # fmt: skip
