"""Lua: functions, methods and fields of tables, variables of the file, and what it requires."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Import, Parameter
from ..base import MAX_VALUE, Walk
from ..heads import below, first_child, head, of_type
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_LOADS = re.compile(rb"\b(?:require|dofile|loadfile)\b")
_REQUIRES = re.compile(rb"local\s[\w\s,<>]+=\s*require\b")
#: A table by its names, without anything that is worked out.
_TABLE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_WORDS = re.compile(rb"\bfunction\b|\bself\s*\.")
#: Statements outside of functions that hold others.
_AROUND = frozenset(
    ("block", "do_statement", "if_statement", "elseif_statement", "else_statement", "for_statement", "while_statement", "repeat_statement")
)
#: What `Scope.inside` is in them.
_BLOCK = "block"
_DECLARING = ("function_declaration", "variable_declaration", "assignment_statement")
#: What `Scope.inside` is in the body of a function.
_FUNCTION = "function"


def walk(walk: Walk) -> None:
    """Read a file of Lua."""
    reader = _Lua(walk)
    reader.read()
    reader.loads()


class _Lua(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "function_declaration": "function", "variable_declaration": "variables", "assignment_statement": "assigned",
        "return_statement": "returned", **dict.fromkeys(_AROUND, "around"),
    }  # fmt: skip
    before_comment = ("hash_bang_line",)

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        walk.comment_marks = (*walk.comment_marks, b"]]", b"]=")
        #: Full names of what is declared outside of functions, and of fields that functions give to what they are of.
        self.known = set[str]()
        #: What ``self`` is in the function that is read.
        self.owner = ""

    def declares(self, node: Node) -> bool:
        return super().declares(node) and not self.requires(node)

    def requires(self, node: Node) -> bool:
        """Whether a statement names what another file gives, which is nothing to document."""
        return _REQUIRES.match(self.walk.original, node.start_byte) is not None

    def otherwise(self, node: Node, scope: Scope) -> None:
        """Read what stands in functions without a name, which are given to others."""
        for inner in below(node, self.walk, _WORDS, _DECLARING):
            self.node(inner, Scope(scope.parent, _FUNCTION))

    def around(self, node: Node, scope: Scope) -> None:
        self.block(node, scope if scope.inside == _FUNCTION else Scope(scope.parent, _BLOCK))

    def function(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is None or name.is_missing:
            return
        modifiers = ("local",) if first_child(node, "local") is not None else ()
        if name.type == "identifier":
            self.noted(node, node, name, "", scope, modifiers)
        else:
            at, table = name.child_by_field_name("method") or name.child_by_field_name("field"), name.child_by_field_name("table")
            if at is not None and not at.is_missing:
                self.noted(node, node, at, self.code(table), scope, kind="method" if name.type == "method_index_expression" else "function")

    def noted(
        self, statement: Node, function: Node, at: Node, table: str, scope: Scope, modifiers: tuple[str, ...] = (), kind: str = "function"
    ) -> None:
        """Note a function, which may be the value of a variable or of a field of a table."""
        body = function.child_by_field_name("body")
        self.known.add(f"{table}.{self.text(at)}".lstrip("."))
        end = first_child(function, "end") if body is None else body
        index = self.walk.add(
            kind, self.text(at), statement, scope.parent, at, scope=table, signature=head(self.walk, statement, end), modifiers=modifiers,
            parameters=self.taken(function), **self.walk.doc_before(statement),
        )  # fmt: skip
        if body is not None:
            owner, self.owner = self.owner, table or self.owner
            self.block(body, Scope(index, _FUNCTION))
            self.owner = owner

    def taken(self, function: Node) -> tuple[Parameter, ...]:
        found = function.child_by_field_name("parameters")
        return tuple(
            Parameter(self.text(p), kind="variadic" if p.type == "vararg_expression" else "")
            for p in (found.named_children if found is not None else ()) if p.type in ("identifier", "vararg_expression")
        )  # fmt: skip

    def variables(self, node: Node, scope: Scope) -> None:
        """Note local variables of the file, and functions that are the values of any."""
        statement = first_child(node, "assignment_statement")
        names, values = _sides(statement if statement is not None else node)
        for number, name in enumerate(names):
            value = values[number] if number < len(values) else None
            if value is not None and value.type == "function_definition":
                self.noted(node, value, name, "", scope, ("local",))
            elif not scope.inside:
                attribute = name.next_sibling
                words = [self.text(attribute).strip("<> ")] if attribute is not None and attribute.type == "attribute" else []
                self.variable(node, name, value, scope, "constant" if "const" in words else "variable", tuple(sorted(("local", *words))))
            elif value is not None:
                self.otherwise(value, scope)

    def assigned(self, node: Node, scope: Scope) -> None:
        """Note what is assigned first to a variable or to a field of a table that the file has."""
        names, values = _sides(node)
        for number, target in enumerate(names):
            value = values[number] if number < len(values) else None
            table = self.code(target.child_by_field_name("table")) if target.type == "dot_index_expression" else ""
            at = target.child_by_field_name("field") if target.type == "dot_index_expression" else target
            if at is None or at.type != "identifier" or (table and not _TABLE.fullmatch(table)):
                if value is not None:
                    self.otherwise(value, scope)
            elif value is not None and value.type == "function_definition":
                self.noted(node, value, at, self.owner if table == "self" and self.owner else table, scope)
            elif scope.inside != _FUNCTION and (not table or table.partition(".")[0] in self.known):
                self.variable(node, at, value, scope, "field" if table else "variable", (), table)
            elif scope.inside == _FUNCTION and table == "self" and self.owner:
                self.variable(node, at, value, scope, "field", ("instance",), self.owner)
            elif value is not None:
                self.otherwise(value, scope)

    def variable(
        self, node: Node, at: Node, value: Node | None, scope: Scope, kind: str, modifiers: tuple[str, ...], table: str = ""
    ) -> None:
        """Note a variable or a field where it is first named; of a table that it is, what has names there."""
        full = f"{table}.{self.text(at)}".lstrip(".")
        index = scope.parent
        if full not in self.known:
            self.known.add(full)
            index = self.walk.add(
                kind, self.text(at), node, -1 if table else scope.parent, at, scope=table, modifiers=modifiers,
                signature=head(self.walk, node, None, (), MAX_VALUE), value=self.code(value, most=MAX_VALUE),
                **self.walk.doc_before(node, ("---",) if self.requires(node) else ()),
            )  # fmt: skip
        if value is not None and value.type == "table_constructor" and scope.inside != _FUNCTION:
            self.table(value, index)
        elif value is not None:
            self.otherwise(value, Scope(index))

    def table(self, node: Node, parent: int, *, functions: bool = False) -> None:
        """Note what has a name in a table; of tables within it, only functions are of interest."""
        for child in of_type(node, "field"):
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if value is None:
                continue
            if name is None or name.type != "identifier" or self.code(child).startswith("["):
                self.otherwise(value, Scope(parent))
            elif value.type == "function_definition":
                self.noted(child, value, name, "", Scope(parent))
            elif functions and not (
                value.type == "table_constructor" and _WORDS.search(self.walk.original, value.start_byte, value.end_byte)
            ):
                self.otherwise(value, Scope(parent))
            else:
                index = self.walk.add(
                    "field", self.text(name), child, parent, name, signature=head(self.walk, child, None, (), MAX_VALUE),
                    value=self.code(value, most=MAX_VALUE), **self.walk.doc_before(child),
                )  # fmt: skip
                if value.type == "table_constructor":
                    self.table(value, index, functions=True)
                else:
                    self.otherwise(value, Scope(index))

    def returned(self, node: Node, scope: Scope) -> None:
        """Note what has a name in the table that a file returns."""
        for several in of_type(node, "expression_list"):
            for value in several.named_children:
                if value.type == "table_constructor" and scope.inside != _FUNCTION:
                    self.table(value, scope.parent)
                else:
                    self.otherwise(value, scope)

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def loads(self) -> None:
        """Note what the file requires, wherever it does: of the tree, only what has such a word is looked through."""
        assert self.walk.tree is not None
        words = [found.start() for found in _LOADS.finditer(self.walk.original)]
        aliases: dict[int, str] = {}
        stack = [(self.walk.tree.root_node, False)]
        while stack:
            node, is_local = stack.pop()
            place = bisect_left(words, node.start_byte)
            if place == len(words) or words[place] >= node.end_byte:
                continue
            if node.type == "function_call":
                self.loaded(node, aliases.get(node.start_byte, ""), local=is_local)
            elif node.type == "assignment_statement":
                names, values = _sides(node)
                aliases.update((value.start_byte, self.text(name)) for name, value in zip(names, values, strict=False))
            is_local = is_local or node.type in ("function_declaration", "function_definition")
            stack += [(child, is_local) for child in reversed(node.named_children)]

    def loaded(self, call: Node, alias: str, *, local: bool) -> None:
        """Note ``require "name"``, and ``pcall(require, "name")``."""
        name, arguments = call.child_by_field_name("name"), call.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        if self.text(name) == "pcall" and given:
            name, given, local = given[0], given[1:], True
        word = self.text(name)
        if word in ("require", "dofile", "loadfile") and given and given[0].type == "string":
            line, content = given[0].start_point.row + 1, self.text(given[0].child_by_field_name("content"))
            self.walk.imports.append(Import(word, content, line, given[0].end_point.row + 1, alias=alias, local=local))


def _sides(statement: Node) -> tuple[list[Any], list[Any]]:
    """The names, and the values, of an assignment or a declaration."""
    names, values = first_child(statement, "variable_list"), first_child(statement, "expression_list")
    return (
        names.children_by_field_name("name") if names is not None else [],
        values.children_by_field_name("value") if values is not None else [],
    )
