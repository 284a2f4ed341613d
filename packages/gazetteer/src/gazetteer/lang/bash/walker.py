"""Bash and its kin: functions, variables of the script with what is exported and what is constant, aliases, files that are sourced."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ...model import Block, Import
from ..base import MAX_VALUE, Walk, in_order_of_text, last_line, one_line
from ..heads import file_comment
from ..siblings import nodes_before
from .repair import HEAD

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_ALIAS = re.compile(r"([\w.+!,@:-]+)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_]\w*$")
_DECLARING = ("export", "readonly", "declare", "typeset")
_DECLARES = ("declaration_command", "variable_assignment", "variable_assignments")
_FLAGS = {"r": "readonly", "x": "export", "i": "integer", "a": "array", "A": "associative array", "n": "nameref"}
#: A comment that tells something to a checker or an editor.
_DIRECTIVES = re.compile(r"#\s*(?:shellcheck\s+\w+=|(?:vim?|ex):|-\*-)")
#: What a function may be that has no braces, and whose head a repair has blanked.
_HEADED = frozenset(("for_statement", "while_statement", "case_statement"))
#: Nodes that hold no statements.
_CLOSED = frozenset(("comment", "word", "string", "raw_string", "heredoc_body", "test_command", "array", "variable_name"))


def walk(walk: Walk) -> None:
    """Read a script: what stands in functions belongs to them, and their variables are not the script's."""
    assert walk.tree is not None
    root, walk.directives = walk.tree.root_node, _DIRECTIVES
    reader = _Reader(walk)
    stack: list[tuple[Node, int, bool]] = [(root, -1, False)]
    while stack:  # in the order of the text: a variable is noted where it is first named
        node, parent, local = stack.pop()
        kind, inner = node.type, list[Any]()
        if kind == "function_definition":
            parent, body = reader.function(node, parent), node.child_by_field_name("body")
            inner, local = [body] if body is not None else [], True
        elif kind == "command":
            if not reader.split(node, parent):
                reader.line_before(node, parent)
                reader.command(node, parent, local)
            inner, local = [c for c in node.named_children if c.type == "command_substitution"], True
        elif kind == "declaration_command":
            reader.declaration(node, parent, node.children[0].type)
        elif kind == "variable_assignment":
            reader.variable(node, node, parent, set())
        elif kind == "c_style_for_statement":  # what is counted in its head is no more listed than what ``for name in`` names
            inner, local = [c for c in [node.child_by_field_name("body")] if c is not None], True
        elif kind in _HEADED and (index := reader.headed(node, parent)) is not None:
            parent, inner, local = index, node.named_children, True
        elif kind not in _CLOSED:
            inner, local = node.named_children, local or kind not in ("program", "list", "redirected_statement", "ERROR")
        stack += [(child, parent, local) for child in reversed(inner)]
    file_comment(walk, root, lambda node: node.type in ("function_definition", *_DECLARES))
    in_order_of_text(walk)


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text
        self.known: dict[str, int] = {}

    def function(self, node: Node, parent: int) -> int:
        name = node.child_by_field_name("name")
        if name is None or name.is_missing:
            return parent
        written = self.text(name)
        return self.walk.add("function", written, node, parent, name, signature=f"{written}()", **self.walk.doc_before(node))

    def headed(self, node: Node, parent: int) -> int | None:
        """Note ``a() while b; do c; done``; None for a loop or a choice that is no function."""
        if self.walk.read is self.walk.original:
            return None
        near = max(node.start_byte - 200, 0)
        start = near + len(self.walk.read[near : node.start_byte].rstrip())
        head = HEAD.fullmatch(self.walk.original[start : node.start_byte].lstrip())
        if head is None:
            return None
        written, line = (head[1] or head[2]).decode(), self.walk.line_of(node.start_byte - len(head[0]))
        comments = list(takewhile(lambda before: before.type == "comment", nodes_before(node)))[::-1]
        above = self.walk.doc_of(self.walk.adjacent(comments, node, line - 1))
        return self.walk.add("function", written, Block(line, last_line(node)), parent, signature=f"{written}()", **above)

    def split(self, node: Node, parent: int) -> bool:
        """Note ``A=$B/$C``, which the grammar takes for ``A=$B/`` before the command ``C``; whether a command is that."""
        name = node.child_by_field_name("name")
        before = name.prev_named_sibling if name is not None else None
        if name is None or before is None or before.type != "variable_assignment":
            return False
        if self.walk.original[before.end_byte : name.start_byte] not in (b"", b"$"):
            return False
        at, value = before.child_by_field_name("name"), before.child_by_field_name("value")
        if at is not None and at.type == "variable_name" and value is not None:
            self.note(node, at, self.text(at), parent, set(), one_line(self.walk.slice(value.start_byte, name.end_byte), MAX_VALUE))
        return True

    def line_before(self, node: Node, parent: int) -> None:
        """Read ``A=1 B=2`` on the line before a command, which the grammar takes for what that command alone is given."""
        name = node.child_by_field_name("name")
        given = [c for c in node.named_children if c.type == "variable_assignment"]
        if name is None or not given:
            return
        between = self.walk.original[given[-1].end_byte : name.start_byte]
        if b"\n" in between and b"\\\n" not in between:
            for child in given:
                self.variable(child, child, parent, set())
            if self.text(name) in _DECLARING:
                self.declaration(node, parent, self.text(name))

    def command(self, node: Node, parent: int, local: bool) -> None:
        name = self.text(node.child_by_field_name("name"))
        arguments = node.children_by_field_name("argument")
        if name in ("source", ".") and arguments:
            last = arguments[0]  # the grammar takes /a/`b`/c for several arguments
            for argument in arguments[1:]:
                last = argument if argument.start_byte == last.end_byte else last
            target = _value(self.walk.slice(arguments[0].start_byte, last.end_byte))
            line, end = node.start_point.row + 1, node.end_point.row + 1
            self.walk.imports.append(Import("source", target, line, end, local=local))
        elif name == "alias":
            for argument in arguments:
                match = _ALIAS.match(self.text(argument))
                if match:
                    value = one_line(_value(match[2]), MAX_VALUE)
                    signature = one_line(f"alias {self.text(argument)}", MAX_VALUE)
                    self.walk.add(
                        "alias", match[1], argument, parent, argument, signature=signature, value=value, **self.walk.doc_before(node)
                    )

    def declaration(self, node: Node, parent: int, word: str) -> None:
        """Read ``export``, ``readonly``, ``declare`` and ``typeset``."""
        modifiers = set[str]()
        for child in node.named_children:
            flag = self.text(child)
            if child.type in ("word", "string") and flag.startswith(("-", "+")):
                if flag.startswith("-") and word == "export" and "n" in flag:
                    return
                if {"f", "F", "p"} & set(flag):
                    return
                modifiers |= {_FLAGS[letter] for letter in flag[1:] if letter in _FLAGS and flag.startswith("-")}
        if word in ("export", "readonly"):
            modifiers.add(word)
        elif word == "local":
            return
        for child in node.named_children:
            if node.type == "command" and child.type in ("word", "concatenation"):
                name, _, value = self.text(child).partition("=")
                self.note(child, child, name, parent, modifiers, one_line(value, MAX_VALUE))
            elif node.type == "declaration_command" and child.type == "variable_assignment":
                self.variable(node, child, parent, modifiers)
            elif child.type == "variable_name":
                self.note(node, child, self.text(child), parent, modifiers, "")

    def variable(self, statement: Node, node: Node, parent: int, modifiers: set[str]) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and name.type == "variable_name":
            self.note(statement, name, self.text(name), parent, modifiers, one_line(self.text(value), MAX_VALUE))

    def note(self, statement: Node, name: Node, written: str, parent: int, modifiers: set[str], value: str) -> None:
        """Note a variable where it is first named; later statements add what they make of it."""
        if not _VARIABLE.match(written) or parent >= 0:
            return
        if written in self.known:
            symbol = self.walk.symbols[self.known[written]]
            symbol.modifiers = tuple(sorted({*symbol.modifiers, *modifiers}))
            symbol.kind = "constant" if "readonly" in modifiers else symbol.kind
            symbol.visibility = "exported" if "export" in modifiers else symbol.visibility
            return
        self.known[written] = self.walk.add(
            "constant" if "readonly" in modifiers else "variable", written, statement, parent, name, value=value,
            signature=one_line(self.text(statement), MAX_VALUE), modifiers=tuple(sorted(modifiers)),
            visibility="exported" if "export" in modifiers else "", **self.walk.doc_before(statement),
        )  # fmt: skip


def _value(text: str) -> str:
    """A word without the quotes around it; one with variables in it stays as it is but for them.

    Examples
    --------
    >>> _value('"$HERE/a b.sh"'), _value("'lib.sh'"), _value("./a.sh")
    ('$HERE/a b.sh', 'lib.sh', './a.sh')
    """
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        return text[1:-1]
    return text.replace('"', "") if text.count('"') % 2 == 0 and "'" not in text else text
