"""Rows for reading elements by index: every kind of key, `take`, `take_along_axis`, diagonals."""

import numpy as np

from ops.rows import Row, normal
from wengert.ops.indexing import (
    diagonal,
    getitem,
    on_diagonal,
    scatter,
    scatter_along_axis,
    scatter_take,
    take,
    take_along_axis,
    trace,
)

REAL = ("float32", "float64")
ALL = (*REAL, "complex64", "complex128", "int64")
X = normal((3, 4))
MASK = np.asarray([True, False, True])
TWO = np.asarray([[True, False, False, True], [False] * 4, [True] * 4])

#: Every kind of key that NumPy takes, on an array of shape (3, 4).
KEYS = {
    "int": 1,
    "negative int": -1,
    "slice": slice(1, None),
    "strided": (slice(None, None, 2), slice(None, None, -2)),
    "Ellipsis": (..., 0),
    "None": (None, slice(None), None, 1),
    "one element": (2, 3),
    "nothing": (),
    "empty slice": slice(2, 1),
    "bool": True,
    "mask": MASK,
    "mask of all axes": TWO,
    "mask of nothing": np.zeros(3, bool),
    "mask and int": (MASK, 1),
    "mask and slice": (slice(None), np.asarray([True, False, True, True])),
    "mask and array": (MASK, np.asarray([3, 3])),
    "list of bools": [True, False, True],
    "array": np.asarray([2, 0, 2]),
    "0-d array": np.asarray(1),
    "array of two axes": np.asarray([[0, 0], [-1, 1]]),
    "empty array": np.asarray([], dtype=int),
    "list": [0, 0, 1],
    "empty list": [],
    "arrays": (np.asarray([0, 0, 2]), np.asarray([1, 1, 3])),
    "arrays that broadcast": (np.asarray([[0], [2]]), np.asarray([1, 1])),
    "array and int": (np.asarray([0, 0]), 1),
    "array and slice": (np.asarray([0, 0]), slice(1, 3)),
    "array apart from int": (1, None, np.asarray([0, 0, 3])),
    "array and None": (slice(None), None, np.asarray([0, 0])),
}


def by_key(key):
    return lambda x: getitem(x, key)


def from_numpy(key):
    return lambda x: x[key]


def with_indices(sampler, *indices):
    return lambda rng, dtype: (*sampler(rng, dtype), *map(np.asarray, indices))


GETITEM = [
    Row(f"getitem[{name}]", by_key(key), X, from_numpy(key), ALL if name in ("slice", "mask", "arrays") else REAL)
    for name, key in KEYS.items()
]


def added(shape, key):
    """What `scatter` computes, in NumPy's own words."""

    def reference(x):
        out = np.zeros(shape, x.dtype)
        np.add.at(out, key, x)
        return out

    return reference


SCATTER = [
    Row(
        f"scatter[{name}]",
        lambda x, key=key: scatter(x, (3, 4), key),
        normal(np.empty((3, 4))[key].shape),
        added((3, 4), key),
        REAL,
    )
    for name, key in KEYS.items()
    if name in ("strided", "mask", "arrays", "array of two axes", "array and slice")
]


def many(rng, dtype):
    """More picks than elements, so that the flat index is used."""
    return (np.asarray(rng.standard_normal((1200, 4)), dtype),)


MANY = np.random.default_rng(1).integers(0, 3, 1200)
LINES = np.asarray([[0, 0], [3, -1], [1, 1]])
COLUMNS = np.asarray([[0, 1, 2, -1], [0, 0, 1, 1]])

TAKE = [
    Row("take", lambda x, i: take(x, i), with_indices(normal((4,)), [2, 0, 2, -1]), np.take, ALL),
    Row("take[axis=0]", lambda x, i: take(x, i, axis=0), with_indices(X, [2, 0, 2]), lambda x, i: x.take(i, 0)),
    Row("take[axis=-1]", lambda x, i: take(x, i, axis=-1), with_indices(X, [[1, 1], [0, -1]]), lambda x, i: x.take(i, -1)),
    Row("take[0-d indices]", lambda x, i: take(x, i, axis=1), with_indices(X, 2), lambda x, i: x.take(i, 1)),
    Row("take[raw indices]", lambda x: take(x, MANY, axis=0), X, lambda x: x.take(MANY, 0), REAL, 1),
    Row(
        "scatter_take",
        lambda x, i: scatter_take(x, i, shape=(2, 3), axis=1),
        with_indices(normal((2, 4)), [0, 0, 2, 0]),
        lambda x, i: added((2, 3), (slice(None), i))(x),
    ),
    Row("scatter_take[many]", lambda x: scatter_take(x, MANY, shape=(3, 4), axis=0), many, added((3, 4), MANY), REAL, 0),
    Row("scatter[many]", lambda x: scatter(x, (3, 4), MANY), many, added((3, 4), MANY), REAL, 0),
    Row(
        "take_along_axis",
        take_along_axis,
        with_indices(X, LINES),
        lambda x, i: np.take_along_axis(x, i, -1),
        ALL,
    ),
    Row(
        "take_along_axis[axis=0]",
        lambda x, i: take_along_axis(x, i, axis=0),
        with_indices(X, COLUMNS),
        lambda x, i: np.take_along_axis(x, i, 0),
    ),
    Row(
        "take_along_axis[broadcast]",
        lambda x, i: take_along_axis(x, i, axis=1),
        with_indices(normal((2, 1, 3)), [[[0, 0, 0]], [[0, 0, 0]]]),
        lambda x, i: np.take_along_axis(x, i, 1),
    ),
    Row(
        "take_along_axis[one line for all]",
        lambda x, i: take_along_axis(x, i, axis=1),
        with_indices(X, [[3, 0]]),
        lambda x, i: np.take_along_axis(x, i, 1),
    ),
    Row(
        "take_along_axis[a line for each]",
        lambda x, i: take_along_axis(x, i, axis=1),
        with_indices(normal((1, 4)), LINES),
        lambda x, i: np.take_along_axis(x, i, 1),
    ),
    Row("scatter_along_axis", lambda x, i: scatter_along_axis(x, i, shape=(3, 4)), with_indices(normal((3, 2)), LINES)),
]

DIAGONALS = [
    Row("diagonal", diagonal, X, np.diagonal, ALL),
    Row("diagonal[offset=1]", lambda x: diagonal(x, offset=1), X, lambda x: x.diagonal(1)),
    Row("diagonal[offset=-2]", lambda x: diagonal(x, offset=-2), X, lambda x: x.diagonal(-2)),
    Row("diagonal[outside]", lambda x: diagonal(x, offset=7), X, lambda x: x.diagonal(7)),
    Row(
        "diagonal[axes]",
        lambda x: diagonal(x, axis1=-1, axis2=0),
        normal((2, 2, 3)),
        lambda x: x.diagonal(axis1=-1, axis2=0),
    ),
    Row("on_diagonal", lambda x: on_diagonal(x, shape=(2, 2), offset=0, axis1=0, axis2=1), normal((2,)), np.diag),
    Row("trace", trace, X, np.trace, ALL),
    Row(
        "trace[axes]",
        lambda x: trace(x, offset=-1, axis1=1, axis2=2),
        normal((2, 3, 2)),
        lambda x: x.trace(-1, 1, 2),
    ),
]

ROWS = [*GETITEM, *SCATTER, *TAKE, *DIAGONALS]
