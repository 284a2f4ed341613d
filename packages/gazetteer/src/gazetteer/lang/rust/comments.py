"""Comments of Rust as rustdoc reads them, in words."""

from __future__ import annotations

import re

__all__ = ["words"]

#: A name between backticks that leads somewhere, whether that is said behind it or not.
_LINK = re.compile(r"(?<![\w\]\\])\[(`[^`\n]+`)\](?:\((?!https?:)[^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])?(?!:)")
#: Where such a name leads, on a line of its own.
_DEFINITION = re.compile(r"^\[`[^`\n]+`\]:[^\n]*\n?", re.MULTILINE)


def words(text: str) -> str:
    r"""The words of a comment, in which names are code, wherever they lead.

    Examples
    --------
    >>> words("Sells to [`Till`], [`it`](Self::it) or [`B`][b].\n\n[`Till`]: crate::Till")
    'Sells to `Till`, `it` or `B`.'
    """
    if "[`" not in text:
        return text
    return _LINK.sub(r"\1", _DEFINITION.sub("", text)).strip("\n")
