"""What documentation says, as blocks of a page: running text, lists, and what is laid out by hand, each as what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..document import Block, Bullets, Prose, paragraphs
from .common import said_line

__all__ = ["said"]

_ITEM = re.compile(r" {0,3}[-*•][ \t]+(?=\S)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
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
    if "\n" not in text or paragraphs(text):
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
    for lines in _parted(text):
        whole = "\n".join(lines)
        if paragraphs(whole):
            yield _Piece("running", whole)
            continue
        first = next((n for n, line in enumerate(lines) if not paragraphs(line)), len(lines))
        rest = lines[first:]
        if first and rest and _RULE.match(rest[0]) is None and (_are_items(rest) or all(line[:1].isspace() for line in rest)):
            yield _Piece("running", "\n".join(lines[:first]))
            yield _Piece("items" if _are_items(rest) else "laid", "\n".join(rest))
        else:
            yield _Piece("items" if _are_items(lines) else "laid", whole)


def _parted(text: str) -> Iterator[list[str]]:
    """The lines of a text between blank ones; of a fence, all."""
    lines, fence = list[str](), ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark is not None and mark[1].startswith(fence) else fence
        elif mark is not None and not (lines and mark[1][0] == "~"):  # below a line, such a rule makes a title of that
            if lines:
                yield lines
                lines = []
            fence = mark[1]
        elif not line.strip():
            if lines:
                yield lines
            lines = []
            continue
        lines.append(line)
        if mark is not None and not fence and len(lines) > 1 and _FENCE.match(lines[0]):
            yield lines
            lines = []
    if lines:
        yield lines


def _are_items(lines: list[str]) -> bool:
    """Whether lines are items of one list, each with what is further in below it, and no list or code within."""
    margin = -1
    for line in lines:
        match = _ITEM.match(line)
        if match is not None and (margin < 0 or len(line) - len(line.lstrip()) == margin):
            margin = len(line) - len(line.lstrip())
        elif margin < 0 or not line[: margin + 1].isspace() or not paragraphs(line.strip()):
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
