"""``autograd.scipy.linalg``: what of it has a derivative here; the rest is SciPy's, for plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as _scipy

from ....linalg import matrix_exp
from ....linalg import solve_triangular as _solve_triangular
from ....numpy_protocols.operands import holds_tensors, tensor
from ..extend import defvjp, primitive

__all__ = ["expm", "solve_banded", "solve_sylvester", "solve_triangular", "sqrtm"]


def expm(A: Any) -> Any:
    """The exponential of a matrix."""
    return matrix_exp(tensor(A)) if holds_tensors(A) else _scipy.expm(A)


def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, **options: Any) -> Any:
    """The solution of ``a x = b`` for a triangular `a`, of which only one half is looked at."""
    if not holds_tensors([a, b]):
        return _scipy.solve_triangular(a, b, trans=trans, lower=lower, **options)
    a, b = tensor(a), tensor(b)
    if trans in (1, "T", 2, "C"):
        a, lower = (a.T if trans in (1, "T") else np.conj(a.T)), not lower
    right = b if b.ndim > 1 else b[:, None]
    found = _solve_triangular(a, right, upper=not lower, unit=options.get("unit_diagonal", False))
    return found if b.ndim > 1 else found[:, 0]


# For R² = A, dR solves R dR + dR R = dA (Higham, Functions of Matrices, 2008, section 6.1).
sqrtm = primitive(_scipy.sqrtm)
solve_sylvester = primitive(_scipy.solve_sylvester)
defvjp(sqrtm, lambda ans, A, disp=True, blocksize=64: lambda g: solve_sylvester(np.transpose(ans), np.transpose(ans), g))


def _sylvester_of(a: Any, b: Any, g: Any) -> Any:
    return solve_sylvester(np.transpose(a), np.transpose(b), g)


defvjp(
    solve_sylvester,
    lambda ans, a, b, q: lambda g: -np.dot(_sylvester_of(a, b, g), np.transpose(ans)),
    lambda ans, a, b, q: lambda g: -np.dot(np.transpose(ans), _sylvester_of(a, b, g)),
    lambda ans, a, b, q: lambda g: _sylvester_of(a, b, g),
)


def solve_banded(l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    """The solution of a banded system, whose matrix is given by its diagonals."""
    if not holds_tensors([ab, b]):
        return _scipy.solve_banded(l_and_u, ab, b, **options)
    lower, upper = l_and_u
    ab, b = tensor(ab), tensor(b)
    n = ab.shape[1]
    whole: Any = 0.0
    for row in range(lower + upper + 1):
        offset = upper - row
        line = ab[row, max(offset, 0) : n + min(offset, 0)]
        whole = whole + np.diag(line, offset)
    return np.linalg.solve(whole, b)


def __getattr__(name: str) -> Any:
    return getattr(_scipy, name)
