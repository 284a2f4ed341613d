"""Texts of equal length that a parser understands better: macros, calls without a semicolon, branches of conditions blanked."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

__all__ = [
    "Call",
    "balanced",
    "begins",
    "blank",
    "blank_attributes",
    "blank_calls",
    "blank_comments_in_directives",
    "blank_defaults",
    "blank_marks",
    "blank_unknown",
    "blank_unreadable",
    "directives",
    "inside",
]

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*\w+(?:[^\n\\]|\\\r?\n|\\.)*", re.MULTILINE)
_INNER_COMMENT = re.compile(rb"/\*[^\n]*?\*/(?=[ \t]*\\)")
_NOT_NEWLINE = re.compile(rb"[^\n\r]")
#: ``class EXPORT Name :``, where no file of the tree says what ``EXPORT`` is.
_UNKNOWN = re.compile(
    rb"(?:class|struct|union|enum(?:\s+class|\s+struct)?)((?:\s+[A-Z][A-Z0-9_]{2,}(?:\s*\([^()\n]*\))?)+)\s+"
    rb"(?=[A-Za-z_]\w*(?:\s*::\s*\w+)*\s*(?:<[^;{}()]*>\s*)?(?:final\b\s*)?[:{])"
)
#: ``EXPORT void f();``: told by how such names end.
_EXPORT = re.compile(rb"\b[A-Z][A-Z0-9_]*_(?:API|EXPORT|EXPORTS|PUBLIC|IMPORT|DECL|DLL|LINKAGE|INLINE)\b(?!\s*\()")
_CALL = re.compile(rb"^[ \t]*([A-Z][A-Z0-9_]{2,})[ \t]*\(", re.MULTILINE)
_ALONE = re.compile(rb"^[ \t]*([A-Z][A-Z0-9_]{3,}|Py\w+_HEAD)[ \t]*\r?$", re.MULTILINE)
_DEFAULT = re.compile(rb"=\s*\{\s*\}(?=\s*[,)])")


_GNU = rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)"
_ATTRIBUTE = rb"(?:" + _GNU + rb"|\[\[[^\[\]]*\]\]|__declspec\s*\([^()]*\)|alignas\s*\([^()]*\))"
#: What the grammar does not know: attributes of enumerations and of their members, members that point to members,
#: and explicit instantiations of classes.
_ENUM_ATTRIBUTE = re.compile(rb"enum(?:\s+(?:class|struct))?\s+((?:" + _ATTRIBUTE + rb"\s*)+)")
_MEMBER_ATTRIBUTE = re.compile(rb"(" + _ATTRIBUTE + rb")(?=\s*[=,}])")
_MEMBER_POINTER = re.compile(rb"((?:\b[A-Za-z_]\w*(?:<[^<>;{}]*>)?\s*::\s*)+)(?=\*)")
_INSTANTIATION = re.compile(rb"(template)(?=\s+(?:class|struct|union)\b)")
#: What the grammars do not know of the C of 2011 and 2023: attributes of types, atomic types, integers of any width, a storage class.
_TYPE_ATTRIBUTE = re.compile(rb"\b(?:struct|union)\s+((?:\[\[[^\[\]]*\]\]\s*)+)")
_ATOMIC = re.compile(rb"\b(_Atomic\s*\()[^()]*(\))")
_BIT_INT = re.compile(rb"\b_BitInt(\()\s*\w+\s*(\))")
_ENUM_BASE = re.compile(rb"\benum\s*(:[^{};]*)\{")
#: What ``__has_include`` and its like ask for, which is no expression.
_HAS = re.compile(rb"\b__has_(?:include|include_next|embed|cpp_attribute|c_attribute)[ \t]*\(([^()\n]+)\)")
_THREAD_LOCAL = re.compile(rb"\b(_Thread_local)\b")
_EXTERN = re.compile(rb"extern\s+\Z")
#: Marks of code templates: ``${name}``, ``@NAME@``.
_MARK = re.compile(rb"\$\{[^{}\n]*\}|(?<![\w@])@[A-Z][A-Z0-9_]*@(?!\w)")


class Call:
    """A call of a macro that stands like a declaration, without a semicolon."""

    __slots__ = ("end", "name", "start")

    def __init__(self, name: str, start: int, end: int) -> None:
        self.name, self.start, self.end = name, start, end


def blank(text: bytearray, start: int, end: int) -> None:
    """Replace everything but ends of lines by spaces."""
    text[start:end] = _NOT_NEWLINE.sub(b" ", bytes(text[start:end]))


def directives(text: bytes) -> list[tuple[int, int]]:
    """Where preprocessor directives are, with their continuation lines."""
    return [m.span() for m in _DIRECTIVE.finditer(text)] if b"#" in text else []


def blank_comments_in_directives(text: bytearray) -> None:
    """Blank comments that stand within a directive and not at its end: the grammar ends the directive there."""
    source = bytes(text)
    for match in _DIRECTIVE.finditer(source) if b"/*" in source else ():
        if b"/*" in match[0]:
            for comment in _INNER_COMMENT.finditer(source, match.start(), match.end()):
                blank(text, comment.start(), comment.end())


def blank_attributes(text: bytearray, inside: list[tuple[int, int]], macros: Iterable[str], wrappers: Iterable[str] = ()) -> int:
    """Blank the macros, with arguments where they have any, outside of directives (`inside`); how many.

    Of ``WRAPPER(int)`` the argument is left.
    """
    kept = {m.encode() for m in wrappers}
    names = {m.encode() for m in macros} | kept
    if not names:
        return 0
    source, count = bytes(text), 0
    pattern = re.compile(rb"\b(?:" + b"|".join(re.escape(n) for n in sorted(names)) + rb")\b")
    skipped = iter([*inside, (len(source) + 1, len(source) + 1)])
    start, end = next(skipped)
    for match in pattern.finditer(source):
        while end <= match.start():
            start, end = next(skipped)
        if start <= match.start() < end:
            continue
        stop = match.end()
        opening = re.compile(rb"[ \t]*\(").match(source, stop)
        if opening is not None:
            closing = balanced(source, opening.end() - 1)
            # `NAME(args)` is blanked whole, but `NAME (*f)(int)` and `NAME (x)` of a value are not calls of an attribute
            if closing > 0 and match[0] in kept:
                blank(text, closing - 1, closing)
                stop = opening.end()
            elif closing > 0 and source[opening.end() : opening.end() + 1] not in (b"*", b"&"):
                stop = closing
        blank(text, match.start(), stop)
        count += 1
    return count


def blank_unknown(text: bytearray, skipped: list[tuple[int, int]]) -> int:
    """Blank names that stand where only an attribute can stand, or that are called as such macros are; how many."""
    source, count = bytes(text), 0
    for match in _UNKNOWN.finditer(source):
        apart = not source[max(match.start() - 1, 0) : match.start()].isalnum() and source[match.start() - 1 : match.start()] != b"_"
        if apart and not inside(match.start(1), skipped):
            blank(text, match.start(1), match.end(1))
            count += 1
    for match in _EXPORT.finditer(bytes(text)):
        if not inside(match.start(), skipped):
            blank(text, match.start(), match.end())
            count += 1
    return count


def blank_unreadable(text: bytearray, language: str = "cpp") -> None:
    """Blank what C and C++ have and the grammars have not."""
    source = bytes(text)
    if language == "c":
        for match in _ENUM_BASE.finditer(source) if b"enum" in source else ():
            blank(text, *match.span(1))
    for match in _HAS.finditer(source) if b"__has_" in source else ():
        text[slice(*match.span(1))] = re.sub(rb"\W", b"_", match[1])
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
    for match in _THREAD_LOCAL.finditer(source) if b"_Thread_local" in source else ():
        blank(text, *match.span(1))
    for match in _INSTANTIATION.finditer(source) if b"template" in source else ():
        extern = _EXTERN.search(source, max(match.start() - 40, 0), match.start())
        blank(text, extern.start() if extern else match.start(), match.end())


def blank_marks(text: bytearray) -> int:
    """Blank the marks of a code template that stand alone on their lines, and write a name for all others; how many."""
    if b"${" not in text and b"@" not in text:
        return 0
    source, count = bytes(text), 0
    for match in _MARK.finditer(source):
        count += 1
        start, end = source.rfind(b"\n", 0, match.start()) + 1, source.find(b"\n", match.end())
        alone = not source[start : match.start()].strip() and not source[match.end() : end if end >= 0 else len(source)].strip()
        blank(text, match.start(), match.end())
        if not alone:
            text[match.start() : match.end()] = b"x" * (match.end() - match.start())
    return count


def inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether an offset lies in one of the ranges, which are in order."""
    low, high = 0, len(ranges)
    while low < high:
        middle = (low + high) // 2
        if ranges[middle][1] <= offset:
            low = middle + 1
        else:
            high = middle
    return low < len(ranges) and ranges[low][0] <= offset


