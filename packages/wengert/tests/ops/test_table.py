"""Every row of every table_*.py: value, raw call, gradients to second order, and both ways of recording."""

import importlib
import importlib.util
import inspect
import zlib
from pathlib import Path

import numpy as np
import pytest

from ops.rows import Row, normal, on_each
from wengert.autograd.graph import saved_tensors_hooks
from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor, wrap
from wengert.op import OPERATORS, Operator
from wengert.testing import gradcheck, gradgradcheck

TABLES = sorted(path.stem for path in Path(__file__).parent.glob("table_*.py"))
ROWS: list[Row] = [row for table in TABLES for row in importlib.import_module(f"ops.{table}").ROWS]

#: Where users find operators. Not all of these need to exist.
NAMESPACES = ("wengert", "wengert.nn.functional", "wengert.fft", "wengert.linalg", "wengert.sparse", "wengert.special")

#: Functions made of operators need rows as operators do. These make arrays, or answer questions about dtypes and shapes.
NO_OPERANDS = ("wengert.ops.creation", "wengert.ops.dtypes", "wengert.ops.frequencies", "wengert.ops.inspection")
NO_ARRAYS = ("broadcast_shapes", "is_complex")

#: Above so many numbers a Jacobian takes too long element by element, and its random projection is compared instead: of the
#: first derivative, and of the second, where each element takes the differences of a whole gradient.
LARGE = (96, 6)

TOLERANCES = {"float32": (2e-5, 2e-5), "complex64": (2e-5, 2e-5)}


def cases(dtypes):
    """One case for each row and each of its `dtypes`."""
    return [(row, dtype) for row in ROWS for dtype in dtypes(row)]


def differentiated(order):
    """The dtypes in which derivatives of a row up to `order` are compared with finite differences."""

    def dtypes(row):
        wanted = ["float64", *(["complex128"] if "complex128" in row.dtypes else [])] if row.order >= order else []
        # A row may be about complex numbers only.
        return [d for d in wanted if d in row.dtypes]

    return dtypes


def in_single_precision(row):
    return ["float32"] if row.order and "float32" in row.dtypes else []


def sample(row, dtype):
    """The arguments of a row: the same on every run."""
    return row.args(np.random.default_rng(zlib.crc32(row.name.encode())), dtype)


def each(arguments, change):
    """`arguments` with each array in them, also in lists and tuples, replaced by ``change(array)``."""
    if isinstance(arguments, list | tuple):
        return type(arguments)(each(item, change) for item in arguments)
    return change(arguments) if isinstance(arguments, np.ndarray) else arguments


def leaves(arguments):
    """The arguments of a row with every floating array as a leaf that requires grad, and the list of these leaves."""
    made = []

    def change(array):
        if array.dtype.kind not in "fc":
            return array
        made.append(wrap(array))
        made[-1].requires_grad = True
        return made[-1]

    return each(arguments, change), made


def as_tuple(value):
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def outputs_of(row, arguments):
    return [o for o in as_tuple(row.fn(*arguments)) if o.requires_grad]


def weights_for(outputs):
    """A gradient for each output, different in every element."""
    found = []
    for output in outputs:
        numbers = np.cos(np.arange(np.prod(output.shape, dtype=int), dtype="float64")).reshape(output.shape)
        numbers = numbers * (1 + 0.5j) if output.dtype.kind == "c" else numbers
        found.append(wrap(np.asarray(numbers, dtype=output.dtype)))
    return found


def gradients(row, arguments, made, create_graph=False):
    outputs = outputs_of(row, arguments)
    found = grad(outputs, made, weights_for(outputs), create_graph=create_graph, allow_unused=True)
    return [None if g is None else g.array for g in found]


