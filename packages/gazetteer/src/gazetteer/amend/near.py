"""What a change of one file has to do with elsewhere: edges of other files that may lead to another symbol now, or to none.

Edges that begin at statements are those of the file itself. Edges that begin at symbols rest on names. Which names of a file others may
look up, and who does, is told from what was kept; only files that may find something else now are resolved again.
"""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct

from ..atlas import Edge, Missing
from ..config import Config
from ..gather import SourceFile
from ..lang.table import SCRIPTS
from ..model import FileRecord, Import, Symbol
from ..resolve.asked import asked_in, words
from ..resolve.bindings import HOLDERS, MEMBERS
from ..resolve.near import Near
from ..resolve.paths import Paths
from .not_small import need
from .view import View

__all__ = ["NEAR", "Again", "Matched", "Neighbours"]

#: Languages in which names are looked up in what files import.
_BOUND = frozenset(("python", *SCRIPTS))
#: So many files may be resolved again.
_MOST = 200
_WORD = re.compile(r"[\w$]+")
#: What brings all names of a file into another one.
_ALL = re.compile(r"\*(?! as\b)")
#: The resolvers that can be asked of few files.
NEAR = {
    "python": "gazetteer.lang.python.resolve",
    **dict.fromkeys(SCRIPTS, "gazetteer.lang.javascript.resolve"),
    "markdown": "gazetteer.lang.markdown.resolve",
    "rst": "gazetteer.lang.markdown.resolve",
    "cmake": "gazetteer.lang.cmake.resolve",
    "makefile": "gazetteer.lang.cmake.resolve",
    "starlark": "gazetteer.lang.starlark.resolve",
}
_JOINED = frozenset(("base", "override"))


class Matched(Struct, dict=True):
    """A file before and after a change, and which of its symbols are still there."""

    path: str
    old: FileRecord
    new: FileRecord
    #: Of each old symbol that is still there, its new index.
    places: dict[int, int]

    @cached_property
    def back(self) -> dict[int, int]:
        """The same the other way round."""
        return {now: was for was, now in self.places.items()}

    @cached_property
    def altered(self) -> set[int]:
        """Old indices of the classes that have other bases now."""
        old, new = self.old.symbols, self.new.symbols
        return {was for was, now in self.places.items() if old[was].bases != new[now].bases}

    @cached_property
    def gone(self) -> dict[int, Symbol]:
        """The old symbols that are there no more."""
        return {i: s for i, s in enumerate(self.old.symbols) if i not in self.places}

    @cached_property
    def come(self) -> dict[int, Symbol]:
        """The new symbols that were not there."""
        return {i: s for i, s in enumerate(self.new.symbols) if i not in self.back}


class Again(Struct):
    """Edges that were found again: as they were, and as they are."""

    dropped: set[Edge]
    made: set[Edge]


