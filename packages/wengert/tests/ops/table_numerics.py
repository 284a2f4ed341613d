"""Rows for what NumPy has for sequences and samples: convolution, interpolation, integrals, slopes, polynomials, arrangement."""

import numpy as np
from scipy import integrate

from ops.rows import Row, normal, uniform
from wengert.ops.arrangement import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    column_stack,
    diag,
    dstack,
    hstack,
    rot90,
    vstack,
)
from wengert.ops.calculus import cumulative_trapezoid, gradient, simpson, trapezoid, unwrap
from wengert.ops.convolving import convolve, correlate
from wengert.ops.editing import block, delete, insert, select
from wengert.ops.interpolation import interp
from wengert.ops.polynomials import polyval, vander
from wengert.ops.vector_products import dot, inner, kron, vdot

BOTH = ("float32", "float64", "complex64", "complex128")


def followed_by(args, *arrays):
    """A sampler whose arrays are followed by these, in the same dtype."""
    return lambda rng, dtype: (*args(rng, dtype), *(np.asarray(a, dtype) for a in arrays))


def ascending(*shapes):
    """Normal arrays of the first shapes, and places in ascending order of the last one."""

    def sample(rng, dtype):
        *ys, x = normal(*shapes)(rng, dtype)
        return (*ys, np.sort(x, axis=-1))

    return sample


PRODUCTS = [
    *(
        Row(
            f"{fn.__name__}[{mode}, {n}, {m}]",
            lambda a, b, fn=fn, mode=mode: fn(a, b, mode=mode),
            normal((n,), (m,)),
            lambda a, b, fn=fn, mode=mode: getattr(np, fn.__name__)(a, b, mode),
            dtypes=BOTH,
        )
        for fn in (convolve, correlate)
        for mode in ("full", "same", "valid")
        for n, m in ((5, 3), (2, 4), (3, 1))
    ),
    *(
        Row(f"dot[{a}, {b}]", dot, normal(a, b), np.dot, dtypes=BOTH)
        for a, b in (((3,), (3,)), ((2, 3), (3, 2)), ((), (2,)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (3,)))
    ),
    *(
        Row(f"inner[{a}, {b}]", inner, normal(a, b), np.inner, dtypes=BOTH)
        for a, b in (((3,), (3,)), ((2, 3), (2, 3)), ((2,), ()))
    ),
    Row("vdot", vdot, normal((2, 3), (2, 3)), np.vdot, dtypes=BOTH),
    *(
        Row(f"kron[{a}, {b}]", kron, normal(a, b), np.kron, dtypes=BOTH)
        for a, b in (((2, 2), (1, 3)), ((2,), (2, 2)), ((2, 1), (3,)), ((), (2,)))
    ),
]

KNOTS = [0.0, 1.0, 2.0, 4.0]
PLACES = [-1.3, 0.2, 0.7, 1.6, 3.1, 4.2]

INTERPOLATION = [
    Row(
        f"interp[{', '.join(f'{k}={v}' for k, v in options.items())}]",
        lambda fp, x, xp, options=options: interp(x, xp, fp, **options),
        followed_by(normal((4,)), PLACES, KNOTS),
        lambda fp, x, xp, options=options: np.interp(x, xp, fp, **options).astype(fp.dtype),
    )
    for options in ({}, {"left": -1.0}, {"right": 2.0}, {"period": 4.5})
] + [
    Row("interp[two axes]", interp, followed_by(uniform(0.1, 0.9, (2, 3)), KNOTS[:2], [3.0, 5.0]), order=2),
    Row("interp[one knot]", interp, followed_by(normal((3,)), [1.0], [3.0])),
    Row(
        "interp[left and right]",
        lambda x, xp, fp, a, b: interp(x, xp, fp, left=a, right=b),
        followed_by(lambda rng, dtype: (), PLACES, KNOTS, [0.5, 2.0, 1.0, -1.0], 7.0, 8.0),
    ),
]

INTEGRALS = [
    *(
        Row(
            f"{fn.__name__}[{n}]",
            lambda y, fn=fn: fn(y),
            normal((2, n)),
            lambda y, reference=reference: np.asarray(reference(y)).astype(y.dtype),
        )
        for fn, reference in (
            (trapezoid, np.trapezoid),
            (cumulative_trapezoid, integrate.cumulative_trapezoid),
            (simpson, integrate.simpson),
        )
        for n in (2, 3, 4, 5)
    ),
    *(
        Row(
            f"{fn.__name__}[places, {n}]",
            fn,
            ascending((2, n), (n,)),
            lambda y, x, reference=reference: reference(y, x=x).astype(y.dtype),
        )
        for fn, reference in (
            (trapezoid, np.trapezoid),
            (cumulative_trapezoid, integrate.cumulative_trapezoid),
            (simpson, integrate.simpson),
        )
        for n in (3, 4)
    ),
    Row(
        "trapezoid[places everywhere, axis=0]",
        lambda y, x: trapezoid(y, x, axis=0),
        normal((3, 2), (3, 2)),
        lambda y, x: np.trapezoid(y, x, axis=0),
        dtypes=BOTH,
    ),
    Row("trapezoid[dx]", lambda y, h: trapezoid(y, dx=h), normal((4,), ()), lambda y, h: np.trapezoid(y, dx=h)),
    Row(
        "cumulative_trapezoid[include_initial]",
        lambda y: cumulative_trapezoid(y, dx=0.5, axis=0, include_initial=True),
        normal((3, 2)),
        lambda y: integrate.cumulative_trapezoid(y, dx=0.5, axis=0, initial=0).astype(y.dtype),
    ),
]

