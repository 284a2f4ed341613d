"""Special functions of real operands, elementwise, each with its derivative; of NumPy arrays SciPy computes them.

The derivatives are those of Abramowitz and Stegun, "Handbook of mathematical functions" (1964): chapter 6 for the gamma function
and its kin, 7 for the error functions, 9 for Bessel functions.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

from ..arrays.adapter import NUMBERS, adapter_of
from ..errors import ArgumentError, MissingRuleError
from ..op import batching, binary, operator, rule, unary
from ..op_batch_rules import as_it_is
from .creation import full_like
from .describe import binary_doc, unary_doc
from .elementwise import sign
from .nn.activation import sigmoid
from .select import select
from .transcendental import exp, log, log1p

__all__ = [
    "beta",
    "betaln",
    "dawsn",
    "digamma",
    "entr",
    "erfc",
    "erfcx",
    "erfinv",
    "expit",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "j0",
    "j1",
    "log_ndtr",
    "logit",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "rel_entr",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "zeta",
]

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TAU = math.sqrt(2 * math.pi)


def _of_one(name: str, x: Any, text: str, gradient: str, at: float, printed: str, node: str | None = None) -> Any:
    example = f"round(wg.special.{name}(wg.tensor({at})).item(), 6)"
    doc = unary_doc(f"{text} Of real operands.", gradient, example, printed)
    return unary(name, x, doc=doc, function=f"special.{name}", node=node)


def _of_two(name: str, x1: Any, x2: Any, text: str, gradient: str, at: str, printed: str, node: str | None = None) -> Any:
    example = f"round(wg.special.{name}({at}).item(), 6)"
    doc = binary_doc(f"{text} Of real operands.", gradient, example, printed)
    return binary(name, x1, x2, doc=doc, function=f"special.{name}", node=node)


def _alike(x: Any, other: Any) -> Any:
    """`x`, a number in the dtype of `other`: a function of a number alone would be of the widest dtype."""
    return full_like(other, x) if type(x) in NUMBERS else x


def _no_rule(name: str, operand: str) -> Any:
    """The rule of an operand with respect to which nobody knows a closed form; PyTorch has none either."""

    def missing(g: Any) -> NoReturn:  # noqa: ARG001  (as rules are called)
        raise MissingRuleError(f"{name}: there is no derivative with respect to {operand}; detach() it")

    return missing


# -- error functions ---------------------------------------------------------------------------------------------------
erfc = _of_one(
    "erfc",
    lambda g, x: g * (exp(-(x * x)) * (-2 / _ROOT_PI)),
    "1 - erf(x), exact also where erf(x) is nearly 1.",
    "-g 2/√π exp(-x²).",
    0.0,
    "1.0",
)

erfcx: Any = _of_one(
    "erfcx",
    lambda g, x, out: g * (2 * x * out - 2 / _ROOT_PI),
    "exp(x²) erfc(x), which neither overflows nor vanishes for large x.",
    "g (2 x erfcx(x) - 2/√π).",
    0.0,
    "1.0",
    "SpecialErfcx",
)

erfinv = _of_one(
    "erfinv",
    lambda g, out: g * (exp(out * out) * (_ROOT_PI / 2)),
    "The inverse of erf.",
    "g √π/2 exp(erfinv(x)²).",
    0.0,
    "0.0",
)

dawsn = _of_one(
    "dawsn",
    lambda g, x, out: g * (1 - 2 * x * out),
    "Dawson's integral exp(-x²) ∫₀ˣ exp(t²) dt.",
    "g (1 - 2 x dawsn(x)).",
    0.0,
    "0.0",
)

ndtr = _of_one(
    "ndtr",
    lambda g, x: g * (exp(x * x * -0.5) / _ROOT_TAU),
    "The probability that a standard normal variable is at most x.",
    "g exp(-x²/2) / √(2π).",
    0.0,
    "0.5",
    "SpecialNdtr",
)

ndtri = _of_one(
    "ndtri",
    lambda g, out: g * (exp(out * out * 0.5) * _ROOT_TAU),
    "The inverse of ndtr.",
    "g √(2π) exp(ndtri(x)²/2).",
    0.5,
    "0.0",
    "SpecialNdtri",
)

# exp(-x²/2) / (√(2π) ndtr(x)), of which both factors vanish for very negative x; their ratio is by erfcx.
log_ndtr = _of_one(
    "log_ndtr",
    lambda g, x: g * (math.sqrt(2 / math.pi) / erfcx(x * -math.sqrt(0.5))),
    "The logarithm of ndtr(x), exact also where that vanishes.",
    "g √(2/π) / erfcx(-x/√2).",
    0.0,
    "-0.693147",
    "SpecialLogNdtr",
)


# -- the gamma function and its kin ------------------------------------------------------------------------------------
@operator(operands=("x",), diagonal=True)
def polygamma(n: int, x: Any, /) -> Any:
    """The `n`-th derivative of `digamma`.

    Parameters
    ----------
    n : int
        Not negative.
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    The gradient is g polygamma(n + 1, x).

    Examples
    --------
    >>> import wengert as wg
    >>> round(wg.special.polygamma(1, wg.tensor(1.0)).item(), 6)
    1.644934
    """
    if type(n) is not int or n < 0:
        raise ArgumentError(f"polygamma: n: expected an integer that is not negative, got {n!r}")
    adapter = adapter_of(x)
    if n == 0:
        return adapter.function("special.digamma")(x)
    # (-1)ⁿ⁺¹ n! ζ(n + 1, x)
    value = adapter.function("special.zeta")(adapter.asarray(n + 1.0, dtype=x.dtype), x)
    return value * float((-1) ** (n + 1) * math.factorial(n))


rule(polygamma, "x")(lambda g, n, x: g * polygamma(n + 1, x))
batching(polygamma)(as_it_is)

digamma: Any = _of_one(
    "digamma",
    lambda g, x: g * polygamma(1, x),
    "The derivative of gammaln.",
    "g polygamma(1, x).",
    1.0,
    "-0.577216",
)
psi = digamma

gammaln = _of_one(
    "gammaln",
    lambda g, x: g * digamma(x),
    "The logarithm of the absolute value of the gamma function.",
    "g digamma(x).",
    3.0,
    "0.693147",
    "Lgamma",
)

gamma = _of_one(
    "gamma",
    lambda g, x, out: g * (out * digamma(x)),
    "The gamma function, (x - 1)! for a positive integer x.",
    "g gamma(x) digamma(x).",
    4.0,
    "6.0",
)

betaln = _of_two(
    "betaln",
    lambda g, x1, x2: g * (digamma(x1) - digamma(x1 + x2)),
    lambda g, x1, x2: g * (digamma(x2) - digamma(x1 + x2)),
    "The logarithm of the absolute value of beta.",
    "g (digamma(x1) - digamma(x1 + x2)) to x1, likewise to x2.",
    "wg.tensor(2.0), wg.tensor(3.0)",
    "-2.484907",
)

beta = _of_two(
    "beta",
    lambda g, x1, x2, out: g * (out * (digamma(x1) - digamma(x1 + x2))),
    lambda g, x1, x2, out: g * (out * (digamma(x2) - digamma(x1 + x2))),
    "The beta function, gamma(x1) gamma(x2) / gamma(x1 + x2).",
    "g beta(x1, x2) (digamma(x1) - digamma(x1 + x2)) to x1, likewise to x2.",
    "wg.tensor(2.0), wg.tensor(3.0)",
    "0.083333",
)


def _density(x1: Any, x2: Any) -> Any:
    """The density x2^(x1 - 1) exp(-x2) / gamma(x1) of the gamma distribution."""
    return exp((x1 - 1) * log(x2) - x2 - gammaln(_alike(x1, x2)))


gammainc = _of_two(
    "gammainc",
    _no_rule("gammainc", "x1"),
    lambda g, x1, x2: g * _density(x1, x2),
    "The regularised lower incomplete gamma function, 1/gamma(x1) times the integral of t^(x1 - 1) exp(-t) from 0 to x2.",
    "g x2^(x1 - 1) exp(-x2) / gamma(x1) to x2; none to x1, MissingRuleError.",
    "wg.tensor(1.0), wg.tensor(1.0)",
    "0.632121",
    "Igamma",
)

gammaincc = _of_two(
    "gammaincc",
    _no_rule("gammaincc", "x1"),
    lambda g, x1, x2: g * -_density(x1, x2),
    "The regularised upper incomplete gamma function, 1 - gammainc(x1, x2).",
    "-g x2^(x1 - 1) exp(-x2) / gamma(x1) to x2; none to x1, MissingRuleError.",
    "wg.tensor(1.0), wg.tensor(1.0)",
    "0.367879",
    "Igammac",
)

zeta: Any = _of_two(
    "zeta",
    _no_rule("zeta", "x1"),
    lambda g, x1, x2: g * (-x1 * zeta(x1 + 1, x2)),
    "Hurwitz's zeta function, the sum of (x2 + k)^-x1 over all k from 0.",
    "-g x1 zeta(x1 + 1, x2) to x2; none to x1, MissingRuleError.",
    "wg.tensor(2.0), wg.tensor(1.0)",
    "1.644934",
    "SpecialZeta",
)

# -- Bessel functions --------------------------------------------------------------------------------------------------
# The quotients by x have limits at 0: I₁(x)/x and J₁(x)/x tend to 1/2, so that the derivatives there are 1/2 too.
i0: Any = _of_one(
    "i0", lambda g, x: g * i1(x), "The modified Bessel function of the first kind, of order 0.", "g i1(x).", 0.0, "1.0"
)


def _i1(g: Any, x: Any, out: Any) -> Any:
    away = x != 0
    return g * select(away, i0(x) - out / select(away, x, 1), 0.5)


i1: Any = _of_one(
    "i1", _i1, "The modified Bessel function of the first kind, of order 1.", "g (i0(x) - i1(x)/x).", 0.0, "0.0", "SpecialI1"
)

i0e: Any = _of_one(
    "i0e",
    lambda g, x, out: g * (i1e(x) - sign(x) * out),
    "exp(-|x|) i0(x).",
    "g (i1e(x) - sign(x) i0e(x)).",
    0.0,
    "1.0",
    "SpecialI0E",
)


def _i1e(g: Any, x: Any, out: Any) -> Any:
    away = x != 0
    return g * select(away, i0e(x) - out * (sign(x) + 1 / select(away, x, 1)), 0.5)


i1e: Any = _of_one("i1e", _i1e, "exp(-|x|) i1(x).", "g (i0e(x) - i1e(x) (sign(x) + 1/x)).", 0.0, "0.0", "SpecialI1E")

j0: Any = _of_one("j0", lambda g, x: g * -j1(x), "The Bessel function of the first kind, of order 0.", "-g j1(x).", 0.0, "1.0")


def _j1(g: Any, x: Any, out: Any) -> Any:
    away = x != 0
    return g * select(away, j0(x) - out / select(away, x, 1), 0.5)


j1: Any = _of_one("j1", _j1, "The Bessel function of the first kind, of order 1.", "g (j0(x) - j1(x)/x).", 0.0, "0.0")

y0: Any = _of_one(
    "y0", lambda g, x: g * -y1(x), "The Bessel function of the second kind, of order 0.", "-g y1(x).", 1.0, "0.088257"
)

y1: Any = _of_one(
    "y1", lambda g, x, out: g * (y0(x) - out / x), "The Bessel function of the second kind, of order 1.", "g (y0(x) - y1(x)/x).",
    1.0, "-0.781213",
)  # fmt: skip

# -- logarithms and entropies ------------------------------------------------------------------------------------------
expit = sigmoid

logit = _of_one(
    "logit", lambda g, x: g / (x * (1 - x)), "log(x / (1 - x)), the inverse of expit.", "g / (x (1 - x)).", 0.5, "0.0"
)

xlogy = _of_two(
    "xlogy",
    lambda g, x1, x2: _xlog(g, x1, x2, 0, log),
    lambda g, x1, x2: g * (x1 / x2),
    "x1 log(x2), and 0 where x1 is 0.",
    "g log(x2) to x1, 0 where x1 = 0 and x2 <= 0; g x1 / x2 to x2.",
    "wg.tensor(0.0), wg.tensor(0.0)",
    "0.0",
)

xlog1py = _of_two(
    "xlog1py",
    lambda g, x1, x2: _xlog(g, x1, x2, -1, log1p),
    lambda g, x1, x2: g * (x1 / (x2 + 1)),
    "x1 log(1 + x2), and 0 where x1 is 0.",
    "g log(1 + x2) to x1, 0 where x1 = 0 and x2 <= -1; g x1 / (1 + x2) to x2.",
    "wg.tensor(0.0), wg.tensor(-1.0)",
    "0.0",
    "SpecialXlog1Py",
)


def _xlog(g: Any, x1: Any, x2: Any, pole: int, logarithm: Any) -> Any:
    """G times the logarithm of `x2`, but 0 at its pole and beyond where `x1` is 0."""
    x2 = _alike(x2, x1)
    gone = (x1 == 0) & (x2 <= pole)
    return g * select(gone, 0, logarithm(select(gone, 1, x2)))


entr = _of_one(
    "entr",
    lambda g, x: g * (-1 - log(x)),
    "-x log(x), 0 at 0 and minus infinity below.",
    "-g (1 + log(x)), infinite at 0.",
    0.0,
    "0.0",
    "SpecialEntr",
)

rel_entr = _of_two(
    "rel_entr",
    lambda g, x1, x2: g * (log(x1 / x2) + 1),
    lambda g, x1, x2: g * -(x1 / x2),
    "x1 log(x1 / x2), 0 where x1 is 0.",
    "g (log(x1 / x2) + 1) to x1, -g x1 / x2 to x2.",
    "wg.tensor(1.0), wg.tensor(1.0)",
    "0.0",
)
