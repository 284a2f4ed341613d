"""Texts of equal length that a parser understands better: macros, calls without a semicolon, branches of conditions blanked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter

__all__ = [
    "TEXT_OR_COMMENT",
    "Call",
    "balanced",
    "begins",
    "blank",
    "blank_attributes",
    "blank_calls",
    "blank_defaults",
    "blank_marks",
    "directives",
    "ending_after",
    "in_parentheses",
    "inside",
    "is_type",
    "is_word",
    "next_sign",
    "starts",
]

#: The text has an end of a line put before it.
_DIRECTIVE = re.compile(rb"\n[ \t]*+#[ \t]*+\w+[^\n\\]*(?:\\(?:\r?\n|.)[^\n\\]*)*")
#: Spaces for everything but ends of lines.
_BLANKS = bytes(b if b in b"\n\r" else 0x20 for b in range(256))
#: A call at the beginning of a line or of a definition of a type, or a name alone on a line; the text has an end of a line put before it.
_CALL = re.compile(rb"\n[ \t]*+(?=[A-Zst])((?:(?:typedef|static)[ \t]+)?)([A-Z][A-Z0-9_]{2,}+|Py\w+_HEAD)[ \t]*+(?:(\()|\r?(?=\n|\Z))")
_OPENING = re.compile(rb"[ \t]*\(")
#: Behind a name alone on a line: the name of a function, which that is the type of.
_TYPED = re.compile(rb"[ \t]*\r?\n(?=\w*[a-z])[A-Za-z_]\w*[ \t]*\(")
_AFTER_CALL = re.compile(rb"(?:[ \t]|//[^\n]*|/\*[^\n]*?\*/)*")
_EMPTY = re.compile(rb"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
#: What decides where parentheses close: these themselves, and whole literals and comments, in which they mean nothing.
_TURN = re.compile(
    rb"[()]|\"[^\"\\\n]*+(?>(?:\\.[^\"\\\n]*+)*)\"?|'[^'\\\n]*+(?>(?:\\.[^'\\\n]*+)*)'?|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL
)
_DEFAULT = re.compile(rb"\{[^{};]*\}(?=\s*(?:/\*[^*/]*\*/\s*)?[,)])")
_BRACKETS = re.compile(rb"[][(){}]")
#: Literals and comments, in which words and brackets mean nothing. A comment that does not end goes on to the end of the text, and a quote
#: behind a backslash begins nothing.
TEXT_OR_COMMENT = re.compile(
    rb'"(?<!\\")(?>(?:[^"\\\n]++|\\.)*)"|/\*.*?(?:\*/|\Z)|//[^\n]*|\'(?<!\\\')(?>(?:[^\'\\\n]++|\\.)+)\'', re.DOTALL
)

#: A text that can be nothing but a type.
_TYPE = re.compile(
    rb"\s*(?:(?:const|struct|union|enum|unsigned|signed)\s+)*"
    rb"(?:(?:void|bool|char|int|long|short|float|double|unsigned|signed|\w+_t)\b|(?!operator\b)\w+(?=\s*(?:const\s*)?\*))(?:\s*[*&]|\s+(?:const|int|long|double)\b)*\s*\Z"
)
#: The name of a function, which goes on behind its type; that of a macro is another call.
_NAMED = re.compile(rb"\s*[*&]*(?![A-Z][A-Z0-9_]*\s*\()[A-Za-z_][\w:]*\s*\(")
#: Marks of code templates: ``${name}``, ``@NAME@``, beside the first also ``$name`` at the end of a line.
_AT_MARK = rb"@(?<![A-Za-z0-9@]@)[A-Z][A-Z0-9_]*@(?![A-Za-z0-9])"
_MARK, _ONLY_AT_MARK = re.compile(rb"\$\{[^{}\n]*\}|\$(?<=[\n \t]\$)[a-z]\w*(?=[ \t]*\r?(?:\n|\Z))|" + _AT_MARK), re.compile(_AT_MARK)


class Call:
    """A call of a macro that stands like a declaration, without a semicolon."""

    __slots__ = ("end", "name", "start")

    def __init__(self, name: str, start: int, end: int) -> None:
        self.name, self.start, self.end = name, start, end


def blank(text: bytearray, start: int, end: int) -> None:
    """Replace everything but ends of lines by spaces."""
    text[start:end] = text[start:end].translate(_BLANKS)


def directives(text: bytes) -> list[tuple[int, int]]:
    r"""Where preprocessor directives are, with their continuation lines.

    Examples
    --------
    >>> directives(b"#if A\\\n B\nf(#x)\n # endif")
    [(0, 9), (16, 24)]
    """
    if b"#" not in text:
        return []
    return [(match.start(), match.end() - 1) for match in _DIRECTIVE.finditer(b"\n" + text)]


def blank_attributes(
    text: bytearray, inside: list[tuple[int, int]], macros: Iterable[str], wrappers: Iterable[str] = (), plain: Iterable[str] = ()
) -> int:
    """Blank the macros, with arguments where they have any, outside of directives (`inside`); how many.

    Of ``WRAPPER(int)`` the argument is left, and behind macros without parameters (`plain`), all is.
    """
    alone = {m.encode() for m in plain}
    kept = {m.encode() for m in wrappers}
    names = ({m.encode() for m in macros} | kept) - {b""}
    if not names:
        return 0
    source, count = bytes(text), 0
    skipped = iter([*inside, (len(source) + 1, len(source) + 1)])
    start, end = next(skipped)
    for first, behind, name in _words(source, names):
        while end <= first:
            start, end = next(skipped)
        if start <= first < end:
            continue
        stop, opening = behind, _OPENING.match(source, behind) if name not in alone else None
        if opening is None and name.islower() and name not in alone:
            continue  # of lower case, it is a macro only where it is called
        if opening is not None:
            closing = balanced(source, opening.end() - 1)
            # `NAME(args)` is blanked whole, but `NAME (*f)(int)` and `NAME (x)` of a value are not calls of an attribute
            if closing > 0 and name in kept:
                blank(text, closing - 1, closing)
                stop = opening.end()
            elif closing > 0 and (source[opening.end() : opening.end() + 1] not in (b"*", b"&") or next_sign(source, closing) not in b"(["):
                stop = closing
        blank(text, first, stop)
        count += 1
    return count


def _words(source: bytes, names: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
    """Where names stand as whole words, in the order of the text."""
    found = list[tuple[int, int, bytes]]()
    for name in names:
        for at in starts(source, name):
            end = at + len(name)
            if not is_word(source[at - 1 : at]) and not is_word(source[end : end + 1]):
                found.append((at, end, name))
    found.sort()
    return found


def starts(source: bytes, text: bytes) -> Iterator[int]:
    """Where a fixed text stands: found much faster than what may be one of some.

    Examples
    --------
    >>> list(starts(b"class A; class B;", b"class"))
    [0, 9]
    """
    at = source.find(text)
    while at >= 0:
        yield at
        at = source.find(text, at + 1)


def is_word(sign: bytes) -> bool:
    """Whether a sign is a letter, a digit, or an underscore."""
    return sign.isalnum() or sign == b"_"


def blank_marks(text: bytearray) -> int:
    """Blank the marks of a code template that stand alone on their lines, and write a name for all others; how many."""
    if b"${" not in text and b"@" not in text:
        return 0
    source, count = bytes(text), 0
    for match in (_MARK if b"${" in source else _ONLY_AT_MARK).finditer(source):
        count += 1
        start, end = source.rfind(b"\n", 0, match.start()) + 1, source.find(b"\n", match.end())
        alone = not source[start : match.start()].strip() and not source[match.end() : end if end >= 0 else len(source)].strip()
        blank(text, match.start(), match.end())
        if not alone:
            text[match.start() : match.end()] = b"x" * (match.end() - match.start())
    return count


_END = itemgetter(1)


def ending_after(offset: int, ranges: Sequence[tuple[int, int]]) -> int:
    """The number of the first of ranges, which are in order, that ends after an offset; how many there are if none does."""
    return bisect_right(ranges, offset, key=_END)


def inside(offset: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether an offset lies in one of the ranges, which are in order."""
    number = ending_after(offset, ranges)
    return number < len(ranges) and ranges[number][0] <= offset


