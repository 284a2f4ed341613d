"""Comments of Kotlin as Dokka reads them, in words."""

from __future__ import annotations

import re

from ..tags import BLOCK_TAGS, INLINE_TAGS
from ..wording import Wording, labelled, named

__all__ = ["words"]

#: ``[text][name]``, ``[name]``: not an address, an index or what a list has to be ticked.
_LINK = re.compile(r"(?<![\w\]`\[\\])\[(?:([^\[\]`\n]+)\]\[)?([A-Za-z_][\w.]*)\](?![\[(])(?!: ?http)")
_TAGS = {
    **BLOCK_TAGS, "property": named, "receiver": labelled("Receiver"), "constructor": labelled("Constructor"),
    "sample": lambda _, text: f"Example: `{text}`", "suppress": labelled("Suppressed"),
}  # fmt: skip
_wording = Wording(_TAGS, INLINE_TAGS, markdown=True)


def words(text: str) -> str:
    """The words of a comment.

    Examples
    --------
    >>> words("Sells to [Till], or [the other][Till.other]: a[i], [1].")
    'Sells to `Till`, or `the other`: a[i], [1].'
    """
    return _LINK.sub(lambda m: f"`{m[1] or m[2]}`", _wording(text)) if "[" in text else _wording(text)
