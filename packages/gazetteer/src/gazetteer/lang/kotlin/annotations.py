"""Annotations of Kotlin that hide what they stand before, and what a repair has blanked before a declaration.

``@A internal object B { … }`` is for the grammar an annotated expression, a call of ``object`` between two names. Such annotations are
blanked and the text is parsed again; what they say is read from the text itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ...parses import parse
from ..base import MAX_VALUE, Walk, one_line
from .repair import ANNOTATION, BEFORE_DECLARATION, blank

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Blanked", "blanked_before", "read_again"]

_ACCESS = re.compile(rb"\b(?:public|private|protected|internal)\b")
#: So much before a declaration is looked at.
_NEAR = 2_000


class Blanked(Struct, frozen=True):
    """What stands in the file before a declaration, where the text that was parsed has blanks."""

    annotations: tuple[str, ...] = ()
    visibility: str = ""
    #: The first line of it, from 1; 0 if there is nothing.
    line: int = 0


def read_again(walk: Walk) -> None:
    """Parse the file again, without annotations that made the parser take a declaration for an expression."""
    assert walk.tree is not None
    if b"@" not in walk.read:
        return
    text, stack = bytearray(walk.read), [walk.tree.root_node]
    while stack:
        node = stack.pop()
        if node.type == "annotated_expression":
            match = BEFORE_DECLARATION.match(walk.read, node.start_byte)
            if match is not None:
                text[match.start() : match.end()] = blank(match[0])
        stack += node.named_children
    if text != walk.read:
        tree = parse(bytes(text), "kotlin", 5.0)
        if tree is not None:
            walk.tree, walk.read = tree, bytes(text)


def blanked_before(walk: Walk, node: Node) -> Blanked:
    """What has been blanked right before a declaration."""
    near = max(node.start_byte - _NEAR, 0)
    start = near + len(walk.read[near : node.start_byte].rstrip())
    gap = walk.original[start : node.start_byte]
    if (near and start == near) or not gap.strip():
        return Blanked()
    found = tuple(one_line(m[0].decode("utf-8", "backslashreplace"), MAX_VALUE) for m in ANNOTATION.finditer(gap))
    access = _ACCESS.search(ANNOTATION.sub(b"", gap))
    line = walk.line_of(start + len(gap) - len(gap.lstrip()))
    return Blanked(found, access[0].decode() if access is not None else "", line)
