"""From the gradient of the result to that of the operand."""

import itertools

import numpy as np
import pytest

import wengert as wg
from op_helpers import FLOATS, forget, leaf  # noqa: F401
from wengert.arrays.adapter import ADAPTERS, adapter_of
from wengert.arrays.numpy import NumpyAdapter
from wengert.autograd.tensor import wrap
from wengert.errors import (
    DerivativeCheckError,
    GradientMismatchError,
)
from wengert.op import binary, fit, operator, rule, unary
from wengert.testing import gradcheck

SHAPES = [shape for ndim in range(4) for shape in itertools.product((1, 2, 3), repeat=ndim)]


def stretched_shapes(shape):
    """Shapes of at most three axes that `shape` broadcasts to."""
    for target in SHAPES:
        try:
            if np.broadcast_shapes(shape, target) == target:
                yield target
        except ValueError:
            continue


def summed(grad, shape):
    """The transpose of broadcasting, element by element: where each element of the result came from."""
    size = int(np.prod(shape, dtype=int))
    source = np.broadcast_to(np.arange(size).reshape(shape), grad.shape).reshape(-1)
    total = np.zeros(size, grad.dtype)
    np.add.at(total, source, grad.reshape(-1))
    return total.reshape(shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_fit_sums_what_broadcasting_stretched(shape):
    rng = np.random.default_rng(0)
    for got in stretched_shapes(shape):
        grad = rng.standard_normal(got)
        expected = summed(grad, shape)
        result = fit(grad, shape, grad.dtype)
        assert type(result) is np.ndarray or not shape
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
        recorded = fit(wg.tensor(grad, requires_grad=True), shape, grad.dtype)
        assert recorded.requires_grad
        np.testing.assert_allclose(recorded.array, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("operand", FLOATS)
@pytest.mark.parametrize("gradient", FLOATS)
def test_fit_casts_to_the_operands_dtype(gradient, operand, tensor):
    """A real operand takes the real part of a complex gradient."""
    values = np.array([[1.0, 2.0], [3.0, 4.0]]) + (1j if "complex" in gradient else 0)
    grad = values.astype(gradient)
    result = fit(wg.tensor(grad) if tensor else grad, (2,), np.dtype(operand))
    assert result.dtype == operand
    expected = values.sum(0)
    got = result.array if tensor else result
    np.testing.assert_allclose(got, expected if "complex" in operand else expected.real)


def test_fit_leaves_alone_what_fits():
    grad = np.ones((2, 3))
    assert fit(grad, (2, 3), np.dtype("float64")) is grad


def test_fit_says_what_does_not_fit():
    with pytest.raises(GradientMismatchError, match=r"a gradient of shape \(2, 3\) for an operand of shape \(2,\)"):
        fit(np.ones((2, 3)), (2,), np.dtype("float64"))


def test_a_real_operand_of_a_complex_result():
    """x real, z complex: the gradient of x is real (and summed), to second order too."""
    x, z = leaf([[1.0], [2.0]]), leaf([1 + 2j, 3 - 1j])
    out = x * z
    assert out.dtype == np.complex128
    gx, gz = wg.autograd.grad(out, [x, z], wrap(np.full((2, 2), 1 + 1j)), create_graph=True)
    assert (gx.dtype, gx.shape) == (np.float64, (2, 1))
    assert (gz.dtype, gz.shape) == (np.complex128, (2,))
    assert gx.requires_grad
    assert gradcheck(lambda x, z: x * z, (x, z))


def test_none_from_a_rule_is_no_gradient():
    """Also where the gradient would have had to be summed."""

    @operator
    def op12(x, y, /):
        return x + 0 * y

    rule(op12, "x")(lambda g: g)
    rule(op12, "y")(lambda g: None)
    x, y = leaf([[1.0, 2.0]]), leaf([[1.0], [2.0]])
    gx, gy = wg.autograd.grad(op12(x, y), [x, y], wg.ones((2, 2)), allow_unused=True)
    assert (gx.shape, gy) == ((1, 2), None)
    nothing = binary("op13", lambda g: g, lambda g: None, function="add")
    gx, gy = wg.autograd.grad(nothing(x, y), [x, y], wg.ones((2, 2)), allow_unused=True)
    assert (gx.shape, gy) == ((1, 2), None)


def test_a_rule_of_the_wrong_shape():
    @operator
    def op14(x, /):
        return x * 2

    rule(op14, "x")(lambda g: wg.reshape(g, (3, 2)))
    x = leaf(np.ones((2, 3)))
    with pytest.raises(GradientMismatchError, match=r"a gradient of shape \(3, 2\) for an operand of shape \(2, 3\)"):
        op14(x).backward(wg.ones((2, 3)))


def test_an_elementwise_rule_of_the_wrong_dtype_fails_its_check():
    """Elementwise operators trust their rules where operands and result have one dtype; the check does not."""
    wrong = unary("op15", lambda g: wg.astype(g, wg.float32), function="positive")
    with pytest.raises(DerivativeCheckError, match="has dtype float32, the input has dtype float64"):
        gradcheck(wrong, leaf([1.0]))


def test_results_that_no_gradient_can_have():
    """Comparisons and integers are constants, whatever the operands require."""
    x = leaf([1.0, 2.0])
    assert not (x > 1.0).requires_grad
    assert not wg.astype(x, wg.int64).requires_grad
    assert wg.astype(x, wg.float32).requires_grad


def test_numpy_scalars_do_not_leak():
    """NumPy returns scalars for arrays without axes; a Tensor holds an array."""
    x = leaf(2.0)
    for y in (x * x, x * 2.0, 2.0 * x, wg.exp(x), wg.sum(leaf([1.0, 2.0])), wg.matmul(leaf([1.0]), leaf([2.0]))):
        assert type(y.array) is np.ndarray
        (g,) = wg.autograd.grad(y, x, allow_unused=True)
        assert g is None or type(g.array) is np.ndarray


def test_the_numpy_adapter_is_there():
    assert isinstance(ADAPTERS[np.ndarray], NumpyAdapter)


def test_the_bodies_for_numpy_are_found():
    """The general bodies are right as well, only slower, so nothing else would notice that NumPy's own are not wired in."""
    adapter = adapter_of(np.ones(1))
    for name in ("linear", "layer_norm", "log_softmax_backward", "sum"):
        assert callable(getattr(adapter, f"fn_{name}")), name
