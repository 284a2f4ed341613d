"""Functions that are put together from exponentials, logarithms, roots and trigonometric functions without loss of digits."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import adapter_of
from ...errors import ArgumentError
from ...op import batching, binary, operator, rule
from ...op_batch_rules import as_it_is
from ..complex import conj, is_complex
from ..describe import binary_doc
from ..elementwise import abs, pow, sign
from ..nn.activation import sigmoid
from ..transcendental import cbrt, log, log1p, logaddexp, sin, sqrt
from .declare import alike, by_parameters, function_of, function_of_one, select
from .hypergeometric import exprel_slope, hyp2f1

__all__ = [
    "boxcox",
    "boxcox1p",
    "boxcox_lmbda",
    "cbrt",
    "cosdg",
    "cosm1",
    "cotdg",
    "diric",
    "entr",
    "exp10",
    "expit",
    "huber",
    "inv_boxcox",
    "inv_boxcox1p",
    "kl_div",
    "log_expit",
    "logit",
    "powm1",
    "pseudo_huber",
    "radian",
    "rel_entr",
    "sindg",
    "softplus",
    "tandg",
    "xlog1py",
    "xlogy",
]

_DEGREE = math.pi / 180

# -- exponentials and roots ------------------------------------------------------------------------------------------------------
expit = sigmoid

log_expit = function_of_one(
    "log_expit", lambda x: sigmoid(-x), "The logarithm of expit(x), exact also where that vanishes.", "g expit(-x).",
    0.0, "-0.693147",
)  # fmt: skip

exp10 = function_of_one("exp10", lambda out: out * math.log(10), "10 to the power x.", "g 10ˣ ln 10.", 2.0, "100.0")

cosm1 = function_of_one("cosm1", lambda x: -sin(x), "cos(x) - 1, exact also near 0.", "-g sin(x).", 0.0, "0.0")


def softplus(x: Any, /) -> Any:
    """log(1 + exp(x)), which does not overflow.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    Gradient: g expit(x).

    Examples
    --------
    >>> import wengert as wg
    >>> wg.special.softplus(wg.tensor([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return logaddexp(x, 0.0)


def _powm1_y(x: Any, y: Any, out: Any) -> Any:
    zero = (x == 0) & (y > 0)
    return select(zero, 0, (out + 1) * log(select(zero, 1, x)))


powm1 = function_of(
    "powm1", "x y", {"x": lambda x, y: y * pow(x, y - 1), "y": _powm1_y}, "x**y - 1, exact also where x**y is nearly 1.",
    "g y x**(y - 1) to x, g x**y log(x) to y.", "wg.tensor(2.0), 3.0", "7.0",
)  # fmt: skip


# -- logarithms and entropies ------------------------------------------------------------------------------------------
logit = function_of_one(
    "logit", lambda x: 1 / (x * (1 - x)), "log(x / (1 - x)), the inverse of expit.", "g / (x (1 - x)).", 0.5, "0.0"
)

xlogy = binary(
    "xlogy",
    lambda g, x1, x2: _xlog(g, x1, x2, 0, log),
    lambda g, x1, x2: g * conj(x1 / x2),
    doc=binary_doc(
        "x1 log(x2), and 0 where x1 is 0.",
        "g log(x2) to x1, 0 where x1 = 0 and x2 <= 0; g x1 / x2 to x2.",
        "round(wg.special.xlogy(wg.tensor(0.0), wg.tensor(0.0)).item(), 6)",
        "0.0",
    ),
    function="special.xlogy",
)

xlog1py = binary(
    "xlog1py",
    lambda g, x1, x2: _xlog(g, x1, x2, -1, log1p),
    lambda g, x1, x2: g * conj(x1 / (x2 + 1)),
    doc=binary_doc(
        "x1 log(1 + x2), and 0 where x1 is 0.",
        "g log(1 + x2) to x1, 0 where x1 = 0 and x2 <= -1; g x1 / (1 + x2) to x2.",
        "round(wg.special.xlog1py(wg.tensor(0.0), wg.tensor(-1.0)).item(), 6)",
        "0.0",
    ),
    function="special.xlog1py",
    node="SpecialXlog1Py",
)


def _xlog(g: Any, x1: Any, x2: Any, pole: int, logarithm: Any) -> Any:
    """G times the logarithm of `x2`, but 0 at its pole, and of real numbers beyond, where `x1` is 0."""
    x2 = alike(x2, x1)
    gone = (x1 == 0) & (x2 == pole if is_complex(x2) else x2 <= pole)
    return g * conj(select(gone, 0, logarithm(select(gone, 1, x2))))


entr = function_of_one(
    "entr", lambda x: -1 - log(x), "-x log(x), 0 at 0 and minus infinity below.", "-g (1 + log(x)), infinite at 0.",
    0.0, "0.0", node="SpecialEntr",
)  # fmt: skip


def _ratio(x: Any, y: Any) -> Any:
    """X / y, and 0 where x is, whatever y is."""
    zero = x == 0
    return select(zero, 0, x / select(zero, 1, y))


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x / y), whose derivative in y is -1/y also where x is 0."""
    zero = x == 0
    ratio = select(zero, 1, x) / select(zero, 1, y)
    return select(zero, log(x) - log(y), log(ratio))


rel_entr = binary(
    "rel_entr",
    lambda g, x1, x2: g * (_log_ratio(x1, alike(x2, x1)) + 1),
    lambda g, x1, x2: g * -_ratio(alike(x1, x2), x2),
    doc=binary_doc(
        "x1 log(x1 / x2), 0 where x1 is 0. Of real operands.",
        "g (log(x1 / x2) + 1) to x1, -g x1 / x2 to x2.",
        "round(wg.special.rel_entr(wg.tensor(1.0), wg.tensor(1.0)).item(), 6)",
        "0.0",
    ),
    function="special.rel_entr",
)

kl_div = function_of(
    "kl_div", "x y", {"x": _log_ratio, "y": lambda x, y: 1 - _ratio(x, y)},
    "x log(x / y) - x + y, the summand of Kullback's and Leibler's divergence; y where x is 0.",
    "g log(x / y) to x, g (1 - x / y) to y.",
    "wg.tensor(1.0), 1.0", "0.0",
)  # fmt: skip


# -- losses ------------------------------------------------------------------------------------------------------------
huber = function_of(
    "huber", "delta r",
    {
        "delta": lambda delta, r: select(abs(r) > delta, abs(r) - delta, 0),
        "r": lambda delta, r: select(abs(r) > delta, delta * sign(r), r),
    },
    "Huber's loss: r²/2 where |r| <= delta, delta (|r| - delta/2) beyond.",
    "g (|r| - delta) to delta, 0 within; g r to r, within -delta and "
    "delta.", "1.0, wg.tensor(3.0)", "2.5",
)  # fmt: skip


def _pseudo_huber(delta: Any, r: Any) -> tuple[Any, Any]:
    """√(delta² + r²), 1 where that is 0, and its excess over delta, without a difference."""
    square = delta * delta + r * r
    root = sqrt(select(square == 0, 1, square))
    return root, r * r / (root + delta)


def _pseudo_huber_delta(delta: Any, r: Any) -> Any:
    root, excess = _pseudo_huber(delta, r)
    return excess * excess / root


pseudo_huber = function_of(
    "pseudo_huber", "delta r", {"delta": _pseudo_huber_delta, "r": lambda delta, r: delta * r / _pseudo_huber(delta, r)[0]},
    "A smooth form of Huber's loss: delta (√(delta² + r²) - delta).",
    "with h = √(delta² + r²), g (h - delta)² / h to delta, g delta r / h to r.",
    "3.0, wg.tensor(4.0)", "6.0",
)  # fmt: skip


# -- Box's and Cox's transformation ------------------------------------------------------------------------------------
# With y = λ log x it is log(x) exprel(y), and its derivative in λ is log(x)² exprel'(y): neither divides by λ.
def _boxcox_lmbda(inner: Any, at_zero: Any, lmbda: Any) -> Any:
    """From the logarithm, which is anything finite where it is that of 0."""
    positive = lmbda > 0
    limit = select(positive, 1 / select(positive, lmbda * lmbda, 1), -math.inf)
    return select(at_zero, limit, inner * inner * exprel_slope(lmbda * inner))


def boxcox_lmbda(x: Any, lmbda: Any) -> Any:
    """The derivative of `boxcox` with respect to `lmbda`."""
    at_zero = x == 0
    return _boxcox_lmbda(log(select(at_zero, 1, x)), at_zero, lmbda)


boxcox = function_of(
    "boxcox", "x lmbda",
    {"x": lambda x, lmbda: pow(x, lmbda - 1), "lmbda": boxcox_lmbda},
    "(x**lmbda - 1) / lmbda, and log(x) where lmbda is 0.", "g x**(lmbda - 1) to x, g log(x)² exprel'(lmbda log(x)) to lmbda.",
    "wg.tensor(3.0), 2.0", "4.0",
)  # fmt: skip

boxcox1p = function_of(
    "boxcox1p", "x lmbda",
    {
        "x": lambda x, lmbda: pow(1 + x, lmbda - 1),
        "lmbda": lambda x, lmbda: _boxcox_lmbda(log1p(select(x == -1, 0, x)), x == -1, lmbda),
    },
    "boxcox(1 + x, lmbda), exact also near x = 0.",
    "g (1 + x)**(lmbda - 1) to x, g log(1 + x)² exprel'(lmbda log(1 + x)) to lmbda.",
    "wg.tensor(2.0), 2.0", "4.0",
)  # fmt: skip


# x = (1 + λy)^(1/λ) is exp(y f(λy)) with f(s) = log(1 + s)/s = 2F1(1, 1; 2; -s), DLMF 15.4.1, and f' = -2F1(2, 2; 3; -s) / 2,
# DLMF 15.5.1. Away from s = 0 the derivative in λ is (y x^(1 - λ) - x log x)/λ, which has its limit where x is 0.
def _inv_boxcox_lmbda(y: Any, lmbda: Any, out: Any) -> Any:
    s = lmbda * y
    near = abs(s) < 0.5
    slope = hyp2f1(2.0, 2.0, 3.0, select(near, -s, 0)) * -0.5
    inner = select(near, 1, out)
    far = (y * pow(inner, 1 - lmbda) + entr(inner)) / select(near, 1, lmbda)
    return select(near, select(near, out, 0) * y * y * slope, far)


inv_boxcox = function_of(
    "inv_boxcox", "y lmbda",
    {"y": lambda lmbda, out: pow(out, 1 - lmbda), "lmbda": _inv_boxcox_lmbda},
    "The inverse of boxcox: (1 + lmbda y)**(1 / lmbda), and exp(y) where lmbda is 0.",
    "with x = inv_boxcox(y, lmbda), g x**(1 - lmbda) to y, g x y² f'(lmbda y) to lmbda, where f(s) = log(1 + s)/s.",
    "wg.tensor(4.0), 2.0", "3.0",
)  # fmt: skip

inv_boxcox1p = function_of(
    "inv_boxcox1p", "y lmbda",
    {"y": lambda lmbda, out: pow(1 + out, 1 - lmbda), "lmbda": lambda y, lmbda, out: _inv_boxcox_lmbda(y, lmbda, 1 + out)},
    "The inverse of boxcox1p: inv_boxcox(y, lmbda) - 1, exact also near y = 0.", "as of inv_boxcox.",
    "wg.tensor(4.0), 2.0", "2.0",
)  # fmt: skip


# -- degrees, and a periodic sinc --------------------------------------------------------------------------------------
sindg: Any = function_of_one(
    "sindg", lambda x: cosdg(x) * _DEGREE, "The sine of an angle in degrees.", "g π/180 cosdg(x).", 30.0, "0.5"
)

cosdg: Any = function_of_one(
    "cosdg", lambda x: sindg(x) * -_DEGREE, "The cosine of an angle in degrees.", "-g π/180 sindg(x).", 60.0, "0.5"
)

tandg = function_of_one(
    "tandg", lambda out: (1 + out * out) * _DEGREE, "The tangent of an angle in degrees.", "g π/180 (1 + tandg(x)²).", 45.0, "1.0"
)

cotdg = function_of_one(
    "cotdg",
    lambda out: (1 + out * out) * -_DEGREE,
    "The cotangent of an angle in degrees.",
    "-g π/180 (1 + cotdg(x)²).",
    45.0,
    "1.0",
)

radian = function_of(
    "radian", "d m s",
    {"d": lambda d: 0 * d + _DEGREE, "m": lambda m: 0 * m + _DEGREE / 60, "s": lambda s: 0 * s + _DEGREE / 3600},
    "An angle of d degrees, m minutes and s seconds, in radians.", "g π/180 to d, a 60th of that to m, a 3600th to s.",
    "wg.tensor(90.0), 0.0, 0.0", "1.570796",
)  # fmt: skip

#: The k-th derivative of `diric` of order n: two integers.
_diric_by_x: Any = by_parameters("diric_by_x", "k n", "x", {"x": lambda k, n, x: _diric_by_x(k + 1, n, x)})


@operator(operands=("x",), diagonal=True)
def diric(x: Any, n: int, /) -> Any:
    """Dirichlet's kernel sin(nx/2) / (n sin(x/2)), a periodic sinc.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.
    n : int
        Its order, from 1 on.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    The gradient is that of the sum of cosines which it is, DLMF 1.8.13, and so without a quotient.

    Examples
    --------
    >>> import wengert as wg
    >>> round(wg.special.diric(wg.tensor(0.0), 3).item(), 6)
    1.0
    """
    if type(n) is not int or n < 1:
        raise ArgumentError(f"diric: n: expected an integer from 1 on, got {n!r}")
    return adapter_of(x).function("special.diric")(x, n)


rule(diric, "x")(lambda g, x, n: g * _diric_by_x(1, n, x))
batching(diric)(as_it_is)
