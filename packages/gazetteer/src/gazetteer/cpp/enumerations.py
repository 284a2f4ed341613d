"""Directives and calls of macros within an enumeration, among which the grammars lose members: blanked, and read from the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from .blanking import Call, balanced, blank, directives, starts
from .conditionals import Branch, all_conditionals, bare
from .expansion import arguments_of

__all__ = ["Within", "blank_directives", "blank_members", "enumerations", "restore_members", "write_less"]

#: What begins the members of an enumeration, and what goes on up to their end.
_HEAD = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}()]{0,1000}\{")
_MEMBERS = re.compile(
    rb"(?>(?:[^{}/\"']++|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')*)(?=\})", re.DOTALL
)
#: A call where a member may begin, in a text without comments.
_CALL = re.compile(rb"([A-Z_][A-Z0-9_]*)[ \t]*\(")
_WORD = re.compile(rb"\w+")

#: A name that only a member has here: nothing stands before it on its line, or what ends another.
_MEMBER = re.compile(rb"[{,\n][ \t]*([A-Za-z_]\w*)[ \t]*(?==(?!=)|[,}])")

#: An enumeration in which a line begins with a directive, at first sight; and the members of one, where comments and literals are blanked.
_LIKELY = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}]*\{[^{}]*?\n[ \t]*#")
_BODY = re.compile(rb"enum(?<!\wenum)(?!\w)[^;{}()]*\{([^{}]*)\}")
#: What ends a member, and what begins one.
_BEFORE, _BEHIND = re.compile(rb"[\w)'\"]\s*\Z"), re.compile(rb"\s*[A-Za-z_]")
#: ``A < 0 ||``: no arguments of a template end so, and the grammar looks for more of these in the members that follow.
_LESS = re.compile(rb"<(?=\s*\d+\s*(?:\|\||&&|\?|\)))")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*(?:define|undef|include|pragma)(?!\w)")


def enumerations(text: bytes) -> list[tuple[int, int]]:
    """Where the members of enumerations stand, from brace to brace.

    Examples
    --------
    >>> enumerations(b"enum class A : int { B, /* } */ C }; class D { enumerate { } };")
    [(20, 34)]
    """
    found = list[tuple[int, int]]()
    for start in starts(text, b"enum"):
        head = _HEAD.match(text, start) if not found or start >= found[-1][1] else None
        members = _MEMBERS.match(text, head.end()) if head is not None else None
        if members is not None:
            found.append(members.span())
    return found


def restore_members(text: bytearray, content: bytes, within: Sequence[tuple[int, int]]) -> None:
    """Write the names of members again that were blanked, for macros of other files have them.

    Examples
    --------
    >>> text = bytearray(b"enum { A = 1,        = 2, C        };")
    >>> restore_members(text, b"enum { A = 1, UNUSED = 2, C UNUSED };", enumerations(bytes(text)))
    >>> text.decode()
    'enum { A = 1, UNUSED = 2, C        };'
    """
    for first, last in within:
        if text[first:last] == content[first:last]:
            continue
        for match in _MEMBER.finditer(content, first - 1, last + 1):
            if not text[slice(*match.span(1))].strip():
                text[slice(*match.span(1))] = match[1]


def blank_members(text: bytearray, within: Sequence[tuple[int, int]], members: Mapping[str, int]) -> list[Call]:
    r"""Blank calls of macros that stand where members of enumerations do; gives those that say no name of a member.

    Of the others only that name is left: it is the argument of this number in `members`.

    Examples
    --------
    >>> text = bytearray(b"enum { LIST(X) A, OPT(B, LONG, 2), C = D(1, E(2)) };")
    >>> [call.name for call in blank_members(text, enumerations(bytes(text)), {"OPT": 0})], bytes(text)
    (['LIST'], b'enum {         A,     B          , C = D(1, E(2)) };')
    """
    calls = list[Call]()
    for first, last in within:
        if text.find(b"(", first, last) < 0:
            continue
        code = bare(bytes(text[first:last]))
        depth = counted = end = 0
        for match in _CALL.finditer(code):
            depth += code.count(b"(", counted, match.start()) - code.count(b")", counted, match.start())
            counted = match.start()
            before = code[end:counted].rstrip()
            if depth or (before and not before.endswith(b",")) or (not before and not end and code[:counted].strip()):
                continue
            behind = balanced(code, match.end() - 1)
            if behind < 0:
                break
            end = behind
            name = match[1].decode()
            at = _argument(code, match.end(), behind - 1, members[name]) if name in members else None
            after = code[behind:].lstrip()[:1]
            if at is None:
                calls.append(Call(name, first + counted, first + behind))
                comma = code.index(b",", behind) + 1 if after == b"," else behind
                blank(text, first + counted, first + comma)
                end = comma
            else:
                blank(text, first + counted, first + at[0])
                blank(text, first + at[1], first + behind)
                if after not in (b",", b""):
                    text[first + behind - 1 : first + behind] = b","
    return calls


def _argument(code: bytes, start: int, end: int, number: int) -> tuple[int, int] | None:
    """Where an argument of a call is, if it is a name."""
    arguments = arguments_of(code[start:end].decode("latin-1"))
    if number >= len(arguments) or not arguments[number].isidentifier():
        return None
    for at in arguments[:number]:
        start = code.index(at.encode("latin-1"), start) + len(at)
    word = _WORD.search(code, start, end)
    return word.span() if word is not None else None


def _is_in_value(before: bytes) -> bool:
    """Whether a value goes on behind the members of an enumeration up to there.

    Examples
    --------
    >>> [_is_in_value(text) for text in (b"A,", b"A = (B", b"A, B =", b"A", b"A = f(1)", b"")]
    [False, True, True, False, False, False]
    """
    shown = before.rstrip()
    return before.count(b"(") > before.count(b")") or (shown[-1:] not in (b"", b",") and _BEFORE.search(shown[-20:]) is None)


def write_less(text: bytearray, within: Sequence[tuple[int, int]]) -> None:
    """Write comparisons with a number in values of members as another sign.

    Examples
    --------
    >>> text = bytearray(b"enum { A = B<0 || C==D, E = F<0>::G, H = (I > 3) };")
    >>> write_less(text, enumerations(bytes(text))); text.decode()
    'enum { A = B-0 || C==D, E = F<0>::G, H = (I > 3) };'
    """
    for first, last in within:
        for match in _LESS.finditer(text, first, last) if text.find(b"<", first, last) >= 0 else ():
            text[match.start()] = 0x2D


class Within(Struct):
    """What stands among members of enumerations: directives that stand alone, and branches of conditions."""

    defines: list[tuple[int, int]]
    branches: list[Branch]


def blank_directives(text: bytearray) -> Within:
    r"""Blank the directives in enumerations that stand alone, and those of conditions that begin and end there.

    Examples
    --------
    >>> text = bytearray(b"enum {\n A,\n#define A A\n#ifdef X\n B\n#endif\n};\n#define C\n")
    >>> [(b.condition, bytes(text[b.start : b.end])) for b in blank_directives(text).branches], bytes(text)
    ([('defined(X)', b'\n B\n')], b'enum {\n A,\n           \n        \n B\n      \n};\n#define C\n')
    """
    source, found = bytes(text), Within([], [])
    if b"enum" not in source or _LIKELY.search(source) is None:
        return found
    code = bare(source)
    bodies = [match.span(1) for match in _BODY.finditer(code)]
    for start, end in directives(source):
        if _DEFINE.match(source, start) and any(first <= start < last for first, last in bodies):
            blank(text, start, end)
            found.defines.append((start, end))
    for conditional in all_conditionals(source):
        start, end = conditional.directives[0][0], conditional.directives[-1][1]
        body = next((first for first, last in bodies if first <= start and end <= last), -1)
        if body >= 0 and _is_in_value(code[body:start]):  # A = (B #ifdef C * 2, #else * 3, #endif
            blank(text, start, conditional.branches[0].start)
            blank(text, conditional.branches[0].end, end)
        elif body >= 0:
            found.branches += conditional.branches
            for first, last in conditional.directives:
                blank(text, first, last)
                if _BEFORE.search(code, max(first - 200, 0), first) is not None and _BEHIND.match(code, last) is not None:
                    text[first : first + 1] = b","  # the last member of a branch may have none behind it
    found.branches.sort(key=lambda branch: branch.start)  # those around others come first
    return found
