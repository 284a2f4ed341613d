"""A repair of Kotlin: the grammar wants a line break or a semicolon after the last member of a class, the language does not."""

from __future__ import annotations

import re

__all__ = ["with_separators"]

_TOKEN = re.compile(rb'"""(?:.*?)"""+|"(?:[^"\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|\'(?:[^\'\\n]|\\.)\'|[ \t]\}', re.DOTALL)


def with_separators(text: bytes) -> bytes:
    r"""`text` with a semicolon for the space before a brace that closes something on a line with other words.

    Examples
    --------
    >>> with_separators(b'class A { val x = " }" }')
    b'class A { val x = " }";}'
    >>> with_separators(b"class A {\n  val x = 1\n }")
    b'class A {\n  val x = 1\n }'
    """

    def separated(match: re.Match[bytes]) -> bytes:
        found = match[0]
        if len(found) != 2 or found[1:] != b"}":
            return found
        before = text[text.rfind(b"\n", 0, match.start()) + 1 : match.start()].rstrip()
        return found if not before or before.endswith((b"{", b";", b"->", b",")) else b";}"

    return _TOKEN.sub(separated, text)
