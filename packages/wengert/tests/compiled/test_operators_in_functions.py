"""Every row of the operator table in a compiled function: traced and run again, it gives what a plain call gives, and gradients."""

from __future__ import annotations

import warnings
import zlib

import numpy as np
import pytest

import wengert as wg
from compiled.backends import Chosen, in_earnest, needed, strictly
from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each, sample, weights_for
from wengert.autograd.requests import grad
from wengert.errors import TraceError

#: What gives something else in each run.
RANDOM = ("dropout", "scaled_dot_product_attention[dropout]")

#: One row in so many, in a session that asks for a sample.
ONE_IN = {"python": 1, "blocked": 2, "xla": 40, "numba": 80}

#: Rows whose results have shapes that depend on values: no program can be written down.
SHAPED_BY_VALUES: tuple[str, ...] = ()

TOLERANCES = {"float32": 2e-5, "complex64": 2e-5}


def rows(backend):
    """The rows to be run under a backend, in one dtype each."""
    many = 1 if Chosen.backend in ("all", backend) else ONE_IN[backend] if Chosen.backend == "sample" else 0
    return [(row, row.dtypes[-1]) for row in ROWS if many and zlib.crc32(row.name.encode()) % many == 0]


def given_to(row, dtype):
    """The arguments of a row, and its arrays: those that are differentiated as leaves, others as they are."""
    arguments, found = sample(row, dtype), []

    def change(array):
        inexact = array.dtype.kind in "fc"
        found.append(wg.tensor(array, requires_grad=row.order > 0) if inexact else array)
        return array

    each(arguments, change)
    return arguments, found


def gradients(results, leaves):
    """Of everything that requires grad by all leaves that do."""
    outputs = [r for r in results if isinstance(r, wg.Tensor) and r.requires_grad]
    wanted = [leaf for leaf in leaves if isinstance(leaf, wg.Tensor) and leaf.requires_grad]
    found = grad(outputs, wanted, weights_for(outputs), allow_unused=True) if outputs and wanted else ()
    return [None if g is None else g.numpy() for g in found]


def values(results):
    return [r.detach().numpy() if isinstance(r, wg.Tensor) else np.asarray(r) for r in results]


def assert_same(got, expected, dtype):
    tolerance = TOLERANCES.get(dtype, 1e-11)
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def check(row, dtype, backend):
    arguments, arrays = given_to(row, dtype)

    def plain(*given):
        rest = iter(given)
        return as_tuple(row.fn(*each(arguments, lambda _: next(rest))))

    with np.errstate(all="ignore"), warnings.catch_warnings(), in_earnest(backend):
        warnings.simplefilter("ignore")
        strictly()
        function = wg.compile(plain, backend=backend)
        if row.name in SHAPED_BY_VALUES:
            with pytest.raises(TraceError, match="values of a traced array"):
                function(*arrays)
            return
        eager = plain(*arrays)
        wanted = gradients(eager, arrays)
        for _ in range(2):
            results = function(*arrays)
            if row.name in RANDOM:
                continue
            assert_same(values(results), values(eager), dtype)
            assert_same(gradients(results, arrays), wanted, dtype)
        assert (function.captures, function.hits) == (1, 1)


@on_each(rows("python"))
def test_by_python(row, dtype):
    check(row, dtype, "python")


@on_each(rows("blocked"))
def test_by_blocks(row, dtype):
    check(row, dtype, "blocked")


@pytest.mark.compiler
@on_each(rows("xla"))
def test_by_xla(row, dtype):
    needed("xla")
    check(row, dtype, "xla")


@pytest.mark.compiler
@on_each(rows("numba"))
def test_by_numba(row, dtype):
    needed("numba")
    check(row, dtype, "numba")
