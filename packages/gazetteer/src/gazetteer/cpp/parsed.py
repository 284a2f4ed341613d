"""What a parse of a file of C, C++ or CUDA has given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import Quality
from .blanking import Call
from .conditionals import Branch
from .enumerations import Within
from .modules import ModuleLine

if TYPE_CHECKING:
    from tree_sitter import Tree

__all__ = ["Parsed", "Pass"]


class Pass:
    """One reading of a text whose conditions split declarations: the branches that it has, and their tree."""

    __slots__ = ("branches", "text", "tree")

    def __init__(self, tree: Tree, branches: list[Branch], text: bytes) -> None:
        self.tree, self.branches, self.text = tree, branches, text


class Parsed:
    """A parse tree that was kept, how good it is, and what was blanked for it."""

    __slots__ = ("branches", "calls", "modules", "others", "quality", "text", "tree", "within")

    def __init__(self, tree: Tree, quality: Quality, calls: list[Call], text: bytes) -> None:
        self.tree, self.quality, self.calls, self.text = tree, quality, calls, text
        #: Branches of split conditions that `tree` has, and readings of the others.
        self.branches: list[Branch] = []
        self.others: list[Pass] = []
        #: What was blanked in enumerations.
        self.within = Within([], [])
        #: Lines of modules, which were blanked.
        self.modules: list[ModuleLine] = []
