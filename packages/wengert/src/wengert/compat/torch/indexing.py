"""Gathering, scattering and masks under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base
from ...errors import UnsupportedError, UsageError
from ...ops import indexing as ops
from ...ops import manipulation
from ...ops import select as choice
from . import finding, math, reductions, shapes
from .calling import as_tensor, cast, function, one_dim
from .tensor import leaf

__all__ = [
    "argwhere", "gather", "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "index_select", "masked_fill",
    "masked_scatter", "masked_select", "put", "scatter", "scatter_add", "scatter_reduce", "select_scatter", "slice_scatter",
    "take", "take_along_dim", "unfold",
]  # fmt: skip


# -- taken ---------------------------------------------------------------------------------------------------------------
@function
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """``result[i, j] = input[index[i, j], j]`` for the first of two axes, and so on for others.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[1], [0]]))
    tensor([[2],
            [3]])
    """
    if sparse_grad:
        raise UnsupportedError("gather: sparse_grad=True is not supported: Wengert has no sparse tensors")
    axis = one_dim(dim, input.ndim)
    if not input.ndim or not index.ndim:
        return shapes.reshape(ops.take(shapes.reshape(input, -1), shapes.reshape(index, -1), axis=0), index._shape)
    if input.ndim != index.ndim:
        raise UsageError(f"Index tensor must have the same number of dimensions as input tensor, got {index.ndim}, {input.ndim}")
    return ops.take_along_axis(_cut(input, index, axis), index, axis=axis)


def _cut(input: Any, index: Any, axis: int) -> Any:
    """The part of `input` that `index` reaches: along other axes it may be shorter."""
    parts = tuple(slice(None) if i == axis else slice(0, n) for i, n in enumerate(index._shape))
    whole = all(i == axis or n == m for i, (n, m) in enumerate(zip(index._shape, input._shape, strict=True)))
    return input if whole else input[parts]


@function
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather` with broadcasting; without an axis, of the flattened tensor."""
    if dim is None:
        return ops.take_along_axis(shapes.ravel(input), shapes.ravel(indices), axis=0)
    return ops.take_along_axis(input, indices, axis=one_dim(dim, input.ndim))


@function
def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices along an axis that `index` names."""
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, but got dim: {index.ndim}")
    if not input.ndim:
        return manipulation.clone(input)
    return ops.take(input, shapes.reshape(index, -1), axis=one_dim(dim, input.ndim))


@function
def take(input: Any, index: Any) -> Any:
    """The elements at flat places, in the shape of `index`."""
    return ops.take(shapes.ravel(input), index, axis=0)


@function
def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is true, along one axis."""
    a, b = shapes.broadcast_tensors(input, mask)
    return a[b]


def argwhere(input: Any) -> Any:
    """The places of elements that are not zero, one row for each."""
    return finding.nonzero(input)


@function
def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows along an axis, `step` apart, their elements along a new last axis."""
    axis = one_dim(dimension, input.ndim)
    length = input._shape[axis] if input.ndim else 1
    if size > length:
        raise UsageError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    starts = np.arange(0, length - size + 1, step)
    places = starts[:, None] + np.arange(size)
    windows = ops.take(input, leaf(places), axis=axis)
    return manipulation.moveaxis(windows, axis + 1, -1)


# -- put -----------------------------------------------------------------------------------------------------------------
def _grid(index: Any, axis: int) -> tuple[Any, ...]:
    """The key that names the places ``[..., index[...], ...]``."""
    key = [np.arange(n).reshape([-1 if j == i else 1 for j in range(index.ndim)]) for i, n in enumerate(index._shape)]
    key[axis] = index._array
    return tuple(key)


def _put(input: Any, key: Any, values: Any) -> Any:
    """A copy of `input` with `values` at `key`."""
    new = manipulation.clone(input)
    new[key] = values
    return new


@function
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """A copy of `input` with ``src[i, j]`` (or `value`) at ``[index[i, j], j]``, and so on for other axes."""
    source = src if value is None else value
    if reduce is not None:
        return scatter_reduce(input, dim, index, source, {"add": "sum", "multiply": "prod"}[reduce])
    axis = one_dim(dim, input.ndim)
    if isinstance(source, Base):
        source = source[tuple(slice(0, n) for n in index._shape)]
    return _put(input, _grid(index, axis), source)


@function
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`input` with ``src[i, j]`` added at ``[index[i, j], j]``, and so on for other axes."""
    axis = one_dim(dim, input.ndim)
    if not input.ndim:
        return math.add(input, shapes.reshape(src, input._shape))
    part = src[tuple(slice(0, n) for n in index._shape)]
    return math.add(input, ops.scatter(part, input._shape, _grid(index, axis)))


@function
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """`input` with the slices of `source` added to those that `index` names."""
    axis = one_dim(dim, input.ndim)
    added = ops.scatter_take(source, shapes.reshape(index, -1), shape=input._shape, axis=axis)
    return math.add(input, added, alpha=alpha)


