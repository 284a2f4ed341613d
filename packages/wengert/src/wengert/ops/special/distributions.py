"""Distribution functions of continuous variables, and their inverses with respect to each of their operands.

They are the incomplete gamma and beta functions of other arguments (DLMF 8.17, Abramowitz and Stegun chapter 26), and their
derivatives follow from those. An operand that is found from a probability has the derivatives of the implicit function: where
F(a, x) = p is solved for x, they are 1/F_x and -F_a/F_x.
"""

from __future__ import annotations

import math
from typing import Any

from ...arrays.jets import exp_jet, product
from ..elementwise import pow
from ..transcendental import exp, log, log1p, sqrt
from .bessel import ive
from .declare import by_parameters, function_of, select
from .elementary import boxcox_lmbda
from .error_functions import ndtri
from .gammas import betaln, polygamma
from .incomplete import beta_density, betainc_by_parameters, gamma_density, gammainc_by_a

__all__ = [
    "btdtria", "btdtrib", "chdtr", "chdtrc", "chdtri", "chdtriv", "chndtr", "chndtridf", "chndtrinc", "chndtrix", "fdtr",
    "fdtrc", "fdtri", "fdtridfd",
    "gdtr",
    "gdtrc", "gdtria", "gdtrib", "gdtrix", "nrdtrimn", "nrdtrisd", "stdtr", "stdtridf", "stdtrit", "tklmbda",
]  # fmt: skip

# -- the chi-square distribution ---------------------------------------------------------------------------------------
_CHI = "with F(v, x) = gammainc(v/2, x/2): "


def _chi_v(v: Any, x: Any) -> Any:
    return gammainc_by_a(1, v / 2, x / 2) / 2


def _chi_x(v: Any, x: Any) -> Any:
    return gamma_density(v / 2, x / 2) / 2


chdtr = function_of(
    "chdtr", "v x", {"v": _chi_v, "x": _chi_x},
    "The probability that a chi-square variable of v degrees of freedom is at most x.",
    f"{_CHI}g F_v to v, g F_x to x; see gammainc.", "2.0, wg.tensor(1.0)", "0.393469",
)  # fmt: skip

chdtrc = function_of(
    "chdtrc", "v x", {"v": lambda v, x: -_chi_v(v, x), "x": lambda v, x: -_chi_x(v, x)}, "1 - chdtr(v, x).",
    "those of chdtr with the opposite sign.", "2.0, wg.tensor(1.0)", "0.606531",
)  # fmt: skip

chdtri = function_of(
    "chdtri", "v p",
    {"v": lambda v, out: -_chi_v(v, out) / _chi_x(v, out), "p": lambda v, out: -1 / _chi_x(v, out)},
    "The x for which chdtrc(v, x) = p.", f"{_CHI}-g F_v / F_x to v, -g / F_x to p.", "2.0, wg.tensor(0.5)", "1.386294",
)  # fmt: skip

chdtriv = function_of(
    "chdtriv", "p x",
    {"p": lambda x, out: 1 / _chi_v(out, x), "x": lambda x, out: -_chi_x(out, x) / _chi_v(out, x)},
    "The v for which chdtr(v, x) = p.", f"{_CHI}g / F_v to p, -g F_x / F_v to x.", "wg.tensor(0.5), 2.0", "2.6285",
)  # fmt: skip


# The density of the distribution of df degrees of freedom and noncentrality nc: half exp(-(x + nc)/2) (x/nc)^((df - 2)/4)
# times I of order df/2 - 1 of √(nc x); and F_nc = -f(x; df + 2, nc) (Johnson, Kotz and Balakrishnan, "Continuous univariate
# distributions" 2, 1995, sections 29.3 and 29.4). Without noncentrality it is the central one.
def _noncentral(x: Any, df: Any, nc: Any) -> Any:
    central = (nc == 0) | (x == 0)
    away, shift = select(central, 1, x + 0 * nc), select(central, 1, nc + 0 * x)
    distance = sqrt(away) - sqrt(shift)
    wide = exp(distance * distance / -2) * pow(away / shift, df / 4 - 0.5) * ive(df / 2 - 1, sqrt(away * shift)) / 2
    return select(central, exp(nc / -2) * gamma_density(df / 2, x / 2) / 2, wide)


