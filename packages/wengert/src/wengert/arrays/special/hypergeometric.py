"""Derivatives of hypergeometric functions with respect to their parameters, of NumPy arrays.

The terms of the series are Pochhammer symbols (a + α)_k, polynomials in a small α: the coefficients of all mixed powers of the
small parameters are carried along from term to term, in a block with an axis for each of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ...errors import ArgumentError
from ..jets import exp_jet, product
from .bessel import first_jet
from .shapes import in_double, log_gamma_jet

__all__ = ["hyp0f1_by_b", "hyp1f1_by_parameters", "hyp2f1_by_parameters", "hyperu_by_parameters"]

#: Beyond so many terms a series is given up.
_LIMIT = 20_000


def _series(name: str, above: list[Any], below: list[Any], z: Any, orders: tuple[int, ...]) -> Any:
    """The block of Taylor coefficients, up to `orders`, of pFq(above; below; z) in its parameters: DLMF 16.2.1."""
    block = np.zeros((*(order + 1 for order in orders), *z.shape))
    block[(0,) * len(orders)] = 1.0
    total = block.copy()
    for k in range(_LIMIT):
        if k:
            block = block * (z / k)
            total += block
            if not k % 8 and (np.abs(block) <= 1e-17 * np.abs(total)).all():
                return total
        for axis, parameter in enumerate(above):
            shifted = block * (parameter + k)
            _along(shifted, axis)[1:] += _along(block, axis)[:-1]
            block = shifted
        for axis, parameter in enumerate(below, len(above)):
            for i in range(orders[axis] + 1):
                row = _along(block, axis)
                row[i] = (row[i] - (row[i - 1] if i else 0.0)) / (parameter + k)
    raise ArgumentError(
        f"{name}: the derivative with respect to parameters: expected an argument for which the series ends within {_LIMIT} "
        f"terms, got arguments up to {np.abs(z).max():g}"
    )


def _along(block: Any, axis: int) -> Any:
    """A view of the block with that axis in front."""
    return np.moveaxis(block, axis, 0)


def _factorials(orders: tuple[int, ...]) -> float:
    return float(math.prod(map(math.factorial, orders)))


def _by_places(shape: Any, *ways: tuple[Any, Any]) -> Any:
    """The results of functions of masks, each where its mask holds."""
    found = np.full(shape, np.nan)
    for mask, function in ways:
        if mask.any():
            found[mask] = function(mask)
    return found


# -- 0F1 and 1F1 -----------------------------------------------------------------------------------------------------------
@in_double(1)
def hyp0f1_by_b(n: int, b: Any, z: Any) -> Any:
    """The `n`-th derivative of 0F1(; b; z) with respect to b.

    For z far below 0, where its series cancels, by J (DLMF 10.16.9).
    """
    waves = (z < -16) & np.isfinite(z) & (b > -20)
    series = ~waves & np.isfinite(z) & np.isfinite(b)
    return _by_places(
        z.shape,
        (series, lambda at: _series("hyp0f1", [], [b[at]], z[at], (n,))[n] * math.factorial(n)),
        (waves, lambda at: _by_bessel(n, b[at], np.sqrt(-z[at]))),
    )


def _by_bessel(n: int, b: Any, w: Any) -> Any:
    """Γ(b) w^(1 - b) J_(b-1)(2w), as a product of jets."""
    gamma = exp_jet(log_gamma_jet(b, n))
    power = exp_jet([0.0, -np.log(w), *[0.0] * n][: n + 1])
    scale = sp.gamma(b) * w ** (1 - b)
    return product(product(gamma, power), first_jet(n, b - 1, 2 * w))[n] * scale * math.factorial(n)


@in_double(2)
def hyp1f1_by_parameters(m: int, n: int, a: Any, b: Any, z: Any) -> Any:
    """∂^(m + n) / ∂a^m ∂b^n of 1F1(a; b; z); for z < -1 by Kummer's exp(z) 1F1(b - a; b; -z), DLMF 13.2.39."""
    fine = np.isfinite(a) & np.isfinite(b) & np.isfinite(z)

    def turned(at: Any) -> Any:
        block = _series("hyp1f1", [b[at] - a[at]], [b[at]], -z[at], (m + n, n))
        rows = [math.comb(n, j) * block[m + j, n - j] * _factorials((m + j, n - j)) for j in range(n + 1)]
        return (-1.0) ** m * np.exp(z[at]) * sum(rows)

    return _by_places(
        z.shape,
        (fine & (z >= -1), lambda at: _series("hyp1f1", [a[at]], [b[at]], z[at], (m, n))[m, n] * _factorials((m, n))),
        (fine & (z < -1), turned),
    )


