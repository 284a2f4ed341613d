"""Softmax and its logarithm, each with its derivative."""

from __future__ import annotations

from typing import Any

from ...arrays.shapes import normalize_axis
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import along_axis
from ..reductions import sum as total
from ..transcendental import exp
from .kernels import Kernel, is_recorded

__all__ = ["log_softmax", "softmax"]


@Kernel
def _softmax(xp: Any, x: Any, axis: int) -> Any:
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


@Kernel
def _softmax_backward(xp: Any, out: Any, g: Any, axis: int) -> Any:
    return out * (g - xp.sum(g * out, axis=axis, keepdims=True))


def softmax_rule(g: Any, out: Any, axis: int) -> Any:
    """The gradient of what `out` is the softmax of."""
    if is_recorded(g):
        return out * (g - total(g * out, axis=axis, keepdims=True))
    return _softmax_backward(out, g, axis)


@operator
def softmax(x: Any, /, axis: int = -1) -> Any:
    """``exp(x)`` divided by its sum over `axis`, computed without overflow.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    axis : int
        Over which the results sum to 1.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: out · (g - Σ g · out). A slice that is -inf throughout gives NaN, as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import softmax
    >>> softmax(wg.tensor([[0.0, 0.0], [1000.0, 0.0]]), axis=1).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    return _softmax(x, normalize_axis(axis, len(x.shape)))


rule(softmax, "x")(softmax_rule)
batching(softmax)(along_axis)


jvp(softmax, "x")(softmax_rule)  # its Jacobian, diag(out) - out outᵀ, is symmetric


@Kernel
def _log_softmax(xp: Any, x: Any, axis: int) -> Any:
    z = x - xp.max(x, axis=axis, keepdims=True)
    return z - xp.log(xp.sum(xp.exp(z), axis=axis, keepdims=True))


@Kernel
def _log_softmax_backward(xp: Any, out: Any, g: Any, axis: int) -> Any:
    return g - xp.exp(out) * xp.sum(g, axis=axis, keepdims=True)


@operator
def log_softmax(x: Any, /, axis: int = -1) -> Any:
    """The logarithm of `softmax` over `axis`, without the loss of precision of computing one after the other.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    axis : int
        Over which the exponentials of the results sum to 1.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: g - exp(out) · Σ g.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import log_softmax
    >>> log_softmax(wg.tensor([1000.0, 0.0])).tolist()
    [0.0, -1000.0]
    """
    return _log_softmax(x, normalize_axis(axis, len(x.shape)))


@rule(log_softmax, "x")
def _log_softmax_x(g: Any, out: Any, axis: int) -> Any:
    if is_recorded(g):
        return g - exp(out) * total(g, axis=axis, keepdims=True)
    return _log_softmax_backward(out, g, axis)


batching(log_softmax)(along_axis)


jvp(log_softmax, "x")(lambda t, out, axis: t - total(exp(out) * t, axis=axis, keepdims=True))
