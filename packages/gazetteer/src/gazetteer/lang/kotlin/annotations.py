"""What the grammar of Kotlin takes for something else, blanked; and what is said by what a repair has blanked before a declaration.

``@A internal object B { … }`` is for the grammar an annotated expression, a call of ``object`` between two names, and
``object A : B by c { … }`` calls ``c``. Such annotations and delegates are blanked and the text is parsed again; what they say is read
from the text itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ...parses import parse
from ..base import MAX_VALUE, Walk, blanked, one_line
from ..replacing import spaces
from .repair import ANNOTATION, BEFORE_DECLARATION, with_known_syntax

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Blanked", "blanked_before", "read_again"]

_ACCESS = re.compile(rb"\b(?:public|private|protected|internal)\b")
#: What a constructor may be besides.
_MODIFIER = re.compile(rb"\b(?:actual|expect)\b")
_COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CONTEXT = re.compile(rb"\bcontext\s*\((?:[^()]|\([^()]*\))*\)")
#: A second parse may take as long as the first.
_SECONDS = 5.0
_TIMES = 4
#: So much before a declaration is looked at.
_NEAR = 2_000


class Blanked(Struct, frozen=True):
    """What stands in the file before a declaration, where the text that was parsed has blanks."""

    annotations: tuple[str, ...] = ()
    visibility: str = ""
    modifiers: tuple[str, ...] = ()
    #: ``context(a: A)``
    context: str = ""
    #: Where it begins, and on which line, from 1; -1 and 0 if there is nothing.
    start: int = -1
    line: int = 0


def read_again(walk: Walk) -> None:
    """Parse the file again, without annotations and delegates that made the parser take a declaration for an expression."""
    if b"@" not in walk.read and b" by " not in walk.read:
        return
    for _ in range(_TIMES):  # what is read otherwise may let the parser take others for expressions
        text = _without_misread(walk)
        if text == walk.read:
            return
        tree = parse(text, "kotlin", _SECONDS)
        if tree is not None and tree.root_node.has_error:
            repaired = with_known_syntax(text)
            other = parse(repaired, "kotlin", _SECONDS)
            if other is not None and not other.root_node.has_error:
                tree, text = other, repaired
        if tree is None:
            return
        walk.tree, walk.read = tree, text


def _without_misread(walk: Walk) -> bytes:
    """What was parsed, with blanks for what made the parser take a declaration for an expression."""
    assert walk.tree is not None
    text, stack = bytearray(walk.read), [walk.tree.root_node]
    while stack:
        node = stack.pop()
        if node.type == "annotated_expression":
            match = BEFORE_DECLARATION.match(walk.read, node.start_byte)
            if match is not None:
                text[match.start() : match.end()] = blanked(match[0])
        elif node.type == "explicit_delegation" and (body := _body_behind(node)) is not None:
            start = node.named_children[0].end_byte
            text[start : body.start_byte] = blanked(walk.read[start : body.start_byte])
        stack += node.named_children
    return bytes(text)


def _body_behind(delegation: Node) -> Node | None:
    """What seems to be a function that the delegate of a class is called with: the body of the class."""
    call = delegation.named_children[-1]
    body = call.named_children[-1] if call.type == "call_expression" and call.named_children else None
    return body if body is not None and body.type == "annotated_lambda" else None


def blanked_before(walk: Walk, node: Node) -> Blanked:
    """What has been blanked right before a declaration."""
    near = max(node.start_byte - _NEAR, 0)
    start = near + len(walk.read[near : node.start_byte].rstrip())
    if walk.original[start : node.start_byte].lstrip().startswith(b"("):  # of a constructor, which stands a line above for the parser
        start = walk.original.index(b"(", start) + 1
    if b"//" in walk.original[walk.original.rfind(b"\n", 0, start) + 1 : start]:  # what is blanked to the end of this line is a comment's
        below = walk.original.find(b"\n", start, node.start_byte)
        start = below if below >= 0 else node.start_byte
    gap = walk.original[start : node.start_byte]
    if (near and start == near) or not gap.strip():
        return Blanked()
    shown = _COMMENT.sub(spaces, gap)
    words = _CONTEXT.sub(b"", shown)
    found = tuple(one_line(m[0].decode("utf-8", "backslashreplace"), MAX_VALUE) for m in ANNOTATION.finditer(words))
    words = ANNOTATION.sub(b"", words)
    access, modifiers = _ACCESS.search(words), tuple(m[0].decode() for m in _MODIFIER.finditer(words))
    begin = start + len(gap) - len(shown.lstrip()) if shown.strip() else -1
    context = _CONTEXT.search(shown)
    said = one_line(context[0].decode("utf-8", "backslashreplace"), MAX_VALUE) if context is not None else ""
    return Blanked(
        found, access[0].decode() if access is not None else "", modifiers, said, begin, walk.line_of(begin) if begin >= 0 else 0
    )
