"""NumPy's functions that put arrays together from parts by place or by condition: `block`, `delete`, `insert`, `select`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays.shapes import normalize_axis
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError
from .dtypes import astype
from .indexing import take
from .joining import concat
from .manipulation import broadcast_to, moveaxis, reshape
from .searching import where
from .select import positions

__all__ = ["block", "delete", "insert", "select"]


# -- by condition --------------------------------------------------------------------------------------------------------
def select(conditions: Sequence[Any], choices: Sequence[Any], /, default: Any = 0) -> Any:
    """Elements of the first choice whose condition holds, and of `default` where none does.

    Parameters
    ----------
    conditions : sequence of Tensor or array of bool
        Have no derivative.
    choices : sequence of Tensor, array or number
        As many; broadcast against the conditions.
    default : Tensor, array or number

    Returns
    -------
    Tensor or array
        Of the broadcast shape and the promoted dtype of the choices.

    Raises
    ------
    ArgumentError
        If there is no condition, or another number of choices.

    Notes
    -----
    Each choice gets the gradient where it was taken and exact zeros elsewhere, as from `where`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([-1.0, 0.5, 2.0], requires_grad=True)
    >>> y = wg.select([x < 0, x < 1], [-x, x * x], 1.0)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([1.0, 0.25, 1.0], [-1.0, 1.0, 0.0])
    """
    if not conditions or len(conditions) != len(choices):
        raise ArgumentError(f"select: choices: expected one for each condition, got {len(choices)} for {len(conditions)}")
    result = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = where(condition, choice, result)
    return result


# -- by place ------------------------------------------------------------------------------------------------------------
def _along(x: Any, axis: int | None) -> tuple[Any, int]:
    """`x` and an axis counted from the front; without one, `x` made flat."""
    return (reshape(x, (-1,)), 0) if axis is None else (x, normalize_axis(axis, len(x.shape)))


def _plain(places: Any) -> Any:
    """Places as NumPy and Python have them."""
    return np.asarray(places.tolist(), int) if type(places) in TENSORS else places


def delete(x: Any, places: Any, /, *, axis: int | None = None) -> Any:
    """`x` without its slices at some places along `axis`.

    Parameters
    ----------
    x : Tensor or array
    places : int, slice, or array of int
        Negative numbers count from the end.
    axis : int, optional
        Default: of the flattened array, as in NumPy.

    Returns
    -------
    Tensor or array
        A copy.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.delete(wg.tensor([1.0, 2.0, 3.0, 4.0]), [0, -1]).tolist()
    [2.0, 3.0]
    """
    x, axis = _along(x, axis)
    return take(x, positions(np.delete(np.arange(x.shape[axis]), _plain(places)), x), axis=axis)


def insert(x: Any, places: Any, values: Any, /, *, axis: int | None = None) -> Any:
    """`x` with `values` put in before some of its places along `axis`.

    Parameters
    ----------
    x : Tensor or array
    places : int, slice, or array of int
        Counted in `x`. At one place several values may be put in.
    values : Tensor or array
        Broadcast to the slices that are put in, and cast to the dtype of `x`.
    axis : int, optional
        Default: of the flattened array, as in NumPy.

    Returns
    -------
    Tensor or array

    Examples
    --------
    >>> import wengert as wg
    >>> v = wg.tensor([10.0, 20.0], requires_grad=True)
    >>> y = wg.insert(wg.tensor([1.0, 2.0, 3.0]), [1, 3], v)
    >>> y.tolist()
    [1.0, 10.0, 2.0, 3.0, 20.0]
    >>> y[1].backward()
    >>> v.grad.tolist()
    [1.0, 0.0]
    """
    x, axis = _along(x, axis)
    n, ndim = x.shape[axis], len(x.shape)
    places = np.arange(n)[places] if isinstance(places, slice) else np.asarray(_plain(places))
    places = np.flatnonzero(places) if places.dtype.kind == "b" else places
    count = places.size
    if count == 1:  # one place takes all the values, of which a number for a place says that they lie along the first axis
        values = reshape(values, (1,) * (ndim - len(values.shape)) + tuple(values.shape))
        values = values if places.ndim else moveaxis(values, 0, axis)
        count = values.shape[axis]
        places = np.repeat(places, count)
    # NumPy itself says where each element of the result comes from: it puts the numbers of new slices among those of old ones.
    order = np.insert(np.arange(n), places, n + np.arange(count))
    new = broadcast_to(values, tuple(count if i == axis else k for i, k in enumerate(x.shape)))
    return take(concat([x, astype(new, x.dtype, copy=False)], axis=axis), positions(order, x), axis=axis)


# -- in a pattern --------------------------------------------------------------------------------------------------------
def block(arrays: Any, /) -> Any:
    """Blocks put together as they stand in nested lists: the innermost side by side, those around them one below the other.

    Parameters
    ----------
    arrays : Tensor, array, or nested list of them
        Lists nested equally deep.

    Returns
    -------
    Tensor or array
        With as many axes as lists are deep, or as the block with the most has.

    Raises
    ------
    ArgumentError
        If lists are not nested equally deep, or one is empty.

    Examples
    --------
    >>> import wengert as wg
    >>> a, b = wg.ones((1, 2)), wg.zeros((1, 1))
    >>> wg.block([[a, b], [b, a]]).tolist()
    [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    """
    depth, most = _depth(arrays)
    return _assembled(arrays, depth, max(depth, most))


def _depth(arrays: Any) -> tuple[int, int]:
    """How deep the lists are, and how many axes the block with the most has."""
    if not isinstance(arrays, list):
        return 0, len(arrays.shape)
    if not arrays:
        raise ArgumentError("block: arrays: expected lists with at least one block, got an empty one")
    depths, axes = zip(*map(_depth, arrays), strict=True)
    if len(set(depths)) > 1:
        raise ArgumentError(f"block: arrays: expected lists nested equally deep, got depths {sorted(set(depths))}")
    return depths[0] + 1, max(axes)


def _assembled(arrays: Any, depth: int, ndim: int) -> Any:
    if not isinstance(arrays, list):
        return reshape(arrays, ((1,) * (ndim - len(arrays.shape)) + tuple(arrays.shape)))
    return concat([_assembled(item, depth - 1, ndim) for item in arrays], axis=-depth)