def blank_calls(
    text: bytearray,
    skipped: list[tuple[int, int]],
    macros: Iterable[str],
    declaring: Collection[str] = (),
    enumerations: Sequence[tuple[int, int]] = (),
) -> list[Call]:
    """Blank ``NAME(…)`` on lines of their own after which no declaration goes on, and names alone on a line.

    What is alone on a line of one of the `enumerations`, which are in order, is a member. Of a call that stands for the head of a function,
    what it is given is blanked if there are parentheses in it.
    """
    source = bytes(text)
    named, found = {m.encode() for m in macros}, list[Call]()
    for start, name, behind, is_call, before in _calls(source, declaring):
        defines, mixed = before.startswith(b"typedef"), name.startswith(b"Py")
        if (mixed if is_call else len(name) < 4 or before) or inside(start, skipped) or inside(start, enumerations):
            continue
        if not begins(source, start, skipped) and not (found and _EMPTY.fullmatch(source, found[-1].end, start) is not None):
            continue
        end = balanced(source, behind - 1) if is_call else behind
        if end < 0:
            continue
        if is_call:
            after = _AFTER_CALL.match(source, end)
            assert after is not None
            ends_line = after.end() >= len(source) or source[after.end() : after.end() + 1] in (b"\n", b"\r")
            following = next_sign(source, after.end())
            declares = following in (b";", b"=") and name.decode() in declaring
            if defines and not declares:
                continue
            if following == b"{" and name.decode() in declaring and b"(" in source[behind : end - 1]:  # FUNCTION(int, f, (int a)) {
                blank(text, behind, end - 1)
                continue
            if declares and following == b"=":  # FIELD(int, name) = 3;
                end = _statement_end(source, end)
            if name not in named and not declares and not (ends_line and following not in b"{;:,)=.-+*/&|<>?[("):
                continue
            if name not in named and is_type(source[behind : end - 1]) and _NAMED.match(source, after.end()) is not None:
                continue  # FOO_RETURNS(int)\nf(char);
        elif next_sign(source, end) in (b"(", b"*") or (
            source[start - 1 : start] in (b"", b"\n") and _TYPED.match(source, end) is not None
        ):
            continue  # NAME\n(int a);   NAME\n*f(int a);   VALUE\nf(int a)
        found.append(Call(name.decode(), start, end))
    for call in found:
        blank(text, call.start, call.end)
    return sorted(found, key=lambda c: c.start)


