"""The edges of a changed file, brought up to date: those that begin or end at it, and those of other files that rest on its names."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from ..atlas import SYMBOL_EDGES, Edge, Missing
from ..compose.common import anchors_of
from ..config import Config
from ..gather import SourceFile
from ..kept import PathFacts
from ..lang.table import FAMILY
from ..model import FileRecord, Import, Link
from ..resolve.paths import Paths
from ..resolve.unstated import LANGUAGES as UNSTATED
from ..resolve.unstated import heads_of
from .cpp import Joined, is_weak_anew
from .near import NEAR, Again, Matched, Neighbours
from .not_small import NotSmallError, need
from .strict import ensure_unasked
from .view import View

__all__ = ["Edges"]


class Edges:
    """What a change of a file does to edges.

    Parameters
    ----------
    view : View
        The kept tree; its atlas has the file as it is now.
    config : Config
        Of the tree.
    paths : callable
        Gives its paths.
    matched : Matched
        The file.
    old, new : SourceFile
        The same.

    Attributes
    ----------
    touched : set of str
        Other files whose pages show what is different.
    changed : dict of str to PathFacts
        What is resolved of files now, where that is another than before.
    """

    def __init__(self, view: View, config: Config, paths: Callable[[], Paths], matched: Matched, old: SourceFile, new: SourceFile) -> None:
        self._view, self._config, self._paths = view, config, paths
        self._file, self._path, self._old, self._new = matched, matched.path, old, new
        self._shown = _Shown(matched)
        self.touched = set[str]()
        self.changed: dict[str, PathFacts] = {}
        self._change()

    def _change(self) -> None:
        facts, path = self._view.facts[self._path], self._path
        before = [*facts.edges_from, *(edge for edge in facts.edges_to if edge.source != path)]
        lines = self._lines()
        fresh = None if lines is not None else self._resolved()
        stated = [edge for edge in fresh if isinstance(edge, Edge)] if fresh is not None else None
        again = self._joined(stated)
        images = {edge: self._image(edge, lines, again) for edge in before}
        after = {image for edge, image in images.items() if image is not None and not _is_dropped(edge, again)}
        if stated is not None:
            after = {edge for edge in after if edge.source != path or edge.kind in SYMBOL_EDGES} | set(stated)
        gone, come = set[Edge](), set[Edge]()  # between other files
        if again is not None:
            after |= {edge for edge in again.made if path in (edge.source, edge.target)}
            gone, come = ({edge for edge in some if path not in (edge.source, edge.target)} for some in (again.dropped, again.made))
        self._touch(images, after)
        self._touch_all((gone ^ come) | (after - set(images.values())))
        if fresh is None:
            assert lines is not None
            missing = [structs.replace(m, line=_moved(lines, m.line)) for m in facts.missing]
        else:
            missing = [found for found in fresh if isinstance(found, Missing)]
        own, into = [e for e in after if e.source == path], [e for e in after if e.target == path]
        self._put(path, PathFacts(sorted(own), sorted(into), sorted(set(missing)), facts.tests))
        different = (set(before) ^ after) | (gone ^ come)
        for other in sorted({end for edge in different for end in (edge.source, edge.target)} - {path}):
            self._put_other(other, after, gone, come)

    def _put_other(self, other: str, after: set[Edge], gone: set[Edge], come: set[Edge]) -> None:
        there, path = self._view.facts[other], self._path
        into, out = (
            [e for e in after if e.target == path and e.source == other],
            [e for e in after if e.source == path and e.target == other],
        )
        edges_from = [e for e in there.edges_from if e.target != path and e not in gone] + into
        edges_to = [e for e in there.edges_to if e.source != path and e not in gone] + out
        edges_from += [e for e in come if e.source == other]
        edges_to += [e for e in come if e.target == other]
        self._put(other, structs.replace(there, edges_from=sorted(edges_from), edges_to=sorted(edges_to)))

    def _put(self, path: str, facts: PathFacts) -> None:
        if facts != self._view.facts[path]:
            self.changed[path] = facts

    # -- statements ------------------------------------------------------------------------------------------------------------------

    def _lines(self) -> dict[int, int] | None:
        """Of each line on which a statement or a link begins, where it is now; None where these are not the same."""
        old, new = self._file.old, self._file.new
        need(old.manifest == new.manifest and [v[:2] for v in old.values] == [v[:2] for v in new.values], "a manifest")
        need(bool(old.script_line) == bool(new.script_line), "whether a file is run as a script")
        need(old.opened == new.opened, "a namespace whose names are taken")
        before: list[Import | Link] = [*old.imports, *_links(old)]
        after: list[Import | Link] = [*new.imports, *_links(new)]
        if list(map(_unplaced, before)) != list(map(_unplaced, after)) or (self._new.language in FAMILY and is_weak_anew(self._file)):
            return None
        found: dict[int, int] = {}
        for was, now in zip(before, after, strict=True):
            if found.setdefault(was.line, now.line) != now.line:  # two on one line that are on two now
                return None
        return found

    def _resolved(self) -> list[Edge | Missing]:
        """What statements mean that are not the same."""
        language = self._new.language
        need(language in NEAR or language in FAMILY, f"a statement of {language}")
        return list(self._cpp().statements() if language in FAMILY else self._neighbours().statements())

    def _joined(self, stated: list[Edge] | None) -> Again | None:
        """The edges between symbols that may be others."""
        language = self._new.language
        if language in FAMILY:
            return self._cpp().joined(stated)
        if language in NEAR:
            return self._neighbours().joined()
        ensure_unasked(self._view, self._file, self._old, self._new)
        need(language not in UNSTATED or heads_of(self._file.old) == heads_of(self._file.new), "a head that names other files")
        return None

    def _cpp(self) -> Joined:
        return Joined(self._view, self._config, self._paths, self._file, self._old, self._new)

    def _neighbours(self) -> Neighbours:
        return Neighbours(self._view, self._config, self._paths, self._file, self._new.language)

    # -- ends ------------------------------------------------------------------------------------------------------------------------

    def _image(self, edge: Edge, lines: dict[int, int] | None, again: Again | None) -> Edge | None:
        """An edge as it is if only places have changed; of one that is found again, None where an end of it is gone."""
        places, path, dropped = self._file.places, self._path, _is_dropped(edge, again)
        source, target = edge.source_symbol, edge.target_symbol
        if edge.source == path and source >= 0:
            source = places.get(source, -2)
        if edge.target == path and target >= 0:
            target = places.get(target, -2)
        if -2 in (source, target):
            need(dropped, "an end of an edge is gone")
            return None
        line = edge.line
        if edge.source == path:
            if source >= 0:
                was = self._file.old.symbols[edge.source_symbol].line
                need(line >= was, "an edge from before its symbol")
                line += self._file.new.symbols[source].line - was
            elif lines is not None:
                line = _moved(lines, line)
        return structs.replace(edge, line=line, source_symbol=source, target_symbol=target)

    def _touch(self, images: dict[Edge, Edge | None], after: set[Edge]) -> None:
        """Note the other ends of edges that are shown otherwise there."""
        for edge, image in images.items():
            if image is None or image not in after:
                self._touch_all({edge})
            elif edge.source == self._path:
                if edge.line != image.line or self._shown.differs(edge.source_symbol):
                    self.touched.add(edge.target)
            elif edge != image or self._shown.differs(edge.target_symbol):
                self.touched.add(edge.source)

    def _touch_all(self, edges: set[Edge]) -> None:
        self.touched.update(end for edge in edges for end in (edge.source, edge.target))


class _Shown:
    """What pages of other files show of the symbols of a changed one: full name, anchor, line."""

    def __init__(self, matched: Matched) -> None:
        self._old, self._new, self._places = matched.old.symbols, matched.new.symbols, matched.places
        self._anchors = anchors_of(self._old), anchors_of(self._new)

    def differs(self, index: int) -> bool:
        """Whether what is shown of an old symbol is different now; names are the same, since it was matched."""
        if index < 0:
            return False
        now = self._places[index]
        return self._old[index].line != self._new[now].line or self._anchors[0][index] != self._anchors[1][now]


def _is_dropped(edge: Edge, again: Again | None) -> bool:
    return again is not None and edge in again.dropped


def _moved(lines: dict[int, int], line: int) -> int:
    """Where a line is now on which a statement begins; that of none stays."""
    if line < 0:
        return line
    if line not in lines:
        raise NotSmallError("an edge from no statement")
    return lines[line]


def _links(record: FileRecord) -> tuple[Link, ...]:
    return record.document.links if record.document is not None else ()


def _unplaced(statement: Import | Link) -> Import | Link:
    """A statement or a link without where it stands."""
    if isinstance(statement, Import):
        return structs.replace(statement, line=0, end_line=statement.lines_below)
    return structs.replace(statement, line=0)
