"""Running text of the tree, which pages of all formats show alike: paragraphs, code within, and many lines at once."""

from __future__ import annotations

from collections.abc import Callable

from ..document import paragraphs, spoken

__all__ = ["all_with_code", "line_by_line", "paragraphs", "with_code"]


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
