"""TypeScript and TSX: what JavaScript has, and types, enums, namespaces, declarations of what is elsewhere.

Index signatures and call signatures of interfaces have no name and are not listed. An alias of an object type has its members, as an
interface has; of types that are joined by ``&``, those of each that is written out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model import Base
from ..base import MAX_VALUE, Walk, last_line
from ..javascript.declarations import Scope
from ..javascript.walker import Reader
from ..siblings import nodes_before, nodes_behind
from .repair import DEFAULT

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["TypedReader", "walk"]


def walk(walk: Walk) -> None:
    """Read a module of TypeScript."""
    TypedReader(walk).read()


class TypedReader(Reader):
    """One module that is being read."""

    def instance_fields(self, body: Node, parent: int, declared: set[str]) -> None:
        """Nothing: TypeScript wants fields to be declared."""

    def member_facts(self, node: Node, before: list[Node]) -> dict[str, Any]:
        """The same as of JavaScript, and what a repair has blanked."""
        facts = super().member_facts(node, before)
        at = node.child_by_field_name("name") if self.walk.read is not self.walk.original else None
        if at is not None:  # a repair may have blanked them
            facts["modifiers"] |= {"accessor", "override"} & set(self.walk.slice(node.start_byte, at.start_byte).split())
        return facts

    def other(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read types, and what is declared to be elsewhere."""
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
        """Read one statement, also the body of a namespace that the grammar takes for a block."""
        if node.type == "statement_block" and scope.inside != "function":
            before = _before(node)
            if _headless(before) is not None:  # the body of a namespace on a line of its own, which has been read with that
                return
            if before is not None and scope.inside == "namespace" and self.text(before) == "global":  # in a module that is declared
                at = before.named_children[0] if before.named_children else before
                self.bodies.append(
                    (node, Scope(self.add("namespace", "global", node, scope.parent, at=at, signature="global"), "namespace"))
                )
                return
        super().statement(node, whole, scope, marks)

    def expression(self, node: Node, scope: Scope) -> None:
        """Read an expression: a namespace may be one to the grammar, and so may ``await using``."""
        first = node.named_children[0] if node.named_children else None
        if first is None:
            return
        inner = first.named_children[0] if first.type == "await_expression" and first.named_children else first
        if first.type == "internal_module":
            self.namespace(first, node, scope, (), None if first.child_by_field_name("body") is not None else _after(node))
        elif inner.type == "assignment_expression" and inner.children[0].type == "using":
            at, value = inner.child_by_field_name("left"), inner.child_by_field_name("right")
            if at is not None and value is not None and scope.inside != "block":
                self.add("constant", self.text(at), node, scope.parent, at=at, value=self.code(value, most=MAX_VALUE),
                         signature=self.head(node, None)[:MAX_VALUE])  # fmt: skip
        else:
            super().expression(node, scope)

    def function(self, node: Node, whole: Node, place: Scope, marks: tuple[str, ...] = (), at: Node | None = None, **facts: Any) -> int:
        """Read a function; one without a name that is exported by default may have been given one by a repair."""
        named = at or node.child_by_field_name("name")
        if named is not None and self.walk.read[named.start_byte : named.end_byte] == DEFAULT and self.text(named) != DEFAULT.decode():
            return super().function(node, whole, place, (*marks, "default"), named, name="default", **facts)
        return super().function(node, whole, place, marks, at, **facts)

    def type(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...] = (), at: Node | None = None, **facts: Any) -> int:
        """Read a class, also one that is abstract."""
        if "default" in marks and self.text(whole).startswith("export default abstract"):  # which a repair has blanked without a name
            marks = (*marks, "abstract")
        return super().type(node, whole, scope, marks, at, **facts)

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
        """Read an interface and its members."""
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        clause = next((c for c in node.named_children if c.type == "extends_type_clause"), None)
        bases = [Base(self.code(c), "extends") for c in (clause.named_children if clause is not None else ()) if c.type != "comment"]
        facts = {"signature": self.head(whole, body), **self.type_parameters(node)}
        index = self.add("interface", self.text(at), whole, scope.parent, marks, at=at, bases=tuple(bases), **facts)
        for child in body.named_children if body is not None else ():
            self.interface_member(child, index)

    def interface_member(self, node: Node, parent: int) -> None:
        """Read a property or a method of an interface, or of a type that is written as one."""
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
        """Read an enumeration and its members."""
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
        """Read a name for a type, with the members of that."""
        at, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        index = self.add(
            "type_alias", self.text(at), whole, scope.parent, marks, at=at, type=self.code(value) if value is not None else "",
            signature=self.head(whole, None), **self.type_parameters(node),
        )  # fmt: skip
        if value is not None:
            self.members_of_type(value, index)

    def members_of_type(self, of: Node, index: int) -> None:
        """Read the members that a type is written with; of types that are joined, those of each."""
        parts = [of]
        while parts:
            part = parts.pop()
            if part.type == "object_type":
                for child in part.named_children:
                    self.interface_member(child, index)
            elif part.type in ("intersection_type", "parenthesized_type", "readonly_type"):
                parts += reversed(part.named_children)

    def namespace(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...], below: Node | None = None) -> None:
        """Read ``namespace A.B { … }`` and ``declare module "x" { … }``; `below` is a body that the grammar takes for a block."""
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body") or below
        if at is None:
            return
        kind, head, end = "module" if at.type == "string" else "namespace", self.head(whole, body), None
        if below is not None:
            head, end = self.code(whole, at.end_byte), last_line(below)
        name = "".join(self.code(at).split()) if at.type == "nested_identifier" else self.name(at)
        index = self.add(kind, name, whole, scope.parent, marks, at=at, signature=head, end_line=end)
        if body is not None:
            self.bodies.append((body, Scope(index, "namespace")))

    def parameter_properties(self, node: Node, parent: int) -> None:
        """Read the parameters of a constructor that are fields."""
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


def _headless(statement: Node | None) -> Node | None:
    """The namespace that a statement is, if its body does not begin on the line of its name: the grammar ends the statement there."""
    inner = statement.named_children[0] if statement is not None and statement.type == "expression_statement" else None
    return inner if inner is not None and inner.type == "internal_module" and inner.child_by_field_name("body") is None else None


def _before(node: Node) -> Node | None:
    return next((one for one in nodes_before(node) if one.is_named and one.type != "comment"), None)


def _after(node: Node) -> Node | None:
    after = next((one for one in nodes_behind(node) if one.is_named and one.type != "comment"), None)
    return after if after is not None and after.type == "statement_block" else None
