"""What a macro stands for: the rest of its line, without comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...cpp.blanking import directives, starts
from ...cpp.conditionals import bare
from ...model import Block
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line

__all__ = ["body_of", "defined_in_bodies", "defined_within"]

_DEFINED = re.compile(r"\s*#\s*define\s+(\w+)(\([^)\n]*\))?")
#: What stands before the word of such a directive on its line.
_HASH = re.compile(rb"(?:\A|\n)[ \t]*#[ \t]*\Z")
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
        found = _defined(walk, first, last) if start <= first < end else None
        if found is not None:
            yield found


def defined_in_bodies(walk: Walk) -> None:
    """Add the macros that are defined where nothing else is looked for: in the bodies of functions."""
    original = walk.original
    words = [at for at in starts(original, b"define") if original[at - 1 : at] in (b"#", b" ", b"\t")]
    known = {symbol.line for symbol in walk.symbols if symbol.kind == "macro"} if words else ()
    lost = {
        line
        for at in words
        if (line := walk.line_of(at)) not in known and _HASH.search(original, max(original.rfind(b"\n", 0, at), 0), at) is not None
    }
    if not lost:
        return
    for first, last in directives(bare(original, directives=True)):  # some stand in comments
        found = _defined(walk, first, last) if walk.line_of(first) in lost else None
        if found is not None:
            lines, name, value, signature = found
            walk.add("macro", name, lines, value=value, signature=signature)
    in_order_of_text(walk)


def _defined(walk: Walk, first: int, last: int) -> tuple[Block, str, str, str] | None:
    """Lines, name, value and signature of the macro that a directive between two offsets defines; None if it does something else."""
    match = _DEFINED.match(walk.slice(first, last))
    if match is None:
        return None
    meaning, _ = body_of(walk.original, first + len(match[0].encode()), 16 * MAX_VALUE)
    value = one_line(meaning.decode("utf-8", "backslashreplace"), MAX_VALUE)
    return Block(walk.line_of(first), walk.line_of(last - 1)), match[1], value, f"#define {match[1]}{match[2] or ''}"
