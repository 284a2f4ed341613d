"""Macros that declare: what ``DECLARE_REGISTRY(Name, Type);`` stands for, so that `Name` is found where it is written.

No preprocessor runs here. A macro of the tree whose body looks like declarations is put in the place of its call, with its arguments, and
what comes out is read like any text. Only names that stand in the call itself are kept: they are what a reader can see there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from .blanking import balanced, blank, inside, is_word, next_sign, starts

__all__ = ["Macro", "arguments_of", "blank_around_declared", "declaring", "expand", "member_of"]

_DEFINE = re.compile(r"(\w+)\(([^)]*)\)\s*(.+)", re.DOTALL)
#: One that does not end goes on to the end of the definition.
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//.*", re.DOTALL)
#: What a body has that declares something: a keyword of declarations, a variable of the file, or a function after its type.
_DECLARES = re.compile(
    r"\b(?:struct|class|union|enum|namespace|using|typedef|template|extern|operator|constexpr|virtual|override|friend)\b|^static\b"
    r"|[\w>*&]\s+[*&]*[\w#:]+\s*\([^;{}]*\)\s*(?:const\b\s*)?(?:noexcept\b\s*)?[;{=]|=\s*(?:delete|default)\b"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_TEXT_OF, _PASTED = re.compile(r"(?<!#)#(?!#)\s*\w+"), re.compile(r"\s*##\s*")
_PLAIN = re.compile(r"[\w\s*&()]+;?")
_TYPED = re.compile(
    r"(?:(?:const|unsigned|signed|long|short|int|char|bool|float|double|void|\w+_t|struct \w+)(?:\s+|\s*\*+\s*))+(\w+)"
    r"\s*(?::\s*\w+|\[[^\]]*\])?\s*;?|[A-Za-z_]\w*\s+(\w+)\s*:\s*\d+\s*;?"
)
_CALLED = re.compile(r"\b([A-Z_]\w{2,})\s*\(")
#: ``int name(ARGUMENTS)``
_FUNCTION = re.compile(r"(?!return\b|throw\b|new\b|else\b)(?:[A-Za-z_]\w*(?:\s+|\s*\*+\s*))+(\w+)\s*\([^;{}]*\)\s*;?")
#: Longer bodies, and deeper calls of macros by macros, are left alone.
_LONGEST, _DEEPEST = 3_000, 4


#: A body that makes a member of an enumeration of its first word.
_MEMBER = re.compile(r"(\w+)\b(?:(?:[^={};,()]|\([^()]*\))*=(?!=)[^;{}]*|\s*,?\s*)\Z")


class Macro(Struct, frozen=True, array_like=True):
    """A macro that takes arguments, with all macros that its body calls put in."""

    name: str
    parameters: tuple[str, ...]
    body: str


def declaring(defines: Iterable[str]) -> dict[str, Macro]:
    """The macros whose bodies look like declarations, of ``#define`` lines without that word.

    Of several definitions under one name, the first whose body looks so and uses most of its parameters counts, in the order of their
    texts.

    Examples
    --------
    >>> sorted(declaring(["DECLARE(n) class n; n* make_##n()", "CHECK(x) if (!(x)) abort()", "TWICE(n) DECLARE(n)", "BIT(x) unsigned x:1"]))
    ['BIT', 'DECLARE', 'TWICE']
    """
    defines = sorted(set(defines))
    found, used = dict[str, Macro](), dict[str, tuple[bool, int]]()
    for define in defines:
        match = _DEFINE.match(define)
        if match:
            body = " ".join(COMMENT.sub(" ", match[3]).split())
            if body and len(body) <= _LONGEST and not body.startswith(("do ", "do{", "if ", "if(", "return ")):
                parameters = tuple(p.strip().removesuffix("...") or "__VA_ARGS__" for p in match[2].split(","))
                macro = Macro(match[1], parameters if match[2].strip() else (), body)
                uses = _looks_declaring(macro), len(set(parameters).intersection(_WORD.findall(body)))
                if match[1] not in used or uses > used[match[1]]:
                    used[match[1]] = uses
                    found[match[1]] = macro
    flat: dict[str, Macro] = {}
    for name in found:
        _flatten(name, found, flat, 0)
    return {name: macro for name, macro in flat.items() if len(macro.body) <= _LONGEST and _looks_declaring(macro)}


def _looks_declaring(macro: Macro) -> bool:
    return _DECLARES.search(macro.body) is not None or _puts_together(macro) or _gives_type(macro)


def _gives_type(macro: Macro) -> bool:
    """Whether a macro writes one of its arguments behind a type: ``unsigned int x : 1``, ``int x(ARGUMENTS)``."""
    match = _TYPED.fullmatch(macro.body)
    if match is None:
        function = _FUNCTION.fullmatch(macro.body)
        return function is not None and function[1] in macro.parameters
    return (match[1] or match[2]) in macro.parameters


def _puts_together(macro: Macro) -> bool:
    """Whether a macro writes one of its arguments behind another, as a type and a name: ``at type (*name) args``."""
    if len(macro.parameters) < 2 or _PLAIN.fullmatch(macro.body) is None:
        return False
    given = set(macro.parameters)
    words = [word for word in _WORD.findall(macro.body) if word in given or not word.isupper()]
    return any(first in given and second in given for first, second in pairwise(words))


#: Attributes of a variable.
_ATTRIBUTE = re.compile(
    r"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)|__declspec\s*\((?:[^()]|\([^()]*\))*\)|alignas\s*\([^()]*\)"
)
_OPENING = re.compile(rb"[ \t]*\(")


def blank_around_declared(text: bytearray, skipped: list[tuple[int, int]], macros: Iterable[Macro]) -> int:
    """Leave nothing but the type and the name of calls with ``[…]`` behind them, which declare these; how many.

    Examples
    --------
    >>> text = bytearray(b"static ALIGNED(16, float, a)[4] = {1};")
    >>> blank_around_declared(text, [], [Macro("ALIGNED", ("n", "t", "v"), "t __attribute__((aligned(n))) v")])
    1
    >>> text.decode()
    'static             float  a [4] = {1};'
    """
    source, count = bytes(text), 0
    for macro in macros:
        words = _ATTRIBUTE.sub(" ", macro.body).split()
        if len(words) != 2 or not set(words) <= set(macro.parameters):
            continue
        first, second = map(macro.parameters.index, words)
        for start in starts(source, macro.name.encode()):
            opening = _OPENING.match(source, start + len(macro.name))
            if opening is None or is_word(source[start - 1 : start]) or inside(start, skipped):
                continue
            end = balanced(source, opening.end() - 1)
            if end < 0 or next_sign(source, end) != b"[" or b"\n" in source[start:end]:
                continue
            given, at = source[opening.end() : end - 1].split(b","), opening.end()
            if len(given) != len(macro.parameters) or first >= second:  # a comma in brackets, or the name comes first
                continue
            places = list[int]()
            for argument in given:
                places.append(at)
                at += len(argument) + 1
            blank(text, start, places[first])
            blank(text, places[first] + len(given[first]), places[second])
            blank(text, places[second] + len(given[second]), end)
            count += 1
    return count


def member_of(define: str) -> tuple[str, int] | None:
    """The name of a macro that makes a member of an enumeration of an argument, and of which: of a ``#define`` line without that word.

    Examples
    --------
    >>> member_of("OPT(na, t, nu) na DEPRECATED(t) = t + nu"), member_of("X(a, b) b,"), member_of("F(x) (x) == 1")
    (('OPT', 0), ('X', 1), None)
    """
    match = _DEFINE.match(define)
    found = _MEMBER.match(COMMENT.sub(" ", match[3]).strip()) if match is not None else None
    parameters = [p.strip() for p in match[2].split(",")] if match is not None else []
    return (match[1], parameters.index(found[1])) if match is not None and found is not None and found[1] in parameters else None


def _flatten(name: str, macros: dict[str, Macro], flat: dict[str, Macro], depth: int) -> Macro:
    """The macro with those that its body calls put in; one that calls itself, or calls too deep, stays as it is."""
    if name in flat:
        return flat[name]
    macro = flat[name] = macros[name]
    at, size, parts = 0, 0, list[str]()
    for match in _CALLED.finditer(macro.body) if depth < _DEEPEST else ():
        if match.start() < at or match[1] not in macros or macro.body[max(match.start() - 1, 0)] == "#":
            continue
        end = balanced(macro.body.encode("ascii", "replace"), match.end() - 1)
        if end < 0:
            continue
        inner = expand(_flatten(match[1], macros, flat, depth + 1), arguments_of(macro.body[match.end() : end - 1]), paste=False)
        parts += [macro.body[at : match.start()], inner]
        at, size = end, size + len(inner)
        if size > _LONGEST:
            return macro
    if parts:
        flat[name] = Macro(name, macro.parameters, "".join([*parts, macro.body[at:]]))
    return flat[name]


def arguments_of(text: str) -> list[str]:
    """The arguments in a text between parentheses.

    Examples
    --------
    >>> arguments_of("a, std::pair<int, b>(1, 2), (c, d)")
    ['a', 'std::pair<int', 'b>(1, 2)', '(c, d)']
    """
    found, depth, start = list[str](), 0, 0
    for i, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and not depth:
            found.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*found, last] if found or last else []


def expand(macro: Macro, arguments: list[str], *, paste: bool = True) -> str:
    """The body with arguments in the place of parameters; with `paste`, ``##`` joins and ``#x`` is a text.

    Examples
    --------
    >>> expand(Macro("M", ("n", "__VA_ARGS__"), "int get_##n(__VA_ARGS__); f(#n)"), ["a", "int b", "c"])
    'int get_a(int b, c); f("")'
    """
    given = dict(zip(macro.parameters, arguments, strict=False))
    if macro.parameters and macro.parameters[-1] not in given:
        given[macro.parameters[-1]] = ""
    elif len(arguments) > len(macro.parameters) > 0:
        given[macro.parameters[-1]] = ", ".join(arguments[len(macro.parameters) - 1 :])
    if "__VA_ARGS__" not in given and macro.parameters:
        given["__VA_ARGS__"] = given[macro.parameters[-1]]
    pieces = list(_pieces(macro.body, (*macro.parameters, "__VA_ARGS__"), paste))
    pieces[1::2] = [given.get(name, name) for name in pieces[1::2]]
    text = "".join(pieces)
    return _PASTED.sub("", text) if paste and "##" in text else text


@functools.lru_cache(1_024)
def _pieces(body: str, names: tuple[str, ...], paste: bool) -> tuple[str, ...]:
    """A body, cut before and behind each of the names; with `paste`, ``#x`` is a text."""
    if paste:
        body = _TEXT_OF.sub('""', body)
    found, at = list[str](), 0
    for match in _WORD.finditer(body):
        if match[0] in names:
            found += [body[at : match.start()], match[0]]
            at = match.end()
    return (*found, body[at:])
