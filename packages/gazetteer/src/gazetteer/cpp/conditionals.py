"""Conditions of the preprocessor whose branches are no whole declarations: braces that open in each branch and close behind all.

The grammar reads ``#if … #else … #endif`` where each branch is a list of declarations. Where it is not (``struct A {`` in one branch,
``struct API A {`` in the other, and one body for both), one branch is read at a time, and what the others declare is added.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import attrgetter

from msgspec import Struct

from ..model import Block
from .blanking import blank, in_parentheses

__all__ = [
    "BLANKS",
    "Branch",
    "Conditional",
    "all_conditionals",
    "bare",
    "blank_endless",
    "blank_dead",
    "chosen",
    "conditional_directives",
    "split_conditionals",
]

#: How a directive goes on: over ends of lines behind a backslash and in comments, which do not begin in texts and in other comments.
_ON = rb"""[^\n\\/"]*(?>(?:(?:\\(?:\r?\n|.)|/(?!\*)(?:/[^\n\\]*+)?|/\*.*?(?:\*/|\Z)|"(?:(?>(?:[^"\\\n]++|\\.)*)")?)[^\n\\/"]*)*)"""
#: Directives, comments and literals; the text has an end of a line put before it. Every part begins with a fixed sign: what may begin
#: with one of some is found much faster so. What does not end goes on to the end of the text, and a quote behind a backslash begins
#: nothing: else each of many would be looked for an end of.
_HIDDEN = re.compile(
    rb"\n([ \t]*#" + _ON + rb")"
    rb"|//[^\n]*|/\*.*?(?:\*/|\Z)"
    rb'|"(?<!\\")[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    rb"|'(?<![0-9A-Fa-f\\]')(?!')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    rb'|R(?<!\wR)"([^()\\\s]{0,16})\(.*?(?:\)\2"|\Z)',
    re.DOTALL,
)
_CONDITIONAL = re.compile(rb"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b(" + _ON + rb")", re.DOTALL)
#: What is left out whatever is defined; the text has an end of a line put before it.
_DEAD = re.compile(rb"\n[ \t]*#[ \t]*if[ \t]+0\b")
#: Spaces for everything but ends of lines.
BLANKS = bytes(b if b == 0x0A else 0x20 for b in range(256))
_COMMENT = re.compile(rb"//[^\n]*|/\*.*?(?:\*/|\Z)|\\\r?\n", re.DOTALL)
_TEXT_OR_COMMENT = re.compile(rb'"(?>(?:[^"\\\n]++|\\.)*)"|' + _COMMENT.pattern, re.DOTALL)
_SAME_BRACKETS = bytes.maketrans(b"()", b"{}")
_NO_BRACKETS = bytes(b for b in range(256) if b not in b"{}()")
#: Signs behind which a declaration goes on.
_GOES_ON = re.compile(rb"(?:[=(<>&|+?]|(?<!\w)(?:struct|class|union|enum)\s+\w+)\s*\Z")
_START = attrgetter("start")
#: A branch that ends with one of these ends with a whole declaration, label or item.
_ENDS = b";},:"
#: One that begins so goes on with what stands before it: ``A(int b)`` and, under a condition, ``= default;`` or ``: c(b)``.
_CONTINUES = re.compile(rb"[={]|:(?!:)")


class Branch(Struct, frozen=True):
    """One branch: where its text is, and the whole condition under which it is read."""

    start: int
    end: int
    condition: str


class Conditional(Struct):
    """One ``#if`` to its ``#endif``."""

    directives: list[tuple[int, int]]
    branches: list[Branch]
    split: bool = False


def bare(text: bytes, *, directives: bool = False) -> bytes:
    r"""The text with comments, literals and directives blanked; with `directives`, those are left.

    Examples
    --------
    >>> bare(b'#if X\nf("{"); // }\n')
    b'     \nf(   );     \n'
    """
    return _HIDDEN.sub(_but_directives if directives else _blanked, b"\n" + text)[1:]


def _blanked(match: re.Match[bytes]) -> bytes:
    return match[0].translate(BLANKS)


def _but_directives(match: re.Match[bytes]) -> bytes:
    return match[0] if match[1] is not None else match[0].translate(BLANKS)


def blank_endless(text: bytearray) -> None:
    r"""Blank a comment that does not end: the grammar would look for its end from each of its words.

    Examples
    --------
    >>> text = bytearray(b'int a; /* b */ char *c = "/*"; /* int d;\n /* e')
    >>> blank_endless(text)
    >>> text.decode()
    'int a; /* b */ char *c = "/*";          \n     '
    """
    if text.rfind(b"/*") > text.rfind(b"*/"):  # few: they stand in texts
        for last in deque(_HIDDEN.finditer(b"\n" + text), 1):
            for part in deque(_TEXT_OR_COMMENT.finditer(last[0]) if last[0][:1] in b"\n/" else (), 1):
                if last.end() > len(text) and part[0].startswith(b"/*") and not part[0].endswith(b"*/", 3):
                    blank(text, last.start() + part.start() - 1, len(text))


def _conditionals(text: bytes) -> Iterator[re.Match[bytes]]:
    """The directives that begin, part and end conditions."""
    at, end = text.find(b"#"), 0
    while at >= 0:
        line = text.rfind(b"\n", 0, at) + 1
        match = _CONDITIONAL.match(text, line) if line >= end else None
        if match is not None and match.end() > at:
            yield match
            end = match.end()
        at = text.find(b"#", max(at + 1, end))


def conditional_directives(text: bytes) -> list[tuple[int, int, str]]:
    r"""Where the directives of conditions are, and the word of each.

    Examples
    --------
    >>> conditional_directives(b"#if A\n#endif")
    [(0, 5, 'if'), (6, 12, 'endif')]
    """
    return [(*match.span(), match[1].decode()) for match in _conditionals(text)]


def split_conditionals(text: bytes) -> list[Conditional]:
    """The conditions of a text of which a branch is no list of whole declarations, in the order of their ends."""
    code, found, stack = bare(text), list[Conditional](), list[_Open]()
    depth, at = 0, 0
    for match in _conditionals(text):
        depth, lowest = _levels(code[at : match.start()], depth)
        if stack:
            stack[-1].lowest = min(stack[-1].lowest, lowest)
        at, word = match.end(), match[1].decode()
        if word in ("if", "ifdef", "ifndef"):
            goes_on = _GOES_ON.search(code, max(match.start() - 200, 0), match.start()) is not None
            stack.append(_Open(depth, split=goes_on or in_parentheses(code, match.start())))
        elif stack:
            stack[-1].close(code, match.start(), depth)
            depth = stack[-1].depth
        if not stack:
            continue
        top = stack[-1]
        top.directives.append(match.span())
        if word != "endif":
            top.begin(match.end(), word, _COMMENT.sub(b" ", match[2]).decode("utf-8", "backslashreplace"))
            continue
        stack.pop()
        depth = top.depth + top.deltas[0]
        if stack:
            stack[-1].lowest = min(stack[-1].lowest, top.lowest)
        if top.split:
            found.append(Conditional(top.directives, top.branches, split=True))
    return found


def blank_dead(text: bytearray, errors: Iterable[Block]) -> bool:
    r"""Blank what ``#if 0`` leaves out, where that holds errors: many write prose there; whether there is any.

    Examples
    --------
    >>> text = bytearray(b"#if 0\nIt isn't.\n#else\nint a;\n#endif\n")
    >>> blank_dead(text, [Block(2, 2)]), bytes(text)
    (True, b'#if 0\n         \n#else\nint a;\n#endif\n')
    """
    source, found = bytes(text), False
    if _DEAD.search(b"\n" + source) is None:
        return False
    ends = list(accumulate(map((1).__add__, map(len, source.split(b"\n")))))
    for conditional in all_conditionals(source):
        for branch in conditional.branches:
            first, last = bisect_right(ends, branch.start) + 1, bisect_right(ends, branch.end) + 1
            if branch.condition == "0" and any(first <= error.end_line and error.line <= last for error in errors):
                text[branch.start : branch.end] = source[branch.start : branch.end].translate(BLANKS)
                found = True
    return found


def all_conditionals(text: bytes) -> list[Conditional]:
    """All conditions of a text that have an end, in the order of their ends."""
    found, stack = list[Conditional](), list[_Open]()
    for match in _conditionals(text):
        word = match[1].decode()
        if word in ("if", "ifdef", "ifndef"):
            stack.append(_Open(0))
        elif stack:
            stack[-1].branches.append(Branch(stack[-1].start, match.start(), stack[-1].condition))
        if not stack:
            continue
        top = stack[-1]
        top.directives.append(match.span())
        if word == "endif":
            found.append(Conditional(top.directives, top.branches, split=False))
            stack.pop()
        else:
            top.begin(match.end(), word, _COMMENT.sub(b" ", match[2]).decode("utf-8", "backslashreplace"))
    return found


def _levels(code: bytes, depth: int) -> tuple[int, int]:
    """How deep in brackets one is behind a text, and how deep at least before that."""
    brackets = code.translate(_SAME_BRACKETS, _NO_BRACKETS)
    for _ in range(50):  # pairs that open and close
        if b"{}" not in brackets:
            break
        brackets = brackets.replace(b"{}", b"")
    lowest = depth
    for bracket in brackets:
        depth += 1 if bracket == 0x7B else -1
        lowest = min(lowest, depth)
    return depth, lowest


class _Open:
    """A condition whose end has not been seen."""

    def __init__(self, depth: int, *, split: bool = False) -> None:
        self.depth = self.lowest = depth
        self.directives: list[tuple[int, int]] = []
        self.branches: list[Branch] = []
        self.deltas: list[int] = []
        self.before: list[str] = []
        self.split = split
        self.start, self.condition = 0, ""

    def begin(self, start: int, word: str, condition: str) -> None:
        condition = " ".join(condition.split())
        if word in ("ifdef", "elifdef"):
            condition = f"defined({condition})"
        elif word in ("ifndef", "elifndef"):
            condition = f"!defined({condition})"
        self.start = start
        self.condition = " && ".join([*(negated(c) for c in self.before), *([condition] if condition else [])])
        if condition:
            self.before.append(condition)

    def close(self, code: bytes, end: int, depth: int) -> None:
        written = code[self.start : end].strip()
        self.branches.append(Branch(self.start, end, self.condition))
        self.deltas.append(depth - self.depth)
        if depth != self.depth or self.lowest < self.depth or (written and (written[-1] not in _ENDS or _CONTINUES.match(written))):
            self.split = True


def negated(condition: str) -> str:
    """The opposite of a condition, as one would write it.

    Examples
    --------
    >>> negated("defined(X)"), negated("!defined(X)"), negated("A > 1")
    ('!defined(X)', 'defined(X)', '!(A > 1)')
    """
    if re.fullmatch(r"!?defined\s*\(\s*\w+\s*\)|!?\w+", condition):
        return condition[1:] if condition.startswith("!") else f"!{condition}"
    return f"!({condition})"


def chosen(text: bytearray, conditionals: list[Conditional], number: int) -> list[Branch]:
    """Blank the directives of `conditionals`, and all branches but that of the `number` of each (the last where it has fewer).

    Gives the branches that are left. What a condition with one branch holds is always left.
    """
    kept, gone = list[Branch](), list[Branch]()
    for conditional in conditionals:
        keep = min(number, len(conditional.branches) - 1)
        for i, branch in enumerate(conditional.branches):
            (kept if i == keep else gone).append(branch)
        for start, end in conditional.directives:
            blank(text, start, end)
    for branch in gone:
        blank(text, branch.start, branch.end)
    gone.sort(key=_START)
    ends = list(accumulate((branch.end for branch in gone), max, initial=-1))  # the last end of those that begin so early
    return [branch for branch in kept if ends[bisect_right(gone, branch.start, key=_START)] < branch.end]
