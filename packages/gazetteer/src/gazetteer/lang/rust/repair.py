"""Repairs of Rust: older and newer syntax than the grammar's, and what only nightly compilers take, at equal length."""

from __future__ import annotations

import re

from ..base import blanked
from ..replacing import capital, spaces, spaces_behind

__all__ = ["with_known_syntax"]

#: Words that say something of what follows, which is known without them.
_BLANKED = re.compile(
    rb"\b(?:const|auto)\b(?=(?:[ \t]+(?:unsafe|auto)){0,2}[ \t]+trait\b)|"  # const trait, unsafe auto trait
    rb"\bsafe(?=[ \t]+(?:fn|static)\b)|"  # in an extern block
    rb"\bunsafe(?=[ \t]+mod\b)|\bgen(?=[ \t]+fn\b|[ \t]*\{)|"
    rb"~const\b|\[const\](?=[ \t]*[\w:~?(])|(?<=[:+])[ \t]*const(?=[ \t]+[A-Z])|"  # bounds of traits
    rb"\bdefault(?=[ \t]+(?:type|const|async|unsafe[ \t]+impl)\b)|"
    rb"\b(?:box|become|do[ \t]+yeet)(?=[ \t]+[\w(&\[])|"
    rb"(?<=[<,])[ \t]*-(?=\d+[ \t]*[,>])|"  # a negative argument of a type
    rb"\.\.(?=\s*\}\s*=[^=>])|"  # Struct { field, .. } = value;
    rb"\bfor[ \t]*<[^<>\n]*>(?=[ \t]*(?:async[ \t]+)?(?:move[ \t]+)?\|)|"  # types of a closure
    rb"(?<=\[)~(?=\])"  # Token![~]
)
#: ``impl<T> const Trait for``
_IMPL = re.compile(rb"(^[ \t]*(?:unsafe[ \t]+)?impl\b[^\n{;]*?\s)const(?=\s+[\w:]+(?:<[^\n{}]{0,200}>)?\s+for\b)", re.MULTILINE)
#: ``struct A where B: C;``
_WHERE = re.compile(rb"(\bstruct[ \t]+\w+(?:<[^;{}()]{0,200}>)?)(\s+where\b[^;{}()]{1,200})(?=;)")
#: Macros whose names are words to the grammar: ``try!(…)`` before there was ``?``, ``str![…]``.
_MACRO = re.compile(rb"(?<![\w#])(?:try|str|bool|char|[iu](?:8|16|32|64|128|size)|f32|f64)(?=![ \t]*[\[({])")
#: ``trait A = B + C;``, which is written as a type that stands for another.
_TRAIT_ALIAS = re.compile(rb"\btrait(?=[ \t]+\w+(?:<[^{};]{0,200}>)?[ \t]*=)")
#: ``macro a($b:expr) { … }`` and ``macro a { … }``, which are written as modules with nothing in them.
_MACRO_ITEM = re.compile(rb"(?:^|(?<=[;}]))[ \t]*(?:pub(?:\([^()\n]*\))?[ \t]+)?(macro)[ \t]+\w+\s*(?=[({])", re.MULTILINE)
#: What is no code, and brackets.
_TOKEN = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|\bb?r(#*)\".*?(?:\"\1|\Z)|\"(?>(?:[^\"\\]++|\\.)*)(?:\"|\\?\Z)|'(?:[^'\\\n]|\\[^\n]{1,10}?)'|([({\[])|([)}\]])",
    re.DOTALL,
)


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with what the grammar does not know blanked or written as something like it.

    Examples
    --------
    >>> with_known_syntax(b"pub unsafe auto trait A {}\nimpl<T> const B for C { }\ntrait D = E + F;")
    b'pub unsafe      trait A {}\nimpl<T>       B for C { }\ntype  D = E + F;'
    >>> with_known_syntax(b"fn f() { let a = try!(b()); str![c]; }")
    b'fn f() { let a = Try!(b()); Str![c]; }'
    >>> with_known_syntax(b"macro a($b:expr) {{ c }}\npub macro d { ($e:ty) => {}, }")
    b'mod   a          {     }\npub mod   d {                }'
    """
    text = _BLANKED.sub(spaces, text)
    text = _IMPL.sub(rb"\1     ", text)
    text = _WHERE.sub(spaces_behind, text)
    text = _MACRO.sub(capital, text)
    text = _TRAIT_ALIAS.sub(b"type ", text)
    return _without_macros(text)


def _without_macros(text: bytes) -> bytes:
    """`text` with modules of nothing in the place of ``macro a($b:expr) { … }``, which is not ``macro_rules!``."""
    pieces, at = list[bytes](), 0
    for found in _MACRO_ITEM.finditer(text):
        if found.start() < at:
            continue
        head = _closing(text, found.end()) if text[found.end()] == ord("(") else found.end()
        start = text.find(b"{", head)
        end = _closing(text, start) if start >= 0 and not text[head:start].strip() else 0
        if not end:  # it is none, or the text is cut off
            break
        pieces += [text[at : found.start(1)], b"mod  ", text[found.end(1) : found.end()], blanked(text[found.end() : start])]
        pieces += [b"{", blanked(text[start + 1 : end - 1]), b"}"]
        at = end
    return b"".join([*pieces, text[at:]])


def _closing(text: bytes, start: int) -> int:
    """Behind what closes the bracket at `start`; 0 if nothing does."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token[2] is not None) - (token[3] is not None)
        if not depth and token[3]:
            return token.end()
    return 0
