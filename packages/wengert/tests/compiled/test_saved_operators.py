"""Rows of the operator table, compiled, written to a file and read again: to the last bit the same, and so are gradients."""

from __future__ import annotations

import warnings
import zlib

import numpy as np

import wengert as wg
from compiled.test_operators_in_functions import RANDOM, given_to, gradients, values
from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each

#: One row in so many, besides those whose operators have arguments of kinds of their own.
ONE_IN = 8
OWN_KINDS = ("conv2d", "max_pool2d", "avg_pool1d", "sparse.matmul", "spsolve", "svd", "eigh")

#: Rows that no program can be written down for: shapes depend on values, or a value is asked for.
BY_VALUES = ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values", "one_hot", "repeat")

#: Rows whose programs the check after every pass, which runs them on zeros, does not take, or that are for other classes.
NOT_CHECKED = ("hyp0f1", "hyp1f1", "hyp2f1", "eval_gegenbauer", "eval_genlaguerre", "eval_jacobi", "as_strided", "csr")


def chosen():
    """Rows in one dtype each; real where there is one: how a product of complex numbers is rounded depends on where they lie."""
    found = [r for r in ROWS if r.name in OWN_KINDS or zlib.crc32(r.name.encode()) % ONE_IN == 0]
    real = {r.name: [d for d in r.dtypes if not d.startswith("complex")] for r in found}
    without = {*RANDOM, *BY_VALUES, *NOT_CHECKED}
    return [(r, real[r.name][-1]) for r in found if real[r.name] and not {r.name, r.name.partition("[")[0]} & without]


@on_each(chosen())
def test_the_same_to_the_last_bit(row, dtype, tmp_path):
    arguments, arrays = given_to(row, dtype)

    def plain(*given):
        rest = iter(given)
        return as_tuple(row.fn(*each(arguments, lambda _: next(rest))))

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lowered = wg.compile(plain).lower(*arrays)
        path = tmp_path / "row.wengert"
        lowered.save(path, values=False)
        loaded = wg.load_compiled(path)
        found = []
        for function in (lowered.compile(), loaded, loaded):
            results = function(*arrays)
            found.append([*values(results), *gradients(results, arrays)])
    for other in found[1:]:
        assert [None if a is None else (a.dtype, a.shape, a.tobytes()) for a in other] == [
            None if a is None else (a.dtype, a.shape, a.tobytes()) for a in found[0]
        ]
