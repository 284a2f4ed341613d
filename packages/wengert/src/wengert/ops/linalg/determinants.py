"""Determinants, and their logarithms."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...arrays.adapter import adapter_of
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import over_last_axes
from ..complex import conj, imag, is_complex
from ..reductions import sum
from ..shaping import transposed
from .common import adjoint, column, computed, square
from .solving import inv

__all__ = ["det", "slogdet"]


@operator(node="LinalgDet")
def det(x: Any, /) -> Any:
    """The determinant of every matrix.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.

    Returns
    -------
    Tensor or array
        Of shape ``(...)``.

    Notes
    -----
    The gradient is g times the conjugate of the matrix of cofactors, det(A) A⁻ᵀ. Where the inverse would lose digits that is
    computed by singular values, and so is exact for singular matrices too, where PyTorch, which moves them a little, gives zero
    for some. Second derivatives need an inverse, and raise MatrixError there.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    >>> y = wg.linalg.det(x)
    >>> y.backward()
    >>> [[round(g, 6) for g in line] for line in x.grad.tolist()]
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    square("det", x)
    return computed("det", x)


@operator
def cofactors(x: Any, /) -> Any:
    """The matrix of the signed minors: ``det(x) inv(x).mT`` where there is an inverse."""
    inverse = _safe_inverse(x)
    if inverse is not None:
        return computed("det", x)[..., None, None] * transposed(inverse)
    xp = adapter_of(x).functions
    u, s, vh = computed("svd", x, full_matrices=True)
    # det(A) = det(U) det(Vᴴ) Πs, and of a unitary matrix the cofactors are its determinant times its conjugate.
    n = s.shape[-1]
    others = xp.where(xp.eye(n, dtype=xp.bool), xp.ones_like(s[..., None]), s[..., None, :])
    minors = xp.astype(xp.prod(others, axis=-1), u.dtype)
    phase = computed("det", u) * computed("det", vh)
    return phase[..., None, None] * (xp.conj(u) * minors[..., None, :] @ xp.conj(vh))


def _safe_inverse(x: Any) -> Any:
    """The inverses, which cost a tenth of the singular values, if they lose less than half of the digits; else None.

    The values are looked at, so this is not for libraries that compute later.
    """
    adapter = adapter_of(x)
    if not adapter.mutable:
        return None
    try:
        inverse = adapter.function("linalg.inv")(x)
    except adapter.matrix_errors:
        return None
    xp = adapter.functions
    condition = xp.linalg.matrix_norm(x, ord=math.inf) * xp.linalg.matrix_norm(inverse, ord=math.inf)
    return inverse if bool(xp.all(condition < xp.finfo(inverse.dtype).eps ** -0.5)) else None


@rule(det, "x")
def _(g: Any, x: Any) -> Any:
    return column(column(g)) * conj(cofactors(x))


@jvp(det, "x")
def _(t: Any, x: Any) -> Any:
    return sum(cofactors(x) * t, axis=(-2, -1))


# K = det(A) A⁻ᵀ, so dK = tr(A⁻¹dA) K - K dAᵀ A⁻ᵀ. Against a gradient G the first term is ⟨G, K⟩ A⁻ᵀ, the second K Gᵀ A⁻ᵀ, all of
# them conjugated but G.
@rule(cofactors, "x")
def _(g: Any, x: Any, out: Any) -> Any:
    minors = conj(out)
    back = adjoint(inv(x))
    return column(column(sum(g * minors, axis=(-2, -1)))) * back - minors @ transposed(g) @ back


batching(det)(over_last_axes(2))
batching(cofactors)(over_last_axes(2))


class SlogdetResult(NamedTuple):
    """What `slogdet` returns."""

    sign: Any
    logabsdet: Any


@operator(name="slogdet", outputs=2, node="LinalgSlogdet")
def _slogdet(x: Any, /) -> tuple[Any, Any]:
    square("slogdet", x)
    sign, size = computed("slogdet", x)
    return sign, size


def slogdet(x: Any, /) -> SlogdetResult:
    """The sign, or phase, of the determinant of every matrix, and the logarithm of its absolute value.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.

    Returns
    -------
    SlogdetResult
        The named tuple ``(sign, logabsdet)``, both of shape ``(...)``; 0 and minus infinity for a singular matrix.

    Notes
    -----
    d log det(A) = tr(A⁻¹dA), of which the real part belongs to `logabsdet`, the imaginary one to the phase. The gradient of a
    singular matrix raises MatrixError.

    Examples
    --------
    >>> import wengert as wg
    >>> sign, logabsdet = wg.linalg.slogdet(wg.tensor([[0.0, 1.0], [1.0, 0.0]]))
    >>> sign.item(), logabsdet.item()
    (-1.0, 0.0)
    """
    return SlogdetResult(*_slogdet(x))


# With the sign s = exp(iθ), ds = i s dθ, so ⟨g_s, ds⟩ = -Im(conj(g_s) s) dθ, and dθ = Im tr(A⁻¹dA): together with g_l, the real
# part of conj(w) tr(A⁻¹dA) for w = g_l - i Im(conj(g_s) s).
@rule(_slogdet, "x")
def _(grads: Any, x: Any, out0: Any) -> Any:
    g_sign, g_size = grads
    weight = g_size - imag(conj(g_sign) * out0) * 1j if is_complex(x) else g_size
    return column(column(weight)) * adjoint(inv(x))


batching(_slogdet)(over_last_axes(2))
