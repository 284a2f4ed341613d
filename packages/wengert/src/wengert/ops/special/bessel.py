"""Bessel functions, also in their order, and those of orders 0 and 1: DLMF chapter 10.

Derivatives with respect to the order are integrals and series, see `wengert.arrays.special.bessel`. They satisfy the
recurrences of the functions themselves, so that those for the argument hold for them too.
"""

from __future__ import annotations

from typing import Any

from ..elementwise import abs, sign
from ..transcendental import exp
from .declare import UNKNOWN, by_parameters, function_of, function_of_one, select

__all__ = [
    "hankel1", "hankel1e", "hankel2", "hankel2e", "i0", "i0e", "i1", "i1e", "iv", "ive", "j0", "j1", "jn", "jv", "jve", "k0",
    "k0e",
    "k1", "k1e", "kn", "kv", "kve", "y0", "y1", "yn", "yv", "yve",
]  # fmt: skip

# -- derivatives in the order ----------------------------------------------------------------------------------------------------
jv_by_order: Any = by_parameters(
    "jv_by_order", "n", "v x",
    {
        "v": lambda n, v, x: jv_by_order(n + 1, v, x),
        "x": lambda n, v, x: (jv_by_order(n, v - 1, x) - jv_by_order(n, v + 1, x)) / 2,
    },
)  # fmt: skip

yv_by_order: Any = by_parameters(
    "yv_by_order", "n", "v x",
    {
        "v": lambda n, v, x: yv_by_order(n + 1, v, x),
        "x": lambda n, v, x: (yv_by_order(n, v - 1, x) - yv_by_order(n, v + 1, x)) / 2,
    },
)  # fmt: skip

#: With exp(-x), as `ive` has it, of positive x.
ive_by_order: Any = by_parameters(
    "ive_by_order", "n", "v x",
    {
        "v": lambda n, v, x: ive_by_order(n + 1, v, x),
        "x": lambda n, v, x, out: (ive_by_order(n, v - 1, x) + ive_by_order(n, v + 1, x)) / 2 - out,
    },
)  # fmt: skip

#: With exp(x), as `kve` has it.
kve_by_order: Any = by_parameters(
    "kve_by_order", "n", "v x",
    {
        "v": lambda n, v, x: kve_by_order(n + 1, v, x),
        "x": lambda n, v, x, out: (kve_by_order(n, v - 1, x) + kve_by_order(n, v + 1, x)) / -2 + out,
    },
)  # fmt: skip

_BY_ORDER = "to v, where z > 0, by the integral or series of the derivatives (DLMF {source}); see wengert.arrays.special.bessel"


def _of_order(
    name: str, slopes: dict[str, Any], text: str, argument: str, source: str, at: str, printed: str, real: bool = False,
    complex_result: bool = False,
) -> Any:  # fmt: skip
    gradient = f"{argument} to z (DLMF {'10.29.1' if name[0] in 'ik' else '10.6.1'}); {_BY_ORDER.format(source=source)}."
    return function_of(name, "v z", slopes, text, gradient, at, printed, real=real, complex_result=complex_result)


# -- of any order ------------------------------------------------------------------------------------------------------
_J_TEXT = "The Bessel function of the first kind of order v"

jv: Any = _of_order(
    "jv", {"v": lambda v, z: jv_by_order(1, v, z), "z": lambda v, z: (jv(v - 1, z) - jv(v + 1, z)) / 2},
    f"{_J_TEXT}.", "g (jv(v - 1, z) - jv(v + 1, z)) / 2", "10.9.6, 10.15.1", "1.5, wg.tensor(2.0)", "0.491294",
)  # fmt: skip
jn = jv

jve: Any = _of_order(
    "jve", {"v": lambda v, z: jv_by_order(1, v, z), "z": lambda v, z: (jve(v - 1, z) - jve(v + 1, z)) / 2},
    f"{_J_TEXT} times exp(-|Im z|), which is 1 here.", "g (jve(v - 1, z) - jve(v + 1, z)) / 2", "10.9.6, 10.15.1",
    "1.5, wg.tensor(2.0)", "0.491294", real=True,
)  # fmt: skip

_Y_TEXT = "The Bessel function of the second kind of order v"

