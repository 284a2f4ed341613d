"""Where the stored values of a sparse matrix stand: what all that is computed with them has in common, and no gradient."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...arrays.numpy_linalg import scipy_module
from ...errors import ArgumentError, DtypeError, MatrixError

__all__ = ["Pattern", "is_scipy", "pattern_of"]

Shape = tuple[int, int]


class Pattern:
    """The places of stored values, row by row. Compared by identity.

    Parameters
    ----------
    indices : numpy.ndarray of int
        The column of each value.
    indptr : numpy.ndarray of int
        Where in `indices` each row begins, and where the last one ends.
    shape : (int, int)
        Of the matrix.
    matrix : sparse matrix, optional
        SciPy's matrix in compressed rows from which all this was taken.
    """

    def __init__(self, indices: Any, indptr: Any, shape: Shape, matrix: Any = None) -> None:
        self.indices, self.indptr, self.shape = indices, indptr, shape
        self._made: list[Any] | None = None if matrix is None else [matrix.data, matrix, None]
        self._factored: tuple[Any, Any] | None = None

    @functools.cached_property
    def rows(self) -> Any:
        """The row of each value."""
        return np.repeat(np.arange(self.shape[0], dtype=self.indices.dtype), np.diff(self.indptr))

    @functools.cached_property
    def turned(self) -> tuple[Pattern, Any]:
        """The pattern of the transpose, and which of the values here each of its values is."""
        order = np.argsort(self.indices, kind="stable")
        counts = np.bincount(self.indices, minlength=self.shape[1])
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(self.indptr.dtype)
        return Pattern(self.rows[order], indptr, self.shape[::-1]), order

    def matrix(self, data: Any, transposed: bool = False) -> Any:
        """SciPy's matrix of these values, which shares their memory, or its transpose.

        The last one is kept, as making it takes longer than a small product.
        """
        made = self._made
        if made is None or made[0] is not data:
            sparse = scipy_module("sparse", "a product with a sparse matrix")
            found = sparse.csr_array((data, self.indices, self.indptr), shape=self.shape)
            made = [data, found, None]
            if np.may_share_memory(found.data, data):  # not a cast, which would keep old values
                self._made = made
        if not transposed:
            return made[1]
        if made[2] is None:
            made[2] = made[1].T
        return made[2]

    def factored(self, data: Any) -> Any:
        """SuperLU's factors of the *transpose* of the matrix of these values: its columns are the rows that are stored.

        The last ones are kept, with a copy of the values: a backward solves with the matrix of its forward.

        Raises
        ------
        MatrixError
            If the matrix is singular.
        """
        known = self._factored
        if known is not None and known[0].dtype == data.dtype and np.array_equal(known[0], data):
            return known[1]
        sparse = scipy_module("sparse", "a solution with a sparse matrix")
        linalg = scipy_module("sparse.linalg", "a solution with a sparse matrix")
        turned = sparse.csc_array((data, self.indices, self.indptr), shape=self.shape[::-1], copy=True)  # SuperLU sorts in place
        try:
            factors = linalg.splu(turned)
        except RuntimeError as error:
            raise MatrixError(f"spsolve: {error}; the matrix has shape {self.shape}") from error
        self._factored = (data.copy(), factors)
        return factors

    def __reduce__(self) -> Any:
        return type(self), (self.indices, self.indptr, self.shape)  # SuperLU's factors cannot be pickled, and are made again

    def __repr__(self) -> str:
        return f"<{len(self.indices)} places in a matrix of shape {self.shape}>"


def is_scipy(value: Any) -> bool:
    """Whether `value` is a sparse matrix of SciPy, which is not imported to find out."""
    kind: Any = type(value)
    return _is_scipys(kind)


@functools.cache
def _is_scipys(kind: type) -> bool:
    return any(base.__module__.startswith("scipy.sparse.") for base in kind.__mro__) and hasattr(kind, "tocsr")


def pattern_of(indices: Any, indptr: Any, shape: Any, count: int) -> Pattern:
    """The pattern of `count` values that users describe.

    Raises
    ------
    ArgumentError, DtypeError
        If it contradicts itself, or is not of integers.
    """
    indices, indptr = _integers("indices", indices), _integers("indptr", indptr)
    if len(shape) != 2 or min(shape) < 0:
        raise ArgumentError(f"csr: shape: expected the numbers of rows and columns, got {shape}")
    rows, columns = (int(n) for n in shape)
    if indices.shape != (count,):
        raise ArgumentError(f"csr: indices: expected shape ({count},), a column for each value of data, got {indices.shape}")
    if indptr.shape != (rows + 1,):
        raise ArgumentError(f"csr: indptr: expected shape ({rows + 1},), one more than the {rows} rows, got {indptr.shape}")
    if indptr[0] != 0 or indptr[-1] != count or (np.diff(indptr) < 0).any():
        raise ArgumentError(f"csr: indptr: expected numbers that ascend from 0 to {count}, the length of data, got {indptr}")
    if count and (indices.min() < 0 or indices.max() >= columns):
        raise ArgumentError(f"csr: indices: expected columns from 0 to {columns - 1}, got {indices.min()} to {indices.max()}")
    return Pattern(indices, indptr, (rows, columns))


def _integers(name: str, values: Any) -> Any:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise DtypeError(f"csr: {name}: expected integers, got {array.dtype}")
    return array.astype(np.int64 if array.dtype.itemsize > 4 or not array.size else np.int32, copy=False)
