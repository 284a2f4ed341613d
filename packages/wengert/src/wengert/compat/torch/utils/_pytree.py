"""``torch.utils._pytree``: functions of everything in nested containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optree

__all__ = ["tree_flatten", "tree_leaves", "tree_map", "tree_map_only", "tree_unflatten"]


def tree_flatten(tree: Any) -> tuple[list[Any], Any]:
    """What is in it, and how it is nested."""
    leaves, spec = optree.tree_flatten(tree, none_is_leaf=True)
    return list(leaves), spec


def tree_unflatten(leaves: Any, treespec: Any) -> Any:
    """The inverse of `tree_flatten`."""
    return optree.tree_unflatten(treespec, leaves)


def tree_leaves(tree: Any) -> list[Any]:
    """What is in it."""
    return tree_flatten(tree)[0]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """`func` of each thing in it, nested as before."""
    return optree.tree_map(func, tree, *rests, none_is_leaf=True)


def tree_map_only(kind: Any, func: Callable[..., Any], tree: Any) -> Any:
    """`func` of each thing of that kind."""
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree)
