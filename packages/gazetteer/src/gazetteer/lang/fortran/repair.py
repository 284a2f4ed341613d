"""Repairs of Fortran: fixed form, which the grammar does not know, is written in free form, with as many bytes and as many lines."""

from __future__ import annotations

import re

from ..base import blanked

__all__ = ["PRIVATE_BINDINGS", "with_known_syntax"]

#: What makes bindings of a type private, which the grammar does not know behind ``contains``.
PRIVATE_BINDINGS = re.compile(
    rb"(contains[^\S\n]*(?:![^\n]*)?\n(?:[^\S\n]*(?:![^\n]*)?\n)*[^\S\n]*)(private)(?=[^\S\n]*(?:!|\n))", re.IGNORECASE
)
#: Code before the seventh column, where fixed form has none.
_FREE = re.compile(rb"^(?![Cc*!#])[^\S\n]{0,4}(?!\s|\d|$|!|#)", re.MULTILINE)

#: Comments by a letter in the first column.
_COMMENT = re.compile(rb"^[Cc*]", re.MULTILINE)


def with_known_syntax(text: bytes) -> bytes:
    r"""`text` in free form, without ``private`` among the bindings of types.

    Examples
    --------
    >>> with_known_syntax(b"type a\ncontains\n  private\nend type\n")
    b'type a\ncontains\n         \nend type\n'
    >>> with_known_syntax(b"C One.\n      call a(1,\n     $  2)\n")
    b'! One.\n      call a(1,&\n    &  2)\n'
    """
    text = text.replace(b"\r\n", b" \n")
    text = PRIVATE_BINDINGS.sub(lambda match: match[1] + blanked(match[2]), text)
    return text if _FREE.search(text) else _in_free_form(text)


def _in_free_form(text: bytes) -> bytes:
    r"""`text` in free form: comments begin with ``!``, and lines that go on end with ``&``, for which their ends move by a byte.

    Examples
    --------
    >>> _in_free_form(b"C One.\n      call a(1,\n     $  2)\n")
    b'! One.\n      call a(1,&\n    &  2)\n'
    >>> _in_free_form(b"      x = 1 + ! one\nC two\n     1 3\n")
    b'      x = 1 + &!one\n! two\n     & 3\n'
    """
    text = _COMMENT.sub(b"!", text)
    lines = text.split(b"\n")
    code = -1  # the last line that is no comment
    for number, line in enumerate(lines):
        if _is_comment(line):
            continue
        if code >= 0 and _goes_on(line):
            lines[number] = line[:5] + b"&" + line[6:] if line[:5].isspace() and not line.startswith(b"\t") else b"&" + line[2:] + b" "
            _end_with_sign(lines, code)
        code = number
    return b"\n".join(lines)


def _is_comment(line: bytes) -> bool:
    return not line.strip() or line.lstrip()[:1] in (b"!", b"#")


def _goes_on(line: bytes) -> bool:
    """Whether a line goes on with the one before it."""
    return (line[:5] == b"     " and line[5:6] not in (b"", b" ", b"0")) or (
        line[:1] == b"\t" and line[1:2].isdigit() and line[1:2] != b"0"
    )


def _end_with_sign(lines: list[bytes], at: int) -> None:
    """Write ``&`` at the end of the code of a line, at the cost of the space before the next one, or of a comment's first letter."""
    line, after = lines[at], lines[at + 1]
    begin = _comment_of(line)
    if begin >= 0:
        lines[at] = line[:begin] + b"&!" + line[begin + 2 :] if len(line) > begin + 1 else line[:begin] + b"&"
    elif line.endswith(b" "):
        lines[at] = line[:-1] + b"&"
    elif after and not line.endswith(b"&"):
        lines[at] = line + b"&"
        lines[at + 1] = after[1:] if after[:1].isspace() else b"!" + after[2:]


def _comment_of(line: bytes) -> int:
    """Where a comment begins behind the code of a line; -1 without one."""
    quote = 0
    for at, letter in enumerate(line):
        if quote:
            quote = 0 if letter == quote else quote
        elif letter in b"'\"":
            quote = letter
        elif letter == ord("!"):
            return at
    return -1
