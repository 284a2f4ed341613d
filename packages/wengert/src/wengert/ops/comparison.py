"""Comparisons, tests and logic: their results are of dtype bool and have no gradient."""

from __future__ import annotations

from ..op import binary, unary

__all__ = [
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

_EXAMPLE = """

    The result is of dtype bool; it has no gradient.

    Examples
    --------
    >>> import wengert as wg
    """


def _doc(text: str, call: str, printed: str) -> str:
    return f"{text}{_EXAMPLE}>>> wg.{call}.tolist()\n    {printed}\n    "


equal = binary("equal", doc=_doc("Whether x1 == x2.", "equal(wg.tensor([1.0, 2.0]), 2.0)", "[False, True]"))
not_equal = binary("not_equal", doc=_doc("Whether x1 != x2.", "not_equal(wg.tensor([1.0, 2.0]), 2.0)", "[True, False]"))
less = binary("less", doc=_doc("Whether x1 < x2.", "less(wg.tensor([1.0, 2.0]), 2.0)", "[True, False]"))
less_equal = binary("less_equal", doc=_doc("Whether x1 <= x2.", "less_equal(wg.tensor([1.0, 2.0]), 1.0)", "[True, False]"))
greater = binary("greater", doc=_doc("Whether x1 > x2.", "greater(wg.tensor([1.0, 2.0]), 1.0)", "[False, True]"))
greater_equal = binary(
    "greater_equal", doc=_doc("Whether x1 >= x2.", "greater_equal(wg.tensor([1.0, 2.0]), 2.0)", "[False, True]")
)

logical_and = binary(
    "logical_and", doc=_doc("Whether both are true.", "logical_and(wg.tensor([True, False]), True)", "[True, False]")
)
logical_or = binary(
    "logical_or", doc=_doc("Whether at least one is true.", "logical_or(wg.tensor([True, False]), False)", "[True, False]")
)
logical_xor = binary(
    "logical_xor", doc=_doc("Whether exactly one is true.", "logical_xor(wg.tensor([True, False]), True)", "[False, True]")
)
logical_not = unary("logical_not", doc=_doc("Whether it is false.", "logical_not(wg.tensor([True, False]))", "[False, True]"))

isnan = unary("isnan", doc=_doc("Whether it is NaN.", "isnan(wg.tensor([1.0, float('nan')]))", "[False, True]"))
isinf = unary("isinf", doc=_doc("Whether it is infinite.", "isinf(wg.tensor([1.0, float('inf')]))", "[False, True]"))
isfinite = unary(
    "isfinite", doc=_doc("Whether it is neither infinite nor NaN.", "isfinite(wg.tensor([1.0, float('inf')]))", "[True, False]")
)
signbit = unary("signbit", doc=_doc("Whether the sign bit is set.", "signbit(wg.tensor([1.0, -0.0]))", "[False, True]"))
