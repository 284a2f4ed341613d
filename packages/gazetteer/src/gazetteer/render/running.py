"""Running text of the tree, which pages of all formats show alike: paragraphs, code within, and many lines at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ..document import spoken

__all__ = ["all_with_code", "line_by_line", "paragraphs", "with_code"]

#: Lines that are more than running text, the first and others: indented, lists, tables, rules, code.
_LAID_OUT_LINE = r"(?:[^\S\n]|[-+>|#=~.:@\\]|`{3}|\*(?:\s|$|\*{2})|\d+[.)](?:\s|$))"
_LAID_OUT_FIRST, _LAID_OUT_NEXT = re.compile(_LAID_OUT_LINE, re.MULTILINE), re.compile(rf"\n{_LAID_OUT_LINE}", re.MULTILINE)


@lru_cache(maxsize=512)
def paragraphs(text: str) -> tuple[str, ...]:
    r"""The paragraphs of running text, each on one line; none where a text is laid out by hand.

    Examples
    --------
    >>> paragraphs("One\n`two`.\n\nThree."), paragraphs("Such as\n- one")
    (('One `two`.', 'Three.'), ())
    """
    text = text.strip("\n")
    if len(text) > 4_000 or "\t" in text or "   " in text or _LAID_OUT_FIRST.match(text) or _LAID_OUT_NEXT.search(text):
        return ()
    return tuple([" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text)])


def with_code(text: str, plain: Callable[[str], str], code: Callable[[str], str]) -> str:
    """Running text, with the code in it as code.

    Examples
    --------
    >>> with_code("Is ``a<b`` so?", str.upper, "<{}>".format)
    'IS <a<b> SO?'
    """
    return "".join([code(piece) if number % 2 else plain(piece) for number, piece in enumerate(spoken(text))])


def all_with_code(texts: list[str], all_plain: Callable[[list[str]], list[str]], one: Callable[[str], str]) -> list[str]:
    """Each of many texts as `one` has it; `all_plain` has those without code, of which there are most."""
    shown = all_plain([text if "`" not in text else "" for text in texts])
    return [one(text) if "`" in text else plain for text, plain in zip(texts, shown, strict=True)]


def line_by_line(texts: list[str], one: Callable[[str], str], lines: Callable[[str], str]) -> list[str]:
    r"""Each of many texts as `one` has it. Where each is a printable line, `lines` has all of them at once, and leaves the ends of lines.

    Examples
    --------
    >>> line_by_line(["a", "b"], str.upper, str.title), line_by_line(["a", "b\nc"], str.upper, str.title)
    (['A', 'B'], ['A', 'B\nC'])
    """
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1 or not joined.replace("\n", "").isprintable():
        return list(map(one, texts))
    return lines(joined).split("\n")
