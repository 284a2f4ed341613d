"""Numbers that meet a tensor are computed with as 0-d arrays: nobody may notice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert.arrays.numpy_constants import CONSTANTS, LIMIT

NUMBERS = st.one_of(st.floats(width=64), st.integers(-(2**70), 2**70), st.sampled_from([0.0, -0.0, math.nan, math.inf, True]))
ARITHMETIC = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128, np.int64])
@given(number=NUMBERS)
def test_the_result_is_that_of_the_number(name, dtype, number):
    if type(number) is int and dtype is np.int64 and abs(number) >= 2**63:
        number = 5  # NumPy says that it does not fit, as does the test below
    array, op, function = np.asarray([1.5, -2.0, 0.0], dtype), getattr(wg, name), ARITHMETIC[name]
    with np.errstate(all="ignore"):
        for got, expected in (
            (op(wg.asarray(array), number), function(array, number)),
            (op(number, wg.asarray(array)), function(number, array)),
        ):
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got.array, expected)
            np.testing.assert_array_equal(np.signbit(got.array.real), np.signbit(expected.real))


def test_what_is_saved_is_the_number_and_the_gradient_has_the_dtype_of_the_operand():
    x = wg.tensor([1.0, 2.0], dtype=wg.float32, requires_grad=True)
    y = x * 0.1
    assert y.grad_fn._saved_other == 0.1
    assert type(y.grad_fn._saved_other) is float
    y.sum().backward()
    assert x.grad.dtype == wg.float32
    (first,) = wg.autograd.grad((x * 3.0 * x).sum(), x, create_graph=True)
    assert first.tolist() == [6.0, 12.0]
    assert wg.autograd.grad(first.sum(), x)[0].tolist() == [6.0, 6.0]


def test_a_number_that_does_not_fit_is_an_error_of_numpy():
    with pytest.raises(OverflowError):
        wg.tensor([1.0]) * 10**400
    with pytest.raises(OverflowError):
        wg.tensor([1]) * 2**64
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert (wg.tensor([1.0], dtype=wg.float32) * 1e300).item() == math.inf


def test_ever_new_numbers_do_not_fill_the_memory():
    x = wg.tensor([1.0])
    for number in range(1, 3 * LIMIT):
        x * (number + 0.5)
    assert len(CONSTANTS[x.dtype]) <= LIMIT


def test_a_constant_cannot_be_written_to():
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 0.625
    with pytest.raises(ValueError, match="read-only"):
        y.grad_fn._saved[-1][...] = 1.0
