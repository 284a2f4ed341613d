"""``torch.linalg``: norms and products; decompositions are not supported."""

from __future__ import annotations

from typing import Any

from ...ops import norms
from .calling import cast, dims, floating, function
from .elsewhere import absent
from .products import linalg_norm as norm
from .products import matmul

__all__ = ["cholesky", "det", "eig", "eigh", "inv", "lstsq", "matmul", "norm", "qr", "solve", "svd", "vector_norm"]


@function
def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of vectors along axes, or of all elements.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = floating(x) if dtype is None else cast(x, dtype)
    return norms.vector_norm(x, axis=dims(dim, x.ndim), ord=float(ord), keepdims=keepdim)


cholesky, det, eig, eigh, inv, lstsq, qr, solve, svd = (
    absent(f"torch.linalg.{name}") for name in "cholesky det eig eigh inv lstsq qr solve svd".split()
)
