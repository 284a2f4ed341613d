"""Erlang: the module with what it exports, functions by name and arity, records, types, macros, callbacks; headers and modules in use.

Files consist of forms, each of which ends with a full stop: one is an attribute, or all clauses of a function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from msgspec import Struct

from ...model import Block, Import, ImportedName, Parameter
from ..base import MAX_DOC, MAX_SIGNATURE, MAX_VALUE, Walk, cut
from ..commented import clean_comment
from ..tokens import TokenList

__all__ = ["walk"]

_TOKEN = re.compile(
    r"(?P<comment>%[^\n]*)|(?P<text>\"{3,9}\n.*?(?:\n[ \t]*\"{3,9}|\Z)|\"(?>(?:[^\"\\]|\\.)*)(?:\"|\Z))"
    r"|(?P<quoted>'(?>(?:[^'\\]|\\.)*)(?:'|\Z))"
    r"|(?P<char>\$(?:\\(?:\^.|x\{[^}\n]*\}|.)|.))|(?P<number>\d[\w#]*(?:\.\d\w*(?:[eE][-+]?\d+)?)?)|(?P<word>[A-Za-z_][\w@]*)"
    r"|(?P<sign>::|->|<-|\.\.\.?|=>|:=|\|\||\S)",
    re.DOTALL,
)
_OPENS, _CLOSES = frozenset(("(", "[", "{", "<<")), frozenset((")", "]", "}", ">>"))
#: Of which kind something is that an attribute declares.
_KINDS = {
    "record": "struct",
    "type": "type_alias",
    "opaque": "type_alias",
    "nominal": "type_alias",
    "callback": "function",
    "define": "macro",
}
_ATOM = re.compile(r"[a-z][\w@]*\Z|'[^\n]*'\Z")
_TAG = re.compile(r"(?m)^@doc\s+|^@(?:end|private|hidden)\b.*\n?")


class _Form(Struct):
    """A form: its first token, and the one behind its last."""

    start: int
    end: int


def walk(walk: Walk) -> None:
    """Read a file of Erlang."""
    _Reader(walk).read()


class _Reader(TokenList):
    blocks = ()

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.read_tokens(_TOKEN, ("word", "quoted"))
        self.module = -1
        self.exported = set[tuple[str, int]]()
        self.all = False
        #: What ``-spec`` says of the function behind it.
        self.spec: tuple[str, int] = ("", -1)
        self.called = set[str]()
        #: What ``-doc`` says of the form behind it.
        self.told: dict[str, Any] = {}

    def read(self) -> None:
        """Read everything."""
        forms = list(self.forms())
        for form in forms:  # what is exported is said anywhere
            if self.at(form.start) == "-" and self.at(form.start + 1) in ("export", "compile"):
                self.exports(form)
        for form in forms:
            if self.at(form.start) == "-":
                self.attribute(form)
            elif self.tokens[form.start].is_word and _ATOM.match(self.at(form.start)) and self.at(form.start + 1) == "(":
                self.function(form)
            self.calls(form)
        self.walk.imports.sort(key=lambda statement: statement.line)
        if not self.walk.doc:
            self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def forms(self) -> Iterator[_Form]:
        """The forms of the file: what ends with a full stop before a blank, or where the file does."""
        start = 0
        for number, token in enumerate(self.tokens):
            behind = self.source[token.end : token.end + 1]
            if token.text == "." and (not behind or behind.isspace() or behind == "%"):
                if number > start:
                    yield _Form(start, number)
                start = number + 1
        if start < len(self.tokens):
            yield _Form(start, len(self.tokens))

    # -- attributes ------------------------------------------------------------------------------------------------------------------

    def exports(self, form: _Form) -> None:
        """Note which functions are seen from elsewhere."""
        for number in range(form.start + 2, form.end - 1):
            if self.at(number) == "/" and self.at(number + 1).isdigit():
                self.exported.add((self.at(number - 1), int(self.at(number + 1)[:4])))
            self.all = self.all or self.at(number) == "export_all"

    def attribute(self, form: _Form) -> None:
        """Read ``-word(…)``."""
        word, first = self.at(form.start + 1), form.start + 2
        given = first + 1 if self.at(first) == "(" else first
        name, line = self.at(given), self.line(self.tokens[form.start].start)
        if given >= form.end:
            return
        if word == "module":
            self.module = self.add("module", given, form, name.strip("'"), -1)
        elif word in ("include", "include_lib") and name.startswith('"'):
            self.walk.imports.append(Import(word, name.strip('"'), line))
        elif word in ("behaviour", "behavior", "import") and self.tokens[given].is_word:
            names = [self.at(n - 1) for n in range(given, form.end) if self.at(n) == "/"] if word == "import" else []
            self.walk.imports.append(Import(word, name.strip("'"), line, names=tuple([ImportedName(n) for n in names])))
            self.called.add(name)
        elif word in ("doc", "moduledoc") and name.startswith('"'):
            facts = self.text_in(given)
            if word == "doc":
                self.told = facts
            elif facts:
                self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
        elif word in ("spec", "callback") and self.tokens[given].is_word:
            if word == "callback":
                self.add("function", given, form, name.strip("'"), modifiers=("callback",), signature=self.between(form.start, form.end))
            else:
                self.spec = (self.between(given, form.end), form.start)
        elif word in _KINDS and self.tokens[given].is_word:
            value = self.value(given, form) if word == "define" else ""
            index = self.add(_KINDS[word], given, form, name.strip("'"), value=value)
            if word == "record":
                self.fields(given, form, index)

    def value(self, given: int, form: _Form) -> str:
        """What a macro stands for."""
        comma = next((n for n in self.parts(given, form.end) if self.at(n) == ","), form.end)
        return self.between(comma + 1, form.end - 1)

    def parts(self, start: int, end: int) -> Iterator[int]:
        """The tokens from one on that stand within nothing that opens behind it, up to what closes around them."""
        depth = 0
        for number in range(start, end):
            text = self.at(number)
            if text in _CLOSES:
                depth -= 1
                if depth < 0:
                    yield number
                    return
                continue
            if not depth:
                yield number
            depth += text in _OPENS

    def fields(self, given: int, form: _Form, parent: int) -> None:
        """Note the fields of a record."""
        opened = next((n for n in range(given, form.end) if self.at(n) == "{"), -1)
        if opened < 0:
            return
        begin = True
        ends = [n for n in self.parts(opened + 1, form.end) if self.at(n) in (",", "}")]
        for number in self.parts(opened + 1, form.end):
            if begin and self.tokens[number].is_word:
                end = next((n for n in ends if n > number), form.end)
                ends = [n for n in ends[:1] if n > number] + ends[1:]
                self.field(number, end, parent)
            begin = self.at(number) == ","

    def field(self, number: int, end: int, parent: int) -> None:
        inner = list(self.parts(number, end))
        typed = next((n for n in inner if self.at(n) == "::"), end)
        line = self.line(self.tokens[number].start)
        self.walk.add(
            "field", self.at(number).strip("'"), Block(line, max(self.line(self.tokens[end - 1].end - 1), line)), parent,
            type=self.between(typed + 1, end), value=self.between(number + 2, typed) if self.at(number + 1) == "=" else "",
            signature=self.between(number, end), **self.doc(self.tokens[number]),
        )  # fmt: skip

    # -- functions -------------------------------------------------------------------------------------------------------------------

    def function(self, form: _Form) -> None:
        """Note a function with all its clauses."""
        name = self.at(form.start)
        inner = list(self.parts(form.start + 2, form.end))
        close = inner[-1] if inner and self.at(inner[-1]) == ")" else form.end
        commas = [n for n in inner if self.at(n) == "," and n < close]
        is_empty = self.at(form.start + 2) == ")"
        arity = 0 if is_empty else len(commas) + 1
        bounds = [form.start + 1, *commas, close]
        given = [] if is_empty else [self.between(a + 1, b) for a, b in pairwise(bounds)]
        spec, start = self.spec
        says = spec.startswith(f"{name}(")
        seen = self.all or (name, arity) in self.exported
        facts = self.told or self.doc(self.tokens[form.start])
        if says and not facts and start >= 0:
            facts = self.doc(self.tokens[start])
        head = self.between(form.start, min(close + 1, form.end))
        self.add(
            "function", form.start, form, name.strip("'"), visibility="public" if seen else "private",
            parameters=tuple([Parameter(text) for text in given if text]), signature=spec if says else head, **facts,
        )  # fmt: skip
        self.spec = ("", -1)

    def calls(self, form: _Form) -> None:
        """Note the modules of which functions are called or named, each once."""
        for number in range(form.start, form.end - 2):
            name = self.at(number)
            if self.at(number + 1) != ":" or name in self.called or not _ATOM.match(name) or self.at(number - 1) in ("?", "#"):
                continue
            if _ATOM.match(self.at(number + 2)) and self.at(number + 3) in ("(", "/"):
                self.called.add(name)
                line = self.line(self.tokens[number].start)
                self.walk.imports.append(Import("listed", name.strip("'"), line, alias=self.at(number + 2)))

    def add(self, kind: str, at: int, form: _Form, name: str, parent: int | None = None, **facts: Any) -> int:
        """Note something that a form declares, whose name is a token."""
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[form.start].start)
        end = self.line(self.tokens[min(form.end, len(self.tokens)) - 1].end - 1)
        if kind != "module" and "doc" not in facts:
            facts |= self.told or self.doc(self.tokens[form.start])
        self.told = {}
        facts.setdefault("signature", self.between(form.start, form.end))
        around = self.module if parent is None else parent
        return self.walk.add(kind, name, Block(line, max(end, line)), around, first_line=first if first < line else 0, **facts)

    def said(self, run: list[re.Match[str]]) -> dict[str, Any]:
        """Comments in the order of the text, as facts for `Walk.add`."""
        text = _TAG.sub("", clean_comment("\n".join([re.sub(r"\A%+", "#", comment[0].strip()) for comment in run]))).strip()
        return {"doc": text, "doc_line": self.line(run[0].start()), "doc_end": self.line(run[-1].end() - 1)} if text else {}

    def text_in(self, number: int) -> dict[str, Any]:
        """A text that documents what follows."""
        token = self.tokens[number]
        inner = token.text.strip('"')
        lines = [line.strip() for line in re.sub(r"\\(.)", r"\1", inner).strip().split("\n")]
        text = cut("\n".join(lines), MAX_DOC)
        return {"doc": text, "doc_line": self.line(token.start), "doc_end": self.line(token.end - 1)} if text else {}

    def between(self, start: int, end: int) -> str:
        """The text from a token up to before another one, on one line."""
        return self.text(self.tokens[start : min(end, start + MAX_SIGNATURE)], MAX_VALUE) if start < end else ""
