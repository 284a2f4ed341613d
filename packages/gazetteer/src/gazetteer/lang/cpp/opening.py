"""How a file of C or its kin begins: the comment about all of it, the guard against being included twice, what it includes and calls.

And what stands behind a declaration on its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...model import Import
from ..base import Walk
from ..commented import clean_comment
from ..heads import told

if TYPE_CHECKING:
    from tree_sitter import Node

    from ...cpp.blanking import Call

__all__ = [
    "NOT_DEFINED",
    "behind_groups",
    "doc_behind",
    "document",
    "end_of",
    "file_comment",
    "first_row",
    "first_called",
    "guards",
    "included",
    "included_at",
    "is_include",
]

#: What a guard against being included twice consists of, before what it guards.
_GUARDING = frozenset(("identifier", "preproc_def", "unary_expression"))
_LEGAL = re.compile(r"copyright|licen[sc]e|SPDX-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)
_OF_FILE = re.compile(r"\b(?:this|the) (?:\w+ )?(?:file|header)\b|[\\@]file\b", re.IGNORECASE)
_INCLUDE_LINE = re.compile(rb'[ \t]*#[ \t]*(?:include(?:_next)?|import)[ \t]*(?:(<[^>\n]*>)|("[^"\\\n]*"))')
_DOCUMENTING = re.compile(rb"[ \t]*(?:///(?!/)|//!|/\*[*!])")
#: ``///<`` and its like, which document what stands before them on their line. Alone on a line, they do so as Doxygen reads them, but
#: some programs have them above what they document.
_MARK = re.compile(rb"//[/!]<|/\*[*!]<")
_LAST = re.compile(rb"[ \t]*(?:\Z|\r?\n[ \t]*(?:\Z|\r?\n|\}))")
_MOST_LINES = 50
#: A line of macros alone.
_MACROS = re.compile(rb"[ \t]*[A-Za-z_][^\n;{}/*]*\n?\Z")
_BEHIND = re.compile(rb"[ \t;,]*(?:\r?\n[ \t]*)?(//[/!]<[^\n]*(?:\n[ \t]*//[/!]<[^\n]*)*|/\*[*!]<.*?\*/)", re.DOTALL)
#: Where a group of declarations begins or ends, or what Doxygen leaves out: ``@name Sizes @{``, ``@} end of the sizes``, ``@endcond``.
_GROUP = re.compile(r"^[ \t]*(?:@[{}].*|\\[{}][ \t]*$|[@\\](?:end)?cond\b.*)|@\{[ \t]*$", re.MULTILINE)
NOT_DEFINED = re.compile(r"!\s*defined\s*\(?\s*(\w+)\s*\)?")


def file_comment(walk: Walk, nodes: Sequence[Node]) -> None:
    """The first comment of the file, which consists of `nodes`, that is no notice of copyright and that no declaration follows at once.

    One that stands on a directive behind others, as on what is included or defined, is about that, unless it speaks of the file.
    """
    for comments, after, behind in _head_comments(nodes):
        close = after is not None and after.start_point.row <= comments[-1].end_point.row + 1
        if close and after is not None and not after.type.startswith("preproc"):
            return
        facts = told(walk.doc_of(comments))
        if facts and close and behind and _OF_FILE.search(facts["doc"]) is None:
            continue
        if facts and not _LEGAL.search(facts["doc"]):
            facts["doc"] = _GROUP.sub("", re.sub(r"\A[\\@]file\b.*\n?", "", facts["doc"])).strip()
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
            return


def _head_comments(nodes: Sequence[Node]) -> Iterator[tuple[list[Node], Node | None, bool]]:
    """Groups of comments before the first declaration, what follows each, and whether a directive came before; guards are looked into."""
    at, behind = 0, False
    while at < len(nodes):
        node, at = nodes[at], at + 1
        if node.type == "comment":
            comments = [node]
            while at < len(nodes) and nodes[at].type == "comment" and nodes[at].start_point.row <= comments[-1].end_point.row + 1:
                comments.append(nodes[at])
                at += 1
            yield comments, nodes[at] if at < len(nodes) else None, behind
        elif node.type in ("preproc_ifdef", "preproc_if") and guards(node):
            nodes, behind = node.children, True
            at = next((i for i, c in enumerate(nodes) if c.is_named and c.type not in _GUARDING), len(nodes))
        elif node.type in ("preproc_call", "preproc_def"):
            behind = True
        else:
            return


def document(walk: Walk, node: Node, facts: dict[str, Any], comments: list[Node], *, trailing: bool) -> None:
    """Add what comments say of a declaration: those right above it, else, in a file with such, the one behind it (see `doc_behind`)."""
    if comments:
        if trailing:  # one that is about what stands before it
            comments = [c for c in comments if _MARK.match(walk.original, c.start_byte) is None or not _goes_on(walk, c.start_byte)]
        beside = walk.beside(comments, node)
        while comments and comments[-1].end_point.row == node.start_point.row:  # /*implicit*/ A(int a);
            comments = comments[:-1]
        calls = walk.parsed.calls if walk.parsed is not None else ()
        above = walk.doc_of(beside or walk.adjacent(comments, node, first_row(walk, node.start_byte, calls)))
        if above and (words := behind_groups(above["doc"])):
            facts.update(above, doc=words)
    if trailing and not _is_documentation(walk, facts):
        facts.update(doc_behind(walk, node.end_byte))


def first_row(walk: Walk, start: int, calls: Iterable[Call]) -> int:
    """The row of a declaration, or of the macros on lines of their own above that are part of it: blanked, but no `calls`."""
    original, line = walk.original, walk.original.rfind(b"\n", 0, start) + 1
    row = walk.line_of(start) - 1
    while line > 0:
        before = original.rfind(b"\n", 0, line - 1) + 1
        if walk.read[before:line].strip() or _MACROS.match(original, before, line) is None or any(before <= c.start < line for c in calls):
            break
        line, row = before, row - 1
    return row


def _goes_on(walk: Walk, start: int) -> bool:
    """Whether a comment alone on its line goes on with one that stands behind code on the line above, or is indented below that code."""
    text = walk.original
    begin = text.rfind(b"\n", 0, start) + 1
    for _ in range(_MOST_LINES):
        before, column = text.rfind(b"\n", 0, begin - 1) + 1, start - begin
        above = text[before:begin].lstrip(b" \t")
        if _MARK.match(above) is None:
            deeper = column > begin - before - len(above) and above.rstrip().endswith((b";", b",", b"}"))
            return begin > 0 and (deeper or _MARK.search(above) is not None)
        start, begin = begin - len(above), before
    return False


def behind_groups(doc: str) -> str:
    r"""What a comment says behind the marks of groups in it, whose words are about all of a group.

    Examples
    --------
    >>> behind_groups("@name Sizes\n@{"), behind_groups("@} end of the sizes\nA colour.")
    ('', 'A colour.')
    >>> behind_groups("A set: {1}.")
    'A set: {1}.'
    """
    if "{" not in doc and "}" not in doc and "cond" not in doc:
        return doc
    return doc[max((match.end() for match in _GROUP.finditer(doc)), default=0) :].lstrip("\n")


def end_of(declarator: Node) -> int:
    """Where a declarator ends that is one of several, with the value that it is given."""
    after = declarator.next_sibling
    while after is not None and after.type not in (",", ";"):
        declarator, after = after, after.next_sibling
    return declarator.end_byte


def doc_behind(walk: Walk, end: int) -> dict[str, Any]:
    """The comment ``///<`` behind a declaration that ends at an offset, on its line or alone on the next."""
    match = _BEHIND.match(walk.original, end) if end >= 0 else None
    if match is None:
        return {}
    if b"\n" in walk.original[end : match.start(1)] and not (_LAST.match(walk.original, match.end()) or _goes_on(walk, match.start(1))):
        return {}
    line, text = walk.line_of(match.start(1)), clean_comment(walk.slice(*match.span(1)))
    return {"doc": text, "doc_line": line, "doc_end": line + match[1].count(b"\n")} if text else {}


