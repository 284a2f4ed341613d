"""Arithmetic, powers and rounding, elementwise, each function with its derivative.

Operands broadcast against each other; Python numbers take the dtype of the arrays that they meet. Gradients of complex
functions follow PyTorch's convention, see `wengert.ops.complex`; conventions at degenerate points are PyTorch's too and are
said where they matter. Trigonometric, exponential and logarithmic functions are in `wengert.ops.transcendental`.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any

from ..arrays.adapter import NUMBERS
from ..op import FunctionTable, binary, unary
from .complex import conj, is_complex, real
from .creation import zeros_like
from .select import select
from .transcendental import log

__all__ = [
    "abs",
    "add",
    "divide",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "positive",
    "pow",
    "sign",
    "sqrt",
    "square",
    "subtract",
]


def _doc(text: str, call: str, printed: str) -> str:
    return f"{text}\n\n    Examples\n    --------\n    >>> import wengert as wg\n    >>> wg.{call}.tolist()\n    {printed}\n    "


# -- sums and products ---------------------------------------------------------------------------------------------------
add = binary(
    "add",
    lambda g: g,
    lambda g: g,
    doc=_doc("The sum x1 + x2. Gradients: g, g.", "add(wg.tensor([1.0, 2.0]), 3.0)", "[4.0, 5.0]"),
)

subtract = binary(
    "subtract",
    lambda g: g,
    lambda g: -g,
    node="Sub",
    doc=_doc("The difference x1 - x2. Gradients: g, -g.", "subtract(wg.tensor([1.0, 2.0]), 3.0)", "[-2.0, -1.0]"),
)

multiply = binary(
    "multiply",
    lambda g, x2: g * conj(x2),
    lambda g, x1: g * conj(x1),
    node="Mul",
    doc=_doc("The product x1 x2. Gradients: g conj(x2), g conj(x1).", "multiply(wg.tensor([1.0, 2.0]), 3.0)", "[3.0, 6.0]"),
)

divide = binary(
    "divide",
    lambda g, x2: g / conj(x2),
    lambda g, x1, x2: -g * conj(x1 / x2 / x2),
    node="Div",
    doc=_doc(
        "The quotient x1 / x2. Gradients: g / conj(x2), -g conj(x1 / x2²).", "divide(wg.tensor([1.0, 2.0]), 4.0)", "[0.25, 0.5]"
    ),
)

negative = unary(
    "negative", lambda g: -g, node="Neg", doc=_doc("The negative -x. Gradient: -g.", "negative(wg.tensor([1.0, -2.0]))", "[-1.0, 2.0]")
)

positive = unary("positive", lambda g: g, doc=_doc("A copy, +x. Gradient: g.", "positive(wg.tensor([1.0, -2.0]))", "[1.0, -2.0]"))

# -- powers --------------------------------------------------------------------------------------------------------------
square = unary(
    "square",
    lambda g, x: g * (2 * conj(x)),
    doc=_doc("The square x². Gradient: 2 g conj(x).", "square(wg.tensor([2.0, -3.0]))", "[4.0, 9.0]"),
)

sqrt = unary(
    "sqrt",
    lambda g, out: g / (2 * conj(out)),
    doc=_doc(
        "The square root. Gradient: g / (2 conj(√x)), infinite at 0 as in PyTorch.", "sqrt(wg.tensor([4.0, 9.0]))", "[2.0, 3.0]"
    ),
)


class _OperatorTable(FunctionTable):
    """Python's operator in place of the library's function.

    NumPy's ``**`` turns the usual exponents into squares, roots and products, its function of the same name does not.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        super().__init__(name)
        self.python = function

    def __missing__(self, kind: type) -> Callable[..., Any]:
        self[kind] = self.python
        return self.python


def _pow_x1(g: Any, x1: Any, x2: Any) -> Any:
    if type(x2) in NUMBERS:
        return zeros_like(g) if x2 == 0 else g * conj(x2 * x1 ** (x2 - 1))
    # Where the exponent is 0 the power is constant, even at x1 = 0, where x1 ** -1 is not finite.
    constant = x2 == 0
    return select(constant, 0, g * conj(x2 * x1 ** (select(constant, 1, x2) - 1)))


def _pow_x2(g: Any, x1: Any, x2: Any, out: Any) -> Any:
    # 0 ** x2 is constant for x2 > 0; at 0 ** 0 PyTorch takes 0 too.
    exponent = real(x2) if is_complex(x2) else x2
    constant = (x1 == 0) & (exponent >= 0)
    return select(constant, 0, g * conj(out * log(select(constant, 1, x1))))


pow = binary(
    "pow",
    _pow_x1,
    _pow_x2,
    doc=_doc(
        "The power x1 ** x2. Gradients: g conj(x2 x1 ** (x2 - 1)), which is 0 where x2 = 0, and g conj(x1 ** x2 log x1), "
        "which is\n    0 where x1 = 0 and x2 ≥ 0.",
        "pow(wg.tensor([2.0, 3.0]), 2)",
        "[4.0, 9.0]",
    ),
)
pow.operator.table = _OperatorTable("pow", python.pow)

# -- extremes and signs --------------------------------------------------------------------------------------------------
def _extreme(name: str, first_loses: Callable[[Any, Any], Any], doc: str) -> Any:
    """Maximum or minimum: each gradient goes to the winner, half to either of a tie, whole to both beside a NaN."""

    def x1_rule(g: Any, x1: Any, x2: Any) -> Any:
        return select(x1 == x2, g / 2, select(first_loses(x1, x2), 0, g))

    def x2_rule(g: Any, x1: Any, x2: Any) -> Any:
        return select(x1 == x2, g / 2, select(first_loses(x2, x1), 0, g))

    return binary(name, x1_rule, x2_rule, doc=doc)


maximum = _extreme(
    "maximum",
    python.lt,
    _doc(
        "The larger of x1 and x2; NaN wins. Gradient: to the larger one, half to each where they are equal.",
        "maximum(wg.tensor([1.0, 5.0]), 3.0)",
        "[3.0, 5.0]",
    ),
)

minimum = _extreme(
    "minimum",
    python.gt,
    _doc(
        "The smaller of x1 and x2; NaN wins. Gradient: to the smaller one, half to each where they are equal.",
        "minimum(wg.tensor([1.0, 5.0]), 3.0)",
        "[1.0, 3.0]",
    ),
)


def _sign_x(g: Any, x: Any, out: Any) -> Any:
    if not is_complex(x):
        return zeros_like(g)
    # sign z = z / |z|, so that d(sign z) = (dz - sign z Re(conj(sign z) dz)) / |z|: what of dz is orthogonal to z.
    zero = x == 0
    size = abs(select(zero, 1, x))
    return select(zero, 0, (g - out * real(conj(out) * g)) / size)


sign = unary(
    "sign",
    _sign_x,
    doc=_doc(
        "The sign: -1, 0 or 1; for complex numbers z / |z|, and 0 at 0. Gradient: 0 for real x; for complex ones what of g is\n"
        "    orthogonal to z, divided by |z|, and 0 at 0.",
        "sign(wg.tensor([-3.0, 0.0, 2.0]))",
        "[-1.0, 0.0, 1.0]",
    ),
)

abs = unary(
    "abs",
    lambda g, x: g * sign(x),
    doc=_doc("The absolute value. Gradient: g sign(x), so 0 at 0.", "abs(wg.tensor([-3.0, 2.0]))", "[3.0, 2.0]"),
)
