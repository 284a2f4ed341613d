"""The creation functions that are operators."""

from __future__ import annotations

import numpy as np

from ops.rows import Row, normal
from wengert.ops.grids import meshgrid, tril, triu

ALL = ("float32", "float64", "complex128")

ROWS = [
    Row("tril", lambda x: tril(x), normal((3, 3)), np.tril, ALL),
    Row("tril[k]", lambda x: tril(x, k=-1), normal((2, 3, 2)), lambda x: np.tril(x, -1), ALL),
    Row("triu", lambda x: triu(x), normal((3, 3)), np.triu, ALL),
    Row("triu[k]", lambda x: triu(x, k=1), normal((2, 2, 3)), lambda x: np.triu(x, 1), ALL),
    Row("meshgrid", lambda x, y: meshgrid(x, y), normal((3,), (2,)), lambda x, y: tuple(np.meshgrid(x, y)), ALL),
    Row(
        "meshgrid[ij]",
        lambda x, y, z: meshgrid(x, y, z, indexing="ij"),
        normal((3,), (2,), (1,)),
        lambda x, y, z: tuple(np.meshgrid(x, y, z, indexing="ij")),
    ),
]
