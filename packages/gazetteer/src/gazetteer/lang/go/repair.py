"""Repairs of Go: what the language allows since 1.26 and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import capital

__all__ = ["with_known_syntax"]

#: ``new`` of a value: what is in its parentheses begins as no type does, or goes on so.
_NEW = re.compile(
    rb"(?<![\w.])new(?=\s?\(\s?(?:"
    rb"[\d\"'`!^&+-]|(?!(?:func|map|chan|struct|interface)\b)[A-Za-z_][\w.]*+\s?[-+/%|&^<>=({!]|"
    rb"(?>(?:\[\w*\]|\*|map\[\w+\]){1,8})(?!(?:struct|interface|func|map)\b)[A-Za-z_][\w.]*+\{|struct\s?\{[^{}]*\}\{))"
)


def with_known_syntax(text: bytes) -> bytes:
    """`text` with the call of a function for what makes a pointer to a value.

    Examples
    --------
    >>> with_known_syntax(b"new(1); new(a.b(c)); new([]int{d}); new(e + f); new(struct{ g int }{1})")
    b'New(1); New(a.b(c)); New([]int{d}); New(e + f); New(struct{ g int }{1})'
    >>> with_known_syntax(b"new(int); new(a.B[c]); new([]D); new(*E); new(struct{}); new(func(int) F); new(map[G]H)")
    b'new(int); new(a.B[c]); new([]D); new(*E); new(struct{}); new(func(int) F); new(map[G]H)'
    """
    return _NEW.sub(capital, text)
