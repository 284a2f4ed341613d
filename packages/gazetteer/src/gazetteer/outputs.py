"""What an output consists of: the path of each file, and what gives its bytes.

Files are independent of each other: they may be made in any order, in other processes, or not at all where what they are made of has
not changed. What all files of a format need (names of pages, say) is made once, before them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from .atlas import Atlas
from .compose import Book
from .config import Config
from .document import PageKind, PageRef
from .output import Content
from .render.links import source_of
from .render.markdown import Links, markdown

if TYPE_CHECKING:
    from .render.site import Site

__all__ = ["Output", "ShortPage", "Task", "address_of", "files_of", "outputs", "paths_of", "scip_output", "tasks_of", "worth_of"]

#: So many tasks are made of long pages, and some more.
_MOST_TASKS = 500


class Task(Struct):
    """Work for one process: a file that takes long, or files that are made together, since each is made of the same.

    Attributes
    ----------
    paths : collection of str
        Of its files; of those that always lie in a folder of their own, one is enough.
    files : callable
        Gives path and bytes of each; None for the bytes of a file that is as the last build left it.
    worth : int
        As many pages take as long as it does.
    """

    paths: Collection[str]
    files: Callable[[], Iterator[tuple[str, Content | None]]]
    worth: int = 1


class ShortPage(Struct, frozen=True, gc=False):
    """A page of one part in all formats. Of a tree there are very many: what its files are is found when they are made."""

    pages: Pages
    kind: PageKind
    path: str

    @property
    def paths(self) -> list[str]:
        """The paths of its files."""
        return [path for path, _ in self.pages.of(PageRef(self.kind, self.path))]

    @property
    def worth(self) -> int:
        """How many files it is."""
        return self.pages.formats

    def files(self) -> Iterator[tuple[str, Content]]:
        """Path and bytes of each, one format after the other, since it is composed once for all of them."""
        return _each(self.pages.of(PageRef(self.kind, self.path)))


class Pages:
    """The pages of a book in each format that has any.

    Parameters
    ----------
    book : Book
        The pages.
    links : Links, optional
        Of those in Markdown.
    site : Site, optional
        Of those in HTML.
    """

    def __init__(self, book: Book, links: Links | None, site: Site | None) -> None:
        self._book, self._links, self._site = book, links, site
        self.formats = (links is not None) + (site is not None)

    def of(self, ref: PageRef) -> Iterator[tuple[str, Callable[[], Content]]]:
        """The files of a page, or of a part of one: path and what gives the bytes."""
        if self._links is not None:
            yield self._links.page(ref), partial(_markdown, self._book, ref, self._links)
        if self._site is not None:
            yield from self._site.page_of(ref)


#: The path of a file of the output, and what gives its bytes, or pieces of them; or files that are made together.
Output = tuple[str, Callable[[], Content]] | Task | ShortPage


def outputs(book: Book, root: Path, out: Path, config: Config, formats: tuple[str, ...]) -> Iterator[Output]:
    """Path of every file of the output, and what gives its bytes; always in the same order.

    Parameters
    ----------
    book : Book
        The pages.
    root, out, config, formats
        As for `gazetteer.build.build`.
    """
    source, links, site = source_of(config.links.source, root, out), None, None
    if "md" in formats:
        links = Links(book.names, source, config.links.rev, parts=book.parts)
    if "html" in formats:
        from .render.site import FOLDER as SITE
        from .render.site import Site

        site = Site(book, root, out, config)
    long, pages = list[list[tuple[str, Callable[[], Content]]]](), Pages(book, links, site)
    for kind, path in book.pages() if pages.formats else ():
        refs = book.refs_of(kind, path)
        if len(refs) == 1:
            yield ShortPage(pages, kind, path)  # type: ignore[arg-type]
        else:
            long.append([made for ref in refs for made in pages.of(ref)])
    yield from tasks_of(long)
    if site is not None:
        yield from site.others()
        yield Task((f"{SITE}/search/index.js",), site.search_files, worth=len(book.atlas.files) // 2)
    yield from _for_programs(book.atlas, book, root, config, formats)


def tasks_of(pages: list[list[tuple[str, Callable[[], Content]]]]) -> Iterator[Task]:
    """Long pages, of which each process is to make all parts: some together where they are many."""
    some = -(-len(pages) // _MOST_TASKS)
    for start in range(0, len(pages), max(some, 1)):
        together = list(chain.from_iterable(pages[start : start + some]))
        yield Task([path for path, _ in together], partial(_each, together), worth=len(together))


def _each(outputs: Iterable[tuple[str, Callable[[], Content]]]) -> Iterator[tuple[str, Content]]:
    return ((path, content()) for path, content in outputs)


def _for_programs(atlas: Atlas, book: Book, root: Path, config: Config, formats: tuple[str, ...]) -> Iterator[Output]:
    """The files of the formats that programs and language models read."""
    some = len(atlas.files) // 8
    if "json" in formats:
        from .facts import Facts
        from .render.json import TOGETHER, json_outputs, symbols_and_files

        facts = Facts(atlas, root, book.anchors)
        yield Task(TOGETHER, partial(symbols_and_files, facts), worth=2 * some)
        for path, content in json_outputs(facts):
            if path not in TOGETHER:
                yield Task((path,), partial(_alone, path, content), worth=some)
    if "llms" in formats:
        from .render.llms import LlmsFiles

        llms = LlmsFiles(atlas, config, book.names, address_of(book.names, formats), book)
        yield Task(("llms.txt", *llms.packs.values()), llms.files, worth=some)
    if "scip" in formats:
        yield scip_output(book, root)


def scip_output(book: Book, root: Path) -> Task:
    """The index for SCIP."""
    from .facts import Facts
    from .render.scip import scip_index

    make = partial(scip_index, Facts(book.atlas, root, book.anchors))
    return Task(("index.scip",), partial(_alone, "index.scip", make), worth=len(book.atlas.files) // 8)


def paths_of(output: Output) -> Collection[str]:
    """The paths of the files that an output is."""
    return (output[0],) if isinstance(output, tuple) else output.paths


def worth_of(output: Output) -> int:
    """As many pages take as long as an output."""
    return 1 if isinstance(output, tuple) else output.worth


def files_of(output: Output) -> Iterator[tuple[str, Content | None]]:
    """Path and bytes of each file that an output is; None for the bytes of one that is as the last build left it."""
    if isinstance(output, tuple):
        yield output[0], output[1]()
    else:
        yield from output.files()


def _alone(path: str, content: Callable[[], Content]) -> Iterator[tuple[str, Content]]:
    yield path, content()


def address_of(names: Mapping[str, str], formats: tuple[str, ...]) -> Callable[[str], str] | None:
    """What gives the file of the page of a path, for links from files that are no pages; None where there are no pages."""
    if "md" in formats:
        return lambda path: f"{names[path]}.md"
    if "html" not in formats:
        return None
    from .render.site import FOLDER as SITE

    return lambda path: f"{SITE}/{names[path]}.html"


def _markdown(book: Book, ref: PageRef, links: Links) -> bytes:
    return markdown(book.page(ref), links)
