"""Texts of equal length for what C and C++ have and the grammars have not."""

from __future__ import annotations

import re

from .blanking import blank

__all__ = ["blank_unreadable"]

_GNU = rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)"
_ATTRIBUTE = rb"(?:" + _GNU + rb"|\[\[[^\[\]]*\]\]|__declspec\s*\([^()]*\)|alignas\s*\([^()]*\))"
#: What the grammar does not know: attributes of enumerations and of their members, members that point to members,
#: and explicit instantiations of classes.
_ENUM_ATTRIBUTE = re.compile(rb"enum(?:\s+(?:class|struct))?\s+((?:" + _ATTRIBUTE + rb"\s*)+)")
_MEMBER_ATTRIBUTE = re.compile(rb"(" + _ATTRIBUTE + rb")(?=\s*[=,}])")
_MEMBER_POINTER = re.compile(rb"((?:\b[A-Za-z_]\w*(?:<[^<>;{}]*>)?\s*::\s*)+)(?=\*)")
_INSTANTIATION = re.compile(rb"(template)(?=\s+(?:class|struct|union)\b)")
#: What the grammars do not know of the C of 2011 and 2023: attributes of types, atomic types, integers of any width, a storage class.
_TYPE_ATTRIBUTE = re.compile(rb"(?:struct(?<!\wstruct)|union(?<!\wunion))\s+((?:\[\[[^\[\]]*\]\]\s*)+)")
_ATOMIC = re.compile(rb"\b(_Atomic\s*\()[^()]*(\))")
_BIT_INT = re.compile(rb"\b_BitInt(\()\s*\w+\s*(\))")
_ENUM_BASE = re.compile(rb"\benum\s*(:[^{};]*)\{")
#: ``void operator()<int>(int a)``, a specialization.
_CALL_OPERATOR = re.compile(rb"(?<![.>])(?<!template )operator(?<!\woperator)\s*\(\)\s*(<[^;{}()]*>)(?=\s*\()")
#: What ``__has_include`` and its like ask for, which is no expression.
_HAS = re.compile(rb"__has_(?<!\w......)(?:include|include_next|embed|cpp_attribute|c_attribute)[ \t]*\(([^()\n]+)\)")
_HAS_CAPITALS = re.compile(rb"HAS_(?:INCLUDE|INCLUDE_NEXT|CPP_ATTRIBUTE)[ \t]*\(([^()\n]+)\)")
#: ``typedef unsigned int(name)[5];``
_TYPEDEF_ARRAY = re.compile(
    rb"typedef(?<!\wtypedef)\s[^;(){}]{0,200}?\b(?:bool|char|double|float|int|long|short|unsigned)(\()\s*\w+\s*(\))(?=\s*\[)"
)
_THREAD_LOCAL = re.compile(rb"\b(_Thread_local)\b")
_EXTERN = re.compile(rb"extern\s+\Z")


def blank_unreadable(text: bytearray, language: str = "cpp") -> None:
    """Blank what C and C++ have and the grammars have not."""
    source = bytes(text)
    if language == "c":
        for match in _ENUM_BASE.finditer(source) if b"enum" in source else ():
            blank(text, *match.span(1))
    for word, asked in ((b"__has_", _HAS), (b"HAS_", _HAS_CAPITALS)):
        for match in asked.finditer(source) if word in source else ():
            text[slice(*match.span(1))] = re.sub(rb"\W", b"_", match[1])
    for match in _CALL_OPERATOR.finditer(source) if b"operator" in source and b"<>" in source else ():
        blank(text, *match.span(1))
    if b"enum" in source:
        for match in _ENUM_ATTRIBUTE.finditer(source):
            blank(text, *match.span(1))
        for match in _MEMBER_ATTRIBUTE.finditer(source) if b"]]" in source or b"__attribute__" in source else ():
            blank(text, *match.span(1))
    for match in _MEMBER_POINTER.finditer(source) if b"::*" in source else ():
        blank(text, *match.span(1))
    for match in _TYPE_ATTRIBUTE.finditer(source) if b"[[" in source else ():
        blank(text, *match.span(1))
    for match in _ATOMIC.finditer(source) if b"_Atomic" in source else ():
        blank(text, *match.span(1))
        blank(text, *match.span(2))
    for match in _BIT_INT.finditer(source) if b"_BitInt" in source else ():
        text[match.start(1) : match.end(2)] = b"_" * (match.end(2) - match.start(1))
    for match in _TYPEDEF_ARRAY.finditer(source) if b"typedef" in source else ():
        blank(text, *match.span(1))
        blank(text, *match.span(2))
    for match in _THREAD_LOCAL.finditer(source) if b"_Thread_local" in source else ():
        text[slice(*match.span(1))] = b"thread_local "
    for match in _INSTANTIATION.finditer(source) if b"template" in source else ():
        extern = _EXTERN.search(source, max(match.start() - 40, 0), match.start())
        blank(text, extern.start() if extern else match.start(), match.end())
