"""PowerShell: functions with parameters, classes and enumerations, variables and parameters of a script, aliases, imports."""

from __future__ import annotations

import fnmatch
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from ...model import Base, Block, Import, Parameter
from ..base import MAX_SIGNATURE, MAX_VALUE, Walk
from .source import Source

__all__ = ["walk"]

_FUNCTIONS = frozenset(("function", "filter", "workflow", "configuration"))
_TYPES = frozenset(("class", "enum"))
_ALIASES = frozenset(("set-alias", "new-alias"))
#: Words before a member of a class.
_WORDS = frozenset(("hidden", "static"))
_NAME = re.compile(r"(?:(global|script|local|private):)?([\w.?!*+/\\-]*\w[\w.?!*+/\\-]*|[\w-]+:)\Z", re.IGNORECASE)
_PLAIN = re.compile(r"[^\W\d]\w*\Z")
_VARIABLE = re.compile(r"\$\{?(?:(global|script|local|private|using):)?(\w+)\}?\Z", re.IGNORECASE)
_ASSIGNS = frozenset(("=", "+=", "-=", "*=", "/=", "%="))
#: The folder of the script itself, before a path from there.
_HERE = re.compile(r"(?:\$\{?PSScriptRoot\}?|\$\(\s*\$PSScriptRoot\s*\))(?=[\\/]|\Z)", re.IGNORECASE)
#: Keys of a manifest that name files.
_LISTS = frozenset(("rootmodule", "moduletoprocess", "nestedmodules", "scriptstoprocess"))
_REQUIRES = re.compile(r"#requires\s.*?-modules?\s+([^\n]*)", re.IGNORECASE)


def walk(walk: Walk) -> None:
    """Read a file of PowerShell."""
    _PowerShell(walk).read()


