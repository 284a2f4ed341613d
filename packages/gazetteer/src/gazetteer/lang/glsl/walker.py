"""GLSL and HLSL: functions, types, blocks of uniforms and buffers with their members, variables, constants, macros, includes.

Both are small enough to be read without a grammar, and one reader does for both: what the one has, the other does not write otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...model import Base, Block, Parameter
from ..base import MAX_SIGNATURE, Walk, unwrapped
from ..tokens import Token
from .head import STORED, Head, named, parts, sizes, value, within
from .statements import Body, Statements, is_macro

__all__ = ["walk"]

#: Words before what has members, and the kind of each.
_HOLDERS = {
    "struct": "struct", "class": "class", "interface": "interface", "enum": "enum", "namespace": "namespace", "cbuffer": "struct",
    "tbuffer": "struct", "technique": "object", "technique10": "object", "technique11": "object", "fxgroup": "object",
}  # fmt: skip
#: Those behind whose body names of variables may follow; and kinds of what has fields and methods.
_TYPES = frozenset(("struct", "class", "interface", "enum"))
_WITH_FIELDS = frozenset(("struct", "class", "interface"))


def walk(walk: Walk) -> None:
    """Read a file of GLSL or HLSL."""
    _Reader(walk).read()


class _Reader(Statements):
    def opened(self, tokens: list[Token]) -> Body | None:
        head = Head(tokens)
        words = [token.text for token in head.rest]
        if words[:1] == ["typedef"]:
            head = Head(head.rest[1:])
            words = words[1:]
        if head.name is not None and head.behind and head.behind[0].text == "(":
            return self.inside(self.function(tokens, head, "definition", None), "code")
        if "=" in words:
            return None
        if words and words[0] in _HOLDERS:
            return self.holder(tokens, head)
        if self.walk.language == "glsl" and STORED & head.words and named(head.rest[-1:]):
            return self.block(tokens, head)
        if head.name is not None:
            return None  # states of a sampler of HLSL
        return self.inside(-1, "code")

    def statement(self, tokens: list[Token], end: Token) -> None:
        if self.body.kind == "enum":
            if named(tokens):
                self.note("enum_member", tokens[0], tokens, end, value=self.text(value(tokens)))
            return
        head = Head(tokens)
        words = [token.text for token in head.rest]
        if words[:1] == ["typedef"]:
            self.alias(tokens, Head(head.rest[1:]), end)
        elif words[:1] and words[0] in _TYPES and len(words) == 2 and named(head.rest[1:]):
            self.note(_HOLDERS[words[0]], head.rest[1], tokens, end, role="forward")
        elif head.name is not None and head.behind and head.behind[0].text == "(":
            self.function(tokens, head, "declaration", end)
        elif head.name is not None:
            self.variables(head, end)

    # -- declarations ------------------------------------------------------------------------------------------------------------------

    def holder(self, tokens: list[Token], head: Head) -> Body | None:
        """Note what has members, if it has a name; None where it has none, but what follows has."""
        word, rest = head.rest[0].text, head.rest[1:]
        if word == "enum" and rest and rest[0].text in ("class", "struct"):
            rest = rest[1:]
        kind, is_type = _HOLDERS[word], word in _TYPES
        if not named(rest):
            return None if kind in _WITH_FIELDS and is_type else self.inside(-1, kind)
        bases = parts(rest[2:], "([<") if is_type and len(rest) > 2 and rest[1].text == ":" else ()
        index = self.note(
            kind, rest[0], tokens[head.start :], None, bases=tuple(Base(self.text(base)) for base in bases), **self.facts(head)
        )
        return self.inside(index, kind, (*head.qualifiers, rest[0]) if is_type else ())

    def block(self, tokens: list[Token], head: Head) -> Body:
        """Note a block of GLSL: ``uniform Name { … } instance;``."""
        name = head.rest[-1]
        index = self.note("struct", name, tokens[head.start :], None, **self.facts(head))
        return self.inside(index, "struct", (*head.qualifiers, name))

    def function(self, tokens: list[Token], head: Head, role: str, end: Token | None) -> int:
        """Note a function; gives its index, or -1 where it is none but a call of a macro."""
        assert head.name is not None
        inside, behind = within(head.behind)
        given = [Head(part) for part in parts(inside, "([<")]
        is_call = is_macro(head.name.text) or not all(named(one.rest) for one in given) or (behind and behind[0].text not in (":", "const"))
        if end is not None and is_call:
            return -1
        parameters = tuple(self.taken(one) for one in given if [token.text for token in one.tokens] != ["void"])
        kind = "method" if self.body.kind in _WITH_FIELDS else "function"
        return self.note(
            kind, head.name, tokens[head.start :], end, role=role, parameters=parameters, type=self.text(head.of), **self.facts(head)
        )

    def taken(self, head: Head) -> Parameter:
        """A parameter, which in a declaration may have no name."""
        if head.name is None:
            return Parameter("", self.text([*head.qualifiers, *head.rest]))
        of = self.type_of([*head.qualifiers, *head.of], [head.name, *head.behind])
        return Parameter(head.name.text, of, self.text(value(head.behind)))

    def variables(self, head: Head, end: Token) -> None:
        """Note the variables, constants or fields of a statement."""
        assert head.name is not None
        kind = "field" if self.body.kind in _WITH_FIELDS else "constant" if "const" in head.modifiers else "variable"
        before, is_later = [*head.qualifiers, *head.of], self.is_behind
        for part in parts([head.name, *head.behind]):
            if not named(part):
                return
            self.note(
                kind, part[0], [*before, *part], end, is_later=is_later, type=self.type_of(head.of, part),
                value=self.text(value(part)), **self.facts(head),
            )  # fmt: skip
            is_later = True

    def alias(self, tokens: list[Token], head: Head, end: Token) -> None:
        """Note another name of a type."""
        if head.name is not None:
            self.note("type_alias", head.name, tokens, end, type=self.type_of(head.of, [head.name, *head.behind]))

    def type_of(self, of: Sequence[Token], part: Sequence[Token]) -> str:
        """A type, with the sizes that stand behind what has it."""
        return self.text(of) + self.text(sizes(part[1:]))

    def facts(self, head: Head) -> dict[str, Any]:
        """What any declaration may have."""
        return {
            "modifiers": head.modifiers, "decorators": tuple(map(self.text, head.attributes)),
            "type_parameters": self.text(head.type_parameters), "start": head.tokens[0],
        }  # fmt: skip

    def note(
        self,
        kind: str,
        at: Token,
        tokens: Sequence[Token],
        end: Token | None,
        *,
        start: Token | None = None,
        is_later: bool = False,
        **facts: Any,
    ) -> int:
        """Note a declaration, which begins with the token `start`, and is not the first of its statement if it `is_later`."""
        start = tokens[0] if start is None else start
        first, line = self.line(start.start), self.line(at.start)
        last = self.line(end.start) if end is not None and end.text == ";" else self.line(tokens[-1].end)
        scope, _, name = at.text.rpartition("::")
        first_line = first if first < line and not is_later else 0
        doc = self.behind(tokens[-1]) if is_later else self.doc(start, tokens[-1] if end is not None else None)
        signature = unwrapped(self.text(tokens, MAX_SIGNATURE))
        return self.walk.add(
            kind, name, Block(line, max(last, line)), self.body.parent, first_line=first_line, scope=scope,
            signature=signature, condition=self.conditions.at(line), **facts, **doc,
        )  # fmt: skip
