"""Whether an expression that Gazetteer shows is the one that `ast` has read."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator, Sequence

#: A raw string of several lines, which Gazetteer shows on one: white space in it is not compared.
_RAW = re.compile(r"""[rR][bBfF]?(?:\"{3}|'{3})""")


def same(where: str, node: ast.AST | None, text: str) -> Iterator[str]:
    """The difference, if there is one; what Gazetteer has cut ends with ``…`` and is not compared."""
    if node is None or not text:
        if node is not None or text:
            yield f"{where} {ast.unparse(node) if node is not None else None!r}, found {text!r}"
        return
    if text.endswith("…") and len(text) >= 200:
        return
    written = ast.unparse(node)
    loose = _RAW.search(text) is not None
    if _dump(written, loose) != _dump(text, loose) and "".join(written.split()) != "".join(text.split()):
        yield f"{where} {written!r}, found {text!r}"


def same_all(where: str, expected: Sequence[ast.AST], found: Sequence[str]) -> Iterator[str]:
    """The differences of two lists of expressions."""
    if len(expected) != len(found):
        yield f"{where}s: {len(expected)}, found {list(found)}"
        return
    for node, text in zip(expected, found, strict=True):
        yield from same(where, node, text)


def same_statement(where: str, node: ast.stmt, text: str, end: str = "") -> Iterator[str]:
    """The difference between a statement and what is shown of it, with what has to be added to that."""
    if text.endswith("…") and len(text) >= 200:
        return
    written = ast.unparse(node)
    loose = _RAW.search(text) is not None
    if _parsed(written, loose) != _parsed(text + end, loose):
        yield f"{where} {written!r}, found {text!r}"


@functools.lru_cache(100_000)
def _dump(text: str, loose: bool) -> str:
    for form in (f"({text}\n)", f"({text},\n)", f"f({text}\n)", f"a[{text}\n]"):
        if found := _parsed(form, loose):
            return found
    return "unparsable " + text


def _parsed(text: str, loose: bool) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return ""
    for node in ast.walk(tree) if loose else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            node.value = type(node.value)().join(node.value.split())  # type: ignore[arg-type]
    return ast.dump(tree)
