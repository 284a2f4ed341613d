"""What a macro stands for: the rest of its line, without comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Block
from ..base import MAX_VALUE, Walk, one_line

__all__ = ["body_of", "defined_within"]

_DEFINED = re.compile(r"\s*#\s*define\s+(\w+)(\([^)\n]*\))?")
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


def defined_within(walk: Walk, start: int, end: int) -> Iterator[tuple[Block, str, str, str]]:
    """Macros whose definitions were blanked for the parse, between two offsets: lines, name, value and signature of each."""
    for first, last in walk.parsed.within.defines if walk.parsed is not None else ():
        match = _DEFINED.match(walk.slice(first, last)) if start <= first < end else None
        if match is not None:
            name = match[1]
            meaning, _ = body_of(walk.original, first + len(match[0].encode()), 16 * MAX_VALUE)
            value = one_line(meaning.decode("utf-8", "backslashreplace"), MAX_VALUE)
            yield Block(walk.line_of(first), walk.line_of(last - 1)), name, value, f"#define {name}{match[2] or ''}"
