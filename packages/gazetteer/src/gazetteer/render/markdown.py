"""Pages as Markdown that GitHub shows well. Every text of the tree is escaped for the place where it stands."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from ..document import (
    DEEPEST,
    Block,
    Bullets,
    Code,
    CodeBlock,
    Details,
    Heading,
    Index,
    Line,
    Link,
    Page,
    PageRef,
    Paragraph,
    Prose,
    SourceRef,
    Statements,
    Strong,
    Symbols,
    Table,
    Uses,
)  # fmt: skip
from ..names import printable, shown_path
from .links import Links, nowhere
from .running import all_with_code, line_by_line, paragraphs, with_code

__all__ = ["MARK", "Links", "code", "codes", "escape", "markdown", "slug"]

#: The first line of each page; `discover` knows pages by it.
MARK = "<!-- gazetteer:page -->"

#: What Markdown may take for markup, the backslash first: one after the other, since most texts have few of them.
_SPECIAL = tuple((c, f"\\{c}") for c in "\\`*{}[]<>|~&#!")
#: Between letters and digits it is none.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
#: What GitHub, or its dialect, makes of plain text: math, mentions and mail, issues, emoji, addresses.
_ACTIVE = re.compile(r"\$|@|\\#(?=\d)|:(?=[\w+-]+:)")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp):|\bwww(?=\.)")
_STARTS = re.compile(r"([-+=]|[0-9]{1,9}[.)])(?=\s|$|[-=])")
_STARTING = frozenset("-+=0123456789")
#: Text of which nothing has to be looked at: most is.
_plain = re.compile(r"[ \"%'()+,\-./0-9;=?A-Z^a-z]*").fullmatch
#: Code that backticks alone cannot hold, at least not in a table.
_ODD_CODE = re.compile(r"[`|$\n\r]|^\s|\s$")
#: The same in printable lines, each with an end before and behind it.
_ODD_LINES = ("`", "|", "$", "\n ", " \n", "\n\n")
_NO_SLUG = re.compile(r"[^a-z0-9\-_ ]+")
_ENTITIES = {ord(c): f"&#{ord(c)};" for c in r"|`*_[]\~$:!{}#"} | {ord(c): e for c, e in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))}

#: How deep a symbol stands, by the number of those around it.
_DEPTHS = [f" {'·' * depth}" for depth in range(DEEPEST + 1)]


def markdown(page: Page, links: Links) -> bytes:
    """The bytes of a page."""
    writer = _Writer(page, links)
    out = [MARK, "", f"# {writer.heading(page.title, ())}", ""]
    if page.trail:
        out += [writer.trail(page.trail), ""]
    for block in page.blocks:
        writer.block(block, out)
        out.append("")
    return "\n".join(out).encode("utf-8", "backslashreplace")


@lru_cache(maxsize=16_384)
def escape(text: str) -> str:
    r"""`text` as Markdown that shows it.

    Examples
    --------
    >>> escape("a*b <script>")
    'a\\*b \\<script\\>'
    >>> escape("a_b.py, __init__.py")
    'a_b.py, \\_\\_init\\_\\_.py'
    """
    return _escaped(text)


def _escaped(text: str) -> str:
    """`escape` of a text that is not likely to be asked for again."""
    if _plain(text) is not None and ("." not in text or "www." not in text.lower()):
        return text
    return _marked(_on_a_line(text))


def _all_escaped(texts: list[str]) -> list[str]:
    """`_escaped` of each text; no mark that is looked for goes beyond a line."""
    return line_by_line(texts, _escaped, _marked)


def _said(text: str) -> str:
    r"""Running text, with the code in it as code.

    Examples
    --------
    >>> _said("Is ``a*b`` of *a*.")
    'Is `a*b` of \\*a\\*.'
    """
    return with_code(text, _escaped, code)


def _marked(text: str) -> str:
    """Printable text, with what shows each mark of Markdown in it as itself."""
    for character, escaped in _SPECIAL:
        if character in text:
            text = text.replace(character, escaped)
    if "_" in text:
        text = _UNDERSCORE.sub(r"\\_", text)
    if _may_have_address(text):
        text = _ADDRESS.sub(lambda m: m[0][:-1] + "\\:" if m[1] else m[0] + "\\", text)
    if ":" in text or "@" in text or "$" in text or "\\#" in text:  # an element of its own keeps a mark apart from what follows
        text = _ACTIVE.sub(lambda m: f"<span>{m[0]}</span>", text)
    return text


def _may_have_address(text: str) -> bool:
    """Whether an address may begin anywhere: to look for each of the words in which one does takes longer."""
    lower = text.lower()
    return (":" in text and ("tp" in lower or "lto" in lower or "mpp" in lower)) or "www." in lower


def code(text: str) -> str:
    """A span of code; as HTML where backticks cannot hold it, or where a table would be split by a bar.

    Examples
    --------
    >>> code("a | b"), code("x_y")
    ('<code>a &#124; b</code>', '`x_y`')
    """
    if text.isprintable():  # most is, and has blanks alone for space
        if text and "`" not in text and "|" not in text and "$" not in text and text[0] != " " and text[-1] != " ":
            return f"`{text}`"
    else:
        text = _on_a_line(text)
    if not text.strip():
        return "<code>&nbsp;</code>"
    if _ODD_CODE.search(text) is None:
        return f"`{text}`"
    text = text.translate(_ENTITIES).replace("@", "<span>@</span>")
    return f"<code>{re.sub(r'(?i)www[.]', lambda m: m[0][:3] + '&#46;', text)}</code>"


def codes(texts: list[str]) -> list[str]:
    """`code` of each text; of all at once where there is nothing in them that has to be looked at.

    Examples
    --------
    >>> codes(["x_y", "a | b"]), codes(["x", "y"])
    (['`x_y`', '<code>a &#124; b</code>'], ['`x`', '`y`'])
    """
    lines = "\n".join(("", *texts, ""))
    if not texts or lines.count("\n") != len(texts) + 1 or not lines.replace("\n", "").isprintable() or any(o in lines for o in _ODD_LINES):
        return list(map(code, texts))
    return f"`{lines[1:-1]}`".replace("\n", "`\n`").split("\n")


def _on_a_line(text: str) -> str:
    return text if text.isprintable() else printable(text.replace("\r", "").replace("\n", " ").replace("\t", " "))


@lru_cache(maxsize=4_096)
def slug(text: str) -> str:
    """The anchor that GitHub gives a heading with this text, if it is the first of that name.

    Examples
    --------
    >>> slug("Depends on"), slug("class `a::b_c`"), slug("Größe - 1.5")
    ('depends-on', 'class-ab_c', 'größe---15')
    """
    if text.isascii():
        return _NO_SLUG.sub("", text.lower()).replace(" ", "-")
    kept = [c for c in text.lower() if c in "-_ " or c.isalnum() or unicodedata.category(c)[0] == "M" or unicodedata.category(c) == "Pc"]
    return "".join(kept).replace(" ", "-")


class _Writer:
    """One page that is being written."""

    def __init__(self, page: Page, links: Links) -> None:
        self.links, self.here = links, links.page(page.ref)
        self.slugs: dict[str, int] = {}
        self.reserved = {b.anchor for b in page.blocks if isinstance(b, Heading)}
        self.kind = page.ref.kind
        self.has_source = bool(links.source)

    def heading(self, title: str, line: Line, anchor: str = "") -> str:
        """The text of a heading; with an anchor of its own where GitHub's rule gives another."""
        text = title or "".join([part if isinstance(part, str) else printable(part.text) for part in line])
        if title and slug(text) in self.reserved:  # a file that is called as one of the sections
            text += f" ({self.kind})"
        own = slug(text.strip())
        before = self.slugs.get(own, 0)
        self.slugs[own] = before + 1
        written = escape(text) if title else self.inline(line)
        return written if not anchor or (own == anchor and not before) else f'<a id="{anchor}"></a>{written}'

    def trail(self, trail: tuple[tuple[str, PageRef], ...]) -> str:
        """Links to the pages above, which those of a folder share."""
        made = self.links.near(self.here, "trail")
        found = made.get(trail)
        if found is None:
            found = made[trail] = " / ".join([self.inline((Link(text, ref),)) for text, ref in trail])
        return found

    def block(self, block: Block, out: list[str]) -> None:
        """Add the lines of a block."""
        # The commonest come first; patterns of classes would take longer.
        if isinstance(block, Paragraph):
            out.append(self.paragraph(block.line))
        elif isinstance(block, Heading):
            out.append(f"{'#' * block.level} {self.heading('', block.line, block.anchor)}")
        elif isinstance(block, Prose):
            out += _prose(block.text)
        elif isinstance(block, CodeBlock):
            out += _fenced(block.text, block.language)
        elif isinstance(block, Bullets):
            out += [f"- {self.paragraph(line)}" for line in block.lines]
        elif isinstance(block, Table):
            self._table(block, out)
        elif isinstance(block, Symbols):
            self._symbols(block, out)
        elif isinstance(block, Uses):
            self._uses(block, out)
        elif isinstance(block, Statements):
            self._statements(block, out)
        elif isinstance(block, Index):
            self._index(block, out)
        else:
            self._details(block, out)

    def _table(self, table: Table, out: list[str]) -> None:
        inline = self.inline
        out += ["| " + " | ".join([escape(h) for h in table.head]) + " |", "|" + " --- |" * len(table.head)]
        for row in table.rows:
            out.append("| " + " | ".join([inline(cell) for cell in row]) + " |")

    def _uses(self, block: Uses, out: list[str]) -> None:
        """A list of files, each with its lines."""
        links, here = self.links, self.here
        for path, numbers, more, how in block.rows:
            lines = links.lines(path, here)
            shown = ", ".join([str(n) if lines is nowhere else f"[{n}]({lines(n, n)})" for n in numbers])
            out.append(f"- {self._file(path)}, line{'s' if len(numbers) > 1 else ''} {shown}{more}{how}")

    def _statements(self, block: Statements, out: list[str]) -> None:
        """As `_table`, without a tree of parts for each row."""
        out += ["| " + " | ".join([escape(h) for h in block.head]) + " |", "|" + " --- |" * len(block.head)]
        has_files = len(block.head) > 2
        links, here = self.links, self.here
        lines = links.lines(block.path, here)
        for number, end, text, target, has_path, said in block.rows:
            where = f"{number}–{end}" if end > number else f"{number}"
            if lines is not nowhere:
                where = f"[{where}]({lines(number, end)})"
            more = self.inline(said) if said else ""
            if has_path:
                last = f"{more}|" if has_files else ""
                out.append(f"|{where}|[{code(text)}]({links.address(PageRef('file', target), here)})|{last}")
            else:
                out.append(f"|{where}|{code(text)}|{self._file(target) if target else ''}{more}|")

    def _file(self, path: str) -> str:
        """A link to the page of a file, by its path."""
        made = self.links.near(self.here, "file")
        found = made.get(path)
        if found is None:
            found = made[path] = f"[{code(shown_path(path))}]({self.links.address(PageRef('file', path), self.here)})"
        return found

    def _symbols(self, block: Symbols, out: list[str]) -> None:
        """The same of symbols: most of an output is in these."""
        out += ["| Line | Kind | Declaration | About |", "| --- | --- | --- | --- |"]
        links, here, kinds = self.links, self.here, dict[str, str]()
        lines, there = links.lines(block.path, here), links.anchors(block.path, here, block.kind)
        coded, said_of = codes([row[6] for row in block.rows]), all_with_code([row[7] for row in block.rows], _all_escaped, _said)
        for (anchor, detailed, depth, line, end, kind, _, _, facts, _), declared, about in zip(block.rows, coded, said_of, strict=True):
            where = f"{line}–{end}" if end > line else f"{line}"
            if lines is not nowhere:
                where = f"[{where}]({lines(line, end)})"
            if depth:
                where += _DEPTHS[depth]
            named = kinds.get(kind)
            if named is None:
                named = kinds[kind] = escape(kind)
            said = f"{about} " if about else ""  # it may end with a backslash
            if detailed:
                out.append(f"|{where}|{named}|[{declared}]({there(anchor)})|{said}|")
                continue
            if facts:
                more = " · ".join([self.inline(fact) for fact in facts])
                said = f"{said}· {more}" if said else more
            out.append(f'|<a id="{anchor}"></a>{where}|{named}|{declared}|{said}|')

    def _index(self, block: Index, out: list[str]) -> None:
        """A line for each name. Half of all links of an output are here."""
        links, here, has_lines = self.links, self.here, block.lines and self.has_source
        files = links.near(here, ("index", has_lines))
        names = iter(codes([name for name, _ in groupby(block.places, itemgetter(0))]))
        found = list[str]()
        add, last, said, before = found.append, "", "", ""
        for name, kind, path, anchor, number in block.places:
            if name != last:
                add(f"\n- {next(names)} {kind} ")
                last, said, before = name, kind, ""
            elif kind != said:
                add(f"; {kind} ")
                said, before = kind, ""
            else:
                add(", ")
            if not anchor:
                add(f"[{number:,} in {escape(shown_path(path) or 'the root')}]({links.address(PageRef('symbols', path), here)})")
                before = ""
                continue
            file = files.get(path)
            if file is None:  # no page with an index is that of a file, so what leads there is the same on each
                of = escape(shown_path(path[path.rfind("/") + 1 :]))
                file = files[path] = of, links.anchors(path, here), links.lines(path, here) if has_lines else nowhere
            shown, there, lines = file
            if has_lines:
                add(f"[{shown}]({there(anchor)}):[{number}]({lines(number, number)})")
            elif path == before:  # the second place in a file
                add(f"[{number}]({there(anchor)})")
            else:
                add(f"[{shown}:{number}]({there(anchor)})")
                before = path
        out.append("".join(found)[1:])

    def _details(self, block: Details, out: list[str]) -> None:
        out += [f"<details><summary>{self._html(block.summary)}</summary>", ""]
        for inner in block.blocks:
            self.block(inner, out)
            out.append("")
        out.append("</details>")

    def _html(self, line: Line) -> str:
        """A line within HTML, where nothing is read as Markdown."""
        found = []
        for part in line:
            text = _ACTIVE.sub(r"<span>\g<0></span>", html.escape(_on_a_line(part if isinstance(part, str) else part.text)))
            if isinstance(part, Link):
                address = self.links.address(part.target, self.here)
                found.append(f'<a href="{html.escape(address)}">{text}</a>' if address else text)
            else:
                found.append(f"<code>{text}</code>" if isinstance(part, Code) else f"<b>{text}</b>" if isinstance(part, Strong) else text)
        return "".join(found)

    def unlinked(self, link: Link) -> str:
        """A link to the source where there is none: a line's number alone, of a whole file its path."""
        target = link.target
        if target.__class__ is SourceRef and not target.line:
            return code(shown_path(target.path))
        return code(link.text) if link.code else _escaped(link.text)

    def paragraph(self, line: Line) -> str:
        """A line that stands alone: what would begin a list or a rule there is escaped."""
        text = self.inline(line).strip()
        match = _STARTS.match(text) if text[:1] in _STARTING else None
        return f"{text[: match.end() - 1]}\\{text[match.end() - 1 :]}" if match else text

    def inline(self, line: Line) -> str:
        """The parts of a line, joined; the commonest come first."""
        found = ""
        for part in line:
            kind = part.__class__
            if kind is str:
                found += escape(part)
            elif kind is Link:
                target = part.target  # type: ignore[union-attr]
                if target.__class__ is SourceRef and not self.has_source:
                    found += self.unlinked(part)  # type: ignore[arg-type]
                elif address := self.links.address(target, self.here):
                    found += f"[{code(part.text) if part.code else escape(part.text)}]({address})"  # type: ignore[union-attr]
                else:
                    found += self.unlinked(part)  # type: ignore[arg-type]
            elif kind is Code:
                if found.endswith("`"):  # two spans that touch would be one
                    found += "<!-- -->"
                found += code(part.text)  # type: ignore[union-attr]
            else:
                found += f"**{escape(part.text)}**"  # type: ignore[union-attr]
        return found


def _prose(text: str) -> list[str]:
    """Running text as a quotation; what is laid out by hand as it is."""
    found = paragraphs(text)
    return "\n>\n".join([f"> {_said(paragraph)}" for paragraph in found]).split("\n") if found else _fenced(text.strip("\n"), "text")


def _fenced(text: str, language: str) -> list[str]:
    """Lines within a fence that is longer than any in them."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2) if "```" in text else 2
    fence = "`" * (longest + 1)
    lines = text.replace("\r\n", "\n").split("\n")
    return [fence + language, *(line if line.isprintable() else printable(line) for line in lines), fence]
