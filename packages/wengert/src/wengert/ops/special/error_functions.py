"""The error function and its kin, and the normal distribution: DLMF chapter 7."""

from __future__ import annotations

import math
from typing import Any

from ..complex import imag, real
from ..elementwise import multiply
from ..nn.erf import erf
from ..transcendental import cos, exp, sin
from .declare import function_of, function_of_one, select

__all__ = [
    "dawsn",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfi",
    "erfinv",
    "fresnel",
    "log_ndtr",
    "ndtr",
    "ndtri",
    "ndtri_exp",
    "owens_t",
    "voigt_profile",
    "wofz",
]

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TAU = math.sqrt(2 * math.pi)

erfc = function_of_one(
    "erfc", lambda x: exp(-(x * x)) * (-2 / _ROOT_PI), "1 - erf(x), exact also where erf(x) is nearly 1.", "-g 2/√π exp(-x²).",
    0.0, "1.0", real=False,
)  # fmt: skip

erfcx: Any = function_of_one(
    "erfcx", lambda x, out: 2 * x * out - 2 / _ROOT_PI, "exp(x²) erfc(x), which neither overflows nor vanishes for large x.",
    "g (2 x erfcx(x) - 2/√π).", 0.0, "1.0", node="SpecialErfcx", real=False,
)  # fmt: skip

erfi = function_of_one(
    "erfi", lambda x: exp(x * x) * (2 / _ROOT_PI), "The imaginary error function, -i erf(ix).", "g 2/√π exp(x²).",
    0.5, "0.614952", real=False,
)  # fmt: skip

erfinv = function_of_one(
    "erfinv", lambda out: exp(out * out) * (_ROOT_PI / 2), "The inverse of erf.", "g √π/2 exp(erfinv(x)²).", 0.0, "0.0"
)

erfcinv = function_of_one(
    "erfcinv", lambda out: exp(out * out) * (-_ROOT_PI / 2), "The inverse of erfc.", "-g √π/2 exp(erfcinv(x)²).", 0.5, "0.476936"
)

dawsn = function_of_one(
    "dawsn", lambda x, out: 1 - 2 * x * out, "Dawson's integral exp(-x²) ∫₀ˣ exp(t²) dt.", "g (1 - 2 x dawsn(x)).",
    0.0, "0.0", real=False,
)  # fmt: skip

wofz: Any = function_of_one(
    "wofz", lambda x, out: 2j / _ROOT_PI - 2 * x * out, "Faddeeva's function exp(-x²) erfc(-ix), of complex operands.",
    "g (2i/√π - 2 x wofz(x)), conjugated (DLMF 7.10.2).", 1j, "0.427584", real=False, complex_result=True,
)  # fmt: skip

fresnel = function_of(
    "fresnel", "x", {"x": lambda x: (sin(x * x * (math.pi / 2)), cos(x * x * (math.pi / 2)))},
    "Fresnel's integrals S(x) and C(x) of sin(πt²/2) and cos(πt²/2) from 0 to x.",
    "sin(πx²/2) and cos(πx²/2) (DLMF 7.2.7, 7.2.8).",
    "wg.tensor(1.0)", "[0.438259, 0.779893]", outputs=2, real=False,
)  # fmt: skip


# -- the profile of spectral lines -------------------------------------------------------------------------------------------
# V = Re w(z) / (σ √(2π)) at z = (x + iγ) / (σ √2), DLMF 7.19.1; with w' of `wofz`, V_x = Re w' / (2 σ² √π) and V_γ = -Im w' /
# (2 σ² √π). V solves the heat equation with σ²/2 as time, so V_σ = σ V_xx; as V is harmonic in x and γ, V_xx = -V_γγ. Where σ
# = 0 it is Cauchy's density γ / (π (x² + γ²)), which is what z without σ would divide by.
def _line(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any, Any]:
    """Where σ = 0; σ with 1 in its place; and z."""
    sharp = sigma == 0
    width = select(sharp, 1, sigma) + 0 * x
    return sharp, width, (x + 1j * gamma) / (width * math.sqrt(2))


def _slope_of_wofz(z: Any) -> Any:
    return 2j / _ROOT_PI - 2 * multiply(z, wofz(z))


