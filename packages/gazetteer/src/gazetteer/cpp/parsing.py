"""The parse of a C, C++ or CUDA file with the fewest errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import Quality
from .blanking import Call, blank_attributes, blank_branches, blank_calls, blank_defaults, blank_unknown

if TYPE_CHECKING:
    from tree_sitter import Tree

    from ..extract import ExtractOptions

__all__ = ["Parsed", "parse_c_family"]


class Parsed:
    """A parse tree that was kept, how good it is, and what was blanked for it."""

    __slots__ = ("calls", "other", "quality", "ranges", "tree")

    def __init__(self, tree: Tree, quality: Quality, calls: list[Call]) -> None:
        self.tree, self.quality, self.calls = tree, quality, calls
        #: The tree of the last branches of all conditions, where braces are split over them, and the ranges that only it has.
        self.other: Tree | None = None
        self.ranges: list[tuple[int, int]] = []


def parse_c_family(content: bytes, language: str, options: ExtractOptions) -> Parsed | None:
    """The parse with the fewest errors; None if it takes too long."""
    from ..extract import parse, quality_of

    text = bytearray(content)
    blanked = blank_attributes(text, options.attribute_macros)
    blanked += blank_unknown(text)
    repairs = ["macros"] if blanked else []
    if b"= {" in text or b"={" in text:
        blank_defaults(text)
    calls = blank_calls(text, options.call_macros)
    if calls:
        repairs.append("macro calls")
    tree = parse(bytes(text), language, options.parse_seconds)
    if tree is None:
        return None
    best = Parsed(tree, quality_of(tree, language, repairs, blanked), calls)
    if not tree.root_node.has_error:
        return best
    for other in _attempts(text, language, options, repairs, blanked, calls):
        if _badness(other.quality) < _badness(best.quality):
            best = other
        if not _badness(best.quality):
            break
    return best


def _badness(quality: Quality) -> int:
    return quality.error_bytes + quality.missing


def _attempts(text: bytearray, language: str, options: ExtractOptions, repairs: list[str], blanked: int, calls: list[Call]):  # noqa: ANN202
    """Other readings of a text with errors."""
    from ..extract import parse, quality_of

    if b"#" in text:
        first, last = bytearray(text), bytearray(text)
        ranges = blank_branches(first, 0)
        blank_branches(last, -1)
        tree = parse(bytes(first), language, options.parse_seconds)
        if tree is not None:
            found = Parsed(tree, quality_of(tree, language, [*repairs, "branches"], blanked), calls)
            found.ranges = ranges
            found.other = parse(bytes(last), language, options.parse_seconds)
            yield found
    if language == "c":
        tree = parse(bytes(text), "cpp", options.parse_seconds)
        if tree is not None:
            yield Parsed(tree, quality_of(tree, "cpp", [*repairs, "as c++"], blanked), calls)
