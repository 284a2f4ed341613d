"""Statements of everyday form, read from their text by one expression instead of node by node.

Most functions, classes, imports and assignments are of a few forms. Where the parser has found no error in a file, the text of such a
statement says the same as its nodes, and says it faster; every other statement is left to the walker. What is found in a text here
depends on the text alone, and much is kept for the next one that is equal: lists of parameters and of bases repeat.

Texts have one character for each byte, so that offsets are those of the file; what is read here is of ASCII alone.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from ...model import Base, ImportedName, Parameter
from ..base import MAX_SIGNATURE, MAX_VALUE, cut

__all__ = ["Assigned", "Head", "Imported", "assigned", "bases", "class_head", "decorators",  "function_head", "imported",
           "on_one_line", "parameters"]  # fmt: skip

_NAME = r"[A-Za-z_]\w*+"
_STRING = r"""(?:"(?!"")[^"\\\n]*+"|'(?!'')[^'\\\n]*+')"""
#: What stands in brackets, which may stand in brackets once more; where there is no error, those that open and close are of one kind.
_INNER = rf"""(?>(?:[^()\[\]{{}}"'#\\]++|{_STRING})*)"""
_WITHIN = rf"""(?>(?:[^()\[\]{{}}"'#\\]++|{_STRING}|[(\[{{]{_INNER}[)\]}}])*)"""
_BRACKETS = rf"[(\[{{]{_WITHIN}[)\]}}]"
#: An expression that has commas, colons and signs of equality in brackets alone.
_EXPRESSION = rf"""(?>(?:[^\s,=:;()\[\]{{}}"'#\\]++|{_STRING}|{_BRACKETS}|\ (?![\s,=:)]))+)"""

#: Behind the colon of a head (group `colon`): quotes of a docstring (`quotes`), or what may be one of another form (`other`).
_BODY = (
    r"(?P<colon>:)[ \t]*+(?>(?:(?:#[^\n]*+)?\r?\n[ \t]*+)*)"
    r"(?>(?:[uUrR]?(?P<quotes>\"\"\"|'''|\"|')|(?P<other>[A-Za-z]{0,2}[\"']|[(\\\s]|\Z))?)"
)
_FUNCTION = re.compile(rf"(async )?def ({_NAME})\(({_WITHIN})\)(?: *-> *({_EXPRESSION}))? *{_BODY}", re.ASCII)
_CLASS = re.compile(rf"()class ({_NAME})(?:\(({_WITHIN})\))?() *{_BODY}", re.ASCII)
_PARAMETER = re.compile(
    rf" *(?:(\*\*?)?({_NAME})(?: *: *({_EXPRESSION}))?(?: *= *({_EXPRESSION}))?|([/*])) *(?:,|\Z)", re.ASCII
)  # fmt: skip
_ARGUMENT = re.compile(rf" *(?:({_NAME}) *=(?!=) *)?({_EXPRESSION}) *(?:,|\Z)", re.ASCII)
_ASSIGNED = re.compile(rf"(?:({_NAME})\.)?({_NAME})(?: *: *({_EXPRESSION}))?(?: *=(?!=)\s*|\Z)", re.ASCII)
#: A value without a sign of equality of its own, which would have it assigned to what is before that.
_VALUE = re.compile(rf"""(?>(?:[^=<>!()\[\]{{}}"'#\\]++|[<>!=]=|[<>!]|{_STRING}|{_BRACKETS})*)""")
_IMPORT = re.compile(r"import +([\w., ]+)", re.ASCII)
_FROM = re.compile(r"from +(\.*+)([\w.]*+) +import +(?:([\w, ]+)|\(([\w,\s]+)\)|(\*))", re.ASCII)
_DECORATOR = re.compile(rf"@({_NAME}(?>(?:\.{_NAME})*)(?:\({_WITHIN}\))?)", re.ASCII)
_BEHIND = re.compile(r"[ \t]*+(?:#[^\n]*+)?(?:\r?\n|\Z)")
#: Longer values are left to the walker if there is a sign of equality in them.
_LONGEST = 2_000
_NO_DOCSTRING, _NOT_READ = (-1, 0, 0, 0), (-2, 0, 0, 0)


