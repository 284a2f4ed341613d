"""Macros of a tree: which stand where an attribute may stand, and which are called like statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from ..config import Config
from ..model import Scan

if TYPE_CHECKING:
    from ..gather import SourceFile

__all__ = ["Learned", "learn"]


class Learned(Struct):
    """Names of macros, by what they stand for."""

    attributes: frozenset[str]
    calls: frozenset[str]

    def in_file(self, scan: Scan) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those that occur in a file, sorted."""
        names = set(scan.identifiers.split(" "))
        return tuple(sorted(self.attributes & names)), tuple(sorted(self.calls & names))


def learn(files: Iterable[SourceFile], config: Config) -> Learned:
    """The macros of the tree, and those that the configuration adds."""
    return Learned(frozenset(config.cpp.attribute_macros), frozenset(config.cpp.call_macros))
