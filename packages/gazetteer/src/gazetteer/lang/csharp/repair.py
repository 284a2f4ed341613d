"""A repair of C#: the grammar does not know ``extension(string text) { … }`` of C# 14; what is in it are members of the class around it."""

from __future__ import annotations

import re

__all__ = ["without_extension_blocks"]

_BLOCK = re.compile(rb"(?:(?<=[\s{};])|^)extension\s*(?:<[^<>;{}]*>\s*)?\([^()]*\)\s*(?:where\s[^{};]*)?\{", re.MULTILINE)
#: Comments, literals, braces.
_TOKEN = re.compile(rb'//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|[{}]', re.DOTALL)


def without_extension_blocks(text: bytes) -> bytes:
    """`text` with spaces for the heads and braces of extension blocks.

    Examples
    --------
    >>> without_extension_blocks(b"class A { extension(int x) { int B => x; } }")
    b'class A {                    int B => x;   }'
    """
    out = bytearray(text)
    for match in _BLOCK.finditer(text):
        depth = 0
        for token in _TOKEN.finditer(text, match.end() - 1):
            depth += {b"{": 1, b"}": -1}.get(token[0], 0)
            if not depth:
                out[match.start() : match.end()] = re.sub(rb"[^\n\r]", b" ", match[0])
                out[token.start() : token.end()] = b" "
                break
    return bytes(out)
