"""Derivatives of Struve functions with respect to their order, of NumPy arrays of positive arguments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ..jets import exp_jet, product
from .bessel import second_jet
from .shapes import in_double, log_gamma_jet

__all__ = ["modstruve_by_order", "struve_by_order"]


@in_double(1)
def struve_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of H_v(x) with respect to v > -3/2.

    By the power series (DLMF 11.2.1) up to 12 and below order 0, beyond as Y_v(x) + K_v(x) (DLMF 11.2.5), K_v by its integral
    (DLMF 11.5.2).
    """
    found = np.full(x.shape, np.nan)
    fine = (v > -1.5) & (x > 0) & (x < np.inf)
    series = fine & ((x <= 12) | (x < v))
    found[series] = _ascending(n, v[series], x[series], -1.0)
    for places, function in ((fine & ~series & (v > -0.4), _far), (fine & ~series & (v <= -0.4), _far_below)):
        if places.any():
            found[places] = function(n, v[places], x[places])[n] * math.factorial(n)
    found[(x == 0) & (v > -1)] = 0.0
    return found


@in_double(1)
def modstruve_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of L_v(x) with respect to v > -3/2, by the power series (DLMF 11.2.2), whose terms are positive."""
    found = np.full(x.shape, np.nan)
    fine = (v > -1.5) & (x > 0) & (x < 720)
    found[fine] = _ascending(n, v[fine], x[fine], 1.0)
    found[(x == 0) & (v > -1)] = 0.0
    return found


def _ascending(n: int, v: Any, x: Any, sign: float) -> Any:
    """Σ (±1)^k (x/2)^(2k + v + 1) / (Γ(k + 3/2) Γ(k + v + 3/2)), and the derivative of each term."""
    front = exp_jet([0.0, np.log(x / 2), *[0.0] * n][: n + 1])
    term = product(front, exp_jet([-c for c in log_gamma_jet(v + 1.5, n)]))
    total = [c + np.zeros_like(x) for c in term]
    for k in range(1, int(40 + 1.5 * x.max(initial=0.0))):
        quotient: list[Any] = []
        for i, coefficient in enumerate(term):
            quotient.append((coefficient - (quotient[i - 1] if i else 0.0)) / (k + v + 0.5))
        term = [c * (sign * x * x / (4 * (k + 0.5))) for c in quotient]
        total = [a + b for a, b in zip(total, term, strict=True)]
    scale = np.exp((v + 1) * np.log(x / 2) - sp.gammaln(v + 1.5)) / math.gamma(1.5)
    return total[n] * scale * math.factorial(n)


def _far(n: int, v: Any, x: Any) -> list[Any]:
    """The jet of H_v(x) of large x, v > -1/2."""
    return [a + b for a, b in zip(second_jet(n, v, x), _remainder(n, v, x), strict=True)]


def _far_below(n: int, v: Any, x: Any) -> list[Any]:
    """The same of lower orders, from the next two (DLMF 11.4.23)."""
    front = exp_jet([0.0, np.log(x / 2), *[0.0] * n][: n + 1])
    gamma = exp_jet([-c for c in log_gamma_jet(v + 2.5, n)])
    scale = np.exp((v + 1) * np.log(x / 2) - sp.gammaln(v + 2.5)) / math.sqrt(math.pi)
    middle = product([2 * (v + 1) / x, 2 / x, *[0.0] * n][: n + 1], _far(n, v + 1, x))
    return [m + scale * c - b for m, c, b in zip(middle, product(front, gamma), _far(n, v + 2, x), strict=True)]


def _remainder(n: int, v: Any, x: Any) -> list[Any]:
    """The jet of 2 (x/2)^v / (√π Γ(v + 1/2)) ∫ exp(-x t) (1 + t²)^(v - 1/2) dt, by Gauss and Legendre."""
    points, weights = sp.roots_legendre(200)
    end = 45 / (x - np.maximum(v - 0.5, 0) * 0.8)  # log(1 + t²) <= 0.805 t
    t = (points + 1) / 2 * end[:, None]
    log = np.log1p(t * t)
    weight = np.exp(-x[:, None] * t + (v[:, None] - 0.5) * log) * weights
    moments = [(weight * log**k).sum(axis=1) * (end / (2 * math.factorial(k))) for k in range(n + 1)]
    front = exp_jet([0.0, np.log(x / 2), *[0.0] * n][: n + 1])
    gamma = exp_jet([-c for c in log_gamma_jet(v + 0.5, n)])
    scale = np.exp(v * np.log(x / 2) - sp.gammaln(v + 0.5)) * (2 / math.sqrt(math.pi))
    return [c * scale for c in product(product(front, gamma), moments)]
