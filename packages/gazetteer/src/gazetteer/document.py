"""Pages as data: headings, paragraphs, tables, and links that name what they lead to, not where it is written.

`gazetteer.compose` makes these from an atlas; the writers of `gazetteer.render` turn the same page into Markdown or HTML, escape
every text for where it stands, and resolve links for where the page lies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

__all__ = [
    "DEEPEST", "Block", "Bullets", "Code", "CodeBlock", "Details", "Heading", "Index", "Inline", "Line", "Link", "Page",
    "PageKind", "PageRef", "Paragraph", "Place", "Prose", "Row", "SourceRef", "Statement", "Statements", "Strong", "Symbols", "Table",
    "Target", "Url", "Use", "Uses", "is_running",
    "paragraphs", "spoken",
]  # fmt: skip


#: So many scopes around a symbol are shown.
DEEPEST = 20

PageKind = Literal["file", "folder", "symbols", "shard", "seed-docs", "seed-kw", "seed-index", "seed-doc", "seed-sub"]


class PageRef(Struct, frozen=True, order=True):
    """A page of this documentation.

    `kind`: ``file``, ``folder`` (the root is the folder ``""``), ``symbols`` (the keyword index of the files of a folder), ``shard``
    (one shard of the keyword index of the whole tree; the list of shards where `path` is empty), and those of the seed's layout:
    ``seed-docs`` and ``seed-kw`` of a file, ``seed-index``, ``seed-doc`` and ``seed-sub`` of a folder.
    """

    kind: PageKind
    path: str
    anchor: str = ""
    #: Of a page that is too long for one: its number, from 1. 0 is the part that has the anchor, or the first.
    part: int = 0


class SourceRef(Struct, frozen=True):
    """Lines of a file of the tree."""

    path: str
    line: int = 0
    end_line: int = 0


class Url(Struct, frozen=True):
    """An address elsewhere: ``http`` or ``https``."""

    address: str


Target = PageRef | SourceRef | Url


class Code(Struct, frozen=True):
    """Text in the language of the source."""

    text: str


class Strong(Struct, frozen=True):
    """Text that stands out."""

    text: str


class Link(Struct, frozen=True):
    """A link. `code` shows its text as code."""

    text: str
    target: Target
    code: bool = False


Inline = str | Code | Strong | Link
Line = Sequence[Inline]


class Heading(Struct, frozen=True):
    """A heading with the anchor that links to it use; the writer adds it where its own rule would give another."""

    level: int
    line: Line
    anchor: str = ""


class Paragraph(Struct, frozen=True):
    """A paragraph."""

    line: Line


class Prose(Struct, frozen=True):
    """Text of the tree (a docstring, a comment): where it is laid out by hand, that is kept; nothing in it is markup but `spoken` code."""

    text: str


class Bullets(Struct, frozen=True):
    """A list."""

    lines: Sequence[Line]


class Table(Struct, frozen=True):
    """A table with a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[Line]]


class CodeBlock(Struct, frozen=True):
    """Source text."""

    text: str
    language: str = ""


class Details(Struct, frozen=True):
    """Blocks that are folded away behind a line until a reader asks for them; all of them are on the page."""

    summary: Line
    blocks: tuple[Block, ...]


class Place(NamedTuple):
    """Where a name is declared. Trees have hundreds of thousands, so it is no struct, which a collector of garbage would look at.

    One without an anchor stands for several in a folder: `path` is that of the folder, whose keyword index has them, and `line` says how
    many they are.
    """

    name: str
    kind: str
    path: str
    anchor: str
    line: int


class Index(Struct, frozen=True):
    """A list of names, each with its places; those of one name follow each other.

    Each place leads to where it is on the page of its file, and, if `lines`, to its line of the source too.
    """

    places: Sequence[Place]
    lines: bool = True


class Row(NamedTuple):
    """A symbol as a row of a table: where it stands, what it is, and what is known of it. Of these, too, there are many."""

    anchor: str
    #: Whether the anchor is at a heading of the symbol's own, to which the row leads; else the row itself has it.
    detailed: bool
    #: How many symbols are around it, at most `DEEPEST`. Rows of its members follow its own.
    depth: int
    line: int
    end_line: int
    kind: str
    declared: str
    #: The first sentence of its documentation.
    about: str
    facts: Sequence[Line] = ()
    #: At which level a table of contents has it, and what it is called there; none where it is not what a page is mostly about.
    listed: tuple[int, str] | None = None


