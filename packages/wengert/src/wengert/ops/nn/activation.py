"""Activation functions, elementwise, each with its derivative. They are those of ``torch.nn.functional``."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ...arrays.adapter import adapter_of
from ...arrays.erf import erf as array_erf
from ...errors import ArgumentError
from ...op import batching, operator, rule
from ...op_batch_rules import as_it_is
from ..select import select
from ..transcendental import exp, tanh
from .erf import erf
from .kernels import Kernel, elementwise, is_recorded

__all__ = ["elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu", "softplus"]


# -- piecewise linear ----------------------------------------------------------------------------------------------------
@Kernel
def _relu(xp: Any, x: Any) -> Any:
    return xp.maximum(x, 0)


@Kernel
def _relu_backward(xp: Any, out: Any, g: Any) -> Any:
    return xp.where(out <= 0, 0, g)


def _relu_x(g: Any, out: Any) -> Any:
    return select(out <= 0, 0, g) if is_recorded(g) else _relu_backward(out, g)


relu = elementwise(
    _relu,
    _relu_x,
    doc="""The positive part, max(x, 0), elementwise; NaN stays NaN.

    Gradient: g where x > 0, else 0; at 0 it is 0, as in PyTorch.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import relu
    >>> x = wg.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    >>> y = relu(x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, 0.0, 2.0], [0.0, 0.0, 1.0])
    """,
)


@operator(diagonal=True)
def leaky_relu(x: Any, /, negative_slope: float = 0.01) -> Any:
    """``x`` where it is positive, else ``negative_slope * x``, elementwise.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.
    negative_slope : float
        The slope on the left; it is also the derivative at 0, as in PyTorch.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import leaky_relu
    >>> leaky_relu(wg.tensor([-1.0, 2.0]), 0.1).tolist()
    [-0.1, 2.0]
    """
    return adapter_of(x).function("where")(x > 0, x, x * negative_slope)


@rule(leaky_relu, "x")
def _leaky_relu_x(g: Any, x: Any, negative_slope: float) -> Any:
    return select(x > 0, g, g * negative_slope)


batching(leaky_relu)(as_it_is)


# -- made of exponentials ------------------------------------------------------------------------------------------------
@operator(diagonal=True)
def elu(x: Any, /, alpha: float = 1.0) -> Any:
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)``, elementwise.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    alpha : float
        What the negative side saturates at, with the other sign.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import elu
    >>> elu(wg.tensor([-1000.0, 2.0]), 3.0).tolist()
    [-3.0, 2.0]
    """
    xp = adapter_of(x).functions
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


@rule(elu, "x")
def _elu_x(g: Any, x: Any, alpha: float) -> Any:
    # The exponential is that of the negative side only: on the other it might overflow, and 0 · inf is NaN.
    return g * select(x > 0, 1.0, alpha * exp(select(x > 0, 0.0, x)))


batching(elu)(as_it_is)


@Kernel
def _sigmoid(xp: Any, x: Any) -> Any:
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, small) / (1.0 + small)


sigmoid = elementwise(
    _sigmoid,
    lambda g, out: g * (out * (1 - out)),
    doc="""The logistic function 1 / (1 + exp(-x)), elementwise.

    Gradient: g · out · (1 - out).

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import sigmoid
    >>> sigmoid(wg.tensor([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """,
)


@Kernel
def _silu(xp: Any, x: Any) -> Any:
    return x * _sigmoid.general(xp, x)


@Kernel
def _silu_backward(xp: Any, x: Any, out: Any, g: Any) -> Any:  # noqa: ARG001  (NumPy's takes the sigmoid from `out`)
    s = _sigmoid.general(xp, x)
    return g * (s * (1 + x * (1 - s)))


def _silu_x(g: Any, x: Any, out: Any) -> Any:
    if is_recorded(g):
        s = sigmoid(x)
        return g * (s * (1 + x * (1 - s)))
    return _silu_backward(x, out, g)


