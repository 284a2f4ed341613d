"""The gamma distribution of shape `a` and scale 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

__all__ = ["cdf", "logpdf", "pdf"]


def logpdf(x: Any, a: Any) -> Any:
    """The logarithm of the density."""
    return scipy.special.xlogy(a - 1.0, x) - x - scipy.special.gammaln(a)


def pdf(x: Any, a: Any) -> Any:
    """The density."""
    return np.exp(logpdf(x, a))


def cdf(x: Any, a: Any) -> Any:
    """The probability of at most `x`."""
    return scipy.special.gammainc(a, x)
