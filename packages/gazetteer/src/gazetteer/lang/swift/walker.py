"""Swift: types and extensions with their members, functions, values, imports; under which conditions, where a build is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Import, Parameter
from ..base import MAX_CONDITIONS, MAX_VALUE, Walk
from ..heads import doc_comment, first_child, head, of_type
from ..reader import Reader, Rule, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_FUNCTION = Rule("function", "method")
#: What the grammar calls a class: by the word that begins it.
_KINDS = {"class": "class", "actor": "class", "struct": "struct", "enum": "enum", "extension": "extension"}
#: Words that stand before or behind a declaration, and not among its modifiers.
_WORDS = frozenset(("class", "actor", "indirect", "async", "throws_clause"))
#: Members of these are as visible as they are, where they do not say otherwise.
_SHOWING = frozenset(("protocol", "extension"))
_IMPORT = re.compile(r"import\s+(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?([\w.`]+)\s*$")
_DIRECTIVE = re.compile(r"#(if|elseif|else|endif)\b\s*(.*)", re.DOTALL)


def walk(walk: Walk) -> None:
    """Read a file of Swift."""
    _Swift(walk).read()


class _Swift(Reader):
    rules: ClassVar[Mapping[str, Rule]] = {
        "class_declaration": Rule("class", holds=True),
        "protocol_declaration": Rule("protocol", holds=True),
        "function_declaration": _FUNCTION,
        "protocol_function_declaration": _FUNCTION,
        "init_declaration": Rule("constructor"),
        "deinit_declaration": Rule("destructor", name="deinit"),
        "subscript_declaration": Rule("method", name="subscript", body="computed_property"),
        "typealias_declaration": Rule("type_alias", body=""),
        "associatedtype_declaration": Rule("type_alias", body=""),
        "macro_declaration": Rule("macro", name="simple_identifier", body="definition"),
        "operator_declaration": Rule("operator", name="custom_operator"),
    }
    read_by: ClassVar[Mapping[str, str]] = {
        "import_declaration": "imported", "property_declaration": "values", "protocol_property_declaration": "values",
        "enum_entry": "cases", "directive": "directive",
    }  # fmt: skip
    local = ("function_declaration", "class_declaration")
    local_words = re.compile(rb"\b(?:func|class|struct|enum|actor)\b")
    comments = Walk.comments | {"multiline_comment"}
    skipped = ("attribute",)
    before_comment = ("shebang_line",)

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: Of each ``#if`` around what is read, the conditions of its branches up to the one that this is in.
        self.conditions = list[list[str]]()

    def otherwise(self, node: Node, scope: Scope) -> None:
        if not scope.inside:  # a statement of a script
            self.within(node, scope.parent)

    def kind(self, node: Node, rule: Rule, scope: Scope) -> str:
        if node.type == "class_declaration":
            return _KINDS.get(self.text(node.child_by_field_name("declaration_kind")), rule.kind)
        name = node.child_by_field_name("name")
        if rule is _FUNCTION and name is not None and name.type != "simple_identifier":
            return "operator"
        return super().kind(node, rule, scope)

    def name(self, node: Node) -> str:
        if node.type == "user_type":  # what an extension extends
            names = of_type(node, "type_identifier")
            return self.text(names[-1]) if names else self.code(node)
        return self.text(node).strip("`")

    def facts(self, node: Node, scope: Scope) -> dict[str, Any]:
        modifiers = first_child(node, "modifiers")
        words = {self.code(m) for m in (modifiers.children if modifiers is not None else ()) if m.type != "attribute"}
        words |= {c.type.removesuffix("_clause") for c in node.children if c.type in _WORDS}
        words |= {self.text(c) for c in node.children if c.type == "throws"}
        shown = words & {"open", "public", "package", "internal", "fileprivate", "private"}
        facts: dict[str, Any] = {
            "visibility": next(iter(sorted(shown)), "") or self.shown_by(scope), "modifiers": tuple(sorted(words - shown)),
            "decorators": tuple(self.code(a, most=MAX_VALUE) for a in of_type(modifiers, "attribute")),
            "condition": self.condition(), **doc_comment(self.walk, node, "///"),
        }  # fmt: skip
        if (types := first_child(node, "type_parameters")) is not None:
            facts["type_parameters"] = self.code(types)
        if node.type in ("class_declaration", "protocol_declaration"):
            facts |= self.extended(node)
            facts["modifiers"] = tuple(word for word in facts["modifiers"] if word != "class")
        elif parameters := of_type(node, "parameter"):
            facts["parameters"] = tuple(map(self.taken, parameters))
        if node.type == "operator_declaration":
            facts["role"] = "declaration"
        facts["type"] = self.code(_behind(node, "=" if node.type in ("typealias_declaration", "associatedtype_declaration") else "->"))
        return facts

    def shown_by(self, scope: Scope) -> str:
        """How visible what says nothing of it is."""
        if scope.parent >= 0 and scope.inside in _SHOWING:
            around = self.walk.symbols[scope.parent]
            return around.visibility
        return "internal"

    def condition(self) -> str:
        """The conditions around what is read."""
        inner = self.conditions[-MAX_CONDITIONS:]
        found = [f"!({before})" for branches in inner for before in branches[-MAX_CONDITIONS - 1 : -1]][-MAX_CONDITIONS:]
        return " && ".join([*found, *(branches[-1] for branches in inner if branches[-1])])

    def extended(self, node: Node) -> dict[str, Any]:
        """The bases of a type; of an extension, also the type that what it extends is in."""
        bases = [s.child_by_field_name("inherits_from") for s in of_type(node, "inheritance_specifier")]
        found: dict[str, Any] = {"bases": tuple(Base(self.code(base)) for base in bases if base is not None)}
        name = node.child_by_field_name("name")
        if name is not None and name.type == "user_type" and len(of_type(name, "type_identifier")) > 1:
            found["scope"] = ".".join(self.text(n) for n in of_type(name, "type_identifier")[:-1])
        return found

    def taken(self, node: Node) -> Parameter:
        """A parameter, with the name by which callers know it before its own, where that is another."""
        outer, own = (self.text(node.child_by_field_name(field)) for field in ("external_name", "name"))
        begin, end = _behind(node, ":"), first_child(node, "=", "...")
        of = self.code(node, end.start_byte if end is not None else 0, start=begin.start_byte) if begin is not None else ""
        equals = node.next_sibling
        given = equals.next_sibling if equals is not None and equals.type == "=" else None
        default = self.code(given, most=MAX_VALUE)
        return Parameter(f"{outer} {own}".strip(), of.strip(), default, "variadic" if end is not None and end.type == "..." else "")

    def values(self, node: Node, scope: Scope) -> None:
        """Note properties, and constants and variables of the file: a statement may declare several."""
        binding = first_child(node, "value_binding_pattern") or first_child(node.child_by_field_name("name"), "value_binding_pattern")
        word = "let" if "let" in self.text(binding).split() else "var"
        kind = "property" if scope.inside else "constant" if word == "let" else "variable"
        body = first_child(node, "computed_property", "willset_didset_block", "protocol_property_requirements")
        facts = self.facts(node, scope)
        facts |= {
            "modifiers": tuple(sorted({*facts["modifiers"], word})),
            "signature": head(self.walk, node, body, self.skipped, MAX_VALUE),
        }
        declared = self.each(node)
        for name, said in declared:
            index = self.walk.add(kind, self.name(name), node, scope.parent, name, **{**facts, **said})
            if len(declared) == 1:
                self.within(node, index)

    def each(self, node: Node) -> list[tuple[Node, dict[str, str]]]:
        """The names that a statement gives to values, with type and value."""
        found, last = list[tuple[Any, dict[str, str]]](), 0
        for before, child in zip((None, *node.children), node.children, strict=False):
            if child.type == "pattern":
                last = len(names := _bound(child))
                found += [(name, {}) for name in names if self.text(name) != "_"]
            elif child.type == "type_annotation":
                for _, said in found:
                    said.setdefault("type", self.code(child).lstrip(": "))
            elif before is not None and before.type == "=" and found and last == 1:
                found[-1][1]["value"] = self.code(child, most=MAX_VALUE)
        return found

    def cases(self, node: Node, scope: Scope) -> None:
        """Note the members of an enumeration that a statement declares."""
        visibility = self.walk.symbols[scope.parent].visibility if scope.parent >= 0 else ""
        facts = {**self.facts(node, scope), "visibility": visibility}
        for number, child in enumerate(node.children):
            if node.field_name_for_child(number) != "name":
                continue
            after = node.children[number + 1 :]
            value = ""
            if after and after[0].type == "enum_type_parameters":
                value = self.code(after[0], most=MAX_VALUE)
            elif len(after) > 1 and after[0].type == "=":
                value = self.code(after[1], most=MAX_VALUE)
            signature = head(self.walk, node, None, self.skipped, MAX_VALUE)
            self.walk.add("enum_member", self.name(child), node, scope.parent, child, signature=signature, value=value, **facts)

    def imported(self, node: Node, scope: Scope) -> None:
        found = _IMPORT.search(self.code(node))
        if found is not None:
            line, end = node.start_point.row + 1, node.end_point.row + 1
            target = found[1].replace("`", "")
            self.walk.imports.append(Import("import", target, line, end, local=scope.parent >= 0, condition=self.condition()))

    def directive(self, node: Node, _scope: Scope) -> None:
        """Note where branches of ``#if`` begin and end."""
        found = _DIRECTIVE.match(self.code(node))
        if found is None:
            return
        word, condition = found[1], found[2].strip()
        if word == "if":
            self.conditions.append([condition])
        elif self.conditions and word == "endif":
            self.conditions.pop()
        elif self.conditions:
            self.conditions[-1].append(condition)


def _behind(node: Node, sign: str) -> Node | None:
    """What follows a sign in a node."""
    found = first_child(node, sign)
    return found.next_sibling if found is not None else None


def _bound(pattern: Node) -> list[Node]:
    """The names in a pattern, in their order."""
    found, stack = list[Any](), [pattern]
    while stack:
        node = stack.pop()
        if node.type == "simple_identifier":
            found.append(node)
        elif node.type in ("pattern", "value_binding_pattern"):
            stack += reversed(node.named_children)
    return found