class Neighbours:
    """What a file of a language in which names are bound, or of prose, has to do with others.

    Parameters
    ----------
    view : View
        The kept tree; its atlas has the file as it is now.
    config : Config
        Roots of packages.
    paths : callable
        Gives those of the tree.
    matched : Matched
        The file.
    language : str
        In which it is written.
    """

    def __init__(self, view: View, config: Config, paths: Callable[[], Paths], matched: Matched, language: str) -> None:
        self._view, self._config, self._paths, self._language = view, config, paths, language
        self._file, self._path = matched, matched.path

    @cached_property
    def _near(self) -> Near:
        module = NEAR[self._language]
        languages = {language for language, name in NEAR.items() if name == module}
        if "javascript" in languages:
            languages.add("json")  # manifests
        files: dict[str, SourceFile] = self._view.book.atlas.files
        some = {path: file for path, file in files.items() if file.language in languages and (file.key or file.page)}
        near: Near = importlib.import_module(module).near(some, self._paths(), self._config)
        return near

    def statements(self) -> Iterator[Edge | Missing]:
        """What the statements of the file mean now."""
        return self._near.statements(self._path)

    def joined(self) -> Again | None:
        """The edges between symbols that may be others; None where none may."""
        if self._language not in _BOUND:
            is_target = any(symbol.kind == "target" for symbol in (*self._file.come.values(), *self._file.gone.values()))
            need(self._language != "starlark" or not is_target, "a target, to which labels of other files may lead")
            return None
        changed, is_all = self._bound_anew()
        changed |= {
            s.name for s, around in self._holders() if around in ("", "module")
        }  # what is in a module has its name in the file, too
        if any("default" in s.modifiers for s in (*self._file.come.values(), *self._file.gone.values())):
            changed.add("default")
        inner = {s.name for s, around in self._holders() if around}
        files = {self._path} | self._looking(changed, inner, is_all)
        roots = {(path, -1) for path in files - {self._path}} | self._classes(changed | inner, is_all)
        files |= self._derived(roots)
        need(len(files) <= _MOST, "a name that many files look up")
        if len(files) == 1 and not self._may_differ(changed | inner, is_all):
            return None
        facts = self._view.facts
        dropped = {edge for path in files for edge in facts[path].edges_from if edge.kind in _JOINED}
        return Again(dropped, set(self._near.joined(sorted(files))))

    # -- names -----------------------------------------------------------------------------------------------------------------------

    def _holders(self) -> Iterator[tuple[Symbol, str]]:
        """The symbols that have come or gone in which, or as which, others find what they look for; and the kinds of what they are in."""
        for symbols, some in ((self._file.new.symbols, self._file.come), (self._file.old.symbols, self._file.gone)):
            for symbol in some.values():
                is_member = symbol.kind in MEMBERS and symbol.parent >= 0 and symbols[symbol.parent].kind == "function"
                holder = symbols[symbol.parent] if is_member else symbol  # a function is a class if it has members
                if is_member or symbol.kind in HOLDERS:
                    yield holder, symbols[holder.parent].kind if holder.parent >= 0 else ""

    def _bound_anew(self) -> tuple[set[str], bool]:
        """With what names begin that other statements bind than before, and whether all may be such."""
        old, new = _bound_by(self._file.old.imports), _bound_by(self._file.new.imports)
        names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        return {first[0] for name in names if (first := _WORD.search(name))}, "*" in names

    def _looking(self, names: set[str], inner: set[str], is_all: bool) -> set[str]:
        """The files that look up one of some names in the file, by what they import from it.

        Names arrive in a file in three ways: as what is imported from it, with all names of it, and behind the name of a module.
        """
        self._ensure_not_below(self._path, names | inner)
        found, rest, seen = set[str](), [(self._path, name) for name in sorted(names)], set[tuple[str, str]]()
        if is_all:
            is_seen = bool(self._importers(self._path)) or self._is_named(self._path)
            need(not is_seen, "all names of another file, in a file that is imported")
        while rest:
            path, name = here = rest.pop()
            if here in seen:
                continue
            seen.add(here)
            for source, text in self._importers(path):
                # what is exported by default has any name, and a call of ``require`` is shown without those that are taken of it
                if name == "default" or _ALL.search(text) or name in words(text) or (_is_call(text) and name in self._required(source)):
                    found.add(source)
                    need(len(found) <= _MOST, "a name that many files look up")
                    others = self._called(source, name)
                    self._ensure_not_below(source, others)
                    rest += [(source, other) for other in others]
        return found

    def _importers(self, path: str) -> list[tuple[str, str]]:
        """The files in which names are bound and that import a file, with what they say; a manifest may name it, too."""
        found = [(e.source, e.text) for e in self._view.facts[path].edges_to if e.kind == "import" and e.source != path]
        return [(source, text) for source, text in found if self._view.book.atlas.files[source].language in _BOUND]

    def _required(self, path: str) -> set[str]:
        """The names that a file takes of what it requires."""
        record = self._view.book.atlas.files[path].record
        assert record is not None
        return {n.name for i in record.imports if i.kind == "require" for n in i.names}

    def _called(self, path: str, name: str) -> set[str]:
        """What an imported name is called in the file that imports it."""
        record = self._view.book.atlas.files[path].record
        assert record is not None
        return {name} | {n.alias for i in record.imports for n in i.names if n.name == name and n.alias}

    def _ensure_not_below(self, path: str, names: set[str]) -> None:
        """Make sure that no base of another file means a name of a file by the name of its module."""
        is_safe = not any(map(self._is_below, names)) or not self._is_named(path)
        need(is_safe, "a name that bases have behind the name of a module")

    def _is_named(self, path: str) -> bool:
        """Whether another file may have a name for a file as a whole: it imports that, or what lies in the package around it."""
        if self._language != "python":
            return any("* as " in text or _is_call(text) for _, text in self._importers(path))
        folder, _, name = path.rpartition("/")
        if name.startswith("__init__."):
            folder, _, name = folder.rpartition("/")
        stem, package = name.partition(".")[0], f"{folder}/__init__.py".lstrip("/")
        for _, text in self._importers(path):
            if not text.startswith("from ") or stem in words(text.partition(" import ")[2]):
                return True
        around = self._view.book.atlas.files.get(package)
        if around is None or around.record is None or package == path:
            return False
        own = {word for symbol in around.record.symbols for base in symbol.bases for word in words(base.name)}
        return stem in own or self._is_below(stem) or any(_ALL.search(text) for _, text in self._importers(package))

    def _is_below(self, name: str) -> bool:
        """Whether a base of another file has a name behind another one."""
        word = f".{name}"
        return self._view.kept.asked.get(word, 0) > (word in self._own_words)

    @cached_property
    def _own_words(self) -> set[str]:
        return asked_in(self._file.old)

    # -- classes ---------------------------------------------------------------------------------------------------------------------

    def _classes(self, names: set[str], is_all: bool) -> set[tuple[str, int]]:
        """The classes of the file whose members are others than before, or may be, since a base may be another."""
        file, found = self._file, set(self._file.altered)
        for index, symbol in file.gone.items():
            found |= {index, symbol.parent} if symbol.kind in MEMBERS or symbol.kind in HOLDERS else set()
        for symbol in file.come.values():
            if symbol.kind in MEMBERS:
                found.add(file.back.get(symbol.parent, -1))
        for index, symbol in enumerate(file.old.symbols):
            if symbol.bases and (is_all or any(names & words(base.name) for base in symbol.bases)):
                found.add(index)
        return {(self._path, index) for index in found if index >= 0}

    def _derived(self, roots: set[tuple[str, int]]) -> set[str]:
        """The files with classes that derive from some; of a file with -1, from any of its classes."""
        found, rest, seen = set[str](), sorted(roots), set[tuple[str, int]]()
        while rest:
            path, index = here = rest.pop()
            if here in seen:
                continue
            seen.add(here)
            for edge in self._view.facts[path].edges_to:
                if edge.kind == "base" and index in (-1, edge.target_symbol):
                    found.add(edge.source)
                    rest.append((edge.source, edge.source_symbol))
            need(len(found) <= _MOST, "a class from which many derive")
        return found

    def _may_differ(self, names: set[str], is_all: bool) -> bool:
        """Whether edges from the symbols of the file itself may be others."""
        file = self._file
        if (
            file.altered
            or any(s.bases for s in (*file.come.values(), *file.gone.values()))
            or any(s.kind in HOLDERS for s in file.gone.values())
        ):
            return True
        classes = {s.parent for s in file.gone.values() if s.kind in MEMBERS}
        classes |= {file.back.get(s.parent, -1) for s in file.come.values() if s.kind in MEMBERS}
        edges = self._view.facts[self._path].edges_from
        if any(e.kind == "base" and e.source_symbol in classes for e in edges):
            return True
        return any(is_all or names & words(base.name) for s in file.new.symbols for base in s.bases)


def _is_call(text: str) -> bool:
    """Whether a statement of JavaScript is shown as a call of ``require``."""
    return text.startswith("require(")


def _bound_by(imports: list[Import]) -> dict[str, list[tuple[object, ...]]]:
    """For each name that statements bind, all that say what it means, in order; all names are ``*``."""
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for statement in imports:
        what = (statement.kind, statement.target, statement.level, statement.alias)
        for name in statement.names:
            found[name.alias or name.name].append((*what, name.name))
        if not statement.names:
            found[statement.alias or statement.target].append(what)
    return dict(found)
