"""Finding, counting and comparing under PyTorch's names; mostly without gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UsageError
from ...ops import indexing, searching
from . import dtypes, shapes
from .calling import as_tensor, function, one_dim
from .tensor import leaf

__all__ = [
    "allclose", "bincount", "bucketize", "equal", "histc", "isin", "nonzero", "searchsorted", "unique", "unique_consecutive",
    "unique_dim", "unravel_index",
]  # fmt: skip


# -- found and counted, without gradients --------------------------------------------------------------------------------
@function
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The places of elements that are not zero: one row for each, or with `as_tuple` one tensor for each axis."""
    found = searching.nonzero(input if input.ndim else shapes.reshape(input, 1))
    if as_tuple:
        return found
    return shapes.stack(found[: input.ndim], 1) if input.ndim else leaf(np.zeros((len(found[0]), 0), np.int64))


@function
def searchsorted(
    sorted_sequence: Any, input: Any, *, out_int32: bool = False, right: bool = False, side: str | None = None, sorter: Any = None
) -> Any:
    """Where `input` would have to be inserted to keep the order of each line."""
    edges, values = as_tensor(sorted_sequence), as_tensor(input)
    wanted = side or ("right" if right else "left")
    if edges.ndim == 1:
        places = np.searchsorted(edges._array, values._array, side=wanted, sorter=None if sorter is None else sorter._array)  # type: ignore[call-overload]
    else:
        rows = zip(edges._array.reshape(-1, edges._shape[-1]), values._array.reshape(-1, values._shape[-1]), strict=True)
        places = np.stack([np.searchsorted(line, v, side=wanted) for line, v in rows]).reshape(values._shape)  # type: ignore[call-overload]
    return leaf(np.asarray(places), dtypes.int32 if out_int32 else dtypes.int64)


@function
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Between which boundaries each element lies."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@function
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element is among the others."""
    return leaf(np.isin(as_tensor(elements)._array, as_tensor(test_elements)._array, invert=invert))


@function
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs."""
    return leaf(np.bincount(input._array, None if weights is None else weights._array, minlength))


@function
def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements fall into each of `bins` equal intervals."""
    bounds = (min, max) if (min, max) != (0, 0) else (float(input._array.min()), float(input._array.max()))
    return leaf(np.histogram(input._array, bins, bounds)[0], dtypes.spelled(input._dtype))


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Flat places as places along each axis."""
    return tuple(leaf(i) for i in np.unravel_index(indices._array, tuple(shape)))


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The different elements, or slices along `dim`; on demand which of them each one is, and how often each occurs.

    The values are cut out of `input`, so that they have a gradient.
    """
    found = np.unique(input._array, return_index=True, return_inverse=True, return_counts=True, axis=dim)
    _, first, inverse, counts = found
    if dim is None:
        values = indexing.take(shapes.ravel(input), leaf(first), axis=0)
        inverse = inverse.reshape(input._shape)
    else:
        values = indexing.take(input, leaf(first), axis=dim)
        inverse = inverse.reshape(-1)
    return _with_extras(values, inverse if return_inverse else None, counts if return_counts else None)


def unique_dim(
    input: Any, dim: int, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    """`unique` along an axis with all that can be asked for, whether it was or not."""
    values, inverse, counts = unique(input, sorted, True, True, dim)
    return values, inverse, counts


def _unique2(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    values, inverse, counts = unique(input, sorted, True, True)
    nothing = leaf(np.zeros(0, np.int64))
    return values, inverse if return_inverse else nothing, counts if return_counts else nothing


def _unique(input: Any, sorted: bool = True, return_inverse: bool = False) -> tuple[Any, Any]:
    return _unique2(input, sorted, return_inverse)[:2]


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """As `unique`, of which only neighbours that are equal are one."""
    source = shapes.ravel(input) if dim is None else input
    axis = 0 if dim is None else one_dim(dim, input.ndim)
    lines = np.moveaxis(source._array, axis, 0)
    new = np.ones(len(lines), bool)
    new[1:] = (lines[1:] != lines[:-1]).reshape(len(lines) - 1, -1).any(axis=1) if len(lines) > 1 else True
    first, inverse = np.flatnonzero(new), np.cumsum(new) - 1
    counts = np.diff(np.append(first, len(lines)))
    values = indexing.take(source, leaf(first), axis=axis)
    shaped = inverse.reshape(input._shape) if dim is None else inverse
    return _with_extras(values, shaped if return_inverse else None, counts if return_counts else None)


def _with_extras(values: Any, *extras: Any) -> Any:
    given = [leaf(x) for x in extras if x is not None]
    return (values, *given) if given else values


# -- compared ------------------------------------------------------------------------------------------------------------
def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and the same elements.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.equal(torch.ones(2), torch.ones(2))
    True
    """
    return bool(input._shape == other._shape and (input._array == other._array).all())


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close: ``abs(input - other) <= atol + rtol * abs(other)``.

    Raises
    ------
    UsageError
        If they have different dtypes.
    """
    if input._dtype != other._dtype:
        raise UsageError(f"allclose: {input.dtype} did not match {other.dtype}")
    return bool(np.allclose(input._array, other._array, rtol=rtol, atol=atol, equal_nan=equal_nan))
