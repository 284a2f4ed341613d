"""Starlark: what files load, functions, constants, and targets with the rule that makes them, their sources and dependencies."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from ...model import Import, ImportedName
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from ..python.walker import walk as walk_python

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_SOURCES = frozenset(("srcs", "hdrs", "textual_hdrs", "data", "src", "main", "headers", "exported_headers"))
_DEPENDENCIES = frozenset(("deps", "exports", "runtime_deps", "implementation_deps", "exported_deps", "actual"))
#: Calls that say what a module or a workspace is called and needs: nothing is built by these names.
_SAID = frozenset(("module", "bazel_dep", "workspace"))


def walk(walk: Walk) -> None:
    """Read a BUILD file or an extension: its grammar is that of Python."""
    assert walk.tree is not None
    walk_python(walk)
    walk.imports.clear()  # the language has no import statement
    stack = [walk.tree.root_node]
    while stack:
        node = stack.pop()
        for child in node.named_children:
            if child.type == "call":
                _call(walk, child)
            elif child.type in (
                "expression_statement", "list_comprehension", "if_statement", "for_statement", "block", "else_clause", "module", "ERROR",
            ):  # fmt: skip
                stack.append(child)
            elif child.type == "assignment" and (right := child.child_by_field_name("right")) is not None:
                _assigned(walk, right)
    in_order_of_text(walk)
    walk.values.sort(key=itemgetter(2))


def _assigned(walk: Walk, value: Node) -> None:
    """Read what a variable stands for: a target, or a list of files that other files build from."""
    if value.type == "call":
        _call(walk, value)
    elif value.type in ("list", "binary_operator", "dictionary"):
        for string in _strings(value):
            if "/" in (target := _string(walk, string) or "") and not target.startswith(("/", "@", ":")):
                walk.imports.append(Import("listed", target, string.start_point.row + 1))


def _call(walk: Walk, node: Node) -> None:
    """Read a call that stands as a statement."""
    function, arguments = walk.text(node.child_by_field_name("function")), node.child_by_field_name("arguments")
    if arguments is None:
        return
    positional = [c for c in arguments.named_children if c.type not in ("keyword_argument", "comment")]
    keywords = {walk.text(c.child_by_field_name("name")): c for c in arguments.named_children if c.type == "keyword_argument"}
    if function == "load":
        if positional and (target := _string(walk, positional[0])) is not None:
            names = [ImportedName(name) for p in positional[1:] if (name := _string(walk, p))]
            names += [ImportedName(_string(walk, k.child_by_field_name("value")) or "", alias) for alias, k in keywords.items()]
            line, end = positional[0].start_point.row + 1, node.end_point.row + 1
            walk.imports.append(Import("load", target, line, end, names=tuple(names)))
        return
    given = keywords.get("name")
    at = given.child_by_field_name("value") if given is not None else None
    name = _string(walk, at)
    if name is None or at is None:
        return
    if function in _SAID:
        version = keywords.get("version")
        said = _string(walk, version.child_by_field_name("value")) if version is not None else ""
        walk.values.append((function, one_line(f"{name} {said or ''}", MAX_VALUE), at.start_point.row + 1))
        return
    walk.add(
        "target", name, node, at=at, type=function, signature=one_line(f'{function}(name = "{name}", …)', MAX_VALUE),
        **walk.doc_before(node),
    )  # fmt: skip
    for word, keyword in keywords.items():
        kind = "sources" if word in _SOURCES else "dependency" if word in _DEPENDENCIES else ""
        value = keyword.child_by_field_name("value")
        if kind and value is not None:
            for string in [value] if value.type == "string" else _strings(value):
                if target := _string(walk, string):
                    walk.imports.append(Import(kind, target, string.start_point.row + 1))


def _strings(node: Node) -> list[Node]:
    """The strings of a list, of a sum of lists and of the branches of a ``select``; not those of a ``glob``."""
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        for child in reversed(current.named_children):
            if child.type == "pair":
                value = child.child_by_field_name("value")
                if value is not None:
                    stack.append(value)
            elif child.type in ("list", "binary_operator", "argument_list", "dictionary"):
                stack.append(child)
            elif child.type == "call" and child.child_by_field_name("function") is not None:
                if (child.child_by_field_name("function").text or b"") == b"select":  # type: ignore[union-attr]
                    stack.append(child)
            elif child.type == "string" and current.type == "list":
                found.append(child)
    return sorted(found, key=lambda n: n.start_byte)


def _string(walk: Walk, node: Node | None) -> str | None:
    """The value of a plain string; None for anything else."""
    if node is None or node.type != "string" or any(c.type in ("interpolation", "escape_sequence") for c in node.named_children):
        return None
    return "".join(walk.text(c) for c in node.named_children if c.type == "string_content")
