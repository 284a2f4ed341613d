"""Products of matrices by BLAS, called from loops by its address.

`numpy.dot` in a function of Numba ends up at the same routine, SciPy's, but takes Numba a second to compile, since it checks what
is known here. Every argument of the routine is a pointer; those of the shapes point to constants that live as long as the process.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.extending import get_cython_function_address

from .loops import View

if TYPE_CHECKING:
    from .translate import Translator

__all__ = ["BLAS", "ROUTINES", "gemm"]

#: Whether there is a BLAS that Numba can call: SciPy's.
BLAS = importlib.util.find_spec("scipy") is not None

_PREFIXES = {"float32": "s", "float64": "d"}


def _routine(name: str) -> Any:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(get_cython_function_address("scipy.linalg.cython_blas", name))


#: What generated source calls, by name.
ROUTINES: dict[str, Any] = {name: _routine(name) for name in ("sgemm", "dgemm")} if BLAS else {}


@functools.cache
def _parameters(dtype: Any, m: int, n: int, k: int, lda: int, ldb: int, plus: bool) -> tuple[Any, Any]:
    """The integers of a call, and its factors: of the product, and of what it is added to."""
    return np.array([m, n, k, lda, ldb, m], np.intc), np.array([1, plus], dtype)


_LETTERS = np.array([b"N", b"T"])


def _address(array: Any, place: int) -> str:
    return f"uintp({array.__array_interface__['data'][0] + place * array.itemsize})"


def _matrix(t: Translator, view: View) -> tuple[View, bool]:
    """What BLAS can read of a matrix, with rows one after the other: it, or its transpose."""
    if not view.contiguous and view.permuted((1, 0)).contiguous:
        return view.permuted((1, 0)), True
    return t.plan.packed(view), False


def gemm(t: Translator, a: View, b: View, row: View | None = None) -> View:
    """``a @ b``, plus `row` in each of its rows.

    BLAS has columns one after the other, for which a matrix in rows is its transpose: it is given ``b.T @ a.T``.
    """
    (m, k), n, dtype = a.shape, b.shape[1], a.dtype
    (first, first_turned), (second, second_turned) = _matrix(t, b), _matrix(t, a)
    integers, factors = _parameters(dtype, n, m, k, first.shape[1], second.shape[1], row is not None)

    def lines(out: str, x: str, y: str, *start: str) -> list[str]:
        begin = [f"for i in range({m}):", f"    for j in range({n}):", f"        {out}[i * {n} + j] = {start[0]}[j]"] if start else []
        ints = [_address(integers, i) for i in range(6)]
        letters = [_address(_LETTERS, int(turned)) for turned in (first_turned, second_turned)]
        arguments = [*letters, *ints[:3], _address(factors, 0), f"{x}.ctypes.data", ints[3], f"{y}.ctypes.data", ints[4]]
        arguments += [_address(factors, 1), f"{out}.ctypes.data", ints[5]]
        return [*begin, f"{_PREFIXES[dtype.name]}gemm({', '.join(arguments)})"]

    views = [first, second] if row is None else [first, second, t.plan.packed(row)]
    found: View = t.plan.block([((m, n), dtype)], views, lines)[0]
    assert math.prod(found.shape) == m * n
    return found