# F_nc is ½ (F(df + 2) - F(df)) too, which holds for derivatives in df; and with f for its density, f' is
# f ((df/2 - 1)/x - ½) + nc/(2x) f(df + 2), from the derivatives of the terms of the mixture.
chndtr_by_df: Any = by_parameters(
    "chndtr_by_df", "n", "x df nc",
    {
        "x": lambda n, x, df, nc: _chndtr_density(n, x, df, nc),
        "df": lambda n, x, df, nc: chndtr_by_df(n + 1, x, df, nc),
        "nc": lambda n, x, df, nc, out: (chndtr_by_df(n, x, df + 2, nc) - out) / 2,
    },
)  # fmt: skip

_chndtr_density: Any = by_parameters(
    "chndtr_density_by_df", "n", "x df nc",
    {
        "x": lambda n, x, df, nc, out: _chndtr_density_x(n, x, df, nc, out),
        "df": lambda n, x, df, nc: _chndtr_density(n + 1, x, df, nc),
        "nc": lambda n, x, df, nc, out: (_chndtr_density(n, x, df + 2, nc) - out) / 2,
    },
)  # fmt: skip


def _chndtr_density_x(n: int, x: Any, df: Any, nc: Any, out: Any) -> Any:
    before = _chndtr_density(n - 1, x, df, nc) * (n / 2) / x if n else 0
    return out * ((df / 2 - 1) / x - 0.5) + before + _chndtr_density(n, x, df + 2, nc) * nc / (2 * x)


chndtr = function_of(
    "chndtr", "x df nc",
    {
        "x": _noncentral,
        "df": lambda x, df, nc: chndtr_by_df(1, x, df, nc),
        "nc": lambda x, df, nc: -_noncentral(x, df + 2, nc),
    },
    "The probability that a noncentral chi-square variable of df degrees of freedom and noncentrality nc is at most x.",
    "with its density f(x, df, nc): g f to x, -g f(x, df + 2, nc) to nc; to df by the mixture of central distributions that "
    "it is "
    "(Johnson, Kotz and Balakrishnan, Continuous univariate distributions 2, 1995, chapter 29).",
    "wg.tensor(2.0), 3.0, 1.0", "0.308253",
)  # fmt: skip

chndtrix = function_of(
    "chndtrix", "p df nc",
    {
        "p": lambda df, nc, out: 1 / _noncentral(out, df, nc),
        "df": lambda df, nc, out: -chndtr_by_df(1, out, df, nc) / _noncentral(out, df, nc),
        "nc": lambda df, nc, out: _noncentral(out, df + 2, nc) / _noncentral(out, df, nc),
    },
    "The x for which chndtr(x, df, nc) = p.",
    "with F = chndtr(x, df, nc): g / F_x to p, -g F_df / F_x to df, -g F_nc / F_x to nc.", "wg.tensor(0.5), 3.0, 1.0", "3.213009",
)  # fmt: skip


def _chndtr_nc(x: Any, df: Any, nc: Any) -> Any:
    return -_noncentral(x, df + 2, nc)


chndtridf = function_of(
    "chndtridf", "x p nc",
    {
        "x": lambda x, nc, out: -_noncentral(x, out, nc) / chndtr_by_df(1, x, out, nc),
        "p": lambda x, nc, out: 1 / chndtr_by_df(1, x, out, nc),
        "nc": lambda x, nc, out: -_chndtr_nc(x, out, nc) / chndtr_by_df(1, x, out, nc),
    },
    "The df for which chndtr(x, df, nc) = p.",
    "with F = chndtr(x, df, nc): -g F_x / F_df to x, g / F_df to p, -g F_nc / F_df to nc.", "2.0, wg.tensor(0.3), 1.0",
    "3.058102",
)  # fmt: skip

