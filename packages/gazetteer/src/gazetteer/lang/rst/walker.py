"""reStructuredText: title, first paragraph, headings, links, and the files that directives name; literal blocks are skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Document, Heading, Link
from ..base import MAX_DOC, Walk, announced, one_line

__all__ = ["plain", "walk"]

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")
_DIRECTIVE = re.compile(r"(\s*)\.\.[ \t]+(?:\|[^|]+\|[ \t]+)?([\w:.+-]+)::[ \t]*(.*)")
_TARGET = re.compile(r"\s*\.\.[ \t]+_(`[^`]+`|(?:\\.|[^:\\`])+):[ \t]*(\S.*)?$")
_COMMENT = re.compile(r"(\s*)\.\.(?:[ \t]|$)")
#: What an item of a list begins with.
_ITEM = re.compile(r"(?:[-*+•]|\d+[.)]|#\.)[ \t]+(?=\S)")
_FIELD = re.compile(r"\s*:(?:[^:\\`]|\\.)+:(?:\s|$)")
_INLINE = re.compile(
    r"``(?P<literal>(?:[^`]|`(?!`))+)``|:(?P<role>[\w:+.-]{1,80}):`(?P<of>[^`]+)`|(?<![\w`])`(?P<words>[^`<]*)<(?P<target>[^<>`]+)>`__?"
    r"|(?P<bare>https?://[^\s<>`\"]+[\w/])"
)
_ROLE_TARGET = re.compile(r"([^<]*)<([^<>]+)>\Z")
#: Directives whose argument is a file.
_FILES = frozenset(("include", "literalinclude", "image", "figure", "mdinclude", "csv-table"))
#: Directives whose content is text that is read on.
_PROSE = frozenset((
    "note", "warning", "tip", "important", "hint", "caution", "attention", "danger", "error", "seealso", "admonition", "topic", "sidebar",
    "only", "container", "epigraph", "deprecated", "versionadded", "versionchanged", "rubric", "list-table", "tab-set", "tab-item", "grid",
))  # fmt: skip
_ROLES = frozenset(("doc", "download", "any"))


def walk(walk: Walk) -> None:
    """Read a document."""
    _Reader(walk).read()


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.lines = [line.rstrip("\r").expandtabs(8) for line in walk.decoded.split("\n")]
        self.document = Document()
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.levels: list[str] = []

    def read(self) -> None:
        """Read everything."""
        number = 0
        while number < len(self.lines):
            number = self.block(number)
        self.document.headings, self.document.links = tuple(self.headings), tuple(self.links)
        if self.headings:
            self.document.title, self.document.title_line = self.headings[0].text, self.headings[0].line
        self.walk.document = self.document

    def block(self, number: int) -> int:
        """Read what begins on a line; gives the line after it."""
        line = self.lines[number]
        if not line.strip():
            return number + 1
        if (end := self.heading(number)) > number:
            return end
        if (match := _TARGET.match(line)) is not None:
            if match[2]:
                self.links.append(Link(match[2].strip(), number + 1, match[1].strip("`")))
            return number + 1
        if (match := _DIRECTIVE.match(line)) is not None:
            return self.directive(number, match)
        if (match := _COMMENT.match(line)) is not None:
            return self.skipped(number + 1, len(match[1]))
        if line.lstrip().startswith((">>>", "+--", "===")):
            return self.paragraph_end(number)
        if _FIELD.match(line):
            self.inline(line, number + 1)
            return number + 1
        return self.paragraph(number)

    def heading(self, number: int) -> int:
        """The line after a section title that begins here; `number` if none does."""
        lines = self.lines
        first = _ADORNMENT.match(lines[number])
        if first is not None and number + 2 < len(lines) and lines[number + 1].strip() and not _ADORNMENT.match(lines[number + 1]):
            under, text = lines[number + 2].rstrip(), lines[number + 1]
            if under == lines[number].rstrip() and len(under) >= min(len(text.strip()), 4):
                self.section(under[0] * 2, text, number + 2)
                return number + 3
        text = lines[number]
        if first is None and text[:1].strip() and number + 1 < len(lines) and (match := _ADORNMENT.match(lines[number + 1])) is not None:
            under = lines[number + 1].rstrip()
            if len(under) >= min(len(text.rstrip()), 4) and self.may_begin(number):
                self.section(match[1], text, number + 1)
                return number + 2
        return number

    def may_begin(self, number: int) -> bool:
        """Whether a title may stand on a line: at the top, below an empty line or a comment, or right below another title."""
        above = self.lines[number - 1] if number else ""
        return not above.strip() or _COMMENT.match(above) is not None or (bool(self.headings) and self.headings[-1].line == number - 1)

    def section(self, marks: str, text: str, line: int) -> None:
        if marks not in self.levels:
            self.levels.append(marks)
        self.headings.append(Heading(min(self.levels.index(marks) + 1, 6), plain(text.strip()), line))
        self.inline(text, line)

    def directive(self, number: int, match: re.Match[str]) -> int:
        indent, name, argument = len(match[1]), match[2].rsplit(":", 1)[-1], match[3].strip()
        if name in _FILES and argument:
            self.links.append(Link(argument, number + 1, f"{match[2]}::"))
        end = self.skipped(number + 1, indent)
        if name == "toctree":
            self.toctree(number + 1, end)
        elif name in _PROSE:
            self.inline(argument, number + 1)
            return number + 1
        return end

    def toctree(self, start: int, end: int) -> None:
        """Documents of a table of contents, by their names without suffix."""
        for number in range(start, end):
            entry = self.lines[number].strip()
            if entry and not _FIELD.match(entry) and not entry.startswith(".."):
                titled = _ROLE_TARGET.match(entry)
                target = titled[2] if titled is not None else entry
                if target != "self":
                    self.links.append(Link(target, number + 1, "toctree::"))

    def skipped(self, number: int, indent: int) -> int:
        """The line after a block that is indented more than `indent`."""
        last = number
        while number < len(self.lines):
            line = self.lines[number]
            if line.strip():
                if len(line) - len(line.lstrip()) <= indent:
                    break
                last = number + 1
            number += 1
        return last

    def paragraph_end(self, number: int) -> int:
        while number < len(self.lines) and self.lines[number].strip():
            number += 1
        return number

    def paragraph(self, number: int) -> int:
        """Read a paragraph, and skip the literal block that may follow it."""
        end = self.paragraph_end(number)
        lines = self.lines[number:end]
        literal = lines[-1].rstrip().endswith("::")
        for i, line in enumerate(lines):
            self.inline(line, number + i + 1, lines[i + 1] if i + 1 < len(lines) else "")
        listed = re.match(r"\s|(?:[-*+•]|\d+[.)]|#\.|\|)\s", lines[0])
        if not self.document.summary and not listed and re.sub(r"\|[^|]+\|_{0,2}", "", "".join(lines)).strip():  # else it is badges
            text = plain(" ".join(line.strip() for line in lines))
            text = announced(re.sub(r"::\Z", ":", text), () if literal else self.items(end))
            if len(re.sub(r"\W", "", text)) >= 8 and text != ":":
                self.document.summary, self.document.summary_line = one_line(text, MAX_DOC), number + 1
        if literal:
            indent = len(lines[0]) - len(lines[0].lstrip())
            return self.skipped(end, indent)
        return end

    def items(self, number: int) -> Iterator[str]:
        """The first paragraph of each item of the list that begins after a line, if one does."""
        while number < len(self.lines) and not self.lines[number].strip():
            number += 1
        while number < len(self.lines) and (match := _ITEM.match(self.lines[number])) is not None:
            end = number + 1
            while end < len(self.lines) and self.lines[end][:1].isspace():
                end += 1
            yield plain(" ".join([self.lines[number][match.end() :], *map(str.strip, self.lines[number + 1 : end])]))
            number = self.skipped(end, 0)
            while number < len(self.lines) and not self.lines[number].strip():
                number += 1

    def inline(self, line: str, number: int, following: str = "") -> None:
        """Links within a line; one that goes on on the next line counts here."""
        text = line if line.count("`") % 2 == 0 or not following else f"{line} {following}"
        for match in _INLINE.finditer(text):
            if match.start() >= len(line):
                break
            if match["target"]:
                if not match["target"].endswith("_"):
                    self.links.append(Link(match["target"].strip(), number, one_line(match["words"], 200)))
            elif match["role"] and match["role"].rsplit(":", 1)[-1] in _ROLES:
                titled = _ROLE_TARGET.match(match["of"])
                words, target = (titled[1], titled[2]) if titled is not None else ("", match["of"])
                self.links.append(Link(target.strip(), number, one_line(f"{match['role']}: {words}".rstrip(": "), 200)))
            elif match["bare"]:
                self.links.append(Link(match["bare"], number))


def plain(text: str) -> str:
    """The words of a text without their markup.

    Examples
    --------
    >>> plain("Sells *things*, ``f()`` and :func:`~shop.sell`, see `the site <https://example.org>`_ or `Other`_.")
    'Sells things, f() and sell, see the site or Other.'
    """
    text = re.sub(r"``((?:[^`]|`(?!`))+)``", lambda m: m[1], text)
    text = re.sub(r":[\w:+.-]{1,80}:`([^`]+)`", lambda m: _role(m[1]), text)
    text = re.sub(r"`([^`<]+)<[^<>`]+>`__?", lambda m: m[1].rstrip(), text)
    text = re.sub(r"`([^`]+)`_{0,2}", lambda m: m[1], text)
    text = re.sub(r"(?<![\w*\\])\*{1,2}(?=\S)([^*]+?)(?<=\S)\*{1,2}(?![\w*])", lambda m: m[1], text)
    text = re.sub(r"(?<![\w|])\|([^|\s][^|]*)\|_{0,2}", lambda m: m[1], text)
    return re.sub(r"\\(.)", lambda m: m[1].strip(), text)


def _role(text: str) -> str:
    titled = _ROLE_TARGET.match(text)
    if titled is not None and titled[1]:
        return titled[1].rstrip()
    return text.rsplit(".", 1)[-1] if text.startswith("~") else text.lstrip("!")
