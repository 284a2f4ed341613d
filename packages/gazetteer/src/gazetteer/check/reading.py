"""What a page says of itself when it is read as a browser or GitHub reads it: links, anchors, and the symbols beside lines of source.

Nothing here is shared with the writers: Markdown is read by ``cmark-gfm``, and the rule by which GitHub names headings is written
down a second time, so that a fault of a writer is not repeated by its check.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from msgspec import Struct

__all__ = ["Claim", "Read", "github_anchor", "read_html", "read_markdown"]

#: Writers of HTML escape ``>`` within attributes.
_TAG = re.compile(r"<!--.*?-->|<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>", re.DOTALL)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ATTRIBUTE = re.compile(r"""([a-zA-Z_:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LINE = re.compile(r"#L(\d+)(?:-L(\d+))?$")
#: The anchor of a symbol, in its row or at the end of an address, with its line.
_SYMBOL = re.compile(r"(?:^|#)S(\d+)(?:\.\d+)?$")
_NAME = re.compile(r"[A-Za-z_]\w*")
#: What a page shows instead of a character that could not be seen.
_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")

_NAMES = frozenset(("code", "b"))
_ROWS = frozenset(("tr", "li", "td")) | _NAMES
#: What ends the row or the item that stands at the end of it, whose own end tag may be left out.
_AROUND = frozenset(("table", "ul", "ol"))
#: The cell of a symbol's row that has what is declared.
_DECLARED = 3


class Claim(Struct, frozen=True):
    """Names, and the address of the line on which a page says that one of them stands."""

    names: tuple[str, ...]
    address: str


class Read(Struct):
    """One page: addresses of its links, its anchors (those that occur twice again in `twice`), and what it says of lines."""

    links: list[str]
    anchors: set[str]
    twice: list[str]
    claims: list[Claim]
    scripts: int = 0


def read_markdown(content: bytes) -> Read:
    """What a page of Markdown says, as GitHub shows it."""
    shown = github_flavored_markdown_to_html(content.decode(), options=Options.CMARK_OPT_UNSAFE)
    found = read_html(shown, headings=True)
    found.scripts += shown.count("<!-- raw HTML omitted -->") + shown.count("&lt;script>")  # GitHub's filter disarmed one
    return found


def read_html(shown: str, headings: bool = False) -> Read:
    """What a page of HTML says; with `headings`, its headings have the anchors that GitHub gives them."""
    found = Read([], set(), [], [])
    seen: dict[str, int] = {}
    heading = -1
    rows = _Rows()
    for tag in _TAG.finditer(shown):
        name = (tag[2] or "").lower()
        if not name:
            continue
        if tag[1]:
            if heading >= 0 and name in _HEADINGS:
                _anchor(found, github_anchor(_text(shown[heading : tag.start()]), seen))
                heading = -1
            if name in _ROWS or name in _AROUND:
                rows.end(name, tag.start(), shown, found)
            continue
        if name in _ROWS:
            rows.start(name, tag.start(), tag.end(), shown, found)
        if "=" in tag[3]:
            attributes = {a[1].lower(): html.unescape(a[2] if a[2] is not None else a[3]) for a in _ATTRIBUTE.finditer(tag[3])}
            anchor = attributes.get("id") or (attributes.get("name") if name == "a" else None)
            if anchor:
                _anchor(found, anchor)
                rows.addresses.append(anchor)
            address = attributes.get("href", attributes.get("src"))
            if address is not None:
                found.links.append(address)
                rows.addresses.append(address)
        if headings and name in _HEADINGS:
            heading = tag.end()
        found.scripts += headings and name == "script"
    return found


class _Rows:
    """The row of a table or the item of a list that is being read. The end tags of both, and of cells, may be left out."""

    def __init__(self) -> None:
        #: Addresses of links, and anchors of the row itself.
        self.addresses: list[str] = []
        #: What a row declares, and what an item is about: the name at its start.
        self.declared, self.name = "", ""
        self._in, self._first, self._name = "", -1, -1
        self._cells, self._cell = 0, -1

    def start(self, tag: str, at: int, end: int, shown: str, found: Read) -> None:
        if tag == "td":
            self._end_cell(at, shown)
            self._cells, self._cell = self._cells + 1, end
        elif tag in _NAMES:
            if self._in == "li" and at == self._first:
                self._first, self._name = -1, end
        else:
            self._end(at, shown, found)
            self.addresses, self.declared, self.name, self._in, self._first, self._cells = [], "", "", tag, end, 0

    def end(self, tag: str, at: int, shown: str, found: Read) -> None:
        if tag in _NAMES:
            if self._name >= 0:
                self.name, self._name = _text(shown[self._name : at]), -1
        elif tag == "td":
            self._end_cell(at, shown)
        elif tag == self._in or tag in _AROUND:
            self._end(at, shown, found)

    def _end_cell(self, at: int, shown: str) -> None:
        if self._cell >= 0 and self._cells == _DECLARED:
            self.declared = _text(shown[self._cell : at]).strip()
        self._cell = -1

    def _end(self, at: int, shown: str, found: Read) -> None:
        """End the row or the item, if one has begun."""
        self._end_cell(at, shown)
        if self._in:
            found.claims += self._claims()
            self._in = ""

    def _claims(self) -> Iterator[Claim]:
        """What lines are said to have.

        A row has an anchor of its own, and names its symbol somewhere in what is declared; an item of the index has a name at
        its start. A link to a symbol says what a file calls it, which may be another name than that on the line.
        """
        found_at = [(at, m) for at, address in enumerate(self.addresses) if (m := _SYMBOL.search(address))]
        symbols = [(int(m[1]), self._names() if n == 0 and m.start() == 0 else (), at) for n, (at, m) in enumerate(found_at)]
        for at, address in enumerate(self.addresses):
            line = _LINE.search(address)
            if line:
                # Two files may have a symbol on lines of the same number: the one named last before the link is meant.
                same = [(place > at, abs(place - at), names) for number, names, place in symbols if number == int(line[1])]
                found = {min(same)[2]} if same else set()
                if self.name.isidentifier() and self._in == "li" and symbols:
                    found.add((self.name,))
                yield from (Claim(names, address) for names in sorted(found) if names)

    def _names(self) -> tuple[str, ...]:
        """The names in what a row declares."""
        return (
            tuple(sorted(set(_NAME.findall(_ESCAPE.sub(" ", self.declared)))))
            if self._in == "tr" and self.declared != "(anonymous)"
            else ()
        )


def _anchor(found: Read, anchor: str) -> None:
    if anchor in found.anchors:
        found.twice.append(anchor)
    found.anchors.add(anchor)


def github_anchor(text: str, seen: dict[str, int]) -> str:
    """The anchor of a heading: lower case, without punctuation, hyphens for spaces, numbered from the second of a name on.

    Examples
    --------
    >>> seen = {}
    >>> [github_anchor(text, seen) for text in ("A.b c", "A.b c", "Über-uns_2")]
    ['ab-c', 'ab-c-1', 'über-uns_2']
    """
    base = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
    number = seen.get(base, 0)
    seen[base] = number + 1
    return f"{base}-{number}" if number else base


def _text(shown: str) -> str:
    return html.unescape(_TAG.sub("", shown))
