"""Names that a file hands on from others: what a package of Python takes from its modules, and ``export … from`` of JavaScript.

They are the public names of many packages, and are declared elsewhere. A name is looked up as its language does, through files that have
it from others in turn; one that may mean several declarations is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..atlas import Edge
from ..document import Block, Heading, Line, Link, PageRef, Paragraph, Table
from ..model import FileRecord, Import
from ..names import counted, shown_path
from ..resolve.asked import words
from .common import anchors_of, first_sentence, said_line, source_link

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["ALL", "Handed", "handed", "handed_section", "hands_on", "other_names", "shown_names", "with_handed"]

#: A name is looked for in so many files after one another.
_DEEPEST = 8
#: All names of a file.
ALL = "*"
#: What its module exports by default, in JavaScript.
_DEFAULT = "default"


class Handed(NamedTuple):
    """A name of a file that another one declares: by the index of its symbol there, or, with -1, as the module that this file is."""

    line: int
    name: str
    path: str
    symbol: int


def hands_on(path: str, statement: Import) -> bool:
    """Whether the names of a statement are names of its file for others, and not for itself.

    Examples
    --------
    >>> hands_on("shop/__init__.py", Import("from", "cart", 1, level=1)), hands_on("shop/cart.py", Import("from", "price", 1, level=1))
    (True, False)
    >>> hands_on("index.ts", Import("export", "./cart", 1)), hands_on("shop/__init__.py", Import("from", "cart", 1, local=True))
    (True, False)
    """
    if statement.kind == "export":
        return True
    # What a type checker alone sees, or what a function imports, is no name of the package.
    return statement.kind == "from" and _is_package(path) and not statement.type_only and not statement.local


def _is_package(path: str) -> bool:
    return path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")


def handed(contents: Contents, path: str) -> list[Handed]:
    """The names that a file hands on, in the order of its text; those that begin with an underscore are its own business."""
    record = contents.atlas.files[path].record
    statements = [i for i in record.imports if hands_on(path, i)] if record is not None else []
    if not statements:
        return []
    lookup, found = _Lookup(contents), dict[str, Handed]()
    for statement in statements:
        for name in statement.names:
            shown = name.alias or name.name
            meant = None if shown.startswith("_") or ALL in (name.name, shown) else lookup.meant(path, statement, name.name, _DEEPEST)
            if meant is not None:
                found[shown] = Handed(statement.line, shown, *meant)
    return list(found.values())


class _Lookup:
    """Names, by the statements that bring them into files."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        #: Of each file, the symbols at its top by name, and the files that the statement on a line leads to.
        self._own: dict[str, dict[str, int]] = {}
        self._led: dict[str, dict[int, list[str]]] = {}

    def meant(self, path: str, statement: Import, name: str, deep: int) -> tuple[str, int] | None:
        """The file that declares what a statement takes, and the index of the symbol; None where that is not one alone."""
        return _only(self._of(statement, path, target, name, deep) for target in self._leads(path).get(statement.line, ()))

    def _leads(self, path: str) -> dict[int, list[str]]:
        led = self._led.get(path)
        if led is None:
            led = self._led[path] = defaultdict(list)
            for edge in self._contents.atlas.edges_from.get(path, ()):
                if edge.kind == "import":
                    led[edge.line].append(edge.target)
        return led

    def _of(self, statement: Import, path: str, target: str, name: str, deep: int) -> tuple[str, int] | None:
        if _is_part(path, statement, target, name):
            return target, -1
        index = self._top(target).get(name)
        if index is not None:
            return target, index
        record = self._contents.atlas.files[target].record
        if not deep or record is None:
            return None
        return _only(
            self.meant(target, other, taken.name if taken.name != ALL else name, deep - 1)
            for other in record.imports
            for taken in other.names
            if (taken.alias or taken.name) in (name, ALL)
        )

    def _top(self, path: str) -> dict[str, int]:
        """The symbols of a file that stand in nothing else; of overloads, the first."""
        own = self._own.get(path)
        if own is None:
            own = self._own[path] = {}
            for index, symbol in enumerate(self._contents.symbols(path)):
                if symbol.parent < 0 and symbol.role != "forward":
                    own.setdefault(symbol.name, index)
                    if _DEFAULT in symbol.modifiers:
                        own.setdefault(_DEFAULT, index)
        return own


def _only(found: Iterable[tuple[str, int] | None]) -> tuple[str, int] | None:
    all_found = {one for one in found if one is not None}
    return all_found.pop() if len(all_found) == 1 else None