def blank_calls(text: bytearray, skipped: list[tuple[int, int]], macros: Iterable[str], declaring: Container[str] = ()) -> list[Call]:
    """Blank ``NAME(…)`` on lines of their own after which no declaration goes on, and names alone on a line."""
    source = bytes(text)
    named, found = {m.encode() for m in macros}, list[Call]()
    for match in _CALL.finditer(source):
        if inside(match.start(1), skipped):
            continue
        end = balanced(source, match.end() - 1)
        if end < 0 or not begins(source, match.start(1), skipped):
            continue
        after = re.compile(rb"(?:[ \t]|//[^\n]*|/\*[^\n]*?\*/)*").match(source, end)
        assert after is not None
        ends_line = after.end() >= len(source) or source[after.end() : after.end() + 1] in (b"\n", b"\r")
        following = _next_sign(source, after.end())
        declares = following in (b";", b"=") and match[1].decode() in declaring
        if declares and following == b"=":  # FIELD(int, name) = 3;
            end = _statement_end(source, end)
        if match[1] in named or declares or (ends_line and following not in b"{;:,)=.-+*/&|<>?[("):
            found.append(Call(match[1].decode(), match.start(1), end))
    for match in _ALONE.finditer(source):
        if not inside(match.start(1), skipped) and begins(source, match.start(1), skipped):
            found.append(Call(match[1].decode(), match.start(1), match.end(1)))
    for call in found:
        blank(text, call.start, call.end)
    return sorted(found, key=lambda c: c.start)


