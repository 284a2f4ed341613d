"""Methods and fields of Objective-C: what they take and give, and of which type they are; and the comments at declarations."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...model import Parameter
from ..base import MAX_DOC, Walk, blanked, cut, one_line
from ..commented import clean_comment, indented
from .sections import METHOD, properties_of

__all__ = ["Comments", "Field", "Method", "fields_of", "methods_of", "read_head"]

_TURN = re.compile(rb"[;{]|\n(?=[ \t]*(?:[-+][ \t]*\(|@|#|\}))")
_PAREN = re.compile(r"[()]")
_PART, _WORD, _MORE = re.compile(r"\s*\w*\s*:"), re.compile(r"[^\W\d]\w*"), re.compile(r"\s*,\s*\.\.\.")
_COMMENT = re.compile(rb'"(?>(?:[^"\\\n]++|\\.)*)"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
#: What tells the compiler how a parameter is used, and stands before or behind its type.
_HOW = re.compile(r"(?:__\w+|_[A-Z]\w+|[A-Z][A-Z0-9]*_[A-Z0-9_]+)\Z")
#: Longer ones are no heads of methods.
_LONGEST = 4_000
#: What begins or ends something among fields: signs, who may use those that follow, directives.
_AMONG_FIELDS = re.compile(rb"[{};]|@(public|protected|private|package)\b|^[ \t]*#[^\n]*", re.MULTILINE)
_SIZE, _BITS = re.compile(rb"\[[^\[\];]*\]"), re.compile(rb":[ \t]*\w+")


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


class Field(NamedTuple):
    """A variable of each object of a type."""

    name: str
    #: Where the name stands, and where the declaration that it is in begins and ends.
    at: int
    start: int
    end: int
    visibility: str
    type: str


def fields_of(code: bytes, opening: int, stop: int, visibility: str) -> Iterator[Field]:
    """The fields between braces; `visibility` is that of those before which nothing says another."""
    start, depth = opening + 1, 0
    for turn in _AMONG_FIELDS.finditer(code, opening + 1, stop):
        sign = turn[0]
        if sign in (b"{", b"}"):
            depth += 1 if sign == b"{" else -1
        elif depth == 0:
            if turn[1]:
                visibility = turn[1].decode()
            elif sign == b";":
                yield from _fields(code, start, turn.start(), visibility)
            start = turn.end()
        if depth < 0:
            return


def _fields(code: bytes, start: int, end: int, visibility: str) -> Iterator[Field]:
    """Those of one declaration."""
    said = code[start:end]
    inner = said.find(b"{"), said.rfind(b"}")
    shown = said if inner[0] < 0 else said[: inner[0]] + blanked(said[inner[0] : inner[1] + 1]) + said[inner[1] + 1 :]
    names = properties_of(_BITS.sub(lambda m: blanked(m[0]), _SIZE.sub(lambda m: blanked(m[0]), shown)))
    start += len(said) - len(said.lstrip())
    before = one_line(shown[: names[0][0]].decode("utf-8", "backslashreplace")) if names else ""
    if b"(" in shown[: names[0][0] if names else 0]:  # a pointer to a function, or a block
        before = one_line(shown.decode("utf-8", "backslashreplace"))
    for number, (first, last) in enumerate(names):
        stars = shown[names[number - 1][1] : first].count(b"*") if number else 0
        kind = f"{before.rstrip('* ')} {'*' * stars}".rstrip() if number else before
        yield Field(said[first:last].decode(), end - len(said) + first, start, end, visibility, kind)


class Comments:
    """The comments of a text, for what stands right below or before them."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._spans = [match.span() for match in _COMMENT.finditer(walk.original) if match[0][:1] == b"/"]
        self._starts, self._ends = [start for start, _ in self._spans], [end for _, end in self._spans]

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
        return self._said(found[::-1])

    def behind(self, offset: int) -> dict[str, Any]:
        """The comment that stands alone behind an offset on its line, as facts for `Walk.add`."""
        number = bisect_right(self._starts, offset)
        span = self._spans[number] if number < len(self._spans) else (offset, offset)
        between = self._walk.original[offset : span[0]]
        return self._said([span]) if span[1] > span[0] and between.isspace() and b"\n" not in between else {}

    def _said(self, spans: list[tuple[int, int]]) -> dict[str, Any]:
        if not spans:
            return {}
        texts = [self._walk.original[start:end].decode("utf-8", "backslashreplace").rstrip() for start, end in spans]
        said = [clean_comment(comment) for comment in texts]
        doc = cut("\n".join(indented(said, texts) if len(texts) > 1 else said).strip("\n"), MAX_DOC)
        line_of = self._walk.line_of
        return {"doc": doc, "doc_line": line_of(spans[0][0]), "doc_end": line_of(spans[-1][1] - 1)} if doc else {}
