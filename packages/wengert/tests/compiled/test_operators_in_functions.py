"""Every row of the operator table in a compiled function: traced and run again, it gives what a plain call gives."""

from __future__ import annotations

import contextlib
import warnings
import zlib

import numpy as np
import pytest

import wengert as wg
from compiled.backends import BACKENDS, Chosen, in_earnest, needed, strictly
from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each, sample, weights_for
from wengert.autograd.requests import grad
from wengert.compiled import function_capture, function_derivative, passes
from wengert.errors import TraceError, UnsupportedError

#: What gives something else in each run.
RANDOM = ("dropout", "scaled_dot_product_attention[dropout]")

#: One row in so many, in a session that asks for a sample.
ONE_IN = {"python": 3, "blocks": 4, "xla": 40, "numba": 120}

#: Operators whose results have shapes that depend on values, in some rows: no program can be written down.
SHAPED_BY_VALUES = ("nonzero", "one_hot", "repeat", "unique_all", "unique_counts", "unique_inverse", "unique_values")

#: What hands values to SciPy: nor of this.
LOOKED_AT = ("from_scipy",)

#: What needs strides, which traced arrays have not.
STRIDED = ("as_strided",)

#: Which of them have been.
REFUSED: set[str] = set()

TOLERANCES = {"float32": 2e-5, "complex64": 2e-5}


@contextlib.contextmanager
def unchecked():
    """Passes whose results are not checked: that computes with zeros, which some operators refuse."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (function_capture, function_derivative):
            patch.setattr(module, "PASSES", passes.PASSES)
        yield


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


def is_refused(made, arrays):
    """Whether a program cannot be written down, as the error says."""
    try:
        made(*arrays)
    except TraceError as error:
        return "depends on the values of a traced array" in str(error) or "differs from run to run" in str(error)
    made.captures = 0
    made._programs.clear()
    return False


def check(row, dtype, backend):
    arguments, arrays = given_to(row, dtype)

    def plain(*given):
        rest = iter(given)
        return as_tuple(row.fn(*each(arguments, lambda _: next(rest))))

    with np.errstate(all="ignore"), warnings.catch_warnings(), in_earnest(backend), unchecked():
        warnings.simplefilter("ignore")
        strictly(lacking=True)
        made = wg.compile(plain, backend=BACKENDS[backend])
        eager = plain(*arrays)
        name = row.name.partition("[")[0]
        if name in STRIDED:
            with pytest.raises(UnsupportedError, match="as_strided: traced arrays"):
                made(*arrays)
            return
        if name in (*SHAPED_BY_VALUES, *LOOKED_AT) and is_refused(made, arrays):
            REFUSED.add(name)
            return
        wanted = gradients(eager, arrays)
        for _ in range(2):
            results = made(*arrays)
            if row.name in RANDOM:
                continue
            assert_same(values(results), values(eager), dtype)
            assert_same(gradients(results, arrays), wanted, dtype)
        assert (made.captures, made.hits) == (1, 1)


@on_each(rows("python"))
def test_by_python(row, dtype):
    check(row, dtype, "python")


@on_each(rows("blocks"))
def test_by_blocks(row, dtype):
    check(row, dtype, "blocks")


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


def test_what_was_refused():
    """Every operator of the list has to be there: otherwise the list is too long."""
    for row in ROWS:
        name = row.name.partition("[")[0]
        if name in (*SHAPED_BY_VALUES, *LOOKED_AT):
            check(row, row.dtypes[-1], "python")
    assert {*SHAPED_BY_VALUES, *LOOKED_AT} == REFUSED