def assert_same(got, expected, dtype="float64"):
    assert len(got) == len(expected)
    rtol, atol = TOLERANCES.get(dtype, (1e-12, 1e-12))
    for a, b in zip(got, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


# -- values ------------------------------------------------------------------------------------------------------------
@on_each(cases(lambda row: row.dtypes))
def test_value(row, dtype):
    """A Tensor with NumPy's value, shape and dtype; called on raw arrays, the same as a raw array."""
    arguments = sample(row, dtype)
    with np.errstate(all="ignore"):
        results = as_tuple(row.fn(*each(arguments, wrap)))
        raws = as_tuple(row.fn(*arguments))
        references = as_tuple(row.reference(*arguments)) if row.reference is not None else raws
    assert len(results) == len(raws) == len(references)
    rtol, atol = TOLERANCES.get(dtype, (1e-12, 1e-12))
    for result, raw, reference in zip(results, raws, references, strict=True):
        assert type(result) is Tensor
        assert type(result.array) is np.ndarray
        assert not isinstance(raw, Tensor)
        assert (result.shape, result.dtype) == (result.array.shape, result.array.dtype)
        assert (result.shape, result.dtype) == (np.shape(reference), np.asarray(reference).dtype)
        assert (np.shape(raw), np.asarray(raw).dtype) == (result.shape, result.dtype)
        np.testing.assert_array_equal(raw, result.array)
        np.testing.assert_allclose(result.array, reference, rtol=rtol, atol=atol)


# -- derivatives -------------------------------------------------------------------------------------------------------
@on_each(cases(differentiated(1)))
def test_gradient(row, dtype):
    arguments, made = leaves(sample(row, dtype))
    fast = sum(leaf.array.size for leaf in made) > LARGE[0]
    assert gradcheck(row.fn, arguments, fast_mode=fast, **row.tolerance)


@on_each(cases(differentiated(2)))
def test_second_gradient(row, dtype):
    arguments, made = leaves(sample(row, dtype))
    fast = sum(leaf.array.size for leaf in made) > LARGE[1]
    assert gradgradcheck(row.fn, arguments, fast_mode=fast, **row.tolerance)


@on_each(cases(in_single_precision))
def test_gradient_in_single_precision(row, dtype):
    """The gradient of a float32 input is float32, of the input's shape, and that of float64 up to rounding."""
    arguments, made = leaves(sample(row, dtype))
    single = gradients(row, arguments, made)
    for leaf, g in zip(made, single, strict=True):
        assert g is None or (g.dtype, g.shape) == (leaf.dtype, leaf.shape)
    # The same numbers with more digits.
    wider = each(sample(row, dtype), lambda a: a.astype("float64") if a.dtype == np.float32 else a)
    double = gradients(row, *leaves(wider))
    for a, b in zip(single, double, strict=True):
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@on_each(cases(differentiated(1)))
def test_every_way_of_recording(row, dtype):
    """The same gradients when saved tensors are packed, when the backward is recorded, and one by one.

    One by one: only what the required gradients need is saved, so each operand alone must find all that it needs.
    """
    arguments, made = leaves(sample(row, dtype))
    expected = gradients(row, arguments, made)
    with saved_tensors_hooks(lambda t: t.array, wrap):
        assert_same(gradients(row, arguments, made), expected)
    assert_same(gradients(row, arguments, made, create_graph=True), expected)
    for number, leaf in enumerate(made):
        for other in made:
            other.requires_grad = other is leaf
        if not outputs_of(row, arguments):  # this one has no derivative
            assert expected[number] is None
            continue
        assert_same(gradients(row, arguments, [leaf]), [expected[number]])


# -- completeness ------------------------------------------------------------------------------------------------------
def public_functions():
    """From the names under which users find functions of arrays to the names that rows may have for them."""
    found = {}
    for module in NAMESPACES:
        if importlib.util.find_spec(module) is None:
            continue
        for name, value in vars(importlib.import_module(module)).items():
            operator = getattr(value, "operator", None)
            if isinstance(operator, Operator) and OPERATORS.get(operator.name) is operator:
                found[f"{module}.{name}"] = {name, operator.name}
            elif inspect.isfunction(value) and value.__module__.startswith("wengert.ops."):
                made = value.__module__ in NO_OPERANDS or name in NO_ARRAYS
                found |= {} if made else {f"{module}.{name}": {name}}
    return found


def test_every_public_function_has_a_row():
    covered = {row.name.partition("[")[0].rpartition(".")[2] for row in ROWS}
    public = public_functions()
    assert public
    without = sorted(path for path, names in public.items() if not names & covered)
    assert not without, f"add a row to a tests/ops/table_*.py for each of {without}"


def test_rows_have_names_of_their_own():
    names = [row.name for row in ROWS]
    assert sorted(set(names)) == sorted(names)


def test_every_row_runs_and_each_that_fails_is_named():
    rows = [(Row(name, abs, normal((1,))), "float64") for name in ("f", "f[one]", "f[two]", "g")]

    @on_each(rows)
    def check(row, dtype, bad):
        assert row.name not in bad, "wrong"

    (mark,) = check.pytestmark
    (of_f,), (of_g,) = (param.values for param in mark.args[1])
    assert [row.name for row, _ in of_f] == ["f", "f[one]", "f[two]"]
    check(of_f, bad=[])
    check(of_g, bad=["f"])
    with pytest.raises(AssertionError, match="wrong") as one:
        check(of_f, bad=["f[one]"])
    assert one.value.__notes__ == ["in row f[one] with float64"]
    with pytest.raises(ExceptionGroup) as several:
        check(of_f, bad=["f", "f[two]"])
    assert [e.__notes__ for e in several.value.exceptions] == [["in row f with float64"], ["in row f[two] with float64"]]
