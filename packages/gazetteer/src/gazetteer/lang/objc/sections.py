"""What Objective-C adds to C and C++, found in the text, so that the rest can be parsed as these are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...cpp.conditionals import bare
from ..base import blanked

__all__ = ["FORWARD", "PROPERTY", "TYPE", "end_of", "fields_of", "methods_of", "properties_of", "without_sections"]

_GROUP = rb"\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)"
#: The head of a type: keyword, name, category, base, protocols. Attributes and macros may stand before it, and what a type is made of in
#: angle brackets behind its name. And declarations that say no more than names.
TYPE = re.compile(
    rb"^[ \t]*+(?>(?:[A-Za-z_]\w*+(?:[ \t]*" + _GROUP + rb")?[ \t]+)*)"
    rb"@(interface|implementation|protocol)[ \t]+((?>\w+))(?!\s*[,;])(?:[ \t]*<[^<>;{}@]*>(?=\s*:))?"
    rb"(?:[ \t]*\([ \t]*(\w*)[ \t]*\))?(?:\s*:\s*(\w+))?"
    rb"(?:\s*<([\w,\s]+)>)?[^\n]*",
    re.MULTILINE,
)
FORWARD = re.compile(rb"^[ \t]*@(class|protocol)[ \t]+(\w+(?:<[^<>;{}@]*>)?(?:\s*,\s*\w+(?:<[^<>;{}@]*>)?)*)\s*;", re.MULTILINE)
#: The head of a method: the first part of its name. One that says no type begins its line.
METHOD = re.compile(rb"^(?:[ \t]*[-+][ \t]*" + _GROUP + rb"[ \t]*(?=\w)|[-+][ \t]*(?=\w+[ \t]*[:;{\r\n]))(\w+)[^\n;{]*", re.MULTILINE)
#: What is declared behind ``@property (…)``.
PROPERTY = re.compile(rb"^[ \t]*@property\b[ \t]*(" + _GROUP + rb")?([^;{}@]*);", re.MULTILINE)
#: Attributes and macros behind the name of a property; the name of one that points to a function or a block.
_ATTRIBUTES = re.compile(rb"(?<=\w)(?:\s+(?:__attribute__|[A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:\s*" + _GROUP + rb")?)+\s*\Z")
_POINTER, _LAST_WORD = re.compile(rb"\(\s*[*^]\s*(?:_?[A-Za-z]+\s+)?(\w+)\s*\)\s*\("), re.compile(rb"(\w+)\s*(?:,|\Z)")
_END = re.compile(rb"^[ \t]*@end\b", re.MULTILINE)
#: Statements of one line, which stand outside of types or in an implementation.
_STATEMENT = re.compile(rb"^[ \t]*@(?:import|class|protocol|synthesize|dynamic|compatibility_alias)\b[^;{}@]*;", re.MULTILINE)
#: A field, with who sees it; of a structure in it, one that has none in it.
_FIELD = re.compile(rb"\s*(?:@(public|private|protected|package)\b\s*)?((?>(?:[^;{}@]|\{[^{}]*\})+));")
_TURN, _BRACE, _FIELDS = re.compile(rb"[;{]"), re.compile(rb"[{}]"), re.compile(rb"\s*\{")
#: Literals, which differ by a sign from those of C, and enumerations of a type.
_LITERAL = re.compile(rb"@(?=\")")
_ENUM = re.compile(rb"\btypedef(\s+(?:NS|CF)_(?:CLOSED_|ERROR_)?(?:ENUM|OPTIONS)\s*\([\s\w]+,\s*)(\w+)\s*(\))")


def end_of(code: bytes, start: int) -> int:
    """Where the ``@end`` of a type whose head ends at `start` begins; -1 where there is none."""
    found = _END.search(code, start)
    return found.start() if found is not None else -1


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
    for start, end in _sections(code):
        text[start:end] = blanked(content[start:end])
    for match in _ENUM.finditer(code):
        text[match.start() : match.end(1)] = b"enum   " + blanked(content[match.start(1) : match.end(1)])
        text[match.start(3) : match.end()] = b" "
    return _LITERAL.sub(b" ", bytes(text))


def _sections(code: bytes) -> Iterator[tuple[int, int]]:
    """What is blanked."""
    for match in _STATEMENT.finditer(code):
        yield match.span()
    for match in TYPE.finditer(code):
        stop = end_of(code, match.end())
        if stop < 0:
            continue
        if match[1] != b"implementation":
            yield match.start(), stop
        else:
            yield match.span()
            opening = _fields_open(code, match.start(), match.end())
            if opening >= 0:
                yield opening, _closed(code, opening, stop)
            yield from ((method.start(), end) for method, _, end in methods_of(code, match.end(), stop))
        yield stop, stop + code[stop:].index(b"d") + 1


def methods_of(code: bytes, start: int, stop: int) -> Iterator[tuple[re.Match[bytes], int, int]]:
    """The methods between two offsets: how each begins, where its head ends, and where its body or the whole does."""
    while (method := METHOD.search(code, start, stop)) is not None:
        turn = _TURN.search(code, method.start(), stop)
        if turn is None:
            return
        start = _closed(code, turn.start(), stop) if turn[0] == b"{" else turn.end()
        yield method, turn.start(), start


def _fields_open(code: bytes, start: int, end: int) -> int:
    """Where the brace of the fields of a type is whose head begins and ends at offsets; -1 where it has none."""
    opening = code.find(b"{", start, end)
    fields = _FIELDS.match(code, end) if opening < 0 else None
    return fields.end() - 1 if fields is not None else opening


def fields_of(code: bytes, start: int, end: int, stop: int) -> Iterator[tuple[str, int, int]]:
    r"""The fields of a type whose head begins and ends at offsets: who sees them, where that is said before, and where each stands.

    Examples
    --------
    >>> code = b"@interface A {\n  int b;\n@public id c, d;\n  struct { int e; } f;\n}\n@end\n"
    >>> [(access, code[a:b]) for access, a, b in fields_of(code, 0, 14, len(code))]
    [('', b'int b'), ('public', b'id c, d'), ('', b'struct { int e; } f')]
    """
    opening = _fields_open(code, start, end)
    closing = _closed(code, opening, stop) - 1 if opening >= 0 else -1
    at = opening + 1
    while 0 < at < closing and (found := _FIELD.match(code, at, closing)) is not None:
        yield (found[1] or b"").decode(), *found.span(2)
        at = found.end()


def _closed(code: bytes, opening: int, stop: int) -> int:
    """Behind the brace that closes one; `stop` where none does before it."""
    depth = 0
    for match in _BRACE.finditer(code, opening, stop):
        depth += 1 if match[0] == b"{" else -1
        if not depth:
            return match.end()
    return stop
