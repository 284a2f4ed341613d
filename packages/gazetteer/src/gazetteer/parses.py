"""One parse of one text: with a limit of time, and how good it is."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import ne
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from .cpp.expansion import Macro
from .lang.table import FAMILY, grammar
from .model import Block, Quality
from .stopping import killed_after

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

__all__ = ["ExtractOptions", "edited", "parse", "parse_parts", "quality_of"]

#: So many seconds after the end of its time a parse that does not come to ask for it is ended, and so long a part of a text may take.
_GRACE, _PART_SECONDS = 2.0, 10.0
#: Languages whose scanners go on for ever behind the end of some texts that do not end with a line.
_OF_LINES = frozenset(("kotlin", "perl"))


class ExtractOptions(Struct, frozen=True):
    """What `extract` takes besides bytes and language: limits, and the macros of the tree that occur in the file."""

    attribute_macros: tuple[str, ...] = ()
    call_macros: tuple[str, ...] = ()
    wrapper_macros: tuple[str, ...] = ()
    declaring_macros: tuple[Macro, ...] = ()
    #: With the number of the argument of which they make a member of an enumeration.
    member_macros: tuple[tuple[str, int], ...] = ()
    #: Those of the attributes that have no parameters.
    plain_macros: tuple[str, ...] = ()
    #: Those that stand for a type whatever they are given, and those that stand for a word of the language, with that.
    type_macros: tuple[str, ...] = ()
    word_macros: tuple[tuple[str, str], ...] = ()
    parse_seconds: float = 5.0
    most_symbols: int = 50_000


def parse(content: bytes, language: str, seconds: float, old: Tree | None = None) -> Tree | None:
    """The parse tree, or None if it takes longer than `seconds` of the processor's time; what `old` has (see `edited`) is kept."""
    if language in _OF_LINES and not content.endswith(b"\n"):
        content += b"\n"
    # Asking for the time on the clock is much cheaper than for the processor's, which never runs faster.
    soonest, deadline, clock = time.perf_counter() + seconds, time.thread_time() + seconds, time.perf_counter

    def late(_offset: int, _error: bool) -> bool:
        return clock() > soonest and time.thread_time() > deadline

    # Bytes that are given whole are parsed to the end whatever the callback says; a function that gives them can be stopped.
    # It costs 3 %, and 100 kB of some shells' here documents take half a minute otherwise.
    parser = _parser(language)
    parser.reset()  # it would go on with a text whose parse was stopped, be it by an error raised from outside
    options = {"progress_callback": late} if old is None else {"progress_callback": late, "old_tree": old}
    # The binding never lets go of what the function gave it: that is to be little, and not to hold the text.
    whole, given, is_read, is_late = memoryview(content), dict[int, memoryview](), False, False

    def read(offset: int, _point: object) -> bytes | memoryview:
        nonlocal is_late
        if is_read:  # a node is asked for its text
            return content[offset : offset + 256]
        # Some scanners go back and forth in a text for minutes without a step of the parser: to them it ends here.
        is_late = is_late or late(offset, False)
        if is_late or offset >= len(content):
            return b""
        if offset not in given:
            given[offset] = whole[offset : offset + 65_536]
        return given[offset]

    try:
        with killed_after(seconds + _GRACE):
            tree = parser.parse(read, **options)
    except ValueError:
        return None
    else:
        return None if is_late else tree
    finally:
        is_read = True
        for part in given.values():
            part.release()


def parse_parts(content: bytes, language: str, parts: Iterable[Node], *, inset: int = 1) -> Tree:
    """The tree of what some nodes, which are in order, hold but for so many signs at both ends, and of nothing else."""
    from tree_sitter import Point, Range

    parser, ranges = _parser(language), list[Range]()
    for node in parts:
        (row, column), (last, end) = node.start_point, node.end_point
        ranges.append(Range(Point(row, column + inset), Point(last, end - inset), node.start_byte + inset, node.end_byte - inset))
    parser.reset()
    parser.included_ranges = ranges
    try:
        with killed_after(_PART_SECONDS):
            return parser.parse(content)
    finally:
        del parser.included_ranges


