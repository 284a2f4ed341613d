"""``autograd.scipy.special``: SciPy's functions; ufuncs that Wengert has rules for need no more than NumPy's protocol."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as _scipy

from .... import special as _special
from ....numpy_protocols.operands import tensor
from ....ops.nn.softmaxes import log_softmax as _log_softmax
from ....ops.nn.softmaxes import softmax as _softmax
from ..extend import as_given, defjvp, defvjp, notrace_primitive, primitive

__all__ = [
    "betainc", "erfcinv", "gammasgn", "iv", "ive", "jn", "log_softmax", "logsumexp", "multigammaln", "polygamma", "rgamma",
    "softmax", "yn",
]  # fmt: skip


@as_given
def logsumexp(x: Any, axis: Any = None, b: Any = 1.0, keepdims: bool = False) -> Any:
    """Log Σ b exp(x)."""
    scaled = tensor(x) if np.isscalar(b) and b == 1.0 else tensor(x) + np.log(b)
    return _special.logsumexp(scaled, axis=axis, keepdims=keepdims)


@as_given
def polygamma(n: Any, x: Any) -> Any:
    """The `n`-th derivative of digamma."""
    return _special.polygamma(int(n), tensor(x))


@as_given
def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function of `d` dimensions."""
    a = tensor(a)
    total = d * (d - 1) / 4 * math.log(math.pi)
    return sum((_special.gammaln(a - j / 2) for j in range(d)), total)


@as_given
def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) over its sum along `axis`."""
    x = tensor(x)
    return _softmax(x.reshape(-1), axis=0).reshape(x.shape) if axis is None else _softmax(x, axis=axis)


@as_given
def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of `softmax`."""
    x = tensor(x)
    return _log_softmax(x.reshape(-1), axis=0).reshape(x.shape) if axis is None else _log_softmax(x, axis=axis)


def _of_order(name: str, slope: Any) -> Any:
    """A Bessel function, differentiable in its argument; its order is a constant."""
    function = primitive(getattr(_scipy, name))
    defvjp(function, lambda ans, n, x: lambda g: g * slope(function, ans, n, x), argnums=(1,))
    defjvp(function, lambda t, ans, n, x: t * slope(function, ans, n, x), argnums=(1,))
    return function


# Derivatives in the argument: DLMF 10.6.1 for J and Y, 10.29.1 for I.
jn = _of_order("jn", lambda f, ans, n, x: (f(n - 1, x) - f(n + 1, x)) / 2)
yn = _of_order("yn", lambda f, ans, n, x: (f(n - 1, x) - f(n + 1, x)) / 2)
iv = _of_order("iv", lambda f, ans, n, x: (f(n - 1, x) + f(n + 1, x)) / 2)
ive = _of_order("ive", lambda f, ans, n, x: (f(n - 1, x) + f(n + 1, x)) / 2 - ans * np.sign(x))

gammasgn = notrace_primitive(_scipy.gammasgn)

rgamma = primitive(_scipy.rgamma)
defvjp(rgamma, lambda ans, x: lambda g: -g * ans * _scipy.psi(x))
defjvp(rgamma, lambda t, ans, x: -t * ans * _scipy.psi(x))

erfcinv = primitive(_scipy.erfcinv)
defvjp(erfcinv, lambda ans, x: lambda g: -g * math.sqrt(math.pi) / 2 * np.exp(ans**2))
defjvp(erfcinv, lambda t, ans, x: -t * math.sqrt(math.pi) / 2 * np.exp(ans**2))

betainc = primitive(_scipy.betainc)


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - _scipy.betaln(a, b))


defvjp(betainc, lambda ans, a, b, x: lambda g: g * _beta_density(a, b, x), argnums=(2,))
defjvp(betainc, lambda t, ans, a, b, x: t * _beta_density(a, b, x), argnums=(2,))


def __getattr__(name: str) -> Any:
    return getattr(_scipy, name)
