"""Comments of Dart as dartdoc reads them, in words."""

from __future__ import annotations

import re

__all__ = ["words"]

#: A name in square brackets, which leads to what is called so; no link, no footnote, no box of a list.
_NAME = re.compile(r"(?<![\w`\]\\!])\[((?:new )?[A-Za-z_$][\w$.]*(?:<[^<>\[\]\n]*>)?(?:\(\))?)\](?![(\[:])")
_MACRO = re.compile(
    r"^[ \t]*\{@(?:end-?(?:template|tool|inject-html|category)|template|macro|category|subCategory|image|canonicalFor)[^{}\n]*\}\n?",
    re.MULTILINE,
)
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)


def words(text: str) -> str:
    """The words of a comment, in which names that lead somewhere are code.

    Examples
    --------
    >>> words("Sells to [Till.add], [the site](https://example.org) or `a[b]`.")
    'Sells to `Till.add`, [the site](https://example.org) or `a[b]`.'
    """
    if "{@" in text:
        text = _MACRO.sub("", text)
    if "[" not in text:
        return text.strip("\n")
    return "".join([piece if n % 2 else _NAME.sub(r"`\1`", piece) for n, piece in enumerate(_CODE.split(text))]).strip("\n")
