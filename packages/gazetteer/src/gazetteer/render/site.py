"""The static site: the pages of a book as HTML, with assets, the search, the tree's own Markdown and, if asked for, its text.

Everything is a file with relative links, so that the site works from a disk as well as from a server, and below any address.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from msgspec import Struct

from ..compose.book import Book
from ..compose.common import link_to, said_line
from ..config import Config
from ..document import Block, Bullets, Heading, Line, Link, Page, PageRef, Paragraph, SourceRef
from ..gather import SourceFile
from ..names import counted, is_document, printable, shown_path
from ..reading import read_file, text_of
from .addresses import relative
from .html import Contents, PageWriter, template, text, trusted
from .links import Links, source_of
from .source import lines_of, may_be_embedded

if TYPE_CHECKING:
    from ..search import Index

__all__ = ["DOCUMENT", "FOLDER", "IMAGES", "Site", "is_shown"]

#: Where the site is in an output.
FOLDER = "site"
#: Where a document of the tree begins on its page.
DOCUMENT = '<div class="markdown">'
#: Beside a file of a long folder stand so many neighbours on either side; beside the folder's own page, as many as a short one has.
_NEIGHBOURS, _WHOLE_FOLDER = 2, 40
#: A table of contents begins to help at so many headings, and has so many at most.
_FEW_HEADINGS, _MANY_HEADINGS = 4, 120
#: Of what is below something else, in a table of contents.
_BELOW = {level: f' class="level-{level}"' for level in (3, 4)}
_READMES = ("README.md", "readme.md", "Readme.md", "README.markdown")
_LINES = re.compile(r"L(\d+)(?:-L?(\d+))?$")
#: Images that may be copied: none of these runs anything as an image, and an SVG would, opened by itself.
_IMAGES = {".png": b"\x89PNG", ".jpg": b"\xff\xd8", ".jpeg": b"\xff\xd8", ".gif": b"GIF8", ".webp": b"RIFF"}
_IMAGE_BYTES = 5_000_000
#: Where they are copied to.
IMAGES = "assets/images"


class SiteLinks(Links):
    """Links of the site: those to the source lead to its own pages of it where it has them."""

    embedded: frozenset[str] = frozenset()

    def source_page(self, path: str) -> str:
        """The page with the text of a file."""
        return f"_source/{self.names[path]}.html"

    def _source(self, target: SourceRef) -> str:
        if target.path not in self.embedded:
            return super()._source(target)
        address = relative(self.source_page(target.path), self._folder)
        return f"{address}#L{target.line}" if target.line else address

    def lines(self, path: str, here: str) -> Callable[[int, int], str]:
        """The same as of pages that are not embedded, but that those of the site have no ranges."""
        if path not in self.embedded:
            return super().lines(path, here)
        base = self.address(SourceRef(path), here)
        return lambda first, _last: f"{base}#L{first}"


class Assets(Struct, frozen=True):
    """Names of the files that every page loads; each has the hash of its content in it."""

    style: str
    script: str
    files: dict[str, bytes]


@functools.cache
def assets() -> Assets:
    """The style sheet and the script."""
    from importlib import resources  # as `_documents`

    folder = resources.files("gazetteer") / "site" / "assets"
    files, names = {}, {}
    for name in ("style.css", "search.js"):
        content = (folder / name).read_bytes()
        stem, _, suffix = name.rpartition(".")
        names[name] = f"{stem}.{blake3(content).hexdigest(6)}.{suffix}"
        files[f"assets/{names[name]}"] = content
    return Assets(names["style.css"], names["search.js"], files)


@functools.cache
def _frame(trail: bool, folder: bool, contents: bool) -> tuple[str, ...]:
    """What is on every page with these parts, and between it, at odd places, the names of what is on one alone."""
    names = ("root", "title", "site", "folder_title", "heading", "body")
    slots = {name: trusted(f"{{{{{name}}}}}") for name in names}
    for name, given in (("trail", trail), ("folder", folder), ("contents", contents)):
        slots[name] = trusted(f"{{{{{name}}}}}") if given else ""
    return tuple(re.split(r"\{\{(\w+)\}\}", template("page.html").render(assets=assets(), **slots)))


class Site:
    """The site of a book.

    Parameters
    ----------
    book : Book
        All pages.
    root, out : Path
        The tree and the output, whose folder ``site`` this is.
    config : Config
        Links to the source, guides, limits.
    """

    def __init__(self, book: Book, root: Path, out: Path, config: Config) -> None:
        self.book, self.root, self.config, self.atlas = book, root, config, book.atlas
        source = source_of(config.links.source, root, out, FOLDER)
        self.links = SiteLinks(book.names, source, config.links.rev, ".html", "index.html", book.parts)
        self._texts: dict[str, str] = {}
        self._identifiers: dict[str, frozenset[str]] = {}
        self._folders: dict[str, tuple[list[tuple[str, PageRef]], dict[str, int]]] = {}
        self._navigation: dict[tuple[str, str], dict[int, str]] = {}
        self._images: dict[str, bytes] = {}
        if config.site.source == "embed":
            self._texts = {path: lines for path, file in self.atlas.files.items() if (lines := self._embedded(file)) is not None}
            self.links.embedded = frozenset(self._texts)

    def page_of(self, ref: PageRef) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Path, below the output, and what gives the bytes, of a page of the book."""
        if not ref.kind.startswith("seed-"):  # the seed wrote Markdown alone
            yield f"{FOLDER}/{self.links.page(ref)}", functools.partial(self.page, ref)

    def documents(self) -> Iterator[tuple[str, str]]:
        """Kind and path of each page that shows a document."""
        for kind, paths in (("file", self.atlas.files), ("folder", self.atlas.folders)):
            for path in paths:
                if self._document_of(PageRef(kind, path)) is not None:  # type: ignore[arg-type]
                    yield kind, path

    def others(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """The same of every other file of the site."""
        for path, content in self._others():
            yield f"{FOLDER}/{path}", content

    def _others(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        for path, content in assets().files.items():
            yield path, functools.partial(_same, content)
        for path in self._texts:
            yield self.links.source_page(path), functools.partial(self.source, path)
        yield from ((path, functools.partial(_same, content)) for path, content in sorted(self._copied().items()))

    def page(self, ref: PageRef, page: Page | None = None) -> bytes:
        """The bytes of one page, which may have been composed already."""
        page = page or self.book.page(ref)
        here = self.links.page(ref)
        writer = PageWriter(self.links, here)
        blocks = list(page.blocks)
        if ref.kind == "folder" and not ref.path and ref.part <= 1:
            first = next((n for n, block in enumerate(blocks) if isinstance(block, Heading)), len(blocks))
            blocks[first:first] = self._guides()  # what was written for readers comes before what was found
        html = [writer.body(blocks)]
        document = self._document_of(ref)
        if document is not None:
            html.append(self._document(document, writer, sum(map(len, html))))
        return self._framed(page, here, "\n".join(html), writer.contents)

    def source(self, path: str) -> bytes:
        """The page with the text of a file."""
        here = self.links.source_page(path)
        name = shown_path(path.rpartition("/")[2])
        back = text(relative(self.links.page(PageRef("file", path)), here))
        body = f'<p><a href="{back}">Facts of this file</a></p>\n<pre class="source" tabindex="0"><code>{self._texts[path]}</code></pre>'
        trail = tuple((shown, ref) for shown, ref in self.book.page(PageRef("file", path)).trail)
        return self._framed(Page(PageRef("file", path), name, trail, ()), here, body, [], navigation=False, titled=": source")

    def _framed(self, page: Page, here: str, body: str, contents: list[Contents], *, navigation: bool = True, titled: str = "") -> bytes:
        up = "../" * here.count("/")
        listed = contents if len(contents) <= _MANY_HEADINGS else [c for c in contents if c.level == 2]
        folder = _folder_of(page.ref)
        shown, where = printable(page.title) + titled, "/".join([printable(name) for name, _ in page.trail[1:]])
        trail = self._trail(page.trail, here)
        around = self._folder(folder, here) if navigation and page.ref.kind != "shard" else ""
        headings = [c for c in listed if c.text.strip()][:_MANY_HEADINGS] if len(listed) >= _FEW_HEADINGS else ()
        made = {
            "root": up, "site": text(self.atlas.name), "heading": text(page.title), "trail": trail, "folder": around, "body": body,
            "title": text(" · ".join(part for part in (shown, where, self.atlas.name if page.trail else "") if part)),
            "folder_title": text(shown_path(folder.rpartition("/")[2]) or self.atlas.name),
            "contents": "".join([
                f'<li{_BELOW.get(c.level, "")}><a href="{c.address}">{text(c.text)}</a>\n' for c in headings
            ]),
        }  # fmt: skip
        parts = _frame(bool(trail), bool(around), bool(headings))
        return "".join([made[part] if number % 2 else part for number, part in enumerate(parts)]).encode("utf-8", "backslashreplace")

    def _trail(self, trail: tuple[tuple[str, PageRef], ...], here: str) -> str:
        """Links to the pages above, which those of a folder share."""
        made = self.links.near(here, "trail")
        found = made.get(trail)
        if found is None:
            shown = [f'<li><a href="{self.links.address(ref, here)}">{text(name)}</a>\n' for name, ref in trail]
            found = made[trail] = "".join(shown)
        return found

    def _folder(self, folder: str, here: str) -> str:
        """Links to what the folder holds; of a long one, to the neighbours of this page, or to the first of them on its own page."""
        refs, places = self._held(folder)
        own, start, end, before = places.get(here, -1), 0, len(refs), ""
        if len(refs) > _WHOLE_FOLDER:
            start = max(0, min(own, len(refs) - _NEIGHBOURS) - _NEIGHBOURS)
            end = start + 2 * _NEIGHBOURS + 1 if own >= 0 else _WHOLE_FOLDER
            whole = self.links.address(PageRef("folder", folder), here)
            before = f'<li><a href="{whole}">all {counted(len(refs), "entry", "entries")}</a>\n'
        # Pages of one folder have the same links to their neighbours.
        made = self._navigation.setdefault((folder, here.rpartition("/")[0]), {})
        shown = []
        for number in range(start, min(end, len(refs))):
            line = made.get(number)
            if line is None:
                name, ref = refs[number]
                line = made[number] = f'<li><a href="{self.links.address(ref, here)}">{name}</a>'
            shown.append(line if number != own else line.replace('">', '" aria-current="page">', 1))
        return before + "\n".join(shown)

    def _held(self, folder: str) -> tuple[list[tuple[str, PageRef]], dict[str, int]]:
        """What a folder holds, and at which place each page of it is."""
        found = self._folders.get(folder)
        if found is None:
            entry, prefix = self.atlas.folders[folder], f"{folder}/" if folder else ""
            refs = [(text(f"{shown_path(n)}/"), PageRef("folder", prefix + n)) for n in entry.folders]
            refs += [(text(shown_path(n)), PageRef("file", prefix + n)) for n in entry.files]
            found = self._folders[folder] = refs, {self.links.page(ref): n for n, (_, ref) in enumerate(refs)}
        return found

    def _guides(self) -> Iterator[Block]:
        """The guides that the configuration names, in its order: documents by their titles, other files by their paths."""
        found: dict[str, Line] = {}
        for pattern in self.config.site.guides:
            from ..patterns import PathPattern  # few trees name pages here, and it takes as long to import as many pages to write

            named, matches = pattern.strip("/"), PathPattern(f"/{pattern.lstrip('/')}").matches
            for path, file in self.atlas.files.items():
                if path not in found and (path == named or _is_markdown(file)) and matches(path):
                    found[path] = self._guide(file)
        if found:
            yield Heading(2, ("Guides",), "guides")
            yield Bullets(tuple(found.values()))

    def _guide(self, file: SourceFile) -> Line:
        document = file.record.document if file.record is not None else None
        if _is_markdown(file):
            return (Link(printable(document.title if document is not None and document.title else file.path), PageRef("file", file.path)),)
        brief = self.book.brief(file.path)
        return link_to(file.path), *(said_line(f": {brief.about}") if brief is not None and brief.about else ())

    # -- the tree's own Markdown ---------------------------------------------------------------------------------------------------

    def _document_of(self, ref: PageRef) -> SourceFile | None:
        """The document that a page shows: of a Markdown file itself, of a folder its README."""
        if ref.part > 1 or ref.kind not in ("file", "folder"):
            return None
        if ref.kind == "file":
            file = self.atlas.files[ref.path]
            return file if _is_markdown(file) else None
        prefix = f"{ref.path}/" if ref.path else ""
        found = (self.atlas.files.get(prefix + name) for name in _READMES)
        return next((f for f in found if f is not None and _is_markdown(f)), None)

    def _document(self, file: SourceFile, writer: PageWriter, used: int) -> str:
        """The text of a document below a heading; if the page would be too long with it, where it is."""
        most = self.config.limits.page_bytes - used - 40_000
        name = shown_path(file.path.rpartition("/")[2])
        heading = writer.heading(2, text(name), name, "document")
        markdown = self._read(file, most)
        html = _documents().rendered(markdown, writer, *self._addresses(file.path, writer.here)) if markdown is not None else ""
        if markdown is None or len(html.encode("utf-8", "backslashreplace")) > most:
            size = counted(file.scan.counts.bytes, "byte")
            source = Link("source", SourceRef(file.path))
            return heading + writer.block(Paragraph((f"Its {size} are too many for this page: ", source, ".")))
        return f"{heading}\n{DOCUMENT}{html}</div>"

    def _addresses(self, document: str, here: str) -> tuple[Callable[[str], str | None], Callable[[str], str | None]]:
        def link(address: str) -> str | None:
            path, rest = _documents().resolved(address, document)
            if path is None:
                return rest or None
            if path == document and address.strip().startswith("#"):
                return f"#{text_anchor(rest)}"
            return self._page_of(path, rest, here)

        def image(address: str) -> str | None:
            path, _ = _documents().resolved(address, document)
            copied = self._copy(path) if path is not None else None
            return relative(copied, here) if copied is not None else None

        return link, image

    def _page_of(self, path: str, fragment: str, here: str) -> str | None:
        """The page of a path that a document names, with the place on it; None where the tree has nothing of that name."""
        if path in self.atlas.folders:
            return self.links.address(PageRef("folder", path), here)
        file = self.atlas.files.get(path)
        if file is None:
            return None
        lines = _LINES.match(fragment)
        if lines is not None and not _is_markdown(file):
            source = self.links.address(SourceRef(path, int(lines[1]), int(lines[2] or 0)), here)
            if source:
                return source
        anchor = text_anchor(fragment) if fragment and text_anchor(fragment) in self._anchors(file) else ""
        address = self.links.address(PageRef("file", path), here)
        return f"{address}#{anchor}" if anchor else address

    def _anchors(self, file: SourceFile) -> frozenset[str]:
        """Identifiers that the page of a document has of the document's own."""
        if not _is_markdown(file):
            return frozenset()
        if file.path not in self._identifiers:
            writer = PageWriter(self.links, self.links.page(PageRef("file", file.path)))
            _documents().rendered(self._read(file, self.config.limits.page_bytes) or "", writer, lambda _: None, lambda _: None)
            self._identifiers[file.path] = frozenset(writer.known)
        return self._identifiers[file.path]

    def _read(self, file: SourceFile, most: int) -> str | None:
        if file.scan.counts.bytes > most:
            return None
        try:
            content = read_file(self.root, file.path, self.config.limits.file_bytes)
        except OSError:
            return None
        return text_of(content, file.scan.encoding).removeprefix("\ufeff")

    def _copied(self) -> dict[str, bytes]:
        """Images of documents, by the path on the site."""
        if self.config.site.images != "copy":
            return {}
        for path, file in self.atlas.files.items():  # pages are made when they are asked for, so ask for their images here
            if _is_markdown(file):
                markdown = self._read(file, self.config.limits.page_bytes)
                writer = PageWriter(self.links, self.links.page(PageRef("file", path)))
                _documents().rendered(markdown or "", writer, *self._addresses(path, writer.here))
        return self._images

    def _copy(self, path: str) -> str | None:
        suffix = PurePosixPath(path).suffix.lower()
        file = self.atlas.files.get(path)
        if self.config.site.images != "copy" or suffix not in _IMAGES or file is None or file.entry.size > _IMAGE_BYTES:
            return None
        try:
            content = read_file(self.root, path, _IMAGE_BYTES)
        except OSError:
            return None
        if not content.startswith(_IMAGES[suffix]):
            return None
        place = f"{IMAGES}/{blake3(content).hexdigest(12)}{suffix}"
        self._images[place] = content
        return place

    # -- text of files, search -----------------------------------------------------------------------------------------------------

    def _embedded(self, file: SourceFile) -> str | None:
        if not may_be_embedded(file.scan, self.config.limits.page_bytes):
            return None
        try:
            content = read_file(self.root, file.path, self.config.limits.file_bytes)
        except OSError:
            return None
        if blake3(content).digest(20) != file.hash:  # changed since it was read: its lines may be others
            return None
        source = text_of(content, file.scan.encoding).removeprefix("\ufeff")
        return lines_of(source, file.language, file.path.rpartition("/")[2], self.config.limits.page_bytes - 30_000)

    @functools.cached_property
    def index(self) -> Index:
        """The files of the search, of all names of the tree."""
        from ..search import Index
        from ..search_entries import Entries

        return Index(Entries(self.book, self.links.page))

    def search_files(self) -> Iterator[tuple[str, bytes]]:
        """Path, below the output, and bytes of each file of the search."""
        for path, content in self.index.files():
            yield f"{FOLDER}/{path}", content


def _documents() -> ModuleType:
    """What makes HTML of documents: few of the pages after a small change show any."""
    from . import documents

    return documents


def _folder_of(ref: PageRef) -> str:
    """The folder that a page lists."""
    return ref.path if ref.kind in ("folder", "symbols") else ref.path.rpartition("/")[0]


def text_anchor(fragment: str) -> str:
    """The identifier on a page of the site for one of a document."""
    prefix: str = _documents().PREFIX
    return prefix + fragment.removeprefix("user-content-")


def is_shown(path: str) -> bool:
    """Whether a path is that of a document that a page may show, or of an image that may be on it."""
    return is_document(path) or PurePosixPath(path).suffix.lower() in _IMAGES


def _is_markdown(file: SourceFile) -> bool:
    return is_document(file.path) and file.entry.kind == "file" and file.scan.content == "text"


def _same(content: Any) -> Any:
    return content
