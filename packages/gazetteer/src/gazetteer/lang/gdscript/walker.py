"""GDScript, and scenes and projects of Godot: the class that a script is, its members; the scripts, scenes and resources that are loaded.

A script is read by its lines: what is indented further belongs to the line above it. What functions hold is none of what it declares.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from msgspec import Struct

from ...model import Base, Block, Import, Parameter
from ..base import MAX_VALUE, Walk, one_line
from ..tokens import Token, TokenReader

__all__ = ["walk", "walk_project", "walk_scene"]

_MARK = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<text>\"{3}(?s:.*?)(?:\"{3}|\Z)|'{3}(?s:.*?)(?:'{3}|\Z)|\"(?>(?:[^\"\\\n]|\\.)*)\"?|'(?>(?:[^'\\\n]|\\.)*)'?)"
    r"|(?P<opens>[(\[{])|(?P<closes>[)\]}])|(?P<joins>\\\r?\n)|(?P<end>\n)"
)
#: What may stand before the word that declares.
_BEFORE = re.compile(
    r"(?:(@\w+(?:\s*\((?>(?:[^()]|\((?>[^()]*)\))*)\))?|export(?:\s*\([^()\n]*\))?|onready|static|tool|remote|master|puppet|remotesync|abstract)"
    r"(?=[\s@]|\Z)\s*)"
)
_CLASS_NAME = re.compile(r"class_name\s+(\w+)(?:\s+extends\s+([^\s,#]+))?")
_EXTENDS = re.compile(r"extends\s+([^\s#]+)")
_CLASS = re.compile(r"class\s+(\w+)(?:\s+extends\s+([^\s:]+))?\s*:")
_FUNCTION = re.compile(r"func\s+(\w+)\s*\(")
_SIGNAL = re.compile(r"signal\s+(\w+)\s*(?:\((.*)\))?", re.DOTALL)
_ENUM = re.compile(r"enum\b\s*(\w*)\s*\{")
_MEMBER = re.compile(r"(\w+)\s*(?:=\s*([^,}]+))?")
_VARIABLE = re.compile(r"(var|const)\s+(\w+)\s*(?::(?!=)\s*([\w.\[\], ]+?))?\s*(?::?=\s*(.*))?\Z", re.DOTALL)
_PARAMETER = re.compile(r"\s*(\w+)\s*(?::(?!=)\s*([^=]*))?(?::?=\s*(.*))?", re.DOTALL)
_RETURNS = re.compile(r"\s*->\s*([\w.\[\], ]+)")
_LOADS = re.compile(r"\b(preload|load)\s*\(\s*[\"'](res://[^\"'\n]+|\.{0,2}/?[\w./-]+\.\w+)[\"']\s*\)")
_TAIL = re.compile(r"\s*(?:\bsetget\b.*|:)\Z", re.DOTALL)
#: What is no end of a line.
_HELD = re.compile(r"[^\n]")
_SECTION = re.compile(r"^\[(\w+)((?>(?:[^\]\"\n]|\"(?>(?:[^\"\\]|\\.)*)\")*))\]", re.MULTILINE)
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*\"((?>(?:[^\"\\]|\\.)*))\"")
_RESOURCE = re.compile(r"\"\*?(res://[^\"\n]+)\"")
_SETTING = re.compile(r"^(config/(?:name|description)|run/main_scene)\s*=\s*\"((?>(?:[^\"\\]|\\.)*))\"", re.MULTILINE)


class _Line(Struct):
    """A statement: where it begins and ends, and how far it is indented."""

    start: int
    end: int
    indent: int


class _Around(Struct):
    """A class, its symbol, and how far its members are indented; -1 until the first."""

    symbol: int
    outer: int
    indent: int


def walk(walk: Walk) -> None:
    """Read a script."""
    _Reader(walk).read()


def walk_scene(walk: Walk) -> None:
    """Read a scene or a resource: the files that it needs, and its nodes."""
    text = walk.decoded
    for match in _SECTION.finditer(text):
        line, given = walk.line_at(match.start()), dict(_ATTRIBUTE.findall(match[2]))
        if match[1] == "ext_resource" and given.get("path", "").startswith("res://"):
            walk.imports.append(Import("ext_resource", given["path"], line))
        elif match[1] == "node" and given.get("name"):
            walk.add("object", given["name"], Block(line, line), type=given.get("type", ""), signature=one_line(match[0]))


def walk_project(walk: Walk) -> None:
    """Read a project: what it is called, and which files it begins with."""
    text = walk.decoded
    walk.values = [(match[1], one_line(match[2], MAX_VALUE), walk.line_at(match.start())) for match in _SETTING.finditer(text)]
    for match in _RESOURCE.finditer(text):
        walk.imports.append(Import("resource", match[1], walk.line_at(match.start())))


class _Reader(TokenReader):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.lines = list[_Line]()
        #: The text without comments, and the same without what texts hold.
        self.code, self.plain = "", ""

    def read(self) -> None:
        """Read everything."""
        self.statements()
        around = [_Around(self.of_file(), -1, 0)]
        for number, line in enumerate(self.lines):
            while len(around) > 1 and line.indent <= around[-1].outer:
                around.pop()
            inner = around[-1]
            if inner.indent < 0:
                inner.indent = line.indent
            if line.indent == inner.indent:
                symbol = self.statement(number, line, inner.symbol)
                if symbol >= 0:
                    around.append(_Around(symbol, line.indent, -1))
            for match in _LOADS.finditer(self.source, line.start, line.end):
                if self.plain[match.start(1) : match.end(1)] == match[1]:
                    self.walk.imports.append(Import(match[1], match[2], self.line(match.start())))
        self.walk.imports.sort(key=lambda statement: statement.line)
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def statements(self) -> None:
        """Note comments, and the statements that are left: one goes on in brackets, and behind a backslash."""
        code, plain, at, start, depth = list[str](), list[str](), 0, 0, 0
        for match in _MARK.finditer(self.source):
            sort = match.lastgroup
            if sort == "comment":
                self.comment(match)
            depth = max(depth + (sort == "opens") - (sort == "closes"), 0)
            if sort in ("comment", "text"):
                between, blank = self.source[at : match.start()], " " * len(match[0])
                code += [between, match[0] if sort == "text" else blank]
                plain += [between, match[0][0] + _HELD.sub("_", match[0][1:-1]) + match[0][-1] if len(match[0]) > 1 else " "]
                if sort == "comment":
                    plain[-1] = blank
                at = match.end()
            elif sort == "end" and not depth:
                self.note(start, match.start())
                start = match.end()
        self.code, self.plain = "".join([*code, self.source[at:]]), "".join([*plain, self.source[at:]])
        self.note(start, len(self.source))
        self.lines = [line for line in self.lines if self.plain[line.start : line.end].strip()]

    def note(self, start: int, end: int) -> None:
        indent = 0
        while start + indent < end and self.source[start + indent] in " \t":
            indent += 1
        if start + indent < end:
            self.lines.append(_Line(start + indent, end, indent))

    def of_file(self) -> int:
        """The class that a script is, by its name, whose base may stand on a line of its own; -1 where it has no name."""
        named, base, at = None, "", -1
        for line in self.lines:
            if line.indent:
                continue
            text = self.plain[self.declares(line) : line.end]
            if named is None and (match := _CLASS_NAME.match(text)) is not None:
                named, at = (line, match), line.start
                base = self.base(line, match[2]) if match[2] else base
            elif (match := _EXTENDS.match(text)) is not None and not base:
                base, at = self.base(line, match[1]), line.start
        if base:
            self.walk.imports.append(Import("extends", base, self.line(at)))
        if named is None:
            return -1
        line, match = named
        first, last = self.line(line.start), self.line(max(len(self.source.rstrip()) - 1, 0))
        return self.walk.add(
            "class", match[1], Block(first, max(last, first)), signature=one_line(match[0]),
            bases=(Base(base, "extends", below=self.line(at) - first),) if base else (), **self.documented(line),
        )  # fmt: skip

    def base(self, line: _Line, word: str) -> str:
        """What a class extends: texts are blanked where it was found."""
        if word[:1] in "\"'":
            found = re.search(r"extends\s+[\"']([^\"'\n]*)[\"']", self.code[line.start : line.end])
            return found[1] if found is not None else ""
        return word

    def declares(self, line: _Line) -> int:
        """Where the word stands that says what a statement declares."""
        at = line.start
        while (match := _BEFORE.match(self.plain, at, line.end)) is not None and match.end() > at:
            at = match.end()
        return at

    def said_at(self, match: re.Match[str], group: int, at: int) -> str:
        """A part of a statement with what its texts hold."""
        return self.code[at + match.start(group) : at + match.end(group)].strip() if match[group] else ""

    def statement(self, number: int, line: _Line, parent: int) -> int:
        """Read a member of a class; the symbol of a class in which others follow, else -1."""
        at = self.declares(line)
        text = self.plain[at : line.end].rstrip()
        words = [self.code[match.start() : match.end()].strip() for match in _BEFORE.finditer(self.plain, line.start, at)]
        facts: dict[str, Any] = {
            "decorators": tuple([word for word in words if word.startswith(("@", "export"))]),
            "modifiers": tuple(sorted(word for word in words if not word.startswith(("@", "export")))),
        }
        if (match := _CLASS.match(text)) is not None:
            base = self.base(line, match[2]) if match[2] else ""
            if base:
                self.walk.imports.append(Import("extends", base, self.line(line.start)))
            head = self.code[at : at + len(_TAIL.sub("", match[0]))]
            return self.add("class", match[1], number, parent, head, bases=(Base(base, "extends"),) if base else (), **facts)
        if (match := _FUNCTION.match(text)) is not None:
            self.function(number, parent, match[1], at, text, match.end(), facts)
        elif (match := _SIGNAL.match(text)) is not None:
            given = _parameters(match[2] or "", self.said_at(match, 2, at))
            self.add("event", match[1], number, parent, self.said_at(match, 0, at), parameters=given, **facts)
        elif (match := _ENUM.match(text)) is not None:
            self.enum(number, parent, match[1], facts)
        elif (match := _VARIABLE.match(_TAIL.sub("", text))) is not None:
            kind = "constant" if match[1] == "const" else "variable" if parent < 0 else "field"
            head, value = self.code[at : at + len(text)].rstrip(": "), one_line(self.said_at(match, 4, at), MAX_VALUE)
            self.add(kind, match[2], number, parent, head, type=(match[3] or "").strip(), value=value, **facts)
        return -1

    def function(self, number: int, parent: int, name: str, at: int, text: str, opened: int, facts: dict[str, Any]) -> None:
        """Note a function with what it is given and gives, of which `opened` is where its parameters begin."""
        depth, close = 1, opened
        while close < len(text) and depth:
            depth += (text[close] in "([{") - (text[close] in ")]}")
            close += 1
        returns = _RETURNS.match(text, close)
        kind, last = "function" if parent < 0 else "constructor" if name == "_init" else "method", max(close - 1, opened)
        self.add(
            kind, name, number, parent, self.code[at : at + (returns.end() if returns is not None else close)],
            parameters=_parameters(text[opened:last], self.code[at + opened : at + last]),
            type=returns[1].strip() if returns is not None else "", **facts,
        )  # fmt: skip

    def enum(self, number: int, parent: int, name: str, facts: dict[str, Any]) -> None:
        """Note an enumeration; members of one without a name are those of the class."""
        index = self.add("enum", name, number, parent, f"enum {name}", **facts) if name else parent
        line = self.lines[number]
        for match in _MEMBER.finditer(self.plain, self.plain.find("{", line.start) + 1, line.end):
            at = self.line(match.start())
            value = one_line(self.said_at(match, 2, 0), MAX_VALUE)
            self.walk.add("enum_member", match[1], Block(at, at), index, signature=one_line(match[0]), value=value)

    def add(self, kind: str, name: str, number: int, parent: int, head: str, **facts: Any) -> int:
        """Note something that a statement declares: it goes on as long as statements are indented further."""
        line, last = self.lines[number], number
        while last + 1 < len(self.lines) and self.lines[last + 1].indent > line.indent:
            last += 1
        end = self.lines[last].start + len(self.plain[self.lines[last].start : self.lines[last].end].rstrip()) - 1
        first, before = self.line(line.start), [word for word in facts.get("modifiers", ()) if word != "tool"]
        return self.walk.add(
            kind, name, Block(first, max(self.line(end), first)), parent, signature=one_line(" ".join([*before, head])),
            **facts, **self.documented(line),
        )  # fmt: skip

    def documented(self, line: _Line) -> dict[str, Any]:
        return self.doc(Token("", line.start, line.end, True))


def _parameters(plain: str, code: str) -> tuple[Parameter, ...]:
    """What a function or a signal is given, by a text without what its texts hold, and one with that."""
    bounds, depth = [-1], 0
    for at, sign in enumerate(plain):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            bounds.append(at)
    parameters = list[Parameter]()
    for begin, end in pairwise([*bounds, len(plain)]):
        match = _PARAMETER.match(plain[begin + 1 : end])
        if match is not None:
            default = one_line(code[begin + 1 + match.start(3) : end], MAX_VALUE) if match[3] is not None else ""
            parameters.append(Parameter(match[1], (match[2] or "").strip(), default))
    return tuple(parameters)
