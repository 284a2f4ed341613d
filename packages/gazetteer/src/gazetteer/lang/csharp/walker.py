"""C#: namespaces, usings, types with their members, in every branch of the preprocessor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Block, Import, Note, Parameter, Role
from ...parses import parse
from ..base import MAX_CONDITIONS, MAX_VALUE, Walk, in_order_of_text, one_line
from ..heads import doc_comment, file_comment, first_child, head, last_file_line, lost_type, of_type, with_next
from .branches import split_conditions
from .repair import with_known_syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

__all__ = ["walk"]

_TYPES = {
    "class_declaration": "class", "struct_declaration": "struct", "interface_declaration": "interface", "enum_declaration": "enum",
    "record_declaration": "record", "record_struct_declaration": "record",
}  # fmt: skip
_METHODS = {
    "method_declaration": "method", "constructor_declaration": "constructor", "destructor_declaration": "destructor",
    "operator_declaration": "operator", "conversion_operator_declaration": "operator", "local_function_statement": "function",
}  # fmt: skip
_VALUES = frozenset(("property_declaration", "indexer_declaration", "event_declaration"))
_ACCESS = ("public", "private", "protected", "internal", "file")
_BRANCHES = ("preproc_elif", "preproc_else")
_THROUGH = frozenset(("declaration_list", "enum_member_declaration_list", "global_statement", "preproc_region", "ERROR"))
#: What holds statements; expressions are not looked through for local functions.
_STATEMENTS = frozenset((
    "block", "if_statement", "for_statement", "foreach_statement", "while_statement", "do_statement", "try_statement", "catch_clause",
    "finally_clause", "using_statement", "lock_statement", "switch_statement", "switch_body", "switch_section", "checked_statement",
    "unsafe_statement", "fixed_statement", "labeled_statement", "preproc_if", "preproc_else", "preproc_elif", "ERROR",
))  # fmt: skip
_CONDITIONAL = ("preproc_if_in_attribute_list", "preproc_elif", "preproc_else")
_SKIPPED = ("attribute_list", *_CONDITIONAL)
#: Directives that may stand between documentation and what that is of.
_DIRECTIVES = ("preproc_pragma", "preproc_nullable", "preproc_region", "preproc_line", "preproc_warning")
#: So often a file is read for the branches of conditions within its declarations, and for so long each time.
_MOST_READINGS, _SECONDS = 4, 1.0
#: Words before the name of a type.
_WORDS = frozenset(("class", "struct", "interface", "enum", "record"))


class _Scope(Struct, frozen=True):
    parent: int = -1
    #: The kind of the type around it; empty outside of types.
    inside: str = ""
    conditions: tuple[str, ...] = ()


def walk(walk: Walk) -> None:
    """Read a file of C#."""
    assert walk.tree is not None
    root = walk.tree.root_node
    _read(walk)
    if walk.read is not walk.original:
        _other_branches(walk)
    documented = {s.doc_line for s in walk.symbols}
    file_comment(walk, root, lambda node: node.type in _TYPES, ("shebang_directive",), documented)
    in_order_of_text(walk)


def _read(walk: Walk) -> None:
    assert walk.tree is not None
    _Reader(walk).block(walk.tree.root_node, _Scope())


