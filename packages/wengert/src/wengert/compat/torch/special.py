"""``torch.special``: the incomplete gamma functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import MissingRuleError
from ...ops import dtypes as native_dtypes
from ...ops import transcendental
from .autograd.function import Function
from .calling import function, promoted
from .shapes import broadcast_tensors
from .tensor import leaf

__all__ = ["gammainc", "gammaincc", "igamma", "igammac"]

#: Terms of the series or levels of the fraction at most. About as many are needed as the root of the larger argument has tens.
_MOST = 100_000

_log_gamma = np.frompyfunc(lambda a: math.lgamma(a) if 0 < a < math.inf else math.inf, 1, 1)


def _lower(a: Any, x: Any) -> Any:
    """P(a, x) for 0 < x < a + 1, without its factor xᵃ e⁻ˣ / Γ(a), by Σ xⁿ / (a (a+1) … (a+n)) (DLMF 8.11.4)."""
    term = total = 1 / a
    for n in range(1, _MOST):
        term = term * (x / (a + n))
        total = total + term
        if not np.any(term > total * 1e-17):
            break
    return total


def _upper(a: Any, x: Any) -> Any:
    """1 - P(a, x) for x >= a + 1, without the same factor, by the continued fraction of DLMF 8.9.2 in Lentz's way."""
    b = x + 1 - a
    c, d = np.full_like(x, 1e300), 1 / b
    value = d
    for n in range(1, _MOST):
        factor, b = n * (a - n), b + 2
        d, c = 1 / (factor * d + b), b + factor / c
        value = value * (c * d)
        if not np.any(np.abs(c * d - 1) > 1e-16):
            break
    return value


def _regularized(a: Any, x: Any, upper: bool) -> Any:
    """P(a, x), or 1 - P(a, x) if `upper`, of float64 arrays of one shape."""
    found = np.full(a.shape, np.nan)
    inside = (a >= 0) & (x >= 0)
    at_zero, far = inside & (x == 0) & (a > 0), inside & ((a == 0) | (x == np.inf)) & (a < np.inf) & (x > 0)
    found[at_zero | (inside & (a == np.inf) & (x < np.inf))] = float(upper)
    found[far] = float(not upper)
    usual = inside & (a > 0) & (x > 0) & (a < np.inf) & (x < np.inf)
    a, x = a[usual], x[usual]
    factor = np.exp(a * np.log(x) - x - _log_gamma(a).astype(np.float64))
    by_series = x < a + 1
    value = np.empty_like(a)
    value[by_series] = _lower(a[by_series], x[by_series])
    value[~by_series] = _upper(a[~by_series], x[~by_series])
    value *= factor
    found[usual] = np.where(by_series == upper, 1 - value, value)
    return found


class _IncompleteGamma(Function):
    """d P(a, x) / dx = xᵃ⁻¹ e⁻ˣ / Γ(a); by `a` there is no rule, as in PyTorch."""

    @staticmethod
    def forward(ctx: Any, a: Any, x: Any, upper: bool) -> Any:
        ctx.save_for_backward(a, x)
        ctx.upper = upper
        found = _regularized(a._array.astype(np.float64), x._array.astype(np.float64), upper)
        return leaf(found.astype(a._dtype), None, False, "igamma")

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        if ctx.needs_input_grad[0]:
            raise MissingRuleError(f"the derivative for '{_name(ctx.upper)}: input' is not implemented: only that by other is")
        a, x = ctx.saved_tensors
        log_gamma = leaf(_log_gamma(a._array).astype(a._dtype), None, False, "igamma")
        slope = transcendental.exp((a - 1) * transcendental.log(x) - x - log_gamma)
        return None, (-grad if ctx.upper else grad) * slope, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise MissingRuleError(f"Trying to use forward AD with {_name(ctx.upper)} that does not support it")


def _name(upper: bool) -> str:
    return "igammac" if upper else "igamma"


def _call(input: Any, other: Any, upper: bool) -> Any:
    a, x = broadcast_tensors(*promoted(input, other, divided=True))
    if not native_dtypes.isdtype(a._dtype, "real floating"):
        raise MissingRuleError(f"{_name(upper)}: not implemented for {a.dtype}")
    return _IncompleteGamma.apply(a, x, upper)


@function
def igamma(input: Any, other: Any) -> Any:
    """The regularized lower incomplete gamma function P(input, other), elementwise. Computed in double precision, by NumPy.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.igamma(torch.tensor(1.0), torch.tensor(2.0))
    tensor(0.8647)
    """
    return _call(input, other, upper=False)


@function
def igammac(input: Any, other: Any) -> Any:
    """The regularized upper incomplete gamma function, which with `igamma` adds up to 1.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.igammac(torch.tensor(1.0), torch.tensor(2.0))
    tensor(0.1353)
    """
    return _call(input, other, upper=True)


gammainc, gammaincc = igamma, igammac
