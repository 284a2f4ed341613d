"""``torch.special``, and the names that some of it has at the top: `wengert.special` in PyTorch's spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import special as ours
from ...errors import UsageError
from . import math
from . import reductions as r
from .calling import floating, function, promoted
from .elsewhere import absent

__all__ = [
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit",
    "expm1", "gammainc", "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e", "igamma", "igammac", "lgamma", "log1p", "log_ndtr",
    "log_softmax", "logit", "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "multigammaln", "mvlgamma", "ndtr", "ndtri",
    "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
]  # fmt: skip


def _of_one(name: str, theirs: str | None = None) -> Callable[..., Any]:
    operator = getattr(ours, name)

    def call(input: Any) -> Any:
        return operator(floating(input))

    call.__name__ = call.__qualname__ = theirs or name
    call.__doc__ = f"See `wengert.special.{name}`."
    return function(call)


def _of_two(name: str, theirs: str | None = None) -> Callable[..., Any]:
    operator = getattr(ours, name)

    def call(input: Any, other: Any) -> Any:
        return operator(*promoted(input, other, divided=True))

    call.__name__ = call.__qualname__ = theirs or name
    call.__doc__ = f"See `wengert.special.{name}`; operands meet in PyTorch's dtype."
    return function(call)


LOG_PI = 1.1447298858494002

erfc = _of_one("erfc")
erfcx = _of_one("erfcx")
erfinv = _of_one("erfinv")
digamma = psi = _of_one("digamma")
lgamma = gammaln = _of_one("gammaln", "lgamma")
entr = _of_one("entr")
i0 = modified_bessel_i0 = _of_one("i0")
i0e = _of_one("i0e")
i1 = modified_bessel_i1 = _of_one("i1")
i1e = _of_one("i1e")
bessel_j0 = _of_one("j0", "bessel_j0")
bessel_j1 = _of_one("j1", "bessel_j1")
bessel_y0 = _of_one("y0", "bessel_y0")
bessel_y1 = _of_one("y1", "bessel_y1")
ndtr = _of_one("ndtr")
ndtri = _of_one("ndtri")
log_ndtr = _of_one("log_ndtr")

igamma = gammainc = _of_two("gammainc", "igamma")
igammac = gammaincc = _of_two("gammaincc", "igammac")
xlogy = _of_two("xlogy")
xlog1py = _of_two("xlog1py")
zeta = _of_two("zeta")

erf, exp2, expit, expm1, log1p, logit, round, sinc = (
    math.erf, math.exp2, math.sigmoid, math.expm1, math.log1p, math.logit, math.round, math.sinc
)  # fmt: skip
logsumexp, softmax, log_softmax = r.logsumexp, r.softmax, r.log_softmax


@function
def polygamma(n: Any, input: Any) -> Any:
    """The `n`-th derivative of `digamma`; the method takes the tensor first.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.polygamma(1, torch.ones(1))
    tensor([1.6449])
    """
    if not isinstance(n, int):
        n, input = input, n
    if n < 0:
        raise UsageError("polygamma(n, x) does not support negative n.")
    return ours.polygamma(n, floating(input))


@function
def multigammaln(input: Any, p: int) -> Any:
    """The logarithm of the gamma function of `p` dimensions."""
    x = floating(input)
    total: Any = p * (p - 1) / 4 * LOG_PI
    for k in range(p):
        total = math.add(lgamma(math.sub(x, k / 2)), total)
    return total


mvlgamma = multigammaln

(airy_ai, chebyshev_polynomial_t, hermite_polynomial_h, laguerre_polynomial_l, legendre_polynomial_p) = (
    absent(f"torch.special.{name}")
    for name in "airy_ai chebyshev_polynomial_t hermite_polynomial_h laguerre_polynomial_l legendre_polynomial_p".split()
)
