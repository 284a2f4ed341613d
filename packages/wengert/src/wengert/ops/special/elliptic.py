"""Elliptic integrals and functions: DLMF chapters 19 and 22, with the parameter m = k².

All derivatives are by Carlson's symmetric integrals, which have no quotients that would have to cancel at m = 0 or at an angle
of 0: dR_F/dx = -R_D(y, z, x)/6 (DLMF 19.18.1), and so on, each raising an exponent of the integrand.
"""

from __future__ import annotations

import math
from typing import Any

from ..rounding import round as nearest_integer
from ..transcendental import cos, sin, sqrt
from .declare import by_parameters, function_of, function_of_one, select

__all__ = [
    "agm", "ellipe", "ellipeinc", "ellipj", "ellipk", "ellipkinc", "ellipkm1", "elliprc", "elliprd", "elliprf", "elliprg",
    "elliprj",
]  # fmt: skip


# -- Carlson's integrals -----------------------------------------------------------------------------------------------
def _raise(place: int) -> Any:
    """The slope of `carlson` in one of its arguments: -i/2 times itself, with that exponent greater by 1."""

    def slope(i: int, j: int, k: int, m: int, x: Any, y: Any, z: Any, p: Any) -> Any:
        exponents = [i, j, k, m]
        if not exponents[place]:
            return 0.0 * (x, y, z, p)[place]
        factor = exponents[place] / -2
        exponents[place] += 2
        return carlson(*exponents, x, y, z, p) * factor

    return slope


#: ∫ (t + x)^(-i/2) (t + y)^(-j/2) (t + z)^(-k/2) (t + p)^(-m/2) dt over t > 0, of arguments that are not negative.
carlson: Any = by_parameters("carlson", "i j k m", "x y z p", {name: _raise(place) for place, name in enumerate("xyzp")})

_SOURCE = "by the integral with its exponent greater by 1 (DLMF 19.16), of arguments that are not negative"

elliprc = function_of(
    "elliprc", "x y",
    {
        "x": lambda x, y: carlson(3, 2, 0, 0, x, y, 1.0, 1.0) * -0.25,
        "y": lambda x, y: carlson(1, 4, 0, 0, x, y, 1.0, 1.0) * -0.5,
    },
    "Carlson's degenerate elliptic integral R_C(x, y).", f"to both {_SOURCE}.", "wg.tensor(1.0), 2.0", "0.785398",
)  # fmt: skip


elliprf = function_of(
    "elliprf", "x y z",
    {
        "x": lambda x, y, z: elliprd(y, z, x) / -6,
        "y": lambda x, y, z: elliprd(z, x, y) / -6,
        "z": lambda x, y, z: elliprd(x, y, z) / -6,
    },
    "Carlson's symmetric elliptic integral of the first kind, R_F(x, y, z).",
    "-g elliprd(y, z, x) / 6 to x, likewise to y and z (DLMF 19.18.1).",
    "wg.tensor(1.0), 2.0, 3.0", "0.726946",
)  # fmt: skip

elliprd: Any = function_of(
    "elliprd", "x y z",
    {
        "x": lambda x, y, z: carlson(3, 1, 3, 0, x, y, z, 1.0) * -0.75,
        "y": lambda x, y, z: carlson(1, 3, 3, 0, x, y, z, 1.0) * -0.75,
        "z": lambda x, y, z: carlson(1, 1, 5, 0, x, y, z, 1.0) * -2.25,
    },
    "Carlson's elliptic integral of the second kind, R_D(x, y, z).", f"to all {_SOURCE}.", "wg.tensor(1.0), 2.0, 3.0", "0.29046",
)  # fmt: skip

elliprj = function_of(
    "elliprj", "x y z p",
    {
        "x": lambda x, y, z, p: carlson(3, 1, 1, 2, x, y, z, p) * -0.75,
        "y": lambda x, y, z, p: carlson(1, 3, 1, 2, x, y, z, p) * -0.75,
        "z": lambda x, y, z, p: carlson(1, 1, 3, 2, x, y, z, p) * -0.75,
        "p": lambda x, y, z, p: carlson(1, 1, 1, 4, x, y, z, p) * -1.5,
    },
    "Carlson's symmetric elliptic integral of the third kind, R_J(x, y, z, p).", f"to all {_SOURCE}.",
    "wg.tensor(1.0), 2.0, 3.0, 4.0", "0.239848",
)  # fmt: skip


# From R_G = ¼ ∫ (x/(t + x) + y/(t + y) + z/(t + z)) t dt / s(t), DLMF 19.16.3; x R_D(y, z, x) vanishes at x = 0.
def _elliprg(x: Any, y: Any, z: Any) -> Any:
    zero = x == 0
    return (elliprf(x, y, z) - select(zero, 0, x * elliprd(y, z, select(zero, 1, x))) / 3) / 4


elliprg = function_of(
    "elliprg", "x y z",
    {"x": _elliprg, "y": lambda x, y, z: _elliprg(y, z, x), "z": lambda x, y, z: _elliprg(z, x, y)},
    "Carlson's symmetric elliptic integral of the second kind, R_G(x, y, z).",
    "g (elliprf(x, y, z) - x elliprd(y, z, x) / 3) / 4 to x, likewise to y and z (DLMF 19.16.3).", "wg.tensor(1.0), 2.0, 3.0",
    "1.401847",
)  # fmt: skip

