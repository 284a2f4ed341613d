"""Rows of the operator table, compiled, written to a file and read again: to the last bit the same, and so are gradients."""

from __future__ import annotations

import warnings
import zlib

import numpy as np

import wengert as wg
from compiled.test_operators_in_functions import RANDOM, given_to, gradients, values
from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each

#: One row in so many.
ONE_IN = 4


def chosen():
    return [(row, row.dtypes[-1]) for row in ROWS if row.name not in RANDOM and zlib.crc32(row.name.encode()) % ONE_IN == 0]


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