class Symbols(Struct, frozen=True):
    """A table of symbols of one file: its path, and the kind of the page that their anchors are on."""

    path: str
    kind: PageKind
    rows: Sequence[Row]


class Use(NamedTuple):
    """A file that depends on another, or that links to it."""

    path: str
    #: The first lines that do.
    lines: Sequence[int]
    #: How many others do, and how it was found where it was not read there; both with a space before them.
    more: str = ""
    how: str = ""


class Uses(Struct, frozen=True):
    """A list of files, each with its lines; each leads to its page."""

    rows: Sequence[Use]


class Statement(NamedTuple):
    """What brings another file in, or a link in prose, with the file of the tree that it means: an empty path where there is none."""

    line: int
    end_line: int
    text: str
    target: str = ""
    #: The text has the whole path, and leads to its page; else the path stands beside it.
    has_path: bool = False
    #: What else there is to say of the target.
    said: Line = ()


class Statements(Struct, frozen=True):
    """A table of statements of the file at `path`: their lines, texts, targets."""

    path: str
    head: Sequence[str]
    rows: Sequence[Statement]


Block = Heading | Paragraph | Prose | Bullets | Table | CodeBlock | Details | Index | Symbols | Uses | Statements


class Page(Struct, frozen=True):
    """One page. The writers show `trail` (pages above this one) and `title` first."""

    ref: PageRef
    title: str
    trail: tuple[tuple[str, PageRef], ...]
    blocks: tuple[Block, ...]


#: Code in running text, between one backtick or two, as Markdown and reStructuredText have it, with the role that Sphinx gives it.
_CODE = re.compile(r"(?<![`\\\w:])(?::[A-Za-z][\w.+-]*(?::[\w.+-]+)*:(?!`[^`]*\s<))?(`{1,2})(?!\s)[~!]?([^`]*[^`\s])\1(?!`|(?!s\b)\w)")


def spoken(text: str) -> list[str]:
    """The pieces of running text of the tree, which is prose and code by turns: those with an odd number are code.

    What looks like a link or a title beside one stays as it is written.

    Examples
    --------
    >>> spoken("Returns ``None``, or a :class:`~shop.Till`.")
    ['Returns ', 'None', ', or a ', 'shop.Till', '.']
    >>> spoken("GNU's `ls', :doc:`the till <till>`, `the manual <https://example.org>`_")
    ["GNU's `ls', :doc:`the till <till>`, `the manual <https://example.org>`_"]
    """
    if "`" not in text:
        return [text]
    found, at = list[str](), 0
    for match in _CODE.finditer(text):
        found += [text[at : match.start()], match[2]]
        at = match.end()
    return [*found, text[at:]]


#: Lines that are more than running text, the first and others: indented, lists, tables, rules, code.
_LAID_OUT_LINE = r"(?:[^\S\n]|[-+>|#=~.:@\\]|`{3}|\*(?:\s|$|\*{2})|\d+[.)](?:\s|$))"
_LAID_OUT_FIRST, _LAID_OUT_NEXT = re.compile(_LAID_OUT_LINE, re.MULTILINE), re.compile(rf"\n{_LAID_OUT_LINE}", re.MULTILINE)


@lru_cache(maxsize=512)
def paragraphs(text: str) -> tuple[str, ...]:
    r"""The paragraphs of running text, each on one line; none where a text is laid out by hand.

    Examples
    --------
    >>> paragraphs("One\n`two`.\n\nThree."), paragraphs("Such as\n- one")
    (('One `two`.', 'Three.'), ())
    """
    text = text.strip("\n")
    if not is_running(text):
        return ()
    return tuple([" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text)])


def is_running(text: str) -> bool:
    r"""Whether a text is running text: no line of it is more.

    Examples
    --------
    >>> is_running("One\ntwo."), is_running("One\n- two")
    (True, False)
    """
    return not (len(text) > 4_000 or "\t" in text or "   " in text or _LAID_OUT_FIRST.match(text) or _LAID_OUT_NEXT.search(text))
