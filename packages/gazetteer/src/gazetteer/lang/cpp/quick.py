"""Declarations of everyday form, read from their text by one expression instead of node by node.

Most declarations are of a few forms: ``static const T& f(int a, B b = 0) const;``, ``int x = 3;``. Where the parser has found such a
form - no error in it, nothing blanked, the parts that the form has and no others - the text says the same as the nodes, and says it
faster. Everything else is left to the walker. What is found in a text here depends on the text alone, and so is kept for the next one
that is equal: types and parameters repeat.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from ...model import Parameter

__all__ = ["FUNCTION", "VARIABLE", "QuickFunction", "QuickVariable", "form_of", "quick_function", "quick_variable"]

_SPECIFIERS = r"((?:(?:static|inline|virtual|explicit|constexpr|extern|mutable|thread_local|consteval|constinit)\s+)*)"
_SCOPE = r"((?:[A-Za-z_]\w*(?:<[\w:, ]*>)?::)*)"
_TYPE = r"([\w:][\w:<>,\s*&]*?)(?:\s*([*&]+)\s*|\s+)"
_FUNCTION = re.compile(
    _SPECIFIERS + rf"(?:{_TYPE})?" + _SCOPE + r"(~?[A-Za-z_]\w*)\s*\(([^()]*(?:\(\)[^()]*)*)\)"
    r"((?:\s*\b(?:const|noexcept|override|final)\b)*)\s*(?:=\s*(0|default|delete)\s*)?;?\s*\Z",
    re.ASCII,
)
_VARIABLE = re.compile(
    _SPECIFIERS + _TYPE + _SCOPE + r"([A-Za-z_]\w*)((?:\s*\[[^\[\]]*\])*)\s*(?:=\s*(.*?)|(\{.*\}))?\s*;?\s*\Z", re.ASCII | re.DOTALL
)
_ARGUMENTS = re.compile(r"<[^<>]*>")
_QUALIFIED = re.compile(r"(const )?(?:typename )?(?:::)?([A-Za-z]\w*|_[a-z]\w*)((?:::[A-Za-z_]\w*)*)( const)?", re.ASCII)
_SIZED = re.compile(r"(const )?(?:unsigned|signed|long|short)(?: (?:unsigned|signed|long|short|int|char|double))*( const)?")
_PARAMETER = re.compile(
    rf"\s*([\w:][\w:<>,\s*&]*?)(?:(?:\s*([*&]+(?:\s*\.\.\.)?|\.\.\.)\s*|\s+)([A-Za-z_]\w*)?)?\s*(?:=\s*(-?[\w.:]+(?:\(\))?)\s*)?", re.ASCII
)
_NO_TYPES = frozenset(
    """alignas asm break case catch class co_await co_return co_yield concept const_cast constexpr consteval constinit continue decltype
    default delete do dynamic_cast else enum explicit export extern final for friend goto if inline int module mutable namespace new
    noexcept operator override private protected public register reinterpret_cast requires restrict return sizeof static static_assert
    static_cast struct switch template this thread_local throw try typedef typeid typename union using virtual volatile while
    const long short signed unsigned""".split()
) - {"int"}  # fmt: skip
_NO_NAMES = _NO_TYPES | frozenset("auto bool char double float int nullptr void wchar_t char8_t char16_t char32_t true false".split())

#: What children of a declaration of everyday form may be.
_PARTS = frozenset((
    "storage_class_specifier", "type_qualifier", "virtual", "virtual_function_specifier", "explicit_function_specifier", "inline",
    "primitive_type", "type_identifier", "qualified_identifier", "template_type", "sized_type_specifier", "placeholder_type_specifier",
    "dependent_type",
))  # fmt: skip
_POINTERS = frozenset(("pointer_declarator", "reference_declarator"))
_VARIABLES = frozenset(("identifier", "field_identifier", "init_declarator", "array_declarator"))
_CLAUSES = frozenset(("pure_virtual_clause", "default_method_clause", "delete_method_clause"))

FUNCTION, VARIABLE = 1, 2


def form_of(kind: str, children: list[str]) -> tuple[int, int]:
    """The forms that a declaration may have, by the types of its children: `FUNCTION`, `VARIABLE`, both, or none.

    And which of the children, counted from the end, its head ends before; 0 for none.
    """
    rest = children
    while rest and rest[0] in _PARTS and len(rest) > 1 and rest[1] not in (";", "="):
        rest = rest[1:]
    if not rest:
        return 0, 0
    declarator, *rest = rest
    form = FUNCTION if declarator == "function_declarator" else VARIABLE if declarator in _VARIABLES else 0
    form = FUNCTION | VARIABLE if declarator in _POINTERS else form
    if kind == "function_definition":
        if rest in (["compound_statement"], ["field_initializer_list", "compound_statement"]):
            return form & FUNCTION, -len(rest)
        return form & FUNCTION if len(rest) == 1 and rest[0] in _CLAUSES else 0, 0
    if not rest or rest[-1] != ";":
        return 0, 0
    rest = rest[:-1]
    if not rest or (len(rest) == 1 and rest[0] in _CLAUSES):
        return form, 0
    if kind == "field_declaration" and declarator != "init_declarator":
        if rest == ["=", "number_literal"]:
            return form, 0
        if (len(rest) == 2 and rest[0] == "=") or rest == ["initializer_list"]:
            return form & VARIABLE, 0
    return 0, 0


class QuickFunction(NamedTuple):
    """A function: its name at an offset in the text, and what is said of it."""

    name: str
    at: int
    scope: str
    type: str
    modifiers: tuple[str, ...]
    parameters: tuple[Parameter, ...]


class QuickVariable(NamedTuple):
    """A variable or a field: its name at an offset in the text, and what is said of it."""

    name: str
    at: int
    scope: str
    type: str
    modifiers: tuple[str, ...]
    constant: bool
    value: str


def quick_function(text: str) -> QuickFunction | None:
    """What the head of a function of everyday form says; None for any other.

    Examples
    --------
    >>> quick_function("static const A<B>& C::f(int x, D* = 0) const")[:5]
    ('f', 22, 'C', 'const A<B>&', ('const', 'static'))
    >>> quick_function("int (*f)(int)")
    """
    match = _FUNCTION.match(text)
    if match is None:
        return None
    before, of, marks, scope, name, inner, behind, clause = match.groups()
    found = _parameters(inner)
    if found is None or name in _NO_NAMES:
        return None
    written = ""
    if of is not None:
        kept = _type(of)
        if kept is None:
            return None
        written = kept[0] + (marks or "")
    modifiers = _modifiers(before, behind, clause or "") if before or behind or clause else ()
    return QuickFunction(name, match.start(5), scope[:-2], written, modifiers, found)


def quick_variable(text: str) -> QuickVariable | None:
    """What a variable of everyday form says; None for any other.

    Examples
    --------
    >>> quick_variable("static const int x[2] = {1, 2};")
    QuickVariable(name='x', at=17, scope='', type='const int[2]', modifiers=('static',), constant=True, value='{1, 2}')
    >>> quick_variable("int x : 3;")
    """
    match = _VARIABLE.match(text)
    if match is None:
        return None
    before, of, marks, scope, name, array, value, braced = match.groups()
    kept = _type(of)
    if kept is None or name in _NO_NAMES:
        return None
    value = value if value is not None else braced or ""
    if "/" in value and ("//" in value or "/*" in value):
        return None
    if array:
        if "[[" in array or "/" in array:
            return None
        array = " ".join(array.split())
    written = kept[0] + (marks or "") + array
    return QuickVariable(name, match.start(5), scope[:-2], written, _modifiers(before, "", "") if before else (), kept[1] and not marks, value)


@functools.lru_cache(4_096)
def _modifiers(before: str, behind: str, clause: str) -> tuple[str, ...]:
    words = {*before.split(), *behind.split()}
    if clause:
        words.add("pure" if clause == "0" else clause)
    return tuple(sorted(words))


@functools.lru_cache(16_384)
def _type(text: str) -> tuple[str, bool] | None:
    """A type on one line, and whether it is constant; None where it is of no everyday form."""
    text = " ".join(text.split())
    bare, count = text, 1
    while count:
        bare, count = _ARGUMENTS.subn("", bare)
    match = _QUALIFIED.fullmatch(bare)
    if match is None:
        match = _SIZED.fullmatch(bare)
    elif match[2] in _NO_TYPES or not _NO_TYPES.isdisjoint(match[3].split("::")):
        return None
    return (text, bool(match[1] or match[match.re.groups])) if match is not None else None


@functools.lru_cache(16_384)
def _parameters(text: str) -> tuple[Parameter, ...] | None:
    """What stands between the parentheses of a function; None where it is of no everyday form."""
    if not text.strip():
        return ()
    found = list[Parameter]()
    start, depth = 0, 0
    for turn in re.finditer(r"[<>,]|\Z", text):
        sign = turn[0]
        if sign == "<":
            depth += 1
        elif sign == ">":
            depth -= 1
        elif not depth:
            parameter = _parameter(text[start : turn.start()])
            if parameter is None:
                return None
            found.append(parameter)
            start = turn.end()
    if depth:
        return None
    return () if [(p.name, p.type) for p in found] == [("", "void")] else tuple(found)


@functools.lru_cache(16_384)
def _parameter(text: str) -> Parameter | None:
    if text.strip() == "...":
        return Parameter("...", kind="variadic")
    match = _PARAMETER.fullmatch(text)
    if match is None:
        return None
    of, marks, name, default = match.groups()
    kept = _type(of)
    if kept is None or name in _NO_NAMES:
        return None
    if marks and marks.endswith("."):
        if name is None or default is not None:
            return None
        return Parameter(name, kept[0] + "".join(marks.split()), "", "variadic")
    if name is None:  # as it stands, with its spaces
        return Parameter("", " ".join(text.partition("=")[0].split()), default or "")
    return Parameter(name, kept[0] + (marks or ""), default or "")
