"""``wengert.linalg``: linear algebra over stacks of matrices, under the names of the array API standard."""

from __future__ import annotations

from .ops.linalg.determinants import det, slogdet
from .ops.linalg.eigen import eig, eigh, eigvals, eigvalsh
from .ops.linalg.factors import cholesky, lu, qr
from .ops.linalg.matrices import cross, diagonal, trace
from .ops.linalg.norms import cond, matrix_norm, norm
from .ops.linalg.powers import matrix_exp, matrix_power, multi_dot
from .ops.linalg.singular import lstsq, matrix_rank, pinv, svd, svdvals
from .ops.linalg.solving import inv, solve, solve_triangular, tensorinv, tensorsolve
from .ops.manipulation import matrix_transpose
from .ops.norms import vector_norm
from .ops.products import matmul, outer, tensordot, vecdot

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "lu",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]
