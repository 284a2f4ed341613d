"""SQL of any dialect: tables and types with columns, views, indexes, routines, triggers and other things that ``CREATE`` makes.

It is read without a grammar, since every dialect has its own: what is not understood is passed over. What is created under a condition or
for a session alone, in the body of a routine, is not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Block, Import, Parameter, Symbol
from ..base import Walk
from ..tokens import Token
from .statements import Statements, unquoted

__all__ = ["walk"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KINDS = {
    "TABLE": "table", "VIEW": "view", "INDEX": "index", "FUNCTION": "function", "PROCEDURE": "function", "PROC": "function",
    "TRIGGER": "trigger", "TYPE": "type_alias", "DOMAIN": "type_alias", "SEQUENCE": "object", "SCHEMA": "namespace", "PACKAGE": "package",
    "AGGREGATE": "function", "SYNONYM": "alias", "MACRO": "macro", "EVENT": "event", "EXTENSION": "",
}  # fmt: skip
#: Words between ``CREATE`` and what is created.
_BEFORE = _words("""
    OR REPLACE ALTER TEMP TEMPORARY GLOBAL LOCAL UNLOGGED FOREIGN EXTERNAL VIRTUAL MATERIALIZED RECURSIVE UNIQUE FULLTEXT
    SPATIAL CLUSTERED NONCLUSTERED COLUMNSTORE BITMAP DEFINER ALGORITHM SQL SECURITY FORCE NOFORCE EDITIONABLE NONEDITIONABLE
    CONSTRAINT TRUSTED PUBLIC PRIVATE TRANSIENT UNDEFINED MERGE TEMPTABLE INVOKER CURRENT_USER DISTRIBUTED SECURE BODY HASH
""")
_SIGNS_BEFORE = frozenset("=@()")
#: Words with which a part of a table begins that is no column.
_NO_COLUMNS = _words("CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK KEY INDEX EXCLUDE LIKE FULLTEXT SPATIAL PERIOD SUPPLEMENTAL")
#: Words that end the type of a column, or its value.
_BEHIND_TYPE = _words("""
    NOT NULL DEFAULT PRIMARY UNIQUE REFERENCES CHECK CONSTRAINT COLLATE GENERATED AS AUTO_INCREMENT AUTOINCREMENT IDENTITY
    COMMENT ON KEY ENCODE CHARSET STORED INVISIBLE VISIBLE SPARSE ROWGUIDCOL DEFERRABLE INITIALLY ENABLE DISABLE OPTIONS STORAGE
    COMPRESSION SORTKEY DISTKEY CODEC TTL FOREIGN
