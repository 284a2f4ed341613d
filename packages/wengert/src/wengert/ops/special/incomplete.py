"""The incomplete gamma and beta functions, regularised, and their inverses, also in their parameters: DLMF 8.2, 8.17.

Derivatives with respect to parameters are integrals, see `wengert.arrays.special.incomplete`. That of an inverse function is
by the theorem of the implicit function: x(p) with F(a, x) = p has dx/dp = 1/F_x and dx/da = -F_a / F_x.
"""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import Adapter, adapter_of, library
from ...arrays.jets import Table, exp_jet, exp_table
from ...op import batching, binary, operator, rule
from ...op_batching import elementwise
from ..describe import binary_doc
from ..transcendental import log, log1p
from .declare import alike, by_parameters, function_of, select
from .gammas import digamma, polygamma

__all__ = [
    "beta_density",
    "betainc",
    "betainc_by_parameters",
    "betaincc",
    "betainccinv",
    "betaincinv",
    "gamma_density",
    "gammainc",
    "gammainc_by_a",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
]


def _arrays(*operands: Any) -> tuple[Adapter, list[Any]]:
    """The library of the operands, and all of them as floating arrays: numbers and integers adopt the dtype of the others."""
    arrays = [x for x in operands if hasattr(x, "dtype")]
    adapter = adapter_of(arrays[0]) if arrays else library("numpy")
    dtype = next((x.dtype for x in arrays if adapter.kind(x.dtype) == "f"), adapter.default_dtype(float))
    made = [x if hasattr(x, "dtype") else adapter.asarray(float(x), dtype=dtype) for x in operands]
    return adapter, [x if adapter.kind(x.dtype) == "f" else adapter.cast(x, dtype) for x in made]


# -- densities -----------------------------------------------------------------------------------------------------------------
# The densities of the gamma and beta distributions are operators of their own for the sake of their ends, where the quotients in
# their derivatives divide by 0; identities between parameters that differ by 1 have the limits.
@operator(diagonal=True)
def gamma_density(a: Any, x: Any, /) -> Any:
    """x^(a - 1) exp(-x) / Γ(a), and 0 where Γ(a) has a pole."""
    adapter, (a, x) = _arrays(a, x)
    f = adapter.function
    far = x == math.inf
    inner = f("where")(far, 1.0, x)
    value = f("where")(far, 0.0, f("exp")(f("special.xlogy")(a - 1, inner) - inner - f("special.gammaln")(a)))
    below = f("floor")(a)
    sign = f("where")(a > 0, 1.0, 1 - 2 * (below % 2))
    return f("where")((a <= 0) & (a == below), 0.0, sign * value)


# p(a, x)' = p(a, x) ((a - 1)/x - 1) = p(a - 1, x) - p(a, x).
@rule(gamma_density, "x")
def _(g: Any, a: Any, x: Any, out: Any) -> Any:
    end = x == 0
    return g * select(end, gamma_density(a - 1, x) - out, out * ((a - 1) / select(end, 1, x) - 1))


@rule(gamma_density, "a")
def _(g: Any, a: Any, x: Any, out: Any) -> Any:
    gone = out == 0
    return g * select(gone, 0, out * (log(select(gone, 1, alike(x, a))) - digamma(a)))


@operator(diagonal=True)
def beta_density(a: Any, b: Any, x: Any, /) -> Any:
    """x^(a - 1) (1 - x)^(b - 1) / B(a, b), and 0 where B(a, b) has a pole."""
    adapter, (a, b, x) = _arrays(a, b, x)
    f = adapter.function
    exponent = f("special.xlogy")(a - 1, x) + f("special.xlog1py")(b - 1, -x) - f("special.betaln")(a, b)
    below_a, below_b = f("floor")(a), f("floor")(b)
    pole = (a <= 0) & (a == below_a) | (b <= 0) & (b == below_b)
    sign = f("where")(a > 0, 1.0, 1 - 2 * (below_a % 2)) * f("where")(b > 0, 1.0, 1 - 2 * (below_b % 2))
    return f("where")(pole, 0.0, sign * f("exp")(f("where")(pole, 0.0, exponent)))


# f(a, b)' = f(a, b) ((a - 1)/x - (b - 1)/(1 - x)) = (a + b - 1) (f(a - 1, b) - f(a, b - 1)).
@rule(beta_density, "x")
def _(g: Any, a: Any, b: Any, x: Any, out: Any) -> Any:
    end = (x == 0) | (x == 1)
    inner = select(end, 0.5, x)
    at_end = (a + b - 1) * (beta_density(a - 1, b, x) - beta_density(a, b - 1, x))
    return g * select(end, at_end, out * ((a - 1) / inner - (b - 1) / (1 - inner)))