class _PowerShell(Source):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: What is open: the number of the token that ends it, its index and its kind.
        self.inside = list[tuple[int, int, str]]()
        #: Variables of the script, names that it exports, lines of comments that document something.
        self.known = set[str]()
        self.exported = list[str]()
        self.taken = set[int]()

    @property
    def parent(self) -> int:
        """The index of what is around the token that is read."""
        return self.inside[-1][1] if self.inside else -1

    def read(self) -> None:
        """Read the file."""
        number = 0
        while number < len(self.tokens):
            while self.inside and number >= self.inside[-1][0]:
                self.inside.pop()
            number = self.statement(number) if self.begins(number) else number + 1
        for symbol in self.walk.symbols:
            if symbol.kind in ("function", "alias", "variable") and any(fnmatch.fnmatchcase(symbol.name.lower(), e) for e in self.exported):
                symbol.visibility = "exported"
        for comment in self.directives:
            if (found := _REQUIRES.match(comment[0])) is not None:
                line = self.line(comment.start())
                names = [name.strip(" \"'\r") for name in found[1].split(",")]
                self.walk.imports += [Import("#requires", name, line, line) for name in names if _NAME.match(name)]
        self.walk.imports.sort(key=lambda statement: statement.line)
        self.taken |= {symbol.doc_line for symbol in self.walk.symbols}
        self.file_comment(self.taken)

    def statement(self, number: int) -> int:
        """Read what begins with a token; gives the one to go on with."""
        start = self.past_attributes(number) if self.at(number) == "[" else number
        word = self.word(start)
        if word in _FUNCTIONS and start == number:
            return self.function(number)
        if word in _TYPES:
            return self.type(number, start)
        if self.at(start)[:1] == "$":
            self.variable(number, start)
            return start + 1
        if word == "param" and self.at(start + 1) == "(" and self.braces[start] < 0:
            self.options(start + 1)
            return min(self.closed[start + 1], len(self.tokens)) + 1
        if word == "@" and self.at(number + 1) == "{" and self.braces[number] < 0:
            self.manifest(number + 1)
        elif word in _ALIASES:
            self.alias(number)
        elif word == "export-modulemember":
            self.exports(number)
        else:
            self.imported(number)
        return number + 1

    def add(self, kind: str, at: int, start: int, end: int, name: str, **facts: Any) -> int:
        """Note a declaration that lies between two tokens, and whose name is in one."""
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[start].start)
        last = max(self.line(self.tokens[min(end, len(self.tokens)) - 1].end - 1), line)
        if "doc" not in facts:
            facts |= self.doc(self.tokens[start])
        parent = facts.pop("parent", self.parent)
        return self.walk.add(kind, name, Block(line, last), parent, first_line=first if first < line else 0, **facts)

    # -- functions ---------------------------------------------------------------------------------------------------------------------

    def function(self, number: int) -> int:
        """Note a function; what is in its body is read next."""
        name = _NAME.match(self.at(number + 1)) if number + 1 < len(self.tokens) and self.tokens[number + 1].is_word else None
        given = self.past_lines(number + 2)
        body = self.past_lines(self.closed[given] + 1) if self.at(given) == "(" else given
        if name is None or self.at(body) != "{":
            return number + 1
        end = min(self.closed[body], len(self.tokens))
        parameters = list(self.parameters(given)) if self.at(given) == "(" else []
        inner, attributes = self.past_attributes(body + 1), list[str]()
        if self.word(inner) == "param" and self.at(inner + 1) == "(":
            parameters = parameters or list(self.parameters(inner + 1))
            attributes = [self.between(a, self.closed[a] + 1, MAX_VALUE) for a in self.brackets(body + 1, inner)]
        word = self.word(number)
        words = {word, (name[1] or "").lower()} - {"function", ""}
        index = self.add(
            "function", number + 1, number, end + 1, name[2], signature=self.between(number, body, MAX_SIGNATURE),
            modifiers=tuple(sorted(words)), parameters=tuple(parameters), decorators=tuple(attributes), **self.helped(number, body, end),
        )  # fmt: skip
        self.inside.append((end, index, "function"))
        return body + 1

    def helped(self, number: int, body: int, end: int) -> dict[str, Any]:
        """What a function says of itself: in a comment above it, else in the first or the last one within its body."""
        above = self.doc(self.tokens[number])
        if above or end >= len(self.tokens):
            return above
        first, last = self.tokens[body].end, self.tokens[end].start
        run = list(self.comments_between(first, self.tokens[self.past_lines(body + 1)].start))
        before = self.tokens[end - 1] if self.at(end - 1) != "\n" else self.tokens[end - 2]
        for each in (run, list(self.comments_between(before.end, last))):
            said = self.said([c for c in each if c[0].startswith("<#")][:1] or each)
            if said and re.search(r"^\s*\.[A-Z]+", said["doc"], re.MULTILINE | re.IGNORECASE):
                return said
        return {}

    def comments_between(self, start: int, end: int) -> Iterator[re.Match[str]]:
        """The comments between two offsets."""
        for comment in self.comments[bisect_left(self.ends, start) :]:
            if comment.start() >= end:
                return
            if comment.start() >= start:
                yield comment

    def brackets(self, number: int, end: int) -> Iterator[int]:
        """The tokens that open the square brackets between two."""
        while number < end:
            if self.at(number) == "[":
                yield number
            number = self.closed.get(number, number) + 1

    def parameters(self, opened: int) -> Iterator[Parameter]:
        """What stands in the parentheses of a head: types in brackets, a name, maybe a default."""
        for start, end in self.parts(opened):
            at, of = self.past_attributes(start), ""
            for bracket in self.brackets(start, at):
                text = self.between(bracket + 1, self.closed[bracket], MAX_VALUE)
                of = text if "(" not in text else of
            name = _VARIABLE.match(self.at(at))
            if name is not None and at < end:
                default = self.between(at + 2, end, MAX_VALUE) if self.at(at + 1) == "=" else ""
                yield Parameter(name[2], of, default)

    def parts(self, opened: int) -> Iterator[tuple[int, int]]:
        """Between which tokens the parts lie that commas part in brackets."""
        number = start = opened + 1
        close = min(self.closed[opened], len(self.tokens))
        while number < close:
            if self.at(number) == ",":
                yield start, number
                start = number + 1
            number = self.closed.get(number, number) + 1
        if start < close:
            yield start, close

    # -- types -------------------------------------------------------------------------------------------------------------------------

    def type(self, begin: int, number: int) -> int:
        """Note a class or an enumeration, and its members."""
        name, body = self.at(number + 1), number + 2
        if not _PLAIN.match(name):
            return number + 1
        bases = list[Base]()
        while body < len(self.tokens) and self.at(body) not in ("{", ";", "}"):
            body += 1
        between = [self.at(n) for n in range(number + 2, body) if self.at(n) not in ("\n", ":", ",")]
        bases += [Base(text.strip(":")) for text in between if text.strip(":")]
        if self.at(body) != "{":
            return number + 1
        word, end = self.word(number), min(self.closed[body], len(self.tokens))
        facts = dict[str, Any](type=bases[0].name) if word == "enum" and bases else {} if word == "enum" else {"bases": tuple(bases)}
        decorators = tuple(self.between(a, self.closed[a] + 1, MAX_VALUE) for a in self.brackets(begin, number))
        index = self.add(
            word, number + 1, begin, end + 1, name, signature=self.between(number, body, MAX_SIGNATURE), decorators=decorators, **facts
        )
        if word == "enum":
            self.members(body, end, index)
            return end + 1
        at = self.past_lines(body + 1)
        while at < end:
            at = max(self.past_lines(self.member(at, end, name, index)), at + 1)
        return end + 1

    def members(self, body: int, end: int, parent: int) -> None:
        """Note the members of an enumeration."""
        number = body + 1
        while number < end:
            after = max(min(self.end_of_statement(number), end), number + 1)
            if _PLAIN.match(self.at(number)):
                value = self.between(number + 2, after, MAX_VALUE) if self.at(number + 1) == "=" else ""
                self.add(
                    "enum_member", number, number, after, self.at(number), parent=parent, value=value,
                    signature=self.between(number, after, MAX_VALUE),
                )  # fmt: skip
            number = after

    def member(self, start: int, end: int, around: str, parent: int) -> int:
        """Note a property, a method or a constructor of a class; gives the token behind it."""
        at, words, of, decorators = start, set[str](), "", list[str]()
        while self.at(at) == "[" or self.word(at) in _WORDS:
            if self.at(at) == "[":
                text = self.between(at + 1, self.closed[at], MAX_VALUE)
                of, decorators = (of, [*decorators, f"[{text}]"]) if "(" in text else (text, decorators)
                at = self.closed[at] + 1
            else:
                words.add(self.word(at))
                at += 1
            at = self.past_lines(at)
        facts = dict[str, Any](modifiers=tuple(sorted(words)), type=of, decorators=tuple(decorators), parent=parent)
        if (found := _VARIABLE.match(self.at(at))) is not None:
            after = min(self.end_of_statement(at), end)
            value = self.between(at + 2, after, MAX_VALUE) if self.at(at + 1) == "=" else ""
            self.add("property", at, start, after, found[2], value=value, signature=self.between(start, after, MAX_VALUE), **facts)
            return after + 1
        if not _PLAIN.match(self.at(at)) or self.at(at + 1) != "(":
            return self.end_of_statement(at) + 1
        body = self.closed[at + 1] + 1
        while body < end and self.at(body) != "{":
            body = self.closed.get(body, body) + 1
        after = min(self.closed[body], end) if self.at(body) == "{" else body
        self.add(
            "constructor" if self.word(at) == around.lower() else "method", at, start, after + 1, self.at(at),
            signature=self.between(start, body, MAX_SIGNATURE), parameters=tuple(self.parameters(at + 1)), **facts,
        )  # fmt: skip
        return after + 1

    # -- values ------------------------------------------------------------------------------------------------------------------------

    def variable(self, begin: int, number: int) -> None:
        """Note a variable of the script where it is first given a value."""
        found = _VARIABLE.match(self.at(number))
        if found is None or self.at(number + 1) not in _ASSIGNS or self.braces[number] >= 0 or found[2].lower() in self.known:
            return
        if self.at(begin - 1) == "(":
            return
        self.known.add(found[2].lower())
        end = self.end_of_statement(number + 2)
        of = [self.between(a + 1, self.closed[a], MAX_VALUE) for a in self.brackets(begin, number)]
        self.add(
            "variable", number, begin, max(end, number + 2), found[2], type=next((t for t in reversed(of) if "(" not in t), ""),
            value=self.between(number + 2, end, MAX_VALUE), signature=self.between(begin, end, MAX_VALUE),
            modifiers=tuple(filter(None, ((found[1] or "").lower(),))),
        )  # fmt: skip

    def options(self, opened: int) -> None:
        """Note the parameters of the script."""
        for (start, end), parameter in zip(self.named_parts(opened), self.parameters(opened), strict=True):
            at = self.past_attributes(start)
            self.add(
                "option", at, start, end, parameter.name, type=parameter.type, value=parameter.default, parent=-1,
                signature=self.between(start, end, MAX_SIGNATURE),
            )  # fmt: skip

    def named_parts(self, opened: int) -> Iterator[tuple[int, int]]:
        """Those of the parts in brackets that have a name, as `parameters` reads them."""
        for start, end in self.parts(opened):
            at = self.past_attributes(start)
            if at < end and _VARIABLE.match(self.at(at)):
                yield start, end

    def given(self, number: int, names: dict[str, int]) -> dict[str, list[int]]:
        """What a command is given: tokens by the name of the parameter that they are for, or its place."""
        found, end, place, at = dict[str, list[int]](), self.end_of_statement(number), 0, number + 1
        by_place = {position: name for name, position in names.items() if position >= 0}
        while at < end:
            text = self.word(at)
            if text.startswith("-") and len(text) > 1:
                name = next((n for n in names if n.startswith(text[1:].rstrip(":"))), "")
                if not name:
                    at += 1  # a switch, or one with a value, which is not asked for
                    continue
                at += 1
            else:
                name, place = by_place.get(place, ""), place + 1
            values = found.setdefault(name, [])
            while at < end:
                values.append(at)
                at = self.closed.get(at, at) + 1
                if self.at(at) != ",":
                    break
                at += 1
        return found

    def alias(self, number: int) -> None:
        given = self.given(number, {"name": 0, "value": 1})
        if given.get("name") and _NAME.match(self.at(given["name"][0]).strip("\"'")):
            at, end = given["name"][0], self.end_of_statement(number)
            value = self.at(given["value"][0]).strip("\"'") if given.get("value") else ""
            self.add("alias", at, number, end, self.at(at).strip("\"'"), value=value, signature=self.between(number, end, MAX_VALUE))

    def exports(self, number: int) -> None:
        given = self.given(number, {"function": 0, "alias": -1, "variable": -1, "cmdlet": -1})
        self.exported += [self.at(n).strip("\"'").lower() for name in ("function", "alias", "variable") for n in given.get(name, ())]

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def imported(self, number: int) -> None:
        """Note a statement that brings a module, a namespace or another script in."""
        word, at = self.word(number), number + 1
        kind = word
        if word == "using" and self.word(at) in ("module", "namespace", "assembly"):
            kind, at = f"using {self.word(at)}", at + 1
        elif word == "import-module":
            named = self.given(number, {"name": 0}).get("name") or []
            for each in named:
                self.note_import("Import-Module", number, each)
            return
        elif word not in (".", "&") or at >= len(self.tokens):
            return
        self.note_import(kind, number, at)

    def note_import(self, kind: str, number: int, at: int) -> None:
        target = self.path(at)
        if (
            not target
            or (kind == "&" and not target.lower().endswith(".ps1"))
            or (kind == "." and not target.lower().endswith((".ps1", ".psm1")))
        ):
            return
        line, end = self.line(self.tokens[number].start), self.line(self.tokens[at].end - 1)
        self.walk.imports.append(Import(kind, target, line, end, local=self.braces[number] >= 0))

    def path(self, at: int) -> str:
        """A name or path that is given, as one from the folder of the script; empty where it is computed."""
        text = self.at(at)
        if text == "(" and self.word(at + 1) == "join-path":
            end = min(self.closed[at], len(self.tokens))
            parts = [self.plain(n) for n in range(at + 2, end) if not self.at(n).startswith("-") and self.at(n) != ","]
            return "/".join(parts).replace("\\", "/") if parts and all(parts) else ""
        while (after := self.at(at + 1)) and self.tokens[at + 1].start == self.tokens[at].end and self.tokens[at + 1].is_word:
            text, at = text + after, at + 1  # $PSScriptRoot\a.ps1
        return self.plain_text(text)

    def plain(self, number: int) -> str:
        return self.plain_text(self.at(number))

    def plain_text(self, text: str) -> str:
        text = text[1:-1] if text[:1] in ("'", '"') and text[-1:] == text[:1] and len(text) > 1 else text
        text = _HERE.sub(".", text).replace("\\", "/")
        return "" if set(text) & set("$`({@\n*") else text

    def manifest(self, opened: int) -> None:
        """Note the files that a manifest of a module names."""
        end = min(self.closed[opened], len(self.tokens))
        number = opened + 1
        while number < end:
            if self.word(number).strip("\"'") in _LISTS and self.at(number + 1) == "=":
                after = min(self.end_of_statement(number + 2), end)
                for at in range(number + 2, after):
                    if self.at(at)[:1] in ("'", '"') and (target := self.plain(at)):
                        line = self.line(self.tokens[at].start)
                        self.walk.imports.append(Import(self.at(number).strip("\"'"), target, line, line))
            number = self.closed.get(number, number) + 1
