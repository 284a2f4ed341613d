"""Go: packages, imports, functions and methods, types with their fields and methods, constants and variables.

A method stands outside its type, as in the text: its `scope` is the type of its receiver. Embedded fields and interfaces are bases.
Names with a capital are exported. Of what a function declares in its body, types are listed below it, and no more. Members of a type
without a name are those of the field or the variable that has it, or holds many of it. What has no comment above it is documented by that
behind it, where it stands on one line: a field, a constant, a method of an interface. ``//go:noinline`` documents nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text, named
from ..heads import below

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TYPE = re.compile(rb"\btype\b")
#: A name of another package.
_USED = re.compile(rb"\b([A-Za-z_]\w*+)\.([A-Z]\w*+)")
#: What stands in paths of packages for their version.
_VERSION = re.compile(r"(?:/v\d+|\.v\d+)$")
#: Comments for tools, as go/ast tells them from documentation.
_DIRECTIVE = re.compile(r"//(?:line |extern |export |[a-z0-9]+:[a-z0-9])")
#: Types of many values of another.
#: Terms, which stand right above ``package`` now and then.
_LEGAL = re.compile(r"\W*(?:copyright|SPDX-|licensed under)", re.IGNORECASE)
_HOLDERS = ("pointer_type", "slice_type", "array_type", "implicit_length_array_type", "map_type", "channel_type", "parenthesized_type")


def walk(walk: Walk) -> None:
    """Read a file of Go."""
    _Reader(walk).read()


class _Reader:
    """One file that is being read."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.text, self.code = walk, walk.text, walk.code
        walk.directives, walk.joined_comments = _DIRECTIVE, True

    def read(self) -> None:
        assert self.walk.tree is not None
        for node in self.walk.tree.root_node.named_children:
            if node.type == "ERROR":  # what stands in it may still be whole
                for child in node.named_children:
                    self.declaration(child)
            else:
                self.declaration(node)
        self.used()
        in_order_of_text(self.walk)

    def declaration(self, node: Node) -> None:
        kind = node.type
        if kind == "package_clause":
            self.package(node)
        elif kind == "import_declaration":
            for spec in _specs(node, "import_spec"):
                self.imports(spec)
        elif kind in ("function_declaration", "method_declaration"):
            self.function(node)
        elif kind == "type_declaration":
            self.types(node)
        elif kind == "const_declaration":
            self.constants(node)
        elif kind == "var_declaration":
            specs = list(_specs(node, "var_spec"))
            for spec in specs:
                self.variables("variable", spec, node if len(specs) == 1 else spec)

    def add(self, kind: str, at: Node, node: Node, parent: int = -1, *, one: Node | None = None, **facts: Any) -> int:
        """Note a symbol named at `at`, with the comment before it; that of `one` thing of several may be behind it."""
        name = self.text(at)
        visibility = "exported" if name[:1].isupper() else "private"
        facts.setdefault("visibility", visibility)
        comment = self.walk.doc_before(node if one is None else one)
        if one is not None and not comment:
            alone = one.start_byte != node.start_byte  # in a declaration, whose comments are its own
            comment = (self.walk.doc_before(node) if alone else {}) or self.walk.doc_behind(one)
            if alone and not comment:
                comment = self.walk.doc_behind(node)
        return self.walk.add(kind, name, node, parent, at=at, **facts, **comment)

    def package(self, node: Node) -> None:
        comment = self.walk.doc_before(node)
        if comment and _LEGAL.match(comment["doc"]) is not None:
            comment = {}
        if comment:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = comment["doc"], comment["doc_line"], comment["doc_end"]
        at = next((c for c in node.named_children if c.type not in self.walk.comments), None)
        if at is not None:
            self.walk.add("package", self.text(at), node, at=at, signature=self.code(node), **comment)

    def imports(self, node: Node) -> None:
        path, name = node.child_by_field_name("path"), self.text(node.child_by_field_name("name"))
        names = (ImportedName("*"),) if name == "." else ()
        line = node.start_point.row + 1
        self.walk.imports.append(Import("import", self.text(path)[1:-1], line, line, names, "" if name == "." else name))

    def used(self) -> None:
        """Say of each import which names of the package the text has behind that of the package."""
        named = [statement for statement in self.walk.imports if not statement.names and statement.alias != "_"]
        found: dict[str, set[str]] = {}
        for package, name in set(_USED.findall(self.walk.original)) if named else ():
            found.setdefault(package.decode(), set()).add(name.decode())
        for statement in named:
            names = {name for called in _called(statement) for name in found.get(called, ())}
            statement.names = tuple([ImportedName(name) for name in sorted(names)])

    def function(self, node: Node) -> None:
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if at is None:
            return
        facts: dict[str, Any] = {}
        receiver = node.child_by_field_name("receiver")
        if receiver is not None:
            facts["scope"] = self.receiver(receiver)
        result, types = node.child_by_field_name("result"), node.child_by_field_name("type_parameters")
        index = self.add(
            "method" if receiver is not None else "function", at, node, role="definition" if body is not None else "declaration",
            signature=self.code(node, body.start_byte if body is not None else 0), type=self.code(result) if result is not None else "",
            parameters=(*self.parameters(receiver, "receiver"), *self.parameters(node.child_by_field_name("parameters"))),
            type_parameters=self.code(types) if types is not None else "", **facts,
        )  # fmt: skip
        for declared in below(body, self.walk, _TYPE, ("type_declaration",)) if body is not None else ():
            self.types(declared, index, local=True)

    def receiver(self, node: Node) -> str:
        """The name of the type of a receiver."""
        found = (p.child_by_field_name("type") for p in node.named_children if p.type == "parameter_declaration")
        of: Node | None = next(found, None)
        while of is not None and of.type in ("pointer_type", "parenthesized_type", "generic_type"):
            of = of.child_by_field_name("type") or next((c for c in of.named_children if c.type != "comment"), None)
        return self.text(of)

    def parameters(self, node: Node | None, sort: str = "") -> tuple[Parameter, ...]:
        found = list[Parameter]()
        for child in node.named_children if node is not None else ():
            if child.type not in ("parameter_declaration", "variadic_parameter_declaration"):
                continue
            of = child.child_by_field_name("type")
            written = self.code(of) if of is not None else ""
            kind = "variadic" if child.type.startswith("variadic") else sort
            names = [self.text(n) for n in child.children_by_field_name("name") if n.is_named] or [""]
            found += [Parameter(name, written, kind=kind) for name in names]
        return _all_named(found)

    def types(self, node: Node, parent: int = -1, *, local: bool = False) -> None:
        """Read the types of a declaration."""
        specs = list(_specs(node, "type_spec", "type_alias"))
        for spec in specs:
            self.type(spec, node if len(specs) == 1 else spec, parent, local=local)

    def type(self, node: Node, where: Node, parent: int, *, local: bool) -> None:
        at, of = node.child_by_field_name("name"), node.child_by_field_name("type")
        if at is None:
            return
        types = node.child_by_field_name("type_parameters")
        facts: dict[str, Any] = {"type_parameters": self.code(types) if types is not None else "", "one": node}
        body = None
        if of is not None and of.type in ("struct_type", "interface_type") and node.type == "type_spec":
            kind = of.type.removesuffix("_type")
            body = next((c for c in of.named_children if c.type == "field_declaration_list"), None) if kind == "struct" else of
            facts["bases"] = tuple(self.bases(body)) if body is not None else ()
            facts["signature"] = self.code(where, of.start_byte) + " " + kind
        else:
            kind = "type_alias"
            facts |= {"type": self.code(of) if of is not None else "", "signature": self.code(where)}
            facts["modifiers"] = ("alias",) if node.type == "type_alias" else ()
        if local:
            facts["visibility"] = "private"
        index = self.add(kind, at, where, parent, **facts)
        if body is not None:
            self.members(body, index)
        else:
            self.nested(of, index)

    def bases(self, body: Node) -> Iterator[Base]:
        """Embedded fields and interfaces; a union of types is a constraint and no base."""
        for child in body.named_children:
            if child.type == "field_declaration" and child.child_by_field_name("name") is None:
                yield Base(self.code(child, tag.start_byte if (tag := child.child_by_field_name("tag")) is not None else 0), "embeds")
            elif child.type == "type_elem" and len(child.named_children) == 1 and child.named_children[0].type != "negated_type":
                yield Base(self.code(child), "embeds")

    def members(self, body: Node, parent: int) -> None:
        for child in body.named_children:
            if child.type == "field_declaration":
                of = child.child_by_field_name("type")
                for at in child.children_by_field_name("name"):
                    if at.is_named:
                        index = self.add("field", at, child, parent, type=self.code(of) if of is not None else "",
                                         signature=self.code(child), one=child)  # fmt: skip
                        self.nested(of, index)
            elif child.type == "method_elem":
                name, result = child.child_by_field_name("name"), child.child_by_field_name("result")
                if name is not None:
                    of_result = self.code(result) if result is not None else ""
                    self.add("method", name, child, parent, signature=self.code(child), type=of_result, one=child,
                             parameters=self.parameters(child.child_by_field_name("parameters")))  # fmt: skip
            elif child.type == "ERROR":
                self.members(child, parent)

    def nested(self, of: Node | None, parent: int) -> None:
        """The members of a struct or an interface without a name that is the type of a field or a variable, or of what it holds."""
        while of is not None and of.type in _HOLDERS:
            of = of.named_children[-1] if of.named_children else None
        if of is not None and of.type == "interface_type":
            self.members(of, parent)
        elif of is not None and of.type == "struct_type":
            for body in named(of.named_children, "field_declaration_list"):
                self.members(body, parent)

    def constants(self, node: Node) -> None:
        """Read a block of constants: those without a value repeat the expressions before them, each its own."""
        before, of = list[str](), ""
        specs = list(_specs(node, "const_spec"))
        for spec in specs:
            value, written = spec.child_by_field_name("value"), spec.child_by_field_name("type")
            if value is not None:
                before, of = self.values(value), self.code(written) if written is not None else ""
            self.variables("constant", spec, node if len(specs) == 1 else spec, repeated=before if value is None else None, of=of)

    def values(self, node: Node | None) -> list[str]:
        """Expressions with commas between them."""
        return [self.code(c, most=MAX_VALUE) for c in node.named_children if c.type != "comment"] if node is not None else []

    def variables(self, kind: str, spec: Node, where: Node, *, repeated: list[str] | None = None, of: str = "") -> None:
        names = [n for n in spec.children_by_field_name("name") if n.is_named]
        value, written = spec.child_by_field_name("value"), spec.child_by_field_name("type")
        values = self.values(value) if repeated is None else repeated
        given = [c for c in value.named_children if c.type != "comment"] if value is not None and kind == "variable" else []
        each = len(given) == len(names)
        for i, at in enumerate(names):
            index = -1
            if self.text(at) != "_":
                said = values[i] if len(values) == len(names) else ""
                index = self.add(kind, at, where, signature=self.code(where)[:MAX_VALUE], value=said, one=spec,
                                 type=self.code(written) if written is not None else of)  # fmt: skip
                self.nested(written if written is not None or not each else _literal_type(given[i]), index)
            for declared in below(given[i], self.walk, _TYPE, ("type_declaration",)) if each else ():
                self.types(declared, index, local=True)


