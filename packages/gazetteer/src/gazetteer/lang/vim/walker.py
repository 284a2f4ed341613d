"""Vim script: functions, commands, variables that others see; files that are loaded, and those of which functions are called.

A script is read by its lines, of which one that begins with a backslash goes on with the last. What functions hold is none of what it
declares.
"""

from __future__ import annotations

import re
from typing import Any

from ...model import Block, Import, Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, cut, one_line
from ..heads import told

__all__ = ["walk"]

_FUNCTION = re.compile(
    r"(?:(export|legacy|silent!?)\s+)*(?:fu(?:n(?:c(?:t(?:i(?:on?)?)?)?)?)?!?|(?:static\s+)?def!?)\s+((?:[abglstw]:|<SID>)?[A-Za-z_][\w#.:]*)\s*\(([^)]*)\)?(.*)"
)
_END = re.compile(r"(?:endf(?:u(?:n(?:c(?:t(?:i(?:on?)?)?)?)?)?)?|enddef)\b")
_COMMAND = re.compile(r"com(?:m(?:a(?:nd?)?)?)?!?\s+((?:-\S+\s+)*)([A-Z]\w*)\s*(.*)")
_VARIABLE = re.compile(r"(?:let|const)\s+(g:[A-Za-z_][\w#]*)\s*=(?![~=])\s*(.*)")
_LOADS = re.compile(r"(?:silent!?\s+)?(so(?:urce?)?|ru(?:n(?:t(?:i(?:me?)?)?)?)?)!?\s+([\w./~$<>+-]+\.vim)\s*\Z")
_IMPORT = re.compile(r"import\s+(?:autoload\s+)?['\"]([^'\"]+\.vim)['\"]")
_TEXTS = re.compile(r"'(?:[^']|'')*'|\"(?>(?:[^\"\\]|\\.)*)\"")
_CALLED = re.compile(r"(?<![\w:#.&])((?:[A-Za-z_]\w*#)+)[A-Za-z_]\w*\(")
#: Texts within a script up to a line of their own.
_HERE = re.compile(
    r"(?:=<<\s*(?:trim\s+|eval\s+)*|\b(?:lua|py(?:thon3?|3|x)?|ruby|rub|perl|pe|tcl|mz(?:scheme)?)\s*<<\s*(?:trim\s+)?)([A-Za-z.]\w*)\s*\Z"
)
#: What is said to checkers and editors, and rules.
_FOR_TOOLS = re.compile(r"\s*(?:vim:|vint:|\{\{\{|\}\}\}|[-=*#\" ]*\Z)")
_FOLD = re.compile(r"\s*(?:\{\{\{|\}\}\})\d?\s*\Z")


