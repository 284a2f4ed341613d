"""``wengert.sparse``: sparse matrices, SciPy's and those whose values are a Tensor, multiplied and solved with; they need SciPy.

Examples
--------
>>> import wengert as wg
>>> values = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> a = wg.sparse.csr(values, [0, 2, 1], [0, 2, 3], (2, 3))
>>> (a.T @ wg.tensor([1.0, 10.0])).tolist()
[1.0, 30.0, 2.0]
"""

from __future__ import annotations

from .ops.sparse.matrix import CSR, csr, from_scipy, matmul, spsolve

__all__ = ["CSR", "csr", "from_scipy", "matmul", "spsolve"]