""")
#: Types of two words, by their first.
_LONG_TYPES = _words("DOUBLE CHARACTER CHAR BIT TIME TIMESTAMP NATIONAL INTERVAL LONG")
_LATER = _words("PRECISION VARYING WITH WITHOUT LARGE CHARACTER CHAR YEAR DAY HOUR RAW VARCHAR")
_MODES = _words("IN OUT INOUT VARIADIC READONLY OUTPUT NOCOPY")
_INCLUDED = re.compile(r"(?:(?:\\(?:i|ir|include|include_relative|\.)|\.read|:r|source)[ \t]|@@?)[ \t]*+([^\s;]+)", re.IGNORECASE)
#: What ends the head of a routine.
_BODIES = _words("AS IS BEGIN LANGUAGE RETURN SELECT DETERMINISTIC IMMUTABLE STABLE VOLATILE READS MODIFIES NO CONTAINS COMMENT")


def walk(walk: Walk) -> None:
    """Read a file of SQL."""
    _Reader(walk).read()


class _Reader(Statements):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: Tables and other things that have columns, by full names in small letters.
        self.known: dict[str, int] = {}
        self.fields: dict[tuple[int, str], int] = {}

    def read(self) -> None:
        for tokens in self.statements():
            word = tokens[0].text.upper()
            if word == "CREATE":
                self.create(tokens)
            elif word == "ALTER":
                self.alter(tokens)
            elif word == "COMMENT":
                self.remark(tokens)
            else:
                self.included(tokens)
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    # -- what stands in a statement ----------------------------------------------------------------------------------------------------

    def named(self, tokens: list[Token], at: int) -> tuple[Token | None, str, int]:
        """The name that begins at a token, with what is before its last part, and the number of the token behind it."""
        if at >= len(tokens) or not _is_name(tokens[at]):
            return None, "", at
        parts = [tokens[at]]
        while at + 2 < len(tokens) and tokens[at + 1].text == "." and _is_name(tokens[at + 2]):
            parts.append(tokens[at + 2])
            at += 2
        return parts[-1], ".".join(unquoted(part.text) for part in parts[:-1]), at + 1

    def include(self, kind: str, target: str, tokens: list[Token]) -> None:
        self.walk.imports.append(Import(kind, target, self.line(tokens[0].start), self.line(tokens[-1].end - 1)))

    def included(self, tokens: list[Token]) -> None:
        """Note a file that a client is told to read."""
        found = _INCLUDED.match(self.source, tokens[0].start, tokens[-1].end)
        if found is not None:
            self.include("include", found[1].strip("'\""), tokens)

    # -- declarations ------------------------------------------------------------------------------------------------------------------

    def create(self, tokens: list[Token]) -> None:
        """Read ``CREATE …``."""
        words = [token.text.upper() for token in tokens[:40]]
        at, user = 1, False
        while at < len(words) and words[at] not in _KINDS and (words[at] in _BEFORE | _SIGNS_BEFORE or user or tokens[at].text[:1] in "'`"):
            user = words[at] in ("=", "@")
            at += 1
        if at >= len(words) or words[at] not in _KINDS:
            return
        what = words[at]
        at += 1
        while words[at : at + 1] in (["IF"], ["NOT"], ["EXISTS"], ["CONCURRENTLY"], ["BODY"]):
            at += 1
        name, scope, behind = self.named(tokens, at)
        if name is None or name.text.startswith("#") or (what == "INDEX" and name.text.upper() == "ON"):
            return
        if what == "EXTENSION":
            self.include("extension", unquoted(name.text), tokens)
            return
        if what == "SCHEMA" and name.text.upper() == "AUTHORIZATION":
            return
        rest = tokens[behind:]
        kind, facts = self.facts(what, rest, tokens)
        if "TEMP" in words[:at] or "TEMPORARY" in words[:at]:
            facts["modifiers"] = ("temporary",)
        index = self.add(kind, name, tokens, scope=scope, **facts)
        self.known.setdefault(_full(scope, name).lower(), index)
        self.parts(what, rest, index)

    def facts(self, what: str, rest: list[Token], tokens: list[Token]) -> tuple[str, dict[str, Any]]:
        """The kind of what is created, its signature, and what else its head says."""
        kind, head = _KINDS[what], tokens[: len(tokens) - len(rest)]
        words = [token.text.upper() for token in rest[:3]]
        if kind == "function":
            return kind, self.routine(rest, head)
        if what == "TYPE":
            inside = words[1:2] if words[:1] in (["AS"], ["IS"]) else words[:1]
            kind = "enum" if inside == ["ENUM"] else "struct" if inside in (["("], ["OBJECT"], ["TABLE"]) and words[:1] != ["("] else kind
            facts: dict[str, Any] = {"signature": self.text(head)}
            if kind == "type_alias":
                facts = {"signature": self.text(tokens), "type": self.text(rest[1:])}
            return kind, facts if rest else {"signature": self.text(head), "role": "forward"}
        if what == "DOMAIN":
            of = rest[words[:1] == ["AS"] :]
            return kind, {"signature": self.text(tokens), "type": self.text(_type_of(of))}
        if kind in ("index", "trigger", "object", "alias", "macro"):
            end = next((i for i, t in enumerate(tokens) if t.text.upper() in ("BEGIN", "AS", "WHERE", "EXECUTE")), len(tokens))
            return kind, {"signature": self.text(tokens[: max(end, len(head))])}
        return kind, {"signature": self.text(head)}

    def routine(self, rest: list[Token], head: list[Token]) -> dict[str, Any]:
        """Parameters of a routine, what it gives back, its head."""
        listed, at = _group(rest, 0)
        if not listed and rest and rest[0].text.startswith("@"):
            at = next((i for i, token in enumerate(rest) if token.text.upper() in ("AS", "WITH", "RETURNS")), len(rest))
            listed = rest[:at]
        parameters = tuple(p for part in _split(listed) if (p := self.parameter(part)) is not None)
        returns = ""
        if at < len(rest) and rest[at].text.upper() in ("RETURNS", "RETURN"):
            end = at + 1
            while end < len(rest) and rest[end].text.upper() not in _BODIES and rest[end].text[:1] not in "'$":
                end = _group(rest, end)[1] if rest[end].text == "(" else end + 1
            returns, at = self.text(rest[at + 1 : end]), end
        return {"signature": self.text([*head, *rest[:at]], 600), "parameters": parameters, "type": returns}

    def parameter(self, part: list[Token]) -> Parameter | None:
        """One of the parameters of a routine: with or without a name, and a word that says whether it is given or given back."""
        words = [token.text.upper() for token in part]
        kinds = [word.lower() for word in words if word in _MODES]
        kept = [token for token in part if token.text.upper() not in _MODES]
        end = next((i for i, t in enumerate(kept) if t.text.upper() in ("DEFAULT", "=") or t.text == ":"), len(kept))
        default = self.text(kept[end + 1 :]).lstrip("= ")
        kept = kept[:end]
        if not kept or kept[0].text == "*":
            return None
        is_named = len(kept) > 1 and kept[0].is_word and kept[1].is_word
        if is_named and kept[0].text.upper() in _LONG_TYPES and kept[1].text.upper() in _LATER:
            is_named = False
        name = unquoted(kept[0].text) if is_named else ""
        of = [t for t in kept[is_named:] if t.text.upper() != "AS"]
        return Parameter(name, self.text(of), default, "variadic" if "variadic" in kinds else " ".join(k for k in kinds if k != "in"))

    def parts(self, what: str, rest: list[Token], index: int) -> None:
        """Read what a table, a view or a type has."""
        words = [token.text.upper() for token in rest[:4]]
        if what == "TYPE" and "ENUM" in words[:2]:
            for part in _split(_group(rest, words.index("ENUM") + 1)[0]):
                if part[0].text.startswith("'"):
                    self.add("enum_member", part[0], part, parent=index, name=part[0].text.strip("'"), signature=self.text(part))
        elif what == "TABLE" and words[:1] == ["USING"]:
            for part in _split(_group(rest, 2)[0]):
                if part[0].is_word and len(part) == 1:
                    self.column(part, index)
        elif what in ("TABLE", "VIEW", "TYPE"):
            at = next((i for i, word in enumerate(words) if word == "("), -1)
            if at == 0 or (what == "TYPE" and at > 0):
                for part in _split(_group(rest, at)[0]):
                    self.column(part, index)

    def column(self, part: list[Token], index: int) -> None:
        """Note a column, unless a part of a table is something else."""
        words = [token.text.upper() for token in part]
        if not _is_name(part[0]) or (words[0] in _NO_COLUMNS and not _is_column(words)):
            return
        of = _type_of(part[1:])
        default = words.index("DEFAULT") + 1 if "DEFAULT" in words else 0
        end = next((i for i in range(default + 1, len(part)) if words[i] in _BEHIND_TYPE), len(part)) if default else 0
        marks = {"not null": ("NOT", "NULL"), "primary key": ("PRIMARY", "KEY"), "unique": ("UNIQUE",)}
        joined = f" {' '.join(words)} "
        said = words.index("COMMENT") + 1 if "COMMENT" in words else 0
        facts: dict[str, Any] = {}
        if 0 < said < len(part) and part[said].text.startswith("'"):
            facts = self.remark_in(part[said])
        self.fields[index, unquoted(part[0].text).lower()] = self.add(
            "field", part[0], part, parent=index, signature=self.text(part), type=self.text(of), value=self.text(part[default:end]),
            modifiers=tuple(mark for mark, sought in marks.items() if f" {' '.join(sought)} " in joined), **facts,
        )  # fmt: skip

    def add(self, kind: str, at: Token, tokens: list[Token], parent: int = -1, name: str = "", **facts: Any) -> int:
        """Note a declaration with the comment at it."""
        first, line, end = self.line(tokens[0].start), self.line(at.start), self.line(tokens[-1].end - 1)
        if "doc" not in facts:
            facts |= self.doc(tokens[0], tokens[-1] if parent >= 0 else None)
        return self.walk.add(kind, name or unquoted(at.text), Block(line, end), parent, first_line=first if first < line else 0, **facts)

    # -- what is said later ------------------------------------------------------------------------------------------------------------

    def alter(self, tokens: list[Token]) -> None:
        """Read the columns that ``ALTER TABLE`` adds."""
        words = [token.text.upper() for token in tokens]
        if words[1:2] != ["TABLE"]:
            return
        at = 2
        while words[at : at + 1] in (["IF"], ["EXISTS"], ["ONLY"]):
            at += 1
        name, scope, at = self.named(tokens, at)
        if name is None:
            return
        full = _full(scope, name)
        index = self.known.get(full.lower(), -1)
        for part in _split(tokens[at:]):
            before = [token.text.upper() for token in part[:5]]
            if before[:1] != ["ADD"]:
                continue
            skip = 1
            while before[skip : skip + 1] in (["COLUMN"], ["IF"], ["NOT"], ["EXISTS"]):
                skip += 1
            rest = part[skip:]
            if len(rest) > 1 and _is_name(rest[0]) and (rest[0].text.upper() not in _NO_COLUMNS or "COLUMN" in before):
                self.add(
                    "field", rest[0], part, parent=index, scope="" if index >= 0 else full, signature=self.text(rest),
                    type=self.text(_type_of(rest[1:])),
                )  # fmt: skip

    def remark(self, tokens: list[Token]) -> None:
        """Read ``COMMENT ON TABLE … IS '…'``, which documents what has no comment of its own."""
        words = [token.text.upper() for token in tokens]
        if words[1:2] != ["ON"] or "IS" not in words or not tokens[-1].text.startswith("'"):
            return
        name, scope, _ = self.named(tokens, 3 + (words[2:4] == ["MATERIALIZED", "VIEW"]))
        if name is None:
            return
        index = self.known.get(_full(scope, name).lower(), -1)
        if words[2] == "COLUMN":
            index = self.fields.get((self.known.get(scope.lower(), -1), unquoted(name.text).lower()), -1)
        symbol: Symbol | None = self.walk.symbols[index] if index >= 0 else None
        if symbol is not None and not symbol.doc:
            for key, value in self.remark_in(tokens[-1]).items():
                setattr(symbol, key, value)

    def remark_in(self, token: Token) -> dict[str, Any]:
        """What a text says, as documentation."""
        text = token.text.strip("'").replace("''", "'").strip()
        return {"doc": text, "doc_line": self.line(token.start), "doc_end": self.line(token.end - 1)} if text else {}


def _full(scope: str, name: Token) -> str:
    return f"{scope}.{unquoted(name.text)}".lstrip(".")


def _is_name(token: Token) -> bool:
    return token.is_word and not token.text[0].isdigit()


def _is_column(words: list[str]) -> bool:
    """Whether a part of a table is a column that is called as what begins others: ``key varchar(20)``."""
    if words[0] not in ("KEY", "INDEX", "PERIOD", "LIKE") or len(words) < 2 or words[1] in ("(", "FOR"):
        return False
    return words[0] != "LIKE" and (words[2:3] != ["("] or words[3:4] == ["MAX"] or words[3][:1].isdigit())


def _type_of(tokens: list[Token]) -> list[Token]:
    words = [token.text.upper() for token in tokens]
    ends = (i for i, word in enumerate(words) if word in _BEHIND_TYPE or (word == "CHARACTER" and words[i + 1 : i + 2] == ["SET"]))
    return tokens[: next(ends, len(tokens))]


def _group(tokens: list[Token], at: int) -> tuple[list[Token], int]:
    """What stands in the parentheses that open at a token, and the number of the token behind them; nothing where none do."""
    if at >= len(tokens) or tokens[at].text != "(":
        return [], at
    depth = 0
    for number in range(at, len(tokens)):
        depth += (tokens[number].text == "(") - (tokens[number].text == ")")
        if not depth:
            return tokens[at + 1 : number], number + 1
    return tokens[at + 1 :], len(tokens)


def _split(tokens: list[Token]) -> Iterator[list[Token]]:
    """The parts between commas that stand in no parentheses."""
    depth, found = 0, list[Token]()
    for token in tokens:
        depth += (token.text in "([") - (token.text in ")]") if len(token.text) == 1 else 0
        if token.text == "," and depth <= 0:
            if found:
                yield found
            found = []
        else:
            found.append(token)
    if found:
        yield found
