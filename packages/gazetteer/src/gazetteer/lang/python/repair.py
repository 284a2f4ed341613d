"""Repairs of Python: what the grammar does not know, written otherwise at equal length."""

from __future__ import annotations

import re

from ..base import blanked

__all__ = ["with_known_syntax"]

#: A dot at the end of a line in parentheses, of which the grammar takes the next line for the end of a block if it is indented less.
_DOT = re.compile(rb"^([^#\n]*)(?<!\.)\.([ \t]*\r?\n[ \t]*)(?=[^\W\d])", re.MULTILINE)
#: The star before brackets, parentheses and texts, what ``lambda`` gives, and a module that has no names to be imported all at once.
_STAR = re.compile(rb"((?:^|[,=(\[]|\b(?:return|yield|in))[ \t]*)\*(?=[ \t]*[\[(\"'])", re.MULTILINE)
_ELLIPSIS = re.compile(rb"(\blambda\b[^:\n]{0,1000}+:[ \t]*)\.\.\.")
_ALL_FUTURE = re.compile(rb"(\bfrom[ \t]+)__future__(?=[ \t]+import[ \t]*\*)")
#: Where parameters of types begin, which may have defaults (PEP 696, Python 3.13), and what matters between their brackets.
_GENERIC = re.compile(rb"^[ \t]*(?:class|(?:async[ \t]+)?def|type)[ \t]+[\w\x80-\xff]+[ \t]*\[", re.MULTILINE)
_IN_BRACKETS = re.compile(rb"""[\[({]|[\])}]|[=,]|#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
#: A statement that imports when a name is used first (PEP 810, Python 3.15), and dictionaries made of others (PEP 798).
_LAZY = re.compile(rb"^([ \t]*)(lazy[ \t]+)(import|from)(?=[ \t])", re.MULTILINE)
_OF_OTHERS = re.compile(rb"(\{\s*)\*\*(?=[^{}]*?\sfor\s)")


def with_known_syntax(content: bytes) -> bytes:
    r"""The text with other forms in the place of those that the grammar does not know: for parsing alone, and no offset changes.

    A dot at the end of a line stands before the name on the next.

    Examples
    --------
    >>> with_known_syntax(b"(a.\n  b)")
    b'(a\n  .b)'
    >>> with_known_syntax(b"x = a, *[b]; f = lambda: ...; from __future__ import *")
    b'x = a,  [b]; f = lambda: 111; from _FUTURE___ import *'
    >>> with_known_syntax(b"lazy from a import b\nclass A[T = int, *S]: x = {**y for y in z}")
    b'from      a import b\nclass A[T      , *S]: x = {  y for y in z}'
    """
    content = _STAR.sub(rb"\1 ", _DOT.sub(rb"\1\2.", content))
    content = _ALL_FUTURE.sub(rb"\1_FUTURE___", _ELLIPSIS.sub(rb"\g<1>111", content))
    content = _LAZY.sub(lambda found: found[1] + found[3] + b" " * len(found[2]), content)
    return _without_defaults(_OF_OTHERS.sub(rb"\1  ", content))


def _without_defaults(content: bytes) -> bytes:
    """Without the defaults of parameters of types."""
    text, heads = bytearray(content), list(_GENERIC.finditer(content))
    ends = [*[head.start() for head in heads[1:]], len(content)]  # what is not closed is so before the next begins
    for head, end in zip(heads, ends, strict=False):
        depth, default = 1, -1
        for found in _IN_BRACKETS.finditer(content, head.end(), end):
            sign = found[0]
            depth += (sign in b"[({") - (sign in b"])}")
            if default >= 0 and (not depth or (depth == 1 and sign == b",")):
                text[default : found.start()] = blanked(content[default : found.start()])
                default = -1
            if not depth:
                break
            if sign == b"=" and depth == 1:
                default = found.start()
    return bytes(text)
