"""`permute_dims` of two axes, as operators of their own: a graph then tells which of PyTorch's functions was called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays.adapter import adapter_of
from ..op import batching, operator, rule
from ..op_batch_rules import moved_axes
from ..op_batching import Batch

__all__ = ["t", "transpose"]


@operator(operands=("x",), node="Transpose", linear=True, view=True)
def transpose(x: Any, /, axes: tuple[int, ...]) -> Any:
    """`x` with two of its axes in each other's place.

    Parameters
    ----------
    x : array
        Of n axes.
    axes : tuple of int
        The numbers from 0 to n - 1 with two of them exchanged.

    Returns
    -------
    array
        ``result.shape[i] == x.shape[axes[i]]``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.transposes import transpose
    >>> transpose(wg.zeros((2, 3, 4)), (2, 1, 0)).shape
    (4, 3, 2)
    """
    return adapter_of(x).function("permute_dims")(x, axes)


@operator(operands=("x",), node="T", linear=True, view=True)
def t(x: Any, /, axes: tuple[int, ...]) -> Any:
    """The transpose of a matrix; anything with fewer axes as it is.

    Parameters
    ----------
    x : array
        Of at most two axes.
    axes : tuple of int
        Their numbers in the order in which the result has them.

    Returns
    -------
    array
        A view.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.transposes import t
    >>> t(wg.zeros((2, 3)), (1, 0)).shape
    (3, 2)
    """
    return adapter_of(x).function("permute_dims")(x, axes)


def _is_its_own_inverse(function: Callable[..., Any]) -> None:
    rule(function, "x")(lambda g, axes: function(g, axes))  # noqa: PLW0108  (rules are told apart by their parameters)


for _function in (transpose, t):
    _is_its_own_inverse(_function)


@batching(transpose)
@batching(t)
def _(batch: Batch, x: Any, axes: tuple[int, ...]) -> Any:
    return batch.call(x=x, axes=(0, *moved_axes(axes, len(x.shape) - 1)))
