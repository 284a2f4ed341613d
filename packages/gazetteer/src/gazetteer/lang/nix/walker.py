"""Nix: what a file is given, attributes and names with functions among them, options of modules, and the files that paths name.

Attributes are listed at any depth in sets that are values, and in what the function of a file, or ``outputs`` of a flake, gives; what other
functions have inside of them is their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ...model import Block, Import, Parameter
from ..base import MAX_VALUE, Walk, one_line
from .source import Source

__all__ = ["walk"]

_TEXT = re.compile(r"\"((?:[^\"\\$]|\$(?!\{))*)\"")
_PATH = re.compile(r"\.{1,2}/|[\w+-][\w.+-]*/|<")
#: What a path behind it is read as code by.
_READS = frozenset(("import", "callPackage", "callPackages", "scopedImport", "newScope"))
_OPTIONS = frozenset(("mkOption", "mkEnableOption", "mkPackageOption"))
_NO_PATHS = re.compile(r"\.{1,2}/?\.?\Z")


class _Frame(Struct):
    """Something that is not closed yet: a set, names of ``let``, parentheses, a list, or code in a text."""

    kind: str
    #: The symbol that what is named here belongs to; and whether nothing here is listed.
    parent: int
    closed: bool
    #: The value that is being read: its symbol, and the token at which it begins.
    symbol: int = -1
    value: int = -1
    #: How many semicolons are those of ``with`` and ``assert``, which no value ends with.
    awaited: int = 0


def walk(walk: Walk) -> None:
    """Read a file of Nix."""
    _Reader(walk).read()


class _Reader(Source):
    def read(self) -> None:
        """Read everything."""
        self.frames = [_Frame("file", -1, False)]
        number = 0
        while number < len(self.tokens):
            number = self.token(number)
        while len(self.frames) > 1:
            self.end_value(self.frames.pop(), len(self.tokens))
        self.paths()
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    @property
    def frame(self) -> _Frame:
        return self.frames[-1]

    def token(self, number: int) -> int:
        """Read a token; gives the number of the next one."""
        text, frame = self.at(number), self.frame
        if text == "let" and self.at(number + 1) != "{":
            self.push("let")
            return self.binding(number + 1)
        if text == "in" and frame.kind == "let":
            self.frames.pop()
        elif (behind := self.head(number)) > number:
            return self.function(number, behind)
        elif text == "{":
            self.push("set")
            return self.binding(number + 1)
        elif text in ("(", "[", "${"):
            self.push(text)
        elif text in ("}", ")", "]"):
            self.close(number)
        elif text in ("with", "assert") and self.tokens[number].is_word:
            frame.awaited += 1
        elif text == ";" and frame.awaited:
            frame.awaited -= 1
        elif text == ";" and frame.value >= 0:
            self.end_value(frame, number)
            return self.binding(number + 1)
        elif text == ";" and frame.kind in ("set", "let"):
            return self.binding(number + 1)
        return number + 1

    def push(self, kind: str) -> None:
        frame = self.frame
        parent = frame.symbol if frame.symbol >= 0 else frame.parent
        closed = frame.closed or (kind in ("[", "${") and parent >= 0)
        self.frames.append(_Frame(kind, parent, closed))

    def close(self, number: int) -> None:
        """What ends here: names of ``let`` without an end with it."""
        while len(self.frames) > 1:
            frame = self.frames.pop()
            self.end_value(frame, number)
            if frame.kind != "let":
                return

    # -- functions -------------------------------------------------------------------------------------------------------------------

    def head(self, number: int) -> int:
        """The number of the token behind the colon of a function that begins at a token; the same number where none does."""
        at = number
        if self.tokens[at].is_word and self.at(at + 1) == "@":
            at += 2
        if self.at(at) == "{":
            at = self.closes.get(at, len(self.tokens)) + 1
            if self.at(at) == "@":
                at += 2
        elif self.tokens[number].is_word and at == number and self.at(at + 1) == ":":
            at += 1
        else:
            return number
        return at + 1 if self.at(at) == ":" else number

    def function(self, number: int, behind: int) -> int:
        """Read the head of a function: that of a file says what it is given; what is in one that has a name is not listed."""
        frame = self.frame
        if frame.kind == "file":
            for parameter, line in self.parameters(number, behind):
                said = f"{parameter.name} = {parameter.default}" if parameter.default else parameter.name
                self.walk.values.append(("argument", one_line(said, MAX_VALUE), line))
        elif frame.symbol >= 0 or frame.parent >= 0:
            frame.closed = frame.closed or not self.is_of_flake(frame)
        return behind

    def is_of_flake(self, frame: _Frame) -> bool:
        """Whether a function is what a flake gives, or gives that for each system: ``outputs``, or in a call that one of these is."""
        symbols = self.walk.symbols
        if frame.symbol >= 0:
            return symbols[frame.symbol].name == "outputs"
        around = symbols[frame.parent]
        return "outputs" in (around.name, symbols[around.parent].name if around.parent >= 0 else "")

    def parameters(self, number: int, behind: int) -> Iterator[tuple[Parameter, int]]:
        """What a function takes, with the lines on which it is named."""
        opened = next((n for n in range(number, min(number + 3, behind)) if self.at(n) == "{"), -1)
        if opened < 0:
            yield Parameter(self.at(number)), self.line(self.tokens[number].start)
            return
        at, close = opened + 1, self.closes.get(opened, behind)
        while at < close:
            end, depth = at, 0
            while end < close and (depth or self.at(end) != ","):
                depth += (self.at(end) in ("{", "(", "[", "${")) - (self.at(end) in ("}", ")", "]"))
                end += 1
            if self.tokens[at].is_word:
                default = self.between(at + 2, end) if self.at(at + 1) == "?" else ""
                yield Parameter(self.at(at), default=default), self.line(self.tokens[at].start)
            at = end + 1

    # -- names -----------------------------------------------------------------------------------------------------------------------

    def binding(self, number: int) -> int:
        """Read the name that may begin at a token in a set; gives the number of the next token to be read."""
        if self.at(number) == "inherit":
            while number < len(self.tokens) and self.at(number) != ";":
                number = self.closes.get(number, number) + 1
            return number
        names, at = list[tuple[str, int]](), number
        while at < len(self.tokens):
            token = self.tokens[at]
            literal = _TEXT.fullmatch(token.text)
            if not token.is_word and literal is None:
                return number
            names.append((literal[1] if literal is not None else token.text, at))
            if self.at(at + 1) != ".":
                break
            at += 2
        if self.at(at + 1) != "=" or not names[-1][0]:
            return number
        self.bound(names, number, at + 2)
        return at + 2

    def bound(self, names: list[tuple[str, int]], start: int, value: int) -> None:
        """Note a name; what it means ends further on."""
        frame = self.frame
        frame.value = value
        if frame.closed or value >= len(self.tokens):
            return
        head = self.head(value)
        called = {self.at(n) for n in range(value, min(value + 3, len(self.tokens)))}
        kind = "option" if called & _OPTIONS else "variable" if frame.kind == "let" else "property"
        name, at = names[-1]
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[start].start)
        facts = self.doc(self.tokens[start])
        if head > value:
            kind, parameters = "function", [parameter for parameter, _ in self.parameters(value, head)]
            facts |= {"parameters": tuple(parameters), "signature": self.between(start, head)}
        frame.symbol = self.walk.add(
            kind, name, Block(line, line), frame.parent, first_line=first if first < line else 0,
            scope=".".join(text for text, _ in names[:-1]), **facts,
        )  # fmt: skip
        if kind == "option":
            frame.closed = True

    def end_value(self, frame: _Frame, number: int) -> None:
        """What a name means ends before a token."""
        if frame.symbol >= 0:
            symbol = self.walk.symbols[frame.symbol]
            last = self.tokens[max(min(number, len(self.tokens)) - 1, 0)]
            symbol.end_line = max(self.line(last.end - 1 if last.end > last.start else last.end), symbol.line)
            if symbol.kind != "function":
                symbol.value = self.between(frame.value, number)
                symbol.signature = one_line(f"{symbol.scope}{'.' * bool(symbol.scope)}{symbol.name} = {symbol.value}", MAX_VALUE)
            frame.closed = self.frames[-1].closed if self.frames and self.frames[-1] is not frame else self.around_closed()
        frame.symbol = frame.value = -1
        frame.awaited = 0

    def around_closed(self) -> bool:
        """Whether nothing is listed in what is around the innermost frame."""
        return len(self.frames) > 1 and self.frames[-2].closed

    def between(self, start: int, end: int) -> str:
        """The text between two tokens, on one line."""
        if start >= min(end, len(self.tokens)):
            return ""
        first, last = self.tokens[start].start, self.tokens[min(end, len(self.tokens)) - 1].end
        return one_line(self.source[first : min(last, first + 8 * MAX_VALUE)], MAX_VALUE)

    # -- files -----------------------------------------------------------------------------------------------------------------------

    def paths(self) -> None:
        """Note the paths that the file names: those that are imported, and others."""
        for number, token in enumerate(self.tokens):
            text = token.text
            if not _PATH.match(text) or (text[0] == "<" and not text.endswith(">")) or _NO_PATHS.match(text):
                continue
            before = self.at(number - 1)
            kind = before if before in _READS else "listed"
            if text[0] == "<" and kind == "listed":
                continue
            self.walk.imports.append(Import(kind, text, self.line(token.start)))
