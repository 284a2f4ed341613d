"""Components of Vue, Svelte and Astro: what their scripts declare and import, as the walkers of JavaScript and TypeScript find it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...model import Import
from ..base import MAX_VALUE, Walk, in_order_of_text
from ..commented import clean_comment
from ..table import walker
from .scripts import scripts_of_vue
from .vue import read_vue

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk_astro", "walk_svelte", "walk_vue"]

#: The comment of a component of Svelte that editors show for it.
_DOCUMENTED = re.compile(rb"<!--\s*@component\b(.*?)-->", re.DOTALL)


def walk_astro(walk: Walk) -> None:
    """Read a component of Astro."""
    _scripts(walk)


def walk_vue(walk: Walk) -> None:
    """Read a component of Vue, also one whose script lies in another file."""
    read_vue(walk)
    for script in scripts_of_vue(walk.whole):
        if script.source:
            first, last = walk.line_of(script.tag), walk.line_of(script.start)
            walk.imports.append(Import("script", script.source, first, last))
    walk.imports.sort(key=lambda statement: statement.line)


def walk_svelte(walk: Walk) -> None:
    """Read a component of Svelte: also the variables that ``$:`` declares, and the comment that is of the component."""
    _scripts(walk)
    assert walk.tree is not None
    known = {symbol.name for symbol in walk.symbols if symbol.parent < 0}
    for node in walk.tree.root_node.named_children:
        if node.type == "labeled_statement" and walk.text(node.child_by_field_name("label")) == "$":
            _reactive(walk, node, known)
    in_order_of_text(walk)
    found = _DOCUMENTED.search(walk.whole)
    if found is not None and not walk.doc:
        walk.doc = clean_comment("/*" + found[1].decode("utf-8", "backslashreplace") + "*/")
        walk.doc_line, walk.doc_end = walk.line_of(found.start()), walk.line_of(found.end() - 1)


def _scripts(walk: Walk) -> None:
    read = walker(walk.language)
    assert read is not None
    read(walk)


def _reactive(walk: Walk, node: Node, known: set[str]) -> None:
    """Note the variable that ``$: name = …`` declares, unless the script does elsewhere."""
    inner = next((c for c in node.named_children if c.type == "expression_statement"), None)
    given = inner.named_children[0] if inner is not None and inner.named_children else None
    at = given.child_by_field_name("left") if given is not None and given.type == "assignment_expression" else None
    if given is not None and at is not None and at.type == "identifier" and walk.text(at) not in known:
        known.add(walk.text(at))
        value = walk.code(given.child_by_field_name("right"), most=MAX_VALUE)
        walk.add("variable", walk.text(at), node, -1, at, signature=walk.code(node, most=MAX_VALUE).rstrip(";"), value=value,
                 modifiers=("reactive",), **walk.doc_before(node))  # fmt: skip
