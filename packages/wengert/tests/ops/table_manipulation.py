"""Rows for functions that move, join, repeat and pad elements."""

import numpy as np

from ops.rows import Row, normal
from wengert.ops.joining import concat, pad, repeat, split, stack, tile, unstack
from wengert.ops.manipulation import (
    broadcast_arrays,
    broadcast_to,
    clone,
    expand_dims,
    flatten,
    flip,
    matrix_transpose,
    moveaxis,
    permute_dims,
    ravel,
    reshape,
    roll,
    squeeze,
    swapaxes,
    transpose,
)
from wengert.ops.strides import as_strided, view_as_complex, view_as_real

ALL = ("float32", "float64", "complex64", "complex128", "int64")
X = normal((2, 3))


def row(name, fn, reference, args=X, dtypes=("float32", "float64"), **options):
    return Row(name, fn, args, reference, dtypes, **options)


SHAPES = [
    row("clone", clone, np.copy, dtypes=ALL),
    row("clone[0-d]", clone, np.copy, normal(())),
    row("clone[empty]", clone, np.copy, normal((0, 2))),
    row("reshape", lambda x: reshape(x, (3, 2)), lambda x: x.reshape(3, 2), dtypes=ALL),
    row("reshape[-1]", lambda x: reshape(x, (1, -1)), lambda x: x.reshape(1, -1)),
    row("reshape[int]", lambda x: reshape(x, 6), lambda x: x.reshape(6)),
    row("reshape[to 0-d]", lambda x: reshape(x, ()), lambda x: x.reshape(()), normal((1, 1))),
    row("reshape[empty]", lambda x: reshape(x, (2, 0)), lambda x: x.reshape(2, 0), normal((0,))),
    row("reshape[copy]", lambda x: reshape(x, (3, 2), copy=True), lambda x: x.reshape(3, 2)),
    row("reshape[no copy]", lambda x: reshape(x, (3, 2), copy=False), lambda x: x.reshape(3, 2)),
    row("flatten", flatten, np.ravel),
    row("ravel", ravel, np.ravel),
    row("expand_dims", lambda x: expand_dims(x, axis=1), lambda x: x[:, None]),
    row("expand_dims[default]", expand_dims, lambda x: x[None]),
    row("expand_dims[axis=-1]", lambda x: expand_dims(x, axis=-1), lambda x: x[..., None]),
    row("expand_dims[axes]", lambda x: expand_dims(x, axis=(0, 2)), lambda x: np.expand_dims(x, (0, 2))),
    row("expand_dims[0-d]", expand_dims, lambda x: x[None], normal(())),
    row("squeeze[axis=0]", lambda x: squeeze(x, axis=0), lambda x: x[0], normal((1, 2, 1))),
    row("squeeze[axes]", lambda x: squeeze(x, (0, -1)), np.squeeze, normal((1, 2, 1))),
    row("squeeze[all]", squeeze, np.squeeze, normal((1, 2, 1))),
    row("broadcast_to", lambda x: broadcast_to(x, (2, 2, 3)), lambda x: np.broadcast_to(x, (2, 2, 3)), dtypes=ALL),
    row("broadcast_to[stretched]", lambda x: broadcast_to(x, (2, 3)), lambda x: np.broadcast_to(x, (2, 3)), normal((2, 1))),
    row("broadcast_to[0-d]", lambda x: broadcast_to(x, 3), lambda x: np.broadcast_to(x, 3), normal(())),
    row("broadcast_to[empty]", lambda x: broadcast_to(x, (0, 1)), lambda x: np.broadcast_to(x, (0, 1)), normal((1, 1))),
    row("broadcast_arrays", broadcast_arrays, np.broadcast_arrays, normal((2, 1), (3,), ())),
]

AXES = [
    row("permute_dims", lambda x: permute_dims(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), normal((2, 3, 2)), ALL),
    row("permute_dims[negative]", lambda x: permute_dims(x, (-1, 0)), np.transpose),
    row("permute_dims[0-d]", lambda x: permute_dims(x, ()), np.transpose, normal(())),
    row("transpose", transpose, np.transpose, normal((2, 3, 2)), ALL),
    row("transpose[axes]", lambda x: transpose(x, [1, 2, 0]), lambda x: np.transpose(x, [1, 2, 0]), normal((2, 3, 2))),
    row("matrix_transpose", matrix_transpose, lambda x: x.swapaxes(-1, -2), normal((2, 3, 2)), ALL),
    row("moveaxis", lambda x: moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), normal((2, 3, 2))),
    row("moveaxis[two]", lambda x: moveaxis(x, (0, 1), (-1, 0)), lambda x: np.moveaxis(x, (0, 1), (-1, 0)), normal((2, 3, 2))),
    row("swapaxes", lambda x: swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), normal((2, 3, 2))),
    row("flip", flip, np.flip, dtypes=ALL),
    row("flip[axis]", lambda x: flip(x, axis=-1), lambda x: np.flip(x, -1)),
    row("flip[axes]", lambda x: flip(x, axis=(0, 1)), lambda x: np.flip(x, (0, 1))),
    row("flip[0-d]", flip, np.flip, normal(())),
    row("roll", lambda x: roll(x, 2), lambda x: np.roll(x, 2), dtypes=ALL),
    row("roll[axis]", lambda x: roll(x, -1, axis=1), lambda x: np.roll(x, -1, axis=1)),
    row("roll[axes]", lambda x: roll(x, (1, 2), axis=(0, 1)), lambda x: np.roll(x, (1, 2), axis=(0, 1))),
    row("roll[shift of many axes]", lambda x: roll(x, 1, axis=(0, 1)), lambda x: np.roll(x, 1, axis=(0, 1))),
]

