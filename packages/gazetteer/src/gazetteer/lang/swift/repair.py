"""Repairs of Swift: what the grammar does not know, blanked or written as what it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import spaces, without_comments_before

__all__ = ["with_known_syntax"]

#: Who owns a parameter, as it was written before there were words for that; attributes of the compiler's own, with what they are given.
_OWN = re.compile(rb"\b__(?:shared|owned|consuming)\b(?=\s)|@_\w+\s?\((?>(?:[^()\n]|\([^()\n]*\)){0,400})\)")
#: Conditions around attributes alone, in the middle of a declaration.
_AROUND_ATTRIBUTES = re.compile(
    rb"^[ \t]*#if[^\n]*\n(?>(?:[ \t]*(?:@[^\n]*|//[^\n]*|#else[^\n]*|#elseif[^\n]*)?\n){1,20})[ \t]*#endif[^\n]*(?=\n[ \t]*[@a-z])",
    re.MULTILINE,
)
#: What conditions ask of a compiler of its own: ``_runtime(_ObjC)``, ``$Embedded``.
_ASKED = re.compile(rb"^[ \t]*#(?:else)?if\b[^\n]*", re.MULTILINE)
_OWN_QUESTION = re.compile(rb"\b(_\w+)\((\w+)\)|\$(?=\w)")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` without what the grammar does not know.

    Examples
    --------
    >>> with_known_syntax(b"init(a: __shared A)"), with_known_syntax(b'@_silgen_name("a") func b() {}')
    (b'init(a:          A)', b'                   func b() {}')
    >>> with_known_syntax(b"#if A\n@b\n#endif\nfunc c() {}"), with_known_syntax(b"#if _runtime(_ObjC) && !$A\n")
    (b'     \n  \n      \nfunc c() {}', b'#if _runtime__ObjC_ && !_A\n')
    """
    text = _AROUND_ATTRIBUTES.sub(spaces, _OWN.sub(spaces, without_comments_before(text)))
    return _ASKED.sub(lambda found: _OWN_QUESTION.sub(_as_name, found[0]), text)


def _as_name(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"\W", b"_", match[0])
