"""What walkers share that read a language without a grammar: tokens, the lines on which they stand, comments before and behind them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from msgspec import Struct

from .base import MAX_VALUE, Walk, one_line
from .commented import clean_comment
from .heads import told

__all__ = ["Token", "TokenList", "TokenReader"]

#: So far behind a statement its comment is looked for.
_NEAR = 1_000
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Token(Struct, frozen=True):
    """A word, a text or a sign, and between which characters it stands."""

    text: str
    start: int
    end: int
    is_word: bool


class TokenReader:
    """Reads a file by its tokens.

    Parameters
    ----------
    walk : Walk
        Where everything that is found goes.
    """

    #: What finds the comment that stands behind a statement, on its line, as its first group.
    behind_statement: ClassVar[re.Pattern[str]] = re.compile(r"\Z(.)")
    #: Beginnings of comments that are a whole each: those of lines go with the ones around them.
    blocks: ClassVar[tuple[str, ...]] = ("/*",)

    def __init__(self, walk: Walk) -> None:
        self.walk, self.source = walk, walk.decoded
        #: Those that were read so far, and where they end.
        self.comments: list[re.Match[str]] = []
        self.ends: list[int] = []

    def comment(self, match: re.Match[str]) -> None:
        """Note a comment."""
        self.comments.append(match)
        self.ends.append(match.end())

    def text(self, tokens: Sequence[Token], most: int = MAX_VALUE) -> str:
        """Tokens as they are written, on one line, without comments."""
        pieces, at = list[str](), tokens[0].start if tokens else 0
        for token in tokens:
            pieces += [" " * (token.start > at), token.text]
            at = token.end
        return one_line("".join(pieces), most)

    def line(self, offset: int) -> int:
        """The line on which an offset is."""
        return self.walk.line_at(offset)

    def begins_line(self, offset: int) -> bool:
        """Whether nothing stands before an offset on its line."""
        return not self.source[self.source.rfind("\n", 0, offset) + 1 : offset].strip()

    def doc(self, first: Token, last: Token | None = None) -> dict[str, Any]:
        """The comments right above a statement - else the one behind it, where its last token is given - as facts for `Walk.add`."""
        run, line = list[re.Match[str]](), self.line(first.start)
        above = bisect_right(self.ends, first.start) if self.begins_line(first.start) else 0
        for index in range(above - 1, -1, -1):
            comment = self.comments[index]
            if self.line(comment.end() - 1) != line - 1 or not self.begins_line(comment.start()):
                break
            run.append(comment)
            line = self.line(comment.start())
            if comment[0].startswith(self.blocks):
                break
        return self.said(run[::-1]) if last is None or run else self.behind(last)

    def behind(self, last: Token) -> dict[str, Any]:
        """The comment behind a statement, on its line."""
        match = self.behind_statement.match(self.source, last.end, last.end + _NEAR)
        if match is None:
            return {}
        line = self.line(match.start(1))
        text = clean_comment(match[1])
        return {"doc": text, "doc_line": line, "doc_end": line} if text else {}

    def said(self, run: list[re.Match[str]]) -> dict[str, Any]:
        """Comments in the order of the text, as facts for `Walk.add`."""
        text = clean_comment("\n".join(comment[0].strip() for comment in run))
        if not text:
            return {}
        return {"doc": text, "doc_line": self.line(run[0].start()), "doc_end": self.line(run[-1].end() - 1)}

    def file_comment(self, taken: Collection[int] = ()) -> None:
        """Take the comment that begins the file as its documentation, unless it says on which terms the file may be used.

        Comments that begin on the lines `taken` are of something else.
        """
        run = list[re.Match[str]]()
        for comment in (*self.comments, None):
            is_next = comment is not None and not self.source[run[-1].end() if run else 0 : comment.start()].strip()
            if comment is not None and is_next and (not run or self.line(comment.start()) == self.line(run[-1].end() - 1) + 1):
                run.append(comment)
                continue
            facts = told(self.said(run))
            if facts and facts["doc_line"] not in taken:
                self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
                return
            if not is_next or comment is None:
                return
            run = [comment]


class TokenList(TokenReader):
    """Reads a file whose tokens are all at hand, by their numbers."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.tokens = list[Token]()

    def read_tokens(self, pattern: re.Pattern[str], words: Collection[str] = ("word",)) -> None:
        """Note the tokens and the comments of the file, by the group of a pattern that finds each: ``comment``, or one of `words`."""
        for match in pattern.finditer(self.source):
            if match.lastgroup == "comment":
                self.comment(match)
            else:
                self.tokens.append(Token(match[0], match.start(), match.end(), match.lastgroup in words))

    def closings(self) -> dict[int, int]:
        """Of each bracket that opens, which one closes it, of whatever shape: where none does, the number behind the last token."""
        found, opened = dict[int, int](), list[int]()
        for number, token in enumerate(self.tokens):
            if token.text in _OPENING:
                opened.append(number)
            elif token.text in _CLOSING and opened:
                found[opened.pop()] = number
        return found | dict.fromkeys(opened, len(self.tokens))

    def at(self, number: int) -> str:
        """The text of a token; empty where there is none."""
        return self.tokens[number].text if 0 <= number < len(self.tokens) else ""
