"""Parameters of functions of JavaScript and TypeScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model import Parameter
from ..base import MAX_VALUE, Walk

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["parameters"]


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
    name = walk.code(pattern).removeprefix("...") + ("?" if node.type == "optional_parameter" else "")
    return Parameter(
        name, walk.code(of).lstrip(": ") if of is not None else "", walk.code(default, most=MAX_VALUE) if default is not None else "", kind
    )
