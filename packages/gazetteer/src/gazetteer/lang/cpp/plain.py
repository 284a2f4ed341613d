"""Headers of everyday form, read from their text without a parse.

Many headers, most of those that programs write, hold nothing but includes, namespaces, classes of simple members, and functions. One
expression (`gazetteer.lang.cpp.everyday`) finds these one after another. The first thing that it does not cover - an initializer, a macro
that declares - ends the attempt, and the file is parsed. What it covers, the grammar reads without an error, and its nodes say the same;
whether it does so for bodies of more than one ``return``, a parse of those alone says (`gazetteer.lang.cpp.bodies`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from tree_sitter import Point

from ...cpp.blanking import Call
from ...cpp.conditionals import negated
from ...model import Base, Import, Role, Symbol
from ..base import DOCUMENTS, MAX_CONDITIONS, MAX_DOC, MAX_NAME, MAX_VALUE, Walk, cut, one_line
from ..commented import clean_comment, indented
from .bodies import are_whole, end_of_body, start_of_body
from .branches import add_calls
from .defined import body_of
from .everyday import (
    ITEM,
    PlainHead,
    are_given,
    are_values,
    are_words,
    bases_of,
    conversion_of,
    is_alias,
    is_brought,
    is_expression,
    is_name_of_type,
    is_test,
    is_value,
    may_be_name,
    members_of,
    operator_of,
    plain_head,
    plain_parameters,
)
from .misread import base_of
from .opening import NOT_DEFINED, behind_groups, file_comment, first_row
from .quick import TRAILING, as_shown, joined, quick_function, quick_variable, says_the_same, signature_of, what_is, words_behind
from .scopes import Scope

__all__ = ["read_plainly"]

#: Longer declarations, and deeper scopes, are left to the parser.
_LONGEST, _DEEPEST = 2_000, 50
_GUARD = re.compile(r"\s*#[ \t]*define[ \t]+(\w+)[ \t]*\n")


class _Open(Struct):
    """A scope or a condition whose end has not been seen, with the scope that goes on behind it."""

    kind: str
    scope: Scope
    index: int = -1
    before: list[str] = []


class _Spot(Struct):
    """A comment, or what follows it, with those attributes of a node that tell whether one belongs to the other."""

    type: str
    start_byte: int
    end_byte: int
    start_point: Point
    end_point: Point


class _Unread(Exception):  # noqa: N818 - it ends an attempt, it is no error
    """There is something that only the parser can read."""


def read_plainly(walk: Walk, calls: Sequence[Call] = (), seconds: float = 5.0) -> bool:
    """Read a file of C++ as the parser would let it be read; whether it could be. What was found until then is gone if not.

    Parameters
    ----------
    walk : Walk
        Of a text in which calls of macros were blanked.
    calls : sequence of Call
        These calls, in their order.
    seconds : float
        So long at most are bodies of functions parsed.
    """
    if walk.original.isascii() and b"\r" not in walk.read and TRAILING.search(walk.original) is None:
        reader = _Reader(walk, calls)
        if reader.all() and (not reader.bodies or are_whole(reader.bodies, seconds)) and (not calls or reader.calls(calls)):
            return True
        walk.symbols, walk.imports = [], []
    return False


class _Reader:
    """Reads one file."""

    def __init__(self, walk: Walk, blanked: Sequence[Call]) -> None:
        self.walk, self.lines, self.blanked = walk, walk.lines(), blanked
        self.text, self.original = walk.read.decode("ascii"), walk.original.decode("ascii")
        self.is_read_as_is = self.text == self.original
        self.scope, self.stack = Scope(), list[_Open]()
        #: Where comments right before the next item are, and a template head.
        self.comments: list[tuple[int, int]] = []
        self.template: tuple[int, int] | None = None
        self.template_begins = 0
        #: How the file begins, as far as its own comment may stand there; and whether that goes on.
        self.head, self.is_heading = list[_Spot](), True
        #: Where items are, and where the body of each begins that has one.
        self.items, self.brace = list[tuple[int, int, int]](), 0
        #: Functions whose bodies have to be parsed, behind heads that say nothing.
        self.bodies = list[str]()

    def all(self) -> bool:
        """Read all items; whether that was possible."""
        text, at, comments = self.text, 0, self.comments
        try:
            while (match := ITEM.match(text, at)) is not None:
                kind, at = match.lastgroup or "", match.end()
                if self.is_heading:
                    self.heading(kind, match)
                if kind == "comment" and self.template is None:
                    comments.append(match.span(kind))
                    continue
                if self.template is not None and kind not in _TEMPLATES:
                    return False
                self.brace = 0
                at = _READERS[kind](self, match) or at
                self.items.append((match.start(kind), at, self.brace))
                if kind != "template":
                    self.template = None
                    comments.clear()
        except _Unread:
            return False
        if self.stack or self.template is not None or text[at:].strip(" \t\n") or len(self.walk.symbols) > self.walk.most_symbols:
            return False
        file_comment(self.walk, self.head)  # type: ignore[arg-type]
        return True

    def require(self, holds: bool) -> None:
        """Leave the file to the parser unless something holds."""
        if not holds:
            raise _Unread

    def spot(self, kind: str, start: int, end: int) -> _Spot:
        """A part of the text as a node."""
        row, last, lines = bisect_right(self.lines, start), bisect_right(self.lines, end), self.lines
        column, end_column = (offset - (lines[at - 1] if at else 0) for offset, at in ((start, row), (end, last)))
        return _Spot(kind, start, end, Point(row, column), Point(last, end_column))

    def heading(self, kind: str, match: re.Match[str]) -> None:
        """Note how the file begins, up to what no comment on the file can follow."""
        if kind == "condition" and match["word"].startswith("if"):
            of = "preproc_def" if self.guards(match) else "preproc_else"
        else:
            of = {"comment": "comment", "directive": "preproc_def", "define": "preproc_def", "include": "preproc_include"}.get(kind, kind)
            if kind == "define" and match["taken"] is not None:
                of = "preproc_function_def"
        self.head.append(self.spot(of, *match.span(kind)))
        self.is_heading = of in ("comment", "preproc_def")

    def guards(self, match: re.Match[str]) -> bool:
        """Whether a condition is an include guard."""
        tested = match["test"] if match["word"] == "ifndef" else ""
        if match["word"] == "if" and (negative := NOT_DEFINED.fullmatch(match["test"])) is not None:
            tested = negative[1]
        define = _GUARD.match(self.original, match.end())
        return define is not None and define[1] == tested

    def documented(self, begin: int) -> dict[str, Any]:
        """The comments right above an offset or each other, and not behind code, as facts."""
        original, lines, row, spans = self.original, self.lines, bisect_right(self.lines, begin), list[tuple[int, int]]()
        comments = [(start, end) for start, end in self.comments if bisect_right(lines, end) < row]  # /*implicit*/ A(int a);
        if len(comments) < len(self.comments) and DOCUMENTS.match(self.walk.original, self.comments[-1][0]) is not None:
            spans, comments = self.comments[-1:], []
        row = row if self.is_read_as_is else first_row(self.walk, begin, self.blanked)
        for start, end in reversed(comments):
            line = bisect_right(lines, start)
            if bisect_right(lines, end) != row - 1 or original[lines[line - 1] if line else 0 : start].strip():
                break
            spans.append((start, end))
            row = line
        if len(spans) > 1 and original.startswith("/*", spans[0][0]):  # a block comment is a whole
            del spans[1:]
        written = [original[start:end] for start, end in reversed(spans)]
        said = [clean_comment(text) for text in written]
        text = behind_groups(cut("\n".join(indented(said, written) if len(said) > 1 else said).strip("\n"), MAX_DOC))
        if not text:
            return {}
        return {"doc": text, "doc_line": bisect_right(lines, spans[-1][0]) + 1, "doc_end": bisect_right(lines, spans[0][1]) + 1}

    def note(self, kind: str, name: str, at: int, begin: int, stop: int, end: int, role: Role = "definition", *, scope: str = "",
             modifiers: tuple[str, ...] = (), **facts: Any) -> int:  # fmt: skip
        """Note what begins and ends at offsets, with a name at another; its signature ends at `stop`."""
        lines, place = self.lines, self.scope
        first, line = bisect_right(lines, begin) + 1, bisect_right(lines, at) + 1
        if self.comments:
            facts.update(self.documented(begin))
        if self.template is not None:
            facts["type_parameters"] = one_line(self.original[slice(*self.template)])
        symbols = self.walk.symbols
        symbols.append(Symbol(
            kind, name, line, max(bisect_right(lines, end - 1) + 1, first), place.parent, first if first < line else 0, scope, role,
            signature_of(self.original[begin:stop]), visibility=place.access if place.of else "", modifiers=modifiers,
            condition=place.condition, **facts,
        ))  # fmt: skip
        return len(symbols) - 1

    def is_as_written(self, match: re.Match[str], group: str) -> bool:
        """Whether nothing was blanked in a part."""
        return self.is_read_as_is or self.original[slice(*match.span(group))] == match[group]

    def read_include(self, match: re.Match[str]) -> None:
        self.require(not self.scope.of)
        line, written = bisect_right(self.lines, match.start("include")) + 1, match["path"]
        kind = "include_system" if written[0] == "<" else "include"
        self.walk.imports.append(Import(kind, written.strip('<>"'), line, line, condition=self.scope.condition))

    def read_nothing(self, match: re.Match[str]) -> None:
        """Pass by what declares nothing."""

    def read_empty(self, _match: re.Match[str]) -> None:
        """Pass by a sign alone; behind a body without statements, it makes a value of that."""
        _, end, brace = self.items[-1] if self.items else (0, 0, 0)
        self.require(not brace or ";" in self.text[brace:end])

    def read_define(self, match: re.Match[str]) -> None:
        name, start = match["macro"], match.start("define")
        self.require(len(name) <= MAX_NAME)
        value = ""
        if match["meaning"] is not None:
            begin = match.end("taken") if match["taken"] is not None else match.end("macro")
            value = one_line(body_of(self.walk.original, begin, 16 * MAX_VALUE)[0].decode("ascii"), MAX_VALUE)
        index = self.note("macro", name, match.start("macro"), start, match.end("macro"), match.end("define"), value=value)
        taken = self.original[slice(*match.span("taken"))] if match["taken"] is not None else ""
        self.walk.symbols[index].signature = f"#define {name}{taken}"

    def read_condition(self, match: re.Match[str]) -> None:
        word, test = match["word"], match["test"]
        self.require(is_test(word, test))
        condition = one_line(test, MAX_VALUE) if word in ("if", "elif") else ""
        if word in ("ifdef", "ifndef"):
            condition = f"{'!' if word == 'ifndef' else ''}defined({test})"
        if word.startswith("if"):
            own = "" if self.guards(match) else condition
            self.push(_Open("condition", self.scope, before=[condition]))
            self.scope = self.scope.under(own)
            return
        top = self.stack[-1] if self.stack else None
        if top is None or not (top.kind == "condition" or (top.kind == "else" and word == "endif")):
            raise _Unread
        self.scope = top.scope
        if word == "endif":
            self.stack.pop()
            return
        self.scope = top.scope.under(" && ".join([negated(b) for b in top.before] + ([condition] if condition else [])))
        top.before = [*top.before[1 - MAX_CONDITIONS :], condition]
        top.kind = "condition" if word == "elif" else word

    def push(self, scope: _Open) -> None:
        self.require(len(self.stack) < _DEEPEST)
        self.stack.append(scope)

    def read_close(self, match: re.Match[str]) -> None:
        self.require(bool(self.stack) and self.stack[-1].kind == ("class" if match["ended"] is not None else "namespace"))
        top = self.stack.pop()
        self.walk.symbols[top.index].end_line = bisect_right(self.lines, match.start("close")) + 1
        self.scope = top.scope

    def read_namespace(self, match: re.Match[str]) -> None:
        name, start, stop = match["around"] or "", match.start("namespace"), match.end("namespace") - 1
        self.require(not self.scope.of and len(name) <= MAX_NAME and all(map(may_be_name, name.split("::"))))
        index = self.note("namespace", name, match.start("around") if name else start, start, stop, stop,
                          modifiers=("inline",) if match["inline"] is not None else ())  # fmt: skip
        self.push(_Open("namespace", self.scope, index))
        self.scope = Scope(index, "", "", self.scope.condition)

    def read_template(self, match: re.Match[str]) -> None:
        self.require(are_given(match["given"]) and self.is_as_written(match, "given"))
        self.template, self.template_begins = match.span("given"), match.start("template")

    def read_alias(self, match: re.Match[str]) -> None:
        name, start, end = match["new"], *match.span("alias")
        self.require(len(name) <= MAX_NAME and may_be_name(name) and is_alias(match["old"]) and self.is_as_written(match, "old"))
        self.note("type_alias", name, match.start("new"), self.begins(start), end, end, type=one_line(match["old"]))

    def read_using(self, match: re.Match[str]) -> None:
        """Pass by names that are brought in from elsewhere."""
        self.require(match["brought"] is None or is_brought(match["brought"]))

    def read_short(self, match: re.Match[str]) -> None:
        """Pass by another name of a namespace."""
        self.require(not self.scope.of and all(map(may_be_name, re.findall(r"\w+", match["short"])[1:])))

    def read_friend(self, match: re.Match[str]) -> None:
        """Pass by a class that is a friend."""
        self.require(bool(self.scope.of) and all(map(may_be_name, match["trusted"].split("::"))))

    def read_assert(self, match: re.Match[str]) -> None:
        """Pass by an assertion, if the parser understands it."""
        self.bodies.append(f"void f() {{ {match['assert']} }}")

    def read_typedef(self, match: re.Match[str]) -> None:
        name, head, (start, end) = match["called"], plain_head(match["defined"] + " "), match.span("typedef")
        if head is None or not head.head.type or head.head.modifiers:
            raise _Unread
        self.require(len(name) <= MAX_NAME and may_be_name(name) and self.is_as_written(match, "typedef"))
        self.note("type_alias", name, match.start("called"), start, end, end, type=head.head.type + head.head.marks, modifiers=("typedef",))

    def read_enum(self, match: re.Match[str]) -> None:
        name, base, members = match["listing"] or "", match["base"], members_of(match["members"])
        (start, end), at = match.span("enum"), match.start("listing")
        self.require(not name or (len(name) <= MAX_NAME and may_be_name(name)))
        self.require(base is None or (plain_head(base + " ") is not None and self.is_as_written(match, "base")))
        if members is None or (match["scoped"] is not None and not name):
            raise _Unread
        if self.scope.of:  # where the declaration has its sign at its end
            end = self.text.index(";", end) + 1
        brace = match.start("members") - 1
        kind = one_line(base or "") if name else base_of(self.walk, start, brace)
        index = self.note("enum", name, at if name else start, start, brace, end, type=kind,
                          modifiers=("scoped",) if match["scoped"] is not None else ())  # fmt: skip
        outer, begin = (self.scope, self.comments), match.start("members")
        self.scope, self.comments = Scope(index, "", "", self.scope.condition), []
        for member in members:
            if member["name"] is None:
                self.comments.append((begin + member.start("comment"), begin + member.end("comment")))
                continue
            start, end = begin + member.start("member"), begin + member.end("member")
            self.require(len(member["name"]) <= MAX_NAME and self.original[start:end] == member["member"])
            self.note("enum_member", member["name"], start, start, end, end, value=one_line(member["value"] or "", MAX_VALUE))
            self.walk.symbols[-1].signature = one_line(member["member"])
            self.comments = []
        self.scope, self.comments = outer

    def read_access(self, match: re.Match[str]) -> None:
        scope = self.scope
        self.require(bool(scope.of))
        self.scope = Scope(scope.parent, scope.of, match["access"], scope.condition)

    def read_type(self, match: re.Match[str]) -> None:
        name, key, begin = match["named"], match["key"], self.begins(match.start("type"))
        self.require(len(name) <= MAX_NAME and is_name_of_type(name))
        if "<" in name:
            self.require(self.template is not None and self.is_as_written(match, "named"))
            name = one_line(name)
        if match["forward"] is not None:
            end = match.end("named")
            self.note(key, name, match.start("named"), begin, end, end, "forward")
            return
        bases, access = tuple[Base, ...](), "public" if key == "struct" else "private"
        if match["bases"] is not None:
            bases = tuple(Base(of, "", written or access) for written, of in bases_of(match["bases"]))
            self.require(bool(bases) and self.is_as_written(match, "bases"))
        stop = match.end("type") - 1
        modifiers = ("final",) if match["final"] is not None else ()
        index = self.note(key, name, match.start("named"), begin, stop, stop, modifiers=modifiers, bases=bases)
        self.push(_Open("class", self.scope, index))
        self.scope = Scope(index, name.partition("<")[0], access, self.scope.condition)

    def begins(self, start: int) -> int:
        """Where a declaration begins: with its template head, if it has one."""
        return start if self.template is None else self.template_begins

    def read_declaration(self, match: re.Match[str]) -> int:
        """Read a function or a variable; gives where the body ends that the expression knows the beginning of alone, else 0."""
        (start, end), of = match.span("declaration"), self.scope.of
        written, friend = match["head"].rstrip(" \t\n"), 0
        if written.startswith("friend") and of and (before := _FRIEND.match(written)) is not None:
            friend = before.end()
        if "operator" in written:
            named = operator_of(written) or conversion_of(written)
            if named is None or match["parameters"] is None:
                raise _Unread
            at, name = len(named[0]), named[1]
        else:
            at = max(written.rfind(" "), written.rfind("*"), written.rfind("&"), written.rfind("\n"), written.rfind("\t")) + 1
            name = written[at:]
        head = plain_head(written[friend:at])
        if head is None or not (head.in_class if of and not friend else head.outside):
            raise _Unread
        if match["parameters"] is not None:
            stop, expected = end, end
            if match["opening"] is not None:
                stop = match.start("opening")
                end = self.body(stop, is_constructor=not head.head.type)
            elif match["body"] is not None:
                stop = self.brace = match.start("body")
                if match["returned"] is not None and not is_expression(match["returned"]):
                    self.bodies.append(f"void f() {self.text[stop:end]}")
            self.require(stop - start <= _LONGEST)
            self.function(match, name, head, start, start + at, stop, end, is_friend=friend > 0)
            return end if end != expected else 0
        self.require(head.of_variable and not friend and name.isidentifier() and may_be_name(name) and self.template is None)
        self.require(end - start <= _LONGEST and self.is_as_written(match, "declaration"))
        if match["computed"] is not None:
            self.require(are_values(match["computed"]))
            self.bodies.append(f"void f() {{ auto x ={match['computed']}; }}")
        else:
            self.require(match["value"] is None or is_value(match["value"]))
        found = quick_variable(match["declaration"])
        if found is None or len(name) > MAX_NAME:
            raise _Unread
        kind, role = what_is(found, of, in_class=bool(of))
        self.note(kind, found.name, start + found.at, start, end, end, role, scope=found.scope, modifiers=found.modifiers,
                  type=found.type, value=one_line(found.value, MAX_VALUE))  # fmt: skip
        return 0

    def body(self, start: int, *, is_constructor: bool) -> int:
        """Note a body for the parser, which begins at an offset, or what a constructor sets before it; gives where it ends."""
        text, self.brace = self.text, start
        if text[start] == ":":
            self.require(is_constructor)
            self.brace = start_of_body(text, start + 1)
        end = end_of_body(text, self.brace) if self.brace > 0 else -1
        self.require(end > 0)
        self.bodies.append(f"{'f() ' if is_constructor else 'void f() '}{text[start:end]}")
        return end

    def function(self, match: re.Match[str], name: str, head: PlainHead, start: int, at: int, stop: int, end: int, *,
                 is_friend: bool) -> None:  # fmt: skip
        """Read a function by its head."""
        of, behind, quick, has_body, scope = self.scope.of, match["behind"], head.head, stop < end, ""
        if "::" in name and not of and "<" not in name:
            scope, _, name = name.rpartition("::")
            at, of = at + len(scope) + 2, scope.rpartition("::")[2]
            self.require(has_body and all(map(may_be_name, scope.removeprefix("::").split("::"))))  # else it may be no function
        parameters, words = plain_parameters(match["parameters"]), words_behind(behind)
        self.require(head.of_function and len(name) <= MAX_NAME and not (has_body and "=" in behind))
        if parameters is None or words is None or (words and not (self.scope.of or {"const", "noexcept"}.issuperset(words))):
            raise _Unread
        self.require(bool(of) or "const" not in words)
        self.require("=" not in behind or (self.template is None and (bool(quick.type) or "pure" not in words)))
        if not quick.type:
            if not of and not quick.modifiers and not has_body and not words and self.template is None:
                self.require(are_words(match["parameters"]))
                self.call(name, start, at, end)
                return
            is_own = name == of or (name == f"~{of}" and "explicit" not in quick.modifiers) or (not scope and name.startswith("operator "))
            self.require(bool(of) and not is_friend and is_own and not (scope and "explicit" in quick.modifiers))
        else:
            self.require((name.isidentifier() and may_be_name(name)) or name.startswith("operator"))
        raw, text = self.original[start:stop], self.text[start:stop]
        if raw != text:
            shown = as_shown(raw, text)
            if shown == raw:  # but for defaults, it was parsed as it stands there
                parameters = plain_parameters(self.original[slice(*match.span("parameters"))])
            else:
                found = quick_function(shown)
                parameters = found.parameters if found is not None and says_the_same(raw, text, found.type) and not is_friend else None
            if parameters is None:
                raise _Unread
        modifiers = joined(quick.modifiers, words) if words else quick.modifiers
        kind = "destructor" if name[0] == "~" else "constructor" if name == of else "method" if of else "function"
        if is_friend:
            if not has_body and "default" not in words:
                return
            kind, modifiers = "function", joined(modifiers, ("friend",))
        self.note(kind, name, at, self.begins(start), stop, end, "definition" if has_body else "declaration", scope=scope,
                  modifiers=modifiers, type=quick.type + quick.marks, parameters=parameters)  # fmt: skip

    def call(self, name: str, start: int, at: int, end: int) -> None:
        """Note what looks like a function without a type: a call of a macro."""
        self.require(name.isidentifier() and may_be_name(name) and self.original[start:end] == self.text[start:end])
        self.note("macro_call", name, at, start, end, end)

    def calls(self, calls: Sequence[Call]) -> bool:
        """Add calls of macros that were blanked, but for those in bodies; whether nodes are not needed to say where they stand."""
        starts, kept = [start for start, _, _ in self.items], list[Call]()
        for call in calls:
            _, end, brace = self.items[at] if (at := bisect_right(starts, call.start) - 1) >= 0 else (0, 0, 0)
            if call.start >= end:
                kept.append(call)
            elif not 0 < brace < call.start:
                return False
        if len(self.walk.symbols) + len(kept) > self.walk.most_symbols:
            return False
        add_calls(self.walk, kept)
        return True


_FRIEND = re.compile(r"friend[ \t\n]+")
_TEMPLATES = frozenset(("type", "declaration", "alias"))
#: Readers of items; one that knows better than the expression where its item ends says so.
_READERS: dict[str, Callable[[_Reader, re.Match[str]], int | None]] = {
    "include": _Reader.read_include, "directive": _Reader.read_nothing, "define": _Reader.read_define,
    "condition": _Reader.read_condition, "close": _Reader.read_close, "namespace": _Reader.read_namespace,
    "template": _Reader.read_template, "alias": _Reader.read_alias, "using": _Reader.read_using, "short": _Reader.read_short,
    "friend": _Reader.read_friend, "assert": _Reader.read_assert, "typedef": _Reader.read_typedef, "enum": _Reader.read_enum,
    "empty": _Reader.read_empty, "access": _Reader.read_access,
    "type": _Reader.read_type, "declaration": _Reader.read_declaration,
}  # fmt: skip
