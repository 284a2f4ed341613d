"""Rows for reductions, statistics, running sums and products, and searches."""

import numpy as np

from ops.rows import Row, normal
from wengert.ops.cumulative import cumulative_prod, cumulative_sum, diff, prod
from wengert.ops.norms import vector_norm
from wengert.ops.reductions import all, any, max, min, sum
from wengert.ops.searching import argmax, argmin, count_nonzero, isin, nonzero, searchsorted, where
from wengert.ops.sorting import argsort
from wengert.ops.statistics import logsumexp, mean, std, std_mean, var, var_mean

REAL = ("float32", "float64")
BOTH = (*REAL, "complex64", "complex128")
OF_INTEGERS = (*REAL, "int64")

#: How a reduction may be told its axes.
AXES = (
    {},
    {"axis": 0},
    {"axis": -1, "keepdims": True},
    {"axis": (0, 2)},
    {"axis": (2, -2), "keepdims": True},
    {"keepdims": True},
    {"axis": ()},
)


def label(name, options):
    return name + ("[" + ", ".join(f"{k}={v}" for k, v in options.items()) + "]" if options else "")


def reduction(name, fn, reference, options, shape=(2, 3, 2), **row):
    row.setdefault("dtypes", REAL)
    return Row(
        label(name, options) if shape else f"{name}[0-d]",
        lambda x: fn(x, **options),
        row.pop("args", normal(shape)),
        lambda x: reference(x, **options),
        **row,
    )


def with_zeros(*zeros, shape=(4,)):
    """Normal numbers, with zero at the flat positions `zeros`."""

    def sample(rng, dtype):
        (x,) = normal(shape)(rng, dtype)
        x.reshape(-1)[list(zeros)] = 0
        return (x,)

    return sample


