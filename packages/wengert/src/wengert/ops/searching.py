"""Searching functions: `where`, and those that return positions or counts, which have no derivative."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import Adapter, adapter_of, is_array
from ..errors import DtypeError
from ..op import batching, operator, rule
from ..op_batch_rules import moved_axes, no_shape, over_axes
from ..op_batching import Batch, elementwise

__all__ = ["argmax", "argmin", "count_nonzero", "isin", "nonzero", "searchsorted", "where"]

Axis = int | tuple[int, ...] | None


def ordered(name: str, x: Any) -> Adapter:
    """The adapter of `x`, whose dtype has an order: complex numbers have none, though NumPy makes one up."""
    adapter = adapter_of(x)
    if adapter.kind(x.dtype) == "c":
        raise DtypeError(f"{name}: x: expected a real dtype, got {x.dtype}")
    return adapter


@operator(diagonal=True, holomorphic=True)
def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """Elements of `x1` where `condition` holds, of `x2` elsewhere.

    Parameters
    ----------
    condition : Tensor or array of bool
        Which operand to take; has no derivative.
    x1, x2 : Tensor, array or number
        Broadcast against each other and `condition`.

    Returns
    -------
    Tensor or array
        Of the broadcast shape and the promoted dtype of `x1` and `x2`.

    Notes
    -----
    Each operand gets the gradient where it was chosen and exact zeros elsewhere, also where the gradient is infinite or
    NaN. An operand that is not chosen can still spoil its own gradient on the way to its inputs, where 0 meets an
    infinite derivative; guard its *argument*, as in ``where(x > 0, sqrt(where(x > 0, x, 1.0)), 0.0)``.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([-1.0, 2.0], requires_grad=True)
    >>> wg.where(x > 0, x, 10 * x).sum().backward()
    >>> x.grad.tolist()
    [10.0, 1.0]
    """
    array = condition if hasattr(condition, "dtype") else x1 if hasattr(x1, "dtype") else x2
    return adapter_of(array).function("where")(condition, x1, x2)


rule(where, "x1")(lambda g, condition: where(condition, g, 0))
rule(where, "x2")(lambda g, condition: where(condition, 0, g))
batching(where)(elementwise)


# -- positions and counts: integers, hence no derivative ---------------------------------------------------------------
@operator
def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the largest element over `axis`, the first one of several. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.
    axis : int, optional
        Default: the position in the flattened array.
    keepdims : bool
        Whether the axis stays, with length 1.

    Returns
    -------
    Tensor or array
        Of integers.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.argmax(wg.tensor([[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]]), axis=1).tolist()
    [1, 0]
    """
    return ordered("argmax", x).function("argmax")(x, axis=axis, keepdims=keepdims)


@operator
def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the smallest element over `axis`, the first one of several. Not differentiable.

    Parameters and result as in `argmax`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.argmin(wg.tensor([4.0, 2.0, 3.0])).item()
    1
    """
    return ordered("argmin", x).function("argmin")(x, axis=axis, keepdims=keepdims)


def _over_one_or_all(batch: Batch, x: Any, axis: int | None, keepdims: bool) -> Any:
    if axis is not None:
        return batch.call(x=x, axis=moved_axes(axis, len(x.shape) - 1), keepdims=keepdims)
    reshape, lines = adapter_of(x).function("reshape"), (1,) * (len(x.shape) - 1)
    found = batch.call(x=reshape(x, (batch.size, math.prod(x.shape[1:]))), axis=1, keepdims=False)
    return reshape(found, (batch.size, *lines)) if keepdims else found


batching(argmax)(_over_one_or_all)
batching(argmin)(_over_one_or_all)


@operator
def count_nonzero(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """How many elements over `axis` are not zero. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of any dtype.
    axis : int or tuple of int, optional
        Default: all.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Of integers.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.count_nonzero(wg.tensor([[1.0, 0.0], [2.0, 3.0]]), axis=0).tolist()
    [2, 1]
    """
    adapter = adapter_of(x)
    # NumPy counts into a Python number where nothing is left of the shape.
    return adapter.asarray(adapter.function("count_nonzero")(x, axis=axis, keepdims=keepdims))


batching(count_nonzero)(over_axes)


@operator(operands=("x1", "x2"))
def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Whether each element of `x1` is among those of `x2`. Not differentiable.

    Parameters
    ----------
    x1 : Tensor, array or number
        Of any shape.
    x2 : Tensor, array or number
        Of any shape, taken as flat.
    invert : bool
        Whether each element is *not* among them.

    Returns
    -------
    Tensor or array
        Of bool, of the shape of `x1`. NaN is among nothing.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.isin(wg.tensor([1, 2, 3]), wg.tensor([3, 1])).tolist()
    [True, False, True]
    """
    adapter = adapter_of(x1 if hasattr(x1, "dtype") else x2)
    return adapter.function("isin")(adapter.asarray(x1), adapter.asarray(x2), invert=invert)


