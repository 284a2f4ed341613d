"""HTML, and templates of it: what a page loads and links to, its title, which templates it extends and includes, macros.

Templates are those of Django, Jinja, Twig, Liquid, Handlebars, Go and Rails: what they do with other templates is told by their words
alone. What stands in comments, scripts and styles is none of it.
"""

from __future__ import annotations

import html
import re

from ...model import Block, Document, Heading, Import, Link
from ..base import MAX_DOC, Walk, one_line

__all__ = ["walk"]

#: What scripts and styles hold is no page, comments are nothing at all; one that does not end goes on to the end.
_RAW = re.compile(r"<(?:script|style)\b[^<>]*>", re.IGNORECASE)
_COMMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|\{#.*?(?:#\}|\Z)|\{\{!--.*?(?:--\}\}|\Z)|\{%-?\s*comment\b.*?(?:\bendcomment\b|\Z)|<%#.*?(?:%>|\Z)", re.DOTALL
)
#: In templates of Laravel: others have the same signs for a value from which white space is cut.
_COMMENT_OF_BLADE = re.compile(r"\{\{--.*?(?:--\}\}|\Z)", re.DOTALL)
_END_OF_RAW = re.compile(r"</(?:script|style)\b", re.IGNORECASE)
_TAG = re.compile(
    r"<(script|link|img|a|area|iframe|frame|source|video|audio|embed|object|image|use|body)\s((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?<![\w:-])(src|href|xlink:href|data|rel|background)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))", re.IGNORECASE
)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)</title", re.IGNORECASE)
_SAID = re.compile(
    r"<meta\s(?=[^<>]{0,500}\bname\s*=\s*[\"']?description\b)[^<>]{0,500}\bcontent\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE
)
_HEADING = re.compile(r"<h([1-6])\b[^<>]*>((?:[^<]|<(?!/h[1-6])){0,500})</h[1-6]", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>|\{\{.*?\}\}|\{%.*?%\}|<%.*?%>", re.DOTALL)
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\n---[ \t]*\r?\n", re.DOTALL)
_LAYOUT = re.compile(r"^layout:[ \t]*[\"']?([\w./-]+)[\"']?[ \t\r]*$", re.MULTILINE)

#: What one template says of another, by the system that it is written for.
_STATEMENTS = (
    re.compile(
        r"\{%[-+~]?\s*(extends|include|import|from|embed|use|ssi|includes?_with|layout|render|sass_src|static)\s+[\"']([^\"'\n]+)[\"']"
    ),
    re.compile(r"\{%-?\s*(include|include_relative)\s+([\w-][\w./-]*\.\w+)"),  # of Liquid
    re.compile(r"\{\{-?\s*(include|source)\s*\(\s*[\"']([^\"'\n]+)[\"']"),  # of Twig
    re.compile(r"\{\{[-~]?#?>\s*([\"']?)([\w@./-]+)\1"),  # of Handlebars
    re.compile(r"\{\{-?\s*(partial|partialCached)\s+\"([^\"\n]+)\""),  # of Hugo
    re.compile(r"<%[-=]*\s*(render)\b\s*\(?\s*(?::?partial\s*(?:=>|:)\s*)?[\"']([\w./-]+)[\"']"),  # of Rails
)
#: What templates of Laravel do with others, which they name by their folders and names between dots, and their components.
_OF_BLADE = re.compile(
    r"@(extends|include|includeIf|component|each)\s*\(\s*[\"']([\w./-]+)[\"']"
    r"|@(includeWhen|includeUnless)\s*\([^'\"()\n]{1,200},\s*[\"']([\w./-]+)[\"']|<(x)-(?!slot\b)([\w.-]+)"
)
_STATIC = re.compile(
    r"url_for\(\s*[\"']static[\"']\s*,\s*(?:filename|path)\s*=\s*[\"']([^\"'\n]+)[\"']|\basset\(\s*[\"']([^\"'\n]+)[\"']"
    r"|\{%-?\s*static\s+[\"']([^\"'\n]+)[\"']"
)
_MACRO = re.compile(r"\{%[-+~]?\s*macro\s+([A-Za-z_]\w*)([^%\n]*)%\}|\{\{-?\s*define\s+\"([^\"\n]+)\"")
#: What a tag loads so is another file of the page; else it links to it.
_LOADS = {"script": "script", "iframe": "frame", "frame": "frame"}
_LINKS = frozenset(("a", "area"))
#: So many links of a page are followed, each once: pages that tools make have thousands.
_MOST_LINKS = 500
_ELSEWHERE = re.compile(r"(?:[A-Za-z][\w+.-]*:|//|#|\?|\Z)")
#: What is put in when a page is made.
_FILLED = re.compile(r"[{}<>$%]|\$\(")
_PUBLIC = re.compile(r"%PUBLIC_URL%/|%BASE_URL%|%sveltekit\.assets%/")


def walk(walk: Walk) -> None:
    """Read a page, or a template of one."""
    _Reader(walk).read()


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        whole = walk.decoded
        self.front = _FRONT.match(whole)
        text = _COMMENT.sub(_blank, _COMMENT_OF_BLADE.sub(_blank, whole) if walk.language == "blade" else whole)
        #: Without what scripts and styles hold, for tags; with it, for templates.
        self.text, self.page = text, _without_raw(text)
        self.links = dict[str, Link]()

    def line(self, offset: int) -> int:
        return self.walk.line_at(offset)

    def read(self) -> None:
        """Read everything."""
        if self.front is not None and (layout := _LAYOUT.search(self.front[1])) is not None:
            self.name("layout", layout[1], self.front.start(1) + layout.start(1))
        for match in _TAG.finditer(self.page):
            self.tag(match)
        for pattern in _STATEMENTS if "{%" in self.text or "{{" in self.text or "<%" in self.text else ():
            for match in pattern.finditer(self.text):
                word = match[1] if match[1].isalpha() or "_" in match[1] else "partial"
                if word != "static":
                    self.name(word, match[2], match.start(2))
        for match in _OF_BLADE.finditer(self.text) if self.walk.language == "blade" else ():
            word, target = [group for group in match.groups() if group]
            self.name("blade" if word == "x" else word, target, match.end() - len(target))
        for match in _STATIC.finditer(self.text):
            self.name("static", next(filter(None, match.groups())), match.start())
        for match in _MACRO.finditer(self.text):
            name, line = match[1] or match[3], self.line(match.start(1) if match[1] else match.start(3))
            self.walk.add(
                "macro",
                name,
                Block(line, line),
                signature=one_line(f"macro {name}{match[2].rstrip('-+~ ')}" if match[1] else match[0][2:].strip("- ")),
            )
        self.walk.imports.sort(key=lambda statement: (statement.line, statement.kind, statement.target))
        self.document()

    def tag(self, match: re.Match[str]) -> None:
        """What a tag loads or links to."""
        tag, given = (
            match[1].lower(),
            {a[1].lower(): (next((v for v in a.groups()[1:] if v is not None), ""), a) for a in _ATTRIBUTE.finditer(match[2])},
        )
        of_link = given.get("rel", ("", None))[0].lower().split()
        for name in ("src", "href", "xlink:href", "data", "background"):
            if name not in given:
                continue
            value, at = given[name]
            target = html.unescape(value).strip()
            line = self.line(match.start(2) + at.start())
            if tag in _LINKS:
                if name == "href" and not _ELSEWHERE.match(target) and not _FILLED.search(target) and len(self.links) < _MOST_LINKS:
                    self.links.setdefault(re.split(r"[#?]", target, maxsplit=1)[0], Link(target, line))
                continue
            kind = _LOADS.get(tag, "listed")
            if tag == "link":
                kind = "style" if "stylesheet" in of_link else "listed"
            if kind == "listed" and _ELSEWHERE.match(target):
                continue
            public = _PUBLIC.match(target)
            if public is not None:
                target = "/" + target[public.end() :].lstrip("/")
            if target and not target.startswith("data:") and not _FILLED.search(target):
                self.walk.imports.append(Import(kind, target, line, alias="" if kind != "listed" else tag))

    def name(self, word: str, target: str, offset: int) -> None:
        """Note what a template does with another one."""
        if not _FILLED.search(target):
            kind = "listed" if word in ("render", "static", "blade") else word
            self.walk.imports.append(Import(kind, target, self.line(offset), alias=word if kind == "listed" else ""))

    def document(self) -> None:
        """The title, what the page says of itself, its headings and its links."""
        document = Document()
        title = _TITLE.search(self.page)
        headings = [
            Heading(int(found[1]), text, self.line(found.start())) for found in _HEADING.finditer(self.page) if (text := _words(found[2]))
        ]
        if title is not None and (text := _words(title[1])):
            document.title, document.title_line = text, self.line(title.start(1))
        elif headings and headings[0].level == 1:
            document.title, document.title_line = headings[0].text, headings[0].line
        said = _SAID.search(self.page)
        if said is not None and (text := _words(said[1] or said[2] or "")):
            document.summary, document.summary_line = text, self.line(said.start(1) if said[1] is not None else said.start(2))
        document.headings, document.links = tuple(headings), tuple(self.links.values())
        if document.title or document.summary or headings or document.links:
            self.walk.document = document


def _words(text: str) -> str:
    """What is read of a piece of a page: nothing of what is put in later."""
    return one_line(html.unescape(_MARKUP.sub(" ", text)), MAX_DOC)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n\r]", " ", match[0])


def _without_raw(text: str) -> str:
    """A text of equal length without what scripts and styles hold."""
    pieces, at = list[str](), 0
    for match in _RAW.finditer(text):
        if match.end() <= at or match.start() < at:
            continue
        end = _END_OF_RAW.search(text, match.end())
        stop = end.start() if end is not None else len(text)
        pieces += [text[at : match.end()], re.sub(r"[^\n\r]", " ", text[match.end() : stop])]
        at = stop
    return "".join([*pieces, text[at:]])
