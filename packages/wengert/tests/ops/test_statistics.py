"""Statistics and samples where there is a choice: ties, NaN, nothing left, ends and knots; and what is refused."""

import math
import warnings

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError, DtypeError, UnsupportedError

NAN = math.nan


def gradient_of(function, x):
    """The value of a function of a leaf, and the gradient of its sum."""
    x = wg.tensor(x, requires_grad=True)
    y = function(x)
    y.sum().backward()
    return y.tolist(), x.grad.tolist()


# -- NaN -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian"])
def test_of_nothing_but_nan(name):
    """NumPy's values, and no gradient to a NaN, though the result may be one."""
    x = [[NAN, NAN], [NAN, 3.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy says that nothing is left
        expected = getattr(np, name)(np.asarray(x), axis=1)
    value, g = gradient_of(lambda x: getattr(wg, name)(x, axis=1), x)
    np.testing.assert_array_equal(value, expected)
    assert [g[0][0], g[0][1], g[1][0]] == [0.0, 0.0, 0.0]


def test_quantiles_of_nothing_but_nan():
    value, g = gradient_of(lambda x: wg.nanquantile(x, [0.0, 0.5], axis=1), [[NAN, NAN], [NAN, 3.0]])
    np.testing.assert_array_equal(value, [[NAN, 3.0], [NAN, 3.0]])
    assert g == [[0.0, 0.0], [0.0, 2.0]]


@pytest.mark.parametrize("name", ["median", "quantile", "percentile"])
def test_one_nan_is_the_result_and_gets_the_gradient(name):
    """As PyTorch's quantile has it."""
    function = wg.median if name == "median" else lambda x: getattr(wg, name)(x, 0.25)
    value, g = gradient_of(function, [1.0, NAN, 2.0])
    assert math.isnan(value)
    assert g == [0.0, 1.0, 0.0]


def test_standard_deviation_of_equal_elements_has_no_gradient():
    assert gradient_of(wg.nanstd, [2.0, NAN, 2.0]) == (0.0, [0.0, 0.0, 0.0])


# -- ties ----------------------------------------------------------------------------------------------------------------
def test_ties():
    assert gradient_of(wg.nanmax, [3.0, NAN, 3.0, 1.0]) == (3.0, [0.5, 0.0, 0.5, 0.0])
    assert gradient_of(wg.median, [2.0, 1.0, 2.0]) == (2.0, [1.0, 0.0, 0.0])  # a stable sort puts the first one in the middle
    assert gradient_of(wg.ptp, [3.0, 3.0]) == (0.0, [0.0, 0.0])


def test_fmax_as_in_pytorch():
    torch = pytest.importorskip("torch")
    left, right = [1.0, 2.0, NAN, 4.0, NAN], [1.0, 3.0, 3.0, NAN, NAN]
    for name in ("fmax", "fmin"):
        ours = [wg.tensor(a, requires_grad=True) for a in (left, right)]
        theirs = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (left, right)]
        for module, pair in ((wg, ours), (torch, theirs)):
            getattr(module, name)(*pair).sum().backward()
        for a, b in zip(ours, theirs, strict=True):
            assert a.grad.tolist() == b.grad.tolist()


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "nearest", "midpoint"])
def test_quantiles_as_in_pytorch(method):
    """Which of equal elements, and which NaN, gets the gradient. Of a line of NaN alone `nanquantile` gives none, PyTorch one."""
    torch = pytest.importorskip("torch")
    lines = [[3.0, 1.0, 1.0, 2.0, 2.0], [NAN, 2.0, 2.0, NAN, 1.0], [5.0, 5.0, 5.0, 5.0, 5.0]]
    for name in ("quantile", "nanquantile"):
        for level in (0.0, 0.3, 0.5, 0.77, 1.0):
            ours = wg.tensor(lines, requires_grad=True)
            theirs = torch.tensor(lines, dtype=torch.float64, requires_grad=True)
            value = getattr(wg, name)(ours, level, axis=1, method=method)
            expected = getattr(torch, name)(theirs, level, dim=1, interpolation=method)
            np.testing.assert_allclose(value.array, expected.detach().numpy())
            value.backward(wg.tensor([1.0, 2.0, 3.0]))
            expected.backward(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
            np.testing.assert_allclose(ours.grad.array, theirs.grad.numpy(), atol=1e-15)


def test_infinite_neighbours():
    x = wg.tensor([-math.inf, 1.0, math.inf, math.inf])
    assert wg.median(x).item() == math.inf
    assert wg.quantile(x, [1 / 3, 1.0]).tolist() == [1.0, math.inf]
    assert wg.nanmedian(x).item() == math.inf


# -- NumPy's methods -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_every_method_at_levels_where_it_jumps(n):
    from wengert.ops.quantiles import PLACES

    x, levels = np.random.default_rng(n).normal(size=n), np.arange(17) / 16
    for method in PLACES:
        np.testing.assert_allclose(wg.quantile(x, levels, method=method), np.quantile(x, levels, method=method), err_msg=method)
        np.testing.assert_allclose(
            wg.nanquantile(x, levels, method=method), np.quantile(x, levels, method=method), err_msg=method
        )


# -- interpolation -------------------------------------------------------------------------------------------------------
def test_slopes_at_knots_are_those_of_the_piece_to_the_right():
    knots, values = wg.tensor([0.0, 1.0, 2.0]), wg.tensor([0.0, 10.0, 14.0])
    value, g = gradient_of(lambda x: wg.interp(x, knots, values), [-1.0, 0.0, 1.0, 2.0, 3.0, NAN])
    np.testing.assert_array_equal(value, [0.0, 0.0, 10.0, 14.0, 14.0, NAN])
    assert g == [0.0, 10.0, 4.0, 4.0, 0.0, 0.0]


def test_what_is_no_place_leaves_the_gradients_of_the_knots_alone():
    x, xp, fp = (wg.tensor(a, requires_grad=True) for a in ([0.5, NAN, math.inf, -math.inf], [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]))
    wg.nansum(wg.interp(x, xp, fp)).backward()
    assert x.grad.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert xp.grad.tolist() == [-0.5, -0.5, 0.0]
    assert fp.grad.tolist() == [1.5, 0.5, 1.0]


def test_knots_that_coincide():
    """The last one counts, as in NumPy; no gradient is NaN."""
    x, xp, fp = np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 5.0, 6.0, 9.0])
    leaves = [wg.tensor(a, requires_grad=True) for a in (x, xp, fp)]
    y = wg.interp(*leaves)
    np.testing.assert_array_equal(y.array, np.interp(x, xp, fp))
    y.sum().backward()
    assert all(np.isfinite(leaf.grad.array).all() for leaf in leaves)


