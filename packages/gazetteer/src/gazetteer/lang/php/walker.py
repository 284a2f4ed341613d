"""PHP: namespaces, uses, types with their members, functions, constants, and the files that are required."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Block, Import, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text
from ..heads import file_comment, first_child, head, last_file_line, lost_type, of_type, with_next
from .views import note_views

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TYPES = {"class_declaration": "class", "interface_declaration": "interface", "trait_declaration": "trait", "enum_declaration": "enum"}
_DECLARATIONS = {*_TYPES, "function_definition", "const_declaration", "namespace_definition"}
_INCLUDES = ("include_expression", "include_once_expression", "require_expression", "require_once_expression")
_LOCAL = re.compile(rb"\b(?:function|class|interface|trait|enum|define)\b|\b(?:include|require)(?:_once)?\b", re.IGNORECASE)
_HALT = re.compile(r"__halt_compiler\s*\(", re.IGNORECASE)
_MODIFIERS = ("abstract_modifier", "final_modifier", "readonly_modifier", "static_modifier", "var_modifier", "visibility_modifier")
_SKIPPED = ("attribute_list",)
#: Statements whose blocks may hold declarations that are made under a condition.
_THROUGH = frozenset((
    "if_statement", "else_clause", "else_if_clause", "compound_statement", "colon_block", "try_statement", "catch_clause", "finally_clause",
    "foreach_statement", "for_statement", "while_statement", "do_statement", "switch_statement", "switch_block", "case_statement",
    "default_statement", "declare_statement", "ERROR",
))  # fmt: skip
_SPECIAL = {"__construct": "constructor", "__destruct": "destructor"}
#: Words before the name of a type.
_WORDS = frozenset(("class", "interface", "trait", "enum"))


class _Scope(Struct, frozen=True):
    parent: int = -1
    #: The kind of the type around it; empty outside of types.
    inside: str = ""
    #: In a body or under a condition.
    local: bool = False


def walk(walk: Walk) -> None:
    """Read a file of PHP."""
    assert walk.tree is not None
    root, walk.inline_comments = walk.tree.root_node, True
    _Reader(walk).block(root, _Scope())
    file_comment(walk, root, lambda node: node.type in _DECLARATIONS - {"namespace_definition"}, ("text", "php_tag", "declare_statement"))
    note_views(walk)
    in_order_of_text(walk)


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text
        #: Variables of the file that have been given a value.
        self.variables = set[str]()

    def block(self, node: Node, scope: _Scope) -> None:
        for child, following in with_next(node):
            kind = child.type
            if not child.is_named:
                if (index := lost_type(self.walk, node, child, following, _WORDS, scope.parent)) is not None:
                    scope = _Scope(index, kind)
                continue
            if kind == "namespace_definition":
                scope = self.namespace(child, scope)
            elif kind == "namespace_use_declaration":
                self.use(child)
            elif kind in _TYPES:
                self.type(child, scope)
            elif kind == "function_definition":
                self.function(child, scope)
            elif kind == "const_declaration":
                self.constants(child, scope)
            elif scope.inside and kind in ("method_declaration", "property_declaration", "enum_case", "use_declaration"):
                self.member(child, scope)
            elif kind == "expression_statement":
                if _HALT.match(self.text(child)):  # what follows is data
                    return
                self.variable(child, scope)
                self.within(child, scope)
            elif kind in _THROUGH:
                self.block(child, _Scope(scope.parent, scope.inside, local=kind != "ERROR" or scope.local))
            elif not scope.inside:
                self.within(child, scope)

    def namespace(self, node: Node, scope: _Scope) -> _Scope:
        """Read a namespace; gives the scope of what follows, which is its own where it has no braces."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        index = -1
        if name is not None:
            text = "".join(self.text(name).split())
            following = node.next_named_sibling
            while following is not None and following.type != "namespace_definition":
                following = following.next_named_sibling
            end = following.start_point.row if following is not None else last_file_line(self.walk)
            lines: Node | Block = node if body is not None else Block(name.start_point.row + 1, max(end, name.start_point.row + 1))
            index = self.walk.add("namespace", text, lines, at=name, signature=f"namespace {text}")
        if body is None:
            return _Scope(index)
        self.block(body, _Scope(index))
        return scope

    def use(self, node: Node) -> None:
        prefix = "".join(self.text(first_child(node, "namespace_name")).split())
        group = node.child_by_field_name("body")
        sort = next((c.type for c in node.children if c.type in ("function", "const")), "")
        if group is None and not sort:  # use const A, B
            sort = next((c.type for clause in of_type(node, "namespace_use_clause")[:1] for c in clause.children
                         if c.type in ("function", "const")), "")  # fmt: skip
        for clause in of_type(group if group is not None else node, "namespace_use_clause"):
            alias = clause.child_by_field_name("alias")
            name = next((c for c in clause.named_children if c.type in ("qualified_name", "name") and c != alias), None)
            if name is None or name.is_missing:
                continue
            of = sort or next((c.type for c in clause.children if c.type in ("function", "const")), "")
            target = "\\".join(filter(None, (prefix.strip("\\"), "".join(self.text(name).split()).strip("\\"))))
            kind = f"use {of}".strip()
            line, end = clause.start_point.row + 1, clause.end_point.row + 1
            self.walk.imports.append(Import(kind, target, line, end, alias=self.text(alias)))

    def type(self, node: Node, scope: _Scope) -> None:
        name, body, kind = node.child_by_field_name("name"), node.child_by_field_name("body"), _TYPES[node.type]
        if name is None or name.is_missing:
            return
        bases = list[Base]()
        for clause in of_type(node, "base_clause", "class_interface_clause"):
            how = "extends" if clause.type == "base_clause" else "implements"
            bases += [Base(self.walk.code(c), how) for c in of_type(clause, "name", "qualified_name", "relative_name")]
        for use in of_type(body, "use_declaration"):
            bases += [Base(self.walk.code(c), "use") for c in of_type(use, "name", "qualified_name", "relative_name")]
        backing = first_child(node, "primitive_type") if kind == "enum" else None
        facts = {**self.shared(node), "visibility": ""}
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=head(self.walk, node, body, _SKIPPED), bases=tuple(bases),
            type=self.text(backing), **facts,
        )  # fmt: skip
        if body is not None:
            self.block(body, _Scope(index, kind))

    def member(self, node: Node, scope: _Scope) -> None:
        kind = node.type
        if kind == "method_declaration":
            self.function(node, scope)
        elif kind == "property_declaration":
            self.properties(node, scope)
        elif kind == "enum_case":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            self.walk.add(
                "enum_member", self.text(name), node, scope.parent, name, signature=head(self.walk, node, None, _SKIPPED),
                value=self.walk.code(value, most=MAX_VALUE), **{**self.shared(node), "visibility": "public"},
            )  # fmt: skip

    def function(self, node: Node, scope: _Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or name.is_missing:
            return
        written, facts = self.text(name), self.shared(node)
        kind = _SPECIAL.get(written.lower(), "method") if scope.inside else "function"
        if not scope.inside:
            facts["visibility"] = ""
        index = self.walk.add(
            kind, written, node, scope.parent, name, signature=head(self.walk, node, body, _SKIPPED), parameters=self.parameters(node),
            type=self.walk.code(node.child_by_field_name("return_type")), **facts,
        )  # fmt: skip
        if kind == "constructor":
            self.promoted(node, scope)
        if body is not None:
            self.within(body, _Scope(index, local=True))

    def within(self, node: Node, scope: _Scope) -> None:
        """Read what a statement, or the body of a function, declares when it runs, and the files that it includes."""
        if not _LOCAL.search(self.walk.original, node.start_byte, node.end_byte):
            return
        stack, statement = [(node, scope.local)], node
        while stack:
            inner, local = stack.pop()
            kind = inner.type
            if kind == "function_definition":
                self.function(inner, _Scope(scope.parent))
            elif kind in _TYPES:
                self.type(inner, _Scope(scope.parent))
            elif kind != "declaration_list":  # the members of a class without a name
                if kind in _INCLUDES:
                    self.include(inner, local=local)
                elif kind == "function_call_expression":
                    self.defined(inner, statement)
                elif kind == "expression_statement":
                    statement = inner
                local = local or kind == "compound_statement"
                stack += [(child, local) for child in reversed(inner.named_children)]

    def promoted(self, node: Node, scope: _Scope) -> None:
        """Parameters of a constructor that are properties."""
        for part in of_type(node.child_by_field_name("parameters"), "property_promotion_parameter"):
            name, of, value = (part.child_by_field_name(f) for f in ("name", "type", "default_value"))
            facts, before = self.shared(part), self.walk.original[max(part.start_byte - 40, 0) : part.start_byte]
            if before.split()[-1:] == [b"final"]:  # of which the grammar knows nothing there: a repair has blanked it
                facts["modifiers"] = tuple(sorted({*facts["modifiers"], "final"}))
            self.walk.add(
                "property", self.text(name).lstrip("&$"), part, scope.parent, name, type=self.walk.code(of),
                value=self.walk.code(value, most=MAX_VALUE),
                signature=head(self.walk, part, first_child(part, "property_hook_list"), _SKIPPED), **facts,
            )  # fmt: skip

    def properties(self, node: Node, scope: _Scope) -> None:
        of, facts = self.walk.code(node.child_by_field_name("type")), self.shared(node)
        hooks = first_child(node, "property_hook_list")
        for element in of_type(node, "property_element"):
            name = element.child_by_field_name("name") or first_child(element, "variable_name")
            value = self.walk.code(element.child_by_field_name("default_value"), most=MAX_VALUE)
            signature = head(self.walk, node, hooks, _SKIPPED, MAX_VALUE)
            if name is not None:
                self.walk.add(
                    "property", self.text(name).lstrip("$"), node, scope.parent, name, signature=signature, type=of, value=value, **facts
                )

    def constants(self, node: Node, scope: _Scope) -> None:
        facts, of = self.shared(node), node.child_by_field_name("type")
        if not scope.inside:
            facts["visibility"] = ""
        for element in of_type(node, "const_element"):
            name = first_child(element, "name")
            if name is None:
                continue
            value = element.named_children[-1] if element.named_child_count > 1 else None
            self.walk.add(
                "constant", self.text(name), node, scope.parent, name, type=self.walk.code(of),
                signature=head(self.walk, node, None, _SKIPPED, MAX_VALUE), value=self.walk.code(value, most=MAX_VALUE), **facts,
            )  # fmt: skip

    def defined(self, call: Node, statement: Node) -> None:
        """Note the constant of ``define('NAME', value)``, which is of no namespace."""
        if self.text(call.child_by_field_name("function")).lower().lstrip("\\") != "define":
            return
        given = of_type(call.child_by_field_name("arguments"), "argument")
        name = _literal(self.walk, given[0].named_children[-1]) if len(given) > 1 and given[0].named_children else None
        if name:
            self.walk.add(
                "constant", name, call, -1, given[0], signature=self.walk.code(call, most=MAX_VALUE),
                value=self.walk.code(given[1], most=MAX_VALUE), **self.walk.doc_before(statement, ("/**",)),
            )  # fmt: skip

    def variable(self, node: Node, scope: _Scope) -> None:
        """The first value that a variable of the file is given outside of functions; variables are of no namespace."""
        given = first_child(node, "assignment_expression")
        name, value = (given.child_by_field_name("left"), given.child_by_field_name("right")) if given is not None else (None, None)
        if name is None or name.type != "variable_name" or scope.inside or self.text(name) in self.variables:
            return
        self.variables.add(self.text(name))
        self.walk.add(
            "variable", self.text(name).lstrip("$"), node, -1, name, signature=self.walk.code(given, most=MAX_VALUE),
            value=self.walk.code(value, most=MAX_VALUE), **self.walk.doc_before(node, ("/**",)),
        )  # fmt: skip

    def include(self, node: Node, *, local: bool) -> None:
        """Note a file that is included; what is no literal is noted as it is written."""
        kind = node.type.removesuffix("_expression")
        value = node.named_children[-1] if node.named_children else None
        while value is not None and value.type == "parenthesized_expression" and value.named_children:
            value = value.named_children[0]
        target = _literal(self.walk, value)
        if target is None and value is not None and value.type == "binary_expression":
            left, right = value.child_by_field_name("left"), _literal(self.walk, value.child_by_field_name("right"))
            folder = "".join(self.text(left).split())
            if right is not None and folder in ("__DIR__", "dirname(__FILE__)"):
                target = "__DIR__" + right
        line, end = node.start_point.row + 1, node.end_point.row + 1
        self.walk.imports.append(
            Import(kind, target if target is not None else self.walk.code(value, most=MAX_VALUE), line, end, local=local)
        )

    def parameters(self, node: Node) -> tuple[Parameter, ...]:
        found, text = list[Parameter](), self.text
        wanted = ("simple_parameter", "variadic_parameter", "property_promotion_parameter")
        for part in of_type(node.child_by_field_name("parameters"), *wanted):
            name, of, default = (part.child_by_field_name(f) for f in ("name", "type", "default_value"))
            kind = "variadic" if part.type == "variadic_parameter" else ""
            found.append(Parameter(text(name), self.walk.code(of), self.walk.code(default, most=MAX_VALUE), kind))
        return tuple(found)

    def shared(self, node: Node) -> dict[str, Any]:
        """Visibility, modifiers, attributes and PHPDoc of a declaration."""
        words = ["".join(self.text(m).lower().split()) for m in of_type(node, *_MODIFIERS)]
        access = [w for m in of_type(node, "visibility_modifier") if (w := "".join(self.text(m).lower().split())).isalpha()]
        groups = [g for part in of_type(node, "attribute_list") for g in of_type(part, "attribute_group")]
        return {
            "visibility": access[0] if access else "public", "modifiers": tuple(sorted(set(words) - set(access))),
            "decorators": tuple(self.walk.code(a, most=MAX_VALUE) for group in groups for a in of_type(group, "attribute")),
            **self.walk.doc_before(node, ("/**",)),
        }  # fmt: skip


def _literal(walk: Walk, node: Node | None) -> str | None:
    """The value of a string without variables and escapes; None for anything else."""
    if node is None or node.type not in ("string", "encapsed_string"):
        return None
    text = walk.text(node)[1:-1]
    if any(c.type != "string_content" and walk.text(c) != r"\\" for c in node.named_children):
        return None
    return text.replace(r"\\", "\\")
