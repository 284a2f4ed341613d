"""``functorch.experimental.control_flow.map``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..shapes import stack
from ..utils._pytree import tree_flatten, tree_map, tree_unflatten

__all__ = ["map"]


def map(f: Callable[..., Any], xs: Any, *args: Any) -> Any:
    """``f(x, *args)`` for each `x` along the first axis of the tensors in `xs`; the results one above the other.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch._higher_order_ops.map import map
    >>> map(lambda x, y: x * y, torch.arange(3.0), torch.tensor(2.0))
    tensor([0., 2., 4.])
    """
    leaves, _ = tree_flatten(xs)
    rows = [f(tree_map(lambda leaf, i=i: leaf[i], xs), *args) for i in range(len(leaves[0]))]
    _, spec = tree_flatten(rows[0])
    columns = zip(*[tree_flatten(row)[0] for row in rows], strict=True)
    return tree_unflatten([stack(list(column)) for column in columns], spec)
