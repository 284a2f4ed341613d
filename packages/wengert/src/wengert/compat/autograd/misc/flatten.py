"""One vector of all the numbers in a nested structure, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .... import pytree
from ....autograd.tensor import Tensor
from ....numpy_protocols.operands import plain

__all__ = ["flatten", "flatten_func"]


def flatten(value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The numbers in `value` as one vector, and the function that puts such a vector back into its structure."""
    leaves, structure = pytree.flatten(value)
    shapes = [np.shape(plain(leaf)) for leaf in leaves]
    ends = np.cumsum([int(np.prod(shape, dtype=int)) for shape in shapes])
    flat = (
        np.concatenate([np.reshape(leaf, (-1,)) if isinstance(leaf, Tensor) else np.ravel(leaf) for leaf in leaves])
        if leaves
        else np.zeros(0)
    )

    def unflatten(vector: Any) -> Any:
        parts = []
        for shape, end in zip(shapes, ends, strict=True):
            part = vector[end - int(np.prod(shape, dtype=int)) : end]
            parts.append(np.reshape(part, shape) if shape else part[0])
        return pytree.unflatten(structure, parts)

    return flat, unflatten


def flatten_func(func: Callable[..., Any], example: Any) -> tuple[Callable[..., Any], Callable[[Any], Any], Any]:
    """`func` of a flat vector in the place of its first argument, giving a flat vector; `unflatten`, and the flat example."""
    flat_example, unflatten = flatten(example)

    def flattened(flat: Any, *args: Any) -> Any:
        return flatten(func(unflatten(flat), *args))[0]

    return flattened, unflatten, flat_example
