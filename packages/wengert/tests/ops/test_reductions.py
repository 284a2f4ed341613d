"""Degenerate points, dtypes and errors of reductions, running products and searches."""

import math

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError, DtypeError
from wengert.ops import cumulative, reductions, searching, sorting, statistics
from wengert.testing import gradcheck, gradgradcheck


def leaf(data, dtype="float64"):
    return wg.tensor(np.asarray(data, dtype=dtype), requires_grad=True)


def gradient(fn, data):
    x = leaf(data)
    fn(x).backward()
    return x.grad.tolist()


# -- extremes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fn", [reductions.max, reductions.min])
def test_ties_share_the_gradient(fn):
    """As PyTorch's max() and amax (E6: rules are PyTorch's)."""
    assert gradient(fn, [2.0, 2.0, 2.0, 2.0]) == [0.25] * 4
    assert gradient(lambda x: reductions.sum(fn(x, axis=1)), [[5.0, 5.0], [1.0, 1.0]]) == [[0.5, 0.5], [0.5, 0.5]]
    assert gradient(lambda x: reductions.sum(fn(x, axis=(0, 1))), [[5.0, 5.0], [5.0, 5.0]]) == [[0.25] * 2] * 2


@pytest.mark.parametrize("fn", [reductions.max, reductions.min])
def test_nan_takes_the_gradient(fn):
    assert gradient(fn, [1.0, math.nan, 3.0, math.nan]) == [0.0, 0.5, 0.0, 0.5]
    assert gradient(lambda x: reductions.sum(fn(x, axis=1)), [[1.0, math.nan], [2.0, 2.0]]) == [[0.0, 1.0], [0.5, 0.5]]


def test_an_infinite_gradient_stays_where_it_belongs():
    x = leaf([1.0, 3.0])
    reductions.max(x).backward(wg.tensor(math.inf))
    assert x.grad.tolist() == [0.0, math.inf]


def test_maximum_of_integers_has_no_graph():
    y = reductions.max(wg.tensor([1, 2]))
    assert y.item() == 2
    assert not y.requires_grad


# -- dtypes ------------------------------------------------------------------------------------------------------------
def test_dtype_of_a_sum():
    x = leaf([1.0, 2.0], "float32")
    y = reductions.sum(x, dtype=np.float64)
    assert y.dtype == np.float64
    y.backward()
    assert x.grad.dtype == np.float32
    assert not reductions.sum(x, dtype=np.int64).requires_grad
    assert reductions.sum(wg.tensor([True, True])).dtype == np.int64


def test_variance_of_complex_numbers_is_real():
    x = leaf([1 + 1j, 3.0, -2j], "complex64")
    y = statistics.var(x)
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.dtype == np.complex64


# -- degenerate points -------------------------------------------------------------------------------------------------
def test_standard_deviation_of_equal_elements():
    """PyTorch: zero, not NaN."""
    assert gradient(statistics.std, [2.0, 2.0]) == [0.0, 0.0]
    assert gradient(statistics.std, [2.0]) == [0.0]


@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_variance_without_freedom():
    assert all(map(math.isnan, gradient(lambda x: statistics.var(x, correction=1), [2.0])))
    assert all(map(math.isnan, gradient(lambda x: statistics.var(x, correction=2), [2.0, 3.0])))


def test_logsumexp_far_out():
    assert gradient(statistics.logsumexp, [-math.inf, 0.0]) == [0.0, 1.0]
    assert statistics.logsumexp(wg.tensor([-math.inf, -math.inf])).item() == -math.inf
    assert statistics.logsumexp(wg.tensor([math.inf, 0.0])).item() == math.inf
    assert statistics.logsumexp(wg.tensor([-1e4, -1e4])).item() == pytest.approx(-1e4 + math.log(2))


def test_gradient_of_a_mean_of_nothing():
    x = leaf(np.empty((0, 2)))
    reductions.sum(x).backward()
    assert x.grad.shape == (0, 2)


@pytest.mark.parametrize("data", [[0.0], [0.0, 0.0], [0.0, 2.0, 0.0, 3.0], [1.0, 0.0, 0.0, 0.0, 5.0], [2.0, 0.0, 3.0]])
def test_third_derivatives_of_products_at_zeros(data):
    """No division, so zeros are no special case at any order."""

    def squared_gradient(fn):
        def body(x):
            (g,) = wg.autograd.grad(reductions.sum(fn(x)), x, create_graph=True)
            return reductions.sum(g * g)

        return body

    for fn in (cumulative.prod, cumulative.cumulative_prod):
        assert gradcheck(squared_gradient(fn), (leaf(data),))
        assert gradgradcheck(squared_gradient(fn), (leaf(data),))


def test_product_that_underflows_where_its_gradient_does_not():
    """prod(x) / x would be zero."""
    assert gradient(cumulative.prod, [1e-200, 1e-200, 1e200]) == pytest.approx([1.0, 1.0, 0.0])


# -- searches ----------------------------------------------------------------------------------------------------------
def test_where_keeps_infinite_gradients_out():
    c, x = wg.tensor([True, False]), leaf([1.0, 2.0])
    y = searching.where(c, x, 0.0)
    y.backward(wg.tensor([1.0, math.inf]))
    assert x.grad.tolist() == [1.0, 0.0]


def test_where_takes_the_dtype_of_the_tensor():
    x = leaf([1.0, 2.0], "float32")
    y = searching.where(x > 1, x, 0.5)
    assert y.dtype == np.float32
    reductions.sum(y).backward()
    assert x.grad.dtype == np.float32


def test_positions_have_no_graph():
    x = leaf([1.0, 2.0])
    for y in (searching.argmax(x), searching.count_nonzero(x), *searching.nonzero(x), searching.searchsorted(x, x)):
        assert not y.requires_grad
        assert y.dtype.kind == "i"


# -- errors ------------------------------------------------------------------------------------------------------------
def test_an_axis_that_is_not_there():
    for fn in (reductions.sum, reductions.max, statistics.mean, statistics.var, cumulative.prod):
        with pytest.raises(ValueError):
            fn(leaf([1.0, 2.0]), axis=1)


def test_running_sums_of_matrices_need_an_axis():
    for fn in (cumulative.cumulative_sum, cumulative.cumulative_prod):
        with pytest.raises(ValueError):
            fn(leaf([[1.0, 2.0]]))


def test_differences():
    with pytest.raises(ArgumentError, match="n: expected 0 or more, got -1"):
        cumulative.diff(leaf([1.0]), n=-1)
    x = leaf([1.0, 2.0])
    assert cumulative.diff(x, n=0) is x
    assert cumulative.diff(x, n=3).shape == (0,)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin", "sort", "argsort"])
def test_complex_numbers_have_no_order(name):
    fn = next(getattr(m, name) for m in (reductions, searching, sorting) if hasattr(m, name))
    with pytest.raises(DtypeError, match=f"{name}: x: expected a real dtype, got complex128"):
        fn(leaf([1j, 1.0], "complex128"))
