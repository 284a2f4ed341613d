"""The normal distribution of several dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["entropy", "logpdf", "pdf"]


def logpdf(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
    """The logarithm of the density, along the last axis of `x`; of a singular `cov` on its support, if that is allowed."""
    d = np.shape(x)[-1] if np.ndim(x) else 1
    covariance = cov * np.eye(d) if np.ndim(cov) == 0 else cov
    off = x if mean is None else x - mean
    off = np.reshape(off, (1,)) if np.ndim(off) == 0 else off
    if allow_singular:
        values, vectors = np.linalg.eigh(covariance)
        kept = np.nonzero(np.asarray(values > 1e-10 * np.max(values)))[0]
        values, vectors = values[kept], vectors[:, kept]
        square = np.sum(np.dot(off, vectors) ** 2 / values, axis=-1)
        return -0.5 * (len(kept) * math.log(2 * math.pi) + np.sum(np.log(values)) + square)
    lower = np.linalg.cholesky(covariance)
    solved = np.linalg.solve(lower, np.expand_dims(off, -1))[..., 0]
    log_det = 2 * np.sum(np.log(np.diagonal(lower)))
    return -0.5 * (d * math.log(2 * math.pi) + log_det + np.sum(solved**2, axis=-1))


def pdf(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
    """The density."""
    return np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Any = None, cov: Any = 1.0) -> Any:
    """The differential entropy."""
    d = np.shape(cov)[-1] if np.ndim(cov) else np.size(mean) if mean is not None else 1
    covariance = cov * np.eye(d) if np.ndim(cov) == 0 else cov
    return 0.5 * (d * math.log(2 * math.pi * math.e) + np.linalg.slogdet(covariance)[1])
