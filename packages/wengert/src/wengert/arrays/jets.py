"""Truncated power series in one or two small parameters: derivatives of any order, all at once.

A *jet* of order n is the list of the Taylor coefficients of a function of ε up to εⁿ; derivative k is k! times coefficient k. A
*table* is the same in two variables, from the pair of exponents to the coefficient. The coefficients are whatever can be added
and multiplied: arrays of any library, or Tensors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["Table", "exp_jet", "exp_table", "product", "quotient"]

Table = dict[tuple[int, int], Any]


def product(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """The jet of the product of two functions, of the order of the shorter one."""
    return [sum(first[i] * second[k - i] for i in range(k + 1)) for k in range(min(len(first), len(second)))]


def quotient(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """The jet of a quotient; the divisor does not vanish."""
    found: list[Any] = []
    for k, coefficient in enumerate(first):
        rest = sum(second[k - i] * found[i] for i in range(k))
        found.append((coefficient - rest) / second[0])
    return found


def exp_jet(exponent: Sequence[Any]) -> list[Any]:
    """The jet of ``exp(f(ε) - f(0))`` from that of f, whose coefficient 0 is not looked at.

    From E' = f' E: k E_k = Σ i f_i E_(k-i).
    """
    found: list[Any] = [1.0]
    for k in range(1, len(exponent)):
        found.append(sum(exponent[i] * found[k - i] * (i / k) for i in range(1, k + 1)))
    return found


def exp_table(exponent: Table, orders: tuple[int, int]) -> Any:
    """The mixed derivative of these `orders` of ``exp(f(α, β) - f(0, 0))`` at the origin, from the coefficients of f."""
    found: Table = {(0, 0): 1.0}
    for i in range(orders[0] + 1):
        for j in range(orders[1] + 1):
            if i + j:
                found[i, j] = _entry(exponent, found, i, j)
    return found[orders] * float(math.factorial(orders[0]) * math.factorial(orders[1]))


def _entry(exponent: Table, found: Table, i: int, j: int) -> Any:
    """Coefficient (i, j), by the derivative in the variable whose exponent is not 0, as in `exp_jet`."""
    along = 0 if i else 1
    whole = (i, j)[along]
    terms = [
        exponent[k, m] * found[i - k, j - m] * ((k, m)[along] / whole)
        for k in range(i + 1)
        for m in range(j + 1)
        if (k, m)[along]
    ]
    return sum(terms[1:], terms[0])
