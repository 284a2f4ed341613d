"""Methods of Objective-C: what they take and give; and the comments above declarations."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...model import Parameter
from ..base import MAX_DOC, Walk, clean_comment, cut, indented, one_line
from .sections import METHOD

__all__ = ["Comments", "Method", "methods_of", "read_head"]

_TURN = re.compile(rb"[;{]|\n(?=[ \t]*(?:[-+][ \t]*\(|@|#|\}))")
_PAREN = re.compile(r"[()]")
_PART, _WORD, _MORE = re.compile(r"\s*\w*\s*:"), re.compile(r"[^\W\d]\w*"), re.compile(r"\s*,\s*\.\.\.")
_COMMENT = re.compile(rb'"(?>(?:[^"\\\n]++|\\.)*)"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
#: What tells the compiler how a parameter is used, and stands before or behind its type.
_HOW = re.compile(r"(?:__\w+|_[A-Z]\w+|[A-Z][A-Z0-9]*_[A-Z0-9_]+)\Z")
#: Longer ones are no heads of methods.
_LONGEST = 4_000


class Method(NamedTuple):
    """The head of a method."""

    #: Where it begins, be it behind spaces, and where it ends.
    start: int
    end: int
    #: The first part of its selector, and where it stands: the others are between the parameters, often on lines of their own.
    name: str
    at: int
    is_static: bool
    parameters: tuple[Parameter, ...]
    type: str


def methods_of(code: bytes, start: int, stop: int) -> Iterator[Method]:
    """The methods whose heads begin between two offsets of a text without comments."""
    for match in METHOD.finditer(code, start, stop):
        turn = _TURN.search(code, match.start(1), min(stop, match.start() + _LONGEST))
        end = turn.start() if turn is not None else match.end()
        head = code[match.start() : end]
        begin = match.start() + len(head) - len(head.lstrip())
        given, parameters = read_head(code[begin + 1 : end].decode("utf-8", "backslashreplace"))
        yield Method(begin, end, match[1].decode(), match.start(1), code[begin : begin + 1] == b"+", parameters, given)


def read_head(head: str) -> tuple[str, tuple[Parameter, ...]]:
    """The type of what a method gives, and its parameters, of a head without the sign before it.

    Examples
    --------
    >>> given, parameters = read_head("(BOOL) sell: (int (^)(id a))how to: (__unused id)whom, ...")
    >>> given, [(p.name, p.type) for p in parameters]
    ('BOOL', [('how', 'int (^)(id a)'), ('whom', '__unused id'), ('...', '')])
    >>> read_head("shop NS_DEPRECATED(10_0, 10_4)"), [p.name for p in read_head("(id)at:(int)x :(int) __unused y API_AVAILABLE(ios(8))")[1]]
    (('', ()), ['x', 'y'])
    """
    given, at = _group(head, 0)
    parameters, part = list[Parameter](), _PART.match(head, at)
    while part is not None:
        kind, at = _group(head, part.end())
        colon = head.find(":", at)
        words = list(_WORD.finditer(head, at, colon if colon >= 0 else len(head)))
        # The last word before a colon is the next part of the selector, unless the parameter's name alone is there.
        label = words.pop() if colon >= 0 and len(words) > 1 and not head[words[-1].end() : colon].strip() else None
        name = next((word for word in words if _HOW.match(word[0]) is None), words[0] if words else None)
        parameters.append(Parameter(name[0] if name is not None else "", kind))
        at = name.end() if name is not None else at
        part = _PART.match(head, label.start() if label is not None else at) if colon >= 0 else None
    if _MORE.match(head, at) is not None:
        parameters.append(Parameter("...", kind="variadic"))
    return given, tuple(parameters)


def _group(head: str, at: int) -> tuple[str, int]:
    """What stands in parentheses at a place, on one line, and where it goes on behind them; nothing where there are none."""
    opening = head.find("(", at)
    if opening < 0 or not (opening == at or head[at:opening].isspace()):
        return "", at
    depth = 0
    for turn in _PAREN.finditer(head, opening):
        depth += 1 if turn[0] == "(" else -1
        if not depth:
            return one_line(head[opening + 1 : turn.start()]), turn.end()
    return "", len(head)


class Comments:
    """The comments of a text, for what stands right below them."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._spans = [match.span() for match in _COMMENT.finditer(walk.original) if match[0][:1] == b"/"]
        self._ends = [end for _, end in self._spans]

    def above(self, offset: int) -> dict[str, Any]:
        """The comment that ends on the line above the one of an offset, as facts for `Walk.add`."""
        text, found = self._walk.original, list[tuple[int, int]]()
        at = text.rfind(b"\n", 0, offset) + 1
        for number in range(bisect_right(self._ends, at) - 1, -1, -1):
            start, end = self._spans[number]
            line, is_block = text.rfind(b"\n", 0, start) + 1, text.startswith(b"/*", start)
            if text[end:at].strip(b" \t\r") not in (b"", b"\n") or text[line:start].strip() or (found and is_block):
                break
            found.append((start, end))
            at = line
            if is_block:
                break
        if not found:
            return {}
        texts = [text[start:end].decode("utf-8", "backslashreplace").rstrip() for start, end in reversed(found)]
        said = [clean_comment(comment) for comment in texts]
        doc = cut("\n".join(indented(said, texts) if len(texts) > 1 else said).strip("\n"), MAX_DOC)
        line_of = self._walk.line_of
        return {"doc": doc, "doc_line": line_of(found[-1][0]), "doc_end": line_of(found[0][1] - 1)} if doc else {}
