"""Rows of the operator table on every library: values and gradients are NumPy's, up to rounding."""

import contextlib

import numpy as np
import pytest

from choices import THOROUGH
from libraries.shelf import MODULES, shelf
from ops.test_table import ROWS, as_tuple, each, sample, weights_for
from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import LibraryError, UnsupportedError

#: Rows whose function holds an array of NumPy, which is an error beside another library.
HOLD_NUMPY = {
    *("take[raw indices]", "scatter_take[many]", "repeat[raw array]", "repeat[array, flat]", "batch_norm[evaluation]"),
    *("cross_entropy[weight]", "cross_entropy[weight, label_smoothing]", "cross_entropy[probabilities, weight]"),
    *("nll_loss[weight]", "gammainc"),
}

#: Dask does not know how many elements a mask leaves, and what depends on values.
UNKNOWN_SHAPE = ("mask", "unique", "nonzero", "repeat[array")

#: Tracing and compiling each row anew takes JAX long: the families of operators, one by one.
FEW = ("multiply", "sum", "getitem[array and slice]", "concat", "sort", "matmul", "softmax")


def one_of_each():
    """The first row of every operator."""
    found = {}
    for row in ROWS:
        if row.name not in HOLD_NUMPY and "float64" in row.dtypes:
            found.setdefault(row.name.partition("[")[0], row)
    return list(found.values())


def rows_of(name):
    return [row for row in ROWS if row.name in FEW] if name == "jax" else one_of_each()


def results(row, dtype, change):
    """The outputs of a row, and the gradients of its floating arguments under weights that differ in every element."""
    made = []

    def leaf(array):
        x = wrap(change(array))
        if array.dtype.kind in "fc":
            made.append(x.requires_grad_())
        return x

    outputs = as_tuple(row.fn(*each(sample(row, dtype), leaf)))
    wanted = [o for o in outputs if isinstance(o, Tensor) and o.requires_grad]
    weights = [wrap(np.zeros(tuple(o.shape), str(o.dtype).rpartition(".")[2])) for o in wanted]
    weights = [wrap(change(w.array)) for w in weights_for(weights)]
    found = grad(wanted, made, weights, allow_unused=True) if wanted and made else ()
    return outputs, found


def assert_row(lib, row, dtype="float64"):
    expected = results(row, dtype, lambda array: array)
    got = results(row, dtype, lib.array)
    for ours, numpys in zip(got, expected, strict=True):
        assert len(ours) == len(numpys)
        for a, b in zip(ours, numpys, strict=True):
            if not isinstance(b, Tensor):
                assert a == b
                continue
            a = lib.host(a)
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b.array, rtol=1e-9, atol=1e-9)


def impossible(lib, row):
    """Whether the library cannot do this, and says so."""
    if lib.name == "dask" and any(word in row.name for word in UNKNOWN_SHAPE):
        return True
    if lib.name == "torch" and row.name.endswith("[complex]"):
        return True  # PyTorch has many special functions of real numbers only
    return lib.name != "readonly" and row.name in ("as_strided", "matrix_exp")


#: Dask transforms what lies in one chunk, and what is put together for a cosine transform does not.
REFUSED = {"dask": tuple(row.name for row in ROWS if row.name.startswith(("dct", "dst", "idct", "idst")))}


def wrong_rows(lib, cases):
    """What is wrong with rows in dtypes: one test for each library costs much less than one for each row."""
    wrong = []
    with np.errstate(all="ignore"), at_once(lib):
        for row, dtype in cases:
            if row.name in REFUSED.get(lib.name, ()) or row.name in HOLD_NUMPY:
                continue
            try:
                assert_row(lib, row, dtype)
            except (LibraryError, UnsupportedError) as error:
                if lib.adapter.name not in str(error):  # no silent fallback: the library is named
                    wrong.append(f"{row.name}-{dtype}: {error}")
            except Exception as error:
                if not impossible(lib, row):
                    wrong.append(f"{row.name}-{dtype}: {type(error).__name__}: {error}")
    return wrong


def at_once(lib):
    """Dask computes in this thread: to hand a few numbers to others takes longer than to compute with them."""
    return pytest.importorskip("dask").config.set(scheduler="synchronous") if lib.name == "dask" else contextlib.nullcontext()


#: Where a row costs most, for an array is a graph of tasks and a result a schedule, or a program to be compiled: the others of an
#: operator, which give other arguments to the same functions of the library, wait for a thorough run.
SLOW = ("dask", "jax")

EVERY = [name for name in MODULES if name not in SLOW or (THOROUGH and name != "jax")]


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in SLOW])
def test_one_row_of_every_operator(name):
    wrong = wrong_rows(shelf(name), [(row, "float64") for row in rows_of(name)])
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in EVERY])
def test_every_row(name):
    cases = [(row, dtype) for row in ROWS for dtype in ("float64", "complex128") if dtype in row.dtypes]
    wrong = wrong_rows(shelf(name), cases)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", sorted(HOLD_NUMPY))
def test_numpys_arrays_beside_anothers_are_an_error_that_names_both(row):
    lib = shelf("torch")
    row = next(r for r in ROWS if r.name == row)
    with pytest.raises(LibraryError, match=r"numpy.*torch|torch.*numpy"):
        results(row, "float64", lib.array)
