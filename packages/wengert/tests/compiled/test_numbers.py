"""Numbers among the arguments of a compiled function: inputs, once they have changed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.errors import TraceError

NUMBERS = st.floats(-3, 3).filter(lambda s: abs(s) > 1e-3)


def value_and_gradient(x, s, t=1.0):
    y = (wg.tanh(x * s) + (2 * s - t) / s) * wg.exp(-s * x) ** 2 - t
    return y.detach(), wg.autograd.grad(y.sum(), x)[0]


def leaf(dtype=np.float64):
    return wg.tensor(np.arange(6, dtype=dtype).reshape(2, 3) / 7, requires_grad=True)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=8, unique_by=lambda p: p[0]))
@settings(max_examples=20, deadline=None)
def test_any_value_after_the_second_is_a_hit(pairs):
    x, compiled = leaf(), wg.compile(value_and_gradient)
    for s, t in pairs:
        for one, other in zip(compiled(x, s, t=t), value_and_gradient(x, s, t), strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
    assert compiled.captures <= 3  # t may begin to change later than s does


def test_by_position_the_short_way_in_is_taken():
    x, compiled = leaf(), wg.compile(value_and_gradient)
    for s in (1.0, 2.0, 3.0, 4.0, 5.0):
        compiled(x, s)
    assert (compiled.captures, compiled.hits) == (2, 3)


@pytest.mark.parametrize("look", [lambda x, s: x * s if s > 1.5 else x - s, lambda x, s: x * math.sqrt(s), lambda x, s: x**s])
def test_a_function_that_looks_at_it_has_a_program_for_each_value(look):
    compiled = wg.compile(lambda x, s: wg.autograd.grad(look(x, s).sum(), x)[0])
    for s in (1.0, 2.0, 3.0, 1.0, 2.0):
        x = leaf()
        expected = wg.autograd.grad(look(x, s).sum(), x)[0]
        np.testing.assert_array_equal(compiled(x, s).numpy(), expected.numpy())
    assert (compiled.captures, compiled.hits) == (3, 2)


def test_a_number_leaves_the_dtype_of_arrays_alone():
    x, compiled = leaf(np.float32).detach(), wg.compile(lambda x, s: (2 * s) * x)
    assert {str(compiled(x, s).dtype) for s in (0.5, 0.25, 0.125)} == {"float32"}


def test_integers_are_constants():
    compiled = wg.compile(lambda x, n: x * n)
    for n in (1, 2, 3):
        compiled(leaf().detach(), n)
    assert compiled.captures == 3


def test_the_derivative_of_a_result_has_the_number_of_its_call():
    x, compiled = leaf(), wg.compile(lambda x, s: (x * s).sum())
    results = [compiled(x, s) for s in (1.0, 2.0, 3.0, 4.0)]
    for s, result in zip((1.0, 2.0, 3.0, 4.0), results, strict=True):
        (gradient,) = wg.autograd.grad(result, x)
        assert gradient[0, 0].item() == s
    assert compiled.captures == 2


def test_where_effects_have_happened_nothing_is_begun_anew():
    log = []
    x = leaf()
    x.register_hook(lambda g: log.append("hook"))

    def step(x, s):
        (x * s).sum().backward()
        return x.detach() * (1 if s > 1 else 2)

    compiled = wg.compile(step)
    compiled(x, 1.0)
    with pytest.raises(TraceError) as caught:
        compiled(x, 2.0)
    assert "A number among the arguments" in caught.value.__notes__[0]
    assert len(log) == 2
    np.testing.assert_array_equal(compiled(x, 2.0).numpy(), x.detach().numpy())  # for it is a constant again


def test_a_number_that_is_returned_is_a_constant():
    compiled = wg.compile(lambda x, s: (x * s, s))
    assert [compiled(leaf().detach(), s)[1] for s in (1.0, 2.0, 3.0)] == [1.0, 2.0, 3.0]


def test_nan_is_a_value_like_others():
    compiled = wg.compile(lambda x, s: x * s)
    for s in (math.nan, 1.0, math.nan, 2.0):
        np.testing.assert_array_equal(compiled(leaf().detach(), s).numpy(), (leaf().detach() * s).numpy())
    assert compiled.captures == 2


def test_zero_has_a_sign():
    compiled = wg.compile(lambda x, s: (s / x, x))
    x = wg.tensor([1.0, 2.0])
    for s in (0.0, -0.0, 0.0, -0.0):
        assert np.signbit(compiled(x, s)[0].numpy()).tolist() == [math.copysign(1, s) < 0] * 2
