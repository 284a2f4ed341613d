"""Arithmetic, powers, extremes and signs, elementwise, each function with its derivative.

Operands broadcast against each other; Python numbers take the dtype of the arrays that they meet. Gradients of complex
functions follow PyTorch's convention, see `wengert.ops.complex`; so do the conventions at degenerate points, which are
said where they matter. Roots, exponentials and trigonometry are in `wengert.ops.transcendental`, rounding and clipping
in `wengert.ops.rounding`.
"""

from __future__ import annotations

import cmath
import math
import operator as python
from collections.abc import Callable
from functools import partial
from typing import Any

from ..arrays.adapter import ADAPTERS, NUMBERS
from ..op import OPERATORS, batching, binary, unary
from ..op_batching import Batch, elementwise
from .comparison import logical_and
from .complex import conj, is_complex, real
from .creation import full_like, zeros_like
from .describe import binary_doc, unary_doc
from .select import select
from .transcendental import log

__all__ = [
    "abs",
    "add",
    "divide",
    "fmax",
    "fmin",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "positive",
    "pow",
    "reciprocal",
    "sign",
    "square",
    "subtract",
]


# -- sums and products -------------------------------------------------------------------------------------------------
add = binary(
    "add",
    lambda g: g,
    lambda g: g,
    constants=True,
    jvp=(lambda t: t, lambda t: t),
    doc=binary_doc("The sum x1 + x2.", "g to both.", "wg.add(wg.tensor([1.0, 2.0]), 3.0).tolist()", "[4.0, 5.0]"),
)

subtract = binary(
    "subtract",
    lambda g: g,
    lambda g: -g,
    jvp=(lambda t: t, lambda t: -t),
    node="Sub",
    constants=True,
    doc=binary_doc(
        "The difference x1 - x2.",
        "g to x1, -g to x2.",
        "wg.subtract(wg.tensor([1.0, 2.0]), 3.0).tolist()",
        "[-2.0, -1.0]",
    ),
)

multiply = binary(
    "multiply",
    lambda g, x2: g * conj(x2),
    lambda g, x1: g * conj(x1),
    node="Mul",
    constants=True,
    linear=True,
    doc=binary_doc(
        "The product x1 x2.",
        "g conj(x2) to x1, g conj(x1) to x2.",
        "wg.multiply(wg.tensor([1.0, 2.0]), 3.0).tolist()",
        "[3.0, 6.0]",
    ),
)


def _outer(x1: Any, x2: Any) -> bool:
    """Whether each sample multiplies a column by a row."""
    return len(x1.shape) == len(x2.shape) == 3 and x1.shape[2] == x2.shape[1] == 1 and x1.dtype == x2.dtype


@batching(multiply, asks=_outer)
def _(batch: Batch, x1: Any, x2: Any) -> Any:
    if batch.batched == {"x1", "x2"} and _outer(x1, x2):
        # As the gradient of a matrix that met a vector: its sum over the samples is a product.
        total = partial(batch.do, OPERATORS["matmul"].public, x1=x1[:, :, 0].T, x2=x2[:, 0, :])
        return batch.later(x1, (x1.shape[1], x2.shape[2]), partial(batch.call, x1=x1, x2=x2), total)
    return elementwise(batch, x1=x1, x2=x2)


divide = binary(
    "divide",
    lambda g, x2: g / conj(x2),
    lambda g, x1, x2: -g * conj(x1 / x2 / x2),  # not x1 / x2²: the square may overflow
    node="Div",
    constants=True,
    holomorphic=True,
    doc=binary_doc(
        "The quotient x1 / x2.",
        "g / conj(x2) to x1, -g conj(x1 / x2²) to x2.",
        "wg.divide(wg.tensor([1.0, 2.0]), 4.0).tolist()",
        "[0.25, 0.5]",
    ),
)

reciprocal = unary(
    "reciprocal",
    lambda g, out: -g * conj(out * out),
    holomorphic=True,
    doc=unary_doc("1 / x.", "-g / conj(x²).", "wg.reciprocal(wg.tensor([4.0, 0.5])).tolist()", "[0.25, 2.0]"),
)

negative = unary(
    "negative",
    lambda g: -g,
    node="Neg",
    linear=True,
    doc=unary_doc("-x.", "-g.", "wg.negative(wg.tensor([1.0, -2.0])).tolist()", "[-1.0, 2.0]"),
)

positive = unary(
    "positive",
    lambda g: g,
    linear=True,
    doc=unary_doc("+x, a copy.", "g.", "wg.positive(wg.tensor([1.0, -2.0])).tolist()", "[1.0, -2.0]"),
)

# -- powers -----------------------------------------------------------------------------------------------------------
square = unary(
    "square",
    lambda g, x: _pow_x1(g, x, 2),
    node="Pow",
    holomorphic=True,
    doc=unary_doc("x².", "2 g conj(x).", "wg.square(wg.tensor([2.0, -3.0])).tolist()", "[4.0, 9.0]"),
)


def _pow_x1(g: Any, x1: Any, x2: Any) -> Any:
    if type(x2) in NUMBERS:
        if x2 == 2 and type(g) in ADAPTERS:  # by far the most frequent exponent; recorded, the power depends on x1 to any order
            return g * (2 * conj(x1))
        return zeros_like(g) if x2 == 0 else g * conj(x2 * x1 ** (x2 - 1))
    # Where the exponent is 0 the power is constant, even at x1 = 0, where 0 ** -1 is not finite.
    constant = x2 == 0
    return select(constant, 0, g * conj(x2 * x1 ** (select(constant, 1, x2) - 1)))


