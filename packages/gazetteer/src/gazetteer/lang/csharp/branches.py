"""Conditions of C# whose branches are no whole declarations: ``#if A``, a head, ``#else``, another head, and one body for both.

The grammar reads every branch of a condition around whole declarations. Of another, one branch is read at a time: first the one that counts
where nothing is defined that the file does not define, as the compiler would read it; what the others declare is added.
"""

from __future__ import annotations

import re
from itertools import pairwise

from msgspec import Struct

from ...cpp.conditionals import Branch
from ..base import blanked

__all__ = ["SplitCondition", "holds", "split_conditions", "with_one_branch"]

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|elif|else|endif)\b([^\n]*)", re.MULTILINE)
_COMMENT = re.compile(rb'//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL | re.MULTILINE)
#: What a declaration or a statement may not begin with.
_WITHIN = re.compile(
    rb"(?:(?:private|protected|internal)\s+)*(?:get|set|init|add|remove)\s*(?:;|\{|=>)|(?:else|case|default|out|in|and|or|is|where|when|catch|finally)\b|[^\w\s\[#{(@~\"+-]|\+(?!\+)|-(?!-)"
)
#: A label at the end, and not what is behind a question.
_LABEL = re.compile(rb"(?:\A|[;{}:\n])\s*(?:case\b[^;?\n]*|\w+)\s*:\Z")
#: What something is left open by, that goes on behind a directive; so much before that is looked at.
_BEGUN = re.compile(rb"(?:=>|(?<![=!<>])=|&&|\|\||[(?+]|\breturn)(?:\s|//[^\n]*\n)*\Z")
_NEAR = 600
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_LONGEST = 500
#: Conditions within so many others are left to the grammar: each is looked at with all that it holds.
_DEEPEST = 20
_WORD, _INNERMOST = re.compile(r"\w+"), re.compile(r"\(([^()]*)\)")


class SplitCondition(Struct):
    """An ``#if`` to its ``#endif`` within a declaration: its directives, and its branches, that which is read first before the others."""

    directives: list[tuple[int, int]]
    branches: list[Branch]


def split_conditions(text: bytes) -> list[SplitCondition]:
    """The conditions within declarations or statements, in the order of their ends."""
    found, open_groups = list[SplitCondition](), list[list[re.Match[bytes]]]()
    defined = {name.decode() for name in _DEFINE.findall(text)}
    for directive in _DIRECTIVE.finditer(text):
        if directive[1] == b"if":
            open_groups.append([directive])
        elif open_groups:
            open_groups[-1].append(directive)
            if directive[1] == b"endif":
                group = open_groups.pop()
                if len(open_groups) >= _DEEPEST:
                    continue
                begun = _BEGUN.search(text, max(group[0].start() - _NEAR, 0), group[0].start()) is not None
                if begun or not all(_whole(text[a.end() : b.start()]) for a, b in pairwise(group)):
                    found.append(SplitCondition([each.span() for each in group], _branches(text, group, defined)))
    return found


def _branches(text: bytes, group: list[re.Match[bytes]], defined: set[str]) -> list[Branch]:
    before, branches, first = list[str](), list[Branch](), -1
    for begin, end in pairwise(group):
        test = _COMMENT.sub(b"", b" " + begin[2]).decode("utf-8", "backslashreplace").strip()
        if first < 0 and (not test or holds(test, defined)):
            first = len(branches)
        condition = " && ".join([f"!({each})" for each in before] + [test] * bool(test))
        branches.append(Branch(begin.end(), end.start(), condition))
        before.append(test)
    if first < 0 and any(code.count(b"{") != code.count(b"}") for code in (_code(text[b.start : b.end]) for b in branches)):
        nothing = Branch(group[-1].start(), group[-1].start(), "")
        return [nothing, *branches]  # what opens a brace under a condition that does not hold holds nothing
    if first < 0:
        first = next((i for i, branch in enumerate(branches) if _code(text[branch.start : branch.end])), 0)
    return [branches[first], *branches[:first], *branches[first + 1 :]]


def holds(condition: str, defined: set[str]) -> bool:
    """Whether a condition holds where those names alone are defined; one that nobody would write does not.

    Examples
    --------
    >>> [holds(text, {"A"}) for text in ("A && !B", "B || (A == !B) && C", "!(A || B)", "true != B")]
    [True, False, False, True]
    """
    if len(condition) > _LONGEST:
        return False
    values = _WORD.sub(lambda match: str(int(match[0] == "true" or match[0] in defined)), "".join(condition.split()))
    while inner := _INNERMOST.search(values):
        values = values[: inner.start()] + str(int(_flat(inner[1]))) + values[inner.end() :]
    return _flat(values)


def _flat(values: str) -> bool:
    """The value of a condition without parentheses."""
    return any(all(map(_compared, part.split("&&"))) for part in values.split("||"))


def _compared(part: str) -> bool:
    """The value of what is compared, or of one name with its signs for no."""
    left, differs, right = part.partition("!=")
    if differs:
        return _compared(left) != _compared(right)
    left, same, right = part.partition("==")
    if same:
        return _compared(left) == _compared(right)
    return part.endswith("1") != bool(part.count("!") % 2)


def with_one_branch(text: bytes, number: int = 0) -> bytes:
    r"""`text` with one branch alone of each condition within a declaration or a statement: that of the `number`, or the last.

    Examples
    --------
    >>> with_one_branch(b"class A\n#if B\n: C\n#else\n: D\n#endif\n{}")
    b'class A\n     \n   \n     \n: D\n      \n{}'
    >>> with_one_branch(b"int A =>\n#if B\n1;\n#else\n2;\n#endif\nint C;", 1)
    b'int A =>\n     \n1;\n     \n  \n      \nint C;'
    >>> with_one_branch(b"#if B\nclass C {}\n#endif")
    b'#if B\nclass C {}\n#endif'
    """
    out = bytearray(text)
    for condition in split_conditions(text):
        kept = condition.branches[min(number, len(condition.branches) - 1)]
        for start, end in [*condition.directives, *((branch.start, branch.end) for branch in condition.branches if branch is not kept)]:
            out[start:end] = blanked(bytes(out[start:end]))
    return bytes(out)


def _code(branch: bytes) -> bytes:
    """What stands between two directives without comments, further directives and what is in quotes."""
    return _COMMENT.sub(lambda match: b'""' if match[0][:1] == b'"' else b"", branch).strip()


def _whole(branch: bytes) -> bool:
    """Whether what stands between two directives seems to be whole declarations or statements."""
    code = _code(branch)
    if not code:
        return True
    if code.startswith(b"[") and code.endswith(b"]"):  # attributes alone, which the grammar knows in some places
        return False
    if code.count(b"{") != code.count(b"}") or code.count(b"(") != code.count(b")"):
        return False
    return (code.endswith((b";", b"}", b"]")) or _LABEL.search(code) is not None) and not _WITHIN.match(code)
