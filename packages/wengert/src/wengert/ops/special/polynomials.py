"""Orthogonal polynomials and Legendre functions, of degree n: DLMF 18.9.

SciPy has them for real degrees too. There is no derivative with respect to the degree; those with respect to the parameters of
the families are by the hypergeometric functions that they are (DLMF 18.5.7, 18.5.9, 18.5.12), of x > -1 where the argument of
these is below 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .declare import UNKNOWN, degree, function_of, plain, select
from .gammas import digamma, poch, rgamma
from .hypergeometric import hyp1f1_by_parameters, hyp2f1_by_parameters

__all__ = [
    "eval_chebyc", "eval_chebys", "eval_chebyt", "eval_chebyu", "eval_gegenbauer", "eval_genlaguerre", "eval_hermite",
    "eval_hermitenorm", "eval_jacobi", "eval_laguerre", "eval_legendre", "eval_sh_chebyt", "eval_sh_chebyu", "eval_sh_jacobi",
    "eval_sh_legendre", "lpmv",
]  # fmt: skip


def _family(
    name: str, parameters: dict[str, Any], slope: Any, text: str, gradient: str, at: str, printed: str, real: bool = False
) -> Any:
    slopes = {"n": UNKNOWN, **parameters, "x": slope}
    others = f"to {' and '.join(parameters)} by those of the hypergeometric function that it is; " if parameters else ""
    said = f"{gradient}, to x; {others}none to n, MissingRuleError."
    return function_of(name, " ".join(slopes), slopes, f"{text} of degree n, at x.", said, at, printed, real=real)


def _below(function: Callable[..., Any], n: Any, *others: Any) -> Any:
    """The polynomial of degree n - 1, and 0 for degree 0."""
    constant = n == 0
    _, lower = degree(n, others[-1])
    return select(constant, 0, function(lower, *others))


# Derivatives bring polynomials of a degree less, of a family with greater parameters: DLMF 18.9.15 to 18.9.27.
eval_jacobi: Any = _family(
    "eval_jacobi", {"alpha": lambda n, alpha, beta, x, out: _jacobi_alpha(n, alpha, beta, x, out),
                    "beta": lambda n, alpha, beta, x: _jacobi_beta(n, alpha, beta, x)},
    lambda n, alpha, beta, x: (degree(n, x)[0] + alpha + beta + 1) / 2 * _jacobi_below(n, alpha, beta, x),
    "Jacobi's polynomial", "g (n + alpha + beta + 1)/2 eval_jacobi(n - 1, alpha + 1, beta + 1, x) (DLMF 18.9.15)",
    "2, 0.5, 0.5, wg.tensor(0.5)", "0.0",
)  # fmt: skip


# P_n = (α + 1)_n / n! F(-n, n + α + β + 1; α + 1; (1 - x)/2).
def _jacobi_parts(n: Any, alpha: Any, beta: Any, x: Any) -> tuple[Any, ...]:
    n, _ = degree(n, x)
    return plain(poch(alpha + 1, n)) * plain(rgamma(n + 1)), -n, n + alpha + beta + 1, alpha + 1, (1 - x) / 2


def _jacobi_alpha(n: Any, alpha: Any, beta: Any, x: Any, out: Any) -> Any:
    front, *arguments = _jacobi_parts(n, alpha, beta, x)
    slope = hyp2f1_by_parameters(0, 1, 0, *arguments) + hyp2f1_by_parameters(0, 0, 1, *arguments)
    return out * (digamma(alpha + 1 + degree(n, x)[0]) - digamma(alpha + 1)) + front * slope


def _jacobi_beta(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    front, *arguments = _jacobi_parts(n, alpha, beta, x)
    return front * hyp2f1_by_parameters(0, 1, 0, *arguments)


def _jacobi_below(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    return _below(eval_jacobi, n, alpha + 1, beta + 1, x)


eval_legendre = _family(
    "eval_legendre", {}, lambda n, x: (degree(n, x)[0] + 1) / 2 * _jacobi_below(n, 0.0, 0.0, x), "Legendre's polynomial",
    "g (n + 1)/2 eval_jacobi(n - 1, 1, 1, x) (DLMF 18.9.15)", "2, wg.tensor(0.5)", "-0.125",
)  # fmt: skip


# C_n = (2α)_n / n! F(-n, n + 2α; α + 1/2; (1 - x)/2).
def _gegenbauer_alpha(n: Any, alpha: Any, x: Any, out: Any) -> Any:
    n, _ = degree(n, x)
    arguments = -n, n + 2 * alpha, alpha + 0.5, (1 - x) / 2
    slope = 2 * hyp2f1_by_parameters(0, 1, 0, *arguments) + hyp2f1_by_parameters(0, 0, 1, *arguments)
    return 2 * out * (digamma(n + 2 * alpha) - digamma(2 * alpha)) + poch(2 * alpha, n) * plain(rgamma(n + 1)) * slope


def _gegenbauer_below(n: Any, alpha: Any, x: Any) -> Any:
    return _below(eval_gegenbauer, n, alpha + 1, x)


eval_gegenbauer: Any = _family(
    "eval_gegenbauer", {"alpha": lambda n, alpha, x, out: _gegenbauer_alpha(n, alpha, x, out)}, lambda n, alpha,
    x: 2 * alpha * _gegenbauer_below(n, alpha, x), "Gegenbauer's polynomial",
    "g 2 alpha eval_gegenbauer(n - 1, alpha + 1, x) (DLMF 18.9.19)", "2, 1.5, wg.tensor(0.5)", "0.375",
)  # fmt: skip


eval_chebyt = _family(
    "eval_chebyt", {}, lambda n, x: degree(n, x)[0] * _below(eval_chebyu, n, x), "Chebyshev's polynomial of the first kind",
    "g n eval_chebyu(n - 1, x) (DLMF 18.9.21)", "2, wg.tensor(0.5)", "-0.5",
)  # fmt: skip

eval_chebyu: Any = _family(
    "eval_chebyu", {}, lambda n, x: 2 * _gegenbauer_below(n, 1.0, x), "Chebyshev's polynomial of the second kind",
    "2g eval_gegenbauer(n - 1, 2, x) (DLMF 18.7.4, 18.9.19)", "2, wg.tensor(0.5)", "0.0",
)  # fmt: skip

eval_chebyc = _family(
    "eval_chebyc", {}, lambda n, x: degree(n, x)[0] * _below(eval_chebyu, n, x / 2),
    "Chebyshev's polynomial of the first kind on [-2, 2]",
    "g n eval_chebyu(n - 1, x/2) (DLMF 18.1.3, 18.9.21)", "2, wg.tensor(1.0)", "-1.0",
)  # fmt: skip

eval_chebys = _family(
    "eval_chebys", {}, lambda n, x: _gegenbauer_below(n, 1.0, x / 2), "Chebyshev's polynomial of the second kind on [-2, 2]",
    "g eval_gegenbauer(n - 1, 2, x/2) (DLMF 18.1.3, 18.9.19)", "2, wg.tensor(1.0)", "0.0",
)  # fmt: skip

eval_sh_chebyt = _family(
    "eval_sh_chebyt", {}, lambda n, x: 2 * degree(n, x)[0] * _below(eval_chebyu, n, 2 * x - 1),
    "Chebyshev's polynomial of the first kind on [0, 1]",
    "2g n eval_chebyu(n - 1, 2x - 1) (DLMF 18.7.7, 18.9.21)", "2, wg.tensor(0.75)", "-0.5",
)  # fmt: skip

eval_sh_chebyu = _family(
    "eval_sh_chebyu", {}, lambda n, x: 4 * _gegenbauer_below(n, 1.0, 2 * x - 1),
    "Chebyshev's polynomial of the second kind on [0, 1]",
    "4g eval_gegenbauer(n - 1, 2, 2x - 1) (DLMF 18.7.8, 18.9.19)", "2, wg.tensor(0.75)", "0.0",
)  # fmt: skip

eval_sh_legendre = _family(
    "eval_sh_legendre", {}, lambda n, x: (degree(n, x)[0] + 1) * _jacobi_below(n, 0.0, 0.0, 2 * x - 1),
    "Legendre's polynomial on [0, 1]",
    "g (n + 1) eval_jacobi(n - 1, 1, 1, 2x - 1) (DLMF 18.7.10, 18.9.15)", "2, wg.tensor(0.75)", "-0.125",
)  # fmt: skip


def _sh_jacobi_x(n: Any, p: Any, q: Any, x: Any) -> Any:
    return degree(n, x)[0] * _below(eval_sh_jacobi, n, p + 2, q + 1, x)


eval_sh_jacobi: Any = _family(
    "eval_sh_jacobi", {"p": UNKNOWN, "q": UNKNOWN}, _sh_jacobi_x, "Jacobi's monic polynomial on [0, 1]",
    "g n eval_sh_jacobi(n - 1, p + 2, q + 1, x) (DLMF 18.1.2, 18.9.15)", "2, 2.0, 1.5, wg.tensor(0.75)", "0.0",
)  # fmt: skip


# L_n = (α + 1)_n / n! M(-n; α + 1; x).
def _laguerre_alpha(n: Any, alpha: Any, x: Any, out: Any) -> Any:
    n, _ = degree(n, x)
    slope = hyp1f1_by_parameters(0, 1, -n, alpha + 1, x)
    return out * (digamma(n + alpha + 1) - digamma(alpha + 1)) + poch(alpha + 1, n) * plain(rgamma(n + 1)) * slope


def _laguerre_below(n: Any, alpha: Any, x: Any) -> Any:
    return _below(eval_genlaguerre, n, alpha + 1, x)


eval_genlaguerre: Any = _family(
    "eval_genlaguerre", {"alpha": lambda n, alpha, x, out: _laguerre_alpha(n, alpha, x, out)}, lambda n, alpha,
    x: -_laguerre_below(n, alpha, x), "Laguerre's generalised polynomial",
    "-g eval_genlaguerre(n - 1, alpha + 1, x) (DLMF 18.9.23)", "2, 0.5, wg.tensor(0.5)", "0.75",
)  # fmt: skip

eval_laguerre = _family(
    "eval_laguerre", {}, lambda n, x: -_laguerre_below(n, 0.0, x), "Laguerre's polynomial",
    "-g eval_genlaguerre(n - 1, 1, x) (DLMF 18.9.23)", "2, wg.tensor(0.5)", "0.125",
)  # fmt: skip


eval_hermite: Any = _family(
    "eval_hermite", {}, lambda n, x: 2 * degree(n, x)[0] * _below(eval_hermite, n, x), "The physicists' Hermite polynomial",
    "2g n eval_hermite(n - 1, x) (DLMF 18.9.25)",
    "2, wg.tensor(0.5)", "-1.0", real=True,
)  # fmt: skip

eval_hermitenorm: Any = _family(
    "eval_hermitenorm", {}, lambda n, x: degree(n, x)[0] * _below(eval_hermitenorm, n, x), "The probabilists' Hermite polynomial",
    "g n eval_hermitenorm(n - 1, x) (DLMF 18.9.27)", "2, wg.tensor(0.5)", "-0.75", real=True,
)  # fmt: skip


# (1 - x²) P' = (v + m) P_(v-1) - v x P_v, DLMF 14.10.5.
lpmv: Any = function_of(
    "lpmv", "m v x",
    {
        "m": UNKNOWN,
        "v": UNKNOWN,
        "x": lambda m, v, x, out: ((v + m) * lpmv(m, v - 1, x) - v * x * out) / (1 - x * x),
    },
    "The associated Legendre function of integer order m and real degree v, for |x| < 1.",
    "g ((v + m) lpmv(m, v - 1, x) - v x lpmv(m, v, x)) / (1 - x²) to x (DLMF 14.10.5); none to m and v, MissingRuleError.",
    "1, 2.0, wg.tensor(0.5)", "-1.299038",
)  # fmt: skip