def _voigt_x(x: Any, sigma: Any, gamma: Any) -> Any:
    sharp, width, z = _line(x, sigma, gamma)
    square = select(sharp, x * x + gamma * gamma, 1)
    return select(sharp, -2 * x * gamma / (math.pi * square * square), real(_slope_of_wofz(z)) / (2 * _ROOT_PI * width * width))


def _voigt_gamma(x: Any, sigma: Any, gamma: Any) -> Any:
    sharp, width, z = _line(x, sigma, gamma)
    square = select(sharp, x * x + gamma * gamma, 1)
    cauchy = (x * x - gamma * gamma) / (math.pi * square * square)
    return select(sharp, cauchy, -imag(_slope_of_wofz(z)) / (2 * _ROOT_PI * width * width))


def _voigt_sigma(x: Any, sigma: Any, gamma: Any) -> Any:
    # w'' = -2 w - 2 z w', and V_xx = Re w'' / (2σ² √(2π) σ).
    sharp, width, z = _line(x, sigma, gamma)
    curvature = real(-2 * wofz(z) - 2 * multiply(z, _slope_of_wofz(z)))
    square = select(sharp, x * x + gamma * gamma, 1)
    at_zero = sigma * (6 * x * x * gamma - 2 * gamma * gamma * gamma) / (math.pi * square * square * square)
    return select(sharp, at_zero, curvature / (2 * _ROOT_TAU * width * width))


voigt_profile = function_of(
    "voigt_profile", "x sigma gamma", {"x": _voigt_x, "sigma": _voigt_sigma, "gamma": _voigt_gamma},
    "The density at x of the sum of a normal variable of standard deviation sigma and one of Cauchy's of half width gamma.",
    "with w = wofz(z), z = (x + i gamma) / (sigma √2): g Re w' / (2√π sigma²) to x, -g Im w' / (2√π sigma²) to gamma and "
    "g Re w'' / (2√(2π) sigma²) to sigma (DLMF 7.19.1, 7.10.2).",
    "wg.tensor(0.0), 1.0, 1.0", "0.208709",
)  # fmt: skip


# -- the normal distribution ---------------------------------------------------------------------------------------------------
ndtr = function_of_one(
    "ndtr", lambda x: exp(x * x * -0.5) / _ROOT_TAU, "The probability that a standard normal variable is at most x.",
    "g exp(-x²/2) / √(2π).", 0.0, "0.5", node="SpecialNdtr", real=False,
)  # fmt: skip

ndtri = function_of_one(
    "ndtri", lambda out: exp(out * out * 0.5) * _ROOT_TAU, "The inverse of ndtr.", "g √(2π) exp(ndtri(x)²/2).",
    0.5, "0.0", node="SpecialNdtri",
)  # fmt: skip

# exp(-x²/2) / (√(2π) ndtr(x)), of which both factors vanish for very negative x; their ratio is by erfcx.
log_ndtr = function_of_one(
    "log_ndtr", lambda x: math.sqrt(2 / math.pi) / erfcx(x * -math.sqrt(0.5)),
    "The logarithm of ndtr(x), exact also where that vanishes.", "g √(2/π) / erfcx(-x/√2).",
    0.0, "-0.693147", node="SpecialLogNdtr", real=False,
)  # fmt: skip

ndtri_exp = function_of_one(
    "ndtri_exp", lambda out: erfcx(out * -math.sqrt(0.5)) * math.sqrt(math.pi / 2),
    "The inverse of log_ndtr: ndtri(exp(x)), exact also where exp(x) vanishes.", "g √(π/2) erfcx(-ndtri_exp(x)/√2).",
    -1.0, "-0.337475",
)  # fmt: skip

owens_t = function_of(
    "owens_t", "h a",
    {
        "h": lambda h, a: exp(h * h * -0.5) * erf(a * h * math.sqrt(0.5)) * (-0.5 / _ROOT_TAU),
        "a": lambda h, a: exp(h * h * (1 + a * a) * -0.5) / (2 * math.pi * (1 + a * a)),
    },
    "Owen's T function: the probability that X > h and 0 < Y < aX, of independent standard normal X and Y.",
    "-g exp(-h²/2) erf(ah/√2) / √(8π) to h, g exp(-h²(1 + a²)/2) / (2π (1 + a²)) to a "
    "(Owen, Annals of Mathematical Statistics 27, 1956).",
    "wg.tensor(0.0), 1.0", "0.125",
)  # fmt: skip
