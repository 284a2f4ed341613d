"""Comments of Scala as Scaladoc reads them, in words."""

from __future__ import annotations

import re

from ..tags import BLOCK_TAGS, INLINE_TAGS
from ..wording import Wording, block, code, labelled, named

__all__ = ["words"]

_CODE = re.compile(r"\{\{\{((?:(?!\{\{\{).)*?)\}\}\}", re.DOTALL)
_LINK = re.compile(r"\[\[([^\[\]\s]+)(?:\s+([^\[\]]+))?\]\]")
_STRONG = re.compile(r"('{2,3})(?=\S)([^'\n]+)\1")
_TAGS = {
    **BLOCK_TAGS, "tparam": named, "define": named, "note": labelled("Note"), "example": labelled("Example"), "todo": labelled("To do"),
    "constructor": labelled("Constructor"), "group": labelled("Group"), "groupname": named, "groupprio": named, "groupdesc": named,
    "usecase": labelled("Use"), "migration": labelled("Migration"), "inheritdoc": lambda *_: "As inherited.",
}  # fmt: skip
_wording = Wording(_TAGS, INLINE_TAGS, html=True, markdown=True)


def _linked(match: re.Match[str]) -> str:
    led, shown = match[1], match[2]
    if "://" in led:
        return f"{shown} ({led})" if shown else led
    return code(shown or led)


def words(text: str) -> str:
    """The words of a comment.

    Examples
    --------
    >>> words("Sells '''one''', see [[Till]], [[https://example.org the site]].")
    'Sells one, see `Till`, the site (https://example.org).'
    """
    text = _CODE.sub(lambda m: block(m[1]) if "\n" in m[1].strip() else f"`{m[1].strip()}`", text) if "}}}" in text else text
    text = _wording(text)
    return _STRONG.sub(r"\2", _LINK.sub(_linked, text)) if "[[" in text or "''" in text else text
