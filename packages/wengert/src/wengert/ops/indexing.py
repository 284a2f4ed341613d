"""Reading elements by index, and the transpose of that: adding into zeros at the same places.

`getitem` and `scatter` are each the derivative of the other, and so are `take` and `scatter_take`, `take_along_axis`
and `scatter_along_axis`: that is what makes derivatives of every order work. Where an index names a place more than
once, what arrives there is added up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.adapter import Adapter, adapter_of, is_array, library
from ..arrays.batched import deepest
from ..arrays.shapes import normalize_axis
from ..autograd.tensor import TENSORS, Tensor
from ..errors import ArgumentError, LibraryError
from ..op import batching, operator, rule
from ..op_batch_rules import moved_axes
from ..op_batching import Batch
from .batched_keys import physical_key
from .manipulation import moveaxis, permute_dims
from .reductions import sum
from .shaping import reshaped

__all__ = ["diagonal", "take", "take_along_axis", "trace"]

#: What selects without repeating: the entries of a basic index.
_BASIC: frozenset[type] = frozenset((int, slice, type(None), type(Ellipsis)))

#: The index of all elements along an axis.
WHOLE = slice(None)


def is_basic(key: Any) -> bool:
    """Whether what `key` selects is a view: it holds nothing but integers, slices, None and Ellipsis."""
    return type(key) in _BASIC or (type(key) is tuple and all(type(part) in _BASIC for part in key))


# -- x[key] ------------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="Index", linear=True, view=is_basic)
def getitem(x: Any, /, key: Any) -> Any:
    """``x[key]`` for a key of raw arrays, integers, slices, None and Ellipsis, or a tuple of them.

    Parameters
    ----------
    x : array
        Of any shape.
    key : index
        As NumPy takes it. Tensors in it have been replaced by their arrays; see `raw_key`.

    Returns
    -------
    array
        The elements selected; differentiable in `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.tensor([1.0, 2.0, 3.0])[1:]
    tensor([2., 3.])
    """
    if type(x) is not np.ndarray:
        return adapter_of(x).getitem(x, key)
    found = x[key]
    if type(found) is not type(x) and is_basic(key):  # one of NumPy's scalars, which shares no memory
        return x[(*key, ...) if type(key) is tuple else (key, ...)]
    return found


@operator(operands=("x",), node="IndexPut", linear=True)
def scatter(x: Any, /, shape: tuple[int, ...], key: Any) -> Any:
    """Zeros of `shape`, to which `x` is added at `key`: the transpose of `getitem`.

    Parameters
    ----------
    x : array
        Of the shape of ``zeros(shape)[key]``.
    shape : tuple of int
        The shape of the result.
    key : index
        As for `getitem`. Where it names a place several times, all that arrives there is added.

    Returns
    -------
    array
        Of `shape` and the dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.indexing import scatter
    >>> import numpy as np
    >>> scatter(wg.tensor([1.0, 2.0, 4.0]), (3,), np.asarray([0, 2, 2]))
    tensor([1., 0., 6.])
    """
    adapter = adapter_of(x)
    out = adapter.zeros(shape, x.dtype, x)
    return adapter.add_at(out, key, x) if _repeats(key) else adapter.put(out, key, x)


@rule(getitem, "x")
def _(g: Any, x_shape: Any, key: Any) -> Any:
    if type(key) is tuple and all(part is None or (type(part) is slice and part == WHOLE) for part in key):
        return reshaped(g, x_shape)  # ``x[:, None]`` only adds axes of length 1
    return scatter(g, x_shape, key)


@rule(scatter, "x")
def _(g: Any, key: Any) -> Any:
    return getitem(g, key)


@batching(getitem)
def _(batch: Batch, x: Any, key: Any) -> Any:
    places, order = physical_key(batch, key, batch.ndim("x", x), batch.has("x"))
    found = batch.call(x=x, key=places)
    return found if order is None else permute_dims(found, order)


@batching(scatter)
def _(batch: Batch, x: Any, shape: tuple[int, ...], key: Any) -> Any:
    x = batch.whole("x", x)

    def each() -> Any:
        places, order = physical_key(batch, key, len(shape), True)
        return batch.call(x=reordered(x, order), shape=(batch.size, *shape), key=places)

    def total() -> Any:
        if deepest(key if type(key) is tuple else (key,)) is not batch.level:
            return batch.call(x=sum(x, axis=0), shape=shape, key=key)
        places, order = physical_key(batch, key, len(shape), False)
        return batch.call(x=reordered(x, order), shape=shape, key=places)

    return batch.later(x, shape, each, total)


def reordered(x: Any, order: tuple[int, ...] | None) -> Any:
    """`x` with its axes put back to where `order` took them from."""
    return x if order is None else permute_dims(x, tuple(order.index(axis) for axis in range(len(order))))


def raw_key(key: Any, of: Tensor | None = None) -> Any:
    """A key of ``x[key]`` with the arrays of Tensors in their stead.

    Raises
    ------
    LibraryError
        If one is of another library than `of`, the tensor that is indexed.
    """
    kind = type(key)
    if kind in _BASIC:
        return key
    if kind in TENSORS:
        if of is not None and type(key._array) is not type(of._array):
            _check_library(key, of)
        return key._array
    if kind is tuple:
        return tuple(part if type(part) in _BASIC else raw_key(part, of) for part in key)
    if kind is list:
        return _list_key(key)
    return key


def _check_library(key: Tensor, of: Tensor) -> None:
    library, expected = key._adapter.library, of._adapter.library
    if library is not expected:
        raise LibraryError(
            f"getitem: the index is an array of {library.name}, the tensor that is indexed one of {expected.name}; convert one "
            "of them explicitly"
        )


def _list_key(key: list[Any]) -> Any:
    if any(isinstance(part, Tensor) for part in key):
        key = [part.tolist() if isinstance(part, Tensor) else part for part in key]
    return key


def _repeats(key: Any) -> bool:
    """Whether `key` could name a place twice: only arrays and lists of integers can."""
    if type(key) in _BASIC:
        return False
    if type(key) is tuple:
        return any(type(part) not in _BASIC and _repeats(part) for part in key)
    array = key if is_array(key) else library("numpy").asarray(key)
    return bool(array.shape) and adapter_of(array).kind(array.dtype) == "i"


# -- take --------------------------------------------------------------------------------------------------------------
@operator(node="IndexSelect", linear=True)
def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The slices of `x` along an axis that `indices` names.

    Parameters
    ----------
    x : array
        Of any shape.
    indices : array of integers
        Of any shape; negative numbers count from the end.
    axis : int, optional
        May be left out for an `x` of one axis only.

    Returns
    -------
    array
        Of the shape of `x`, with the shape of `indices` in place of `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.take(wg.tensor([1.0, 2.0, 3.0]), wg.tensor([2, 0, 0]))
    tensor([3., 1., 1.])
    """
    axis = _only_axis(x.shape, axis)
    return adapter_of(x).function("take")(x, indices, axis=axis)


@operator(node="IndexAdd", linear=True)
def scatter_take(x: Any, indices: Any, /, *, shape: tuple[int, ...], axis: int | None = None) -> Any:
    """Zeros of `shape`, to whose slices along `axis` those of `x` are added at `indices`: the transpose of `take`."""
    adapter = adapter_of(x)
    axis = _only_axis(shape, axis)
    key = (*(slice(None),) * axis, indices)
    return adapter.add_at(adapter.zeros(shape, x.dtype, x), key, x)


@rule(take, "x")
def _(g: Any, x_shape: Any, indices: Any, axis: Any) -> Any:
    return scatter_take(g, indices, shape=x_shape, axis=axis)


@rule(scatter_take, "x")
def _(g: Any, indices: Any, axis: Any) -> Any:
    return take(g, indices, axis=axis)


@batching(take)
def _(batch: Batch, x: Any, indices: Any, axis: int | None) -> Any:
    axis = _only_axis(x.shape[batch.has("x") :], axis)
    if not batch.has("indices"):
        return batch.call(x=x, indices=indices, axis=axis + 1)
    key = (*(slice(None),) * axis, batch.opened("indices", indices))
    return batch.result(batch.do(getitem, x=batch.opened("x", x), key=key))


@batching(scatter_take)
def _(batch: Batch, x: Any, indices: Any, shape: tuple[int, ...], axis: int | None) -> Any:
    axis = _only_axis(shape, axis)
    key = (*(slice(None),) * axis, batch.opened("indices", indices) if batch.has("indices") else indices)
    return batch.do(scatter, x=batch.opened("x", x), shape=shape, key=key)


def _only_axis(shape: tuple[int, ...], axis: int | None) -> int:
    if axis is not None:
        return normalize_axis(axis, len(shape))
    if len(shape) != 1:
        raise ArgumentError(f"axis: must be given for an array of {len(shape)} axes")
    return 0


# -- take_along_axis ---------------------------------------------------------------------------------------------------
@operator(node="Gather", linear=True)
def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """For each line of `x` along an axis, the elements that the same line of `indices` names.

    Parameters
    ----------
    x : array
        Of n axes.
    indices : array of integers
        Of n axes; in all but `axis` it broadcasts against `x`.
    axis : int
        The axis along which the indices count.

    Returns
    -------
    array
        ``result[i, j, k] == x[i, j, indices[i, j, k]]`` for the last of three axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.take_along_axis(wg.tensor([[1.0, 2.0], [3.0, 4.0]]), wg.tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    return adapter_of(x).function("take_along_axis")(x, indices, axis=axis)


@operator(node="ScatterAdd", linear=True)
def scatter_along_axis(x: Any, indices: Any, /, *, shape: tuple[int, ...], axis: int = -1) -> Any:
    """Zeros of `shape`, to which `x` is added along `axis` at `indices`: the transpose of `take_along_axis`."""
    adapter = adapter_of(x)
    axis = normalize_axis(axis, len(shape))
    key: list[Any] = []
    for i, n in enumerate(x.shape):
        if i == axis:
            key.append(indices)
        elif shape[i] == 1:
            key.append(0)  # `x` was broadcast along this axis
        else:
            line = adapter.function("arange")(n)
            key.append(adapter.function("reshape")(line, tuple(n if j == i else 1 for j in range(len(shape)))))
    return adapter.add_at(adapter.zeros(shape, x.dtype, x), tuple(key), x)


@rule(take_along_axis, "x")
def _(g: Any, x_shape: Any, indices: Any, axis: Any) -> Any:
    return scatter_along_axis(g, indices, shape=x_shape, axis=axis)


@rule(scatter_along_axis, "x")
def _(g: Any, indices: Any, axis: Any) -> Any:
    return take_along_axis(g, indices, axis=axis)


@batching(take_along_axis)
def _(batch: Batch, x: Any, indices: Any, axis: int) -> Any:
    x, indices = batch.whole("x", x), batch.whole("indices", indices)
    return batch.call(x=x, indices=indices, axis=moved_axes(axis, len(x.shape) - 1))


@batching(scatter_along_axis)
def _(batch: Batch, x: Any, indices: Any, shape: tuple[int, ...], axis: int) -> Any:
    x, indices = batch.whole("x", x), batch.whole("indices", indices)
    return batch.call(x=x, indices=indices, shape=(batch.size, *shape), axis=moved_axes(axis, len(shape)))


# -- diagonals ---------------------------------------------------------------------------------------------------------
@operator(operands=("x",), linear=True, view=True)
def diagonal(x: Any, /, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of the matrices that two axes of `x` span.

    Parameters
    ----------
    x : array
        Of at least two axes.
    offset : int
        0 for the main diagonal, positive above it, negative below.
    axis1, axis2 : int
        The axes of rows and of columns.

    Returns
    -------
    array
        Without these two axes, and with the diagonal as the last one.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.diagonal(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    adapter = adapter_of(x)
    _diagonal_places(adapter, x.shape, offset, axis1, axis2)  # it says what is wrong
    return adapter.function("diagonal")(x, offset, axis1, axis2)


@operator(node="DiagonalBackward", linear=True)
def on_diagonal(x: Any, /, *, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Any:
    """Zeros of `shape` with `x` on the diagonals: the transpose of `diagonal`."""
    adapter = adapter_of(x)
    out = adapter.zeros(shape, x.dtype, x)
    i, j = _diagonal_places(adapter, shape, offset, axis1, axis2)
    turned = adapter.put(moveaxis(out, (axis1, axis2), (-2, -1)), (..., i, j), x)  # through a view, where there are any
    return out if adapter.mutable else moveaxis(turned, (-2, -1), (axis1, axis2))


@rule(diagonal, "x")
def _(g: Any, x_shape: Any, offset: Any, axis1: Any, axis2: Any) -> Any:
    return on_diagonal(g, shape=x_shape, offset=offset, axis1=axis1, axis2=axis2)


@rule(on_diagonal, "x")
def _(g: Any, offset: Any, axis1: Any, axis2: Any) -> Any:
    return diagonal(g, offset=offset, axis1=axis1, axis2=axis2)


@batching(diagonal)
def _(batch: Batch, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    first, second = (moved_axes(axis, len(x.shape) - 1) for axis in (axis1, axis2))
    return batch.call(x=x, offset=offset, axis1=first, axis2=second)


@batching(on_diagonal)
def _(batch: Batch, x: Any, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Any:
    first, second = (moved_axes(axis, len(shape)) for axis in (axis1, axis2))
    return batch.call(x=x, shape=(batch.size, *shape), offset=offset, axis1=first, axis2=second)


def _diagonal_places(adapter: Adapter, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> tuple[Any, Any]:
    """The row and the column of each element of the diagonal."""
    if len(shape) < 2:
        raise ArgumentError(f"diagonal: x must have at least two axes, got {len(shape)}")
    rows, columns = (shape[normalize_axis(axis, len(shape))] for axis in (axis1, axis2))
    first = -offset if offset < 0 else 0
    i = adapter.function("arange")(first, max(first, min(rows, columns - offset)))
    return i, i + offset


def trace(x: Any, /, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sums of the diagonals of the matrices that two axes of `x` span; parameters as for `diagonal`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.trace(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    return sum(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)
