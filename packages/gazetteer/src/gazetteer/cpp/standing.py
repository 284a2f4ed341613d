"""Macros that stand for one word of the language, and macros that stand for a type whatever they are given.

``BOOST_ASIO_CONCEPT`` is ``concept``, ``CV_OVERRIDE`` is ``override``, ``EIGEN_COMMA`` is a comma: without that word, the text says another
thing or nothing. ``RESULT_TYPE(Token, void(int)) read();`` declares a function, which the grammar takes for a call with something behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .blanking import balanced, blank, inside, is_word, starts

__all__ = ["is_type_of", "types", "words", "write_types", "write_words"]

#: What attributes are made of is blanked instead.
_WORDS = frozenset((
    ",", "= 0", "= default", "= delete", "=0", "=default", "=delete", "class", "concept", "concept bool", "enum", "final", "namespace",
    "override", "private", "protected", "public", "struct", "template", "typedef", "typename", "union", "using",
))  # fmt: skip
#: What names a type for sure, if it stands where one may: that, or arguments in angle brackets (``\0``).
_PRIMITIVE = r"(?:auto|bool|char|double|float|int|long|short|unsigned|void)"
_ARGUMENTS, _PARENTHESES = re.compile(r"\s*<[^<>]*>"), re.compile(r"\([^()]*\)")
_TYPE = re.compile(
    rf"(?:(?:const|typename|volatile)\s+)*(?:{_PRIMITIVE}(?:\s+{_PRIMITIVE})*|(?:::\s*)?\w+\0?(?:\s*::\s*(?:template\s+)?\w+\0?)*)"
    r"\s*(?:const\b\s*)?(?:(?:[*&]|\.\.\.)\s*)*"
)
_SURE, _NO_TYPE = re.compile(rf"\b{_PRIMITIVE}\b|\btypename\b|\0"), re.compile(r"[;{}\"'=\[\]#?!|%^~+/-]|_cast\b|\breturn\b|\bsizeof\b")
_CALL, _NAME = re.compile(r"([A-Za-z_]\w*)\s*\("), re.compile(r"[A-Za-z_]\w*")
#: So deep, at most, are macros for types followed that are macros for types themselves.
_DEEPEST = 3
_OPENING = re.compile(rb"[ \t]*\(")
#: Behind a type, a name goes on.
_GOES_ON = re.compile(rb"[\s*&]*(?:\.\.\.\s*)?(?!(?:const|noexcept|override|final|and|or|not)\b)[A-Za-z_]")


def words(bodies: Mapping[str, set[tuple[str, str]]]) -> dict[str, str]:
    """Macros whose bodies are one word of the language or nothing, and that word; `bodies` are pairs of parameters and a body.

    Examples
    --------
    >>> words({"CV_OVERRIDE": {("", "override"), ("", "")}, "CONCEPT": {("", "concept bool")}, "API": {("", "")}, "MAX": {("", "3")}})
    {'CV_OVERRIDE': 'override', 'CONCEPT': 'concept'}
    """
    found = dict[str, str]()
    for name, written in bodies.items():
        said = {" ".join(body.split()) for parameters, body in written if not parameters and body}
        if said and said <= _WORDS and not any(parameters for parameters, _ in written):
            found[name] = min(said).removesuffix(" bool").replace("= ", "=")
    return {name: word for name, word in found.items() if len(word) <= len(name)}


def is_type_of(body: str, given: str) -> bool:
    """Whether the body of a macro with such parameters is a type for sure: what is given alone is not.

    Examples
    --------
    >>> [is_type_of(body, "(T)") for body in ("auto", "typename A<T, B<int>>::type", "move<T>(x)", "T", "static_cast<T&&>", "A::B")]
    [True, True, False, False, False, False]
    """
    if _NO_TYPE.search(body) is not None or (body in given and body in re.findall(r"\w+", given)):
        return False
    if body == "typename":
        return True
    bare, count = body, 1
    while count:
        bare, count = _ARGUMENTS.subn("\0", bare)
        if not count and "<" in bare:
            bare, count = _PARENTHESES.subn("", bare)
    return _SURE.search(bare) is not None and _TYPE.fullmatch(bare) is not None


def types(bodies: Mapping[str, set[tuple[str, str]]]) -> frozenset[str]:
    """Macros with parameters of which one body is a type for sure, and the others may be.

    Examples
    --------
    >>> sorted(types({"RESULT": {("(a)", "auto"), ("(a)", "void_or_deduced")}, "OF": {("(a)", "RESULT(a)")}, "SIZE": {("(a)", "a + 1")}}))
    ['OF', 'RESULT']
    """
    found, waiting = set[str](), dict[str, set[str]]()
    for name, written in bodies.items():
        called, is_sure = set[str](), False
        for given, body in written:
            call = _CALL.match(body)
            if not given:
                break
            if call is not None and _is_call(body):
                called.add(call[1])
            elif is_type_of(body, given):
                is_sure = True
            elif _NAME.fullmatch(body) is None:
                break
        else:
            if is_sure or called:
                waiting[name] = called
    for _ in range(_DEEPEST):
        found |= {name for name, called in waiting.items() if called <= found}
    return frozenset(found)


def _is_call(body: str) -> bool:
    """Whether a body that begins with a call is nothing else."""
    return body.endswith(")") and balanced(body.encode("ascii", "replace"), body.index("(")) == len(body)


def write_words(text: bytearray, skipped: list[tuple[int, int]], macros: Iterable[tuple[str, str]]) -> int:
    """Write the words that macros stand for instead of these; how many.

    Examples
    --------
    >>> text = bytearray(b"void f() CV_OVERRIDE;")
    >>> write_words(text, [], [("CV_OVERRIDE", "override")]), text.decode()
    (1, 'void f() override   ;')
    """
    source, count = bytes(text), 0
    for name, word in macros:
        written, shown = name.encode(), word.encode().ljust(len(name))
        for at in starts(source, written):
            end = at + len(written)
            if not is_word(source[at - 1 : at]) and not is_word(source[end : end + 1]) and not inside(at, skipped):
                text[at:end] = shown
                count += 1
    return count


def write_types(text: bytearray, skipped: list[tuple[int, int]], macros: Iterable[str]) -> int:
    r"""Write calls of macros before names as one name, for each stands for a type; how many. One of many lines is its first word alone.

    Examples
    --------
    >>> text = bytearray(b"template <OF(int) T> RESULT(T,\n 1) f(); g(OF(a));")
    >>> write_types(text, [], ["OF", "RESULT"]), text.decode()
    (2, 'template <_______ T> ______   \n    f(); g(OF(a));')
    """
    source, count = bytes(text), 0
    for name in macros:
        for at in starts(source, name.encode()):
            opening = _OPENING.match(source, at + len(name))
            if opening is None or is_word(source[at - 1 : at]) or inside(at, skipped):
                continue
            end = balanced(source, opening.end() - 1)
            if end < 0 or _GOES_ON.match(source, end) is None:
                continue
            line = source.find(b"\n", at, end)
            shown = end if line < 0 else at + len(name)
            blank(text, shown, end)
            text[at:shown] = b"_" * (shown - at)
            count += 1
    return count
