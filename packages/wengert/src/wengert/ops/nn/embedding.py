"""Rows of a table chosen by numbers, and the numbers as rows of the unit matrix."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...arrays.adapter import adapter_of
from ...arrays.batched import beneath, seen_anywhere
from ...autograd.node import NO_EDGE
from ...autograd.tensor import TENSORS, wrap
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch
from ..indexing import take
from ..manipulation import reshape
from .kernels import Kernel, raw

__all__ = ["embedding", "one_hot"]


@Kernel
def _embedding(xp: Any, indices: Any, weight: Any, padding_idx: int | None) -> Any:  # noqa: ARG001  (see the NumPy one)
    rows = xp.take(weight, xp.reshape(indices, (-1,)), axis=0)
    return xp.reshape(rows, (*indices.shape, weight.shape[1]))


@Kernel
def _embedding_weight(xp: Any, indices: Any, g: Any, count: int, padding_idx: int | None) -> Any:
    flat = xp.reshape(indices, (-1,))
    places = xp.expand_dims(xp.arange(count, dtype=flat.dtype), axis=1) == flat
    if padding_idx is not None:
        places = places & (flat != padding_idx)
    return xp.matmul(xp.astype(places, g.dtype), xp.reshape(g, (-1, g.shape[-1])))


def _check(indices: Any, count: int, padding_idx: int | None) -> int | None:
    """`padding_idx` counted from the front, once it and the indices are known to be in range."""
    adapter = adapter_of(indices)
    if adapter.kind(indices.dtype) != "i":
        raise ArgumentError(f"embedding: indices: got dtype {indices.dtype}; expected integers")
    if padding_idx is not None and not -count <= padding_idx < count:
        raise ArgumentError(f"embedding: padding_idx: got {padding_idx}; expected {-count} to {count - 1}")
    if seen_anywhere((indices < 0) | (indices >= count)):
        raise ArgumentError(f"embedding: indices: expected rows from 0 to {count - 1} of the weight")
    return None if padding_idx is None else padding_idx % count


@operator(operands=("indices", "weight"), node="Embedding")
def lookup(indices: Any, weight: Any, *, padding_idx: int | None) -> Any:
    """``weight[indices]`` along the first axis; see `embedding`."""
    return _embedding(indices, weight, padding_idx)


@operator(operands=("indices", "g"), node="EmbeddingDense", linear=True)
def add_rows(indices: Any, g: Any, *, count: int, padding_idx: int | None) -> Any:
    """Zeros of `count` rows, to which the rows of `g` are added at `indices`: the transpose of `lookup`."""
    return _embedding_weight(indices, g, count, padding_idx)


@rule(lookup, "weight")
def _lookup_weight(g: Any, indices: Any, weight_shape: tuple[int, ...], padding_idx: int | None) -> Any:
    return add_rows(indices, g, count=weight_shape[0], padding_idx=padding_idx)


@jvp(lookup, "weight")
def _(t: Any, indices: Any, padding_idx: int | None) -> Any:
    return lookup(indices, t, padding_idx=padding_idx)  # of the padding too, which only gradients leave out


@rule(add_rows, "g")
def _add_rows_g(g: Any, indices: Any, padding_idx: int | None) -> Any:
    rows = lookup(indices, g, padding_idx=padding_idx)
    if padding_idx is None:
        return rows
    array = raw(indices)
    xp = adapter_of(array).functions
    return rows * xp.expand_dims(xp.astype(array != padding_idx, g.dtype), axis=-1)


@batching(lookup)
def _(batch: Batch, indices: Any, weight: Any, padding_idx: int | None) -> Any:
    if not batch.has("weight"):
        return batch.call(indices=indices, weight=weight, padding_idx=padding_idx)
    return batch.result(batch.do(take, x=batch.opened("weight", weight), indices=batch.opened("indices", indices), axis=0))


@batching(add_rows)
def _(batch: Batch, indices: Any, g: Any, count: int, padding_idx: int | None) -> Any:
    indices, g = batch.whole("indices", indices), batch.whole("g", g)
    function, end = adapter_of(indices).function, batch.size * count

    def each() -> Any:
        # The rows of all the samples as those of one table. Those of the padding go to a row behind them.
        number = function("reshape")(function("arange")(batch.size), (batch.size, *(1,) * (len(indices.shape) - 1)))
        places = indices + number * count
        if padding_idx is not None:
            places = function("where")(indices == padding_idx, end, places)
        rows = batch.call(indices=places, g=g, count=end + 1, padding_idx=None)
        return reshape(rows[:end], (batch.size, count, *g.shape[-1:]))

    # The sum over the samples, if only that is wanted, is that over further rows.
    total = partial(batch.call, indices=indices, g=g, count=count, padding_idx=padding_idx)
    return batch.later(g, (count, *g.shape[-1:]), each, total)


def embedding(indices: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` that `indices` name.

    Parameters
    ----------
    indices : Tensor or array
        Of integers from 0 on; of any shape.
    weight : Tensor or array
        Of shape ``(num_embeddings, embedding_dim)``.
    padding_idx : int, optional
        The row that receives no gradient; negative ones count from the end.

    Returns
    -------
    Tensor or array
        Of shape ``(*indices.shape, embedding_dim)``.

    Notes
    -----
    The gradient of a row is the sum of those of its occurrences.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import embedding
    >>> weight = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = embedding(wg.tensor([1, 1]), weight)
    >>> y.sum().backward()
    >>> y.tolist(), weight.grad.tolist()
    ([[3.0, 4.0], [3.0, 4.0]], [[0.0, 0.0], [2.0, 2.0]])
    """
    if len(weight.shape) != 2:
        raise ArgumentError(f"embedding: weight: got shape {tuple(weight.shape)}; expected (num_embeddings, embedding_dim)")
    padding_idx = _check(raw(indices), weight.shape[0], padding_idx)
    if type(weight) in TENSORS and type(indices) not in TENSORS:
        indices = wrap(indices)
    return lookup(indices, weight, padding_idx=padding_idx)


def one_hot(indices: Any, num_classes: int = -1) -> Any:
    """For each of `indices` a row with 1 at its place and 0 elsewhere. Not differentiable.

    Parameters
    ----------
    indices : Tensor or array
        Of integers from 0 on; of any shape.
    num_classes : int
        The length of the rows; -1 for one more than the largest index.

    Returns
    -------
    Tensor or array
        Of shape ``(*indices.shape, num_classes)`` and the dtype of `indices`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import one_hot
    >>> one_hot(wg.tensor([0, 2])).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    array = raw(indices)
    adapter = adapter_of(array)
    xp = adapter.functions
    if adapter.kind(array.dtype) != "i":
        raise ArgumentError(f"one_hot: indices: got dtype {array.dtype}; expected integers")
    if not array.size:
        if num_classes < 1:
            raise ArgumentError("one_hot: num_classes: needed when there are no indices, got -1")
    else:
        seen = beneath(array)[0]  # in whichever sample
        low, high = int(xp.min(seen)), int(xp.max(seen))
        if low < 0 or high >= num_classes != -1:
            raise ArgumentError(f"one_hot: indices: got {low} to {high} for num_classes={num_classes}")
    count = int(xp.max(array)) + 1 if num_classes == -1 else num_classes
    hot = xp.astype(xp.expand_dims(array, axis=-1) == xp.arange(count, dtype=array.dtype), array.dtype)
    return wrap(hot, NO_EDGE, indices._family) if type(indices) in TENSORS else hot
