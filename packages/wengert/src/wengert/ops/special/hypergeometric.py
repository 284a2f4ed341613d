"""Hypergeometric functions, also in their parameters: DLMF chapters 13, 15 and 16.

Derivatives with respect to the argument are the same functions of other parameters. Those with respect to parameters are
series, see `wengert.arrays.special.hypergeometric`; their slopes in the argument are these again.
"""

from __future__ import annotations

from typing import Any

from .declare import by_parameters, function_of, function_of_one

__all__ = [
    "exprel", "exprel_slope", "hyp0f1", "hyp1f1", "hyp1f1_by_parameters", "hyp2f1", "hyp2f1_by_parameters", "hyperu",
]  # fmt: skip

# ∂/∂z of 0F1(b; z) is 0F1(b + 1; z) / b, hence D_n' = Σ C(n, j) ∂ʲ(1/b) D_(n-j)(b + 1); written by b D_n' = D_n(b + 1) - n
# D_(n-1)'.
hyp0f1_by_b: Any = by_parameters(
    "hyp0f1_by_b", "n", "b z", {"b": lambda n, b, z: hyp0f1_by_b(n + 1, b, z), "z": lambda n, b, z: _hyp0f1_by_b_z(n, b, z)}
)


def _hyp0f1_by_b_z(n: int, b: Any, z: Any) -> Any:
    if not n:
        return hyp0f1(b + 1, z) / b
    return (hyp0f1_by_b(n, b + 1, z) - n * _hyp0f1_by_b_z(n - 1, b, z)) / b


hyp0f1: Any = function_of(
    "hyp0f1", "v z", {"v": lambda v, z: hyp0f1_by_b(1, v, z), "z": lambda v, z: hyp0f1(v + 1, z) / v},
    "The confluent hypergeometric limit function 0F1(; v; z).",
    "g hyp0f1(v + 1, z) / v to z (DLMF 16.3.1); to v the series of the derivatives of its terms (DLMF 16.2.1), or by J (DLMF "
    "10.16.9).",
    "2.0, wg.tensor(1.0)", "1.590637", real=False,
)  # fmt: skip


# -- Kummer's and Tricomi's --------------------------------------------------------------------------------------------
# b M_z(a, b) = a M(a + 1, b + 1), DLMF 13.3.15, differentiated m times in a and n times in b.
hyp1f1_by_parameters: Any = by_parameters(
    "hyp1f1_by_parameters", "m n", "a b z",
    {
        "a": lambda m, n, a, b, z: hyp1f1_by_parameters(m + 1, n, a, b, z),
        "b": lambda m, n, a, b, z: hyp1f1_by_parameters(m, n + 1, a, b, z),
        "z": lambda m, n, a, b, z: _hyp1f1_z(m, n, a, b, z),
    },
)  # fmt: skip


def _hyp1f1(m: int, n: int, a: Any, b: Any, z: Any) -> Any:
    return hyp1f1_by_parameters(m, n, a, b, z) if m or n else hyp1f1(a, b, z)


def _hyp1f1_z(m: int, n: int, a: Any, b: Any, z: Any) -> Any:
    total = a * _hyp1f1(m, n, a + 1, b + 1, z)
    if m:
        total = total + m * _hyp1f1(m - 1, n, a + 1, b + 1, z)
    if n:
        total = total - n * _hyp1f1_z(m, n - 1, a, b, z)
    return total / b


hyp1f1: Any = function_of(
    "hyp1f1", "a b x",
    {
        "a": lambda a, b, x: hyp1f1_by_parameters(1, 0, a, b, x),
        "b": lambda a, b, x: hyp1f1_by_parameters(0, 1, a, b, x),
        "x": lambda a, b, x: a / b * hyp1f1(a + 1, b + 1, x),
    },
    "Kummer's confluent hypergeometric function 1F1(a; b; x).",
    "g a/b hyp1f1(a + 1, b + 1, x) to x (DLMF 13.3.15); to a and b the series of the derivatives of its terms (DLMF 13.2.2, "
    "13.2.39).",
    "1.0, 2.0, wg.tensor(1.0)", "1.718282", real=False,
)  # fmt: skip

