"""What methods of C++ override after a change of one file: found again for the types that derive from one that has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from ..atlas import Edge, SymbolRef
from ..gather import SourceFile
from ..resolve.overriding import MEMBERS, Overriding
from .near import Again, Matched
from .not_small import need
from .view import View

__all__ = ["with_overrides"]

#: So many types may lie above and below those that have changed.
_MOST = 500


def with_overrides(view: View, matched: Matched, before: SourceFile, after: SourceFile, again: Again) -> Again:
    """Edges that were found again, and with them those from methods to what they override.

    Parameters
    ----------
    view : View
        The kept tree.
    matched : Matched
        The file that has changed.
    before, after : SourceFile
        The same.
    again : Again
        Edges from types to their bases that are not there any more, and those that were not there, among others.

    Raises
    ------
    NotSmallError
        If very many types may have to be looked at.
    """
    # Not less what is in both: an edge between other symbols may look the same, which have other indices in the other state.
    path, dropped, made = matched.path, _bases(again.dropped), _bases(again.made)
    old = {SymbolRef(path, symbol.parent) for symbol in matched.gone.values() if symbol.kind in MEMBERS}
    new = {SymbolRef(path, symbol.parent) for symbol in matched.come.values() if symbol.kind in MEMBERS}
    old |= {SymbolRef(edge.source, edge.source_symbol) for edge in dropped}
    new |= {SymbolRef(edge.source, edge.source_symbol) for edge in made}
    here, there = _moved(old, path, matched.places), _moved(new, path, matched.back)
    was = _Types(view, path, before, None, [], [])
    now = _Types(view, path, after, matched.places, dropped, made)
    return Again(again.dropped | set(was.overrides(old | there)), again.made | set(now.overrides(new | here)))


def _bases(edges: Iterable[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge.kind == "base"]


def _moved(refs: set[SymbolRef], path: str, places: Mapping[int, int]) -> set[SymbolRef]:
    """Types by their other indices, as far as they have any."""
    return {ref if ref.path != path else SymbolRef(path, places[ref.index]) for ref in refs if ref.path != path or ref.index in places}


class _Types:
    """Types with those that they derive from, in one state of the changed file."""

    def __init__(
        self, view: View, path: str, file: SourceFile, places: Mapping[int, int] | None, dropped: list[Edge], made: list[Edge]
    ) -> None:  # fmt: skip
        self._view, self._path, self._file, self._places = view, path, file, places
        self._dropped, self._made = set(dropped), made

    def overrides(self, changed: Iterable[SymbolRef]) -> Iterator[Edge]:
        """The edges from the methods of some types, and of all that derive from them."""
        types = self._reached(changed, up=False)
        bases = {edge for ref in self._reached(types, up=True) for edge in self._edges(ref, up=True)}
        files = {path: self._of(path) for edge in bases for path in (edge.source, edge.target)}
        return Overriding(files, bases).edges(sorted(types))

    def _of(self, path: str) -> SourceFile:
        return self._file if path == self._path else self._view.book.atlas.files[path]

    def _reached(self, some: Iterable[SymbolRef], *, up: bool) -> set[SymbolRef]:
        """Types and their bases and theirs, or types and those that derive from them, and so on."""
        seen = set(some)
        waiting = list(seen)
        while waiting:
            for edge in self._edges(waiting.pop(), up):
                ref = SymbolRef(edge.target, edge.target_symbol) if up else SymbolRef(edge.source, edge.source_symbol)
                if ref not in seen:
                    seen.add(ref)
                    waiting.append(ref)
            need(len(seen) <= _MOST, "a type that many derive from")
        return seen

    def _edges(self, ref: SymbolRef, up: bool) -> Iterator[Edge]:
        """The edges from a type to its bases, or those to it."""
        facts = self._view.facts[ref.path]
        kept = (edge for edge in (facts.edges_from if up else facts.edges_to) if edge.kind == "base" and edge not in self._dropped)
        for edge in (*map(self._placed, kept), *self._made):
            if (SymbolRef(edge.source, edge.source_symbol) if up else SymbolRef(edge.target, edge.target_symbol)) == ref:
                yield edge

    def _placed(self, edge: Edge) -> Edge:
        """An edge with the indices that symbols of the changed file have in this state."""
        source, target = edge.source_symbol, edge.target_symbol
        if self._places is not None and edge.source == self._path:
            source = self._places.get(source, -1)
        if self._places is not None and edge.target == self._path:
            target = self._places.get(target, -1)
        return structs.replace(edge, source_symbol=source, target_symbol=target)
