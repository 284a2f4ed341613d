"""Which statements of a file hand names of others on, and which files show what is known of a name that is declared elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..atlas import Edge
from ..model import FileRecord, Import
from ..resolve.asked import words
from .common import anchors_of

__all__ = ["ALL", "DEEPEST", "DEFAULT", "hands_on", "is_package", "other_names", "shown_names", "with_handed"]

#: A name is looked for in so many files after one another.
DEEPEST = 8
#: All names of a file.
ALL = "*"
#: What its module exports by default, in JavaScript.
DEFAULT = "default"
#: How a statement that hands names on is shown, but those of Python.
_EXPORTS = re.compile(r"(?:export|pub)\b")


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
    return statement.kind == "from" and is_package(path) and not statement.type_only and not statement.local


def is_package(path: str) -> bool:
    """Whether a file is what a package of Python says of itself."""
    return path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")


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
            for name in (symbol.name, DEFAULT) if DEFAULT in symbol.modifiers else (symbol.name,):
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
    found, rest = set[str](), [(path, some, DEEPEST) for path, some in sorted(names.items())]
    seen: dict[str, set[str]] = defaultdict(set)
    while rest:
        path, some, deep = rest.pop()
        some = some - seen[path]
        if not some:
            continue
        seen[path] |= some
        for edge in edges_to.get(path, ()) if deep else ():
            if edge.kind == "import" and edge.source != path and (taken := _taken(edge.text, some)):
                if is_package(edge.source) or _EXPORTS.match(edge.text) is not None:
                    found.add(edge.source)
                rest.append((edge.source, taken, deep - 1))
    return found


def _taken(text: str, names: set[str]) -> set[str]:
    """Which names a file may have by a statement, as it is shown, that takes some of another; more of them where they have other names.

    Examples
    --------
    >>> sorted(_taken("from .cart import Cart, sell", {"sell", "buy"})), "sell" in _taken("from .cart import *", {"sell"})
    (['sell'], True)
    >>> "Basket" in _taken("from .cart import Cart as Basket", {"Cart"})
    True
    """
    if ALL in text or ALL in names:
        return names | words(text)
    if text.startswith("require(") or (text.startswith("export ") and "{" not in text):  # what is taken of it is not shown
        return names
    here = words(text)
    if DEFAULT in names or (" as " in text and not names.isdisjoint(here)):
        return names | here
    return names & here
