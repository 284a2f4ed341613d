"""Rows for products that contract axes."""

import numpy as np

from ops.rows import Row, normal
from wengert.ops.einsum import einsum
from wengert.ops.products import matmul, outer, tensordot, vecdot

BOTH = ("float32", "float64", "complex64", "complex128")


def product(x1, x2):
    return Row(f"matmul[{x1}, {x2}]", matmul, normal(x1, x2), np.matmul, dtypes=BOTH)


MATMUL = [
    product((2, 3), (3, 4)),
    product((3,), (3,)),
    product((2, 3), (3,)),
    product((3,), (3, 2)),
    product((2, 2, 3), (3, 2)),
    product((2, 2, 3), (3,)),
    product((3,), (2, 3, 2)),
    product((2, 3), (2, 3, 2)),
    product((2, 2, 3), (2, 3, 2)),
    product((2, 1, 2, 2), (3, 2, 1)),
    product((1, 2, 3), (2, 3, 2)),
    product((2, 2, 1, 3), (3, 2)),
    product((2, 0), (0, 3)),
    product((0, 2, 3), (3, 2)),
    product((1, 1), (1, 1)),
]

TENSORDOT = [
    Row(
        f"tensordot[{x1}, {x2}, axes={axes}]",
        lambda a, b, axes=axes: tensordot(a, b, axes=axes),
        normal(x1, x2),
        lambda a, b, axes=axes: np.tensordot(a, b, axes=axes),
        dtypes=BOTH,
    )
    for x1, x2, axes in (
        ((2, 3, 2), (3, 2, 2), 2),
        ((2, 3), (3, 2), 1),
        ((2,), (3,), 0),
        ((2, 3), (2, 3), ((0, 1), (0, 1))),
        ((2, 3, 4), (4, 2, 3), ((2, 0), (0, 1))),
        ((4, 2, 3), (2, 3, 4), ((0, 2), (-1, 1))),
        ((2, 3), (2, 2), (0, -1)),
    )
]

VECDOT = [
    Row("vecdot", vecdot, normal((3,), (3,)), np.vecdot, dtypes=BOTH),
    Row("vecdot[broadcast]", vecdot, normal((2, 1, 3), (2, 3)), np.vecdot, dtypes=BOTH),
    Row(
        "vecdot[axis=-2]",
        lambda a, b: vecdot(a, b, axis=-2),
        normal((2, 3, 1), (3, 2)),
        lambda a, b: np.vecdot(a, b, axis=-2),
        dtypes=BOTH,
    ),
    Row("outer", outer, normal((2,), (3,)), np.outer, dtypes=BOTH),
]


def summation(subscripts, *shapes, reference=np.einsum):
    return Row(
        f"einsum[{subscripts}]",
        lambda *operands: einsum(subscripts, *operands),
        normal(*shapes),
        lambda *operands: reference(subscripts, *operands),
        dtypes=BOTH,
    )


EINSUM = [
    summation("ij,jk->ik", (2, 3), (3, 2)),
    summation("ji,kj", (2, 3), (3, 2)),
    summation(" i j -> j i ", (2, 3)),
    summation("ij->", (2, 3)),
    summation("i,j->ij", (2,), (3,)),
    summation("i,j->j", (2,), (3,)),
    summation(",i->i", (), (3,)),
    summation("ii", (3, 3)),
    summation("ii->i", (3, 3)),
    summation("iii->i", (2, 2, 2)),
    summation("iij,jk->k", (2, 2, 3), (3, 2)),
    summation("ijij->ji", (2, 2, 2, 2)),
    summation("...ij,...jk->...ik", (2, 1, 2, 3), (2, 3, 2)),
    summation("...i,...i", (2, 3), (3,)),
    summation("i...->...", (2, 3)),
    summation("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    summation("ij,ij,i->", (2, 3), (2, 3), (2,)),
    summation("ab,ab->a", (2, 1), (2, 3)),
    summation("ab,cb->ac", (2, 1), (3, 2)),
    summation("...i->i", (2, 3), reference=lambda _, x: x.sum(axis=0)),
]

ROWS = MATMUL + TENSORDOT + VECDOT + EINSUM
