"""The tokens of Nix: paths, texts, and what is put into these, which is code again."""

from __future__ import annotations

import re

from ..base import Walk
from ..tokens import Token, TokenList

__all__ = ["Source"]

_CODE = re.compile(
    r"(?P<comment>#[^\n]*|/\*.*?(?:\*/|\Z))|(?P<path>~?[\w.+-]{0,200}(?:/[\w.+-]+)+/?|<[\w.+-]{1,200}(?:/[\w.+-]+)*>)"
    r"|(?P<uri>[A-Za-z][\w+.-]{0,20}:[\w%/?:@&=+$,.!~*'-]+(?<![:,]))|(?P<word>[A-Za-z_][\w'-]*)|(?P<open>\"|''|\$\{)"
    r"|(?P<sign>\.\.\.|==|!=|//|\S)",
    re.DOTALL,
)
#: Within a text: what is escaped, its end, and where code is put in.
_WITHIN = {
    '"': re.compile(r"(?P<skipped>\\.|\$\$|[^\"\\$]+|\$(?!\{))|(?P<end>\")|(?P<code>\$\{)|\Z", re.DOTALL),
    "''": re.compile(r"(?P<skipped>'''|''\$|''\\.|\$\$|[^'$]+|'(?!')|\$(?!\{))|(?P<end>'')|(?P<code>\$\{)|\Z", re.DOTALL),
}
_CLOSES = {"{": "}", "${": "}", "(": ")", "[": "]"}


class Source(TokenList):
    """Reads a file of Nix into tokens; a text is one token up to where code is put into it, and one behind that."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: Of each token that opens something, which one closes it: the number of tokens where none does.
        self.closes = dict[int, int]()
        self._lex()

    def _lex(self) -> None:
        source, at, modes = self.source, 0, list[str]()
        opened = list[int]()
        while at < len(source):
            if modes and modes[-1] in _WITHIN:
                at = self._in_text(at, modes, opened)
                continue
            match = _CODE.search(source, at)
            if match is None:
                break
            at, group, text = match.end(), match.lastgroup, match[0]
            if group == "comment":
                self.comment(match)
                continue
            number = len(self.tokens)
            if group == "open" and text != "${":
                modes.append(text)
                at = self._in_text(at, modes, opened, match.start())
                continue
            if text in _CLOSES:
                modes.append(text)
                opened.append(number)
            elif text in ("}", ")", "]"):
                while modes and modes[-1] in _CLOSES:
                    mode = modes.pop()
                    self.closes[opened.pop()] = number
                    if _CLOSES[mode] == text:
                        break
            self.tokens.append(Token(text, match.start(), match.end(), group == "word"))
        self.closes.update(dict.fromkeys(opened, len(self.tokens)))

    def _in_text(self, at: int, modes: list[str], opened: list[int], start: int = -1) -> int:
        """Read on within a text; gives where it goes on behind it, or in the code that is put into it."""
        mark = modes[-1]
        start = at if start < 0 else start
        while (match := _WITHIN[mark].match(self.source, at)) is not None:
            at = match.end()
            if match.lastgroup == "skipped":
                continue
            if match.lastgroup == "code":
                self.tokens.append(Token(self.source[start : match.start()] or mark, start, match.start(), False))
                opened.append(len(self.tokens))
                self.tokens.append(Token("${", match.start(), at, False))
                modes.append("${")
                return at
            modes.pop()
            self.tokens.append(Token(self.source[start:at] or mark, start, at, False))
            return at
        raise AssertionError(at)  # the last way matches at any end
