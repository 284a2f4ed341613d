"""The tokens of Lisps: texts, characters, names and brackets, with which bracket closes which, and the forms in a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..base import MAX_DOC, MAX_VALUE, Walk, cut, one_line
from ..tokens import Token, TokenList

__all__ = ["Source", "text_of"]

_STRING = r"\"(?>(?:[^\"\\]|\\.)*)(?:\"|\Z)"
#: What is behind a backslash in a name is a letter of it like any other.
_NAME = r"(?:\\.|[^\s()\[\]{}\"';`,~@^\\])(?>(?:\\.|[^\s()\[\]{}\";`,~\\])*)"
#: What stands for a character, and what is a comment of several lines, differs.
_OWN = {
    "emacs-lisp": r"(?P<char>\?(?:\\(?:\\?[CMSHAs]-)+(?:\\.|.)|\\.|\S))",
    "clojure": r"(?P<char>\\(?:\w+|.))",
    "common-lisp": r"(?P<block>#\|.*?(?:\|#|\Z))|(?P<char>#\\(?:\w+|.))|(?P<bars>\|[^|]*(?:\||\Z))",
}
_TOKENS = {
    language: re.compile(
        rf"(?P<comment>;[^\n]*)|{own}|(?P<string>{_STRING})|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<name>{_NAME})|\S", re.DOTALL
    )
    for language, own in _OWN.items()
}
#: What stands before a form.
_SIGNS = frozenset(("'", "`", ",", "~", "@", "#", "#'", "#?", "#?@", ",@", "~@"))


def text_of(text: str) -> str:
    r"""What a text says, without its quotes.

    Examples
    --------
    >>> text_of('"Says \\"hello\\"."')
    'Says "hello".'
    """
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'), flags=re.DOTALL)


class Source(TokenList):
    """Reads a file of a Lisp into tokens."""

    blocks = ()

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.closes = dict[int, int]()
        opened = list[int]()
        for match in _TOKENS[walk.language].finditer(self.source):
            group, number = match.lastgroup, len(self.tokens)
            if group == "comment":
                self.comment(match)
                continue
            if group == "block":
                continue
            if group == "open":
                opened.append(number)
            elif group == "close" and opened:
                self.closes[opened.pop()] = number
            self.tokens.append(Token(match[0], match.start(), match.end(), group == "name"))
        self.closes.update(dict.fromkeys(opened, len(self.tokens)))

    def end(self, number: int) -> int:
        """The number of the token behind a form that begins at one."""
        return self.closes.get(number, number) + 1

    def forms(self, start: int, end: int) -> Iterator[int]:
        """The forms between two tokens, by the token at which each begins; signs before them, and what is read away, are left out."""
        number, end = start, min(end, len(self.tokens))
        while number < end:
            text = self.at(number)
            if text in ("#_", "^", "#^"):  # of Clojure
                number = self.end(number + 1)
            elif text in _SIGNS or text.startswith("#_"):
                number += 1
            else:
                yield number
                number = self.end(number)

    def within(self, number: int) -> list[int]:
        """The forms in the one that begins at a token."""
        return list(self.forms(number + 1, self.closes[number])) if number in self.closes else []

    def is_text(self, number: int) -> bool:
        """Whether a text begins at a token."""
        return self.at(number).startswith('"')

    def between(self, start: int, end: int, most: int = MAX_VALUE) -> str:
        """The text from a token up to before another one, on one line."""
        if start >= min(end, len(self.tokens)):
            return ""
        first, last = self.tokens[start].start, self.tokens[min(end, len(self.tokens)) - 1].end
        return one_line(self.source[first : min(last, first + 8 * most)], most)

    def said_in(self, number: int) -> dict[str, Any]:
        """A text as documentation."""
        token = self.tokens[number]
        lines = text_of(token.text).strip().split("\n")
        text = cut("\n".join([lines[0], *_dedented(lines[1:])]), MAX_DOC)
        return {"doc": text, "doc_line": self.line(token.start), "doc_end": self.line(token.end - 1)} if text else {}


def _dedented(lines: list[str]) -> list[str]:
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[margin:].rstrip() for line in lines]
