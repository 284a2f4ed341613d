"""JavaScript and JSX; what TypeScript has in common with it.

Listed are the declarations of the module and, below it, functions and classes at any depth of statements; variables of functions are
not. A name bound to a function or a class is one. What ``require`` binds is an import and no variable. The body of a function that is
called at once, or given to one that is, or to ``define``, belongs to what is around it; where its value is that of a variable, its
functions and classes belong to that. Assignments to ``exports``, ``module.exports`` and to a ``prototype``, also of an object with methods,
are declarations, and so are the functions and classes that an object of the module holds, or one that is exported without a name.
A function whose ``prototype`` is given something is a constructor: it has fields and bases as a class has (`older_classes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base import MAX_VALUE, Walk, in_order_of_text
from .about import DIRECTIVES, file_comment
from .declarations import CLASSES, FUNCTIONS, Declarations, Scope
from .parameters import names_in

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Reader", "walk"]

#: What calls at once the function of a module, or of a page.
_DEFINING = frozenset(("define", "require", "requirejs", "$", "jQuery"))
_BLOCKS = frozenset((
    "statement_block", "if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement", "do_statement",
    "try_statement", "catch_clause", "finally_clause", "switch_statement", "switch_body", "switch_case", "switch_default",
    "labeled_statement", "ERROR",
))  # fmt: skip


def walk(walk: Walk) -> None:
    """Read a module of JavaScript."""
    Reader(walk).read()


class Reader(Declarations):
    """One module that is being read."""

    def read(self) -> None:
        """Read it."""
        assert self.walk.tree is not None
        root = self.walk.tree.root_node
        self.walk.directives, self.walk.inline_comments = DIRECTIVES, True
        file_comment(self.walk, root)
        self.bodies.append((root, Scope(-1, "module")))
        while self.bodies:
            node, scope = self.bodies.pop()
            for child in node.named_children:
                self.statement(child, child, scope)
        self.older.finish(self.walk.symbols, self.known, self.instance_fields)
        self.imports.calls(root)
        for symbol in self.walk.symbols:
            if symbol.parent < 0 and not symbol.scope and symbol.name in self.exported and not symbol.visibility:
                symbol.visibility = "exported"
            if symbol.parent < 0 and not symbol.scope and symbol.name in self.whole:
                symbol.modifiers = tuple(sorted({*symbol.modifiers, "default"}))
        in_order_of_text(self.walk)

    def statement(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...] = ()) -> None:
        """Read one statement; `whole` is it with ``export`` before it, `marks` what that says."""
        kind = node.type
        if kind in ("function_declaration", "generator_function_declaration"):
            self.function(node, whole, scope, marks)
        elif kind in CLASSES:
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
        marks = ("exported", "default") if any(c.type in ("default", "=") for c in node.children) else ("exported",)
        for child in node.named_children:
            if child.type == "export_clause":
                for each in (s for s in child.named_children if s.type == "export_specifier"):
                    self.by_name(each.child_by_field_name("name"), whole=self.text(each.child_by_field_name("alias")) == "default")
            elif child.type == "identifier":
                self.by_name(child, whole="default" in marks)
            elif child.type in FUNCTIONS and "default" in marks:
                self.function(child, node if whole.type != "ambient_declaration" else whole, scope, marks)
            elif child.type == "object" and "default" in marks:
                at = next((c for c in node.children if c.type == "default"), None)
                if at is None:  # export = { … }
                    self.module_exports(child, node, scope, None)
                    continue
                index = self.add("constant", "default", node, scope.parent, marks, at=at, signature=self.head(node, None)[:MAX_VALUE])
                self.held(child, Scope(index, scope.inside))
            elif child.type not in ("decorator", "comment"):
                self.statement(child, node if whole.type != "ambient_declaration" else whole, scope, marks)

    def by_name(self, node: Node | None, *, whole: bool) -> None:
        """Note that what has a name is exported; `whole` if who takes no name of the module gets that."""
        self.exported.add(self.text(node))
        if whole:
            self.whole.add(self.text(node))

    def variables(self, node: Node, whole: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Read ``const``, ``let`` and ``var``: functions and classes by what they are bound to."""
        if scope.inside == "block" and node.type != "variable_declaration":
            return  # it is known in the block alone
        constant = node.type == "using_declaration" or any(c.type == "const" for c in node.children[:1])
        declarators = [c for c in node.named_children if c.type == "variable_declarator"]
        for declarator in declarators:
            at, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if at is None:
                continue
            targets, value = _chained(value)
            if scope.inside == "function" and (value is None or value.type not in FUNCTIONS | CLASSES):
                continue
            if value is not None and self.imports.required(declarator, at, value, local=scope.inside == "block"):
                continue
            where = whole if len(declarators) == 1 else declarator
            self.variable(
                at, value, where, scope, (*marks, "exported") if self.exports(targets, at) else marks, declarator, constant=constant
            )

    def exports(self, targets: list[Node], at: Node) -> bool:
        """Whether one of those that are given the value of a variable is what the module exports, or has there the same name."""
        own = ("module.exports", f"module.exports.{self.text(at)}", f"exports.{self.text(at)}")
        return any(self.code(target) in own for target in targets)

    def variable(self, at: Node, value: Node | None, where: Node, scope: Scope, marks: tuple[str, ...], declarator: Node, *,
                 constant: bool) -> None:  # fmt: skip
        """Read what a pattern declares; `where` are the lines of that."""
        if value is not None and at.type == "identifier" and value.type in FUNCTIONS | CLASSES:
            if scope.inside != "function":
                (self.function if value.type in FUNCTIONS else self.type)(value, where, scope, marks, at=at)
            elif value.type in FUNCTIONS:
                self.body(value, scope)
            return
        of = declarator.child_by_field_name("type")
        facts: dict[str, Any] = {"type": self.code(of).lstrip(": ")} if of is not None else {}
        if value is not None and at.type == "identifier":
            facts["value"] = self.code(value, most=MAX_VALUE)
        for name in names_in(at):
            index = self.add("constant" if constant else "variable", self.text(name), where, scope.parent, marks, at=name,
                             signature=self.head(where, None)[:MAX_VALUE], **facts)  # fmt: skip
            if name is at and value is not None:
                self.held(value, Scope(index, scope.inside))
                function = _called_at_once(value)
                if function is not None:
                    self.body(function, Scope(index, "function"))

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
            self.call(inner, scope)
        elif inner.type == "assignment_expression":
            self.assignment(inner, node, scope)

    def call(self, node: Node, scope: Scope) -> None:
        """Read a call: of a function at once, of what defines a module, of what adds methods to a ``prototype``."""
        called, listed = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed is not None else []
        if called is not None and called.type == "member_expression" and self.text(called.child_by_field_name("property")) == "ready":
            called = called.child_by_field_name("object")  # $(document).ready(function () { … })
            called = called.child_by_field_name("function") if called is not None else None
        while called is not None and called.type in ("parenthesized_expression", "member_expression"):
            called = called.named_children[0] if called.named_children else None
        if called is None:
            return
        self.older.called(node, given, self.code)
        if len(given) > 1 and given[0].type == "member_expression" and self.text(given[0].child_by_field_name("property")) == "prototype":
            self.prototype(self.code(given[0].child_by_field_name("object")), given[-1], scope)
        elif called.type in FUNCTIONS or self.text(called) in _DEFINING:
            for function in (called, *given):
                if function.type in FUNCTIONS:
                    self.body(function, scope)
            self.imports.defined(given, local=scope.inside == "block")

    def assignment(self, node: Node, statement: Node, scope: Scope) -> None:
        """Read ``exports.a = …``, ``module.exports = …``, ``A.prototype.m = function``, ``A.b = A.c = …``."""
        targets, value = _chained(node)
        if value is None:
            return
        whole = next((t for t in targets if self.code(t) == "module.exports"), None)
        if whole is not None:
            self.module_exports(value, statement, scope, whole.child_by_field_name("property"))
            return
        for i, target in enumerate(t for t in targets if t.type == "member_expression"):
            unread = len(self.bodies)
            self.member_assigned(target, value, statement, scope)
            if i:  # what stands in the value is said under its first name
                del self.bodies[unread:]

    def member_assigned(self, target: Node, value: Node, statement: Node, scope: Scope) -> None:
        """Read ``target = value``."""
        at, whose = target.child_by_field_name("property"), self.code(target.child_by_field_name("object"))
        if at is None:
            return
        if whose in ("exports", "module.exports"):
            if value.type != "unary_expression" or self.code(value) != "void 0":  # which compilers write before all
                self.bound(at, value, statement, scope, ("exported",))
        elif self.text(at) == "prototype":
            self.prototype(whose, value, scope)
        elif whose.endswith(".prototype"):
            owner = whose.removesuffix(".prototype")
            self.older.member(owner, self.text(at), value, self.code)
            if value.type not in FUNCTIONS:
                return
            self.function(value, statement, Scope(self.known.get(owner, -1), scope.inside), at=at, kind="method",
                          scope="" if owner in self.known else owner)  # fmt: skip
        elif whose in self.known and value.type in FUNCTIONS:
            kind = "method" if self.walk.symbols[self.known[whose]].kind == "class" else "function"
            self.function(value, statement, Scope(self.known[whose], scope.inside), at=at, kind=kind, modifiers=("static",))
        elif whose in self.known and value.type in CLASSES:
            self.type(value, statement, Scope(self.known[whose], scope.inside), at=at, modifiers=("static",))

    def prototype(self, owner: str, value: Node, scope: Scope) -> None:
        """Read the methods of an object that is the prototype of `owner`, or that a call puts there: the last that is given to it."""
        self.older.given(owner, value, self.code)
        if value.type == "call_expression" and (listed := value.child_by_field_name("arguments")) is not None and listed.named_children:
            value = listed.named_children[-1]
        self.held(value, Scope(self.known.get(owner, -1), scope.inside), scope="" if owner in self.known else owner)

    def module_exports(self, value: Node, statement: Node, scope: Scope, at: Node | None) -> None:
        """Read what ``module.exports`` is: a name, a function, a class, an object of them; what has no name is called as that at `at`."""
        marks = ("exported",)
        if value.type == "identifier":
            self.by_name(value, whole=True)
        elif value.type in FUNCTIONS | CLASSES:
            named = value.child_by_field_name("name") or at
            (self.function if value.type in FUNCTIONS else self.type)(value, statement, scope, (*marks, "default"), at=named)
        elif value.type == "object":
            for child in value.named_children:
                key, what = child.child_by_field_name("key"), child.child_by_field_name("value")
                if child.type == "shorthand_property_identifier":
                    self.exported.add(self.text(child))
                elif child.type == "method_definition" and child.child_by_field_name("name") is not None:
                    accessor = {c.type for c in child.children} & {"get", "set"}
                    self.function(child, child, scope, marks, kind="property" if accessor else "function", modifiers=accessor)
                elif key is not None and what is not None and self.text(key) == self.text(what):
                    self.exported.add(self.text(key))
                elif key is not None and what is not None and not self.imports.required(child, key, what):
                    self.bound(key, what, child, scope, marks)

    def bound(self, at: Node, value: Node, statement: Node, scope: Scope, marks: tuple[str, ...]) -> None:
        """Note a name that is exported with its value."""
        if self.text(value) == self.text(at):
            self.exported.add(self.text(at))
        elif value.type in FUNCTIONS:
            self.function(value, statement, scope, marks, at=at)
        elif value.type in CLASSES:
            self.type(value, statement, scope, marks, at=at)
        elif not self.imports.required(statement, at, value):
            index = self.add("variable", self.name(at), statement, scope.parent, marks, at=at, value=self.code(value, most=MAX_VALUE),
                             signature=self.head(statement, None)[:MAX_VALUE])  # fmt: skip
            self.held(value, Scope(index, scope.inside))


def _chained(value: Node | None) -> tuple[list[Node], Node | None]:
    """What else is given a value, and the value: of ``b = c = 1`` those are ``b`` and ``c``, and ``1``."""
    targets: list[Node] = []
    while value is not None and value.type == "assignment_expression":
        left = value.child_by_field_name("left")
        targets += [left] if left is not None else []
        value = value.child_by_field_name("right")
    return targets, value


def _called_at_once(value: Node) -> Node | None:
    """The function that a value calls at once: ``(function () { … })()``."""
    while value.type in ("parenthesized_expression", "await_expression", "call_expression") and value.named_children:
        value = value.named_children[0]
    return value if value.type in FUNCTIONS else None
