"""``torch.linalg``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ... import linalg as ours
from ...arrays.adapter import adapter_of
from ...errors import MatrixError, UsageError
from ...ops import manipulation, norms
from ...ops.linalg.factors import QRResult
from . import dtypes, math, products, shapes
from .calling import cast, dims, floating, one_dim
from .elsewhere import absent
from .matrix_calls import matrices, spelled
from .triangles import lu, lu_factor, lu_solve

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_solve", "lstsq", "lu", "lu_factor", "lu_solve", "matmul",
    "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

LinAlgError = MatrixError
matmul = products.matmul


class LstsqResult(NamedTuple):
    """What `lstsq` returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def _of_matrices(name: str) -> Callable[..., Any]:
    """A function of matrices alone."""
    operator = getattr(ours, name)

    def call(A: Any) -> Any:
        return operator(matrices(name, A))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"See `wengert.linalg.{name}`."
    return spelled(call)


det = _of_matrices("det")
slogdet = _of_matrices("slogdet")
inv = _of_matrices("inv")
eig = _of_matrices("eig")
eigvals = _of_matrices("eigvals")
matrix_exp = _of_matrices("matrix_exp")


# -- decompositions ------------------------------------------------------------------------------------------------------
@spelled
def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The factor of Cholesky.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.cholesky(torch.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return ours.cholesky(matrices("cholesky", A), upper=upper)


@spelled
def qr(A: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns and a triangle; with ``mode="r"`` only the triangle."""
    if mode not in ("reduced", "complete", "r"):
        raise UsageError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'")
    found = ours.qr(matrices("qr", A), mode="reduced" if mode == "r" else mode)
    return QRResult(found.Q[..., :0, :0].reshape(0), found.R) if mode == "r" else found


@spelled
def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices."""
    return ours.eigh(matrices("eigh", A), UPLO=UPLO.upper())


@spelled
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of Hermitian matrices."""
    return ours.eigvalsh(matrices("eigvalsh", A), UPLO=UPLO.upper())


@spelled
def svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """Singular values and vectors; `driver` is for other devices."""
    return ours.svd(matrices("svd", A), full_matrices=full_matrices)


@spelled
def svdvals(A: Any, *, driver: Any = None) -> Any:
    """Singular values; `driver` is for other devices."""
    return ours.svdvals(matrices("svdvals", A))


# -- equations -----------------------------------------------------------------------------------------------------------
@spelled
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The solution of ``A X = B``, or of ``X A = B``; `B` may be vectors, one for each matrix.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 4.0]))
    tensor([1., 1.])
    """
    A, B = matrices("solve", A), matrices("solve", B, 1)
    if A._dtype != B._dtype:
        raise UsageError(f"linalg.solve: Expected A and B to have the same dtype, but found {A.dtype} and {B.dtype}")
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B._shape == A._shape[:-1])
    if vector:
        B = shapes.unsqueeze(B, -1)
    if left or vector:
        X = ours.solve(A, B)
    else:
        X = ours.solve(A.mT, B.mT).mT
    return shapes.squeeze(X, -1) if vector else X


@spelled
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """The solution of ``A X = B``, or of ``X A = B``, for triangular `A`."""
    A, B = matrices("solve_triangular", A), matrices("solve_triangular", B)
    if left:
        return ours.solve_triangular(A, B, upper=upper, unit=unitriangular)
    return ours.solve_triangular(A.mT, B.mT, upper=not upper, unit=unitriangular).mT


@spelled
def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None) -> LstsqResult:
    """Least squares, always by singular values, so that singular matrices are welcome whatever the `driver`."""
    A, B = matrices("lstsq", A), matrices("lstsq", B, 1)
    vector = B.ndim == A.ndim - 1
    found = ours.lstsq(A, shapes.unsqueeze(B, -1) if vector else B, rtol=rcond)
    solution, residuals = found.solution, found.residuals
    if vector:
        solution, residuals = shapes.squeeze(solution, -1), shapes.squeeze(residuals, -1)
    m, n = A._shape[-2:]
    if m <= n or bool((found.rank._array < n).any()):
        residuals = _nothing(A)
    by_values = driver in ("gelsd", "gelss")
    return LstsqResult(
        solution,
        residuals,
        found.rank if by_values or driver in (None, "gelsy") else _nothing(found.rank),
        found.singular_values if by_values else _nothing(A),
    )


def _nothing(like: Any) -> Any:
    return like.detach().reshape(-1)[:0]


# -- pseudo-inverses and ranks -------------------------------------------------------------------------------------------
def _tolerance(A: Any, atol: Any, rtol: Any) -> Any:
    """`rtol` with `atol`, an absolute bound for singular values, as one relative to the largest of each matrix."""
    if atol is None:
        return rtol
    largest = ours.svdvals(A.detach())._array[..., 0]
    xp = adapter_of(largest).xp
    relative = getattr(atol, "_array", atol) / xp.where(largest == 0, 1, largest)
    return relative if rtol is None else xp.maximum(relative, getattr(rtol, "_array", rtol))


