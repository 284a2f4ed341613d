"""Documents without a reader of their own - plain READMEs, RDoc, AsciiDoc, Org, Textile: their title, and the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...model import Document
from ..base import MAX_DOC, Walk, announced, is_readable, one_line
from ..lines import OLD_END, file_lines

__all__ = ["walk"]

#: What begins a title.
_MARKS = {"org": r"#\+title:|\*+", "textile": r"h[1-6]\.", "rdoc": "=+", "asciidoc": "=+|#+", "readme": "=+|#+"}
_MARKED = {language: re.compile(rf"(?:{mark})[ \t]+(\S.*?)[ \t=#]*\Z", re.IGNORECASE) for language, mark in _MARKS.items()}
_UNDERLINE = re.compile(r"([=\-~*#^_])\1{2,}\s*\Z")
#: Lines that tell the processor of a document something, or hold its place.
_DIRECTIVE = re.compile(
    r":[\w!-]+:|//|\[.*\]\Z|(?:image|include|ifdef|ifndef|endif|toc|video)::|#\+(?!title:)|<!--|\.\.[ \t]|\{toc", re.IGNORECASE
)
_LINKED = re.compile(r"(?:link:|(?=https?:))[^\s\[\]]+\[([^\]]*)\]")
#: What a heading of a section begins with where nothing marks it: ``2.1 Features``.
_NUMBERED = re.compile(r"\d+(?:\.\d+)*[.)]?[ \t]")
_TERMS = re.compile(r"copyright|licen[cs]ed\b|SPDX-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)
#: A line alone that is no longer than this may be a title; what says something has so many words; so far down it is looked for.
_LONGEST_TITLE, _FEWEST_WORDS, _LAST_LINE = 80, 4, 60


_END = re.compile(r"\r\n?|\n")


class _Paragraph(NamedTuple):
    line: int
    lines: list[str]


def walk(walk: Walk) -> None:
    """Read a document. Of a README of plain text, a short first line that stands alone, or is underlined, is the title."""
    document, marked = Document(), _MARKED[walk.language]
    for number, paragraph in enumerate(_paragraphs(walk.decoded)):
        title, rest = _title(paragraph, marked, alone=walk.language == "readme" and not number)
        if title and not document.title and is_readable(title):
            document.title, document.title_line = title, paragraph.line
        said = one_line(_LINKED.sub(r"\1", announced(" ".join(rest), ())), MAX_DOC)
        if len(re.findall(r"\w{2,}", said)) >= _FEWEST_WORDS and not _TERMS.search(said) and is_readable(said):
            document.summary, document.summary_line = said, paragraph.line + len(paragraph.lines) - len(rest)
            break
    if lines := file_lines(walk.decoded, OLD_END):
        document.title_line, document.summary_line = lines[document.title_line], lines[document.summary_line]
    walk.document = document


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    """Runs of lines between blank ones, without directives, and without what is indented, as code and lists are."""
    lines: list[str] = []
    for number, line in enumerate([*_END.split(text.removeprefix("\ufeff"), _LAST_LINE)[:_LAST_LINE], ""], 1):
        if line.strip() and not _DIRECTIVE.match(line):
            lines.append(line)
        elif lines:
            yield _Paragraph(number - len(lines), lines)
            lines = []


def _title(paragraph: _Paragraph, marked: re.Pattern[str], *, alone: bool) -> tuple[str, list[str]]:
    """The title that a paragraph begins with, if one does, and its other lines; of what is no prose, none."""
    lines = paragraph.lines
    while lines and _UNDERLINE.match(lines[0].strip()):  # a line above a title, or a separator
        lines = lines[1:]
    if not lines:
        return "", []
    first = lines[0].strip()
    if match := marked.match(lines[0]):
        return one_line(match[1], MAX_DOC), lines[1:]
    if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()):
        return one_line(first, MAX_DOC), lines[2:]
    if alone and len(lines) == 1 and len(first) <= _LONGEST_TITLE and first[-1] not in ".:;,!?" and not _TERMS.search(first):
        return one_line(first, MAX_DOC), []
    is_heading = len(lines) == 1 and _NUMBERED.match(first)
    return "", [] if lines[0][0] in " \t-*+|" or is_heading else lines
