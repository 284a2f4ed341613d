"""Protocol Buffers: packages, messages with fields, enumerations, services with their calls, extensions, imports.

The language is small enough to be read without a grammar: statements that end with ``;`` or with a body in braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ...model import Block, Import, Note, Parameter
from ..base import MAX_VALUE, Walk, one_line
from ..tokens import Token, TokenReader

__all__ = ["walk"]

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>\"(?>(?:[^\"\\\n]++|\\.)*)\"?|'(?>(?:[^'\\\n]++|\\.)*)'?)|(?P<word>[\w.]+)|(?P<sign>[^\s])",
    re.DOTALL,
)
#: A comment behind the end of a statement, on its line.
_BEHIND = re.compile(r"(?>(?:[^\n/\";]++|\"[^\"\n]*+\")*);[ \t]*+(//[^\n]*)")
_GROUP = re.compile(r"\(([^)]*)\)")
_LABELS = frozenset(("optional", "required", "repeated"))
#: Statements that declare nothing.
_OTHERS = frozenset(("syntax", "edition", "option", "reserved", "extensions"))
#: Words before a type that say who sees it.
_SEEN = frozenset(("export", "local"))
_HOLDERS = {"message": "struct", "enum": "enum", "service": "interface", "oneof": "union", "extend": "extension"}


class _Body(Struct):
    """A body that is read: of what, and where its members belong."""

    kind: str
    index: int
    #: What its fields are of, and its types: a union has none of its own, and an extension no types.
    members: int
    types: int


def walk(walk: Walk) -> None:
    """Read a file of Protocol Buffers."""
    _Reader(walk).read()


class _Reader(TokenReader):
    behind_statement = _BEHIND

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.bodies: list[_Body] = []
        self.package = -1
        #: The line on which the statement ends.
        self.last_line = 1

    def read(self) -> None:
        for tokens, end in self.statements():
            self.last_line = self.line(end.start)
            if end.text == "}":
                if self.bodies:
                    body = self.bodies.pop()
                    if body.index >= 0:
                        self.walk.symbols[body.index].end_line = self.last_line
            elif tokens:
                self.statement(tokens, end.text)
        if self.bodies:
            self.walk.notes.append(Note("parse-error", "the file ends within braces"))
        self.file_comment()

    # -- the text ----------------------------------------------------------------------------------------------------------------------

    def tokens(self) -> Iterator[Token]:
        for match in _TOKEN.finditer(self.source):
            if match.lastgroup == "comment":
                self.comment(match)
            else:
                yield Token(match[0], match.start(), match.end(), match.lastgroup == "word")

    def statements(self) -> Iterator[tuple[list[Token], Token]]:
        """Statements with what ends them: ``;``, ``{`` or ``}``. What options have in braces or brackets is passed over."""
        found, depth = list[Token](), 0
        for token in self.tokens():
            is_option = depth or (found and found[0].text == "option") or any(t.text == "[" for t in found[-1:])
            if is_option and token.text in ("{", "["):
                depth += 1
            elif depth and token.text in ("}", "]"):
                depth -= 1
            elif token.text == "[":
                depth = 1
            elif not depth and token.text in (";", "{", "}"):
                yield found, token
                found = []
            elif not depth:
                found.append(token)

    # -- statements --------------------------------------------------------------------------------------------------------------------

    def statement(self, tokens: list[Token], end: str) -> None:
        if tokens[0].text in _SEEN and len(tokens) > 2 and tokens[1].text in _HOLDERS:
            tokens = tokens[1:]
        words = [token.text for token in tokens]
        inside = self.bodies[-1].kind if self.bodies else ""
        if words[0] == "import" and not self.bodies:
            target = words[-1].strip("\"'")
            kind = f"import {words[1]}" if words[1:] and words[1] in ("public", "weak") else "import"
            self.walk.imports.append(Import(kind, target, self.line(tokens[0].start), self.line(tokens[-1].start)))
        elif words[0] == "package" and len(words) > 1 and not self.bodies:
            lines = Block(self.line(tokens[1].start), len(self.walk.breaks) + (not self.source.endswith("\n")) or 1)
            self.package = self.walk.add("package", words[1], lines, signature=f"package {words[1]}", **self.doc(tokens[0]))
        elif end == "{":
            self.body(tokens, words, inside)
        elif words[0] == "rpc" and inside == "service":
            self.call(tokens, words)
        elif inside == "enum" and len(words) > 2 and words[1] == "=":
            self.add("enum_member", tokens[0], tokens, value="".join(words[2:]))
        elif inside in ("message", "oneof", "extend", "group") and words[0] not in _OTHERS:
            self.field(tokens, words)

    def body(self, tokens: list[Token], words: list[str], inside: str) -> None:
        """Note what has a body, and read that next."""
        index, kind = -1, words[0]
        members = self.bodies[-1].members if self.bodies else self.package
        types = self.bodies[-1].types if self.bodies else self.package
        if kind in _HOLDERS and len(words) > 1 and (inside != "enum"):
            scope, _, name = words[1].rpartition(".")
            scope = scope.lstrip(".") if kind == "extend" else ""
            index = self.add(_HOLDERS[kind], tokens[1], tokens, name=name or words[1], scope=scope)
            members = members if kind == "oneof" else index
            types = types if kind in ("oneof", "extend") else index
        elif kind == "rpc":
            index = self.call(tokens, words)
        elif "group" in words and "=" in words:
            at = words.index("group") + 1
            index = members = types = self.add("struct", tokens[at], tokens, parent=types)
            kind = "group"
        self.bodies.append(_Body(kind, index, members, types))

    def call(self, tokens: list[Token], words: list[str]) -> int:
        """Note a call of a service: ``rpc Name (stream Request) returns (Response)``."""
        groups = _GROUP.findall(" ".join(words))
        given, returned = (*(" ".join(group.split()) for group in groups), "", "")[:2]
        return self.add("method", tokens[1], tokens, parameters=(Parameter("", given),), type=returned) if len(tokens) > 1 else -1

    def field(self, tokens: list[Token], words: list[str]) -> None:
        """Note a field: ``label type name = number``."""
        if "=" not in words or words.index("=") < 2:
            return
        at = words.index("=") - 1
        label = words[0] if words[0] in _LABELS and at > 1 else ""
        of = self.source[tokens[1 if label else 0].start : tokens[at - 1].end]
        of = re.sub(r"\s*([<>,])\s*", r"\1", one_line(of)).replace(",", ", ")
        number = "".join(words[at + 2 :])
        self.add("field", tokens[at], tokens, type=of, value=number, modifiers=(label,) if label else ())

    def add(self, kind: str, at: Token, tokens: list[Token], name: str = "", parent: int | None = None, **facts: Any) -> int:
        """Note a declaration, in what it is in."""
        if parent is None:
            parent = self.bodies[-1].members if self.bodies else self.package
        first, line, end = self.line(tokens[0].start), self.line(at.start), self.last_line
        signature = one_line(self.source[tokens[0].start : tokens[-1].end], MAX_VALUE)
        return self.walk.add(
            kind, name or at.text, Block(line, end), parent, first_line=first if first < line else 0, signature=signature,
            **facts, **self.doc(tokens[0], tokens[-1]),
        )  # fmt: skip
