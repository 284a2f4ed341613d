"""The whole tree after resolving: files, folders, edges both ways, symbols by name, mentions in tests, ranks.

Pages, search, JSON and answers to agents are all made from an `Atlas`, so they cannot contradict each other.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Self

from msgspec import Struct, field

from .gather import SourceFile
from .lang.table import FAMILY
from .model import Import, Method, Placed, Symbol

__all__ = [
    "REFERS", "SYMBOL_EDGES", "Atlas", "Compiled", "Declared", "Edge", "Folder", "Indexed", "Missing", "SymbolRef", "TestSearch", "Told",
    "depended", "depending", "is_stated",
]  # fmt: skip


#: Edges between symbols; pages show them beside these.
SYMBOL_EDGES = frozenset(("base", "definition", "override"))
#: Of the files that something may mean, so many are named.
_MOST_CANDIDATES = 50
#: Edges of an index of a compiler, from lines to the declarations that are meant there, also within a file.
REFERS = "refers"
#: Edges that follow from a symbol, and name no file.
_FOLLOW = SYMBOL_EDGES | {REFERS}


class Edge(Struct, frozen=True, order=True, array_like=True, gc=False):
    """`source` depends on `target`, as the line says.

    `kind`: ``include``, ``import``, ``base``, ``definition`` (an out-of-line definition to its declaration), ``link`` (in prose),
    ``build`` (a list of sources), ``override``, ``name`` (in the head of a declaration, where no statement is needed), ``refers`` (a name
    of a declaration, by an index of a compiler).
    """

    source: str
    line: int
    target: str
    kind: str
    #: What is written there.
    text: str
    method: Method = "resolved"
    #: The symbol at either end, as an index into the record's symbols; -1 for the file as a whole.
    source_symbol: int = -1
    target_symbol: int = -1
    #: For types or under a condition alone: not a dependency whenever the file is used.
    weak: bool = False
    #: How many lines the statement goes on below `line`.
    below: int = 0

    @classmethod
    def stated(
        cls, source: str, statement: Import, target: str, kind: str, text: str, method: Method = "resolved", *, target_symbol: int = -1,
        weak: bool = False,
    ) -> Self:  # fmt: skip
        """The edge of a statement, on its lines."""
        return cls(
            source, statement.line, target, kind, text, method, target_symbol=target_symbol, weak=weak, below=statement.lines_below
        )  # fmt: skip

    @property
    def end_line(self) -> int:
        """The last line of the statement."""
        return self.line + self.below


class Missing(Struct, frozen=True, order=True, array_like=True, gc=False):
    """Something that a file names and that was not found in the tree, or in more than one place.

    `why`: ``outside`` (no file of the tree), ``standard library``, ``ambiguous``.
    """

    source: str
    line: int
    kind: str
    text: str
    why: str = "outside"
    candidates: tuple[str, ...] = ()
    #: How many further ones there are.
    more: int = 0

    @classmethod
    def ambiguous(cls, source: str, line: int, kind: str, text: str, found: Sequence[str]) -> Self:
        """Something of which it is not known which of several files it means.

        Of very many, some are named: where thousands of files each may mean one of thousands, nobody reads all of them in each.
        """
        return cls(source, line, kind, text, "ambiguous", tuple(found[:_MOST_CANDIDATES]), max(len(found) - _MOST_CANDIDATES, 0))


class SymbolRef(Struct, frozen=True, order=True, array_like=True, gc=False):
    """A symbol: the path of its file, and its index there."""

    path: str
    index: int


class Declared(Struct, frozen=True, array_like=True, gc=False):
    """What a file of the tree says of others: the words, and where they stand."""

    text: str
    path: str
    line: int


class TestSearch(Struct, frozen=True, array_like=True, gc=False):
    """Which tests mention a file's names: the tests with the names, and how many test files were searched."""

    #: Path of a test and the names that it mentions, the most telling first.
    found: tuple[tuple[str, tuple[str, ...]], ...] = ()
    searched: int = 0
    #: What was searched, as patterns.
    where: str = ""