# -- 2F1 -------------------------------------------------------------------------------------------------------------------
@in_double(3)
def hyp2f1_by_parameters(k: int, m: int, n: int, a: Any, b: Any, c: Any, z: Any) -> Any:
    """∂^(k + m + n) / ∂a^k ∂b^m ∂c^n of 2F1(a, b; c; z) for z < 1; below -1/3 by Pfaff's transformation, DLMF 15.8.1."""
    fine = np.isfinite(a) & np.isfinite(b) & np.isfinite(c) & np.isfinite(z)

    def direct(at: Any) -> Any:
        return _series("hyp2f1", [a[at], b[at]], [c[at]], z[at], (k, m, n))[k, m, n] * _factorials((k, m, n))

    def turned(at: Any) -> Any:
        # (1 - z)^-a F(a, c - b; c; z / (z - 1)), in which b enters by -∂ and c by the sum of two derivatives.
        block = _series("hyp2f1", [a[at], c[at] - b[at]], [c[at]], z[at] / (z[at] - 1), (k, m + n, n))
        log = -np.log1p(-z[at])
        total = np.zeros_like(log)
        for i in range(k + 1):
            for j in range(n + 1):
                row = block[i, m + j, n - j] * _factorials((i, m + j, n - j))
                total += math.comb(k, i) * math.comb(n, j) * log ** (k - i) * row
        return (-1.0) ** m * np.exp(a[at] * log) * total

    return _by_places(z.shape, (fine & (z >= -1 / 3) & (z < 1), direct), (fine & (z < -1 / 3), turned))


# -- Tricomi's function ----------------------------------------------------------------------------------------------------
@in_double(2)
def hyperu_by_parameters(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    """∂^(m + n) / ∂a^m ∂b^n of U(a, b, x), x > 0: by its integral for a >= 1 (DLMF 13.4.4), below by recurrence (DLMF 13.3.7)."""
    fine = np.isfinite(a) & np.isfinite(b) & (x > 0) & (x < np.inf)
    return _by_places(x.shape, (fine, lambda at: _tricomi((m, n), a[at], b[at], x[at])))


def _tricomi(orders: tuple[int, int], a: Any, b: Any, x: Any) -> Any:
    steps = np.maximum(np.ceil(1 - a), 0.0)
    top = a + steps
    lower, upper = _tricomi_integral(orders, top, b, x), _tricomi_integral(orders, top + 1, b, x)
    for step in range(int(steps.max())):
        # U(a) = (2a + 2 + x - b) U(a + 1) - (a + 1)(a + 2 - b) U(a + 2), in which a and b are small parameters too.
        now = top - step - 1
        first = _times(lower, 2 * now + 2 + x - b, 2.0, -1.0)
        second = _times(_times(upper, now + 1, 1.0, 0.0), now + 2 - b, 1.0, -1.0)
        stepped = step < steps
        lower, upper = np.where(stepped, first - second, lower), np.where(stepped, lower, upper)
    return lower[orders] * _factorials(orders)


def _times(block: Any, value: Any, by_a: float, by_b: float) -> Any:
    """The block of the product with value + by_a α + by_b β."""
    found = block * value
    found[1:] += by_a * block[:-1]
    found[:, 1:] += by_b * block[:, :-1]
    return found


def _tricomi_integral(orders: tuple[int, int], a: Any, b: Any, x: Any) -> Any:
    """The block of coefficients of 1/Γ(a) ∫ exp(-x e^u + a u + (b - a - 1) log(1 + e^u)) du, by the trapezoidal rule."""
    low, high = -45 / a - np.log1p(np.maximum(x, np.abs(b))), np.log((60 + 8 * (a + np.abs(b))) / x) + 1
    low = np.minimum(low, np.log(a / (x + a)) - 45 / np.sqrt(a))
    step = np.minimum(0.2, 0.5 / np.sqrt(a + np.abs(b)))
    count = int(np.ceil(((high - low) / step).max())) + 1
    u = low[:, None] + ((high - low) / count)[:, None] * np.arange(count + 1)
    soft = np.logaddexp(0, u)
    exponent = -x[:, None] * np.exp(u) + a[:, None] * u + (b - a - 1)[:, None] * soft
    peak = exponent.max(axis=1)
    weight = np.exp(exponent - peak[:, None]) * ((high - low) / count)[:, None]
    gamma = exp_jet([-c for c in log_gamma_jet(a, orders[0])])
    scale = np.exp(peak - sp.gammaln(a))
    block = np.zeros((orders[0] + 1, orders[1] + 1, *x.shape))
    for j in range(orders[1] + 1):
        moments = [(weight * (u - soft) ** i * soft**j).sum(axis=1) / _factorials((i, j)) for i in range(orders[0] + 1)]
        for i, value in enumerate(product(moments, gamma)):
            block[i, j] = value * scale
    return block