def _is_part(path: str, statement: Import, target: str, name: str) -> bool:
    """Whether a file is the module of a name in the package that a statement of Python takes it from, and not that package.

    Examples
    --------
    >>> _is_part("a/__init__.py", Import("from", "", 1, level=1), "a/b.py", "b")
    True
    >>> _is_part("a/__init__.py", Import("from", "b", 1, level=1), "a/b.py", "b")
    False
    """
    if statement.kind != "from":
        return False
    stem = target.rpartition(".")[0].removesuffix("/__init__")
    inside = "/".join(filter(None, (*statement.target.split("."), name)))
    if not statement.level:
        return f"/{stem}".endswith(f"/{inside}")
    folders = path.split("/")[: -statement.level]
    return stem == "/".join((*folders, inside))


def handed_section(contents: Contents, path: str) -> Iterator[Block]:
    """The names that a file hands on, each with what it is, where it is declared, and the first sentence of its documentation."""
    rows = handed(contents, path)
    if not rows:
        return
    yield Heading(2, ("Names from other files",), "names-from-other-files")
    yield Paragraph((f"{counted(len(rows), 'name')} of other files that can be taken from this one:",))
    yield Table(("Line", "Name", "Kind", "Declared", "About"), tuple([_row(contents, path, row) for row in rows]))


def _row(contents: Contents, path: str, row: Handed) -> tuple[Line, ...]:
    if row.symbol < 0:
        brief = contents.brief(row.path)
        kind, anchor, where, about = "module", "", shown_path(row.path), brief.about if brief is not None else ""
    else:
        symbol = contents.symbols(row.path)[row.symbol]
        kind, anchor = symbol.kind.replace("_", " "), contents.anchors(row.path)[row.symbol]
        where, about = f"{shown_path(row.path)}:{symbol.line}", first_sentence(symbol.doc) if symbol.doc else ""
    name = Link(row.name, PageRef("file", row.path, anchor), code=True)
    return (source_link(path, row.line),), (name,), (kind,), (where,), said_line(about)


def shown_names(path: str, record: FileRecord) -> dict[str, list[object]]:
    """Of each name by which others may have something of a file, all that their pages can show of it; that of the module is among them.

    Examples
    --------
    >>> from gazetteer.model import Counts, Symbol
    >>> sorted(shown_names("shop/cart.py", FileRecord("python", Counts(), symbols=[Symbol("function", "sell", 1, 2)])))
    ['cart', 'sell']
    """
    found: dict[str, list[object]] = defaultdict(list)
    for symbol, anchor in zip(record.symbols, anchors_of(record.symbols), strict=True):
        if symbol.parent < 0:
            for name in (symbol.name, _DEFAULT) if _DEFAULT in symbol.modifiers else (symbol.name,):
                found[name].append((symbol.kind, symbol.role, symbol.line, anchor, symbol.doc))
    for statement in record.imports:
        for taken in statement.names:
            found[taken.alias or taken.name].append((statement.kind, statement.target, statement.level, taken.name))
    stem = path.rpartition(".")[0].removesuffix("/__init__").rpartition("/")[2]
    found[stem].append(record.doc)
    return dict(found)


def other_names(path: str, old: FileRecord | None, new: FileRecord | None) -> set[str]:
    """Names by which others may have something of a file of which something else is shown than before; ``*`` where it may be any.

    Examples
    --------
    >>> other_names("shop/cart.py", None, None)
    {'*'}
    """
    if old is None or new is None:
        return {ALL}
    was, now = shown_names(path, old), shown_names(path, new)
    return {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}


def with_handed(edges_to: Mapping[str, Iterable[Edge]], names: Mapping[str, set[str]]) -> set[str]:
    """The files that may hand on one of some names of files, straight or through others: their pages show what is known of it.

    Parameters
    ----------
    edges_to : mapping
        Edges by the file that they lead to.
    names : mapping of str to set of str
        By file, names of which something else may be known than before; with `ALL`, any.
    """
    found, rest = set[str](), [(path, some, _DEEPEST) for path, some in sorted(names.items())]
    seen: dict[str, set[str]] = defaultdict(set)
    while rest:
        path, some, deep = rest.pop()
        some = some - seen[path]
        if not some:
            continue
        seen[path] |= some
        for edge in edges_to.get(path, ()) if deep else ():
            if edge.kind == "import" and edge.source != path and (taken := _taken(edge.text, some)):
                if _is_package(edge.source) or edge.text.startswith("export"):
                    found.add(edge.source)
                rest.append((edge.source, taken, deep - 1))
    return found


def _taken(text: str, names: set[str]) -> set[str]:
    """Which names a file may have by a statement, as it is shown, that takes some of another; more of them where they have other names.

    Examples
    --------
    >>> sorted(_taken("from .cart import Cart, sell", {"sell", "buy"})), sorted(_taken("from .cart import *", {"sell"}))
    (['sell'], ['sell'])
    >>> "Basket" in _taken("from .cart import Cart as Basket", {"Cart"})
    True
    """
    if ALL in text or ALL in names:
        return names | words(text)
    if text.startswith("require("):  # what is taken of it is not shown
        return names
    here = words(text)
    if _DEFAULT in names or (" as " in text and not names.isdisjoint(here)):
        return names | here
    return names & here
