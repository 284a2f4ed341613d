"""What documentation of Julia says, in words: first what is said, then the heads of what is documented; references and admonitions."""

from __future__ import annotations

import re
import textwrap

__all__ = ["words"]

#: Indented lines that a text begins with, and the paragraph behind them.
_HEADS = re.compile(r"\A((?:    [^\n]*\n|\n)+)(?=\S)((?:[^\n]+\n?)+)")
_REFERENCE = re.compile(r"\[(`?)([^\[\]`]+)(`?)\]\(@(?:ref|extref)[^()]*\)")
_ADMONITION = re.compile(r'^!!! (\w+)(?: "([^"\n]*)")?\n((?:(?: {4}|\t)[^\n]*(?:\n|\Z)|[ \t]*\n)+)', re.MULTILINE)


def words(text: str) -> str:
    r"""The words of a documentation.

    Examples
    --------
    >>> words("    sell(x)\n\nSells [`Item`](@ref)s.\n\n!!! note\n    Not here.")
    'Sells `Item`s.\n\n    sell(x)\n\nNote: Not here.'
    """
    if "](@" in text:
        text = _REFERENCE.sub(r"\1\2\3", text)
    if "!!! " in text:
        text = _ADMONITION.sub(_admonished, text)
    heads = _HEADS.match(text) if text.startswith("    ") else None
    if heads is None or heads[2].startswith("#"):
        return text
    return "\n\n".join(filter(None, (heads[2].strip(), heads[1].strip("\n"), text[heads.end() :].strip("\n"))))


def _admonished(match: re.Match[str]) -> str:
    return f"{match[2] or match[1].capitalize()}: {textwrap.dedent(match[3]).strip()}\n\n"