@batching(isin)
def _(batch: Batch, x1: Any, x2: Any, invert: bool) -> Any:
    if batch.batched == {"x1"}:
        return batch.call(x1=x1, x2=x2, invert=invert)
    adapter = adapter_of(x2)
    function = adapter.function
    x1, x2 = batch.whole("x1", x1 if is_array(x1) else adapter.asarray(x1)), batch.whole("x2", x2)
    others = function("reshape")(x2, (batch.size, *(1,) * (len(x1.shape) - 1), math.prod(x2.shape[1:])))
    found = function("any")(function("expand_dims")(x1, axis=-1) == others, axis=-1)
    return function("logical_not")(found) if invert else found


@operator(outputs=None)
def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The positions of all elements that are not zero: for each axis of `x` one array of indices. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        With at least one axis.

    Returns
    -------
    tuple of Tensor or array
        Of integers, each of length `count_nonzero(x)`, in row-major order.

    Examples
    --------
    >>> import wengert as wg
    >>> [i.tolist() for i in wg.nonzero(wg.tensor([[1.0, 0.0], [2.0, 3.0]]))]
    [[0, 1, 1], [0, 0, 1]]
    """
    return tuple(adapter_of(x).function("nonzero")(x))


batching(nonzero)(no_shape)


@operator(operands=("x1", "x2", "sorter"))
def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where to insert the elements of `x2` into the sorted `x1` so that it stays sorted. Not differentiable.

    Parameters
    ----------
    x1 : Tensor or array
        With one axis, ascending, unless `sorter` says in what order it is.
    x2 : Tensor, array or number
        Of any shape.
    side : {"left", "right"}
        Before or behind elements that are equal.
    sorter : Tensor or array of int, optional
        Positions that sort `x1`, as from `argsort`.

    Returns
    -------
    Tensor or array
        Of integers, of the shape of `x2`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.searchsorted(wg.tensor([1.0, 2.0, 3.0]), wg.tensor([0.0, 2.0, 9.0])).tolist()
    [0, 1, 3]
    """
    return adapter_of(x1).function("searchsorted")(x1, x2, side=side, sorter=sorter)


@batching(searchsorted)
def _(batch: Batch, x1: Any, x2: Any, side: str, sorter: Any) -> Any:
    if batch.batched == {"x2"}:
        return batch.call(x1=x1, x2=x2, side=side, sorter=sorter)
    # Libraries search one array at a time. So all samples are made one: of each value only its rank among all is kept, and those
    # of every sample are put behind those of the sample before.
    x1 = batch.whole("x1", x1)
    adapter = adapter_of(x1)
    function = adapter.function
    if sorter is not None:
        x1 = function("take_along_axis")(x1, batch.whole("sorter", sorter), axis=1)
    x2 = batch.whole("x2", x2 if is_array(x2) else adapter.asarray(x2))
    flat = [function("reshape")(x, (-1,)) for x in (x1, x2)]
    every = function("sort")(function("concat")(flat, axis=0))
    ranks = [function("searchsorted")(every, x) for x in flat]
    numbers = [function("reshape")(function("arange")(batch.size), (-1, *(1,) * (len(x.shape) - 1))) for x in (x1, x2)]
    placed = [
        function("reshape")(function("reshape")(rank, x.shape) + number * every.shape[0], (-1,))
        for rank, x, number in zip(ranks, (x1, x2), numbers, strict=True)
    ]
    found = function("searchsorted")(*placed, side=side)
    return function("reshape")(found, x2.shape) - numbers[1] * x1.shape[1]
