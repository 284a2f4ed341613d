"""Long pages in numbered parts: a page is cut between blocks, and between the rows of a table or a list.

How much space a block takes is estimated from above, for whatever format it is written in, so that no part exceeds the limit.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import structs

from ..document import (
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
    Prose,
    Statements,
    Symbols,
    Table,
    Use,
    Uses,
)  # fmt: skip

__all__ = ["Piece", "anchors_on", "in_parts", "pieces_of", "weight", "weight_of_all"]

#: Characters that some format writes with one byte more, and with up to thirteen.
_LIGHT, _HEAVY = b"*_[]~!{}#:.\\", b"&<>\"'@$`|"
#: Of the page itself, its table heads, its markup around a row, a cell, a link.
_PAGE, _BLOCK, _PIECE, _ROW, _CELL, _LINK = 6_000, 250, 50, 60, 30, 110
#: Of the anchor of a place, so that an index is not cut elsewhere where lines move.
_ANCHOR = 8


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


#: Of words and paths in lines: most come again.
_weight = lru_cache(16_384)(weight)


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


#: Blocks that are cut between their rows.
_Listed = Symbols | Table | Bullets | Index | Uses | Statements

#: A piece of a page: the number of its block, and from where to where its rows go. Where it has none, the piece is the whole block
#: (`_WHOLE`), one of several that it is cut into (from its number on), or what says that a heading goes on (`_AGAIN`).
Piece = tuple[int, int, int]
_WHOLE, _AGAIN = -1, -2


def pieces_of(page: Page, most_bytes: int) -> list[list[Piece]]:
    """What is on each of the pages of at most `most_bytes` each that a page is cut into.

    Parameters
    ----------
    page : Page
        The page as a whole.
    most_bytes : int
        What a part may take.
    """
    budget = _budget(page, most_bytes)
    parts: list[list[Piece]] = [[]]
    left, heading = budget, _WHOLE
    for number, block in enumerate(page.blocks):
        if isinstance(block, Heading):
            heading = number
        for piece, size in _measured(number, block, budget):
            part = parts[-1]
            if size > left and part:
                moved = [part.pop()] if len(part) > 1 and isinstance(page.blocks[part[-1][0]], Heading) and part[-1][1] == _WHOLE else []
                parts.append(moved or ([(heading, _AGAIN, _AGAIN)] if heading != _WHOLE else []))
                part, left = parts[-1], budget - sum([_size(_again(page, n) if at == _AGAIN else page.blocks[n]) for n, at, _ in parts[-1]])
            if part and piece[1] > 0 and part[-1][0] == number and part[-1][2] == piece[1]:
                part[-1] = number, part[-1][1], piece[2]
            else:
                part.append(piece)
            left -= size
    return parts


def in_parts(page: Page, most_bytes: int, pieces: list[list[Piece]] | None = None) -> list[Page]:
    """The page as one or more pages of at most `most_bytes` each.

    Parameters
    ----------
    page : Page
        The page as a whole.
    most_bytes : int
        What a part may take.
    pieces : list, optional
        What `pieces_of` says of the page, if it was asked before.
    """
    parts = pieces if pieces is not None else pieces_of(page, most_bytes)
    if len(parts) == 1:
        return [page]
    budget = _budget(page, most_bytes)
    cut: dict[int, list[Block]] = {}
    pages = list[Page]()
    for number, part in enumerate(parts, 1):
        blocks = list[Block]()
        for n, start, end in part:
            block = page.blocks[n]
            if start == _WHOLE:
                blocks.append(block)
            elif start == _AGAIN:
                blocks.append(_again(page, n))
            elif isinstance(block, _Listed):
                blocks.append(_rows_of(block, start, end))
            else:
                if n not in cut:
                    cut[n] = [piece for piece, _ in _cut(block, budget)]
                blocks += cut[n][start:end]
        pages.append(_part(page, _joined(blocks), number, len(parts)))
    return pages


def _budget(page: Page, most_bytes: int) -> int:
    return most_bytes - _PAGE - 20 * len(page.ref.path)


def anchors_on(page: Page) -> Iterator[str]:
    """The anchors that a page has."""
    for block in _flat(page.blocks):
        if isinstance(block, Heading):
            yield block.anchor
        elif isinstance(block, Symbols):
            yield from [row.anchor for row in block.rows if not row.detailed]


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _flat(block.blocks)
        else:
            yield block


def _again(page: Page, heading: int) -> Block:
    """A reminder of where we are, for a part that begins below a heading."""
    block = page.blocks[heading]
    assert isinstance(block, Heading)
    text = "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in block.line)
    return Paragraph((f"{text.removesuffix(', continued')}, continued:",))


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


def _measured(number: int, block: Block, budget: int) -> Iterator[tuple[Piece, int]]:
    """The pieces of a block that can stand on different parts, with their sizes."""
    if isinstance(block, _Listed):
        for start, end, size in _batches(_row_sizes(block), budget // 8):
            yield (number, start, end), size + _BLOCK
        return
    size = _size(block)
    if size <= budget // 8 or not isinstance(block, (Prose, CodeBlock, Details)):
        yield (number, _WHOLE, _WHOLE), size
        return
    for n, (_, own) in enumerate(_cut(block, budget)):
        yield (number, n, n + 1), own


def _cut(block: Block, budget: int) -> Iterator[tuple[Block, int]]:
    """A text or details that are too long for a part, cut into blocks that can stand on different parts; with their sizes."""
    if isinstance(block, Details) and _size(block) > budget // 8:
        for inner in block.blocks:
            yield from _cut(inner, budget)
    elif isinstance(block, (Prose, CodeBlock)) and _size(block) > budget // 8:
        cut = [line[i : i + 4_000] for line in block.text.split("\n") for i in range(0, max(len(line), 1), 4_000)]
        for start, end, size in _batches([weight(line) + 3 for line in cut], budget // 8):
            yield structs.replace(block, text="\n".join(cut[start:end])), size + _PIECE
    elif isinstance(block, _Listed):
        for start, end, size in _batches(_row_sizes(block), budget // 8):
            yield _rows_of(block, start, end), size + _BLOCK
    else:
        yield block, _size(block)


def _row_sizes(block: _Listed) -> Iterable[int]:
    if isinstance(block, Symbols):
        return _symbol_rows(block)
    if isinstance(block, Index):
        return _places(block)
    if isinstance(block, Uses):
        return map(_use, block.rows)
    if isinstance(block, Statements):
        return _statements(block)
    return map(_row, block.rows) if isinstance(block, Table) else [_row((line,)) for line in block.lines]


def _rows_of(block: _Listed, start: int, end: int) -> Block:
    """A table or a list with some of its rows."""
    name = _rows_in(block)
    return structs.replace(block, **{name: getattr(block, name)[start:end]})


def _rows_in(block: _Listed) -> str:
    """The attribute of a table or a list that has its rows."""
    return "places" if isinstance(block, Index) else "lines" if isinstance(block, Bullets) else "rows"


def _batches(sizes: Iterable[int], most: int) -> Iterator[tuple[int, int, int]]:
    """From where to where rows go that have at most `most` together, or one that has more; with what they have."""
    ends = list(itertools.accumulate(sizes))
    start = before = 0
    while start < len(ends):
        end = max(bisect.bisect_right(ends, before + most, start), start + 1)
        yield start, end, ends[end - 1] - before
        start, before = end, ends[end - 1]


def _joined(blocks: list[Block]) -> list[Block]:
    """Pieces of one table or list that came to stand on one part, as one again."""
    found = list[Block]()
    for is_list, group in itertools.groupby(blocks, key=_join_key):
        some = list(group)
        if len(some) == 1 or is_list is None:
            found += some
        else:
            name = _rows_in(some[0])  # type: ignore[arg-type]
            found.append(structs.replace(some[0], **{name: [row for block in some for row in getattr(block, name)]}))
    return found


def _join_key(block: Block) -> object:
    if isinstance(block, Table):
        return id(block.head)
    return type(block) if isinstance(block, _Listed) else None


def _size(block: Block) -> int:
    if isinstance(block, _Listed):
        return _BLOCK + sum(_row_sizes(block))
    if isinstance(block, (Heading, Paragraph)):
        return _BLOCK + _line(block.line)
    if isinstance(block, Details):
        return _BLOCK + _line(block.summary) + sum(map(_size, block.blocks))
    return _PIECE + sum([3 + weight(line) for line in block.text.split("\n")])


def _row(row: Sequence[Line]) -> int:
    return _ROW + sum(_CELL + _line(cell) for cell in row)


def _use(use: Use) -> int:
    """The size of a row that says the same in inline parts."""
    path, lines, more, how = use
    address = _address(path)
    links = _LINK + _weight(path) + address + sum([_LINK + address + len(str(line)) for line in lines]) + 2 * (len(lines) - 1)
    return _ROW + _CELL + links + len(", line " if len(lines) == 1 else ", lines ") + len(more) + len(how)


def _statements(block: Statements) -> Iterator[int]:
    """The sizes of its rows."""
    around = _ROW + 3 * _CELL + _LINK + _address(block.path)
    for line, end, text, target, has_path, said in block.rows:
        size = around + (len(str(line)) if end <= line else len(str(line)) + 3 + len(str(end)))
        if target:
            size += _LINK + _address(target)
        size += _weight(text) if has_path else _CELL + weight(text) + (_weight(target) if target else 0)
        yield size + _line(said)


def _symbol_rows(block: Symbols) -> Iterator[int]:
    """The sizes of its rows."""
    address, kinds = _address(block.path), dict[str, int]()
    around = _ROW + 4 * _CELL + _LINK + address
    for anchor, detailed, depth, line, end, kind, declared, about, facts, _ in block.rows:
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
            cost = costs[path] = links * (_LINK + (1 if anchor else 2) * _address(path))  # that of a folder is shown as a whole
        found.append(own + len(kind) + cost + max(len(anchor), _ANCHOR))
    return found


def _line(line: Line) -> int:
    size = 0
    for part in line:
        kind = part.__class__
        if kind is str:
            size += _weight(part)
        elif kind is Link:
            target = part.target  # type: ignore[union-attr]
            size += _LINK + _weight(part.text)  # type: ignore[union-attr]
            if target.__class__ is PageRef:
                size += _address(target.path) + len(target.anchor)
            else:
                size += _address(getattr(target, "path", "") or getattr(target, "address", ""))
        else:
            size += _CELL + weight(part.text)  # type: ignore[union-attr]
    return size
