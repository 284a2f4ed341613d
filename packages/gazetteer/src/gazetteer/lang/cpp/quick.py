"""Declarations of everyday form, read from their text by one expression instead of node by node.

Most declarations are of a few forms: ``static const T& f(int a, B b = 0) const;``, ``int x = 3;``. Where the parser has found such a
form - no error in it, nothing blanked, the parts that the form has and no others - the text says the same as the nodes, and says it
faster. Everything else is left to the walker. What is found in a text here depends on the text alone, and so is kept for the next one
that is equal: types and parameters repeat.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from ...model import Parameter, Role
from ..base import MAX_SIGNATURE, one_line

__all__ = [
    "FUNCTION",
    "TRAILING",
    "VARIABLE",
    "WORDS",
    "QuickFunction",
    "QuickHead",
    "QuickVariable",
    "as_shown",
    "form_of",
    "head_of",
    "joined",
    "parameter_of",
    "parts_of",
    "quick_function",
    "quick_variable",
    "says_the_same",
    "signature_of",
    "what_is",
    "words_behind",
]

#: ``///<`` and its like, behind what they document.
TRAILING = re.compile(rb"//[/!]<|/\*[*!]<")
#: What ends a line but says nothing; and strings and other comments, in which it is not looked for.
_TO_LINE_END = re.compile(
    r"""(R"([^()\\\s]{0,16})\(.*?(?:\)\2"|\Z)|"(?<!\\")(?>(?:[^"\\\n]++|\\.)*)"|'(?<!\\')(?>(?:[^'\\\n]++|\\.)*)'|/\*.*?(?:\*/|\Z))|//[^\n]*|\\\r?\n""",
    re.DOTALL,
)
_EMPTY_DEFAULT = re.compile(r"= *\{ *\}(?= *[,)])")
_CONSTANT = frozenset(("constexpr",))

_SPECIFIERS = frozenset((
    "static", "inline", "virtual", "explicit", "constexpr", "extern", "mutable", "thread_local", "consteval", "constinit",
))  # fmt: skip
_BEHIND = frozenset(("const", "noexcept", "override", "final", "&", "&&"))
_SCOPE = re.compile(r"(?:[A-Za-z_]\w*(?:<[\w:, ]*>)?::)*", re.ASCII)
_ARRAY = re.compile(r"(?:\s*\[[^\[\]/]*\])+")
_DEFAULT = re.compile(r"-?[\w.:]+(?:\(\))?|\{\}", re.ASCII)
_TYPE_SIGNS = re.compile(r"[\w:<>,\s*&]*", re.ASCII)
_SIGNS = re.compile(r" ?(?:[-+*/%^&|~!=<>]{1,3}|\[\])")
#: Longer types are cut when they are shown.
_LONGEST = 400
_AFTER_NAME = re.compile(r"[=\[{:]")
_ARGUMENTS = re.compile(r"<[^<>]*>")
_QUALIFIED = re.compile(r"(const )?(?:typename )?(?:::)?([A-Za-z]\w*|_[a-z_]\w*)((?:::[A-Za-z_]\w*)*)( const)?", re.ASCII)
_SIZED = re.compile(r"(const )?(?:unsigned|signed|long|short)(?: (?:unsigned|signed|long|short|int|char|double))*( const)?")
#: Words of compilers that the grammar knows; all others that begin with underscores are names to it.
OF_COMPILERS = frozenset((
    "_Alignas", "_Alignof", "_Atomic", "_Generic", "_Nonnull", "_Noreturn", "_alignof", "_unaligned", "__alignof", "__alignof__", "__asm",
    "__asm__", "__attribute", "__attribute__", "__based", "__cdecl", "__clrcall", "__declspec", "__except", "__extension__", "__fastcall",
    "__finally", "__forceinline", "__inline", "__inline__", "__leave", "__restrict__", "__stdcall", "__thiscall", "__thread", "__try",
    "__unaligned", "__vectorcall", "__volatile__",
))  # fmt: skip
#: Words that are no part of a type of everyday form, and that nothing can be called.
_NO_TYPES = frozenset((
    "alignas", "asm", "break", "case", "catch", "class", "co_await", "co_return", "co_yield", "concept", "const_cast", "constexpr",
    "consteval", "constinit", "continue", "decltype", "default", "delete", "do", "dynamic_cast", "else", "enum", "explicit", "export",
    "extern", "final", "for", "friend", "goto", "if", "inline", "mutable", "namespace", "new", "noexcept", "operator", "override",
    "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return", "sizeof", "static",
    "static_assert", "static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "try", "typedef", "typeid",
    "typename", "union", "using", "virtual", "volatile", "while", "const", "long", "short", "signed", "unsigned",
    *OF_COMPILERS,
))  # fmt: skip
WORDS = _NO_TYPES | {
    "auto", "bool", "char", "double", "float", "int", "nullptr", "void", "wchar_t", "char8_t", "char16_t", "char32_t", "true",
    "false",
}  # fmt: skip

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


class QuickFunction(Struct):
    """A function: its name at an offset in the text, and what is said of it."""

    name: str
    at: int
    scope: str
    type: str
    modifiers: tuple[str, ...]
    parameters: tuple[Parameter, ...]


class QuickVariable(Struct):
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
    >>> found = quick_function("static const A<B>& C::f(int x, D* = 0) const")
    >>> found.name, found.at, found.scope, found.type, found.modifiers
    ('f', 22, 'C', 'const A<B>&', ('const', 'static'))
    >>> quick_function("int (*f)(int)")
    """
    opening, closing = text.find("("), text.rfind(")")
    named = _named(text[:opening]) if opening > 0 else None
    behind = words_behind(text[closing + 1 :]) if named is not None else None
    found = _parameters(text[opening + 1 : closing]) if behind is not None else None
    if named is None or behind is None or found is None:
        return None
    head, name, at, scope = named
    return QuickFunction(name, at, scope, head.type + head.marks, joined(head.modifiers, behind) if behind else head.modifiers, found)


def quick_variable(text: str) -> QuickVariable | None:
    """What a variable of everyday form says; None for any other.

    Examples
    --------
    >>> quick_variable("static const int x[2] = {1, 2};")
    QuickVariable(name='x', at=17, scope='', type='const int[2]', modifiers=('static',), constant=True, value='{1, 2}')
    >>> quick_variable("int x : 3;")
    """
    text = text.rstrip("; \t\r\n")
    after = _AFTER_NAME.search(text)
    while after is not None and after[0] == ":" and text[after.start() + 1 : after.start() + 2] == ":":
        after = _AFTER_NAME.search(text, after.start() + 2)
    named = _named(text[: after.start()] if after is not None else text)
    if named is None or not named[0].type or not named[1].isidentifier():  # the sign of an operator may end with an equals
        return None
    head, name, at, scope = named
    array, value = "", ""
    if after is not None:
        rest = text[after.start() :]
        if (match := _ARRAY.match(rest)) is not None:
            array, rest = " ".join(match[0].split()), rest[match.end() :].lstrip()
        if rest[:1] == "=":
            value = rest[1:].strip()
        elif rest[:1] == "{" and rest[-1:] == "}":
            value = rest
        if (rest and not value) or "//" in value or "/*" in value or "\\" in value or "[[" in array:
            return None
    return QuickVariable(name, at, scope, head.type + head.marks + array, head.modifiers, head.constant and not head.marks, value)


class QuickHead(Struct, frozen=True):
    """What stands before a name."""

    type: str
    marks: str
    modifiers: tuple[str, ...]
    constant: bool


def _named(text: str) -> tuple[QuickHead, str, int, str] | None:
    """A text that ends with a name: what stands before it, the name and where it begins, and the scope before it."""
    text = text.rstrip()
    name, scope = text.rpartition(" ")[2].lstrip("*&"), ""
    if "operator" in text:
        return _operator(text)
    if not name.isprintable():  # it is on a line of its own
        name = text.split()[-1].lstrip("*&")
    at = len(text) - len(name)
    head = head_of(text[:at])
    if head is None:
        return None
    if "::" in name:
        before, _, name = name.rpartition("::")
        scope = before
        if _SCOPE.fullmatch(before + "::") is None:
            return None
        at = len(text) - len(name)
    if not name.removeprefix("~").isidentifier() or name in WORDS:
        return None
    return head, name, at, scope


def _operator(text: str) -> tuple[QuickHead, str, int, str] | None:
    """A text that ends with the name of an operator of signs, and no scope before it."""
    at = text.rfind("operator")
    head = head_of(text[:at]) if _SIGNS.fullmatch(text, at + 8) is not None and (text[at - 1].isspace() or text[at - 1] in "*&") else None
    return (head, text[at:].replace(" ", ""), at, "") if head is not None and head.type else None


def code_line(text: str, most: int = MAX_SIGNATURE) -> str:
    r"""`one_line` of code: what comments up to ends of lines would hide there is none of, and what joins lines.

    Examples
    --------
    >>> code_line("A<B, // One.\n  C>"), code_line('f("//a",\n b)')
    ('A<B, C>', 'f("//a", b)')
    """
    return one_line(_without_line_ends(text), most)


def _without_line_ends(text: str) -> str:
    return _TO_LINE_END.sub(r"\1", text) if "//" in text or "\\" in text else text


def signature_of(text: str) -> str:
    r"""The text of a declaration on one line, without signs that end it, comments up to ends of lines and what joins lines.

    Of a macro around the type, as in ``NOINLINE(int) f()``, the beginning is no part of it, so the end is none.

    Examples
    --------
    >>> signature_of("void f(int /*b*/, // One.\n       char c = '/') {"), signature_of("F(\"//\") \\\n;"), signature_of("int) f();")
    ("void f(int /*b*/, char c = '/')", 'F("//")', 'int f()')
    """
    text = _without_line_ends(text)
    closing = text.find(")")
    if closing >= 0 and text.find("(", 0, closing) < 0:
        text = text[:closing] + text[closing + 1 :]
    return one_line(text).rstrip(" ;{")


@functools.lru_cache(16_384)
def head_of(text: str) -> QuickHead | None:
    """Specifiers and a type, with ``*`` and ``&``; None where they are of no everyday form."""
    before = text.rstrip(" \t\r\n*&")
    marks = "".join(text[len(before) :].split())
    if " " in marks:
        return None
    words = before.split(None, 1)
    modifiers = set[str]()
    while words and words[0] in _SPECIFIERS:
        modifiers.add(words[0])
        words = words[1].split(None, 1) if len(words) > 1 else []
    if not words:
        return None if marks else QuickHead("", "", tuple(sorted(modifiers)), constant=False)
    kept = _type(" ".join(words))
    return QuickHead(kept[0], marks, tuple(sorted(modifiers)), kept[1]) if kept is not None else None


@functools.lru_cache(1_024)
def words_behind(text: str) -> tuple[str, ...] | None:
    """The words behind the parentheses of a function; None where there is something else."""
    words, _, clause = text.rstrip("; \t\r\n").partition("=")
    found, clause = set(words.split()), clause.strip()
    if not found <= _BEHIND or (text.count("=") and clause not in ("0", "default", "delete")):
        return None
    if clause:
        found.add("pure" if clause == "0" else clause)
    return tuple(found)


@functools.lru_cache(1_024)
def joined(before: tuple[str, ...], behind: tuple[str, ...]) -> tuple[str, ...]:
    """The words of two places, in order."""
    return tuple(sorted({*before, *behind}))


@functools.lru_cache(16_384)
def _type(text: str) -> tuple[str, bool] | None:
    """A type on one line, and whether it is constant; None where it is of no everyday form."""
    if len(text) > _LONGEST or _TYPE_SIGNS.fullmatch(text) is None:
        return None
    text = " ".join(text.split())
    bare, count = text, 1
    while count:
        bare, count = _ARGUMENTS.subn("", bare)
    match = _SIZED.fullmatch(bare)
    if match is None:
        match = _QUALIFIED.fullmatch(bare)
        if match is not None and (match[2] in _NO_TYPES or not _NO_TYPES.isdisjoint(match[3].split("::"))):
            return None
    return (text, bool(match[1] or match[match.re.groups])) if match is not None else None


@functools.lru_cache(16_384)
def _parameters(text: str) -> tuple[Parameter, ...] | None:
    """What stands between the parentheses of a function; None where it is of no everyday form."""
    if not text.strip():
        return ()
    parts = text.split(",") if "<" not in text else parts_of(text)
    found = list[Parameter]()
    for part in parts:
        parameter = parameter_of(part)
        if parameter is None:
            return None
        found.append(parameter)
    return () if [(p.name, p.type) for p in found] == [("", "void")] else tuple(found)


def parts_of(text: str) -> list[str]:
    """What stands between commas that are in no angle brackets."""
    found, open_ = list[str](), False
    for part in text.split(","):
        if open_:
            found[-1] += "," + part
        else:
            found.append(part)
        open_ = found[-1].count("<") > found[-1].count(">")
    return found


@functools.lru_cache(16_384)
def parameter_of(text: str) -> Parameter | None:
    """A parameter; None where it is of no everyday form."""
    before, equals, default = text.partition("=")
    before, default = before.strip(), default.strip()
    if before == "..." and not equals:
        return Parameter("...", kind="variadic")
    if equals and _DEFAULT.fullmatch(default) is None:
        return None
    at = (
        max(
            before.rfind(" "),
            before.rfind("*"),
            before.rfind("&"),
            before.rfind("."),
            before.rfind(">"),
            before.rfind("\n"),
            before.rfind("\t"),
        )
        + 1
    )
    name = before[at:]
    if not at or not name.isidentifier() or name in WORDS:  # a type alone, with its spaces
        bare = before.rstrip(" \t\r\n*&")
        if _type(bare) is None or "" in before[len(bare) :].split(" ")[1:-1]:
            return None
        return Parameter("", " ".join(before.split()), default)
    of = before[:at].rstrip()
    bare = of.rstrip(" \t\r\n*&.")
    marks = of[len(bare) :]
    kept = _type(bare)
    if kept is None or any(sign.isspace() for sign in marks.strip()):
        return None
    marks = marks.strip()
    if "." in marks:
        return Parameter(name, kept[0] + marks, "", "variadic") if not equals and marks.lstrip("*&") == "..." else None
    return Parameter(name, kept[0] + marks, default)


def as_shown(original: str, text: str) -> str:
    """Of what was parsed and what stands in the file, that which says more: the file, if nothing but defaults ``= {}`` was blanked."""
    if "{" in original and _EMPTY_DEFAULT.sub(_number, original) == text:
        return original
    return text


def _number(match: re.Match[str]) -> str:
    return f"={' ' * (len(match[0]) - 2)}0"


def says_the_same(original: str, text: str, of: str) -> bool:
    """Whether what was blanked in the head of a function stands in no part of it: not in its parentheses, nor in its type."""
    opening = text.find("(")
    before = original[:opening]
    return original[opening:] == text[opening:] and of.rstrip("*&") in " ".join(before.split()) and "friend" not in before


def what_is(found: QuickVariable, of: str, *, in_class: bool) -> tuple[str, Role]:
    """The kind and the role of a variable, or of a field of the class `of`."""
    if of:
        kind = "field"
    else:
        kind = "constant" if found.constant or not _CONSTANT.isdisjoint(found.modifiers) else "variable"
    announced = "extern" in found.modifiers and (in_class or not found.value)
    return kind, "declaration" if announced else "definition"
