"""Kotlin: packages, imports, classes and objects with their members, functions and properties with their receivers."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text
from ..heads import below, doc_comment, file_comment, first_child, head, last_file_line, lost_type, of_type, with_next
from .annotations import Blanked, blanked_before, read_again

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TYPES = frozenset(("class_declaration", "object_declaration", "companion_object"))
_DECLARATIONS = _TYPES | {"function_declaration", "property_declaration", "type_alias", "secondary_constructor"}
_BODIES = ("class_body", "enum_class_body")
_LOCAL = re.compile(rb"\b(?:class|interface|object|fun)\b")
_NO_RECEIVER = frozenset(("modifiers", "type_parameters", "annotation", "line_comment", "block_comment"))
_ACCESSORS = ("getter", "setter", "property_delegate")
_IMPORT = re.compile(r"import\s+([\w.`\s]+?)(\s*\.\s*\*)?(?:\s+as\s+(`[^`]*`|\w+))?\s*;?\s*$")
_DELEGATED = re.compile(rb"\s+by\b")
#: Words before the name of a type.
_WORDS = frozenset(("class", "interface", "object"))


class _Scope(Struct, frozen=True):
    parent: int = -1
    #: The kind of the type around it; empty outside of types.
    inside: str = ""


def walk(walk: Walk) -> None:
    """Read a file of Kotlin."""
    read_again(walk)
    assert walk.tree is not None
    root = walk.tree.root_node
    _Reader(walk).block(root, _Scope())
    documented = {s.doc_line for s in walk.symbols if s.kind != "package"}
    file_comment(walk, root, lambda node: node.type in _DECLARATIONS, ("file_annotation",), documented)
    in_order_of_text(walk)


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text

    def block(self, node: Node, scope: _Scope) -> None:
        for child, following in with_next(node):
            kind = child.type
            if not child.is_named:
                if (index := lost_type(self.walk, node, child, following, _WORDS, scope.parent)) is not None:
                    scope = _Scope(index, kind)
                continue
            if kind == "package_header":
                scope = self.package(child, scope)
            elif kind == "import":
                self.imported(child)
            elif kind in _TYPES:
                self.type(child, scope)
            elif kind == "function_declaration":
                self.function(child, scope)
            elif kind == "property_declaration":
                self.property(child, scope)
            elif kind == "secondary_constructor":
                self.constructor(child, scope)
            elif kind == "enum_entry":
                self.enum_entry(child, scope)
            elif kind == "type_alias":
                self.alias(child, scope)
            elif kind == "anonymous_initializer":
                self.local(child, scope.parent)
            elif kind == "ERROR":
                self.block(child, scope)
            elif not scope.inside and kind not in self.walk.comments:  # a statement of a script
                self.local(child, scope.parent)

    def package(self, node: Node, scope: _Scope) -> _Scope:
        name = first_child(node, "qualified_identifier", "identifier")
        if name is None:
            return scope
        text = "".join(self.text(name).split()).replace("`", "")
        lines = Block(name.start_point.row + 1, last_file_line(self.walk))
        return _Scope(self.walk.add("package", text, lines, signature=f"package {text}", **self.walk.doc_before(node, ("/**",))))

    def imported(self, node: Node) -> None:
        name, match = first_child(node, "qualified_identifier", "identifier"), _IMPORT.match(self.text(node))
        if name is None or match is None:
            return
        names = (ImportedName("*"),) if match[2] else ()
        target, alias = "".join(match[1].split()).replace("`", ""), (match[3] or "").strip("`")
        self.walk.imports.append(Import("import", target, name.start_point.row + 1, node.end_point.row + 1, names=names, alias=alias))

    def type(self, node: Node, scope: _Scope) -> None:
        name, body, facts = node.child_by_field_name("name"), first_child(node, *_BODIES), self.shared(node)
        modifiers, kind = set(facts["modifiers"]), "class"
        if node.type != "class_declaration":
            kind = "object"
        elif first_child(node, "interface"):
            kind = "interface"
            modifiers |= {"fun"} if first_child(node, "fun") else set()
        elif "enum" in modifiers or "annotation" in modifiers:
            kind = "enum" if "enum" in modifiers else "annotation"
        if node.type == "companion_object":
            modifiers.add("companion")
        elif name is None or name.is_missing:
            return
        at = name or first_child(node, "companion")
        primary = first_child(node, "primary_constructor")
        parameters = of_type(first_child(primary, "class_parameters"), "class_parameter")
        index = self.walk.add(
            kind, self.name(at), node, scope.parent, at, bases=self.bases(node), parameters=tuple(map(self.parameter, parameters)),
            type_parameters=self.walk.code(first_child(node, "type_parameters")),
            signature=head(self.walk, node, body, ("annotation",)), **{**facts, "modifiers": tuple(sorted(modifiers - {kind}))},
        )  # fmt: skip
        if primary is not None and (written := first_child(primary, "constructor")) is not None:
            self.walk.add(
                "constructor", "constructor", primary, index, written, signature=head(self.walk, primary, None, ("annotation",)),
                parameters=tuple(map(self.parameter, parameters)), **self.shared(primary),
            )  # fmt: skip
        for parameter in parameters:
            if first_child(parameter, "val", "var"):
                self.class_property(parameter, index)
        if body is not None:
            self.block(body, _Scope(index, kind))

    def bases(self, node: Node) -> tuple[Base, ...]:
        found = list[Base]()
        for specifier in of_type(first_child(node, "delegation_specifiers"), "delegation_specifier"):
            inner = next((c for c in specifier.named_children if c.type not in ("annotation", *self.walk.comments)), None)
            if inner is None:
                continue
            how = {"constructor_invocation": "extends", "explicit_delegation": "by"}.get(inner.type, "")
            name = self.walk.code(inner.named_children[0] if how else inner)
            if not how and self.walk.read is not self.walk.original and _DELEGATED.match(self.walk.original, inner.end_byte):
                how = "by"  # and to what, is blanked
            found.append(Base(name, how))
        return tuple(found)

    def class_property(self, node: Node, parent: int) -> None:
        name, parameter = first_child(node, "identifier"), self.parameter(node)
        if name is not None:
            self.walk.add(
                "property", parameter.name, node, parent, name, signature=head(self.walk, node, None, ("annotation",)), type=parameter.type,
                value=parameter.default, **self.shared(node),
            )  # fmt: skip

    def function(self, node: Node, scope: _Scope) -> None:
        name, body = node.child_by_field_name("name"), first_child(node, "function_body")
        if name is None or name.is_missing:
            return
        facts = self.shared(node)
        after = node.children[node.children.index(name) :]
        colon = next((i for i, c in enumerate(after) if c.type == ":"), -1)
        index = self.walk.add(
            "method" if scope.inside else "function", self.name(name), node, scope.parent, name, scope=self.receiver(node, name),
            signature=self.head(node, body), type=self.walk.code(after[colon + 1]) if colon >= 0 else "",
            parameters=self.parameters(node), type_parameters=self.walk.code(first_child(node, "type_parameters")),
            role="declaration" if {"external", "expect"} & set(facts["modifiers"]) else "definition", **facts,
        )  # fmt: skip
        if body is not None:
            self.local(body, index)

    def local(self, body: Node, parent: int) -> None:
        """Functions and types that are declared in a body; those of anonymous objects have no name to be found by."""
        wanted = ("function_declaration", "class_declaration", "object_declaration")
        for node in below(body, self.walk, _LOCAL, wanted, ("class_body",)):
            if node.type == "function_declaration":
                self.function(node, _Scope(parent))
            else:
                self.type(node, _Scope(parent))

    def constructor(self, node: Node, scope: _Scope) -> None:
        body, at = first_child(node, "block"), first_child(node, "constructor")
        index = self.walk.add(
            "constructor", "constructor", node, scope.parent, at, signature=head(self.walk, node, body, ("annotation",)),
            parameters=self.parameters(node), **self.shared(node),
        )  # fmt: skip
        if body is not None:
            self.local(body, index)

    def property(self, node: Node, scope: _Scope) -> None:
        facts = self.shared(node)
        several, single = first_child(node, "multi_variable_declaration"), first_child(node, "variable_declaration")
        accessor = first_child(node, *_ACCESSORS)
        behind = list(itertools.dropwhile(lambda child: child.type != "=", node.children))[1:]
        value = next((child for child in behind if child.type not in self.walk.comments), None)
        words = tuple(sorted({*facts["modifiers"], "var" if first_child(node, "var") else "val"}))
        for declared in of_type(several, "variable_declaration") or ([single] if single is not None else []):
            name = first_child(declared, "identifier")
            if name is None or name.is_missing or self.text(name) == "_":
                continue
            of = next((c for c in declared.children if c != name and _says(c) and c.type not in _NO_RECEIVER), None)
            index = self.walk.add(
                "constant" if "const" in facts["modifiers"] else "property", self.name(name), node, scope.parent, name,
                scope="" if several else self.receiver(node, declared), type=self.walk.code(of),
                value="" if several else self.value(value),
                signature=self.head(node, accessor, MAX_VALUE),
                type_parameters=self.walk.code(first_child(node, "type_parameters")), **{**facts, "modifiers": words},
            )  # fmt: skip
            for holder in (value, *of_type(node, *_ACCESSORS)):
                if holder is not None and several is None:
                    self.local(holder, index)

    def value(self, node: Node | None) -> str:
        """What a property is given; the signs of dollar before a string, which the grammar does not know, belong to it."""
        start = node.start_byte if node is not None else 0
        while start and self.walk.original[start - 1 : start] == b"$":
            start -= 1
        return self.walk.code(node, most=MAX_VALUE, start=start)

    def enum_entry(self, node: Node, scope: _Scope) -> None:
        name, body = first_child(node, "identifier"), first_child(node, "class_body")
        if name is None or name.is_missing:
            return
        index = self.walk.add(
            "enum_member", self.name(name), node, scope.parent, name, signature=head(self.walk, node, body, ("annotation",)),
            value=self.walk.code(first_child(node, "value_arguments"), most=MAX_VALUE), **self.shared(node),
        )  # fmt: skip
        if body is not None:
            self.block(body, _Scope(index, "enum_member"))

    def alias(self, node: Node, scope: _Scope) -> None:
        name = node.child_by_field_name("type")
        if name is not None:
            self.walk.add(
                "type_alias", self.name(name), node, scope.parent, name, signature=head(self.walk, node, None, ("annotation",)),
                type=self.walk.code(node.named_children[-1]),
                type_parameters=self.walk.code(first_child(node, "type_parameters")),
                **self.shared(node),
            )  # fmt: skip

    def name(self, node: Node | None) -> str:
        """A name without the backticks that Kotlin allows around it."""
        return self.text(node).strip("`")

    def receiver(self, node: Node, until: Node) -> str:
        """The type that an extension is of."""
        parts = [c for c in node.children[: node.children.index(until)] if _says(c) and c.type not in _NO_RECEIVER]
        return self.walk.code(parts[-1]) if parts else ""

    def parameters(self, node: Node) -> tuple[Parameter, ...]:
        found, sort, default = list[Parameter](), "", False
        holder = first_child(node, "function_value_parameters")
        for child in holder.children if holder is not None else ():
            if child.type == "parameter_modifiers":
                sort = "variadic" if "vararg" in self.text(child).split() else ""
            elif child.type == "parameter":
                parts = [c for c in child.children if _says(c)]
                found.append(Parameter(self.name(parts[0]), self.walk.code(parts[-1]) if len(parts) > 1 else "", kind=sort))
                sort = ""
            elif child.type == "=":
                default = True
            elif default and child.is_named and found:
                last = found[-1]
                found[-1] = Parameter(last.name, last.type, self.walk.code(child, most=MAX_VALUE), last.kind)
                default = False
        return tuple(found)

    def head(self, node: Node, until: Node | None, *most: int) -> str:
        """The head of a function or a property, with the context that it needs."""
        context = blanked_before(self.walk, node).context if self.walk.read is not self.walk.original else ""
        return f"{context} {head(self.walk, node, until, ('annotation',), *most)}".lstrip()

    def parameter(self, node: Node) -> Parameter:
        """A parameter of a primary constructor."""
        name, colon, equals = "", "", ""
        parts = [c for c in node.children if c.type not in self.walk.comments]
        for before, child in zip((None, *parts), parts, strict=False):
            if child.type == "identifier" and not name:
                name = self.name(child)
            elif before is not None and before.type == ":":
                colon = self.walk.code(child)
            elif before is not None and before.type == "=":
                equals = self.walk.code(child, most=MAX_VALUE)
        modifiers = self.text(first_child(node, "modifiers")).split()
        return Parameter(name, colon, equals, "variadic" if "vararg" in modifiers else "")

    def shared(self, node: Node) -> dict[str, Any]:
        """Visibility, modifiers, annotations and KDoc of a declaration."""
        modifiers = first_child(node, "modifiers")
        words = [m for m in modifiers.children if m.type.endswith("_modifier")] if modifiers is not None else []
        blanked = blanked_before(self.walk, node) if self.walk.read is not self.walk.original else Blanked()
        visibility = next((self.text(m) for m in words if m.type == "visibility_modifier"), blanked.visibility or "public")
        written = tuple(self.walk.code(a, most=MAX_VALUE) for a in of_type(modifiers, "annotation"))
        return {
            "visibility": visibility,
            "modifiers": tuple(sorted({*blanked.modifiers, *(self.text(m) for m in words if m.type != "visibility_modifier")})),
            "decorators": (*blanked.annotations, *written), **doc_comment(self.walk, node, start=blanked.start),
            **({"first_line": blanked.line} if 0 < blanked.line <= node.start_point.row else {}),
        }  # fmt: skip


def _says(node: Node) -> bool:
    """Whether a node is of what a declaration says, and no sign: the grammar has one type that is a word to it."""
    return node.is_named or node.type == "dynamic"
