"""GraphQL: types with fields, their arguments and descriptions, directives; operations and fragments with variables; imports.

The language is small enough to be read without a grammar: a definition begins with a word, or with the text that describes it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, ClassVar

from ...model import Base, Block, Import, ImportedName, Note, Parameter
from ..base import MAX_DOC, MAX_SIGNATURE, MAX_VALUE, Walk, cut, one_line, unwrapped
from ..tokens import Token, TokenReader

__all__ = ["walk"]

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<string>\"\"\"(?>(?:[^\"\\]++|\\\"\"\"|\\|\"(?!\"\"))*)(?:\"\"\"|\Z)|\"(?>(?:[^\"\\\n]++|\\.)*)\"?)"
    r"|(?P<word>[A-Za-z_]\w*+)|(?P<sign>-?\d[\w.+-]*+|\.\.\.|[^\s,])"
)
_IMPORT = re.compile(r"#\s*import\s+(?:([\w*.,\s]+?)\s+from\s+)?['\"]([^'\"\n]+)['\"]")
#: What defines a type, and the kind of each.
_TYPES = {
    "type": "struct", "interface": "interface", "input": "struct", "enum": "enum", "union": "union", "scalar": "type_alias",
    "schema": "object",
}  # fmt: skip
#: What is asked of a server, and what is pasted into that.
_OPERATIONS = {"query": "function", "mutation": "function", "subscription": "function", "fragment": "macro"}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_END = Token("", 0, 0, is_word=False)


def walk(walk: Walk) -> None:
    """Read a file of GraphQL."""
    _Reader(walk).read()


class _Reader(TokenReader):
    behind_statement: ClassVar[re.Pattern[str]] = re.compile(r"[ \t,]*+(#[^\n]*)")
    blocks: ClassVar[tuple[str, ...]] = ()

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.tokens, self.at = list[Token](), 0
        for match in _TOKEN.finditer(self.source):
            if match.lastgroup != "comment":
                self.tokens.append(Token(match[0], match.start(), match.end(), match.lastgroup == "word"))
            elif (found := _IMPORT.match(match[0])) is not None:
                self.imported(found, self.line(match.start()))
            else:
                self.comment(match)

    def read(self) -> None:
        """Read the file."""
        while self.at < len(self.tokens):
            described = self.description()
            first = self.now
            is_more = self.take("extend")
            word = self.now.text
            if word == "directive":
                self.directive(first, described)
            elif word in _TYPES:
                self.type(first, described, is_more=is_more)
            elif word in _OPERATIONS:
                self.operation(first, described)
            else:
                self.skip()
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    # -- tokens ------------------------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Token:
        """The token that is read next; an empty one at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    @property
    def last(self) -> Token:
        """The token that was read last."""
        return self.tokens[min(self.at, len(self.tokens)) - 1]

    def take(self, text: str) -> bool:
        """Read a token, if it is the one that is asked for."""
        if self.now.text != text:
            return False
        self.at += 1
        return True

    def skip(self) -> None:
        """Pass over one token; over a bracket with all that is in it."""
        depth = 0
        while self.at < len(self.tokens):
            text = self.now.text
            depth += (text in _OPENING) - (text in _CLOSING)
            self.at += 1
            if depth <= 0:
                return
        self.walk.notes.append(Note("parse-error", "the file ends within brackets"))

    def between(self, start: int, most: int = MAX_VALUE) -> str:
        """What was read since a place, with its commas, which are no tokens; without comments."""
        tokens = self.tokens[start : self.at]
        if not tokens or bisect_right(self.ends, tokens[0].start) != bisect_right(self.ends, tokens[-1].start):
            return self.text(tokens, most)
        return one_line(self.source[tokens[0].start : tokens[-1].end], most)

    def description(self) -> Token | None:
        """Read the text that describes what follows; of several, the last."""
        found = None
        while self.now.text.startswith('"'):
            found = self.now
            self.at += 1
        return found

    # -- parts -------------------------------------------------------------------------------------------------------------------------

    def directives(self) -> tuple[str, ...]:
        """Read the directives that are applied: ``@deprecated(reason: "old")``."""
        found = list[str]()
        while self.now.text == "@":
            start = self.at
            self.at += 2
            if self.now.text == "(":
                self.skip()
            found.append(self.between(start))
        return tuple(found)

    def type_of(self) -> str:
        """Read ``: [Type!]!``."""
        if not self.take(":"):
            return ""
        start = self.at
        while self.now.text == "[":
            self.at += 1
        self.at += self.now.is_word
        while self.now.text in ("]", "!"):
            self.at += 1
        return self.between(start)

    def value(self) -> str:
        """Read ``= value``."""
        if not self.take("="):
            return ""
        start = self.at
        if self.now.text == "$":
            self.at += 1
        self.skip()
        return self.between(start)

    def parameters(self) -> tuple[Parameter, ...]:
        """Read arguments or variables in parentheses."""
        found = list[Parameter]()
        if not self.take("("):
            return ()
        while self.now.text not in (")", "", "{", "}"):
            self.description()
            prefix = "$" if self.take("$") else ""
            name = self.now.text
            self.at += 1
            of = self.type_of()
            if of:
                found.append(Parameter(prefix + name, of, self.value()))
            self.directives()
        self.take(")")
        return tuple(found)

    # -- definitions -------------------------------------------------------------------------------------------------------------------

    def type(self, first: Token, described: Token | None, *, is_more: bool) -> None:
        """Read a type, or what is added to one."""
        start, word, name = self.at - is_more, self.now, self.now
        self.at += 1
        if word.text != "schema":
            if not self.now.is_word:
                return
            name = self.now
            self.at += 1
        bases, signature = self.bases(), self.between(start, MAX_SIGNATURE)
        decorators, of = self.directives(), ""
        if word.text == "union" and self.take("="):
            of = self.members_of_union()
            signature = cut(f"{signature} = {of}", MAX_SIGNATURE)
        kind = "extension" if is_more else _TYPES[word.text]
        index = self.add(kind, name, first, described, signature=signature, bases=bases, decorators=decorators, type=of)
        if self.take("{"):
            self.members(index, "enum_member" if word.text == "enum" else "field")
            self.walk.symbols[index].end_line = self.line(self.last.start)

    def bases(self) -> tuple[Base, ...]:
        """Read ``implements A & B``."""
        found = list[Base]()
        if self.take("implements"):
            while self.now.is_word or self.now.text == "&":
                if self.now.is_word:
                    found.append(Base(self.now.text, "implements"))
                self.at += 1
        return tuple(found)

    def members_of_union(self) -> str:
        """Read ``A | B``: a word that no sign stands before is of what follows."""
        self.take("|")
        start = self.at
        while self.now.is_word:
            self.at += 1
            if not self.take("|"):
                break
        return self.between(start)

    def members(self, parent: int, kind: str) -> None:
        """Read fields or values, up to the brace that closes."""
        while self.now.text not in ("}", ""):
            described = self.description()
            name, start = self.now, self.at
            if not name.is_word:
                if name.text != "}":
                    self.skip()
                continue
            self.at += 1
            parameters, of, value = self.parameters(), self.type_of(), self.value()
            signature = unwrapped(self.between(start, MAX_SIGNATURE))
            self.add(
                kind, name, name, described, parent=parent, signature=signature, parameters=parameters, type=of, value=value,
                decorators=self.directives(),
            )  # fmt: skip
        if not self.take("}"):
            self.walk.notes.append(Note("parse-error", "the file ends within brackets"))

    def directive(self, first: Token, described: Token | None) -> None:
        """Read what defines a directive: ``directive @a(b: C) repeatable on FIELD | OBJECT``."""
        start = self.at
        self.at += 1
        if not self.take("@") or not self.now.is_word:
            return
        name = self.now
        self.at += 1
        parameters = self.parameters()
        self.take("repeatable")
        of = self.members_of_union() if self.take("on") else ""
        signature = unwrapped(self.between(start, MAX_SIGNATURE))
        self.add("annotation", name, first, described, signature=signature, parameters=parameters, type=of)

    def operation(self, first: Token, described: Token | None) -> None:
        """Read an operation or a fragment, which may be long; one without a name is passed over."""
        start, word = self.at, self.now.text
        self.at += 1
        name = self.now
        if name.is_word:
            self.at += 1
        parameters = self.parameters()
        of = ""
        if word == "fragment" and self.take("on"):
            of = self.now.text
            self.at += 1
        signature = unwrapped(self.between(start, MAX_SIGNATURE))
        decorators = self.directives()
        if name.is_word:
            facts: dict[str, Any] = {"signature": signature, "parameters": parameters, "type": of, "decorators": decorators}
            index = self.add(_OPERATIONS[word], name, first, described, **facts)
            if self.now.text == "{":
                self.skip()
                self.walk.symbols[index].end_line = self.line(self.last.start)

    def imported(self, found: re.Match[str], line: int) -> None:
        """Note what a comment asks tools to bring in: ``# import A, B from "c.graphql"``."""
        names = tuple(ImportedName(name) for name in re.split(r"[,\s]+", found[1] or "") if name)
        self.walk.imports.append(Import("import", found[2], line, line, names=names))

    def add(self, kind: str, name: Token, first: Token, described: Token | None, parent: int = -1, **facts: Any) -> int:
        """Note a definition that has been read."""
        line, end = self.line(name.start), self.line(self.last.end - 1)
        begins = self.line(first.start)
        doc = self.described(described) if described is not None else self.doc(first, self.last)
        return self.walk.add(
            kind, name.text, Block(line, max(line, end)), parent, first_line=begins if begins < line else 0, **facts, **doc
        )

    def described(self, token: Token) -> dict[str, Any]:
        """A description as facts: a text on lines of its own loses the margin that they share."""
        quotes = '"""' if token.text.startswith('"""') else '"'
        first, *rest = token.text.removeprefix(quotes).removesuffix(quotes).replace('\\"', '"').split("\n")
        margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
        text = cut("\n".join([first.strip(), *(line[margin:].rstrip() for line in rest)]).strip(), MAX_DOC)
        return {"doc": text, "doc_line": self.line(token.start), "doc_end": self.line(token.end - 1)} if text else {}