def _beta_density_by(logarithm: Any, first: Any, both: Any, out: Any) -> Any:
    end = (out == 0) & (logarithm == -math.inf)
    return select(end, 0, out * (select(end, 0, logarithm) - digamma(first) + digamma(both)))


rule(beta_density, "a")(lambda g, a, b, x, out: g * _beta_density_by(log(x), a, a + b, out))
rule(beta_density, "b")(lambda g, a, b, x, out: g * _beta_density_by(log1p(-x), b, a + b, out))
batching(gamma_density)(elementwise)
batching(beta_density)(elementwise)


# -- derivatives in parameters ---------------------------------------------------------------------------------------------------
# Their slope in x is the derivative of the density in the parameters: the density times a polynomial in the slopes of its
# logarithm.
def _gamma_density_by_a(n: int, a: Any, x: Any) -> Any:
    density = gamma_density(a, x)
    end = density == 0
    first = log(select(end, 1, alike(x, a))) - digamma(a)
    exponent = [0.0, first, *(polygamma(k - 1, a) * (-1 / math.factorial(k)) for k in range(2, n + 1))]
    return select(end, 0, density * exp_jet(exponent)[n] * float(math.factorial(n)))


gammainc_by_a: Any = by_parameters(
    "gammainc_by_a", "n", "a x", {"a": lambda n, a, x: gammainc_by_a(n + 1, a, x), "x": _gamma_density_by_a}
)


