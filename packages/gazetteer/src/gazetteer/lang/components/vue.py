"""What scripts of Vue's components declare besides: properties, methods and data in options, and what its macros say of properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..base import MAX_VALUE, Walk
from ..javascript.declarations import FUNCTIONS, Scope
from ..javascript.imports import string_of
from ..javascript.walker import Reader
from ..typescript.walker import TypedReader

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["read_vue"]

#: What gives back the options that it is given, with types.
_DEFINING = frozenset(("defineComponent", "defineNuxtComponent", "Vue.extend", "defineCustomElement"))
_CASTS = frozenset(("as_expression", "satisfies_expression", "parenthesized_expression", "await_expression"))


def read_vue(walk: Walk) -> None:
    """Read the scripts of a component."""
    (_Component(walk) if walk.language == "javascript" else _TypedScript(walk)).read()


class _Component(Reader):
    """Scripts of JavaScript, and what those of TypeScript share with them."""

    # -- options -----------------------------------------------------------------------------------------------------------------------

    def export(self, node: Node, whole: Node, scope: Scope) -> None:
        super().export(node, whole, scope)
        at = next((c for c in node.children if c.type == "default"), None)
        given = _plain(node.child_by_field_name("value"))
        if at is None or given is None:
            return
        if given.type == "object":
            self.options(given, Scope(self.known.get("default", -1), scope.inside))
        elif given.type == "call_expression" and self.code(given.child_by_field_name("function")) in _DEFINING:
            options = _plain(next(iter(_given(given)), None))
            if options is not None and options.type == "object":
                index = self.add("constant", "default", node, scope.parent, ("exported", "default"), at=at,
                                 signature=self.head(node, None)[:MAX_VALUE])  # fmt: skip
                self.held(options, Scope(index, scope.inside))
                self.options(options, Scope(index, scope.inside))

    def options(self, node: Node, scope: Scope) -> None:
        """Read the options that hold what a component has: what else they have is read as of any object."""
        for child in node.named_children:
            at, what = child.child_by_field_name("key") or child.child_by_field_name("name"), _plain(child.child_by_field_name("value"))
            name = self.name(at) if at is not None else ""
            if name == "props" and what is not None:
                self.properties(what, scope.parent)
            elif name == "methods" and what is not None:
                self.held(what, scope)
            elif name == "computed" and what is not None:
                self.computed(what, scope)
            elif name == "data":
                for data in _returned(what if what is not None else child):
                    self.data(data, scope.parent)

    def properties(self, node: Node, parent: int) -> None:
        """Read the properties that a component takes: a list of names, or an object with what is known of each."""
        for child in node.named_children:
            at, what = child.child_by_field_name("key"), child.child_by_field_name("value")
            if node.type == "array" and child.type == "string":
                self.add("field", string_of(self.walk, child), child, parent, at=child, signature=self.code(child))
            elif at is not None and what is not None and at.type != "computed_property_name":
                self.add("field", self.name(at), child, parent, at=at, signature=self.code(child, most=MAX_VALUE), **self.property(what))

    def property(self, what: Node) -> dict[str, Any]:
        """What is known of a property: its type, whether it must be given, else what it is."""
        if what.type != "object":
            return {"type": self.code(what, most=MAX_VALUE)}
        said = {self.name(at): c.child_by_field_name("value") for c in what.named_children if (at := c.child_by_field_name("key"))}
        facts: dict[str, Any] = {
            "type": self.code(said.get("type"), most=MAX_VALUE), "value": self.code(said.get("default"), most=MAX_VALUE),
        }  # fmt: skip
        return facts | ({"modifiers": ("required",)} if self.code(said.get("required")) == "true" else {})

    def computed(self, node: Node, scope: Scope) -> None:
        """Read values that are worked out: functions, pairs of functions, or what gives such."""
        for child in node.named_children if node.type == "object" else ():
            at, what = child.child_by_field_name("key") or child.child_by_field_name("name"), child.child_by_field_name("value")
            if at is None or at.type == "computed_property_name":
                continue
            if child.type == "method_definition" or (what is not None and what.type in FUNCTIONS):
                self.function(what if what is not None else child, child, scope, at=at, kind="property")
            else:
                self.add("property", self.name(at), child, scope.parent, at=at, signature=self.code(child, most=MAX_VALUE))

    def data(self, node: Node, parent: int) -> None:
        """Read the names of what a component begins with."""
        for child in node.named_children:
            at = child.child_by_field_name("key")
            if at is not None and at.type != "computed_property_name" and child.type == "pair":
                value = self.code(child.child_by_field_name("value"), most=MAX_VALUE)
                self.add("field", self.name(at), child, parent, at=at, signature=self.code(child, most=MAX_VALUE), value=value,
                         modifiers=("instance",))  # fmt: skip
            elif child.type == "shorthand_property_identifier":
                self.add("field", self.text(child), child, parent, at=child, signature=self.text(child), modifiers=("instance",))

    # -- macros ------------------------------------------------------------------------------------------------------------------------

    def expression(self, node: Node, scope: Scope) -> None:
        super().expression(node, scope)
        if scope.inside == "module":
            self.defined(_plain(node.named_children[0] if node.named_children else None), scope.parent)

    def variable(self, at: Node, value: Node | None, where: Node, scope: Scope, marks: tuple[str, ...], declarator: Node, *,
                 constant: bool) -> None:  # fmt: skip
        super().variable(at, value, where, scope, marks, declarator, constant=constant)
        if at.type == "identifier" and scope.inside == "module":
            self.defined(_plain(value), len(self.walk.symbols) - 1)

    def defined(self, call: Node | None, parent: int) -> None:
        """Read ``defineProps``, also with what properties are where they are not given."""
        called = self.code(call.child_by_field_name("function")) if call is not None and call.type == "call_expression" else ""
        if call is None or called not in ("defineProps", "withDefaults"):
            return
        given = _plain(next(iter(_given(call)), None))
        if called == "withDefaults":
            self.defined(given, parent)
        elif given is not None:
            self.properties(given, parent)
        else:
            self.typed_properties(call, parent)

    def typed_properties(self, call: Node, parent: int) -> None:
        """Read the members of a type, which JavaScript has none of."""


class _TypedScript(_Component, TypedReader):
    """Scripts of TypeScript."""

    def typed_properties(self, call: Node, parent: int) -> None:
        types = call.child_by_field_name("type_arguments")
        for of in types.named_children if types is not None else ():
            self.members_of_type(of, parent)


def _plain(value: Node | None) -> Node | None:
    """A value without what says its type, or that it is waited for."""
    while value is not None and value.type in _CASTS and value.named_children:
        value = value.named_children[0]
    return value


def _given(call: Node) -> Iterator[Node]:
    listed = call.child_by_field_name("arguments")
    return (c for c in (listed.named_children if listed is not None else ()) if c.type != "comment")


def _returned(function: Node) -> Iterator[Node]:
    """The objects that a function gives back, which is no block, or does so at its end."""
    body = _plain(function.child_by_field_name("body"))
    if body is not None and body.type == "statement_block":
        found = [_plain(c.named_children[0]) for c in body.named_children if c.type == "return_statement" and c.named_children]
    else:
        found = [body]
    return (each for each in found if each is not None and each.type == "object")