JOINING = [
    row("concat", lambda *xs: concat(xs), lambda *xs: np.concatenate(xs), normal((2, 3), (1, 3), (0, 3)), ALL),
    row("concat[axis=-1]", lambda *xs: concat(xs, axis=-1), lambda *xs: np.concatenate(xs, -1), normal((2, 3), (2, 1))),
    row("concat[axis=None]", lambda *xs: concat(xs, axis=None), lambda *xs: np.concatenate(xs, None), normal((2, 3), (), (2,))),
    row("concat[one]", lambda x: concat([x]), lambda x: x),
    row("concat[the same twice]", lambda x: concat([x, x]), lambda x: np.concatenate([x, x])),
    row("stack", lambda *xs: stack(xs), lambda *xs: np.stack(xs), normal((2, 3), (2, 3)), ALL),
    row("stack[axis=1]", lambda *xs: stack(xs, axis=1), lambda *xs: np.stack(xs, 1), normal((2, 3), (2, 3))),
    row("stack[axis=-1]", lambda *xs: stack(xs, axis=-1), lambda *xs: np.stack(xs, -1), normal((2, 3), (2, 3))),
    row("stack[0-d]", lambda *xs: stack(xs), lambda *xs: np.stack(xs), normal((), ())),
    row("unstack", unstack, tuple, dtypes=ALL),
    row("unstack[axis=-1]", lambda x: unstack(x, axis=-1), lambda x: tuple(x.T)),
    row("unstack[to 0-d]", unstack, lambda x: tuple(map(np.asarray, x)), normal((3,))),
    row("split", lambda x: split(x, 2), lambda x: np.split(x, 2), dtypes=ALL),
    row("split[at]", lambda x: split(x, [1, 1], axis=-1), lambda x: np.split(x, [1, 1], axis=-1)),
]

REPEATING = [
    row("tile", lambda x: tile(x, (2, 1)), lambda x: np.tile(x, (2, 1)), dtypes=ALL),
    row("tile[int]", lambda x: tile(x, 2), lambda x: np.tile(x, 2)),
    row("tile[more axes]", lambda x: tile(x, (2, 1, 2)), lambda x: np.tile(x, (2, 1, 2))),
    row("tile[no copies]", lambda x: tile(x, (0, 1)), lambda x: np.tile(x, (0, 1))),
    row("tile[0-d]", lambda x: tile(x, (2,)), lambda x: np.tile(x, (2,)), normal(())),
    row("repeat", lambda x: repeat(x, 2), lambda x: np.repeat(x, 2), dtypes=ALL),
    row("repeat[axis]", lambda x: repeat(x, 3, axis=-1), lambda x: np.repeat(x, 3, -1)),
    row(
        "repeat[array]",
        lambda x, n: repeat(x, n, axis=1),
        lambda x, n: np.repeat(x, n, 1),
        lambda rng, dtype: (*X(rng, dtype), np.asarray([2, 0, 1])),
        ALL,
    ),
    row("repeat[raw array]", lambda x: repeat(x, np.asarray([2, 1]), axis=0), lambda x: np.repeat(x, [2, 1], 0)),
    row("repeat[array, flat]", lambda x: repeat(x, np.arange(6)), lambda x: np.repeat(x, np.arange(6))),
    row("pad", lambda x: pad(x, ((1, 0), (0, 2))), lambda x: np.pad(x, ((1, 0), (0, 2))), dtypes=ALL),
    row("pad[int]", lambda x: pad(x, 1), lambda x: np.pad(x, 1)),
    row("pad[pair]", lambda x: pad(x, (1, 2)), lambda x: np.pad(x, (1, 2))),
    row("pad[one pair]", lambda x: pad(x, ((1, 2),)), lambda x: np.pad(x, ((1, 2),))),
    row("pad[value]", lambda x: pad(x, 1, constant_values=2), lambda x: np.pad(x, 1, constant_values=2)),
    row("pad[edge]", lambda x: pad(x, (2, 1), "edge"), lambda x: np.pad(x, (2, 1), "edge"), dtypes=ALL),
    row("pad[reflect]", lambda x: pad(x, ((0, 1), (3, 1)), "reflect"), lambda x: np.pad(x, ((0, 1), (3, 1)), "reflect")),
    row("pad[symmetric]", lambda x: pad(x, (2, 1), mode="symmetric"), lambda x: np.pad(x, (2, 1), "symmetric")),
    row("pad[wrap]", lambda x: pad(x, (2, 1), mode="wrap"), lambda x: np.pad(x, (2, 1), "wrap")),
]

IN_MEMORY = [
    row(
        "as_strided",
        lambda x: as_strided(x, (2, 2), (1, 2), 1),
        lambda x: np.array([[x.flat[1], x.flat[3]], [x.flat[2], x.flat[4]]]),
        normal((2, 3)),
        ALL,
        unmapped=True,
    ),
    row(
        "as_strided[overlapping]",
        lambda x: as_strided(x, (3, 3), (1, 1)),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 3),
        normal((5,)),
        unmapped=True,
    ),
    row(
        "view_as_complex",
        view_as_complex,
        lambda x: x[..., 0] + 1j * x[..., 1],
        normal((3, 2)),
    ),
    row(
        "view_as_real",
        view_as_real,
        lambda x: np.stack([x.real, x.imag], -1),
        normal((2, 3)),
        ("complex64", "complex128"),
    ),
]

ROWS = [*SHAPES, *AXES, *JOINING, *REPEATING, *IN_MEMORY]
