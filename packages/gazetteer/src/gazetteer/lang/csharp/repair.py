"""Repairs of C#: what the grammar does not know, blanked at equal length.

Of ``extension(string text) { … }`` of C# 14 the head: what is in it are members of the class around it. Of an ``#if`` within a
declaration or a statement the directives, and all branches but the first: of one around whole declarations every branch is read.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..base import blanked

__all__ = ["with_known_syntax", "without_extension_blocks", "without_split_branches"]

_BLOCK = re.compile(rb"(?:(?<=[\s{};])|^)extension\s*(?:<[^<>;{}]*>\s*)?\([^()]*\)\s*(?:where\s[^{};]*)?\{", re.MULTILINE)
#: Comments, literals, braces.
_TOKEN = re.compile(rb'//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|[{}]', re.DOTALL)


_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|elif|else|endif)\b[^\n]*", re.MULTILINE)
_COMMENT = re.compile(rb'//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL | re.MULTILINE)
#: What a declaration or a statement may not begin with.
_WITHIN = re.compile(rb"(?:else|case|default|out|in|and|or|is|where|when|catch|finally)\b|[^\w\s\[#{(@~\"+-]|\+(?!\+)|-(?!-)")


#: A name that is a keyword before functions alone.
_ASYNC = re.compile(rb"(?<![.\w])async(?=\s*[?:,)])")


def with_known_syntax(text: bytes) -> bytes:
    """`text` without what the grammar does not know.

    Examples
    --------
    >>> with_known_syntax(b"class A { extension(int x) { int B => x; } }")
    b'class A {                    int B => x;   }'
    """
    return _ASYNC.sub(b"Async", without_extension_blocks(without_split_branches(text)))


def without_split_branches(text: bytes) -> bytes:
    r"""`text` without the directives of an ``#if`` that stands within a declaration or a statement, and with its first branch alone.

    Examples
    --------
    >>> without_split_branches(b"class A\n#if B\n: C\n#else\n: D\n#endif\n{}")
    b'class A\n     \n: C\n     \n   \n      \n{}'
    >>> without_split_branches(b"#if B\nclass C {}\n#endif")
    b'#if B\nclass C {}\n#endif'
    """
    out, open_groups = bytearray(text), list[list[re.Match[bytes]]]()
    for directive in _DIRECTIVE.finditer(text):
        if directive[1] == b"if":
            open_groups.append([directive])
        elif open_groups:
            open_groups[-1].append(directive)
            if directive[1] == b"endif":
                group = open_groups.pop()
                if not all(_whole(text[a.end() : b.start()]) for a, b in pairwise(group)):
                    for found in group:
                        out[found.start() : found.end()] = blanked(found[0])
                    start, end = group[1].end(), directive.start()
                    out[start:end] = blanked(bytes(out[start:end]))
    return bytes(out)


def _whole(branch: bytes) -> bool:
    """Whether what stands between two directives seems to be whole declarations or statements."""
    code = _COMMENT.sub(lambda match: b'""' if match[0][:1] == b'"' else b"", branch).strip()
    if not code:
        return True
    if code.count(b"{") != code.count(b"}") or code.count(b"(") != code.count(b")"):
        return False
    return code.endswith((b";", b"}", b"]", b":")) and not _WITHIN.match(code)


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
                out[match.start() : match.end()] = blanked(match[0])
                out[token.start() : token.end()] = b" "
                break
    return bytes(out)
