"""Exponential, trigonometric and logarithmic integrals, and inverses of x exp(x): DLMF 4.13, 6 and 25.12."""

from __future__ import annotations

from typing import Any

from ...arrays.adapter import adapter_of
from ...errors import ArgumentError
from ...op import batching, operator, rule
from ...op_batch_rules import as_it_is
from ..complex import conj
from ..transcendental import cos, cosh, exp, log, sin, sinh
from .declare import UNKNOWN, degree, function_of, function_of_one, select

__all__ = ["exp1", "expi", "expn", "lambertw", "shichi", "sici", "spence", "wrightomega"]

expi = function_of_one(
    "expi", lambda x: exp(x) / x, "The exponential integral Ei(x), the principal value of that of exp(t)/t up to x.",
    "g exp(x)/x (DLMF 6.2.5).",
    1.0, "1.895118", real=False,
)  # fmt: skip

exp1 = function_of_one(
    "exp1", lambda x: -exp(-x) / x, "The exponential integral E₁(x), that of exp(-t)/t from x on.", "-g exp(-x)/x (DLMF 6.2.1).",
    1.0, "0.219384", real=False,
)  # fmt: skip


def _expn_x(n: Any, x: Any) -> Any:
    # E_0(x) = exp(-x)/x, whose derivative is -E_(-1)(x) = -exp(-x) (1/x + 1/x²): SciPy has no order below 0.
    lowest = n == 0
    at_lowest = -exp(-x) * (1 + 1 / x) / x
    if type(n) is int:
        return at_lowest if lowest else -expn(n - 1, x)
    return select(lowest, at_lowest, -expn(degree(n, x)[1], x))


expn: Any = function_of(
    "expn", "n x", {"n": UNKNOWN, "x": _expn_x},
    "The generalised exponential integral of integer order n, that of exp(-xt)/tⁿ over t from 1 on.",
    "-g expn(n - 1, x) to x (DLMF 8.19.13); none to n, an integer: MissingRuleError.", "2, wg.tensor(1.0)", "0.148496",
)  # fmt: skip


def _over_x(x: Any, numerator: Any, limit: Any) -> Any:
    away = x != 0
    return select(away, numerator / select(away, x, 1), limit)


sici = function_of(
    "sici", "x", {"x": lambda x: (_over_x(x, sin(x), 1 - x * x / 6), cos(x) / x)},
    "The sine and the cosine integral, Si(x) and Ci(x).",
    "sin(x)/x and cos(x)/x (DLMF 6.2.9, 6.2.11).", "wg.tensor(1.0)", "[0.946083, 0.337404]", outputs=2, real=False,
)  # fmt: skip

shichi = function_of(
    "shichi", "x", {"x": lambda x: (_over_x(x, sinh(x), 1 + x * x / 6), cosh(x) / x)},
    "The hyperbolic sine and cosine integrals, Shi(x) and Chi(x).", "sinh(x)/x and cosh(x)/x (DLMF 6.2.15, 6.2.16).",
    "wg.tensor(1.0)", "[1.057251, 0.837867]",
    outputs=2, real=False,
)  # fmt: skip


# log(x)/(1 - x), which tends to -1 at 1; its own derivative there is that of the series of the logarithm, which exprel-like
# quotients have.
def _spence_x(x: Any) -> Any:
    distance = x - 1
    away = distance != 0
    return select(away, log(x) / select(away, -distance, 1), -1 + distance / 2)


spence = function_of_one(
    "spence", _spence_x, "Spence's function, the integral of log(t)/(1 - t) from 1 to x: the dilogarithm of 1 - x.",
    "g log(x)/(1 - x), -g at 1 (DLMF 25.12.2).", 2.0, "-0.822467", real=False,
)  # fmt: skip


@operator(operands=("z",), diagonal=True, holomorphic=True)
def lambertw(z: Any, /, k: int = 0, tol: float = 1e-8) -> Any:
    """Lambert's W function: the w for which w exp(w) = z.

    Parameters
    ----------
    z : Tensor or array
        Real or complex.
    k : int
        The branch.
    tol : float
        The tolerance of SciPy's iteration.

    Returns
    -------
    Tensor or array
        Of the shape of `z`, of complex dtype.

    Notes
    -----
    The gradient is g exp(-w) / (1 + w), conjugated (DLMF 4.13.4).

    Examples
    --------
    >>> import wengert as wg
    >>> round(wg.special.lambertw(wg.tensor(1.0)).item().real, 6)
    0.567143
    """
    if type(k) is not int:
        raise ArgumentError(f"lambertw: k: expected an integer, got {k!r}")
    return adapter_of(z).function("special.lambertw")(z, k, tol)


rule(lambertw, "z")(lambda g, out: g * conj(exp(-out) / (1 + out)))
batching(lambertw)(as_it_is)

wrightomega = function_of_one(
    "wrightomega", lambda out: out / (1 + out), "Wright's omega function: the w for which w + log(w) = x.",
    "g w / (1 + w) for w = wrightomega(x) (Corless and Jeffrey, The Wright omega function, 2002).", 1.0, "1.0", real=False,
)  # fmt: skip
