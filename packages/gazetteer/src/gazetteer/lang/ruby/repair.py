"""Repairs of Ruby: what the language allows and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import name_behind

__all__ = ["with_known_syntax"]

#: Names of methods that the grammar does not take for such: words, setters with the name of a constant, ``!@``.
_METHOD = re.compile(rb"(\b(?:def|alias|undef)[ \t]+(?:self[.])?)(super\b|self\b(?![.:])|[A-Z](?=\w*=\(|\w*=[ \t]+\w+\s*\n)|!@)")
#: Symbols of variables with a sign for a name; of signs that are no letters.
_SYMBOL = re.compile(rb"(?<![\w:\"'])(:)(\$[_~*$?!@/\\;,.=:<>\"&`'+]|!@|[\x80-\xff]+)")
_KEY = re.compile(rb"(\bdefined)(\?)(?=: )")
#: A letter outside of ASCII that begins a name.
_LETTER = re.compile(rb"(?<![\w\x80-\xff$@:])[\xc3-\xf4][\x80-\xbf]+|(?<=::)[\xc3-\xf4][\x80-\xbf]+")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with names that the grammar knows for those that it does not; names are read from the original.

    Examples
    --------
    >>> with_known_syntax("def super(a) = x(:$,)\nclass Ä::Ö; end".encode())
    b'def aaaaa(a) = x(:aa)\nclass AA::AA; end'
    """
    text = _METHOD.sub(name_behind, text)
    text = _SYMBOL.sub(name_behind, text)
    text = _KEY.sub(name_behind, text)
    return _LETTER.sub(_capital, text)


def _capital(match: re.Match[bytes]) -> bytes:
    """``A`` for the first letter of a name, if that is a capital; what follows stays."""
    first = match[0].decode("utf-8", "replace")[:1]
    size = len(first.encode())
    return b"A" * size + match[0][size:] if first.isupper() else match[0]
