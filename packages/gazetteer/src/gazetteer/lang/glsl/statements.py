"""Statements of shading languages that are written as C is: their tokens, what ends each, and in which bodies they stand.

A preprocessor runs before such a language is read, and its branches may split braces: each branch is read as if it followed what stands
before the first of them.
"""

from __future__ import annotations

import re
from typing import ClassVar

from msgspec import Struct

from ...model import Block, Import, Note
from ..base import MAX_VALUE, Walk, one_line
from ..conditions import Conditions
from ..tokens import Token, TokenReader

__all__ = ["Body", "Statements", "is_macro"]


_ANYWHERE = (
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<directive>^[ \t]*+\#(?>(?:[^\n\\/]++|\\(?:\r?\n|.)|/\*(?>(?:[^*]++|\*(?!/))*)\*/|/(?![/*]))*))"
    r"|(?P<line>^[ \t]*+\$[a-z][^\n]*)"  # of what writes shaders from templates
    r"|(?P<string>\"[^\"\n]*+\")"
)
_WORD = r"|(?P<word>(?:::)?[A-Za-z_]\w*+(?>(?:::\w+)*)|\$\{[^{}\n]*\})|(?P<sign>\d[\w.]*+|\S)"
_TOKEN = re.compile(_ANYWHERE + _WORD, re.DOTALL | re.MULTILINE)
#: What counts in a body that is passed over.
_PASSED = re.compile(_ANYWHERE + r"|\$\{[^{}\n]*\}|(?P<sign>[{}])", re.DOTALL | re.MULTILINE)
_BEHIND = re.compile(r"[ \t]*+[;,]?[ \t]*+(//[^\n]*|/\*[^\n]*?\*/(?=[ \t]*(?:\}|\r?$)))", re.MULTILINE)
_DIRECTIVE = re.compile(r"\s*\#\s*(\w+)\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r"([\"<])([^\">\n]+)[\">]")
_DEFINE = re.compile(r"(\w+)(\([^()]*\))?\s*(.*)", re.DOTALL)
_GLSLIFY = re.compile(r"glslify:\s*(?:(\w+)\s*=\s*)?require\(\s*['\"]?([^'\"(),\s]+)")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
#: So many tokens of a statement are kept: tables of values are longer, and nothing is read of their ends.
_MOST = 400


class Body(Struct, frozen=True):
    """A body: of which symbol, of which kind (``code`` is not read), and in which other one it stands."""

    index: int = -1
    kind: str = ""
    around: Body | None = None
    #: The symbol that its members have around them: it may have no name itself.
    parent: int = -1
    #: With what a statement begins that goes on behind the body: ``struct A { … } a, b;``.
    before: tuple[Token, ...] = ()


def is_macro(word: str) -> bool:
    """Whether a word is the name of a macro by its look.

    Examples
    --------
    >>> is_macro("PRECISION"), is_macro("T"), is_macro("vec3")
    (True, False, False)
    """
    return len(word) > 1 and word.isupper()


class _State(Struct, frozen=True):
    """Where the reader is when a branch begins."""

    body: Body
    found: list[Token]
    length: int
    depth: int
    passed: int


class Statements(TokenReader):
    """Reads a file into statements, and gives each to `statement` or `opened`.

    Parameters
    ----------
    walk : Walk
        Where everything that is found goes.
    """

    behind_statement: ClassVar[re.Pattern[str]] = _BEHIND

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.conditions = Conditions(walk)
        self.body, self.found = Body(), list[Token]()
        #: How deep in parentheses and brackets, and in braces that are passed over.
        self.depth, self.passed = 0, 0
        #: Where the braces began that a statement has.
        self.brace = 0
        self.branches = list[_State]()
        #: Whether the statement began with a body.
        self.is_behind = False

    def read(self) -> None:
        """Read the file."""
        at = 0
        while (match := (_PASSED if self.passed else _TOKEN).search(self.source, at)) is not None:
            at, sort, text = match.end(), match.lastgroup, match[0]
            if sort == "comment":
                self.comment(match)
            elif sort == "directive":
                self.directive(match)
            elif self.passed:
                self.pass_over(match)
            elif sort != "line":
                self.token(Token(text, match.start(), at, sort == "word"))
        if self.body.around is not None or self.passed:
            self.walk.notes.append(Note("parse-error", "the file ends within braces"))
        while self.body.around is not None:
            self.close(len(self.walk.breaks) + (not self.source.endswith("\n")) or 1)
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    # -- what languages say ------------------------------------------------------------------------------------------------------------

    def statement(self, tokens: list[Token], end: Token) -> None:
        """Note what a statement declares; `end` is what ends it."""
        raise NotImplementedError

    def opened(self, tokens: list[Token]) -> Body | None:
        """What a brace behind tokens opens; None if it is a value, behind which the statement goes on: they are one word of it then."""
        raise NotImplementedError

    # -- tokens ------------------------------------------------------------------------------------------------------------------------

    def token(self, token: Token) -> None:
        """Take one token."""
        text = token.text
        if text == "{":
            self.open(token)
        elif text == "}":
            self.end(token)
            self.close(self.line(token.start))
        elif text == ";" or (text == "," and not self.depth and self.body.kind == "enum"):
            self.end(token)
        else:
            if token.is_word and self.found and not self.depth:
                self.drop_macro(token)
            self.depth = max(self.depth + (text in "([") - (text in ")]"), 0)
            if len(self.found) < _MOST:
                self.found.append(token)

    def drop_macro(self, token: Token) -> None:
        """Forget what is a macro by its look, and stands on lines of its own before a word: ``CBUFFER_START(A)``, ``CBUFFER_END``."""
        found = self.found
        is_call = len(found) > 2 and found[1].text == "(" and found[-1].text == ")"
        if not (is_call or len(found) == 2) or not is_macro(found[0].text):
            return
        end, following = (found[-1], token) if is_call else (found[0], found[1])
        if (is_call or following.is_word) and "\n" in self.source[end.end : following.start]:
            self.found = [] if is_call else found[1:]

    def inside(self, index: int, kind: str, before: tuple[Token, ...] = ()) -> Body:
        """A body in the one that is read; `before` is with what a statement begins that goes on behind it."""
        return Body(index, kind, self.body, index if index >= 0 else self.body.parent, before)

    def end(self, token: Token) -> None:
        """End a statement."""
        found, self.found, self.depth = self.found, [], 0
        if found:
            self.statement(found, token)
        self.is_behind = False

    def open(self, token: Token) -> None:
        """Open a body."""
        body = self.opened(self.found) if not self.depth else None
        if body is None or body.kind == "code":
            self.passed = 1
        if body is not None:
            self.body, self.found, self.depth, self.is_behind = body, [], 0, False
        else:
            self.brace = token.start

    def pass_over(self, match: re.Match[str]) -> None:
        """Look for the end of a body that is not read."""
        self.passed += (match[0] == "{") - (match[0] == "}")
        if self.passed:
            return
        if self.body.kind == "code":
            self.close(self.line(match.start()))
        elif len(self.found) < _MOST:
            text = one_line(self.source[self.brace : match.end()], MAX_VALUE)
            self.found.append(Token(text, self.brace, match.end(), is_word=True))

    def close(self, line: int) -> None:
        """Leave a body, of which the last line is given."""
        body = self.body
        if body.around is None:
            self.found, self.depth = [], 0
            return
        if body.index >= 0:
            self.walk.symbols[body.index].end_line = line
        self.found, self.depth, self.body, self.is_behind = list(body.before), 0, body.around, bool(body.before)

    # -- the preprocessor --------------------------------------------------------------------------------------------------------------

    def directive(self, match: re.Match[str]) -> None:
        """Read a line for the preprocessor."""
        parts = _DIRECTIVE.match(match[0])
        word, rest = (parts[1], parts[2]) if parts is not None else ("", "")
        line, end = self.line(match.end() - len(match[0].lstrip())), self.line(match.end() - 1)
        if word in ("if", "ifdef", "ifndef"):
            self.branches.append(_State(self.body, self.found, len(self.found), self.depth, self.passed))
        elif word in ("else", "elif") and self.branches:
            self.restore(self.branches[-1], line)
        elif word == "endif" and self.branches:
            self.branches.pop()
        elif word == "define" and (found := _DEFINE.match(rest)) is not None:
            self.macro(match, found, Block(line, end))
        elif word in ("include", "import") and (target := _INCLUDE.match(rest)) is not None:
            kind = word if target[1] == '"' or word == "import" else "include_system"
            self.walk.imports.append(Import(kind, target[2].strip(), line, end, condition=self.conditions.at(line)))
        elif word == "pragma" and (required := _GLSLIFY.match(rest)) is not None:
            self.walk.imports.append(Import("require", required[2], line, end, alias=required[1] or "", condition=self.conditions.at(line)))

    def restore(self, state: _State, line: int) -> None:
        """Begin another branch where the first one began."""
        body = self.body
        while body is not state.body and body.around is not None:  # what the branch before opened ends with it
            if body.index >= 0:
                self.walk.symbols[body.index].end_line = max(line - 1, self.walk.symbols[body.index].line)
            body = body.around
        self.body, self.depth, self.passed = state.body, state.depth, state.passed
        if self.found is state.found:
            del self.found[state.length :]
        else:
            self.found = state.found[: state.length]

    def macro(self, match: re.Match[str], found: re.Match[str], lines: Block) -> None:
        """Note a macro."""
        at = match.end() - len(match[0].lstrip())
        first = Token(match[0], at, match.end(), is_word=False)
        parameters = found[2] or ""
        value = one_line(_COMMENT.sub(" ", found[3]).replace("\\\n", " ").replace("\\\r\n", " "), MAX_VALUE)
        self.walk.add(
            "macro", found[1], lines, signature=f"#define {found[1]}{one_line(parameters)}", value=value,
            condition=self.conditions.at(lines.line), **self.doc(first, Token("", match.end(), match.end(), is_word=False)),
        )  # fmt: skip
