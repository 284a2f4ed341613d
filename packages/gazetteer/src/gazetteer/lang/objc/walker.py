"""Objective-C and Objective-C++, by the lines that can be told without a grammar: it says on every page that no more was read."""

from __future__ import annotations

import re

from ...cpp.conditionals import bare
from ...model import Base, Block, Import, Note
from ..base import Walk, one_line

__all__ = ["walk"]

_IMPORT = re.compile(rb"^[ \t]*#[ \t]*(?:import|include)[ \t]*(?:<([^>\n]+)>|\"([^\"\n]+)\")", re.MULTILINE)
_MODULE = re.compile(rb"^[ \t]*@import[ \t]+([\w.]+)[ \t]*;", re.MULTILINE)
_TYPE = re.compile(
    rb"^[ \t]*@(interface|implementation|protocol)[ \t]+(\w+)(?:[ \t]*\([ \t]*(\w*)[ \t]*\))?(?:[ \t]*:[ \t]*(\w+))?"
    rb"(?:[ \t]*<([\w, \t]+)>)?[ \t]*(;)?[^\n]*",
    re.MULTILINE,
)
_END = re.compile(rb"^[ \t]*@end\b", re.MULTILINE)
_KINDS = {"interface": "interface", "implementation": "class", "protocol": "protocol"}
_METHOD = re.compile(rb"^[ \t]*[-+][ \t]*\([^)\n]*\)[ \t]*(\w+)[^\n;{]*", re.MULTILINE)
_WHAT = "not parsed: only its imports and the lines of @interface, @implementation, @protocol and of their methods were read"


def walk(walk: Walk) -> None:
    """Read imports, and types with their methods, by their lines."""
    text, code = walk.original, bare(walk.original)
    walk.notes.append(Note("not-parsed", _WHAT))
    lines = walk.line_of
    for match in _IMPORT.finditer(bare(text, directives=True)):
        line, kind = lines(match.start()), "include_system" if match[1] is not None else "include"
        walk.imports.append(Import(kind, (match[1] or match[2]).decode("utf-8", "backslashreplace"), line, line))
    for match in _MODULE.finditer(code):
        walk.imports.append(Import("import", match[1].decode(), lines(match.start()), lines(match.start())))
    walk.imports.sort(key=lambda i: i.line)
    for match in _TYPE.finditer(code):
        _type(walk, code, match)


def _type(walk: Walk, code: bytes, match: re.Match[bytes]) -> None:
    kind, name, forward = match[1].decode(), match[2].decode(), match[6] is not None
    end = None if forward else _END.search(code, match.end())
    stop = end.start() if end is not None else match.end()
    lines = walk.line_of
    first = lines(match.start(2))
    bases = [Base(match[4].decode(), "extends")] if match[4] else []
    bases += [Base(p.strip().decode(), "conforms") for p in (match[5] or b"").split(b",") if p.strip()]
    index = walk.add(
        _KINDS[kind], name, Block(first, lines(stop)), signature=one_line(walk.slice(match.start(), match.end())).rstrip(" {"),
        role="forward" if forward else "definition", bases=tuple(bases), modifiers=(f"category {match[3].decode()}",) if match[3] else (),
    )  # fmt: skip
    for method in _METHOD.finditer(code, match.end(), stop):
        line = lines(method.start(1))
        static = code[method.start() : method.end()].lstrip().startswith(b"+")
        walk.add(
            "method", method[1].decode(), Block(line, line), index, signature=one_line(walk.slice(method.start(), method.end())),
            role="definition" if kind == "implementation" else "declaration", modifiers=("static",) if static else (),
        )  # fmt: skip
