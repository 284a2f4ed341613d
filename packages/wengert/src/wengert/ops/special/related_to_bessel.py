"""Spherical Bessel functions, Airy's, Kelvin's and Struve's, and integrals of them: DLMF 9, 10.43, 10.47, 10.61 and 11."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.jets import exp_jet
from ..elementwise import abs, pow
from ..transcendental import log, sqrt
from .bessel import i0, j0, k0, y0
from .declare import UNKNOWN, by_parameters, degree, function_of, function_of_one, select
from .gammas import digamma, polygamma, rgamma

__all__ = [
    "airy", "airye", "bei", "beip", "ber", "berp", "besselpoly", "it2i0k0", "it2j0y0", "it2struve0", "itairy", "iti0k0", "itj0y0",
    "itmodstruve0", "itstruve0", "kei", "keip", "kelvin", "ker", "kerp", "modstruve", "spherical_in", "spherical_jn",
    "spherical_kn",
    "spherical_yn", "struve",
]  # fmt: skip


# -- spherical Bessel functions --------------------------------------------------------------------------------------------------
def _spherical(name: str, text: str, signs: tuple[int, int], printed: str) -> Any:
    """(2n + 1) f_n' = ±n f_(n-1) ± (n + 1) f_(n+1), DLMF 10.51.1 and 10.51.4, without a quotient by z."""
    below, above = signs

    def slope(n: Any, z: Any) -> Any:
        n_real, lower = degree(n, z)
        return (below * n_real * function(lower, z) + above * (n_real + 1) * function(n + 1, z)) / (2 * n_real + 1)

    first, second = ("-" if s < 0 else "" for s in signs)
    function = function_of(
        name, "n z", {"n": UNKNOWN, "z": slope}, text,
        f"g ({first}n {name}(n - 1, z) {second or '+'} (n + 1) {name}(n + 1, z)) / (2n + 1), conjugated, to z "
        f"(DLMF {'10.51.4' if name[-2] in 'ik' else '10.51.1'}); none to n, an integer: MissingRuleError.",
        "1, wg.tensor(2.0)", printed, real=False,
    )  # fmt: skip
    return function


spherical_jn = _spherical(
    "spherical_jn", "The spherical Bessel function of the first kind of integer order n.", (1, -1), "0.435398"
)
spherical_yn = _spherical(
    "spherical_yn", "The spherical Bessel function of the second kind of integer order n.", (1, -1), "-0.350612"
)
spherical_in = _spherical(
    "spherical_in", "The modified spherical Bessel function of the first kind of integer order n.", (1, 1), "0.974383"
)
spherical_kn = _spherical(
    "spherical_kn", "The modified spherical Bessel function of the second kind of integer order n.", (-1, -1), "0.159438"
)

# -- Airy's ----------------------------------------------------------------------------------------------------------------------
airy: Any = function_of(
    "airy", "z", {"z": lambda z, out0, out1, out2, out3: (out1, z * out0, out3, z * out2)},
    "Airy's functions Ai and Bi and their derivatives: Ai(z), Ai'(z), Bi(z), Bi'(z).",
    "Ai', z Ai, Bi' and z Bi (DLMF 9.2.1), conjugated.", "wg.tensor(1.0)", "[0.135292, -0.159147, 1.207424, 0.932436]",
    outputs=4, real=False,
)  # fmt: skip


# With exp(ζ) for Ai and exp(-ζ) for Bi, ζ = 2/3 x^(3/2) and dζ/dx = √x; below 0 the factors are 1, and SciPy has no scaled Ai
# there.
def _airye_z(z: Any, out0: Any, out1: Any, out2: Any, out3: Any) -> Any:
    root = sqrt(select(z > 0, z, 0))
    return out1 + root * out0, z * out0 + root * out1, out3 - root * out2, z * out2 - root * out3


airye: Any = function_of(
    "airye", "z", {"z": _airye_z},
    "Airy's functions as `airy` has them, Ai and Ai' times exp(2/3 z^(3/2)), Bi and Bi' times exp(-2/3 z^(3/2)) (and where z "
    "< 0: "
    "NaN, and unscaled).",
    "those of airy, and ±√z times the function itself (DLMF 9.2.1).", "wg.tensor(1.0)",
    "[0.263514, -0.309977, 0.619912, 0.478729]", outputs=4,
)  # fmt: skip

itairy = function_of(
    "itairy", "x", {"x": lambda x: (airy(x)[0], airy(x)[2], airy(-x)[0], airy(-x)[2])},
    "The integrals of Ai(t), Bi(t), Ai(-t) and Bi(-t) from 0 to x.", "Ai(x), Bi(x), Ai(-x) and Bi(-x).", "wg.tensor(1.0)",
    "[0.236317, 0.872769, 0.465674, 0.373005]",
    outputs=4,
)  # fmt: skip


# -- Kelvin's: solutions of w'' + w'/x = i w, DLMF 10.61.3, in real and imaginary parts --------------------------------
def _second_slope(x: Any, itself: Any, slope: Any, limit: float) -> Any:
    """W'' for which w'' + w'/x is `itself`; at 0, w'/x tends to w''."""
    away = x != 0
    return select(away, itself - slope / select(away, x, 1), limit)