class Head(Struct, frozen=True, gc=False):
    """The head of a function or a class: where its colon stands, and the head on one line without that."""

    name: str
    colon: int
    signature: str
    #: What stands between its parentheses, on one line, and what it returns.
    inner: str
    returns: str
    is_async: bool
    #: Where its docstring begins and ends, with its quotes and between them; -1 where there is none, -2 where nodes are to say that.
    doc: tuple[int, int, int, int]


class Imported(Struct, frozen=True, gc=False):
    """What a statement imports: modules; or the names of one module, which may have dots before it."""

    kind: str
    names: tuple[ImportedName, ...]
    target: str = ""
    level: int = 0


class Assigned(Struct, frozen=True, gc=False):
    """A name, or an attribute of one, that a statement gives a type or a value to; ``value`` is where that begins."""

    of: str
    name: str
    at: int
    type: str
    value: int


def on_one_line(text: str) -> str | None:
    r"""`text` with every break of lines as one space; None where it has other white space than that and single spaces, or comments.

    Lines that a backslash continues, and strings of several lines, are left to nodes too.

    Examples
    --------
    >>> on_one_line("f(a,\n  b)"), on_one_line("a  # b") is None, on_one_line("a + \\\n b") is None
    ('f(a, b)', True, True)
    """
    if text.isprintable():  # the only space that is printable is the one that is wanted
        return text if "  " not in text else None
    if "#" in text or "\\\n" in text or "\\\r" in text or '"""' in text or "'''" in text:
        return None
    text = " ".join(filter(None, map(str.strip, text.split("\n"))))
    return text if text.isprintable() and "  " not in text else None


def function_head(text: str, start: int) -> Head | None:
    r"""The head of a function that begins at an offset; None where it is of no everyday form.

    Examples
    --------
    >>> head = function_head("def f(a, b=1) -> int:\n    return 1", 0)
    >>> head.name, head.colon, head.signature, head.inner, head.returns, head.doc[0]
    ('f', 20, 'def f(a, b=1) -> int', 'a, b=1', 'int', -1)
    """
    match = _FUNCTION.match(text, start)
    return _head(text, start, match) if match is not None else None


def class_head(text: str, start: int) -> Head | None:
    r"""The head of a class that begins at an offset; None where it is of no everyday form.

    Examples
    --------
    >>> class_head("class C(B, metaclass=M):\n    pass", 0).inner
    'B, metaclass=M'
    """
    match = _CLASS.match(text, start)
    return _head(text, start, match) if match is not None else None


def _head(text: str, start: int, match: re.Match[str]) -> Head | None:
    is_async, name, inner, returns, _, quotes, other = match.groups("")
    colon = match.start("colon")
    head = text[start:colon]
    if not head.isprintable():
        head, inner, returns = on_one_line(head) or "", on_one_line(inner) or "", on_one_line(returns) or ""
    if not head or len(head) >= MAX_SIGNATURE or "  " in head or not head.isascii():
        return None
    doc = _docstring(text, match.end(), quotes, match.start("quotes")) if quotes else _NOT_READ if other else _NO_DOCSTRING
    return Head(name, colon, head.rstrip(" "), inner.strip(" "), returns, is_async != "", doc)


def _docstring(text: str, begin: int, quotes: str, start: int) -> tuple[int, int, int, int]:
    """Where the docstring begins and ends whose first quotes are at an offset, with its quotes and between them."""
    end = text.find(quotes, begin)
    if end < 0 or text.find("\\", begin, end) >= 0 or _BEHIND.match(text, end + len(quotes)) is None:
        return _NOT_READ
    return start, end + len(quotes), begin, end