def _specs(node: Node, *types: str) -> Iterator[Node]:
    """The specifications of a declaration, with parentheses around them or not."""
    for child in node.named_children:
        if child.type in types:
            yield child
        elif child.type.endswith("_list") or child.type == "ERROR":
            yield from named(child.named_children, *types)


def _literal_type(value: Node) -> Node | None:
    """The type that is written in a value: ``[]T`` of ``[]T{}`` and of ``&[]T{}``."""
    if value.type == "unary_expression":
        value = value.child_by_field_name("operand") or value
    return value.child_by_field_name("type") if value.type == "composite_literal" else None


def _all_named(parameters: list[Parameter]) -> tuple[Parameter, ...]:
    """Parameters of which all have names if one has: the grammar takes the first of more than ten of one type for types.

    Examples
    --------
    >>> _all_named([Parameter("", "a"), Parameter("b", "int")])
    (Parameter(name='a', type='int', default='', kind=''), Parameter(name='b', type='int', default='', kind=''))
    """
    of = ""
    if any(p.name for p in parameters):
        for i in range(len(parameters) - 1, -1, -1):
            if parameters[i].name:
                of = parameters[i].type
            else:
                parameters[i] = Parameter(parameters[i].type, of, kind=parameters[i].kind)
    return tuple(parameters)


def _called(statement: Import) -> tuple[str, ...]:
    """What the package that is imported may be called here: its path does not say that for sure.

    Examples
    --------
    >>> _called(Import("import", "example.org/go-shop/v2", 1)), _called(Import("import", "example.org/yaml.v3", 1, alias="y"))
    (('go-shop', 'shop', 'go_shop', 'goshop'), ('y',))
    """
    if statement.alias:
        return (statement.alias,)
    last = _VERSION.sub("", statement.target).rpartition("/")[2]
    bare = last.removeprefix("go-").removesuffix("-go").removesuffix(".go")
    return tuple(dict.fromkeys((last, bare, last.replace("-", "_"), last.replace("-", ""))))
