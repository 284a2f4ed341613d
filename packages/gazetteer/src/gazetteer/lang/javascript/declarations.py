"""Functions and classes of JavaScript, with the members of those; what TypeScript has in common with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model import Base
from ..base import MAX_VALUE, Walk
from .imports import Imports, string_of
from .older_classes import OlderClasses
from .parameters import parameters

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["CLASSES", "FUNCTIONS", "Declarations", "Scope"]

FUNCTIONS = frozenset((
    "function_declaration", "generator_function_declaration", "function_expression", "generator_function", "arrow_function", "function",
))  # fmt: skip
CLASSES = frozenset(("class_declaration", "abstract_class_declaration", "class"))
#: Where a constructor may set fields.
_IN_CONSTRUCTORS = frozenset((
    "statement_block", "expression_statement", "if_statement", "else_clause", "try_statement", "catch_clause", "finally_clause",
    "sequence_expression", "parenthesized_expression",
))  # fmt: skip
_MODIFIERS = frozenset(("static", "async", "abstract", "declare", "readonly", "get", "set", "accessor", "const", "*"))
#: What a constructor is not, whatever it is called.
_NO_CONSTRUCTOR = frozenset(("static", "async", "generator", "get", "set"))


class Scope:
    """Where a statement stands: the symbol around it, and whether that is a ``module``, a ``namespace``, a ``function``, a ``block``."""

    __slots__ = ("inside", "parent")

    def __init__(self, parent: int, inside: str) -> None:
        self.parent, self.inside = parent, inside


class Declarations:
    """What is declared in a module that is being read."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.text, self.code = walk.text, walk.code
        self.imports = Imports(walk)
        #: Bodies that are still to be read. A stack and no recursion: code may nest deeper than Python's own.
        self.bodies: list[tuple[Node, Scope]] = []
        #: Names that are exported apart from their declaration.
        self.exported: set[str] = set()
        #: Of these, what is exported by default, or as all that the module is.
        self.whole: set[str] = set()
        #: Symbols of the module by name.
        self.known: dict[str, int] = {}
        self.older = OlderClasses()

    def add(self, kind: str, name: str, node: Node, parent: int, marks: tuple[str, ...] = (), **facts: Any) -> int:
        """Note a symbol, with its comment and whether it is exported."""
        modifiers = {*facts.pop("modifiers", ()), *marks} - {"exported"}
        visibility = facts.pop("visibility", "") or ("exported" if "exported" in marks else "")
        if "doc" not in facts:
            documented = _statement_of(node) if node.type == "variable_declarator" else node
            comment = self.walk.doc_before(documented) or self.doc_further_up(documented)
            if comment and comment["doc_line"] != self.walk.doc_line:  # what is said of the file is not said of its first declaration
                facts |= comment
        index = self.walk.add(kind, name, node, parent, modifiers=tuple(sorted(modifiers)), visibility=visibility, **facts)
        if parent < 0:
            self.known.setdefault(name, index)
        return index

    def doc_further_up(self, node: Node) -> dict[str, Any]:
        """The ``/** … */`` that an empty line separates from what it is of; the first of a file is not taken for such."""
        near = self.walk.original[max(node.start_byte - 40, 0) : node.start_byte]
        text = near.rstrip()
        if not text.endswith(b"*/") or near.count(b"\n", len(text)) != 2:
            return {}
        comment = node.prev_sibling
        before = comment.prev_sibling if comment is not None else None
        if comment is None or before is None or comment.type != "comment" or before.end_point.row == comment.start_point.row:
            return {}
        return self.walk.doc_of([comment], ("/**",))

    def function(self, node: Node, whole: Node, place: Scope, marks: tuple[str, ...] = (), at: Node | None = None, **facts: Any) -> int:
        """Read a function; `at` is the name that it is bound to, if it is a value."""
        named, body = at or _named(node, whole), node.child_by_field_name("body")
        if named is None:
            return -1
        modifiers = {self.text(c) for c in node.children if c.type in ("async", "*")} | set(facts.pop("modifiers", ()))
        if "*" in modifiers:
            modifiers = modifiers - {"*"} | {"generator"}
        index = self.add(
            facts.pop("kind", "function"), facts.pop("name", "") or self.name(named), whole, place.parent, marks, at=named,
            signature=self.head(whole, body), modifiers=modifiers, **self.callable_facts(node), **facts,
        )  # fmt: skip
        self.body(node, Scope(index, "function"))
        if place.parent < 0:
            self.older.functions[index] = node
        return index

    def body(self, node: Node, scope: Scope) -> None:
        """Read later the body of a function; of one that only gives another (``a => b => { … }``), that one's."""
        body = node.child_by_field_name("body")
        while body is not None and body.type == "arrow_function":
            body = body.child_by_field_name("body")
        if body is not None and body.type == "statement_block":
            self.bodies.append((body, scope))

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
        named, body = at or _named(node, whole), node.child_by_field_name("body")
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

    def method(self, node: Node, parent: int, before: list[Node], **more: Any) -> None:
        """Read a method, a constructor, a getter or a setter; `more` are facts of it."""
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if at is None or at.is_missing:  # the grammar takes a name with a question mark at the end of a line for a field
            return
        facts = self.member_facts(node, before) | more
        name, modifiers = self.name(at), facts["modifiers"]
        kind = "property" if modifiers & {"get", "set"} else "method"
        if name == "constructor" and not modifiers & _NO_CONSTRUCTOR and (node.parent is None or node.parent.type != "object"):
            kind = "constructor"
        role = "declaration" if node.type == "method_signature" else "definition"
        index = self.add(kind, name, node, parent, at=at, role=role, signature=self.head(node, body), **self.callable_facts(node), **facts)
        if kind == "constructor":
            self.parameter_properties(node, parent)
            if body is not None and b"this." in (body.text or b""):
                members = node.parent.named_children if node.parent is not None else []
                declared = {self.text(m.child_by_field_name("property")) for m in members if m.type == "field_definition"}
                self.instance_fields(body, parent, declared)
        if body is not None:
            self.bodies.append((body, Scope(index, "function")))

    def parameter_properties(self, node: Node, parent: int) -> None:
        """Read the parameters of a constructor that are fields; TypeScript has them."""

    def instance_fields(self, body: Node, parent: int, declared: set[str]) -> None:
        """Read ``this.name = value`` among the statements of a constructor: the fields that are not `declared`."""
        stack = [(body, body)]
        while stack:
            node, statement = stack.pop()
            if node.type == "assignment_expression":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                of = left.child_by_field_name("object") if left is not None and left.type == "member_expression" else None
                at = left.child_by_field_name("property") if left is not None and of is not None and of.type == "this" else None
                if at is not None and at.type == "property_identifier" and self.text(at) not in declared:
                    declared.add(self.text(at))
                    value = self.code(right, most=MAX_VALUE) if right is not None else ""
                    doc = self.walk.doc_before(statement) or self.doc_further_up(statement)
                    self.add("field", self.text(at), node, parent, at=at, value=value, modifiers=("instance",),
                             signature=self.code(node, most=MAX_VALUE), **doc)  # fmt: skip
                stack += [(right, right)] if right is not None and right.type == "assignment_expression" else []
            elif node.type in _IN_CONSTRUCTORS:
                stack += [(child, node if node.type == "expression_statement" else child) for child in reversed(node.named_children)]

    def field(self, node: Node, parent: int, decorators: list[Node]) -> None:
        """Read a field of a class."""
        at = node.child_by_field_name("name") or node.child_by_field_name("property")
        if at is None:
            return
        of, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        facts = self.member_facts(node, decorators)
        before, after = at.prev_sibling, at.next_sibling  # ``accessor``, of which the grammar knows nothing, or a name behind it
        if after is not None and after.type == "ERROR" and self.text(at) == "accessor":
            at = after.named_children[0] if after.named_children else at
            facts["modifiers"].add("accessor")
            facts["visibility"] = "private" if at.type == "private_property_identifier" else facts["visibility"]
        elif before is not None and before.type == "ERROR" and self.text(before) == "accessor":
            facts["modifiers"].add("accessor")
        if of is not None:
            facts["type"] = self.code(of).lstrip(": ")
        if value is not None:
            facts["value"] = self.code(value, most=MAX_VALUE)
        self.add("field", self.name(at), node, parent, at=at, signature=self.head(node, None)[:MAX_VALUE], **facts)

    def name(self, node: Node) -> str:
        """A name: quotes around it are not part of it."""
        return string_of(self.walk, node) if node.type == "string" else self.code(node)

    def held(self, value: Node, scope: Scope, /, **facts: Any) -> None:
        """Read the functions and classes that an object holds, by their names; what else it holds are values."""
        while value.type in ("as_expression", "satisfies_expression", "parenthesized_expression") and value.named_children:
            value = value.named_children[0]
        for child in value.named_children if value.type == "object" else ():
            at, what = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "method_definition":
                self.method(child, scope.parent, [], **facts)
            elif at is None or what is None or at.type == "computed_property_name":
                continue
            elif what.type in FUNCTIONS:
                self.function(what, child, scope, at=at, kind="method", **facts)
            elif what.type in CLASSES:
                self.type(what, child, scope, at=at)


def _decorated(node: Node) -> bool:
    return any(c.type == "decorator" for c in node.named_children)


def _named(node: Node, whole: Node) -> Node | None:
    """The name of a function or a class; of one without, the ``default`` by which its declaration, which is `whole`, exports it."""
    return node.child_by_field_name("name") or next((c for c in whole.children if c.type == "default"), None)


def _statement_of(declarator: Node) -> Node:
    """What the comment of the first of several variables stands before: the statement; of any other, the same node."""
    outer = declarator.parent
    if outer is None or outer.named_children[0] != declarator:
        return declarator
    while outer.parent is not None and outer.parent.type in ("export_statement", "ambient_declaration"):
        outer = outer.parent
    return outer