def _calls(source: bytes, declaring: Iterable[str]) -> Iterator[tuple[int, bytes, int, bool, bytes]]:
    """What may be a call: where it begins, its name, the offset behind that or its parenthesis, whether it has one, and what is before."""
    for match in _CALL.finditer(b"\n" + source):  # offsets of what is found in it are one too high
        is_call = match[3] is not None
        yield match.start(1) - 1, match[2], (match.end() if is_call else match.end(2)) - 1, is_call, match[1]
    for name in sorted(name.encode() for name in declaring if not name.isupper()):
        for start in starts(source, name):
            opening = _OPENING.match(source, start + len(name))
            if opening is not None and not source[source.rfind(b"\n", 0, start) + 1 : start].strip(b" \t"):
                yield start, name, opening.end(), True, b""


def is_type(text: bytes) -> bool:
    """Whether a text can be nothing but a type.

    Examples
    --------
    >>> [is_type(text) for text in (b"const char *", b"unsigned", b"size_t", b"struct A*", b"A", b"a, b")]
    [True, True, True, True, False, False]
    """
    return _TYPE.match(text) is not None


def begins(source: bytes, start: int, skipped: list[tuple[int, int]]) -> bool:
    """Whether a declaration may begin at an offset: what stands before ends one."""
    at = start - 1
    while at >= 0:
        char = source[at : at + 1]
        if char.isspace():
            line = source.rfind(b"\n", 0, at) + 1 if char == b"\n" else -1
            if line >= 0:
                before = source[line:at]
                if inside(line + len(before) - len(before.lstrip()), skipped):
                    return True
                mark = before.find(b"//")
                if mark >= 0:
                    at = line + mark - 1
                    continue
            at -= 1
            continue
        if source[at - 1 : at + 1] == b"*/":
            at = source.rfind(b"/*", 0, at) - 1
            continue
        return char in b";{}" or (char == b":" and source[at - 1 : at] != b":") or char == b")"
    return True


def next_sign(source: bytes, at: int) -> bytes:
    """The first sign after an offset that is no white space or comment; ``[[`` is one, and at the end there is an end of a line."""
    match = _EMPTY.match(source, at)
    assert match is not None
    sign = source[match.end() : match.end() + 1]
    return (b"[[" if source.startswith(b"[[", match.end()) else sign) or b"\n"


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
    """The offset behind the parenthesis that closes the one at `opening`; -1 where none does.

    Examples
    --------
    >>> balanced(b'f(")", /* ) *//* ( */ g())', 1), balanced(b"f(a", 1)
    (26, -1)
    """
    depth = 0
    for turn in _TURN.finditer(source, opening, opening + most):
        sign = source[turn.start()]
        if sign == 0x28:
            depth += 1
        elif sign == 0x29:
            depth -= 1
            if not depth:
                return turn.end()
    return -1


def blank_defaults(text: bytearray) -> int:
    """Write ``= 0`` for the defaults ``= {}`` and ``= {1, 2}``, which the grammar does not know."""
    source, count = bytes(text), 0
    for match in _DEFAULT.finditer(source):
        start = match.start() - 1
        while source[start : start + 1].isspace():
            start -= 1
        if start >= 0 and source[start] == 0x3D and (not match[0].strip(b"{} \t\r\n") or in_parentheses(source, start)):
            blank(text, start, match.end())
            text[start] = 0x3D
            text[match.end() - 1] = 0x30
            count += 1
    return count


def in_parentheses(source: bytes, at: int) -> bool:
    """Whether the innermost bracket that is open at an offset is a parenthesis."""
    closed, brackets = 0, list[bytes](_BRACKETS.findall(source, max(at - 1_000, 0), at))
    for bracket in reversed(brackets):
        if bracket in b")]}":
            closed += 1
        elif closed:
            closed -= 1
        else:
            return bracket == b"("
    return False
