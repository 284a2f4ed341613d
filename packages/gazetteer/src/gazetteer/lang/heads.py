"""What walkers of languages with braces and blocks share: heads of declarations, modifiers, the comment that begins a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Any

from ..model import Block
from .base import DOCUMENTS, MAX_SIGNATURE, Walk, cut, last_line, one_line
from .siblings import nodes_before

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = [
    "LICENCE", "below", "doc_comment", "file_comment", "first_child", "head", "last_file_line", "lost_type", "of_type",
    "told", "with_next",
]  # fmt: skip

#: A comment with one of these says under which terms the file may be used, and nothing of what it is.
#: So much before a declaration is looked at for what was blanked; a comment on one line, and nothing but annotations behind it.
_NEAR, _BEFORE = 400, re.compile(rb"(/\*(?>(?:[^*\n]|\*(?!/))*)\*/)[^\n;{}#/]*(?:\n[^\n;{}#/]*)?\Z")
LICENCE = re.compile(r"copyright|licen[cs]ed?\b|SPDX-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)

#: A line of a comment that is for an editor, a checker or a system of versions, and says nothing to readers.
_FOR_TOOLS = re.compile(
    r"[\"'*\s]*(?:-\*-.*-\*-|(?:vim?|ex):\s*(?:set?\s|[\w-]+[=:]).*|kate:\s.*|shellcheck\s+(?:shell|disable|source|enable|source-path)=\S.*"
    r"|(?:yaml-language-server|yamllint|pylint|flake8|mypy|hadolint|clang-format|cspell|spell-checker|checkov|tflint-ignore):?\s[\w$-]+[=:(\s].*"
    r"|\$(?:Id|Header|CVSHeader|Revision|Rev|Date|Author|Source|RCSfile|Log|Name|Locker|State|(?:Free|Net|Open)BSD|URL|HeadURL|LastChanged\w+)"
    r"(?::[^$]*)?\$)[\"'*\s]*"
)


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


def with_next(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """Each child of a node, and the one behind it: nodes know nothing of what is around them, and to ask takes long among many."""
    children = node.children
    return zip_longest(children, children[1:])


def lost_type(walk: Walk, around: Node, node: Node, name: Node | None, kinds: Collection[str], parent: int) -> int | None:
    """Note a type of which the parser found the head alone, if `node` is the keyword before its name; gives its index, else None.

    What follows in the same error, which is `around`, is taken for its members.
    """
    if node.type not in kinds or node.is_named or around.type != "ERROR" or name is None:
        return None
    if name.type not in ("identifier", "type_identifier", "constant", "name") or name.is_missing:
        return None
    lines = Block(name.start_point.row + 1, max(last_line(around), name.start_point.row + 1))
    return walk.add(node.type, walk.text(name), lines, parent, name, signature=one_line(f"{node.type} {walk.text(name)}"))


def last_file_line(walk: Walk) -> int:
    """The number of the last line of the file."""
    return max(walk.original.count(b"\n") + (not walk.original.endswith(b"\n")), 1)


def doc_comment(walk: Walk, node: Node, lines: str = "", start: int = -1, passed: Collection[str] = ()) -> dict[str, Any]:
    """The last documentation comment before `node`, as facts for `Walk.add`, however many blank lines and other comments are between.

    That is one that begins with ``/**``, or a run of comments that begin with `lines`, where that is given. One behind code is of that,
    but for one on the line of `node`, and one behind a brace that opens; one with which the file begins may say its terms. Offset
    `start`, where it is given, says where the declaration begins in the file; nodes of the types `passed` may stand between.
    """
    if walk.read is not walk.original and (blanked := _blanked_comment(walk, node)):
        return blanked
    start = node.start_byte if start < 0 else start
    if not walk.may_follow_comment(start):
        return {}
    for comment in takewhile(lambda c: c.type in walk.comments or c.type in passed, nodes_before(node)):
        if comment.type in passed:
            continue
        run = _run_of_lines(walk, comment, lines)
        text = walk.text(comment)
        if run or (text.startswith("/**") and len(text) > len("/**/")):
            return _documentation(walk, run or [comment], walk.line_of(start) - 1)
    return {}


