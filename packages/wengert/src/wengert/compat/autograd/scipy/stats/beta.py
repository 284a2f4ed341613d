"""The beta distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

__all__ = ["cdf", "logpdf", "pdf"]


def logpdf(x: Any, a: Any, b: Any) -> Any:
    """The logarithm of the density."""
    return scipy.special.xlogy(a - 1.0, x) + scipy.special.xlog1py(b - 1.0, -x) - scipy.special.betaln(a, b)


def pdf(x: Any, a: Any, b: Any) -> Any:
    """The density."""
    return np.exp(logpdf(x, a, b))


def cdf(x: Any, a: Any, b: Any) -> Any:
    """The probability of at most `x`."""
    return scipy.special.betainc(a, b, x)
