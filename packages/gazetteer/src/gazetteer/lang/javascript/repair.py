"""Repairs of JavaScript: what the language allows and the grammar does not know, blanked at equal length."""

from __future__ import annotations

import re

from ..base import blanked

__all__ = ["with_known_syntax"]

#: What stands between the quotes of ``export … from "x"``, and the attributes behind it, which the grammar knows of imports alone.
_ATTRIBUTES = re.compile(rb"(\bfrom\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*)((?:with|assert)\s*\{[^{}]*\})")


def with_known_syntax(text: bytes) -> bytes:
    """`text` with blanks for what the grammar does not know.

    Examples
    --------
    >>> with_known_syntax(b'export * from "./a.json" with { type: "json" };')
    b'export * from "./a.json"                       ;'
    """
    return _ATTRIBUTES.sub(lambda match: match[1] + blanked(match[2]), text)
