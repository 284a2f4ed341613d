"""Derivatives of the noncentral chi-square distribution with respect to its degrees of freedom, of NumPy arrays.

It is a mixture of central ones, of 2j more degrees of freedom with the probability of j in Poisson's distribution of mean nc/2
(Johnson, Kotz and Balakrishnan, "Continuous univariate distributions" 2, 1995, 29.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from ...errors import ArgumentError
from ..jets import exp_jet
from .incomplete import gammainc_by_a
from .shapes import in_double, log_gamma_jet

__all__ = ["chndtr_by_df", "chndtr_density_by_df"]

#: Of larger noncentralities the mixture has too many terms.
_LIMIT = 10_000


@in_double(1)
def chndtr_by_df(n: int, x: Any, df: Any, nc: Any) -> Any:
    """The `n`-th derivative, n > 0, of the distribution function with respect to df > 0."""
    return _mixed(lambda a, y: gammainc_by_a(n, a, y), x, df, nc) / 2**n


@in_double(1)
def chndtr_density_by_df(n: int, x: Any, df: Any, nc: Any) -> Any:
    """The `n`-th derivative of the density with respect to df > 0."""

    def part(a: Any, y: Any) -> Any:
        value = np.exp(sp.xlogy(a - 1, y) - y - sp.gammaln(a))
        slopes = exp_jet([0.0, np.log(y) - sp.psi(a), *(-c for c in log_gamma_jet(a, n)[2:])][: n + 1])
        return np.where(value > 0, value * slopes[n] * math.factorial(n), 0.0)

    return _mixed(part, x, df, nc) / 2 ** (n + 1)


def _mixed(part: Callable[[Any, Any], Any], x: Any, df: Any, nc: Any) -> Any:
    mean = nc / 2
    fine = (df > 0) & (nc >= 0) & (x >= 0) & np.isfinite(df) & np.isfinite(nc) & np.isfinite(x)
    largest = mean[fine].max(initial=0.0)
    if largest > _LIMIT / 2:
        raise ArgumentError(f"chndtr: the derivative with respect to df: expected nc up to {_LIMIT}, got {2 * largest:g}")
    found = np.full(x.shape, np.nan)
    for place in np.flatnonzero(fine):
        spread = 10 * math.sqrt(mean[place])
        j = np.arange(max(int(mean[place] - spread) - 40, 0), int(mean[place] + spread) + 40)
        weight = np.exp(sp.xlogy(j, mean[place]) - mean[place] - sp.gammaln(j + 1))
        j, weight = j[weight > 0], weight[weight > 0]
        found[place] = (weight * part(df[place] / 2 + j, np.full(j.shape, x[place] / 2))).sum()
    return found
