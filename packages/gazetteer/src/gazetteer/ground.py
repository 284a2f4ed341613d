"""What a process knows of the tree and of the output without looking: because it built before, or has looked just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .discover import Entry
from .unchanged import described

if TYPE_CHECKING:
    from .kept import Kept  # a build that has nothing to do imports none of it

__all__ = ["Ground"]


class Ground:
    """What is known of the tree and of the output without looking.

    Attributes
    ----------
    entries : list of Entry or None
        The tree; None where it has to be looked at.
    described : list of bytes
        What `described` says of the entries.
    seen_ns : int
        When that was looked at.
    lying : bytes or None
        The `listing` of the output; None where it has to be made.
    pages : dict or None
        Path and hash of each file of the output, as long as it lies there as `lying` says; None where its manifest has to be read.
    kept : Kept or None
        What the last build kept, where it was read already.
    touched : dict
        What `lies` said of each path of the output after a build had touched it.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] | None = None
        self.described: list[bytes] = []
        self.seen_ns = 0
        self.lying: bytes | None = None
        self.pages: dict[str, str] | None = None
        self.kept: Kept | None = None
        self.touched: dict[str, str | None] = {}

    def look(self, entries: list[Entry], seen_ns: int) -> None:
        """Know the tree as it was found."""
        self.entries, self.described, self.seen_ns = entries, described(entries), seen_ns

    def put(self, number: int, entry: Entry) -> None:
        """Know one entry anew."""
        assert self.entries is not None
        self.entries[number] = entry
        self.described[number] = described((entry,))[0]