# U_x(a, b) = -a U(a + 1, b + 1), DLMF 13.3.22.
hyperu_by_parameters: Any = by_parameters(
    "hyperu_by_parameters", "m n", "a b x",
    {
        "a": lambda m, n, a, b, x: hyperu_by_parameters(m + 1, n, a, b, x),
        "b": lambda m, n, a, b, x: hyperu_by_parameters(m, n + 1, a, b, x),
        "x": lambda m, n, a, b, x: -a * _hyperu(m, n, a + 1, b + 1, x) - (m * _hyperu(m - 1, n, a + 1, b + 1, x) if m else 0),
    },
)  # fmt: skip


def _hyperu(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    return hyperu_by_parameters(m, n, a, b, x) if m or n else hyperu(a, b, x)


hyperu: Any = function_of(
    "hyperu", "a b x",
    {
        "a": lambda a, b, x: hyperu_by_parameters(1, 0, a, b, x),
        "b": lambda a, b, x: hyperu_by_parameters(0, 1, a, b, x),
        "x": lambda a, b, x: -a * hyperu(a + 1, b + 1, x),
    },
    "Tricomi's confluent hypergeometric function U(a, b, x) of x > 0.",
    "-g a hyperu(a + 1, b + 1, x) to x (DLMF 13.3.22); to a and b by its integral (DLMF 13.4.4) and recurrence (DLMF 13.3.7).",
    "1.0, 2.0, wg.tensor(2.0)", "0.5",
)  # fmt: skip

# -- Gauss's -----------------------------------------------------------------------------------------------------------
# c F_z(a, b; c) = a b F(a + 1, b + 1; c + 1), DLMF 15.5.1, differentiated k, m and n times in a, b and c.
hyp2f1_by_parameters: Any = by_parameters(
    "hyp2f1_by_parameters", "k m n", "a b c z",
    {
        "a": lambda k, m, n, a, b, c, z: hyp2f1_by_parameters(k + 1, m, n, a, b, c, z),
        "b": lambda k, m, n, a, b, c, z: hyp2f1_by_parameters(k, m + 1, n, a, b, c, z),
        "c": lambda k, m, n, a, b, c, z: hyp2f1_by_parameters(k, m, n + 1, a, b, c, z),
        "z": lambda k, m, n, a, b, c, z: _hyp2f1_z(k, m, n, a, b, c, z),
    },
)  # fmt: skip


def _hyp2f1(k: int, m: int, n: int, a: Any, b: Any, c: Any, z: Any) -> Any:
    return hyp2f1_by_parameters(k, m, n, a, b, c, z) if k or m or n else hyp2f1(a, b, c, z)


def _hyp2f1_z(k: int, m: int, n: int, a: Any, b: Any, c: Any, z: Any) -> Any:
    def up(i: int, j: int) -> Any:
        return _hyp2f1(i, j, n, a + 1, b + 1, c + 1, z)

    total = a * b * up(k, m)
    if k:
        total = total + k * b * up(k - 1, m)
    if m:
        total = total + m * a * up(k, m - 1)
    if k and m:
        total = total + k * m * up(k - 1, m - 1)
    if n:
        total = total - n * _hyp2f1_z(k, m, n - 1, a, b, c, z)
    return total / c


hyp2f1: Any = function_of(
    "hyp2f1", "a b c z",
    {
        "a": lambda a, b, c, z: hyp2f1_by_parameters(1, 0, 0, a, b, c, z),
        "b": lambda a, b, c, z: hyp2f1_by_parameters(0, 1, 0, a, b, c, z),
        "c": lambda a, b, c, z: hyp2f1_by_parameters(0, 0, 1, a, b, c, z),
        "z": lambda a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
    },
    "Gauss's hypergeometric function 2F1(a, b; c; z).",
    "g ab/c hyp2f1(a + 1, b + 1, c + 1, z) to z (DLMF 15.5.1); to a, b and c, for z < 1, the series of the derivatives of its "
    "terms "
    "(DLMF 15.2.1, 15.8.1), which is an ArgumentError where z is so near 1 that it does not end.",
    "1.0, 1.0, 2.0, wg.tensor(0.5)", "1.386294", real=False,
)  # fmt: skip


# -- relative exponential ----------------------------------------------------------------------------------------------
def exprel_slope(x: Any) -> Any:
    """The derivative of `exprel`, which is 1F1(1; 2; x), without a quotient by x."""
    return hyp1f1(2.0, 3.0, x) * 0.5


exprel = function_of_one(
    "exprel", exprel_slope, "(exp(x) - 1) / x, and 1 at 0.", "g hyp1f1(2, 3, x) / 2 (DLMF 13.6.5, 13.3.15).", 0.0, "1.0"
)
