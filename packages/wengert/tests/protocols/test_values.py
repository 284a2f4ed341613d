"""NumPy's calls made with Tensors: NumPy's values, and gradients that agree with finite differences."""

import numpy as np
import pytest

import wengert as wg
from protocols.calls import CALLS_OF_NUMPY

STEP = 1e-6


def first(result):
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("call", [pytest.param(c, id=c.name) for c in CALLS_OF_NUMPY])
def test_values_and_gradients(call):
    expected = call.function(*call.operands)
    tensors = [wg.tensor(x, requires_grad=True) for x in call.operands]
    got = first(call.function(*tensors))
    assert isinstance(got, wg.Tensor)
    np.testing.assert_allclose(got.array, first(expected), rtol=1e-10, atol=1e-10)
    assert got.dtype == first(expected).dtype
    assert got.requires_grad
    _check_gradients(call, tensors, got)


def _check_gradients(call, tensors, got):
    """The derivative in a random direction of a random projection."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=got.shape)
    found = wg.autograd.grad((got * weights).sum().real, tensors, allow_unused=True)
    for i, x in enumerate(call.operands):
        direction = rng.normal(size=x.shape).astype(x.dtype)
        values = []
        for sign in (1, -1):
            moved = [y + sign * STEP * direction if j == i else y for j, y in enumerate(call.operands)]
            values.append(np.sum(weights * first(call.function(*moved))).real)
        by_rule = 0.0 if found[i] is None else np.sum(np.conj(found[i].array) * direction).real
        assert by_rule == pytest.approx((values[0] - values[1]) / (2 * STEP), rel=1e-5, abs=1e-5)
