"""JavaScript and JSX; what TypeScript has in common with it.

Listed are the declarations of the module and, below it, functions and classes at any depth of statements; variables of functions are
not. A name bound to a function or a class is one. What ``require`` binds is an import and no variable. The body of a function that is
called at once, or given to one that is, or to ``define``, belongs to what is around it. Assignments to ``exports``, ``module.exports``
and to a ``prototype`` are declarations, and so are the functions and classes that an object of the module holds, or one that is exported
without a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...model import Base
from ..base import MAX_VALUE, Walk, in_order_of_text
from .imports import Imports, string_of
from .parameters import names_in, parameters

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Reader", "Scope", "walk"]

#: What calls at once the function of a module, or of a page.
_DEFINING = frozenset(("define", "require", "requirejs", "$", "jQuery"))
_FUNCTIONS = frozenset((
    "function_declaration", "generator_function_declaration", "function_expression", "generator_function", "arrow_function", "function",
))  # fmt: skip
_CLASSES = frozenset(("class_declaration", "abstract_class_declaration", "class"))
_BLOCKS = frozenset((
    "statement_block", "if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement", "do_statement",
    "try_statement", "catch_clause", "finally_clause", "switch_statement", "switch_body", "switch_case", "switch_default",
    "labeled_statement", "ERROR",
))  # fmt: skip
#: Where a constructor may set fields.
_IN_CONSTRUCTORS = frozenset((
    "statement_block", "expression_statement", "if_statement", "else_clause", "try_statement", "catch_clause", "finally_clause",
    "sequence_expression", "parenthesized_expression",
))  # fmt: skip
_MODIFIERS = frozenset(("static", "async", "abstract", "declare", "readonly", "get", "set", "accessor", "const", "*"))
#: What a constructor is not, whatever it is called.
_NO_CONSTRUCTOR = frozenset(("static", "async", "generator", "get", "set"))
_ABOUT_FILE = re.compile(r"@(?:fileoverview|file|module|packageDocumentation)\b")
_NOT_ABOUT_FILE = re.compile(r"copyright|licen[sc]e|eslint|jshint|@ts-|@flow|prettier|istanbul|global\b|-\*-", re.IGNORECASE)


class Scope:
    """Where a statement stands: the symbol around it, and whether that is a ``module``, a ``namespace``, a ``function``, a ``block``."""

    __slots__ = ("inside", "parent")

    def __init__(self, parent: int, inside: str) -> None:
        self.parent, self.inside = parent, inside


def walk(walk: Walk) -> None:
    """Read a module of JavaScript."""
    Reader(walk).read()


class Reader:
    """One module that is being read."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.text, self.code = walk.text, walk.code
        self.imports = Imports(walk)
        #: Bodies that are still to be read. A stack and no recursion: code may nest deeper than Python's own.
        self.bodies: list[tuple[Node, Scope]] = []
        #: Names that are exported apart from their declaration.
        self.exported: set[str] = set()
        #: Symbols of the module by name.
        self.known: dict[str, int] = {}

    def read(self) -> None:
        """Read it."""
        assert self.walk.tree is not None
        root = self.walk.tree.root_node
        self.about(root)
        self.bodies.append((root, Scope(-1, "module")))
        while self.bodies:
            node, scope = self.bodies.pop()
            for child in node.named_children:
                self.statement(child, child, scope)
        self.imports.calls(root)
        for symbol in self.walk.symbols:
            if symbol.parent < 0 and not symbol.scope and symbol.name in self.exported and not symbol.visibility:
                symbol.visibility = "exported"
        in_order_of_text(self.walk)

    def about(self, root: Node) -> None:
        """The comment at the top, if it is about the file and not about its first declaration."""
        first = next((c for c in root.named_children if c.type != "hash_bang_line"), None)
        if first is None or first.type != "comment":
            return
        text, after = self.text(first), first.next_named_sibling
        alone = after is None or after.type in ("comment", "import_statement") or after.start_point.row > first.end_point.row + 1
        if _ABOUT_FILE.search(text) or (alone and text.startswith("/*") and not _NOT_ABOUT_FILE.search(text)):
            facts = self.walk.doc_of([first])
            if facts:
                self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]

    def statement(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...] = ()) -> None:
        """Read one statement; `whole` is it with ``export`` before it, `marks` what that says."""
        kind = node.type
        if kind in ("function_declaration", "generator_function_declaration"):
            self.function(node, whole, scope, marks)
        elif kind in _CLASSES:
            self.type(node, whole, scope, marks)
        elif kind in ("lexical_declaration", "variable_declaration", "using_declaration"):
            self.variables(node, whole, scope, marks)
        elif kind == "expression_statement":
            if scope.inside != "function":
                self.expression(node, scope)
        elif kind == "import_statement":
            self.imports.statement(node)
        elif kind == "export_statement":
            self.export(node, whole, scope)
        elif kind in _BLOCKS:
            if kind == "for_in_statement" and scope.inside != "function":
                self.loop_variables(node, scope)
            inside = scope.inside if kind == "ERROR" or scope.inside == "function" else "block"
            self.bodies.append((node, Scope(scope.parent, inside)))
        else:
            self.other(node, whole, scope, marks)

    def other(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read what JavaScript alone has not."""

    def export(self, node: Node, whole: Node, scope: Scope) -> None:
        """Read ``export …``: of a declaration, of a value, of names, of another module."""
        source = node.child_by_field_name("source")
        if source is not None:
            self.imports.export(node)
            return
        marks = ("exported", "default") if any(c.type == "default" for c in node.children) else ("exported",)
        for child in node.named_children:
            if child.type == "export_clause":
                self.exported |= {self.text(s.child_by_field_name("name")) for s in child.named_children if s.type == "export_specifier"}
            elif child.type == "identifier":
                self.exported.add(self.text(child))
            elif child.type in _FUNCTIONS and "default" in marks:
                self.function(child, node if whole.type != "ambient_declaration" else whole, scope, marks)
            elif child.type == "object" and "default" in marks:
                at = next(c for c in node.children if c.type == "default")
                index = self.add("constant", "default", node, scope.parent, marks, at=at, signature=self.head(node, None)[:MAX_VALUE])
                self.held(child, Scope(index, scope.inside))
            elif child.type not in ("decorator", "comment"):
                self.statement(child, node if whole.type != "ambient_declaration" else whole, scope, marks)

    def add(self, kind: str, name: str, node: Node, parent: int, marks: tuple[str, ...] = (), **facts: Any) -> int:
        """Note a symbol, with its comment and whether it is exported."""
        modifiers = {*facts.pop("modifiers", ()), *marks} - {"exported"}
        visibility = facts.pop("visibility", "") or ("exported" if "exported" in marks else "")
        if "doc" not in facts:
            comment = self.walk.doc_before(node)
            if comment and comment["doc_line"] != self.walk.doc_line:  # what is said of the file is not said of its first declaration
                facts |= comment
        index = self.walk.add(kind, name, node, parent, modifiers=tuple(sorted(modifiers)), visibility=visibility, **facts)
        if parent < 0:
            self.known.setdefault(name, index)
        return index

    def function(self, node: Node, whole: Node, place: Scope, marks: tuple[str, ...] = (), at: Node | None = None, **facts: Any) -> int:
        """Read a function; `at` is the name that it is bound to, if it is a value."""
        named, body = at or node.child_by_field_name("name"), node.child_by_field_name("body")
        if named is None:
            named = next((c for c in whole.children if c.type == "default"), None)
            if named is None:
                return -1
        modifiers = {self.text(c) for c in node.children if c.type in ("async", "*")} | set(facts.pop("modifiers", ()))
        if "*" in modifiers:
            modifiers = modifiers - {"*"} | {"generator"}
        index = self.add(
            facts.pop("kind", "function"), facts.pop("name", "") or self.name(named), whole, place.parent, marks, at=named,
            signature=self.head(whole, body), modifiers=modifiers, **self.callable_facts(node), **facts,
        )  # fmt: skip
        if body is not None and body.type == "statement_block":
            self.bodies.append((body, Scope(index, "function")))
        return index

    def callable_facts(self, node: Node) -> dict[str, Any]:
        """Parameters, type parameters and the type that is returned."""
        facts: dict[str, Any] = {"parameters": parameters(self.walk, node)}
        returns = node.child_by_field_name("return_type") or (
            node.child_by_field_name("type") if node.type == "construct_signature" else None
        )
        if returns is not None:
            facts["type"] = self.code(returns).lstrip(": ")
        return {**facts, **self.type_parameters(node)}

    def type_parameters(self, node: Node) -> dict[str, str]:
        """``<T extends X>``."""
        found = node.child_by_field_name("type_parameters")
        return {"type_parameters": self.code(found)} if found is not None else {}

    def head(self, node: Node, body: Node | None) -> str:
        """A declaration up to its body, on one line."""
        start = self.after_decorators(node)
        text = self.code(start, body.start_byte) if body is not None and body.start_byte > start.start_byte else self.code(start)
        if start is not node and start.parent == node:  # decorators stand inside
            end = body.start_byte if body is not None else node.end_byte
            text = self.code_between(start.start_byte, end, node)
        return text.rstrip(" ;{").removesuffix("=>").rstrip()

    def after_decorators(self, node: Node) -> Node:
        """The first part of a declaration that is no decorator."""
        return next((c for c in node.children if c.type not in ("decorator", "comment")), node) if _decorated(node) else node

    def code_between(self, start: int, end: int, node: Node) -> str:
        """The text of a node between two offsets, on one line."""
        whole = self.code(node, end, 4_000)
        skipped = self.code(node, start, 4_000) if start > node.start_byte else ""
        return whole[len(skipped) :].strip()[:600]

    def type(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...] = (), at: Node | None = None, **facts: Any) -> int:
        """Read a class and its members."""
        named, body = at or node.child_by_field_name("name"), node.child_by_field_name("body")
        if named is None:
            named = next((c for c in whole.children if c.type == "default"), None)
            if named is None:
                return -1
        modifiers = {self.text(c) for c in node.children if c.type in _MODIFIERS} | set(facts.pop("modifiers", ()))
        index = self.add(
            "class", facts.pop("name", "") or self.name(named), whole, scope.parent, marks, at=named, signature=self.head(whole, body),
            modifiers=modifiers, bases=tuple(self.bases(node)), decorators=self.decorators(whole, node),
            **self.type_parameters(node), **facts,
        )  # fmt: skip
        if body is not None:
            self.members(body, index)
        return index

    def bases(self, node: Node) -> list[Base]:
        """What a class extends and implements."""
        heritage = next((c for c in node.named_children if c.type == "class_heritage"), None)
        found = list[Base]()
        for child in heritage.named_children if heritage is not None else ():
            if child.type in ("extends_clause", "implements_clause"):
                how = child.type.removesuffix("_clause")
                parts = [c for c in child.named_children if c.type != "comment"]
                for i, part in enumerate(parts):
                    if part.type == "type_arguments":
                        continue
                    follows = parts[i + 1] if i + 1 < len(parts) and parts[i + 1].type == "type_arguments" else None
                    found.append(Base(self.code(part) + (self.code(follows) if follows is not None else ""), how))
            elif child.type != "comment":
                found.append(Base(self.code(child), "extends"))
        return found

    def decorators(self, *nodes: Node) -> tuple[str, ...]:
        """The decorators that stand in or before the nodes."""
        found: list[Node] = []
        for node in dict.fromkeys(nodes):
            found += [c for c in node.named_children if c.type == "decorator"]
        return tuple(self.code(d)[1:].strip() for d in sorted(set(found), key=lambda d: d.start_byte))

    def members(self, body: Node, parent: int) -> None:
        """Read the members of a class."""
        before: list[Node] = []
        for child in body.named_children:
            if child.type == "decorator":
                before.append(child)
                continue
            if child.type in ("method_definition", "method_signature", "abstract_method_signature"):
                self.method(child, parent, before)
            elif child.type in ("field_definition", "public_field_definition"):
                self.field(child, parent, before)
            elif child.type == "class_static_block":
                inner = child.child_by_field_name("body")
                if inner is not None:
                    self.bodies.append((inner, Scope(parent, "function")))
            elif child.type == "ERROR":
                self.members(child, parent)
            if child.type != "comment":
                before = []

    def member_facts(self, node: Node, before: list[Node]) -> dict[str, Any]:
        """What members of all kinds have: modifiers, visibility, decorators and the comment before those."""
        modifiers, visibility = set[str](), ""
        for child in node.children:
            if child.type == "accessibility_modifier":
                visibility = self.text(child)
            elif child.type in _MODIFIERS:
                modifiers.add(child.type)
            elif child.type == "override_modifier":
                modifiers.add("override")
        if "*" in modifiers:
            modifiers = modifiers - {"*"} | {"generator"}
        at = node.child_by_field_name("name") or node.child_by_field_name("property")
        if at is not None and at.type == "private_property_identifier":
            visibility = "private"
        inside = [c for c in node.named_children if c.type == "decorator"]
        facts: dict[str, Any] = {"modifiers": modifiers, "visibility": visibility}
        if before or inside:
            facts["decorators"] = tuple(self.code(d)[1:].strip() for d in (*before, *inside))
        if before:
            facts |= self.walk.doc_before(before[0])
            first = before[0].start_point.row + 1
            if at is not None and first <= at.start_point.row:
                facts["first_line"] = first
        return facts

    def method(self, node: Node, parent: int, before: list[Node]) -> None:
        """Read a method, a constructor, a getter or a setter."""
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if at is None:
            return
        facts = self.member_facts(node, before)
        name, modifiers = self.name(at), facts["modifiers"]
        kind = "property" if modifiers & {"get", "set"} else "method"
        if name == "constructor" and not modifiers & _NO_CONSTRUCTOR and (node.parent is None or node.parent.type != "object"):
            kind = "constructor"
        role = "declaration" if node.type == "method_signature" else "definition"
        index = self.add(kind, name, node, parent, at=at, role=role, signature=self.head(node, body), **self.callable_facts(node), **facts)
        if kind == "constructor":
            self.parameter_properties(node, parent)
            if body is not None and b"this." in (body.text or b""):
                self.instance_fields(node, body, parent)
        if body is not None:
            self.bodies.append((body, Scope(index, "function")))

    def parameter_properties(self, node: Node, parent: int) -> None:
        """Read the parameters of a constructor that are fields; TypeScript has them."""

    def instance_fields(self, method: Node, body: Node, parent: int) -> None:
        """Read ``this.name = value`` among the statements of a constructor: the fields that the class does not declare."""
        members = method.parent.named_children if method.parent is not None else []
        declared = {self.text(m.child_by_field_name("property")) for m in members if m.type == "field_definition"}
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type == "assignment_expression":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                of = left.child_by_field_name("object") if left is not None and left.type == "member_expression" else None
                at = left.child_by_field_name("property") if left is not None and of is not None and of.type == "this" else None
                if at is not None and at.type == "property_identifier" and self.text(at) not in declared:
                    declared.add(self.text(at))
                    value = self.code(right, most=MAX_VALUE) if right is not None else ""
                    self.add("field", self.text(at), node, parent, at=at, value=value, modifiers=("instance",),
                             signature=self.code(node, most=MAX_VALUE))  # fmt: skip
                stack += [right] if right is not None and right.type == "assignment_expression" else []
            elif node.type in _IN_CONSTRUCTORS:
                stack += reversed(node.named_children)

    def field(self, node: Node, parent: int, before: list[Node]) -> None:
        """Read a field of a class."""
        at = node.child_by_field_name("name") or node.child_by_field_name("property")
        if at is None:
            return
        of, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        facts = self.member_facts(node, before)
        after = at.next_sibling
        if after is not None and after.type == "ERROR" and self.text(at) == "accessor":  # of which the grammar knows nothing
            at = after.named_children[0] if after.named_children else at
            facts["modifiers"].add("accessor")
        if of is not None:
            facts["type"] = self.code(of).lstrip(": ")
        if value is not None:
            facts["value"] = self.code(value, most=MAX_VALUE)
        self.add("field", self.name(at), node, parent, at=at, signature=self.head(node, None)[:MAX_VALUE], **facts)

    def name(self, node: Node) -> str:
        """A name: quotes around it are not part of it."""
        return string_of(self.walk, node) if node.type == "string" else self.code(node)

    def variables(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read ``const``, ``let`` and ``var``: functions and classes by what they are bound to."""
        if scope.inside == "block" and node.type != "variable_declaration":
            return  # it is known in the block alone
        constant = node.type == "using_declaration" or any(c.type == "const" for c in node.children[:1])
        declarators = [c for c in node.named_children if c.type == "variable_declarator"]
        for declarator in declarators:
            at, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if at is None or (scope.inside == "function" and (value is None or value.type not in _FUNCTIONS | _CLASSES)):
                continue
            if value is not None and self.imports.required(declarator, at, value, local=scope.inside == "block"):
                continue
            where = whole if len(declarators) == 1 else declarator
            if value is not None and at.type == "identifier" and value.type in _FUNCTIONS | _CLASSES:
                if scope.inside != "function":
                    (self.function if value.type in _FUNCTIONS else self.type)(value, where, scope, marks, at=at)
                elif (body := value.child_by_field_name("body")) is not None and value.type in _FUNCTIONS:
                    self.bodies.append((body, scope))
                continue
            of = declarator.child_by_field_name("type")
            facts: dict[str, Any] = {"type": self.code(of).lstrip(": ")} if of is not None else {}
            if value is not None and at.type == "identifier":
                facts["value"] = self.code(value, most=MAX_VALUE)
            for name in names_in(at):
                index = self.add("constant" if constant else "variable", self.text(name), where, scope.parent, marks, at=name,
                                 signature=self.head(where, None)[:MAX_VALUE], **facts)  # fmt: skip
                if name is at and value is not None:
                    self.held(value, Scope(index, scope.inside))

    def loop_variables(self, node: Node, scope: Scope) -> None:
        """Read the ``var`` of ``for (var … of …)``, which is one of the module."""
        kind, left = node.child_by_field_name("kind"), node.child_by_field_name("left")
        if kind is None or left is None or kind.type != "var":
            return
        for at in names_in(left):
            self.add("variable", self.text(at), left, scope.parent, at=at, signature=f"var {self.code(left, most=MAX_VALUE)}")

    def expression(self, node: Node, scope: Scope) -> None:
        """Read an expression of the module: one that calls a function at once, or assigns to what is exported."""
        inner = node.named_children[0] if node.named_children else None
        while inner is not None and inner.type in ("unary_expression", "parenthesized_expression", "await_expression"):
            inner = inner.named_children[0] if inner.named_children else None
        if inner is None:
            return
        if inner.type == "call_expression":
            called = inner.child_by_field_name("function")
            while called is not None and called.type in ("parenthesized_expression", "member_expression"):
                called = called.named_children[0] if called.named_children else None
            given = inner.child_by_field_name("arguments")
            passed = called is not None and given is not None and (called.type in _FUNCTIONS or self.text(called) in _DEFINING)
            for function in (called, *(given.named_children if passed and given is not None else ())):
                if function is not None and function.type in _FUNCTIONS and (body := function.child_by_field_name("body")) is not None:
                    self.bodies.append((body, scope))
        elif inner.type == "assignment_expression":
            self.assignment(inner, node, scope)

    def assignment(self, node: Node, statement: Node, scope: Scope) -> None:
        """Read ``exports.a = …``, ``module.exports = …``, ``A.prototype.m = function``."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or left.type != "member_expression":
            return
        written, at = self.code(left), left.child_by_field_name("property")
        whose = written.rpartition(".")[0]
        if written == "module.exports":
            self.module_exports(right, statement, scope)
        elif at is None:
            return
        elif whose in ("exports", "module.exports"):
            self.bound(at, right, statement, scope, ("exported",))
        elif whose.endswith(".prototype") and right.type in _FUNCTIONS:
            owner = whose.removesuffix(".prototype")
            self.function(right, statement, Scope(self.known.get(owner, -1), scope.inside), at=at, kind="method",
                          scope="" if owner in self.known else owner)  # fmt: skip
        elif whose in self.known and right.type in _FUNCTIONS:
            kind = "method" if self.walk.symbols[self.known[whose]].kind == "class" else "function"
            self.function(right, statement, Scope(self.known[whose], scope.inside), at=at, kind=kind, modifiers=("static",))

    def module_exports(self, value: Node, statement: Node, scope: Scope) -> None:
        """Read what ``module.exports`` is: a name, a function, a class, an object of them."""
        marks = ("exported",)
        if value.type == "identifier":
            self.exported.add(self.text(value))
        elif value.type in _FUNCTIONS and value.child_by_field_name("name") is not None:
            self.function(value, statement, scope, marks)
        elif value.type in _CLASSES and value.child_by_field_name("name") is not None:
            self.type(value, statement, scope, marks)
        elif value.type == "object":
            for child in value.named_children:
                at, what = child.child_by_field_name("key"), child.child_by_field_name("value")
                if child.type == "shorthand_property_identifier":
                    self.exported.add(self.text(child))
                elif child.type == "method_definition" and child.child_by_field_name("name") is not None:
                    self.function(child, child, scope, marks)
                elif at is not None and what is not None and self.text(at) == self.text(what):
                    self.exported.add(self.text(at))
                elif at is not None and what is not None and not self.imports.required(child, at, what):
                    self.bound(at, what, child, scope, marks)

    def held(self, value: Node, scope: Scope) -> None:
        """Read the functions and classes that an object holds, by their names; what else it holds are values."""
        while value.type in ("as_expression", "satisfies_expression", "parenthesized_expression") and value.named_children:
            value = value.named_children[0]
        for child in value.named_children if value.type == "object" else ():
            at, what = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "method_definition":
                self.method(child, scope.parent, [])
            elif at is None or what is None or at.type == "computed_property_name":
                continue
            elif what.type in _FUNCTIONS:
                self.function(what, child, scope, at=at, kind="method")
            elif what.type in _CLASSES:
                self.type(what, child, scope, at=at)

    def bound(self, at: Node, value: Node, statement: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Note a name that is exported with its value."""
        if self.text(value) == self.text(at):
            self.exported.add(self.text(at))
        elif value.type in _FUNCTIONS:
            self.function(value, statement, scope, marks, at=at)
        elif value.type in _CLASSES:
            self.type(value, statement, scope, marks, at=at)
        elif not self.imports.required(statement, at, value):
            index = self.add("variable", self.name(at), statement, scope.parent, marks, at=at, value=self.code(value, most=MAX_VALUE),
                             signature=self.head(statement, None)[:MAX_VALUE])  # fmt: skip
            self.held(value, Scope(index, scope.inside))


def _decorated(node: Node) -> bool:
    return any(c.type == "decorator" for c in node.named_children)
