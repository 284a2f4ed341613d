"""Student's t distribution of `df` degrees of freedom."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special

__all__ = ["cdf", "logcdf", "logpdf", "pdf"]


def logpdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of the density."""
    z = (x - loc) / scale
    norming = scipy.special.gammaln((df + 1.0) / 2.0) - scipy.special.gammaln(df / 2.0)
    return norming - 0.5 * np.log(df * math.pi) - np.log(scale) - (df + 1.0) / 2.0 * np.log1p(z * z / df)


def pdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density."""
    return np.exp(logpdf(x, df, loc, scale))


def cdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most `x`."""
    return scipy.special.stdtr(df, (x - loc) / scale)


def logcdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`."""
    return np.log(cdf(x, df, loc, scale))