def _beta_density_by_parameters(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    density = beta_density(a, b, x)
    end = ((x == 0) | (x == 1)) & (density == 0)
    inner = select(end, 0.5, x)
    exponent = _log_beta_table(m, n, a, b)
    exponent[1, 0] = log(inner) + exponent[1, 0]
    exponent[0, 1] = log1p(-inner) + exponent[0, 1]
    return select(end, 0, density * exp_table(exponent, (m, n)))


def _log_beta_table(m: int, n: int, a: Any, b: Any) -> Table:
    """The Taylor coefficients of -log B(a + α, b + β) that are needed for powers up to m and n."""
    found: Table = {}
    for i in range(max(m, 1) + 1):
        for j in range(max(n, 1) + 1):
            order = i + j
            if not 0 < order <= max(m + n, 1):
                continue
            value = polygamma(order - 1, a + b)
            if not i or not j:
                value = value - polygamma(order - 1, b if not i else a)
            found[i, j] = value * (1 / (math.factorial(i) * math.factorial(j)))
    return found


betainc_by_parameters: Any = by_parameters(
    "betainc_by_parameters", "m n", "a b x",
    {
        "a": lambda m, n, a, b, x: betainc_by_parameters(m + 1, n, a, b, x),
        "b": lambda m, n, a, b, x: betainc_by_parameters(m, n + 1, a, b, x),
        "x": _beta_density_by_parameters,
    },
)  # fmt: skip

# -- incomplete gamma functions ----------------------------------------------------------------------------------------
_GAMMA_SOURCE = (
    "by the integral of the derivative of the integrand (DLMF 8.2.4), of NumPy arrays; see wengert.arrays.special.incomplete"
)

gammainc = binary(
    "gammainc",
    lambda g, x1, x2: g * gammainc_by_a(1, x1, x2),
    lambda g, x1, x2: g * gamma_density(x1, x2),
    doc=binary_doc(
        "The regularised lower incomplete gamma function, 1/gamma(x1) times the integral of t^(x1 - 1) exp(-t) from 0 to x2. "
        "Of real operands.",
        f"g x2^(x1 - 1) exp(-x2) / gamma(x1) to x2 (DLMF 8.8.13); to x1 {_GAMMA_SOURCE}.",
        "round(wg.special.gammainc(wg.tensor(1.0), wg.tensor(1.0)).item(), 6)",
        "0.632121",
    ),
    function="special.gammainc",
    node="Igamma",
)

gammaincc = binary(
    "gammaincc",
    lambda g, x1, x2: g * -gammainc_by_a(1, x1, x2),
    lambda g, x1, x2: g * -gamma_density(x1, x2),
    doc=binary_doc(
        "The regularised upper incomplete gamma function, 1 - gammainc(x1, x2). Of real operands.",
        f"-g x2^(x1 - 1) exp(-x2) / gamma(x1) to x2 (DLMF 8.8.14); to x1 {_GAMMA_SOURCE}.",
        "round(wg.special.gammaincc(wg.tensor(1.0), wg.tensor(1.0)).item(), 6)",
        "0.367879",
    ),
    function="special.gammaincc",
    node="Igammac",
)


def _over(numerator: Any, density: Any, out: Any) -> Any:
    """A quotient that is 0 where the function sought is at its lower end, whatever the parameter."""
    end = out == 0
    return select(end, 0, numerator / select(end, 1, density))


gammaincinv = function_of(
    "gammaincinv", "a y",
    {
        "a": lambda a, out: _over(-gammainc_by_a(1, a, out), gamma_density(a, out), out),
        "y": lambda a, out: 1 / gamma_density(a, out),
    },
    "The x for which gammainc(a, x) = y.",
    "g / p(x) to y, where p(x) = x^(a - 1) exp(-x) / gamma(a), and -g times the derivative of "
    "gammainc(a, x) with respect to a, over p(x), to a.",
    "wg.tensor(2.0), 0.5", "1.678347",
)  # fmt: skip

gammainccinv = function_of(
    "gammainccinv", "a y",
    {
        "a": lambda a, out: _over(-gammainc_by_a(1, a, out), gamma_density(a, out), out),
        "y": lambda a, out: -1 / gamma_density(a, out),
    },
    "The x for which gammaincc(a, x) = y.", "as of gammaincinv, that to y with the opposite sign.",
    "wg.tensor(2.0), 0.25", "2.692635",
)  # fmt: skip

# -- incomplete beta functions -----------------------------------------------------------------------------------------
_BETA_SOURCE = (
    "to a and b by the integral of the derivative of the integrand (DLMF 8.17.1); see wengert.arrays.special.incomplete"
)

betainc = function_of(
    "betainc", "a b x",
    {
        "a": lambda a, b, x: betainc_by_parameters(1, 0, a, b, x),
        "b": lambda a, b, x: betainc_by_parameters(0, 1, a, b, x),
        "x": beta_density,
    },
    "The regularised incomplete beta function, 1/B(a, b) times the integral of t^(a - 1) (1 - t)^(b - 1) from 0 to x.",
    f"g x^(a - 1) (1 - x)^(b - 1) / beta(a, b) to x; {_BETA_SOURCE}.", "2.0, 3.0, wg.tensor(0.5)", "0.6875",
)  # fmt: skip

betaincc = function_of(
    "betaincc", "a b x",
    {
        "a": lambda a, b, x: -betainc_by_parameters(1, 0, a, b, x),
        "b": lambda a, b, x: -betainc_by_parameters(0, 1, a, b, x),
        "x": lambda a, b, x: -beta_density(a, b, x),
    },
    "1 - betainc(a, b, x).", "those of betainc with the opposite sign.", "2.0, 3.0, wg.tensor(0.5)", "0.3125",
)  # fmt: skip


def _betaincinv_by(m: int, n: int) -> Any:
    def slope(a: Any, b: Any, out: Any) -> Any:
        end = (out == 0) | (out == 1)
        density = beta_density(a, b, select(end, 0.5, out))
        return select(end, 0, -betainc_by_parameters(m, n, a, b, out) / density)

    return slope


betaincinv = function_of(
    "betaincinv", "a b y",
    {"a": _betaincinv_by(1, 0), "b": _betaincinv_by(0, 1), "y": lambda a, b, out: 1 / beta_density(a, b, out)},
    "The x for which betainc(a, b, x) = y.",
    "g / f(x) to y, where f(x) = x^(a - 1) (1 - x)^(b - 1) / beta(a, b), and -g times the "
    "derivatives of betainc(a, b, x) with respect to a and b, over f(x), to these.",
    "2.0, 3.0, wg.tensor(0.6875)", "0.5",
)  # fmt: skip

betainccinv = function_of(
    "betainccinv", "a b y",
    {"a": _betaincinv_by(1, 0), "b": _betaincinv_by(0, 1), "y": lambda a, b, out: -1 / beta_density(a, b, out)},
    "The x for which betaincc(a, b, x) = y.", "as of betaincinv, that to y with the opposite sign.",
    "2.0, 3.0, wg.tensor(0.3125)", "0.5",
)  # fmt: skip
