"""The tokens of PowerShell, with the brackets that belong together, and where statements begin."""

from __future__ import annotations

import re

from ..base import Walk
from ..tokens import Token, TokenList

__all__ = ["Source"]

_TOKEN = re.compile(
    r"(?P<comment><\#.*?(?:\#>|\Z)|\#[^\n]*)"
    r"|(?P<string>@'[ \t]*\r?\n.*?(?:\n'@|\Z)|@\"[ \t]*\r?\n.*?(?:\n\"@|\Z)|'(?>(?:[^']++|'')*)(?:'|\Z))"
    r"|(?P<quote>\")|(?P<variable>\$\{[^}\n]{0,1000}+\}|\$(?:\w++:(?!:))?[\w?^$]++)|(?P<line>\n)|(?P<space>(?>(?:[^\S\n]|`\r?\n)+))"
    r"|(?P<assigns>[-+*/%]=)|(?P<word>(?:[^\s(){}\[\];,|&<>\"'`\#$@=]|`[^\n])(?>(?:[^\s(){}\[\];,|&<>\"'`@=]++|`[^\n])*))|(?P<sign>&&|\|\||.)",
    re.DOTALL,
)
#: What matters within a text between quotation marks, and within the code that one may hold.
_IN_TEXT = re.compile(r"`.|\"\"|\"|\$\(", re.DOTALL)
_IN_CODE = re.compile(r"`.|'(?>(?:[^']++|'')*)(?:'|\Z)|<\#.*?(?:\#>|\Z)|(?<=\s)\#[^\n]*|\"|\(|\)", re.DOTALL)
#: Comments that say something to PowerShell or to an editor.
_DIRECTIVE = re.compile(r"#requires\b|#[ \t]*(?:end)?region\b", re.IGNORECASE)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
#: Behind these a statement may begin.
_BEFORE = frozenset(("\n", ";", "{", "}", "(", "&&", "||"))


class Source(TokenList):
    """Reads a file of PowerShell into tokens. Ends of lines are tokens outside of parentheses and square brackets."""

    blocks = ("<#",)

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.directives = list[re.Match[str]]()
        #: Of each bracket that opens, the number of that which closes it: of one that is never closed, that behind the last token.
        self.closed = dict[int, int]()
        #: Of each token, the number of the innermost brace around it, else -1.
        self.braces = list[int]()
        at, opened, braces = 0, list[int](), [-1]
        while (match := _TOKEN.match(self.source, at)) is not None:
            kind, at = match.lastgroup, match.end()
            if kind == "comment":
                if _DIRECTIVE.match(match[0]):
                    self.directives.append(match)
                elif match.start() or not match[0].startswith("#!"):
                    self.comment(match)
                continue
            if kind == "space" or (kind == "line" and opened and self.tokens[opened[-1]].text != "{"):
                continue
            if kind == "quote":
                at = _end_of_text(self.source, at)
            text = self.source[match.start() : at]
            number = len(self.tokens)
            if opened and text == _PAIRS[self.tokens[opened[-1]].text]:
                self.closed[opened[-1]] = number
                if self.tokens[opened.pop()].text == "{":
                    braces.pop()
            self.tokens.append(Token(text, match.start(), at, kind not in ("sign", "line", "assigns")))
            self.braces.append(braces[-1])
            if text in _PAIRS and kind == "sign":
                opened.append(number)
                if text == "{":
                    braces.append(number)
        self.closed.update(dict.fromkeys(opened, len(self.tokens)))

    def word(self, number: int) -> str:
        """The same in lower case, as words of the language are compared."""
        return self.at(number).lower()

    def begins(self, number: int) -> bool:
        """Whether a statement may begin with a token."""
        return number == 0 or self.at(number - 1) in _BEFORE

    def past_lines(self, number: int) -> int:
        """The first token from one on that is no end of a line."""
        while self.at(number) == "\n":
            number += 1
        return number

    def past_attributes(self, number: int) -> int:
        """The first token from one on that is neither the end of a line nor within square brackets."""
        number = self.past_lines(number)
        while self.at(number) == "[":
            number = self.past_lines(self.closed[number] + 1)
        return number

    def end_of_statement(self, number: int) -> int:
        """The token behind the statement that begins with one."""
        while number < len(self.tokens) and self.at(number) not in ("\n", ";", "}", ")"):
            number = self.closed.get(number, number) + 1
        return min(number, len(self.tokens))

    def between(self, start: int, end: int, most: int) -> str:
        """What `text` makes of the tokens between two; of very many, the first say as much as is shown."""
        return self.text([t for t in self.tokens[start : min(end, start + 4 * most)] if t.text != "\n"], most)


def _end_of_text(source: str, at: int) -> int:
    """Where a text between quotation marks ends, which begins before an offset: code in it may hold further ones."""
    around = ['"']
    while around:
        match = (_IN_TEXT if around[-1] == '"' else _IN_CODE).search(source, at)
        if match is None:
            return len(source)
        at, found = match.end(), match[0]
        if found == around[-1]:
            around.pop()
        elif found in ("$(", "("):
            around.append(")")
        elif found == '"':
            around.append('"')
    return at
