"""Imports of JavaScript and TypeScript: statements, re-exports, ``require``, ``import()``."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from ...model import Import, ImportedName
from ..base import Walk
from ..table import grammar

if TYPE_CHECKING:
    from tree_sitter import Node, Query

__all__ = ["IMPORTED_TYPE", "Imports", "string_of"]

_CALLS = """
(call_expression function: (identifier) @called arguments: (arguments . [(string) (template_string)] @target)
 (#eq? @called "require")) @call
(call_expression function: (import) arguments: (arguments . [(string) (template_string)] @target)) @call
"""
_REFERENCE = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*///[ \t]*<reference\s(?:[^>\n]*?\s)??(path|types|lib)\s*=\s*(?:\"([^\"\n]+)\"|'([^'\n]+)')", re.MULTILINE
)
_OF_TYPES = re.compile(r"export\s+type\b")
#: How a module is found, behind its name.
_ATTRIBUTES = rb"(?:,\s*\{[^()]{0,400}\}\s*(?:,\s*)?)?"
#: ``import("x").`` before a type with arguments, or before the first of several, which the grammar does not know.
IMPORTED_TYPE = re.compile(rb"\bimport\(\s*(\"[^\"\n]*\"|'[^'\n]*')\s*" + _ATTRIBUTES + rb"\)\s*\.(?=\s*[A-Za-z_$][\w$.]*\s*[<|&](?![|&]))")
_IMPORTED = re.compile(rb"\bimport\(\s*(\"[^\"\n]*\"|'[^'\n]*')\s*" + _ATTRIBUTES + rb"\)")
_FUNCTIONS = frozenset((
    "function_declaration", "generator_function_declaration", "function_expression", "generator_function", "arrow_function",
    "method_definition", "if_statement", "try_statement", "ternary_expression",
))  # fmt: skip

#: What ``define`` gives that is no module of a file.
_OF_DEFINE = frozenset(("require", "exports", "module"))


def string_of(walk: Walk, node: Node | None) -> str:
    """What stands between the quotes of a string."""
    return walk.text(node)[1:-1] if node is not None else ""


@functools.cache
def _query(language: str) -> Query:
    from tree_sitter import Query

    return Query(grammar(language), _CALLS)


class Imports:
    """What brings other modules into a file."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        #: Calls of ``require`` that a declaration has taken.
        self.taken: set[int] = set()

    def note(self, kind: str, source: Node | None, node: Node, names: list[ImportedName], *, alias: str = "", local: bool = False,
             type_only: bool = False) -> None:  # fmt: skip
        """Note one import, at the lines of its statement."""
        target = string_of(self.walk, source)
        if target and "${" not in target:
            self.walk.imports.append(Import(
                kind, target, node.start_point.row + 1, node.end_point.row + 1, tuple(names), alias, local=local, type_only=type_only,
            ))  # fmt: skip

    def statement(self, node: Node) -> None:
        """Read ``import … from``, ``import "x"``, ``import x = require("x")``."""
        text, names, only = self.walk.text, list[ImportedName](), any(c.type in ("type", "typeof") for c in node.children)
        inner, specifiers = 0, 0
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                self.note("require", clause.child_by_field_name("source"), node, [], alias=text(clause.named_children[0]), type_only=only)
                return
            for child in clause.named_children if clause.type == "import_clause" else ():
                if child.type == "identifier":
                    names.append(ImportedName("default", text(child)))
                elif child.type == "namespace_import":
                    names.append(ImportedName("*", text(child.named_children[-1])))
                elif child.type == "named_imports":
                    for each in child.named_children:
                        if each.type == "import_specifier":
                            specifiers += 1
                            inner += any(c.type in ("type", "typeof") for c in each.children)
                            names.append(self.pair(each))
        only = only or (0 < inner == specifiers == len(names))
        self.note("import", node.child_by_field_name("source"), node, names, type_only=only)

    def export(self, node: Node) -> None:
        """Read ``export … from``."""
        names, only = list[ImportedName](), any(c.type == "type" for c in node.children)
        if _differs(self.walk):  # a repair has blanked the word
            only = only or _OF_TYPES.match(self.walk.text(node)) is not None
        for child in node.named_children:
            if child.type == "namespace_export":
                names.append(ImportedName("*", self.walk.text(child.named_children[-1])))
            elif child.type == "export_clause":
                names += [self.pair(each) for each in child.named_children if each.type == "export_specifier"]
        if any(c.type == "*" for c in node.children):
            names.append(ImportedName("*"))
        self.note("export", node.child_by_field_name("source"), node, names, type_only=only)

    def pair(self, node: Node) -> ImportedName:
        """``name as alias``."""
        return ImportedName(self.walk.text(node.child_by_field_name("name")), self.walk.text(node.child_by_field_name("alias")))

    def required(self, node: Node, at: Node, value: Node, *, local: bool = False) -> bool:
        """Note ``at = require("x")``, also with ``.name`` behind it; whether it is one."""
        text, member = self.walk.text, ""
        if value.type == "member_expression":
            member = text(value.child_by_field_name("property"))
            value = value.child_by_field_name("object") or value
        called = value.child_by_field_name("function") if value.type == "call_expression" else None
        listed = value.child_by_field_name("arguments") if called is not None else None
        if called is None or text(called) != "require" or listed is None or len(listed.named_children) != 1:
            return False
        if listed.named_children[0].type not in ("string", "template_string") or "${" in text(listed.named_children[0]):
            return False
        names, alias = list[ImportedName](), ""
        if at.type == "object_pattern":
            for child in at.named_children:
                if child.type == "pair_pattern":
                    names.append(ImportedName(text(child.child_by_field_name("key")), text(child.child_by_field_name("value"))))
                elif child.type == "shorthand_property_identifier_pattern":
                    names.append(ImportedName(text(child)))
                elif child.type == "object_assignment_pattern":
                    names.append(ImportedName(text(child.child_by_field_name("left"))))
        elif member:
            names.append(ImportedName(member, text(at) if text(at) != member else ""))
        else:
            alias = text(at)
        self.taken.add(value.start_byte)
        self.note("require", listed.named_children[0], node, names, alias=alias, local=local)
        return True

    def defined(self, given: list[Node], *, local: bool) -> None:
        """Note what ``define(["a", "b"], function (a, b) { … })`` and ``require([…], …)`` bring in, by the names of the parameters."""
        listed = next((c for c in given[:2] if c.type == "array"), None)
        if listed is None:
            return
        function = next((c for c in given if c.type in _FUNCTIONS), None)
        parameters = function.child_by_field_name("parameters") if function is not None else None
        names = [self.walk.text(c) for c in parameters.named_children if c.type != "comment"] if parameters is not None else []
        for i, each in enumerate(c for c in listed.named_children if c.type != "comment"):
            if each.type == "string" and string_of(self.walk, each) not in _OF_DEFINE:
                self.note("require", each, each, [], alias=names[i] if i < len(names) else "", local=local)

    def calls(self, root: Node) -> None:
        """Read calls of ``require`` and ``import`` anywhere else, and ``/// <reference …>``."""
        walk = self.walk
        if b"require" in walk.original or b"import(" in walk.original:
            from tree_sitter import QueryCursor

            for _, found in QueryCursor(_query(walk.language)).matches(root):
                call, target = found["call"][0], found["target"][0]
                if call.start_byte not in self.taken:
                    kind = "require" if "called" in found else "import"
                    typed = call.parent is not None and _in_type(call)
                    self.note(kind, target, call, [], local=_inside(root, call) or (kind == "import" and not typed), type_only=typed)
        if _differs(walk):
            self.blanked(root)
        if b"<reference" in walk.original:
            self.references(root)

    def references(self, root: Node) -> None:
        """Read ``/// <reference …>``, which stands in comments before the first statement; elsewhere it is a comment."""
        walk = self.walk
        first = next((c for c in root.named_children if c.type not in ("comment", "hash_bang_line")), None)
        for match in _REFERENCE.finditer(walk.original, 0, first.start_byte if first is not None else len(walk.original)):
            node = root.descendant_for_byte_range(match.start(1), match.start(1))
            if node is not None and node.type == "comment" and node.start_point.row + 1 == walk.line_of(match.start(1)):
                line = node.start_point.row + 1
                written = (match[2] or match[3]).decode("utf-8", "backslashreplace")
                alias = "" if match[1] == b"path" else match[1].decode()
                walk.imports.append(Import("reference", written, line, line, type_only=True, alias=alias))

    def blanked(self, root: Node) -> None:
        """Note the ``import("x")`` before types, which a repair has blanked."""
        walk = self.walk
        for match in _IMPORTED.finditer(walk.original):
            if not walk.read[match.start() : match.end()].strip():
                node = root.descendant_for_byte_range(match.start(), match.start())
                if node is not None and node.type not in ("comment", "string", "string_fragment", "template_string"):
                    line = walk.line_of(match.start())
                    walk.imports.append(Import("import", match[1][1:-1].decode("utf-8", "backslashreplace"), line, line, type_only=True))


def _differs(walk: Walk) -> bool:
    """Whether a repair has changed what was parsed."""
    return walk.read is not walk.original


def _inside(root: Node, node: Node) -> bool:
    """Whether a node is in a function, or in what is not always done: looked for from the top, as each look for a parent would be."""
    cursor = root.walk()
    while cursor.node != node:
        above = cursor.node
        if above is None or above.type in _FUNCTIONS:
            return above is not None
        if cursor.goto_first_child_for_byte(node.start_byte) is None:
            return False
    return False


def _in_type(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type in ("member_expression", "generic_type", "nested_type_identifier"):
        above = above.parent
    return above is not None and (
        above.type.endswith(("_type", "type_annotation", "type_arguments", "type_query")) or above.type == "type_alias_declaration"
    )
