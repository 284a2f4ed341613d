"""Words that stand where only a macro can, or that are called as such macros are, though no file of the tree may define them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .blanking import balanced, blank, inside, is_word, next_sign, starts

__all__ = ["blank_unknown"]

#: Keywords of types, and what stands behind them: names of capitals. A fixed text is found much faster than what may be one of some.
_KEYWORDS = (b"class", b"struct", b"union", b"enum")
_CAPITALS = re.compile(rb"\s+(?:[A-Z][A-Z0-9_]{2}|__[a-z])")
_ENUM_CAPITALS = re.compile(rb"(?:\s+(?:class|struct))?\s+(?:[A-Z][A-Z0-9_]{2}|__[a-z])")
#: ``class EXPORT Name :``, ``struct __packed name {``, where no file of the tree says what ``EXPORT`` is.
_UNKNOWN = re.compile(
    rb"(?:class|struct|union|enum(?:\s+class|\s+struct)?)"
    rb"((?:\s+(?:[A-Z][A-Z0-9_]{2,}|__(?!attribute|declspec|extension)[a-z]\w*)(?:\s*\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\))?)+)\s+"
    rb"(?=[A-Za-z_]\w*(?:\s*::\s*\w+)*\s*(?:<[^;{}()]*>\s*)?(?:final\b\s*)?(?::(?!:)|\{))"
)
#: ``class Name FOO_FINAL {``, ``class Name FOO_FINAL : Base``: a macro behind a name that is spelled like one of a class.
_BEHIND_NAME = re.compile(rb"\s+(?=\w*[a-z])[A-Z]\w*+\s+([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?=\s*(?::(?!:)|\{[^{}=]*;))")
#: ``FOO_EXPORT void f();``: such names are told by how they end, and begin with a capital. What is a value goes on with another sign.
_EXPORT_END = re.compile(
    rb"_(?:API|EXPORT|EXPORTS|EXTERN|EXTERNAL|PUBLIC|IMPORT|DECL|DLL|LINKAGE|INLINE)\b"
    rb"(?!\s*\()(?!(?>(?:\s++|/\*[^*]{0,200}\*/|//[^\n]*)*)(?:[=,}|;)\]+.?-]|:(?!:)))"
)
_OF_CAPITALS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
#: What points behind the name of a type, and a type that stands before a macro.
_POINTS = re.compile(rb"\s*[*&]")
_TYPE_BEFORE = re.compile(rb"(?<!\w)(?!(?:const|static|extern|inline|constexpr|volatile|typedef|struct|return|new)\b)\w+[\s*&>]+\Z")
#: What stands before a macro around parameters is the name of a function.
_LAST_WORD, _NO_NAME = re.compile(rb"(?:(\w+)|\(\s*\*\s*\w*\s*(?:\[\w*\]\s*)?\))\s+\Z"), (b"return", b"else", b"case", b"throw")


def blank_unknown(text: bytearray, skipped: list[tuple[int, int]]) -> int:
    """Blank names that stand where only an attribute can stand, or that are called as such macros are; how many."""
    source, count = bytes(text), 0
    for keyword, start, end in _unknown(source):
        if not is_word(source[keyword - 1 : keyword]) and not inside(start, skipped):
            blank(text, start, end)
            count += 1
    for word, pattern in ((b"enum", _ENUM_CALL), (b"typedef", _TYPEDEF_CALL)):
        for match in pattern.finditer(source) if word in source else ():
            if not inside(match.start(1), skipped):
                blank(text, *match.span(1))
                count += 1
    for match in _POINTER_CALL.finditer(source) if b"P " in source else ():
        before = source[max(match.start() - 1_000, 0) : match.start()].rstrip(b" \t*&")
        if is_word(before[-1:]) and not inside(match.start(1), skipped):
            text[slice(*match.span(1))] = b"*" + b" " * (match.end(1) - match.start(1) - 1)
            count += 1
    for match in _STRUCT_CALL.finditer(source) if b"_STRUCT" in source else ():
        if not inside(match.start(1), skipped):
            text[slice(*match.span(1))] = b"struct".ljust(match.end(1) - match.start(1))
            blank(text, *match.span(2))
            count += 1
    for start, end, closing, last in _around(source):
        if not inside(start, skipped):
            blank(text, start, end)
            blank(text, closing, last)
            count += 1
    for start, end in _exports(bytes(text)):
        if not inside(start, skipped):
            blank(text, start, end)
            count += 1
    return count


def _around(source: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Macros around what is declared: where each begins and ends before it, and behind it."""
    for word, pattern in ((b"PyAPI_", _PYTHON_CALL), (b"UNUSED", _UNUSED)):
        for match in pattern.finditer(source) if word in source else ():
            yield *match.span(1), *match.span(2)
    for start, opening, closing in _prototypes(source) if b"((" in source else ():
        yield start, opening + 1, closing, closing + 1