class Indexed(Struct, array_like=True):
    """An index of a compiler: what it is called, its path if it lies in the tree, and what it says of the tree."""

    name: str
    path: str = ""
    #: What made it.
    tool: str = ""
    #: How many documents it has, how many of them are of no file of the tree, and of how many files the others are.
    documents: int = 0
    elsewhere: int = 0
    covers: int = 0
    #: How many names it gives of these files, and how many of them do not stand where it says.
    names: int = 0
    unmatched: int = 0


class Told(Struct, frozen=True, array_like=True, gc=False):
    """What an index, by its number, says of a file: how many names, of which how many do not stand there."""

    index: int
    names: int
    unmatched: int


class Compiled(Struct, frozen=True, array_like=True):
    """What indexes of compilers say of a file, and its symbols that they define.

    Each with how many references to it do not stand where they say: who asks whether there are any cannot be told that there are none.
    """

    told: tuple[Told, ...] = ()
    defined: dict[int, int] = {}


class Folder(Struct):
    """A folder: names of its files and subfolders, sorted; an empty path is the root."""

    path: str
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    #: Of all that is below.
    total_files: int = 0
    total_lines: int = 0
    #: The lines of each language.
    languages: dict[str, int] = field(default_factory=dict)

    def count(self, language: str, lines: int) -> None:
        """Know of more lines, or of fewer."""
        self.total_lines += lines
        self.languages[language] = self.languages.get(language, 0) + lines

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Atlas(Struct, dict=True):
    """All facts of a tree.

    Mappings have one entry for each path that has something, with lists in a fixed order; `files` and `folders` are sorted by path.
    """

    name: str
    files: dict[str, SourceFile]
    folders: dict[str, Folder]
    rev: str = ""
    edges_from: Mapping[str, list[Edge]] = field(default_factory=dict)
    edges_to: Mapping[str, list[Edge]] = field(default_factory=dict)
    missing: Mapping[str, list[Missing]] = field(default_factory=dict)
    tests: Mapping[str, TestSearch] = field(default_factory=dict)
    #: Share of each file in the rank of all; they sum to 1.
    rank: dict[str, float] = field(default_factory=dict)
    #: Owners of files, and licences of folders, as files of the tree declare them (method ``declared``).
    owners: dict[str, Declared] = field(default_factory=dict)
    licences: dict[str, Declared] = field(default_factory=dict)
    #: Indexes of compilers, and what they say of files.
    indexed: tuple[Indexed, ...] = ()
    compiled: dict[str, Compiled] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each file, in the order of `files`."""
        return {path: number for number, path in enumerate(self.files)}

    @cached_property
    def names(self) -> dict[str, list[SymbolRef]]:
        """Symbols by simple name: definitions before declarations, then in the order of paths and lines. Pages need it not, queries do."""
        definitions: dict[str, list[SymbolRef]] = defaultdict(list)
        others: dict[str, list[SymbolRef]] = defaultdict(list)
        for path in sorted(self.files):
            record = self.files[path].record
            for index, symbol in enumerate(record.symbols if record is not None else ()):
                (definitions if symbol.role == "definition" else others)[symbol.name].append(SymbolRef(path, index))
        for name, refs in others.items():
            definitions[name] += refs
        return {name: definitions[name] for name in sorted(definitions)}

    def symbol(self, ref: SymbolRef) -> Symbol:
        """The symbol that a reference means."""
        record = self.files[ref.path].record
        assert record is not None
        return record.symbols[ref.index]

    def qualified(self, ref: SymbolRef) -> str:
        """The name of a symbol with the names around it, joined as its language does."""
        file = self.files[ref.path]
        assert file.record is not None
        return qualified(file.record.symbols, ref.index, separator(file.language))


def depending(edges: Iterable[Edge]) -> list[Edge]:
    """Of the edges from a file, or of those to one, such as make a file depend on another: what statements name.

    Where no statement names a file that has a base, what is overridden or what is defined, that stands for it; and where a compiler alone
    knows that a file leans on another, what refers to it does. Links in prose make no file depend on another.

    Examples
    --------
    >>> edges = [Edge("a", 1, "b", "import", "b"), Edge("a", 3, "b", REFERS, "f"), Edge("a", 4, "c", REFERS, "g")]
    >>> [edge.line for edge in depending([*edges, Edge("a", 5, "b", "base", "B"), Edge("a", 6, "d", "base", "D")])]
    [1, 4, 6]
    """
    edges = [e for e in edges if e.kind != "link"]
    named = {(e.source, e.target) for e in edges if e.kind not in _FOLLOW}
    return [e for e in edges if e.kind not in _FOLLOW or (e.source != e.target and (e.source, e.target) not in named)]


def is_stated(edge: Edge) -> bool:
    """Whether a statement names the file, or a list of sources: it does not follow from a symbol there."""
    return edge.kind not in _FOLLOW


def depended(edges: Iterable[Edge], path: str) -> int:
    """How many other files the edges from a file lead to, or those to it come from, links in prose left out: those of `depending`.

    Examples
    --------
    >>> depended([Edge("a", 1, "b", "import", "b"), Edge("a", 3, "a", "base", "A"), Edge("a", 4, "c", "link", "c.md")], "a")
    1
    """
    return len({end for e in edges if e.kind != "link" for end in (e.source, e.target)} - {path})


def separator(language: str) -> str:
    """What stands between a name and the name around it; of PHP, that of a namespace (see `qualified`)."""
    return "::" if language in FAMILY or language in ("rust", "ruby", "perl") else "\\" if language == "php" else "."


def qualified(symbols: Sequence[Placed], index: int, between: str, most: int = sys.maxsize) -> str:
    r"""The full name of a symbol of one file; of one that is longer than `most`, at least so many of its last characters.

    PHP joins its members to a class otherwise than names to a namespace: ``App\Shop::sell``.
    """
    parts, joint, length = list[str](), between, 0
    while index >= 0 and length < most:
        symbol = symbols[index]
        index = symbol.parent
        if symbol.name:
            if parts:
                parts.append(joint)
            parts.append(f"{symbol.scope}{between}{symbol.name}" if symbol.scope else symbol.name)
            length += len(parts[-1])
            joint = _joint(symbols, index, between)
    return "".join(reversed(parts))


def all_qualified(symbols: Sequence[Placed], between: str) -> list[str]:
    """The full name of each symbol of one file; parents come before their children."""
    found = list[str]()
    for symbol in symbols:
        name, parent = symbol.name, symbol.parent
        around = found[parent] if parent >= 0 else ""
        if name and symbol.scope:
            name = f"{symbol.scope}{between}{name}"
        found.append(f"{around}{_joint(symbols, parent, between)}{name}" if around and name else around or name)
    return found


def _joint(symbols: Sequence[Placed], parent: int, between: str) -> str:
    """What stands between a name and those around it: of PHP something else behind a class than behind a namespace."""
    return "::" if between == "\\" and parent >= 0 and symbols[parent].kind != "namespace" else between


def folders_of(paths: Iterable[str], lines: Mapping[str, tuple[str, int]]) -> dict[str, Folder]:
    """The folders that hold the paths, with totals, sorted; `lines` has language and number of those of each file."""
    found = {"": Folder("")}
    for path in paths:
        above, _, name = path.rpartition("/")
        folder = found.get(above) or _folder(found, above)
        folder.files.append(name)
        if path in lines:
            folder.count(*lines[path])
    for folder in found.values():
        folder.files.sort()
        folder.folders.sort()
        folder.total_files = len(folder.files)
    ordered = sorted(found)
    for path in reversed(ordered):  # what is below a folder comes after it
        if path:
            around, folder = found[path.rpartition("/")[0]], found[path]
            around.total_files += folder.total_files
            for language, count in folder.languages.items():
                around.count(language, count)
    return {path: found[path] for path in ordered}


def _folder(found: dict[str, Folder], path: str) -> Folder:
    if path not in found:
        found[path] = Folder(path)
        above, _, name = path.rpartition("/")
        _folder(found, above).folders.append(name)
    return found[path]