# -- refusals ------------------------------------------------------------------------------------------------------------
X = wg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = wg.tensor([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.median(wg.zeros((0,))), ArgumentError, r"median: x: expected at least one element"),
        (lambda: wg.median(wg.tensor([1j])), DtypeError, r"median: x: expected a real dtype, got complex128"),
        (lambda: wg.quantile(V, 1.5), ArgumentError, r"quantile: q: .* range \[0, 1\], got 1\.5"),
        (lambda: wg.percentile(V, [50, 101]), ArgumentError, r"percentile: q: .* range \[0, 100\]"),
        (lambda: wg.quantile(V, NAN), ArgumentError, r"quantile: q:"),
        (lambda: wg.quantile(V, 0.5, method="cubic"), ArgumentError, r"method: expected one of 'linear'.*got 'cubic'"),
        (lambda: wg.quantile(V, wg.tensor(0.5, requires_grad=True)), UnsupportedError, r"no derivative with respect to q"),
        (lambda: wg.average(X, weights=V), ArgumentError, r"average: weights: expected shape \(2, 3\).*got \(3,\)"),
        (lambda: wg.cov(wg.zeros((2, 2, 2))), ArgumentError, r"cov: x: expected at most two axes"),
        (lambda: wg.cov(X, aweights=wg.ones(2)), ArgumentError, r"cov: aweights: expected shape \(3,\).*got \(2,\)"),
        (lambda: wg.convolve(X, V), ArgumentError, r"convolve: x1: expected one axis.*got shape \(2, 3\)"),
        (lambda: wg.correlate(V, wg.zeros((0,))), ArgumentError, r"correlate: x2: expected one axis with at least one element"),
        (lambda: wg.convolve(V, V, mode="half"), ArgumentError, r"convolve: mode: expected 'full', 'same' or 'valid', got"),
        (lambda: wg.interp(V, X, V), ArgumentError, r"interp: xp: expected one axis"),
        (lambda: wg.interp(V, V, wg.ones(2)), ArgumentError, r"interp: fp: expected shape \(3,\), as xp has, got \(2,\)"),
        (lambda: wg.interp(V, V, V, period=0), ArgumentError, r"interp: period"),
        (lambda: wg.trapezoid(X, wg.ones(2)), ArgumentError, r"trapezoid: x: expected 3 places.*got 2"),
        (lambda: wg.trapezoid(X, wg.ones((3, 2))), ArgumentError, r"trapezoid: x: expected one axis, or shape \(2, 3\)"),
        (lambda: wg.gradient(X, 1.0, 2.0, 3.0), ArgumentError, r"gradient: spacing: expected none, one, or one for each of 2"),
        (lambda: wg.gradient(V, edge_order=3), ArgumentError, r"gradient: edge_order: expected 1 or 2, got 3"),
        (lambda: wg.gradient(V[:1]), ArgumentError, r"gradient: x: expected at least 2 elements.*got 1"),
        (lambda: wg.gradient(V, wg.ones(2)), ArgumentError, r"gradient: spacing: expected a number or 3 places"),
        (lambda: wg.vdot(X, V), ArgumentError, r"vdot: expected as many elements in x2"),
        (lambda: wg.polyval(X, V), ArgumentError, r"polyval: p: expected one axis"),
        (lambda: wg.vander(X), ArgumentError, r"vander: x: expected one axis"),
        (lambda: wg.vander(V, 0), ArgumentError, r"vander: n: expected at least 1, got 0"),
        (lambda: wg.diag(wg.zeros((1, 1, 1))), ArgumentError, r"diag: x: expected one axis or two"),
        (lambda: wg.select([V > 1], [V, V]), ArgumentError, r"select: choices: expected one for each condition, got 2 for 1"),
        (lambda: wg.block([[V], V]), ArgumentError, r"block: arrays: expected lists nested equally deep, got depths \[0, 1\]"),
        (lambda: wg.block([[], [V]]), ArgumentError, r"block: arrays: .*got an empty one"),
        (lambda: wg.rot90(X, axes=(0, -2)), ArgumentError, r"rot90: axes: expected two different ones"),
    ],
)
def test_what_is_refused_names_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_numpys_names_of_arguments():
    """As xarray gives them."""
    x = wg.tensor([1.0, NAN, 3.0, 4.0])
    plain = x.numpy()
    assert wg.nanmean(wg.tensor([1.0, 2.0], dtype="float32"), dtype=wg.float64).dtype == np.float64
    for name in ("nanvar", "nanstd"):
        expected = getattr(np, name)(plain, ddof=1)
        assert getattr(wg, name)(x, ddof=1).item() == pytest.approx(expected)
        assert getattr(wg, name)(x, correction=1, dtype="float64").item() == pytest.approx(expected)
        with pytest.raises(wg.errors.ArgumentError, match="two names for one number, got both: 1 and 0"):
            getattr(wg, name)(x, correction=1, ddof=0)
    assert wg.nanquantile(x, q=0.5).item() == np.nanquantile(plain, q=0.5)
    assert wg.percentile(wg.tensor([1.0, 2.0]), q=50).item() == 1.5
