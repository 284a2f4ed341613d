"""Inverses, and solutions of linear equations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import over_last_axes
from ...op_batching import Batch, elementwise
from ..complex import conj
from ..grids import tril, triu
from ..manipulation import expand_dims, moveaxis, reshape, squeeze
from ..products import matmul
from .common import adjoint, column, computed, matrices, row, square

__all__ = ["inv", "solve", "solve_triangular", "tensorinv", "tensorsolve"]


@operator(node="LinalgInvEx")
def inv(x: Any, /) -> Any:
    """The inverse of every matrix.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.

    Returns
    -------
    Tensor or array
        Of the same shape.

    Raises
    ------
    MatrixError
        If a matrix is singular.

    Notes
    -----
    From d(A⁻¹) = -A⁻¹ dA A⁻¹, gA = -A⁻ᴴ G A⁻ᴴ.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    >>> y = wg.linalg.inv(x)
    >>> y.tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    >>> y[0, 0].backward()
    >>> x.grad[0, 0].item()
    -0.25
    """
    square("inv", x)
    return computed("inv", x)


@rule(inv, "x")
def _(g: Any, out: Any) -> Any:
    back = adjoint(out)
    return -(back @ g @ back)


jvp(inv, "x")(lambda t, out: -(out @ t @ out))
batching(inv)(over_last_axes(2))


@operator(node="LinalgSolveEx")
def solve(x1: Any, x2: Any, /) -> Any:
    """The solutions X of ``x1 @ X = x2``.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., N, N)``.
    x2 : Tensor or array
        Of shape ``(..., N, K)``, or ``(N,)`` for one right-hand side; the leading axes broadcast.

    Returns
    -------
    Tensor or array
        Of shape ``(..., N, K)``, or ``(..., N)``.

    Raises
    ------
    MatrixError
        If a matrix is singular.

    Notes
    -----
    gB = A⁻ᴴ G, which is another solution, and gA = -gB Xᴴ.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    >>> wg.linalg.solve(a, wg.tensor([2.0, 8.0])).sum().backward()
    >>> a.grad.tolist()
    [[-0.5, -1.0], [-0.25, -0.5]]
    """
    _check_sides("solve", x1, x2)
    return computed("solve", x1, x2)


def _check_sides(name: str, x1: Any, x2: Any) -> None:
    n = square(name, x1, "x1")
    if not len(x2.shape) or x2.shape[-2 if len(x2.shape) > 1 else 0] != n:
        raise ArgumentError(
            f"{name}: x2: expected shape (..., {n}, K) or ({n},) beside x1 of shape {tuple(x1.shape)}, got {tuple(x2.shape)}"
        )


def _solved(a: Any, g: Any, vector: bool) -> Any:
    """The solution for `g`, which has axes in front where `a` has them, also if it is of vectors."""
    return squeeze(solve(a, column(g)), -1) if vector else solve(a, g)


@rule(solve, "x1")
def _(g: Any, x1: Any, out: Any, x2_shape: tuple[int, ...]) -> Any:
    vector = len(x2_shape) == 1
    back = _solved(adjoint(x1), g, vector)
    return -(column(back) * row(conj(out)) if vector else back @ adjoint(out))


@rule(solve, "x2")
def _(g: Any, x1: Any, x2_shape: tuple[int, ...]) -> Any:
    return _solved(adjoint(x1), g, len(x2_shape) == 1)


@jvp(solve, "x1")
def _(t: Any, x1: Any, out: Any, x2_shape: tuple[int, ...]) -> Any:
    vector = len(x2_shape) == 1
    return -_solved(x1, squeeze(t @ column(out), -1) if vector else t @ out, vector)


@jvp(solve, "x2")
def _(t: Any, x1: Any) -> Any:
    return solve(x1, t)


@batching(solve)
def _(batch: Batch, x1: Any, x2: Any) -> Any:
    return _of_columns(batch, x1, x2)


def _of_columns(batch: Batch, x1: Any, x2: Any, **options: Any) -> Any:
    """Of each sample; right-hand sides that are vectors in it are columns."""
    vector = batch.ndim("x2", x2) == 1
    if vector:
        x2 = expand_dims(x2, axis=-1)
    out = elementwise(batch, x1=x1, x2=x2, **options)
    return squeeze(out, -1) if vector else out


@operator(node="LinalgSolveTriangular")
def solve_triangular(x1: Any, x2: Any, /, *, upper: bool = False, unit: bool = False) -> Any:
    """The solutions X of ``x1 @ X = x2`` for triangular `x1`, by substitution.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., N, N)``. Only one triangle is looked at.
    x2 : Tensor or array
        Of shape ``(..., N, K)``; the leading axes broadcast.
    upper : bool
        Whether it is the upper triangle.
    unit : bool
        Whether the diagonal is taken to be of ones, and not looked at either.

    Returns
    -------
    Tensor or array
        Of shape ``(..., N, K)``.

    Raises
    ------
    MatrixError
        If an element of the diagonal is zero.

    Notes
    -----
    As of `solve`, with the triangle of gA that is looked at.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[2.0, 9.0], [1.0, 1.0]])
    >>> wg.linalg.solve_triangular(a, wg.tensor([[2.0], [3.0]])).tolist()
    [[1.0], [2.0]]
    """
    matrices("solve_triangular", x2, "x2")
    _check_sides("solve_triangular", x1, x2)
    return computed("solve_triangular", x1, x2, upper=upper, unit=unit)


def _triangle(x: Any, upper: bool, unit: bool) -> Any:
    return triu(x, k=int(unit)) if upper else tril(x, k=-int(unit))


@rule(solve_triangular, "x1")
def _(g: Any, x1: Any, out: Any, upper: bool, unit: bool) -> Any:
    back = solve_triangular(adjoint(x1), g, upper=not upper, unit=unit)
    return -_triangle(matmul(back, adjoint(out)), upper, unit)


@rule(solve_triangular, "x2")
def _(g: Any, x1: Any, upper: bool, unit: bool) -> Any:
    return solve_triangular(adjoint(x1), g, upper=not upper, unit=unit)


@jvp(solve_triangular, "x1")
def _(t: Any, x1: Any, out: Any, upper: bool, unit: bool) -> Any:
    return -solve_triangular(x1, _triangle(t, upper, unit) @ out, upper=upper, unit=unit)


@jvp(solve_triangular, "x2")
def _(t: Any, x1: Any, upper: bool, unit: bool) -> Any:
    return solve_triangular(x1, t, upper=upper, unit=unit)


batching(solve_triangular)(elementwise)


# -- of more axes --------------------------------------------------------------------------------------------------------
def tensorsolve(x1: Any, x2: Any, /, *, axes: Sequence[int] | None = None) -> Any:
    """The solution X of ``tensordot(x1, X, axes=X.ndim) == x2``.

    Parameters
    ----------
    x1 : Tensor or array
        Its first axes are those of `x2`; the others have as many elements, and are those of the solution.
    x2 : Tensor or array
    axes : sequence of int, optional
        Axes of `x1` to be moved to its end before.

    Returns
    -------
    Tensor or array

    Raises
    ------
    ArgumentError
        If the numbers of elements do not fit.
    MatrixError
        If there is no one solution.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.reshape(wg.eye(4) * 2.0, (4, 2, 2))
    >>> wg.linalg.tensorsolve(a, wg.tensor([2.0, 4.0, 6.0, 8.0])).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    for axis in axes or ():
        x1 = moveaxis(x1, axis, -1)
    ndim, size = len(x2.shape), math.prod(x2.shape)
    shape = tuple(x1.shape[ndim:])
    if tuple(x1.shape[:ndim]) != tuple(x2.shape) or math.prod(shape) != size:
        raise ArgumentError(
            f"tensorsolve: x1: expected the axes of x2, {tuple(x2.shape)}, and others with {size} elements, got {tuple(x1.shape)}"
        )
    return reshape(solve(reshape(x1, (size, size)), reshape(x2, (size,))), shape)


def tensorinv(x: Any, /, *, ind: int = 2) -> Any:
    """The inverse for `tensordot`: ``tensordot(tensorinv(x), x, axes=ind)`` is an identity.

    Parameters
    ----------
    x : Tensor or array
        Its first `ind` axes have as many elements as the others.
    ind : int

    Returns
    -------
    Tensor or array
        The other axes, followed by the first `ind`.

    Raises
    ------
    ArgumentError
        If the numbers of elements differ, or `ind` is below 1.
    MatrixError
        If there is no inverse.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.tensorinv(wg.reshape(wg.eye(4), (4, 2, 2)), ind=1).shape
    (2, 2, 4)
    """
    first, others = tuple(x.shape[:ind]), tuple(x.shape[ind:])
    size = math.prod(first)
    if ind < 1 or size != math.prod(others):
        raise ArgumentError(
            f"tensorinv: x: expected as many elements in the first ind={ind} axes as in the others, got shape {tuple(x.shape)}"
        )
    return reshape(inv(reshape(x, (size, size))), others + first)
