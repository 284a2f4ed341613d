"""Markdown as GitHub reads it: title, first paragraph, headings, links and images; what stands in code is neither."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import structs

from ...model import Document, Heading, Link, Note
from ..base import MAX_DOC, Walk, announced, is_readable, one_line
from ..lines import OLD_END, file_lines

__all__ = ["plain_text", "walk"]

_FRONT = re.compile(r"\A(?:---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)|\+\+\+[ \t]*\n(.*?)\n\+\+\+[ \t]*(?:\n|\Z))", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+?)[ \t]*$", re.MULTILINE)
_HTML_LINK = re.compile(r"<(?:a|img|source|video)\b[^<>]*?\s(?:href|src)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')[^<>]*>", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h([1-6])\b[^<>]*>", re.IGNORECASE)
_LONGEST_HEADING = 1_000
#: Brackets that nothing closes, and brackets at all, that are read in one file: the parser looks long for what closes each.
_MOST_OPEN, _MOST_BRACKETS = 2_000, 50_000
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: Without one of these there is no link in a paragraph, and its words need not be read.
_LINKED = re.compile(r"[\[<]")
_TAG = re.compile(r"<[^<>]*>")
#: A paragraph behind more headings than these says something of one section, not of the document.
_LAST_SECTION = 2
_CONTENTS = re.compile(r"(?:table of )?contents|toc|overview|index", re.IGNORECASE)
#: What a quotation that does not say what a document is begins with, and any other paragraph.
_ALERT = re.compile(r"\W*(?:note|tip|important|warning|caution|attention|deprecated|info)\b", re.IGNORECASE)
_NOTED = re.compile(rf"{_ALERT.pattern}\W*[:!]", re.IGNORECASE)
#: How deep a paragraph of a quotation lies.
_QUOTED = 2
#: A paragraph of less than so many letters is a badge, a date, a separator.
_SHORTEST = 8


def walk(walk: Walk) -> None:
    """Read a document."""
    text = walk.decoded.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    document = Document()
    front = _FRONT.match(text)
    if front is not None:
        _front_matter(document, front)
        text = "\n" * front[0].count("\n") + text[front.end() :]
    headings, links = list[Heading](), list[Link]()
    depth = brackets = unclosed = sections = 0
    quoted: tuple[str, int, int] | None = None  # what the first quotation or note says, its line, and how many headings are before it
    parser, environment = _parser(), dict[str, Any]()
    tokens = parser.parse(text, environment)
    for at, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "inline":
            brackets += token.content.count("[")
            unclosed += max(token.content.count("[") - token.content.count("]"), 0)
            if brackets > _MOST_BRACKETS or unclosed > _MOST_OPEN:
                walk.notes.append(Note("too-deep", "too many brackets: this paragraph and what follows were not read", line))
                break
            looked_for = not document.summary and not depth and sections <= _LAST_SECTION
            if depth or (looked_for and token.level <= _QUOTED) or _LINKED.search(token.content):
                token.children = []
                parser.inline.parse(token.content, parser, environment, token.children)
            links += _links(token, line)
            if looked_for and token.level == 1 and (quoted is None or quoted[2] == sections):
                said = _said(token, _items(tokens, at + 2, environment))
                document.summary, document.summary_line = ("", 0) if _NOTED.match(said) else (said, line if said else 0)
                quoted = quoted or ((said, line, sections) if said else None)
            elif looked_for and quoted is None and token.level == _QUOTED and tokens[at - 2].type == "blockquote_open":
                said = _said(token, iter(()))
                if said and tokens[at - 3].type == "heading_close" and not _ALERT.match(said):
                    document.summary, document.summary_line = said, line  # as READMEs of packages have it
                quoted = (said, line, sections) if said else None
        elif token.type == "heading_open":
            depth = int(token.tag[1])
            continue
        elif token.type == "html_block":
            _html(token.content, line, headings, links)
        if depth and token.type == "inline":
            headings.append(Heading(depth, _plain(token), line))
            sections += not _CONTENTS.fullmatch(headings[-1].text)
        elif token.type == "heading_close":
            depth = 0
    if quoted is not None and not document.summary:
        document.summary, document.summary_line, _ = quoted
    document.headings, document.links = tuple(headings), tuple(links)
    highest = [h for h in headings if h.level == 1]
    first = next(iter(highest or headings), None)
    above = first is not None and (not document.summary or first.line < document.summary_line)
    if not document.title and first is not None and (above or len(highest) == 1):
        document.title, document.title_line = first.text, first.line  # what begins a section further down is none
    if lines := file_lines(walk.decoded, OLD_END):
        _renumber(document, walk.notes, lines)
    walk.document = document


def _renumber(document: Document, notes: list[Note], lines: list[int]) -> None:
    """Say of everything the line on which it stands in the file."""
    document.title_line, document.summary_line = lines[document.title_line], lines[document.summary_line]
    document.headings = tuple(structs.replace(heading, line=lines[heading.line]) for heading in document.headings)
    document.links = tuple(structs.replace(link, line=lines[link.line]) for link in document.links)
    notes[:] = [structs.replace(note, line=lines[note.line]) for note in notes]


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).disable(["inline", "text_join"])


def _front_matter(document: Document, front: re.Match[str]) -> None:
    found = _FRONT_TITLE.search(front[1] or front[2] or "")
    if found is not None:
        document.title = found[1].strip("\"'")
        document.title_line = 2 + (front[1] or front[2]).count("\n", 0, found.start())


def _said(token: Token, follows: Iterator[str]) -> str:
    """What a paragraph says, if not badges and links alone. To one that announces a list, the items belong."""
    outside = "".join(c.content for c in _outside_links(token.children or []))
    said = announced(_plain(token), follows)[:MAX_DOC] if len(re.sub(r"[\W\d_]", "", outside)) >= _SHORTEST else ""
    return said if is_readable(said) else ""


def _items(tokens: list[Token], at: int, environment: dict[str, Any]) -> Iterator[str]:
    """The first paragraph of each item of the list that begins at a token, if one does."""
    if at >= len(tokens) or tokens[at].type not in ("bullet_list_open", "ordered_list_open"):
        return
    parser, ends = _parser(), tokens[at].type.replace("open", "close")
    while tokens[at].type != ends or tokens[at].level:
        at += 1
        if tokens[at].type == "inline" and tokens[at].level == 3 and tokens[at - 2].type == "list_item_open":
            children: list[Token] = []
            parser.inline.parse(tokens[at].content, parser, environment, children)
            yield _plain(Token("inline", "", 0, children=children))


def _outside_links(children: list[Token]) -> Iterator[Token]:
    depth = 0
    for child in children:
        depth += (child.type == "link_open") - (child.type == "link_close")
        if not depth and child.type in ("text", "code_inline"):
            yield child


def plain_text(line: str) -> str:
    """The words of a line of Markdown.

    Examples
    --------
    >>> plain_text("Shows *things* and `code`, [here](a.md).")
    'Shows things and code, here.'
    """
    parser = _parser()
    children: list[Token] = []
    parser.inline.parse(line, parser, {}, children)
    return _plain(Token("inline", "", 0, children=children))


def _plain(token: Token) -> str:
    """The words of a paragraph or a heading, without its markup."""
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or (child.type == "html_inline" and re.match(r"<br\b", child.content, re.IGNORECASE)):
            parts.append(" ")
    return one_line("".join(parts), MAX_DOC)


def _links(token: Token, line: int) -> Iterator[Link]:
    """Links and images of a paragraph, each at the line of its first word."""
    target, words, start = None, list[str](), line
    for child in token.children or []:
        if child.type == "link_open":
            target, words, start = str(child.attrs.get("href", "")), [], line
        elif child.type == "link_close" and target is not None:
            yield Link(target, start, one_line("".join(words), 200))
            target = None
        elif child.type == "image":
            yield Link(str(child.attrs.get("src", "")), line, one_line(child.content, 200))
            words.append(child.content)
        elif child.type == "html_inline":
            for match in _HTML_LINK.finditer(child.content):
                yield Link(html.unescape(match[1] or match[2] or ""), line)
        elif child.type in ("softbreak", "hardbreak"):
            line += 1
            words.append(" ")
        else:
            words.append(child.content)
            if child.type == "code_inline":
                line += child.content.count("\n")


def _html(content: str, line: int, headings: list[Heading], links: list[Link]) -> None:
    """Headings and links that are written as HTML."""
    content = _HTML_COMMENT.sub(lambda m: "\n" * m[0].count("\n"), content)
    for match in _HTML_HEADING.finditer(content):
        end = content.find("</h", match.end(), match.end() + _LONGEST_HEADING)
        inner = content[match.end() : end] if end >= 0 else ""
        text = one_line(html.unescape(_TAG.sub("", inner)))
        if text:
            before = match.end() + len(inner) - len(inner.lstrip())
            headings.append(Heading(int(match[1]), text, line + content.count("\n", 0, before)))
    for match in _HTML_LINK.finditer(content):
        target = html.unescape(match[1] or match[2] or "")
        links.append(Link(target, line + content.count("\n", 0, match.start())))
