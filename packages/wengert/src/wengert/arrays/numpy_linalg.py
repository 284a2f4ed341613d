"""What NumPy's linear algebra lacks or does otherwise than the array API, and the way to SciPy's functions."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import MissingExtraError
from .adapter import Adapter

__all__ = ["NumpyLinalg"]


def scipy_module(name: str, wanted: str) -> Any:
    """A module of SciPy, which is optional, for the function `wanted`.

    Raises
    ------
    MissingExtraError
        If SciPy is not installed.
    """
    try:
        return importlib.import_module(f"scipy.{name}")
    except ImportError as error:
        raise MissingExtraError(f"{wanted} of NumPy arrays needs SciPy: pip install 'wengert[special]'") from error


class NumpyLinalg(Adapter):
    """Its part of NumPy's adapter."""

    matrix_errors = (np.linalg.LinAlgError,)

    def _find(self, name: str) -> Callable[..., Any]:
        room, _, function = name.partition(".")
        if room == "special":
            scipy = scipy_module("special", function)
            kernels: dict[str, Callable[..., Any]] = importlib.import_module("wengert.arrays.special").KERNELS
            return kernels.get(function) or getattr(scipy, function)
        return super()._find(name)

    def fn_linalg_eig(self, x: Any, /) -> tuple[Any, Any]:
        """``np.linalg.eig``, whose dtype depends on the values: real where all eigenvalues are."""
        values, vectors = np.linalg.eig(x)
        dtype = np.result_type(values, np.complex64)
        return values.astype(dtype, copy=False), vectors.astype(dtype, copy=False)

    def fn_linalg_eigvals(self, x: Any, /) -> Any:
        values = np.linalg.eigvals(x)
        return values.astype(np.result_type(values, np.complex64), copy=False)

    def fn_linalg_matrix_exp(self, x: Any, /) -> Any:
        if not x.size:
            return x.copy()
        return scipy_module("linalg", "matrix_exp").expm(x)

    def fn_linalg_lu(self, x: Any, /) -> Any:
        permutation, lower, upper = scipy_module("linalg", "lu").lu(x)
        return permutation.astype(lower.dtype, copy=False), lower, upper

    def fn_linalg_solve_triangular(self, x1: Any, x2: Any, /, *, upper: bool, unit: bool) -> Any:
        """By substitution: one matrix by SciPy's where SciPy is there, a stack of them row by row, all of them at once."""
        if x1.ndim == x2.ndim == 2 and x1.size and x2.size:
            try:
                solve = scipy_module("linalg", "solve_triangular").solve_triangular
            except MissingExtraError:
                pass  # the rows below say the same
            else:
                return solve(x1, x2, lower=not upper, unit_diagonal=unit, check_finite=False)
        return _substituted(x1, x2, upper, unit)


def _substituted(a: Any, b: Any, upper: bool, unit: bool) -> Any:
    n = a.shape[-1]
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    out = np.array(np.broadcast_to(b, (*shape, *b.shape[-2:])), dtype=np.result_type(a, b, np.float32))
    if not unit and (np.diagonal(a, axis1=-2, axis2=-1) == 0).any():
        raise np.linalg.LinAlgError("singular matrix: an element of the diagonal is zero")
    for i in reversed(range(n)) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        row = a[..., i : i + 1, known] @ out[..., known, :]
        out[..., i, :] -= row[..., 0, :]
        if not unit:
            out[..., i, :] /= a[..., i, i, None]
    return out