@functools.lru_cache(8_192)
def parameters(text: str) -> tuple[Parameter, ...] | None:
    """The parameters of a list on one line; None where they are of no everyday form.

    Examples
    --------
    >>> [(p.name, p.type, p.default, p.kind) for p in parameters("self, a: int = 1, *, b")]
    [('self', '', '', ''), ('a', 'int', '1', ''), ('b', '', '', 'keyword')]
    """
    found, sort, at = list[Parameter](), "", 0
    if "lambda" in text:  # whose own parameters have commas between them
        return None
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            return None
        stars, name, of, default, sign = match.groups()
        if sign == "*":
            sort = "keyword"
        elif sign == "/":
            found = [Parameter(p.name, p.type, p.default, "positional") for p in found]
        elif stars:
            found.append(Parameter(name, of or "", kind="args" if stars == "*" else "kwargs"))
            sort = "keyword" if stars == "*" else sort
        else:
            found.append(Parameter(name, of or "", cut(default, MAX_VALUE) if default else "", sort))
        at = match.end()
    return tuple(found)


@functools.lru_cache(4_096)
def bases(text: str) -> tuple[Base, ...] | None:
    """The arguments of a class on one line; None where they are of no everyday form.

    Examples
    --------
    >>> [(b.name, b.how) for b in bases("Generic[K, V], metaclass=Meta")]
    [('Generic[K, V]', ''), ('Meta', 'metaclass')]
    """
    found, at = list[Base](), 0
    while at < len(text):
        match = _ARGUMENT.match(text, at)
        if match is None:
            return None
        name, how = match[2], match[1] or ""
        found.append(Base(name[2:].lstrip(), "**") if name.startswith("**") else Base(name, how))
        at = match.end()
    return tuple(found)


@functools.lru_cache(4_096)
def imported(text: str) -> Imported | None:
    """What a statement imports; None where it is of no everyday form.

    Examples
    --------
    >>> imported("from ..a import b as c").level
    2
    """
    match = _IMPORT.fullmatch(text)
    if match is not None:
        names = _names(match[1])
        return Imported("import", names) if names is not None else None
    match = _FROM.fullmatch(text)
    if match is None:
        return None
    dots, target, plain, inside, star = match.groups()
    names = (ImportedName("*"),) if star else _names(plain or inside)
    return Imported("from", names, target, len(dots)) if names is not None else None


def _names(text: str) -> tuple[ImportedName, ...] | None:
    found = []
    for part in text.strip().removesuffix(",").split(","):
        words = part.split()
        if len(words) == 1:
            found.append(ImportedName(words[0]))
        elif len(words) == 3 and words[1] == "as":
            found.append(ImportedName(words[0], words[2]))
        else:
            return None
    return tuple(found)


def assigned(text: str, start: int, end: int) -> Assigned | None:
    """What the one assignment of a statement gives a type or a value to; None where it is of no everyday form, or there is none.

    Examples
    --------
    >>> assigned("x: int = f(a=1)", 0, 15)
    Assigned(of='', name='x', at=0, type='int', value=9)
    >>> assigned("x = y = 1", 0, 9) is None
    True
    """
    match = _ASSIGNED.match(text, start, end)
    if match is None:
        return None
    of, name, written = match.groups("")
    value = match.end()
    if name == "lambda":
        return None
    if text[value : value + 1] == "\\":  # a line that is continued
        return None
    if value == end:
        if not written or text[value - 1].isspace() or text[value - 1] == "=":
            return None
    elif text.find("=", value, end) >= 0 and (end - value > _LONGEST or _VALUE.fullmatch(text, value, end) is None):
        return None
    kind = on_one_line(written)
    return Assigned(of, name, match.start(2), kind, value) if kind is not None and len(kind) < MAX_SIGNATURE and kind.isascii() else None


@functools.lru_cache(4_096)
def decorators(text: str) -> tuple[str, ...] | None:
    r"""The decorators before a definition; None where they are of no everyday form.

    Examples
    --------
    >>> decorators("@property\n    ")
    ('property',)
    """
    found = []
    for each in text.rstrip().split("\n"):
        line = each.strip(" \t\r")
        match = _DECORATOR.fullmatch(line)
        if match is None or on_one_line(line) is None or len(line) > MAX_SIGNATURE or not line.isascii():
            return None
        found.append(match[1])
    return tuple(found)
