"""The keyword index: every symbol by name, for the files of a folder, and in shards for the whole tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from ..document import Block, Heading, Index, Inline, Link, Page, PageRef, Paragraph, Place, Table
from ..names import counted, shown_path
from .common import trail_to
from .contents import Contents
from .sharding import MANY_PLACES, by_name, gathered, letter_of

__all__ = ["entries", "folder_index", "shard_page"]

#: An index with more entries may have several parts, so that it begins with links to its letters.
_LONG = 1_000


def entries(contents: Contents, path: str) -> dict[str, list[Place]]:
    """The places in the files that lie directly in a folder, by name."""
    return by_name(chain.from_iterable(_places(contents, path)))


def _places(contents: Contents, path: str) -> list[list[Place]]:
    """The places in each file of a folder that has any."""
    prefix = f"{path}/" if path else ""
    return [places for name in contents.atlas.folders[path].files if (places := contents.places(prefix + name))]


def folder_index(contents: Contents, path: str) -> Page:
    """The keyword index of the files that lie directly in a folder."""
    of_files = _places(contents, path)
    found = by_name(chain.from_iterable(of_files))
    size = f"{_counted(len(found), sum(map(len, of_files)))} in {counted(len(of_files), 'file')}"
    blocks: list[Block] = [Paragraph((f"{size}; each leads to its row on the page of its file.",))]
    below = [f"{path}/{name}".lstrip("/") for name in contents.atlas.folders[path].folders]
    below = [b for b in below if any(contents.has_symbols(f"{b}/{name}") for name in contents.atlas.folders[b].files)]
    if below:
        blocks.append(
            Paragraph(
                (
                    "Of the folders below: ",
                    *_commas(Link(shown_path(b.rpartition("/")[2]), PageRef("symbols", b), code=True) for b in below),
                )
            )
        )
    blocks += _by_letter(path, found)
    folder = contents.atlas.folders[path]
    title = f"Keywords of {shown_path(folder.name) or contents.atlas.name}"
    return Page(PageRef("symbols", path), title, _trail(contents, path), tuple(blocks))


def _trail(contents: Contents, path: str) -> tuple[tuple[str, PageRef], ...]:
    return (*trail_to(contents.atlas, f"{path}/x" if path else "x"),)


def _by_letter(path: str, found: dict[str, list[Place]]) -> Iterator[Block]:
    """A heading for each first letter, where there are enough names for that to help."""
    total = sum(map(len, found.values()))
    if total < 50:
        yield Index(list(chain.from_iterable(found.values())))
        return
    groups: dict[str, list[Place]] = defaultdict(list)
    for name, some in found.items():
        groups[letter_of(name)] += some
    letters = sorted(groups, key=lambda g: (len(g) > 1, g))
    if total > _LONG:
        yield Paragraph(tuple(_commas(Link(letter, PageRef("symbols", path, letter.lower())) for letter in letters)))
    for letter in letters:
        yield Heading(2, (letter,), letter.lower())
        yield Index(groups[letter])


def shard_page(contents: Contents, key: str) -> Page:
    """One shard of the keyword index of the whole tree; the list of shards where `key` is empty."""
    root: tuple[tuple[str, PageRef], ...] = ((contents.atlas.name, PageRef("folder", "")),)
    if not key:
        sizes = contents.shard_sizes
        total = sum(entries for _, entries in sizes.values())
        rows = tuple(
            ((Link(k, PageRef("shard", k), code=True),), (f"{names:,}",), (f"{entries:,}",)) for k, (names, entries) in sizes.items()
        )
        block = Table(("Names that begin with", "Names", "Entries"), rows)
        text = Paragraph(
            (f"{counted(total, 'entry', 'entries')} in {counted(len(sizes), 'shard')}; case and leading underscores do not count.",)
        )
        return Page(PageRef("shard", ""), "Keywords", root, (text, block))
    places = contents.shards[key]
    shown = gathered(places)
    said = f"{_counted(*contents.shard_sizes[key])}; each leads to its row on the page of its file."
    if len(shown) < len(places):
        said += f" Where a name has more than {MANY_PLACES}, those of one kind in one folder lead to the keyword index of that folder."
    blocks = (Paragraph((said,)), Index(shown, lines=False))
    return Page(PageRef("shard", key), f"Keywords: {key}", (*root, ("Keywords", PageRef("shard", ""))), blocks)


def _counted(names: int, places: int) -> str:
    return f"{counted(names, 'name')}, {counted(places, 'entry', 'entries')}"


def _commas(links: Iterable[Link]) -> Iterator[Inline]:
    for i, link in enumerate(links):
        if i:
            yield ", "
        yield link
