"""Zig: functions, values, and the types that they are - structs, enumerations, unions, sets of errors - with their members; imports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Import, Parameter
from ..base import MAX_VALUE, Walk
from ..heads import below, first_child, head, of_type
from ..reader import Reader, Rule, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Expressions that are types, and the kinds of what has them as its value.
_HOLDERS = {
    "struct_declaration": "struct", "opaque_declaration": "struct", "enum_declaration": "enum", "union_declaration": "union",
    "error_set_declaration": "enum",
}  # fmt: skip
_IMPORT = re.compile(r'@import\s*\(\s*"([^"]*)"')
_IMPORTS = re.compile(rb"@(?:import|cImport)\b")
#: Words before a declaration.
_WORDS = frozenset(("pub", "const", "var", "comptime", "threadlocal", "extern", "export", "inline", "noinline", "packed"))


def walk(walk: Walk) -> None:
    """Read a file of Zig."""
    _Zig(walk).read()


class _Zig(Reader):
    rules: ClassVar[Mapping[str, Rule]] = {"function_declaration": Rule("function", "method", type="type")}
    read_by: ClassVar[Mapping[str, str]] = {
        "variable_declaration": "value", "container_field": "field", "using_namespace_declaration": "imported",
        "test_declaration": "tested",
        "comptime_declaration": "tested",
    }  # fmt: skip
    local = ("struct_declaration", "enum_declaration", "union_declaration", "opaque_declaration")
    local_words = re.compile(rb"\b(?:struct|enum|union|opaque)\b")

    def read(self) -> None:
        super().read()
        self.imports()
        if not self.walk.doc:
            self.file_doc()

    def file_doc(self) -> None:
        """Take the comment for the whole file, which begins with ``//!``."""
        assert self.walk.tree is not None
        comments = list[Any]()
        for child in self.walk.tree.root_node.children:
            if child.type not in self.comments:
                break
            if self.text(child).startswith("//!"):
                comments.append(child)
        if facts := self.walk.doc_of(comments):
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]

    def facts(self, node: Node, scope: Scope) -> dict[str, Any]:  # noqa: ARG002 - who sees it, it says itself
        words = {c.type for c in node.children if c.type in _WORDS}
        facts: dict[str, Any] = {
            "visibility": "exported" if {"pub", "export"} & words else "private" if node.type != "container_field" else "",
            "modifiers": tuple(sorted(words - {"pub", "const", "var"})), **self.walk.doc_before(node, ("///",)),
        }  # fmt: skip
        if node.type == "function_declaration":
            facts["parameters"] = tuple(map(self.taken, of_type(first_child(node, "parameters"), "parameter")))
            facts["role"] = "definition" if first_child(node, "block") is not None else "declaration"
        return facts

    def taken(self, node: Node) -> Parameter:
        name = node.child_by_field_name("name")
        if first_child(node, "...") is not None and name is None:
            return Parameter("...", kind="variadic")
        return Parameter(self.name(name) if name is not None else "", self.code(node.child_by_field_name("type")))

    def name(self, node: Node) -> str:
        """A name, without the marks around one that is none otherwise."""
        text = self.text(node)
        return text[2:-1] if text.startswith('@"') else text

    def within(self, body: Node, parent: int) -> None:
        """Read the types that a body declares or gives: a function of Zig may make types."""
        for holder in below(body, self.walk, self.local_words, self.local):
            around = holder.parent
            if around is not None and around.type == "variable_declaration":
                self.value(around, Scope(parent))
            else:
                self.members(holder, parent, "struct")

    def members(self, holder: Node, index: int, kind: str) -> None:
        """Read what a type has."""
        for child in holder.children:
            if holder.type == "error_set_declaration" and child.type == "identifier":
                self.walk.add(
                    "enum_member",
                    self.name(child),
                    child,
                    index,
                    child,
                    signature=self.text(child),
                    **self.walk.doc_before(child, ("///",)),
                )
            else:
                self.node(child, Scope(index, kind))

    def value(self, node: Node, scope: Scope) -> None:
        """Note a constant or a variable, which may be a type, or a file that is imported."""
        names = of_type(node, "identifier")
        before = [name for name in names if (equals := first_child(node, "=")) is None or name.start_byte < equals.start_byte]
        if not before or self.text(before[0]) == "_" or first_child(node, "const", "var") is None:
            return
        equals = first_child(node, "=")
        value = equals.next_named_sibling if equals is not None else None
        kind = _HOLDERS.get(value.type, "") if value is not None else ""
        facts = self.facts(node, scope)
        of = self.code(node.child_by_field_name("type"))
        head_end = first_child(value, "{") if kind else None
        index = self.walk.add(
            kind or ("constant" if first_child(node, "const") is not None else "variable"), self.name(before[0]), node, scope.parent,
            before[0],
            signature=head(self.walk, node, head_end, (), MAX_VALUE), type=of, value="" if kind else self.code(value, most=MAX_VALUE),
            **facts,
        )  # fmt: skip
        if value is not None and kind:
            self.members(value, index, kind)
        elif value is not None:
            self.within(node, index)

    def field(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("type")
        if name is None or name.type not in ("identifier", "builtin_type") or self.text(name) in ("", "_"):
            return
        equals = first_child(node, "=")
        kind = "enum_member" if scope.inside == "enum" else "field"
        self.walk.add(
            kind, self.name(name), node, scope.parent, name, signature=self.code(node, most=MAX_VALUE),
            type=self.code(node.child_by_field_name("type")) if name != node.child_by_field_name("type") else "",
            value=self.code(equals.next_named_sibling, most=MAX_VALUE) if equals is not None else "", **self.facts(node, scope),
        )  # fmt: skip
        if equals is not None:
            self.within(node, len(self.walk.symbols) - 1)

    def tested(self, node: Node, scope: Scope) -> None:
        self.within(node, scope.parent)

    def imported(self, node: Node, _scope: Scope) -> None:
        """Imports are read in one go."""

    def imports(self) -> None:
        """Note what is imported, with the name that it gets."""
        assert self.walk.tree is not None
        for node in below(self.walk.tree.root_node, self.walk, _IMPORTS, ("builtin_function",)):
            found = _IMPORT.match(self.text(node))
            if found is None:
                continue
            around = node.parent
            alias = first_child(around, "identifier") if around is not None and around.type == "variable_declaration" else None
            line, end = node.start_point.row + 1, node.end_point.row + 1
            self.walk.imports.append(Import("import", found[1], line, end, alias=self.text(alias).strip("_")))
