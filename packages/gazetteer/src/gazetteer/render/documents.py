"""The tree's own Markdown as HTML: GitHub's dialect, cleaned of all that could run, with links that lead to pages of the site.

Three steps, each of which another library or this module does alone: cmark makes HTML of the Markdown, nh3 (ammonia) throws out every
element and attribute that is not on the list, and `_Rewriter` writes what is left once more, with links, headings and images as the site
has them. Nothing of the document reaches a page but through the last step, which writes only what it knows.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nh3
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from .html import PageWriter, slug, text

__all__ = ["PREFIX", "rendered", "resolved"]

#: What stands before identifiers that a document gives, so that they never are those of the page around it.
PREFIX = "doc-"

_TAGS = frozenset((
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
))  # fmt: skip
#: Attributes that stay, of each element; identifiers are looked at by the rewriter.
_ATTRIBUTES = {
    "a": {"href", "id", "name", "title"}, "img": {"src", "alt", "title"}, "input": {"type", "checked", "disabled"},
    "ol": {"start"}, "td": {"align", "colspan", "rowspan"}, "th": {"align", "colspan", "rowspan"}, "details": {"open"},
    **{f"h{n}": {"id"} for n in range(1, 7)}, "p": {"id"}, "div": {"id"}, "span": {"id"}, "li": {"id"}, "abbr": {"title"},
}  # fmt: skip
_CLEAN_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "title", "textarea", "select"}
_VOID = frozenset(("br", "hr", "img", "input"))
_HEADING = re.compile(r"h([1-6])$")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
#: A link to a place on the same page. Text has no bare quotation marks, so this is found in tags alone.
_OWN = re.compile(f' href="#({PREFIX}[^"]*)"')
#: So many elements may be open at once: to find what a tag closes, a parser of HTML looks through all of them. Browsers stop at 512.
_DEEPEST = 200
#: So many of those that a parser opens again in each paragraph until they are closed.
_MOST_FORMATS = 8
_FORMATS = frozenset(("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
#: Elements that hold none of their own kind: their end may be left out.
_FLAT = _VOID | {
    "area", "base", "body", "col", "colgroup", "dd", "dt", "head", "html", "li", "link", "meta", "option", "p", "source", "tbody", "td",
    "tfoot", "th", "thead", "tr", "track", "wbr",
}  # fmt: skip
_BARE = r"<(/?)([a-zA-Z][^\s/>]*+)[^>]*+>"
_TAG, _BARE_TAG = re.compile(f"<!--.*?-->|{_BARE}", re.DOTALL), re.compile(_BARE)
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

#: Given the address that a document writes, the address on the page; None where there is nothing to lead to.
Address = Callable[[str], str | None]


def rendered(markdown: str, writer: PageWriter, link: Address, image: Address, above: int = 2) -> str:
    """A document as HTML, as a part of the page that `writer` makes.

    Parameters
    ----------
    markdown : str
        The document.
    writer : PageWriter
        Gives identifiers and collects headings.
    link : callable
        Where a link of the document leads to; a link that leads nowhere becomes its text.
    image : callable
        Where the file of an image lies on the site; an image that is not there becomes a link to it.
    above : int
        Level of the heading that the document stands below.
    """
    made = github_flavored_markdown_to_html(markdown.replace("\0", "\ufffd"), options=_OPTIONS)
    cleaned = nh3.clean(
        _flattened(made), tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None,
        clean_content_tags=_CLEAN_CONTENT, strip_comments=True,
    )  # fmt: skip
    rewriter = _Rewriter(writer, link, image, above)
    rewriter.feed(cleaned)
    rewriter.close()
    return rewriter.result()


def _flattened(made: str) -> str:
    """HTML in which elements are nested no deeper than is good for what reads it: further ones are left out, their text is not.

    Examples
    --------
    >>> _flattened("<em>" * 9 + "a" + "</em>" * 9) == "<em>" * 8 + "a" + "</em>" * 8
    True
    """
    if made.count("<") <= _MOST_FORMATS:
        return made
    nested, formats, left_out = list[str](), list[str](), Counter[str]()

    def kept(tag: re.Match[str]) -> str:
        name = (tag[2] or "").lower()
        if not name or name in _FLAT:
            return tag[0]
        within, most = (formats, _MOST_FORMATS) if name in _FORMATS else (nested, _DEEPEST)
        if tag[1]:
            if left_out[name]:
                left_out[name] -= 1
                return ""
            if name in within:
                del within[len(within) - 1 - within[::-1].index(name)]
            return tag[0]
        if len(within) >= most:
            left_out[name] += 1
            return ""
        within.append(name)
        return tag[0]

    # Of many comments or tags that do not end, each would be looked through to the end of the text.
    commented, closed, rest = made.rpartition("-->")
    tagged, ended, plain = rest.rpartition(">")
    return _TAG.sub(kept, commented + closed) + _BARE_TAG.sub(kept, tagged + ended) + plain


class _Rewriter(HTMLParser):
    """Writes cleaned HTML again. Elements are closed in order, whatever comes."""

    def __init__(self, writer: PageWriter, link: Address, image: Address, above: int) -> None:
        super().__init__(convert_charrefs=True)
        self.writer, self.link, self.image, self.above = writer, link, image, above
        self.out = list[str]()
        self.open = list[str]()
        #: What the parent of a heading has written so far, while the heading is collected.
        self.outer: list[str] | None = None
        self.shown = list[str]()
        self.identifier = ""
        self.slugs: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            return
        given = {name: value or "" for name, value in attrs if name in _ATTRIBUTES.get(tag, ())}
        identifier = given.pop("id", "") or given.pop("name", "")
        if tag == "img":
            self._image(given)
        elif _HEADING.match(tag) and self.outer is None and "a" not in self.open:
            self.outer, self.out, self.shown, self.identifier = self.out, [], [], identifier
            self.open.append(tag)
        elif tag == "input":
            checked = " checked" if "checked" in given else ""
            self.out.append(f'<input type="checkbox" disabled{checked} aria-label="{"done" if checked else "to do"}">')
        elif tag == "a":
            self._link(given, identifier)
        elif not _HEADING.match(tag):
            marked = self.writer.identifier(PREFIX + identifier) if identifier else ""
            rest = "".join(f' {name}="{text(value)}"' for name, value in sorted(given.items()))
            focus = ' tabindex="0"' if tag == "pre" else ""
            self.out.append(f"<{tag}{marked}{rest}{focus}>")
            if tag not in _VOID:
                self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open or tag in _VOID:
            return
        while True:
            last = self.open.pop()
            self._close(last)
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        self.out.append(text(data))
        self.shown.append(data)

    def result(self) -> str:
        """All of it, with every element closed."""
        while self.open:
            self._close(self.open.pop())
        known = self.writer.known
        return _OWN.sub(lambda m: m[0] if html.unescape(m[1]) in known else "", "".join(self.out))

    def _close(self, tag: str) -> None:
        found = _HEADING.match(tag)
        if found is None:
            self.out.append("</a>" if tag == "a" else f"</{tag}>")
        elif self.outer is not None:
            inner, self.out, self.outer = "".join(self.out), self.outer, None
            shown = " ".join("".join(self.shown).split())
            self.out.append(self.writer.heading(int(found[1]) + self.above, inner, shown, PREFIX + (self.identifier or self._slug(shown))))

    def _slug(self, shown: str) -> str:
        """GitHub's anchor: the second heading of a name gets ``-1``."""
        name = slug(shown)
        count = self.slugs.get(name, 0)
        self.slugs[name] = count + 1
        return f"{name}-{count}" if count else name

    def _link(self, given: dict[str, str], identifier: str) -> None:
        marked = self.writer.identifier(PREFIX + identifier) if identifier else ""
        address = self.link(given["href"]) if "href" in given else None
        title = f' title="{text(given["title"])}"' if "title" in given else ""
        if address is None:
            self.out.append(f"<a{marked}{title}>")
        else:
            self.out.append(f'<a{marked} href="{text(address)}"{title} rel="noopener noreferrer">')
        self.open.append("a")

    def _image(self, given: dict[str, str]) -> None:
        source, shown = given.get("src", ""), given.get("alt", "") or given.get("title", "")
        file = self.image(source)
        if file is not None:
            self.out.append(f'<img src="{text(file)}" alt="{text(shown)}" loading="lazy">')
            return
        shown = shown or posixpath.basename(urlsplit(source).path) or "image"
        address = self.link(source) if source else None
        if address is None or "a" in self.open:  # links do not nest
            self.out.append(f'<span class="image">{text(shown)}</span>')
        else:
            self.out.append(f'<a class="image" href="{text(address)}" rel="noopener noreferrer">{text(shown)}</a>')


def resolved(address: str, document: str) -> tuple[str | None, str]:
    """What an address that a document writes leads to: the path in the tree, or None for an address elsewhere; and its fragment.

    An address elsewhere is given back whole, in place of the fragment; it is empty where a page may not lead there.

    Examples
    --------
    >>> resolved("../src/a.py#L3", "docs/guide.md"), resolved("/LICENSE", "docs/guide.md")
    (('src/a.py', 'L3'), ('LICENSE', ''))
    >>> resolved("https://example.org/", "README.md"), resolved("javascript:alert(1)", "README.md")
    ((None, 'https://example.org/'), (None, ''))
    """
    address = address.strip()
    if address.startswith("//"):
        return None, "https:" + address
    if _SCHEME.match(address):
        return None, address if address.lower().startswith(("http://", "https://")) else ""
    path, _, fragment = address.partition("#")
    path = unquote(path.partition("?")[0])
    if not path:
        return document, unquote(fragment)
    base = "" if path.startswith("/") else posixpath.dirname(document)
    whole = posixpath.normpath(posixpath.join(base, path.lstrip("/"))) if path.strip("/") else "."
    if whole == ".." or whole.startswith("../"):
        return None, ""
    return "" if whole == "." else whole, unquote(fragment)
