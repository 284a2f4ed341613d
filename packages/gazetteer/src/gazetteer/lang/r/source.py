"""The tokens of R with the brackets that belong together, where expressions end, and what stands in calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ..base import Walk
from ..commented import clean_comment
from ..tokens import Token, TokenList

__all__ = ["ASSIGNS", "Argument", "Source", "name_of"]

#: A text in which nothing but its end has a meaning: what ends it is what begins it, turned around.
_END = r"(?P=dashes)(?P=quote)|\Z)"
_RAW = rf"[rR](?P<quote>[\"'])(?P<dashes>-*)(?:\(.*?(?:\){_END}|\[.*?(?:\]{_END}|\{{.*?(?:\}}{_END})"
_QUOTED = r"\"(?>(?:[^\"\\]++|\\.)*)(?:\"|\Z)|'(?>(?:[^'\\]++|\\.)*)(?:'|\Z)"
_TOKEN = re.compile(
    rf"(?P<comment>\#[^\n]*)|(?P<string>{_RAW}|{_QUOTED})|(?P<name>`(?>(?:[^`\\]++|\\.)*)(?:`|\Z))"
    r"|(?P<number>\.?\d(?>(?:[\w.]++|(?<=[eEpP])[+-])*))|(?P<word>(?:[^\W\d_]|\.)[\w.]*+)"
    r"|(?P<sign><<-|<-|->>|->|%[^%\n]*%|:::|::|:=|==|<=|>=|!=|&&|\|\||\|>|\S)",
    re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
ASSIGNS = frozenset(("<-", "=", "<<-", ":="))
#: What an expression does not end with: it goes on in the next line.
_OPEN = frozenset(
    "<- <<- -> ->> = := + - * / ^ ~ ! ? < > == <= >= != & && | || |> : :: ::: $ @ else repeat in function \\".split()  # noqa: SIM905
)
#: Words before parentheses behind which an expression goes on.
_HEADS = frozenset(("if", "for", "while", "function", "\\"))
_ROXYGEN = re.compile(r"^[ \t]*#+'", re.MULTILINE)


class Argument(Struct, frozen=True):
    """An argument of a call: its name, which may be none, and between which tokens the value stands."""

    name: str
    at: int
    start: int
    end: int


def name_of(text: str) -> str:
    """A name or a text without what is around it.

    Examples
    --------
    >>> name_of("`a b`"), name_of('"a"'), name_of("a.b")
    ('a b', 'a', 'a.b')
    """
    return text[1:].removesuffix(text[0]) if text[:1] in ("`", '"', "'") else text


class Source(TokenList):
    """Reads a file of R into tokens."""

    blocks = ()

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        for match in _TOKEN.finditer(self.source):
            if match.lastgroup == "comment":
                if match.start() or not match[0].startswith("#!"):
                    self.comment(match)
            else:
                self.tokens.append(Token(match[0], match.start(), match.end(), match.lastgroup in ("word", "name", "string")))
        #: Of each bracket that opens, the number of that which closes it: of one that is never closed, that behind the last token.
        self.closed = dict[int, int]()
        #: Of each token, the innermost bracket around it: an empty text outside of all.
        self.around = list[str]()
        opened = list[int]()
        for number, token in enumerate(self.tokens):
            if opened and token.text == _PAIRS[self.tokens[opened[-1]].text]:
                self.closed[opened.pop()] = number
            self.around.append(self.tokens[opened[-1]].text if opened else "")
            if token.text in _PAIRS:
                opened.append(number)
        self.closed.update(dict.fromkeys(opened, len(self.tokens)))

    def said(self, run: list[re.Match[str]]) -> dict[str, object]:
        """The same as elsewhere, without the marks of documentation."""
        facts = super().said(run)
        if facts and any(comment[0].startswith("#'") for comment in run):
            facts["doc"] = clean_comment(_ROXYGEN.sub("#", "\n".join(comment[0] for comment in run)))
        return facts if facts.get("doc") else {}

    def between(self, start: int, end: int, most: int) -> str:
        """What `text` makes of the tokens between two; of very many, the first say as much as is shown."""
        return self.text(self.tokens[start : min(end, start + 8 * most)], most)

    def last(self, start: int) -> int:
        """The last token of the expression that begins at one."""
        number, is_head = start, False
        while number < len(self.tokens):
            token = self.tokens[number]
            if token.text in _PAIRS:
                is_head = token.text == "(" and self.at(number - 1) in _HEADS
                number = min(self.closed[number], len(self.tokens) - 1)
            elif token.text in (")", "]", "}", ",", ";"):
                return max(number - 1, start)
            else:
                is_head = False
            after, text = number + 1, self.tokens[number].text
            if after >= len(self.tokens):
                break
            is_open = is_head or text in _OPEN or (text[0] == "%" and len(text) > 1)
            is_parted = self.source.find("\n", self.tokens[number].end, self.tokens[after].start) >= 0
            if is_parted and not is_open and (self.at(after) != "else" or not self.around[start]):
                return number
            number = after
        return len(self.tokens) - 1

    def arguments(self, opened: int) -> Iterator[Argument]:
        """What is given in the parentheses that open at a token."""
        number, end = opened + 1, self.closed[opened]
        while number < end:
            start = number
            while number < end and self.at(number) != ",":
                number = self.closed.get(number, number) + 1
            number = min(number, end)
            if number > start:
                is_named = self.at(start + 1) == "=" and self.tokens[start].is_word
                yield Argument(name_of(self.at(start)) if is_named else "", start, start + 2 * is_named, number)
            number += 1
