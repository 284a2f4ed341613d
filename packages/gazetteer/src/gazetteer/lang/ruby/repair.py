"""Repairs of Ruby: what the language allows and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..base import blanked
from ..replacing import name_behind

__all__ = ["with_known_syntax"]

#: Names of methods that the grammar does not take for such: words, setters with the name of a constant, ``!@``.
_METHOD = re.compile(rb"(\b(?:def|alias|undef)[ \t]+(?:self[.])?)(super\b|self\b(?![.:])|[A-Z](?=\w*=\(|\w*=[ \t]+\w+\s*\n)|!@)")
#: Symbols of variables with a sign for a name; of signs that are no letters.
_SYMBOL = re.compile(rb"(?<![\w:\"'])(:)(\$[_~*$?!@/\\;,.=:<>\"&`'+]|!@|[\x80-\xff]+)")
_KEY = re.compile(rb"(\bdefined)(\?)(?=: )")
#: A letter outside of ASCII that begins a name.
_LETTER = re.compile(rb"(?<![\w\x80-\xff$@:])[\xc3-\xf4][\x80-\xbf]+|(?<=::)[\xc3-\xf4][\x80-\xbf]+")

#: A method without an end whose value is a call without parentheses: ``def a(b) = raise C, "d"``.
_ENDLESS = re.compile(
    rb"^([ \t]*(?:[a-z_]+[ \t]+)?def[ \t]+(?:[^\s(=;]+|[=!<>~+\-*/%^&|\[\]]+)(?:[ \t]*\((?:[^()\n]|\([^()\n]*\))*\))?[ \t]*=[ \t]+"
    rb"(?!(?:if|unless|case|while|until|begin|for|def|class|module|not|nil|true|false|self)\b)[a-z_][\w.:&?!]*(?:\([^()\n]*\)[\w.:&?!]*){0,8})"
    rb"([ \t]+(?!(?:if|unless|while|until|rescue|and|or|in|then|do|ensure)\b)[\"':\w@$](?:[^\n]*,[ \t]*\r?\n){0,20}[^\n]*)",
    re.MULTILINE,
)
#: A block that begins at the end of a line; what goes on below.
_BLOCK, _GOES_ON = re.compile(rb"[ \t]do\b[ \t]*(?:\|[^|\n]*\|)?[ \t]*\r?\Z"), re.compile(rb"[,(\[{\\|&+.=-][ \t]*\r?\Z|<<[~\-A-Z\"']")


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with names that the grammar knows for those that it does not; names are read from the original.

    Examples
    --------
    >>> with_known_syntax("def super(a) = x(:$,)\nclass Ä::Ö; end".encode())
    b'def aaaaa(a) = x(:aa)\nclass AA::AA; end'
    >>> with_known_syntax(b'def a = raise B, "c"\ndef d = e :f do |g|\n  h\nend\ndef i = j k,\n  l\ndef m = n o(\n)\n')
    b'def a = raise       \ndef d = e    do |g|\n  h\nend\ndef i = j   \n   \ndef m = n o(\n)\n'
    """
    text = _METHOD.sub(name_behind, _ENDLESS.sub(_without_arguments, text))
    text = _SYMBOL.sub(name_behind, text)
    text = _KEY.sub(name_behind, text)
    return _LETTER.sub(_capital, text)


def _without_arguments(match: re.Match[bytes]) -> bytes:
    """A call without what it is given on its line, but for the beginning of a block; the same where that goes on below."""
    block = _BLOCK.search(match[2])
    end = block.start() if block is not None else len(match[2])
    if block is None and _GOES_ON.search(match[2]) is not None:
        return match[0]
    return match[1] + blanked(match[2][:end]) + match[2][end:]


def _capital(match: re.Match[bytes]) -> bytes:
    """``A`` for the first letter of a name, if that is a capital; what follows stays."""
    first = match[0].decode("utf-8", "replace")[:1]
    size = len(first.encode())
    return b"A" * size + match[0][size:] if first.isupper() else match[0]