SLOPES = [
    Row("gradient", gradient, normal((4,)), np.gradient, dtypes=BOTH),
    Row("gradient[two axes]", lambda x: gradient(x, 0.5), normal((3, 4)), lambda x: np.gradient(x, 0.5)),
    Row("gradient[spacing]", gradient, normal((3,), ()), np.gradient),
    *(
        Row(
            f"gradient[places, edge_order={order}]",
            lambda x, t, order=order: gradient(x, t, axis=1, edge_order=order),
            ascending((2, 4), (4,)),
            lambda x, t, order=order: np.gradient(x, t, axis=1, edge_order=order),
        )
        for order in (1, 2)
    ),
    Row("gradient[edge_order=2]", lambda x: gradient(x, edge_order=2), normal((4,)), lambda x: np.gradient(x, edge_order=2)),
    Row("unwrap", unwrap, normal((2, 5), scale=4.0), np.unwrap),
    Row(
        "unwrap[axis=0, discont, period]",
        lambda x: unwrap(x, axis=0, discont=1.7, period=3.0),
        normal((5, 2), scale=2.0),
        lambda x: np.unwrap(x, axis=0, discont=1.7, period=3.0),
    ),
    Row("unwrap[one]", unwrap, normal((2, 1)), np.unwrap),
]

POLYNOMIALS = [
    Row("polyval", polyval, normal((3,), (2, 2)), np.polyval, dtypes=BOTH),
    Row("polyval[no coefficient]", polyval, normal((0,), (2,)), np.polyval),
    Row("vander", vander, normal((3,)), lambda x: np.vander(x).astype(x.dtype), dtypes=BOTH),
    Row(
        "vander[n, increasing]",
        lambda x: vander(x, 4, increasing=True),
        normal((2,)),
        lambda x: np.vander(x, 4, True).astype(x.dtype),
    ),
]

ARRANGEMENT = [
    *(
        Row(f"{fn.__name__}[{len(shape)} axes]", fn, normal(shape), getattr(np, fn.__name__))
        for fn in (atleast_1d, atleast_2d, atleast_3d)
        for shape in ((), (2,), (2, 3), (2, 1, 2))
    ),
    Row("atleast_2d[several]", atleast_2d, normal((2,), (2, 2)), np.atleast_2d),
    *(
        Row(
            f"{fn.__name__}[{first}]",
            lambda a, b, fn=fn: fn([a, b]),
            normal(first, second),
            lambda a, b, fn=fn: getattr(np, fn.__name__)([a, b]),
            dtypes=BOTH,
        )
        for fn in (hstack, vstack, dstack, column_stack)
        for first, second in (((2,), (2,)), ((2, 2), (2, 2)))
    ),
    *(
        Row(f"rot90[{k}]", lambda x, k=k: rot90(x, k), normal((2, 3)), lambda x, k=k: np.rot90(x, k), dtypes=BOTH)
        for k in (0, 1, 2, 3, -1)
    ),
    Row("rot90[axes]", lambda x: rot90(x, axes=(2, 0)), normal((2, 1, 3)), lambda x: np.rot90(x, axes=(2, 0))),
    Row("diag", diag, normal((3,)), np.diag, dtypes=BOTH),
    Row("diag[below]", lambda x: diag(x, offset=-1), normal((2,)), lambda x: np.diag(x, -1)),
    Row("diag[of a matrix]", lambda x: diag(x, offset=1), normal((2, 3)), lambda x: np.diag(x, 1)),
]

EDITING = [
    Row(
        "select",
        lambda a, b: select([a > 0.5, b > 0], [a, a * b], 2.0),
        normal((2, 3), (3,)),
        lambda a, b: np.select([a > 0.5, np.broadcast_to(b > 0, a.shape)], [a, a * b], np.asarray(2.0, a.dtype)),
    ),
    *(
        Row(
            f"delete[{places}, axis={axis}]",
            lambda x, places=places, axis=axis: delete(x, places, axis=axis),
            normal((3, 4)),
            lambda x, places=places, axis=axis: np.delete(x, places, axis),
            dtypes=BOTH,
        )
        for places, axis in ((1, 0), ([0, -1], 1), (slice(0, 3, 2), 1), ([1, 5, 5], None))
    ),
    *(
        Row(
            f"insert[{places}, {shape}, axis={axis}]",
            lambda x, v, places=places, axis=axis: insert(x, places, v, axis=axis),
            normal((3, 4), shape),
            lambda x, v, places=places, axis=axis: np.insert(x, places, v, axis),
            dtypes=BOTH,
        )
        for places, shape, axis in (
            (1, (4,), 0),
            (1, (3,), 1),
            (-1, (2, 4), 0),
            ([1], (3, 2), 1),
            ([0, 2], (2, 4), 0),
            ([2, 0, 2], (), 1),
            (slice(0, 3, 2), (2,), None),
            (5, (3,), None),
        )
    ),
    Row("block", lambda a, b: block([[a, b], [b, a]]), normal((2, 2), (2, 2)), lambda a, b: np.block([[a, b], [b, a]]), BOTH),
    Row("block[row]", lambda a, b: block([a, b]), normal((2,), ()), lambda a, b: np.block([a, b])),
    Row("block[one]", block, normal((2,)), np.block),
]

ROWS = EDITING + PRODUCTS + INTERPOLATION + INTEGRALS + SLOPES + POLYNOMIALS + ARRANGEMENT
