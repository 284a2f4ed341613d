"""Rows for statistics made of other operators: averages, covariances, medians and quantiles, and all of these without NaN."""

import numpy as np

from ops.rows import Row, normal, uniform
from ops.table_reductions import BOTH, label, reduction
from wengert.ops.covariance import corrcoef, cov
from wengert.ops.nan_statistics import (
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
)
from wengert.ops.quantiles import PLACES, median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from wengert.ops.searching import where
from wengert.ops.statistics import average, ptp

AXES = ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)})


def in_dtype(function):
    """NumPy's function, its result in the dtype of the operand: some of them compute in double precision."""
    return lambda x, *args, **options: np.asarray(function(x, *args, **options)).astype(np.asarray(x).real.dtype)


# -- gaps ------------------------------------------------------------------------------------------------------------------
# Gradients are checked by finite differences, which NaN in an operand would spoil: so the operand is normal, and holes are made
# by `where`, whose gradient is known.
HOLES = np.zeros((2, 4, 3), dtype=bool)
HOLES[0, 1], HOLES[1, 2, 0], HOLES[0, 3, 2] = True, True, True  # a line of nothing but holes along the last axis


def gapped(rng, dtype):
    return (*normal((2, 4, 3))(rng, dtype), HOLES)


def without_nans(name, fn, reference, options, dtypes=("float32", "float64")):
    def call(x, holes):
        return fn(where(holes, np.nan, x), **options)

    def numpys(x, holes):
        return reference(np.where(holes, np.asarray(np.nan, x.dtype), x), **options)

    return Row(label(name, options), call, gapped, numpys, dtypes=dtypes)


def numpys_var(function):
    return lambda x, correction=0.0, **options: function(x, ddof=correction, **options)


def full_lines(options):
    """Ways to reduce after which something is left of every line."""
    return options.get("axis") != -1


WITHOUT_NANS = [
    without_nans(name, fn, reference, options, dtypes)
    for name, fn, reference, dtypes in (
        ("nansum", nansum, np.nansum, BOTH),
        ("nanprod", nanprod, np.nanprod, BOTH),
        ("nanmax", nanmax, np.nanmax, ("float32", "float64")),
        ("nanmin", nanmin, np.nanmin, ("float32", "float64")),
        ("nanmean", nanmean, np.nanmean, BOTH),
        ("nanvar", nanvar, numpys_var(np.nanvar), BOTH),
        ("nanstd", nanstd, numpys_var(np.nanstd), BOTH),
        ("nanmedian", nanmedian, in_dtype(np.nanmedian), ("float32", "float64")),
    )
    for options in AXES
    if full_lines(options) or name in ("nansum", "nanprod")
] + [
    without_nans("nanvar", nanvar, numpys_var(np.nanvar), {"axis": 0, "correction": 0.5}),
    without_nans("nancumsum", nancumsum, np.nancumsum, {}, BOTH),
    without_nans("nancumsum", nancumsum, np.nancumsum, {"axis": 1}, BOTH),
    without_nans("nancumprod", nancumprod, np.nancumprod, {}),
    without_nans("nancumprod", nancumprod, np.nancumprod, {"axis": -1}, BOTH),
    without_nans("nanquantile", lambda x, **o: nanquantile(x, 0.3, **o), lambda x, **o: np.nanquantile(x, 0.3, **o), {}),
    without_nans(
        "nanpercentile",
        lambda x, **o: nanpercentile(x, [20.0, 75.0], **o),
        in_dtype(lambda x, **o: np.nanpercentile(x, [20.0, 75.0], **o)),
        {"axis": (0, 2)},
    ),
]

# -- quantiles -------------------------------------------------------------------------------------------------------------
QUANTILES = [
    *(reduction("median", median, np.median, options, shape=(2, 5, 3)) for options in AXES),
    Row("median[even]", median, normal((6,)), np.median),
    Row("median[0-d]", median, normal(()), np.median),
    *(
        Row(
            f"quantile[{method}]",
            lambda x, method=method: quantile(x, [0.1, 0.5, 0.93], axis=0, method=method),
            normal((7, 2)),
            in_dtype(lambda x, method=method: np.quantile(x, [0.1, 0.5, 0.93], axis=0, method=method)),
        )
        for method in PLACES
    ),
    Row("quantile[number]", lambda x: quantile(x, 0.3), normal((3, 2)), lambda x: np.quantile(x, 0.3)),
    Row("quantile[exact]", lambda x: quantile(x, 1.0, axis=1), normal((3, 2)), lambda x: np.quantile(x, 1.0, axis=1)),
    Row(
        "quantile[keepdims]",
        lambda x: quantile(x, [[0.2], [0.7]], axis=(0, 2), keepdims=True),
        normal((2, 3, 2)),
        in_dtype(lambda x: np.quantile(x, [[0.2], [0.7]], axis=(0, 2), keepdims=True)),
    ),
    Row("percentile", lambda x: percentile(x, 30, axis=-1), normal((3, 4)), lambda x: np.percentile(x, 30, axis=-1)),
]

# -- averages and covariances ----------------------------------------------------------------------------------------------
OTHERS = [
    Row("average", average, normal((2, 3)), np.average, dtypes=BOTH),
    Row(
        "average[weights]",
        lambda x, w: average(x, axis=1, weights=w, keepdims=True),
        lambda rng, dtype: (*normal((2, 3))(rng, dtype), *uniform(0.5, 1.5, (3,))(rng, dtype)),
        lambda x, w: np.average(x, axis=1, weights=w, keepdims=True),
        dtypes=BOTH,
    ),
    Row(
        "average[weights of two axes]",
        lambda x, w: average(x, axis=(2, 0), weights=w),
        lambda rng, dtype: (*normal((2, 2, 3))(rng, dtype), *uniform(0.5, 1.5, (3, 2))(rng, dtype)),
        lambda x, w: np.average(x, axis=(2, 0), weights=w),
    ),
    *(reduction("ptp", ptp, np.ptp, options, shape=(2, 3, 2)) for options in AXES),
    Row("cov", cov, normal((3, 4)), lambda x: np.cov(x, dtype=x.dtype), dtypes=BOTH),
    Row("cov[one variable]", cov, normal((4,)), lambda x: np.cov(x, dtype=x.dtype)),
    Row(
        "cov[two]",
        lambda x, y: cov(x, y, correction=0),
        normal((2, 4), (4,)),
        lambda x, y: np.cov(x, y, ddof=0, dtype=x.dtype),
    ),
    Row(
        "cov[weights]",
        lambda x, w, n: cov(x, rowvar=False, aweights=w, fweights=n),
        lambda rng, dtype: (*normal((4, 2))(rng, dtype), *uniform(0.5, 1.5, (4,))(rng, dtype), np.array([1, 2, 1, 3])),
        lambda x, w, n: np.cov(x, rowvar=False, aweights=w, fweights=n).astype(x.dtype),
        dtypes=("float64",),
    ),
    Row("corrcoef", corrcoef, normal((3, 4)), lambda x: np.corrcoef(x, dtype=x.dtype), dtypes=BOTH),
    Row("corrcoef[two]", corrcoef, normal((4,), (4,)), lambda x, y: np.corrcoef(x, y, dtype=x.dtype)),
]

ROWS = WITHOUT_NANS + QUANTILES + OTHERS
