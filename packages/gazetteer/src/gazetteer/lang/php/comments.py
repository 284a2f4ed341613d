"""Comments of PHP as phpDocumentor reads them, in words."""

from __future__ import annotations

import re

from ..tags import BLOCK_TAGS, INLINE_TAGS
from ..wording import Tag, Wording, code, example, labelled, named, nothing

__all__ = ["words"]

#: A type, which has spaces within brackets and around bars alone, and where the text behind it begins.
_OPENING, _CLOSING = frozenset("<({["), frozenset(">)}]")
_JOINED = re.compile(r"\s*[|&]\s*|:\s+")


def _typed(text: str) -> tuple[str, str]:
    """The type with which a text begins, and the rest.

    Examples
    --------
    >>> _typed("array<int, string>|null $a Names."), _typed("$a Names."), _typed("callable(int): int")
    (('array<int, string>|null', '$a Names.'), ('', '$a Names.'), ('callable(int): int', ''))
    """
    depth, at = 0, 0
    if text.startswith(("$", "...", "&")):
        return "", text
    while at < len(text):
        character = text[at]
        depth += (character in _OPENING) - (character in _CLOSING and text[at - 1] != "-")
        if depth <= 0 and (joined := _JOINED.match(text, at)) is not None:
            at = joined.end()
            continue
        if depth <= 0 and character.isspace():
            break
        at += 1
    return text[:at], text[at:].strip()


def _parameter(tag: str, text: str) -> str:
    of, rest = _typed(text)
    if not rest.startswith(("$", "...", "&")):
        return named(tag, text)
    shown, between, said = named(tag, rest).partition(": ")
    return f"{shown}{f' ({code(of)})' if of else ''}{between}{said}"


def _behind(label: str) -> Tag:
    def said(_: str, text: str) -> str:
        of, rest = _typed(text)
        return f"{label} {code(of)}{f': {rest}' if rest else ''}" if of else labelled(label)("", text)

    return said


_TAGS = {
    **BLOCK_TAGS, **dict.fromkeys(("param", "property", "property-read", "property-write", "global"), _parameter),
    **dict.fromkeys(("return", "returns"), _behind("Returns")), "throws": _behind("Throws"), "var": _behind("Type"),
    "method": lambda _, text: f"Method: {code(text)}", "mixin": _behind("Mixes in"), "template": named, "extends": _behind("Extends"),
    "implements": _behind("Implements"), "use": _behind("Uses"), "link": lambda _, text: f"See: {text}",
    "copyright": nothing, "license": nothing, "package": labelled("Package"),
    "subpackage": labelled("Subpackage"), "category": labelled("Category"),
    "todo": labelled("To do"), "internal": labelled("Internal"), "api": labelled("API"), "example": example,
    "inheritdoc": lambda *_: "As inherited.", "inheritDoc": lambda *_: "As inherited.", "final": labelled("Final"),
    "static": labelled("Static"), "access": labelled("Access"), "ignore": nothing,
    "dataProvider": labelled("Data provider"), "covers": labelled("Covers"), "group": labelled("Group"), "test": labelled("Test"),
    "psalm-return": _behind("Returns"), "phpstan-return": _behind("Returns"), "psalm-param": _parameter, "phpstan-param": _parameter,
}  # fmt: skip

words = Wording(_TAGS, INLINE_TAGS, html=True, markdown=True)
