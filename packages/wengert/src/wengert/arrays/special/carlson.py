"""Carlson's symmetric elliptic integrals with any half-integral exponents, of NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import in_double

__all__ = ["carlson"]

#: The step of the rule, in the logarithm of the variable.
_STEP = 0.4


@in_double(4)
def carlson(i: int, j: int, k: int, m: int, x: Any, y: Any, z: Any, p: Any) -> Any:
    """∫ (t + x)^(-i/2) (t + y)^(-j/2) (t + z)^(-k/2) (t + p)^(-m/2) dt over t > 0, of arguments that are not negative.

    All derivatives of Carlson's integrals are such integrals (DLMF 19.16.1, 19.16.2, 19.16.5): each raises an exponent by one.
    In log t the integrand is analytic up to a distance of π from the real line and falls exponentially at both ends, so the
    trapezoidal rule converges geometrically (Trefethen and Weideman, "The exponentially convergent trapezoidal rule", SIAM
    Review 56, 2014).
    """
    factors = [(a, e) for a, e in zip((x, y, z, p), (i, j, k, m), strict=True) if e]
    total = sum(e for _, e in factors) / 2
    held = np.asarray([a for a, _ in factors])
    at_zero = sum(e * (a == 0) for a, e in factors) / 2  # the power of t at 0
    found = np.where((at_zero < 1) & (held >= 0).all(axis=0), 0.0, np.where((held >= 0).all(axis=0), np.inf, np.nan))
    proper = (found == 0) & np.isfinite(held).all(axis=0)
    if not proper.any():
        return found
    held, at_zero = held[:, proper], at_zero[proper]
    least = np.where(held > 0, held, np.inf).min(axis=0)
    low = np.log(least) - 40 / (1 - at_zero)
    high = np.log(held.max(axis=0)) + 40 / (total - 1)
    count = int(np.ceil((high - low).max() / _STEP)) + 1
    step = (high - low) / count
    u = low[:, None] + step[:, None] * np.arange(count + 1)
    t = np.exp(u)
    exponent = u
    for a, (_, e) in zip(held, factors, strict=True):
        exponent = exponent - e / 2 * np.log(t + a[:, None])
    found[proper] = np.exp(exponent).sum(axis=1) * step
    return found
