"""Norms of vectors of any order, each with its derivative."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes
from ..op import batching, operator, rule
from ..op_batch_rules import over_axes
from .elementwise import abs as magnitude
from .elementwise import pow as power
from .elementwise import sign
from .manipulation import broadcast_to
from .reductions import Axis, kept, sum, ties
from .select import masked, select

__all__ = ["vector_norm"]


@operator(node="LinalgVectorNorm")
def vector_norm(x: Any, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2.0) -> Any:
    """The norm of order `ord` of the vectors along `axis`: ``sum(abs(x)**ord)**(1/ord)``.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    axis : int or tuple of int, optional
        The axes of the vectors. Default: all.
    keepdims : bool
        Whether the axes stay, with length 1.
    ord : float
        The order; infinity for the largest magnitude, minus infinity for the smallest, 0 for the number of elements that are
        not zero.

    Returns
    -------
    Tensor or array
        Without the reduced axes; real, for a complex operand too.

    Notes
    -----
    The gradient is g · x |x|^(ord - 2) / out^(ord - 1), and 0 where the norm is zero, as in PyTorch. The infinite orders
    share it among the elements that attain the norm; that of order 0 has none.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.norms import vector_norm
    >>> x = wg.tensor([3.0, 4.0], requires_grad=True)
    >>> y = vector_norm(x)
    >>> y.backward()
    >>> y.item(), [round(g, 3) for g in x.grad.tolist()]
    (5.0, [0.6, 0.8])
    """
    xp = adapter_of(x).functions
    if ord == 2:
        squares = x * x if adapter_of(x).kind(x.dtype) != "c" else xp.real(x) ** 2 + xp.imag(x) ** 2
        return xp.sqrt(xp.sum(squares, axis=axis, keepdims=keepdims))
    size = xp.abs(x)
    if ord == math.inf:
        if not math.prod(x.shape[a] for a in normalize_axes(axis, len(x.shape))):
            return xp.sum(size, axis=axis, keepdims=keepdims)  # of no elements the largest magnitude is 0, as NumPy has it
        return xp.max(size, axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return xp.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return xp.sum(xp.astype(size != 0, size.dtype), axis=axis, keepdims=keepdims)
    total = xp.sum(size**ord, axis=axis, keepdims=keepdims)
    return total if ord == 1 else total ** (1.0 / ord)


@rule(vector_norm, "x")
def _(g: Any, x: Any, out: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool, ord: float) -> Any:
    g = kept(g, x_shape, axis, keepdims)
    if ord == 0:
        return broadcast_to(g * 0.0, x_shape)
    if ord == 1:
        return g * sign(x)
    if math.isinf(ord):
        mask = ties(magnitude(x), out, axis=axis, keepdims=keepdims)
        share = g / sum(mask, axis=axis, dtype=g.dtype, keepdims=True)
        return masked(mask, share * sign(x))
    norm = kept(out, x_shape, axis, keepdims)
    # Division by infinity makes the zero where the norm is zero, without a warning on the way.
    if ord == 2:
        return x * (g / select(norm == 0, math.inf, norm))
    scale = g / power(select(norm == 0, math.inf, norm), ord - 1)
    if ord < 2:  # |x|^(ord - 2) has a pole at 0, where x is 0
        nonzero = magnitude(x) != 0
        return masked(nonzero, x * power(select(nonzero, magnitude(x), 1.0), ord - 2) * scale)
    return x * power(magnitude(x), ord - 2) * scale


batching(vector_norm)(over_axes)
