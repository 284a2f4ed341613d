"""What a text of everyday form is made of, as expressions: parts that the grammar of C++ reads without an error, and in one way only.

They are stricter than the language: what they do not cover is left to the parser.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from ...model import Parameter
from ..base import MAX_VALUE, one_line
from .quick import OF_COMPILERS, WORDS, QuickHead, head_of, parameter_of, parts_of

__all__ = [
    "ITEM",
    "are_given",
    "are_values",
    "are_words",
    "bases_of",
    "conversion_of",
    "is_alias",
    "is_brought",
    "is_expression",
    "is_name_of_type",
    "is_test",
    "is_value",
    "may_be_name",
    "members_of",
    "operator_of",
    "plain_head",
    "plain_parameters",
]

_S = r"[ \t\n]"
_ID = r"[A-Za-z_]\w*+"
_QUALIFIED = rf"(?:::)?{_ID}(?>(?:::{_ID})*)"
#: The rest of a line and of those that go on with it, without a comment.
_WORDS = r"[^\n\\/]*+(?>(?:(?:/(?![*/\n\\])|\\\n)[^\n\\/]*+)*)"
_ENDS_LINE = r"(?=[ \t]*(?:\n|//[^\n\\]*\n))"


#: What stands in round brackets: types and names, or nothing.
_ROUND = r"\([\w:<>, \t\n*&.]*+\)"
_NUMBER_OF = r"-?(?:0[xX][0-9a-fA-F]++|[0-9]++(?:\.[0-9]*+)?(?:[eE][-+]?[0-9]++)?)[uUlLfF]*+(?![\w.'])"
#: Names and numbers with operators between them.
_TERMS = rf"(?:{_NUMBER_OF}|[-~]?{_QUALIFIED})(?>(?:[ ]?(?:<<|[|+-])[ ]?(?:{_NUMBER_OF}|{_QUALIFIED}))*)"


def _angles(depth: int) -> str:
    """Angle brackets with others in them."""
    text = r"<[\w:, \t\n*&=.]*+>"
    for _ in range(depth):
        text = rf"<(?>(?:[\w:, \t\n*&=.]++|{text})*)>"
    return text


#: One item of a scope, or the beginning of one that holds others, or an end.
ITEM = re.compile(
    rf"""{_S}*+(?:
    (?P<comment>//[^\n]*+(?<!\\)(?=\n|\Z)|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
    |(?P<include>\#[ \t]*include[ \t]*(?P<path><[^<>\n]+>|"[^"\\\n]+")){_ENDS_LINE}
    |(?P<directive>\#[ \t]*(?:pragma|error|warning|undef)\b{_WORDS})(?=\n)
    |(?P<define>\#[ \t]*define[ \t]+(?P<macro>\w+)(?P<taken>\([ \t]*(?:(?:{_ID}|\.\.\.)(?>(?:,[ \t]*(?:{_ID}|\.\.\.))*))?\))?
        (?:[ \t]+(?P<meaning>(?![ \t\n]|\\(?!\n)|/[*/\n\\]){_WORDS})?)?)(?=\n)
    |(?P<condition>\#[ \t]*(?P<word>ifdef|ifndef|if|elif|else|endif)\b[ \t]*(?P<test>[^\n\\/"']*?))[ \t]*
        (?=\n|\Z|//[^\n\\]*(?:\n|\Z)|/\*[^*/\n]*\*/[ \t]*(?:\n|\Z))
    |(?P<close>\}}(?P<ended>[ \t]*;)?)
    |(?P<namespace>(?P<inline>inline[ \t]+)?namespace(?:{_S}+(?P<around>{_ID}(?:::{_ID})*))?{_S}*\{{)
    |(?P<template>template[ \t]*(?P<given>{_angles(4)}))
    |(?P<alias>using[ \t]+(?P<new>{_ID})[ \t]*={_S}*(?P<old>(?:typename[ \t]+)?(?:[\w:<>, \t\n*&.]|{_ROUND}|\(\*\)[ ]?{_ROUND})+?)[ \t]*;)
    |(?P<using>using[ \t]+(?:namespace[ \t]+{_QUALIFIED}|(?P<brought>(?:::)?{_ID}[\w:<>, \t\n]*+)))[ \t]*;
    |(?P<short>namespace[ \t]+{_ID}[ \t]*=[ \t]*{_QUALIFIED}[ \t]*;)
    |(?P<friend>friend[ \t]+(?:(?:class|struct)[ \t]+)?(?P<trusted>{_ID}(?>(?:::{_ID})*))[ \t]*;)
    |(?P<assert>static_assert[ \t]*\((?>(?:[^;"'\#/\\]++|"[^"\\\n]*+")+);)
    |(?P<typedef>typedef{_S}+(?P<defined>[\w:<>, \t\n*&]+?){_S}*(?<=[ \t\n*&])(?P<called>{_ID})[ \t]*;)
    |(?P<enum>enum(?P<scoped>{_S}+(?:class|struct))?(?:{_S}+(?P<listing>{_ID}))?{_S}*(?::{_S}*(?P<base>[\w: \t]+?){_S}*)?
        \{{(?P<members>(?>(?:[^{{}}"'\#\\/]++|//[^\n]*(?<!\\)\n|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)*))\}})(?={_S}*;)
    |(?P<empty>;)
    |(?P<access>public|protected|private)[ \t]*:(?!:)
    |(?P<type>(?P<key>class|struct){_S}+(?P<named>{_ID}(?:{_angles(3)})?)
        (?:(?P<forward>[ \t]*;)|(?P<final>{_S}+final(?!\w))?{_S}*(?::{_S}*(?P<bases>[\w:<>, \t\n*&]+?){_S}*)?\{{))
    |(?P<declaration>(?P<head>[A-Za-z_:~][\w:<>, \t\n*&~]*+(?P<signs>(?:(?<=operator)|(?<=operator[ *&<>~])|(?<=operator[&<>][&<>]))
            (?:\(\)(?={_S}*\()|\[\]|[-+/%^|!=<>]{{1,2}}(?:=|\*)?))?)
        {_S}*(?:\((?P<parameters>(?>(?:[^(){{}};"'\#/\\]++|{_ROUND}|"[\w .:+-]*+"|/\*[^*/]*\*/)*))\)
            (?P<behind>{_S}*(?:const\b{_S}*)?(?:&&?{_S}*)?(?:noexcept\b{_S}*)?(?:override\b{_S}*)?(?:final\b{_S}*)?
                (?:=[ \t]*(?:0|default|delete)\b[ \t]*)?)
            (?:;|(?P<body>\{{{_S}*(?:return[ \t]+(?P<returned>[\w:., \t\n()?>-]++);)?{_S}*\}})|(?P<opening>[{{:](?!:)))
        |(?P<value>={_S}*(?:"[^"\\\n]*+(?>(?:\\["nt\\][^"\\\n]*+)*)"|{_NUMBER_OF}|{_QUALIFIED})|\{{(?:{_NUMBER_OF}|{_QUALIFIED})?\}}
            |=(?P<computed>(?>(?:[^;"'\#/\\]++|"[^"\\\n]*+")+)))?[ \t]*;))
    )""",
    re.VERBOSE | re.ASCII,
)
_WORD = re.compile(_ID)
#: An expression of which all calls are written ``$``.
_PART = rf"(?:(?:{_QUALIFIED}\$?|[0-9]++(?!\w))(?>(?:(?:\.|->){_ID}\$?)*))"
_CHOICE = rf"(?:{_PART}(?:[ ]\?[ ]{_PART}[ ]:[ ]{_PART})?)"
_EXPRESSION = re.compile(_CHOICE, re.ASCII)
_CALLED = re.compile(rf"(?<=\w)\({_S}*+(?:{_CHOICE}(?>(?:{_S}*+,{_S}*+{_CHOICE})*){_S}*+)?\)", re.ASCII)
#: Words that the grammar knows, or that may stand for more than a name.
_NO_NAMES = WORDS | OF_COMPILERS | {
    "alignof", "and", "and_eq", "asm", "bitand", "bitor", "compl", "defined", "noreturn", "not", "not_eq", "NULL",
    "offsetof", "or", "or_eq", "restrict", "typeof", "xor", "xor_eq", "TRUE", "FALSE",
}  # fmt: skip
_OF_TYPES = frozenset(("bool", "char", "const", "double", "float", "int", "long", "short", "signed", "unsigned", "void"))
_CONSTANTS = ("true", "false", "nullptr")
_NO_VALUES = _NO_NAMES.difference(_CONSTANTS)
_NO_TYPES = _NO_NAMES - _OF_TYPES

_TERM = r"(?:!?[ ]?defined[ ]?\(\w+\)|!?defined[ ]\w+|!?(?!defined\b)\w+(?:[ ](?:==|!=|>=|<=|>|<)[ ](?!defined\b)\w+)?)"
_TESTS = re.compile(rf"(?<!defined)(?<!defined )(?<!\w)!?\({_TERM}(?:[ ](?:&&|\|\|)[ ]{_TERM})*\)", re.ASCII)
_TEST = re.compile(rf"{_TERM}(?:[ ](?:&&|\|\|)[ ]{_TERM})*", re.ASCII)
_NUMBER = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\b", re.ASCII)
_DIGITS = re.compile(r"\b[0-9]\w*", re.ASCII)

_MARKS = r"(?: ?(?:\*{1,2}|&&?))?"
#: A type of which all template arguments are written ``$``.
_PRIMITIVE = r"(?:(?:unsigned|signed|long|short)(?: (?:long|int|char|short))*|double|float|int|bool|char|void)\b(?!\$)"
_NAME_OF_TYPE = rf"(?!(?:{'|'.join(sorted(_OF_TYPES))})\b){_ID}\$?"
_PLAIN = rf"(?:const )?(?:{_PRIMITIVE}|(?:::)?{_NAME_OF_TYPE}(?>(?:::{_NAME_OF_TYPE})*))(?: const\b)?"
#: One in which all that a function takes is written ``%``.
_TYPE, _ARGUMENT = re.compile(_PLAIN, re.ASCII), re.compile(rf"{_PLAIN}{_MARKS}(?: ?%| ?\.\.\.)?|[0-9]+", re.ASCII)
_INNER = re.compile(r"<([^<>()]*)>|\(([^<>()]*)\)")
_BOOLS = re.compile(r"(?<![\w:])(?:true|false)(?![\w:<])")
_HEAD = re.compile(r"((?:(?:static|inline|virtual|explicit|constexpr|extern|mutable)(?: |$))*)(?:(.+?)(?: ?(?:\*{1,2}|&&?))?)?", re.ASCII)
_PARAMETER = re.compile(rf"(.*?)(?: ?(?:\*{{1,2}}|&&?) ?| )({_ID})", re.ASCII)
_DEFAULT = re.compile(
    rf'{_NUMBER_OF}|{_QUALIFIED}(?:\((?:{_NUMBER_OF}|{_QUALIFIED})?\)|<(?P<of>[\w: ]+)>::{_ID}\(\))?|(?P<text>"[^"]*")', re.ASCII
)  # fmt: skip
_GIVEN = re.compile(
    rf"(?:typename|class)(?: ?\.\.\.)?(?: ?({_ID}))?(?: ?= ?(?:typename )?(.+))?"
    rf"|(.+?)(?: ?\.\.\. ?| )({_ID})(?: ?= ?(?:[0-9]+|true|false))?|(?:int|bool|size_t|int64_t)(?: ?= ?(?:[0-9]+|true|false))?",
    re.ASCII,
)
_BEHIND_TYPE = re.compile(r"/\*[^*/]*\*/(?=[ \t\n]*(?:,|\Z))")
_BASE = re.compile(r"(?:(?:public|protected|private) )?(.+)")
_FUNCTION_TYPE = re.compile(rf"(?:(.+?){_MARKS}(?: ?(?:\(\*\) ?)?\((.*)\))?|typename (.+))", re.ASCII)
_OPERATOR = re.compile(
    r"(.*[ \t\n*&])(operator)[ ]?(\+\+|--|->\*|->|&&|\|\||<<=|>>=|<<|>>|<=>|[-+*/%^&|!=<>]=|[-+*/%^&|~!=<>]|\[\]|\(\))", re.DOTALL
)
_CONVERSION = re.compile(r"((?:(?:explicit|constexpr|inline|virtual)[ ])*)operator[ ]([\w:<>, ]+)")
_SCOPED = re.compile(rf"{_ID}(?>(?:::{_ID})*)", re.ASCII)
#: Names that are types to the grammar wherever they stand.
_OF_GRAMMAR = re.compile(r"\b(?:s?size|ptrdiff|u?intptr|charptr|nullptr|max_align|u?int(?:8|16|32|64)|char(?:8|16|32|64))_t\b", re.ASCII)
_BRACKETS = re.compile(r"[][(){},]")
#: What an enumeration lists: comments, names and values.
_MEMBER = re.compile(
    rf"""{_S}*+(?:(?P<comment>//[^\n]*+|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
    |(?P<member>(?P<name>{_ID})(?>(?:{_S}*+={_S}*+(?P<value>{_TERMS}))?)){_S}*+(?P<comma>,)?)""",
    re.VERBOSE | re.ASCII,
)


def may_be_name(name: str) -> bool:
    """Whether a word is none of the language's own."""
    return name not in _NO_NAMES


@functools.lru_cache(16_384)
def _is_type(text: str) -> bool:
    """A type with single spaces, without ``*`` and ``&`` at its end."""
    if "<" in text:
        text = _BOOLS.sub("1", text)
    if not _NO_TYPES.isdisjoint(_WORD.findall(text)) or "$" in text or "%" in text:
        return False
    while "<" in text:  # from the inside out
        inner = _INNER.search(text)
        if inner is None or not (_are_arguments(inner[1]) if inner[1] is not None else not inner[2] or _are_taken(inner[2])):
            return False
        text = f"{text[: inner.start()]}{'$' if inner[1] is not None else '%'}{text[inner.end() :]}"
    return _TYPE.fullmatch(text) is not None


def _are_arguments(text: str) -> bool:
    return all(_ARGUMENT.fullmatch(part.strip(" ")) for part in text.split(","))


def _are_taken(text: str) -> bool:
    """What a type of functions takes, with names or without."""
    for part in text.split(","):
        named = _PARAMETER.fullmatch(part.strip(" "))
        if _ARGUMENT.fullmatch(part.strip(" ")) is None and (named is None or _ARGUMENT.fullmatch(named[1]) is None):
            return False
    return True


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
    if "/*" in text:
        text = _BEHIND_TYPE.sub(" ", text)
        if "/" in text or not text.strip():
            return None
    found = list[Parameter]()
    for part in parts_of(text) if "<" in text else text.split(","):
        parameter = _plain_parameter(part)
        if parameter is None:
            return None
        found.append(parameter)
    return () if len(found) == 1 and (found[0].name, found[0].type) == ("", "void") else tuple(found)


@functools.lru_cache(16_384)
def _plain_parameter(text: str) -> Parameter | None:
    if not _is_parameter(text):
        return None
    before, _, default = text.partition("=")
    found = parameter_of(text) or parameter_of(before)
    if found is None:
        bare, name = before.strip(), ""
        named = _PARAMETER.fullmatch(" ".join(bare.split()))
        if named is not None and may_be_name(named[2]) and _is_type(named[1]):
            name = named[2]
            bare = bare[: -len(name)]
        of = bare.rstrip(" \t\n*&")
        found = Parameter(name, " ".join(of.split()) + "".join(bare[len(of) :].split()) if name else " ".join(bare.split()))
    return Parameter(found.name, found.type, one_line(default, MAX_VALUE), found.kind)


def _is_parameter(text: str) -> bool:
    before, equals, default = text.partition("=")
    before, default = " ".join(before.split()), default.strip()
    if equals and not _is_default(default):
        return False
    match = _PARAMETER.fullmatch(before)
    if match is not None and may_be_name(match[2]) and (
        _is_type(match[1]) or (match[1].endswith("...") and not equals and _is_type(match[1][:-3].rstrip("*& ")))
    ):  # fmt: skip
        return True
    return _is_type(before.rstrip("*& ")) and _ARGUMENT_END.search(before) is not None


def _is_default(text: str) -> bool:
    if text == "{}":  # which was blanked for the parser
        return True
    match = _DEFAULT.fullmatch(text)
    if match is None or match["text"] is not None:
        return match is not None
    return _are_names(text) and (match["of"] is None or _is_type(" ".join(match["of"].split())))


_ARGUMENT_END = re.compile(r"[\w>](?: ?(?:\*{1,2}|&&?))?\Z", re.ASCII)


def _are_names(text: str) -> bool:
    """Names, and constants that are no part of a longer name."""
    words = _WORD.findall(text)
    return _NO_VALUES.isdisjoint(words) and not any(c in words and (f"{c}::" in text or f"::{c}" in text) for c in _CONSTANTS)


def is_value(text: str) -> bool:
    """What a variable is set to, with the ``=``: a text, a number or a name."""
    return '"' in text or _are_names(text)


def operator_of(text: str) -> tuple[str, str] | None:
    """A text that ends with the name of an operator: what is before that name, and the name; None if it is another text."""
    match = _OPERATOR.fullmatch(text)
    return (match[1], "operator" + match[3]) if match is not None else None


def conversion_of(text: str) -> tuple[str, str] | None:
    """A text that ends with the name of a conversion to a type: what is before that name, and the name; None if it is another text."""
    match = _CONVERSION.fullmatch(text)
    return (match[1], f"operator {match[2]}") if match is not None and _is_type(match[2]) else None


def are_values(text: str) -> bool:
    """Whether a text is a list without commas but in brackets, which all close."""
    depth = 0
    for sign in _BRACKETS.findall(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 or (sign == "," and not depth):
            return False
    return not depth


def are_words(text: str) -> bool:
    """Names that are none of types to the grammar, with commas between them; or nothing."""
    return not text.strip() or all(
        _SCOPED.fullmatch(part.strip()) is not None and _are_names(part) and _OF_GRAMMAR.search(part) is None for part in text.split(",")
    )


def is_name_of_type(text: str) -> bool:
    """A name, or that of a specialization, with its arguments."""
    return may_be_name(text) if "<" not in text else _is_type(" ".join(text.split()))


def members_of(text: str) -> list[re.Match[str]] | None:
    r"""Comments and members of an enumeration, in order; None where there is something else.

    Examples
    --------
    >>> [m["name"] for m in members_of(" A = 1 << 3, // a\n B") or ()]
    ['A', None, 'B']
    >>> members_of("A B") is None
    True
    """
    found, at, is_open = list[re.Match[str]](), 0, True
    while (match := _MEMBER.match(text, at)) is not None:
        if match["name"] is not None:
            if not is_open or not may_be_name(match["name"]) or (match["value"] and not _are_names(match["value"])):
                return None
            is_open = match["comma"] is not None
        found.append(match)
        at = match.end()
    return found if not text[at:].strip() else None


def is_expression(text: str) -> bool:
    """Names, numbers, calls of names and members: ``a::f(b, c ? d.e() : 3)``."""
    if "$" in text or not _are_names(text):
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
    whole, count = text, 1
    while count:  # brackets from the inside out
        text, count = _TESTS.subn("1", text)
    if _TEST.fullmatch(text) is None:
        return False
    return all(_NUMBER.fullmatch(digits) for digits in _DIGITS.findall(whole)) and _may_be_tested(whole)


def _may_be_tested(text: str) -> bool:
    return (_NO_NAMES - {"defined", "true", "false"}).isdisjoint(_WORD.findall(text))


@functools.lru_cache(1_024)
def are_given(text: str) -> bool:
    """Template parameters, with their brackets."""
    if text == "<>":
        return True
    for part in parts_of(" ".join(text[1:-1].split())):
        match = _GIVEN.fullmatch(part.strip(" "))
        if match is None and _is_type(part.strip(" ")):
            continue
        if match is None or not may_be_name(match[1] or match[4] or "a"):
            return False
        if (match[2] is not None and not _is_type(match[2])) or (match[3] is not None and not _is_type(match[3])):
            return False
    return True


@functools.lru_cache(1_024)
def is_alias(text: str) -> bool:
    """Whether it is what a name can be another for: a type, or that of a function or of a pointer to one."""
    match = _FUNCTION_TYPE.fullmatch(" ".join(text.split()))
    if match is None or match[1] is None or match[1].startswith("typename "):
        of = " ".join(text.split()).removeprefix("typename ")
        return "::" in of and _is_type(of)
    return _is_type(match[1]) and (match[2] is None or plain_parameters(match[2]) is not None)


@functools.lru_cache(1_024)
def is_brought(text: str) -> bool:
    """Whether it is what ``using`` can bring in from another scope."""
    of = " ".join(text.split())
    scope, operator, signs = of.partition("::operator")
    if operator and signs in ("", "<<", ">>"):
        return _SCOPED.fullmatch(scope) is not None and all(map(may_be_name, scope.split("::")))
    return "::" in of and " " not in of.partition("<")[0] and not of.endswith(">") and _is_type(of)


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
