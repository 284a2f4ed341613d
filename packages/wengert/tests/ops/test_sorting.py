"""Order of equal elements and of NaN, and errors of sorting."""

import math

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError
from wengert.ops import sorting


def test_equal_elements_stay_in_order():
    for descending, expected in ((False, [2, 0, 1, 3]), (True, [1, 3, 0, 2])):
        order = sorting.argsort(wg.tensor([1.0, 2.0, 0.0, 2.0]), descending=descending)
        assert order.tolist() == expected


def test_gradient_of_equal_elements():
    x = wg.tensor([2.0, 1.0, 2.0], requires_grad=True)
    sorting.sort(x, descending=True).backward(wg.tensor([10.0, 20.0, 30.0]))
    assert x.grad.tolist() == [10.0, 30.0, 20.0]


def test_nan_is_largest():
    x = wg.tensor([math.nan, 1.0, 2.0])
    assert sorting.argsort(x).tolist() == [1, 2, 0]
    assert sorting.argsort(x, descending=True).tolist() == [0, 2, 1]


def test_an_axis_that_is_not_there():
    for fn in (sorting.sort, sorting.argsort):
        with pytest.raises(ArgumentError, match="axis: got 1"):
            fn(wg.tensor([1.0]), axis=1)


def test_unique_elements_have_no_graph():
    x = wg.tensor([3.0, 1.0, 3.0], requires_grad=True)
    found = sorting.unique_all(x)
    assert not any(y.requires_grad for y in (*found, sorting.unique_values(x)))
    assert np.array_equal(found.values.array[found.inverse_indices.array], x.array)
