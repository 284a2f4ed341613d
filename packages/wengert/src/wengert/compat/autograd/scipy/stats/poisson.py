"""The Poisson distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

__all__ = ["cdf", "logpmf", "pmf"]


def logpmf(k: Any, mu: Any) -> Any:
    """The logarithm of the probability of `k`."""
    return scipy.special.xlogy(k, mu) - scipy.special.gammaln(k + 1.0) - mu


def pmf(k: Any, mu: Any) -> Any:
    """The probability of `k`."""
    return np.exp(logpmf(k, mu))


def cdf(k: Any, mu: Any) -> Any:
    """The probability of at most `k`; differentiable in `mu`."""
    return scipy.special.gammaincc(np.floor(k) + 1.0, mu)
