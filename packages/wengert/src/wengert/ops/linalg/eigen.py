"""Eigenvalues and eigenvectors, of Hermitian matrices and of others."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import ArgumentError
from ...op import batching, operator, rule
from ...op_batch_rules import over_last_axes
from ..complex import conj, real
from ..indexing import diagonal
from .common import adjoint, check_phase, column, computed, off_diagonals, on_diagonals, quotient, row, square
from .solving import solve

__all__ = ["eig", "eigh", "eigvals", "eigvalsh"]


class EighResult(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """What `eig` returns."""

    eigenvalues: Any
    eigenvectors: Any


# -- Hermitian matrices ------------------------------------------------------------------------------------------------
def _hermitian(name: str, x: Any, UPLO: str) -> Any:
    square(name, x)
    if UPLO not in ("L", "U"):
        raise ArgumentError(f"{name}: UPLO: expected 'L' or 'U', got {UPLO!r}")
    return computed(name, x, UPLO=UPLO)


@operator(name="eigh", operands=("x",), outputs=2, node="LinalgEigh")
def _eigh(x: Any, /, *, UPLO: str) -> tuple[Any, Any]:
    return tuple(_hermitian("eigh", x, UPLO))


def eigh(x: Any, /, *, UPLO: str = "L") -> EighResult:
    """The eigenvalues of Hermitian matrices in ascending order, and orthonormal eigenvectors.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``, Hermitian.
    UPLO : {"L", "U"}
        Which triangle of it is looked at.

    Returns
    -------
    EighResult
        The named tuple ``(eigenvalues, eigenvectors)``, of shapes ``(..., N)``, real, and ``(..., N, N)``, one vector a column.

    Raises
    ------
    MatrixError
        If the iteration does not converge; or, in a backward, if the gradient depends on the phase of complex eigenvectors,
        which is arbitrary.

    Notes
    -----
    gA = V (diag(gλ) + (Vᴴ gV) / E) Vᴴ with E[i, j] = λ[j] - λ[i] off the diagonal (Giles, section 3.1). Where eigenvalues are
    equal their vectors have no derivative: what they contribute is infinite or NaN, as in PyTorch, unless the gradient there
    is zero.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    >>> values, vectors = wg.linalg.eigh(x)
    >>> values.tolist()
    [1.0, 2.0]
    >>> values[0].backward()
    >>> x.grad.tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    return EighResult(*_eigh(x, UPLO=UPLO))


@rule(_eigh, "x")
def _(grads: Any, out0: Any, out1: Any) -> Any:
    g_values, g_vectors = grads
    back = adjoint(out1) @ g_vectors
    check_phase("eigh", diagonal(back, axis1=-2, axis2=-1))
    back = quotient(back, off_diagonals(row(out0) - column(out0)))
    return out1 @ on_diagonals(g_values, back) @ adjoint(out1)


batching(_eigh)(over_last_axes(2))


@operator(operands=("x",), node="LinalgEigh")
def eigvalsh(x: Any, /, *, UPLO: str = "L") -> Any:
    """The eigenvalues of Hermitian matrices in ascending order; parameters as of `eigh`.

    Notes
    -----
    gA = V diag(g) Vᴴ, for whose eigenvectors the backward computes the decomposition. Defined at equal eigenvalues too.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.eigvalsh(wg.tensor([[2.0, 0.0], [0.0, 1.0]])).tolist()
    [1.0, 2.0]
    """
    return _hermitian("eigvalsh", x, UPLO)


@rule(eigvalsh, "x")
def _(g: Any, x: Any, UPLO: str) -> Any:
    vectors = _eigh(x, UPLO=UPLO)[1]
    return vectors * row(g) @ adjoint(vectors)


batching(eigvalsh)(over_last_axes(2))


# -- any matrices ------------------------------------------------------------------------------------------------------
@operator(name="eig", outputs=2, node="LinalgEig")
def _eig(x: Any, /) -> tuple[Any, Any]:
    square("eig", x)
    return tuple(computed("eig", x))


def eig(x: Any, /) -> EigResult:
    """The eigenvalues of matrices, in no order, and eigenvectors of length 1.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.

    Returns
    -------
    EigResult
        The named tuple ``(eigenvalues, eigenvectors)``, of shapes ``(..., N)`` and ``(..., N, N)``, one vector a column; complex
        whatever the matrix is.

    Raises
    ------
    MatrixError
        If the iteration does not converge; or, in a backward, if the gradient depends on the phase of the eigenvectors, or
        if they are not independent.

    Notes
    -----
    gA = V⁻ᴴ (diag(gλ) + (VᴴgV - VᴴV diag(Re VᴴgV)) / conj(E)) Vᴴ with E[i, j] = λ[j] - λ[i]; the second term under the
    fraction is there because the vectors keep the length 1 (PyTorch, linalg_eig_backward). Equal eigenvalues as in `eigh`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.eig(wg.tensor([[0.0, -4.0], [1.0, 0.0]])).eigenvalues.imag
    tensor([ 2., -2.])
    """
    return EigResult(*_eig(x))


@rule(_eig, "x")
def _(grads: Any, out0: Any, out1: Any) -> Any:
    g_values, g_vectors = grads
    back = adjoint(out1) @ g_vectors
    on = diagonal(back, axis1=-2, axis2=-1)
    check_phase("eig", on)
    back = back - adjoint(out1) @ (out1 * row(real(on)))
    back = quotient(back, off_diagonals(conj(row(out0) - column(out0))))
    return solve(adjoint(out1), on_diagonals(g_values, back) @ adjoint(out1))


batching(_eig)(over_last_axes(2))


@operator(node="LinalgEigvals")
def eigvals(x: Any, /) -> Any:
    """The eigenvalues of matrices, complex and in no order; parameters as of `eig`.

    Notes
    -----
    gA = V⁻ᴴ diag(g) Vᴴ, for whose eigenvectors the backward computes the decomposition.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.eigvals(wg.tensor([[0.0, -4.0], [1.0, 0.0]])).imag
    tensor([ 2., -2.])
    """
    square("eigvals", x)
    return computed("eigvals", x)


@rule(eigvals, "x")
def _(g: Any, x: Any) -> Any:
    back = adjoint(_eig(x)[1])
    return solve(back, column(g) * back)


batching(eigvals)(over_last_axes(2))
