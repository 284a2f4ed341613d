"""Makefiles: targets, variables, what is included; recipes are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Block, Import
from ..base import MAX_CONDITIONS, MAX_DOC, MAX_VALUE, Walk, one_line
from ..commented import clean_comment
from ..heads import told

__all__ = ["walk"]

_INCLUDE = re.compile(r"\s*(-include|sinclude|include)\s+(.*)")
_CONDITION = re.compile(r"\s*(ifeq|ifneq|ifdef|ifndef|else|endif)\b\s*(.*)")
_DEFINE = re.compile(r"\s*(?:export\s+|override\s+)*define\s+(\S+?)\s*[:?+!]{0,3}=?\s*$")
_VARIABLE = re.compile(
    r"\s*((?:(?:export|override|private|unexport)\s+)*)([^\s:=#?+!$(){}]+|\$\([^()]*\)[^\s:=]*)\s*(:::?=|::?=|\?=|\+=|!=|=)\s*(.*)"
)
_EXPORT = re.compile(r"\s*export\s+([\w\s.-]+)$")
_RULE = re.compile(r"((?:[^\s:=#$]|\$\([^()]*\)|\$\{[^{}]*\}|\$[^({]|\\:|\s+(?=[^\s:=#]))+?)\s*(&?::?)(?![=:])\s*(.*)")
_COMMENT = re.compile(r"(?<!\\)#.*")
#: A word of a list or a rule that is the path of a source: what is made of these is in no repository.
_SOURCE = re.compile(
    r"(?:\$[({](?:srcdir|top_srcdir|src|SRCDIR|SRC)[)}]/)?((?:\.{1,2}/)*[\w+-][\w.+-]*(?:/[\w.+-]+)*"
    r"\.(?:c|cc|cpp|cxx|C|h|hh|hpp|hxx|m|mm|cu|s|S|asm|f|F|f90|F90|for|y|l|yy|ll|vala|d|go|rs|java|kt|py|pl|rb|sh|js|ts|proto|idl|asn1"
    r"|texi|tex))"
)
_MOST_SOURCES = 5_000


def walk(walk: Walk) -> None:
    """Read a makefile."""
    _Reader(walk).read()


def _logical(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Lines with their continuations: first and last number, text."""
    number = 0
    while number < len(lines):
        first, parts = number, [lines[number].rstrip("\r")]
        while parts[-1].endswith("\\") and not parts[-1].endswith("\\\\") and number + 1 < len(lines):
            number += 1
            parts[-1] = parts[-1][:-1]
            parts.append(lines[number].rstrip("\r"))
        number += 1
        yield first + 1, number, " ".join(parts)


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.lines = walk, walk.decoded.split("\n")
        self.known: dict[tuple[str, str], int] = {}
        self.conditions: list[tuple[str, str]] = []
        self.comments: list[tuple[int, str]] = []
        self.phony: set[str] = set()
        self.define = 0
        self.rule = False

    def read(self) -> None:
        """Read everything."""
        started = False
        for first, last, line in _logical(self.lines):
            if self.define:
                self.define += bool(_DEFINE.match(line)) - bool(re.match(r"\s*endef\b", line))
                continue
            if line.startswith("\t") and (self.rule or not line.strip()):
                self.comments = []
                continue
            bare = line.strip()
            if bare.startswith("#"):
                if first == 1 and bare.startswith("#!"):  # what runs the file
                    continue
                self.comments.append((first, line.strip()))
                continue
            if not started and self.comments and not self.walk.doc and not bare:
                self.file_doc()
            if bare:
                started = True
                self.line(first, last, line)
            self.comments = []
        for name in self.phony:
            if ("target", name) in self.known:
                symbol = self.walk.symbols[self.known["target", name]]
                symbol.modifiers = tuple(sorted({*symbol.modifiers, "phony"}))

    def file_doc(self) -> None:
        facts = told(self.doc(0))
        if facts:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]

    def doc(self, before: int) -> dict[str, Any]:
        """The comment that ends on the line before `before`; any where that is 0."""
        if not self.comments or (before and self.comments[-1][0] + 1 != before):
            return {}
        text = clean_comment("\n".join(c for _, c in self.comments))
        return {"doc": text, "doc_line": self.comments[0][0], "doc_end": self.comments[-1][0]} if text else {}

    def line(self, first: int, last: int, line: str) -> None:
        if (match := _CONDITION.match(line)) is not None:
            self.conditional(match[1], one_line(_COMMENT.sub("", match[2]), MAX_VALUE))
        elif (match := _DEFINE.match(line)) is not None:
            self.define = 1
            self.note("variable", match[1], first, last, signature=f"define {match[1]}", **self.doc(first))
        elif (match := _INCLUDE.match(line)) is not None:
            for target in _COMMENT.sub("", match[2]).split():
                self.walk.imports.append(Import("include", target, first, last, condition=self.condition))
            self.rule = False
        elif (match := _VARIABLE.match(line)) is not None:
            self.rule = False
            modifiers = tuple(sorted(set(match[1].split())))
            value = one_line(_COMMENT.sub("", match[4]), MAX_VALUE)
            signature = one_line(_COMMENT.sub("", line), MAX_VALUE)
            self.note("variable", match[2], first, last, signature=signature, value=value, modifiers=modifiers, **self.doc(first))
            self.sources(first, last, match[4])
        elif (match := _EXPORT.match(line)) is not None:
            self.rule = False
        elif not line.startswith("\t") and (match := _RULE.match(line)) is not None:
            self.targets(first, last, line, match)

    def conditional(self, word: str, test: str) -> None:
        if word == "endif":
            if self.conditions:
                self.conditions.pop()
        elif word == "else":
            if self.conditions:
                before = self.conditions[-1][0]
                begin = f"{before}; " if len(before) <= MAX_DOC else ""
                self.conditions[-1] = (f"{begin}else {test}".strip(), "")
        else:
            self.conditions.append((f"{word} {test}", ""))

    @property
    def condition(self) -> str:
        """The conditions around what is being read."""
        return "; ".join([c for c, _ in self.conditions[-MAX_CONDITIONS:]])

    def targets(self, first: int, last: int, line: str, match: re.Match[str]) -> None:
        self.rule = True
        names, needs = match[1].split(), match[3]
        if ".PHONY" in names:
            self.phony |= set(_COMMENT.sub("", needs).split())
        if re.match(r"[\w.-]+\s*(?::::?=|::?=|\?=|\+=|=)", needs) or (
            needs and re.match(r"(?:export\s+|private\s+)?[\w.-]+\s*[:?+]?=", needs)
        ):
            return  # a variable of the target alone
        self.sources(first, last, needs)
        facts = self.doc(first)
        said = re.search(r"##\s*(\S.*)", line)
        if said and not facts:
            facts = {"doc": said[1].strip(), "doc_line": first, "doc_end": first}
        needs = one_line(_COMMENT.sub("", needs.split(";", 1)[0]), MAX_VALUE)
        for name in names:
            if not (name.startswith(".") and name[1:].isupper()) and name != "\\":
                self.note("target", name, first, last, signature=one_line(f"{name}: {needs}"), value=needs, **facts)

    def sources(self, first: int, last: int, text: str) -> None:
        """Note the sources that a variable lists, or a rule needs, each where it stands."""
        line, rows = first, self.lines
        for word in _COMMENT.sub("", text).split():
            match = _SOURCE.fullmatch(word)
            if match is not None and len(self.walk.imports) < _MOST_SOURCES:
                line = next((number for number in range(line, last + 1) if word in rows[number - 1]), first)
                self.walk.imports.append(Import("listed", match[1], line, condition=self.condition))

    def note(self, kind: str, name: str, first: int, last: int, **facts: Any) -> None:
        """Note a name where it is first given."""
        if (kind, name) not in self.known:
            line = next((n for n, t in enumerate(self.lines[first - 1 : last], first) if name in t), first)
            facts["first_line"] = first if first < line else 0
            self.known[kind, name] = self.walk.add(kind, name, Block(line, max(last, line)), condition=self.condition, **facts)
