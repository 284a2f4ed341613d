"""Repairs of C#: what the grammar does not know, blanked at equal length.

Of ``extension(string text) { … }`` of C# 14 the head: what is in it are members of the class around it. Of an ``#if`` within a
declaration or a statement all but one branch (see `branches`).
"""

from __future__ import annotations

import re

from ..base import blanked
from ..replacing import capital, spaces, spaces_behind
from .branches import with_one_branch

__all__ = ["with_known_syntax", "without_extension_blocks"]

_BLOCK = re.compile(rb"(?:(?<=[\s{};])|^)extension\s*(?:<[^<>;{}]*>\s*)?\([^()]*\)\s*(?:where\s[^{};]*)?\{", re.MULTILINE)
#: Comments, literals, braces.
_TOKEN = re.compile(rb'//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|[{}]', re.DOTALL)
#: Names that are keywords before functions, or before members, alone.
_NAMES = re.compile(rb"(?<![.\w])(?:async(?=\s*[?:,.;=)\]&|])|required(?=\s*[=.;,)?!]))")


#: Directives of any words, which the grammar knows between declarations and statements, or with some words alone; ``#:package A@1`` of
#: programs that are one file.
_WORDS = re.compile(rb"^[ \t]*#(?::|[ \t]*(?:pragma|line|error|warning|nullable|define|undef|region|endregion)\b)[^\n]*", re.MULTILINE)
#: What a pointer that is cast points to; what one in parentheses points to, which may be read as a call.
_BEFORE = rb"(^[ \t]*+|(?:[=(,;{}\[<>!&|?:+-]|\b(?:return|ref|in|out)\s)\s*+)"
_CAST = re.compile(_BEFORE + rb"(\*+\([\w.<>\s]+\*+\)\s*&?)", re.MULTILINE)
_POINTED = re.compile(_BEFORE + rb"(\*+)(?=\()", re.MULTILINE)
#: A call that refers to what is assigned to, which is read as an element.
_REFERRED = re.compile(rb"(?<=[\w>])\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))+)\)(?=\s*=(?![=>]))")
#: Lines with strings that have values in them, and with such in which quotes are doubled; in those, braces around a value in braces, and
#: the quotes with which one begins or ends.
_STRINGS, _VERBATIM = re.compile(rb"^.*(?:\$@?|@\$)\".*$", re.MULTILINE), re.compile(rb"^.*(?:\$@|@\$)\".*$", re.MULTILINE)
_BRACES, _QUOTES = re.compile(rb"\{\{(?=\{\w)"), re.compile(rb"(?<=\$@\"|@\$\")\"\"(?=\{)|(?<=\})\"\"(?=\"(?!\"))")
#: Of an operator that assigns what makes it one; of a constraint the spaces between its words.
_ASSIGNING = re.compile(rb"(\boperator\s+(?:checked\s+)?(?:[-+*/%&|^]|<<|>>>?))(=)(?=\s*\()")
_ALLOWED = re.compile(rb"\ballows[ \t]+ref[ \t]+struct\b")
#: Words before ``struct`` in an order that the grammar does not know.
_PARTIAL = re.compile(rb"(\bref\s+)(partial)(?=\s+struct\b)")
#: What is assigned to if there is something that has it; words before parameters of lambdas that have no types.
_IF_ANY = re.compile(
    rb"(?<=[\w\])])\?(?=(?:\.\w+|\[[^\[\]\n]+\])(?:[?!]?\.\w+|\[[^\[\]\n]+\]){0,20}\s*(?:[-+*/%&|^]|\?\?|<<|>>>?)?=(?![=>]))"
)
_PARAMETERS, _UNTYPED = (
    re.compile(rb"\([^()]*\)(?=\s*=>)"),
    re.compile(rb"(?<=[(,])\s*(?:(?:scoped|ref|readonly|in|out|params)\s+)+(?=\w+\s*[,)])"),
)
#: What a function without a name may be, if it is no lambda.
_STATIC = re.compile(rb"\bstatic(?=\s+(?:async\s+)?delegate\s*[({])")


def with_known_syntax(text: bytes, branch: int = 0) -> bytes:
    """`text` without what the grammar does not know; of conditions within declarations the branch of some number is left.

    Examples
    --------
    >>> with_known_syntax(b"ref partial struct A { int B(int* c) { return *(c + 1); } }")
    b'ref         struct A { int B(int* c) { return A(c + 1); } }'
    >>> with_known_syntax(b"class A<B> where B : allows ref struct { void operator +=(int c) { d = *(int*)&c; } }")
    b'class A<B> where B : allows_ref_struct { void operator + (int c) { d =         c; } }'
    >>> with_known_syntax(b'a = $"{{{b}}}";')
    b'a = $"  {b}}}";'
    >>> with_known_syntax(b"a?.b = (c, out d) => c?[1] += 2;")
    b'a .b = (c,     d) => c [1] += 2;'
    >>> with_known_syntax(b"a = static delegate (int b) { };")
    b'a =        delegate (int b) { };'
    >>> with_known_syntax(b"class A { extension(int x) { int B => x; } }")
    b'class A {                    int B => x;   }'
    """
    text = with_one_branch(text, branch)  # while it says what it defines
    text = _STATIC.sub(spaces, _IF_ANY.sub(b" ", _WORDS.sub(spaces, text)))
    text = _PARAMETERS.sub(lambda match: _UNTYPED.sub(spaces, match[0]), text)
    for pattern in (_CAST, _PARTIAL, _ASSIGNING):
        text = pattern.sub(spaces_behind, text)
    text = _REFERRED.sub(rb"[\1]", _POINTED.sub(lambda match: match[1] + b"A" * len(match[2]), text))
    text = _STRINGS.sub(lambda match: _BRACES.sub(b"  ", match[0]), text)
    text = _VERBATIM.sub(lambda match: _QUOTES.sub(b"  ", match[0]), text)
    text = _ALLOWED.sub(lambda match: re.sub(rb"\s", b"_", match[0]), text)
    return _NAMES.sub(capital, without_extension_blocks(text))


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
