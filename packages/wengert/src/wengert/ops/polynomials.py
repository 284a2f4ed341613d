"""Polynomials by their coefficients, the highest power first, as NumPy's older functions have them."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from .creation import ones_like, zeros_like
from .elementwise import pow
from .joining import stack

__all__ = ["polyval", "vander"]


def polyval(p: Any, x: Any, /) -> Any:
    """The values of a polynomial, by Horner's scheme.

    Parameters
    ----------
    p : Tensor or array
        Of shape ``(N,)``: the coefficients, that of the highest power first.
    x : Tensor or array
        Where to evaluate.

    Returns
    -------
    Tensor or array
        Of the shape of `x`; 0 of a polynomial without coefficients.

    Raises
    ------
    ArgumentError
        If `p` has not one axis.

    Notes
    -----
    Differentiable in the coefficients and in `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> y = wg.polyval(wg.tensor([1.0, 0.0, 5.0]), x)
    >>> y.backward()
    >>> y.item(), x.grad.item()
    (14.0, 6.0)
    """
    if len(p.shape) != 1:
        raise ArgumentError(f"polyval: p: expected one axis of coefficients, got shape {tuple(p.shape)}")
    value = zeros_like(x)
    for i in range(p.shape[0]):
        value = value * x + p[i, ...]
    return value


def vander(x: Any, /, n: int | None = None, *, increasing: bool = False) -> Any:
    """The powers of the elements of a vector, as the columns of a matrix.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(M,)``.
    n : int, optional
        How many powers: 0 to n - 1. Default: M.
    increasing : bool
        Whether the lowest power is in the first column; by default it is in the last.

    Returns
    -------
    Tensor or array
        Of shape ``(M, n)``.

    Raises
    ------
    ArgumentError
        If `x` has not one axis, or `n` is below 1.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.vander(wg.tensor([2.0, 3.0]), 3).tolist()
    [[4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    if len(x.shape) != 1:
        raise ArgumentError(f"vander: x: expected one axis, got shape {tuple(x.shape)}")
    n = x.shape[0] if n is None else n
    if n < 1:
        raise ArgumentError(f"vander: n: expected at least 1, got {n}")
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return stack([pow(x, p) if p else ones_like(x) for p in powers], axis=1)
