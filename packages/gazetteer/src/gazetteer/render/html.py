"""Blocks as HTML, and the frame around them. Every text of the tree goes through `text`, also what stands in the frame.

Cells, rows and items have no end tags: the standard lets these be left out before the next one and at the end of what they are in, and a
site of a large tree has millions of them. For the same reason the style sheet, and no element, says which columns of tables are code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..document import (
    DEEPEST,
    Block,
    Bullets,
    Code,
    CodeBlock,
    Heading,
    Index,
    Line,
    Link,
    PageRef,
    Paragraph,
    Prose,
    SourceRef,
    Statements,
    Symbols,
    Table,
    Url,
    Uses,
)  # fmt: skip
from ..names import printable, shown_path
from .addresses import quoted
from .links import Links, nowhere
from .running import all_with_code, line_by_line, paragraphs, with_code

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["FRAME_IDS", "Contents", "PageWriter", "slug", "template", "text", "trusted", "words"]

#: Identifiers of the frame: none of a page's own may be one of these.
FRAME_IDS = ("gz-main", "gz-search", "gz-field", "gz-results", "gz-status", "gz-contents", "gz-folder")

#: How deep a symbol stands, by the number of those around it.
_DEPTHS = [f" {'·' * depth}" for depth in range(DEEPEST + 1)]
_SYMBOLS = ("Line", "Kind", "Declaration", "About")
_NO_WORD = re.compile(r"[^\w\- ]+")
#: Headings of so many levels are in the table of contents.
_LISTED = 3
#: The anchor of a symbol: the table of contents has those that its table says.
_SYMBOL = re.compile(r"S\d+(?:\.\d+)?$")


def text(value: str) -> str:
    r"""`value` as HTML that shows it, in elements and in quoted attributes; control and bidirectional characters become visible escapes.

    Examples
    --------
    >>> text('a < "b"'), text("a\u202eb")
    ('a &lt; &quot;b&quot;', 'a\\u202eb')
    """
    return _with_entities(value if value.isprintable() else printable(value))


def _with_entities(value: str) -> str:
    """Printable text, with what shows each mark of HTML in it as itself."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#39;")


#: Of words, names and paths in lines: most come again.
_text = functools.lru_cache(16_384)(text)


def texts(values: list[str]) -> list[str]:
    """`text` of each value."""
    return line_by_line(values, text, _with_entities)


def _said(value: str) -> str:
    """Running text, with the code in it as code.

    Examples
    --------
    >>> _said("Is ``a<b`` so?")
    'Is <code>a&lt;b</code> so?'
    """
    return with_code(value, text, lambda code: f"<code>{text(code)}</code>")


class Contents(Struct, frozen=True):
    """What the table of contents may list: a heading, or a symbol of a table."""

    level: int
    address: str
    text: str


