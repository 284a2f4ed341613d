"""Directives within an enumeration, among which the grammars lose members: blanked, and read from the text."""

from __future__ import annotations

import re

from msgspec import Struct

from .blanking import blank, directives
from .conditionals import Branch, all_conditionals, bare

__all__ = ["Within", "blank_directives"]

#: An enumeration in which a line begins with a directive, at first sight; and the members of one, where comments and literals are blanked.
_LIKELY = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}]*\{[^{}]*?\n[ \t]*#")
_BODY = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}()]*\{([^{}]*)\}")
#: What ends a member, and what begins one.
_BEFORE, _BEHIND = re.compile(rb"[\w)'\"]\s*\Z"), re.compile(rb"\s*[A-Za-z_]")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*(?:define|undef)(?!\w)")


class Within(Struct):
    """What stands among members of enumerations: definitions of macros, and branches of conditions."""

    defines: list[tuple[int, int]]
    branches: list[Branch]


def blank_directives(text: bytearray) -> Within:
    r"""Blank the directives in enumerations that define macros, and those of conditions that begin and end there.

    Examples
    --------
    >>> text = bytearray(b"enum {\n A,\n#define A A\n#ifdef X\n B\n#endif\n};\n#define C\n")
    >>> [(b.condition, bytes(text[b.start : b.end])) for b in blank_directives(text).branches], bytes(text)
    ([('defined(X)', b'\n B\n')], b'enum {\n A,\n           \n        \n B\n      \n};\n#define C\n')
    """
    source, found = bytes(text), Within([], [])
    if b"enum" not in source or _LIKELY.search(source) is None:
        return found
    code = bare(source)
    bodies = [match.span(1) for match in _BODY.finditer(code)]
    for start, end in directives(source):
        if _DEFINE.match(source, start) and any(first <= start < last for first, last in bodies):
            blank(text, start, end)
            found.defines.append((start, end))
    for conditional in all_conditionals(source):
        start, end = conditional.directives[0][0], conditional.directives[-1][1]
        if any(first <= start and end <= last for first, last in bodies):
            found.branches += conditional.branches
            for first, last in conditional.directives:
                blank(text, first, last)
                if _BEFORE.search(code, max(first - 200, 0), first) is not None and _BEHIND.match(code, last) is not None:
                    text[first : first + 1] = b","  # the last member of a branch may have none behind it
    found.branches.sort(key=lambda branch: branch.start)  # those around others come first
    return found