def _prototypes(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Macros around the parameters of functions, which have parentheses of their own: where each begins, and its parentheses.

    Examples
    --------
    >>> list(_prototypes(b"int f OF((int a)); if (x) return F((a)); G((b)); H((a), b); int (*g) _((int)) = i;"))
    [(6, 8, 16), (69, 70, 76)]
    """
    for opening in starts(source, b"(("):
        end = opening
        while end and source[end - 1] in b" \t":
            end -= 1
        start = end
        while start and source[start - 1] in _OF_CAPITALS:
            start -= 1
        if start == end or not source[start - 1 : start].isspace():
            continue
        before = _LAST_WORD.search(source, max(start - 100, 0), start)
        closing = balanced(source, opening + 1) if before is not None and before[1] not in _NO_NAME else -1
        while closing > 0 and source[closing : closing + 1].isspace():
            closing += 1
        ends = (b";", b"{") if before is not None and before[1] is not None else (b";", b"=", b",", b")")
        if closing > 0 and source[closing : closing + 1] == b")" and next_sign(source, closing + 1) in ends:
            yield start, opening, closing


def _exports(source: bytes) -> Iterator[tuple[int, int]]:
    r"""Where words are that end as macros of exports do: of capitals, or behind a capital with one of the commonest ends.

    Examples
    --------
    >>> list(_exports(b"FOO_API f(); xA_API x, _API, A_API(3) B_EXPORT, A_EXPORT\nItkIO_EXPORT g();"))
    [(0, 7), (48, 56), (57, 69)]
    >>> list(_exports(b"const A_API* a; void B_API *f();"))
    [(21, 26)]
    """
    for match in _EXPORT_END.finditer(source):
        start = match.start()
        while start and source[start - 1] in _OF_CAPITALS:
            start -= 1
        if is_word(source[start - 1 : start]) and match[0] in (b"_EXPORT", b"_API"):
            while start and is_word(source[start - 1 : start]):
                start -= 1
        if (
            source[start : start + 1].isupper()
            and not is_word(source[start - 1 : start])
            and not _is_pointed_at(source, start, match.end())
        ):
            yield start, match.end()


def _is_pointed_at(source: bytes, start: int, end: int) -> bool:
    """Whether a word is the name of a type: what points to it follows, and no other type stands before it."""
    return _POINTS.match(source, end) is not None and _TYPE_BEFORE.search(source, max(start - 100, 0), start) is None


#: ``enum A FOO_BASE(int) {``, and ``typedef FOO_TYPE(B) C;``, whose macro is read as a type.
_ENUM_CALL = re.compile(rb"enum(?<!\wenum)\s+(?:class\s+|struct\s+)?[A-Za-z_]\w*\s+([A-Z][A-Z0-9]*_[A-Z0-9_]*\s*\([^(){};]*\))(?=\s*\{)")
_TYPEDEF_CALL = re.compile(
    rb"typedef(?<!\wtypedef)\s+(?:const\s+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*\s*(\((?:[^(){};]|\([^(){};]*\))*\))(?=[\s*&]*[A-Za-z_]\w*\s*;)"
)
#: ``void (FOO_APIENTRYP f)(int)``: such macros end in ``*``.
_POINTER_CALL = re.compile(rb"\([ \t]*([A-Z][A-Z0-9_]*P)[ \t]+[A-Za-z_]\w*[ \t]*\)[ \t]*\(")
#: ``void f(int UNUSED(a))``
_UNUSED = re.compile(rb"[\w*&>]\s*+(?<!\w)((?:\w+_)?UNUSED(?:_\w+)?[ \t]*\()[ \t]*[A-Za-z_]\w*[ \t]*(\))(?=\s*[,)])")
#: ``FOO_ALIGNED_STRUCT(8) Name FOO_FINAL {``, of generated code.
_STRUCT_CALL = re.compile(rb"\b([A-Z][A-Z0-9_]*_STRUCT[ \t]*\(\w*\))[ \t]+[A-Za-z_]\w*[ \t]*((?:[A-Z][A-Z0-9]*_[A-Z0-9_]+)?)(?=\s*\{)")
#: ``PyAPI_FUNC(int) f(int);``, as the headers of Python have it.
_PYTHON_CALL = re.compile(rb"\b(PyAPI_(?:FUNC|DATA)[ \t]*\()[^(){};]*(\))(?=[\s*&]*[A-Za-z_])")


def _unknown(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Where keywords of types are, and macros before the names of the types, or behind them."""
    heads, end = list[int](), 0
    for word in _KEYWORDS:
        capitals, named = _ENUM_CAPITALS if word == b"enum" else _CAPITALS, word in (b"class", b"struct")
        for at in starts(source, word):
            if capitals.match(source, at + len(word)) is not None:
                heads.append(at)
            if named and (match := _BEHIND_NAME.match(source, at + len(word))) is not None:
                yield at, *match.span(1)
    for start in sorted(heads):
        found = _UNKNOWN.match(source, start) if start >= end else None
        if found is not None:
            yield start, *found.span(1)
            end = found.end()
