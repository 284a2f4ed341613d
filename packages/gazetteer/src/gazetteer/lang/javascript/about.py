"""The comment at the top of a file of JavaScript or TypeScript, if it is about the file and not about its first declaration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..base import Walk

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["DIRECTIVES", "file_comment"]

_ABOUT_FILE = re.compile(r"@(?:fileoverview|file|module|packageDocumentation)\b")
_NOT_ABOUT_FILE = re.compile(r"copyright|licen[sc]e|eslint|jshint|@ts-|@flow|prettier|istanbul|global\b|-\*-", re.IGNORECASE)
#: A comment that tells something to a checker, a formatter or what counts what tests reach, and nothing to readers.
DIRECTIVES = re.compile(
    r"(?://|/\*+)\s*(?:eslint(?:-(?:disable|enable|env)\S*)?|[jt]s(?:hint|lint|cs)|tslint|@ts-(?:ignore|expect-error|check|nocheck)|prettier-ignore"
    r"|(?:istanbul|c8|v8)\s+ignore|biome-ignore|deno-\w+-ignore|[@#]__\w+__|#(?:end)?region)(?![\w-])"
)
#: ``/// <reference path="…" />``, ``//= require a``
_REFERENCE = re.compile(r"///\s*<|//=")
#: A statement that was taken out; more than one word.
_TAKEN_OUT, _WORDS = (
    re.compile(r"[;{}(\[]\s*(?:\n|\Z)|\bimport\b.*['\"]|\brequire\("),
    re.compile(r"[^\W\d_]{2,}.*\s[^\W\d_]{2,}", re.DOTALL),
)


def file_comment(walk: Walk, root: Node) -> None:
    """Take the first comment that says something of the file as its documentation."""
    for group in _groups(walk, root):
        text = "\n".join(map(walk.text, group))
        if not _ABOUT_FILE.search(text) and (_NOT_ABOUT_FILE.search(text) or not _is_alone(walk, group, text)):
            continue
        facts = walk.doc_of(group)
        if facts and (text.startswith("/*") or (_WORDS.search(facts["doc"]) and not _TAKEN_OUT.search(facts["doc"]))):
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
            return


def _groups(walk: Walk, root: Node) -> Iterator[list[Node]]:
    """The comments before the first statement; such of one line that stand below each other are one."""
    group = list[Any]()
    for node in root.named_children:
        if node.type == "hash_bang_line":
            continue
        if node.type != "comment":
            break
        text = walk.text(node)
        if _REFERENCE.match(text) or DIRECTIVES.match(text):
            continue
        if group and not (text.startswith("//") and _is_below(group[-1], node) and walk.text(group[-1]).startswith("//")):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _is_below(above: Node, node: Node) -> bool:
    """Whether no blank line is between two nodes."""
    return node.start_point.row <= above.end_point.row + 1


def _is_alone(walk: Walk, group: list[Node], text: str) -> bool:
    """Whether a comment stands on its own, or before imports."""
    last, after = group[-1], group[-1].next_named_sibling
    while after is not None and after.type == "comment" and _is_below(last, after):
        if not (text.startswith("/**") and walk.text(after).startswith("//")) and not _REFERENCE.match(walk.text(after)):
            break
        last, after = after, after.next_named_sibling  # remarks between documentation and what that is of
    if after is None or not _is_below(last, after) or after.type == "import_statement":
        return True
    if after.type == "comment":
        return text.startswith("/*") or not walk.text(after).startswith("/*")
    return "require(" in walk.text(after).partition("\n")[0] or walk.text(after).strip("'\";") == "use strict"
