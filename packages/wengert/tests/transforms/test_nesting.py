"""Transforms inside transforms: no derivative takes the variable of another for its own."""

from __future__ import annotations

import itertools
import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg

#: The derivative of a function of one number, in every way there is.
FIRST = {
    "grad": lambda f: wg.grad(f),
    "value_and_grad": lambda f: lambda x: wg.value_and_grad(f)(x)[1],
    "vjp": lambda f: lambda x: wg.vjp(f, x)[1](1.0)[0],
    "jvp": lambda f: lambda x: wg.jvp(f, (x,), (1.0,))[1],
    "linearize": lambda f: lambda x: wg.linearize(f, x)[1](1.0),
    "jacrev": lambda f: wg.jacrev(f),
    "jacfwd": lambda f: wg.jacfwd(f),
}

ways = pytest.mark.parametrize(("outer", "inner"), list(itertools.product(FIRST, FIRST)))


@ways
def test_an_inner_function_that_closes_over_the_outer_variable(outer, inner):
    """d/dx x · (d/dy (x + y) at 1) = 1, and not 2."""
    f = lambda x: x * FIRST[inner](lambda y: x + y)(1.0)
    assert float(FIRST[outer](f)(3.0)) == 1.0


@ways
def test_the_outer_variable_as_the_inner_argument(outer, inner):
    """d/dx (d/dy x²y³ at y = x) = d/dx 3x⁴ = 12x³."""
    f = lambda x: FIRST[inner](lambda y: x * x * y**3)(x)
    assert float(FIRST[outer](f)(2.0)) == 96.0


@ways
def test_the_same_function_inside_itself(outer, inner):
    """d/dx (x · d/dx x³) = 9x²."""
    cube = lambda x: x * x * x
    f = lambda x: x * FIRST[inner](cube)(x)
    assert float(FIRST[outer](f)(2.0)) == 36.0


@ways
def test_an_inner_constant(outer, inner):
    """d/dx (d/dy x² at y = x) = 0."""
    f = lambda x: FIRST[inner](lambda y: x * x + 0.0 * y)(x)
    assert float(FIRST[outer](f)(2.0)) == 0.0


@pytest.mark.parametrize(
    "ways", [("grad",) * 5, ("jacrev", "jvp", "grad", "vjp", "jacfwd"), ("jvp",) * 4, ("jacfwd", "jacrev") * 2]
)
def test_any_order(ways):
    f = lambda x: wg.sin(2.0 * x)
    for way in ways:
        f = FIRST[way](f)
    order = len(ways)
    assert float(f(0.3)) == pytest.approx(2.0**order * math.sin(0.6 + order * math.pi / 2), rel=1e-12)


def test_three_variables_three_levels():
    """d/dx (x · d/dy (y · d/dz xyz at z = x) at y = x): inside xy² · …, all by hand."""
    inner = lambda x, y: wg.grad(lambda z: x * y * z * z)(x)  # 2x²y
    middle = lambda x: wg.grad(lambda y: y * inner(x, y))(x)  # d/dy 2x²y² = 4x²y -> 4x³
    assert float(wg.grad(lambda x: x * middle(x))(1.5)) == pytest.approx(16 * 1.5**3)


def test_a_result_of_an_inner_vjp_used_outside():
    """The function that vjp returns is differentiable by its argument and by what the mapped function closes over."""

    def f(x):
        _, pull = wg.vjp(lambda y: x * y * y, x)
        return pull(x)[0]  # 2x·x·x

    assert float(wg.grad(f)(3.0)) == 54.0


def test_autograd_grad_inside():
    """The engine's own requests work on the argument of a transformed function."""

    def f(x):
        (inner,) = wg.autograd.grad((x**3).sum(), x, create_graph=True)
        return (inner * x).sum()  # 3x³

    assert wg.grad(f)(np.array([1.0, 2.0])).tolist() == [9.0, 36.0]


def test_functional_inside():
    f = lambda x: wg.autograd.functional.hessian(lambda y: (y**4).sum(), x, create_graph=True).sum()
    assert wg.grad(f)(wg.tensor([1.0, 2.0])).tolist() == [24.0, 48.0]


def test_backward_inside_reaches_only_leaves():
    w = wg.tensor(2.0, requires_grad=True)

    def f(x):
        (x.detach() * w).backward()
        return x * x

    assert float(wg.grad(f)(3.0)) == 6.0
    assert w.grad.item() == 3.0


def test_an_inner_function_under_no_grad_is_constant_outside():
    def f(x):
        with wg.no_grad():
            slope = wg.grad(lambda y: y**3)(x)
        return x * slope

    assert float(wg.grad(f)(2.0)) == 12.0  # not 36: the slope is a constant


def test_enable_grad_inside_no_grad():
    with wg.no_grad():
        assert float(wg.grad(lambda x: wg.grad(lambda y: y**3)(x))(2.0)) == 12.0
        with wg.enable_grad():
            w = wg.tensor(2.0, requires_grad=True)
            assert wg.grad(lambda x: x * w)(1.0).requires_grad


def test_modes_after_an_error_are_what_they_were():
    def f(x):
        raise KeyError("mine")

    with wg.inference_mode():
        with pytest.raises(KeyError):
            wg.grad(f)(1.0)
        assert wg.is_inference_mode_enabled()
        assert not wg.is_grad_enabled()
    assert wg.is_grad_enabled()


def test_threads_do_not_meet():
    """Each thread differentiates a function that closes over the argument of another's."""
    results = {}

    def work(number):
        for _ in range(20):
            f = lambda x: x * wg.grad(lambda y: x * y**number)(x)
            results.setdefault(number, set()).add(round(float(wg.grad(f)(1.5)), 9))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # x · n·x·x^(n-1) = n·x^(n+1)
    assert results == {n: {round(n * (n + 1) * 1.5**n, 9)} for n in range(1, 5)}


