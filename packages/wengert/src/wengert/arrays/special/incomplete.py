"""Derivatives of the incomplete gamma and beta functions with respect to their parameters, of NumPy arrays.

Both are distribution functions F(x) = ∫ exp(θ·s(t)) / N(θ) over t up to x, and with respect to parameters θ the integrand can be
differentiated as often as one likes: it is multiplied by a polynomial in s(t) = log t (and log(1 - t)) and the polygamma
functions (DLMF 8.8.?, 8.17.1). In the variable log t, or logit t, the integrand is log-concave: from the edge x it falls off at
least exponentially once it has begun to fall. The side of x is taken where it falls at once, so nothing large cancels, and the
rule for such integrands is the double-exponential one of Takahasi and Mori ("Double exponential formulas for numerical
integration", Publ. RIMS 9, 1974), at the points v = σ exp(s - exp(-s)).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ..jets import Table, exp_jet, exp_table, product
from .shapes import in_double, log_gamma_jet

__all__ = ["betainc_by_parameters", "gammainc_by_a", "half_line"]

#: The points of the rule in units of the width of the integrand, and their weights.
_STEPS = np.arange(-4.0, 7.0, 1 / 16)
_POINTS = np.exp(_STEPS - np.exp(-_STEPS))
_WEIGHTS = _POINTS * (1 + np.exp(-_STEPS)) / 16


def half_line(fall: Any, slope: Any, start: Any) -> tuple[Any, Any]:
    """The points of the rule and their weights, a row for each element.

    The width is where the exponent has fallen by 1, by Newton's method: it is convex, so from the right it never overshoots.
    """
    v = start
    for _ in range(20):
        v = v - (fall(v) - 1) / slope(v)
    return v[:, None] * _POINTS, v[:, None] * _WEIGHTS


# -- the gamma distribution ------------------------------------------------------------------------------------------------
@in_double(1)
def gammainc_by_a(n: int, a: Any, x: Any) -> Any:
    """The `n`-th derivative, n > 0, of the regularised lower incomplete gamma function with respect to `a` > 0."""
    found = np.full(a.shape, np.nan)
    found[(x == 0) & (a > 0) | (x == np.inf) & (a > 0) & (a < np.inf)] = 0.0
    if n == 1:  # Γ(a, x)/Γ(a) tends to a E₁(x)
        found[(a == 0) & (x > 0)] = -sp.exp1(x[(a == 0) & (x > 0)])
    inside = (a > 0) & (x > 0) & (a < np.inf) & (x < np.inf)
    few = inside & (x <= 1.5)
    found[few] = _gamma_series(n, a[few], x[few])
    many = inside & (x > 1.5)
    found[many] = _gamma_integral(n, a[many], x[many])
    return found


def _gamma_series(n: int, a: Any, x: Any) -> Any:
    """By P(a, x) = x^a Σ (-x)^k / (k! (a + k) Γ(a)), DLMF 8.7.1; its first term is written x^a / Γ(a + 1)."""
    log = np.log(x)
    power = exp_jet([0.0, log] + [0.0] * (n - 1))
    first = exp_jet([-c for c in log_gamma_jet(a + 1, n)])
    # What follows is multiplied by a + ε, of 1/Γ(a + ε) = (a + ε) / Γ(a + 1 + ε), so that small a loses nothing.
    others: list[Any] = [0.0] * (n + 1)
    term = np.ones_like(x)
    for k in range(1, 40):
        term = term * (-x / k)
        for i in range(n + 1):
            others[i] = others[i] + term * (-1.0) ** i / (a + k) ** (i + 1)
    factor = product([a, 1.0, *[0.0] * n], others)
    factor[0] = 1 + factor[0]
    scale = np.exp(a * log - sp.gammaln(a + 1))
    return scale * product(product(power, first), factor)[n] * math.factorial(n)


def _log_density(a: Any, x: Any) -> Any:
    """The logarithm of x^a exp(-x) / Γ(a), which for large numbers is a small difference of large ones (DLMF 5.11.3)."""
    relative = (x - a) / a
    near = np.abs(relative) < 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        stirling = 1 / (12 * a) - 1 / (360 * a**3) + 1 / (1260 * a**5) - 1 / (1680 * a**7)
        close = a * (np.log1p(np.where(near, relative, 0)) - relative) + 0.5 * np.log(a / (2 * math.pi)) - stirling
    return np.where(near & (a > 30), close, a * np.log(x) - x - sp.gammaln(a))


def _gamma_integral(n: int, a: Any, x: Any) -> Any:
    """∫ ∂ⁿ/∂aⁿ [t^a exp(-t) / Γ(a)] d(log t) on the side of x away from the mode a, over log t = log x ∓ v."""
    side = np.where(x <= a, -1.0, 1.0)

    def fall(v: Any) -> Any:
        return x * np.expm1(side * v) - side * a * v

    def slope(v: Any) -> Any:
        return side * (x * np.exp(side * v) - a)

    # To the right of where it has fallen by 1: by the quadratic of its series above, by its asymptote below.
    start = np.where(side > 0, np.sqrt(2 / x), (1 + x) / a)
    v, weights = half_line(fall, slope, start)
    a, x, side = a[:, None], x[:, None], side[:, None]
    logs: Any = np.log(x) + side * v - sp.psi(a)
    exponent = [0.0, logs, *(-c for c in log_gamma_jet(a, n)[2:])]
    with np.errstate(over="ignore", invalid="ignore"):
        weight = np.exp(_log_density(a, x) - (x * np.expm1(side * v) - side * a * v))
    integrand = np.where(weight > 0, weight * exp_jet(exponent)[n], 0.0)
    return -side[:, 0] * (integrand * weights).sum(axis=1) * math.factorial(n)


# -- the beta distribution -------------------------------------------------------------------------------------------------
@in_double(2)
def betainc_by_parameters(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    """∂^(m + n) / ∂a^m ∂b^n, m + n > 0, of the regularised incomplete beta function, a, b > 0 and 0 <= x <= 1."""
    found = np.full(a.shape, np.nan)
    proper = (a > 0) & (b > 0) & (a < np.inf) & (b < np.inf)
    found[proper & ((x == 0) | (x == 1))] = 0.0
    inside = proper & (x > 0) & (x < 1)
    below = inside & (x * (a + b) <= a)
    found[below] = _beta_integral((m, n), a[below], b[below], x[below], np.log(x[below]), np.log1p(-x[below]))
    above = inside & ~below
    y = 1 - x[above]
    found[above] = -_beta_integral((n, m), b[above], a[above], y, np.log1p(-x[above]), np.log(x[above]))
    return found


def _beta_integral(orders: tuple[int, int], a: Any, b: Any, x: Any, log_x: Any, log_y: Any) -> Any:
    """The integral from 0 to x over logit t = logit x - v, where log t = log x - v - r and log(1 - t) = log(1 - x) - r."""

    def fall(v: Any) -> Any:
        return a * v + (a + b) * np.log1p(x * np.expm1(-v))

    def slope(v: Any) -> Any:
        ratio = x * np.exp(-v)
        return a - (a + b) * ratio / (1 + x * np.expm1(-v))

    v, weights = half_line(fall, slope, (1 - (a + b) * log_y) / a)
    a, b, x, log_x, log_y = (z[:, None] for z in (a, b, x, log_x, log_y))
    rest = np.log1p(x * np.expm1(-v))
    weight = np.exp(a * log_x + b * log_y - sp.betaln(a, b) - (a * v + (a + b) * rest))
    exponent = log_beta_table(a, b, orders)
    exponent[1, 0] = log_x - v - rest + exponent[1, 0]
    exponent[0, 1] = log_y - rest + exponent[0, 1]
    integrand = np.where(weight > 0, weight * exp_table(exponent, orders), 0.0)
    return (integrand * weights).sum(axis=1)


def log_beta_table(a: Any, b: Any, orders: tuple[int, int]) -> Table:
    """The Taylor coefficients of -log B(a + α, b + β)."""
    size = sum(orders)
    first, second, both = (log_gamma_jet(z, max(size, 1)) for z in (a, b, a + b))
    found: Table = {}
    for i in range(max(orders[0], 1) + 1):
        for j in range(max(orders[1], 1) + 1):
            if 0 < i + j <= max(size, 1):
                found[i, j] = both[i + j] * math.comb(i + j, i) - (first[i] if not j else 0) - (second[j] if not i else 0)
    return found