ber: Any = function_of_one(
    "ber", lambda x: berp(x), "Kelvin's function ber, the real part of J of order 0 of x exp(3πi/4).",
    "g berp(x).", 1.0, "0.984382",
)  # fmt: skip

bei: Any = function_of_one(
    "bei", lambda x: beip(x), "Kelvin's function bei, the imaginary part of J of order 0 of x exp(3πi/4).",
    "g beip(x).", 1.0, "0.249566",
)  # fmt: skip

ker: Any = function_of_one(
    "ker", lambda x: kerp(x), "Kelvin's function ker, the real part of K of order 0 of x exp(πi/4).",
    "g kerp(x).", 1.0, "0.286706",
)  # fmt: skip

kei: Any = function_of_one(
    "kei", lambda x: keip(x), "Kelvin's function kei, the imaginary part of K of order 0 of x exp(πi/4).",
    "g keip(x).", 1.0, "-0.494995",
)  # fmt: skip

berp: Any = function_of_one(
    "berp", lambda x, out: _second_slope(x, -bei(x), out, 0.0), "The derivative of ber.",
    "-g (bei(x) + berp(x)/x) (DLMF 10.61.3).", 1.0, "-0.062446",
)  # fmt: skip

beip: Any = function_of_one(
    "beip", lambda x, out: _second_slope(x, ber(x), out, 0.5), "The derivative of bei.",
    "g (ber(x) - beip(x)/x) (DLMF 10.61.3).", 1.0, "0.497397",
)  # fmt: skip

kerp: Any = function_of_one(
    "kerp", lambda x, out: -kei(x) - out / x, "The derivative of ker.",
    "-g (kei(x) + kerp(x)/x) (DLMF 10.61.3).", 1.0, "-0.694604",
)  # fmt: skip

keip: Any = function_of_one(
    "keip", lambda x, out: ker(x) - out / x, "The derivative of kei.",
    "g (ker(x) - keip(x)/x) (DLMF 10.61.3).", 1.0, "0.35237",
)  # fmt: skip


def _kelvin_x(x: Any, out0: Any, out1: Any, out2: Any, out3: Any) -> Any:
    away = x != 0
    inner = select(away, x, 1)
    return out2, out3, select(away, 1j * out0 - out2 / inner, 0.5j), 1j * out1 - out3 / x


kelvin = function_of(
    "kelvin", "x", {"x": _kelvin_x},
    "Kelvin's functions as complex numbers: ber + i bei, ker + i kei, and the derivatives of these two.",
    "w' of the first two, iw - w'/x of their derivatives (DLMF 10.61.3).", "wg.tensor(1.0)",
    "[0.984382, 0.286706, -0.062446, -0.694604]", outputs=4, complex_result=True,
)  # fmt: skip


# -- Struve's ----------------------------------------------------------------------------------------------------------
# H_v' = v/x H_v - H_(v+1) + (x/2)^v / (√π Γ(v + 3/2)), DLMF 11.4.23 with 11.4.27, and L_v' likewise with +L_(v+1):
# differentiated n times in v, v/x brings n/x times the derivative before, and the last term a polynomial in the slopes of its
# logarithm.
def _struve_slope(sign: int, function: Any, by_order: Any, n: int, v: Any, x: Any, out: Any) -> Any:
    before = by_order(n - 1, v, x) if n > 1 else function(v, x)
    slopes = [0.0, log(x / 2) - digamma(v + 1.5)]
    slopes += [polygamma(k - 1, v + 1.5) * (-1 / math.factorial(k)) for k in range(2, n + 1)]
    front = pow(x / 2, v) * rgamma(v + 1.5) * exp_jet(slopes)[n] * (math.factorial(n) / math.sqrt(math.pi))
    return (v * out + n * before) / x + sign * by_order(n, v + 1, x) + front


struve_by_order: Any = by_parameters(
    "struve_by_order", "n", "v x",
    {
        "v": lambda n, v, x: struve_by_order(n + 1, v, x),
        "x": lambda n, v, x, out: _struve_slope(-1, struve, struve_by_order, n, v, x, out),
    },
)  # fmt: skip

modstruve_by_order: Any = by_parameters(
    "modstruve_by_order", "n", "v x",
    {
        "v": lambda n, v, x: modstruve_by_order(n + 1, v, x),
        "x": lambda n, v, x, out: _struve_slope(1, modstruve, modstruve_by_order, n, v, x, out),
    },
)  # fmt: skip


# H_v' = ((x/2)^v / (√π Γ(v + 3/2)) + H_(v-1) - H_(v+1)) / 2, DLMF 11.4.23 with 11.4.27: no quotient by x.
def _struve_x(v: Any, x: Any) -> Any:
    return (pow(x / 2, v) * rgamma(v + 1.5) / math.sqrt(math.pi) + struve(v - 1, x) - struve(v + 1, x)) / 2