class PageWriter:
    """Turns the blocks of one page into HTML.

    Parameters
    ----------
    links : Links
        Where pages and sources lie.
    here : str
        The path of the page below the site's root.
    """

    def __init__(self, links: Links, here: str) -> None:
        self.links, self.here = links, here
        self.contents = list[Contents]()
        #: Identifiers that the page has so far.
        self.known = set(FRAME_IDS)
        self._level = 1

    def body(self, blocks: Sequence[Block]) -> str:
        """All blocks of a page."""
        return "\n".join([self.block(block) for block in blocks])

    def identifier(self, wanted: str) -> str:
        """``id="…"`` with a space before it; nothing where the page has that identifier already."""
        if not wanted or wanted in self.known:
            return ""
        self.known.add(wanted)
        return f' id="{wanted}"' if wanted.isalnum() else f' id="{text(wanted)}"'

    def block(self, block: Block) -> str:
        """One block."""
        # The commonest come first; patterns of classes would take longer.
        if isinstance(block, Paragraph):
            return f"<p>{self.line(block.line)}</p>"
        if isinstance(block, Heading):
            return self.heading(block.level, self.line(block.line), words(block.line), block.anchor, listed=not _SYMBOL.match(block.anchor))
        if isinstance(block, Prose):
            if running := "\n\n".join(paragraphs(block.text)):
                return f'<div class="prose words">{_said(running)}</div>'
            return f'<div class="prose">{text(block.text.replace(chr(13), ""))}</div>'
        if isinstance(block, CodeBlock):
            return f'<pre tabindex="0"><code>{text(block.text.replace(chr(13), ""))}</code></pre>'
        if isinstance(block, Bullets):
            return "<ul>\n" + "\n".join([f"<li>{self.line(line)}" for line in block.lines]) + "\n</ul>"
        if isinstance(block, Table):
            return self._table(block.head, block.rows)
        if isinstance(block, Symbols):
            return self._symbols(block)
        if isinstance(block, Uses):
            return self._uses(block)
        if isinstance(block, Statements):
            return self._statements(block)
        if isinstance(block, Index):
            return self._index(block)
        level = self._level
        inner = "\n".join([self.block(b) for b in block.blocks])
        self._level = level
        return f"<details><summary>{self.line(block.summary)}</summary>\n{inner}\n</details>"

    def heading(self, level: int, html: str, shown: str, anchor: str = "", *, listed: bool = True) -> str:
        """A heading, and what the table of contents calls it, if that has it; no level is passed over on the way down."""
        level = max(2, min(level, self._level + 1, 6))
        self._level = level
        anchor = anchor or slug(shown)
        marked = self.identifier(anchor)
        if marked and listed and level <= _LISTED:
            self.contents.append(Contents(level, f"#{quoted(anchor)}", shown))
        return f"<h{level}{marked}>{html}</h{level}>"

    def _table(self, head: Sequence[str], rows: Sequence[Sequence[Line]]) -> str:
        line = self.line
        shown = "".join(["<tr><td>" + "<td>".join([line(cell) for cell in row]) + "\n" for row in rows])
        return f"{_table_head(tuple(head))}{shown}</tbody></table></div>"

    def _uses(self, block: Uses) -> str:
        """A list of files, each with its lines."""
        out = ["<ul>"]
        for path, numbers, more, how in block.rows:
            lines = self.lines(path)
            shown = ", ".join([str(n) if lines is nowhere else f'<a href="{lines(n, n)}">{n}</a>' for n in numbers])
            out.append(f"<li>{self._file(path)}, line{'s' if len(numbers) > 1 else ''} {shown}{more}{how}")
        out.append("</ul>")
        return "\n".join(out)

    def _statements(self, block: Statements) -> str:
        """As `_table`, without a tree of parts for each row."""
        lines, out, has_files = self.lines(block.path), [_table_head(tuple(block.head), "statements")], len(block.head) > 2
        for (number, end, _, target, has_path, said), shown in zip(block.rows, texts([row.text for row in block.rows]), strict=True):
            where = f"{number}–{end}" if end > number else f"{number}"
            if lines is not nowhere:
                where = f'<a href="{lines(number, end)}">{where}</a>'
            more = self.line(said) if said else ""
            if has_path:
                there = self.links.address(PageRef("file", target), self.here)
                last = f"<td>{more}" if has_files else ""
                out.append(f'<tr><td>{where}<td><a href="{there}">{shown}</a>{last}\n')
            else:
                more = self._file(target) + more if target else more
                out.append(f"<tr><td>{where}<td>{shown}<td>{more}\n")
        out.append("</tbody></table></div>")
        return "".join(out)

    def _file(self, path: str) -> str:
        """A link to the page of a file, by its path."""
        made = self.links.near(self.here, "file")
        found = made.get(path)
        if found is None:
            found = made[path] = (
                f'<a href="{self.links.address(PageRef("file", path), self.here)}"><code>{text(shown_path(path))}</code></a>'
            )
        return found

    def _symbols(self, block: Symbols) -> str:
        """As `_table`, without a tree of parts for each row."""
        lines, here, kinds = self.lines(block.path), self.here, dict[str, str]()
        there = self.links.anchors(block.path, here, block.kind)
        out = [_table_head(_SYMBOLS, "symbols")]
        codes, said_of = texts([row[6] for row in block.rows]), all_with_code([row[7] for row in block.rows], texts, _said)
        for (anchor, detailed, depth, line, end, kind, _, _, facts, listed), declared, said in zip(block.rows, codes, said_of, strict=True):
            where = f"{line}–{end}" if end > line else f"{line}"
            if lines is not nowhere:
                where = f'<a href="{lines(line, end)}">{where}</a>'
            if depth:
                where += _DEPTHS[depth]
            named = kinds.get(kind)
            if named is None:
                named = kinds[kind] = text(kind)
            if facts:
                more = " · ".join([self.line(fact) for fact in facts])
                said = f"{said} · {more}" if said else more  # noqa: PLW2901
            if listed is not None and (not self.contents or self.contents[-1].text != listed[1]):  # of overloads, the first
                self.contents.append(Contents(listed[0], there(anchor) if detailed else f"#{anchor}", listed[1]))
            if detailed:
                out.append(f'<tr><td>{where}<td>{named}<td><a href="{there(anchor)}">{declared}</a><td>{said}\n')
            else:
                marked = self.identifier(anchor)
                out.append(f"<tr><td{marked}>{where}<td>{named}<td>{declared}<td>{said}\n")
        out.append("</tbody></table></div>")
        return "".join(out)

    def _index(self, block: Index) -> str:
        """A list with an item for each name."""
        links, here = self.links, self.here
        known: dict[str, tuple[str, Callable[[str], str], Callable[[int, int], str]]] = {}
        names = iter(texts([name for name, _ in groupby(block.places, itemgetter(0))]))
        out, last, said, before, item = ['<ul class="names">'], "", "", "", ""
        for name, kind, path, anchor, number in block.places:
            if name != last:
                if last:
                    out.append(item)
                last, said, before, item = name, kind, "", f"<li><b>{next(names)}</b> {kind} "
            elif kind != said:
                said, before = kind, ""
                item += f"; {kind} "
            else:
                item += ", "
            if not anchor:
                item += (
                    f'<a href="{links.address(PageRef("symbols", path), here)}">{number:,} in {text(shown_path(path) or "the root")}</a>'
                )
                before = ""
                continue
            found = known.get(path)
            if found is None:
                lines = self.lines(path) if block.lines else nowhere
                found = known[path] = text(shown_path(path[path.rfind("/") + 1 :])), links.anchors(path, here), lines
            shown, there, lines = found
            page = there(anchor)
            if lines is not nowhere:
                item += f'<a href="{page}">{shown}</a>:<a href="{lines(number, number)}">{number}</a>'
            elif path == before:
                item += f'<a href="{page}">{number}</a>'
            else:
                item += f'<a href="{page}">{shown}:{number}</a>'
                before = path
        if last:
            out.append(item)
        out.append("</ul>")
        return "\n".join(out)

    def lines(self, path: str) -> Callable[[int, int], str]:
        """`Links.lines` as HTML: a relative address has nothing to escape, since it is quoted."""
        lines = self.links.lines(path, self.here)
        return (lambda first, last: text(lines(first, last))) if "{path}" in self.links.source else lines

    def line(self, line: Line) -> str:
        """Inline parts, one after the other. Pages are made of these, so the commonest come first."""
        out = ""
        for part in line:
            kind = part.__class__
            if kind is str:
                out += _text(part)
            elif kind is Link:
                shown, target = _text(part.text), part.target  # type: ignore[union-attr]
                if part.code:  # type: ignore[union-attr]
                    shown = f"<code>{shown}</code>"
                if target.__class__ is PageRef:  # its address is relative, and quoted: there is nothing to escape in it
                    out += f'<a href="{self.links.address(target, self.here)}">{shown}</a>'
                else:
                    out += self._outside(shown, target)  # type: ignore[arg-type]
            elif kind is Code:
                out += f"<code>{_text(part.text)}</code>"  # type: ignore[union-attr]
            else:
                out += f"<strong>{_text(part.text)}</strong>"  # type: ignore[union-attr]
        return out

    def _outside(self, inner: str, target: Url | SourceRef) -> str:
        """A link around HTML that leads to no page; the HTML alone where the address is none that a page may lead to."""
        if isinstance(target, Url):
            if not target.address.startswith(("http://", "https://")):
                return inner
            return f'<a href="{text(self.links.address(target, self.here))}" rel="noopener noreferrer">{inner}</a>'
        address = self.links.address(target, self.here)
        if not address:  # to the source: a line's number alone, of a whole file its path
            return f"<code>{text(shown_path(target.path))}</code>" if not target.line else inner
        return f'<a href="{text(address)}">{inner}</a>'


@functools.cache
def _table_head(head: tuple[str, ...], name: str = "") -> str:
    cells = "".join([f"<th>{text(h)}" for h in head])
    marked = f' class="{name}"' if name else ""
    return f'<div class="scroll" role="group" aria-label="Table" tabindex="0"><table{marked}>\n<thead><tr>{cells}\n<tbody>\n'


def words(line: Line) -> str:
    """The text of a line without its marks and links."""
    return "".join([part if isinstance(part, str) else part.text for part in line])


def slug(shown: str) -> str:
    """The identifier of a heading that brings none, by GitHub's rule.

    Examples
    --------
    >>> slug("What's new, in C++?")
    'whats-new-in-c'
    """
    return _NO_WORD.sub("", shown.lower()).strip().replace(" ", "-")


@functools.cache
def _environment() -> Environment:
    # After a small change, another process makes the pages of the site, and this one need not wait for what they take.
    from importlib import resources

    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = resources.files("gazetteer") / "site" / "templates"
    sources = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".html")}
    return Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@functools.cache
def template(name: str) -> Template:
    """A compiled template of the site."""
    return _environment().get_template(name)


def trusted(html: str) -> Any:
    """HTML that this module or the sanitizer made, for a template."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - made of escaped parts
