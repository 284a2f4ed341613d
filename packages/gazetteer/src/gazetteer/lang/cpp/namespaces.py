"""Namespaces that macros open and close: ``FOO_NAMESPACE_BEGIN(detail)`` … ``FOO_NAMESPACE_END(detail)``, ``FMT_BEGIN_NAMESPACE``.

The grammar knows nothing of them, and the calls are blanked. What stands between the two is put into a namespace afterwards, which has the
lines from one call to the other; the calls are listed too. A call that nothing closes opens nothing.
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
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class _Opened(Struct):
    """A call that opens namespaces: its index, what it is called with, and what they are called."""

    index: int
    arguments: str
    name: str


def open_namespaces(walk: Walk) -> None:
    """Put what stands between two such calls into a namespace."""
    opened, pairs = list[_Opened](), list[tuple[_Opened, int]]()
    for index, symbol in enumerate(walk.symbols):
        if symbol.kind != "macro_call":
            continue
        arguments = symbol.signature.removeprefix(symbol.name).strip(" ()")
        name = _opens(walk.macros, symbol.name, arguments)
        if name:
            opened.append(_Opened(index, arguments, name))
        elif opened and _closes(walk, opened[-1], symbol, arguments):
            pairs.append((opened.pop(), index))
    for outer in sorted(pairs, key=lambda pair: pair[0].index):
        _enclose(walk, *outer)
    if pairs:
        in_order_of_text(walk)


def _opens(macros: Mapping[str, Macro], called: str, arguments: str) -> str:
    """What the namespaces are called that a call opens; an empty text where it opens none."""
    macro = macros.get(called)
    if macro is None or not macro.body.startswith(("namespace ", "inline namespace ")) or _depth(macro.body) <= 0:
        return ""
    given = [_meant(macros, each) for each in arguments_of(arguments)]
    names = _NAMED.findall(expand(macro, given))
    if not names and "__VA_ARGS__" in macro.body:  # other macros put the names together
        names = given
    return "::".join("".join(name.split()) for name in names if _IDENTIFIER.match(name))


def _meant(macros: Mapping[str, Macro], name: str) -> str:
    """The name that a macro without arguments stands for; another name is itself."""
    macro = macros.get(name)
    return macro.body if macro is not None and not macro.parameters and _IDENTIFIER.fullmatch(macro.body) else name


def _closes(walk: Walk, opened: _Opened, call: Symbol, arguments: str) -> bool:
    """Whether a call closes what another has opened: it is called with the same, or is known to be nothing but braces."""
    opener, macro = walk.symbols[opened.index], walk.macros.get(call.name)
    if opener.parent != call.parent or opener.name == call.name:
        return False
    return _depth(macro.body) < 0 if macro is not None else bool(arguments) and arguments == opened.arguments


def _depth(body: str) -> int:
    return body.count("{") - body.count("}")


def _enclose(walk: Walk, opened: _Opened, closing: int) -> None:
    """Make a namespace from one call to another, and put what is between them into it."""
    first, last, symbols = walk.symbols[opened.index], walk.symbols[closing], walk.symbols
    index = walk.note(Symbol(
        "namespace", opened.name, first.line, last.end_line, first.parent, signature=first.signature, condition=first.condition,
    ))  # fmt: skip
    for symbol in symbols[opened.index + 1 : closing]:
        if symbol.parent == first.parent:
            symbol.parent = index