# -- with vmap -----------------------------------------------------------------------------------------------------------
def loss(w, x, y):
    return ((wg.tanh(x @ w) - y) ** 2).sum()


def samples():
    rng = np.random.default_rng(0)
    return rng.standard_normal(3), rng.standard_normal((5, 3)), rng.standard_normal(5)


def test_gradients_of_each_sample():
    w, x, y = samples()
    each = wg.vmap(wg.grad(loss), in_dims=(None, 0, 0))(w, x, y)
    one_by_one = np.stack([wg.grad(loss)(w, a, b) for a, b in zip(x, y, strict=True)])
    np.testing.assert_allclose(each, one_by_one, rtol=1e-12)


def test_hessians_of_each_sample():
    w, x, y = samples()
    each = wg.vmap(wg.hessian(loss), in_dims=(None, 0, 0))(w, x, y)
    one_by_one = np.stack([wg.hessian(loss)(w, a, b) for a, b in zip(x, y, strict=True)])
    np.testing.assert_allclose(each, one_by_one, rtol=1e-10)


@pytest.mark.parametrize("outer_first", [True, False])
def test_forward_mode_of_each_sample(outer_first):
    """With directions that samples share, and with one for each."""
    w, x, _ = samples()
    f = lambda x: wg.tanh(x * w) * x**2
    if outer_first:
        each = wg.vmap(lambda x: wg.jvp(f, (x,), (w,))[1])(x)
        own = wg.vmap(lambda x, v: wg.jvp(f, (x,), (v,))[1])(x, 2 * x)
    else:
        each = wg.jvp(wg.vmap(f), (x,), (np.broadcast_to(w, x.shape),))[1]
        own = wg.jvp(wg.vmap(f), (x,), (2 * x,))[1]
    np.testing.assert_allclose(each, np.stack([wg.jvp(f, (a,), (w,))[1] for a in x]), rtol=1e-12)
    np.testing.assert_allclose(own, np.stack([wg.jvp(f, (a,), (2 * a,))[1] for a in x]), rtol=1e-12)
    jacobians = wg.vmap(wg.jacfwd(f))(x)
    np.testing.assert_allclose(jacobians, np.stack([wg.jacrev(f)(a) for a in x]), rtol=1e-12)


def test_gradient_of_a_mapped_function():
    w, x, y = samples()
    total = lambda w: wg.vmap(loss, in_dims=(None, 0, 0))(w, wg.tensor(x), wg.tensor(y)).sum()
    np.testing.assert_allclose(wg.grad(total)(w), wg.grad(loss)(w, x, y), rtol=1e-12)


def test_gradient_of_mapped_gradients():
    """The gradient of the squared norms of the gradients of all samples."""
    w, x, y = samples()

    def penalty(w):
        each = wg.vmap(wg.grad(loss), in_dims=(None, 0, 0))(w, wg.tensor(x), wg.tensor(y))
        return (each**2).sum()

    one_by_one = lambda w: sum((wg.grad(loss)(w, a, b) ** 2).sum() for a, b in zip(x, y, strict=True))
    np.testing.assert_allclose(wg.grad(penalty)(w), wg.grad(one_by_one)(w), rtol=1e-10)


# -- through the functions that transforms return -------------------------------------------------------------------------
def test_cotangents_and_tangents_are_differentiated_through():
    """What comes later than the function's own call is outside of it, too."""
    x, v = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 0.5])
    curve = lambda x: wg.sin(x) * x[0]
    _, pull = wg.vjp(curve, x)
    _, push = wg.linearize(curve, x)
    _, change = wg.jvp(curve, (x,), (v,))
    np.testing.assert_allclose(wg.vjp(lambda g: pull(g)[0], x)[1](v)[0].detach(), change)
    np.testing.assert_allclose(wg.vjp(push, x)[1](v)[0].detach(), pull(v)[0])
    assert not pull(v)[0].requires_grad
    g, row = wg.tensor([3.0, 4.0], requires_grad=True), pull(v)[0]
    (pull(g)[0] * v).sum().backward()
    np.testing.assert_allclose(g.grad, change)
    g.grad = None
    (push(g) * v).sum().backward()
    np.testing.assert_allclose(g.grad, row)
    assert isinstance(wg.vjp(curve, np.ones(2))[1](np.ones(2))[0], np.ndarray)


# -- finite differences --------------------------------------------------------------------------------------------------
def smooth(x):
    return wg.exp(-x * x).sum() * wg.cos(x[0]) + (x[1:] * x[:-1]).sum() ** 2


@given(st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=5))
def test_derivatives_by_finite_differences(values):
    x = np.array(values)
    eps = 1e-5
    steps = np.eye(x.size) * eps
    value = lambda x: float(smooth(wg.tensor(x)))
    slope = wg.grad(smooth)
    by_difference = np.array([(value(x + s) - value(x - s)) / (2 * eps) for s in steps])
    np.testing.assert_allclose(slope(x), by_difference, rtol=1e-5, atol=1e-7)
    bend = np.array([(slope(x + s) - slope(x - s)) / (2 * eps) for s in steps])
    hessian = wg.hessian(smooth)(x)
    np.testing.assert_allclose(hessian, bend, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-12)
    v = np.linspace(-1.0, 1.0, x.size)
    np.testing.assert_allclose(wg.hvp(smooth, x, v), hessian @ v, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(wg.jvp(slope, (x,), (v,))[1], hessian @ v, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(wg.jacfwd(slope)(x), hessian, rtol=1e-9, atol=1e-12)
