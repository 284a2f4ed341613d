"""What the grammar reads as something else: pointers and functions as calls, names as types, friends as members, tags as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...parses import parse_parts
from ..base import MAX_VALUE, Walk, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["base_of", "befriends", "called_pointer", "declared_alone", "read_text", "tags_of", "without_directives", "without_type"]

_BASE = re.compile(rb"enum\s*:([^{]*)")
#: What the type may be that the function gives which a variable points to.
_OF_POINTERS = ("identifier", "qualified_identifier", "primitive_type")
_FRIEND = re.compile(rb"\bfriend\b")
_TAG = re.compile(rb"[<,]\s*(?:struct|class)\s+\w+\s*[,>]")


def called_pointer(walk: Walk, statement: Node) -> tuple[Node, dict[str, str]] | None:
    """Of ``T (*f)(int) = g;``, which is read as calls, the name, and type and value; None for any other statement."""
    node = next(iter(statement.named_children), None)
    value = node.child_by_field_name("right") if node is not None and node.type == "assignment_expression" else None
    outer = node.child_by_field_name("left") if node is not None and value is not None else node
    inner = outer.child_by_field_name("function") if outer is not None and outer.type == "call_expression" else None
    given = inner.child_by_field_name("arguments") if inner is not None and inner.type == "call_expression" else None
    of = inner.child_by_field_name("function") if inner is not None and given is not None else None
    if of is None or given is None or of.type not in _OF_POINTERS or len(given.named_children) != 1:
        return None
    name: Node | None = given.named_children[0]
    if name is None or name.type != "pointer_expression" or name.children[0].type != "*":
        return None
    while name is not None and name.type in ("pointer_expression", "subscript_expression"):  # T (*f[3])(int)
        name = name.child_by_field_name("argument")
    if name is None or name.type != "identifier" or outer is None:
        return None
    before = "".join(walk.slice(of.end_byte, name.start_byte).split())
    of_type = f"{walk.text(of)}{before}{one_line(walk.slice(name.end_byte, outer.end_byte))}"
    return name, {"type": of_type, "value": one_line(walk.text(value), MAX_VALUE)}


def declared_alone(walk: Walk, statement: Node) -> list[Node]:
    """Of ``A *f(int (*g)(B *));`` within braces, which is read as an expression there, the declaration that it is; none of any other."""
    node = next(iter(statement.named_children), None)
    called = node.child_by_field_name("right") if node is not None and node.type == "binary_expression" else None
    name = called.child_by_field_name("function") if called is not None and called.type == "call_expression" else None
    if name is None or name.type != "identifier":
        return []
    tree = parse_parts(walk.read, walk.language, [statement], inset=0)
    return [child for child in tree.root_node.children if child.type == "declaration"]


def without_type(walk: Walk, function: Node) -> Node | None:
    """Of ``static f(a) { … }`` in C, whose name is read as its type, the name; None of any other function."""
    declarator, name = function.child_by_field_name("declarator"), function.child_by_field_name("type")
    enclosed = declarator is not None and declarator.type == "parenthesized_declarator"
    return name if enclosed and name is not None and name.type == "type_identifier" and walk.language == "c" else None


def base_of(walk: Walk, start: int, brace: int) -> str:
    """The type behind the colon of ``enum : int { … }``, an enumeration without a name, whose base the grammar does not know."""
    match = _BASE.fullmatch(walk.original, start, brace)
    return one_line(match[1].decode("utf-8", "backslashreplace")) if match is not None else ""


def befriends(walk: Walk, node: Node, declarator: Node | None) -> bool:
    """Whether ``friend`` stands behind an attribute, where the grammar does not see it."""
    end = declarator.start_byte if declarator is not None else node.start_byte
    return _FRIEND.search(walk.original, node.start_byte, end) is not None


def without_directives(text: str, read: str) -> str:
    r"""A text without directives and what stands in branches that were blanked, by what of it was read; the same if it has no directives.

    Examples
    --------
    >>> without_directives("int f(int a,\n#else\nlong f(long a,\n#endif\n  int b)", "int f(int a,\n     \n              \n      \n  int b)")
    'int f(int a,\n  int b)'
    """
    lines = text.split("\n")
    if not any(line.lstrip().startswith("#") for line in lines):
        return text
    pairs = zip(lines, read.split("\n"), strict=False)
    return "\n".join([line for line, shown in pairs if shown.strip() and not shown.lstrip().startswith("#")])


def read_text(walk: Walk, start: int, end: int) -> str:
    """The text between two offsets, but for directives and branches that were not read."""
    text = walk.slice(start, end)
    if "\n" in text and "#" in text:
        return without_directives(text, walk.read[start:end].decode("utf-8", "backslashreplace"))
    return text


def tags_of(walk: Walk, node: Node) -> Iterator[Node]:
    """The types that template arguments of an alias name with their keyword: ``using A = Strong<int, struct Tag>;``."""
    if _TAG.search(walk.original, node.start_byte, node.end_byte) is None:
        return
    stack = [node]
    while stack:
        each = stack.pop()
        if each.type in ("struct_specifier", "class_specifier") and each.parent is not None and each.parent.type == "type_descriptor":
            yield each
        stack += reversed(each.named_children)