def _blanked_comment(walk: Walk, node: Node) -> dict[str, Any]:
    """What documentation says that a repair has blanked, which stands on a line with what it is of."""
    near = max(node.start_byte - _NEAR, 0)
    start = near + len(walk.read[near : node.start_byte].rstrip())
    if walk.original.find(b"/*", start, node.start_byte) < 0:
        return {}
    found = _BEFORE.search(walk.original, start, node.start_byte)
    text = walk.clean(found[1].decode("utf-8", "backslashreplace")) if found is not None and DOCUMENTS.match(found[1]) else ""
    if found is None or not text:
        return {}
    return {"doc": text, "doc_line": walk.line_of(found.start(1)), "doc_end": walk.line_of(found.end(1) - 1)}


def _run_of_lines(walk: Walk, last: Node, begin: str) -> list[Node]:
    """Comments one below the other that begin with `begin`, and not with more of the same, of which `last` is the last."""
    text = walk.text(last)
    if not begin or not text.startswith(begin) or text.startswith(begin[0], len(begin)):
        return []
    run = [last]
    for above in nodes_before(last):
        if above.type not in walk.comments or not walk.text(above).startswith(begin):
            break
        if above.start_point.row != run[-1].start_point.row - 1 or walk.trails(above):
            break
        run.append(above)
    return run[::-1]


def _documentation(walk: Walk, comments: list[Node], row: int) -> dict[str, Any]:
    """What comments say of a declaration that begins in a row, unless they are of what is before them, or of the file."""
    first, end = comments[0], comments[-1].end_point.row
    if end < row and walk.trails(first) and not _opens(walk, first):
        return {}
    if end < row - 1 and first.prev_sibling is None and LICENCE.search(walk.text(first)):
        return {}
    return walk.doc_of(comments)


def _opens(walk: Walk, comment: Node) -> bool:
    """Whether what stands before a comment on its line opens a body."""
    start = walk.original.rfind(b"\n", 0, comment.start_byte) + 1
    return walk.original[start : comment.start_byte].rstrip().endswith(b"{")


def file_comment(
    walk: Walk,
    root: Node,
    declares: Callable[[Node], bool],
    before: Collection[str] = (),
    taken: Collection[int] = (),
    said: Callable[[dict[str, Any]], dict[str, Any]] = lambda facts: facts,
) -> None:
    """Take the comment that begins the file as its documentation, unless it documents what follows at once or is a licence.

    `declares` says whether a node has documentation of its own; nodes of the types `before` may come before the comment; comments that
    begin on the lines `taken` document something further down; `said` is what of the facts of a comment is for readers.
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
        facts = told(said(walk.doc_of(group)))
        if not documents and facts and facts["doc_line"] not in taken:
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
            return


def told(facts: dict[str, Any]) -> dict[str, Any]:
    r"""What a comment that begins a file says of it: nothing where it says its terms, and no lines that are for tools.

    Examples
    --------
    >>> told({"doc": "vim: set et:\n$Id: a.c,v 1.2 2006-07-19 mill Exp $\nMakes flour.", "doc_line": 1})
    {'doc': 'Makes flour.', 'doc_line': 1}
    >>> told({"doc": "shellcheck shell=bash", "doc_line": 1}), told({"doc": "Copyright: the miller", "doc_line": 1})
    ({}, {})
    """
    text = facts.get("doc", "")
    if "$" in text or ":" in text or "shellcheck" in text or "-*-" in text:
        text = "\n".join([line for line in text.split("\n") if _FOR_TOOLS.fullmatch(line) is None]).strip("\n")
    return {} if not text or LICENCE.search(text) else {**facts, "doc": text}
