"""Derivatives of Bessel functions with respect to their order, of NumPy arrays of positive arguments.

The integrals of Schläfli and their like (DLMF 10.9.6, 10.9.7, 10.32.4, 10.32.9) hold for every real order ν, which enters by
exp(νt), cos(νθ) and sin(νθ): they can be differentiated under the integral as often as one likes. Where a function is far smaller
than the integrand its power series is taken instead (DLMF 10.2.2, 10.25.2; their derivatives are 10.15.1 and 10.38.1), and for
arguments that are large beside the square of the order, Hankel's expansion (DLMF 10.17.3, 10.17.4). Negative orders come from
positive ones (DLMF 10.4.7, 10.27.2).

Every function here gives a jet: the list of Taylor coefficients in the order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import scipy.special as sp

from ...errors import ArgumentError
from ..jets import exp_jet, product
from .shapes import in_double, log_gamma_jet

__all__ = ["first_jet", "ive_by_order", "jv_by_order", "kve_by_order", "second_jet", "yv_by_order"]

#: Beyond these sizes the integrals take too many points.
_LIMIT = 20_000

#: So many numbers at a time.
_BLOCK = 1 << 20

Jet = list[Any]


# -- the four functions, of arguments from 0 on ----------------------------------------------------------------------------
@in_double(1)
def jv_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of J_v(x) with respect to v."""
    return _over_orders(n, v, x, _first, _reflected_first, _power_at_zero)


@in_double(1)
def yv_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of Y_v(x) with respect to v."""
    return _over_orders(n, v, x, _second, _reflected_second, _second_at_zero)


@in_double(1)
def ive_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of exp(-x) I_v(x) with respect to v."""
    return _over_orders(n, v, x, _modified_first, _reflected_modified, _power_at_zero)


@in_double(1)
def kve_by_order(n: int, v: Any, x: Any) -> Any:
    """The `n`-th derivative of exp(x) K_v(x) with respect to v."""
    return _over_orders(n, v, x, _modified_second, _modified_second, lambda n, v: np.where(v < 0, (-1.0) ** n, 1.0) * np.inf)


def _over_orders(
    n: int, v: Any, x: Any, upward: Callable[..., Jet], reflected: Callable[..., Jet], at_zero: Callable[[int, Any], Any]
) -> Any:
    """Derivative `n` from the jets of orders from 0 on, and of those below, which are jets in the opposite direction."""
    found = np.full(v.shape, np.nan)
    inside, zero = (x > 0) & (x < np.inf), x == 0
    if inside.any():
        found[inside] = _of_either_sign(n, v[inside], x[inside], upward, reflected)[n] * math.factorial(n)
    found[zero] = at_zero(n, v[zero])
    found[x == np.inf] = 0.0  # as 1/√x
    return found


def _second_at_zero(n: int, v: Any) -> Any:  # noqa: ARG001  (of every order of differentiation)
    return np.where(v > 0, -np.inf, np.nan)


def _power_at_zero(n: int, v: Any) -> Any:
    """The limit at 0 of (x/2)^v log(x/2)^n, which the first kinds have."""
    return np.where(v > 0, 0.0, np.where(v == 0, (-1.0) ** n * np.inf, np.nan))


def first_jet(n: int, v: Any, x: Any) -> Jet:
    """The jet of J_v(x) in v, of positive x."""
    return _of_either_sign(n, v, x, _first, _reflected_first)


def second_jet(n: int, v: Any, x: Any) -> Jet:
    """The jet of Y_v(x) in v, of positive x."""
    return _of_either_sign(n, v, x, _second, _reflected_second)


def _of_either_sign(n: int, v: Any, x: Any, upward: Callable[..., Jet], reflected: Callable[..., Jet]) -> Jet:
    found = [np.full(x.shape, np.nan) for _ in range(n + 1)]
    up, down = v >= 0, v < 0
    for places, function, sign in ((up, upward, 1.0), (down, reflected, -1.0)):
        if places.any():
            for k, coefficient in enumerate(function(n, np.abs(v[places]), x[places])):
                found[k][places] = coefficient * sign**k
    return found


def _reflected_first(n: int, w: Any, x: Any) -> Jet:
    cosine, sine = _turning(n, w)
    return [a - b for a, b in zip(product(cosine, _first(n, w, x)), product(sine, _second(n, w, x)), strict=True)]


