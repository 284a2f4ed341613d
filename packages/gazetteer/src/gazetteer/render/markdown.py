"""Pages as Markdown that GitHub shows well. Every text of the tree is escaped for the place where it stands."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote

from ..document import (
    Anchor,
    Block,
    Bullets,
    Code,
    CodeBlock,
    Details,
    Heading,
    Inline,
    Line,
    Link,
    Page,
    PageRef,
    Paragraph,
    Prose,
    SourceRef,
    Strong,
    Table,
    Target,
    Url,
)  # fmt: skip
from .addresses import relative

__all__ = ["MARK", "Links", "markdown"]

#: The first line of each page; `discover` knows pages by it.
MARK = "<!-- gazetteer:page -->"

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+!|~&$]|(?<=\d)\.|^[-=:])")


class Links:
    """Where links lead from a page.

    Parameters
    ----------
    names : dict
        From `gazetteer.names.page_names`.
    source : str
        URL of a source line, with ``{rev}``, ``{path}``, ``{a}``, ``{b}``; else the path from the output's root to the tree's.
    rev : str
        What stands for ``{rev}``.
    suffix, folder_page : str
        ``.md`` and ``README.md``, or those of HTML.
    """

    def __init__(self, names: dict[str, str], source: str, rev: str, suffix: str = ".md", folder_page: str = "README.md") -> None:
        self.names, self.source, self.rev, self.suffix, self.folder_page = names, source, rev, suffix, folder_page

    def page(self, ref: PageRef) -> str:
        """The path of a page below the output's root."""
        if ref.kind == "file":
            return self.names[ref.path] + self.suffix
        if ref.kind == "folder":
            return posixpath.join(self.names[ref.path], self.folder_page)
        return posixpath.join("_symbols", ref.path + self.suffix)

    def address(self, target: Target, here: str) -> str:
        """What a link from the page at path `here` has between its parentheses, quoted as URLs are."""
        if isinstance(target, Url):
            return target.address
        if isinstance(target, SourceRef):
            return self._source(target, here)
        path = self.page(target)
        fragment = "#" + quote(target.anchor) if target.anchor else ""
        if path == here and fragment:
            return fragment
        return relative(path, here) + fragment

    def lines(self, target: SourceRef) -> str:
        """The fragment of an address that names lines, as GitHub writes it; empty for a whole file."""
        if not target.line:
            return ""
        return f"#L{target.line}-L{target.end_line}" if target.end_line > target.line else f"#L{target.line}"

    def _source(self, target: SourceRef, here: str) -> str:
        path = quote(target.path.encode("utf-8", "surrogateescape"))
        if "{path}" in self.source:
            address = self.source.split("#")[0].format(rev=quote(self.rev), path=path, a=target.line, b=target.end_line)
            return address + self.lines(target)
        return posixpath.join(quote(posixpath.relpath(self.source, posixpath.dirname(here) or ".")), path) + self.lines(target)


def markdown(page: Page, links: Links) -> bytes:
    """The bytes of a page."""
    here = links.page(page.ref)
    out = [MARK, "", f"# {escape(page.title)}", ""]
    if page.trail:
        out += [" / ".join(f"[{escape(text)}]({links.address(ref, here)})" for text, ref in page.trail), ""]
    for block in page.blocks:
        out += _block(block, links, here)
        out.append("")
    return "\n".join(out).encode("utf-8", "backslashreplace")


def escape(text: str) -> str:
    r"""`text` as Markdown that shows it.

    Examples
    --------
    >>> escape("a*b <script>")
    'a\\\\*b \\\\<script\\\\>'
    """
    return _SPECIAL.sub(r"\\\1", text.replace("\r", "").replace("\n", " "))


def code(text: str, in_table: bool = False) -> str:
    """A span of code. In tables GitHub reads bars before anything else, so there it is HTML."""
    text = text.replace("\n", " ").replace("\r", "")
    if not text.strip():
        return "<code>&nbsp;</code>"
    if (in_table and "|" in text) or ("`" in text and in_table):
        return "<code>" + _entities(text) + "</code>"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    if not longest:
        return f"`{text}`"
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}"


def _entities(text: str) -> str:
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;"), ("*", "&#42;"), ("_", "&#95;"),
                         ("[", "&#91;"), ("]", "&#93;"), ("\\", "&#92;"), ("~", "&#126;"), ("$", "&#36;")):  # fmt: skip
        text = text.replace(mark, entity)
    return text


def _block(block: Block, links: Links, here: str) -> list[str]:
    match block:
        case Heading(level, line, anchor):
            mark = [f'<a id="{anchor}"></a>', ""] if anchor else []
            return [*mark, f"{'#' * level} {_line(line, links, here)}"]
        case Paragraph(line):
            return [_line(line, links, here)]
        case Prose(text):
            return _fenced(text, "text")
        case Bullets(lines):
            return [f"- {_line(line, links, here)}" for line in lines]
        case Table(head, rows):
            return [
                "| " + " | ".join(escape(h) for h in head) + " |",
                "|" + " --- |" * len(head),
                *("| " + " | ".join(_line(cell, links, here, in_table=True) for cell in row) + " |" for row in rows),
            ]
        case CodeBlock(text, language):
            return _fenced(text, language)
        case Details(summary, blocks):
            inner = [line for b in blocks for line in (*_block(b, links, here), "")]
            return [f"<details><summary>{_line(summary, links, here)}</summary>", "", *inner, "</details>"]


def _fenced(text: str, language: str) -> list[str]:
    """Lines within a fence that is longer than any in them."""
    from ..names import printable

    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return [fence + language, *(printable(line) for line in text.split("\n")), fence]


def _line(line: Line, links: Links, here: str, in_table: bool = False) -> str:
    return "".join(_inline(part, links, here, in_table) for part in line).strip()


def _inline(part: Inline, links: Links, here: str, in_table: bool) -> str:
    match part:
        case str():
            return escape(part)
        case Code(text):
            return code(text, in_table)
        case Strong(text):
            return f"**{escape(text)}**"
        case Link(text, target, is_code):
            return f"[{code(text, in_table) if is_code else escape(text)}]({links.address(target, here)})"
        case Anchor(name):
            return f'<a id="{name}"></a>'
