"""Declarators: from ``*(&name)[3]`` to a name, what kind of thing it is, and its type as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ...model import Base, Parameter
from ..base import MAX_VALUE, Walk, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Declared", "bases_of", "declared", "modifiers_of", "parameters_of", "type_text"]

_NAMES = frozenset((
    "identifier", "field_identifier", "type_identifier", "destructor_name", "operator_name", "operator_cast", "namespace_identifier",
    "primitive_type",
))  # fmt: skip
_SPECIFIERS = frozenset((
    "storage_class_specifier", "type_qualifier", "explicit_function_specifier", "virtual", "virtual_function_specifier", "inline",
))  # fmt: skip
#: Qualifiers that belong to a declaration and not to its type.
_NO_TYPE = frozenset(("constexpr", "consteval", "constinit", "mutable", "inline", "__restrict__", "_Noreturn"))


class Declared(Struct):
    """What a declarator declares."""

    name: str
    name_node: Node
    declarator: Node
    scope: str = ""
    #: The function declarator, if it is a function and no pointer to one.
    function: Node | None = None
    value: Node | None = None

    def kind(self, of: str) -> str:
        """The kind of a function in a class of the name `of`, or in a namespace where that is empty."""
        around = of or self.scope.rpartition("::")[2].split("<")[0]
        if self.name.startswith("~"):
            return "destructor"
        if around and self.name == around:
            return "constructor"
        return "method" if around else "function"

    def is_macro_like(self, node: Node, language: str) -> bool:
        """Whether ``NAME(a, b) { … }`` without a type is a macro before a body, as in ``TEST(Suite, Case) { … }``."""
        if self.scope or self.name_node.type != "identifier" or self.function is None or node.children[0] != self.declarator:
            return False
        return language != "c" or self.name.isupper()  # in C, it may be a function that gives an int

    def is_macro_call(self, of: str) -> bool:
        """Whether ``NAME(a);`` in the class `of` is a call of a macro: without a type, only constructors are declared there."""
        return not self.scope and self.name != of and self.name.isidentifier() and self.name_node.type in ("identifier", "field_identifier")

    def is_const(self, walk: Walk, node: Node) -> bool:
        """Whether the declared thing itself, not what it points to, is constant."""
        text = walk.slice(self.declarator.start_byte, self.name_node.start_byte)
        if "*" in text or "&" in text:
            return "const" in text.rpartition("*")[2]
        return any(c.type == "type_qualifier" and walk.text(c) == "const" for c in node.children)

    def return_type(self, walk: Walk, node: Node) -> str:
        """The type that the function returns; empty for constructors, destructors and conversions."""
        assert self.function is not None
        for child in self.function.children:
            if child.type == "trailing_return_type":
                return one_line(walk.text(child).removeprefix("->"))
        return type_text(walk, node, self)


def declared(walk: Walk, declarator: Node | None) -> Declared | None:
    """What `declarator` declares; None where it has no name."""
    node, value, function, outer = declarator, None, None, declarator
    while node is not None:
        kind = node.type
        if kind in _NAMES or kind in ("qualified_identifier", "template_function", "template_method"):
            return _named(walk, node, outer, function, value)
        if kind == "init_declarator":
            value = node.child_by_field_name("value")
            outer = node = node.child_by_field_name("declarator")
            continue
        if kind == "function_declarator":
            inner = node.child_by_field_name("declarator")
            function = node if function is None else function
            if inner is not None and inner.type == "parenthesized_declarator":
                pointed = _unwrapped(inner)
                if pointed is not None and pointed.type in ("pointer_declarator", "reference_declarator", "pointer_type_declarator"):
                    if _unwrapped_function(pointed) is None:
                        function = None  # a pointer to a function
                    else:
                        function = _unwrapped_function(pointed)
            node = inner
            continue
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next(
                (c for c in node.named_children if c.type.endswith("declarator") or c.type in _NAMES or c.type == "qualified_identifier"),
                None,
            )
        node = inner
    return None


def _unwrapped(node: Node) -> Node | None:
    return next((c for c in node.named_children if c.type != "comment"), None)


def _unwrapped_function(node: Node) -> Node | None:
    """The function declarator below pointers: of a function that returns a pointer to a function."""
    below: Node | None = node
    while below is not None and below.type != "function_declarator":
        below = below.child_by_field_name("declarator") or next((c for c in below.named_children if c.type.endswith("declarator")), None)
    return below


def _named(walk: Walk, node: Node, outer: Node | None, function: Node | None, value: Node | None) -> Declared:
    scopes = list[str]()
    while node.type == "qualified_identifier":
        scopes.append("".join(walk.text(node.child_by_field_name("scope")).split()))
        inner = node.child_by_field_name("name")
        if inner is None:
            break
        node = inner
    if node.type in ("template_function", "template_method"):
        node = node.child_by_field_name("name") or node
    name = one_line(walk.text(node))
    if node.type == "operator_cast":
        parts = node.child_by_field_name("declarator")
        name = one_line(walk.slice(node.start_byte, parts.start_byte if parts is not None else node.end_byte))
        if function is None:
            function = node
    elif node.type in ("operator_name", "destructor_name"):
        name = name.replace("operator ", "operator ") if name[8:9].isspace() and name[9:10].isalpha() else name.replace(" ", "")
    return Declared(name, node, outer if outer is not None else node, "::".join(s for s in scopes if s), function, value)


def type_text(walk: Walk, node: Node, found: Declared) -> str:
    """The type of what is declared, as it is written, with ``*``, ``&`` and ``[3]`` of the declarator."""
    words = list[str]()
    for child in node.children:
        if child.start_byte >= found.declarator.start_byte:
            break
        if child.type == "type_qualifier":
            if walk.text(child) not in _NO_TYPE:
                words.append(walk.text(child))
        elif node.child_by_field_name("type") == child:
            body = child.child_by_field_name("body")
            words.append(one_line(walk.slice(child.start_byte, body.start_byte if body is not None else child.end_byte)))
    before = walk.slice(found.declarator.start_byte, _start(found))
    after = "" if found.function is not None else walk.slice(found.name_node.end_byte, found.declarator.end_byte)
    if found.function is not None and "(" in before:
        before = before.replace("(", "")
    width = next((c for c in node.children if c.type == "bitfield_clause"), None)
    bits = f" {one_line(walk.text(width))}" if width is not None else ""
    return one_line(" ".join(words) + "".join(before.split()) + one_line(after) + bits) if words else ""


def _start(found: Declared) -> int:
    """Where the declared name begins, with the scope before it."""
    node = found.name_node
    while node.parent is not None and node.parent.type in ("qualified_identifier", "template_function", "template_method"):
        node = node.parent
    return node.start_byte


def modifiers_of(walk: Walk, node: Node, found: Declared) -> set[str]:
    """``static``, ``virtual``, ``const``, ``override``, ``= delete`` and their like."""
    words = set[str]()
    for child in node.children:
        kind = child.type
        if kind in _SPECIFIERS:
            word = walk.text(child).split("(")[0].strip()
            if word not in ("const", "volatile"):
                words.add(word)
        elif kind == "default_method_clause":
            words.add("default")
        elif kind == "delete_method_clause":
            words.add("delete")
        elif kind == "pure_virtual_clause":
            words.add("pure")
    if found.function is not None:
        value = node.child_by_field_name("default_value")
        if value is not None and walk.text(value) == "0":
            words.add("pure")
        holder = found.function
        if holder.type == "operator_cast":
            holder = holder.child_by_field_name("declarator") or holder
        for child in holder.children:
            if child.type in ("type_qualifier", "virtual_specifier", "ref_qualifier"):
                words.add(walk.text(child))
            elif child.type == "noexcept":
                words.add("noexcept")
    return words


def parameters_of(walk: Walk, function: Node | None) -> tuple[Parameter, ...]:
    """The parameters of a function; ``(void)`` has none."""
    if function is not None and function.type == "operator_cast":
        function = function.child_by_field_name("declarator")
    holder = function.child_by_field_name("parameters") if function is not None else None
    found = list[Parameter]()
    for child in holder.children if holder is not None else ():
        kind = child.type
        if kind in ("parameter_declaration", "optional_parameter_declaration", "variadic_parameter_declaration"):
            declarator = child.child_by_field_name("declarator")
            inner = declared(walk, declarator)
            default = one_line(walk.text(child.child_by_field_name("default_value")), MAX_VALUE)
            default = "{}" if default == "}" else default  # blanked before parsing
            if inner is None or declarator is None:
                text = one_line(walk.text(child).split("=")[0] if default else walk.text(child))
                found.append(Parameter("", text, default))
                continue
            before = one_line(walk.slice(child.start_byte, declarator.start_byte))
            around = (
                walk.slice(declarator.start_byte, inner.name_node.start_byte),
                walk.slice(inner.name_node.end_byte, declarator.end_byte),
            )
            variadic = "variadic" if kind.startswith("variadic") else ""
            found.append(Parameter(inner.name, one_line(before + "".join(around[0].split()) + one_line(around[1])), default, variadic))
        elif kind in ("...", "variadic_parameter"):
            found.append(Parameter("...", kind="variadic"))
        elif kind == "identifier":  # int f(a) int a; { … }
            found.append(Parameter(walk.text(child), _old_type(walk, function, walk.text(child))))
    return () if [(p.name, p.type) for p in found] == [("", "void")] else tuple(found)


def _old_type(walk: Walk, function: Node | None, name: str) -> str:
    """The type that stands for a parameter between head and body, as C was written before 1989."""
    for line in function.parent.named_children if function is not None and function.parent is not None else ():
        if line.type == "declaration":
            for declarator in line.children_by_field_name("declarator"):
                found = declared(walk, declarator)
                if found is not None and found.name == name:
                    return type_text(walk, line, found)
    return ""


def bases_of(walk: Walk, node: Node, default: str) -> tuple[Base, ...]:
    """The bases of a class, with the access that holds where none is written."""
    clause = next((c for c in node.children if c.type == "base_class_clause"), None)
    found, access, virtual = list[Base](), default, False
    for child in clause.children if clause is not None else ():
        if child.type == "access_specifier":
            access = walk.text(child)
        elif child.type == "virtual":
            virtual = True
        elif child.type == ",":
            access, virtual = default, False
        elif child.is_named and child.type != "comment":
            found.append(Base("".join(walk.text(child).split()), "", access, virtual))
    return tuple(found)
