"""Parts of Python's declarations as facts: docstrings, parameters, visibility."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from typing import TYPE_CHECKING, Any

from ...model import Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, cut

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["docstring", "docstring_between", "parameters", "visibility"]

#: A string whose value is what stands between its quotes.
_PLAIN = re.compile(rb"(?:[uU]?(\"\"\"|'''|\"|')([^\\]*)\1|[rR](\"\"\"|'''|\"|')(.*)\3)\Z", re.DOTALL)


def docstring(walk: Walk, body: Node | None) -> dict[str, Any]:
    """The docstring of a body, cleaned as `inspect.cleandoc` does, as facts for `Walk.add`."""
    first = body.named_child(0) if body is not None and body.named_child_count else None
    if body is not None and first is not None and first.type == "comment":
        first = next((c for c in body.named_children if c.type != "comment"), None)
    if first is None or first.type != "expression_statement" or first.child_count != 1:
        return {}
    string = first.child(0)
    if string is None or string.type not in ("string", "concatenated_string", "parenthesized_expression"):
        return {}
    value = _value(walk, string)
    if value is None:
        return {}
    return {"doc": cleaned(value), "doc_line": string.start_point.row + 1, "doc_end": string.end_point.row + 1}


def docstring_between(walk: Walk, start: int, end: int, begin: int, until: int) -> dict[str, Any]:
    """The docstring between two offsets, whose quotes are around two others, as facts for a symbol; it has no escapes."""
    value = walk.slice(begin, until)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return {"doc": cleaned(value), "doc_line": walk.line_of(start), "doc_end": walk.line_of(end - 1)}


def cleaned(value: str) -> str:
    r"""A docstring as `inspect.cleandoc` gives it, cut.

    Examples
    --------
    >>> cleaned("One.\n\n    Two.\n      Three.\n    ")
    'One.\n\nTwo.\n  Three.'
    """
    if "\n" not in value:
        return cut(value.expandtabs().lstrip(), MAX_DOC)
    return cut(inspect.cleandoc(value), MAX_DOC)


def _value(walk: Walk, string: Node) -> str | None:
    """What a string literal means; None where it is no text, or has what must be computed."""
    found = _PLAIN.match(walk.original, string.start_byte, string.end_byte) if string.type == "string" else None
    if found is not None:
        text = (found[2] if found[1] else found[4]).decode("utf-8", "backslashreplace")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            value = ast.literal_eval(f"({walk.text(string)}\n)")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else None


def parameters(walk: Walk, node: Node | None) -> tuple[Parameter, ...]:
    """The parameters between the parentheses of a function."""
    found = list[Parameter]()
    sort = ""
    for child in node.named_children if node is not None else ():
        kind, text = child.type, walk.text
        if kind == "keyword_separator":
            sort = "keyword"
        elif kind == "positional_separator":
            found = [Parameter(p.name, p.type, p.default, "positional") for p in found]
        elif kind == "identifier":
            found.append(Parameter(text(child), kind=sort))
        elif kind in ("default_parameter", "typed_default_parameter"):
            value, of = child.child_by_field_name("value"), child.child_by_field_name("type")
            default = walk.code(value, most=MAX_VALUE) if value is not None else ""
            found.append(Parameter(text(child.child_by_field_name("name")), walk.code(of) if of is not None else "", default, sort))
        elif kind in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
            inner = child.named_children[0] if kind == "typed_parameter" else child
            written = child.child_by_field_name("type") if kind == "typed_parameter" else None
            name, of_type = text(inner), walk.code(written) if written is not None else ""
            if inner.type == "list_splat_pattern":
                found.append(Parameter(name.lstrip("* "), of_type, kind="args"))
                sort = "keyword"
            elif inner.type == "dictionary_splat_pattern":
                found.append(Parameter(name.lstrip("* "), of_type, kind="kwargs"))
            else:
                found.append(Parameter(name, of_type, kind=sort))
    return tuple(found)


def visibility(name: str) -> str:
    """``private`` for names that begin with an underscore, but not for those that the data model has."""
    return "private" if name[:1] == "_" and not (name.startswith("__") and name.endswith("__")) else "public"
