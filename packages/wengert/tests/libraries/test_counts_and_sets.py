"""In each library: counted repetitions, the different elements of complex arrays, dtypes of what is found or accumulated."""

import math

import pytest

import wengert as wg
from libraries.shelf import MODULES, shelf

NAMES = ("numpy", "torch", "jax")
NAN = math.nan


@pytest.fixture(params=NAMES)
def xp(request):
    if request.param in MODULES:
        shelf(request.param)
    return getattr(wg, request.param)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64"])
def test_counts_of_every_integer_dtype(xp, dtype):
    x = xp.tensor([1.0, 2.0, 3.0], requires_grad=True)
    counts = xp.asarray([2, 0, 3], dtype=getattr(xp, dtype))
    repeated = xp.repeat(x, counts)
    assert repeated.tolist() == [1.0, 1.0, 3.0, 3.0, 3.0]
    (repeated * xp.asarray([1.0, 2.0, 4.0, 8.0, 16.0])).sum().backward()
    assert x.grad.tolist() == [3.0, 0.0, 28.0]


def test_one_count_for_all_of_an_axis(xp):
    x = xp.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    repeated = xp.repeat(x, xp.asarray([2], dtype=xp.uint8), axis=1)
    assert repeated.tolist() == [[1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0]]
    repeated.sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_different_complex_elements(xp, dtype):
    x = xp.asarray([[2 + 1j, 1 + 3j, 2 + 1j], [1 + 2j, -0.0 + 0j, 0j]], dtype=getattr(xp, dtype))
    found = xp.unique_all(x)
    assert found.values.dtype == x.dtype
    assert set(found.values.tolist()) == {2 + 1j, 1 + 3j, 1 + 2j, 0j}
    assert xp.reshape(x, (-1,))[found.indices].tolist() == found.values.tolist()
    assert found.values[found.inverse_indices].tolist() == x.tolist()
    assert dict(zip(found.values.tolist(), found.counts.tolist(), strict=True)) == {2 + 1j: 2, 1 + 3j: 1, 1 + 2j: 1, 0j: 2}
    assert found.indices.tolist() == [[2 + 1j, 1 + 3j, 2 + 1j, 1 + 2j, 0j].index(value) for value in found.values.tolist()]
    assert set(xp.unique_values(x).tolist()) == set(found.values.tolist())
    assert xp.unique_values(x).shape == (4,)


def test_every_complex_nan_is_one_of_its_own(xp):
    x = xp.asarray([complex(NAN, 1), 1j, complex(NAN, 1), complex(1, NAN), 1j], dtype=xp.complex128)
    found = xp.unique_all(x)
    assert sorted(found.counts.tolist()) == [1, 1, 1, 2]
    assert xp.unique_values(x).shape == (4,)


def test_of_nothing(xp):
    found = xp.unique_all(xp.zeros((0,), dtype=xp.complex64))
    assert [part.shape for part in found] == [(0,)] * 4


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float32", "complex64"])
@pytest.mark.parametrize("size", [0, 3])
def test_products_run_in_the_dtype_of_prod(xp, dtype, size):
    x = xp.full((size,), 100, dtype=getattr(xp, dtype))
    for initial in (False, True):
        found = xp.cumulative_prod(x, include_initial=initial)
        assert found.dtype == xp.prod(x).dtype
        assert found.tolist() == [100**n for n in range(not initial, size + 1)]
    assert xp.cumulative_prod(x, dtype=xp.complex64).dtype == xp.complex64


def test_places_found_are_indices(xp):
    x = xp.asarray([1, 3, 5], dtype=xp.uint8)
    for side, expected in (("left", [1, 2]), ("right", [2, 2])):
        found = xp.searchsorted(x, xp.asarray([3, 4], dtype=xp.uint8), side=side)
        assert found.tolist() == expected
        assert found.dtype == xp.argsort(x).dtype
    assert xp.searchsorted(x, xp.asarray(4, dtype=xp.uint8)).shape == ()
