"""``autograd.scipy.special``: SciPy's functions; ufuncs that Wengert has rules for need no more than NumPy's protocol.

So only the functions that are no ufuncs stand here; all others are SciPy's own, and `wengert.special` has their derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as _scipy

from .... import special as _special
from ....numpy_protocols.operands import tensor
from ....ops.nn.softmaxes import log_softmax as _log_softmax
from ....ops.nn.softmaxes import softmax as _softmax
from ..extend import as_given

__all__ = ["log_softmax", "logsumexp", "multigammaln", "polygamma", "softmax"]


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
    return _special.multigammaln(tensor(a), int(d))


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


def __getattr__(name: str) -> Any:
    return getattr(_scipy, name)
