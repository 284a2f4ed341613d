"""Rows for sorting and unique elements."""

import numpy as np

from ops.rows import Row, normal
from wengert.ops.sorting import argsort, sort, unique_all, unique_counts, unique_inverse, unique_values

DTYPES = ("float32", "float64", "int64")


def integers(rng, dtype):
    return (rng.integers(0, 4, (3, 3)).astype(dtype),)


ROWS = [
    Row("sort", sort, normal((2, 4)), np.sort),
    Row("sort[axis=0]", lambda x: sort(x, axis=0), normal((4, 2)), lambda x: np.sort(x, axis=0)),
    Row("sort[axis=1, 3-d]", lambda x: sort(x, axis=1), normal((2, 3, 2)), lambda x: np.sort(x, axis=1)),
    Row("sort[descending]", lambda x: sort(x, descending=True), normal((2, 4)), lambda x: -np.sort(-x)),
    Row("sort[unstable]", lambda x: sort(x, stable=False), normal((5,)), np.sort),
    Row("sort[integers]", sort, integers, np.sort, order=0, dtypes=("int64",)),
    Row("sort[empty]", sort, normal((2, 0)), np.sort),
    Row("argsort", argsort, normal((2, 4)), np.argsort, order=0, dtypes=DTYPES),
    Row("argsort[axis=0]", lambda x: argsort(x, axis=0), normal((4, 2)), lambda x: np.argsort(x, axis=0), order=0),
    Row(
        "argsort[descending]",
        lambda x: argsort(x, descending=True),
        integers,
        lambda x: np.argsort(-x, stable=True),
        order=0,
        dtypes=DTYPES,
    ),
    Row("unique_all", unique_all, integers, np.unique_all, order=0, dtypes=DTYPES),
    Row("unique_counts", unique_counts, integers, np.unique_counts, order=0, dtypes=DTYPES),
    Row("unique_inverse", unique_inverse, integers, np.unique_inverse, order=0, dtypes=DTYPES),
    Row(
        "unique_values",
        lambda x: sort(unique_values(x)),
        integers,
        lambda x: np.sort(np.unique_values(x)),
        order=0,
        dtypes=DTYPES,
    ),
]