@function
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of `input` with the slices of `source` where `index` says."""
    return _put(input, (*(slice(None),) * one_dim(dim, input.ndim), index), source)


@function
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of `input` with `value` in the slices that `index` names."""
    return _put(input, (*(slice(None),) * one_dim(dim, input.ndim), index), value)


@function
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with `values` at `indices`, or added there."""
    key = tuple(slice(None) if i is None else i for i in indices)
    if accumulate:
        return math.add(input, ops.scatter(values, input._shape, ops.raw_key(key)))
    return _put(input, key, values)


@function
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with the elements of `source` at flat places."""
    flat = index_put(shapes.ravel(input), (shapes.ravel(index),), shapes.ravel(source), accumulate)
    return shapes.reshape(flat, input._shape)


@function
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of `input` with `src` as one of its slices."""
    return _put(input, (*(slice(None),) * one_dim(dim, input.ndim), index), src)


@function
def slice_scatter(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A copy of `input` with `src` as some of its slices."""
    return _put(input, (*(slice(None),) * one_dim(dim, input.ndim), slice(start, end, step)), src)


@function
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """`value` where the mask is true, `input` elsewhere."""
    if isinstance(value, Base):
        if value.ndim:
            raise UsageError(
                f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
            )
        value = cast(value, input.dtype)
    return choice.select(as_tensor(mask), value, input)


@function
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """`input` with elements of `source`, in order, where the mask is true."""
    full = shapes.expand(mask, input._shape)
    return _put(input, full, shapes.ravel(source)[: int(full._array.sum())])


# -- reduced while they are put ------------------------------------------------------------------------------------------
@function
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`input` with all that arrives at a place put together: ``"sum"``, ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``."""
    part = src[tuple(slice(0, n) for n in index._shape)] if index.ndim else src
    return _reduced(input, part, _grid(index, one_dim(dim, input.ndim)), reduce, include_self)


@function
def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`input` with the slices that arrive at the same place put together."""
    key = (*(slice(None),) * one_dim(dim, input.ndim), index._array)
    return _reduced(input, source, key, reduce, include_self)


def _reduced(input: Any, src: Any, key: Any, reduce: str, include_self: bool) -> Any:
    counts = np.zeros(input._shape)
    np.add.at(counts, key, 1)
    own = math.mul(input, leaf((counts == 0) | include_self).to(input.dtype))
    total = leaf(np.maximum(counts + include_self, 1.0), input.dtype)
    if reduce in ("sum", "mean"):
        result = math.add(own, ops.scatter(src, input._shape, key))
        return math.div(result, total) if reduce == "mean" else result
    if reduce in ("amax", "amin"):
        return _extreme(input, src, key, reduce, include_self, counts)
    if reduce == "prod":
        return _product(input, src, key, (counts == 0) | include_self)
    raise UsageError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")


def _product(input: Any, src: Any, key: Any, own: Any) -> Any:
    """The products of what arrives at each place, and of `input` where `own` says so: each a row, filled up with ones."""
    places = np.broadcast_to(np.arange(own.size).reshape(own.shape)[key], src._shape).reshape(-1)
    order = np.argsort(places, kind="stable")
    lined_up = places[order]
    column = np.empty(len(places), np.int64)
    column[order] = 1 + np.arange(len(places)) - np.searchsorted(lined_up, lined_up)
    shape = (own.size, 1 + column.max(initial=0))
    fill = np.ones(shape)
    fill[places, column] = 0
    fill[:, 0] = ~own.reshape(-1)
    rows = math.add(ops.scatter(shapes.ravel(src), shape, (places, column)), leaf(fill, src.dtype))
    first = math.mul(shapes.ravel(input), leaf(own.reshape(-1)).to(input.dtype))
    rows = math.add(rows, ops.scatter(first, shape, (np.arange(own.size), 0)))
    return shapes.reshape(reductions.prod(rows, 1), input._shape)


def _extreme(input: Any, src: Any, key: Any, reduce: str, include_self: bool, counts: Any) -> Any:
    """The extremes of what arrives, of which equal ones share the gradient: the mean of those that attain it."""
    extreme = np.maximum if reduce == "amax" else np.minimum
    start = -np.inf if reduce == "amax" else np.inf
    best = np.where((counts == 0) | include_self, input._array, start)
    extreme.at(best, key, src._array)
    own = ((counts == 0) | include_self) & (input._array == best)
    arrived = src._array == best[key]
    ties = own.astype(float)
    np.add.at(ties, key, arrived.astype(float))
    chosen = math.mul(input, leaf(own).to(input.dtype))
    chosen = math.add(chosen, ops.scatter(math.mul(src, leaf(arrived).to(src.dtype)), input._shape, key))
    return math.div(chosen, leaf(ties, input.dtype))
