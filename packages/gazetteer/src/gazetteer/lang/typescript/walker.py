"""TypeScript and TSX: what JavaScript has, and types, enums, namespaces, declarations of what is elsewhere.

Index signatures and call signatures of interfaces have no name and are not listed. An alias of an object type has its members, as an
interface has; of types that are joined by ``&``, those of each that is written out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model import Base
from ..base import MAX_VALUE, Walk
from ..javascript.walker import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]


def walk(walk: Walk) -> None:
    """Read a module of TypeScript."""
    _Reader(walk).read()


class _Reader(Reader):
    """One module that is being read."""

    def instance_fields(self, method: Node, body: Node, parent: int) -> None:
        """Nothing: TypeScript wants fields to be declared."""

    def other(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        kind = node.type
        if kind == "interface_declaration":
            self.interface(node, whole, scope, marks)
        elif kind == "enum_declaration":
            self.enum(node, whole, scope, marks)
        elif kind == "type_alias_declaration":
            self.alias(node, whole, scope, marks)
        elif kind in ("internal_module", "module"):
            self.namespace(node, whole, scope, marks)
        elif kind == "ambient_declaration":
            self.ambient(node, whole, scope, marks)
        elif kind == "function_signature":
            self.function(node, whole, scope, marks, role="declaration")
        elif kind == "import_alias" and scope.inside != "function":
            at, of = node.named_children[0], node.named_children[-1]
            self.add("type_alias", self.text(at), whole, scope.parent, marks, at=at, type=self.code(of), signature=self.head(whole, None))

    def statement(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...] = ()) -> None:
        if node.type == "statement_block" and scope.inside == "namespace":  # global { … } in a module that is declared
            before = node.prev_named_sibling
            if before is not None and self.text(before) == "global":
                at = before.named_children[0] if before.named_children else before
                self.bodies.append(
                    (node, Scope(self.add("namespace", "global", node, scope.parent, at=at, signature="global"), "namespace"))
                )
                return
        super().statement(node, whole, scope, marks)

    def expression(self, node: Node, scope: Scope) -> None:
        first = node.named_children[0] if node.named_children else None
        if first is None:
            return
        error = node.named_children[1] if first.type == "identifier" and len(node.named_children) > 1 else None
        inner = first.named_children[0] if first.type == "await_expression" and first.named_children else first
        if first.type == "internal_module":
            self.namespace(first, node, scope, ())
        elif inner.type == "assignment_expression" and inner.children[0].type == "using":
            at, value = inner.child_by_field_name("left"), inner.child_by_field_name("right")
            if at is not None and value is not None and scope.inside != "block":
                self.add("constant", self.text(at), node, scope.parent, at=at, value=self.code(value, most=MAX_VALUE),
                         signature=self.head(node, None)[:MAX_VALUE])  # fmt: skip
        elif error is not None and error.type == "ERROR" and self.text(first) == "export":  # export default function (): void;
            words = {c.type: c for c in error.children}
            if "default" in words and "function" in words:
                self.add("function", "default", node, scope.parent, ("exported", "default"), at=words["default"],
                         role="declaration", signature=self.head(node, None))  # fmt: skip
        else:
            super().expression(node, scope)

    def ambient(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read ``declare …``."""
        for child in node.named_children:
            if child.type == "statement_block":  # declare global { … }
                at = next((c for c in node.children if c.type == "global"), None)
                index = self.add(
                    "namespace", "global", whole, scope.parent, marks, at=at, modifiers=("declare",), signature="declare global"
                )
                self.bodies.append((child, Scope(index, "namespace")))
            elif child.type != "comment":
                self.statement(child, whole, scope, (*marks, "declare"))

    def interface(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        clause = next((c for c in node.named_children if c.type == "extends_type_clause"), None)
        bases = [Base(self.code(c), "extends") for c in (clause.named_children if clause is not None else ()) if c.type != "comment"]
        facts = {"signature": self.head(whole, body), **self.type_parameters(node)}
        index = self.add("interface", self.text(at), whole, scope.parent, marks, at=at, bases=tuple(bases), **facts)
        for child in body.named_children if body is not None else ():
            self.interface_member(child, index)

    def interface_member(self, node: Node, parent: int) -> None:
        at = node.child_by_field_name("name")
        if node.type == "construct_signature":
            at = next((c for c in node.children if c.type == "new"), None)
        if at is None:
            return
        facts = self.member_facts(node, [])
        if node.type == "property_signature":
            of = node.child_by_field_name("type")
            if of is not None:
                facts["type"] = self.code(of).lstrip(": ")
            facts["modifiers"] |= {"optional"} if any(c.type == "?" for c in node.children) else set()
            self.add("field", self.name(at), node, parent, at=at, signature=self.head(node, None), **facts)
        elif node.type in ("method_signature", "construct_signature"):
            kind = "constructor" if node.type == "construct_signature" else "property" if facts["modifiers"] & {"get", "set"} else "method"
            facts["modifiers"] |= {"optional"} if any(c.type == "?" for c in node.children) else set()
            self.add(kind, self.name(at), node, parent, at=at, signature=self.head(node, None), **self.callable_facts(node), **facts)

    def enum(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        modifiers = {"const"} if any(c.type == "const" for c in node.children) else set()
        index = self.add("enum", self.text(at), whole, scope.parent, marks, at=at, modifiers=modifiers, signature=self.head(whole, body))
        for child in body.named_children if body is not None else ():
            name = child.child_by_field_name("name") if child.type == "enum_assignment" else child
            if name is None or name.type not in ("property_identifier", "string", "computed_property_name"):
                continue
            value = child.child_by_field_name("value") if child.type == "enum_assignment" else None
            facts: dict[str, Any] = {"value": self.code(value, most=MAX_VALUE)} if value is not None else {}
            self.add("enum_member", self.name(name), child, index, at=name, signature=self.code(child, most=MAX_VALUE), **facts)

    def alias(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        at, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        index = self.add(
            "type_alias", self.text(at), whole, scope.parent, marks, at=at, type=self.code(value) if value is not None else "",
            signature=self.head(whole, None), **self.type_parameters(node),
        )  # fmt: skip
        parts = [value] if value is not None else []
        while parts:
            part = parts.pop()
            if part.type == "object_type":
                for child in part.named_children:
                    self.interface_member(child, index)
            elif part.type in ("intersection_type", "parenthesized_type"):
                parts += reversed(part.named_children)

    def namespace(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read ``namespace A.B { … }`` and ``declare module "x" { … }``."""
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if at is None:
            return
        kind = "module" if at.type == "string" else "namespace"
        index = self.add(kind, self.name(at), whole, scope.parent, marks, at=at, signature=self.head(whole, body))
        if body is not None:
            self.bodies.append((body, Scope(index, "namespace")))

    def parameter_properties(self, node: Node, parent: int) -> None:
        listed = node.child_by_field_name("parameters")
        for each in listed.named_children if listed is not None else ():
            pattern, of = each.child_by_field_name("pattern"), each.child_by_field_name("type")
            marks = [c for c in each.children if c.type in ("accessibility_modifier", "readonly", "override_modifier")]
            if pattern is None or pattern.type != "identifier" or not marks:
                continue
            visibility = next((self.text(c) for c in marks if c.type == "accessibility_modifier"), "")
            value = each.child_by_field_name("value")
            self.add(
                "field", self.text(pattern), each, parent, at=pattern, visibility=visibility,
                type=self.code(of).lstrip(": ") if of is not None else "", signature=self.code(each),
                value=self.code(value, most=MAX_VALUE) if value is not None else "",
                modifiers={self.text(c) for c in marks if c.type != "accessibility_modifier"},
            )  # fmt: skip
