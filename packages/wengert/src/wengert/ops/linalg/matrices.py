"""What the array API has of the last axes: the cross product, diagonals and traces of matrices."""

from __future__ import annotations

from typing import Any

from ...errors import ArgumentError
from .. import indexing
from ..dtypes import astype
from ..manipulation import roll

__all__ = ["cross", "diagonal", "trace"]


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross products of vectors in space along `axis`.

    Parameters
    ----------
    x1, x2 : Tensor or array
        With 3 elements along `axis`; the other axes broadcast.
    axis : int
        Counted from the end, hence negative, unless the operands have as many axes.

    Returns
    -------
    Tensor or array
        Of the broadcast shape. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.cross(wg.tensor([1.0, 0.0, 0.0]), wg.tensor([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if axis >= 0 and len(x1.shape) != len(x2.shape):
        raise ArgumentError(
            f"cross: axis: expected a negative one for operands of shapes {tuple(x1.shape)} and {tuple(x2.shape)}, got {axis}"
        )
    for operand, x in (("x1", x1), ("x2", x2)):
        ndim = len(x.shape)
        if not -ndim <= axis < ndim or x.shape[axis] != 3:
            raise ArgumentError(f"cross: {operand}: expected 3 elements along axis {axis}, got shape {tuple(x.shape)}")
    return roll(x1, -1, axis=axis) * roll(x2, -2, axis=axis) - roll(x1, -2, axis=axis) * roll(x2, -1, axis=axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of every matrix, the last two axes of `x`; `offset` as in `wengert.diagonal`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.diagonal(wg.ones((3, 2, 2))).shape
    (3, 2)
    """
    return indexing.diagonal(x, offset=offset, axis1=-2, axis2=-1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of the diagonal of every matrix, the last two axes of `x`; computed in `dtype`, if that is given.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.trace(wg.ones((3, 2, 2))).tolist()
    [2.0, 2.0, 2.0]
    """
    x = x if dtype is None else astype(x, dtype, copy=False)
    return indexing.trace(x, offset=offset, axis1=-2, axis2=-1)
