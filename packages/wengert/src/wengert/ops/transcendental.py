"""Roots, exponential, logarithmic, trigonometric and hyperbolic functions, elementwise, each with its derivative.

All are holomorphic where they take complex numbers. Derivatives are written with the output where that saves a second
evaluation.
"""

from __future__ import annotations

import math
from typing import Any

from ..op import binary, unary
from .complex import conj, imag, is_complex, real
from .creation import zeros_like
from .describe import binary_doc, unary_doc
from .select import select

__all__ = [
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "rad2deg",
    "rsqrt",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

_LN2 = math.log(2.0)
_LN10 = math.log(10.0)


def _declare(
    name: str, x: Any, text: str, gradient: str, at: float, printed: str, node: str | None = None, kernel: Any = None
) -> Any:
    example = f"wg.{name}(wg.tensor({at})).item()"
    return unary(name, x, doc=unary_doc(text, gradient, example, printed), node=node, kernel=kernel, holomorphic=True)


# -- roots -------------------------------------------------------------------------------------------------------------
sqrt = _declare("sqrt", lambda g, out: g / (2 * conj(out)), "The square root.", "g / (2 conj(√x)), infinite at 0.", 4.0, "2.0")

rsqrt = _declare(
    "rsqrt",
    lambda g, out: g * (-0.5 * conj(out * out * out)),
    "1 / √x.",
    "-g conj(x^(-3/2)) / 2.",
    4.0,
    "0.5",
    kernel=lambda x: 1 / sqrt(x),
)

# Of real numbers only: the principal root of a negative one is complex.
cbrt = unary(
    "cbrt",
    lambda g, out: g / (3 * out * out),
    doc=unary_doc("The real cube root.", "g / (3 ∛x²), infinite at 0.", "wg.cbrt(wg.tensor(-8.0)).item()", "-2.0"),
)

# -- exponentials and logarithms ---------------------------------------------------------------------------------------
exp = _declare("exp", lambda g, out: g * conj(out), "The exponential function.", "g conj(eˣ).", 0.0, "1.0")

expm1 = _declare("expm1", lambda g, out: g * (conj(out) + 1), "eˣ - 1, exact also near x = 0.", "g conj(eˣ).", 0.0, "0.0")

exp2 = _declare("exp2", lambda g, out: g * (conj(out) * _LN2), "2 to the power x.", "g conj(2ˣ) ln 2.", 3.0, "8.0")

log = _declare("log", lambda g, x: g / conj(x), "The natural logarithm.", "g / conj(x).", 1.0, "0.0")

log1p = _declare(
    "log1p",
    lambda g, x: g / (conj(x) + 1),
    "The natural logarithm of 1 + x, exact also near x = 0.",
    "g / (1 + conj(x)).",
    0.0,
    "0.0",
    "Log1P",
)

log2 = _declare("log2", lambda g, x: g / (conj(x) * _LN2), "The logarithm to base 2.", "g / (conj(x) ln 2).", 8.0, "3.0")

log10 = _declare("log10", lambda g, x: g / (conj(x) * _LN10), "The logarithm to base 10.", "g / (conj(x) ln 10).", 100.0, "2.0")

# The weights e^(x1 - out) and e^(x2 - out) are at most 1, whatever the operands: nothing overflows.
logaddexp = binary(
    "logaddexp",
    lambda g, x1, out: g * exp(x1 - out),
    lambda g, x2, out: g * exp(x2 - out),
    holomorphic=True,
    doc=binary_doc(
        "log(e^x1 + e^x2), without overflow.",
        "g e^x1 / (e^x1 + e^x2) to x1, the rest to x2.",
        "wg.logaddexp(wg.tensor(1000.0), wg.tensor(0.0)).item()",
        "1000.0",
    ),
)

logaddexp2 = binary(
    "logaddexp2",
    lambda g, x1, out: g * exp2(x1 - out),
    lambda g, x2, out: g * exp2(x2 - out),
    doc=binary_doc(
        "log₂(2^x1 + 2^x2), without overflow.",
        "g 2^x1 / (2^x1 + 2^x2) to x1, the rest to x2.",
        "wg.logaddexp2(wg.tensor(3.0), wg.tensor(3.0)).item()",
        "4.0",
    ),
)

# -- trigonometry ------------------------------------------------------------------------------------------------------
sin = _declare("sin", lambda g, x: g * conj(cos(x)), "The sine.", "g conj(cos x).", 0.0, "0.0")

cos: Any = _declare("cos", lambda g, x: g * -conj(sin(x)), "The cosine.", "-g conj(sin x).", 0.0, "1.0")

tan = _declare("tan", lambda g, out: g * conj(1 + out * out), "The tangent.", "g (1 + conj(tan x)²).", 0.0, "0.0")

asin = _declare("asin", lambda g, x: g / conj(sqrt(1 - x * x)), "The inverse sine.", "g / conj(√(1 - x²)).", 0.0, "0.0")

acos = _declare("acos", lambda g, x: -g / conj(sqrt(1 - x * x)), "The inverse cosine.", "-g / conj(√(1 - x²)).", 1.0, "0.0")

atan = _declare("atan", lambda g, x: g / conj(1 + x * x), "The inverse tangent.", "g / (1 + conj(x)²).", 0.0, "0.0")


def _over_square(g: Any, numerator: Any, x1: Any, x2: Any) -> Any:
    """G times numerator / (x1² + x2²), and 0 at the origin."""
    square = x1 * x1 + x2 * x2
    return g * (numerator / select(square == 0, 1, square))


atan2 = binary(
    "atan2",
    lambda g, x1, x2: _over_square(g, x2, x1, x2),
    lambda g, x1, x2: -_over_square(g, x1, x1, x2),
    doc=binary_doc(
        "The angle of the point (x2, x1) from the first axis, between -π and π.",
        "g x2 / (x1² + x2²) to x1, -g x1 / (x1² + x2²) to x2; both 0 at the origin.",
        "wg.atan2(wg.tensor(0.0), wg.tensor(1.0)).item()",
        "0.0",
    ),
)


def angle(x: Any, /) -> Any:
    """The angle of each number from the positive real axis, between -π and π: of a negative real one π, of others 0.

    Parameters
    ----------
    x : Tensor or array

    Returns
    -------
    Tensor or array
        Of the shape of `x`, with the precision of one of its parts.

    Notes
    -----
    Gradient: g i x / |x|², and 0 at 0; 0 for real `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.rad2deg(wg.angle(wg.tensor([1j, -1.0]))).tolist()
    [90.0, 180.0]
    """
    return atan2(imag(x), real(x)) if is_complex(x) else atan2(zeros_like(x), x)


hypot = binary(
    "hypot",
    lambda g, x1, out: g * (x1 / out),
    lambda g, x2, out: g * (x2 / out),
    doc=binary_doc(
        "√(x1² + x2²), without overflow.",
        "g x1 / out to x1, g x2 / out to x2; NaN at the origin, as in PyTorch.",
        "wg.hypot(wg.tensor(3.0), wg.tensor(4.0)).item()",
        "5.0",
    ),
)

deg2rad = _declare("deg2rad", lambda g: g * (math.pi / 180), "Degrees in radians.", "g π / 180.", 0.0, "0.0", "Deg2Rad")
rad2deg = _declare("rad2deg", lambda g: g * (180 / math.pi), "Radians in degrees.", "g 180 / π.", 0.0, "0.0", "Rad2Deg")


def _sinc_x(g: Any, x: Any) -> Any:
    # With y = πx the derivative is π (cos y - sin(y) / y) / y. Near 0, where that is a difference of equal numbers, its
    # series: π (-y/3 + y³/30 - y⁵/840 + …), of which the next term is below 1e-16 for |y| < 0.02.
    y = x * math.pi
    y2 = y * y
    near = abs(y) < 0.02
    far = select(near, 1, y)
    slope = select(near, y * (y2 / 30 - y2 * y2 / 840 - 1 / 3), (cos(far) - sin(far) / far) / far)
    return g * (conj(slope) * math.pi)


sinc = _declare("sinc", _sinc_x, "sin(πx) / (πx), and 1 at 0.", "g (cos(πx) - sinc(x)) / x, conjugated; 0 at 0.", 0.0, "1.0")

# -- hyperbolic functions ----------------------------------------------------------------------------------------------
sinh = _declare("sinh", lambda g, x: g * conj(cosh(x)), "The hyperbolic sine.", "g conj(cosh x).", 0.0, "0.0")

cosh: Any = _declare("cosh", lambda g, x: g * conj(sinh(x)), "The hyperbolic cosine.", "g conj(sinh x).", 0.0, "1.0")

def _tanh(g: Any, out: Any) -> Any:
    """The same as g (1 - out²), without a number: meeting one takes NumPy as long as the arithmetic on a small array."""
    out = conj(out)
    return g - g * out * out


tanh = _declare("tanh", _tanh, "The hyperbolic tangent.", "g (1 - conj(tanh x)²).", 0.0, "0.0")

asinh = _declare(
    "asinh", lambda g, x: g / conj(sqrt(x * x + 1)), "The inverse hyperbolic sine.", "g / conj(√(x² + 1)).", 0.0, "0.0"
)

# Not √(x² - 1), which has the wrong sign in the left half of the complex plane.
acosh = _declare(
    "acosh",
    lambda g, x: g / conj(sqrt(x - 1) * sqrt(x + 1)),
    "The inverse hyperbolic cosine.",
    "g / conj(√(x - 1) √(x + 1)).",
    1.0,
    "0.0",
)

atanh = _declare("atanh", lambda g, x: g / conj(1 - x * x), "The inverse hyperbolic tangent.", "g / (1 - conj(x)²).", 0.0, "0.0")
