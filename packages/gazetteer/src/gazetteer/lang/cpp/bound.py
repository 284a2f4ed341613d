"""What C++ declares in few places: names for the parts of a value, and friends that are nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Walk
from .declarators import Declared, Head, declared, head_of, modifiers_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["bound_by", "defaulted", "type_of_bound"]

_BOUND = "structured_binding_declarator"


def bound_by(declarator: Node) -> list[Node]:
    """The names of ``[a, b]``, which stands alone or behind ``&``; none of any other declarator."""
    if declarator.type == "reference_declarator":
        declarator = declarator.named_children[-1]
    return [name for name in declarator.named_children if name.type == "identifier"] if declarator.type == _BOUND else []


def type_of_bound(walk: Walk, head: Head, found: Declared) -> str:
    """What stands before the names of ``auto& [a, b]``."""
    return " ".join(head.words) + walk.text(found.declarator).partition("[")[0].strip()


def defaulted(walk: Walk, node: Node) -> tuple[Declared, Head, set[str]] | None:
    """Of ``friend bool operator==(const A&, const A&) = default;``, which nothing else declares, what it declares."""
    found = declared(walk, node.child_by_field_name("declarator"))
    if found is None or found.function is None:
        return None
    head = head_of(walk, node, node.child_by_field_name("type"))
    modifiers = modifiers_of(walk, node, head, found)
    return (found, head, modifiers | {"friend"}) if "default" in modifiers else None
