"""The gamma function and its kin, and zeta functions: DLMF chapters 5 and 25."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import adapter_of, library
from ...errors import ArgumentError
from ...op import batching, binary, operator, rule
from ...op_batch_rules import as_it_is
from ..creation import zeros_like
from ..describe import binary_doc
from ..rounding import floor
from ..rounding import round as nearest_integer
from ..transcendental import cos, sin
from .declare import alike, by_parameters, function_of, function_of_one, is_number, select

__all__ = [
    "beta",
    "betaln",
    "binom",
    "digamma",
    "gamma",
    "gammaln",
    "gammasgn",
    "loggamma",
    "multigammaln",
    "poch",
    "polygamma",
    "psi",
    "rgamma",
    "zeta",
    "zetac",
]

_LOG_PI = math.log(math.pi)


@operator(operands=("x",), diagonal=True)
def polygamma(n: int, x: Any, /) -> Any:
    """The `n`-th derivative of `digamma`.

    Parameters
    ----------
    n : int
        Not negative.
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    The gradient is g polygamma(n + 1, x).

    Examples
    --------
    >>> import wengert as wg
    >>> round(wg.special.polygamma(1, wg.tensor(1.0)).item(), 6)
    1.644934
    """
    if type(n) is not int or n < 0:
        raise ArgumentError(f"polygamma: n: expected an integer that is not negative, got {n!r}")
    if is_number(x):  # in rules of functions of several operands
        x = library("numpy").asarray(float(x))
    adapter = adapter_of(x)
    if n == 0:
        return adapter.function("special.digamma")(x)
    # (-1)ⁿ⁺¹ n! ζ(n + 1, x)
    value = adapter.function("special.zeta")(adapter.asarray(n + 1.0, dtype=x.dtype), x)
    return value * float((-1) ** (n + 1) * math.factorial(n))


rule(polygamma, "x")(lambda g, n, x: g * polygamma(n + 1, x))
batching(polygamma)(as_it_is)

digamma: Any = function_of_one(
    "digamma", lambda x: polygamma(1, x), "The derivative of gammaln.", "g polygamma(1, x).", 1.0, "-0.577216"
)
psi = digamma

gammaln = function_of_one(
    "gammaln", lambda x: digamma(x), "The logarithm of the absolute value of the gamma function.", "g digamma(x).",
    3.0, "0.693147", node="Lgamma",
)  # fmt: skip

loggamma = function_of_one(
    "loggamma", lambda x: digamma(x), "The principal branch of the logarithm of the gamma function: NaN below 0.",
    "g digamma(x).", 3.0, "0.693147",
)  # fmt: skip

gamma = function_of_one(
    "gamma", lambda x, out: out * digamma(x), "The gamma function, (x - 1)! for a positive integer x.",
    "g gamma(x) digamma(x).", 4.0, "6.0",
)  # fmt: skip

gammasgn = function_of_one(
    "gammasgn", lambda x: zeros_like(x), "The sign of the gamma function: constant between its poles.", "0.", -0.5, "-1.0"
)


# 1/Γ has no pole: where ψ has one, 1/Γ vanishes. Left of 1/2 it is Γ(1 - x) sin(πx) / π (DLMF 5.5.3), whose factors are smooth
# there. The sine is that of the distance from the nearest integer, so that it vanishes where it should.
def _mirrored(x: Any) -> tuple[Any, Any]:
    """1/Γ and its derivative at x < 1/2."""
    nearest = nearest_integer(x)  # a constant, as its derivative says
    sign = 1 - 2 * (nearest - 2 * floor(nearest / 2))
    angle = (x - nearest) * math.pi
    factor, sine = sign * gamma(1 - x), sin(angle) / math.pi
    return factor * sine, factor * (cos(angle) - sine * digamma(1 - x))


def _rgamma_x(x: Any, out: Any) -> Any:
    right = x > 0.5
    return select(right, -out * digamma(select(right, x, 1)), _mirrored(select(right, 0, x))[1])


rgamma: Any = function_of_one(
    "rgamma", _rgamma_x, "1 / gamma(x), 0 at the poles of the gamma function.",
    "-g digamma(x) / gamma(x); (-1)ⁿ n! g at -n (DLMF 5.7.1).", 4.0, "0.166667",
)  # fmt: skip


def multigammaln(a: Any, d: int, /) -> Any:
    """The logarithm of the multivariate gamma function of `d` dimensions.

    Parameters
    ----------
    a : Tensor, array or number
        Above (d - 1) / 2.
    d : int
        At least 1.

    Returns
    -------
    Tensor or array
        Of the shape of `a`.

    Notes
    -----
    It is d (d - 1) / 4 log π plus the sum of gammaln(a - j / 2) over j < d (DLMF 35.3.4), and its gradient is that of these.

    Examples
    --------
    >>> import wengert as wg
    >>> round(wg.special.multigammaln(wg.tensor(3.0), 2).item(), 6)
    1.550195
    """
    if type(d) is not int or d < 1:
        raise ArgumentError(f"multigammaln: d: expected an integer from 1 on, got {d!r}")
    first, *others = [gammaln(a - j / 2) for j in range(d)]
    return sum(others, first) + d * (d - 1) / 4 * _LOG_PI


# -- quotients of gamma functions ----------------------------------------------------------------------------------------------
def _is_pole(x: Any) -> Any:
    return (x <= 0) & (x == floor(x))


# (a)_m = Γ(a + m) / Γ(a). Where a is a pole, so that ψ(a) is one too, a product with 1/Γ(a) takes the place of the quotient;
# where a + m is another, the pole goes away, and by DLMF 5.5.3 the quotient is that of Γ(1 - a) by Γ(1 - a - m), up to its sign.
def _poch_a(a: Any, m: Any, out: Any) -> Any:
    pole, both = _is_pole(a), _is_pole(a + m)
    odd, single, double = pole | both, pole & ~both, pole & both
    inner = select(odd, 1, a)
    regular = out * (digamma(inner + select(odd, 1, m)) - digamma(inner))
    upper, lower = select(single, a + m, 1), select(single, a, 0)
    of_one = gamma(upper) * (digamma(upper) * rgamma(lower) + _rgamma_x(lower, rgamma(lower)))
    mirrored = select(double, 1 - a - m, 1)
    of_two = out * (digamma(mirrored) - digamma(mirrored + select(double, m, 0)))
    return select(double, of_two, select(single, of_one, select(both, math.inf, regular)))


poch = function_of(
    "poch", "a m", {"a": _poch_a, "m": lambda a, m, out: out * digamma(a + m)}, "Pochhammer's symbol gamma(a + m) / gamma(a).",
    "g poch(a, m) (digamma(a + m) - digamma(a)) to a, g poch(a, m) digamma(a + m) to m; their limits where a is 0, -1, … "
    "(DLMF 5.2.5, 5.5.3).",
    "wg.tensor(2.0), 3.0", "24.0",
)  # fmt: skip


# n choose k = Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1)): where a lower factor has a pole, as beyond Pascal's triangle, it is 0, and the
# derivative of 1/Γ there, which is finite, stands in for the product of 0 with the pole of ψ.
def _binom_n(n: Any, k: Any, out: Any) -> Any:
    beyond = _is_pole(n - k + 1) & ~_is_pole(n + 1)
    above, y, z = select(beyond, n + 1, 1), select(beyond, n - k + 1, 0), select(beyond, k + 1, 1)
    outside = gamma(above) * rgamma(z) * (digamma(above) * rgamma(y) + _rgamma_x(y, rgamma(y)))
    return select(beyond, outside, out * (digamma(n + 1) - digamma(select(beyond, 1, n - k + 1))))


def _binom_k(n: Any, k: Any, out: Any) -> Any:
    beyond = (_is_pole(n - k + 1) | _is_pole(k + 1)) & ~_is_pole(n + 1)
    above, y, z = select(beyond, n + 1, 1), select(beyond, n - k + 1, 1), select(beyond, k + 1, 1)
    outside = gamma(above) * (_rgamma_x(z, rgamma(z)) * rgamma(y) - rgamma(z) * _rgamma_x(y, rgamma(y)))
    inside = digamma(select(beyond, 1, n - k + 1)) - digamma(select(beyond, 1, k + 1))
    return select(beyond, outside, out * inside)


binom = function_of(
    "binom", "n k", {"n": _binom_n, "k": _binom_k},
    "n choose k, gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1)), of real n and k.",
    "g binom(n, k) (digamma(n + 1) - digamma(n - k + 1)) to n, g binom(n, k) (digamma(n - k + 1) - digamma(k + 1)) to k; their "
    "limits where binom(n, k) is 0 (DLMF 5.2.1, 5.7.1).",
    "wg.tensor(4.0), 2.0", "6.0",
)  # fmt: skip

betaln = binary(
    "betaln",
    lambda g, x1, x2: g * (digamma(x1) - digamma(x1 + x2)),
    lambda g, x1, x2: g * (digamma(x2) - digamma(x1 + x2)),
    doc=binary_doc(
        "The logarithm of the absolute value of beta. Of real operands.",
        "g (digamma(x1) - digamma(x1 + x2)) to x1, likewise to x2 (DLMF 5.12.1).",
        "round(wg.special.betaln(wg.tensor(2.0), wg.tensor(3.0)).item(), 6)",
        "-2.484907",
    ),
    function="special.betaln",
)


# Where Γ(x1 + x2) has a pole, beta is 0 and its derivative finite, as of `binom`.
def _beta_slope(first: Any, second: Any, out: Any) -> Any:
    both = first + second
    pole = _is_pole(both)
    inner = select(pole, first, 1)
    inverse, slope = _mirrored(select(pole, both, 0))
    at_pole = gamma(inner) * gamma(select(pole, second, 1)) * (slope + digamma(inner) * inverse)
    return select(pole, at_pole, out * (digamma(first) - digamma(select(pole, 1, both))))


beta = binary(
    "beta",
    lambda g, x1, x2, out: g * _beta_slope(alike(x1, out), alike(x2, out), out),
    lambda g, x1, x2, out: g * _beta_slope(alike(x2, out), alike(x1, out), out),
    doc=binary_doc(
        "The beta function, gamma(x1) gamma(x2) / gamma(x1 + x2). Of real operands.",
        "g beta(x1, x2) (digamma(x1) - digamma(x1 + x2)) to x1, likewise to x2 (DLMF 5.12.1).",
        "round(wg.special.beta(wg.tensor(2.0), wg.tensor(3.0)).item(), 6)",
        "0.083333",
    ),
    function="special.beta",
)

# -- zeta functions ------------------------------------------------------------------------------------------------------------
#: The n-th derivative of Hurwitz's zeta function in its exponent. That in the other is -s ζ(s + 1, q), DLMF 25.11.17, so that
#: ∂ⁿ/∂sⁿ brings -s ∂ⁿζ - n ∂ⁿ⁻¹ζ of s + 1.
zeta_by_s: Any = by_parameters(
    "zeta_by_s", "n", "s q",
    {"s": lambda n, s, q: zeta_by_s(n + 1, s, q), "q": lambda n, s, q: -s * zeta_by_s(n, s + 1, q) - n * _below(n, s + 1, q)},
)  # fmt: skip


def _below(n: int, s: Any, q: Any) -> Any:
    return zeta_by_s(n - 1, s, q) if n > 1 else zeta(s, q)


zeta: Any = binary(
    "zeta",
    lambda g, x1, x2: g * zeta_by_s(1, x1, x2),
    lambda g, x1, x2: g * (-x1 * zeta(x1 + 1, x2)),
    doc=binary_doc(
        "Hurwitz's zeta function, the sum of (x2 + k)^-x1 over all k from 0. Of real operands.",
        "-g x1 zeta(x1 + 1, x2) to x2 (DLMF 25.11.17); to x1 by the formula of Euler and Maclaurin (DLMF 25.11.5), each term "
        "of which is differentiated, of NumPy arrays.",
        "round(wg.special.zeta(wg.tensor(2.0), wg.tensor(1.0)).item(), 6)",
        "1.644934",
    ),
    function="special.zeta",
    node="SpecialZeta",
)

zetac = function_of_one(
    "zetac", lambda x: zeta_by_s(1, x, 1.0), "Riemann's zeta function less 1.",
    "by the formula of Euler and Maclaurin (DLMF 25.2.8), and below 0 by the functional equation (DLMF 25.4.1).", 2.0, "0.644934",
)  # fmt: skip
