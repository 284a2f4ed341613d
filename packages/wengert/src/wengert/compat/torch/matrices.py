"""Linear algebra under PyTorch's older names, at the top and as methods."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import ArgumentError, UnsupportedError, UsageError
from ...ops import comparison
from . import linalg, math
from .calling import function
from .matrix_calls import matrices

__all__ = [
    "cholesky", "cholesky_inverse", "cholesky_solve", "det", "inverse", "lobpcg", "logdet", "matrix_exp", "matrix_power",
    "pinverse", "qr", "slogdet", "svd", "triangular_solve",
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


def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
) -> tuple[Any, Any]:
    """The `k` largest eigenvalues of symmetric matrices, or the smallest in ascending order, and their eigenvectors.

    PyTorch iterates; here the whole decomposition is computed, so what steers an iteration (the start `X` beyond its number of
    columns, the preconditioner `iK`, `n`, `niter`, `tol` and `method`) changes nothing.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.lobpcg(torch.diag(torch.tensor([1.0, 3.0, 2.0])))[0]
    tensor([3.])
    """
    A = matrices("lobpcg", A)
    rows = A._shape[-1]
    if A._shape[-2] != rows:
        raise UsageError(f"lobpcg: A must be square, got shape {tuple(A._shape)}")
    if tracker is not None:
        raise UnsupportedError("lobpcg: tracker is not supported: there is no iteration to be told of")
    count = k if k is not None else 1 if X is None else X._shape[-1]
    if rows < 3 * count:
        raise ArgumentError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={rows}) is smaller than 3 x the number of requested "
            f"eigenpairs (={count})"
        )
    L = None if B is None else linalg.cholesky(B)
    if L is not None:  # the pencil with B becomes a matrix, and its vectors are turned back below
        A = linalg.solve_triangular(L, linalg.solve_triangular(L, A, upper=False).mT, upper=False)
    values, vectors = linalg.eigh(math.div(math.add(A, A.mT), 2))
    if largest is None or largest:
        values, vectors = values.flip(-1), vectors.flip(-1)
    values, vectors = values[..., :count], vectors[..., :count]
    return values, vectors if L is None else linalg.solve_triangular(L.mT, vectors, upper=True)


# -- equations -----------------------------------------------------------------------------------------------------------
def _lower(name: str, L: Any, upper: bool) -> Any:
    L = matrices(name, L)
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
