"""The operators of sparse matrices: products, the entries of dense products at stored places, and solutions.

A matrix A is a pattern, which is static, and the values `data`, an operand. With the gradient g of A x,

* x gets Aᴴ g, a product with the transpose, and
* the value at row i and column j gets Σ_n g[i, n] conj(x[j, n]): of the dense gradient g xᴴ only stored places are computed.

The second is an operator of its own, `sampled`, whose gradients are products again; so derivatives of every order stay sparse.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.adapter import Adapter, adapter_of
from ...errors import LibraryError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch
from ..complex import conj
from ..indexing import scatter_take, take
from ..joining import stack
from ..manipulation import expand_dims, moveaxis, reshape
from ..reductions import sum
from ..select import positions
from .pattern import Pattern

__all__ = ["product", "sampled", "solution"]

#: How many numbers of each operand are gathered at a time: what fits into a cache, so that they are multiplied there.
_PIECE = 1 << 16


def _places(x: Any, pattern: Pattern, transposed: bool) -> tuple[Any, Any]:
    """The row and the column of each value, as arrays of the library of `x`; exchanged for the transpose."""
    rows, columns = positions(pattern.rows, x), positions(pattern.indices, x)
    return (columns, rows) if transposed else (rows, columns)


def _is_numpys(adapter: Adapter) -> bool:
    return adapter.name == "numpy"


# -- products ------------------------------------------------------------------------------------------------------------
@operator(name="sparse_product", node="SparseMm", linear=True)
def product(data: Any, x: Any, /, *, pattern: Pattern, transposed: bool) -> Any:
    """The product of a sparse matrix, or of its transpose, with a vector or a matrix `x`."""
    if _is_numpys(adapter_of(x)):
        return pattern.matrix(data, transposed) @ x
    return _scattered(data, x, pattern, transposed, 0)


def _scattered(data: Any, x: Any, pattern: Pattern, transposed: bool, axis: int) -> Any:
    """The product by terms that are added up: for libraries without sparse matrices, and for matrices of many samples."""
    rows, columns = _places(x, pattern, transposed)
    terms = take(x, columns, axis=axis)
    terms = terms * (expand_dims(data, axis=-1) if len(x.shape) == axis + 2 else data)
    length = pattern.shape[1 if transposed else 0]
    return scatter_take(terms, rows, shape=(*terms.shape[:axis], length, *terms.shape[axis + 1 :]), axis=axis)


@rule(product, "data")
def _(g: Any, x: Any, pattern: Pattern, transposed: bool) -> Any:
    x = conj(x)
    return sampled(x, g, pattern=pattern) if transposed else sampled(g, x, pattern=pattern)


@rule(product, "x")
def _(g: Any, data: Any, pattern: Pattern, transposed: bool) -> Any:
    return product(conj(data), g, pattern=pattern, transposed=not transposed)


@batching(product)
def _(batch: Batch, data: Any, x: Any, pattern: Pattern, transposed: bool) -> Any:
    if batch.has("data"):
        return _scattered(data, batch.whole("x", x), pattern, transposed, 1)
    return _of_columns(x, lambda columns: batch.call(data=data, x=columns, pattern=pattern, transposed=transposed))


def _of_columns(x: Any, function: Any) -> Any:
    """`function` of a matrix that has the columns of all samples."""
    moved = moveaxis(x, 0, -1)
    found = function(reshape(moved, (moved.shape[0], -1)))
    return moveaxis(reshape(found, (found.shape[0], *moved.shape[1:])), -1, 0)


# -- entries of a dense product ------------------------------------------------------------------------------------------
@operator(name="sparse_sampled", node="SampledAddmm", linear=True)
def sampled(x1: Any, x2: Any, /, *, pattern: Pattern) -> Any:
    """The entries of ``x1 @ x2.T`` at the places of `pattern`, in its order; of vectors those of their outer product."""
    if _is_numpys(adapter_of(x1)):
        return _sampled_by_numpy(x1, x2, pattern)
    return _gathered(x1, x2, pattern, 0)


def _sampled_by_numpy(x1: Any, x2: Any, pattern: Pattern) -> Any:
    rows, columns = pattern.rows, pattern.indices
    if x1.ndim == 1:
        return x1.take(rows) * x2.take(columns)
    found = np.empty(len(rows), np.result_type(x1, x2))
    step = max(_PIECE // max(x1.shape[1], 1), 1)
    for start in range(0, len(rows), step):
        piece = slice(start, start + step)
        np.einsum("kn,kn->k", x1.take(rows[piece], axis=0), x2.take(columns[piece], axis=0), out=found[piece])
    return found


def _gathered(x1: Any, x2: Any, pattern: Pattern, axis: int) -> Any:
    rows, columns = _places(x1, pattern, False)
    terms = take(x1, rows, axis=axis) * take(x2, columns, axis=axis)
    return sum(terms, axis=-1) if len(terms.shape) == axis + 2 else terms


@rule(sampled, "x1")
def _(g: Any, x2: Any, pattern: Pattern) -> Any:
    return product(g, conj(x2), pattern=pattern, transposed=False)


@rule(sampled, "x2")
def _(g: Any, x1: Any, pattern: Pattern) -> Any:
    return product(g, conj(x1), pattern=pattern, transposed=True)


@batching(sampled)
def _(batch: Batch, x1: Any, x2: Any, pattern: Pattern) -> Any:
    return _gathered(batch.whole("x1", x1), batch.whole("x2", x2), pattern, 1)


# -- solutions -----------------------------------------------------------------------------------------------------------
@operator(name="sparse_solution", node="SparseSolve")
def solution(data: Any, x: Any, /, *, pattern: Pattern, transposed: bool) -> Any:
    """The solution of the equations of a sparse matrix, or of its transpose, for one right-hand side or several."""
    adapter = adapter_of(x)
    if not _is_numpys(adapter):
        raise LibraryError(
            f"spsolve: SciPy solves equations of NumPy's arrays, got arrays of {adapter.name}; use linalg.solve(A.todense(), b)"
        )
    if x.dtype.kind == "c" and data.dtype.kind != "c":  # real factors take real right-hand sides
        real, imaginary = (solution(data, part, pattern=pattern, transposed=transposed) for part in (x.real, x.imag))
        return real + 1j * imaginary
    dtype = np.result_type(data.dtype, x.dtype, np.float32)
    factors = pattern.factored(data.astype(dtype, copy=False))  # of the transpose
    return factors.solve(np.asarray(x, dtype=dtype), "N" if transposed else "T")


def _back(g: Any, data: Any, pattern: Pattern, transposed: bool) -> Any:
    """A⁻ᴴ g, with the factors of A."""
    return conj(solution(data, conj(g), pattern=pattern, transposed=not transposed))


# As of a dense matrix: gB = A⁻ᴴ g and gA = -gB Xᴴ, here at stored places.
@rule(solution, "x")
def _(g: Any, data: Any, pattern: Pattern, transposed: bool) -> Any:
    return _back(g, data, pattern, transposed)


@rule(solution, "data")
def _(g: Any, data: Any, out: Any, pattern: Pattern, transposed: bool) -> Any:
    back, out = _back(g, data, pattern, transposed), conj(out)
    return -(sampled(out, back, pattern=pattern) if transposed else sampled(back, out, pattern=pattern))


@jvp(solution, "x")
def _(t: Any, data: Any, pattern: Pattern, transposed: bool) -> Any:
    return solution(data, t, pattern=pattern, transposed=transposed)


@jvp(solution, "data")
def _(t: Any, data: Any, out: Any, pattern: Pattern, transposed: bool) -> Any:
    moved = product(t, out, pattern=pattern, transposed=transposed)
    return -solution(data, moved, pattern=pattern, transposed=transposed)


@batching(solution)
def _(batch: Batch, data: Any, x: Any, pattern: Pattern, transposed: bool) -> Any:
    def solved(values: Any, sides: Any) -> Any:
        return batch.call(data=values, x=sides, pattern=pattern, transposed=transposed)

    if not batch.has("data"):
        return _of_columns(x, lambda columns: solved(data, columns))
    x = batch.whole("x", x)  # each sample has a matrix of its own to factor
    return stack([solved(data[i, ...], x[i, ...]) for i in range(batch.size)])
