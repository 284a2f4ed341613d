"""Scala 2 and 3: packages, imports, classes, traits, objects and enumerations with their members, extensions, givens, type aliases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, last_line
from ..heads import doc_comment, first_child, head, last_file_line, of_type
from ..reader import Reader, Rule, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_FUNCTION = Rule("function", "method", type="return_type")
#: Types of the words before a declaration that stand outside of its modifiers.
_WORDS = frozenset(("case", "val", "var", "opaque_modifier"))
_RENAMED = ("arrow_renamed_identifier", "as_renamed_identifier")


def walk(walk: Walk) -> None:
    """Read a file of Scala."""
    _Scala(walk).read()


class _Scala(Reader):
    rules: ClassVar[Mapping[str, Rule]] = {
        "class_definition": Rule("class", holds=True),
        "object_definition": Rule("object", holds=True),
        "package_object": Rule("object", holds=True),
        "trait_definition": Rule("trait", holds=True),
        "enum_definition": Rule("enum", holds=True),
        "simple_enum_case": Rule("enum_member"),
        "full_enum_case": Rule("enum_member"),
        "given_definition": Rule("object", holds=True),
        "function_definition": _FUNCTION,
        "function_declaration": _FUNCTION,
        "type_definition": Rule("type_alias", type="type"),
    }
    read_by: ClassVar[Mapping[str, str]] = {
        "package_clause": "package", "import_declaration": "imported", "export_declaration": "imported", "val_definition": "values",
        "var_definition": "values", "val_declaration": "values", "var_declaration": "values", "extension_definition": "extension",
    }  # fmt: skip
    entered = Reader.entered | {"enum_case_definitions"}
    local = ("function_definition", "class_definition", "object_definition", "trait_definition", "enum_definition")
    local_words = re.compile(rb"\b(?:def|class|object|trait|enum)\b")
    closed = ("template_body", "with_template_body")  # of classes without a name
    skipped = ("annotation",)

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: What the extension that is read extends.
        self.receiver = ""

    def block(self, node: Node, scope: Scope) -> None:
        for child in node.children:
            if child.type == "package_clause" and child.child_by_field_name("body") is None:
                scope = Scope(self.package(child, scope))  # of all that follows
            else:
                self.node(child, scope)

    def otherwise(self, node: Node, scope: Scope) -> None:
        self.within(node, scope.parent)  # a statement

    def package(self, node: Node, scope: Scope) -> int:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None:
            return scope.parent
        text = "".join(self.code(name).split()).replace("`", "")
        lines = node if body is not None else Block(name.start_point.row + 1, last_file_line(self.walk))
        index = self.walk.add("package", text, lines, scope.parent, signature=f"package {text}", **doc_comment(self.walk, node))
        if body is not None:
            self.block(body, Scope(index))
        return index

    def kind(self, node: Node, rule: Rule, scope: Scope) -> str:
        if rule is _FUNCTION and self.text(node.child_by_field_name("name")) == "this":
            return "constructor"
        if node.type == "given_definition" and first_child(node, "with_template_body", "template_body") is None:
            return "property"
        return super().kind(node, rule, scope)

    def name(self, node: Node) -> str:
        return self.text(node).strip("`")

    def facts(self, node: Node, scope: Scope) -> dict[str, Any]:  # noqa: ARG002 - who sees it, it says itself
        modifiers = first_child(node, "modifiers")
        words = {self.code(m) for m in (modifiers.children if modifiers is not None else ())}
        words |= {c.type.removesuffix("_modifier") for c in node.children if c.type in _WORDS}
        access = next((word for word in sorted(words) if word.startswith(("private", "protected"))), "")
        whole = node.parent if node.type in ("simple_enum_case", "full_enum_case") and node.parent is not None else node
        facts: dict[str, Any] = {
            "visibility": access.partition("[")[0] or "public", "modifiers": tuple(sorted(words - {"private", "protected"})),
            "decorators": tuple(self.code(a, most=MAX_VALUE) for a in of_type(node, "annotation")), **doc_comment(self.walk, whole),
            "end_line": self.last_line(node),
        }  # fmt: skip
        if node.type == "package_object":
            facts["modifiers"] = ("package", *facts["modifiers"])
        if (types := first_child(node, "type_parameters")) is not None:
            facts["type_parameters"] = self.code(types)
        if node.type in ("function_definition", "function_declaration"):
            facts["scope"] = self.receiver
        lists = of_type(node, "parameters", "class_parameters")
        facts["parameters"] = tuple(self.taken(p) for several in lists for p in of_type(several, "parameter", "class_parameter"))
        facts["bases"] = tuple(self.bases(node))
        return facts

    def last_line(self, node: Node) -> int:
        """The line on which the last of a declaration stands: to the grammar, bodies without braces end where what follows begins."""
        while (last := self.last_part(node)) is not None:
            node = last
        return last_line(node)

    def last_part(self, node: Node) -> Node | None:
        """The last child of a node that is no comment, and that has a text."""
        if not node.named_child_count:
            return None
        return next((c for c in reversed(node.children) if c.end_byte > c.start_byte and c.type not in self.comments), None)

    def bases(self, node: Node) -> Iterator[Base]:
        how = ""
        clause = first_child(node, "extends_clause")
        for child in clause.children if clause is not None else ():
            if not child.is_named:
                how = child.type if child.type in ("extends", "with") else "with" if child.type == "," else how
            elif child.type not in self.comments and child.type != "arguments" and not self.text(child).startswith("{"):
                yield Base(self.code(child), how)
                how = "with"
        for derived in of_type(node, "derives_clause"):
            yield from (Base(self.code(child), "derives") for child in derived.named_children)
        if node.type == "given_definition" and (of := node.child_by_field_name("return_type")) is not None:
            yield Base(self.code(of), "extends")

    def taken(self, node: Node) -> Parameter:
        of = node.child_by_field_name("type")
        repeated = of is not None and of.type == "repeated_parameter_type"
        name, default = (
            self.name(node.child_by_field_name("name") or node),
            self.code(node.child_by_field_name("default_value"), most=MAX_VALUE),
        )
        return Parameter(name, self.code(of).rstrip("*") if repeated else self.code(of), default, "variadic" if repeated else "")

    def besides(self, node: Node, index: int) -> None:
        """Note the properties that parameters of a class are: of a case, those of the first list all."""
        is_case = node.type == "full_enum_case" or first_child(node, "case") is not None
        for number, several in enumerate(of_type(node, "class_parameters")):
            for child in of_type(several, "class_parameter"):
                name = child.child_by_field_name("name")
                if name is not None and ((is_case and not number) or first_child(child, "val", "var") is not None):
                    facts = {**self.facts(child, Scope()), "type": self.code(child.child_by_field_name("type"))}
                    value = self.code(child.child_by_field_name("default_value"), most=MAX_VALUE)
                    signature = head(self.walk, child, None, self.skipped, MAX_VALUE)
                    self.walk.add("property", self.name(name), child, index, name, signature=signature, value=value, **facts)

    def values(self, node: Node, scope: Scope) -> None:
        """Note values and variables: a pattern may name several."""
        pattern = node.child_by_field_name("pattern")
        names = _bound(self.walk, pattern) if pattern is not None else node.children_by_field_name("name")
        value, facts = node.child_by_field_name("value"), self.facts(node, scope)
        is_constant = scope.inside == "object" and {"final", "val"} <= set(facts["modifiers"])
        for name in names:
            index = self.walk.add(
                "constant" if is_constant else "property", self.name(name), node, scope.parent, name,
                signature=head(self.walk, node, None, self.skipped, MAX_VALUE), type=self.code(node.child_by_field_name("type")),
                value=self.code(value, most=MAX_VALUE) if len(names) == 1 else "", **facts,
            )  # fmt: skip
            if value is not None and len(names) == 1:
                self.within(value, index)

    def extension(self, node: Node, scope: Scope) -> None:
        """Note the functions of an extension, with what they extend."""
        of = [p for several in of_type(node, "parameters") if first_child(several, "using") is None for p in of_type(several, "parameter")]
        self.receiver = self.code(of[0].child_by_field_name("type")) if of else ""
        try:
            for body in node.children_by_field_name("body"):
                self.node(body, scope) if body.type in self.rules else self.block(body, scope)
        finally:
            self.receiver = ""

    def within(self, body: Node, parent: int) -> None:
        receiver, self.receiver = self.receiver, ""
        super().within(body, parent)
        self.receiver = receiver

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def imported(self, node: Node, scope: Scope) -> None:
        """Note each name that a statement brings in, as Java would: with its whole name, or all of a package."""
        kind, path, is_local = node.type.partition("_")[0], list[str](), bool(scope.inside)

        def note(at: Node, name: str, alias: str = "") -> None:
            target, names = ".".join([*path, name]), tuple[ImportedName, ...]()
            if name in ("*", "_", "given"):
                target, names = ".".join(path), (ImportedName("given" if name == "given" else "*"),)
            line, end = at.start_point.row + 1, at.end_point.row + 1
            self.walk.imports.append(Import(kind, target, line, end, names=names, alias=alias, local=is_local))

        last = node
        for child in node.children:
            if child.type == ",":
                if path:
                    note(last, path.pop())
                path.clear()
            elif child.type in ("identifier", "operator_identifier"):
                path.append(self.name(child))
                last = child
            elif child.type in ("namespace_wildcard", "namespace_selectors", *_RENAMED):
                for one in child.named_children if child.type == "namespace_selectors" else [child]:
                    if one.type in _RENAMED:
                        self.renamed(one, note)
                    elif one.type not in self.comments:
                        note(one, self.name(one))
                path.clear()
        if path:
            note(last, path.pop())

    def renamed(self, node: Node, note: Callable[[Node, str, str], None]) -> None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if name is not None and alias is not None and self.text(alias) != "_":
            note(name, self.name(name), self.name(alias))


def _bound(walk: Walk, pattern: Node) -> list[Node]:
    """The names that a pattern gives to values: alone, or in tuples and the like, where those with a capital are known already."""
    if pattern.type == "identifier":
        return [pattern]
    found, stack = list[Any](), [pattern]
    while stack:
        node = stack.pop()
        if node.type == "identifier":
            if pattern.type == "identifiers" or not walk.text(node)[:1].isupper():
                found.append(node)
        elif node.type not in ("stable_identifier", "type_identifier", "generic_type", "field_expression"):
            stack += reversed(node.named_children)
    return found
