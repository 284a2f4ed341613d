"""What a resolver of a language can be asked of few files, without looking at all others: of a file whose imports have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from ..atlas import Edge, Missing

__all__ = ["Near", "Stated"]


class Near(Protocol):
    """Edges that begin in few files; what they rest on elsewhere is read where it is asked for."""

    def statements(self, path: str) -> Iterator[Edge | Missing]:
        """What the statements or links of a file mean."""

    def joined(self, paths: Iterable[str]) -> Iterator[Edge]:
        """Edges from symbols of some files to others."""


class Stated:
    """The edges of few files of a language in which symbols have none.

    Parameters
    ----------
    statements : callable
        Gives what the statements or links of a file mean.
    """

    def __init__(self, statements: Callable[[str], Iterator[Edge | Missing]]) -> None:
        self.statements = statements

    def joined(self, _paths: Iterable[str]) -> Iterator[Edge]:
        """None."""
        return iter(())
