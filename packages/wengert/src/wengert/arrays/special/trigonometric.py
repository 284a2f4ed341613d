"""Derivatives of Dirichlet's kernel, of NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import in_double

__all__ = ["diric_by_x"]


@in_double(2)
def diric_by_x(k: int, n: int, x: Any) -> Any:
    """The `k`-th derivative of sin(nx/2) / (n sin(x/2)), which is the mean of cos(mx) over m from -(n - 1)/2 to (n - 1)/2."""
    m = np.arange(n) - (n - 1) / 2
    return (m**k * np.cos(x[:, None] * m + k * np.pi / 2)).mean(axis=1)
