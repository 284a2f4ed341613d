"""Solidity: contracts, interfaces and libraries with their members, structs, enumerations, events, errors, types, functions; imports."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, named
from ..heads import doc_comment, first_child, of_type
from ..reader import Reader, Rule, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Nodes among the children of a declaration that say more of it.
_WORDS = frozenset(
    ("state_mutability", "virtual", "override_specifier", "constant", "immutable", "abstract", "state_location", "anonymous")
)
#: Kinds whose functions are methods: what a library has is called without one.
_WITH_METHODS = frozenset(("class", "interface"))
#: What most often stands on a line of its own, with what there is to say behind it.
_LINES = frozenset(("struct_member", "state_variable_declaration", "constant_variable_declaration", "enum_value"))
_PARAMETERS = ("parameter", "event_parameter", "error_parameter")


def walk(walk: Walk) -> None:
    """Read a file of Solidity."""
    _Solidity(walk).read()


class _Solidity(Reader):
    rules: ClassVar[Mapping[str, Rule]] = {
        "contract_declaration": Rule("class", holds=True),
        "interface_declaration": Rule("interface", holds=True),
        "library_declaration": Rule("module", holds=True),
        "struct_declaration": Rule("struct", holds=True),
        "struct_member": Rule("field", type="type"),
        "enum_declaration": Rule("enum", holds=True),
        "event_definition": Rule("event"),
        "error_declaration": Rule("record"),
        "user_defined_type_definition": Rule("type_alias"),
        "constant_variable_declaration": Rule("constant", type="type", value="value"),
        "state_variable_declaration": Rule("field", type="type", value="value"),
        "function_definition": Rule("function", "method"),
        "modifier_definition": Rule("function", "method"),
        "constructor_definition": Rule("constructor", name="constructor"),
    }
    read_by: ClassVar[Mapping[str, str]] = {
        "import_directive": "imported", "enum_value": "member", "fallback_receive_definition": "unnamed",
    }  # fmt: skip
    commented = ("import_directive", "using_directive")
    before_comment = ("pragma_directive",)

    def kind(self, node: Node, rule: Rule, scope: Scope) -> str:
        if node.type == "state_variable_declaration" and first_child(node, "constant") is not None:
            return "constant"
        return rule.member if rule.member and scope.inside in _WITH_METHODS else rule.kind

    def facts(self, node: Node, scope: Scope) -> dict[str, Any]:  # noqa: ARG002 - who sees it, it says itself
        visibility = self.text(first_child(node, "visibility"))
        if node.type == "state_variable_declaration":
            visibility = visibility or "internal"
        words = {self.code(child) for child in node.children if child.type in _WORDS}
        words |= {"modifier"} if node.type == "modifier_definition" else set()
        facts: dict[str, Any] = {
            "visibility": visibility, "modifiers": tuple(sorted(words)),
            "decorators": tuple(self.code(child, most=MAX_VALUE) for child in of_type(node, "modifier_invocation")),
            "bases": tuple(
                Base(self.code(ancestor), "is")
                for child in of_type(node, "inheritance_specifier") if (ancestor := child.child_by_field_name("ancestor")) is not None
            ),
            "parameters": tuple(map(self.taken, named(takewhile(lambda child: child.type != "returns", node.children), *_PARAMETERS))),
            **(doc_comment(self.walk, node, "///") or self.walk.doc_before(node) or self.behind(node)),
        }  # fmt: skip
        if node.type in ("function_definition", "modifier_definition") and node.child_by_field_name("body") is None:
            facts["role"] = "declaration"
        if node.type == "user_defined_type_definition":
            facts["type"] = self.code(node.named_children[-1])
        elif returned := of_type(first_child(node, "return_type_definition"), "parameter"):
            types = ", ".join(map(self.code, returned))
            facts["type"] = types if len(returned) == 1 else f"({types})"
        return facts

    def taken(self, node: Node) -> Parameter:
        """A parameter: of its type is also where it lies, and whether logs are found by it."""
        name = node.child_by_field_name("name")
        if name is None:
            return Parameter("", self.code(node))
        return Parameter(self.text(name), self.code(node, name.start_byte).strip())

    def member(self, node: Node, scope: Scope) -> None:
        """Note a value of an enumeration."""
        doc = self.walk.doc_before(node) or self.behind(node)
        self.walk.add("enum_member", self.text(node), node, scope.parent, node, signature=self.text(node), **doc)

    def behind(self, node: Node) -> dict[str, Any]:
        """The comment behind what ends on its line, as facts."""
        return self.walk.doc_behind(node) if node.type in _LINES else {}

    def unnamed(self, node: Node, scope: Scope) -> None:
        """Note what is called where nothing else is meant, or a sum alone is sent."""
        if (name := first_child(node, "receive", "fallback")) is not None:
            self.declared(node, Rule("method", name=name.type), scope)

    def imported(self, node: Node, _scope: Scope) -> None:
        """Note an import: of a whole file, of that under a name, or of some names."""
        source = node.child_by_field_name("source")
        if source is None:
            return
        names, alias, fields = list[ImportedName](), "", range(node.child_count)
        for place in fields:
            field, child = node.field_name_for_child(place), node.children[place]
            if field == "import_name":
                names.append(ImportedName(self.text(child)))
            elif field == "alias" and names:
                names[-1] = ImportedName(names[-1].name, self.text(child))
            elif field == "alias":
                alias = self.text(child)
        target = self.text(source).strip("\"'")
        line, end = node.start_point.row + 1, node.end_point.row + 1
        self.walk.imports.append(Import("import", target, line, end, names=tuple(names), alias=alias))