silu = elementwise(
    _silu,
    _silu_x,
    doc="""The sigmoid-weighted linear unit ``x * sigmoid(x)``, elementwise.

    Gradient: g · s · (1 + x (1 - s)) with s = sigmoid(x).

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import silu
    >>> silu(wg.tensor([0.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """,
)


@operator(diagonal=True)
def softplus(x: Any, /, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """A smooth positive part, ``log(1 + exp(beta * x)) / beta``, elementwise.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    beta : float
        How sharp the bend is.
    threshold : float
        Where ``beta * x`` exceeds it, the result is `x` itself.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: g · sigmoid(beta x), and g above the threshold.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import softplus
    >>> [round(v, 4) for v in softplus(wg.tensor([-1000.0, 0.0, 1000.0])).tolist()]
    [0.0, 0.6931, 1000.0]
    """
    xp = adapter_of(x).functions
    scaled = x * beta
    smooth = (xp.maximum(scaled, 0) + xp.log1p(xp.exp(-xp.abs(scaled)))) / beta
    return smooth if threshold == math.inf else xp.where(scaled > threshold, x, smooth)


@rule(softplus, "x")
def _softplus_x(g: Any, x: Any, beta: float, threshold: float) -> Any:
    slope = sigmoid(x * beta)
    return g * (slope if threshold == math.inf else select(x * beta > threshold, 1.0, slope))


batching(softplus)(as_it_is)


# -- gelu ----------------------------------------------------------------------------------------------------------------
_SQRT_HALF = math.sqrt(0.5)
_NORMAL = 1 / math.sqrt(2 * math.pi)  # the normal density at 0
_INNER = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


@Kernel
def _gelu(xp: Any, x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        return 0.5 * x * (1 + xp.tanh(_INNER * (x + _CUBIC * x * x * x)))
    return 0.5 * x * (1 + array_erf(xp, x * _SQRT_HALF))


def _gelu_slope(x: Any, approximate: str, erf: Any, exp: Any, tanh: Any) -> Any:
    """The derivative of `gelu`, given the functions of `x`'s library or the operators."""
    if approximate == "tanh":
        t = tanh(_INNER * (x + _CUBIC * x * x * x))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (_INNER * (1 + 3 * _CUBIC * x * x))
    return 0.5 * (1 + erf(x * _SQRT_HALF)) + x * (_NORMAL * exp(-0.5 * x * x))


@Kernel
def _gelu_backward(xp: Any, x: Any, out: Any, g: Any, approximate: str) -> Any:  # noqa: ARG001  (as above)
    return g * _gelu_slope(x, approximate, partial(array_erf, xp), xp.exp, xp.tanh)


@operator(diagonal=True)
def gelu(x: Any, /, approximate: str = "none") -> Any:
    """The Gaussian error linear unit, x · Φ(x) with Φ the normal distribution function, elementwise.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    approximate : {"none", "tanh"}
        ``"tanh"`` replaces Φ(x) by ½ (1 + tanh(√(2/π) (x + 0.044715 x³))).

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: g · (Φ(x) + x φ(x)), with φ the normal density. Source: Hendrycks and Gimpel, arXiv:1606.08415.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import gelu
    >>> [round(v, 4) for v in gelu(wg.tensor([-1.0, 0.0, 1.0])).tolist()]
    [-0.1587, 0.0, 0.8413]
    """
    if approximate not in ("none", "tanh"):
        raise ArgumentError(f"gelu: approximate: got {approximate!r}; expected 'none' or 'tanh'")
    return _gelu(x, approximate)


@rule(gelu, "x")
def _gelu_x(g: Any, x: Any, out: Any, approximate: str) -> Any:
    if is_recorded(g):
        return g * _gelu_slope(x, approximate, erf, exp, tanh)
    return _gelu_backward(x, out, g, approximate)


batching(gelu)(as_it_is)
