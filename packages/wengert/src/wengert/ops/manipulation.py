"""Manipulation functions of the array API: the elements stay what they are, their places and number change.

Every one of them is linear, so its derivative is its transpose: what moved forth moves back. Summing what broadcasting
repeated is done around the rules, in `wengert.op`.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes, normalize_axis
from ..errors import ArgumentError, ReshapeError
from ..op import batching, operator, rule
from ..op_batch_rules import as_it_is, deeper, moved_axes, over_axes, over_last_axes
from ..op_batching import Batch

__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "clone",
    "expand_dims",
    "flatten",
    "flip",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "ravel",
    "reshape",
    "roll",
    "squeeze",
    "swapaxes",
    "transpose",
]

Axes = int | tuple[int, ...]


# -- copying -----------------------------------------------------------------------------------------------------------
@operator(linear=True)
def clone(x: Any, /) -> Any:
    """A copy that shares no memory with `x` and is recorded: gradients flow through it.

    Parameters
    ----------
    x : array
        Of any shape and dtype.

    Returns
    -------
    array
        The same values in new memory.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.clone(wg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    return adapter_of(x).copy(x)


@rule(clone, "x")
def _(g: Any) -> Any:
    return g


batching(clone)(as_it_is)


# -- shapes ------------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="View", linear=True, view=True)
def reshape(x: Any, /, shape: Axes, *, copy: bool | None = None) -> Any:
    """The elements of `x`, in row-major order, in another shape.

    Parameters
    ----------
    x : array
        Of any shape.
    shape : int or tuple of int
        The new shape; one of the lengths may be -1, which stands for what is left over.
    copy : bool, optional
        True copies always, False never (and fails where it would have to); None copies where it must.

    Returns
    -------
    array
        Of shape `shape`.

    Raises
    ------
    ReshapeError
        If the number of elements does not fit, or `copy` is False and a copy is needed. It is a `ValueError`, as NumPy's, and a
        `RuntimeError`, as PyTorch's.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.reshape(wg.tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    tensor([[1., 2.],
            [3., 4.]])
    """
    adapter = adapter_of(x)
    try:
        if copy is None:
            return adapter.function("reshape")(x, shape)
        if copy:
            return adapter.copy(adapter.function("reshape")(x, shape))
        return adapter.function("reshape")(x, shape, copy=False)
    except ValueError as error:
        raise ReshapeError(f"reshape: shape {shape} is invalid for an array of shape {tuple(x.shape)}: {error}") from error


@rule(reshape, "x")
def _(g: Any, x_shape: Any) -> Any:
    return reshape(g, x_shape)


@batching(reshape)
def _(batch: Batch, x: Any, shape: Axes, copy: bool | None) -> Any:
    lengths = [shape] if isinstance(shape, int) else list(shape)
    known = math.prod(n for n in lengths if n != -1)
    if lengths.count(-1) == 1 and known:
        lengths[lengths.index(-1)] = math.prod(x.shape[1:]) // known
    return batch.call(x=x, shape=(batch.size, *lengths), copy=copy)


def flatten(x: Any, /) -> Any:
    """The elements of `x` in row-major order along one axis.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.flatten(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 2., 3., 4.])
    """
    return reshape(x, (-1,))


def ravel(x: Any, /) -> Any:
    """The elements of `x` in row-major order along one axis: NumPy's name for `flatten`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.ravel(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 2., 3., 4.])
    """
    return reshape(x, (-1,))


@operator(operands=("x",), node="Unsqueeze", linear=True, view=True)
def expand_dims(x: Any, /, axis: Axes = 0) -> Any:
    """`x` with a new axis of length 1.

    Parameters
    ----------
    x : array
        Of any shape.
    axis : int or tuple of int
        Where the new axis stands in the result; negative numbers count from its end.

    Returns
    -------
    array
        With one axis more for each number in `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.expand_dims(wg.tensor([1.0, 2.0]), axis=1).shape
    (2, 1)
    """
    if isinstance(axis, int):  # an index is several times faster than NumPy's function
        return x[(*(slice(None),) * normalize_axis(axis, len(x.shape) + 1), None, ...)]
    return adapter_of(x).function("expand_dims")(x, axis=axis)


@rule(expand_dims, "x")
def _(g: Any, x_shape: Any) -> Any:
    return reshape(g, x_shape)


@batching(expand_dims)
def _(batch: Batch, x: Any, axis: Axes) -> Any:
    count = 1 if isinstance(axis, int) else len(axis)
    return batch.call(x=x, axis=moved_axes(axis, len(x.shape) - 1 + count))


@operator(operands=("x",), linear=True, view=True)
def squeeze(x: Any, /, axis: Axes | None = None) -> Any:
    """`x` without axes of length 1.

    Parameters
    ----------
    x : array
        Of any shape.
    axis : int or tuple of int, optional
        The axes to drop; default: all that have length 1.

    Returns
    -------
    array
        With fewer axes.

    Raises
    ------
    ValueError
        If one of the axes named does not have length 1.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.squeeze(wg.tensor([[[1.0], [2.0]]]), axis=2).shape
    (1, 2)
    """
    if axis is None:
        axis = tuple(i for i, n in enumerate(x.shape) if n == 1)
    return adapter_of(x).function("squeeze")(x, axis=axis)


@rule(squeeze, "x")
def _(g: Any, x_shape: Any) -> Any:
    return reshape(g, x_shape)


@batching(squeeze)
def _(batch: Batch, x: Any, axis: Axes | None) -> Any:
    ones = tuple(i for i, n in enumerate(x.shape) if i and n == 1)
    return batch.call(x=x, axis=ones if axis is None else moved_axes(axis, len(x.shape) - 1))


# -- broadcasting ------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="Expand", linear=True, view=True)
def broadcast_to(x: Any, /, shape: Axes) -> Any:
    """`x` repeated along axes of length 1, and along new ones in front, without copying.

    Parameters
    ----------
    x : array
        Of a shape that broadcasts to `shape`.
    shape : int or tuple of int
        The shape of the result.

    Returns
    -------
    array
        Of shape `shape`; several elements share one place in memory.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.broadcast_to(wg.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    return adapter_of(x).broadcast_to(x, (shape,) if isinstance(shape, int) else tuple(shape))


@rule(broadcast_to, "x")
def _(g: Any) -> Any:
    return g  # summed to the shape of `x` around every rule


@batching(broadcast_to)
def _(batch: Batch, x: Any, shape: Axes) -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return batch.call(x=deeper(x, len(shape)), shape=(batch.size, *shape))


def broadcast_shapes(*shapes: Axes) -> tuple[int, ...]:
    """The shape to which all of `shapes` broadcast.

    Raises
    ------
    ArgumentError
        If they do not fit.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.broadcast_shapes((3, 1), (4,), ())
    (3, 4)
    """
    tuples = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    result: list[int] = []
    for axis in range(1, max(map(len, tuples), default=0) + 1):
        lengths = {shape[-axis] for shape in tuples if len(shape) >= axis} - {1}
        if len(lengths) > 1:
            found = ", ".join(map(str, tuples))
            raise ArgumentError(f"shapes: {found} do not broadcast: axis {-axis} has lengths {sorted(lengths)}")
        result.insert(0, lengths.pop() if lengths else 1)
    return tuple(result)


def broadcast_arrays(*arrays: Any) -> list[Any]:
    """All of `arrays`, broadcast to their common shape.

    Returns
    -------
    list of array
        One for each argument.

    Examples
    --------
    >>> import wengert as wg
    >>> [a.shape for a in wg.broadcast_arrays(wg.tensor([[1.0], [2.0]]), wg.tensor([1.0, 2.0, 3.0]))]
    [(2, 3), (2, 3)]
    """
    shape = broadcast_shapes(*(a.shape for a in arrays))
    return [broadcast_to(a, shape) for a in arrays]


# -- axes --------------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="Permute", linear=True, view=True)
def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """`x` with its axes in another order.

    Parameters
    ----------
    x : array
        Of n axes.
    axes : tuple of int
        A permutation of the numbers from 0 to n - 1: which axis of `x` comes first, second, ….

    Returns
    -------
    array
        ``result.shape[i] == x.shape[axes[i]]``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.permute_dims(wg.tensor([[1.0, 2.0, 3.0]]), (1, 0)).shape
    (3, 1)
    """
    return adapter_of(x).function("permute_dims")(x, axes)


@rule(permute_dims, "x")
def _(g: Any, axes: Any) -> Any:
    return permute_dims(g, _inverse(tuple(axes)))


@functools.lru_cache(maxsize=1024)
def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `axes`."""
    ndim = len(axes)
    order = [axis % ndim for axis in axes]
    return tuple(order.index(axis) for axis in range(ndim))


@batching(permute_dims)
def _(batch: Batch, x: Any, axes: tuple[int, ...]) -> Any:
    return batch.call(x=x, axes=(0, *moved_axes(tuple(axes), len(x.shape) - 1)))


def transpose(x: Any, /, axes: tuple[int, ...] | None = None) -> Any:
    """NumPy's name for `permute_dims`; without `axes` the axes are reversed. Not in the array API, but xarray looks for it.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.transpose(wg.zeros((2, 3, 4))).shape
    (4, 3, 2)
    """
    return permute_dims(x, tuple(range(len(x.shape) - 1, -1, -1)) if axes is None else tuple(axes))


@operator(node="Transpose", linear=True, view=True)
def matrix_transpose(x: Any, /) -> Any:
    """Every matrix of a stack, transposed.

    Parameters
    ----------
    x : array
        Of shape (…, m, n).

    Returns
    -------
    array
        Of shape (…, n, m).

    Examples
    --------
    >>> import wengert as wg
    >>> wg.matrix_transpose(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 3.],
            [2., 4.]])
    """
    return adapter_of(x).function("matrix_transpose")(x)


@rule(matrix_transpose, "x")
def _(g: Any) -> Any:
    return matrix_transpose(g)


batching(matrix_transpose)(over_last_axes(2))


def moveaxis(x: Any, source: Axes, destination: Axes, /) -> Any:
    """`x` with some axes moved to new places; the others keep their order.

    Parameters
    ----------
    x : array
        Of any shape.
    source, destination : int or tuple of int
        The axes to move, and where they are to stand in the result.

    Returns
    -------
    array
        A permutation of the axes of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.moveaxis(wg.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    ndim = len(x.shape)
    sources = normalize_axes(source, ndim, "source")
    destinations = normalize_axes(destination, ndim, "destination")
    if len(sources) != len(destinations):
        raise ArgumentError(f"moveaxis: source {source} and destination {destination} differ in the number of axes")
    order = [axis for axis in range(ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return permute_dims(x, tuple(order))


def swapaxes(x: Any, axis1: int, axis2: int, /) -> Any:
    """`x` with two axes exchanged.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.swapaxes(wg.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    ndim = len(x.shape)
    order = list(range(ndim))
    first, second = normalize_axis(axis1, ndim, "axis1"), normalize_axis(axis2, ndim, "axis2")
    order[first], order[second] = order[second], order[first]
    return permute_dims(x, tuple(order))


@operator(linear=True)
def flip(x: Any, /, *, axis: Axes | None = None) -> Any:
    """`x` with the order of its elements reversed along some axes.

    Parameters
    ----------
    x : array
        Of any shape.
    axis : int or tuple of int, optional
        The axes to reverse; default: all.

    Returns
    -------
    array
        Of the shape of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.flip(wg.tensor([1.0, 2.0, 3.0]))
    tensor([3., 2., 1.])
    """
    adapter = adapter_of(x)
    return adapter.copy(adapter.function("flip")(x, axis=axis))  # in new memory, as PyTorch has it


@rule(flip, "x")
def _(g: Any, axis: Any) -> Any:
    return flip(g, axis=axis)


batching(flip)(over_axes)


@operator(operands=("x",), linear=True)
def roll(x: Any, /, shift: Axes, *, axis: Axes | None = None) -> Any:
    """`x` with its elements moved along some axes; those that fall off one end come in at the other.

    Parameters
    ----------
    x : array
        Of any shape.
    shift : int or tuple of int
        By how many places, towards higher indices.
    axis : int or tuple of int, optional
        Along which axes; default: in row-major order through the whole array.

    Returns
    -------
    array
        Of the shape of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.roll(wg.tensor([1.0, 2.0, 3.0]), 1)
    tensor([3., 1., 2.])
    """
    return adapter_of(x).function("roll")(x, shift, axis=axis)


@rule(roll, "x")
def _(g: Any, shift: Any, axis: Any) -> Any:
    back = -shift if isinstance(shift, int) else tuple(-s for s in shift)
    return roll(g, back, axis=axis)


@batching(roll)
def _(batch: Batch, x: Any, shift: Axes, axis: Axes | None) -> Any:
    if axis is None:
        flat = reshape(x, (batch.size, math.prod(x.shape[1:])))
        return reshape(batch.call(x=flat, shift=shift, axis=1), x.shape)
    axes = (axis,) if isinstance(axis, int) else axis  # an axis may come twice
    return batch.call(x=x, shift=shift, axis=tuple(moved_axes(a, len(x.shape) - 1) for a in axes))
