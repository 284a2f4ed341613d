"""The χ² distribution of `df` degrees of freedom."""

from __future__ import annotations

from typing import Any

from . import gamma

__all__ = ["cdf", "logpdf", "pdf"]


def logpdf(x: Any, df: Any) -> Any:
    """The logarithm of the density."""
    return gamma.logpdf(x / 2.0, df / 2.0) - 0.6931471805599453


def pdf(x: Any, df: Any) -> Any:
    """The density."""
    return gamma.pdf(x / 2.0, df / 2.0) / 2.0


def cdf(x: Any, df: Any) -> Any:
    """The probability of at most `x`."""
    return gamma.cdf(x / 2.0, df / 2.0)
