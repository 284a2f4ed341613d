"""Bodies of functions in a text that is read without a parse: where they end, and whether the parser finds an error in any.

A body declares nothing that is listed, but what the grammar does not know in it is said of the file. So all bodies of a text that are
not of the simplest form are parsed together, each behind a head of its own, and nothing around them is.
"""

from __future__ import annotations

import re

from ...parses import parse

__all__ = ["are_whole", "end_of_body", "start_of_body"]

_COMMENT = r"//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
_LITERAL = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
#: What decides where braces close, or brackets of all sorts; every part begins with a fixed sign, which is searched for much faster.
_BRACES = re.compile(rf"\{{|\}}|{_LITERAL}|{_COMMENT}", re.DOTALL)
_BRACKETS = re.compile(rf"\{{|\}}|\(|\)|{_LITERAL}|{_COMMENT}", re.DOTALL)
#: The name of what a constructor sets, up to the brackets behind it; and what stands behind those.
_SET = re.compile(r"[ \t\n]*+[A-Za-z_][\w:]*+(?:<[\w:<>, \t\n*&]*>)?[ \t\n]*+(?=[({])", re.ASCII)
_AFTER_SET = re.compile(r"[ \t\n]*+(?:(,)|(?=\{))")


def end_of_body(text: str, opening: int) -> int:
    r"""The offset behind the brace that closes the one at `opening`, as far as signs alone tell; -1 where none does.

    Examples
    --------
    >>> end_of_body('{ f("}"); { } // }\n} g', 0), end_of_body("{ {}", 0)
    (20, -1)
    """
    return _closing(text, opening, _BRACES)


def start_of_body(text: str, at: int) -> int:
    """The offset of the brace that begins the body behind what a constructor sets, which begins at an offset; -1 where it is not clear.

    Examples
    --------
    >>> start_of_body(" a(b), c{d, e()} {}", 0), start_of_body(" a(b)... {}", 0)
    (17, -1)
    """
    while (found := _SET.match(text, at)) is not None:
        end = _closing(text, found.end(), _BRACKETS)
        after = _AFTER_SET.match(text, end) if end > 0 else None
        if after is None:
            return -1
        at = after.end()
        if after[1] is None:
            return at
    return -1


def _closing(text: str, opening: int, signs: re.Pattern[str]) -> int:
    depth = 0
    for match in signs.finditer(text, opening):
        sign = match[0]
        if sign in ("{", "("):
            depth += 1
        elif sign in ("}", ")"):
            depth -= 1
            if not depth:
                return match.end()
    return -1


def are_whole(functions: list[str], seconds: float) -> bool:
    """Whether the parser takes each of the texts for one function, and finds no error in any."""
    text = "\n".join(functions).encode("ascii")
    tree = parse(text, "cpp", seconds)
    if tree is None or tree.root_node.has_error:
        return False
    found, start = tree.root_node.children, 0
    if len(found) != len(functions):
        return False
    for node, function in zip(found, functions, strict=True):
        if node.type != "function_definition" or (node.start_byte, node.end_byte) != (start, start + len(function)):
            return False
        start += len(function) + 1
    return True
