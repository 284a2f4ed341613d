"""One parse of one text: with a limit of time, and how good it is."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from .cpp.expansion import Macro
from .lang.table import grammar
from .model import Block, Quality

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

__all__ = ["ExtractOptions", "edited", "parse", "quality_of"]


class ExtractOptions(Struct, frozen=True):
    """What `extract` takes besides bytes and language: limits, and the macros of the tree that occur in the file."""

    attribute_macros: tuple[str, ...] = ()
    call_macros: tuple[str, ...] = ()
    wrapper_macros: tuple[str, ...] = ()
    declaring_macros: tuple[Macro, ...] = ()
    parse_seconds: float = 5.0
    most_symbols: int = 50_000


def parse(content: bytes, language: str, seconds: float, old: Tree | None = None) -> Tree | None:
    """The parse tree, or None if it takes longer than `seconds` of the processor's time; what `old` has (see `edited`) is kept."""
    # Asking for the time on the clock is much cheaper than for the processor's, which never runs faster.
    soonest, deadline, clock = time.perf_counter() + seconds, time.thread_time() + seconds, time.perf_counter

    def late(_offset: int, _error: bool) -> bool:
        return clock() > soonest and time.thread_time() > deadline

    # Bytes that are given whole are parsed to the end whatever the callback says; a function that gives them can be stopped.
    # It costs 3 %, and 100 kB of some shells' here documents take half a minute otherwise.
    parser = _parser(language)
    parser.reset()  # it would go on with a text whose parse was stopped, be it by an error raised from outside
    given = {"progress_callback": late} if old is None else {"progress_callback": late, "old_tree": old}
    try:
        return parser.parse(lambda offset, _point: content[offset : offset + 65_536], **given)
    except ValueError:
        return None


def edited(tree: Tree, before: bytes, after: bytes) -> Tree:
    """The tree of a text as a parse of another begins with it, of which some lines are others of the same lengths."""
    old, offset, end = tree.copy(), 0, 0
    begun: tuple[int, tuple[int, int]] | None = None
    for row, (line, other) in enumerate(zip((before + b"\n").split(b"\n"), (after + b"\n").split(b"\n"), strict=True)):
        if line != other:
            begun = begun or (offset, (row, 0))
        elif begun is not None:
            old.edit(begun[0], offset - 1, offset - 1, begun[1], (row - 1, end), (row - 1, end))
            begun = None
        end = len(line)
        offset += end + 1
    return old


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
    stack: list[Node] = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.is_missing:
            missing += 1
            where.append(Block(node.start_point.row + 1, node.start_point.row + 1))
        elif node.is_error:
            size += max(node.end_byte - node.start_byte, 1)
            where.append(Block(node.start_point.row + 1, node.end_point.row + 1))
        else:
            stack += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return Quality(parser, size, missing, tuple(where[:50]), tuple(repairs), blanked)
