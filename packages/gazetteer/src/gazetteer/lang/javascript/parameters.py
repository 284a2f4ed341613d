"""Parameters of functions, and names that patterns bind, in JavaScript and TypeScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model import Parameter
from ..base import MAX_VALUE, Walk

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["names_in", "parameters"]


def parameters(walk: Walk, node: Node) -> tuple[Parameter, ...]:
    """The parameters of a function; one that is a pattern has its text as name."""
    single = node.child_by_field_name("parameter")  # x => …
    if single is not None:
        return (Parameter(walk.text(single)),)
    listed = node.child_by_field_name("parameters")
    return tuple(
        _one(walk, child) for child in (listed.named_children if listed is not None else ()) if child.type not in ("comment", "ERROR")
    )


def _one(walk: Walk, node: Node) -> Parameter:
    of, default, pattern = node.child_by_field_name("type"), node.child_by_field_name("value"), node
    if node.type in ("required_parameter", "optional_parameter"):
        pattern = node.child_by_field_name("pattern") or node
    elif node.type == "assignment_pattern":
        pattern, default = node.child_by_field_name("left") or node, node.child_by_field_name("right")
    kind = "variadic" if pattern.type == "rest_pattern" else ""
    name = walk.code(pattern).removeprefix("...").strip() + ("?" if node.type == "optional_parameter" else "")
    return Parameter(
        name, walk.code(of).lstrip(": ") if of is not None else "", walk.code(default, most=MAX_VALUE) if default is not None else "", kind
    )


def names_in(pattern: Node) -> list[Node]:
    """The names that a pattern binds, in order."""
    found: list[Node] = []
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            found.append(node)
        elif node.type in ("object_pattern", "array_pattern", "rest_pattern"):
            stack += reversed(node.named_children)
        elif node.type == "pair_pattern":
            stack += [v for v in [node.child_by_field_name("value")] if v is not None]
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            stack += [v for v in [node.child_by_field_name("left")] if v is not None]
    return found
