"""Conditions of the preprocessor whose branches are no whole declarations: braces that open in each branch and close behind all.

The grammar reads ``#if … #else … #endif`` where each branch is a list of declarations. Where it is not (``struct A {`` in one branch,
``struct API A {`` in the other, and one body for both), one branch is read at a time, and what the others declare is added.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import attrgetter

from msgspec import Struct

from .blanking import blank

__all__ = ["Branch", "Conditional", "bare", "chosen", "split_conditionals"]

#: Where a comment, a literal or a directive may begin, and what it is then.
_OPENS = re.compile(rb"[\"'#]|/[/*]")
_LITERAL = {
    b"/": re.compile(rb"//[^\n]*|/\*.*?\*/", re.DOTALL),
    b'"': re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"', re.DOTALL),
    b"'": re.compile(rb"(?<![0-9A-Fa-f])'(?!')[^'\\\n]*(?:\\.[^'\\\n]*)*'", re.DOTALL),
    b"R": re.compile(rb'\bR"([^()\\\s]{0,16})\(.*?\)\1"', re.DOTALL),
    b"#": re.compile(rb"[ \t]*#[^\n\\/]*(?:(?:\\(?:\r?\n|.)|/(?!\*)|/\*.*?\*/)[^\n\\/]*)*", re.DOTALL),
}
_CONDITIONAL = re.compile(
    rb"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b"
    rb"([^\n\\/]*(?:(?:\\(?:\r?\n|.)|/(?!\*)|/\*.*?\*/)[^\n\\/]*)*)",
    re.DOTALL,
)
#: Spaces for everything but ends of lines.
_BLANKS = bytes(b if b == 0x0A else 0x20 for b in range(256))
_COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/|\\\r?\n", re.DOTALL)
_NO_BRACKETS = bytes(b for b in range(256) if b not in b"{}()")
_START = attrgetter("start")
#: A branch that ends with one of these ends with a whole declaration, label or item.
_ENDS = b";},:"


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
    parts, end = list[bytes](), 0
    opens = _OPENS.search(text)
    while opens is not None:
        at, sign = opens.start(), opens[0][:1]
        found = None
        if sign == b"#":
            line = text.rfind(b"\n", 0, at) + 1
            found = _LITERAL[sign].match(text, line) if line >= end else None
        elif sign == b'"' and text[at - 1 : at] == b"R" and at > end:
            found = _LITERAL[b"R"].match(text, at - 1)
        if found is None or found.end() <= at:
            found = _LITERAL[sign].match(text, at) if sign != b"#" else None
        if found is None:
            opens = _OPENS.search(text, at + 1)
            continue
        parts.append(text[end : found.start()])
        parts.append(found[0] if directives and sign == b"#" else found[0].translate(_BLANKS))
        end = found.end()
        opens = _OPENS.search(text, end)
    parts.append(text[end:])
    return b"".join(parts)


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


def split_conditionals(text: bytes) -> list[Conditional]:
    """The conditions of a text of which a branch is no list of whole declarations, in the order of their ends."""
    code, found, stack = bare(text), list[Conditional](), list[_Open]()
    depth, at = 0, 0
    for match in _conditionals(text):
        for bracket in code[at : match.start()].translate(None, _NO_BRACKETS):
            depth += 1 if bracket in b"{(" else -1
            if stack:
                stack[-1].lowest = min(stack[-1].lowest, depth)
        at, word = match.end(), match[1].decode()
        if word in ("if", "ifdef", "ifndef"):
            stack.append(_Open(depth))
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


class _Open:
    """A condition whose end has not been seen."""

    def __init__(self, depth: int) -> None:
        self.depth = self.lowest = depth
        self.directives: list[tuple[int, int]] = []
        self.branches: list[Branch] = []
        self.deltas: list[int] = []
        self.before: list[str] = []
        self.split = False
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
        if depth != self.depth or self.lowest < self.depth or (written and written[-1] not in _ENDS):
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
