"""R: functions, variables of the file, classes of S4, R5 and R6 with fields and methods, generic functions and their methods, imports.

It is read without a grammar, which no wheel has. Functions are listed at any depth, variables where they are first assigned outside of
functions and blocks. Methods of S3 are functions, since their names do not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model import Base, Block, Import, Note, Parameter
from ..base import MAX_VALUE, Walk
from .source import ASSIGNS, Argument, Source, name_of

__all__ = ["walk"]

_CLASSES = frozenset(("setClass", "setRefClass", "R6Class", "setClassUnion"))
_METHODS = frozenset(("setMethod", "setReplaceMethod", "setGeneric"))
_PACKAGES = frozenset(("library", "require", "requireNamespace", "loadNamespace", "attachNamespace"))
_FILES = frozenset(("source", "sys.source"))
#: The lists of members of classes: the kinds of what in them is a function, and is none, and who sees them.
_MEMBERS = {
    "fields": ("method", "field", ""), "slots": ("method", "field", ""), "representation": ("method", "field", ""),
    "methods": ("method", "field", ""), "public": ("method", "field", "public"), "private": ("method", "field", "private"),
    "active": ("property", "property", "public"),
}  # fmt: skip
_WRAPPERS = frozenset(("c", "list", "representation", "signature"))


def walk(walk: Walk) -> None:
    """Read a file of R."""
    _Reader(walk).read()


class _Reader(Source):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.known = set[str]()
        #: Where the value of the variable that was noted last ends.
        self.until = 0
        #: Functions with bodies in braces that are read: the numbers of their last tokens, and their symbols.
        self.inside: list[tuple[int, int]] = []

    def read(self) -> None:
        number = 0
        while number < len(self.tokens):
            while self.inside and number > self.inside[-1][0]:
                self.inside.pop()
            number = self.token(number)
        if any(end == len(self.tokens) for end in self.closed.values()):
            self.walk.notes.append(Note("parse-error", "the file ends within brackets"))
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    @property
    def parent(self) -> int:
        return self.inside[-1][1] if self.inside else -1

    def token(self, number: int) -> int:
        """Read what begins at a token; gives the number of the next that is to be read."""
        token = self.tokens[number]
        if not token.is_word or self.at(number - 1) in ("$", "@"):
            return number + 1
        if self.at(number + 1) == "(":
            return self.call(number)
        is_statement = self.around[number] in ("", "{") and self.at(number + 1) in ASSIGNS
        if is_statement and self.at(number - 1) not in ("::", ":::"):
            return self.assigned(number)
        return number + 1

    def assigned(self, number: int) -> int:
        """Read ``name <- value``."""
        value, name = number + 2, name_of(self.at(number))
        if self.at(value) in ("function", "\\") and self.at(value + 1) == "(" and name:
            return self.function("function", number, number, value, self.parent)
        called = value + 2 if self.at(value + 1) == "::" else value
        if self.at(called) in _CLASSES and self.at(called + 1) == "(":
            if self.at(called + 2)[:1] in ('"', "'") and name != name_of(self.at(called + 2)):
                self.variable(number)  # what makes such objects
            return self.type(called, number)
        self.variable(number)
        return value

    def variable(self, number: int) -> None:
        """Note a variable of the file where it is first assigned."""
        name, value = name_of(self.at(number)), number + 2
        if not name or self.around[number] or self.inside or name in self.known:
            return
        if value >= self.until:  # else it is assigned within what another one is
            self.until = self.last(value) + 1
        if value < (end := self.until):
            self.known.add(name)
            self.add(
                "variable", number, number, end, value=self.between(value, end, MAX_VALUE), signature=self.between(number, end, MAX_VALUE)
            )

    def add(self, kind: str, at: int, start: int, end: int, parent: int = -1, name: str = "", **facts: Any) -> int:
        """Note a declaration that lies between two tokens, and whose name is one."""
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[start].start)
        last = max(self.line(self.tokens[min(end, len(self.tokens)) - 1].end - 1), line)
        facts |= self.doc(self.tokens[start])
        return self.walk.add(
            kind, name or name_of(self.at(at)), Block(line, last), parent, first_line=first if first < line else 0, **facts,
        )  # fmt: skip

    def function(self, kind: str, at: int, start: int, function: int, parent: int, **facts: Any) -> int:
        """Note a function, of which the word is at a token; what is in its body is read next."""
        opened = function + 1
        body = min(self.closed[opened] + 1, len(self.tokens))
        is_block = self.at(body) == "{"
        end = self.closed[body] + 1 if is_block else body if body == len(self.tokens) else self.last(body) + 1
        index = self.add(
            kind, at, start, end, parent, signature=self.between(start, body, 600), parameters=tuple(self.parameters(opened)), **facts,
        )  # fmt: skip
        if is_block:
            self.inside.append((min(self.closed[body], len(self.tokens)), index))
            return body + 1
        for number in range(body, end):
            if self.at(number + 1) == "(":
                self.loaded(number, local=True)
        return max(end, body)

    def parameters(self, opened: int) -> Iterator[Parameter]:
        for given in self.arguments(opened):
            default = self.between(given.start, given.end, MAX_VALUE) if given.name else ""
            name = given.name or name_of(self.at(given.at))
            yield Parameter(name, default=default, kind="variadic" if name == "..." else "")

    # -- calls -------------------------------------------------------------------------------------------------------------------------

    def call(self, number: int) -> int:
        """Read a call that declares or imports something."""
        word = self.at(number)
        if word in _CLASSES:
            return self.type(number, -1)
        if word in _METHODS:
            return self.method(number)
        self.loaded(number, local=bool(self.inside))
        return number + 1

    def loaded(self, number: int, *, local: bool) -> None:
        """Note a call that loads a package or a file, if that is one and says which."""
        word = self.at(number)
        given = next(self.arguments(number + 1), None) if word in _PACKAGES or word in _FILES else None
        if given is None or given.end - given.start > 1 or not self.tokens[given.start].is_word:
            return
        text = self.at(given.start)
        if word not in _FILES or text[0] in "\"'":
            line, end = self.line(self.tokens[number].start), self.line(self.tokens[given.start].end - 1)
            self.walk.imports.append(Import(word, name_of(text), line, end, local=local))

    def method(self, number: int) -> int:
        """Read a generic function, or a method of one for some classes, which are what is before its name."""
        given = list(self.arguments(number + 1))
        named = next((a for a in given if a.name in ("", "f", "name")), None)
        if named is None or self.at(named.start)[:1] not in ('"', "'") or not name_of(self.at(named.start)):
            return number + 1
        function = next((a for a in given if self.at(a.start) in ("function", "\\") and self.at(a.start + 1) == "("), None)
        kind, facts = "function", dict[str, Any](modifiers=("generic",))
        if self.at(number) != "setGeneric":
            of = next((a for a in given if a is not named and a is not function and a.name in ("", "signature")), None)
            kind, facts = "method", {"scope": ", ".join(text for _, text in self.texts(of)) if of is not None else ""}
        end = min(self.closed[number + 1] + 1, len(self.tokens))
        if function is None:
            self.add(kind, named.start, number, end, self.parent, signature=self.between(number, end, MAX_VALUE), **facts)
            return number + 2
        self.function(kind, named.start, number, function.start, self.parent, **facts)
        return min(self.closed[function.start + 1], len(self.tokens)) + 1

    def type(self, number: int, variable: int) -> int:
        """Read a class; of one without a name of its own, the variable has it."""
        given = list(self.arguments(number + 1))
        word = self.at(number)
        named = next((a for a in given if a.name in ("", "Class", "className", "classname", "name")), None)
        if named is not None and (self.at(named.start)[:1] not in ('"', "'") or not name_of(self.at(named.start))):
            named = None
        if named is None and (variable < 0 or word != "R6Class"):
            return number + 1
        at, start = named.start if named is not None else variable, variable if variable >= 0 else number
        end = min(self.closed[number + 1] + 1, len(self.tokens))
        members, bases = list[tuple[str, Argument]](), list[Base]()
        for each in given:
            if each is named:
                continue
            if each.name in ("contains", "inherit") or (word == "setClassUnion" and each.name in ("", "members")):
                bases += [Base(text, "extends") for _, text in self.texts(each) if text != "VIRTUAL"]
            elif each.name in _MEMBERS or self.at(each.start) == "representation":
                members.append((each.name or "representation", each))
        head = self.between(start, named.end if named is not None else number + 2, MAX_VALUE)
        kind, signature = "union" if word == "setClassUnion" else "class", head + ")" * (word in head)
        index = self.add(kind, at, start, end, self.parent, bases=() if kind == "union" else tuple(bases), signature=signature)
        for name, each in members:
            self.members(name, each, index)
        return end

    def members(self, listed: str, given: Argument, parent: int) -> None:
        """Read a list of members: functions by their names, and others with their types or values."""
        called, plain, visibility = _MEMBERS[listed]
        typed = listed in ("fields", "slots", "representation")
        if self.at(given.start) not in _WRAPPERS or self.at(given.start + 1) != "(":
            return
        for each in self.arguments(given.start + 1):
            first, value = self.at(each.start), self.between(each.start, each.end, MAX_VALUE)
            if each.name and first in ("function", "\\") and self.at(each.start + 1) == "(":
                kind = "constructor" if each.name == "initialize" and called == "method" else called
                self.function(kind, each.at, each.at, each.start, parent, visibility=visibility)
                if self.inside and self.at(min(self.closed[each.start + 1] + 1, len(self.tokens) - 1)) == "{":
                    self.inside.pop()  # what is in it is not read
            elif each.name and not (typed and each.name == "VIRTUAL"):
                facts = {"type": name_of(value)} if typed else {"value": value}
                signature = self.between(each.at, each.end, MAX_VALUE)
                self.add(plain, each.at, each.at, each.end, parent, signature=signature, visibility=visibility, **facts)
            elif typed and first[:1] in ('"', "'") and name_of(first) not in ("", "VIRTUAL") and listed != "representation":
                self.add("field", each.start, each.start, each.end, parent, signature=name_of(first))

    def texts(self, given: Argument) -> Iterator[tuple[int, str]]:
        """The names that an argument is, or holds."""
        if self.at(given.start) in _WRAPPERS and self.at(given.start + 1) == "(":
            for each in self.arguments(given.start + 1):
                if each.end - each.start == 1 and self.tokens[each.start].is_word:
                    yield each.start, name_of(self.at(each.start))
        elif all(self.tokens[n].is_word or self.at(n) in ("::", "$") for n in range(given.start, given.end)):
            yield given.start, name_of(self.between(given.start, given.end, MAX_VALUE))
