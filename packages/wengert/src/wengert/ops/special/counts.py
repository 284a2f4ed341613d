"""Distribution functions of counts, Poisson's and the binomial ones, and their inverses: DLMF 8.17.5, 8.4.10.

They are incomplete gamma and beta functions whose parameters are counts. Where SciPy rounds a count down, or takes integers
only, there is no derivative with respect to it; where it solves for a count, that is a real number.
"""

from __future__ import annotations

from typing import Any

from ..rounding import floor
from .declare import UNKNOWN, function_of
from .incomplete import beta_density, betainc_by_parameters, gamma_density, gammainc_by_a

__all__ = [
    "bdtr", "bdtrc", "bdtri", "bdtrik", "bdtrin", "nbdtr", "nbdtrc", "nbdtri", "nbdtrik", "nbdtrin", "pdtr", "pdtrc", "pdtri",
    "pdtrik",
]  # fmt: skip

_COUNT = "none to k, a count: MissingRuleError."
_COUNTS = "none to k and n, which are counts: MissingRuleError."

# -- Poisson's: gammaincc(k + 1, m) ------------------------------------------------------------------------------------
pdtr = function_of(
    "pdtr", "k m", {"k": UNKNOWN, "m": lambda k, m: -gamma_density(floor(k) + 1, m)},
    "The probability that a Poisson variable of mean m is at most k.", f"-g exp(-m) m^k / k! to m (DLMF 8.8.14); {_COUNT}",
    "1.0, wg.tensor(2.0)", "0.406006",
)  # fmt: skip

pdtrc = function_of(
    "pdtrc", "k m", {"k": UNKNOWN, "m": lambda k, m: gamma_density(floor(k) + 1, m)}, "1 - pdtr(k, m).",
    f"g exp(-m) m^k / k! to m (DLMF 8.8.13); {_COUNT}", "1.0, wg.tensor(2.0)", "0.593994",
)  # fmt: skip

pdtri = function_of(
    "pdtri", "k y", {"k": UNKNOWN, "y": lambda k, out: -1 / gamma_density(floor(k) + 1, out)},
    "The m for which pdtr(k, m) = y.", f"-g k! / (exp(-m) m^k) to y; {_COUNT}", "1, wg.tensor(0.5)", "1.678347",
)  # fmt: skip

pdtrik = function_of(
    "pdtrik", "p m",
    {
        "p": lambda m, out: -1 / gammainc_by_a(1, out + 1, m),
        "m": lambda m, out: -gamma_density(out + 1, m) / gammainc_by_a(1, out + 1, m),
    },
    "The real k for which gammaincc(k + 1, m) = p.", "with P = gammainc(k + 1, m): -g / P_k to p, -g P_m / P_k to m.",
    "wg.tensor(0.5), 2.0", "1.323489",
)  # fmt: skip


# -- the binomial: betainc(n - k, k + 1, 1 - p) ------------------------------------------------------------------------
def _binomial(k: Any, n: Any, p: Any) -> Any:
    """Its derivative in p, with the opposite sign."""
    k = floor(k)
    return beta_density(n - k, k + 1, 1 - p)


bdtr = function_of(
    "bdtr", "k n p", {"k": UNKNOWN, "n": UNKNOWN, "p": lambda k, n, p: -_binomial(k, n, p)},
    "The probability of at most k successes in n trials, each of probability p.",
    f"-g (n - k) binom(n, k) p^k (1 - p)^(n - k - 1) to p (DLMF 8.17.5); {_COUNTS}", "1.0, 3, wg.tensor(0.5)", "0.5",
)  # fmt: skip

bdtrc = function_of(
    "bdtrc", "k n p", {"k": UNKNOWN, "n": UNKNOWN, "p": _binomial}, "1 - bdtr(k, n, p).",
    f"g (n - k) binom(n, k) p^k (1 - p)^(n - k - 1) to p (DLMF 8.17.5); {_COUNTS}", "1.0, 3, wg.tensor(0.5)", "0.5",
)  # fmt: skip

bdtri = function_of(
    "bdtri", "k n y", {"k": UNKNOWN, "n": UNKNOWN, "y": lambda k, n, out: -1 / _binomial(k, n, out)},
    "The p for which bdtr(k, n, p) = y.", f"-g / ((n - k) binom(n, k) p^k (1 - p)^(n - k - 1)) to y; {_COUNTS}",
    "1.0, 3, wg.tensor(0.5)", "0.5",
)  # fmt: skip


def _by_n(k: Any, n: Any, p: Any) -> Any:
    return betainc_by_parameters(1, 0, n - k, k + 1, 1 - p)


