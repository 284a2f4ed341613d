"""Linear algebra under PyTorch's older names, at the top and as methods."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import UsageError
from ...ops import comparison
from . import linalg, math
from .calling import function

__all__ = [
    "cholesky", "cholesky_inverse", "cholesky_solve", "det", "inverse", "logdet", "matrix_exp", "matrix_power", "pinverse", "qr",
    "slogdet", "svd", "triangular_solve",
]  # fmt: skip


class SVD(NamedTuple):
    """What `svd` returns: V, not its adjoint."""

    U: Any
    S: Any
    V: Any


class TriangularSolve(NamedTuple):
    """What `triangular_solve` returns."""

    solution: Any
    cloned_coefficient: Any


@function
def det(input: Any) -> Any:
    """The determinants of matrices.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.det(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    return linalg.det(input)


@function
def slogdet(input: Any) -> Any:
    """The signs of determinants, and the logarithms of their absolute values."""
    return linalg.slogdet(input)


@function
def logdet(input: Any) -> Any:
    """The logarithms of determinants, NaN where they are negative."""
    sign, size = linalg.slogdet(input)
    if sign._dtype.kind == "c":
        return math.add(size, math.log(sign))
    return math.where(comparison.less(sign, 0), float("nan"), size)


@function
def inverse(input: Any) -> Any:
    """The inverses of matrices."""
    return linalg.inv(input)


@function
def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The pseudo-inverse."""
    return linalg.pinv(input, rtol=rcond)


@function
def matrix_exp(input: Any) -> Any:
    """The exponential of matrices."""
    return linalg.matrix_exp(input)


@function
def matrix_power(input: Any, n: int) -> Any:
    """Matrices to a power."""
    return linalg.matrix_power(input, n)


# -- decompositions ------------------------------------------------------------------------------------------------------
@function
def cholesky(input: Any, upper: bool = False) -> Any:
    """The factor of Cholesky."""
    return linalg.cholesky(input, upper=upper)


@function
def qr(input: Any, some: bool = True) -> Any:
    """Orthonormal columns, all of them unless `some`, and a triangle."""
    return linalg.qr(input, "reduced" if some else "complete")


@function
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """Singular values, and vectors as the columns of U and V.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.svd(torch.tensor([[3.0], [4.0]])).S
    tensor([5.])
    """
    if not compute_uv:
        S = linalg.svdvals(input)
        m, n = input._shape[-2:]
        zeros = [input.detach().new_zeros(*input._shape[:-2], k, k) for k in (m, n)]
        return SVD(zeros[0], S, zeros[1])
    U, S, Vh = linalg.svd(input, not some)
    return SVD(U, S, Vh.mH)


# -- equations -----------------------------------------------------------------------------------------------------------
def _lower(name: str, L: Any, upper: bool) -> Any:
    L = linalg.matrices(name, L)
    if L._shape[-1] != L._shape[-2]:
        raise UsageError(f"{name}: input must be batches of square matrices, got shape {tuple(L._shape)}")
    return L.mH if upper else L


@function
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """The solution X of ``A X = B``, of whose A `L` is the factor of Cholesky."""
    lower = _lower("cholesky_solve", L, upper)
    half = linalg.solve_triangular(lower, B, upper=False)
    return linalg.solve_triangular(lower.mH, half, upper=True)


@function
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of the matrix of which `L` is the factor of Cholesky."""
    lower = _lower("cholesky_inverse", L, upper)
    eye = math.mul(lower.detach(), 0)
    eye.diagonal(0, -2, -1).fill_(1)
    half = linalg.solve_triangular(lower, eye, upper=False)
    return half.mH @ half


@function
def triangular_solve(b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False) -> Any:
    """The solution X of ``A X = b`` for triangular `A`, and a copy of `A`."""
    matrix, above = (A.mT, not upper) if transpose else (A, upper)
    return TriangularSolve(linalg.solve_triangular(matrix, b, upper=above, unitriangular=unitriangular), A.clone())
