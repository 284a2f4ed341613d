"""Java: packages, modules, imports, types with their members, as they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text
from ..heads import below, doc_comment, file_comment, first_child, head, last_file_line, lost_type, of_type, with_next

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TYPES = {
    "class_declaration": "class", "interface_declaration": "interface", "enum_declaration": "enum", "record_declaration": "record",
    "annotation_type_declaration": "annotation",
}  # fmt: skip
_ANNOTATIONS = frozenset(("annotation", "marker_annotation"))
_ACCESS = frozenset(("public", "protected", "private"))
#: ``import module m;`` of Java 25, which the grammar takes for a name.
_MODULE = re.compile(r"import\s+module\s+(?=[\w$])")
_LOCAL = re.compile(rb"\b(?:class|interface|enum|record)\b")
#: Nodes whose children stand in the same scope.
_THROUGH = frozenset(("enum_body_declarations", "ERROR"))
#: Words before the name of a type.
_WORDS = frozenset(("class", "interface", "enum", "record"))


class _Scope(Struct, frozen=True):
    parent: int = -1
    #: The kind of the type around it; empty outside of types.
    inside: str = ""


def walk(walk: Walk) -> None:
    """Read a file of Java."""
    assert walk.tree is not None
    root = walk.tree.root_node
    _Reader(walk).block(root, _Scope())
    documented = {s.doc_line for s in walk.symbols if s.kind != "package"}
    file_comment(walk, root, lambda node: node.type in _TYPES or node.type == "module_declaration", taken=documented)
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
            if kind == "package_declaration":
                scope = self.package(child, scope)
            elif kind == "import_declaration":
                self.imported(child)
            elif kind == "module_declaration":
                self.module(child)
            elif kind in _TYPES:
                self.type(child, scope)
            elif kind in _THROUGH:
                self.block(child, scope)
            elif scope.inside:
                self.member(child, scope)
            elif kind == "method_declaration":  # in a compact source file, or where a brace is missing
                self.method(child, scope)
            elif kind == "local_variable_declaration" and node.type == "program" and not node.has_error:  # in such a file alone
                self.fields(child, scope)

    def package(self, node: Node, scope: _Scope) -> _Scope:
        name = first_child(node, "scoped_identifier", "identifier")
        if name is None:
            return scope
        lines = Block(name.start_point.row + 1, last_file_line(self.walk))
        facts = self.walk.doc_before(node, ("/**",))
        index = self.walk.add("package", _joined(self.text(name)), lines, signature=f"package {_joined(self.text(name))}", **facts)
        return _Scope(index)

    def imported(self, node: Node) -> None:
        name = first_child(node, "scoped_identifier", "identifier")
        if name is None:
            return
        line, target = name.start_point.row + 1, _joined(self.text(name))
        whole = _MODULE.match(self.text(node))  # a repair has blanked the word
        names: tuple[ImportedName, ...] = (ImportedName("*"),) if first_child(node, "asterisk") else ()
        kind = "module" if whole else "static" if first_child(node, "static") else "import"
        if kind == "static" and not names:
            target, _, last = target.rpartition(".")
            names = (ImportedName(last),)
        self.walk.imports.append(Import(kind, target, line, node.end_point.row + 1, names=names))

    def module(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None:
            return
        modifiers = ("open",) if first_child(node, "open") else ()
        self.walk.add(
            "module", _joined(self.text(name)), node, at=name, signature=head(self.walk, node, body, _ANNOTATIONS), modifiers=modifiers,
            decorators=self.annotations(node), **doc_comment(self.walk, node, "///"),
        )  # fmt: skip
        for part in body.named_children if body is not None else ():
            what, line = part.type.split("_", maxsplit=1)[0], part.start_point.row + 1
            if what == "requires":
                self.walk.imports.append(Import("requires", _joined(self.text(part.child_by_field_name("module"))), line))
            elif what == "uses":
                self.walk.imports.append(Import("uses", _joined(self.text(part.child_by_field_name("type"))), line))
            elif what == "provides":
                served = part.child_by_field_name("provided")
                names = tuple(ImportedName(_joined(self.text(n))) for n in of_type(part, "identifier", "scoped_identifier") if n != served)
                self.walk.imports.append(Import("provides", _joined(self.text(served)), line, names=names))

    def type(self, node: Node, scope: _Scope) -> None:
        name, body, kind = node.child_by_field_name("name"), node.child_by_field_name("body"), _TYPES[node.type]
        if name is None or name.is_missing:
            return
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=head(self.walk, node, body, _ANNOTATIONS), bases=self.bases(node),
            type_parameters=self.walk.code(node.child_by_field_name("type_parameters")),
            parameters=self.parameters(node) if kind == "record" else (), **self.shared(node, scope),
        )  # fmt: skip
        if kind == "record":
            self.components(node, index)
        if body is not None:
            self.block(body, _Scope(index, kind))

    def bases(self, node: Node) -> tuple[Base, ...]:
        found = list[Base]()
        for clause in of_type(node, "superclass", "super_interfaces", "extends_interfaces"):
            how = "implements" if clause.type == "super_interfaces" else "extends"
            types = first_child(clause, "type_list") or clause
            found += [Base(self.walk.code(t), how) for t in types.named_children if t.type not in self.walk.comments]
        return tuple(found)

    def components(self, node: Node, index: int) -> None:
        for part in of_type(node.child_by_field_name("parameters"), "formal_parameter", "spread_parameter"):
            name = part.child_by_field_name("name") or (first_child(part, "variable_declarator") or part).child_by_field_name("name")
            if name is not None:
                of = part.child_by_field_name("type") or next((c for c in part.named_children if c.type != "modifiers"), None)
                self.walk.add(
                    "field", self.text(name), part, index, name, signature=head(self.walk, part, None, _ANNOTATIONS), visibility="private",
                    type=self.walk.code(of) + "..." * (part.type == "spread_parameter"), modifiers=("final",),
                    decorators=self.annotations(part),
                )  # fmt: skip

    def member(self, node: Node, scope: _Scope) -> None:
        kind = node.type
        if kind in ("method_declaration", "annotation_type_element_declaration"):
            self.method(node, scope)
        elif kind in ("constructor_declaration", "compact_constructor_declaration"):
            self.method(node, scope, "constructor")
        elif kind in ("field_declaration", "constant_declaration"):
            self.fields(node, scope)
        elif kind == "enum_constant":
            self.enum_constant(node, scope)
        elif kind in ("static_initializer", "block"):
            self.local(node, scope.parent)

    def method(self, node: Node, scope: _Scope, kind: str = "method") -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or name.is_missing:
            return
        default = node.child_by_field_name("value")
        facts = self.shared(node, scope)
        dimensions = "".join(self.text(node.child_by_field_name("dimensions")).split())  # int f()[]
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=head(self.walk, node, body, _ANNOTATIONS),
            parameters=self.parameters(node), type=self.walk.code(node.child_by_field_name("type")) + dimensions,
            type_parameters=self.walk.code(node.child_by_field_name("type_parameters")), value=self.walk.code(default, most=MAX_VALUE),
            role="declaration" if "native" in facts["modifiers"] else "definition", **facts,
        )  # fmt: skip
        if body is not None:
            self.local(body, index)

    def local(self, body: Node, parent: int) -> None:
        """Types that are declared in a body; those of anonymous classes have no name to be found by."""
        for node in below(body, self.walk, _LOCAL, _TYPES, ("class_body",)):
            self.type(node, _Scope(parent))

    def fields(self, node: Node, scope: _Scope) -> None:
        of, facts = self.walk.code(node.child_by_field_name("type")), self.shared(node, scope)
        constant = scope.inside in ("interface", "annotation") or {"static", "final"} <= set(facts["modifiers"])
        for declared in node.children_by_field_name("declarator"):
            name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
            if name is None or name.is_missing:
                continue
            dimensions = "".join(self.text(declared.child_by_field_name("dimensions")).split())
            index = self.walk.add(
                "constant" if constant else "field", self.text(name), node, scope.parent, name, type=of + dimensions,
                signature=head(self.walk, node, None, _ANNOTATIONS, MAX_VALUE),
                value=self.walk.code(value, most=MAX_VALUE), **facts,
            )  # fmt: skip
            if value is not None:
                self.local(value, index)

    def enum_constant(self, node: Node, scope: _Scope) -> None:
        name, body, arguments = (node.child_by_field_name(f) for f in ("name", "body", "arguments"))
        if name is None or name.is_missing:
            return
        facts = self.shared(node, scope)
        index = self.walk.add(
            "enum_member", self.text(name), node, scope.parent, name, signature=head(self.walk, node, body, _ANNOTATIONS),
            value=self.walk.code(arguments, most=MAX_VALUE), **{**facts, "visibility": "public"},
        )  # fmt: skip
        if body is not None:
            self.block(body, _Scope(index, "enum_member"))

    def shared(self, node: Node, scope: _Scope) -> dict[str, Any]:
        """Visibility, modifiers, annotations and Javadoc of a declaration."""
        written = [self.text(m) for m in (first_child(node, "modifiers") or node).children if m.type not in _ANNOTATIONS and not m.is_named]
        words = {w for w in written if w.isalpha() or w == "non-sealed"} if first_child(node, "modifiers") else set()
        visibility = next((w for w in written if w in _ACCESS and w in words), "")
        if not visibility and scope.inside in ("interface", "annotation"):
            visibility = "public"
        elif not visibility and scope.inside == "enum" and node.type == "constructor_declaration":
            visibility = "private"
        elif not visibility and (scope.inside or scope.parent < 0 or self.walk.symbols[scope.parent].kind == "package"):
            visibility = "package"
        return {
            "visibility": visibility, "modifiers": tuple(sorted(words - _ACCESS)), "decorators": self.annotations(node),
            **doc_comment(self.walk, node, "///"),
        }  # fmt: skip

    def annotations(self, node: Node) -> tuple[str, ...]:
        """Annotations, as they are written, also between type parameters and a type."""
        name = node.child_by_field_name("name")
        written = [a for holder in (first_child(node, "modifiers"), node) for a in of_type(holder, *_ANNOTATIONS)]
        return tuple(self.walk.code(a, most=MAX_VALUE) for a in written if name is None or a.start_byte < name.start_byte)

    def parameters(self, node: Node) -> tuple[Parameter, ...]:
        found = list[Parameter]()
        for part in of_type(node.child_by_field_name("parameters"), "formal_parameter", "spread_parameter"):
            of = part.child_by_field_name("type") or next((c for c in part.named_children if c.type != "modifiers"), None)
            if part.type == "spread_parameter":
                name = (first_child(part, "variable_declarator") or part).child_by_field_name("name")
                found.append(Parameter(self.text(name), self.walk.code(of), kind="variadic"))
            else:
                name = part.child_by_field_name("name")
                dimensions = "".join(self.text(part.child_by_field_name("dimensions")).split())
                if self.text(name) != "this":  # with an annotation, that is read as a parameter
                    found.append(Parameter(self.text(name), self.walk.code(of) + dimensions))
        return tuple(found)


def _joined(name: str) -> str:
    """A dotted name without the spaces and comments that may stand in it."""
    return "".join(re.sub(r"/\*.*?\*/|//[^\n]*", "", name, flags=re.DOTALL).split())
