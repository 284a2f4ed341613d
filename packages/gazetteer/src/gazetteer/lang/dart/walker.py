"""Dart: classes, mixins, enumerations and extensions with their members, functions, values, types; imports, exports and parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_SIGNATURE, MAX_VALUE, Walk, cut, last_line
from ..heads import below, first_child, of_type
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Types, with their kinds.
_TYPES = {
    "class_definition": "class", "mixin_declaration": "trait", "enum_declaration": "enum", "extension_declaration": "extension",
    "extension_type_declaration": "class",
}  # fmt: skip
_BODIES = ("class_body", "enum_body", "extension_body")
#: Heads of functions, with their kinds outside of types and in them.
_SIGNATURES = {
    "function_signature": ("function", "method"), "getter_signature": ("property", "property"),
    "setter_signature": ("property", "property"), "operator_signature": ("operator", "operator"),
    "constructor_signature": ("constructor", "constructor"),
    "constant_constructor_signature": ("constructor", "constructor"), "factory_constructor_signature": ("constructor", "constructor"),
    "redirecting_factory_constructor_signature": ("constructor", "constructor"),
}  # fmt: skip
#: Lists of values that a statement declares.
_VALUES = frozenset(("static_final_declaration_list", "initialized_identifier_list", "identifier_list"))
#: Words before a declaration, and those of a class.
_WORDS = frozenset((
    "static", "external", "late", "covariant", "abstract", "const", "final", "sealed", "base", "interface", "mixin", "factory", "get",
    "set", "required", "augment",
))  # fmt: skip
_TYPE_NODES = frozenset((
    "type_identifier", "type_arguments", "nullable_type", "void_type", "function_type", "record_type", "inferred_type", ".",
))  # fmt: skip
_URI = re.compile(r"""r?['"]{1,3}([^'"]*)['"]{1,3}""")


def walk(walk: Walk) -> None:
    """Read a file of Dart."""
    _Dart(walk).read()


class _Dart(Reader):
    commented = (*_TYPES, *_SIGNATURES, "type_alias", *_TYPE_NODES, "annotation", "final_builtin", "const_builtin", "external", "late")
    comments = Walk.comments | {"documentation_comment"}
    before_comment = ("script_tag",)

    def block(self, node: Node, scope: Scope) -> None:
        """Read declarations, whose parts stand beside each other: annotations, words, a type, names or a head, a body."""
        run = list[Any]()
        for child in node.children:
            kind = child.type
            if kind in self.comments:
                continue
            if kind in _TYPES or kind in ("type_alias", "enum_constant"):
                self.whole(child, [*run, child], scope)
            elif kind in ("import_or_export", "part_directive", "part_of_directive"):
                self.imported(child)
            elif kind == "ERROR":
                self.block(child, scope)
            elif kind not in ("{", "}", ",", "library_name", "script_tag", "import", "export"):
                run.append(child)
                if kind not in (";", "function_body"):
                    continue
                self.declared_by(run, scope)
            run = []
        self.declared_by(run, scope)

    def whole(self, node: Node, run: list[Node], scope: Scope) -> None:
        """Read a declaration that is one node."""
        if node.type == "type_alias":
            self.alias(node, run, scope)
        elif node.type == "enum_constant":
            if (name := node.child_by_field_name("name")) is not None:
                value = self.code(first_child(node, "argument_part"), most=MAX_VALUE)
                self.note(
                    "enum_member",
                    self.text(name),
                    name,
                    run,
                    scope,
                    signature=self.code(node, most=MAX_VALUE, start=name.start_byte),
                    value=value,
                )
        else:
            self.type(node, run, scope)

    def note(self, kind: str, name: str, at: Node, run: list[Node], scope: Scope, **facts: Any) -> int:
        """Note a declaration that has some nodes."""
        return self.add(kind, name, at, scope, **self.about(run), **facts)

    def about(self, run: list[Node]) -> dict[str, Any]:
        """What is known of all that some nodes declare: between which lines they stand, annotations, documentation."""
        first = run[0]
        decorated = [a for node in run for a in (node, *of_type(node, "annotation")) if a.type == "annotation"]
        return {
            "lines": Block(self.walk.line_of(first.start_byte), last_line(run[-1])),
            "decorators": tuple([self.code(a, most=MAX_VALUE) for a in decorated]), **self.walk.doc_before(first),
        }  # fmt: skip

    def add(self, kind: str, name: str, at: Node, scope: Scope, lines: Block, **facts: Any) -> int:
        """Note a declaration."""
        visibility = "private" if name.startswith("_") else "public"
        return self.walk.add(kind, name, lines, scope.parent, at, visibility=visibility, **facts)

    def words(self, nodes: list[Node]) -> tuple[str, ...]:
        """The words before a declaration, with that which a body begins with."""
        found = {
            self.text(c)
            for node in nodes
            for c in (node, *node.children[:4])
            if c.end_byte - c.start_byte < 10 and c.type not in _TYPE_NODES
        }
        return tuple(sorted((found & _WORDS) - {"mixin"}))

    # -- types -------------------------------------------------------------------------------------------------------------------------

    def type(self, node: Node, run: list[Node], scope: Scope) -> None:
        body, made = first_child(node, *_BODIES), first_child(node, "mixin_application_class")
        name = node.child_by_field_name("name") or first_child(made or node, "identifier") or node.child_by_field_name("class")
        if name is None:
            return
        kind = _TYPES[node.type]
        start = next((c for c in node.children if c.type != "annotation" and c.type not in self.comments), node).start_byte
        signature = self.code(node, body.start_byte if body is not None else 0, start=start).rstrip("; ")
        words = set(self.words([c for c in node.children if c.end_byte <= name.start_byte])) - {"static"}
        if node.type == "class_definition" and any(c.type == "mixin" for c in node.children):
            words.add("mixin")
        parameters = node.child_by_field_name("type_parameters") or first_child(made or node, "type_parameters")
        facts: dict[str, Any] = {"bases": tuple(self.bases(node)), "type_parameters": self.code(parameters)}
        if node.type == "extension_declaration":
            extended = node.child_by_field_name("class")
            facts["type"] = self.code(extended, body.start_byte if body is not None else 0)
        index = self.note(kind, self.text(name), name, run, scope, signature=signature, modifiers=tuple(sorted(words)), **facts)
        represented = node.child_by_field_name("representation")
        if represented is not None and (field := represented.child_by_field_name("name")) is not None:
            of = self.code(represented.child_by_field_name("type"))
            self.note("field", self.text(field), field, [represented], Scope(index, kind), signature=f"{of} {self.text(field)}", type=of)
        if body is not None:
            self.block(body, Scope(index, kind))

    def bases(self, node: Node) -> Iterator[Base]:
        """What a type extends, mixes in and implements; of a mixin, on what it may be."""
        how, first, last = "", None, None
        stack = list(reversed(node.children))
        while stack:
            child = stack.pop()
            if child.type in ("superclass", "mixins", "interfaces", "mixin_application_class", "mixin_application"):
                stack += [*reversed(child.children), child.children[0]] if child.type == "mixin_application" else reversed(child.children)
                continue
            is_part = child.type in ("type_identifier", "type_arguments", ".") and bool(how)
            if is_part:
                first, last = first or child, child
            if not is_part or not stack:
                if first is not None and last is not None:
                    yield Base(self.walk.code(first, last.end_byte), how, below=first.start_point.row - self.row_of(node))
                first = last = None
            if child.type in ("extends", "with", "implements", "on", "=") and node.type != "extension_declaration":
                how = "extends" if child.type == "=" else child.type
            elif child.type in _BODIES or child.type == "ERROR":
                return

    def row_of(self, node: Node) -> int:
        """The row of the name of a type."""
        name = node.child_by_field_name("name")
        return name.start_point.row if name is not None else node.start_point.row

    def alias(self, node: Node, run: list[Node], scope: Scope) -> None:
        """Note ``typedef A = B`` or ``typedef B A(C c)``."""
        equals, given = first_child(node, "="), first_child(node, "formal_parameter_list")
        names = of_type(node, "type_identifier")
        if not names:
            return
        name, of = names[0], self.code(node, node.end_byte - 1, start=equals.end_byte) if equals is not None else ""
        if equals is None:
            name = [n for n in names if given is None or n.start_byte < given.start_byte][-1]
            of = self.code(node, name.start_byte, start=node.children[0].end_byte)
        facts = {"parameters": tuple(self.taken(given))} if given is not None else {}
        signature = self.code(node).rstrip("; ")
        self.note("type_alias", self.text(name), name, run, scope, signature=signature, type=of.strip(), **facts)

    # -- functions and values ----------------------------------------------------------------------------------------------------------

    def declared_by(self, run: list[Node], scope: Scope) -> None:
        """Note what some nodes beside each other declare."""
        head, around = None, list[Any](run)
        for node in run:
            if node.type in ("method_signature", "declaration"):
                around += node.children
        for node in around:
            if node.type in _SIGNATURES:
                head = node
            elif node.type in _VALUES:
                self.values(node, around, run, scope)
                return
        if head is not None:
            self.function(head, around, run, scope)

    def function(self, head: Node, around: list[Node], run: list[Node], scope: Scope) -> None:
        """Note a function, and what is declared in its body."""
        named = self.named(head)
        if named is None:
            return
        at, name = named
        body = run[-1] if run[-1].type == "function_body" else None
        begun = next((n for n in run if n.type != "annotation"), head)
        end = body.start_byte if body is not None else max(n.end_byte for n in run if n.type != ";")
        words = set(self.words([n for n in around if n.end_byte <= at.start_byte or n is head]))
        words |= {c.type for c in (body.children[:1] if body is not None else ())} & {"async", "async*", "sync*"}
        kind = _SIGNATURES[head.type][bool(scope.inside)]
        if head.type == "constructor_signature" and (
            scope.parent < 0 or self.text(head.named_children[0]) != self.walk.symbols[scope.parent].name
        ):
            kind = "method"  # one that does not say what it gives
        given = head.child_by_field_name("parameters") or first_child(head, "formal_parameter_list")
        facts: dict[str, Any] = {} if kind == "constructor" else {"type": self.given(head, at)}
        parameters = first_child(head, "type_parameters")
        is_bare = kind != "constructor" and body is None and not words & {"external"}
        index = self.note(
            kind, name, at, run, scope, signature=self.signature(begun, end), modifiers=tuple(sorted(words)),
            parameters=tuple(self.taken(given)), type_parameters=self.code(parameters),
            role="declaration" if is_bare else "definition", **facts,
        )  # fmt: skip
        if body is not None:
            for local in below(body, self.walk, _LOCAL, ("local_function_declaration",)):
                self.local_function(local, index)

    def local_function(self, node: Node, parent: int) -> None:
        inner = first_child(node, "lambda_expression")
        head = first_child(inner, *_SIGNATURES)
        if inner is not None and head is not None:
            self.function(head, [*node.children, head], [*of_type(node, "annotation"), *inner.children], Scope(parent))

    def signature(self, begun: Node, end: int) -> str:
        return cut(self.walk.code(begun, end).rstrip("; "), MAX_SIGNATURE)

    def named(self, head: Node) -> tuple[Node, str] | None:
        """Where the name of a function stands, and the name: of a constructor that has one of its own, that."""
        if head.type == "operator_signature":
            word = first_child(head, "operator")
            at = word.next_sibling if word is not None else None
            return (at, self.text(at)) if at is not None else None
        given = first_child(head, "formal_parameter_list")
        names = [n for n in head.children if n.type in ("identifier", "new") and (given is None or n.end_byte <= given.start_byte)]
        return (names[-1], self.text(names[-1])) if names else None

    def given(self, head: Node, name: Node) -> str:
        """The type that a function gives."""
        nodes = [n for n in head.children if n.type in _TYPE_NODES and n.end_byte <= name.start_byte]
        return self.walk.code(nodes[0], nodes[-1].end_byte) if nodes else ""

    def taken(self, given: Node | None) -> Iterator[Parameter]:
        """The parameters of a function: those in braces are given by name."""
        stack, kind = list(reversed(given.children)) if given is not None else [], ""
        found = list[Parameter]()
        while stack:
            node = stack.pop()
            if node.type == "optional_formal_parameters":
                kind = "keyword" if node.children[0].type == "{" else ""
                stack += reversed(node.children)
            elif node.type == "formal_parameter":
                found.append(self.parameter(node, kind))
            elif node.type in ("=", ":") and found and stack:
                last = found[-1]
                found[-1] = Parameter(last.name, last.type, self.code(stack.pop(), most=MAX_VALUE), last.kind)
        yield from found

    def parameter(self, node: Node, kind: str) -> Parameter:
        inner = first_child(node, "constructor_param", "super_formal_parameter")
        if inner is not None:
            start = first_child(inner, "this", "super")
            names = of_type(inner, "identifier")
            if start is not None and names:
                of = self.code(inner, start.start_byte) if start.start_byte > inner.start_byte else ""
                return Parameter(self.walk.code(start, names[-1].end_byte), of.strip(), "", kind)
        name = node.child_by_field_name("name") or next(iter(reversed(of_type(node, "identifier"))), None)
        if name is None:
            return Parameter(self.code(node), "", "", kind)
        return Parameter(self.text(name), self.code(node, name.start_byte).strip() if name.start_byte > node.start_byte else "", "", kind)

    def values(self, node: Node, around: list[Node], run: list[Node], scope: Scope) -> None:
        """Note fields, or values of the file: a statement may declare several."""
        before = [n for n in around if n.end_byte <= node.start_byte and n.type not in ("annotation", "method_signature", "declaration")]
        types = [n for n in before if n.type in _TYPE_NODES and n.type != "inferred_type"]
        of = self.walk.code(types[0], types[-1].end_byte) if types else ""
        words = self.words(before)
        kind = "field" if scope.inside else "constant" if {"const", "final"} & set(words) else "variable"
        begun = next((n for n in run if n.type != "annotation"), node)
        signature = cut(self.walk.code(begun, node.end_byte, MAX_VALUE).rstrip("; "), MAX_VALUE)
        about = self.about(run)
        for each in node.named_children:
            at = each if each.type == "identifier" else first_child(each, "identifier")
            if at is None:
                continue
            value = self.code(each, start=at.end_byte, most=MAX_VALUE).lstrip("= ") if each.end_byte > at.end_byte else ""
            self.add(kind, self.text(at), at, scope, type=of, value=value, modifiers=words, signature=signature, **about)

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def imported(self, node: Node) -> None:
        """Note an import, an export or a part."""
        inner = node
        while (further := first_child(inner, "library_import", "library_export", "import_specification")) is not None:
            inner = further
        kind = "export" if inner.type == "library_export" else "import"
        if node.type.startswith("part"):
            kind = "part" if node.type == "part_directive" else "part of"
        uri = first_child(inner, "uri", "configurable_uri") or first_child(inner, "dotted_identifier_list")
        text = self.text(uri)
        found = _URI.match(text)
        target = found[1] if found is not None else text
        alias = self.text(first_child(inner, "identifier")) if inner.type == "import_specification" else ""
        shown = [c for c in of_type(inner, "combinator") if self.text(c.children[0]) == "show"]
        names = tuple(ImportedName(self.text(n)) for c in shown for n in of_type(c, "identifier"))
        if target:
            line, end = node.start_point.row + 1, last_line(node)
            self.walk.imports.append(Import(kind, target, line, end, names=names, alias=alias))


#: What stands in a body that has functions of its own.
_LOCAL = re.compile(rb"\w\s*(?:<[^<>{}()]*>\s*)?\([^;]*?\)\s*(?:async\*?\s*|sync\*\s*)?(?:=>|\{)", re.DOTALL)
