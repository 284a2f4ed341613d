"""The factors of LU in PyTorch's forms: three matrices, or one that holds two of them beside the exchanges of rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import linalg as ours
from ...errors import UsageError
from . import math, shapes
from .calling import as_tensor, function
from .creation import tril, triu
from .matrix_calls import matrices, spelled
from .tensor import leaf

__all__ = ["lu", "lu_factor", "lu_of_old", "lu_solve", "lu_solve_of_old", "lu_unpack"]


class LUFactor(NamedTuple):
    """What `lu_factor` returns."""

    LU: Any
    pivots: Any


class LUUnpacked(NamedTuple):
    """What `lu_unpack` returns."""

    P: Any
    L: Any
    U: Any


@spelled
def lu(A: Any, *, pivot: bool = True) -> Any:
    """The permutation, the lower and the upper triangle.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.lu(torch.tensor([[1.0, 2.0], [4.0, 4.0]])).U
    tensor([[4., 4.],
            [0., 1.]])
    """
    if not pivot:
        raise UsageError("linalg.lu: LU without pivoting is not implemented on the CPU")
    return ours.lu(matrices("lu", A))


@spelled
def lu_factor(A: Any, *, pivot: bool = True) -> LUFactor:
    """Both triangles in one matrix, and with which row each row was exchanged, counted from 1."""
    P, L, U = lu(A, pivot=pivot)
    return LUFactor(_packed(L, U), leaf(_exchanges(P._array, L._shape[-1])))


def _packed(L: Any, U: Any) -> Any:
    (m, k), n = L._shape[-2:], U._shape[-1]
    low = tril(L, -1)
    if n > k:
        return math.add(shapes.cat([low, low.detach().new_zeros((*L._shape[:-1], n - k))], -1), U)
    return math.add(low, shapes.cat([U, U.detach().new_zeros((*U._shape[:-2], m - k, n))], -2)) if m > k else math.add(low, U)


def _exchanges(permutations: Any, count: int) -> Any:
    """The exchanges of rows, one after the other, that make each permutation."""
    rows = np.argmax(permutations.swapaxes(-1, -2), axis=-1)  # the row of A that became row i of L @ U
    found = np.empty((*rows.shape[:-1], count), np.int32)
    for place in np.ndindex(rows.shape[:-1]):
        order = list(range(rows.shape[-1]))
        for i in range(count):
            j = order.index(rows[place][i])
            order[i], order[j] = order[j], order[i]
            found[(*place, i)] = j + 1
    return found


def _permutations(pivots: Any, size: int, dtype: Any) -> Any:
    """The permutations that exchanges of rows make."""
    made = np.zeros((*pivots.shape[:-1], size, size), dtype)
    for place in np.ndindex(pivots.shape[:-1]):
        order = list(range(size))
        for i, j in enumerate(pivots[place]):
            order[i], order[j - 1] = order[j - 1], order[i]
        made[place][order, range(size)] = 1
    return made


@spelled
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> LUUnpacked:
    """The three matrices of what `lu_factor` returns."""
    m, n = matrices("lu_unpack", LU_data)._shape[-2:]
    k = min(m, n)
    empty = LU_data.detach().reshape(-1)[:0]
    P = leaf(_permutations(LU_pivots._array, m, LU_data._dtype)) if unpack_pivots else empty
    if not unpack_data:
        return LUUnpacked(P, empty, empty)
    eye = leaf(np.broadcast_to(np.eye(m, k, dtype=LU_data._dtype), (*LU_data._shape[:-2], m, k)).copy())
    return LUUnpacked(P, math.add(tril(LU_data[..., :k], -1), eye), triu(LU_data[..., :k, :]))


@spelled
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """The solution of ``A X = B``, ``X A = B`` or, with `adjoint`, of these with the adjoint of A; these are its factors."""
    if not left:
        return lu_solve(LU, pivots, as_tensor(B).mH, adjoint=not adjoint).mH
    LU = matrices("lu_solve", LU)
    P = leaf(_permutations(pivots._array, LU._shape[-1], LU._dtype))
    if adjoint:  # Aᴴ = Uᴴ Lᴴ Pᵀ
        half = ours.solve_triangular(LU.mH, B)
        return P @ ours.solve_triangular(LU.mH, half, upper=True, unit=True)
    half = ours.solve_triangular(LU, P.mT @ B, unit=True)
    return ours.solve_triangular(LU, half, upper=True)


@function
def lu_solve_of_old(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """`lu_solve` with the right-hand side first."""
    return lu_solve(LU_data, LU_pivots, b)


@function
def lu_of_old(A: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """`lu_factor`; with `get_infos` also a zero for each matrix."""
    found = lu_factor(A, pivot=pivot)
    return (*found, leaf(np.zeros(A._shape[:-2], np.int32))) if get_infos else found
