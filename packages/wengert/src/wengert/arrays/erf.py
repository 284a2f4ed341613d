"""The error function, which the array API does not have, in terms of what it has."""

from __future__ import annotations

from typing import Any

__all__ = ["erf"]

# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631-637:
#   |x| <= 0.46875       erf(x)  = x R(x²)
#   0.46875 < |x| <= 4   erfc(x) = exp(-x²) R(x)
#   4 < |x|              erfc(x) = exp(-x²) (1/√π + R(1/x²) / x²) / x
# The last is left out: from 4 on erfc(x) is below 2e-8, and the second, used there too, is far closer than the half unit in the
# last place of 1 - erfc(x) asks for. Coefficients stand from the highest power down.
SMALL = 0.46875
SMALL_P = (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
SMALL_Q = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
LARGE_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
LARGE_Q = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    value = x * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        value = value * x + c
    return value


def erf(xp: Any, x: Any) -> Any:
    """The error function of the real array `x` of the array API namespace `xp`, to within two units in the last place."""
    size = xp.abs(x)
    small = size <= SMALL
    square = xp.where(small, x * x, xp.zeros_like(x))
    near = x * _polynomial(square, SMALL_P) / _polynomial(square, SMALL_Q)
    size = xp.clip(size, SMALL, 6.0)  # erf(6) is 1 in double precision
    tail = xp.exp(-size * size) * _polynomial(size, LARGE_P) / _polynomial(size, LARGE_Q)
    return xp.where(small, near, xp.sign(x) * (1.0 - tail))