def walk(walk: Walk) -> None:
    """Read a script."""
    _Reader(walk).read()


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.lines = walk.decoded.split("\n")
        #: Functions around a line: where each begins, with its facts.
        self.open = list[tuple[int, str, dict[str, Any]]]()
        self.known = set[str]()

    def read(self) -> None:
        """Read everything."""
        number, found = 0, list[tuple[int, int, str, str, dict[str, Any]]]()
        while number < len(self.lines):
            text, first = self.lines[number].strip(), number
            number += 1
            while number < len(self.lines) and self.lines[number].lstrip().startswith("\\"):
                text += " " + self.lines[number].strip()[1:].strip()
                number += 1
            if not text or text.startswith(('"', "#")):
                continue
            text = text.lstrip(": ")
            bare = _TEXTS.sub("''", text)
            if (here := _HERE.search(bare)) is not None:
                while number < len(self.lines) and self.lines[number].strip() != here[1]:
                    number += 1
                number += 1
            if (match := _FUNCTION.match(text)) is not None:
                self.open.append((first, match[2], self.of_function(match, first)))
            elif _END.match(text) and self.open:
                start, name, facts = self.open.pop()
                if not self.open:
                    found.append((start, number, "function", name, facts))
            elif not self.open:
                found += self.statement(text, first, number)
            self.loads(text, bare, first + 1)
        found += [(start, start + 1, "function", name, facts) for start, name, facts in self.open[:1]]
        for start, end, kind, name, facts in sorted(found, key=lambda one: one[0]):
            self.walk.add(kind, name, Block(start + 1, max(end, start + 1)), **facts)
        self.about()

    def of_function(self, match: re.Match[str], first: int) -> dict[str, Any]:
        """What the head of a function says."""
        given = [" ".join(part.split()) for part in match[3].split(",") if part.strip()]
        is_own = match[2].startswith(("s:", "<SID>"))
        return {
            "signature": one_line(_FOLD.sub("", re.sub(r"\s+\"[^\"]*\Z", "", match[0]))),
            "parameters": tuple([_parameter(part) for part in given]), "visibility": "private" if is_own else "",
            **self.doc(first),
        }  # fmt: skip

    def statement(self, text: str, first: int, end: int) -> list[tuple[int, int, str, str, dict[str, Any]]]:
        """A command or a variable that a statement makes."""
        if (match := _COMMAND.match(text)) is not None:
            facts = {"signature": one_line(text), "value": one_line(match[3], MAX_VALUE), "modifiers": tuple(sorted(match[1].split()))}
            return [(first, end, "macro", match[2], facts | self.doc(first))]
        if (match := _VARIABLE.match(text)) is not None and match[1] not in self.known:
            self.known.add(match[1])
            facts = {"signature": one_line(text), "value": one_line(match[2], MAX_VALUE)}
            return [(first, end, "variable", match[1], facts | self.doc(first))]
        return []

    def loads(self, text: str, bare: str, line: int) -> None:
        """Note the files that a statement loads, and those of whose functions it calls one, each once."""
        if (match := _LOADS.match(text)) is not None:
            self.walk.imports.append(Import("source" if match[1].startswith("so") else "runtime", match[2], line))
        elif (match := _IMPORT.match(text)) is not None:
            self.walk.imports.append(Import("import", match[1], line))
        for name in _CALLED.findall(bare.partition(' "')[0]) if "#" in bare else ():
            if name not in self.known:
                self.known.add(name)
                self.walk.imports.append(Import("listed", name.rstrip("#"), line, alias="autoload"))

    def doc(self, first: int) -> dict[str, Any]:
        """The comment right above a line."""
        start = first
        while start and self.is_comment(start - 1):
            start -= 1
        return self.said(start, first)

    def is_comment(self, number: int) -> bool:
        return self.lines[number].lstrip().startswith(('"', "# "))

    def said(self, start: int, end: int) -> dict[str, Any]:
        """Lines of comments, as facts for `Walk.add`."""
        lines = [(number, self.lines[number].strip()[1:]) for number in range(start, end)]
        lines = [(number, _FOLD.sub("", line)) for number, line in lines if not _FOR_TOOLS.match(line) or not line.strip()]
        while lines and not lines[0][1].strip():
            lines.pop(0)
        while lines and not lines[-1][1].strip():
            lines.pop()
        if not lines:
            return {}
        text = "\n".join([line.removeprefix(" ").rstrip() for _, line in lines])
        return {"doc": cut(text, MAX_DOC), "doc_line": lines[0][0] + 1, "doc_end": lines[-1][0] + 1}

    def about(self) -> None:
        """What the comment at the top of the script says of it."""
        end = 0
        while end < len(self.lines) and self.is_comment(end):
            end += 1
        facts = told(self.said(0, end))
        if facts and facts["doc_line"] not in {symbol.doc_line for symbol in self.walk.symbols}:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]


def _parameter(text: str) -> Parameter:
    name, _, default = text.partition("=")
    name, _, of = name.partition(":")
    return Parameter(name.strip(), of.strip(), default.strip(), "variadic" if text.startswith("...") else "")
