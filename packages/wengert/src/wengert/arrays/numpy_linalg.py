"""What NumPy's linear algebra lacks or does otherwise than the array API, and the way to SciPy's functions."""

from __future__ import annotations

import functools
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


def _of_weak_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of SciPy, in which a number adopts the dtype of the arrays beside it.

    Many of SciPy's ufuncs have the loop in double precision first, and take that for single precision beside a number.
    """
    if getattr(function, "nin", 1) == 1:
        return function
    adopted = (float,) if "l" in "".join(getattr(function, "types", ())) else (float, int)

    @functools.wraps(function)
    def call(*operands: Any) -> Any:
        if not any(type(x) in adopted for x in operands):
            return function(*operands)
        dtypes = [x.dtype for x in operands if hasattr(x, "dtype") and x.dtype.kind in "fc"]
        dtype = np.result_type(*dtypes, np.float16) if dtypes else np.dtype(np.float64)
        real = np.empty(0, dtype).real.dtype
        return function(*[real.type(x) if type(x) in adopted else x for x in operands])

    return call


class NumpyLinalg(Adapter):
    """Its part of NumPy's adapter."""

    matrix_errors = (np.linalg.LinAlgError,)

    def _find(self, name: str) -> Callable[..., Any]:
        room, _, function = name.partition(".")
        if room == "special":
            scipy = scipy_module("special", function)
            kernels: dict[str, Callable[..., Any]] = importlib.import_module("wengert.arrays.special").KERNELS
            return kernels.get(function) or _of_weak_numbers(getattr(scipy, function))
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
