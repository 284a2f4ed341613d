"""Macros that are defined within an enumeration, where the grammars know no directive but conditions: blanked where a text has errors."""

from __future__ import annotations

import re

from .blanking import blank, directives
from .conditionals import bare

__all__ = ["blank_defines"]

_BODY = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}()]*\{([^{}]*)\}")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*(?:define|undef)(?!\w)")


def blank_defines(text: bytearray) -> list[tuple[int, int]]:
    r"""Blank the directives in enumerations that define macros; where they were.

    Examples
    --------
    >>> text = bytearray(b"enum {\n A,\n#define A A\n B };\n#define C\n")
    >>> blank_defines(text), bytes(text)
    ([(11, 22)], b'enum {\n A,\n           \n B };\n#define C\n')
    """
    source = bytes(text)
    bodies = [match.span(1) for match in _BODY.finditer(bare(source))] if b"enum" in source and b"define" in source else []
    found = list[tuple[int, int]]()
    for start, end in directives(source) if bodies else ():
        if any(first <= start < last for first, last in bodies) and _DEFINE.match(source, start):
            blank(text, start, end)
            found.append((start, end))
    return found
