"""QML: the object that a file is, with its properties, signals, functions, enumerations and components; modules and components in use.

Bindings and what stands in functions are code that is not looked into; of objects within the outermost one, their types are told.
"""

from __future__ import annotations

import re
from typing import Any

from ...model import Base, Block, Import, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text
from ..tokens import TokenList

__all__ = ["walk"]

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>\"(?>(?:[^\"\\\n]|\\.)*)\"?|'(?>(?:[^'\\\n]|\\.)*)'?|`(?>(?:[^`\\]|\\.)*)(?:`|\Z))"
    r"|(?P<word>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(?P<number>\d[\w.]*)|(?P<sign>=>|\S)",
    re.DOTALL,
)
_PAIRS = {"{": "}", "(": ")", "[": "]"}
_BEFORE = frozenset(("default", "required", "readonly"))
_TYPE = re.compile(r"(?:[\w$]+\.)*[A-Z][\w$]*\Z")

#: What stands in an object within the one of the file is nobody's here; what stands in none is the file's.
_INNER, _FILE = -2, -1


def walk(walk: Walk) -> None:
    """Read a file of QML."""
    _Reader(walk).read()


class _Reader(TokenList):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.read_tokens(_TOKEN)
        self.closes = self.closings()
        self.used = set[str]()

    def read(self) -> None:
        """Read everything: objects in the order of the text."""
        stack = [(0, len(self.tokens), _FILE)]
        while stack:
            start, end, parent = stack.pop()
            stack += reversed(self.members(start, end, parent))
        in_order_of_text(self.walk)
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def members(self, start: int, end: int, parent: int) -> list[tuple[int, int, int]]:
        """Read what an object has; gives the objects in it, by the tokens between their braces, and the symbols that these belong to."""
        found, number = list[tuple[int, int, int]](), start
        while number < min(end, len(self.tokens)):
            word = self.at(number)
            if word in ("import", "pragma") and parent == _FILE:
                number = self.imported(number)
            elif word in _BEFORE and self.at(number + 1) in ("property", *_BEFORE):
                number += 1
            elif word == "property" and self.tokens[number + 1 : number + 2] and self.tokens[number + 1].is_word:
                number = self.property(number, parent)
            elif word in ("signal", "function", "enum") and self.tokens[number + 1 : number + 2] and self.tokens[number + 1].is_word:
                number = self.declared(word, number, parent)
            elif word == "component" and self.at(number + 2) == ":" and self.at(number + 4) == "{":
                index = self.object(number + 1, number + 3, number, parent)
                found.append((number + 5, self.closes[number + 4], index))
                number = self.closes[number + 4] + 1
            elif self.tokens[number].is_word and _TYPE.match(word) and self.at(number + 1) == "{":
                index = self.object(number, number, number, _FILE) if parent == _FILE and not self.walk.symbols else _INNER
                self.uses(number)
                found.append((number + 2, self.closes[number + 1], index))
                number = self.closes[number + 1] + 1
            elif word in _PAIRS:  # a list of objects, or the body of a handler, in which none stands
                if word == "[":
                    found.append((number + 1, self.closes[number], parent))
                number = self.closes[number] + 1
            else:
                number += 1
        return found

    def object(self, name: int, of: int, start: int, parent: int) -> int:
        """Note the object of a file, or a component in it, which is of a type."""
        end = self.closes[of + 1]
        self.uses(of)
        bases = (Base(self.at(of)),) if name != of else ()
        signature = f"component {self.at(name)}: {self.at(of)}" if name != of else self.at(of)
        return self.add("class" if name != of else "object", name, start, end + 1, parent, bases=bases, signature=signature)

    def uses(self, number: int) -> None:
        """Note a type of which an object is made, once."""
        name = self.at(number)
        if name not in self.used:
            self.used.add(name)
            self.walk.imports.append(Import("listed", name, self.line(self.tokens[number].start), alias="component"))

    def imported(self, number: int) -> int:
        """Read an import, to the end of its line: a module with a version, a folder or a script."""
        line, end = self.line(self.tokens[number].start), number + 1
        while end < len(self.tokens) and self.line(self.tokens[end].start) == line and self.at(end) != ";":
            end += 1
        given = self.at(number + 1)
        if self.at(number) == "import" and end > number + 1:
            alias = self.at(end - 1) if self.at(end - 2) == "as" else ""
            is_text = given[:1] in ("'", '"')
            kind, target = ("directory", given.strip("'\"")) if is_text else ("import", given)
            if target:
                self.walk.imports.append(Import(kind, target, line, alias=alias))
        return end

    def property(self, number: int, parent: int) -> int:
        """Read ``property type name: value``."""
        at = number + 1
        kind = self.at(at)
        if self.at(at + 1) == "<":
            kind = f"{kind}<{self.at(at + 2)}>"
            at += 3
        name = at + 1
        if not self.tokens[name : name + 1] or not self.tokens[name].is_word:
            return at
        start = number
        while self.at(start - 1) in _BEFORE:
            start -= 1
        modifiers = tuple(self.at(n) for n in range(start, number))
        end, value = name + 1, ""
        if self.at(name + 1) == ":":
            end = self.value_end(name + 2)
            value = self.text(self.tokens[name + 2 : end], MAX_VALUE)
        head = self.text(self.tokens[start : name + 1])
        self.add(
            "property",
            name,
            start,
            end,
            parent,
            type=kind,
            value=value,
            modifiers=modifiers,
            signature=head + (f": {value}" if value else ""),
        )
        is_object = self.at(name + 1) == ":" and (self.at(name + 3) == "{" or self.at(name + 2) == "[")
        return name + 2 if is_object else max(end, name + 1)

    def value_end(self, number: int) -> int:
        """The token behind a value: the line on which it ends, but for what is still open."""
        end = self.closes.get(number, number) + 1
        while end < len(self.tokens) and self.at(end) not in (";", "}"):
            if self.line(self.tokens[end].start) > self.line(self.tokens[end - 1].end - 1):
                break
            end = self.closes.get(end, end) + 1
        return min(end, len(self.tokens))

    def declared(self, word: str, number: int, parent: int) -> int:
        """Read a signal, a function or an enumeration; their bodies are passed over."""
        opened = number + 2
        facts: dict[str, Any] = {}
        end = opened
        if word != "enum" and self.at(opened) == "(":
            close = self.closes[opened]
            facts["parameters"] = tuple(self.parameters(opened + 1, min(close, len(self.tokens)), typed=word == "signal"))
            end = close + 1
        facts["signature"] = self.text(self.tokens[number:end])
        body = end + 2 if word == "function" and self.at(end) == ":" else end  # behind the type that a function gives
        if word != "signal" and self.at(body) == "{":
            end = self.closes[body] + 1
        kind = {"signal": "event", "function": "method", "enum": "enum"}[word]
        index = self.add(kind, number + 1, number, end, parent, **facts)
        if word == "enum":
            for n in range(opened + 1, min(end - 1, len(self.tokens))):
                if self.tokens[n].is_word and self.at(n - 1) in ("{", ","):
                    self.add("enum_member", n, n, n + 1, index, signature=self.at(n))
        return end

    def parameters(self, start: int, end: int, *, typed: bool) -> list[Parameter]:
        """What a signal or a function takes, with types before or behind the names."""
        found = list[Parameter]()
        while start < end:
            stop = start
            while stop < end and self.at(stop) != ",":
                stop = self.closes.get(stop, stop) + 1
            words = [self.at(n) for n in range(start, min(stop, end))]
            if typed and len(words) == 2:
                found.append(Parameter(words[1], words[0]))
            elif words and self.tokens[start].is_word:
                found.append(Parameter(words[0], words[2] if words[1:2] == [":"] and len(words) > 2 else ""))
            start = stop + 1
        return found

    def add(self, kind: str, at: int, start: int, end: int, parent: int, **facts: Any) -> int:
        """Note something that lies between two tokens, whose name is one."""
        if parent == _INNER:
            return parent
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[start].start)
        last = self.line(self.tokens[min(end, len(self.tokens)) - 1].end - 1)
        facts = {**self.doc(self.tokens[start]), **facts}
        return self.walk.add(kind, self.at(at), Block(line, max(last, line)), parent, first_line=first if first < line else 0, **facts)