def _other_branches(walk: Walk) -> None:
    """Add what the other branches of conditions within declarations declare, which a repair has blanked."""
    conditions = split_conditions(walk.original)
    if not conditions:
        return
    from ...cpp.parsed import Pass  # few files have such conditions
    from ..cpp.branches import add_readings, say_conditions

    readings, most = list[Pass](), max(len(condition.branches) for condition in conditions)
    for number in range(1, min(most, _MOST_READINGS)):
        text = with_known_syntax(walk.original, number)
        tree = parse(text, walk.language, _SECONDS)
        if tree is None:
            said = f"parsing other branches of conditions took more than {_SECONDS:g} s and was stopped: what they declare was not read"
            walk.notes.append(Note("timeout", said))
            break
        shown = [condition.branches[number] for condition in conditions if number < len(condition.branches)]
        readings.append(Pass(tree, shown, text))
    first = [condition.branches[0] for condition in conditions]
    say_conditions(walk, first)
    add_readings(walk, first, readings, _read)


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text

    def block(self, node: Node, scope: _Scope) -> None:
        for child, following in with_next(node):
            kind = child.type
            if not child.is_named:
                if (index := lost_type(self.walk, node, child, following, _WORDS, scope.parent)) is not None:
                    scope = _Scope(index, kind, scope.conditions)
                continue
            if kind == "file_scoped_namespace_declaration":
                scope = self.namespace(child, scope, last_file_line(self.walk))
            elif kind == "namespace_declaration":
                inner = self.namespace(child, scope, 0)
                body = child.child_by_field_name("body")
                if body is not None:
                    self.block(body, inner)
            elif kind in ("using_directive", "extern_alias_directive"):
                self.using(child, scope)
            elif kind in _THROUGH:
                self.block(child, scope)
            elif kind == "preproc_if":
                self.conditional(child, scope)
            else:
                self.declaration(child, scope)

    def declaration(self, node: Node, scope: _Scope) -> None:
        kind = node.type
        if kind in _TYPES:
            self.type(node, scope)
        elif kind in _METHODS:
            self.method(node, scope)
        elif kind in ("field_declaration", "event_field_declaration"):
            self.fields(node, scope)
        elif kind in _VALUES:
            self.value(node, scope)
        elif kind == "enum_member_declaration":
            self.enum_member(node, scope)
        elif kind == "delegate_declaration":
            self.delegate(node, scope)

    def conditional(self, node: Node, scope: _Scope) -> None:
        """Read an ``#if`` and its branches, each under its condition; what stands above it documents what each begins with."""
        before, symbols, above = list[str](), self.walk.symbols, doc_comment(self.walk, node, "///")
        branch: Node | None = node
        while branch is not None:
            first = len(symbols)
            self.branch(branch, scope, before)
            if above and len(symbols) > first and not symbols[first].doc_line and symbols[first].kind != "namespace":
                symbols[first].doc, symbols[first].doc_line, symbols[first].doc_end = above["doc"], above["doc_line"], above["doc_end"]
            branch = first_child(branch, *_BRANCHES)

    def branch(self, node: Node, scope: _Scope, before: list[str]) -> None:
        """Read one branch, which counts where none of those `before` does; its condition goes there."""
        test = node.child_by_field_name("condition")
        condition = self.walk.code(test)
        own = " && ".join([f"!({b})" for b in before[-MAX_CONDITIONS:]] + ([condition] if condition else []))
        before.append(condition)
        inner = _Scope(scope.parent, scope.inside, (*scope.conditions[1 - MAX_CONDITIONS :], own) if own else scope.conditions)
        for child in node.named_children:
            if child.type in _THROUGH:
                self.block(child, inner)
            elif child.type == "preproc_if":
                self.conditional(child, inner)
            elif child.type in ("using_directive", "extern_alias_directive"):
                self.using(child, inner)
            elif child.type == "namespace_declaration" and (body := child.child_by_field_name("body")) is not None:
                self.block(body, self.namespace(child, inner, 0))
            elif child != test and child.type not in _BRANCHES:
                self.declaration(child, inner)

    def namespace(self, node: Node, scope: _Scope, end: int) -> _Scope:
        name = node.child_by_field_name("name")
        if name is None:
            return scope
        text = "".join(self.text(name).split())
        lines: Node | Block = Block(name.start_point.row + 1, end) if end else node
        index = self.walk.add("namespace", text, lines, scope.parent, name, signature=f"namespace {text}", **self.condition(scope))
        return _Scope(index, "", scope.conditions)

    def using(self, node: Node, scope: _Scope) -> None:
        alias, kind = node.child_by_field_name("name"), "using"
        line = node.start_point.row + 1
        if node.type == "extern_alias_directive":
            self.walk.imports.append(Import("extern alias", self.text(alias), line, condition=" && ".join(scope.conditions)))
            return
        if first_child(node, "static"):
            kind = "using static"
        if first_child(node, "global"):
            kind = f"global {kind}"
        target = next((c for c in reversed(node.named_children) if c != alias and c.type not in self.walk.comments), None)
        if target is not None:
            name = self.walk.code(target)
            self.walk.imports.append(Import(
                kind, name if alias is not None else "".join(name.split()), line, node.end_point.row + 1, alias=self.text(alias),
                condition=" && ".join(scope.conditions),
            ))  # fmt: skip

    def type(self, node: Node, scope: _Scope) -> None:
        name, body, kind = node.child_by_field_name("name"), node.child_by_field_name("body"), _TYPES[node.type]
        if name is None or name.is_missing:
            return
        facts, bases = self.shared(node, scope), tuple(self.bases(node))
        modifiers = {*facts["modifiers"], *(w for w in ("ref", "struct") if first_child(node, w) and w != kind)}
        if self.walk.read is not self.walk.original and "partial" in self.text(node)[: name.start_byte - node.start_byte].split():
            modifiers.add("partial")  # where a repair has blanked it
        primary = first_child(node, "parameter_list")
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=head(self.walk, node, body, _SKIPPED),
            bases=() if kind == "enum" else bases, type=bases[0].name if kind == "enum" and bases else "",
            type_parameters=self.walk.code(first_child(node, "type_parameter_list")), parameters=self.parameters(primary),
            **{**facts, "modifiers": tuple(sorted(modifiers))},
        )  # fmt: skip
        if kind == "record" and primary is not None:
            self.components(primary, index, scope)
        if body is not None:
            self.block(body, _Scope(index, kind, scope.conditions))

    def components(self, parameters: Node, record: int, scope: _Scope) -> None:
        """The properties that a record has of its parameters; the last may be a word, a type and a name side by side."""
        rest = first_child(parameters, "params")
        for part in [*of_type(parameters, "parameter"), *([rest] if rest is not None else [])]:
            of = part.next_named_sibling if part.type == "params" else part.child_by_field_name("type")
            at = of.next_named_sibling if of is not None and part.type == "params" else part.child_by_field_name("name")
            if at is None or of is None:
                continue
            signature = (
                head(self.walk, part, None, _SKIPPED) if part.type == "parameter" else f"params {self.walk.code(of)} {self.text(at)}"
            )
            self.walk.add(
                "property", self.text(at), part, record, at, signature=signature, visibility="public", type=self.walk.code(of),
                decorators=self.attributes(part), **self.condition(scope),
            )  # fmt: skip

    def bases(self, node: Node) -> list[Base]:
        found = []
        for child in (first_child(node, "base_list") or node).named_children if first_child(node, "base_list") else ():
            if child.type == "primary_constructor_base_type":
                found.append(Base(self.walk.code(child.named_children[0])))
            elif child.type not in ("argument_list", *self.walk.comments):
                found.append(Base(self.walk.code(child)))
        return found

    def method(self, node: Node, scope: _Scope) -> None:
        kind, body, parameters = _METHODS[node.type], node.child_by_field_name("body"), node.child_by_field_name("parameters")
        at = node.child_by_field_name("name")
        name, facts = self.text(at), self.shared(node, scope)
        if kind == "operator":
            at = first_child(node, "operator")
            if at is None or parameters is None:
                return
            name = one_line(self.walk.slice(at.start_byte, parameters.start_byte))
            facts["modifiers"] = tuple(sorted({*facts["modifiers"], *(w for w in ("implicit", "explicit") if first_child(node, w))}))
        elif kind == "destructor":
            name = f"~{name}"
        if at is None or at.is_missing:
            return
        returns = node.child_by_field_name("returns") or node.child_by_field_name("type")
        taken = self.parameters(parameters)
        if taken and taken[0].kind == "receiver":
            facts["modifiers"] = tuple(sorted({*facts["modifiers"], "extension"}))
        index = self.walk.add(
            kind, name, node, scope.parent, at, scope=self.explicit(node), signature=head(self.walk, node, body, _SKIPPED).rstrip(" =>"),
            parameters=taken, type=self.walk.code(returns),
            type_parameters=self.walk.code(node.child_by_field_name("type_parameters")),
            role=self.role(body, facts), **facts,
        )  # fmt: skip
        self.local(body, index, scope)

    def local(self, body: Node | None, parent: int, scope: _Scope) -> None:
        """Functions that are declared among the statements of a body."""
        stack = [body] if body is not None else []
        while stack:
            for child in stack.pop().named_children:
                if child.type == "local_function_statement":
                    self.method(child, _Scope(parent, "function", scope.conditions))
                elif child.type in _STATEMENTS:
                    stack.append(child)

    def explicit(self, node: Node) -> str:
        """The interface that a member is an explicit implementation of."""
        return self.walk.code(first_child(node, "explicit_interface_specifier")).rstrip(".")

    def fields(self, node: Node, scope: _Scope) -> None:
        declaration, facts = first_child(node, "variable_declaration"), self.shared(node, scope)
        kind = "event" if node.type == "event_field_declaration" else "constant" if "const" in facts["modifiers"] else "field"
        for declared in of_type(declaration, "variable_declarator"):
            name = declared.child_by_field_name("name") or first_child(declared, "identifier")
            if name is None or name.start_byte == name.end_byte:
                continue
            skipped = ("bracketed_argument_list", *self.walk.comments)
            value = next((c for c in declared.named_children if c != name and c.type not in skipped), None)
            self.walk.add(
                kind, self.text(name), node, scope.parent, name, signature=head(self.walk, node, None, _SKIPPED, MAX_VALUE),
                type=self.walk.code(declaration.child_by_field_name("type") if declaration is not None else None),
                value=self.walk.code(value, most=MAX_VALUE), role=self.role(value, facts), **facts,
            )  # fmt: skip

    def role(self, body: Node | None, facts: dict[str, Any]) -> Role:
        """Whether a member without a body is one that something else defines."""
        return "declaration" if body is None and not {"extern", "partial"}.isdisjoint(facts["modifiers"]) else "definition"

    def value(self, node: Node, scope: _Scope) -> None:
        """A property, an indexer, an event with accessors."""
        at = node.child_by_field_name("name") or first_child(node, "this")
        if at is None or at.start_byte == at.end_byte:
            return
        accessors, value = node.child_by_field_name("accessors"), node.child_by_field_name("value")
        signature, event = head(self.walk, node, accessors or value, _SKIPPED).rstrip(" =>"), node.type == "event_declaration"
        if not event:
            signature = f"{signature} {{ {' '.join(self.accessors(accessors))} }}"
        facts = self.shared(node, scope)
        body = next((a for a in of_type(accessors, "accessor_declaration") if a.child_by_field_name("body") is not None), None)
        index = self.walk.add(
            "event" if event else "property", self.text(at), node, scope.parent, at, scope=self.explicit(node), signature=signature,
            type=self.walk.code(node.child_by_field_name("type")), parameters=self.parameters(node.child_by_field_name("parameters")),
            value=self.walk.code(value, most=MAX_VALUE) if value is not None and value.type != "arrow_expression_clause" else "",
            role=self.role(value or body, facts), **facts,
        )  # fmt: skip
        for accessor in of_type(accessors, "accessor_declaration"):
            self.local(accessor.child_by_field_name("body"), index, scope)

    def accessors(self, node: Node | None) -> Iterator[str]:
        """What may be done with a property: ``get;``, ``private set;``; reading alone where it is an expression."""
        if node is None:
            yield "get;"
        for accessor in of_type(node, "accessor_declaration"):
            words = [self.text(c) for c in accessor.children if c.type == "modifier" or not c.is_named]
            yield f"{' '.join(word for word in words if word != ';')};"

    def enum_member(self, node: Node, scope: _Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None and not name.is_missing:
            facts = {**self.shared(node, scope), "visibility": "public"}
            value = self.walk.code(node.child_by_field_name("value"), most=MAX_VALUE)
            signature = head(self.walk, node, None, _SKIPPED)
            self.walk.add("enum_member", self.text(name), node, scope.parent, name, signature=signature, value=value, **facts)

    def delegate(self, node: Node, scope: _Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None and not name.is_missing:
            self.walk.add(
                "delegate", self.text(name), node, scope.parent, name, signature=head(self.walk, node, None, _SKIPPED),
                type=self.walk.code(node.child_by_field_name("type")),
                parameters=self.parameters(node.child_by_field_name("parameters")),
                type_parameters=self.walk.code(node.child_by_field_name("type_parameters")), **self.shared(node, scope),
            )  # fmt: skip

    def parameters(self, node: Node | None) -> tuple[Parameter, ...]:
        found, text = list[Parameter](), self.text
        variadic: Node | None = None
        for child in node.children if node is not None else ():
            if child.type == "parameter":
                name, of = child.child_by_field_name("name"), child.child_by_field_name("type")
                default = next((b for a, b in zip(child.children, child.children[1:], strict=False) if a.type == "="), None)
                kind = "receiver" if any(text(m) == "this" for m in of_type(child, "modifier", "this")) else ""
                found.append(Parameter(text(name), self.walk.code(of), self.walk.code(default, most=MAX_VALUE), kind))
            elif child.type == "params":
                variadic = child
            elif variadic is not None and child.type == "identifier":
                of = child.prev_named_sibling
                found.append(Parameter(text(child), self.walk.code(of), kind="variadic"))
        return tuple(found)

    def shared(self, node: Node, scope: _Scope) -> dict[str, Any]:
        """Visibility, modifiers, attributes, condition and XML comment of a declaration."""
        words = [self.text(m) for m in of_type(node, "modifier")]
        visibility = " ".join(w for w in words if w in _ACCESS)
        if not visibility and node.type not in ("destructor_declaration", "local_function_statement") and not self.explicit(node):
            visibility = "internal" if not scope.inside else "public" if scope.inside == "interface" else "private"
        facts = doc_comment(self.walk, node, "///", passed=_DIRECTIVES)
        return {
            "visibility": visibility, "modifiers": tuple(sorted({w for w in words if w not in _ACCESS})),
            "decorators": self.attributes(node), **self.condition(scope), **facts,
        }  # fmt: skip

    def attributes(self, node: Node) -> tuple[str, ...]:
        """Attributes, as they are written, one by one, in every branch of the preprocessor."""
        found = list[str]()
        for part in of_type(node, *_SKIPPED):
            found += self.attributes(part) if part.type in _CONDITIONAL else ()
            found += [self.walk.code(a, most=MAX_VALUE) for a in of_type(part, "attribute")]
        return tuple(found)

    def condition(self, scope: _Scope) -> dict[str, str]:
        """The preprocessor conditions around a declaration."""
        return {"condition": " && ".join(scope.conditions)}