def _by_k(k: Any, n: Any, p: Any) -> Any:
    return betainc_by_parameters(0, 1, n - k, k + 1, 1 - p) - _by_n(k, n, p)


_REAL_BINOMIAL = "with F = betainc(n - k, k + 1, 1 - p): "

bdtrik = function_of(
    "bdtrik", "y n p",
    {
        "y": lambda n, p, out: 1 / _by_k(out, n, p),
        "n": lambda n, p, out: -_by_n(out, n, p) / _by_k(out, n, p),
        "p": lambda n, p, out: beta_density(n - out, out + 1, 1 - p) / _by_k(out, n, p),
    },
    "The real k for which betainc(n - k, k + 1, 1 - p) = y.",
    f"{_REAL_BINOMIAL}g / F_k to y, -g F_n / F_k to n, -g F_p / F_k to p.",
    "wg.tensor(0.5), 3.0, 0.4", "0.661342",
)  # fmt: skip

bdtrin = function_of(
    "bdtrin", "k y p",
    {
        "k": lambda k, p, out: -_by_k(k, out, p) / _by_n(k, out, p),
        "y": lambda k, p, out: 1 / _by_n(k, out, p),
        "p": lambda k, p, out: beta_density(out - k, k + 1, 1 - p) / _by_n(k, out, p),
    },
    "The real n for which betainc(n - k, k + 1, 1 - p) = y.",
    f"{_REAL_BINOMIAL}-g F_k / F_n to k, g / F_n to y, -g F_p / F_n to p.",
    "1.0, wg.tensor(0.5), 0.4", "3.844132",
)  # fmt: skip

# -- the negative binomial: betainc(n, k + 1, p) -----------------------------------------------------------------------
nbdtr = function_of(
    "nbdtr", "k n p", {"k": UNKNOWN, "n": UNKNOWN, "p": lambda k, n, p: beta_density(n, k + 1, p)},
    "The probability of at most k failures before success n, of trials each of probability p.",
    f"g p^(n - 1) (1 - p)^k / beta(n, k + 1) to p (DLMF 8.17.24); {_COUNTS}", "1, 2, wg.tensor(0.5)", "0.5",
)  # fmt: skip

nbdtrc = function_of(
    "nbdtrc", "k n p", {"k": UNKNOWN, "n": UNKNOWN, "p": lambda k, n, p: -beta_density(n, k + 1, p)}, "1 - nbdtr(k, n, p).",
    f"-g p^(n - 1) (1 - p)^k / beta(n, k + 1) to p (DLMF 8.17.24); {_COUNTS}", "1, 2, wg.tensor(0.5)", "0.5",
)  # fmt: skip

nbdtri = function_of(
    "nbdtri", "k n y", {"k": UNKNOWN, "n": UNKNOWN, "y": lambda k, n, out: 1 / beta_density(n, k + 1, out)},
    "The p for which nbdtr(k, n, p) = y.", f"g beta(n, k + 1) / (p^(n - 1) (1 - p)^k) to y; {_COUNTS}", "1, 2, wg.tensor(0.5)",
    "0.5",
)  # fmt: skip

_REAL_NEGATIVE = "with F = betainc(n, k + 1, p): "

nbdtrik = function_of(
    "nbdtrik", "y n p",
    {
        "y": lambda n, p, out: 1 / betainc_by_parameters(0, 1, n, out + 1, p),
        "n": lambda n, p, out: -betainc_by_parameters(1, 0, n, out + 1, p) / betainc_by_parameters(0, 1, n, out + 1, p),
        "p": lambda n, p, out: -beta_density(n, out + 1, p) / betainc_by_parameters(0, 1, n, out + 1, p),
    },
    "The real k for which betainc(n, k + 1, p) = y.", f"{_REAL_NEGATIVE}g / F_k to y, -g F_n / F_k to n, -g F_p / F_k to p.",
    "wg.tensor(0.7), 2.0, 0.4", "3.322127",
)  # fmt: skip

nbdtrin = function_of(
    "nbdtrin", "k y p",
    {
        "k": lambda k, p, out: -betainc_by_parameters(0, 1, out, k + 1, p) / betainc_by_parameters(1, 0, out, k + 1, p),
        "y": lambda k, p, out: 1 / betainc_by_parameters(1, 0, out, k + 1, p),
        "p": lambda k, p, out: -beta_density(out, k + 1, p) / betainc_by_parameters(1, 0, out, k + 1, p),
    },
    "The real n for which betainc(n, k + 1, p) = y.", f"{_REAL_NEGATIVE}-g F_k / F_n to k, g / F_n to y, -g F_p / F_n to p.",
    "2.0, wg.tensor(0.7), 0.4", "1.316589",
)  # fmt: skip
