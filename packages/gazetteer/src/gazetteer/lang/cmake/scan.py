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


def commands(text: str) -> Iterator[Command | Comment]:  # noqa: C901, PLR0912 - a case for each kind of token
    r"""Commands and comments in the order of the text.

    Examples
    --------
    >>> [(c.name, [a.text for a in c.arguments]) for c in commands('set(A "b c" [[d)]] e) # no()\nproject(X)')
    ...  if isinstance(c, Command)]
    [('set', ['A', 'b c', 'd)', 'e']), ('project', ['X'])]
    """
    position, line, depth, fresh = 0, 1, 0, True
    command: Command | None = None
    word, word_line = "", 0
    while match := _NEXT.match(text, position):
        start, position = position, match.end()
        kind = match.lastgroup or ""
        if kind == "closed":
            kind = "quoted"
        if kind in ("marks", "comment_marks"):
            end = text.find("]" + match[kind] + "]", position)
            inside = text[position:end] if end >= 0 else text[position:]
            position = end + len(match[kind]) + 2 if end >= 0 else len(text)
            rows = text.count("\n", start, position)
            if kind == "comment_marks":
                yield Comment(inside, line, line + rows, fresh)
            elif command is not None:
                command.arguments.append(Argument(inside, line, quoted=True))
            line += rows
        elif kind == "line":
            line, fresh = line + 1, True
            continue
        elif kind == "comment":
            yield Comment(match[0][1:], line, line, fresh)
        elif kind == "quoted":
            if command is not None:
                command.arguments.append(Argument(match[0][1 : -1 if match["closed"] else None], line, quoted=True))
            line += match[0].count("\n")
        elif kind == "open":
            if command is None:
                command, depth = Command(word, word_line or line), 1
            else:
                depth += 1
                command.arguments.append(Argument("(", line))
        elif kind == "close" and command is not None:
            depth -= 1
            if depth:
                command.arguments.append(Argument(")", line))
            else:
                command.end_line, command.closed = line, True
                if command.name:
                    yield command
                command = None
        elif kind == "bare" and command is not None:
            command.arguments.append(Argument(match[0], line))
            line += match[0].count("\n")
        if kind == "bare" and command is None and _NAME.match(match[0]):
            word, word_line = match[0], line
        elif kind != "space":
            word = ""
        fresh = fresh and kind == "space"
    if command is not None and command.name:
        command.end_line = line
        yield command