# π/2 over R_F(0, a², b²), DLMF 19.8.1 and 19.25.1.
agm: Any = function_of(
    "agm", "a b",
    {
        "a": lambda a, b, out: out * out * a * elliprd(0.0, b * b, a * a) * (2 / (3 * math.pi)),
        "b": lambda a, b, out: out * out * b * elliprd(0.0, a * a, b * b) * (2 / (3 * math.pi)),
    },
    "The arithmetic-geometric mean of a and b, of one sign.", "2/(3π) g agm(a, b)² a elliprd(0, b², a²) to a, likewise to b "
    "(DLMF 19.8.5, 19.18.1).", "wg.tensor(1.0), 2.0", "1.456791",
)  # fmt: skip


# -- Legendre's complete integrals: K = R_F(0, 1 - m, 1), (K - E)/m = R_D(0, 1 - m, 1)/3, DLMF 19.25.1 -----------------
def _slope_of_k(complement: Any) -> Any:
    return elliprd(0.0, 1.0, complement) / 6


ellipk = function_of_one(
    "ellipk", lambda x: _slope_of_k(1 - x), "The complete elliptic integral of the first kind, of the parameter m = x.",
    "g elliprd(0, 1, 1 - x) / 6 (DLMF 19.25.1, 19.18.1).", 0.0, "1.570796",
)  # fmt: skip

ellipkm1 = function_of_one(
    "ellipkm1", lambda x: -_slope_of_k(x), "ellipk(1 - x), exact also near x = 0.",
    "-g elliprd(0, 1, x) / 6 (DLMF 19.25.1, 19.18.1).",
    1.0, "1.570796",
)  # fmt: skip


def _slope_of_e(m: Any) -> Any:
    return elliprd(0.0, 1 - m, 1.0) / -6


ellipe = function_of_one(
    "ellipe", lambda x: _slope_of_e(x), "The complete elliptic integral of the second kind, of the parameter m = x.",
    "-g elliprd(0, 1 - x, 1) / 6 (DLMF 19.4.2, 19.25.1).", 0.0, "1.570796",
)  # fmt: skip


# -- Legendre's incomplete integrals, by those up to the nearest multiple of π: F(φ + jπ) = F(φ) + 2j K, DLMF 19.2.10 --
def _turns(phi: Any) -> tuple[Any, Any, Any]:
    """How many half turns there are in an angle, and the sine and the squared cosine of the rest."""
    turns = nearest_integer(phi / math.pi)
    rest = phi - turns * math.pi
    cosine = cos(rest)
    return turns, sin(rest), cosine * cosine


def _of_turns(turns: Any, m: Any, slope: Any) -> Any:
    """The part of whole half turns: nothing where there is none, though the slope is infinite at m = 1."""
    none = turns == 0
    return select(none, 0, 2 * turns * slope(select(none, 0.5, m)))


def _first_by_m(phi: Any, m: Any) -> Any:
    turns, sine, square = _turns(phi)
    part = sine * sine * sine * elliprd(square, 1.0, 1 - m * sine * sine) / 6
    return part + _of_turns(turns, m, lambda m: _slope_of_k(1 - m))


def _second_by_m(phi: Any, m: Any) -> Any:
    turns, sine, square = _turns(phi)
    part = sine * sine * sine * elliprd(square, 1 - m * sine * sine, 1.0) / -6
    return part + _of_turns(turns, m, _slope_of_e)


def _delta(phi: Any, m: Any) -> Any:
    sine = sin(phi)
    return sqrt(1 - m * sine * sine)


ellipkinc = function_of(
    "ellipkinc", "phi m", {"phi": lambda phi, m: 1 / _delta(phi, m), "m": _first_by_m},
    "The incomplete elliptic integral of the first kind, F(phi | m).",
    "g / √(1 - m sin²phi) to phi; g sin³phi elliprd(cos²phi, 1, 1 - m sin²phi) / 6 to m, of the rest of phi beyond half "
    "turns, and that of "
    "2 ellipk(m) for each half turn (DLMF 19.25.5, 19.2.10).", "wg.tensor(1.0), 0.5", "1.083217",
)  # fmt: skip

ellipeinc = function_of(
    "ellipeinc", "phi m", {"phi": _delta, "m": _second_by_m},
    "The incomplete elliptic integral of the second kind, E(phi | m).",
    "g √(1 - m sin²phi) to phi; -g sin³phi elliprd(cos²phi, 1 - m sin²phi, 1) / 6 to m, of the rest of phi beyond half turns, "
    "and that of "
    "2 ellipe(m) for each half turn (DLMF 19.25.9, 19.2.10).", "wg.tensor(1.0), 0.5", "0.92733",
)  # fmt: skip


# -- Jacobi's functions: φ = am(u | m) has F(φ | m) = u, so dφ/du = dn and dφ/dm = -dn F_m -----------------------------
def _by_u(m: Any, out0: Any, out1: Any, out2: Any) -> Any:
    return out1 * out2, -out0 * out2, -m * out0 * out1, out2


def _by_m(m: Any, out0: Any, out1: Any, out2: Any, out3: Any) -> Any:
    turned = -out2 * _first_by_m(out3, m)
    return out1 * turned, -out0 * turned, -(out0 * out0 / 2 + m * out0 * out1 * turned) / out2, turned


ellipj = function_of(
    "ellipj", "u m", {"u": _by_u, "m": _by_m}, "Jacobi's elliptic functions sn(u | m), cn, dn, and the amplitude.",
    "to u cn dn, -sn dn, -m sn cn and dn (DLMF 22.13.1); to m by the derivative of ellipkinc, which the amplitude inverts.",
    "wg.tensor(1.0), 0.5", "[0.803002, 0.595977, 0.823161, 0.932315]", outputs=4,
)  # fmt: skip
