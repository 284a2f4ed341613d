"""What a text of everyday form is made of, as expressions: parts that the grammar of C++ reads without an error, and in one way only.

They are stricter than the language: what they do not cover is left to the parser.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from ...model import Parameter
from .quick import WORDS, QuickHead, head_of, parameter_of, parts_of

__all__ = [
    "ITEM",
    "are_given",
    "bases_of",
    "is_alias",
    "is_expression",
    "is_test",
    "is_value",
    "may_be_name",
    "plain_head",
    "plain_parameters",
]

_S = r"[ \t\n]"
_ID = r"[A-Za-z_]\w*+"
_QUALIFIED = rf"(?:::)?{_ID}(?:::{_ID})*+"
_ENDS_LINE = r"(?=[ \t]*(?:\n|//[^\n\\]*\n))"


def _angles(depth: int) -> str:
    """Angle brackets with others in them."""
    text = r"<[\w:, \t\n*&=.]*+>"
    for _ in range(depth):
        text = rf"<(?:[\w:, \t\n*&=.]|{text})*+>"
    return text


#: One item of a scope, or the beginning of one that holds others, or an end.
ITEM = re.compile(
    rf"""{_S}*+(?:
    (?P<comment>//[^\n]*+(?<!\\)(?=\n|\Z)|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
    |(?P<include>\#[ \t]*include[ \t]*(?P<path><[^<>\n]+>|"[^"\\\n]+")){_ENDS_LINE}
    |(?P<directive>\#[ \t]*(?:pragma|error|warning|undef)\b[^\n\\/]*+(?:\\\n[^\n\\/]*+)*+)(?=\n)
    |(?P<define>\#[ \t]*define[ \t]+(?P<macro>\w+)(?:[ \t]+(?P<meaning>[^\n\\/(' \t"][^\n\\/'"]*)?)?)(?=\n)
    |(?P<condition>\#[ \t]*(?P<word>ifdef|ifndef|if|elif|else|endif)\b[ \t]*(?P<test>[^\n\\/"']*?))[ \t]*(?=\n|\Z|//[^\n\\]*(?:\n|\Z))
    |(?P<close>\}}(?P<ended>[ \t]*;)?)
    |(?P<namespace>(?P<inline>inline[ \t]+)?namespace(?:{_S}+(?P<around>{_ID}(?:::{_ID})*))?{_S}*\{{)
    |(?P<template>template[ \t]*(?P<given>{_angles(4)}))
    |(?P<alias>using[ \t]+(?P<new>{_ID})[ \t]*=[ \t]*(?P<old>[\w:<>, \t\n*&]+?(?:\([\w:<>, \t\n*&]*\))?)[ \t]*;)
    |(?P<using>using[ \t]+(?:namespace[ \t]+{_QUALIFIED}|{_ID}(?:::{_ID})+)[ \t]*;)
    |(?P<empty>;)
    |(?P<access>public|protected|private)[ \t]*:(?!:)
    |(?P<type>(?P<key>class|struct){_S}+(?P<named>{_ID})
        (?:(?P<forward>[ \t]*;)|(?P<final>{_S}+final(?!\w))?{_S}*(?::{_S}*(?P<bases>[\w:<>, \t\n*&]+?){_S}*)?\{{))
    |(?P<declaration>(?P<head>[A-Za-z_:~][\w:<>, \t\n*&~]*+)
        (?:\((?P<parameters>[^(){{}};"'\#/\\]*+(?:\(\)[^(){{}};"'\#/\\]*+)*+)\)
            (?P<behind>{_S}*(?:const\b{_S}*)?(?:noexcept\b{_S}*)?(?:override\b{_S}*)?(?:final\b{_S}*)?
                (?:=[ \t]*(?:0|default|delete)\b[ \t]*)?)
            (?:;|(?P<body>\{{{_S}*(?:return[ \t]+(?P<returned>[\w:., \t\n()?>-]++);)?{_S}*\}})|(?P<opening>[{{:](?!:)))
        |(?P<value>=[ \t]*(?:"[^"\\\n]*"|-?\d++(?![\w.'])|{_QUALIFIED}))?[ \t]*;))
    )""",
    re.VERBOSE | re.ASCII,
)
_WORD = re.compile(_ID)
#: An expression of which all calls are written ``$``.
_PART = rf"(?:(?:{_QUALIFIED}\$?|[0-9]++(?!\w))(?:(?:\.|->){_ID}\$?)*+)"
_CHOICE = rf"(?:{_PART}(?:[ ]\?[ ]{_PART}[ ]:[ ]{_PART})?)"
_EXPRESSION = re.compile(_CHOICE, re.ASCII)
_CALLED = re.compile(rf"(?<=\w)\({_S}*+(?:{_CHOICE}(?:{_S}*+,{_S}*+{_CHOICE})*+{_S}*+)?\)", re.ASCII)
#: Words that the grammar knows, or that may stand for more than a name.
_NO_NAMES = WORDS | {
    "alignof", "and", "and_eq", "asm", "bitand", "bitor", "compl", "defined", "export", "import", "module", "not", "not_eq", "NULL",
    "offsetof", "or", "or_eq", "restrict", "typeof", "xor", "xor_eq", "TRUE", "FALSE",
}  # fmt: skip
_OF_TYPES = frozenset(("bool", "char", "const", "double", "float", "int", "long", "short", "signed", "unsigned", "void"))
_CONSTANTS = ("true", "false", "nullptr")
_NO_VALUES = _NO_NAMES.difference(_CONSTANTS)
_NO_TYPES = _NO_NAMES - _OF_TYPES

_TERM = r"(?:!?[ ]?defined[ ]?\(\w+\)|!?defined[ ]\w+|!?(?!defined\b)\w+(?:[ ](?:==|!=|>=|<=|>|<)[ ](?!defined\b)\w+)?)"
_TEST = re.compile(rf"{_TERM}(?:[ ](?:&&|\|\|)[ ]{_TERM})*", re.ASCII)
_NUMBER = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\b", re.ASCII)
_DIGITS = re.compile(r"\b[0-9]\w*", re.ASCII)

_MARKS = r"(?: ?(?:\*{1,2}|&&?))?"
#: A type of which all template arguments are written ``$``.
_PRIMITIVE = r"(?:(?:unsigned|signed|long|short)(?: (?:long|int|char|short))*|double|float|int|bool|char|void)\b(?!\$)"
_NAME_OF_TYPE = rf"(?!(?:{'|'.join(sorted(_OF_TYPES))})\b){_ID}\$?"
_PLAIN = rf"(?:const )?(?:{_PRIMITIVE}|(?:::)?{_NAME_OF_TYPE}(?:::{_NAME_OF_TYPE})*+)(?: const\b)?"
_TYPE, _ARGUMENT = re.compile(_PLAIN, re.ASCII), re.compile(rf"{_PLAIN}{_MARKS}|[0-9]+", re.ASCII)
_INNER = re.compile(r"<([^<>]*)>")
_HEAD = re.compile(r"((?:(?:static|inline|virtual|explicit|constexpr|extern|mutable)(?: |$))*)(?:(.+?)(?: ?(?:\*{1,2}|&&?))?)?", re.ASCII)
_PARAMETER = re.compile(rf"(.*?)(?: ?(?:\*{{1,2}}|&&?) ?| )({_ID})", re.ASCII)
_DEFAULT = re.compile(rf"-?[0-9]+(?:\.[0-9]+)?|{_QUALIFIED}(?:\(\))?", re.ASCII)
_GIVEN = re.compile(
    rf"(?:typename|class)(?: ({_ID}))?(?: ?= ?(?:typename )?(.+))?"
    rf"|(?:int|bool|size_t|int64_t)(?: ({_ID}))?(?: ?= ?(?:[0-9]+|true|false))?",
    re.ASCII,
)
_BASE = re.compile(r"(?:(?:public|protected|private) )?(.+)")
_FUNCTION_TYPE = re.compile(rf"(.+?){_MARKS}(?: ?\((.*)\))?", re.ASCII)


def may_be_name(name: str) -> bool:
    """Whether a word is none of the language's own."""
    return name not in _NO_NAMES and not name.startswith("__")


@functools.lru_cache(16_384)
def _is_type(text: str) -> bool:
    """A type with single spaces, without ``*`` and ``&`` at its end."""
    words = _WORD.findall(text)
    if not _NO_TYPES.isdisjoint(words) or "__" in text or "$" in text:
        return False
    while "<" in text:
        inner = _INNER.search(text)
        if inner is None or not all(_ARGUMENT.fullmatch(part.strip(" ")) for part in inner[1].split(",")):
            return False
        text = f"{text[: inner.start()]}${text[inner.end() :]}"
    return _TYPE.fullmatch(text) is not None


class PlainHead(Struct, frozen=True):
    """What stands before the name of a function or a variable."""

    head: QuickHead
    #: Whether it may stand before a function, or a variable; in a class, or outside of any.
    of_function: bool
    of_variable: bool
    in_class: bool
    outside: bool


@functools.lru_cache(16_384)
def plain_head(text: str) -> PlainHead | None:
    """Words and a type before a name, with ``*`` and ``&``."""
    match, head = _HEAD.fullmatch(" ".join(text.split())), head_of(text)
    if match is None or head is None:
        return None
    words, written = match.groups()
    if (written is None) != (not head.type) or (written is not None and ("explicit" in words or not _is_type(written))):
        return None
    return PlainHead(head, "mutable" not in words, "virtual" not in words and bool(head.type), in_class=True,
                     outside="virtual" not in words and "mutable" not in words)  # fmt: skip


@functools.lru_cache(16_384)
def plain_parameters(text: str) -> tuple[Parameter, ...] | None:
    """What stands between the parentheses of a function; None where it is of another form."""
    if not text or text.isspace():
        return ()
    found = list[Parameter]()
    for part in parts_of(text) if "<" in text else text.split(","):
        parameter = _plain_parameter(part)
        if parameter is None:
            return None
        found.append(parameter)
    return () if len(found) == 1 and (found[0].name, found[0].type) == ("", "void") else tuple(found)


@functools.lru_cache(16_384)
def _plain_parameter(text: str) -> Parameter | None:
    return parameter_of(text) if _is_parameter(text) else None


def _is_parameter(text: str) -> bool:
    before, equals, default = text.partition("=")
    before, default = " ".join(before.split()), default.strip()
    if equals and (_DEFAULT.fullmatch(default) is None or not _are_names(default)):
        return False
    match = _PARAMETER.fullmatch(before)
    if match is not None and may_be_name(match[2]) and _is_type(match[1]):
        return True
    return _is_type(before.rstrip("*& ")) and _ARGUMENT_END.search(before) is not None


_ARGUMENT_END = re.compile(r"[\w>](?: ?(?:\*{1,2}|&&?))?\Z", re.ASCII)


def _are_names(text: str) -> bool:
    """Names, and constants that are no part of a longer name."""
    words = _WORD.findall(text)
    return _NO_VALUES.isdisjoint(words) and not any(c in words and (f"{c}::" in text or f"::{c}" in text) for c in _CONSTANTS)


def is_value(text: str) -> bool:
    """What a variable is set to, with the ``=``: a text, a number or a name."""
    return '"' in text or _are_names(text)


def is_expression(text: str) -> bool:
    """Names, numbers, calls of names and members: ``a::f(b, c ? d.e() : 3)``."""
    if "__" in text or "$" in text or not _are_names(text):
        return False
    count = 1
    while count:  # calls from the inside out
        text, count = _CALLED.subn("$", text)
    return _EXPRESSION.fullmatch(text) is not None


@functools.lru_cache(1_024)
def is_test(word: str, text: str) -> bool:
    """Whether it can stand behind ``if``, ``ifdef`` and their like."""
    if word in ("else", "endif"):
        return not text
    if word in ("ifdef", "ifndef"):
        return _WORD.fullmatch(text) is not None and text != "defined"
    return _TEST.fullmatch(text) is not None and all(_NUMBER.fullmatch(digits) for digits in _DIGITS.findall(text)) and _may_be_tested(text)


def _may_be_tested(text: str) -> bool:
    return (_NO_NAMES - {"defined", "true", "false"}).isdisjoint(_WORD.findall(text))


@functools.lru_cache(1_024)
def are_given(text: str) -> bool:
    """Template parameters, with their brackets."""
    parts = parts_of(" ".join(text[1:-1].split()))
    for part in parts:
        match = _GIVEN.fullmatch(part.strip(" "))
        if match is None or not may_be_name(match[1] or match[3] or "a"):
            return False
        if match[2] is not None and not _is_type(match[2]):
            return False
    return True


@functools.lru_cache(1_024)
def is_alias(text: str) -> bool:
    """Whether it is what a name can be another for: a type, or that of a function."""
    match = _FUNCTION_TYPE.fullmatch(" ".join(text.split()))
    return match is not None and _is_type(match[1]) and (match[2] is None or plain_parameters(match[2]) is not None)


@functools.lru_cache(1_024)
def bases_of(text: str) -> tuple[tuple[str, str], ...]:
    """Access and name of each base of a class; none where they are of another form."""
    found = []
    for part in parts_of(" ".join(text.split())):
        match = _BASE.fullmatch(part.strip(" "))
        if match is None or match[1].startswith(("const ", "virtual ")) or not _is_type(match[1]) or match[1].split("<")[0] in _OF_TYPES:
            return ()
        found.append((part.strip(" ").partition(" ")[0] if match.start(1) else "", match[1]))
    return tuple(found)