@spelled
def pinv(A: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """The pseudo-inverse."""
    A = matrices("pinv", A)
    return ours.pinv(A, rtol=_tolerance(A, atol, rtol))


@spelled
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The number of singular values that count; `tol` is the old name of `atol`."""
    A = matrices("matrix_rank", A)
    return ours.matrix_rank(A, rtol=_tolerance(A, atol if tol is None else tol, rtol))


@spelled
def matrix_power(A: Any, n: int) -> Any:
    """Every matrix to the power `n`."""
    return ours.matrix_power(matrices("matrix_power", A), n)


# -- norms ---------------------------------------------------------------------------------------------------------------
@spelled
def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of vectors along axes, or of all elements.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = floating(x) if dtype is None else cast(x, dtype)
    return norms.vector_norm(x, axis=dims(dim, x.ndim), ord=float(ord), keepdims=keepdim)


@spelled
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of the matrices that two axes span."""
    A = matrices("matrix_norm", A if dtype is None else cast(A, dtype))
    if isinstance(dim, int) or len(dim) != 2:
        raise UsageError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    axes = tuple(one_dim(d, A.ndim) for d in dim)
    found = ours.matrix_norm(manipulation.moveaxis(A, axes, (-2, -1)), ord=ord)
    for axis in sorted(axes) if keepdim else ():
        found = shapes.unsqueeze(found, axis)
    return found


@spelled
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of vectors or, where an order is given with two axes, of matrices.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    axes = dim if dim is None or isinstance(dim, int) else tuple(dim)
    if ord is None:
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    count = A.ndim if axes is None else 1 if isinstance(axes, int) else len(axes)
    if count == 2:
        return matrix_norm(A, ord, (0, 1) if axes is None else axes, keepdim, dtype=dtype)
    if count != 1 or isinstance(ord, str):
        raise UsageError(f"linalg.norm: order {ord!r} is for vectors or matrices, got input of {A.ndim} axes and dim={dim}")
    return vector_norm(A, ord, axes, keepdim, dtype=dtype)


@spelled
def cond(A: Any, p: Any = None) -> Any:
    """The condition number."""
    return ours.cond(matrices("cond", A), p)


# -- products, parts -----------------------------------------------------------------------------------------------------
@spelled
def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The cross products of vectors in space along an axis."""
    if input.ndim != other.ndim:
        raise UsageError(f"linalg.cross: inputs must have the same number of dimensions, got {input.ndim} and {other.ndim}")
    return ours.cross(input, other, axis=dim)


@spelled
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The inner products along an axis, the first operand conjugated."""
    return products.vecdot(x, y, dim)


@spelled
def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, by default of the last two axes."""
    return shapes.diagonal(A, offset, dim1, dim2)


@spelled
def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that takes the fewest operations."""
    return ours.multi_dot(tensors)


@spelled
def vander(x: Any, *, N: int | None = None) -> Any:
    """The powers of each element, from 0 up to and without `N`."""
    count = x._shape[-1] if N is None else N
    powers = [math.pow(x, n) for n in range(count)]
    return shapes.stack(powers, -1)


@spelled
def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:
    """The X for which ``tensordot(A, X, X.ndim)`` is `B`."""
    if dims is not None:
        A = manipulation.moveaxis(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    rest = A._shape[B.ndim :]
    count = B.numel()
    return solve(shapes.reshape(A, (count, count)), shapes.reshape(B, (count,))).reshape(rest)


@spelled
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse for `tensordot` of as many axes as follow the first `ind`."""
    front, back = A._shape[:ind], A._shape[ind:]
    count = 1
    for n in front:
        count *= n
    return inv(shapes.reshape(A, (count, count))).reshape(*back, *front)


householder_product, ldl_factor, ldl_solve = (
    absent(f"torch.linalg.{name}") for name in "householder_product ldl_factor ldl_solve".split()
)


# -- that say whether it went well ---------------------------------------------------------------------------------------
class InvEx(NamedTuple):
    """What `inv_ex` returns."""

    inverse: Any
    info: Any


class CholeskyEx(NamedTuple):
    """What `cholesky_ex` returns."""

    L: Any
    info: Any


class SolveEx(NamedTuple):
    """What `solve_ex` returns."""

    result: Any
    info: Any


def _told(operation: Callable[..., Any], A: Any, check_errors: bool) -> tuple[Any, Any]:
    """The result of `operation`, and 0 for each matrix; if one does not do, NaN everywhere, and 1 for those that do not."""
    info = A.detach().new_zeros(A._shape[:-2], dtype=dtypes.int32)
    try:
        return operation(A), info
    except MatrixError:
        if check_errors:
            raise
    failed = info.reshape(-1)
    rows = A.detach().reshape(-1, *A._shape[-2:])
    for number in range(len(failed)):
        try:
            operation(rows[number])
        except MatrixError:
            failed[number] = 1
    return math.mul(A, float("nan")), failed.reshape(A._shape[:-2])


@spelled
def inv_ex(A: Any, *, check_errors: bool = False) -> InvEx:
    """The inverses, and for each matrix 0 if it has one.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.inv_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    return InvEx(*_told(inv, matrices("inv_ex", A), check_errors))


@spelled
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """The factors of Cholesky, and for each matrix 0 if it has one."""
    return CholeskyEx(*_told(lambda m: cholesky(m, upper=upper), matrices("cholesky_ex", A), check_errors))


@spelled
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> SolveEx:
    """The solutions, and for each matrix 0 if it has an inverse."""
    A = matrices("solve_ex", A)
    _, info = _told(inv, A.detach(), check_errors)
    if bool((info != 0).any()):
        return SolveEx(math.mul(B, float("nan")), info)
    return SolveEx(solve(A, B, left=left), info)
