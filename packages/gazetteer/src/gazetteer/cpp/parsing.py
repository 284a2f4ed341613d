"""The parse of a C, C++ or CUDA file with the fewest errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import Quality

if TYPE_CHECKING:
    from tree_sitter import Tree

    from ..extract import ExtractOptions

__all__ = ["parse_c_family"]


def parse_c_family(content: bytes, language: str, options: ExtractOptions) -> tuple[Tree | None, Quality]:
    """The tree, and how good it is."""
    from ..extract import parse, quality_of

    tree = parse(content, language, options.parse_seconds)
    return tree, quality_of(tree, language) if tree is not None else Quality(language)
