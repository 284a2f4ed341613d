"""What NumPy's calls on Tensors do besides computing: never detach, write where they are told to, say what they cannot."""

import inspect

import numpy as np
import pytest

import wengert as wg
from wengert.errors import GradientError, UnsupportedError
from wengert.numpy_protocols import table


def leaf(data):
    return wg.tensor(data, requires_grad=True)


def test_out_as_a_tensor_is_written_to_in_place():
    x, out = leaf([1.0, 2.0]), wg.zeros(2)
    assert np.multiply(x, 3.0, out=out) is out
    out.sum().backward()
    assert (out.tolist(), x.grad.tolist()) == ([3.0, 6.0], [3.0, 3.0])


def test_out_as_an_array_would_lose_the_gradient():
    out = np.zeros(2)
    with pytest.raises(GradientError, match=r"np\.multiply: out= is a plain array"):
        np.multiply(leaf([1.0, 2.0]), 3.0, out=out)
    assert out.tolist() == [0.0, 0.0]
    np.multiply(wg.tensor([1.0, 2.0]), 3.0, out=out)
    assert out.tolist() == [3.0, 6.0]


def test_augmented_assignment_to_an_array():
    """``array += tensor`` is a call with ``out=array``."""
    array = np.zeros(2)
    array += wg.tensor([1.0, 2.0])
    assert array.tolist() == [1.0, 2.0]
    with pytest.raises(GradientError, match="out= is a plain array"):
        array += leaf([1.0, 2.0])


def test_functions_that_write():
    x, y = leaf([1.0, 2.0, 3.0]), wg.zeros(3)
    np.copyto(y, x, where=np.array([True, False, True]))
    np.put(y, [1], x[0] * 5)
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([1.0, 5.0, 3.0], [6.0, 0.0, 1.0])


def test_at_counts_places_that_are_named_twice():
    x, y = leaf([1.0, 2.0]), wg.zeros(3)
    np.add.at(y, [0, 0], x)
    y[0].backward()
    assert (y.tolist(), x.grad.tolist()) == ([3.0, 0.0, 0.0], [1.0, 1.0])
    with pytest.raises(UnsupportedError, match=r"np\.multiply\.at: .* names a place twice"):
        np.multiply.at(y, [0, 0], x)


def test_locally_constant_functions_give_no_gradient():
    x = leaf([3.0, 1.0, 2.0])
    for result in (np.argsort(x), x > 1.5, np.isnan(x), np.searchsorted(x, 2.0), np.greater(x, 1)):
        assert isinstance(result, wg.Tensor)
        assert not result.requires_grad
    assert np.nonzero(x > 1.5)[0].tolist() == [0, 2]
    assert np.allclose(x, [3.0, 1.0, 2.0])
    assert np.shape(x) == (3,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.histogram, r"np\.histogram has no derivative rule here.*np\.histogram of x\.detach"),
        (np.packbits, r"np\.packbits has no derivative rule here"),
        (lambda x: np.spacing(x, casting="unsafe"), r"np\.spacing: casting"),
        (lambda x: np.einsum(x, [0]), r"np\.einsum: operands followed by lists"),
        (lambda x: np.quantile(x, 0.5, method="inverted_cdf", weights=[1, 2, 3]), r"np\.quantile: weights="),
        (lambda x: np.quantile(x, leaf(0.5)), r"no derivative with respect to q"),
    ],
)
def test_what_has_no_rule_says_so(call, message):
    """It never silently detaches."""
    with pytest.raises(UnsupportedError, match=message):
        call(leaf([1.0, 2.0, 3.0]))


def test_every_function_of_numpy_has_a_state():
    """The table of the documentation; whatever NumPy adds shows up as an error there."""
    states = dict(wg.numpy_protocols.state())
    assert states["np.sin"] == states["np.concatenate"] == states["np.fft.rfft"] == "differentiable"
    assert states["np.argsort"] == states["np.isnan"] == "constant"
    assert states["np.histogram"] == "error"
    assert sum(state == "differentiable" for state in states.values()) >= 230


def test_sequences_with_tensors_among_arrays():
    x = leaf([1.0, 2.0])
    np.stack([x, np.ones(2), [3.0, 4.0]]).sum().backward()
    np.add(x, [[1.0, 2.0]]).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_subclasses_stay_what_they_are():
    """A spelling of Tensor gives itself."""
    from wengert.compat import torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert type(np.sin(x)) is type(x)


def test_special_functions_of_scipy():
    """Their ufuncs come by the same protocol."""
    special = pytest.importorskip("scipy.special")
    x = leaf([0.3, 1.2])
    (special.erf(x) + special.gammaln(x) + special.xlogy(x, 2.0)).sum().backward()
    expected = 2 / np.sqrt(np.pi) * np.exp(-(x.array**2)) + special.digamma(x.array) + np.log(2.0)
    np.testing.assert_allclose(x.grad.array, expected)
    with pytest.raises(UnsupportedError, match="mathieu_a has no derivative rule here"):
        special.mathieu_a(1.0, x)


def by_keyword(function):
    """The parameters that may be passed by keyword; None where others may too, or none is known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # older NumPy does not say it of functions written in C
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def test_arguments_have_numpys_names():
    compared = 0
    for function, ours in table().items():
        theirs, mine = by_keyword(function), by_keyword(ours)
        if theirs is not None and mine is not None:  # what is handed on says so itself
            assert theirs <= mine, function.__name__
            compared += 1
    assert compared > 150
