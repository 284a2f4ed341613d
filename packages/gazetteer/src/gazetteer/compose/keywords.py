"""The keyword index: every symbol by name, for the files of a folder, and in shards for the whole tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..atlas import Atlas
from ..document import Block, Heading, Index, Inline, Link, Page, PageRef, Paragraph, Place, Table
from ..model import KINDS
from .common import counted, trail_to

if TYPE_CHECKING:
    from .book import Book

__all__ = ["entries", "folder_index", "index", "shard_of", "shard_page", "shards"]

#: Name, path of the file, index of the symbol there.
Entry = tuple[str, str, int]

_WORDS = {kind: kind.replace("_", " ") for kind in KINDS}
_OTHERS, _UNICODE = "other", "unicode"
#: With more shards of two characters than this, they have one.
_MOST_SHARDS = 850


def shard_of(name: str) -> str:
    """The shard of a name: its first two letters or digits, whatever their case; ``other`` for operators, ``unicode`` for other scripts.

    Examples
    --------
    >>> shard_of("__init__"), shard_of("Node"), shard_of("x"), shard_of("operator+"), shard_of("~"), shard_of("größe"), shard_of("été")
    ('in', 'no', 'x', 'op', 'other', 'gr', 'unicode')
    """
    plain = name.lstrip("_$~@")
    if not plain or not (plain[0].isalnum() or ord(plain[0]) > 127):
        return _OTHERS
    if not plain[0].isascii():
        return _UNICODE
    return (plain[:2] if plain[1:2].isascii() and plain[1:2].isalnum() else plain[0]).lower()


def shards(atlas: Atlas) -> dict[str, list[Entry]]:
    """The entries of each shard, sorted."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for name, refs in atlas.names.items():
        if name:
            found[shard_of(name)] += [(name, ref.path, ref.index) for ref in refs]
    if len(found) > _MOST_SHARDS:
        wide: dict[str, list[Entry]] = defaultdict(list)
        for key, some in found.items():
            wide[key if key in (_OTHERS, _UNICODE) else key[0]] += some
        found = wide
    return {key: sorted(found[key], key=_order) for key in sorted(found)}


def _order(entry: Entry) -> tuple[str, str, str, int]:
    """Names without regard to case first, so that ``Node`` and ``node`` stand together."""
    return entry[0].lstrip("_").lower(), *entry


def entries(book: Book, path: str) -> list[Entry]:
    """The entries of the files that lie directly in a folder, sorted."""
    prefix = f"{path}/" if path else ""
    found = [
        (symbol.name, prefix + name, index)
        for name in book.atlas.folders[path].files
        for index, symbol in enumerate(book.symbols(prefix + name))
        if symbol.name
    ]
    return sorted(found, key=_order)


def folder_index(book: Book, path: str) -> Page:
    """The keyword index of the files that lie directly in a folder."""
    found = entries(book, path)
    blocks: list[Block] = [
        Paragraph((f"{_counted(found)} in {counted(len({e[1] for e in found}), 'file')}; each leads to its page and to its line.",))
    ]
    below = [f"{path}/{name}".lstrip("/") for name in book.atlas.folders[path].folders]
    below = [b for b in below if any(book.symbols(f"{b}/{name}") for name in book.atlas.folders[b].files)]
    if below:
        blocks.append(
            Paragraph(("Of the folders below: ", *_commas(Link(b.rpartition("/")[2], PageRef("symbols", b), code=True) for b in below)))
        )
    blocks += _by_letter(book, found)
    folder = book.atlas.folders[path]
    return Page(PageRef("symbols", path), f"Keywords of {folder.name or book.atlas.name}", _trail(book, path), tuple(blocks))


def _trail(book: Book, path: str) -> tuple[tuple[str, PageRef], ...]:
    return (*trail_to(book.atlas, f"{path}/x" if path else "x"),)


def _by_letter(book: Book, found: list[Entry]) -> Iterator[Block]:
    """A heading for each first letter, where there are enough names for that to help."""
    if len(found) < 50:
        yield index(book, found)
        return
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        shard = shard_of(entry[0])
        groups[shard if shard in (_OTHERS, _UNICODE) else shard[0].upper()].append(entry)
    for letter in sorted(groups, key=lambda g: (len(g) > 1, g)):
        yield Heading(2, (letter,), letter.lower())
        yield index(book, groups[letter])


def index(book: Book, found: Iterable[Entry]) -> Index:
    """The entries with their kinds, pages and lines."""
    places = []
    for name, path, number in found:
        symbol = book.symbols(path)[number]
        kind = _WORDS[symbol.kind]
        if symbol.role != "definition":
            kind = f"{kind}, {symbol.role}"
        places.append(Place(name, kind, path, book.anchors(path)[number], symbol.line))
    return Index(places)


def shard_page(book: Book, key: str) -> Page:
    """One shard of the keyword index of the whole tree; the list of shards where `key` is empty."""
    root: tuple[tuple[str, PageRef], ...] = ((book.atlas.name, PageRef("folder", "")),)
    if not key:
        found = book.shards
        total = sum(map(len, found.values()))
        rows = tuple(
            ((Link(k, PageRef("shard", k), code=True),), (f"{len({e[0] for e in v}):,}",), (f"{len(v):,}",)) for k, v in found.items()
        )
        block = Table(("Names that begin with", "Names", "Entries"), rows)
        text = Paragraph(
            (f"{counted(total, 'entry', 'entries')} in {counted(len(found), 'shard')}; case and leading underscores do not count.",)
        )
        return Page(PageRef("shard", ""), "Keywords", root, (text, block))
    some = book.shards[key]
    blocks = (Paragraph((f"{_counted(some)}; each leads to its page and to its line.",)), index(book, some))
    return Page(PageRef("shard", key), f"Keywords: {key}", (*root, ("Keywords", PageRef("shard", ""))), blocks)


def _counted(found: Sequence[Entry]) -> str:
    return f"{counted(len({e[0] for e in found}), 'name')}, {counted(len(found), 'entry', 'entries')}"


def _commas(links: Iterable[Link]) -> Iterator[Inline]:
    for i, link in enumerate(links):
        if i:
            yield ", "
        yield link
