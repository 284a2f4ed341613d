"""Objective-C and Objective-C++: read as C and C++ are, and what they add to these by its lines, which every page says."""

from __future__ import annotations

import re

from ...cpp.conditionals import bare
from ...model import Base, Block, Import, Note
from ..base import Walk, in_order_of_text, one_line
from ..cpp.walker import walk as walk_c
from .methods import Comments, fields_of, methods_of
from .properties import type_before, words_of
from .sections import FORWARD, PROPERTY, Type, body_at, closings_of, fields_at, properties_of, types_of

__all__ = ["walk"]

_MODULE = re.compile(rb"^[ \t]*@import[ \t]+([\w.]+)[ \t]*;", re.MULTILINE)
_KINDS = {"interface": "interface", "implementation": "class", "protocol": "protocol", "class": "class"}
_WHAT = "not parsed: @interface, @implementation and @protocol, of which their lines and those of their methods and properties were read"


def walk(walk: Walk) -> None:
    """Read what C and C++ have too; then modules, and types with their methods, by their lines."""
    code = bare(walk.original)
    types = types_of(code)
    if types:
        walk.notes.append(Note("not-parsed", _WHAT))
    lines = walk.line_of
    try:
        walk_c(walk)
        for match in FORWARD.finditer(code):
            _forward(walk, match)
        if types:
            comments, closings = Comments(walk), closings_of(code)
            for one in types:
                _type(walk, code, one, comments, closings)
    finally:
        for match in _MODULE.finditer(code):
            walk.imports.append(Import("import", match[1].decode(), lines(match.start()), lines(match.start())))
        in_order_of_text(walk)


def _forward(walk: Walk, match: re.Match[bytes]) -> None:
    """Note what ``@class A, B;`` and ``@protocol C;`` announce."""
    signature = one_line(walk.slice(*match.span())).strip(" ;")
    for name in re.finditer(rb"(?:\A|,)\s*(\w+)", match[2]):
        line = walk.line_of(match.start(2) + name.start(1))
        walk.add(_KINDS[match[1].decode()], name[1].decode(), Block(line, line), role="forward", signature=signature)


def _type(walk: Walk, code: bytes, one: Type, comments: Comments, closings: dict[int, int]) -> None:
    match, end, stop = one
    kind, name = match[1].decode(), match[2].decode()
    lines = walk.line_of
    first = lines(match.start(2))
    bases = [Base(match[4].decode(), "extends")] if match[4] else []
    bases += [Base(p.strip().decode(), "conforms") for p in (match[5] or b"").split(b",") if p.strip()]
    index = walk.add(
        _KINDS[kind], name, Block(first, lines(max(end, stop))), signature=one_line(walk.slice(match.start(), match.end())).rstrip(" {"),
        bases=tuple(bases), modifiers=(f"category {match[3].decode()}",) if match[3] else (),
        **comments.above(match.start()),
    )  # fmt: skip
    opening = fields_at(code, match) if kind != "protocol" and end >= 0 else -1
    if opening >= 0:
        for field in fields_of(code, opening, closings.get(opening, stop), "protected" if kind == "interface" else "private"):
            line = lines(field.at)
            walk.add(
                "field", field.name, Block(line, line), index, signature=one_line(walk.slice(field.start, field.end)), type=field.type,
                visibility=field.visibility, **(comments.above(field.start) or comments.behind(field.end + 1)),
            )  # fmt: skip
    behind = 0
    for method in methods_of(code, match.end(), stop):
        if method.start < behind:  # - (int)a; in a body, which goes on with a line above
            continue
        opening = body_at(code, method.end) if kind == "implementation" else -1
        first, line, last = method.start, lines(method.at), min(closings.get(opening, stop), stop) if opening >= 0 else method.end
        behind = last
        walk.add(
            "method", method.name, Block(line, lines(last - 1)), index, signature=one_line(walk.slice(first, method.end)),
            role="definition" if kind == "implementation" else "declaration", modifiers=("static",) if method.is_static else (),
            parameters=method.parameters, type=method.type, first_line=lines(first) if lines(first) < line else 0, **comments.above(first),
        )  # fmt: skip
    for declared in PROPERTY.finditer(code, match.end(), stop):
        doc = comments.above(declared.start(2))
        for begin, behind in properties_of(declared[2]):
            line = lines(declared.start(2) + begin)
            walk.add(
                "property", declared[2][begin:behind].decode(), Block(line, line), index, role="definition",
                signature=one_line(walk.slice(declared.start(), declared.end() - 1)), type=type_before(declared[2], begin, behind),
                modifiers=words_of(declared[1] or b""), **doc,
            )  # fmt: skip
