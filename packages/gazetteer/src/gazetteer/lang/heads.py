"""What walkers of languages with braces and blocks share: heads of declarations, modifiers, the comment that begins a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from ..model import Block
from .base import MAX_SIGNATURE, Walk, cut, last_line, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["below", "file_comment", "first_child", "head", "last_file_line", "lost_type", "of_type"]

#: A comment with one of these says under which terms the file may be used, and nothing of what it is.
_LICENCE = re.compile(r"copyright|licen[cs]ed?\b|SPDX-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)


def of_type(node: Node | None, *types: str) -> list[Node]:
    """The children of `node` that have one of the types."""
    return [] if node is None else [child for child in node.children if child.type in types]


def first_child(node: Node | None, *types: str) -> Node | None:
    """The first child of one of the types."""
    return next((child for child in node.children if child.type in types), None) if node is not None else None


def head(walk: Walk, node: Node, body: Node | None, skipped: Collection[str] = (), most: int = MAX_SIGNATURE) -> str:
    """A declaration on one line, up to its body, without the nodes of the types `skipped` (annotations) that it begins with."""
    text = walk.code(node, body.start_byte if body is not None else 0, start=_begin(node, skipped)).rstrip(";{= ")
    return text if len(text) <= most else cut(text, most)


def _begin(node: Node, skipped: Collection[str]) -> int:
    for child in node.children:
        if child.type in skipped:
            continue
        if child.type == "modifiers":
            inner = next((m for m in child.children if m.type not in skipped), None)
            if inner is None:
                continue
            return inner.start_byte
        return child.start_byte
    return node.start_byte


def below(node: Node, walk: Walk, words: re.Pattern[bytes], wanted: Collection[str], closed: Collection[str] = ()) -> Iterator[Node]:
    """Nodes of the types `wanted` at any depth below `node`, not within each other, nor within nodes of the types `closed`.

    Bodies without any of the `words` are not looked through: most have none.
    """
    if not words.search(walk.original, node.start_byte, node.end_byte):
        return
    stack = [node]
    while stack:
        inner = list[Any]()
        for child in stack.pop().named_children:
            if child.type in wanted:
                yield child
            elif child.type not in closed and child.child_count:
                inner.append(child)
        stack += reversed(inner)


def lost_type(walk: Walk, node: Node, kinds: Collection[str], parent: int) -> int | None:
    """Note a type of which the parser found the head alone, if `node` is the keyword before its name; gives its index, else None.

    What follows in the same error is taken for its members.
    """
    if node.type not in kinds:  # nodes know nothing of what is around them: that takes long in a deep tree
        return None
    around, name = node.parent, node.next_sibling
    if node.is_named or around is None or around.type != "ERROR" or name is None:
        return None
    if name.type not in ("identifier", "type_identifier", "constant", "name") or name.is_missing:
        return None
    lines = Block(name.start_point.row + 1, max(last_line(around), name.start_point.row + 1))
    return walk.add(node.type, walk.text(name), lines, parent, name, signature=one_line(f"{node.type} {walk.text(name)}"))


def last_file_line(walk: Walk) -> int:
    """The number of the last line of the file."""
    return max(walk.original.count(b"\n") + (not walk.original.endswith(b"\n")), 1)


def file_comment(walk: Walk, root: Node, declares: Callable[[Node], bool], before: Collection[str] = ()) -> None:
    """Take the comment that begins the file as its documentation, unless it documents what follows at once or is a licence.

    `declares` says whether a node has documentation of its own; nodes of the types `before` may come before the comment.
    """
    children = [c for c in root.children if c.type not in before]
    groups = list[list[Any]]()
    for child in children:
        if child.type not in walk.comments or (child.start_point.row == 0 and walk.text(child).startswith("#!")):
            if child.type in walk.comments:
                continue
            break
        if groups and child.start_point.row == groups[-1][-1].end_point.row + 1 and walk.text(child)[:2] == walk.text(groups[-1][-1])[:2]:
            groups[-1].append(child)
        else:
            groups.append([child])
    for group in groups:
        after = group[-1].next_sibling
        documents = after is not None and after.start_point.row <= group[-1].end_point.row + 1 and declares(after)
        facts = walk.doc_of(group)
        if not documents and facts and not _LICENCE.search(facts["doc"]):
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
            return
