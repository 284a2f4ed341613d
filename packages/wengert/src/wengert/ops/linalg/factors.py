"""The factors of Cholesky, QR and LU."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...arrays.adapter import adapter_of
from ...autograd.tensor import TENSORS
from ...errors import ArgumentError, MatrixError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import over_last_axes
from ..complex import real
from ..grids import tril, triu
from ..indexing import diagonal
from ..joining import concat
from .common import adjoint, computed, matrices, on_diagonals, square
from .solving import solve_triangular

__all__ = ["cholesky", "lu", "qr"]


# -- Cholesky ----------------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="LinalgCholeskyEx")
def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The triangular L with a positive diagonal for which ``L @ Lᴴ`` is `x`, or U with ``Uᴴ @ U``.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``: Hermitian and positive definite. Only one triangle of it is looked at.
    upper : bool
        Whether U is wanted, and the upper triangle looked at.

    Returns
    -------
    Tensor or array
        Of the same shape.

    Raises
    ------
    MatrixError
        If a matrix is not positive definite.

    Notes
    -----
    The gradient is Hermitian, as `x` is taken to be: L⁻ᴴ P L⁻¹, where P is the mean of the lower triangle of LᴴG and its
    adjoint, with half of the real diagonal (I. Murray, "Differentiation of the Cholesky decomposition", 2016).

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.cholesky(wg.tensor([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    square("cholesky", x)
    return computed("cholesky", x, upper=upper)


# A = LLᴴ gives L⁻¹ dA L⁻ᴴ = L⁻¹dL + (L⁻¹dL)ᴴ =: M, and L⁻¹dL is lower triangular with a real diagonal: it is the lower triangle
# of M with half the diagonal. Against LᴴG that is the inner product of M, which is Hermitian, with P.
@rule(cholesky, "x")
def _(g: Any, out: Any, upper: bool) -> Any:
    low, g = (adjoint(out), adjoint(g)) if upper else (out, g)
    below = tril(adjoint(low) @ g, k=-1)
    middle = (below + adjoint(below)) * 0.5
    middle = on_diagonals(real(diagonal(adjoint(low) @ g, axis1=-2, axis2=-1)) * 0.5, middle)
    back = adjoint(low)
    half = solve_triangular(back, middle, upper=True)
    return adjoint(solve_triangular(back, adjoint(half), upper=True))


@jvp(cholesky, "x")
def _(t: Any, out: Any, upper: bool) -> Any:
    low = adjoint(out) if upper else out
    t = (t + adjoint(t)) * 0.5
    inner = solve_triangular(low, adjoint(solve_triangular(low, t)))
    found = low @ on_diagonals(real(diagonal(inner, axis1=-2, axis2=-1)) * 0.5, tril(inner, k=-1))
    return adjoint(found) if upper else found


batching(cholesky)(over_last_axes(2))


# -- QR ----------------------------------------------------------------------------------------------------------------
class QRResult(NamedTuple):
    """What `qr` returns."""

    Q: Any
    R: Any


@operator(name="qr", operands=("x",), outputs=2, node="LinalgQr")
def _qr(x: Any, /, *, mode: str) -> tuple[Any, Any]:
    matrices("qr", x)
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"qr: mode: expected 'reduced' or 'complete', got {mode!r}")
    q, r = computed("qr", x, mode=mode)
    return q, r


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult:
    """Q with orthonormal columns and R upper triangular for which ``Q @ R`` is `x`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``.
    mode : {"reduced", "complete"}
        Whether Q has min(M, N) columns, or M.

    Returns
    -------
    QRResult
        The named tuple ``(Q, R)``.

    Notes
    -----
    The gradient is defined where the first min(M, N) columns are independent, elsewhere R is singular and the backward raises
    MatrixError. In complete mode with M > N there is none, because the last columns of Q are not determined (PyTorch: the same).

    Examples
    --------
    >>> import wengert as wg
    >>> q, r = wg.linalg.qr(wg.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> wg.abs(r).tolist()[1][0], round(abs(r[0, 0].item()), 6)
    (0.0, 5.0)
    """
    return QRResult(*_qr(x, mode=mode))


# For M >= N (square or reduced): gA = [gQ + Q S] R⁻ᴴ, S the Hermitian matrix made of the upper triangle of gR Rᴴ - QᴴgQ. For
# M < N, A = [X Y] and R = [U V] with X = QU and V = QᴴY: the gradient of Y is Q gV, that of Q has in addition Y gVᴴ, and X is
# square. (Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2012; PyTorch, linalg_qr_backward.)
@rule(_qr, "x")
def _(grads: Any, x: Any, out0: Any, out1: Any, x_shape: tuple[int, ...], mode: str) -> Any:
    g_q, g_r = grads
    m, n = x_shape[-2:]
    if mode == "complete" and m > n:
        raise MatrixError(
            f"qr: with mode='complete' there is no derivative for more rows than columns, got shape {tuple(x_shape)}; the last "
            "columns of Q are not determined"
        )
    if m >= n:
        return _tall(g_q, g_r, out0, out1)
    g_v = g_r[..., m:]
    g_x = _tall(g_q + x[..., m:] @ adjoint(g_v), g_r[..., :m], out0, out1[..., :m])
    return concat([g_x, out0 @ g_v], axis=-1)


def _tall(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
    upper = triu(g_r @ adjoint(r) - adjoint(q) @ g_q)
    strict = triu(upper, k=1)
    hermitian = on_diagonals(real(diagonal(upper, axis1=-2, axis2=-1)), strict + adjoint(strict))
    return adjoint(solve_triangular(r, adjoint(g_q + q @ hermitian), upper=True))


batching(_qr)(over_last_axes(2))


# -- LU ----------------------------------------------------------------------------------------------------------------
class LUResult(NamedTuple):
    """What `lu` returns."""

    P: Any
    L: Any
    U: Any


@operator(name="lu", outputs=3, node="LinalgLu")
def _lu(x: Any, /) -> tuple[Any, ...]:
    matrices("lu", x)
    return tuple(adapter_of(x).function("linalg.lu")(x))


def lu(x: Any, /) -> LUResult:
    """A permutation P, L lower triangular with ones on the diagonal and U upper triangular for which ``P @ L @ U`` is `x`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., M, N)``; K is the smaller of M and N.

    Returns
    -------
    LUResult
        The named tuple ``(P, L, U)``, of shapes ``(..., M, M)``, ``(..., M, K)`` and ``(..., K, N)``.

    Raises
    ------
    MissingExtraError
        Of NumPy arrays, without SciPy.

    Notes
    -----
    P is a constant. The backward needs K independent first rows and columns, else it raises MatrixError.

    Examples
    --------
    >>> import wengert as wg
    >>> p, l, u = wg.linalg.lu(wg.tensor([[1.0, 2.0], [4.0, 4.0]]))
    >>> p.tolist(), l.tolist(), u.tolist()
    ([[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.25, 1.0]], [[4.0, 4.0], [0.0, 1.0]])
    """
    p, low, up = _lu(x)
    return LUResult(p.detach() if type(p) in TENSORS else p, low, up)


# Of a square PᵀA = LU, L⁻¹ Pᵀ dA U⁻¹ = L⁻¹dL + dU U⁻¹, of which the first is strictly lower triangular and the second upper, so
# gA = P L⁻ᴴ [strictly lower part of LᴴgL + upper part of gU Uᴴ] U⁻ᴴ. Further columns of U are L⁻¹ times those of PᵀA, further
# rows of L those of PᵀA times U⁻¹: what these contribute to the gradients of L and of U is subtracted inside the brackets.
@rule(_lu, "x")
def _(grads: Any, out0: Any, out1: Any, out2: Any, x_shape: tuple[int, ...]) -> Any:
    _, g_low, g_up = grads
    m, n = x_shape[-2:]
    k = min(m, n)
    low, up = out1[..., :k, :], out2[..., :k]
    below = adjoint(low) @ g_low[..., :k, :]
    above = g_up[..., :k] @ adjoint(up)
    if n > k:
        below = below - g_up[..., k:] @ adjoint(out2[..., k:])
    if m > k:
        above = above - adjoint(out1[..., k:, :]) @ g_low[..., k:, :]
    back = adjoint(low)
    inner = solve_triangular(up, adjoint(tril(below, k=-1) + triu(above)), upper=True)
    found = solve_triangular(back, adjoint(inner), upper=True, unit=True)
    if n > k:
        found = concat([found, solve_triangular(back, g_up[..., k:], upper=True, unit=True)], axis=-1)
    if m > k:
        rest = adjoint(solve_triangular(up, adjoint(g_low[..., k:, :]), upper=True))
        found = concat([found, rest], axis=-2)
    return out0 @ found


batching(_lu)(over_last_axes(2))
