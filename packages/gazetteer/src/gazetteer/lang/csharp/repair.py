"""Repairs of C#: what the grammar does not know, blanked at equal length.

Of ``extension(string text) { … }`` of C# 14 the head: what is in it are members of the class around it. Of an ``#if`` within a
declaration or a statement the directives, and all branches but the first: of one around whole declarations every branch is read.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..base import blanked
from ..replacing import capital, spaces, spaces_behind

__all__ = ["with_known_syntax", "without_extension_blocks", "without_split_branches"]

_BLOCK = re.compile(rb"(?:(?<=[\s{};])|^)extension\s*(?:<[^<>;{}]*>\s*)?\([^()]*\)\s*(?:where\s[^{};]*)?\{", re.MULTILINE)
#: Comments, literals, braces.
_TOKEN = re.compile(rb'//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|[{}]', re.DOTALL)


_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|elif|else|endif)\b[^\n]*", re.MULTILINE)
_COMMENT = re.compile(rb'//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL | re.MULTILINE)
#: What a declaration or a statement may not begin with.
_WITHIN = re.compile(
    rb"(?:(?:private|protected|internal)\s+)*(?:get|set|init|add|remove)\s*(?:;|\{|=>)|(?:else|case|default|out|in|and|or|is|where|when|catch|finally)\b|[^\w\s\[#{(@~\"+-]|\+(?!\+)|-(?!-)"
)
#: A label at the end, and not what is behind a question.
_LABEL = re.compile(rb"(?:\A|[;{}:\n])\s*(?:case\b[^;?\n]*|\w+)\s*:\Z")
#: What something is left open by, that goes on behind a directive; so much before that is looked at.
_BEGUN = re.compile(rb"(?:=>|(?<![=!<>])=|&&|\|\||[(?+]|\breturn)(?:\s|//[^\n]*\n)*\Z")
_NEAR = 600

#: Names that are keywords before functions, or before members, alone.
_NAMES = re.compile(rb"(?<![.\w])(?:async(?=\s*[?:,.;=)\]&|])|required(?=\s*[=.;,)?!]))")


#: Directives of any words, which the grammar knows between declarations and statements, or with some words alone.
_WORDS = re.compile(rb"^[ \t]*#[ \t]*(?:pragma|line|error|warning|nullable|define|undef|region|endregion)\b[^\n]*", re.MULTILINE)
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
#: What a function without a name may be, if it is no lambda.
_STATIC = re.compile(rb"\bstatic(?=\s+(?:async\s+)?delegate\s*[({])")


def with_known_syntax(text: bytes) -> bytes:
    """`text` without what the grammar does not know.

    Examples
    --------
    >>> with_known_syntax(b"ref partial struct A { int B(int* c) { return *(c + 1); } }")
    b'ref         struct A { int B(int* c) { return A(c + 1); } }'
    >>> with_known_syntax(b"class A<B> where B : allows ref struct { void operator +=(int c) { d = *(int*)&c; } }")
    b'class A<B> where B : allows_ref_struct { void operator + (int c) { d =         c; } }'
    >>> with_known_syntax(b'a = $"{{{b}}}";')
    b'a = $"  {b}}}";'
    >>> with_known_syntax(b"a = static delegate (int b) { };")
    b'a =        delegate (int b) { };'
    >>> with_known_syntax(b"class A { extension(int x) { int B => x; } }")
    b'class A {                    int B => x;   }'
    """
    text = _STATIC.sub(spaces, _WORDS.sub(spaces, text))
    for pattern in (_CAST, _PARTIAL, _ASSIGNING):
        text = pattern.sub(spaces_behind, text)
    text = _REFERRED.sub(rb"[\1]", _POINTED.sub(lambda match: match[1] + b"A" * len(match[2]), text))
    text = _STRINGS.sub(lambda match: _BRACES.sub(b"  ", match[0]), text)
    text = _VERBATIM.sub(lambda match: _QUOTES.sub(b"  ", match[0]), text)
    text = _ALLOWED.sub(lambda match: re.sub(rb"\s", b"_", match[0]), text)
    return _NAMES.sub(capital, without_extension_blocks(without_split_branches(text)))


def without_split_branches(text: bytes) -> bytes:
    r"""`text` without the directives of an ``#if`` within a declaration or a statement, and with its first branch that has code alone.

    Examples
    --------
    >>> without_split_branches(b"class A\n#if B\n: C\n#else\n: D\n#endif\n{}")
    b'class A\n     \n: C\n     \n   \n      \n{}'
    >>> without_split_branches(b"int A =>\n#if B\n1;\n#else\n2;\n#endif\nint C;")
    b'int A =>\n     \n1;\n     \n  \n      \nint C;'
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
                begun = _BEGUN.search(text, max(group[0].start() - _NEAR, 0), group[0].start()) is not None
                if begun or not all(_whole(text[a.end() : b.start()]) for a, b in pairwise(group)):
                    branches = [(a.end(), b.start()) for a, b in pairwise(group)]
                    kept = next((branch for branch in branches if _code(text[slice(*branch)])), branches[0])
                    blank = [found.span() for found in group] + [branch for branch in branches if branch != kept]
                    for start, end in blank:
                        out[start:end] = blanked(bytes(out[start:end]))
    return bytes(out)


def _code(branch: bytes) -> bytes:
    """What stands between two directives without comments, further directives and what is in quotes."""
    return _COMMENT.sub(lambda match: b'""' if match[0][:1] == b'"' else b"", branch).strip()


def _whole(branch: bytes) -> bool:
    """Whether what stands between two directives seems to be whole declarations or statements."""
    code = _code(branch)
    if not code:
        return True
    if code.startswith(b"[") and code.endswith(b"]"):  # attributes alone, which the grammar knows in some places
        return False
    if code.count(b"{") != code.count(b"}") or code.count(b"(") != code.count(b")"):
        return False
    return (code.endswith((b";", b"}", b"]")) or _LABEL.search(code) is not None) and not _WITHIN.match(code)


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
