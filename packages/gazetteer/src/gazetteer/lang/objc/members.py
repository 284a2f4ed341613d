"""Members of the types of Objective-C, from their text: parameters, types, and the comments above them."""

from __future__ import annotations

import re
from typing import Any

from ...model import Parameter
from ..base import MAX_DOC, Walk, cut, one_line

__all__ = ["comment_above", "parameters_of", "spaced", "type_before", "words_of"]

_GROUP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
#: A part of the name of a method, and the parameter behind it.
_PARAMETER = re.compile(r"(?:\w+)?\s*:\s*(" + _GROUP + r")?\s*(?:__unused\s+|[A-Z]+_[A-Z_]+\s+)?(\w+)")
#: Attributes and macros behind the name of a method.
_BEHIND = re.compile(r"\s+(?:__attribute__|[A-Z]+_[A-Z0-9_]+)(?:\s*" + _GROUP + r")?(?=\s|\Z)")
_COMMENT_ABOVE = re.compile(rb"(?:^|\n)[ \t]*(/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*(?:\n[ \t]*//[^\n]*)*)[ \t]*\r?\n[ \t]*\Z")
#: So much above a declaration is looked through for a comment.
_NEAR = 8_000
_STARS = re.compile(r"\s+(?=[*,])|(?<=\*)\s+(?=\*)")


def comment_above(walk: Walk, start: int) -> dict[str, Any]:
    """The comment right above what begins at an offset, as facts for `Walk.add`."""
    text = walk.original
    above = text[max(start - 400, 0) : start].rstrip()
    if not above.endswith(b"*/") and not above.rpartition(b"\n")[2].lstrip().startswith(b"//"):
        return {}
    near = max(start - _NEAR, 0)
    opened = text.rfind(b"/*", near, start) if above.endswith(b"*/") else -1
    near = max(text.rfind(b"\n", 0, opened), 0) if opened >= 0 else near
    found = _COMMENT_ABOVE.search(text, near, start)
    if found is None:
        return {}
    said = "\n".join(map(walk.clean, found[1].decode("utf-8", "backslashreplace").split("\n"))) if found[1].startswith(b"//") else ""
    said = said or walk.clean(found[1].decode("utf-8", "backslashreplace"))
    if not said.strip():
        return {}
    line = walk.line_of(found.start(1))
    return {"doc": cut(said.strip("\n"), MAX_DOC), "doc_line": line, "doc_end": walk.line_of(found.end(1) - 1)}


def spaced(text: bytes) -> str:
    """A head on one line."""
    return one_line(text.decode("utf-8", "backslashreplace"))


def parameters_of(head: str) -> tuple[Parameter, ...]:
    """The parameters of a method, by its head on one line.

    Examples
    --------
    >>> [(p.name, p.type) for p in parameters_of("- (void)sell:(NSString *)name to:(void (^)(BOOL ok))buyer A_B(c:d)")]
    [('name', 'NSString *'), ('buyer', 'void (^)(BOOL ok)')]
    >>> [(p.name, p.kind) for p in parameters_of("+ (id)all:(id)first, ...")]
    [('first', ''), ('...', 'variadic')]
    """
    head = _BEHIND.sub("", head)
    found = [Parameter(m[2], one_line(m[1][1:-1]) if m[1] else "") for m in _PARAMETER.finditer(head)]
    return (*found, Parameter("...", kind="variadic")) if re.search(r",\s*\.\.\.", head) else tuple(found)


def type_before(declared: bytes, begin: int, behind: int) -> str:
    """The type of a name in what is declared of it, with its ``*``.

    Examples
    --------
    >>> [type_before(b"NSString *a, *b", *at) for at in ((10, 11), (14, 15))]
    ['NSString *', 'NSString *']
    >>> type_before(b" void (^done)(int a)", 8, 12)
    'void (^)(int a)'
    """
    before, after = spaced(declared[:begin]), spaced(declared[behind:])
    if before.endswith(("(^", "(*")):
        return f"{before}{after}"
    first, comma, own = before.rpartition(",")
    if comma and "<" not in own:  # of several: the type stands before the first
        first = re.sub(r"[\s*]*\w+\s*(?:,.*)?\Z", "", first)
        return f"{first.strip()} {own.strip()}".strip()
    return before


def words_of(attributes: bytes) -> tuple[str, ...]:
    """What the parentheses of a property say, and ``static`` for one of the class.

    Examples
    --------
    >>> words_of(b"(nonatomic, class, getter = isOn)")
    ('getter=isOn', 'nonatomic', 'static')
    """
    words = ("".join(word.split()) for word in attributes.decode("utf-8", "backslashreplace").strip("() \t\r\n").split(","))
    return tuple(sorted({"static" if word == "class" else word for word in words if word}))