def edited(tree: Tree, before: bytes, after: bytes) -> Tree:
    """The tree of a text as a parse of another begins with it, of which some lines are others of the same lengths."""
    old, lines = tree.copy(), before.split(b"\n")
    changed = [row for row, differs in enumerate(map(ne, lines, after.split(b"\n"))) if differs]
    begins = list(accumulate(map((1).__add__, map(len, lines)), initial=0)) if changed else []
    for first, last in _few(list(_runs(changed))):
        end = begins[last + 1] - 1
        point = (last, end - begins[last])
        old.edit(begins[first], end, end, (first, 0), point, point)
    return old


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each of the runs of numbers that follow one another.

    Examples
    --------
    >>> list(_runs([1, 2, 3, 7, 9, 10]))
    [(1, 3), (7, 7), (9, 10)]
    """
    gaps = [at for at in range(1, len(rows)) if rows[at] > rows[at - 1] + 1]
    for start, end in zip([0, *gaps], [*gaps, len(rows)], strict=True) if rows else ():
        yield rows[start], rows[end - 1]


def _few(runs: list[tuple[int, int]], most: int = 500) -> Iterator[tuple[int, int]]:
    """The runs, of which neighbours are one with what is between them where there are very many.

    Examples
    --------
    >>> list(_few([(1, 3), (7, 7), (9, 10)], 2))
    [(1, 7), (9, 10)]
    """
    together = -(-len(runs) // most)  # to say of one that it has changed takes as long as the tree is wide
    for at in range(0, len(runs), max(together, 1)):
        some = runs[at : at + together]
        yield some[0][0], some[-1][1]


@functools.cache
def _parser(language: str) -> Parser:
    """The parser of a language: one for all files, since what it has allocated serves again."""
    from tree_sitter import Parser

    return Parser(grammar(language))


def quality_of(tree: Tree, parser: str, repairs: Iterable[str] = (), blanked: int = 0) -> Quality:
    """How many bytes of a tree are errors, and on which lines."""
    if not tree.root_node.has_error:
        return Quality(parser, repairs=tuple(repairs), blanked=blanked)
    size, missing, where = 0, 0, list[Block]()
    last = _last_line(tree.root_node)
    stack = [_Found(tree.root_node, None, None)]
    while stack:
        found = stack.pop()
        node = found.node
        if node.is_missing:
            if parser in FAMILY and _lacks_nothing(found):
                continue
            missing += 1
            line = min(node.start_point.row + 1, last)  # what a text that is cut off lacks is missing behind its last line
            where.append(Block(line, line))
        elif node.is_error:
            size += max(node.end_byte - node.start_byte, 1)
            line = min(node.start_point.row + 1, last)
            where.append(Block(line, max(line, _last_line(node))))
        else:
            children = node.children
            below = zip(children, [*children[1:], None], strict=False)  # of a leaf: none
            stack += [_Found(child, after, found) for child, after in below if child.has_error or child.is_missing][::-1]
    return Quality(parser, size, missing, tuple(where[:50]), tuple(repairs), blanked)


class _Found(NamedTuple):
    """A node with an error, what follows it, and what it is in.

    A node could tell these itself; one without a text goes through all above it for that again and again.
    """

    node: Node
    after: Node | None
    around: _Found | None


def _last_line(node: Node) -> int:
    """The line on which the last sign of a node stands: one that ends with the end of a line has nothing of the next."""
    return max(node.end_point.row + (node.end_point.column > 0), 1)


def _lacks_nothing(missing: _Found) -> bool:
    """Whether what a grammar of C++ misses need not stand there.

    That is what ``= delete`` deletes, the name of a field of bits, and the semicolon behind the call of a macro.
    """
    parent, after = missing.around, missing.after
    if parent is None or parent.node.type == "delete_expression" or (after is not None and after.type == "bitfield_clause"):
        return True
    return missing.node.type == ";" and parent.node.type == "expression_statement" and _is_macro_call(parent)


def _is_macro_call(statement: _Found) -> bool:
    """Whether a statement without a semicolon stands where only the call of a macro can, and what follows it goes on with nothing of it."""
    around, after = statement.around, statement.after
    if around is None or around.node.type in ("compound_statement", "ERROR") or statement.node.children[0].type != "call_expression":
        return False
    if after is None or after.type == "compound_statement":
        return True
    if after.type == "expression_statement" and not after.children[-1].is_missing:
        return False  # FOO_RETURNS(int)\nf(char);
    return after.start_point.row > statement.node.end_point.row
