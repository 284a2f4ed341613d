"""Derivatives of Student's distribution with respect to its degrees of freedom, of NumPy arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ..jets import exp_jet, product
from .incomplete import half_line
from .shapes import in_double, log_gamma_jet

__all__ = ["stdtr_by_df"]

_POINTS, _WEIGHTS = sp.roots_legendre(64)


@in_double(1)
def stdtr_by_df(n: int, df: Any, t: Any) -> Any:
    """The `n`-th derivative, n > 0, of the distribution function at t with respect to df > 0.

    By the integral of the derivative of the density: from 0, where the function is 1/2 for every df, up to 1; beyond over the
    tail, where the density is log-concave in the logarithm of its argument.
    """
    found = np.full(t.shape, np.nan)
    fine = (df > 0) & (df < np.inf)
    found[(df == np.inf) | fine & np.isinf(t)] = 0.0
    middle, tail = fine & (np.abs(t) <= 1), fine & (np.abs(t) > 1) & np.isfinite(t)
    found[middle] = _middle(n, df[middle], t[middle])
    found[tail] = _tail(n, df[tail], t[tail])
    return found


def _slopes(n: int, df: Any, square: Any) -> list[Any]:
    """The jet in df of the density at √square, over the density."""
    halves = (df + 1) / 2
    first, second = log_gamma_jet(df / 2, n), log_gamma_jet(halves, n)
    logs = [np.log1p(square / df), *((1 / (df + square) ** k - 1 / df**k) * ((-1) ** (k - 1) / k) for k in range(1, n + 1))]
    bent = product([halves, 0.5, *[0.0] * n][: n + 1], logs)
    norm = [(second[k] - first[k]) * 0.5**k - (-1) ** (k - 1) / (2 * k) / df**k for k in range(1, n + 1)]
    return exp_jet([0.0, *(a - b for a, b in zip(norm, bent[1:], strict=True))])


def _log_norm(df: Any) -> Any:
    return -np.log(df) / 2 - sp.betaln(df / 2, 0.5)


def _middle(n: int, df: Any, t: Any) -> Any:
    s = (_POINTS + 1) / 2 * t[:, None]
    df = df[:, None]
    weight = np.exp(_log_norm(df) - (df + 1) / 2 * np.log1p(s * s / df))
    return (weight * _slopes(n, df, s * s)[n]) @ _WEIGHTS * (t / 2) * math.factorial(n)


def _tail(n: int, df: Any, t: Any) -> Any:
    """Over s = |t| exp(v), v > 0."""
    start = np.log1p(t * t / df)

    def fall(v: Any) -> Any:
        return (df + 1) / 2 * (np.log1p(t * t * np.exp(2 * v) / df) - start) - v

    def slope(v: Any) -> Any:
        square = t * t * np.exp(2 * v)
        return (df + 1) * square / (df + square) - 1

    v, weights = half_line(fall, slope, (1 + (df + 1) / 2 * np.log1p(df / (t * t))) / df)
    df, t = df[:, None], t[:, None]
    square = t * t * np.exp(2 * v)
    weight = np.abs(t) * np.exp(_log_norm(df) - (df + 1) / 2 * np.log1p(square / df) + v) * weights
    integrand = np.where(weight > 0, weight * _slopes(n, df, square)[n], 0.0)
    return -np.sign(t[:, 0]) * integrand.sum(axis=1) * math.factorial(n)
