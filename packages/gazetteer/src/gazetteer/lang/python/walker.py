"""Python: what `ast` says of a file, without running or importing it, also where its syntax is broken.

Attributes that methods set on their first parameter (``self.x = …``) are fields of the class, each once, where they are first set.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...model import Base, Import, ImportedName
from ..base import MAX_DOC, MAX_VALUE, Walk, clean_comment, cut, in_order_of_text, last_line
from .texts import docstring, parameters, visibility

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Statements that hold others; what is defined in them is defined in what is around them.
_BLOCKS = frozenset((
    "block", "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement", "try_statement", "except_clause",
    "except_group_clause", "finally_clause", "with_statement", "match_statement", "case_clause", "module", "ERROR",
))  # fmt: skip
#: Those of them that are not run whenever what is around them is.
_CONDITIONAL = frozenset((
    "if_statement", "elif_clause", "else_clause", "except_clause", "except_group_clause", "case_clause", "while_statement",
))  # fmt: skip
#: Words without which the body of a function has nothing to list.
_BEHIND = re.compile(rb"[ \t]*(#:[^\n]*)")
_TELLING = tuple(re.compile(word + rb"\b(?<!\w" + word + rb")") for word in (b"def", b"class", b"import"))
_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"))
_PROPERTIES = frozenset(("property", "cached_property", "abstractproperty", "setter", "getter", "deleter"))
_MODIFIERS = {
    "staticmethod": "static", "classmethod": "class", "abstractmethod": "abstract", "final": "final", "override": "override",
    "overload": "overload", "abstractclassmethod": "abstract", "abstractstaticmethod": "abstract",
}  # fmt: skip
_PATTERNS = frozenset(("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "parenthesized_expression", "list_splat_pattern"))


class _Scope:
    """Where a statement stands: the symbol around it, what that is, and under which conditions.

    `owner` is the class whose attributes are set through the name `me`, in its methods.
    """

    __slots__ = ("condition", "enum", "inside", "local", "me", "owner", "parent", "type_only")

    def __init__(self, parent: int, inside: str, *, enum: bool = False, local: bool = False, type_only: bool = False, condition: str = "",
                 owner: int = -1, me: bytes = b"") -> None:  # fmt: skip
        self.parent, self.inside, self.enum, self.local, self.type_only = parent, inside, enum, local, type_only
        self.condition, self.owner, self.me = condition, owner, me

    def under(self, *, condition: str = "", type_only: bool | None = None) -> _Scope:
        """The same place below a condition."""
        only = self.type_only if type_only is None else type_only
        joined = " and ".join(filter(None, (self.condition, condition)))
        return _Scope(self.parent, self.inside, enum=self.enum, local=True, type_only=only, condition=joined, owner=self.owner, me=self.me)


def walk(walk: Walk) -> None:
    """Read a module: classes, functions, assignments, imports and docstrings at any depth of statements."""
    _Reader(walk).read()


class _Reader:
    """One module that is being read."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        #: Names that were assigned, with the symbol around them: each is listed once.
        self.assigned: set[tuple[int, str]] = set()
        #: A stack and no recursion: statements may nest deeper than Python's own.
        self.stack: list[tuple[Node, _Scope]] = []
        #: Names in `__slots__`, which are fields unless something says more of them.
        self.slotted: list[tuple[Node, Node, _Scope]] = []
        self.inner: list[tuple[Node, _Scope]] = []
        #: Where words stand that make the inside of a function worth a look; by the name through which attributes are set.
        self.telling: dict[bytes, list[int]] = {b"": sorted(m.start() for word in _TELLING for m in word.finditer(walk.original))}

    def tells(self, node: Node, me: bytes) -> bool:
        """Whether there may be a definition, an import or an attribute that is set in a part of a function."""
        if me not in self.telling:
            name = re.escape(me)  # an expression that begins with a fixed text is searched for much faster
            word = name + rb"(?<!\w" + name + rb")" if me.isascii() else rb"\b" + name
            set_attribute = re.compile(word + rb"\s*\.\s*\w+[\s\\]*(?:[:,)\]]|=(?!=)|in\b)")
            self.telling[me] = [m.start() for m in set_attribute.finditer(self.walk.original)]
        start, end = node.start_byte, node.end_byte
        for name in (b"", me) if me else (b"",):
            places = self.telling[name]
            at = bisect_left(places, start)
            if at < len(places) and places[at] < end:
                return True
        return False

    def read(self) -> None:
        walk = self.walk
        assert walk.tree is not None
        root = walk.tree.root_node
        facts = docstring(walk, root)
        if facts:
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
        self.stack.append((root, _Scope(-1, "module")))
        while self.stack:
            node, scope = self.stack.pop()
            self.inner = []
            self.block(node, scope)
            self.stack += reversed(self.inner)
        for content, string, scope in self.slotted:
            self.variable("field", content, string, scope.parent, None, None, ("slot",))
        in_order_of_text(walk)

    def block(self, node: Node, scope: _Scope) -> None:
        """Read the statements of a block, or the parts of a statement that holds others."""
        kind = node.type
        if kind == "if_statement" and (
            scope.inside != "function" or b"TYPE_CHECKING" in self.walk.original[node.start_byte : node.start_byte + 50]
        ):
            self.branches(node, scope)
            return
        if kind in ("for_statement", "with_statement") and (scope.me or scope.inside == "module"):
            self.targets_of(node, scope)
        if kind in _CONDITIONAL and not scope.local:
            scope = scope.under()
        for child in node.named_children:
            self.statement(child, scope)

    def branches(self, node: Node, scope: _Scope) -> None:
        """Read ``if``, ``elif`` and ``else`` with the condition under which each is run."""
        before = list[str]()
        written = scope.inside != "function"
        for child in node.named_children:
            condition = child.child_by_field_name("condition") if child.type == "elif_clause" else None
            if child.type == "block":
                condition = node.child_by_field_name("condition")
            if condition is not None and scope.inside == "module":
                self.walruses(condition, scope)
            text = self.walk.code(condition, most=MAX_VALUE) if condition is not None else ""
            only = True if text.rsplit(".", 1)[-1] == "TYPE_CHECKING" else None
            if child.type in ("block", "elif_clause", "else_clause"):
                said = " and ".join([f"not ({b})" for b in before] + ([text] if text else [])) if written else ""
                place = scope.under(condition=said, type_only=only)
                body = child if child.type == "block" else child.child_by_field_name("consequence") or child.child_by_field_name("body")
                if body is not None:
                    self.inner.append((body, place))
            elif child.type == "ERROR":
                self.inner.append((child, scope.under()))
            if text:
                before.append(text)

    def statement(self, node: Node, scope: _Scope, decorators: list[Node] | None = None) -> None:
        kind = node.type
        if kind == "expression_statement":
            if scope.inside != "function" or scope.me:
                self.expression(node, scope)
        elif kind == "function_definition":
            self.function(node, scope, decorators or [])
        elif kind == "class_definition":
            self.type(node, scope, decorators or [])
        elif kind == "decorated_definition":
            definition = node.child_by_field_name("definition")
            if definition is not None:
                self.statement(definition, scope, [c for c in node.named_children if c.type == "decorator"])
        elif kind in ("import_statement", "import_from_statement", "future_import_statement"):
            self.imports(node, scope)
        elif kind == "type_alias_statement":
            self.alias(node, scope)
        elif kind in _BLOCKS and (scope.inside != "function" or self.tells(node, scope.me)):
            self.inner.append((node, scope))

    def function(self, node: Node, scope: _Scope, decorators: list[Node]) -> None:
        walk, at, body = self.walk, node.child_by_field_name("name"), node.child_by_field_name("body")
        name = walk.text(at)
        written = self.decorators(decorators)
        modifiers = {"async"} if walk.original.startswith(b"async", node.start_byte) else set[str]()
        kind = "function"
        if scope.inside == "class":
            kind = "constructor" if name == "__init__" else "method"
        for decorator in written:
            last = decorator.split("(")[0].rsplit(".", 1)[-1].strip()
            if last in _PROPERTIES and scope.inside == "class":
                kind = "property"
                modifiers |= {last} & {"setter", "getter", "deleter"}
            elif last in _MODIFIERS:
                modifiers.add(_MODIFIERS[last])
        found = parameters(walk, node.child_by_field_name("parameters"))
        returns = node.child_by_field_name("return_type")
        index = walk.add(
            kind, name, node, scope.parent, at=at, signature=self.head(node, body), visibility=visibility(name),
            modifiers=tuple(sorted(modifiers)), type=walk.code(returns) if returns is not None else "", parameters=found,
            decorators=written, condition=scope.condition, **self.more(node, decorators, at), **docstring(walk, body),
        )  # fmt: skip
        if body is None:
            return
        owner, me = -1, b""
        if scope.inside == "class" and found and found[0].kind in ("", "positional") and "static" not in modifiers and name != "__new__":
            owner, me = scope.parent, found[0].name.encode() if "class" not in modifiers else b""
        if self.tells(body, me):
            self.inner.append((body, _Scope(index, "function", local=True, type_only=scope.type_only, owner=owner, me=me)))

    def type(self, node: Node, scope: _Scope, decorators: list[Node]) -> None:
        walk, at, body = self.walk, node.child_by_field_name("name"), node.child_by_field_name("body")
        arguments, bases = node.child_by_field_name("superclasses"), list[Base]()
        for argument in arguments.named_children if arguments is not None else ():
            if argument.type == "keyword_argument":
                value = argument.child_by_field_name("value")
                bases.append(Base(walk.code(value) if value else "", walk.text(argument.child_by_field_name("name"))))
            elif argument.type != "comment":
                bases.append(Base(walk.code(argument)))
        last = {b.name.split("[")[0].rsplit(".", 1)[-1] for b in bases if not b.how}
        enum, name = bool(last & _ENUMS), walk.text(at)
        index = walk.add(
            "enum" if enum else "protocol" if "Protocol" in last else "class", name, node, scope.parent, at=at,
            signature=self.head(node, body), visibility=visibility(name), bases=tuple(bases), decorators=self.decorators(decorators),
            condition=scope.condition, **self.more(node, decorators, at), **docstring(walk, body),
        )  # fmt: skip
        if body is not None:
            self.inner.append((body, _Scope(index, "class", enum=enum, local=scope.local, type_only=scope.type_only)))

    def decorators(self, nodes: list[Node]) -> tuple[str, ...]:
        return tuple(self.walk.code(c) for node in nodes for c in node.named_children if c.type != "comment")

    def head(self, node: Node, body: Node | None) -> str:
        end = body.start_byte if body is not None else node.end_byte
        if self.walk.original.find(b"#", node.start_byte, end) < 0:
            return self.walk.code(node, end).rstrip(" :")
        colon = next((c for c in reversed(node.children) if c.type == ":"), None)
        return self.walk.code(node, min(end, colon.start_byte) if colon is not None else end).rstrip(" :")

    def more(self, node: Node, decorators: list[Node], at: Node | None) -> dict[str, Any]:
        facts: dict[str, Any] = {"end_line": self.end_of(node)}
        types = node.child_by_field_name("type_parameters")
        if types is not None:
            facts["type_parameters"] = self.walk.code(types)
        first = (decorators[0] if decorators else node).start_point.row
        if at is not None and first < at.start_point.row:
            facts["first_line"] = first + 1
        return facts

    def end_of(self, node: Node) -> int:
        """The line on which the last statement of a definition ends; comments behind it do not belong to it."""
        end, text = node.end_byte, self.walk.original
        if text.find(b"#", text.rfind(b"\n", node.start_byte, end - 1) + 1, end) < 0:
            return last_line(node)
        while True:
            last = next((c for c in reversed(node.children) if c.type != "comment"), None)
            if last is None:
                return last_line(node)
            node = last

    def expression(self, node: Node, scope: _Scope) -> None:
        for child in node.named_children:
            if child.type == "assignment":
                self.assignment(child, node, scope)
            elif scope.inside == "module" and child.type == "named_expression":
                self.walruses(child, scope)

    def assignment(self, node: Node, statement: Node, scope: _Scope) -> None:
        """Read the targets of ``a = b = value``."""
        targets, of = [node.child_by_field_name("left")], node.child_by_field_name("type")
        right = node.child_by_field_name("right")
        while right is not None and right.type == "assignment":
            targets.append(right.child_by_field_name("left"))
            right = right.child_by_field_name("right")
        if scope.inside == "class" and right is not None and any(self.walk.text(t) == "__slots__" for t in targets):
            self.slots(right, scope)
        for target in targets:
            if target is not None:
                self.target(target, statement, scope, of=of, value=None if target.type in _PATTERNS else right)

    def target(self, target: Node, statement: Node, scope: _Scope, *, of: Node | None = None, value: Node | None = None) -> None:
        """Note what an assignment, a loop or a ``with`` gives a value to."""
        for each in _flat(target) if target.type in _PATTERNS else (target,):
            if each.type == "identifier":
                if scope.inside != "function":
                    self.name(each, statement, scope, of, value)
            elif each.type == "attribute" and scope.me:
                if not self.walk.original.startswith(scope.me, each.start_byte):
                    continue
                whose, at = each.child_by_field_name("object"), each.child_by_field_name("attribute")
                if (
                    at is not None
                    and whose is not None
                    and whose.type == "identifier"
                    and whose.end_byte - whose.start_byte == len(scope.me)
                ):
                    self.variable("field", at, statement, scope.owner, of, value, ("instance",))

    def name(self, at: Node, statement: Node, scope: _Scope, of: Node | None, value: Node | None) -> None:
        """Note a field of a class, a member of an enum, or a constant or variable of the module."""
        name = self.walk.text(at)
        if scope.inside == "class":
            member = scope.enum and (of is None or value is not None) and not name.startswith("_")
            kind = "enum_member" if member else "field"
        else:
            annotated = self.walk.text(of)
            kind = "type_alias" if annotated.endswith("TypeAlias") else "constant" if name.isupper() or "Final" in annotated else "variable"
        self.variable(kind, at, statement, scope.parent, of, value, condition=scope.condition)

    def variable(self, kind: str, at: Node, statement: Node, parent: int, of: Node | None, value: Node | None,
                 modifiers: tuple[str, ...] = (), condition: str = "") -> None:  # fmt: skip
        walk = self.walk
        name = walk.text(at)
        if (parent, name) in self.assigned:
            return
        self.assigned.add((parent, name))
        facts: dict[str, Any] = {"condition": condition} if condition else {}
        if of is not None:
            facts["type"] = walk.code(of)
        if value is not None:
            facts["value"] = walk.code(value, most=MAX_VALUE)
        walk.add(kind, name, statement, parent, at=at, signature=walk.code(statement, most=MAX_VALUE), visibility=visibility(name),
                 modifiers=modifiers, **facts, **self.comment(statement))  # fmt: skip

    def comment(self, statement: Node) -> dict[str, Any]:
        """The ``#:`` lines before a statement, else a ``#:`` behind it. The grammar has what is above a body outside of it."""
        text, row = self.walk.original, statement.start_point.row
        lines, end = list[bytes](), text.rfind(b"\n", 0, statement.start_byte)
        while end > 0 and (line := text[text.rfind(b"\n", 0, end) + 1 : end].strip()).startswith(b"#:"):
            lines.append(line)
            end = text.rfind(b"\n", 0, end)
        first, last = row - len(lines) + 1, row
        if not lines:
            match = _BEHIND.match(text, statement.end_byte)
            if match is None:
                return {}
            lines, first = [match[1].rstrip()], statement.end_point.row + 1
            last = first
        words = clean_comment(b"\n".join(lines[::-1]).decode("utf-8", "backslashreplace"))
        return {"doc": cut(words, MAX_DOC), "doc_line": first, "doc_end": last} if words else {}

    def targets_of(self, node: Node, scope: _Scope) -> None:
        """Read the targets of ``for … in`` and ``with … as``, which may be attributes."""
        if node.type == "for_statement":
            left = node.child_by_field_name("left")
            if left is not None and scope.me:
                self.target(left, left, scope)
            return
        clause = next((c for c in node.named_children if c.type == "with_clause"), None)
        found = [clause] if clause is not None and scope.me else []
        while found:
            each = found.pop()
            if each.type == "as_pattern_target" and each.named_children:
                self.target(each.named_children[0], each, scope)
            elif each.type in ("with_clause", "with_item", "as_pattern", "parenthesized_expression", "tuple"):
                found += reversed(each.named_children)

    def walruses(self, node: Node, scope: _Scope) -> None:
        """Read ``:=`` in an expression of the module, but not in what has a scope of its own."""
        if b":=" not in self.walk.original[node.start_byte : node.end_byte]:
            return
        found = [node]
        while found:
            each = found.pop()
            at = each.child_by_field_name("name") if each.type == "named_expression" else None
            if at is not None:
                self.name(at, each, scope, None, each.child_by_field_name("value"))
            if each.type != "lambda":
                found += reversed(each.named_children)

    def slots(self, node: Node, scope: _Scope) -> None:
        """Read the names of ``__slots__``, where they are written out."""
        written = [node] if node.type == "string" else node.named_children if node.type in ("tuple", "list", "set", "dictionary") else []
        for each in written:
            string = each.child_by_field_name("key") if each.type == "pair" else each
            content = next((c for c in string.named_children if c.type == "string_content"), None) if string is not None else None
            if string is not None and string.type == "string" and content is not None and self.walk.text(content).isidentifier():
                self.slotted.append((content, string, scope))

    def alias(self, node: Node, scope: _Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        at = left
        while at is not None and at.type != "identifier" and at.named_children:
            at = at.named_children[0]
        if at is None or scope.inside == "function":
            return
        name = self.walk.text(at)
        self.walk.add("type_alias", name, node, scope.parent, at=at, signature=self.walk.code(node), visibility=visibility(name),
                      type=self.walk.code(right) if right is not None else "", condition=scope.condition)  # fmt: skip

    def imports(self, node: Node, scope: _Scope) -> None:
        line, end = node.start_point.row + 1, node.end_point.row + 1
        facts: dict[str, Any] = {"end_line": end, "local": scope.local, "type_only": scope.type_only, "condition": scope.condition}
        walk = self.walk
        if node.type == "import_statement":
            for name in node.children_by_field_name("name"):
                target, alias = self.aliased(name)
                walk.imports.append(Import("import", target, line, alias=alias, **facts))
            return
        module = node.child_by_field_name("module_name")
        target = "__future__" if node.type == "future_import_statement" else _joined(walk.code(module) if module is not None else "")
        level = len(target) - len(target.lstrip("."))
        names = tuple(ImportedName(*self.aliased(name)) for name in node.children_by_field_name("name"))
        if any(child.type == "wildcard_import" for child in node.named_children):
            names = (ImportedName("*"),)
        walk.imports.append(Import("from", target[level:], line, names=names, level=level, **facts))

    def aliased(self, node: Node) -> tuple[str, str]:
        if node.type == "aliased_import":
            name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
            return _joined(self.walk.text(name)), self.walk.text(alias)
        return _joined(self.walk.text(node)), ""


def _joined(dotted: str) -> str:
    """A dotted name without the spaces and the broken lines that may stand in it."""
    return "".join(dotted.replace("\\", " ").split())


def _flat(target: Node) -> Iterator[Node]:
    """The targets in a pattern, in order."""
    stack = [target]
    while stack:
        node = stack.pop()
        if node.type in _PATTERNS or node.type == "list_splat":
            stack += reversed(node.named_children)
        else:
            yield node
