"""What documentation says, as blocks of a page: running text, lists, and what is laid out by hand, each as what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..document import Block, Bullets, Prose, is_running
from .common import said_line

__all__ = ["said"]

_ITEM = re.compile(r" {0,3}[-*•][ \t]+(?=\S)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")
#: A line that makes a title of what is above it, or begins a table.
_RULE = re.compile(r"[ \t]*(?:[-=~^*#+]{3,}[ \t]*\Z|[|+])")


class _Piece(NamedTuple):
    """Lines that belong together."""

    kind: Literal["running", "items", "laid"]
    text: str


def said(text: str) -> Iterator[Block]:
    r"""The blocks that a documentation is shown as.

    Examples
    --------
    >>> [type(block).__name__ for block in said("Sells:\n\n- one\n- two\n  more\n\n    sell(1)\n\nDone.")]
    ['Prose', 'Bullets', 'Prose', 'Prose']
    """
    if "\n" not in text or is_running(text.strip("\n")):
        yield Prose(text)
        return
    kind, lines = "", list[str]()
    for piece in _pieces(text):
        if piece.kind != kind and lines:
            yield _block(kind, lines)
            lines = []
        kind = piece.kind
        lines.append(piece.text)
    if lines:
        yield _block(kind, lines)


def _block(kind: str, texts: list[str]) -> Block:
    if kind == "items":
        return Bullets(tuple([said_line(item) for text in texts for item in _items(text)]))
    return Prose("\n\n".join(texts))


def _pieces(text: str) -> Iterator[_Piece]:
    """The pieces of a text: what blank lines part, but for those within a fence, and the lines of running text that a list has above it."""
    parts = _with_fences(text) if "```" in text or "~~~" in text else _BETWEEN.split(text.strip("\n"))
    for part in parts:
        if is_running(part):
            yield _Piece("running", part)
            continue
        lines = part.split("\n")
        first = next((n for n, line in enumerate(lines) if not is_running(line)), len(lines))
        above, rest = lines[:first], lines[first:]
        is_list = bool(rest) and _are_items(rest)
        if above and rest and _RULE.match(rest[0]) is None and (is_list or all(line[:1].isspace() for line in rest)):
            yield _Piece("running", "\n".join(above))
            yield _Piece("items" if is_list else "laid", "\n".join(rest))
        else:
            yield _Piece("items" if is_list and not above else "laid", part)


def _with_fences(text: str) -> Iterator[str]:
    """The lines of a text between blank ones; of a fence, all."""
    lines, fence = list[str](), ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark is not None and mark[1].startswith(fence) else fence
        elif mark is not None and not (lines and mark[1][0] == "~"):  # below a line, such a rule makes a title of that
            if lines:
                yield "\n".join(lines)
                lines = []
            fence = mark[1]
        elif not line.strip():
            if lines:
                yield "\n".join(lines)
            lines = []
            continue
        lines.append(line)
        if mark is not None and not fence and len(lines) > 1 and _FENCE.match(lines[0]):
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _are_items(lines: list[str]) -> bool:
    """Whether lines are items of one list, each with what is further in below it, and no list or code within."""
    margin = -1
    for line in lines:
        match = _ITEM.match(line)
        if match is not None and (margin < 0 or len(line) - len(line.lstrip()) == margin):
            margin = len(line) - len(line.lstrip())
        elif margin < 0 or not line[: margin + 1].isspace() or not is_running(line.strip()):
            return False
    return margin >= 0


def _items(text: str) -> Iterator[str]:
    """The items of a list, each on one line."""
    item = list[str]()
    for line in text.split("\n"):
        match = _ITEM.match(line)
        if match is not None:
            if item:
                yield " ".join(item)
            item = [line[match.end() :].strip()]
        else:
            item.append(line.strip())
    if item:
        yield " ".join(item)
