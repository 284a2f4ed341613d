"""Rows for sparse matrices: products on either side, what a matrix of Tensor values can do, and solutions."""

import numpy as np
import scipy.sparse

from ops.rows import Row, normal
from wengert.ops.sparse.matrix import csr, from_scipy, matmul, spsolve

BOTH = ("float32", "float64", "complex64", "complex128")

#: Four rows, the third of which is empty, and three columns; the last two values of the first row stand in one place.
INDICES, INDPTR, SHAPE = np.array([0, 2, 2, 1, 0, 2]), np.array([0, 3, 4, 4, 6]), (4, 3)
COUNT = len(INDICES)

#: A square matrix with values on its whole diagonal, which the sampler makes large.
SQUARE, SQUARE_INDPTR = np.array([0, 2, 1, 0, 2]), np.array([0, 2, 3, 5])


def matrix(data):
    return csr(data, INDICES, INDPTR, SHAPE)


def dense(data):
    """The same as NumPy's matrix."""
    found = np.zeros(SHAPE, data.dtype)
    np.add.at(found, (np.repeat(np.arange(4), np.diff(INDPTR)), INDICES), data)
    return found


def square(data):
    return csr(data, SQUARE, SQUARE_INDPTR, (3, 3))


def dense_square(data):
    return scipy.sparse.csr_array((data, SQUARE, SQUARE_INDPTR), shape=(3, 3)).toarray()


def solvable(*shape):
    """Values of the square matrix, and right-hand sides."""

    def sample(rng, dtype):
        data, b = normal((len(SQUARE),), shape)(rng, dtype)
        data[[0, 2, 4]] += np.asarray(4.0, dtype)
        return data, b

    return sample


SCIPY = scipy.sparse.coo_array(([2.0, -1.0, 0.5, 3.0], ([0, 1, 1, 3], [2, 0, 1, 0])), shape=SHAPE)


def constant(name, fn, shape, reference):
    return Row(name, fn, normal(shape), lambda x: np.asarray(reference(x)), dtypes=("float64", "complex128"))


ROWS = [
    Row("csr", lambda data: matrix(data).todense(), normal((COUNT,)), dense, dtypes=BOTH),
    Row("csr[T]", lambda data: matrix(data).T.todense(), normal((COUNT,)), lambda data: dense(data).T, dtypes=BOTH),
    Row("csr[H]", lambda data: matrix(data).H.todense(), normal((COUNT,)), lambda data: dense(data).conj().T, dtypes=BOTH),
    *(
        Row(
            f"csr[sum, {axis}]",
            lambda data, axis=axis: matrix(data).sum(axis),
            normal((COUNT,)),
            lambda data, axis=axis: dense(data).sum(axis),
            dtypes=BOTH,
        )
        for axis in (None, 0, 1, -1)
    ),
    *(
        Row(
            f"csr[times {shape}]",
            lambda data, scale: (scale * matrix(data) / 2.0).todense(),
            normal((COUNT,), shape),
            lambda data, scale: dense(data) * scale / 2,
            dtypes=BOTH,
        )
        for shape in ((), (3,), (4, 1), (1, 3), (4, 3))
    ),
    Row(
        "csr[divided]",
        lambda data, scale: (-matrix(data) / scale).todense(),
        normal((COUNT,), (3,), shift=3.0),
        lambda data, scale: -dense(data) / scale,
    ),
    *(
        Row(f"sparse.matmul[{x}]", lambda d, x: matrix(d) @ x, normal((COUNT,), x), lambda d, x: dense(d) @ x, dtypes=BOTH)
        for x in ((3,), (3, 2), (3, 0))
    ),
    *(
        Row(
            f"sparse.matmul[{x}, from the left]",
            lambda d, x: matmul(x, matrix(d)),
            normal((COUNT,), x),
            lambda d, x: x @ dense(d),
            dtypes=BOTH,
        )
        for x in ((4,), (2, 4))
    ),
    Row(
        "sparse.matmul[twice]",
        lambda d, x: matrix(d).T @ (matrix(d) @ x),
        normal((COUNT,), (3,)),
        lambda d, x: dense(d).T @ (dense(d) @ x),
    ),
    constant("sparse.matmul[SciPy]", lambda x: matmul(SCIPY, x), (3, 2), lambda x: SCIPY @ x),
    constant("sparse.matmul[SciPy, from the left]", lambda x: matmul(x, SCIPY), (2, 4), lambda x: x @ SCIPY),
    constant("from_scipy", lambda x: matmul(from_scipy(SCIPY).toscipy(), x), (3,), lambda x: SCIPY @ x),
    *(
        Row(
            f"spsolve[{shape}]",
            lambda data, b: spsolve(square(data), b),
            solvable(*shape),
            lambda data, b: np.linalg.solve(dense_square(data), b),
            dtypes=BOTH,
        )
        for shape in ((3,), (3, 2))
    ),
    *(
        Row(
            f"spsolve[{shape}, from the right]",
            lambda data, b: spsolve(square(data), b, left=False),
            solvable(*shape),
            lambda data, b: np.linalg.solve(dense_square(data).T, b.T).T,
            dtypes=BOTH,
        )
        for shape in ((3,), (2, 3))
    ),
    Row(
        "spsolve[transposed]",
        lambda data, b: spsolve(square(data).T, b),
        solvable(3),
        lambda data, b: np.linalg.solve(dense_square(data).T, b),
    ),
]