def _pow_x2(g: Any, x1: Any, x2: Any, out: Any) -> Any:
    # 0 ** x2 is constant for x2 > 0, and PyTorch takes it so at x2 = 0 too.
    exponent = real(x2) if is_complex(x2) else x2
    if type(x1) in NUMBERS:
        number = _log_of_number(x1, is_complex(out))
        log_x1 = number if x1 != 0 else select(exponent >= 0, 0, full_like(out, number))
        return g * conj(out * log_x1)
    constant = logical_and(x1 == 0, exponent >= 0)
    return select(constant, 0, g * conj(out * log(select(constant, 1, x1))))


def _log_of_number(x: Any, complex_result: bool) -> Any:
    """The logarithm of a Python number as the array library would give it, but as a Python number, weak in dtype."""
    if x == 0:
        return -math.inf
    if complex_result:
        return cmath.log(x)
    return math.log(x) if x > 0 else math.nan


pow = binary(
    "pow",
    _pow_x1,
    _pow_x2,
    holomorphic=True,
    doc=binary_doc(
        "x1 to the power x2.",
        "g conj(x2 x1^(x2 - 1)) to x1, which is 0 where x2 = 0; g conj(x1^x2 log x1) to x2, which is 0\nwhere x1 = 0 and x2 ≥ 0.",
        "wg.pow(wg.tensor([2.0, 3.0]), 2).tolist()",
        "[4.0, 9.0]",
    ),
    # NumPy's operator turns the usual exponents into squares, roots and quotients, its function of the same name does not.
    kernel=python.pow,
)


# -- extremes and signs ------------------------------------------------------------------------------------------------
def _extreme(name: str, loses: Callable[[Any, Any], Any], doc: str) -> Any:
    """`maximum` or `minimum`; beside a NaN nobody loses, and both gradients are whole."""

    def x1_rule(g: Any, x1: Any, x2: Any) -> Any:
        return select(x1 == x2, g / 2, select(loses(x1, x2), 0, g))

    def x2_rule(g: Any, x1: Any, x2: Any) -> Any:
        return select(x1 == x2, g / 2, select(loses(x2, x1), 0, g))

    return binary(name, x1_rule, x2_rule, doc=doc)


maximum = _extreme(
    "maximum",
    python.lt,
    binary_doc(
        "The larger of x1 and x2; NaN where one is NaN.",
        "g to the larger one, half of it to each where they are equal.",
        "wg.maximum(wg.tensor([1.0, 5.0]), 3.0).tolist()",
        "[3.0, 5.0]",
    ),
)

minimum = _extreme(
    "minimum",
    python.gt,
    binary_doc(
        "The smaller of x1 and x2; NaN where one is NaN.",
        "g to the smaller one, half of it to each where they are equal.",
        "wg.minimum(wg.tensor([1.0, 5.0]), 3.0).tolist()",
        "[1.0, 3.0]",
    ),
)


def _number_of_two(name: str, loses: Callable[[Any, Any], Any], doc: str) -> Any:
    """`fmax` or `fmin`. As in PyTorch, of equal operands the first one has it all."""

    def first(x1: Any, x2: Any) -> Any:
        return (x1 == x2) | loses(x2, x1) | (x2 != x2)  # noqa: PLR0124  (a NaN is not equal to itself)

    return binary(name, lambda g, x1, x2: select(first(x1, x2), g, 0), lambda g, x1, x2: select(first(x1, x2), 0, g), doc=doc)


fmax = _number_of_two(
    "fmax",
    python.lt,
    binary_doc(
        "The larger of x1 and x2; where one is NaN, the other.",
        "g to the one that is the result, to x1 where they are equal.",
        'wg.fmax(wg.tensor([1.0, 5.0, float("nan")]), 3.0).tolist()',
        "[3.0, 5.0, 3.0]",
    ),
)

fmin = _number_of_two(
    "fmin",
    python.gt,
    binary_doc(
        "The smaller of x1 and x2; where one is NaN, the other.",
        "g to the one that is the result, to x1 where they are equal.",
        'wg.fmin(wg.tensor([1.0, 5.0, float("nan")]), 3.0).tolist()',
        "[1.0, 3.0, 3.0]",
    ),
)


_sign = unary("sign", lambda g: zeros_like(g))  # noqa: PLW0108  (rules are told apart by their parameters)


# z / |z|, so d(sign z) = (dz - sign z Re(conj(sign z) dz)) / |z|: what of dz is orthogonal to z, scaled. The projection is
# its own transpose.
def _sgn_x(g: Any, x: Any, out: Any) -> Any:
    zero = x == 0
    return select(zero, 0, (g - out * real(conj(out) * g)) / abs(select(zero, 1, x)))


_sgn = unary("sgn", _sgn_x, jvp=_sgn_x, function="sign")


def sign(x: Any, /) -> Any:
    """-1, 0 or 1 for real x; x / |x| for complex, and 0 at 0.

    Parameters
    ----------
    x : Tensor, array or number

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: 0 for real x; for complex the part of g orthogonal to x, divided by |x|, and 0 at 0.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.sign(wg.tensor([-3.0, 0.0, 2.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return _sgn(x) if is_complex(x) else _sign(x)


sign.operator = _sign.operator  # type: ignore[attr-defined]

abs = unary(
    "abs",
    lambda g, x: g * sign(x),
    jvp=lambda t, x: real(conj(sign(x)) * t),
    doc=unary_doc("|x|.", "g sign(x), so 0 at 0.", "wg.abs(wg.tensor([-3.0, 2.0])).tolist()", "[3.0, 2.0]"),
)