yv: Any = _of_order(
    "yv", {"v": lambda v, z: yv_by_order(1, v, z), "z": lambda v, z: (yv(v - 1, z) - yv(v + 1, z)) / 2},
    f"{_Y_TEXT}.", "g (yv(v - 1, z) - yv(v + 1, z)) / 2", "10.9.7", "1.5, wg.tensor(2.0)", "-0.395623",
)  # fmt: skip

yve: Any = _of_order(
    "yve", {"v": lambda v, z: yv_by_order(1, v, z), "z": lambda v, z: (yve(v - 1, z) - yve(v + 1, z)) / 2},
    f"{_Y_TEXT} times exp(-|Im z|), which is 1 here.", "g (yve(v - 1, z) - yve(v + 1, z)) / 2", "10.9.7",
    "1.5, wg.tensor(2.0)", "-0.395623", real=True,
)  # fmt: skip

iv: Any = _of_order(
    "iv", {"v": lambda v, z: ive_by_order(1, v, z) * exp(z), "z": lambda v, z: (iv(v - 1, z) + iv(v + 1, z)) / 2},
    "The modified Bessel function of the first kind of order v.", "g (iv(v - 1, z) + iv(v + 1, z)) / 2", "10.32.4, 10.38.1",
    "1.5, wg.tensor(2.0)", "1.099473",
)  # fmt: skip

ive: Any = _of_order(
    "ive",
    {"v": lambda v, z: ive_by_order(1, v, z), "z": lambda v, z, out: (ive(v - 1, z) + ive(v + 1, z)) / 2 - sign(z) * out},
    "exp(-|z|) iv(v, z).", "g ((ive(v - 1, z) + ive(v + 1, z)) / 2 - sign(z) ive(v, z))", "10.32.4, 10.38.1",
    "1.5, wg.tensor(2.0)", "0.148798", real=True,
)  # fmt: skip

kv: Any = _of_order(
    "kv", {"v": lambda v, z: kve_by_order(1, v, z) * exp(-z), "z": lambda v, z: (kv(v - 1, z) + kv(v + 1, z)) / -2},
    "The modified Bessel function of the second kind of order v.", "-g (kv(v - 1, z) + kv(v + 1, z)) / 2", "10.32.9",
    "1.5, wg.tensor(2.0)", "0.179907",
)  # fmt: skip

kve: Any = _of_order(
    "kve", {"v": lambda v, z: kve_by_order(1, v, z), "z": lambda v, z, out: (kve(v - 1, z) + kve(v + 1, z)) / -2 + out},
    "exp(z) kv(v, z).", "g (kve(v, z) - (kve(v - 1, z) + kve(v + 1, z)) / 2)", "10.32.9", "1.5, wg.tensor(2.0)", "1.32934",
)  # fmt: skip


def _hankel(kind: int, scaled: bool, printed: str) -> Any:
    """The function of the third kind J ± iY, for kind 1 or 2; `scaled` has it times exp(∓iz)."""
    side = 1j if kind == 1 else -1j
    name = f"hankel{kind}{'e' if scaled else ''}"

    def by_order(v: Any, z: Any) -> Any:
        slope = jv_by_order(1, v, z) + side * yv_by_order(1, v, z)
        return slope * exp(-side * z) if scaled else slope

    def by_argument(v: Any, z: Any, out: Any) -> Any:
        slope = (made(v - 1, z) - made(v + 1, z)) / 2
        return slope - side * out if scaled else slope

    factor = f", times exp({'-' if kind == 1 else ''}iz)" if scaled else ""
    rest = f" {'-' if kind == 1 else '+'} ig {name}(v, z)" if scaled else ""
    made = _of_order(
        name, {"v": by_order, "z": by_argument}, f"The Hankel function of kind {kind} of order v{factor}; its result is complex.",
        f"g ({name}(v - 1, z) - {name}(v + 1, z)) / 2{rest}, conjugated,", "10.9.6, 10.9.7", "1.5, wg.tensor(2.0)", printed,
        complex_result=True,
    )  # fmt: skip
    return made


hankel1 = _hankel(1, False, "0.491294")
hankel1e = _hankel(1, True, "-0.56419")
hankel2 = _hankel(2, False, "0.491294")
hankel2e = _hankel(2, True, "-0.56419")