def _is_documentation(walk: Walk, facts: dict[str, Any]) -> bool:
    """Whether the comment above a declaration is one that tools take: of ``// Data``, above several, what stands behind each says more."""
    if "doc" not in facts:
        return False
    line = facts["doc_line"] - 1
    return _DOCUMENTING.match(walk.original, walk.lines()[line - 1] if line else 0) is not None


def guards(node: Node) -> bool:
    """Whether ``#ifndef X`` is followed by ``#define X``: an include guard, which is no condition worth a word."""
    define = next((c for c in node.named_children if c.type == "preproc_def"), None)
    test = node.child_by_field_name("name") or node.child_by_field_name("condition")
    if define is None or test is None or define.prev_named_sibling != test:
        return False
    value = define.child_by_field_name("value")
    if value is not None and (value.text or b"").strip() != b";":  # see `write_directives`
        return False
    name, tested = define.child_by_field_name("name"), (test.text or b"").decode("utf-8", "replace")
    written = (name.text or b"").decode("utf-8", "replace") if name is not None else ""
    if node.type == "preproc_ifdef":
        return node.children[0].type == "#ifndef" and tested == written
    negated_test = NOT_DEFINED.fullmatch(tested)
    return negated_test is not None and negated_test[1] == written


def is_include(walk: Walk, node: Node) -> bool:
    """Whether a directive that the grammar does not know brings a file in: ``#include_next <a.h>``, ``#import "b.h"``."""
    return _INCLUDE_LINE.match(walk.original, node.start_byte) is not None


def included(walk: Walk, node: Node, condition: str, *, local: bool) -> Import:
    """What an ``#include`` brings in."""
    found = included_at(walk, node.start_byte, condition, local=local)
    if found is not None:
        return found
    written, line = walk.text(node.child_by_field_name("path")), walk.line_of(node.start_byte)
    kind = "include_system" if written.startswith("<") else "include" if written.startswith('"') else "include_macro"
    return Import(kind, written.strip('<>"'), line, line, condition=condition, local=local)


def included_at(walk: Walk, start: int, condition: str = "", *, local: bool) -> Import | None:
    """What the directive at an offset brings in; None if it does not name that between quotes or angle brackets."""
    match = _INCLUDE_LINE.match(walk.original, start)
    if match is None:
        return None
    kind, written = ("include_system", match[1]) if match[1] is not None else ("include", match[2])
    line = walk.line_of(start)
    return Import(kind, written.decode("utf-8", "backslashreplace").strip('<>"'), line, line, condition=condition, local=local)


def first_called(node: Node | None) -> Node | None:
    """What is called first in ``OP("a").Input("x").Done()``, and in ``DEFUN("a", b) (int c)``."""
    while node is not None and node.type in ("field_expression", "call_expression"):
        node = node.child_by_field_name("argument" if node.type == "field_expression" else "function")
    return node
