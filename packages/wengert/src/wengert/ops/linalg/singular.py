"""Singular values, and what is made of them: pseudo-inverses, ranks, least squares."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...arrays.adapter import adapter_of
from ...errors import ArgumentError
from ...op import batching, operator, rule
from ...op_batch_rules import over_last_axes
from ..complex import imag, is_complex
from ..elementwise import abs as magnitude
from ..elementwise import square as squared
from ..indexing import diagonal
from ..manipulation import squeeze
from ..products import matmul
from ..reductions import sum
from .common import adjoint, check_phase, column, computed, matrices, off_diagonals, on_diagonals, quotient, raw, row

__all__ = ["lstsq", "matrix_rank", "pinv", "svd", "svdvals"]


class SVDResult(NamedTuple):
    """What `svd` returns."""

    U: Any
    S: Any
    Vh: Any


@operator(name="svd", operands=("x",), outputs=3, node="LinalgSvd")
def _svd(x: Any, /, *, full_matrices: bool) -> tuple[Any, ...]:
    matrices("svd", x)
    return tuple(computed("svd", x, full_matrices=full_matrices))


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """The singular values of matrices in descending order, and their singular vectors: ``x = U @ diag(S) @ Vh``.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``; K is the smaller of M and N.
    full_matrices : bool
        Whether U and Vh are square, or of K columns and rows.

    Returns
    -------
    SVDResult
        The named tuple ``(U, S, Vh)``, of shapes ``(..., M, M)`` or ``(..., M, K)``, ``(..., K)``, and ``(..., N, N)`` or
        ``(..., K, N)``; S is real.

    Raises
    ------
    MatrixError
        If the iteration does not converge; or, in a backward, if the gradient depends on the common phase of complex singular
        vectors, which is arbitrary.

    Notes
    -----
    gA = U [skew(UᴴgU) / E S + S skew(VᴴgV) / E + diag(gS)] Vᴴ, with skew(X) = X - Xᴴ and E[i, j] = S[j]² - S[i]² off the
    diagonal, and what gU and gV have outside the spans of U and V, divided by S (PyTorch, svd_backward). Where singular values
    are equal, or zero, vectors have no derivative: what they contribute is infinite or NaN, unless the gradient there is zero.
    The vectors beyond the K-th are not determined, and gradients of them are dropped. All this is as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]], requires_grad=True)
    >>> u, s, vh = wg.linalg.svd(x, full_matrices=False)
    >>> s.tolist()
    [3.0, 2.0]
    >>> s[0].backward()
    >>> x.grad.tolist()
    [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """
    return SVDResult(*_svd(x, full_matrices=full_matrices))


@rule(_svd, "x")
def _(grads: Any, out0: Any, out1: Any, out2: Any, x_shape: tuple[int, ...], full_matrices: bool) -> Any:
    g_u, g_s, g_vh = grads
    (m, n), s = x_shape[-2:], out1
    k = min(m, n)
    if full_matrices and m != n:
        out0, out2, g_u, g_vh = out0[..., :k], out2[..., :k, :], g_u[..., :k], g_vh[..., :k, :]
    in_u, in_v = adjoint(out0) @ g_u, out2 @ adjoint(g_vh)
    skew_u, skew_v = in_u - adjoint(in_u), in_v - adjoint(in_v)
    squares = s * s
    gaps = off_diagonals(row(squares) - column(squares))
    inner = quotient(skew_u, gaps) * row(s) + column(s) * quotient(skew_v, gaps)
    values = g_s
    if is_complex(out0):
        phase = diagonal(in_u, axis1=-2, axis2=-1)
        check_phase("svd", phase + diagonal(in_v, axis1=-2, axis2=-1))
        values = g_s + quotient(imag(phase), s) * 1j
    inner = on_diagonals(values, inner)
    if m > k:
        inner = out0 @ inner + quotient(g_u - out0 @ in_u, row(s))
        return inner @ out2
    inner = inner @ out2
    if n > k:
        inner = inner + quotient(g_vh - adjoint(in_v) @ out2, column(s))
    return out0 @ inner


batching(_svd)(over_last_axes(2))


@operator(node="LinalgSvd")
def svdvals(x: Any, /) -> Any:
    """The singular values of matrices in descending order.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``.

    Returns
    -------
    Tensor or array
        Of shape ``(..., min(M, N))``, real.

    Notes
    -----
    gA = U diag(g) Vᴴ, for whose vectors the backward computes the decomposition. Defined at equal values and at zero too.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.svdvals(wg.tensor([[2.0, 0.0], [0.0, -3.0]]))
    tensor([3., 2.])
    """
    matrices("svdvals", x)
    return computed("svd", x, compute_uv=False)


@rule(svdvals, "x")
def _(g: Any, x: Any) -> Any:
    u, _, vh = _svd(x, full_matrices=False)
    return u * row(g) @ vh


batching(svdvals)(over_last_axes(2))


# -- pseudo-inverses ---------------------------------------------------------------------------------------------------
def _cutoff(x: Any, rtol: Any) -> Any:
    """How small singular values are, beside the largest, that are taken for zero: what rounding makes of it by default."""
    if rtol is not None:
        return raw(rtol)
    adapter = adapter_of(x)
    exact = adapter.kind(x.dtype) not in "fc"
    eps = float(adapter.functions.finfo(adapter.functions.float64 if exact else adapter.real_dtype(x.dtype)).eps)
    return max(x.shape[-2:]) * eps


@operator(operands=("x",), node="LinalgPinv")
def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse of Moore and Penrose of every matrix.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``.
    rtol : float or array, optional
        Singular values below `rtol` times the largest are taken for zero. Default: max(M, N) times the distance of 1 from the
        next number of the dtype.

    Returns
    -------
    Tensor or array
        Of shape ``(..., N, M)``.

    Notes
    -----
    The gradient is that of matrices of the same rank (Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear
    least squares problems whose variables separate", 1973): the pseudo-inverse jumps where the rank changes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.pinv(wg.tensor([[2.0], [0.0]])).tolist()
    [[0.5, 0.0]]
    """
    matrices("pinv", x)
    return computed("pinv", x, rtol=_cutoff(x, rtol))


# dP = -P dA P + P Pᴴ dAᴴ (I - A P) + (I - P A) dAᴴ Pᴴ P, transposed.
@rule(pinv, "x")
def _(g: Any, x: Any, out: Any) -> Any:
    back, g_back = adjoint(out), adjoint(g)
    through = out @ g_back
    second = (g_back - x @ through) @ (out @ back)
    return second - back @ g @ back + back @ (through - through @ out @ x)


batching(pinv)(over_last_axes(2))


# -- ranks -------------------------------------------------------------------------------------------------------------
@operator(operands=("x",))
def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The number of singular values of every matrix that count, `rtol` as in `pinv`. Not differentiable.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``.
    rtol : float or array, optional
        As in `pinv`.

    Returns
    -------
    Tensor or array
        Of integers, of shape ``(...)``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.matrix_rank(wg.tensor([[1.0, 2.0], [2.0, 4.0]])).item()
    1
    """
    matrices("matrix_rank", x)
    adapter = adapter_of(x)
    xp = adapter.functions
    s = computed("svd", x, compute_uv=False)
    if not s.shape[-1]:
        return adapter.zeros(s.shape[:-1], xp.int64, s)
    least = s[..., :1] * xp.asarray(_cutoff(x, rtol))[..., None]  # they are in descending order
    return xp.count_nonzero(s > least, axis=-1)


batching(matrix_rank)(over_last_axes(2))


# -- least squares -----------------------------------------------------------------------------------------------------
class LstsqResult(NamedTuple):
    """What `lstsq` returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def lstsq(x1: Any, x2: Any, /, *, rtol: Any = None, rcond: Any = None) -> LstsqResult:
    """The X of least norm among those for which ``x1 @ X - x2`` is least, in the sense of least squares.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., M, N)``.
    x2 : Tensor or array
        Of shape ``(..., M, K)``, or ``(M,)``.
    rtol : float, optional
        As in `pinv`.
    rcond : float, optional
        NumPy's and PyTorch's name for `rtol`, by which SciPy calls this function; the array API standard has none.

    Returns
    -------
    LstsqResult
        The named tuple ``(solution, residuals, rank, singular_values)``: the solution is of shape ``(..., N, K)`` or
        ``(..., N)``, the residuals are the squared distances, one for each right-hand side, the rest is of `x1`.

    Notes
    -----
    The solution is the pseudo-inverse times `x2`, and so are its derivatives.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[1.0], [1.0]])
    >>> found = wg.linalg.lstsq(a, wg.tensor([1.0, 3.0]))
    >>> round(found.solution.item(), 6), round(found.residuals.item(), 6)
    (2.0, 2.0)
    """
    if rcond is not None:
        if rtol is not None:
            raise ArgumentError(f"lstsq: rtol and rcond are two names for one tolerance, got both: {rtol!r} and {rcond!r}")
        rtol = rcond
    m, _ = matrices("lstsq", x1, "x1")
    vector = len(x2.shape) == 1
    if not x2.shape or x2.shape[0 if vector else -2] != m:
        raise ArgumentError(
            f"lstsq: x2: expected shape (..., {m}, K) or ({m},) beside x1 of shape {tuple(x1.shape)}, got {tuple(x2.shape)}"
        )
    right = column(x2) if vector else x2
    solution = matmul(pinv(x1, rtol=rtol), right)
    residuals = sum(squared(magnitude(right - matmul(x1, solution))), axis=-2)
    if vector:
        solution, residuals = squeeze(solution, -1), squeeze(residuals, -1)
    return LstsqResult(solution, residuals, matrix_rank(x1, rtol=rtol), svdvals(x1))
