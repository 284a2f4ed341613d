"""What the table of indexing functions does not say: Tensors as keys, repeated places, errors, names of nodes."""

import numpy as np
import pytest

from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import ArgumentError
from wengert.ops.indexing import diagonal, getitem, raw_key, scatter, take, take_along_axis, trace


def leaf(data):
    x = wrap(np.asarray(data, dtype="float64"))
    x.requires_grad = True
    return x


def gradient(output, x, g=None, **options):
    (found,) = grad(output, x, g, **options)
    return found


A = np.arange(12.0).reshape(3, 4)
ROWS = np.asarray([2, 0, 2])

TENSOR_KEYS = {
    "integers": (wrap(ROWS), ROWS),
    "0-d integer": (wrap(np.asarray(1)), np.asarray(1)),
    "booleans": (wrap(A > 5), A > 5),
    "in a tuple": ((wrap(ROWS), slice(1, 3)), (ROWS, slice(1, 3))),
    "two": ((wrap(ROWS), wrap(np.asarray([1, 1, 3]))), (ROWS, np.asarray([1, 1, 3]))),
    "with a raw array": ((wrap(ROWS), np.asarray([1, 1, 3])), (ROWS, np.asarray([1, 1, 3]))),
    "in a list": ([wrap(np.asarray(2)), 0], [2, 0]),
    "NumPy's integers": ((np.int64(1), np.intp(2)), (1, 2)),
}


@pytest.mark.parametrize("name", TENSOR_KEYS)
def test_tensors_as_keys(name):
    ours, theirs = TENSOR_KEYS[name]
    x = leaf(A)
    y = x[ours]
    assert type(y) is Tensor
    np.testing.assert_array_equal(y.array, A[theirs])
    expected = np.zeros_like(A)
    np.add.at(expected, theirs, 1.0)
    np.testing.assert_array_equal(gradient(y.sum(), x).array, expected)


def test_raw_keys_are_left_as_they_are():
    for key in (1, slice(None), None, ..., (1, None), ROWS):
        assert raw_key(key) is key or raw_key(key) == key


def test_repeated_places_are_added_up():
    x = leaf([1.0, 2.0, 3.0])
    y = x[np.asarray([0, 0, 2, 0])]
    assert gradient(y, x, wrap(np.asarray([1.0, 10.0, 100.0, 1000.0]))).tolist() == [1011.0, 0.0, 100.0]


def test_repeated_places_at_second_order():
    x = leaf([2.0, 3.0])
    picked = x[np.asarray([0, 0, 1])]
    g = gradient((picked**3).sum(), x, create_graph=True)
    assert g.tolist() == [24.0, 27.0]
    assert gradient(g.sum(), x).tolist() == [24.0, 18.0]


def test_the_flat_index_and_the_plain_one_agree():
    rng = np.random.default_rng(0)
    for shape, picks in (((5, 7), 4000), ((5, 7, 3), 4000), ((5000, 2), 30)):
        key = rng.integers(-shape[0], shape[0], picks)
        g = rng.standard_normal((picks, *shape[1:]))
        expected = np.zeros(shape)
        np.add.at(expected, key, g)
        np.testing.assert_allclose(scatter(g, shape, key), expected, rtol=1e-12)
        pair = (key, rng.integers(0, shape[1], picks))
        g = rng.standard_normal((picks, *shape[2:]))
        expected = np.zeros(shape)
        np.add.at(expected, pair, g)
        np.testing.assert_allclose(scatter(g, shape, pair), expected, rtol=1e-12)


def test_one_element_is_a_0_d_tensor():
    x = leaf(A)
    y = x[1, 2]
    assert y.shape == ()
    assert type(y.array) is np.ndarray
    assert gradient(y, x).array[1, 2] == 1.0


def test_integers_are_indexed_without_a_graph():
    x = wrap(np.arange(3))
    assert x[1:].tolist() == [1, 2]
    assert not x[1:].requires_grad


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: x[3], IndexError),
        (lambda x: x[0, 0, 0], IndexError),
        (lambda x: x[np.asarray([3])], IndexError),
        (lambda x: x[np.asarray([True, False])], IndexError),
        (lambda x: x[1.5], IndexError),
        (lambda x: x[wrap(np.asarray([0.5]))], IndexError),
        (lambda x: x["a"], IndexError),
        (lambda x: take(x, wrap(np.asarray([3])), axis=0), IndexError),
        (lambda x: take_along_axis(x, wrap(np.asarray([[9]])), axis=0), IndexError),
        (lambda x: take(x, wrap(np.asarray([0]))), ArgumentError),
        (lambda x: diagonal(x[0]), ArgumentError),
        (lambda x: trace(x, axis1=0, axis2=2), ArgumentError),
    ],
)
def test_errors(call, error):
    with pytest.raises(error):
        call(wrap(A))


def test_nodes_have_pytorchs_names():
    x = leaf(A)
    names = {
        "Index": x[0],
        "IndexSelect": take(x, wrap(ROWS), axis=0),
        "Gather": take_along_axis(x, wrap(np.asarray([[0]])), axis=1),
        "Diagonal": diagonal(x),
        "Sum": trace(x),
    }
    for name, y in names.items():
        assert y.grad_fn.name() == f"{name}Backward0"


def test_the_gradient_is_not_shared_with_the_outside():
    x = leaf([1.0, 2.0])
    g = wrap(np.asarray([1.0, 2.0]))
    found = gradient(getitem(x, slice(None)), x, g)
    found.array[...] = 9.0
    assert g.tolist() == [1.0, 2.0]


def test_mask_selects_the_gradient():
    x = leaf(A)
    (x[x > 5] ** 2).sum().backward()
    np.testing.assert_array_equal(x.grad.array, np.where(A > 5, 2 * A, 0))