def _reflected_second(n: int, w: Any, x: Any) -> Jet:
    cosine, sine = _turning(n, w)
    return [a + b for a, b in zip(product(sine, _first(n, w, x)), product(cosine, _second(n, w, x)), strict=True)]


def _reflected_modified(n: int, w: Any, x: Any) -> Jet:
    _, sine = _turning(n, w)
    others = product(sine, _modified_second(n, w, x))
    scale = np.exp(-2 * x) * (2 / math.pi)
    return [a + b * scale for a, b in zip(_modified_first(n, w, x), others, strict=True)]


def _turning(n: int, w: Any) -> tuple[Jet, Jet]:
    """The jets of cos(πw) and sin(πw), exact where w is an integer or half of one."""
    cosine, sine = sp.cosdg(180 * w), sp.sindg(180 * w)
    turned = (cosine, -sine, -cosine, sine)
    powers = [math.pi**k / math.factorial(k) for k in range(n + 1)]
    return [turned[k % 4] * p for k, p in enumerate(powers)], [turned[(k + 3) % 4] * p for k, p in enumerate(powers)]


# -- which of the ways -----------------------------------------------------------------------------------------------------
def _chosen(n: int, v: Any, x: Any, ways: list[tuple[Any, Callable[..., Jet]]]) -> Jet:
    """The jets by the first of the ways whose mask holds."""
    found = [np.full(x.shape, np.nan) for _ in range(n + 1)]
    left = np.ones(x.shape, bool)
    for mask, way in ways:
        places = left & mask
        left &= ~mask
        if places.any():
            for coefficient, value in zip(found, way(n, v[places], x[places]), strict=True):
                coefficient[places] = value
    return found


def _first(n: int, v: Any, x: Any) -> Jet:
    small = (sp.ive(v, x) * np.exp(np.minimum(x, 700.0)) < 2) & (x < 700)
    return _chosen(n, v, x, [(small, _ascending(-1)), (_is_far(v, x), _hankel_first), (np.full(x.shape, True), _schlaefli_first)])


def _second(n: int, v: Any, x: Any) -> Jet:
    return _chosen(n, v, x, [(_is_far(v, x), _hankel_second), (np.full(x.shape, True), _schlaefli_second)])


def _modified_first(n: int, v: Any, x: Any) -> Jet:
    ascending = (x < 40) | (v * v > 4 * x)
    return _chosen(n, v, x, [(ascending, _scaled_ascending), (np.full(x.shape, True), _peaked)])


def _is_far(v: Any, x: Any) -> Any:
    return (x > 30) & (x > v * v)


# -- series ----------------------------------------------------------------------------------------------------------------
def _ascending(sign: int) -> Callable[[int, Any, Any], Jet]:
    """Σ (±x²/4)^k (x/2)^(v + ε) / (k! Γ(v + ε + k + 1)), without its exponential where it is one of the modified functions."""

    def jet(n: int, v: Any, x: Any) -> Jet:
        _check_size("jv" if sign < 0 else "iv", x)
        front = exp_jet([0.0, np.log(x / 2), *[0.0] * n][: n + 1])
        gammas = exp_jet([-c for c in log_gamma_jet(v + 1, n)])
        term = [c + np.zeros_like(x) for c in product(front, gammas)]
        total, quarter = list(term), sign * x * x / 4
        for k in range(1, int(30 + 1.5 * x.max()) + 1):
            term = [c * (quarter / k) for c in _divided(term, v + k)]
            total = [a + b for a, b in zip(total, term, strict=True)]
            if not k % 16 and all((np.abs(c) <= 1e-18 * np.abs(t)).all() for c, t in zip(term, total, strict=True)):
                break
        scale = np.exp(v * np.log(x / 2) - sp.gammaln(v + 1) - (x if sign > 0 else 0))
        return [c * scale for c in total]

    return jet


_scaled_ascending = _ascending(1)


def _divided(term: Jet, divisor: Any) -> Jet:
    """The jet of a quotient by `divisor` + ε."""
    found: Jet = []
    for k, coefficient in enumerate(term):
        found.append((coefficient - (found[k - 1] if k else 0.0)) / divisor)
    return found


