"""Meson: what a project is and needs, its targets and options, the folders that it goes on with, and the sources that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Block, Document, Import
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line
from ..tokens import Token, TokenList

__all__ = ["walk"]

#: Words, texts of one line or of several, comments, and signs, each alone.
_TOKEN = re.compile(r"(#[^\n]*)|('''(?:.*?'''|.*\Z)|'(?>(?:[^'\\\n]|\\.)*)'?)|([A-Za-z_]\w*)|[^\s\w]|\d+", re.DOTALL)
#: Functions that make something which has a name.
_TARGETS = frozenset((
    "benchmark", "both_libraries", "build_target", "custom_target", "executable", "jar", "library", "run_target", "shared_library",
    "shared_module", "static_library", "test",
))  # fmt: skip
_NEEDS = {"dependency": "dependency", "find_library": "library", "find_program": "program", "subproject": "subproject"}
#: What a project says of itself.
_OF_PROJECT = ("version", "license", "meson_version")
#: So many tokens of a call are looked at for its arguments.
_MOST = 500
#: A source, or another file: a name with a suffix.
_FILE = re.compile(r"[\w.+@-]+(?:/[\w.+@-]+)*\.[A-Za-z]\w{0,9}|(?:\.\./)+[\w./+-]+")


def walk(walk: Walk) -> None:
    """Read a ``meson.build`` or its options."""
    _Reader(walk).read()


class _Reader(TokenList):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        for match in _TOKEN.finditer(self.source):
            if match[1]:
                self.comment(match)
            else:
                self.tokens.append(Token(match[0], match.start(), match.end(), match[3] is not None))

        self.closes = _closes(self.tokens)

    def read(self) -> None:
        """Read everything."""
        calls = set[int]()
        for index, token in enumerate(self.tokens):
            if token.is_word and index + 1 < len(self.tokens) and self.tokens[index + 1].text == "(":
                self.call(index, calls)
            elif token.text.startswith("'") and index not in calls and _FILE.fullmatch(name := _inner(token)):
                self.walk.imports.append(Import("listed", name, self.line(token.start)))
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def call(self, index: int, names: set[int]) -> None:
        """A call: what its first argument says, where that is a text."""
        word, line = self.tokens[index].text, self.line(self.tokens[index].start)
        first = self.tokens[index + 2] if index + 2 < len(self.tokens) else None
        if first is None or not first.text.startswith("'"):
            return
        name = _inner(first)
        if word == "subdir":
            names.add(index + 2)
            self.walk.imports.append(Import("subdirectory", name, self.line(first.start)))
        elif word in _TARGETS and name:
            names.add(index + 2)
            self.add("target", name, index, {"type": word})
        elif word == "option" and name:
            self.option(name, index)
        elif word in _NEEDS:
            self.walk.values.append((_NEEDS[word], one_line(name, MAX_VALUE), line))
            if word == "subproject":
                self.walk.imports.append(Import("subproject", name, self.line(first.start)))
        elif word == "project":
            names.add(index + 2)
            self.project(name, index)

    def add(self, kind: str, name: str, index: int, facts: dict[str, Any]) -> None:
        """Note what a call makes, from its word to the parenthesis that closes it."""
        end = self.end(index)
        at, last = self.tokens[index], self.tokens[end]
        signature = self.text(self.tokens[index : min(end, index + 40) + 1])
        block = Block(self.line(self.tokens[index + 2].start), self.line(last.end - 1))
        facts = {**self.doc(at), **facts}
        first = self.line(at.start)
        self.walk.add(kind, name, block, signature=signature, first_line=first if first < block.line else 0, **facts)

    def option(self, name: str, index: int) -> None:
        """An option; its description documents it."""
        facts = dict[str, Any]()
        for key, value in self.arguments(index):
            if key in ("value", "type"):
                facts[key] = self.text(value).strip("'")
            elif key == "description" and len(value) == 1 and (said := _inner(value[0])):
                facts |= {"doc": said, "doc_line": self.line(value[0].start), "doc_end": self.line(value[0].end - 1)}
        self.add("option", name, index, facts)

    def project(self, name: str, index: int) -> None:
        """What a project is called, and what it says of itself."""
        line = self.line(self.tokens[index + 2].start)
        self.walk.values.append(("project", one_line(name, MAX_VALUE), line))
        self.walk.document = Document(title=one_line(name, MAX_DOC), title_line=line)
        for key, value in self.arguments(index):
            if key in _OF_PROJECT and len(value) == 1 and value[0].text.startswith("'"):
                self.walk.values.append((key, one_line(_inner(value[0]), MAX_VALUE), self.line(value[0].start)))

    def arguments(self, index: int) -> Iterator[tuple[str, list[Token]]]:
        """The arguments of a call that have names."""
        key, value, depth = "", list[Token](), 0
        for number in range(index + 2, min(self.end(index), index + _MOST) + 1):
            token = self.tokens[number]
            if depth <= 0 and token.text in (",", ")"):
                if key and value:
                    yield key, value
                key, value = "", []
            elif not depth and not key and token.is_word and self.tokens[number + 1 : number + 2] and self.tokens[number + 1].text == ":":
                key = token.text
            elif key and (value or token.text != ":"):
                value.append(token)
            depth += (token.text in "([{") - (token.text in ")]}")

    def end(self, index: int) -> int:
        """The parenthesis that closes a call; of one that nothing closes, the last token."""
        return self.closes.get(index + 1, len(self.tokens) - 1)


def _closes(tokens: list[Token]) -> dict[int, int]:
    """Of each sign that opens something, which one closes it."""
    found, open_ones = dict[int, int](), list[int]()
    for number, token in enumerate(tokens):
        if token.text in "([{":
            open_ones.append(number)
        elif token.text in ")]}" and open_ones:
            found[open_ones.pop()] = number
    return found


def _inner(token: Token) -> str:
    """What stands in a text."""
    mark = "'''" if token.text.startswith("'''") else "'"
    return token.text.removeprefix(mark).removesuffix(mark)
