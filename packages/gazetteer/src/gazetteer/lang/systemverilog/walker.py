"""Verilog and SystemVerilog: modules with parameters and ports, interfaces, packages, classes, functions and tasks, types, macros.

Modules of which instances are made, packages that are imported and files that are included lead to others; processes are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from msgspec import Struct

from ...model import Base, Block, Import, Parameter
from ..base import MAX_SIGNATURE, MAX_VALUE, Walk, one_line
from ..tokens import TokenList

__all__ = ["walk"]

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>\"(?>(?:[^\"\\]|\\.)*)(?:\"|\Z))"
    r"|(?P<define>`define\b(?:[^\n\\]|\\\r?\n|\\.)*)|(?P<word>`?[A-Za-z_][\w$]*|\\\S+)|(?P<number>'?\d[\w.']*|'[sS]?[bdohBDOH][\w?]+)|(?P<sign>::|\S)",
    re.DOTALL,
)
_DEFINED = re.compile(r"`define[ \t]+([A-Za-z_]\w*)(\([^)\n]*\))?[ \t]*(.*)\Z", re.DOTALL)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
#: What opens a part, with what closes it and the kind that it is of.
_PARTS = {
    "module": ("endmodule", "module"), "macromodule": ("endmodule", "module"), "program": ("endprogram", "module"),
    "primitive": ("endprimitive", "module"), "interface": ("endinterface", "interface"), "package": ("endpackage", "package"),
    "class": ("endclass", "class"), "function": ("endfunction", "function"), "task": ("endtask", "function"),
}  # fmt: skip
_ENDS = frozenset(end for end, _ in _PARTS.values())
_LIFETIMES = frozenset(("automatic", "static"))
_DIRECTIONS = frozenset(("input", "output", "inout", "ref"))
#: Behind one of these a statement begins.
_BEFORE = frozenset((";", "begin", "end", "generate", "endgenerate", "else", ")", "endfunction", "endtask"))
#: Words that are no name of a module.
_WORDS = frozenset(
    (  # noqa: SIM905
        "always assign assert assume automatic begin bind bit buf and not or nand nor xor xnor bufif0 bufif1 notif0 notif1 byte case "
        "casex casez cell chandle class const constraint cover covergroup default defparam disable do else end endcase endgenerate enum "
        "event export extends extern final for force foreach forever fork function generate genvar if import initial inout input int "
        "integer interface join local localparam logic longint modport module new nmos output package parameter pmos priority program "
        "property protected pulldown pullup pure rand randc real realtime ref reg release repeat return rtran sequence shortint "
        "shortreal signed specify static string struct super supply0 supply1 table task this time tran tri tri0 tri1 triand trior "
        "trireg typedef union unique unsigned var virtual void wait wand while wire with wor"
    ).split()
)


class _Part(Struct):
    """A part that is not closed yet."""

    end: str
    symbol: int


def walk(walk: Walk) -> None:
    """Read a file of Verilog."""
    _Reader(walk).read()


class _Reader(TokenList):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.read_tokens(_TOKEN)
        self.closes = self.closings()
        self.parts = list[_Part]()

    def is_name(self, number: int) -> bool:
        """Whether a token is a name that somebody gave."""
        return (
            0 <= number < len(self.tokens) and self.tokens[number].is_word and self.at(number) not in _WORDS and self.at(number)[0] != "`"
        )

    @property
    def parent(self) -> int:
        return self.parts[-1].symbol if self.parts else -1

    def read(self) -> None:
        """Read everything."""
        number = 0
        while number < len(self.tokens):
            number = self.token(number)
        for part in self.parts:
            self.closed(part, len(self.tokens) - 1)
        self.walk.imports.sort(key=lambda statement: (statement.line, statement.target))
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def token(self, number: int) -> int:
        """Read what begins at a token; gives the number of the next one."""
        text = self.at(number)
        if text in _ENDS:
            place = next((n for n in range(len(self.parts) - 1, -1, -1) if self.parts[n].end == text), -1)
            while 0 <= place < len(self.parts):
                self.closed(self.parts.pop(), number)
        elif text.startswith("`define"):
            self.macro(number)
        elif text == "`include" and self.at(number + 1).startswith('"'):
            self.walk.imports.append(Import("include", self.at(number + 1).strip('"'), self.line(self.tokens[number].start)))
        elif text == "import" and self.is_name(number + 1) and self.at(number + 2) == "::":
            self.imported(number, len(self.tokens))
        elif text in _PARTS and self.begins(number):
            return self.part(number)
        elif text in ("parameter", "localparam") and (not self.parts or self.parts[-1].end not in ("endfunction", "endtask")):
            return self.constants(number)
        elif text == "typedef":
            return self.type(number)
        elif self.is_name(number) and (self.at(number - 1) in _BEFORE or (self.at(number - 2), self.at(number - 3)) == (":", "begin")):
            self.instance(number)
        return number + 1

    def begins(self, number: int) -> bool:
        """Whether a word begins a part: ``virtual interface`` is a type, ``typedef class`` and ``end : module`` are none."""
        text, before = self.at(number), self.at(number - 1)
        return (
            text in ("function", "task")
            or (text == "class" and before == "virtual")
            or before not in ("virtual", "::", ".", ":", "typedef")
        )

    # -- parts -----------------------------------------------------------------------------------------------------------------------

    def part(self, number: int) -> int:
        """Read the head of a module, a package, a class, a function or a task."""
        word = self.at(number)
        end = self.head_end(number)
        inner = list(self.until(number + 1, end))
        if word in ("function", "task"):
            opened = next((n for n in inner if self.at(n) == "("), end)
            named = [n for n in inner if n < opened and self.tokens[n].is_word and self.at(n) not in _LIFETIMES]
            at = named[-1] if named else -1
        else:
            at = next((n for n in inner if self.tokens[n].is_word and self.at(n) not in _LIFETIMES), -1)
        if at < 0 or end - number > MAX_SIGNATURE * 20:
            return number + 1
        start = number
        while self.at(start - 1) in ("extern", "virtual", "pure", "static", "protected", "local"):
            start -= 1
        closing, kind = _PARTS[word]
        if kind == "function" and self.parts and self.parts[-1].end == "endclass":
            kind = "constructor" if self.at(at) == "new" else "method"
        facts: dict[str, Any] = {"signature": self.text(self.tokens[start : min(end, start + MAX_SIGNATURE)], MAX_SIGNATURE)}
        if kind == "class":
            facts["bases"] = tuple(Base(self.at(n + 1), self.at(n)) for n in inner if self.at(n) == "extends" and self.is_name(n + 1))
        else:
            facts["parameters"] = tuple(self.ports(at, end))
        is_head = {"extern", "pure"} & {self.at(n) for n in range(start, number)} or self.is_foreign(number)
        index = self.add(kind, at, start, end, role="declaration" if is_head else "definition", **facts)
        for n in range(at, min(end, len(self.tokens))):
            if self.at(n) == "import":
                self.imported(n, end)
        if not is_head:
            self.parts.append(_Part(closing, index))
        if word not in ("function", "task"):
            for n in inner:
                if self.at(n) == "(" and self.at(n - 1) == "#":
                    self.given(n, index)
        return end + 1

    def head_end(self, number: int) -> int:
        """The semicolon that ends a head: those of imports in it do not."""
        importing = False
        for n in self.level(number + 1):
            if self.at(n) == "import":
                importing = True
            elif self.at(n) == ";" and not importing:
                return n
            elif self.at(n) == ";":
                importing = False
        return len(self.tokens)

    def is_foreign(self, number: int) -> bool:
        """Whether a function is of another language: ``import "DPI-C" function``."""
        near = [self.at(n) for n in range(max(number - 5, 0), number)]
        return "import" in near and any(text.startswith('"') for text in near)

    def level(self, start: int) -> Iterator[int]:
        """The tokens from one on that stand within no brackets that open behind it."""
        number = start
        while number < len(self.tokens) and self.at(number) not in (")", "]", "}"):
            yield number
            number = self.closes.get(number, number) + 1

    def until(self, start: int, end: int) -> Iterator[int]:
        """The same, up to before another token."""
        return takewhile(lambda number: number < end, self.level(start))

    def imported(self, number: int, end: int) -> None:
        """Note the packages that an import names: all of it, up to its semicolon."""
        for n in range(number + 1, min(end, len(self.tokens))):
            if self.at(n) == ";":
                return
            if self.at(n + 1) == "::" and self.is_name(n):
                self.walk.imports.append(Import("import", self.at(n), self.line(self.tokens[n].start)))

    def ports(self, at: int, end: int) -> Iterator[Parameter]:
        """What a head says between its last parentheses: names with directions and types, which go on to the next."""
        opened = next((n for n in self.until(at + 1, end) if self.at(n) == "(" and self.at(n - 1) != "#"), -1)
        kind = ""
        for start, stop in self.listed(opened):
            words = list(self.until(start, stop))
            equals = next((n for n in words if self.at(n) == "="), stop)
            names = [n for n in words if n < equals and self.tokens[n].is_word]
            if names and names[-1] >= start:
                before = self.text(self.tokens[start : names[-1]], MAX_VALUE)
                kind = before if before or self.at(start) in _DIRECTIONS else kind
                yield Parameter(self.at(names[-1]), kind, self.text(self.tokens[equals + 1 : stop], MAX_VALUE) if equals < stop else "")

    def listed(self, opened: int) -> Iterator[tuple[int, int]]:
        """What stands between commas in parentheses."""
        if opened < 0:
            return
        close, start = min(self.closes[opened], len(self.tokens)), opened + 1
        for number in self.level(opened + 1):
            if self.at(number) == "," and number < close:
                yield start, number
                start = number + 1
        if start < close:
            yield start, close

    def given(self, opened: int, parent: int) -> None:
        """Note the parameters of a module."""
        for start, stop in self.listed(opened):
            self.constant(start, stop, parent)

    def constants(self, number: int) -> int:
        """Read ``parameter type NAME = value, …;``."""
        end = next((n for n in self.level(number + 1) if self.at(n) in (";", "")), len(self.tokens))
        start = number
        for n in [*[n for n in self.until(number + 1, end) if self.at(n) == ","], end]:
            self.constant(start, n, self.parent)
            start = n + 1
        return end

    def constant(self, start: int, stop: int, parent: int) -> None:
        inner = list(self.until(start, stop))
        equals = next((n for n in inner if self.at(n) == "="), stop)
        names = [n for n in inner if n < equals and self.is_name(n)]
        if names and (equals < stop or self.at(start) == "parameter"):
            value = self.text(self.tokens[equals + 1 : stop], MAX_VALUE)
            signature = self.text(self.tokens[start:stop], MAX_VALUE)
            self.add("constant", names[-1], start, stop - 1, parent, value=value, signature=signature)

    def type(self, number: int) -> int:
        """Read ``typedef … name;``."""
        end = next((n for n in self.level(number + 1) if self.at(n) == ";"), len(self.tokens))
        names = [n for n in self.until(number + 1, end) if self.is_name(n)]
        sort = self.at(number + 1)
        if names and len(names) + (sort in ("enum", "struct", "union")) > 0 and self.at(number + 1) != "class":
            kind = sort if sort in ("enum", "struct", "union") else "type_alias"
            signature = f"typedef {sort} {self.at(names[-1])}" if kind != "type_alias" else self.text(self.tokens[number:end], MAX_VALUE)
            self.add(kind, names[-1], number, end, signature=one_line(signature, MAX_VALUE))
        return end

    def instance(self, number: int) -> None:
        """Note a module of which an instance is made: its name, parameters, the name of the instance, and what it is joined to."""
        at = number + 1
        if self.at(at) == "#" and self.at(at + 1) == "(":
            at = self.closes[at + 1] + 1
        name = at
        if not self.is_name(name):
            return
        at += 1
        while self.at(at) == "[":
            at = self.closes[at] + 1
        within = bool(self.parts) and self.parts[-1].end in ("endfunction", "endtask", "endclass")
        if self.at(at) == "(" and self.at(self.closes[at] + 1) in (";", ",") and self.parts and not within:
            self.walk.imports.append(Import("listed", self.at(number), self.line(self.tokens[number].start), alias=self.at(name)))

    def macro(self, number: int) -> None:
        match = _DEFINED.match(self.at(number))
        if match is not None:
            signature = one_line(f"`define {match[1]}{match[2] or ''}", MAX_VALUE)
            self.add(
                "macro",
                number,
                number,
                number,
                name=match[1],
                value=one_line(re.sub(r"\\\r?\n", " ", match[3]), MAX_VALUE),
                signature=signature,
            )

    def add(self, kind: str, at: int, start: int, end: int, parent: int | None = None, name: str = "", **facts: Any) -> int:
        """Note something that lies between two tokens, whose name is one."""
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[start].start)
        last = self.line(self.tokens[min(end, len(self.tokens) - 1)].end - 1)
        facts = {**self.doc(self.tokens[start]), **facts}
        around = self.parent if parent is None else parent
        return self.walk.add(
            kind, name or self.at(at), Block(line, max(last, line)), around, first_line=first if first < line else 0, **facts
        )  # fmt: skip

    def closed(self, part: _Part, number: int) -> None:
        """A part ends at a token."""
        symbol = self.walk.symbols[part.symbol]
        symbol.end_line = max(self.line(self.tokens[min(number, len(self.tokens) - 1)].end - 1), symbol.line)
