"""Templates of Go, as charts of Helm are: what they define, and what they include of others."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter

from ...model import Block, Import
from ..base import Walk

__all__ = ["masked", "walk"]

_ACTION = re.compile(r"\{\{(?>[^{}]+|\}(?!\})|\{(?!\{))*\}\}")
#: A line of nothing but actions is one of them as well: what they give is not known.
_ALONE = re.compile(rf"(?m)^[ \t]*(?>(?:{_ACTION.pattern}[ \t]*)+)\r?$")
_INCLUDED = re.compile(r"\b(?:include|template)\s+[\"`]([^\"`\n]+)[\"`]")
#: What has an end, with the name of what is defined; and an end.
_OPENS = re.compile(r"\{\{-?\s*(?:(?:define\s+[\"`]([^\"`\n]+)[\"`]|if\b|range\b|with\b|block\b)|(end)\b)")
_LINE_END = re.compile(r"\n")


def masked(text: str) -> str:
    r"""A text of equal length without the actions in it: lines of these alone are blank, others have letters in their place.

    Examples
    --------
    >>> masked("a: {{ .b }}\n{{- if .c }}\nd: 1")
    'a: xxxxxxxx\n            \nd: 1'
    """
    text = _ALONE.sub(lambda m: re.sub(r"[^\n\r]", " ", m[0]), text)
    return _ACTION.sub(lambda m: re.sub(r"[^\n\r]", "x", m[0]), text)


def walk(walk: Walk) -> None:
    """Note what is defined and included; nothing in a text that has no braces."""
    text = walk.decoded
    if "{{" not in text:
        return
    ends = [match.start() for match in _LINE_END.finditer(text)]
    for name, start, end in sorted(_defined(text), key=itemgetter(1)):
        walk.add("macro", name, Block(bisect_left(ends, start) + 1, bisect_left(ends, end) + 1), signature=f'define "{name}"')
    for action in _ACTION.finditer(text):
        for match in _INCLUDED.finditer(action[0]):
            line = bisect_left(ends, action.start() + match.start()) + 1
            walk.imports.append(Import("listed", match[1], line, alias="template"))


def _defined(text: str) -> Iterator[tuple[str, int, int]]:
    """Names with where what is defined under them begins and ends: at its ``end``, else where the text does."""
    around = list[tuple[str, int]]()
    for match in _OPENS.finditer(text):
        if not match[2]:
            around.append((match[1] or "", match.start()))
        elif around:
            name, start = around.pop()
            if name:
                yield name, start, match.start()
    yield from ((name, start, len(text.rstrip())) for name, start in around if name)
