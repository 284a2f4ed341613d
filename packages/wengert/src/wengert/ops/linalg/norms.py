"""Norms of matrices, and the condition numbers that they make."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.shapes import normalize_axes
from ...errors import ArgumentError
from ..elementwise import abs as magnitude
from ..manipulation import expand_dims, moveaxis
from ..norms import vector_norm
from ..reductions import Axis, sum
from ..reductions import max as largest
from ..reductions import min as smallest
from .common import matrices, square
from .singular import svdvals
from .solving import inv

__all__ = ["cond", "matrix_norm", "norm"]


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: float | str | None = "fro") -> Any:
    """The norm of every matrix.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``.
    keepdims : bool
        Whether the last two axes stay, with length 1.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}
        The root of the sum of the squares; the sum of the singular values; the largest or, of a negative order, smallest sum of
        the magnitudes of a column (1), singular value (2), sum of the magnitudes of a row (inf).

    Returns
    -------
    Tensor or array
        Of shape ``(...)``, real.

    Notes
    -----
    Where several columns, rows or elements attain an extreme they share the gradient. At the zero matrix that of the root of
    squares is zero.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[3.0, 0.0], [0.0, -4.0]])
    >>> wg.linalg.matrix_norm(x).item(), wg.linalg.matrix_norm(x, ord="nuc").item()
    (5.0, 7.0)
    """
    matrices("matrix_norm", x)
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        found = sum(svdvals(x), axis=-1)
    elif ord in (2, -2):
        found = (_largest if ord == 2 else smallest)(svdvals(x), axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        sums = sum(magnitude(x), axis=-2 if ord in (1, -1) else -1)
        found = (_largest if ord in (1, math.inf) else smallest)(sums, axis=-1)
    else:
        raise ArgumentError(f"matrix_norm: ord: expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, got {ord!r}")
    return expand_dims(found, axis=(-2, -1)) if keepdims else found


def _largest(x: Any, /, *, axis: int) -> Any:
    """The largest magnitude along `axis`, 0 where there is none."""
    return largest(x, axis=axis) if x.shape[axis] else sum(x, axis=axis)


def norm(x: Any, /, ord: float | str | None = None, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of vectors or of matrices: NumPy's function for both.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    ord : float or str, optional
        The order; see `vector_norm` for vectors and `matrix_norm` for matrices. Default: the root of the sum of the squares.
    axis : int or (int, int), optional
        One axis for the norms of vectors, two for those of matrices. Default: all of `x` is one vector if `ord` is left out, else
        one vector or one matrix.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    Tensor or array
        Without these axes, real.

    Raises
    ------
    ArgumentError
        If an order is given for an `x` of another number of axes, or `axis` names more than two.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[3.0, 0.0], [0.0, 4.0]], requires_grad=True)
    >>> y = wg.linalg.norm(x)
    >>> y.backward()
    >>> y.item(), [[round(g, 3) for g in row] for row in x.grad.tolist()]
    (5.0, [[0.6, 0.0], [0.0, 0.8]])
    >>> wg.linalg.norm(x, 1).item(), wg.linalg.norm(x, 1, axis=0).tolist()
    (4.0, [3.0, 4.0])
    """
    ndim = len(x.shape)
    if axis is None and ord is None:
        return vector_norm(x, keepdims=keepdims)
    if axis is None and ndim not in (1, 2):
        raise ArgumentError(f"norm: ord={ord!r} is of a vector or a matrix, got x of shape {tuple(x.shape)}; name its axis")
    axes = normalize_axes(axis, ndim)
    if len(axes) == 1:
        return vector_norm(x, axis=axes[0], ord=2.0 if ord is None else ord, keepdims=keepdims)  # type: ignore[arg-type]
    if len(axes) != 2:
        raise ArgumentError(f"norm: axis: expected one or two, got {axis}")
    found = matrix_norm(moveaxis(x, axes, (-2, -1)), ord="fro" if ord is None else ord)
    return expand_dims(found, axis=tuple(sorted(axes))) if keepdims else found


def cond(x: Any, /, p: Any = None) -> Any:
    """The condition number of every matrix: its norm times that of its inverse.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``; square, but for `p` of None, 2 and -2.
    p : optional
        The order of the norm, see `matrix_norm`. Default: 2, for which it is the ratio of the largest singular value to the
        smallest; of -2 it is the ratio of the smallest to the largest.

    Returns
    -------
    Tensor or array
        Of shape ``(...)``, real.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.cond(wg.tensor([[4.0, 0.0], [0.0, 2.0]])).item()
    2.0
    """
    matrices("cond", x)
    if p in (None, 2, -2):
        s = svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    square("cond", x)
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
