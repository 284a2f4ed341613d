"""Namespaces that macros open and close: ``FOO_NAMESPACE_BEGIN(detail)`` … ``FOO_NAMESPACE_END(detail)``.

The grammar knows nothing of them, and the calls are blanked. What stands between the two is put into a namespace afterwards, which has the
lines from one call to the other; the calls are listed too. A call that nothing closes opens nothing, and of the namespaces that it opens,
those are left out whose names it does not say: they could not be seen there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from ...cpp.expansion import Macro, arguments_of, expand
from ...model import Symbol
from ..base import Walk, in_order_of_text

__all__ = ["open_namespaces"]

_NAMED = re.compile(r"\bnamespace\s+([A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)\s*(?:__attribute__\s*\(\(.*?\)\)\)?\s*)?\{")


class _Opened(Struct):
    """A call that opens namespaces: its index, what it is called with, and what they are called."""

    index: int
    arguments: list[str]
    names: list[str]


def open_namespaces(walk: Walk) -> None:
    """Put what stands between two such calls into namespaces."""
    opened, pairs = list[_Opened](), list[tuple[_Opened, int]]()
    for index, symbol in enumerate(walk.symbols):
        arguments = arguments_of(symbol.signature.removeprefix(symbol.name).strip(" ()")) if symbol.kind == "macro_call" else []
        if not arguments:
            continue
        names = _opened_by(walk.macros, symbol.name, arguments)
        if names:
            opened.append(_Opened(index, arguments, names))
        elif opened and opened[-1].arguments == arguments and walk.symbols[opened[-1].index].parent == symbol.parent:
            pairs.append((opened.pop(), index))
    for outer in sorted(pairs, key=lambda pair: pair[0].index):
        _enclose(walk, *outer)
    if pairs:
        in_order_of_text(walk)


def _opened_by(macros: Mapping[str, Macro], called: str, arguments: list[str]) -> list[str]:
    """What the namespaces are called that a call opens; none where it opens none, or does not name them itself."""
    macro = macros.get(called)
    if macro is None or not macro.body.startswith(("namespace ", "inline namespace ")) or macro.body.count("{") <= macro.body.count("}"):
        return []
    found = _NAMED.findall(expand(macro, arguments))
    if not found and "__VA_ARGS__" in macro.body:  # other macros put the names together
        found = arguments
    names = [part for name in found for part in "".join(name.split()).split("::")]
    if not all(name.isidentifier() and name not in macros and not name.isupper() for name in names):
        return []
    said = {part for each in arguments for part in "".join(each.split()).split("::")}
    return [name for name in names if name in said]


def _enclose(walk: Walk, opened: _Opened, closing: int) -> None:
    """Make namespaces from one call to another, and put what is between them into the innermost."""
    first, last, symbols = walk.symbols[opened.index], walk.symbols[closing], list(walk.symbols)
    inner = first.parent
    for name in opened.names:
        inner = walk.note(Symbol(
            "namespace", name, first.line, last.end_line, inner, signature=first.signature, condition=first.condition,
        ))  # fmt: skip
    for symbol in symbols[opened.index + 1 : closing]:
        if symbol.parent == first.parent:
            symbol.parent = inner
