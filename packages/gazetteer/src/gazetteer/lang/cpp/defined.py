"""What a macro stands for: the rest of its line, without comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base import MAX_VALUE, Walk, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["among_enumerators", "body_of"]

_DEFINED = re.compile(r"#\s*define\s+(\w+)(\([^)\n]*\))?[ \t]*([^\n]*)")
_STRING = rb"""(?:"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)"""
_BODY = re.compile(rb"(?:" + _STRING + rb"|/\*.*?\*/|\\\r?\n|[^\n])*+", re.DOTALL)
_PART = re.compile(rb"(?P<string>" + _STRING + rb")|(?P<comment>/\*.*?\*/|//(?:\\\r?\n|[^\n])*+)|\\\r?\n", re.DOTALL)


def body_of(content: bytes, start: int, most: int) -> tuple[bytes, int]:
    r"""The body of a macro whose name and parameters end at an offset, and where a comment ``///<`` behind it begins, or -1.

    No more than the first `most` bytes are looked at. (The grammar ends a body at a comment of one kind, and takes those of the other kind
    for a part of it.)

    Examples
    --------
    >>> body_of(b'#define A(x) "//" /* two */ + \\\n  x ///< three\nint b;', 12, 100)
    (b' "//"   +    x  ', 36)
    """
    whole = _BODY.match(content, start, start + most)
    if whole is None:
        return b"", -1
    behind, parts, at = -1, list[bytes](), start
    for part in _PART.finditer(content, start, whole.end()):
        parts += [content[at : part.start()], part["string"] or b" "]
        at = part.end()
        if part["comment"] and part["comment"].startswith((b"///<", b"//!<", b"/**<", b"/*!<")):
            behind = part.start()
    return b"".join([*parts, content[at : whole.end()]]), behind


def among_enumerators(walk: Walk, node: Node) -> Iterator[tuple[str, Node, str, str, str]]:
    """Macros that are defined within an enumeration, and the members behind them: the grammar has errors where such stand.

    Gives kind, node, name, value and signature of each.
    """
    row = -1
    for child in (node,) if node.type == "preproc_call" else node.children:
        match = _DEFINED.match(walk.slice(child.start_byte, node.end_byte)) if child.type in ("preproc_call", "#define") else None
        if match is not None:
            row = child.start_point.row
            yield "macro", child, match[1], one_line(match[3], MAX_VALUE), f"#define {match[1]}{match[2] or ''}"
        elif child.type == "enumerator":
            name = walk.text(child.child_by_field_name("name"))
            yield "enum_member", child, name, one_line(walk.text(child.child_by_field_name("value")), MAX_VALUE), one_line(walk.text(child))
        elif child.type == "identifier" and child.start_point.row != row and (child.prev_sibling is None or child.prev_sibling.type != "="):
            yield "enum_member", child, walk.text(child), "", walk.text(child)
