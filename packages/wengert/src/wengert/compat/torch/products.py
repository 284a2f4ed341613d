"""Products of vectors, matrices and stacks of them under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UsageError
from ...ops import einsum as einsums
from ...ops import indexing, products
from ...ops.nn.linear import addmm as affine
from . import math, shapes
from . import reductions as r
from .calling import function, promoted
from .saved_names import noted
from .tensor import leaf

__all__ = [
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "cdist", "chain_matmul", "cosine_similarity", "cross", "dot", "einsum",
    "ger", "inner", "kron", "matmul", "mm", "mv", "outer", "pairwise_distance", "pdist", "tensordot", "trace",
    "vdot", "vecdot",
]  # fmt: skip


def _product(name: str, left: int, right: int) -> Callable[..., Any]:
    """A matrix product that wants so many axes of its operands."""

    def call(input: Any, other: Any) -> Any:
        for operand, wanted in ((input, left), (other, right)):
            if operand.ndim != wanted:
                raise UsageError(f"{name}: expected tensors of {left} and {right} axes, got {input.ndim} and {other.ndim}")
        return matmul(input, other)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The matrix product of a tensor of {left} axes with one of {right}."
    return function(call)


@function
def matmul(input: Any, other: Any) -> Any:
    """The matrix product, broadcast over stacks.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.matmul(torch.ones(2, 3), torch.ones(3, 4)).shape
    torch.Size([2, 4])
    """
    if input._dtype != other._dtype:
        raise UsageError(f"expected m1 and m2 to have the same dtype, but got: {input.dtype} != {other.dtype}")
    if not input.ndim or not other.ndim:
        raise UsageError("both arguments to matmul need to be at least 1D")
    inner = other._shape[0 if other.ndim == 1 else -2]
    if input._shape[-1] != inner:
        raise UsageError(f"mat1 and mat2 shapes cannot be multiplied ({list(input._shape)} and {list(other._shape)})")
    return products.matmul(input, other)


mm = _product("mm", 2, 2)
bmm = _product("bmm", 3, 3)
mv = _product("mv", 2, 1)


@function
def dot(input: Any, other: Any) -> Any:
    """The inner product of two vectors."""
    if input.ndim != 1 or other.ndim != 1:
        raise UsageError(f"1D tensors expected, but got {input.ndim}D and {other.ndim}D tensors")
    return matmul(input, other)


@function
def vdot(input: Any, other: Any) -> Any:
    """The inner product of two vectors, the first one conjugated."""
    return dot(input.conj(), other)


@function
def vecdot(input: Any, other: Any, dim: int = -1) -> Any:
    """The inner products along an axis, the first operand conjugated."""
    return products.vecdot(*promoted(input, other), axis=dim)


@function
def inner(input: Any, other: Any) -> Any:
    """The sums of products along the last axes."""
    if not input.ndim or not other.ndim:
        return math.mul(input, other)
    return products.tensordot(input, other, axes=((input.ndim - 1,), (other.ndim - 1,)))


@function
def outer(input: Any, vec2: Any) -> Any:
    """The products of each element of one vector with each of another."""
    return products.outer(*promoted(input, vec2))


ger = outer


@function
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sums of products over several axes."""
    axes: Any = dims if isinstance(dims, int) else tuple(map(tuple, dims))
    return products.tensordot(a, b, axes=axes)


def einsum(equation: str, *operands: Any) -> Any:
    """Products and sums as `equation` says."""
    found = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return einsums.einsum(equation, *found)


@function
def trace(input: Any) -> Any:
    """The sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise UsageError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return indexing.trace(input)


@function
def kron(input: Any, other: Any) -> Any:
    """Kronecker's product."""
    ndim = max(input.ndim, other.ndim)
    a, b = (shapes.reshape(x, (1,) * (ndim - x.ndim) + tuple(x._shape)) for x in (input, other))
    spread = [
        shapes.reshape(x, tuple(n for pair in pairs for n in pair))
        for x, pairs in ((a, [(n, 1) for n in a._shape]), (b, [(1, n) for n in b._shape]))
    ]
    return shapes.reshape(math.mul(*spread), tuple(m * n for m, n in zip(a._shape, b._shape, strict=True)))


@function
def cross(input: Any, other: Any, dim: int = -1) -> Any:
    """The cross products of vectors in space along an axis."""
    i = [shapes.select(input, dim, k) for k in (0, 1, 2)]
    j = [shapes.select(other, dim, k) for k in (0, 1, 2)]
    parts = [math.sub(math.mul(i[a], j[b]), math.mul(i[b], j[a])) for a, b in ((1, 2), (2, 0), (0, 1))]
    return shapes.stack(parts, dim)


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices."""
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matmul(result, matrix)
    return result


# -- products added to something -----------------------------------------------------------------------------------------
def _added(name: str, product: Callable[..., Any]) -> Callable[..., Any]:
    def call(input: Any, first: Any, second: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        result = product(first, second)
        result = result if alpha == 1 else math.mul(result, alpha)
        if beta == 0:
            return result
        return math.add(input if beta == 1 else math.mul(input, beta), result)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "``beta * input + alpha * product``."
    return function(call)


_addmm = _added("addmm", mm)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)``."""
    fits = mat1.ndim == mat2.ndim == 2 and mat1._shape[1] == mat2._shape[0] and mat1._dtype == mat2._dtype
    if fits and out is None and beta == 1 == alpha:
        return affine(input, mat1, mat2)
    return _addmm(input, mat1, mat2, beta=beta, alpha=alpha, out=out)


addmv = _added("addmv", mv)
addr = _added("addr", outer)
baddbmm = _added("baddbmm", bmm)
_sum_of_products = _added("addbmm", lambda first, second: r.sum(bmm(first, second), 0))


@function
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * sum of products``."""
    sizes = {f"batch1_sym_argsize_{i}": n for i, n in enumerate(batch1._shape[:2])}
    return noted(_sum_of_products(input, batch1, batch2, beta=beta, alpha=alpha), beta=beta, alpha=alpha, **sizes)


# -- distances -----------------------------------------------------------------------------------------------------------
@function
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """The p-norms of the differences of each row of one matrix with each of another."""
    return r.norm(math.sub(shapes.unsqueeze(x1, -2), shapes.unsqueeze(x2, -3)), p, -1)


@function
def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norms of the differences of each pair of rows."""
    i, j = np.triu_indices(input._shape[0], 1)
    rows = [indexing.take(input, leaf(k), axis=0) for k in (i, j)]
    return noted(r.norm(math.sub(*rows), p, -1), p=float(p))


@function
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norms of the differences of rows."""
    return r.norm(math.add(math.sub(x1, x2), eps), p, -1, keepdim)


@function
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosines of the angles between vectors along an axis."""
    sizes = [math.clamp(r.norm(x, 2, dim, keepdim=True), min=eps) for x in (x1, x2)]
    return r.sum(math.mul(math.div(x1, sizes[0]), math.div(x2, sizes[1])), dim)
