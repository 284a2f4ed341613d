"""Nested inputs and outputs: tuples, lists, dictionaries, named tuples and what else is registered with optree.

A tree consists of *leaves* and of the way they are nested, its *structure*. None is a part of the structure, not a leaf.
Whatever is no container that optree knows is a leaf: a tensor, an array, a number, any object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import optree

__all__ = ["LEAF", "Structure", "flatten", "flatten_with", "leaf_paths", "leaves", "map_leaves", "unflatten"]

#: How the leaves of a tree are nested.
Structure = optree.PyTreeSpec

#: The structure of a tree that is one leaf.
LEAF = optree.treespec_leaf()


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of `tree` from left to right (of a dictionary in the order of its keys), and its structure.

    Examples
    --------
    >>> leaves, structure = flatten({"b": (2, 3), "a": 1})
    >>> leaves
    [1, 2, 3]
    """
    leaves, structure = optree.tree_flatten(tree)
    return leaves, structure


def leaves(tree: Any) -> list[Any]:
    """The leaves of `tree` from left to right.

    Examples
    --------
    >>> leaves({"b": (2, 3), "a": 1})
    [1, 2, 3]
    """
    return optree.tree_leaves(tree)


def unflatten(structure: Structure, leaves: Iterable[Any]) -> Any:
    """The tree of that structure with these leaves.

    Examples
    --------
    >>> leaves, structure = flatten({"b": (2, 3), "a": 1})
    >>> unflatten(structure, [10, 20, 30])["b"]
    (20, 30)
    """
    return optree.tree_unflatten(structure, leaves)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with ``function(leaf)`` in the place of each leaf.

    Examples
    --------
    >>> map_leaves(lambda leaf: leaf + 1, [1, (2, None)])
    [2, (3, None)]
    """
    return optree.tree_map(function, tree)


def leaf_paths(tree: Any) -> list[str]:
    """For each leaf of `tree` the subscripts that lead to it, for messages; empty if the tree is a leaf.

    Examples
    --------
    >>> leaf_paths({"a": [1, 2]})
    ["['a'][0]", "['a'][1]"]
    """
    return ["".join(f"[{key!r}]" for key in path) for path in optree.tree_paths(tree)]


def flatten_with(prefix: Any, tree: Any) -> tuple[list[Any], list[Any], Structure]:
    """The leaves of `tree`, what `prefix` says of each of them, and the structure; None is a leaf here.

    `prefix` is nested as `tree` is, but may stop earlier: what it says there holds for all the leaves below.

    Raises
    ------
    ValueError
        If it is nested otherwise.

    Examples
    --------
    >>> flatten_with((0, None), ({"a": 1, "b": 2}, None))[:2]
    ([1, 2, None], [0, 0, None])
    """
    leaves, structure = optree.tree_flatten(tree, none_is_leaf=True)
    return leaves, optree.broadcast_prefix(prefix, tree, none_is_leaf=True), structure
