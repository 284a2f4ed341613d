"""Repairs of PHP: what the language allows and the grammar does not know, written as it does, at equal length."""

from __future__ import annotations

import re

from ..replacing import name_behind, spaces_behind

__all__ = ["with_known_syntax"]

#: Types and functions that are called as a type of the language, or as a word of it that it knows by what is around it.
_NAMED = re.compile(
    rb"(\b(?:class|interface|trait|enum|extends|implements|new|instanceof)\s+|\bfunction\s+&?\s*(?=readonly\b))"
    rb"(int|float|bool|string|object|mixed|iterable|void|never|null|false|true|enum|readonly)(?=\s*(?:[{(:;]|extends\b|implements\b))",
    re.IGNORECASE,
)
_ENUM = re.compile(rb"((?<![\w$>:\\\x80-\xff'\"]))(enum)(?=\s*(?:\(|::))", re.IGNORECASE)
#: A word as the key of a value within a text: ``"$a[extends]"``.
_KEY = re.compile(rb"(\$\w+\[)([a-z]+)(?=\])", re.IGNORECASE)
#: The comma behind the last of a group of uses; ``(void)`` before a call; ``final`` before a parameter that is a property.
_COMMA = re.compile(rb"(\buse\s+(?:(?:function|const)\s+)?[\\\w\x80-\xff]+\{[^{};()]{0,5000}?)(,)(?=\s*\})", re.IGNORECASE)
_VOID = re.compile(rb"((?<=[;{}])\s*)(\(\s*void\s*\))(?=\s*[\w\\$])", re.IGNORECASE)
_FINAL = re.compile(rb"([(,]\s*)(final)(?=\s+(?:public|protected|private|readonly|static)\b)", re.IGNORECASE)
#: What follows is data.
_HALT = re.compile(rb"(\b__halt_compiler\s*\(\s*\)\s*;)(.+)", re.IGNORECASE | re.DOTALL)


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` with names that the grammar knows for those that it does not, and without what it does not know.

    Names are read from the original.

    Examples
    --------
    >>> with_known_syntax(b"class Enum {} use A\\{B, C,}; (void) f(); __halt_compiler(); data")
    b'class aaaa {} use A\\{B, C };        f(); __halt_compiler();     '
    """
    for pattern in (_NAMED, _ENUM, _KEY):
        text = pattern.sub(name_behind, text)
    for pattern in (_COMMA, _VOID, _FINAL, _HALT):
        text = pattern.sub(spaces_behind, text)
    return text
