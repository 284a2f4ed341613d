r"""What the comments of a language say, in words: without the marks that its own tool of documentation makes something of.

Those of HTML, of ``{@link a}`` and of ``@param a`` are shared by many such tools. What comes out is text as docstrings have it: paragraphs
with blank lines between, code between backticks, lines of code indented. No word is lost but names of marks that only say how something is
to look, and what is no mark that is known stays as it is written.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = [
    "Held",
    "Tag",
    "Wording",
    "as_said",
    "block",
    "code",
    "example",
    "labelled",
    "named",
    "nothing",
    "plain_html",
    "see",
    "target",
    "thrown",
    "tidy",
    "untitled",
    "valued",
]

#: What stands for a piece that is not to be looked at again.
_HELD = re.compile("\0(\\d+)\0")
_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_ELEMENT = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]{0,400})?)/?>")
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_BREAKING = frozenset((
    "p", "br", "hr", "div", "blockquote", "ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr", "caption", "h1", "h2", "h3",
    "h4", "h5", "h6", "center", "section", "article",
))  # fmt: skip
_ITEMS, _CELLS, _CODES = frozenset(("li", "dt", "dd")), frozenset(("td", "th")), frozenset(("code", "tt", "kbd", "samp", "var"))
_PLAIN = frozenset((
    "b", "i", "em", "strong", "u", "s", "cite", "dfn", "sub", "sup", "small", "big", "span", "font", "q", "abbr", "strike", "del",
    "ins", "nobr", "a",
))  # fmt: skip
_PRE = re.compile(r"<pre\b[^<>]{0,400}>")
_LITERAL = re.compile(r"\s*\{@(?:code|literal)[ \t]?(.*)\}\s*", re.DOTALL)
_MARGIN = re.compile(r"\n[ \t]+")
_BRACE = re.compile(r"[{}]")
_INLINE = re.compile(r"\{@(\w+)")
#: A reference to something declared, with parameters, and the words that are shown for it.
_TARGET = re.compile(r"([^\s(|]+(?:\([^()]*\)?)?)\s*\|?\s*", re.DOTALL)
#: What is such a reference alone; where words stand behind it, it has a sign that words do not have.
_NAME = re.compile(r"[\w.$:~]*#?[\w$]+(?:\([^()]*\))?(?=\s|\Z)")
#: A name or an address with a title before it, as reStructuredText has them, and roles of names that are code.
_TITLED = re.compile(r":([\w:+-]+):`([^`<>]+?)\s*<([^<>`]+)>`|(?<![\w:`])`([^`<>]+?)\s*<(https?://[^<>`\s]+)>`__?(?!\w)")
_ROLES = frozenset(("class", "func", "meth", "mod", "data", "attr", "exc", "obj", "const", "type"))
_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[^\n]*\n(?s:.*?)(?:^[ \t]*\2[`~]*[ \t]*$|\Z)", re.MULTILINE)
_SPANS = re.compile(r"`[^`\n]+`|``[^\n]+?``")

#: What makes a paragraph of a tag: of its name, and of all that stands behind it.
Tag = Callable[[str, str], str]


def code(text: str) -> str:
    """A piece of code in running text.

    Examples
    --------
    >>> code("a <  b"), code("``")
    ('`a < b`', '``')
    """
    text = " ".join(text.split())
    return f"`{text}`" if text and "`" not in text else text


def block(text: str) -> str:
    r"""Lines of code as a paragraph of their own.

    Examples
    --------
    >>> block("\n  a();\n    b();\n")
    '\n\n    a();\n      b();\n\n'
    """
    text = textwrap.dedent(text.expandtabs(4)).strip("\n").rstrip()
    return f"\n\n{textwrap.indent(text, '    ')}\n\n" if text else "\n\n"


def target(text: str) -> str:
    """What a reference to something declared is shown as: its words, else its name.

    Examples
    --------
    >>> target("#sell(int, int)"), target("Till#sell the till"), target("Till|tills"), target("https://example.org the site")
    ('`sell(int, int)`', '`the till`', '`tills`', 'the site (https://example.org)')
    """
    text = " ".join(text.split())
    match = _TARGET.match(text)
    if match is None:
        return text
    words = text[match.end() :]
    if "://" in match[1]:
        return f"{words} ({match[1]})" if words else match[1]
    return code(words or match[1].removeprefix("#").replace("#", "."))


def as_said(_: str, text: str) -> str:
    r"""A tag of what is said first, wherever it stands: a summary, a description.

    Examples
    --------
    >>> Wording({"brief": as_said, "since": labelled("Since")})("@since 1\n@brief Sells.")
    'Sells.\n\nSince: 1'
    """
    return text


def nothing(*_: str) -> str:
    """A tag of which nothing is shown."""
    return ""


def labelled(label: str) -> Tag:
    """A tag that is a word before a text: ``Since: 1.2``; without one, it is that word alone.

    Examples
    --------
    >>> labelled("Since")("since", "1.2"), labelled("Deprecated")("deprecated", "")
    ('Since: 1.2', 'Deprecated.')
    """
    return lambda _, text: f"{label}: {text}" if text else f"{label}."


def named(_: str, text: str) -> str:
    """A tag of something that has a name: a parameter.

    Examples
    --------
    >>> named("param", "a  How many."), named("param", "a - how many"), named("param", "a")
    ('`a`: How many.', '`a`: how many', '`a`')
    """
    name, _, rest = _split(text)
    rest = re.sub(r"\A[-:–]\s+", "", rest)
    return f"{code(name)}: {rest}" if rest else code(name)


def thrown(_: str, text: str) -> str:
    """A tag of an exception.

    Examples
    --------
    >>> thrown("throws", "Empty if there is none")
    'Throws `Empty`: if there is none'
    """
    return f"Throws {named('', text)}" if text else "Throws."


def valued(_: str, text: str) -> str:
    """A tag of one of the values that are returned.

    Examples
    --------
    >>> valued("retval", "0 None was left.")
    'Returns `0`: None was left.'
    """
    return f"Returns {named('', text)}" if text else ""


def see(_: str, text: str) -> str:
    """A tag that says where to look: at something declared, in a book, at an address.

    Examples
    --------
    >>> see("see", "Till#sell(int)"), see("see", '"A book"'), see("see", "the site (https://example.org)")
    ('See: `Till.sell(int)`', 'See: "A book"', 'See: the site (https://example.org)')
    """
    if not text:
        return ""
    match = None if "://" in text else _NAME.match(text)
    is_name = match is not None and (match.end() == len(text) or not match[0].isalnum())
    return f"See: {target(text) if is_name else text}"


def example(_: str, text: str) -> str:
    r"""An example, whose lines are code where no fence says which of them are.

    Examples
    --------
    >>> example("example", "sell(1);")
    'Example:\n\n    sell(1);'
    """
    caption = ""
    if text.lstrip().startswith("<caption>"):
        caption, _, text = text.lstrip().removeprefix("<caption>").partition("</caption>")
    shown = text.strip() if "\0" in text else block(text).strip("\n")
    return f"Example:{f' {caption}' if caption else ''}\n\n{shown}" if text else ""


def tidy(text: str) -> str:
    r"""A text without what is to be seen of marks that were taken out: spaces at ends of lines, more than one empty line.

    Examples
    --------
    >>> tidy("\n One. \n\n \n    two();\n")
    'One.\n\n    two();'
    """
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    text = (_LINES.sub("\n\n", text) if "\n\n\n" in text else text).rstrip().strip("\n")
    return text if text.startswith("    ") else text.lstrip()


def untitled(text: str) -> str:
    """A text in which names and addresses of reStructuredText that have a title are as readers see them.

    Examples
    --------
    >>> untitled("Of :class:`Till <shop.Till>`, :ref:`the till <till>`, `the site <https://example.org>`_.")
    'Of `Till`, the till, the site (https://example.org).'
    """
    return _TITLED.sub(_titled, text) if "`" in text and "<" in text else text


def _titled(match: re.Match[str]) -> str:
    """What is shown of a name or an address that has a title: of code that, else the title."""
    if match[1] is None:
        return f"{match[4]} ({match[5]})"
    return code(match[2]) if match[1].rpartition(":")[2] in _ROLES else match[2]


def _split(text: str) -> tuple[str, str, str]:
    """The first word of a text, and the rest."""
    first, *rest = text.split(maxsplit=1) or [""]
    return first.rstrip(":"), "", rest[0] if rest else ""


class Held:
    """Pieces of a text that are not to be looked at again: a call gives what stands for one until all are put back.

    Examples
    --------
    >>> hold = Held()
    >>> hold.put_back(("a" + hold("<a>")).upper())
    'A<a>'
    """

    def __init__(self) -> None:
        self._pieces = list[str]()

    def __call__(self, piece: str) -> str:
        """What stands for a piece."""
        self._pieces.append(piece)
        return f"\0{len(self._pieces) - 1}\0"

    def put_back(self, text: str) -> str:
        """The text with all pieces; they may hold some themselves."""
        while "\0" in text:
            text = _HELD.sub(lambda m: self._pieces[int(m[1])], text)
        return text


@dataclass(slots=True)
class Wording:
    r"""How one tool reads comments.

    Parameters
    ----------
    tags : mapping
        What makes a paragraph of a line that begins with a mark and a word, and of those below it, up to the next such line. Those
        that are not here stay as they are.
    inline : mapping, optional
        What makes words of ``{@name text}``, by that name.
    marks : str
        Characters with which tags begin, as a class of a regular expression.
    html : bool
        Whether elements of HTML and entities are read.
    markdown : bool
        Whether code in fences and between backticks stays as it is, and so do the margins of lines.
    paragraph : bool
        Whether a tag ends with its paragraph.

    Examples
    --------
    >>> words = Wording({"return": labelled("Returns"), "param": named}, {"link": target}, html=True)
    >>> words("Sells <b>one</b>, see {@link #buy}.\n@param n  how\n          many\n@return the rest")
    'Sells one, see `buy`.\n\n`n`: how\nmany\n\nReturns: the rest'
    """

    tags: Mapping[str, Tag]
    inline: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    marks: str = "@"
    html: bool = False
    markdown: bool = False
    paragraph: bool = False
    _tag: re.Pattern[str] = field(init=False)
    _trigger: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._tag = re.compile(rf"^([ \t]*[{self.marks}])(!?[A-Za-z][\w-]*(?:\.[\w-]+)*)(?![\w.(])[ \t]*", re.MULTILINE)
        self._trigger = re.compile(f"[{self.marks}{'<&' if self.html else ''}]")

    def __call__(self, text: str) -> str:
        """The words of a comment."""
        if self._trigger.search(text) is None or "\0" in text:
            return text
        hold = Held()
        if self.html and "<pre" in text:
            text = _with_pre(text, hold)
        if self.markdown and ("`" in text or "~~~" in text):
            text = _FENCE.sub(lambda m: hold(m[0]), text)
            text = _SPANS.sub(lambda m: hold(m[0]), text)
        if "{@" in text:
            text = self._with_inline(text, hold)
        if self.html:
            text = plain_html(text, hold, margins=self.markdown)
        return tidy(hold.put_back(self._with_tags(text)))

    def _with_inline(self, text: str, hold: Callable[[str], str]) -> str:
        found, at = list[str](), 0
        while (match := _INLINE.search(text, at)) is not None:
            end, depth = match.end(), 1
            for brace in _BRACE.finditer(text, match.end()):
                depth += 1 if brace[0] == "{" else -1
                end = brace.start()
                if not depth:
                    break
            if depth:  # it does not end: nor does any behind it
                break
            make, inner = self.inline.get(match[1]), text[match.end() : end]
            found += [text[at : match.start()], text[match.start() : end + 1] if make is None else hold(make(inner))]
            at = end + 1
        return "".join([*found, text[at:]])

    def _with_tags(self, text: str) -> str:
        # One that is not known and does not stand at the margin is code, rather.
        tags = [m for m in self._tag.finditer(text) if m[2] in self.tags or not m[1][0].isspace()]
        said_first, found, flags = [text[: tags[0].start()] if tags else text], list[str](), list[str]()
        for number, match in enumerate(tags):
            end = tags[number + 1].start() if number + 1 < len(tags) else len(text)
            name, said, behind, make = match[2], text[match.end() : end], "", self.tags.get(match[2])
            if make is None:
                found.append(text[match.start() : end])
                continue
            if self.paragraph and (gap := _LINES.search(said)) is not None:
                said, behind = said[: gap.start()], said[gap.end() :]
            into = said_first if make is as_said else found if said.strip() else flags
            into.append(make(name, said if name == "example" else _margined(said)))
            (found or said_first).append(behind)
        return "\n\n".join([piece.rstrip() for piece in (*said_first, *found, *flags) if piece.strip()])


def _margined(text: str) -> str:
    """What stands behind a tag, with the lines below its first at the margin."""
    text = text.strip()
    if "\n" not in text:
        return text
    first, *rest = text.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.rstrip(), *[line[margin:].rstrip() for line in rest]])


def _with_pre(text: str, hold: Callable[[str], str]) -> str:
    """A text in which each ``<pre>`` is held as lines of code."""
    found, at = list[str](), 0
    for match in _PRE.finditer(text):
        end = text.find("</pre>", match.end())
        if end < 0 or match.start() < at:
            break
        inner = text[match.end() : end]
        literal = _LITERAL.fullmatch(inner)
        found += [text[at : match.start()].rstrip(), hold(block(literal[1] if literal is not None else _bare(inner)))]
        at = end + len("</pre>")
    return "".join([*found, text[at:]])


def plain_html(text: str, hold: Callable[[str], str], *, margins: bool = False) -> str:
    r"""The words of HTML: its paragraphs, lists and code as text has them; elements that are none of HTML stay.

    `hold` gives what stands for a piece that is not to be looked at again.

    Examples
    --------
    >>> plain_html("A <code>List&lt;T></code>,<p>or <i>a</i> <a href='https://example.org'>set</a> &amp; a List<String>.", str)
    'A `List<T>`,\n\nor a set (https://example.org) & a List<String>.'
    >>> plain_html("Such as<ul>\n  <li>one</li>\n  <li>two</li></ul>Done.", str)
    'Such as\n\n- one\n- two\n\nDone.'
    """
    if "<" not in text:
        return html.unescape(text) if "&" in text else text
    lower, found, at, links = text.lower(), list[str](), 0, list[str]()
    while (match := _ELEMENT.search(text, at)) is not None:
        name, closes, end = match[2].lower(), bool(match[1]), match.end()
        before, made = text[at : match.start()], ""
        if name in _CODES:
            last = -1 if closes else lower.find(f"</{name}>", end)
            if last >= 0:
                made, end = hold(code(_bare(text[end:last]))), last + len(name) + 3
            elif not closes:
                made = match[0]
        elif name in _BREAKING or name in _ITEMS:
            before, made = before.rstrip(), "" if closes and name in _ITEMS else "\n- " if name in _ITEMS else "\n\n"
            while end < len(text) and text[end].isspace():
                end += 1
        elif name in _CELLS:
            made = "" if closes else " "
        elif name == "a":
            if not closes:
                address = _HREF.search(match[3])
                links.append(address[1] if address is not None else "")
            elif links and "://" in (led := links.pop()) and not before.strip().startswith(led[:20]):
                made = f" ({led})"
        elif name not in _PLAIN or f"</{name}" not in lower or (not closes and (before[-1:].isalnum() or before[-1:] == "_")):
            made = match[0]  # none of HTML, as parameters of types are not
        found += [html.unescape(before), made]
        at = end
    shown = "".join([*found, html.unescape(text[at:])])
    return _LINES.sub("\n\n", shown if margins else _MARGIN.sub("\n", shown))


def _bare(text: str) -> str:
    """Code in HTML as it is shown: without elements and entities."""
    return html.unescape(_ELEMENT.sub(lambda m: "" if m[2].lower() in _PLAIN | _CODES | {"p", "br"} else m[0], text))