def _hankel(n: int, v: Any, x: Any) -> tuple[Jet, Jet, Jet, Jet]:
    """The sums with even and odd terms, and the jets of the cosine and sine of x - πv/2 - π/4."""
    square = product([2 * v, 2.0, *[0.0] * n][: n + 1], [2 * v, 2.0, *[0.0] * n][: n + 1])
    term: Jet = [np.ones_like(x), *(np.zeros_like(x) for _ in range(n))]
    sums: list[Jet] = [list(term), [np.zeros_like(x) for _ in range(n + 1)]]
    for k in range(1, 40):
        factor = [square[0] - (2 * k - 1) ** 2, *square[1:]]
        following = [c / (8 * k * x) for c in product(term, factor)]
        grown = np.abs(following[0]) > np.abs(term[0])  # asymptotic: the smallest term is the last
        term = [np.where(grown, 0.0, c) for c in following]
        sums[k % 2] = [a + (-1.0) ** (k // 2) * b for a, b in zip(sums[k % 2], term, strict=True)]
    # cos(x - y) and sin(x - y) for y = π(v/2 + 1/4), which is exact in quarter turns; each derivative in y turns both by one.
    c_turn, s_turn = sp.cosdg(90 * v + 45), sp.sindg(90 * v + 45)
    cosine = np.cos(x) * c_turn + np.sin(x) * s_turn
    sine = np.sin(x) * c_turn - np.cos(x) * s_turn
    powers = [(math.pi / 2) ** k / math.factorial(k) for k in range(n + 1)]
    turned = (cosine, sine, -cosine, -sine)
    cosines = [turned[k % 4] * p for k, p in enumerate(powers)]
    sines = [(sine, -cosine, -sine, cosine)[k % 4] * p for k, p in enumerate(powers)]
    return sums[0], sums[1], cosines, sines


def _hankel_first(n: int, v: Any, x: Any) -> Jet:
    even, odd, cosine, sine = _hankel(n, v, x)
    scale = np.sqrt(2 / (math.pi * x))
    return [(a - b) * scale for a, b in zip(product(cosine, even), product(sine, odd), strict=True)]


def _hankel_second(n: int, v: Any, x: Any) -> Jet:
    even, odd, cosine, sine = _hankel(n, v, x)
    scale = np.sqrt(2 / (math.pi * x))
    return [(a + b) * scale for a, b in zip(product(sine, even), product(cosine, odd), strict=True)]


# -- integrals -------------------------------------------------------------------------------------------------------------
def _check_size(name: str, *sizes: Any) -> None:
    largest = max(float(np.abs(size).max()) for size in sizes)
    if largest > _LIMIT:
        raise ArgumentError(
            f"{name}: the derivative with respect to the order: expected orders and arguments up to {_LIMIT} where the order is "
            f"not small beside the root of the argument, got {largest:g}"
        )


@cache
def _legendre(count: int) -> tuple[Any, Any]:
    """Gauss's points and weights for the interval from 0 to 1."""
    points, weights = sp.roots_legendre(count)
    return (points + 1) / 2, weights / 2


def _in_blocks(n: int, count: int, v: Any, x: Any, body: Callable[..., list[Any]]) -> Jet:
    """`body` of so many elements at a time that their points, `count` for each, fit the cache."""
    step = max(1, _BLOCK // count)
    parts = [body(v[i : i + step, None], x[i : i + step, None]) for i in range(0, len(x), step)]
    return [np.concatenate([part[k] for part in parts]) for k in range(n + 1)]


def _angles(n: int, v: Any, x: Any, phase: float) -> Jet:
    """1/π times the integral of cos(x sin θ - vθ - `phase`) over θ from 0 to π."""
    count = 64 + 32 * math.ceil((x + v).max() / 48)
    points, weights = _legendre(count)
    theta = points * math.pi

    def body(v: Any, x: Any) -> list[Any]:
        angle = x * np.sin(theta) - v * theta - phase
        # Each derivative brings a factor θ and turns the cosine by a quarter: d/dv cos(c - vθ) = θ sin(c - vθ).
        turned = (np.cos(angle), np.sin(angle))
        signs = (1.0, 1.0, -1.0, -1.0)
        return [(turned[k % 2] * theta**k) @ weights * (signs[k % 4] / math.factorial(k)) for k in range(n + 1)]

    return _in_blocks(n, count, v, x, body)


def _falling(n: int, v: Any, x: Any, sign: int) -> Jet:
    """1/π times the integral of exp(±vt - x sinh t) over t from 0 on."""
    peak = np.arccosh(np.maximum(v / x, 1.0)) if sign > 0 else np.zeros_like(x)
    # From the peak on the exponent falls at least by √|x² - v²| (cosh s - 1), and by x sinh s where there is no peak.
    slope = x * np.sinh(peak)
    end = np.where(peak > 0, np.arccosh(1 + 45 / np.maximum(slope, 1e-300)), 0.0)
    end = np.minimum(np.where(peak > 0, end, np.inf), _end_by_cubic(v, x, peak, sign)) + peak
    count = 160 + 32 * math.ceil(float(np.sqrt(v.max() + x.max())) / 2 + float(end.max()) / 4)
    points, weights = _legendre(count)

    def body(v: Any, x: Any) -> list[Any]:
        last = ends.pop(0)
        t = points * last
        weight = np.exp(sign * v * t - x * np.sinh(t)) * (last / math.pi)
        return [(weight * (sign * t) ** k) @ weights / math.factorial(k) for k in range(n + 1)]

    step = max(1, _BLOCK // count)
    ends = [end[i : i + step, None] for i in range(0, len(x), step)]
    return _in_blocks(n, count, v, x, body)


def _end_by_cubic(v: Any, x: Any, peak: Any, sign: int) -> Any:
    """How far behind the peak the exponent has fallen by 45, by Newton's method from beyond."""
    at_peak = x * np.sinh(peak) - sign * v * peak
    s = np.arcsinh((45 + np.abs(at_peak) + v * peak) / x) - peak + 3 + np.log1p(v / np.maximum(x, 1e-300))
    for _ in range(40):
        t = peak + s
        s = s - (x * np.sinh(t) - sign * v * t - at_peak - 45) / (x * np.cosh(t) - sign * v)
    return s


def _schlaefli_first(n: int, v: Any, x: Any) -> Jet:
    _check_size("jv", v, x)
    _, sine = _turning(n, v)
    others = product(sine, _falling(n, v, x, -1))
    return [a - b for a, b in zip(_angles(n, v, x, 0.0), others, strict=True)]


def _schlaefli_second(n: int, v: Any, x: Any) -> Jet:
    _check_size("yv", v, x)
    cosine, _ = _turning(n, v)
    others = product(cosine, _falling(n, v, x, -1))
    terms = zip(_angles(n, v, x, math.pi / 2), _falling(n, v, x, 1), others, strict=True)
    return [a - b - c for a, b, c in terms]


def _peaked(n: int, v: Any, x: Any) -> Jet:
    """exp(-x) I_v(x) of large x: 1/π times the integral of exp(x (cos θ - 1)) cos(vθ), whose far end vanishes.

    Even in θ and gone at the ends, so the trapezoidal rule converges geometrically.
    """
    count = 128
    steps = np.arange(count) / count

    def body(v: Any, x: Any) -> list[Any]:
        last = np.minimum(math.pi, 9.5 / np.sqrt(x))
        theta = steps * last
        weight = np.exp(-2 * x * np.sin(theta / 2) ** 2) * (last / (count * math.pi))
        weight[:, 0] /= 2
        turned = (np.cos(v * theta), -np.sin(v * theta), -np.cos(v * theta), np.sin(v * theta))
        return [(weight * turned[k % 4] * theta**k).sum(axis=1) / math.factorial(k) for k in range(n + 1)]

    return _in_blocks(n, count, v, x, body)


def _modified_second(n: int, v: Any, x: Any) -> Jet:
    """exp(x) K_v(x), the integral of exp(-x (cosh t - 1)) cosh(vt), by the trapezoidal rule: it is even, and falls fast."""
    root = np.hypot(v, x)
    _check_size("kv", np.sqrt(root))
    end = np.arcsinh(v / x) + np.arccosh(1 + 45 / root)
    count = math.ceil(float((end / np.minimum(0.12, 0.4 / np.sqrt(root))).max())) + 8
    steps = np.arange(count) / count
    step = max(1, _BLOCK // count)
    ends = [end[i : i + step, None] for i in range(0, len(x), step)]

    def body(v: Any, x: Any) -> list[Any]:
        last = ends.pop(0)
        t = steps * last
        base = -2 * x * np.sinh(t / 2) ** 2
        up, down = np.exp(base + v * t) * (last / (2 * count)), np.exp(base - v * t) * (last / (2 * count))
        up[:, 0] /= 2
        down[:, 0] /= 2
        return [((up + (-1.0) ** k * down) * t**k).sum(axis=1) / math.factorial(k) for k in range(n + 1)]

    return _in_blocks(n, count, v, x, body)
