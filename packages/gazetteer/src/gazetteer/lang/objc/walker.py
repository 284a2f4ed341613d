"""Objective-C and Objective-C++: read as C and C++ are, and what they add to these by its text, which every page says."""

from __future__ import annotations

import re
from typing import Any

from ...cpp.conditionals import bare
from ...model import Base, Block, Import, Note
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from ..cpp.walker import walk as walk_c
from .members import comment_above, parameters_of, spaced, type_before, words_of
from .sections import FORWARD, PROPERTY, Type, closings_of, fields_of, methods_of, properties_of, types_of

__all__ = ["walk"]

_MODULE = re.compile(rb"^[ \t]*@import[ \t]+([\w.]+)[ \t]*;", re.MULTILINE)
_KINDS = {"interface": "interface", "implementation": "class", "protocol": "protocol", "class": "class"}
_WHAT = "not parsed: @interface, @implementation and @protocol, of which heads, methods, properties and fields were read by their text"
_RETURNS = re.compile(r"[-+]\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")


def walk(walk: Walk) -> None:
    """Read what C and C++ have too; then modules, and types with their members, by their text."""
    code = bare(walk.original)
    types = types_of(code)
    if types:
        walk.notes.append(Note("not-parsed", _WHAT))
    lines = walk.line_of
    try:
        walk_c(walk)
        for match in FORWARD.finditer(code):
            _forward(walk, match)
        closings = closings_of(code) if types else {}
        for one in types:
            _Type(walk, code, one, closings).read()
    finally:
        for match in _MODULE.finditer(code):
            walk.imports.append(Import("import", match[1].decode(), lines(match.start()), lines(match.start())))
        in_order_of_text(walk)


def _forward(walk: Walk, match: re.Match[bytes]) -> None:
    """Note what ``@class A, B;`` and ``@protocol C;`` announce."""
    for name in re.finditer(rb"(?:\A|,)\s*(\w+)", match[2]):
        line = walk.line_of(match.start(2) + name.start(1))
        walk.add(_KINDS[match[1].decode()], name[1].decode(), Block(line, line), role="forward", signature=_shown(walk, *match.span()))


def _shown(walk: Walk, start: int, end: int) -> str:
    return one_line(walk.slice(start, end)).strip(" ;{")


class _Type:
    """A type that is being read: from the end of its head up to its end."""

    def __init__(self, walk: Walk, code: bytes, one: Type, closings: dict[int, int]) -> None:
        self.walk, self.code, self.closings = walk, code, closings
        self.head, self.end, self.stop = one
        self.kind = self.head[1].decode()
        self.index = -1

    def read(self) -> None:
        """Note it with its members."""
        head, kind = self.head, self.kind
        bases = [Base(head[4].decode(), "extends")] if head[4] else []
        bases += [Base(p.strip().decode(), "conforms") for p in (head[5] or b"").split(b",") if p.strip()]
        self.index = self.add(
            _KINDS[kind], *head.span(2), head.start(), max(self.end, self.stop), head.end(), -1, bases=tuple(bases),
            modifiers=(f"category {head[3].decode()}",) if head[3] else (),
        )  # fmt: skip
        if kind != "protocol":
            self.fields()
        for method, head_end, end in methods_of(self.code, head.end(), self.stop, self.closings):
            self.method(method, head_end, end)
        for declared in PROPERTY.finditer(self.code, head.end(), self.stop):
            self.property(declared)

    def add(self, kind: str, begin: int, behind: int, start: int, end: int, head_end: int, parent: int, **facts: Any) -> int:
        """Note what has a name between two offsets, with the lines, the head and the comment that it has."""
        line, first = self.walk.line_of(begin), self.walk.line_of(start)
        facts.setdefault("signature", _shown(self.walk, start, head_end))
        return self.walk.add(
            kind, self.code[begin:behind].decode(), Block(line, self.walk.line_of(end)), parent,
            first_line=first if first < line else 0, **comment_above(self.walk, start), **facts,
        )  # fmt: skip

    def fields(self) -> None:
        visibility = "private" if self.kind == "implementation" else "protected"
        for access, start, end in fields_of(self.code, self.head, self.closings):
            visibility = access or visibility
            declared = self.code[start:end]
            for begin, behind in properties_of(declared):
                self.add(
                    "field", start + begin, start + behind, start, end, end, self.index, visibility=visibility,
                    type=type_before(declared, begin, behind),
                )  # fmt: skip

    def method(self, method: re.Match[bytes], head_end: int, end: int) -> None:
        head = spaced(self.code[method.start() : head_end])
        returned = _RETURNS.match(head)
        self.add(
            "method", *method.span(1), method.end() - len(method[0].lstrip()), end - 1, head_end, self.index,
            role="definition" if self.kind == "implementation" else "declaration", modifiers=("static",) if head.startswith("+") else (),
            type=one_line(returned[1]) if returned is not None else "", parameters=parameters_of(head),
        )  # fmt: skip

    def property(self, declared: re.Match[bytes]) -> None:
        start = declared.end() - len(declared[0].lstrip())
        for begin, behind in properties_of(declared[2]):
            self.add(
                "property", declared.start(2) + begin, declared.start(2) + behind, start, declared.end() - 1, declared.end() - 1,
                self.index, modifiers=words_of(declared[1] or b""), type=type_before(declared[2], begin, behind)[:MAX_VALUE],
            )  # fmt: skip
