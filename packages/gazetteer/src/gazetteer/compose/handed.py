"""Names that a file hands on from others: what a package of Python takes from its modules, and what JavaScript, Rust and Dart export.

They are the public names of many packages, and are declared elsewhere. A name is looked up as its language does, through files that have
it from others in turn; one that may mean several declarations is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..atlas import Atlas
from ..document import Block, Heading, Line, Link, PageRef, Paragraph, Table
from ..model import Import
from ..names import counted, shown_path
from .common import first_sentence, said_line, source_link
from .handing import ALL, DEEPEST, DEFAULT, hands_on, is_package

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["Handed", "handed", "handed_section"]

#: What stands for a module among the names that Rust takes from it, or for no name.
_NO_NAMES = frozenset((ALL, "self", "_"))
#: So often is a file asked for a name on behalf of one that hands names on; what is not found by then is left out. Modules that take all
#: names of each other lead nowhere in very many ways.
_MOST_STEPS = 50_000


class Handed(NamedTuple):
    """A name of a file that another one declares: by the index of its symbol there, or, with -1, as the module that this file is."""

    line: int
    name: str
    path: str
    symbol: int


def handed(atlas: Atlas, path: str) -> list[Handed]:
    """The names that a file hands on, in the order of its text; those that begin with an underscore are its own business."""
    head = atlas.files[path].head
    statements = [i for i in head.imports if hands_on(path, i)] if head is not None else []
    if not statements:
        return []
    lookup, found = _Lookup(atlas), dict[str, Handed]()
    for statement in statements:
        for name in statement.names:
            shown = name.alias or name.name
            is_one = not shown.startswith("_") and _NO_NAMES.isdisjoint((name.name, shown))
            meant = lookup.meant(path, statement, name.name, DEEPEST) if is_one else None
            if meant is not None:
                found[shown] = Handed(statement.line, shown, *meant)
    return list(found.values())


class _Lookup:
    """Names, by the statements that bring them into files."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        #: Of each file, the symbols at its top by name, and the files that the statement on a line leads to.
        self._own: dict[str, dict[str, int]] = {}
        self._led: dict[str, dict[int, list[str]]] = {}
        #: What was found in a file, by how many files might be asked further.
        self._found: dict[tuple[str, str, int], tuple[str, int] | None] = {}
        self._steps = 0

    def meant(self, path: str, statement: Import, name: str, deep: int) -> tuple[str, int] | None:
        """The file that declares what a statement takes, and the index of the symbol; None where that is not one alone."""
        return _only(self._of(statement, path, target, name, deep) for target in self._leads(path).get(statement.line, ()))

    def _leads(self, path: str) -> dict[int, list[str]]:
        led = self._led.get(path)
        if led is None:
            led = self._led[path] = defaultdict(list)
            for edge in self._atlas.edges_from.get(path, ()):
                if edge.kind == "import":
                    led[edge.line].append(edge.target)
        return led

    def _of(self, statement: Import, path: str, target: str, name: str, deep: int) -> tuple[str, int] | None:
        if _is_part(path, statement, target, name):
            return target, -1
        key = (target, name, deep)
        if key not in self._found:
            self._found[key] = self._in(target, name, deep)
        return self._found[key]

    def _in(self, target: str, name: str, deep: int) -> tuple[str, int] | None:
        """What a name of a file means: its own symbol, else what it has from others."""
        self._steps += 1
        index = self._top(target).get(name)
        if index is not None:
            return target, index
        record = self._atlas.files[target].head if self._steps < _MOST_STEPS else None
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
            record = self._atlas.files[path].record
            for index, symbol in enumerate(record.symbols if record is not None else ()):
                if symbol.parent < 0 and symbol.role != "forward":
                    own.setdefault(symbol.name, index)
                    if DEFAULT in symbol.modifiers:
                        own.setdefault(DEFAULT, index)
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
    rows = handed(contents.atlas, path)
    if not rows:
        return
    yield Heading(2, ("Names from other files",), "names-from-other-files")
    yield Paragraph((f"{counted(len(rows), 'name')} of other files that can be taken from this one:",))
    yield Table(("Line", "Name", "Declared", "About"), tuple([_row(contents, path, row) for row in rows]))


def _row(contents: Contents, path: str, row: Handed) -> tuple[Line, ...]:
    where = shown_path("/".join(row.path.split("/")[-2:] if is_package(row.path) else row.path.split("/")[-1:]))
    if row.symbol < 0:
        brief = contents.brief(row.path)
        anchor, declared, about = "", f"module, {where}", brief.about if brief is not None else ""
    else:
        symbol = contents.symbols(row.path)[row.symbol]
        anchor, about = contents.anchors(row.path)[row.symbol], first_sentence(symbol.doc) if symbol.doc else ""
        declared = f"{symbol.kind.replace('_', ' ')}, {where}:{symbol.line}"
    name = Link(row.name, PageRef("file", row.path, anchor), code=True)
    return (source_link(path, row.line),), (name,), (declared,), said_line(about)
