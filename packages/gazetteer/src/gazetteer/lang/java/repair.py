"""Repairs of Java: annotations, patterns and words that the grammar does not know, blanked or replaced at equal length."""

from __future__ import annotations

import re

from ..replacing import capital_behind, spaces, spaces_behind

__all__ = ["with_known_syntax"]

_ANNOTATIONS = rb"(?>(?:@[ \t]*+\w++(?>(?:\.\w++)*)(?>(?:\s*+\([^()]*+\))?)\s*+){1,20})"
#: Of the array that is behind ``...``, or of one of which that is an array; of the second type that may be caught, or a later one.
_OF_REST = re.compile(_ANNOTATIONS + rb"(?=(?:\[\s*\]\s*(?:" + _ANNOTATIONS + rb")?){0,8}\.\.\.)")
_OF_CAUGHT = re.compile(rb"(?<=\|)\s*" + _ANNOTATIONS + rb"(?=[\w.]+\s*(?:\||\b\w+\s*\)))")
#: All but the last pattern of a case that has several, which have no names for what they match.
_PATTERN = (
    rb"(?:[\w.?\s]|<[^<>()]*(?:<[^<>()]*>[^<>()]*)*>)*?"
    rb"(?:\b_|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))\s*"
)  # fmt: skip
_SEVERAL = re.compile(rb"(?<=\bcase)\s(?:" + _PATTERN + rb",)+(?=" + _PATTERN + rb"(?:->|:|\bwhen\b))")
#: What makes an import one of all that a module exports; what calls another constructor behind a statement.
_MODULE = re.compile(rb"((?:^|;)[ \t]*import\s+)(module)(?=\s+[\w$])", re.MULTILINE)
_LATER = re.compile(rb"([;}]\s*(?://[^\n]*\s*){0,20})\b(this|super)(?=\s*\()")


def with_known_syntax(text: bytes) -> bytes:
    """`text` without what the grammar does not know.

    Examples
    --------
    >>> with_known_syntax(b"void f(@A B @C(1) ... d) {} void g(B @A [] @C... d) {}")
    b'void f(@A B       ... d) {} void g(B    []   ... d) {}'
    >>> with_known_syntax(b"catch (@A B | @C D e) {} case F _, G<H>(I _) -> {}")
    b'catch (@A B |    D e) {} case      G<H>(I _) -> {}'
    >>> with_known_syntax(b"import module a.b; class C { C() { d(); this(1); } }")
    b'import        a.b; class C { C() { d(); This(1); } }'
    """
    for pattern in (_OF_REST, _OF_CAUGHT, _SEVERAL):
        text = pattern.sub(spaces, text)
    return _LATER.sub(capital_behind, _MODULE.sub(spaces_behind, text))
