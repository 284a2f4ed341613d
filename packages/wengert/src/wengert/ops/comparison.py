"""Comparisons, tests, logic and bits: results of dtype bool or integer, which have no gradient."""

from __future__ import annotations

from typing import Any

from ..op import binary, unary
from .describe import binary_doc, unary_doc

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]


def _compares(name: str, text: str, arguments: str, printed: str) -> Any:
    return binary(name, doc=binary_doc(text, None, f"wg.{name}({arguments}).tolist()", printed, "bool"))


def _tests(name: str, text: str, argument: str, printed: str) -> Any:
    return unary(name, doc=unary_doc(text, None, f"wg.{name}({argument}).tolist()", printed, "bool"))


def _bits(name: str, text: str, arguments: str, printed: str) -> Any:
    return binary(name, doc=binary_doc(text, None, f"wg.{name}({arguments}).tolist()", printed))


# -- comparisons -------------------------------------------------------------------------------------------------------
equal = _compares("equal", "Whether x1 = x2, elementwise.", "wg.tensor([1.0, 2.0]), 2.0", "[False, True]")
not_equal = _compares("not_equal", "Whether x1 ≠ x2, elementwise.", "wg.tensor([1.0, 2.0]), 2.0", "[True, False]")
less = _compares("less", "Whether x1 < x2, elementwise.", "wg.tensor([1.0, 2.0]), 2.0", "[True, False]")
less_equal = _compares("less_equal", "Whether x1 ≤ x2, elementwise.", "wg.tensor([1.0, 2.0]), 1.0", "[True, False]")
greater = _compares("greater", "Whether x1 > x2, elementwise.", "wg.tensor([1.0, 2.0]), 1.0", "[False, True]")
greater_equal = _compares("greater_equal", "Whether x1 ≥ x2, elementwise.", "wg.tensor([1.0, 2.0]), 2.0", "[False, True]")

# -- logic -------------------------------------------------------------------------------------------------------------
logical_and = _compares("logical_and", "Whether both are true, elementwise.", "wg.tensor([True, False]), True", "[True, False]")
logical_or = _compares(
    "logical_or", "Whether at least one is true, elementwise.", "wg.tensor([True, False]), False", "[True, False]"
)
logical_xor = _compares(
    "logical_xor", "Whether exactly one is true, elementwise.", "wg.tensor([True, False]), True", "[False, True]"
)
logical_not = _tests("logical_not", "Whether it is false, elementwise.", "wg.tensor([True, False])", "[False, True]")

# -- tests of floating values ------------------------------------------------------------------------------------------
isnan = _tests("isnan", "Whether it is NaN, elementwise.", "wg.tensor([1.0, float('nan')])", "[False, True]")
isinf = _tests("isinf", "Whether it is infinite, elementwise.", "wg.tensor([1.0, float('inf')])", "[False, True]")
isfinite = _tests(
    "isfinite",
    "Whether it is neither infinite nor NaN, elementwise.",
    "wg.tensor([1.0, float('inf')])",
    "[True, False]",
)
signbit = _tests("signbit", "Whether the sign bit is set, elementwise.", "wg.tensor([1.0, -0.0])", "[False, True]")

# -- bits --------------------------------------------------------------------------------------------------------------
bitwise_and = _bits("bitwise_and", "The bits set in both integers or booleans.", "wg.tensor([6, 5]), 3", "[2, 1]")
bitwise_or = _bits("bitwise_or", "The bits set in at least one.", "wg.tensor([6, 5]), 3", "[7, 7]")
bitwise_xor = _bits("bitwise_xor", "The bits set in exactly one.", "wg.tensor([6, 5]), 3", "[5, 6]")
bitwise_left_shift = _bits("bitwise_left_shift", "The bits of x1 moved left by x2.", "wg.tensor([1, 2]), 3", "[8, 16]")
bitwise_right_shift = _bits(
    "bitwise_right_shift", "The bits of x1 moved right by x2, the sign kept.", "wg.tensor([8, -8]), 2", "[2, -2]"
)
bitwise_invert = unary(
    "bitwise_invert",
    doc=unary_doc(
        "The complement of every bit of integers; not, of booleans.",
        None,
        "wg.bitwise_invert(wg.tensor([0, 5])).tolist()",
        "[-1, -6]",
    ),
)
