"""Long pages in numbered parts: a page is cut between blocks, and between the rows of a table or a list.

How much space a block takes is estimated from above, for whatever format it is written in, so that no part exceeds the limit.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from msgspec import structs

from ..document import (
    Anchor,
    Block,
    Bullets,
    CodeBlock,
    Details,
    Heading,
    Index,
    Line,
    Link,
    Page,
    PageRef,
    Paragraph,
    Place,
    Prose,
    Symbols,
    Table,
)  # fmt: skip

__all__ = ["anchors_on", "in_parts", "spread", "weight", "weight_of_all"]

#: Characters that some format writes with one byte more, and with up to thirteen.
_LIGHT, _HEAVY = b"*_[]~!{}#:.\\", b"&<>\"'@$`|"
#: Of the page itself, its table heads, its markup around a row, a cell, a link.
_PAGE, _BLOCK, _ROW, _CELL, _LINK = 6_000, 250, 60, 30, 110
#: Of the anchor of a place, so that an index is not cut elsewhere where lines move.
_ANCHOR = 8


_T = TypeVar("_T")


def weight(text: str) -> int:
    """At most so many bytes does a text of one line take on a page."""
    if text.isalnum() and text.isascii():
        return len(text)
    if not text.isprintable():
        return 10 * len(text)
    written = text.encode()
    size = len(written)
    heavy = size - len(written.translate(None, _HEAVY))
    light = size - len(written.translate(None, _LIGHT))
    # Code with a bar or a backtick in it is written as entities.
    return size + 13 * heavy + (5 * light if heavy else light)


def weight_of_all(texts: str) -> int:
    """At least the sum of what `weight` says of each line, from one look at all of them."""
    written = texts.encode("utf-8", "surrogatepass")
    size = len(written)
    heavy = size - len(written.translate(None, _HEAVY))
    light = size - len(written.translate(None, _LIGHT))
    plain = texts.replace("\n", "")
    odd = 0 if plain.isprintable() else sum([len(line) for line in texts.split("\n") if not line.isprintable()])
    return size + 13 * heavy + 5 * light + 9 * odd


@lru_cache(maxsize=16_384)
def _address(path: str) -> int:
    return len(path) if path.isascii() else 9 * len(path)


def in_parts(page: Page, most_bytes: int) -> list[Page]:
    """The page as one or more pages of at most `most_bytes` each.

    Parameters
    ----------
    page : Page
        The page as a whole.
    most_bytes : int
        What a part may take.
    """
    budget = most_bytes - _PAGE - 20 * len(page.ref.path)
    parts: list[list[Block]] = [[]]
    left = budget
    heading: Heading | None = None
    for block in page.blocks:
        if isinstance(block, Heading):
            heading = block
        for piece, size in _pieces(block, budget):
            if size > left and parts[-1]:
                moved = [parts[-1].pop()] if isinstance(parts[-1][-1], Heading) and len(parts[-1]) > 1 else []
                parts.append(_continued(heading, moved))
                left = budget - sum(map(_size, parts[-1]))
            parts[-1].append(piece)
            left -= size
    return [page] if len(parts) == 1 else [_part(page, _joined(blocks), n, len(parts)) for n, blocks in enumerate(parts, 1)]


def anchors_on(page: Page) -> Iterator[str]:
    """The anchors that a page has."""
    for block in _flat(page.blocks):
        if isinstance(block, Heading):
            yield block.anchor
        elif isinstance(block, Symbols):
            yield from (row.anchor for row in block.rows if not row.detailed)
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    yield from (part.name for part in cell if isinstance(part, Anchor))
        elif isinstance(block, Paragraph):
            yield from (part.name for part in block.line if isinstance(part, Anchor))
        elif isinstance(block, Bullets):
            yield from (part.name for line in block.lines for part in line if isinstance(part, Anchor))


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _flat(block.blocks)
        else:
            yield block


def _continued(heading: Heading | None, moved: list[Block]) -> list[Block]:
    """What a new part begins with: the heading that was left on the last one, else a reminder of where we are."""
    if moved or heading is None:
        return moved
    text = "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in heading.line)
    return [Paragraph((f"{text}, continued:",))]


def _part(page: Page, blocks: list[Block], number: int, of: int) -> Page:
    ref = page.ref
    others: list[str | Link] = [f"Part {number} of {of}"]
    near = [n for n in range(1, of + 1) if of <= 20 or n in (1, of) or abs(n - number) < 5]
    for before, n in zip([0, *near], near, strict=False):
        others.append(" · " if n == before + 1 else " · … · ")
        others.append(f"{n}" if n == number else Link(f"{n}", PageRef(ref.kind, ref.path, part=n)))
    here = structs.replace(ref, part=number)
    title = page.title if number == 1 else f"{page.title}, part {number}"
    return Page(here, title, page.trail, (Paragraph(tuple(others)), *blocks))


def _pieces(block: Block, budget: int) -> Iterator[tuple[Block, int]]:
    """A block as it is, or cut into pieces that can stand on different parts; with the sizes."""
    most = budget // 8
    if isinstance(block, Symbols):
        for some, size in _batches(block.rows, _symbol_rows(block), most):
            yield block if len(some) == len(block.rows) else structs.replace(block, rows=some), size + _BLOCK
    elif isinstance(block, Table):
        for rows, size in _batches(block.rows, map(_row, block.rows), most):
            yield block if len(rows) == len(block.rows) else Table(block.head, tuple(rows)), size + _BLOCK
    elif isinstance(block, Bullets):
        for lines, size in _batches(block.lines, [_row((line,)) for line in block.lines], most):
            yield Bullets(tuple(lines)), size + _BLOCK
    elif isinstance(block, Index):
        for places, size in _batches(block.places, _places(block), most):
            yield structs.replace(block, places=places), size + _BLOCK
    elif isinstance(block, (Prose, CodeBlock)) and _size(block) > most:
        cut = [line[i : i + 4_000] for line in block.text.split("\n") for i in range(0, max(len(line), 1), 4_000)]
        for cuts, size in _batches(cut, [weight(line) + 3 for line in cut], most):
            yield structs.replace(block, text="\n".join(cuts)), size + _BLOCK
    elif isinstance(block, Details) and _size(block) > most:
        for inner in block.blocks:
            yield from _pieces(inner, budget)
    else:
        yield block, _size(block)


def _batches(items: Sequence[_T], sizes: Iterable[int], most: int) -> Iterator[tuple[Sequence[_T], int]]:
    """Items that follow each other, as many as have at most `most` together, or one that has more; with what they have."""
    ends = list(itertools.accumulate(sizes))
    start = before = 0
    while start < len(ends):
        end = max(bisect.bisect_right(ends, before + most, start), start + 1)
        yield items[start:end], ends[end - 1] - before
        start, before = end, ends[end - 1]


def _joined(blocks: list[Block]) -> list[Block]:
    """Pieces of one table or list that came to stand on one part, as one again."""
    found = list[Block]()
    for is_list, group in itertools.groupby(blocks, key=_join_key):
        some = list(group)
        if len(some) == 1 or is_list is None:
            found += some
        elif isinstance(some[0], Symbols):
            found.append(structs.replace(some[0], rows=[row for t in some if isinstance(t, Symbols) for row in t.rows]))
        elif isinstance(some[0], Table):
            found.append(Table(some[0].head, tuple(row for t in some if isinstance(t, Table) for row in t.rows)))
        elif isinstance(some[0], Index):
            found.append(structs.replace(some[0], places=[place for i in some if isinstance(i, Index) for place in i.places]))
        else:
            found.append(Bullets(tuple(line for b in some if isinstance(b, Bullets) for line in b.lines)))
    return found


def _join_key(block: Block) -> object:
    if isinstance(block, Table):
        return id(block.head)
    return type(block) if isinstance(block, (Bullets, Index, Symbols)) else None


def _size(block: Block) -> int:
    if isinstance(block, Symbols):
        return _BLOCK + sum(_symbol_rows(block))
    if isinstance(block, Table):
        return _BLOCK + sum(map(_row, block.rows))
    if isinstance(block, (Heading, Paragraph)):
        return _BLOCK + _line(block.line)
    if isinstance(block, Bullets):
        return _BLOCK + sum(_row((line,)) for line in block.lines)
    if isinstance(block, Index):
        return _BLOCK + sum(_places(block))
    if isinstance(block, Details):
        return _BLOCK + _line(block.summary) + sum(map(_size, block.blocks))
    return _BLOCK + sum(3 + weight(line) for line in block.text.split("\n"))


def _row(row: Sequence[Line]) -> int:
    return _ROW + sum(_CELL + _line(cell) for cell in row)


def _symbol_rows(block: Symbols) -> Iterator[int]:
    """The sizes of its rows."""
    address, kinds = _address(block.path), dict[str, int]()
    around = _ROW + 4 * _CELL + _LINK + address
    for anchor, detailed, depth, line, end, kind, declared, about, facts in block.rows:
        last = len(str(end))
        size = around + (last if end <= line else len(str(line)) + 3 + last) + 2 * depth + weight(declared)
        own = kinds.get(kind)
        size += own if own is not None else kinds.setdefault(kind, weight(kind))
        if about:
            size += weight(about)
        size += _LINK + address + len(anchor) if detailed else 2 * _CELL + weight(anchor)
        for number, fact in enumerate(facts):
            size += _line(fact) + (4 if number or about else 0)
        yield size


def _places(block: Index) -> list[int]:
    """The sizes of its places."""
    links, costs, found = 2 if block.lines else 1, dict[str, int](), list[int]()
    last, own = "", _ROW
    for name, kind, path, anchor, _ in block.places:
        if name != last:
            last, own = name, _ROW + weight(name)
        cost = costs.get(path)
        if cost is None:
            cost = costs[path] = links * (_LINK + _address(path))
        found.append(own + len(kind) + cost + max(len(anchor), _ANCHOR))
    return found


def spread(places: Iterable[Place]) -> list[tuple[str, str, int]]:
    """All that decides into which parts an index is cut, of places in one file."""
    return [(place.name, place.kind, max(len(place.anchor), _ANCHOR)) for place in places]


def _line(line: Line) -> int:
    size = 0
    for part in line:
        if isinstance(part, str):
            size += weight(part)
        elif isinstance(part, Link):
            target = part.target
            size += _LINK + weight(part.text)
            if isinstance(target, PageRef):
                size += _address(target.path) + len(target.anchor)
            else:
                size += _address(getattr(target, "path", "") or getattr(target, "address", ""))
        else:
            size += _CELL + weight(part.name if isinstance(part, Anchor) else part.text)
    return size