def logsumexp_reference(x, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def mask(*shapes):
    """A mask, followed by normal arrays, all of the shapes given."""

    def sample(rng, dtype):
        return (rng.random(shapes[0]) < 0.5, *normal(*shapes[1:])(rng, dtype))

    return sample


EVERY_WAY = [
    reduction(name, fn, reference, options, dtypes=dtypes)
    for name, fn, reference, dtypes in (
        ("sum", sum, np.sum, BOTH),
        ("mean", mean, np.mean, BOTH),
        ("max", max, np.max, REAL),
        ("min", min, np.min, REAL),
        ("prod", prod, np.prod, BOTH),
        ("var", var, np.var, BOTH),
        ("logsumexp", logsumexp, logsumexp_reference, REAL),
    )
    for options in AXES
] + [reduction("std", std, np.std, options, dtypes=BOTH) for options in AXES if options.get("axis") != ()]

OF_SCALARS = [
    reduction(name, fn, reference, {}, shape=())
    for name, fn, reference in (
        ("sum", sum, np.sum),
        ("mean", mean, np.mean),
        ("max", max, np.max),
        ("prod", prod, np.prod),
        ("logsumexp", logsumexp, logsumexp_reference),
    )
]

NORMS = [
    Row(
        f"vector_norm[ord={p}, axis={axis}]",
        lambda x, p=p, axis=axis: vector_norm(x, ord=p, axis=axis),
        normal((3, 4)),
        lambda x, p=p, axis=axis: np.linalg.vector_norm(x, ord=p, axis=axis),
        dtypes=BOTH if p not in (0, np.inf, -np.inf) else REAL,
        order=1 if p in (0, np.inf, -np.inf) else 2,
    )
    for p in (0, 0.5, 1, 2, 3, np.inf, -np.inf)
    for axis in (None, 0, (0, 1))
]

IN_PAIRS = [
    Row(
        f"{name}[axis={axis}]",
        lambda x, fn=fn, axis=axis: fn(x, axis=axis, correction=1),
        normal((3, 4)),
        lambda x, spread=spread, axis=axis: (spread(x, axis=axis, ddof=1), np.mean(x, axis=axis)),
        dtypes=BOTH,
    )
    for name, fn, spread in (("var_mean", var_mean, np.var), ("std_mean", std_mean, np.std))
    for axis in (None, 1)
]

SPECIAL = [
    Row("sum[empty]", sum, normal((0, 3)), np.sum),
    Row("sum[empty axis]", lambda x: sum(x, axis=0), normal((0, 3)), lambda x: np.sum(x, axis=0)),
    Row("prod[empty axis]", lambda x: prod(x, axis=0), normal((0, 3)), lambda x: np.prod(x, axis=0)),
    Row("sum[dtype]", lambda x: sum(x, dtype="float64"), normal((3, 2)), lambda x: np.sum(x, dtype="float64")),
    Row("prod[dtype]", lambda x: prod(x, dtype="float64"), normal((5,)), lambda x: np.prod(x, dtype="float64")),
    Row("prod[one zero]", prod, with_zeros(1), np.prod),
    Row("prod[two zeros]", prod, with_zeros(1, 3), np.prod),
    Row("prod[three zeros]", prod, with_zeros(0, 1, 3), np.prod),
    Row(
        "prod[zeros, axis]", lambda x: prod(x, axis=0), with_zeros(0, 3, 4, shape=(3, 2)), lambda x: np.prod(x, axis=0)
    ),
    Row("prod[one]", prod, normal((1,)), np.prod),
    Row("prod[seven]", prod, normal((7,)), np.prod),
    Row(
        "var[correction=1]", lambda x: var(x, axis=0, correction=1), normal((4, 2)), lambda x: np.var(x, axis=0, ddof=1)
    ),
    Row(
        "std[correction=1.5]",
        lambda x: std(x, axis=1, correction=1.5, keepdims=True),
        normal((2, 4)),
        lambda x: np.std(x, axis=1, ddof=1.5, keepdims=True),
    ),
    Row("logsumexp[complex]", logsumexp, normal((4,)), logsumexp_reference, dtypes=("complex64", "complex128")),
    Row(
        "logsumexp[large]",
        lambda x: logsumexp(x, axis=0),
        normal((4, 2), shift=900.0),
        lambda x: np.logaddexp.reduce(x, axis=0),
        dtypes=("float64",),
        tolerance={"atol": 1e-3, "rtol": 1e-3, "eps": 1e-4},
    ),
]

OF_TRUTH = [
    reduction(name, fn, reference, options, order=0, dtypes=OF_INTEGERS, args=with_zeros(0, 3, 7, shape=(2, 3, 2)))
    for name, fn, reference in (
        ("all", all, np.all),
        ("any", any, np.any),
        ("count_nonzero", count_nonzero, np.count_nonzero),
    )
    for options in AXES[:-1]
]

RUNNING = [
    Row(
        label(name, options) + note,
        lambda x, fn=fn, options=options: fn(x, **options),
        args,
        lambda x, reference=reference, options=options: reference(x, **options),
        dtypes=BOTH,
    )
    for name, fn, reference in (
        ("cumulative_sum", cumulative_sum, np.cumulative_sum),
        ("cumulative_prod", cumulative_prod, np.cumulative_prod),
    )
    for options, args, note in (
        ({}, normal((5,)), ""),
        ({}, normal((1,)), "[one]"),
        ({}, normal((0,)), "[empty]"),
        ({}, with_zeros(1, shape=(4,)), "[one zero]"),
        ({}, with_zeros(1, 2, shape=(4,)), "[two zeros]"),
        ({"axis": 0}, normal((4, 2)), ""),
        ({"axis": -1}, normal((2, 3)), ""),
        ({"include_initial": True}, normal((3,)), ""),
        ({"axis": 1, "include_initial": True}, with_zeros(4, shape=(2, 3)), ""),
    )
] + [
    Row("diff", diff, normal((2, 4)), np.diff, dtypes=BOTH),
    Row("diff[axis=0, n=2]", lambda x: diff(x, axis=0, n=2), normal((4, 2)), lambda x: np.diff(x, axis=0, n=2)),
    Row(
        "diff[prepend, append]",
        lambda x, a, b: diff(x, prepend=a, append=b),
        normal((2, 3), (2, 1), (2, 2)),
        lambda x, a, b: np.diff(x, prepend=a, append=b),
    ),
]

SEARCHES = [
    Row("where", where, mask((2, 3), (2, 3), (2, 3)), np.where, dtypes=BOTH),
    Row("where[broadcast]", where, mask((3,), (2, 1), (1, 3)), np.where),
    Row("where[broadcast condition]", where, mask((2, 2, 1), (3,), ()), np.where),
    Row("where[number first]", lambda c, x: where(c, 2.0, x), mask((3,), (3,)), lambda c, x: np.where(c, 2.0, x)),
    Row("where[number second]", lambda c, x: where(c, x, 0), mask((3,), (2, 3)), lambda c, x: np.where(c, x, 0)),
    Row("argmax", argmax, normal((2, 3)), np.argmax, order=0, dtypes=REAL),
    Row(
        "argmax[axis=0, keepdims]",
        lambda x: argmax(x, axis=0, keepdims=True),
        normal((2, 3)),
        lambda x: np.argmax(x, axis=0, keepdims=True),
        order=0,
    ),
    Row("argmin", argmin, normal((2, 3)), np.argmin, order=0),
    Row("argmin[axis=-1]", lambda x: argmin(x, axis=-1), normal((2, 3)), lambda x: np.argmin(x, axis=-1), order=0),
    Row("nonzero", nonzero, with_zeros(1, 4, shape=(2, 3)), np.nonzero, order=0),
    Row("isin", lambda x: isin(x, x[:2]), normal((3, 2)), lambda x: np.isin(x, x[:2]), order=0),
    Row("isin[invert]", lambda x: isin(x, 0.5, invert=True), normal((3,)), lambda x: np.isin(x, 0.5, invert=True), order=0),
    Row("searchsorted", lambda x, v: searchsorted(x, v), normal((1,), (4,)), np.searchsorted, order=0),
    Row(
        "searchsorted[sorter]",
        lambda x, v: searchsorted(x, v, side="right", sorter=argsort(x)),
        normal((5,), (2, 2)),
        lambda x, v: np.searchsorted(x, v, side="right", sorter=np.argsort(x)),
        order=0,
    ),
]


ROWS = EVERY_WAY + NORMS + IN_PAIRS + OF_SCALARS + SPECIAL + OF_TRUTH + RUNNING + SEARCHES
