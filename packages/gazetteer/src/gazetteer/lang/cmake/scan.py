"""The commands of a CMake file: names, arguments (bare, quoted, in brackets), comments, each with its line.

After the grammar of "cmake-language(7)"; nothing is expanded or run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Argument", "Command", "Comment", "commands"]

_NEXT = re.compile(
    r"""(?P<space>[ \t\r]+)|(?P<line>\n)
    |\#\[(?P<comment_marks>=*)\[|(?P<comment>\#[^\n]*)
    |\[(?P<marks>=*)\[
    |(?P<quoted>"(?:[^"\\]|\\.)*(?P<closed>"?))
    |(?P<open>\()|(?P<close>\))
    |(?P<bare>(?:[^\s()\#"\\\[]|\\.|\[(?!=*\[)|(?<=[^\s(])(?:"(?:[^"\\\n]|\\.)*"|\[))+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


class Argument(Struct, frozen=True):
    """An argument with the quotes or brackets taken off."""

    text: str
    line: int
    quoted: bool = False


class Command(Struct):
    """``name(arguments)``; `closed` is false where the file ends before the parenthesis does."""

    name: str
    line: int
    end_line: int = 0
    arguments: list[Argument] = []
    closed: bool = False


class Comment(Struct, frozen=True):
    """A comment; `alone` if nothing stands before it on its line."""

    text: str
    line: int
    end_line: int
    alone: bool


def commands(text: str) -> Iterator[Command | Comment]:
    r"""Commands and comments in the order of the text.

    Examples
    --------
    >>> [(c.name, [a.text for a in c.arguments]) for c in commands('set(A "b c" [[d)]] e) # no()\nproject(X)')
    ...  if isinstance(c, Command)]
    [('set', ['A', 'b c', 'd)', 'e']), ('project', ['X'])]
    """
    command: Command | None = None
    depth, word, word_line = 0, "", 0
    for kind, said, line, end_line, alone in _tokens(text):
        if kind == "comment":
            yield Comment(said, line, end_line, alone)
        elif command is None:
            if kind == "open":
                command, depth = Command(word, word_line), 1
        elif kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
            if depth:
                command.arguments.append(Argument(said, line))
                continue
            command.end_line, command.closed = line, True
            if command.name:
                yield command
            command = None
        elif kind in ("bare", "quoted"):
            command.arguments.append(Argument(said, line, kind == "quoted"))
        word, word_line = (said, line) if kind == "bare" and command is None and _NAME.match(said) else ("", 0)
    if command is not None and command.name:
        command.end_line = text.count("\n") + 1
        yield command


def _tokens(text: str) -> Iterator[tuple[str, str, int, int, bool]]:
    """What a text is made of, but for blanks: kind, what it says, its first and last line, and whether nothing stands before it there."""
    position, line, alone = 0, 1, True
    while match := _NEXT.match(text, position):
        kind, said, position = match.lastgroup or "", match[0], match.end()
        if kind == "line":
            line, alone = line + 1, True
            continue
        if kind == "space":
            continue
        end_line = line + said.count("\n")
        if kind in ("marks", "comment_marks"):
            kind = "quoted" if kind == "marks" else "comment"
            said, position = _in_brackets(text, position, match[match.lastgroup or ""])
            end_line = line + said.count("\n")
        elif kind == "comment":
            said = said[1:]
        elif kind == "quoted":
            said = said[1 : -1 if match["closed"] else None]
        yield kind, said, line, end_line, alone
        line, alone = end_line, False


def _in_brackets(text: str, start: int, marks: str) -> tuple[str, int]:
    """What stands up to the brackets with these marks between them, or to the end of the text, and where they end."""
    end = text.find(f"]{marks}]", start)
    return (text[start:end], end + len(marks) + 2) if end >= 0 else (text[start:], len(text))
