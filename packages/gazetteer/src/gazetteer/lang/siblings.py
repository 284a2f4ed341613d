"""What stands before a node, or behind it, one after the other, however many there are.

A node asks its tree for the one beside it. The tree looks for that from the other end where nodes are comments, which takes the square of
their number in a run of them; a cursor goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Node, TreeCursor

__all__ = ["nodes_before", "nodes_behind"]

#: So many are asked for one by one: hardly anyone asks for more.
_FEW = 200
#: So many bytes further up are looked at next, and then twice as many each time.
_BYTES = 8_192


def nodes_behind(node: Node) -> Iterator[Node]:
    """The siblings behind a node, the nearest first."""
    last = node
    for _ in range(_FEW):
        after = last.next_sibling
        if after is None:
            return
        yield after
        last = after
    cursor = _at(last, last.start_byte)
    while cursor is not None and cursor.node != last:
        cursor = cursor if cursor.goto_next_sibling() else None
    while cursor is not None and cursor.goto_next_sibling() and cursor.node is not None:
        yield cursor.node


def nodes_before(node: Node) -> Iterator[Node]:
    """The siblings before a node, the nearest first."""
    first = node
    for _ in range(_FEW):
        above = first.prev_sibling
        if above is None:
            return
        yield above
        first = above
    size, around = _BYTES, first.parent
    while around is not None and first.start_byte > around.start_byte:
        part, cursor = list[Any](), _at(first, max(first.start_byte - size, around.start_byte))
        while cursor is not None and cursor.node is not None and cursor.node != first:
            part.append(cursor.node)
            cursor = cursor if cursor.goto_next_sibling() else None
        if not part:
            return
        yield from reversed(part)
        first, size = part[0], 2 * size


def _at(node: Node, offset: int) -> TreeCursor | None:
    """A cursor at the first sibling of a node that ends behind an offset."""
    around = node.parent
    cursor = around.walk() if around is not None else None
    return cursor if cursor is not None and cursor.goto_first_child_for_byte(offset) is not None else None
