"""C, C++ and CUDA: declarations of namespaces, types and files, as they are written, in every branch of the preprocessor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Block, Import
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from .declarators import Declared, bases_of, declared, modifiers_of, parameters_of, type_text

if TYPE_CHECKING:
    from tree_sitter import Node

    from ...cpp.parsing import Parsed

__all__ = ["walk"]

_TYPES = {"class_specifier": "class", "struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
_CONDITIONS = frozenset(("preproc_if", "preproc_ifdef", "preproc_elif", "preproc_elifdef", "preproc_else"))
_AROUND = frozenset(("namespace", "class", "struct", "union"))
#: Nodes whose children are declarations of the same scope.
_THROUGH = frozenset(("declaration_list", "ERROR", "translation_unit", "field_declaration_list"))


class _Scope(Struct, frozen=True):
    """Where a declaration stands."""

    parent: int = -1
    #: Name of the class around it; empty in a namespace.
    of: str = ""
    access: str = ""
    conditions: tuple[str, ...] = ()


def walk(walk: Walk) -> None:
    """Read a file of C or its kin."""
    assert walk.tree is not None
    root = walk.tree.root_node
    _Reader(walk).block(root, _Scope())
    _file_comment(walk, root)
    if walk.parsed is not None:
        if walk.parsed.other is not None:
            _other_branches(walk, walk.parsed)
        _blanked_calls(walk, walk.parsed)


def _other_branches(walk: Walk, parsed: Parsed) -> None:
    """Add what only the other branches of conditions declare, below what is around them."""
    assert parsed.other is not None
    apart = Walk(walk.original, parsed.other, language=walk.language, most_symbols=walk.most_symbols)
    _Reader(apart).block(parsed.other.root_node, _Scope())
    rows = [(walk.original.count(b"\n", 0, a) + 1, walk.original.count(b"\n", 0, b) + 1) for a, b in parsed.ranges]
    place: dict[int, int] = {-1: -1}
    known = {(s.kind, s.name, s.line): i for i, s in enumerate(walk.symbols)}
    for number, symbol in enumerate(apart.symbols):
        if any(a <= symbol.line <= b for a, b in rows):
            symbol.parent = place.get(symbol.parent, -1)
            walk.symbols.append(symbol)
            place[number] = len(walk.symbols) - 1
        elif (symbol.kind, symbol.name, symbol.line) in known:
            place[number] = known[symbol.kind, symbol.name, symbol.line]
    walk.imports += [i for i in apart.imports if any(a <= i.line <= b for a, b in rows)]
    in_order_of_text(walk)


def _blanked_calls(walk: Walk, parsed: Parsed) -> None:
    """Add the calls of macros that were blanked, unless they stand in the body of a function."""
    assert walk.tree is not None
    added = False
    for call in parsed.calls:
        node = walk.tree.root_node.descendant_for_byte_range(call.start, call.start)
        parent = node
        while parent is not None and parent.type not in ("compound_statement", "enumerator_list", "argument_list", "initializer_list"):
            parent = parent.parent
        if parent is not None:
            continue
        line, end = walk.original.count(b"\n", 0, call.start) + 1, walk.original.count(b"\n", 0, call.end) + 1
        around = [i for i, s in enumerate(walk.symbols) if s.start_line <= line <= s.end_line and s.kind in _AROUND and s.end_line > s.line]
        walk.add(
            "macro_call", call.name, Block(line, end), around[-1] if around else -1, signature=one_line(walk.slice(call.start, call.end))
        )
        added = True
    if added:
        in_order_of_text(walk)


def _file_comment(walk: Walk, root: Node) -> None:
    """A comment that begins the file and that no declaration follows at once."""
    first = root.children[0] if root.children else None
    if first is None or first.type != "comment":
        return
    comments = [first]
    after = first.next_sibling
    while after is not None and after.type == "comment" and after.start_point.row <= comments[-1].end_point.row + 1:
        comments.append(after)
        after = after.next_sibling
    documents_next = after is not None and after.start_point.row <= comments[-1].end_point.row + 1 and not after.type.startswith("preproc")
    if not documents_next:
        facts = walk.doc_of(comments)
        if facts:
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]


class _Reader:
    """Reads declarations into a walk."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text

    def block(self, node: Node, scope: _Scope) -> None:
        """Read the children of a node; in a class the access changes on the way."""
        for child in node.children:
            kind = child.type
            if kind == "access_specifier":
                scope = _Scope(scope.parent, scope.of, self.text(child).rstrip(": "), scope.conditions)
            elif kind in _CONDITIONS:
                self.conditional(child, scope)
            elif kind in _THROUGH:
                self.block(child, scope)
            elif child.is_named:
                self.declaration(child, child, scope)

    def conditional(self, node: Node | None, scope: _Scope) -> None:
        """Read an ``#if`` and its branches, each under its condition."""
        before = list[str]()
        while node is not None:
            condition = self.condition(node)
            own = condition
            if node.type in ("preproc_elif", "preproc_elifdef", "preproc_else"):
                own = " && ".join([f"!({b})" for b in before] + ([condition] if condition else []))
            if condition:
                before.append(condition)
            name, test, alternative = node.child_by_field_name("name"), node.child_by_field_name("condition"), None
            inner = _Scope(scope.parent, scope.of, scope.access, (*scope.conditions, own) if own else scope.conditions)
            for child in node.children:
                if child.type in ("preproc_elif", "preproc_elifdef", "preproc_else"):
                    alternative = child
                elif child.type in _CONDITIONS:
                    self.conditional(child, inner)
                elif child.type == "access_specifier":
                    inner = _Scope(inner.parent, inner.of, self.text(child).rstrip(": "), inner.conditions)
                elif child.type in _THROUGH:
                    self.block(child, inner)
                elif child.is_named and child not in (name, test):
                    self.declaration(child, child, inner)
            node = alternative

    def condition(self, node: Node) -> str:
        if node.type in ("preproc_ifdef", "preproc_elifdef"):
            negative = node.children[0].type in ("#ifndef", "#elifndef")
            return f"{'!' if negative else ''}defined({self.text(node.child_by_field_name('name'))})"
        return one_line(self.text(node.child_by_field_name("condition")), MAX_VALUE)

    def declaration(self, node: Node, whole: Node, scope: _Scope, template: Node | None = None) -> None:
        """Read one declaration; `whole` begins where its template head begins."""
        kind = node.type
        if kind in ("declaration", "field_declaration"):
            self.declarations(node, whole, scope, template)
        elif kind == "function_definition":
            self.function(node, whole, scope, template)
        elif kind in _TYPES:
            self.type(node, whole, scope, template, alone=True)
        elif kind == "template_declaration":
            for child in node.named_children:
                if child.type not in ("template_parameter_list", "requires_clause", "comment"):
                    self.declaration(child, whole, scope, node.child_by_field_name("parameters"))
        elif kind == "namespace_definition":
            self.namespace(node, scope)
        elif kind == "linkage_specification":
            body = node.child_by_field_name("body")
            if body is not None and body.type == "declaration_list":
                self.block(body, scope)
            elif body is not None:
                self.declaration(body, node, scope)
        elif kind == "type_definition":
            self.typedef(node, scope)
        elif kind == "alias_declaration":
            name = node.child_by_field_name("name")
            self.add("type_alias", self.text(name), whole, scope, at=name, type=one_line(self.text(node.child_by_field_name("type"))),
                     signature=self.head(whole, node.end_byte), template=template)  # fmt: skip
        elif kind == "friend_declaration":
            for child in node.named_children:
                if child.type == "function_definition":
                    self.function(child, whole, scope, template, friend=True)
        else:
            self.directive(node, whole, scope, template)

    def directive(self, node: Node, whole: Node, scope: _Scope, template: Node | None) -> None:
        """Read what is rarer: directives, concepts, calls of macros."""
        kind = node.type
        if kind == "preproc_include":
            self.include(node, scope)
        elif kind in ("preproc_def", "preproc_function_def"):
            name = node.child_by_field_name("name")
            parameters = self.text(node.child_by_field_name("parameters"))
            value = one_line(self.text(node.child_by_field_name("value")).replace("\\\n", " "), MAX_VALUE)
            self.add("macro", self.text(name), node, scope, at=name, value=value, signature=f"#define {self.text(name)}{parameters}")
        elif kind == "concept_definition":
            name = node.child_by_field_name("name")
            self.add("concept", self.text(name), whole, scope, at=name, signature=self.head(whole, node.end_byte), template=template)
        elif kind == "expression_statement" and node.named_children and node.named_children[0].type == "call_expression":
            self.macro_call(node.named_children[0].child_by_field_name("function"), node, scope)

    def add(self, kind: str, name: str, node: Node, place: _Scope, *, template: Node | None = None, **facts: Any) -> int:
        """Note a symbol with what holds for all: documentation, access, condition, template head."""
        visibility = place.access if place.of else ""
        if template is not None:
            facts["type_parameters"] = one_line(self.text(template))
        return self.walk.add(
            kind,
            name,
            node,
            place.parent,
            visibility=visibility,
            condition=" && ".join(place.conditions),
            **self.walk.doc_before(node),
            **facts,
        )

    def head(self, node: Node, end: int) -> str:
        """The text of a declaration up to an offset, without the signs that end it."""
        return one_line(self.walk.slice(node.start_byte, end)).rstrip(" ;{")

    def namespace(self, node: Node, scope: _Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None:
            return
        modifiers = ("inline",) if node.children[0].type == "inline" else ()
        index = self.add("namespace", "".join(self.text(name).split()), node, scope, at=name, modifiers=modifiers,
                         signature=self.head(node, body.start_byte))  # fmt: skip
        self.block(body, _Scope(index, "", "", scope.conditions))

    def type(self, node: Node, whole: Node, scope: _Scope, template: Node | None = None, *, alone: bool = False, named: str = "",
             at: Node | None = None) -> int:  # fmt: skip
        """Read a class, struct, union or enum; one without a body that stands alone is a forward declaration. Gives its index or -1."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None and not alone:
            return -1
        written, outer = named or "".join(self.text(name).split()), ""
        if not named and "::" in written.split("<")[0]:
            outer, _, written = written.rpartition("::")
        kind = _TYPES[node.type]
        modifiers = set()
        if kind == "enum" and any(c.type in ("class", "struct") for c in node.children):
            modifiers.add("scoped")
        modifiers |= {self.text(c) for c in node.children if c.type == "virtual_specifier"}
        base = node.child_by_field_name("base")
        index = self.add(
            kind, written, whole, scope, at=at or name, scope=outer, role="definition" if body is not None else "forward", template=template,
            modifiers=tuple(sorted(modifiers)), bases=bases_of(self.walk, node, "public" if kind == "struct" else "private"),
            type=one_line(self.text(base)), signature=self.head(whole, body.start_byte if body is not None else node.end_byte),
        )  # fmt: skip
        if body is None:
            return index
        if kind == "enum":
            self.enumerators(body, _Scope(index, "", "", scope.conditions))
        else:
            of = written.split("<")[0]
            self.block(body, _Scope(index, of or "(anonymous)", "private" if kind == "class" else "public", scope.conditions))
        return index

    def enumerators(self, body: Node, scope: _Scope) -> None:
        for child in body.named_children:
            if child.type == "enumerator":
                name = child.child_by_field_name("name")
                value = one_line(self.text(child.child_by_field_name("value")), MAX_VALUE)
                self.add("enum_member", self.text(name), child, scope, at=name, value=value, signature=one_line(self.text(child)))
            elif child.type in _CONDITIONS or child.type == "ERROR":
                self.enumerators(child, scope)

    def function(self, node: Node, whole: Node, scope: _Scope, template: Node | None, *, friend: bool = False) -> None:
        declarator, body = node.child_by_field_name("declarator"), node.child_by_field_name("body")
        found = declared(self.walk, declarator)
        inner = node.child_by_field_name("type")
        if inner is not None and inner.type in _TYPES:  # struct S { … } f() { … }
            self.type(inner, inner, scope)
        if found is None or found.function is None:
            return
        if inner is None and not scope.of and found.is_macro_like(node):
            self.macro_call(found.name_node, node, scope)
            return
        initializers = next((c for c in node.children if c.type == "field_initializer_list"), None)
        end = min((c.start_byte for c in (body, initializers) if c is not None), default=node.end_byte)
        modifiers = modifiers_of(self.walk, node, found)
        if friend:
            modifiers |= {"friend"}
        self.add_function(node, whole, scope, template, found, modifiers, "definition", self.head(whole, end))

    def add_function(self, node: Node, whole: Node, scope: _Scope, template: Node | None, found: Declared, modifiers: set[str],
                     role: str, signature: str) -> None:  # fmt: skip
        if "friend" in modifiers:
            scope_kind = "function"
        else:
            scope_kind = found.kind(scope.of)
        if role == "definition" and modifiers & {"default", "delete"} and scope.of:
            role = "declaration"
        self.add(
            scope_kind, found.name, whole, scope, at=found.name_node, scope=found.scope, role=role, template=template, signature=signature,
            modifiers=tuple(sorted(modifiers)), type=found.return_type(self.walk, node), parameters=parameters_of(self.walk, found.function),
        )  # fmt: skip

    def declarations(self, node: Node, whole: Node, scope: _Scope, template: Node | None) -> None:
        """Read a declaration with any number of declarators: functions, fields, variables."""
        inner = node.child_by_field_name("type")
        declarators = node.children_by_field_name("declarator")
        if inner is not None and inner.type in _TYPES:
            named = ""
            if not inner.child_by_field_name("name") and len(declarators) == 1:
                named = ""  # an anonymous type of one variable stays anonymous
            self.type(inner, whole if not declarators else inner, scope, template, alone=not declarators, named=named)
        for declarator in declarators:
            found = declared(self.walk, declarator)
            if found is None:
                continue
            modifiers = modifiers_of(self.walk, node, found)
            end = node.end_byte
            if found.function is not None:
                role = "declaration"
                self.add_function(node, whole, scope, template, found, modifiers, role, self.head(whole, end))
                continue
            if scope.of:
                kind = "field"
            else:
                kind = "constant" if modifiers & {"constexpr", "constinit"} or found.is_const(self.walk, node) else "variable"
            role = "declaration" if "extern" in modifiers and found.value is None else "definition"
            self.add(
                kind, found.name, whole, scope, at=found.name_node, scope=found.scope, role=role, template=template,
                modifiers=tuple(sorted(modifiers)), type=type_text(self.walk, node, found), signature=self.head(whole, end),
                value=one_line(self.text(found.value if found.value is not None else node.child_by_field_name("default_value")), MAX_VALUE),
            )  # fmt: skip

    def typedef(self, node: Node, scope: _Scope) -> None:
        inner = node.child_by_field_name("type")
        taken = None
        declarators = node.children_by_field_name("declarator")
        if inner is not None and inner.type in _TYPES and inner.child_by_field_name("body") is not None:
            if inner.child_by_field_name("name") is None and declarators and declarators[0].type == "type_identifier":
                taken = declarators[0]  # typedef struct { … } Name: it is called so
                self.type(inner, node, scope, named=self.text(taken), at=taken)
            else:
                self.type(inner, inner, scope)
        for declarator in declarators:
            found = declared(self.walk, declarator)
            if found is not None and declarator is not taken:
                self.add("type_alias", found.name, node, scope, at=found.name_node, type=type_text(self.walk, node, found),
                         modifiers=("typedef",), signature=self.head(node, node.end_byte))  # fmt: skip

    def include(self, node: Node, scope: _Scope) -> None:
        path = node.child_by_field_name("path")
        written = self.text(path)
        kind = "include_system" if written.startswith("<") else "include" if written.startswith('"') else "include_macro"
        line = node.start_point.row + 1
        self.walk.imports.append(
            Import(kind, written.strip('<>"'), line, line, condition=" && ".join(scope.conditions), local=bool(scope.of))
        )

    def macro_call(self, name: Node | None, node: Node, scope: _Scope) -> None:
        written = self.text(name)
        if name is not None and re.fullmatch(r"[A-Za-z_]\w*", written):
            body = node.child_by_field_name("body")
            self.add("macro_call", written, node, scope, at=name, signature=self.head(node, body.start_byte if body else node.end_byte))
