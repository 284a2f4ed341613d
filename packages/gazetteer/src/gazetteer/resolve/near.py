"""What a resolver of a language can be asked of few files, without looking at all others: of a file whose imports have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ..atlas import Edge, Missing

__all__ = ["Near"]


class Near(Protocol):
    """Edges that begin in few files; what they rest on elsewhere is read where it is asked for."""

    def statements(self, path: str) -> Iterator[Edge | Missing]:
        """What the statements or links of a file mean."""

    def joined(self, paths: Iterable[str]) -> Iterator[Edge]:
        """Edges from symbols of some files to others."""