chndtrinc = function_of(
    "chndtrinc", "x df p",
    {
        "x": lambda x, df, out: -_noncentral(x, df, out) / _chndtr_nc(x, df, out),
        "df": lambda x, df, out: -chndtr_by_df(1, x, df, out) / _chndtr_nc(x, df, out),
        "p": lambda x, df, out: 1 / _chndtr_nc(x, df, out),
    },
    "The nc for which chndtr(x, df, nc) = p.",
    "with F = chndtr(x, df, nc): -g F_x / F_nc to x, -g F_df / F_nc to df, g / F_nc to p.", "2.0, 3.0, wg.tensor(0.3)",
    "1.081978",
)  # fmt: skip

# -- the gamma distribution --------------------------------------------------------------------------------------------
_GAMMA = "with P(b, ax) = gammainc(b, a x) and its density p(b, ax): "


def _gamma_b(a: Any, b: Any, x: Any) -> Any:
    return gammainc_by_a(1, b, a * x)


gdtr = function_of(
    "gdtr", "a b x",
    {"a": lambda a, b, x: x * gamma_density(b, a * x), "b": _gamma_b, "x": lambda a, b, x: a * gamma_density(b, a * x)},
    "The probability that a gamma variable of rate a and shape b is at most x.",
    f"{_GAMMA}g x p to a, g P_b to b, g a p to x; see gammainc.",
    "2.0, 3.0, wg.tensor(1.0)", "0.323324",
)  # fmt: skip

gdtrc = function_of(
    "gdtrc", "a b x",
    {
        "a": lambda a, b, x: -x * gamma_density(b, a * x),
        "b": lambda a, b, x: -_gamma_b(a, b, x),
        "x": lambda a, b, x: -a * gamma_density(b, a * x),
    },
    "1 - gdtr(a, b, x).", "those of gdtr with the opposite sign.", "2.0, 3.0, wg.tensor(1.0)", "0.676676",
)  # fmt: skip

gdtria = function_of(
    "gdtria", "p b x",
    {
        "p": lambda b, x, out: 1 / (x * gamma_density(b, out * x)),
        "b": lambda b, x, out: -_gamma_b(out, b, x) / (x * gamma_density(b, out * x)),
        "x": lambda x, out: -out / x,
    },
    "The a for which gdtr(a, b, x) = p.", f"{_GAMMA}g / (x p) to p, -g P_b / (x p) to b, -g a/x to x.",
    "wg.tensor(0.5), 2.0, 3.0", "0.559449",
)  # fmt: skip

gdtrib = function_of(
    "gdtrib", "a p x",
    {
        "a": lambda a, x, out: -x * gamma_density(out, a * x) / _gamma_b(a, out, x),
        "p": lambda a, x, out: 1 / _gamma_b(a, out, x),
        "x": lambda a, x, out: -a * gamma_density(out, a * x) / _gamma_b(a, out, x),
    },
    "The b for which gdtr(a, b, x) = p.", f"{_GAMMA}-g x p / P_b to a, g / P_b to p, -g a p / P_b to x.",
    "2.0, wg.tensor(0.5), 3.0", "6.330031",
)  # fmt: skip

gdtrix = function_of(
    "gdtrix", "a b p",
    {
        "a": lambda a, out: -out / a,
        "b": lambda a, b, out: -_gamma_b(a, b, out) / (a * gamma_density(b, a * out)),
        "p": lambda a, b, out: 1 / (a * gamma_density(b, a * out)),
    },
    "The x for which gdtr(a, b, x) = p.", f"{_GAMMA}-g x/a to a, -g P_b / (a p) to b, g / (a p) to p.",
    "2.0, 3.0, wg.tensor(0.5)", "1.33703",
)  # fmt: skip


