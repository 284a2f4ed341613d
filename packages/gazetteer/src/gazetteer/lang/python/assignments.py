"""What statements of Python give values to: fields of classes and of their instances, members of enums, variables of modules."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...model import Symbol
from ..base import MAX_DOC, MAX_VALUE, Walk, cut
from ..commented import clean_comment
from . import quick
from .texts import visibility

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Assignments", "Scope"]

_ONE = re.compile(r"[(\s]*[\w.]+[)\s]*\Z")
_BEHIND = re.compile(rb"[ \t]*(#:[^\n]*)")
_PATTERNS = frozenset(("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "parenthesized_expression", "list_splat_pattern"))


class Scope:
    """Where a statement stands: the symbol around it, what that is, and under which conditions.

    `owner` is the class whose attributes are set through the name `me`, in its methods.
    """

    __slots__ = ("condition", "enum", "inside", "local", "me", "owner", "parent", "type_only")

    def __init__(self, parent: int, inside: str, *, enum: bool = False, local: bool = False, type_only: bool = False, condition: str = "",
                 owner: int = -1, me: bytes = b"") -> None:  # fmt: skip
        self.parent, self.inside, self.enum, self.local, self.type_only = parent, inside, enum, local, type_only
        self.condition, self.owner, self.me = condition, owner, me

    def under(self, *, condition: str = "", type_only: bool | None = None) -> Scope:
        """The same place below a condition; of very many around that, the inner ones are said."""
        only = self.type_only if type_only is None else type_only
        around = self.condition if len(self.condition) <= MAX_DOC else ""
        joined = " and ".join(filter(None, (around, condition)))
        return Scope(self.parent, self.inside, enum=self.enum, local=True, type_only=only, condition=joined, owner=self.owner, me=self.me)


class Assignments:
    """What is read of the assignments of one module.

    Parameters
    ----------
    walk : Walk
        Takes what is found.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        assert walk.tree is not None
        #: The text, one character for each byte, where what is of everyday form may be read from that; else an empty one.
        self.plain = "" if walk.tree.root_node.has_error else walk.original.decode("latin-1")
        self.has_remarks = b"#:" in walk.original
        #: Names that were assigned, with the symbol around them: each is listed once, where the text has it first. Blocks within a
        #: block are read after it, so that may be found later.
        self.assigned: dict[tuple[int, str], int] = {}
        #: Names in `__slots__`, which are fields unless something says more of them.
        self.slotted: list[tuple[Node, Node, Scope]] = []

    def expression(self, node: Node, scope: Scope) -> None:
        """Read a statement that is an expression, which assignments are."""
        if self.plain and self.quick_assignment(node.start_byte, node.end_byte, scope):
            return
        for child in node.named_children:
            if child.type == "assignment":
                self.assignment(child, node, scope)
            elif scope.inside == "module":
                self.walruses(child, scope)

    def quick_assignment(self, start: int, end: int, scope: Scope) -> bool:
        """Read a statement that gives one name a value, or is none that gives any; False where it is neither."""
        found = quick.assigned(self.plain, start, end)
        if found is None:  # nor is it one with `:=`
            plain = self.plain
            return plain.startswith(('"', "'"), start) or (plain.find("=", start, end) < 0 and plain.find(":", start, end) < 0)
        is_attribute = bool(found.of)
        if is_attribute != (scope.inside == "function") or (is_attribute and found.of.encode() != scope.me):
            return True
        if found.name == "__slots__":
            return False
        parent, name, lines = scope.owner if is_attribute else scope.parent, found.name, self.walk.lines()
        line = bisect_right(lines, start) + 1
        if self.is_known(parent, name, line, is_attribute):
            return True
        signature, value = self.code(start, end), self.code(found.value, end)
        if signature is None or value is None:
            return False
        kind = "field" if is_attribute else self.sort_of_name(name, scope, found.type, bool(value))
        index = self.walk.note(Symbol(
            kind, name, line, bisect_right(lines, end - 1) + 1, parent, 0, "", "definition", signature,
            visibility=visibility(name), modifiers=("instance",) if is_attribute else (), type=found.type, value=value,
            condition="" if is_attribute else scope.condition, **(self.comment(start, end) if self.has_remarks else {}),
        ))  # fmt: skip
        self.remember(index, name)
        return True

    def is_known(self, parent: int, name: str, line: int, is_attribute: bool) -> bool:
        """Whether a name was assigned on a line or before it; if one of class and instance has it, the other does not count."""
        index = self.assigned.get((parent, name))
        if index is None:
            return False
        known = self.walk.symbols[index]
        return known.line <= line or ("instance" in known.modifiers) != is_attribute

    def remember(self, index: int, name: str) -> None:
        """Keep the last symbol as that of its name, in the place of one that stands further down."""
        symbols = self.walk.symbols
        before = self.assigned.setdefault((symbols[index].parent, name), index)
        if before != index:
            symbols[before] = symbols.pop()

    def code(self, start: int, end: int) -> str | None:
        """What stands between two offsets on one line, cut; None where nodes are needed to say that."""
        if end - start > 4 * MAX_VALUE:
            text = quick.on_one_line(self.walk.slice(start, start + 4 * MAX_VALUE).strip())
            return cut(text, MAX_VALUE) if text is not None and len(text) > MAX_VALUE else None
        text = quick.on_one_line(self.walk.slice(start, end).strip())
        return cut(text, MAX_VALUE) if text is not None else None

    def assignment(self, node: Node, statement: Node, scope: Scope) -> None:
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
                # Several names have none of their own; a name in parentheses is one.
                value = None if target.type in _PATTERNS and _ONE.match(self.walk.text(target)) is None else right
                self.target(target, statement, scope, of=of, value=value)

    def target(self, target: Node, statement: Node, scope: Scope, *, of: Node | None = None, value: Node | None = None) -> None:
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

    def name(self, at: Node, statement: Node, scope: Scope, of: Node | None, value: Node | None) -> None:
        """Note a field of a class, a member of an enum, or a constant or variable of the module."""
        kind = self.sort_of_name(self.walk.text(at), scope, self.walk.text(of), value is not None)
        self.variable(kind, at, statement, scope.parent, of, value, condition=scope.condition)

    def sort_of_name(self, name: str, scope: Scope, annotated: str, has_value: bool) -> str:
        """What a name is that is assigned to in a class or the module."""
        if scope.inside == "class":
            return "enum_member" if scope.enum and (not annotated or has_value) and not name.startswith("_") else "field"
        return "type_alias" if annotated.endswith("TypeAlias") else "constant" if name.isupper() or "Final" in annotated else "variable"

    def variable(self, kind: str, at: Node, statement: Node, parent: int, of: Node | None, value: Node | None,
                 modifiers: tuple[str, ...] = (), condition: str = "") -> None:  # fmt: skip
        """Note a field or a variable, unless it is known."""
        walk = self.walk
        name = walk.text(at)
        if self.is_known(parent, name, walk.line_of(at.start_byte), "instance" in modifiers):
            return
        facts: dict[str, Any] = {"condition": condition} if condition else {}
        if of is not None:
            facts["type"] = walk.code(of)
        if value is not None:
            facts["value"] = walk.code(value, most=MAX_VALUE)
        index = walk.add(
            kind, name, statement, parent, at=at, signature=walk.code(statement, most=MAX_VALUE), visibility=visibility(name),
            modifiers=modifiers, **facts, **self.comment(statement.start_byte, statement.end_byte),
        )  # fmt: skip
        self.remember(index, name)

    def comment(self, start: int, behind: int) -> dict[str, Any]:
        """The ``#:`` lines before a statement, else a ``#:`` behind it. The grammar has what is above a body outside of it."""
        if not self.has_remarks:
            return {}
        text, row = self.walk.original, self.walk.line_of(start) - 1
        lines, end = list[bytes](), text.rfind(b"\n", 0, start)
        while end > 0 and (line := text[text.rfind(b"\n", 0, end) + 1 : end].strip()).startswith(b"#:"):
            lines.append(line)
            end = text.rfind(b"\n", 0, end)
        first, last = row - len(lines) + 1, row
        if not lines:
            match = _BEHIND.match(text, behind)
            if match is None:
                return {}
            lines, first = [match[1].rstrip()], self.walk.line_of(behind)
            last = first
        words = clean_comment(b"\n".join(lines[::-1]).decode("utf-8", "backslashreplace"))
        return {"doc": cut(words, MAX_DOC), "doc_line": first, "doc_end": last} if words else {}

    def targets_of(self, node: Node, scope: Scope) -> None:
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

    def walruses(self, node: Node, scope: Scope) -> None:
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

    def slots(self, node: Node, scope: Scope) -> None:
        """Read the names of ``__slots__``, where they are written out."""
        written = [node] if node.type == "string" else node.named_children if node.type in ("tuple", "list", "set", "dictionary") else []
        for each in written:
            string = each.child_by_field_name("key") if each.type == "pair" else each
            content = next((c for c in string.named_children if c.type == "string_content"), None) if string is not None else None
            if string is not None and string.type == "string" and content is not None and self.walk.text(content).isidentifier():
                self.slotted.append((content, string, scope))


def _flat(target: Node) -> Iterator[Node]:
    """The targets in a pattern, in order."""
    stack = [target]
    while stack:
        node = stack.pop()
        if node.type in _PATTERNS or node.type == "list_splat":
            stack += reversed(node.named_children)
        else:
            yield node
