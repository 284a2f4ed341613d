"""Triangles of matrices, and coordinates of grids: the creation functions that are operators."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from ..op import batching, operator, rule
from ..op_batch_rules import over_last_axes
from .reductions import spread

__all__ = ["meshgrid", "tril", "triu"]


@operator(linear=True)
def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangles of the matrices in `x`, zeros above.

    Parameters
    ----------
    x : Tensor or array
        Matrices in the last two axes.
    k : int
        The last diagonal that is kept: 0 is the main one, positive ones lie above it.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: the same triangle of g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.tril(wg.ones((2, 2))).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return adapter_of(x).function("tril")(x, k=k)


@rule(tril, "x")
def _(g: Any, k: int) -> Any:
    return tril(g, k=k)


batching(tril)(over_last_axes(2))


@operator(linear=True)
def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangles of the matrices in `x`, zeros below.

    Parameters
    ----------
    x : Tensor or array
        Matrices in the last two axes.
    k : int
        The first diagonal that is kept: 0 is the main one, positive ones lie above it.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: the same triangle of g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.triu(wg.ones((2, 2)), k=1).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return adapter_of(x).function("triu")(x, k=k)


@rule(triu, "x")
def _(g: Any, k: int) -> Any:
    return triu(g, k=k)


batching(triu)(over_last_axes(2))


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid, one array for each axis of it.

    Parameters
    ----------
    *arrays : Tensor or array of at most one dimension, all of one dtype
        The coordinates along each axis.
    indexing : {"xy", "ij"}
        "xy" lets the *second* array run along the first axis of the grid, as in plots; "ij" keeps the order.

    Returns
    -------
    tuple of Tensor or array
        As many as `arrays`, each of the shape of the grid.

    Notes
    -----
    Gradient: g summed over the other axes.

    Examples
    --------
    >>> import wengert as wg
    >>> x, y = wg.meshgrid(wg.tensor([1.0, 2.0, 3.0]), wg.tensor([4.0, 5.0]))
    >>> y.tolist()
    [[4.0, 4.0, 4.0], [5.0, 5.0, 5.0]]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    for number, array in enumerate(arrays):
        if len(array.shape) > 1:
            raise ArgumentError(f"meshgrid: arrays[{number}] must have at most one dimension, got shape {array.shape}")
    order = list(range(len(arrays)))
    if indexing == "xy" and len(arrays) > 1:
        order[:2] = 1, 0
    lengths = [array.shape[0] if array.shape else 1 for array in arrays]
    shape = tuple(lengths[number] for number in order)
    across = [tuple(axis for axis, other in enumerate(order) if other != number) for number in range(len(arrays))]
    return tuple([spread(array, shape=shape, axis=axes, keepdims=False) for array, axes in zip(arrays, across, strict=True)])
