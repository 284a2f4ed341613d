"""OCaml and its interfaces: modules, types with their fields and constructors, functions and values, classes, what is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Import, Parameter
from ..base import MAX_VALUE, Walk
from ..heads import below, first_child, head, of_type
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_FUNCTIONS = frozenset(("fun_expression", "function_expression"))
_VARIABLES = ("type_variable",)
#: What stands before declarations that go on with ``and``.
_WORDS_OF = {"type_binding": "type ", "module_binding": "module ", "class_binding": "class ", "class_type_binding": "class type "}
_LOCAL = ("let_binding", "module_binding")
#: What may take modules.
_TAKING = frozenset(("functor", "functor_type", "fun_expression", "let_binding", "let_expression", "match_case", "module_binding"))
#: So far up is looked for what takes a module.
_DEEP = 100
_WORDS = re.compile(rb"\b(?:let|module|and)\b")


def walk(walk: Walk) -> None:
    """Read a file of OCaml."""
    _Ocaml(walk).read()


class _Ocaml(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "module_binding": "module", "module_type_definition": "module_type", "type_definition": "types", "value_definition": "values",
        "value_specification": "value", "external": "value", "exception_definition": "exception", "class_binding": "of_class",
        "class_type_binding": "of_class", "method_definition": "method", "method_specification": "method",
        "instance_variable_definition": "variable", "instance_variable_specification": "variable", "inheritance_definition": "inherited",
        "inheritance_specification": "inherited", "open_module": "opened", "open_module_signature": "opened", "include_module": "opened",
        "include_module_type": "opened", "expression_item": "evaluated",
    }  # fmt: skip
    commented = ("type_definition", "value_definition", "module_definition")
    entered = Reader.entered | {"module_definition", "class_definition", "class_type_definition", "structure", "signature"}

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.is_interface = walk.language == "ocaml_interface"

    def name(self, node: Node) -> str:
        """A name, of an operator without the parentheses around it."""
        text = self.text(node)
        return text.strip("() ") or text

    def add(self, kind: str, node: Node, at: Node, parent: int, end: Node | None = None, whole: Node | None = None, **facts: Any) -> int:
        """Note a declaration; its comment is before or behind `whole`, the statement that it is of."""
        written = head(self.walk, whole or node, end).rstrip(": ")
        word = _WORDS_OF.get(node.type, "") if whole is None or whole == node else ""
        facts.setdefault("signature", f"{word}{written}")
        return self.walk.add(kind, self.name(at), node, parent, at, **facts, **self.doc(whole or node))

    def doc(self, node: Node) -> dict[str, Any]:
        """The documentation of a declaration: before it, or behind it, where interfaces have it."""
        before = node.prev_sibling
        around = before.prev_sibling if before is not None and before.type == "comment" else None
        is_theirs = before is not None and around is not None and around.is_named and around.type != "comment"
        is_theirs = is_theirs and self.is_interface and around is not None and around.end_point.row >= before.start_point.row - 1  # type: ignore[union-attr]
        facts = {} if is_theirs else self.walk.doc_before(node, ("(**",))
        after = node.next_sibling
        while after is not None and after.type == ";":
            after = after.next_sibling
        if not facts and after is not None and after.type == "comment" and self.text(after).startswith("(**"):
            rows = after.start_point.row - node.end_point.row
            return self.walk.doc_of([after]) if rows == 0 or (rows == 1 and self.is_interface) else {}
        return facts

    # -- modules and types ---------------------------------------------------------------------------------------------------------------

    def module(self, node: Node, scope: Scope) -> None:
        name, body = first_child(node, "module_name"), node.child_by_field_name("body")
        if name is None or self.text(name) == "_":
            if body is not None and body.type == "structure":
                self.block(body, scope)
            return
        inner = body if body is not None and body.type == "structure" else node.child_by_field_name("module_type") if body is None else None
        taken = tuple(Parameter(self.code(first_child(p, "module_name")), self.code(p.child_by_field_name("module_type")))
                      for p in of_type(node, "module_parameter"))  # fmt: skip
        value = self.code(body, most=MAX_VALUE) if body is not None and inner is None else ""
        whole = _whole(node)
        sign = first_child(node, "=") or (inner if inner is not None and inner.type == "signature" else None)
        index = self.add("module", node, name, scope.parent, sign, whole, parameters=taken, value=value)
        if inner is not None:
            self.block(inner, Scope(index, "module"))

    def module_type(self, node: Node, scope: Scope) -> None:
        name, body = first_child(node, "module_type_name"), node.child_by_field_name("body")
        if name is None:
            return
        index = self.add("interface", node, name, scope.parent, first_child(node, "="))
        if body is not None and body.type == "signature":
            self.block(body, Scope(index, "interface"))

    def types(self, node: Node, scope: Scope) -> None:
        bindings = of_type(node, "type_binding")
        for binding in bindings:
            self.type(binding, node if binding == bindings[0] else binding, scope)

    def type(self, node: Node, whole: Node, scope: Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None:
            return
        kinds = {"record_declaration": "struct", "variant_declaration": "enum"}
        kind = kinds.get(body.type, "type_alias") if body is not None else "type_alias"
        extends = first_child(node, "+=")
        facts: dict[str, Any] = {"type_parameters": ", ".join(self.code(v) for v in of_type(node, *_VARIABLES))}
        if extends is not None:
            kind, names = "extension", name
            facts["scope"] = self.text(name).rpartition(".")[0]
            name = names.named_children[-1] if names.named_children else names
        elif kind == "type_alias" and body is not None:
            facts["type"] = self.code(body)
        equals = first_child(node, "=", "+=") if kind != "type_alias" else None
        index = self.add(kind, node, name, scope.parent, equals, whole, **facts)
        if body is not None and body.type == "record_declaration":
            self.fields(body, index)
        elif body is not None and body.type == "variant_declaration":
            for constructor in of_type(body, "constructor_declaration"):
                self.constructor(constructor, index, "enum_member")

    def fields(self, node: Node, parent: int) -> None:
        for field in of_type(node, "field_declaration"):
            name = first_child(field, "field_name")
            if name is not None:
                self.add(
                    "field", field, name, parent, type=self.code(field.child_by_field_name("type")),
                    modifiers=("mutable",) if first_child(field, "mutable") is not None else (),
                )  # fmt: skip

    def constructor(self, node: Node, parent: int, kind: str, whole: Node | None = None, modifiers: tuple[str, ...] = ()) -> None:
        name = first_child(node, "constructor_name")
        if name is None:
            return
        index = self.add(kind, node, name, parent, whole=whole, signature=self.code(whole or node), modifiers=modifiers)
        for record in of_type(node, "record_declaration"):
            self.fields(record, index)

    def exception(self, node: Node, scope: Scope) -> None:
        for constructor in of_type(node, "constructor_declaration"):
            self.constructor(constructor, scope.parent, "constructor", node, ("exception",))

    # -- values ------------------------------------------------------------------------------------------------------------------------

    def value(self, node: Node, scope: Scope) -> None:
        """Note what an interface, or the language below, says of a value."""
        name = first_child(node, "value_name", "parenthesized_operator")
        if name is not None:
            of = self.code(node.child_by_field_name("type"))
            kind = "operator" if name.type == "parenthesized_operator" else "function" if "->" in of else "constant"
            words = ("external",) if node.type == "external" else ()
            self.add(kind, node, name, scope.parent, type=of, role="declaration", modifiers=words)

    def values(self, node: Node, scope: Scope) -> None:
        bindings = of_type(node, "let_binding")
        for binding in bindings:
            self.binding(binding, node if binding == bindings[0] else binding, scope, local=False)

    def binding(self, node: Node, whole: Node, scope: Scope, *, local: bool) -> None:
        """Note what ``let`` names; in bodies, functions alone."""
        pattern, body = node.child_by_field_name("pattern"), node.child_by_field_name("body")
        taken = [self.taken(p) for p in of_type(node, "parameter")]
        is_function = bool(taken) or (body is not None and body.type in _FUNCTIONS)
        index, facts = scope.parent, {"type": self.code(node.child_by_field_name("type"))}
        if pattern is not None and pattern.type in ("value_name", "parenthesized_operator") and (is_function or not local):
            kind = "operator" if pattern.type == "parenthesized_operator" else "function" if is_function else "constant"
            value = "" if is_function else self.code(body, most=MAX_VALUE)
            signature = (
                head(self.walk, whole, None, (), MAX_VALUE)
                if kind == "constant"
                else head(self.walk, whole if whole != node else node, first_child(node, "="))
            )
            index = self.add(
                kind, node, pattern, scope.parent, None, whole, parameters=tuple(taken), value=value, signature=signature, **facts
            )
        elif pattern is not None and not local:
            for name in {self.text(found): found for found in _names(pattern)}.values():
                self.add("constant", node, name, scope.parent, first_child(node, "="), whole)
        if body is not None:
            self.within(body, index)

    def evaluated(self, node: Node, scope: Scope) -> None:
        """Read what an expression outside of functions declares in itself."""
        self.within(node, scope.parent)

    def within(self, body: Node, parent: int) -> None:
        for inner in below(body, self.walk, _WORDS, _LOCAL):
            if inner.type == "let_binding":
                self.binding(inner, inner, Scope(parent), local=True)
            else:
                self.module(inner, Scope(parent))

    def taken(self, node: Node) -> Parameter:
        pattern = node.child_by_field_name("pattern")
        label = next((c.type for c in node.children if c.type in ("~", "?")), "")
        of = pattern.child_by_field_name("type") if pattern is not None and pattern.type == "typed_pattern" else None
        inner = pattern.child_by_field_name("pattern") if of is not None and pattern is not None else pattern
        default = self.code(node.child_by_field_name("default"), most=MAX_VALUE)
        return Parameter(label + self.code(inner), self.code(of if of is not None else node.child_by_field_name("type")), default)

    # -- classes -----------------------------------------------------------------------------------------------------------------------

    def of_class(self, node: Node, scope: Scope) -> None:
        """Note a class, or the type of one."""
        name = first_child(node, "class_name", "class_type_name")
        if name is None:
            return
        words = ("virtual",) if first_child(node, "virtual") is not None else ()
        kind = "interface" if node.type == "class_type_binding" else "class"
        body = next(_bodies(node), None)
        whole = _whole(node)
        index = self.add(
            kind, node, name, scope.parent, first_child(node, "=") or body, whole, modifiers=words,
            parameters=tuple(self.taken(p) for p in of_type(node, "parameter")),
        )  # fmt: skip
        if body is not None:
            self.block(body, Scope(index, kind))

    def method(self, node: Node, scope: Scope) -> None:
        name, body = first_child(node, "method_name"), node.child_by_field_name("body")
        if name is None:
            return
        words = {word for word in ("private", "virtual") if first_child(node, word) is not None}
        index = self.add(
            "method", node, name, scope.parent, first_child(node, "=") if body is not None else None,
            visibility="private" if "private" in words else "public", modifiers=tuple(sorted(words - {"private"})),
            type=self.code(node.child_by_field_name("type")), parameters=tuple(self.taken(p) for p in of_type(node, "parameter")),
            role="declaration" if body is None else "definition",
        )  # fmt: skip
        if body is not None:
            self.within(body, index)

    def variable(self, node: Node, scope: Scope) -> None:
        name = first_child(node, "instance_variable_name")
        if name is not None:
            words = tuple(word for word in ("mutable", "virtual") if first_child(node, word) is not None)
            value = self.code(node.child_by_field_name("body"), most=MAX_VALUE)
            of = self.code(node.child_by_field_name("type"))
            self.add("field", node, name, scope.parent, modifiers=words, value=value, type=of, visibility="private")

    def inherited(self, node: Node, scope: Scope) -> None:
        base = node.child_by_field_name("class") or next(iter(node.named_children), None)
        while base is not None and base.type == "class_application":
            base = base.child_by_field_name("class")
        if base is not None and scope.parent >= 0:
            symbol = self.walk.symbols[scope.parent]
            symbol.bases = (*symbol.bases, Base(self.code(base), "inherits"))

    def opened(self, node: Node, scope: Scope) -> None:
        path = node.child_by_field_name("module") or node.child_by_field_name("module_type")
        if path is not None and path.type == "module_type_of":
            path = path.child_by_field_name("module")
        if path is not None and path.type in ("module_path", "extended_module_path", "module_type_path"):
            kind, line, target = node.type.partition("_")[0], node.start_point.row + 1, "".join(self.code(path).split())
            if path.type == "module_type_path" and "." not in target:
                return  # a type of modules, which is no file
            if scope.parent < 0 or not self.is_parameter(target.partition(".")[0], node):
                self.walk.imports.append(Import(kind, target, line, node.end_point.row + 1, local=scope.parent >= 0))

    def is_parameter(self, name: str, node: Node) -> bool:
        """Whether a module is one that a functor, a function or a case around a node takes, and so no file."""
        around = node.parent
        for _ in range(_DEEP):
            if around is None:
                break
            for part in around.children if around.type in _TAKING else ():
                within = first_child(part, "let_binding") if part.type == "value_definition" else part
                of = (within.child_by_field_name("pattern") if within is not None else None) or part
                if of.type in ("module_parameter", "package_pattern") and self.text(first_child(of, "module_name")) == name:
                    return True
            around = around.parent
        return False


def _names(pattern: Node) -> Iterator[Node]:
    """The names that a pattern gives to values."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in ("value_name", "value_pattern"):
            yield node
        elif node.type not in ("typed_pattern_type", "constructor_path", "type_constructor_path"):
            stack += reversed(node.named_children)


def _bodies(node: Node) -> Iterator[Node]:
    """The bodies of a class, which functions and types may stand before."""
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.type in ("object_expression", "class_body_type"):
            yield inner
        elif inner == node or "class" in inner.type:
            stack += reversed(inner.named_children)


def _whole(node: Node) -> Node:
    """The statement that a declaration is the first of; of another one, itself."""
    around = node.parent
    if around is None or not around.type.endswith("_definition"):
        return node
    first = first_child(around, node.type)
    return around if first == node else node
