"""Sorting, whose derivative moves the gradient back, and sets of unique elements, which have none."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axis
from ..op import batching, jvp, operator, rule
from ..op_batch_rules import along_axis, moved_axes, no_shape
from ..op_batching import Batch
from .searching import ordered

__all__ = ["argsort", "sort", "unique_all", "unique_counts", "unique_inverse", "unique_values"]


@operator(linear=True)
def reorder(x: Any, order: Any, /, *, axis: int) -> Any:
    """The elements of `x` at the positions `order`, a permutation along `axis`."""
    return adapter_of(x).function("take_along_axis")(x, order, axis=axis)


@operator
def inverse_order(order: Any, /, *, axis: int) -> Any:
    """The permutation along `axis` that undoes `order`."""
    return adapter_of(order).function("argsort")(order, axis=axis)


# The transpose of a permutation is its inverse: what would be scattered can be taken.
rule(reorder, "x")(lambda g, order, axis: reorder(g, inverse_order(order, axis=axis), axis=axis))
batching(inverse_order)(along_axis)


@batching(reorder)
def _(batch: Batch, x: Any, order: Any, axis: int) -> Any:
    x, order = batch.whole("x", x), batch.whole("order", order)
    return batch.call(x=x, order=order, axis=moved_axes(axis, len(x.shape) - 1))


@operator
def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The positions that sort `x` along `axis`. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype, with at least one axis.
    axis : int
        Default: the last.
    descending : bool
        Whether the largest element comes first.
    stable : bool
        Whether equal elements stay in their order.

    Returns
    -------
    Tensor or array
        Of integers, of the shape of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.argsort(wg.tensor([3.0, 1.0, 3.0]), descending=True).tolist()
    [0, 2, 1]
    """
    axis = normalize_axis(axis, len(x.shape))
    return ordered("argsort", x).order_of(x, axis, descending, stable)


batching(argsort)(along_axis)


@operator(aux=("order",))
def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The elements of `x` in order along `axis`.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype, with at least one axis.
    axis : int
        Default: the last.
    descending : bool
        Whether the largest element comes first.
    stable : bool
        Whether equal elements stay in their order; it decides which of them gets which gradient.

    Returns
    -------
    Tensor or array
        Of the shape of `x`. NaN counts as larger than every number.

    Notes
    -----
    Each element gets the gradient of the place that it was moved to.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([3.0, 1.0, 2.0], requires_grad=True)
    >>> y = wg.sort(x)
    >>> y.tolist()
    [1.0, 2.0, 3.0]
    >>> y.backward(wg.tensor([10.0, 20.0, 30.0]))
    >>> x.grad.tolist()
    [30.0, 10.0, 20.0]
    """
    axis = normalize_axis(axis, len(x.shape))
    return ordered("sort", x).sorted(x, axis, descending, stable)


@rule(sort, "x")
def _sort_x(g: Any, order: Any, x_shape: tuple[int, ...], axis: int) -> Any:
    axis = normalize_axis(axis, len(x_shape))
    return reorder(g, inverse_order(order, axis=axis), axis=axis)


batching(sort)(along_axis)


@jvp(sort, "x")
def _sort_jvp(t: Any, order: Any, axis: int) -> Any:
    return reorder(t, order, axis=normalize_axis(axis, len(t.shape)))


# -- unique elements: no derivative ------------------------------------------------------------------------------------
class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any


@operator(name="unique_all", outputs=4)
def _unique_all(x: Any, /) -> tuple[Any, ...]:
    return tuple(adapter_of(x).function("unique_all")(x))


def unique_all(x: Any, /) -> UniqueAll:
    """The different elements of `x`, where they are and how many of each. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of any shape, taken as flat.

    Returns
    -------
    values : Tensor or array
        The different elements, with one axis; every NaN is one of its own.
    indices : Tensor or array of int
        Where in the flattened `x` each of them occurs first.
    inverse_indices : Tensor or array of int
        Of the shape of `x`: which of the values each element is.
    counts : Tensor or array of int
        How often each of them occurs.

    Examples
    --------
    >>> import wengert as wg
    >>> found = wg.unique_all(wg.tensor([3.0, 1.0, 3.0]))
    >>> found.values.tolist(), found.indices.tolist(), found.inverse_indices.tolist(), found.counts.tolist()
    ([1.0, 3.0], [1, 0], [1, 0, 1], [1, 2])
    """
    return UniqueAll(*_unique_all(x))


def unique_counts(x: Any, /) -> UniqueCounts:
    """The different elements of `x` and how many of each. Not differentiable.

    Parameters and result as in `unique_all`, of which these are `values` and `counts`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.unique_counts(wg.tensor([3.0, 1.0, 3.0])).counts.tolist()
    [1, 2]
    """
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """The different elements of `x`, and which of them each element is. Not differentiable.

    Parameters and result as in `unique_all`, of which these are `values` and `inverse_indices`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.unique_inverse(wg.tensor([3.0, 1.0, 3.0])).inverse_indices.tolist()
    [1, 0, 1]
    """
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


@operator
def unique_values(x: Any, /) -> Any:
    """The different elements of `x`. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of any shape, taken as flat.

    Returns
    -------
    Tensor or array
        With one axis; every NaN is one of its own.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.sort(wg.unique_values(wg.tensor([3.0, 1.0, 3.0]))).tolist()
    [1.0, 3.0]
    """
    return adapter_of(x).function("unique_values")(x)


batching(_unique_all)(no_shape)
batching(unique_values)(no_shape)
unique_all.operator = _unique_all.operator  # type: ignore[attr-defined]
