"""What Objective-C adds to C and C++, found in the text, so that the rest can be parsed as these are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from ...cpp.conditionals import bare
from ..base import blanked

__all__ = ["FORWARD", "METHOD", "PROPERTY", "Type", "body_at", "closings_of", "fields_at", "properties_of", "types_of", "without_sections"]

_GROUP = rb"\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)"
#: Names that are announced.
FORWARD = re.compile(rb"^[ \t]*@(class|protocol)[ \t]+(\w+(?:<[^<>;{}@]*>)?(?:\s*,\s*\w+(?:<[^<>;{}@]*>)?)*)\s*;", re.MULTILINE)
#: The head of a type: keyword, name, category, base, protocols. Attributes and macros may stand before it, and what a type is made of in
#: angle brackets behind its name.
TYPE = re.compile(
    rb"^[ \t]*+(?>(?:[A-Za-z_]\w*+(?:[ \t]*" + _GROUP + rb")?[ \t]+)*)"
    rb"@(interface|implementation|protocol)(?=\s)[ \t]*(?:\r?\n[ \t]*)?((?>\w+))(?!\s*[,;])(?:[ \t]*<[^<>;{}@]*>(?=\s*:))?"
    rb"(?:[ \t]*\([ \t]*(\w*)[ \t]*\))?(?:\s*:\s*(\w+))?(?:\s*<([\w,\s]+)>)?[^\n@]*",
    re.MULTILINE,
)
#: The head of a method: the first part of its name, on the line of its type or the next. One that says no type begins its line.
METHOD = re.compile(
    rb"^(?:[ \t]*[-+][ \t]*" + _GROUP + rb"[ \t]*(?:\r?\n[ \t]*)?(?=\w)|[-+][ \t]*(?=\w+[ \t]*[:;{\r\n]))(\w+)[^\n;{]*", re.MULTILINE
)
#: What is declared behind ``@property (…)``.
PROPERTY = re.compile(rb"^[ \t]*@property\b[ \t]*(" + _GROUP + rb")?([^;{}@]*);", re.MULTILINE)
#: Attributes and macros behind the name of a property; the name of one that points to a function or a block.
_ATTRIBUTES = re.compile(rb"(?<=\w)(?:\s+(?:__attribute__|[A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:\s*" + _GROUP + rb")?)+\s*\Z")
_POINTER, _LAST_WORD = re.compile(rb"\(\s*[*^]\s*(?:_?[A-Za-z]+\s+)?(\w+)\s*\)\s*\("), re.compile(rb"(\w+)\s*(?:,|\Z)")
#: So many heads of types have what stands before one ``@end``.
_MOST_HEADS = 4
_END = re.compile(rb"@end\b")
#: Statements of one line, which stand outside of types or in an implementation.
_STATEMENT = re.compile(rb"^[ \t]*@(?:import|class|protocol|synthesize|dynamic|compatibility_alias)\b[^;{}@]*;", re.MULTILINE)
_TURN, _BRACE, _FIELDS = re.compile(rb"[;{]"), re.compile(rb"[{}]"), re.compile(rb"\s*\{")
_BODY = re.compile(rb"(?:;\s*)?(?=\{)")
#: Literals, which differ by a sign from those of C, and enumerations of a type.
_LITERAL = re.compile(rb"@(?=\")")
_ENUM = re.compile(rb"\btypedef(\s+(?:NS|CF)_(?:CLOSED_|ERROR_)?(?:ENUM|OPTIONS)\s*\([\s\w]+,\s*)(\w+)\s*(\))")


class Type(NamedTuple):
    """A type in the text."""

    head: re.Match[bytes]
    #: Where its ``@end`` begins; -1 where there is none.
    end: int
    #: Where what can be in it ends.
    stop: int


def types_of(code: bytes) -> list[Type]:
    """The types in a text without comments.

    Of several heads before one ``@end``, which stand in branches of a condition, each has what follows; of more, those behind are others.
    """
    heads, ends = list(TYPE.finditer(code)), [found.start() for found in _END.finditer(code)]
    starts, found = [head.start() for head in heads], []
    for head in heads:
        at, further = bisect_left(ends, head.end()), bisect_left(starts, head.start()) + _MOST_HEADS
        end = ends[at] if at < len(ends) else -1
        other = starts[further] if further < len(starts) else end
        found.append(Type(head, end, max(min(end, other), head.end())))
    return found


def properties_of(declared: bytes) -> list[tuple[int, int]]:
    """Where the names of properties are in what is declared behind ``@property (…)``.

    Examples
    --------
    >>> said = b" id<A, B> delegate, other NS_AVAILABLE(10, 7)"
    >>> [said[start:end] for start, end in properties_of(said)]
    [b'delegate', b'other']
    >>> said = b" void (^done)(int a, BOOL b)"
    >>> [said[start:end] for start, end in properties_of(said)]
    [b'done']
    """
    pointer = _POINTER.search(declared)
    if pointer is not None:
        return [pointer.span(1)]
    behind = declared.rfind(b">") + 1
    attributes = _ATTRIBUTES.search(declared, behind)
    return [match.span(1) for match in _LAST_WORD.finditer(declared[: attributes.start()] if attributes is not None else declared, behind)]


def without_sections(content: bytes) -> bytes:
    r"""The text without declarations of types, and without the methods and fields of implementations: functions between them are left.

    What differs from C elsewhere is written as C has it, in as many bytes.

    Examples
    --------
    >>> without_sections(b"@class A;\nint f();\n@implementation A\n- (void)g { h(); }\nint i() { return 1; }\n@end\n").split(b"\n")
    [b'         ', b'int f();', b'                 ', b'                  ', b'int i() { return 1; }', b'    ', b'']
    >>> without_sections(b'S* s = @""; typedef NS_ENUM(int, E) { A };')
    b'S* s =  ""; enum                 E  { A };'
    """
    code, text = bare(content), bytearray(content)
    done = 0
    for start, end in sorted(_sections(code)):  # which may lie within each other
        begin = max(start, done)
        text[begin:end] = blanked(content[begin:end])
        done = max(done, end)
    for match in _ENUM.finditer(code):
        text[match.start() : match.end(1)] = b"enum   " + blanked(content[match.start(1) : match.end(1)])
        text[match.start(3) : match.end()] = b" "
    return _LITERAL.sub(b" ", bytes(text))


def _sections(code: bytes) -> Iterator[tuple[int, int]]:
    """What is blanked."""
    for match in _STATEMENT.finditer(code):
        yield match.span()
    closings = closings_of(code)
    for head, end, stop in types_of(code):
        if end < 0:
            continue
        if head[1] != b"implementation":
            yield head.start(), stop
        else:
            yield head.span()
            opening = fields_at(code, head)
            if opening >= 0:
                yield opening, min(closings.get(opening, stop), stop)
            yield from _methods(code, head.end(), stop, closings)
        yield end, code.index(b"d", end) + 1


def _methods(code: bytes, start: int, stop: int, closings: dict[int, int]) -> Iterator[tuple[int, int]]:
    turn = _TURN.search(code, start, stop)
    for method in METHOD.finditer(code, start, stop):
        if turn is not None and turn.start() < method.start():
            turn = _TURN.search(code, method.start(), stop)
        if turn is not None:
            opening = body_at(code, turn.start())
            yield method.start(), min(closings.get(opening, stop), stop) if opening >= 0 else turn.end()


def fields_at(code: bytes, head: re.Match[bytes]) -> int:
    """Where the brace before the fields of a type stands; -1 where it has none."""
    opening = code.find(b"{", head.start(), head.end())
    behind = _FIELDS.match(code, head.end()) if opening < 0 else None
    return behind.end() - 1 if behind is not None else opening


def body_at(code: bytes, end: int) -> int:
    """Where the body of a method begins whose head, be it with a semicolon, ends at an offset; -1 where it has none."""
    opening = _BODY.match(code, end)
    return opening.end() if opening is not None else -1


def closings_of(code: bytes) -> dict[int, int]:
    """Behind the brace that closes one, by where that is; those that none closes are left out."""
    found, opened = dict[int, int](), list[int]()
    for match in _BRACE.finditer(code):
        if match[0] == b"{":
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.end()
    return found
