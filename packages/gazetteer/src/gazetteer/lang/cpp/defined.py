"""What a macro stands for: the rest of its line, without comments. Directives where declarations are not looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...cpp.blanking import directives, starts
from ...cpp.conditionals import bare
from ...model import Block
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from .opening import included_at

__all__ = ["body_of", "defined_within", "directives_in_bodies"]

_DEFINED = re.compile(r"\s*#\s*define\s+(\w+)(\([^)\n]*\))?")
_SPACED = re.compile(rb"#[ \t]+(?:define|include)")
_STRING = rb"""(?:"(?>(?:[^"\\\n]++|\\.)*)"?|'(?>(?:[^'\\\n]++|\\.)*)'?)"""
_BODY = re.compile(rb"(?>(?:" + _STRING + rb"|/\*.*?(?:\*/|\Z)|\\\r?\n|[^\n])*)", re.DOTALL)
_PART = re.compile(rb"(?P<string>" + _STRING + rb")|(?P<comment>/\*.*?(?:\*/|\Z)|//(?>(?:\\\r?\n|[^\n])*))|\\\r?\n", re.DOTALL)


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


def directives_in_bodies(walk: Walk) -> None:
    """Add what is defined and included where nothing else is looked for: in bodies of functions, in enumerations, among values."""
    original, macros = walk.original, [symbol.line for symbol in walk.symbols if symbol.kind == "macro"]
    count = original.count(b"#define") + original.count(b"#include")
    if count == len(macros) + len(walk.imports) and _SPACED.search(original) is None:
        return  # most
    lost = _lines_of(walk, b"define", set(macros)) | _lines_of(walk, b"include", {found.line for found in walk.imports})
    if not lost:
        return
    for first, last in directives(bare(original, directives=True)):  # some stand in comments
        if walk.line_of(first) not in lost:
            continue
        found = _defined(walk, first, last)
        if found is not None:
            lines, name, value, signature = found
            walk.add("macro", name, lines, value=value, signature=signature)
        elif (brought := included_at(walk, first, local=True)) is not None:
            walk.imports.append(brought)
    in_order_of_text(walk)
    walk.imports.sort(key=lambda found: found.line)


def _lines_of(walk: Walk, word: bytes, known: set[int]) -> set[int]:
    """Lines that begin with a directive of this word, but for those that are known."""
    original, lines = walk.original, set[int]()
    for at in starts(original, word):
        apart = original[at - 1 : at] in (b"#", b" ", b"\t") and original[at + len(word) : at + len(word) + 1] in (b" ", b"\t", b"<", b'"')
        if not apart or (line := walk.line_of(at)) in known:
            continue
        before = original[max(at - 100, 0) : at].rstrip(b" \t")
        if before.endswith(b"#") and before[:-1].rstrip(b" \t")[-1:] in (b"\n", b""):
            lines.add(line)
    return lines


def _defined(walk: Walk, first: int, last: int) -> tuple[Block, str, str, str] | None:
    """Lines, name, value and signature of the macro that a directive between two offsets defines; None if it does something else."""
    match = _DEFINED.match(walk.slice(first, last))
    if match is None:
        return None
    meaning, _ = body_of(walk.original, first + len(match[0].encode()), 16 * MAX_VALUE)
    value = one_line(meaning.decode("utf-8", "backslashreplace"), MAX_VALUE)
    return Block(walk.line_of(first), walk.line_of(last - 1)), match[1], value, f"#define {match[1]}{match[2] or ''}"
