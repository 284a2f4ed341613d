"""Products that contract axes: matrix products, tensor products and Einstein's summation, each with its derivative."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from ..op import operator, rule
from .elementwise import conj

__all__ = ["matmul"]


@operator(linear=True)
def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product ``x1 @ x2``.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., M, K)``, or ``(K,)``, which stands for a row.
    x2 : Tensor or array
        Of shape ``(..., K, N)``, or ``(K,)``, which stands for a column.

    Returns
    -------
    Tensor or array
        Of shape ``(..., M, N)``, without the axes that a vector stood for; the leading axes broadcast.

    Notes
    -----
    With G the gradient of the product, the gradients are ``G x2ᴴ`` and ``x1ᴴ G``, summed over broadcast leading axes: one
    product of matrices each, in which the transpose is a view.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> b = wg.tensor([[1.0], [10.0]], requires_grad=True)
    >>> y = a @ b
    >>> y.tolist()
    [[21.0], [43.0]]
    >>> y.sum().backward()
    >>> a.grad.tolist(), b.grad.tolist()
    ([[1.0, 10.0], [1.0, 10.0]], [[4.0], [6.0]])
    """
    shape1, shape2 = x1.shape, x2.shape
    if not shape1 or not shape2 or shape1[-1] != shape2[-2:][0]:
        raise ArgumentError(
            f"matmul: expected shapes (..., M, K) and (..., K, N), or (K,) for either; got x1 of shape {tuple(shape1)} and "
            f"x2 of shape {tuple(shape2)}"
        )
    if len(shape1) > 2 and len(shape2) == 2:
        # One product of all rows: libraries would loop over the leading axes.
        return _matmul(x1.reshape(-1, shape1[-1]), x2).reshape(*shape1[:-1], shape2[1])
    return _matmul(x1, x2)


def _matmul(x1: Any, x2: Any) -> Any:
    return adapter_of(x1).function("matmul")(x1, x2)


def _first(g: Any, x2: Any, x1_shape: tuple[int, ...], x2_shape: tuple[int, ...]) -> Any:
    """The gradient of `x1`, up to a sum over broadcast axes."""
    x2 = conj(x2)
    if len(x2_shape) == 1:
        return g * x2 if len(x1_shape) == 1 else g.reshape(*g.shape, 1) * x2
    if len(x1_shape) == 2:
        return g @ x2.mT
    if len(x1_shape) > 2:
        return matmul(g, x2.mT)
    if len(x2_shape) == 2:
        return x2 @ g
    return (x2 @ g.reshape(*g.shape, 1)).reshape(*x2_shape[:-1])


def _second(g: Any, x1: Any, x1_shape: tuple[int, ...], x2_shape: tuple[int, ...]) -> Any:
    """The gradient of `x2`, up to a sum over broadcast axes."""
    x1 = conj(x1)
    if len(x1_shape) == 1:
        return g * x1 if len(x2_shape) == 1 else x1.reshape(-1, 1) * g.reshape(*g.shape[:-1], 1, g.shape[-1])
    if len(x2_shape) == 1:
        return g.reshape(-1) @ x1.reshape(-1, x1_shape[-1])
    if len(x1_shape) == len(x2_shape) == 2:
        return x1.mT @ g
    if len(x2_shape) == 2:
        return x1.reshape(-1, x1_shape[-1]).mT @ g.reshape(-1, x2_shape[1])
    return x1.mT @ g


rule(matmul, "x1")(_first)
rule(matmul, "x2")(_second)