def begins(source: bytes, start: int, skipped: list[tuple[int, int]]) -> bool:
    """Whether a declaration may begin at an offset: what stands before ends one."""
    at = start - 1
    while at >= 0:
        char = source[at : at + 1]
        if char.isspace():
            line = source.rfind(b"\n", 0, at) + 1 if char == b"\n" else -1
            if line >= 0:
                before = source[line:at]
                mark = before.find(b"//")
                if mark >= 0:
                    at = line + mark - 1
                    continue
                if inside(line + len(before) - len(before.lstrip()), skipped):
                    return True
            at -= 1
            continue
        if source[at - 1 : at + 1] == b"*/":
            at = source.rfind(b"/*", 0, at) - 1
            continue
        return char in b";{}" or (char == b":" and source[at - 1 : at] != b":") or char == b")"
    return True


def _next_sign(source: bytes, at: int) -> bytes:
    """The first sign after an offset that is no white space or comment; an empty one at the end and before a directive counts as ``;``."""
    match = re.compile(rb"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL).match(source, at)
    assert match is not None
    sign = source[match.end() : match.end() + 1]
    return sign or b"\n"


def _statement_end(source: bytes, at: int, most: int = 2_000) -> int:
    """The offset of the ``;`` that ends a statement; `at` itself where none does."""
    depth = 0
    for i in range(at, min(at + most, len(source))):
        char = source[i]
        if char in b"({[":
            depth += 1
        elif char in b")}]":
            depth -= 1
        elif char == 0x3B and not depth:
            return i
        if depth < 0:
            break
    return at


def balanced(source: bytes, opening: int, most: int = 20_000) -> int:
    """The offset behind the parenthesis that closes the one at `opening`; -1 where none does."""
    depth, at, end = 0, opening, min(len(source), opening + most)
    while at < end:
        char = source[at]
        if char == 0x28:
            depth += 1
        elif char == 0x29:
            depth -= 1
            if not depth:
                return at + 1
        elif char in (0x22, 0x27):
            at = _string_end(source, at, end)
        elif char == 0x2F and source[at + 1 : at + 2] in (b"/", b"*"):
            close = source.find(b"\n" if source[at + 1 : at + 2] == b"/" else b"*/", at + 2)
            at = end if close < 0 else close
        at += 1
    return -1


def _string_end(source: bytes, at: int, end: int) -> int:
    quote, at = source[at], at + 1
    while at < end and source[at] != quote and source[at] != 0x0A:
        at += 2 if source[at] == 0x5C else 1
    return at


def blank_defaults(text: bytearray) -> int:
    """Write ``= 0`` for the default ``= {}``, which the grammar does not know."""
    count = 0
    for match in _DEFAULT.finditer(bytes(text)):
        blank(text, match.start(), match.end())
        text[match.start()] = 0x3D
        text[match.end() - 1] = 0x30
        count += 1
    return count