def _modstruve_x(v: Any, x: Any) -> Any:
    return (pow(x / 2, v) * rgamma(v + 1.5) / math.sqrt(math.pi) + modstruve(v - 1, x) + modstruve(v + 1, x)) / 2


struve: Any = function_of(
    "struve", "v x", {"v": lambda v, x: struve_by_order(1, v, x), "x": _struve_x}, "Struve's function H of order v.",
    "g ((x/2)^v / (√π gamma(v + 3/2)) + struve(v - 1, x) - struve(v + 1, x)) / 2 to x (DLMF 11.4.23, 11.4.27); to v > -3/2, "
    "where x > 0, by the "
    "derivatives of its series and integral (DLMF 11.2.1, 11.5.2).",
    "0.5, wg.tensor(1.0)", "0.366786",
)  # fmt: skip

modstruve: Any = function_of(
    "modstruve", "v x", {"v": lambda v, x: modstruve_by_order(1, v, x), "x": _modstruve_x},
    "Struve's modified function L of order v.",
    "g ((x/2)^v / (√π gamma(v + 3/2)) + modstruve(v - 1, x) + modstruve(v + 1, x)) / 2 to x (DLMF 11.4.25, 11.4.29); to v > "
    "-3/2, where x > 0, by "
    "the derivatives of its series (DLMF 11.2.2).",
    "0.5, wg.tensor(1.0)", "0.433316",
)  # fmt: skip

# -- integrals ---------------------------------------------------------------------------------------------------------
itj0y0 = function_of(
    "itj0y0", "x", {"x": lambda x: (j0(x), y0(x))}, "The integrals of j0 and y0 from 0 to x.", "j0(x) and y0(x).",
    "wg.tensor(1.0)", "[0.91973, -0.637069]",
    outputs=2,
)  # fmt: skip

iti0k0 = function_of(
    "iti0k0", "x", {"x": lambda x: (i0(x), k0(x))}, "The integrals of i0 and k0 from 0 to x.", "i0(x) and k0(x).",
    "wg.tensor(1.0)", "[1.086521, 1.24251]",
    outputs=2,
)  # fmt: skip


def _per_x(x: Any, numerator: Any, sign: float) -> Any:
    """A quotient by x of 1 - j0(x), or of i0(x) - 1 with the other sign; for small x by the series, DLMF 10.2.2."""
    near = abs(x) < 0.1
    small = select(near, x, 0)
    square = sign * small * small
    series = small / 4 * (1 + square / 16 * (1 + square / 36 * (1 + square / 64)))
    return select(near, series, numerator / select(near, 1, x))


it2j0y0 = function_of(
    "it2j0y0", "x", {"x": lambda x: (_per_x(x, 1 - j0(x), -1.0), -y0(x) / x)},
    "The integrals of (1 - j0(t))/t from 0 to x and of y0(t)/t from x on.", "(1 - j0(x))/x and -y0(x)/x.", "wg.tensor(1.0)",
    "[0.121165, 0.395273]", outputs=2,
)  # fmt: skip

it2i0k0 = function_of(
    "it2i0k0", "x", {"x": lambda x: (_per_x(x, i0(x) - 1, 1.0), -k0(x) / x)},
    "The integrals of (i0(t) - 1)/t from 0 to x and of k0(t)/t from x on.", "(i0(x) - 1)/x and -k0(x)/x.", "wg.tensor(1.0)",
    "[0.128979, 0.208518]", outputs=2,
)  # fmt: skip

itstruve0 = function_of_one(
    "itstruve0",
    lambda x: struve(0.0, x),
    "The integral of Struve's function of order 0 from 0 to x.",
    "g struve(0, x).",
    1.0,
    "0.30109",
)

itmodstruve0 = function_of_one(
    "itmodstruve0", lambda x: modstruve(0.0, x), "The integral of Struve's modified function of order 0 from 0 to x.",
    "g modstruve(0, x).", 1.0, "0.336473",
)  # fmt: skip


def _it2struve0(x: Any) -> Any:
    away = x != 0
    return select(away, -struve(0.0, x) / select(away, x, 1), -2 / math.pi)


it2struve0 = function_of_one(
    "it2struve0",
    _it2struve0,
    "The integral of struve(0, t)/t from x on.",
    "-g struve(0, x)/x, -2/π at 0 (DLMF 11.2.1).",
    1.0,
    "0.957197",
)

besselpoly: Any = function_of(
    "besselpoly", "a lmb nu",
    {
        "a": lambda a, lmb, nu: besselpoly(a, lmb + 1, nu - 1) - besselpoly(a, lmb + 1, nu + 1),
        "lmb": UNKNOWN,
        "nu": UNKNOWN,
    },
    "The integral of t^lmb jv(nu, 2at) over t from 0 to 1.",
    "g (besselpoly(a, lmb + 1, nu - 1) - besselpoly(a, lmb + 1, nu + 1)) to a (DLMF 10.6.1); none to lmb and nu, "
    "MissingRuleError.",
    "wg.tensor(1.0), 1.0, 1.0", "0.244497",
)  # fmt: skip
