"""What an output consists of: the path of each file, and what gives its bytes.

Files are independent of each other: they may be made in any order, in other processes, or not at all where what they are made of has
not changed. What all files of a format need (names of pages, say) is made once, before them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from .atlas import Atlas
from .compose import Book
from .config import Config
from .document import PageRef
from .output import Content
from .render.links import source_of
from .render.markdown import Links, markdown

if TYPE_CHECKING:
    from .reach import Reach
    from .render.site import Site

__all__ = ["Output", "Task", "address_of", "files_of", "outputs", "paths_of"]


#: So many tasks are made of long pages, and some more.
_MOST_TASKS = 500


class Task(Struct):
    """Work for one process: a file that takes long, or files that are made together, since each is made of the same.

    Attributes
    ----------
    paths : collection of str
        Of its files; of those that always lie in a folder of their own, one is enough.
    files : callable
        Gives path and bytes of each.
    """

    paths: Collection[str]
    files: Callable[[], Iterator[tuple[str, Content]]]


#: The path of a file of the output, and what gives its bytes, or pieces of them; or a task by itself.
Output = tuple[str, Callable[[], Content]] | Task


def outputs(
    book: Book, root: Path, out: Path, config: Config, formats: tuple[str, ...], keep: Callable[[str], bool] = lambda _: False,
    reach: Reach | None = None,
) -> Iterator[Output]:  # fmt: skip
    """Path of every file of the output, and what gives its bytes; always in the same order.

    Parameters
    ----------
    book : Book
        The pages.
    root, out, config, formats
        As for `gazetteer.build.build`.
    keep : callable
        Given the path of a file that is as the last build left it, keeps it; False if it cannot. What is kept is left out here.
    reach : Reach, optional
        The pages that may be different from those of the last build.
    """
    source, links, site = source_of(config.links.source, root, out), None, None
    if "md" in formats:
        links = Links(book.names, source, config.links.rev, parts=book.parts)
    if "html" in formats:
        from .render.site import FOLDER as SITE
        from .render.site import Site

        site = Site(book, root, out, config)
    together, left = list[tuple[str, Callable[[], Content]]](), 0  # parts of long pages, and how many pages may come before they are a task
    for kind, path in book.pages() if links or site else ():
        refs = book.refs_of(kind, path)
        # A page in one format after the other, since it is composed once for all of them; for all of its parts too.
        made = chain.from_iterable(_pages(book, ref, links, site, keep, reach) for ref in refs)
        if len(refs) == 1:
            yield from made
            continue
        together += made
        left -= 1
        if left < 0:
            yield from _as_task(together)
            together, left = [], len(book.layout.long) // _MOST_TASKS
    yield from _as_task(together)
    if site is not None:
        yield from site.others()
        yield Task((f"{SITE}/search/index.js",), site.search_files)
    yield from _for_programs(book.atlas, book, root, config, formats)


def _pages(
    book: Book, ref: PageRef, links: Links | None, site: Site | None, keep: Callable[[str], bool], reach: Reach | None
) -> Iterator[tuple[str, Callable[[], Content]]]:
    """A page, or a part of one, in each format, but where it is kept."""
    if links is not None:
        path = links.page(ref)
        if reach is None or reach.has(ref.kind, ref.path) or not keep(path):
            yield path, partial(_markdown, book, ref, links)
    if site is not None:
        yield from site.page_of(ref, keep, reach)


def _as_task(outputs: list[tuple[str, Callable[[], Content]]]) -> Iterator[Task]:
    """Files that one process is to make; nothing where there are none."""
    if outputs:
        yield Task([path for path, _ in outputs], partial(_each, outputs))


def _each(outputs: list[tuple[str, Callable[[], Content]]]) -> Iterator[tuple[str, Content]]:
    return ((path, content()) for path, content in outputs)


def _for_programs(atlas: Atlas, book: Book, root: Path, config: Config, formats: tuple[str, ...]) -> Iterator[Output]:
    """The files of the formats that programs and language models read."""
    if "json" in formats:
        from .facts import Facts
        from .render.json import json_outputs

        for path, content in json_outputs(Facts(atlas, root, book.anchors)):
            yield Task((path,), partial(_alone, path, content))
    if "llms" in formats:
        from .render.llms import LlmsFiles

        llms = LlmsFiles(atlas, config, book.names, address_of(book.names, formats), book)
        yield Task(("llms.txt", *llms.packs.values()), llms.files)
    if "scip" in formats:
        from .facts import Facts
        from .render.scip import scip_index

        yield Task(("index.scip",), partial(_alone, "index.scip", partial(scip_index, Facts(atlas, root, book.anchors))))


def paths_of(output: Output) -> Collection[str]:
    """The paths of the files that an output is."""
    return output.paths if isinstance(output, Task) else (output[0],)


def files_of(output: Output) -> Iterator[tuple[str, Content]]:
    """Path and bytes of each file that an output is."""
    if isinstance(output, Task):
        yield from output.files()
    else:
        yield output[0], output[1]()


def _alone(path: str, content: Callable[[], Content]) -> Iterator[tuple[str, Content]]:
    yield path, content()


def address_of(names: Mapping[str, str], formats: tuple[str, ...]) -> Callable[[str], str] | None:
    """What gives the file of the page of a path, for links from files that are no pages; None where there are no pages."""
    suffix = ".md" if "md" in formats else ".html" if "html" in formats else ""
    return (lambda path: names[path] + suffix) if suffix else None


def _markdown(book: Book, ref: PageRef, links: Links) -> bytes:
    return markdown(book.page(ref), links)
