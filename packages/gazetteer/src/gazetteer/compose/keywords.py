"""The keyword index: every symbol by name, for the files of a folder, and in shards for the whole tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ..document import Block, Heading, Index, Inline, Link, Page, PageRef, Paragraph, Place, Table
from ..model import KINDS
from .common import counted, trail_to
from .contents import Contents
from .sharding import OTHERS, UNICODE, Entry, order, shard_of

__all__ = ["entries", "folder_index", "index", "shard_page"]

_WORDS = {kind: kind.replace("_", " ") for kind in KINDS}


def entries(contents: Contents, path: str) -> list[Entry]:
    """The entries of the files that lie directly in a folder, sorted."""
    prefix = f"{path}/" if path else ""
    found = [
        (symbol.name, prefix + name, index)
        for name in contents.atlas.folders[path].files
        for index, symbol in enumerate(contents.symbols(prefix + name))
        if symbol.name
    ]
    return sorted(found, key=order)


def folder_index(contents: Contents, path: str) -> Page:
    """The keyword index of the files that lie directly in a folder."""
    found = entries(contents, path)
    blocks: list[Block] = [
        Paragraph((f"{_counted(found)} in {counted(len({e[1] for e in found}), 'file')}; each leads to its page and to its line.",))
    ]
    below = [f"{path}/{name}".lstrip("/") for name in contents.atlas.folders[path].folders]
    below = [b for b in below if any(contents.symbols(f"{b}/{name}") for name in contents.atlas.folders[b].files)]
    if below:
        blocks.append(
            Paragraph(("Of the folders below: ", *_commas(Link(b.rpartition("/")[2], PageRef("symbols", b), code=True) for b in below)))
        )
    blocks += _by_letter(contents, found)
    folder = contents.atlas.folders[path]
    return Page(PageRef("symbols", path), f"Keywords of {folder.name or contents.atlas.name}", _trail(contents, path), tuple(blocks))


def _trail(contents: Contents, path: str) -> tuple[tuple[str, PageRef], ...]:
    return (*trail_to(contents.atlas, f"{path}/x" if path else "x"),)


def _by_letter(contents: Contents, found: list[Entry]) -> Iterator[Block]:
    """A heading for each first letter, where there are enough names for that to help."""
    if len(found) < 50:
        yield index(contents, found)
        return
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        shard = shard_of(entry[0])
        groups[shard if shard in (OTHERS, UNICODE) else shard[0].upper()].append(entry)
    for letter in sorted(groups, key=lambda g: (len(g) > 1, g)):
        yield Heading(2, (letter,), letter.lower())
        yield index(contents, groups[letter])


def index(contents: Contents, found: Iterable[Entry]) -> Index:
    """The entries with their kinds, pages and lines."""
    places = []
    for name, path, number in found:
        symbol = contents.symbols(path)[number]
        kind = _WORDS[symbol.kind]
        if symbol.role != "definition":
            kind = f"{kind}, {symbol.role}"
        places.append(Place(name, kind, path, contents.anchors(path)[number], symbol.line))
    return Index(places)


def shard_page(contents: Contents, key: str) -> Page:
    """One shard of the keyword index of the whole tree; the list of shards where `key` is empty."""
    root: tuple[tuple[str, PageRef], ...] = ((contents.atlas.name, PageRef("folder", "")),)
    if not key:
        found = contents.shards
        total = sum(map(len, found.values()))
        rows = tuple(
            ((Link(k, PageRef("shard", k), code=True),), (f"{len({e[0] for e in v}):,}",), (f"{len(v):,}",)) for k, v in found.items()
        )
        block = Table(("Names that begin with", "Names", "Entries"), rows)
        text = Paragraph(
            (f"{counted(total, 'entry', 'entries')} in {counted(len(found), 'shard')}; case and leading underscores do not count.",)
        )
        return Page(PageRef("shard", ""), "Keywords", root, (text, block))
    some = contents.shards[key]
    blocks = (Paragraph((f"{_counted(some)}; each leads to its page and to its line.",)), index(contents, some))
    return Page(PageRef("shard", key), f"Keywords: {key}", (*root, ("Keywords", PageRef("shard", ""))), blocks)


def _counted(found: Sequence[Entry]) -> str:
    return f"{counted(len({e[0] for e in found}), 'name')}, {counted(len(found), 'entry', 'entries')}"


def _commas(links: Iterable[Link]) -> Iterator[Inline]:
    for i, link in enumerate(links):
        if i:
            yield ", "
        yield link