# -- of integer order --------------------------------------------------------------------------------------------------
yn: Any = function_of(
    "yn", "n x", {"n": UNKNOWN, "x": lambda n, x: (yn(n - 1, x) - yn(n + 1, x)) / 2},
    "The Bessel function of the second kind of integer order n.",
    "g (yn(n - 1, x) - yn(n + 1, x)) / 2 to x (DLMF 10.6.1); none to n, an integer: MissingRuleError.", "2, wg.tensor(2.0)",
    "-0.617408",
)  # fmt: skip

kn: Any = function_of(
    "kn", "n x", {"n": UNKNOWN, "x": lambda n, x: (kn(abs(n - 1), x) + kn(n + 1, x)) / -2},
    "The modified Bessel function of the second kind of integer order n.",
    "-g (kn(n - 1, x) + kn(n + 1, x)) / 2 to x (DLMF 10.29.1); none to n, an integer: MissingRuleError.", "2, wg.tensor(2.0)",
    "0.25376",
)  # fmt: skip


# -- of orders 0 and 1 -------------------------------------------------------------------------------------------------
# The quotients by x have limits at 0: I₁(x)/x and J₁(x)/x tend to 1/2, so that the derivatives there are 1/2 too.
i0: Any = function_of_one(
    "i0", lambda x: i1(x), "The modified Bessel function of the first kind, of order 0.", "g i1(x).", 0.0, "1.0"
)  # fmt: skip


def _i1(x: Any, out: Any) -> Any:
    away = x != 0
    return select(away, i0(x) - out / select(away, x, 1), 0.5)


i1: Any = function_of_one(
    "i1", _i1, "The modified Bessel function of the first kind, of order 1.", "g (i0(x) - i1(x)/x).", 0.0, "0.0", node="SpecialI1"
)

i0e: Any = function_of_one(
    "i0e",
    lambda x, out: i1e(x) - sign(x) * out,
    "exp(-|x|) i0(x).",
    "g (i1e(x) - sign(x) i0e(x)).",
    0.0,
    "1.0",
    node="SpecialI0E",
)


def _i1e(x: Any, out: Any) -> Any:
    away = x != 0
    return select(away, i0e(x) - out * (sign(x) + 1 / select(away, x, 1)), 0.5)


i1e: Any = function_of_one("i1e", _i1e, "exp(-|x|) i1(x).", "g (i0e(x) - i1e(x) (sign(x) + 1/x)).", 0.0, "0.0", node="SpecialI1E")

j0: Any = function_of_one("j0", lambda x: -j1(x), "The Bessel function of the first kind, of order 0.", "-g j1(x).", 0.0, "1.0")


def _j1(x: Any, out: Any) -> Any:
    away = x != 0
    return select(away, j0(x) - out / select(away, x, 1), 0.5)


j1: Any = function_of_one("j1", _j1, "The Bessel function of the first kind, of order 1.", "g (j0(x) - j1(x)/x).", 0.0, "0.0")

y0: Any = function_of_one(
    "y0", lambda x: -y1(x), "The Bessel function of the second kind, of order 0.", "-g y1(x).", 1.0, "0.088257"
)

y1: Any = function_of_one(
    "y1", lambda x, out: y0(x) - out / x, "The Bessel function of the second kind, of order 1.", "g (y0(x) - y1(x)/x).",
    1.0, "-0.781213",
)  # fmt: skip

k0: Any = function_of_one(
    "k0",
    lambda x: -k1(x),
    "The modified Bessel function of the second kind, of order 0.",
    "-g k1(x) (DLMF 10.29.3).",
    1.0,
    "0.421024",
)

k1: Any = function_of_one(
    "k1", lambda x, out: -k0(x) - out / x, "The modified Bessel function of the second kind, of order 1.",
    "-g (k0(x) + k1(x)/x) (DLMF 10.29.2).", 1.0, "0.601907",
)  # fmt: skip

k0e: Any = function_of_one(
    "k0e", lambda x, out: out - k1e(x), "exp(x) k0(x).", "g (k0e(x) - k1e(x)) (DLMF 10.29.3).", 1.0, "1.144463"
)

k1e: Any = function_of_one(
    "k1e",
    lambda x, out: out - k0e(x) - out / x,
    "exp(x) k1(x).",
    "g (k1e(x) (1 - 1/x) - k0e(x)) (DLMF 10.29.2).",
    1.0,
    "1.636153",
)
