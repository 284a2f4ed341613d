"""C, C++ and CUDA: declarations of namespaces, types and files, as they are written, in every branch of the preprocessor."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from ...cpp.conditionals import negated
from ...model import Role, Symbol
from ..base import MAX_CONDITIONS, MAX_NAME, MAX_VALUE, Limit, Walk, last_line, one_line
from . import quick as texts
from .bound import bound_by, defaulted, type_of_bound
from .branches import blanked_calls, declared_by_calls, module_lines, other_branches
from .declarators import Declared, Head, bases_of, declared, head_of, instantiated, modifiers_of, parameters_of, type_text, value_of
from .defined import body_of, defined_within, directives_in_bodies
from .misread import base_of, befriends, called_pointer, declared_alone, read_text, tags_of, without_type
from .namespaces import open_namespaces
from .opening import doc_behind, document, end_of, file_comment, first_called, guards, included, is_include
from .scopes import Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TYPES = {"class_specifier": "class", "struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
#: What goes on with an ``#if`` that has begun.
_ALTERNATIVES = frozenset(("preproc_elif", "preproc_elifdef", "preproc_else"))
_CONDITIONS = _ALTERNATIVES | {"preproc_if", "preproc_ifdef"}
#: Nodes whose children are declarations of the same scope.
_THROUGH = frozenset(("declaration_list", "ERROR", "translation_unit", "field_declaration_list"))
#: Nodes that `_Reader.declaration` reads.
_DECLARATIONS = frozenset((
    *_TYPES, "declaration", "field_declaration", "function_definition", "template_declaration", "namespace_definition",
    "linkage_specification", "type_definition", "alias_declaration", "friend_declaration", "preproc_def", "preproc_function_def",
    "concept_definition", "expression_statement", "preproc_call",
))  # fmt: skip
#: What a child of a block is.
_COMMENT, _DECLARATION, _INCLUDE, _CONDITION, _ACCESS, _BLOCK = range(1, 7)
_KIND = attrgetter("kind_id")


def walk(walk: Walk) -> None:
    """Read a file of C or its kin."""
    if walk.tree is not None:  # else it has been read from its text
        _read(walk)
        root = walk.tree.root_node
        file_comment(walk, root.children)
    if walk.parsed is not None:
        if walk.parsed.branches or walk.parsed.within.branches or walk.parsed.within.defines:
            other_branches(walk, walk.parsed, _read)
        blanked_calls(walk, walk.parsed)
    directives_in_bodies(walk)
    if walk.macros:
        declared_by_calls(walk, _read)
        open_namespaces(walk)
    if walk.parsed is not None and walk.parsed.modules:
        module_lines(walk, walk.parsed)


def _read(walk: Walk) -> None:
    assert walk.tree is not None
    _Reader(walk).block(walk.tree.root_node, Scope())


_INLINE = re.compile(r"\binline\s")
_OF_C = frozenset(("extern", "inline", "static"))
#: Functions of these have no body.
_BODILESS = frozenset(("default", "delete", "pure"))
#: Longer heads are not read by their text.
_LONGEST = 2_000


class _Reader:
    """Reads declarations into a walk."""

    #: The forms that declarations may have, by the types of their children, and what nodes of each type are in a block. Both depend on
    #: the grammar alone, which gives types their numbers.
    known: ClassVar[dict[Any, tuple[dict[tuple[str | int, ...], tuple[int, int]], dict[int, int]]]] = {}

    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text
        assert walk.tree is not None
        self.forms, self.parts = self.known.setdefault(walk.tree.language, ({}, {}))
        #: Whether there are comments that document what stands before them on their line.
        self.trailing = texts.TRAILING.search(walk.original) is not None
        self.is_read_as_is, self.lines = walk.read == walk.original, walk.lines()
        self.said: tuple[tuple[int, int], str] = (0, 0), ""
        #: The comments right before what is being read.
        self.comments: list[Node] = []

    def block(self, node: Node, scope: Scope, skipped: Collection[Node | None] = ()) -> None:
        """Read the children of a node but for some; in a class the access changes on the way."""
        outer, comments, parts = self.comments, list[Any](), self.parts
        for child in node.children:
            number = child.kind_id
            part = parts[number] if number in parts else self.part(child)
            if skipped and child in skipped:
                continue
            if part == _COMMENT:
                comments.append(child)
                continue
            self.comments, comments = comments, []
            if part == _DECLARATION:
                self.declaration(child, child, scope)
            elif part == _INCLUDE:
                self.walk.imports.append(included(self.walk, child, scope.condition, local=bool(scope.of)))
            elif part == _CONDITION:
                self.conditional(child, scope)
            elif part == _ACCESS:
                scope = Scope(scope.parent, scope.of, self.walk.as_read(child).rstrip(": "), scope.condition)
            elif part == _BLOCK:
                self.block(child, scope)
        self.comments = outer

    def part(self, node: Node) -> int:
        """What children of a type are in a block."""
        kind = node.type
        part = _DECLARATION if kind in _DECLARATIONS else _BLOCK if kind in _THROUGH else _CONDITION if kind in _CONDITIONS else 0
        part = {"comment": _COMMENT, "access_specifier": _ACCESS, "preproc_include": _INCLUDE}.get(kind, part)
        self.parts[node.kind_id] = part
        return part

    def conditional(self, node: Node | None, scope: Scope) -> None:
        """Read an ``#if`` and its branches, each under its condition."""
        before = list[str]()
        while node is not None:
            condition = self.condition(node)
            own = "" if not before and guards(node) else condition
            if node.type in _ALTERNATIVES:
                own = " && ".join([negated(b) for b in before[-MAX_CONDITIONS:]] + ([condition] if condition else []))
            if condition:
                before.append(condition)
            inner = scope.under(own)
            alternative = next((c for c in node.children if c.type in _ALTERNATIVES), None)
            self.block(node, inner, (node.child_by_field_name("name"), node.child_by_field_name("condition"), alternative))
            node = alternative

    def condition(self, node: Node) -> str:
        if node.type in ("preproc_ifdef", "preproc_elifdef"):
            negative = node.children[0].type in ("#ifndef", "#elifndef")
            return f"{'!' if negative else ''}defined({self.text(node.child_by_field_name('name'))})"
        return texts.code_line(self.text(node.child_by_field_name("condition")), MAX_VALUE)

    def declaration(self, node: Node, whole: Node, scope: Scope, template: Node | None = None) -> None:
        """Read one declaration; `whole` begins where its template head begins."""
        kind = node.type
        if kind in ("declaration", "field_declaration"):
            if not self.quick(node, kind, whole, scope, template):
                self.declarations(node, whole, scope, template)
        elif kind == "function_definition":
            if not self.quick(node, kind, whole, scope, template):
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
            for tag in tags_of(self.walk, node):
                self.first_mention(tag, scope)
            name = node.child_by_field_name("name")
            self.add("type_alias", self.text(name), whole, scope, at=name, signature=self.head(whole, node.end_byte), template=template,
                     type=texts.code_line(self.text(node.child_by_field_name("type"))))  # fmt: skip
        else:
            self.directive(node, whole, scope, template)

    def directive(self, node: Node, whole: Node, scope: Scope, template: Node | None) -> None:
        """Read what is rarer: directives, concepts, calls of macros."""
        kind = node.type
        if kind == "friend_declaration":
            for child in node.named_children:
                if child.type == "function_definition":
                    self.function(child, whole, scope, template, friend=True)
                elif child.type == "declaration" and (friend := defaulted(self.walk, child)) is not None:
                    self.add_function(whole, scope, template, *friend, "declaration", self.head(whole, whole.end_byte))
        elif kind in ("preproc_def", "preproc_function_def"):
            name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
            last = parameters or name
            meaning, behind = body_of(self.walk.original, last.end_byte if last else node.end_byte, 16 * MAX_VALUE)
            self.add("macro", self.text(name), node, scope, at=name, value=one_line(meaning.decode("utf-8", "backslashreplace"), MAX_VALUE),
                     signature=f"#define {self.text(name)}{self.text(parameters)}", **doc_behind(self.walk, behind))  # fmt: skip
        elif kind == "preproc_call" and is_include(self.walk, node):
            self.walk.imports.append(included(self.walk, node, scope.condition, local=bool(scope.of)))
        elif kind == "concept_definition":
            name = node.child_by_field_name("name")
            self.add("concept", self.text(name), whole, scope, at=name, signature=self.head(whole, node.end_byte), template=template)
        elif kind == "expression_statement" and (found := declared_alone(self.walk, node)):
            for child in found:
                self.declaration(child, child, scope)
        elif kind == "expression_statement" and (pointer := called_pointer(self.walk, node)) is not None:
            at, facts = pointer
            self.add("variable", self.text(at), whole, scope, at=at, signature=self.head(whole, node.end_byte), template=template, **facts)
        elif kind == "expression_statement" and node.named_children and node.named_children[0].type == "call_expression":
            called, body = first_called(node.named_children[0]), node.next_sibling
            has_body = self.walk.language == "c" and body is not None and body.type == "compound_statement"
            end: dict[str, Any] = {"end_line": last_line(body)} if has_body and body is not None else {}
            if has_body and not self.text(called).isupper():
                self.add("function", self.text(called), node, scope, at=called, signature=self.head(node, node.end_byte), **end)
            else:
                self.macro_call(called, node, scope, **end)

    def add(self, kind: str, name: str, node: Node, place: Scope, *, template: Node | None = None, **facts: Any) -> int:
        """Note a symbol with what holds for all: documentation, access, condition, template head."""
        if template is not None:
            facts["type_parameters"] = texts.code_line(self.text(template))
        document(self.walk, node, facts, self.comments, trailing=self.trailing)
        facts["visibility"], facts["condition"] = place.access if place.of else "", place.condition
        return self.walk.add(kind, name, node, place.parent, **facts)

    def head(self, node: Node, end: int) -> str:
        """The text of a declaration up to an offset, without the signs that end it: of all names that it declares the same."""
        if self.said[0] != (node.start_byte, end):
            self.said = (node.start_byte, end), self.signature(node.start_byte, end)
        return self.said[1]

    def signature(self, start: int, end: int) -> str:
        """The text between two offsets, but for directives and branches that were not read."""
        return texts.signature_of(read_text(self.walk, start, end))

    def namespace(self, node: Node, scope: Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None:
            return
        outer, inline, written = _INLINE.sub("\0", self.text(name)).rpartition("\0")  # a::inline b
        modifiers = ("inline",) if node.children[0].type == "inline" or inline else ()
        above = "".join(outer.replace("\0", "").split()).rstrip(":")
        index = self.add("namespace", "".join(written.split()), node, scope, at=name, scope=above, modifiers=modifiers,
                         signature=self.head(node, body.start_byte))  # fmt: skip
        self.block(body, Scope(index, "", "", scope.condition))

    def type(self, node: Node, whole: Node, scope: Scope, template: Node | None = None, *, alone: bool = False, named: str = "",
             at: Node | None = None) -> int:  # fmt: skip
        """Read a class, struct, union or enum; one without a body that stands alone is a forward declaration. Gives its index or -1."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None and not alone:
            return -1
        written, outer = named, ""
        if not named and name is not None:
            scopes = list[str]()
            while name.type == "qualified_identifier":
                scopes.append(texts.code_line(self.text(name.child_by_field_name("scope"))))
                inner = name.child_by_field_name("name")
                if inner is None:
                    break
                name = inner
            written, outer = self.walk.name(name), "::".join(scopes)
        kind = _TYPES[node.type]
        modifiers = set()
        parts = [c.type for c in node.children]
        if kind == "enum" and ("class" in parts or "struct" in parts):
            modifiers.add("scoped")
        if "virtual_specifier" in parts:
            modifiers |= {self.walk.as_read(c) for c in node.children if c.type == "virtual_specifier"}
        role = "definition" if body is not None else "forward"
        if body is None and template is None and name is not None and name.type == "template_type":
            role, modifiers = "declaration", {"instantiation"}  # template class A<int>;
        base = texts.code_line(self.text(node.child_by_field_name("base")))
        if kind == "enum" and not written and body is not None:
            base = base_of(self.walk, node.start_byte, body.start_byte)
        index = self.add(
            kind, written, whole, scope, at=at or name, scope=outer, role=role, template=template,
            modifiers=tuple(sorted(modifiers)),
            bases=bases_of(self.walk, node, "public" if kind == "struct" else "private") if "base_class_clause" in parts else (),
            type=base, signature=(instantiated(self.walk, whole) if "instantiation" in modifiers else "")
            + self.head(whole, body.start_byte if body is not None else node.end_byte),
        )  # fmt: skip
        if body is None:
            return index
        if kind == "enum":
            self.enumerators(body, Scope(index, "", "", scope.condition))
            for lines, called, value, head in defined_within(self.walk, body.start_byte, body.end_byte):
                self.walk.add("macro", called, lines, value=value, signature=head, condition=scope.condition)
        else:
            of = written.split("<")[0]
            self.block(body, Scope(index, of or "(anonymous)", "private" if kind == "class" else "public", scope.condition))
        return index

    def enumerators(self, body: Node, scope: Scope) -> None:
        outer, comments = self.comments, []
        for child in body.named_children:
            if child.type == "comment":
                comments.append(child)
                continue
            self.comments, comments = comments, []
            if child.type == "enumerator":
                name, given = child.child_by_field_name("name"), texts.code_line(self.text(child.child_by_field_name("value")), MAX_VALUE)
                self.add("enum_member", self.text(name), child, scope, at=name, value=given, signature=texts.code_line(self.text(child)))
            elif child.type in _CONDITIONS or child.type == "ERROR":
                self.enumerators(child, scope)
        self.comments = outer

    def quick(self, node: Node, kind: str, whole: Node, scope: Scope, template: Node | None) -> bool:
        """Read a declaration by its text, if that is of everyday form; whether it was (see `gazetteer.lang.cpp.quick`)."""
        children = node.children
        shape: tuple[str | int, ...] = (kind, *map(_KIND, children))
        known = self.forms.get(shape)
        if known is None:
            known = self.forms[shape] = texts.form_of(kind, [child.type for child in children])
        form, last = known
        if not form or node.has_error:
            return False
        start, end = node.start_byte, children[last].start_byte if last else node.end_byte
        raw = self.walk.original[start:end]
        if len(raw) > _LONGEST or not raw.isascii():
            return False
        text = original = raw.decode("ascii")
        as_is = self.is_read_as_is or self.walk.read[start:end] == raw
        if not as_is:
            text = texts.as_shown(original, self.walk.read[start:end].decode("ascii"))
        found = texts.quick_function(text) if form & texts.FUNCTION else None
        if found is not None:
            if text != original and not texts.says_the_same(original, text, found.type):
                return False
            return self.quick_function(found, kind, whole, scope, template, start, end)
        variable = texts.quick_variable(text) if form & texts.VARIABLE and as_is else None
        if variable is None or len(variable.name) > MAX_NAME or not self.are_words(variable.modifiers):
            return False
        what, role = texts.what_is(variable, scope.of, in_class=kind == "field_declaration")
        role = "declaration" if whole.type == "linkage_specification" and not variable.value else role  # extern "C" int a;
        self.note(what, variable, whole, scope, template, start, end, role, value=texts.code_line(variable.value, MAX_VALUE))
        return True

    def quick_function(self, found: texts.QuickFunction, node_kind: str, whole: Node, scope: Scope, template: Node | None,
                       start: int, end: int) -> bool:  # fmt: skip
        """Note a function; False where it may be no function, or is none that its text alone tells."""
        name, around = found.name, scope.of or found.scope.rpartition("::")[2].split("<")[0]
        if not self.are_words(found.modifiers):
            return False
        if found.type.endswith("operator"):  # A::operator B<C>()
            return False
        if node_kind == "declaration" and found.scope and not scope.of and template is None and self.walk.language != "c":
            return False  # it may be no function
        if len(name) > MAX_NAME or (not found.type and not found.scope and not (scope.of and (name == scope.of or name[0] == "~"))):
            return False
        kind = "destructor" if name[0] == "~" else "constructor" if name == around else "method" if around else "function"
        role: Role = "definition" if node_kind == "function_definition" else "declaration"
        if scope.of and not _BODILESS.isdisjoint(found.modifiers):
            role = "declaration"
        self.note(kind, found, whole, scope, template, start, end, role, parameters=found.parameters)
        return True

    def are_words(self, modifiers: tuple[str, ...]) -> bool:
        """Whether modifiers are words of the language: most of C++'s are names in C."""
        return self.walk.language != "c" or _OF_C.issuperset(modifiers)

    def note(self, kind: str, found: texts.QuickFunction | texts.QuickVariable, whole: Node, scope: Scope, template: Node | None,
             start: int, end: int, role: Role, **facts: Any) -> None:  # fmt: skip
        """Note what was read by its text between two offsets, as `add` does."""
        walk = self.walk
        if len(walk.symbols) >= walk.most_symbols:
            raise Limit
        begin, lines = whole.start_byte, self.lines
        first, line = bisect_right(lines, begin) + 1, bisect_right(lines, start + found.at) + 1
        if template is not None:
            facts["type_parameters"] = texts.code_line(self.text(template))
        document(walk, whole, facts, self.comments, trailing=self.trailing)
        walk.symbols.append(Symbol(
            kind, found.name, line, max(bisect_right(lines, whole.end_byte - 1) + 1, first), scope.parent, first if first < line else 0,
            found.scope, role, self.signature(begin, end), visibility=scope.access if scope.of else "",
            modifiers=found.modifiers, type=found.type, condition=scope.condition, **facts,
        ))  # fmt: skip

    def function(self, node: Node, whole: Node, scope: Scope, template: Node | None, *, friend: bool = False) -> None:
        declarator, body = node.child_by_field_name("declarator"), node.child_by_field_name("body")
        found = declared(self.walk, declarator)
        inner = node.child_by_field_name("type")
        if inner is not None and inner.type in _TYPES:  # struct S { … } f() { … }
            self.type(inner, inner, scope)
        if (called := without_type(self.walk, node)) is not None and body is not None:
            if self.text(called).isupper():  # TEST(a) { … }
                self.macro_call(called, node, scope)
            else:  # static f(a) { … }
                self.add("function", self.text(called), node, scope, at=called, signature=self.head(node, body.start_byte),
                         modifiers=tuple(sorted(head_of(self.walk, node, None).modifiers)))  # fmt: skip
        if found is None or found.function is None:
            return
        guides = body is not None and self.walk.original[body.start_byte] == 0x3C  # see `write_guides`
        if not guides and found.is_macro_like(self.walk, node, scope.of):
            self.macro_call(found.name_node, node, scope)
            return
        inner = found.converted(self.walk, inner)
        initializers = next((c for c in node.children if c.type == "field_initializer_list"), None)
        end = min((c.start_byte for c in (body, initializers) if c is not None and not guides), default=node.end_byte)
        head = head_of(self.walk, node, inner)
        modifiers = modifiers_of(self.walk, node, head, found)
        if friend or (scope.of and befriends(self.walk, node, declarator)):
            modifiers |= {"friend"}
        role = "declaration" if guides else "definition"
        self.add_function(whole, scope, template, found, head, modifiers, role, self.head(whole, end))

    def add_function(self, whole: Node, scope: Scope, template: Node | None, found: Declared, head: Head, modifiers: set[str],
                     role: str, signature: str) -> None:  # fmt: skip
        kind = "function" if "friend" in modifiers else found.kind(scope.of)
        if role == "definition" and scope.of and not _BODILESS.isdisjoint(modifiers):
            role = "declaration"
        self.add(
            kind, found.name, whole, scope, at=found.name_node, scope=found.scope, role=role, template=template, signature=signature,
            modifiers=tuple(sorted(modifiers)), type=found.return_type(self.walk, head),
            parameters=parameters_of(self.walk, found.function),
        )  # fmt: skip

    def declarations(self, node: Node, whole: Node, scope: Scope, template: Node | None) -> None:
        """Read a declaration with any number of declarators: functions, fields, variables."""
        inner = node.child_by_field_name("type")
        declarators = node.children_by_field_name("declarator")
        if inner is not None and inner.type in _TYPES:
            self.type(inner, whole if not declarators else inner, scope, template, alone=not declarators)
        head = head_of(self.walk, node, inner)
        for declarator in declarators:
            found = declared(self.walk, declarator)
            if found is None or not found.name:
                continue
            if bound := bound_by(found.declarator):
                of_type, value = type_of_bound(self.walk, head, found), texts.code_line(self.text(found.value), MAX_VALUE)
                for name in bound:
                    self.add("variable", self.text(name), whole, scope, at=name, modifiers=tuple(sorted(head.modifiers)),
                             type=of_type, value=value, signature=self.head(whole, whole.end_byte))  # fmt: skip
                continue
            if not scope.of and template is None and self.walk.language != "c":
                found = found.with_value(inner)
            modifiers = modifiers_of(self.walk, node, head, found)
            end = node.end_byte
            if found.function is not None:
                if found.is_macro_call(self.walk, inner, scope.of):
                    self.macro_call(found.name_node, node, scope)
                    continue
                if scope.of and befriends(self.walk, node, declarator):
                    continue
                by_default = found.scope != "" and not _BODILESS.isdisjoint(modifiers)  # A& A::operator=(const A&) = default;
                if found.scope and not by_default and not scope.of and template is None and self.walk.language != "c":  # A A::b(1): a value
                    self.add("constant" if "constexpr" in modifiers or found.is_const(self.walk, head) else "variable", found.name, whole,
                             scope, at=found.name_node, scope=found.scope, modifiers=tuple(sorted(modifiers)), type=" ".join(head.words),
                             signature=self.head(whole, end))  # fmt: skip
                    continue
                role = "definition" if by_default and "default" in modifiers else "declaration"
                self.add_function(whole, scope, template, found, head, modifiers, role, self.head(whole, end))
                continue
            kind = "field" if scope.of else "constant" if "constexpr" in modifiers or found.is_const(self.walk, head) else "variable"
            of_c = "extern" in modifiers or whole.type == "linkage_specification"
            role = "declaration" if of_c and found.value is None else "definition"
            own = doc_behind(self.walk, end_of(declarator)) if self.trailing and len(declarators) > 1 else {}
            self.add(
                kind, found.name, whole, scope, at=found.name_node, scope=found.scope, role=role, template=template,
                modifiers=tuple(sorted(modifiers)), type=type_text(self.walk, head, found), signature=self.head(whole, end),
                value=value_of(self.walk, found, head), **own,
            )  # fmt: skip

    def typedef(self, node: Node, scope: Scope) -> None:
        inner = node.child_by_field_name("type")
        taken = None
        declarators = node.children_by_field_name("declarator")
        if inner is not None and inner.type in _TYPES and inner.child_by_field_name("body") is not None:
            if inner.child_by_field_name("name") is None and declarators and declarators[0].type == "type_identifier":
                taken = declarators[0]  # typedef struct { … } Name: it is called so
                self.type(inner, node, scope, named=self.text(taken), at=taken)
            else:
                self.type(inner, inner, scope)
        elif inner is not None and inner.type in _TYPES and inner.type != "enum_specifier":
            self.first_mention(inner, scope)
        for tag in tags_of(self.walk, node):
            self.first_mention(tag, scope)
        head = head_of(self.walk, node, inner)
        for declarator in declarators:
            found = declared(self.walk, declarator)
            if found is not None and declarator is not taken:
                of_type = type_text(self.walk, head, found)
                if found.function is not None:  # typedef void name(int);
                    of_type += texts.code_line(self.text(found.function.child_by_field_name("parameters")))
                self.add("type_alias", found.name, node, scope, at=found.name_node, type=of_type,
                         modifiers=("typedef",), signature=self.head(node, node.end_byte))  # fmt: skip

    def first_mention(self, node: Node, scope: Scope) -> None:
        """Note that ``typedef struct A B;`` and ``using B = C<struct A>;`` declare ``A``, unless that is declared above."""
        name = self.text(node.child_by_field_name("name"))
        kind = _TYPES[node.type]
        if name.isidentifier() and not any(s.name == name and s.kind in ("class", "struct", "union") for s in self.walk.symbols):
            comments, self.comments = self.comments, []
            self.add(kind, name, node, scope, at=node.child_by_field_name("name"), role="forward", signature=self.head(node, node.end_byte))
            self.comments = comments

    def macro_call(self, name: Node | None, node: Node, scope: Scope, **facts: Any) -> None:
        written = self.text(name)
        if name is not None and re.fullmatch(r"[A-Za-z_]\w*", written) and written not in ("_Static_assert", "static_assert"):
            body = node.child_by_field_name("body")
            end = body.start_byte if body else node.end_byte
            self.add("macro_call", written, node, scope, at=name, signature=self.head(node, end), **facts)