# -- the beta distribution ---------------------------------------------------------------------------------------------
def _beta_by(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    return betainc_by_parameters(m, n, a, b, x)


btdtria = function_of(
    "btdtria", "p b x",
    {
        "p": lambda b, x, out: 1 / _beta_by(1, 0, out, b, x),
        "b": lambda b, x, out: -_beta_by(0, 1, out, b, x) / _beta_by(1, 0, out, b, x),
        "x": lambda b, x, out: -beta_density(out, b, x) / _beta_by(1, 0, out, b, x),
    },
    "The a for which betainc(a, b, x) = p.", "with F = betainc(a, b, x): g / F_a to p, -g F_b / F_a to b, -g F_x / F_a to x.",
    "wg.tensor(0.5), 2.0, 0.5", "2.0",
)  # fmt: skip

btdtrib = function_of(
    "btdtrib", "a p x",
    {
        "a": lambda a, x, out: -_beta_by(1, 0, a, out, x) / _beta_by(0, 1, a, out, x),
        "p": lambda a, x, out: 1 / _beta_by(0, 1, a, out, x),
        "x": lambda a, x, out: -beta_density(a, out, x) / _beta_by(0, 1, a, out, x),
    },
    "The b for which betainc(a, b, x) = p.", "with F = betainc(a, b, x): -g F_a / F_b to a, g / F_b to p, -g F_x / F_b to x.",
    "2.0, wg.tensor(0.5), 0.5", "2.0",
)  # fmt: skip

# -- the F distribution ------------------------------------------------------------------------------------------------
# It is I_w(m/2, n/2) at w = m x / (n + m x), and x times its density is w (1 - w) times that of the beta distribution, which is
# ab / ((a + b)(a + b + 1)) times that of parameters greater by 1.
_F_TEXT = "with F = betainc(a, b, w), w = m x / (n + m x), a = m/2, b = n/2 for m = dfn, n = dfd, and l = w (1 - w) F_w: "


def _ratio(m: Any, n: Any, x: Any) -> Any:
    return m * x / (n + m * x)


def _logit_density(m: Any, n: Any, x: Any) -> Any:
    a, b = m / 2 + 0 * n, n / 2 + 0 * m
    return beta_density(a + 1, b + 1, _ratio(m, n, x)) * (a * b / ((a + b) * (a + b + 1)))


def _fisher_m(m: Any, n: Any, x: Any) -> Any:
    return betainc_by_parameters(1, 0, m / 2, n / 2, _ratio(m, n, x)) / 2 + _logit_density(m, n, x) / m


def _fisher_n(m: Any, n: Any, x: Any) -> Any:
    return betainc_by_parameters(0, 1, m / 2, n / 2, _ratio(m, n, x)) / 2 - _logit_density(m, n, x) / n


def _fisher_x(m: Any, n: Any, x: Any) -> Any:
    below = n + m * x
    return beta_density(m / 2, n / 2, _ratio(m, n, x)) * (m * n / (below * below))


fdtr = function_of(
    "fdtr", "dfn dfd x",
    {
        "dfn": lambda dfn, dfd, x: _fisher_m(dfn, dfd, x),
        "dfd": lambda dfn, dfd, x: _fisher_n(dfn, dfd, x),
        "x": lambda dfn, dfd, x: _fisher_x(dfn, dfd, x),
    },
    "The probability that a variable of the F distribution of dfn and dfd degrees of freedom is at most x.",
    f"{_F_TEXT}g (F_a/2 + l/m) to dfn, g (F_b/2 - l/n) to dfd, g l/x to x; see betainc.", "2.0, 3.0, wg.tensor(1.0)", "0.535242",
)  # fmt: skip

fdtrc = function_of(
    "fdtrc", "dfn dfd x",
    {
        "dfn": lambda dfn, dfd, x: -_fisher_m(dfn, dfd, x),
        "dfd": lambda dfn, dfd, x: -_fisher_n(dfn, dfd, x),
        "x": lambda dfn, dfd, x: -_fisher_x(dfn, dfd, x),
    },
    "1 - fdtr(dfn, dfd, x).", "those of fdtr with the opposite sign.", "2.0, 3.0, wg.tensor(1.0)", "0.464758",
)  # fmt: skip

fdtri = function_of(
    "fdtri", "dfn dfd p",
    {
        "dfn": lambda dfn, dfd, out: -_fisher_m(dfn, dfd, out) / _fisher_x(dfn, dfd, out),
        "dfd": lambda dfn, dfd, out: -_fisher_n(dfn, dfd, out) / _fisher_x(dfn, dfd, out),
        "p": lambda dfn, dfd, out: 1 / _fisher_x(dfn, dfd, out),
    },
    "The x for which fdtr(dfn, dfd, x) = p.", "with F = fdtr(dfn, dfd, x): -g F_dfn / F_x, -g F_dfd / F_x and g / F_x.",
    "2.0, 3.0, wg.tensor(0.5)", "0.881102",
)  # fmt: skip

fdtridfd = function_of(
    "fdtridfd", "dfn p x",
    {
        "dfn": lambda dfn, x, out: -_fisher_m(dfn, out, x) / _fisher_n(dfn, out, x),
        "p": lambda dfn, x, out: 1 / _fisher_n(dfn, out, x),
        "x": lambda dfn, x, out: -_fisher_x(dfn, out, x) / _fisher_n(dfn, out, x),
    },
    "The dfd for which fdtr(dfn, dfd, x) = p.", "with F = fdtr(dfn, dfd, x): -g F_dfn / F_dfd, g / F_dfd and -g F_x / F_dfd.",
    "2.0, wg.tensor(0.5), 0.7", "70.57161",
)  # fmt: skip


# -- Student's distribution --------------------------------------------------------------------------------------------
def _student_t(df: Any, t: Any) -> Any:
    """The density (1 + t²/df)^(-(df + 1)/2) / (√df B(df/2, 1/2)), and the normal one for infinite df."""
    normal = df == math.inf
    df = select(normal, 1, df)
    proper = exp((df + 1) / -2 * log1p(t * t / df) - log(df) / 2 - betaln(df / 2, 0.5))
    return select(normal, exp(t * t / -2) / math.sqrt(2 * math.pi), proper)


def _student_by_df(n: int, df: Any, t: Any) -> Any:
    """Its `n`-th derivative in df: those of its logarithm, in a polynomial, times it."""
    square, halves = t * t, (df + 1) / 2
    # (df + 1)/2 log(1 + t²/df), in which that is log(df + t²) - log(df).
    logs = [log1p(square / df)]
    logs += [(1 / pow(df + square, k) - 1 / pow(df, k)) * ((-1.0) ** (k - 1) / k) for k in range(1, n + 1)]
    bent = product([halves, 0.5, *[0.0] * n][: n + 1], logs)
    exponent: list[Any] = [0.0]
    for k in range(1, n + 1):
        norm = (polygamma(k - 1, halves) - polygamma(k - 1, df / 2)) * (0.5**k / math.factorial(k))
        exponent.append(norm - (-1.0) ** (k - 1) / (2 * k) / pow(df, k) - bent[k])
    return _student_t(df, t) * exp_jet(exponent)[n] * float(math.factorial(n))


stdtr_by_df: Any = by_parameters(
    "stdtr_by_df", "n", "df t", {"df": lambda n, df, t: stdtr_by_df(n + 1, df, t), "t": _student_by_df}
)

stdtr = function_of(
    "stdtr", "df t", {"df": lambda df, t: stdtr_by_df(1, df, t), "t": _student_t},
    "The probability that a variable of Student's distribution of df degrees of freedom is at most t.",
    "g (1 + t²/df)^(-(df + 1)/2) / (√df beta(df/2, 1/2)) to t; to df by the integral of the derivative of that (DLMF 8.17.1).",
    "3.0, wg.tensor(1.0)", "0.804499",
)  # fmt: skip

stdtrit = function_of(
    "stdtrit", "df p",
    {"df": lambda df, out: -stdtr_by_df(1, df, out) / _student_t(df, out), "p": lambda df, out: 1 / _student_t(df, out)},
    "The t for which stdtr(df, t) = p.", "with F = stdtr(df, t): -g F_df / F_t to df, g / F_t to p.", "3.0, wg.tensor(0.75)",
    "0.764892",
)  # fmt: skip

stdtridf = function_of(
    "stdtridf", "p t",
    {"p": lambda t, out: 1 / stdtr_by_df(1, out, t), "t": lambda t, out: -_student_t(out, t) / stdtr_by_df(1, out, t)},
    "The df for which stdtr(df, t) = p.", "with F = stdtr(df, t): g / F_df to p, -g F_t / F_df to t.", "wg.tensor(0.8), 1.0",
    "2.638744",
)  # fmt: skip

# -- the normal distribution, and Tukey's ------------------------------------------------------------------------------
nrdtrimn = function_of(
    "nrdtrimn", "p std x",
    {
        "p": lambda p, std: -std * _quantile_slope(p),
        "std": lambda p, std: -ndtri(p) + 0 * std,
        "x": lambda x: 0 * x + 1,
    },
    "The mean of the normal distribution of standard deviation std for which x has the probability p below it.",
    "-g std √(2π) exp(ndtri(p)²/2) to p, -g ndtri(p) to std, g to x.", "wg.tensor(0.8), 2.0, 3.0", "1.316758",
)  # fmt: skip

nrdtrisd = function_of(
    "nrdtrisd", "mn p x",
    {
        "mn": lambda p: -1 / ndtri(p),
        "p": lambda p, out: -out / ndtri(p) * _quantile_slope(p),
        "x": lambda p: 1 / ndtri(p),
    },
    "The standard deviation of the normal distribution of mean mn for which x has the probability p below it.",
    "with q = ndtri(p): -g/q to mn, g/q to x, -g sd/q √(2π) exp(q²/2) to p.", "1.0, wg.tensor(0.8), 3.0", "2.376366",
)  # fmt: skip


def _quantile_slope(p: Any) -> Any:
    quantile = ndtri(p)
    return exp(quantile * quantile / 2) * math.sqrt(2 * math.pi)


# The quantile is (p^λ - (1 - p)^λ)/λ = boxcox(p, λ) - boxcox(1 - p, λ): what F solves, F_x = 1/Q_p and F_λ = -Q_λ/Q_p. Beyond the
# support, which is bounded for λ > 0, F is constant.
def _tukey_slope(p: Any, lmbda: Any) -> Any:
    inside = (p > 0) & (p < 1)
    p = select(inside, p, 0.5)
    return select(inside, 1 / (pow(p, lmbda - 1) + pow(1 - p, lmbda - 1)), 0)


def _tukey_lmbda(lmbda: Any, out: Any) -> Any:
    inside = (out > 0) & (out < 1)
    p = select(inside, out, 0.5)
    return -(boxcox_lmbda(p, lmbda) - boxcox_lmbda(1 - p, lmbda)) * _tukey_slope(out, lmbda)


tklmbda = function_of(
    "tklmbda", "x lmbda", {"x": lambda lmbda, out: _tukey_slope(out, lmbda), "lmbda": _tukey_lmbda},
    "The probability that a variable of Tukey's lambda distribution is at most x.",
    "with its quantile Q(p) = (p**lmbda - (1 - p)**lmbda) / lmbda: g / Q_p to x, -g Q_lmbda / Q_p to lmbda.",
    "wg.tensor(0.5), 0.5", "0.673993",
)  # fmt: skip
