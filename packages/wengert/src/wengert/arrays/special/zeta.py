"""Derivatives of Hurwitz's zeta function with respect to its exponent, of NumPy arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ..jets import exp_jet, product, quotient
from .shapes import in_double, log_gamma_jet

__all__ = ["zeta_by_s"]

_BERNOULLI = sp.bernoulli(26)[2::2]


@in_double(1)
def zeta_by_s(n: int, s: Any, q: Any) -> Any:
    """The `n`-th derivative of ζ(s, q) with respect to s, q > 0; of s < 1 for q = 1 only, as SciPy has it.

    By the formula of Euler and Maclaurin (DLMF 25.11.5), each term of which is differentiated, and below 0 by the functional
    equation (DLMF 25.4.1).
    """
    found = np.full(s.shape, np.nan)
    right = (q > 0) & ((s > 1) | (s >= 0) & (q == 1)) & (s < np.inf) & (q < np.inf)
    found[right] = _euler_maclaurin(n, s[right], q[right])[n] * math.factorial(n)
    left = (s < 0) & (q == 1)
    found[left] = _reflected(n, s[left])
    found[(q > 0) & ((s == np.inf) | (q == np.inf)) & (s > 1)] = 0.0
    found[(s == 1) & (q > 0)] = (-1.0) ** n * np.inf
    return found


def _power(base: Any, s: Any, n: int) -> list[Any]:
    """The jet of base^-(s + ε)."""
    log = np.log(base)
    value = np.exp(-s * log)
    return [value * (-log) ** k / math.factorial(k) for k in range(n + 1)]


def _euler_maclaurin(n: int, s: Any, q: Any) -> list[Any]:
    terms = 16 + min(int(np.abs(s).max(initial=0.0) / 2), 200)
    total: list[Any] = [0.0] * (n + 1)
    for k in range(terms):
        total = [a + b for a, b in zip(total, _power(q + k, s, n), strict=True)]
    edge = q + terms
    last = _power(edge, s, n)
    tail = quotient([c * edge for c in last], [s - 1, 1.0, *[0.0] * n])
    rising = [s, 1.0, *[0.0] * n][: n + 1]  # s (s + 1) ... (s + 2j - 2)
    for j, number in enumerate(_BERNOULLI, 1):
        correction = [c * (number / math.factorial(2 * j)) / edge ** (2 * j - 1) for c in product(rising, last)]
        tail = [a + b for a, b in zip(tail, correction, strict=True)]
        for k in (2 * j - 1, 2 * j):
            rising = product(rising, [s + k, 1.0, *[0.0] * n])
    return [a + b + c / 2 for a, b, c in zip(total, tail, last, strict=True)]


def _reflected(n: int, s: Any) -> Any:
    """ζ(s) = 2 (2π)^(s - 1) sin(πs/2) Γ(1 - s) ζ(1 - s)."""
    quarter = (sp.sindg(90 * s), sp.cosdg(90 * s))
    sine = [quarter[k % 2] * (-1.0) ** (k // 2) * (math.pi / 2) ** k / math.factorial(k) for k in range(n + 1)]
    signs = [(-1.0) ** k for k in range(n + 1)]
    gamma = [c * sign for c, sign in zip(exp_jet(log_gamma_jet(1 - s, n)), signs, strict=True)]
    other = [c * sign for c, sign in zip(_euler_maclaurin(n, 1 - s, np.ones_like(s)), signs, strict=True)]
    power = exp_jet([0.0, math.log(2 * math.pi), *[0.0] * n][: n + 1])
    scale = 2 * np.exp((s - 1) * math.log(2 * math.pi) + sp.gammaln(1 - s))
    return product(product(product(sine, gamma), other), power)[n] * scale * math.factorial(n)
