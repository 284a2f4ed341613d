"""What a change of a file of C or its kin has to do with elsewhere: includes, definitions of what others declare, bases.

Of symbols that have come or gone, the keyword index says which files declare others of the same name. These, and the file itself, are all
that the resolver has to see to find the edges of those names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from ..atlas import Edge, Missing
from ..config import Config
from ..gather import SourceFile
from ..lang.cpp.includes import Places, includes_of, is_teaching, learned_roots, whole_condition
from ..lang.cpp.joins import CALLED, HELD, TYPES, Wanted, joins, near_by, plain, sorts_of, wanted_base
from ..lang.table import FAMILY
from ..model import FileRecord, Symbol
from ..resolve.asked import asked_in
from ..resolve.paths import Paths
from .near import Again, Matched
from .not_small import need
from .overrides import with_overrides
from .view import View

__all__ = ["Joined", "is_weak_anew"]

#: So many other files may be looked at.
_MOST = 500
_MODULES = frozenset(("import", "export"))


class Joined:
    """What a file of the family has to do with others.

    Parameters
    ----------
    view : View
        The kept tree; its atlas has the file as it is now.
    config : Config
        Roots of includes.
    paths : callable
        Gives those of the tree.
    matched : Matched
        The file.
    before, after : SourceFile
        The same.
    """

    def __init__(
        self, view: View, config: Config, paths: Callable[[], Paths], matched: Matched, before: SourceFile, after: SourceFile
    ) -> None:
        self._view, self._config, self._paths = view, config, paths
        self._file, self._path, self._before, self._after = matched, matched.path, before, after
        need(not any(map(_has_modules, (matched.old, matched.new))), "a module of C++")

    # -- includes --------------------------------------------------------------------------------------------------------------------

    def statements(self) -> Iterator[Edge | Missing]:
        """What the includes of the file mean now."""
        old, new = ({i.target for i in record.imports if is_teaching(i.target)} for record in (self._file.old, self._file.new))
        asked = self._view.kept.asked
        before = {word[1:] for word, count in asked.items() if count and word[0] == "<"}
        after = before - {target for target in old - new if asked[f"<{target}"] == 1} | new
        paths = self._paths()
        roots = learned_roots(after, paths)
        need(before == after or roots == learned_roots(before, paths), "an include that teaches where others lie")
        return includes_of(self._path, self._file.new, Places(roots, paths, self._config))

    # -- symbols ---------------------------------------------------------------------------------------------------------------------

    def joined(self, now: Iterable[Edge] | None) -> Again | None:
        """The edges between symbols that may be others; None where none may. `now` has the includes, where they may be others."""
        before = _includes(self._view.facts[self._path].edges_from)
        after = before if now is None else _includes(now)
        wanted = Wanted()
        others = set(self._of_names(wanted))
        others |= set(self._of_bases(wanted))
        others |= set(self._of_includes({e.target for e in before} ^ {e.target for e in after}, wanted))
        if not wanted.defined and not wanted.bases:
            return None
        files = [self._view.book.atlas.files[path] for path in sorted(others - {self._path})]
        need(len(files) <= _MOST, "a name that many files declare")
        self._ensure_asked(files)
        near = [edge for file in files for edge in _includes(self._view.facts[file.path].edges_from)]
        again = Again(
            set(joins([*files, self._before], near_by([*near, *before]), wanted)),
            set(joins([*files, self._after], near_by([*near, *after]), wanted)),
        )  # fmt: skip
        return with_overrides(self._view, self._file, self._before, self._after, again)

    def _changed(self) -> Iterator[tuple[Symbol, str, str]]:
        """The symbols that have come or gone and may be joined: with the last part of the name, and what they are to others."""
        for symbols, sorts in ((self._file.gone, self._sorts[0]), (self._file.come, self._sorts[1])):
            for index, symbol in symbols.items():
                for last, sort in sorts.get(index, ()):
                    need("::" not in plain(symbol.name) or symbol.name.startswith("operator"), "a name of several parts")
                    yield symbol, last, sort

    @cached_property
    def _sorts(self) -> tuple[dict[int, list[tuple[str, str]]], dict[int, list[tuple[str, str]]]]:
        return _sorts(self._before), _sorts(self._after)

    def _of_names(self, wanted: Wanted) -> Iterator[str]:
        """The files that the edges of names rest on that have come or gone."""
        for symbol, last, sort in self._changed():
            if sort == "type":
                wanted.bases.add(last)
                yield from self._declaring(last, TYPES, declared=False)
            else:
                wanted.defined.add(last)
                # What is defined has to do with what is declared alone; and the other way round, but others of it may fit better.
                yield from self._declaring(symbol.name, CALLED | HELD, declared=True)
                if sort == "declared":
                    yield from self._declaring(symbol.name, CALLED | HELD, declared=False)

    def _of_bases(self, wanted: Wanted) -> Iterator[str]:
        """The same of classes that derive from others."""
        for symbol in (*self._file.gone.values(), *self._file.come.values()):
            for base in symbol.bases if symbol.kind in TYPES else ():
                yield from self._with_base(wanted_base(base), wanted)

    def _of_includes(self, targets: set[str], wanted: Wanted) -> Iterator[str]:
        """The same where a file is included that was not, or is not any more: of what it and others declare, it is nearer."""
        if not targets:
            return
        defined = {last for sorts in self._sorts for some in sorts.values() for last, sort in some if sort == "defined"}
        bases = {wanted_base(b) for r in (self._file.old, self._file.new) for s in r.symbols if s.kind in TYPES for b in s.bases}
        for target in sorted(targets - {self._path}):
            file = self._view.book.atlas.files[target]
            if file.language not in FAMILY or file.record is None:
                continue
            for index, last, sort in sorts_of(file):
                if sort == "declared" and last in defined:
                    wanted.defined.add(last)
                    yield from self._declaring(file.record.symbols[index].name, CALLED | HELD, declared=True)
                elif sort == "type" and last in bases:
                    yield from self._with_base(last, wanted)

    def _with_base(self, last: str, wanted: Wanted) -> Iterator[str]:
        wanted.bases.add(last)
        if last:
            yield from self._declaring(last, TYPES, declared=False)

    def _declaring(self, name: str, kinds: frozenset[str], *, declared: bool) -> Iterator[str]:
        """The files of the family that have a symbol of a name; `declared` of those that others may define."""
        name, files = plain(name), self._view.book.atlas.files
        for place in self._view.places(name):
            kind, _, role = place.kind.partition(", ")
            kind = kind.replace(" ", "_")
            is_declared = role == "declaration" or kind == "field"  # a static one is
            is_wanted = kind in kinds and (is_declared if declared else not role) and plain(place.name) == name
            if is_wanted and files[place.path].language in FAMILY:
                yield place.path

    def _ensure_asked(self, files: list[SourceFile]) -> None:
        """Make sure that all files are looked at that derive from a type that has come or gone."""
        for last in {last for _, last, sort in self._changed() if sort == "type"}:
            word = f":{last}"
            known = sum(word in asked_in(file.record) for file in (*files, self._before) if file.record is not None)
            need(self._view.kept.asked.get(word, 0) == known, "a type that another file derives from")


def _sorts(file: SourceFile) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for index, last, sort in sorts_of(file):
        found.setdefault(index, []).append((last, sort))
    return found


def _includes(edges: Iterable[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge.kind == "include"]


def _has_modules(record: FileRecord) -> bool:
    return any(i.kind in _MODULES for i in record.imports) or any(s.kind == "module" for s in record.symbols)


def is_weak_anew(matched: Matched) -> bool:
    """Whether includes count as some of the whole file by other conditions than before."""
    return bool(matched.new.imports) and whole_condition(matched.old) != whole_condition(matched.new)
