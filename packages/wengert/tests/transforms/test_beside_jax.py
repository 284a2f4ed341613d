"""The transforms beside JAX's, where it is installed: the same values."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg

jax = pytest.importorskip("jax", reason="JAX is not installed; it comes with the extra `bench`")
jnp = jax.numpy


@pytest.fixture(autouse=True, scope="module")
def _of_64_bits():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)



RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((2, 4))
W = RNG.standard_normal((4, 3))

#: name -> the function, in the library it is given
SCALARS = {
    "trigonometric": lambda xp: lambda x, y: xp.sum(xp.sin(x) * xp.exp(y) + x[0] * y[1]),
    "network": lambda xp: lambda x, y: xp.sum(xp.tanh(x @ xp.asarray(W)) ** 2) * xp.sum(y * y),
    "rosenbrock": lambda xp: lambda x, y: xp.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2) + xp.sum(y),
    "softmax": lambda xp: lambda x, y: -xp.sum(y * xp.log(xp.exp(x) / xp.sum(xp.exp(x)))),
}
VECTORS = {
    "products": lambda xp: lambda x, y: x * y * xp.sum(x),
    "network": lambda xp: lambda x, y: xp.tanh((x + y) @ xp.asarray(W)),
}

of_scalars = pytest.mark.parametrize("f", SCALARS.values(), ids=SCALARS)
of_vectors = pytest.mark.parametrize("f", VECTORS.values(), ids=VECTORS)


def same(ours, theirs):
    if isinstance(theirs, (tuple, list)):
        assert isinstance(ours, type(theirs))
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-10, atol=1e-12)


@of_scalars
def test_first_derivatives(f):
    same(wg.grad(f(wg))(X, Y), jax.jit(jax.grad(f(jnp)))(X, Y))
    same(wg.value_and_grad(f(wg), (1, 0))(X, Y), jax.jit(jax.value_and_grad(f(jnp), (1, 0)))(X, Y))


@of_scalars
def test_second_derivatives(f):
    theirs = jax.jit(jax.hessian(f(jnp), (0, 1)))(X, Y)
    same(wg.hessian(f(wg), (0, 1))(X, Y), theirs)
    same(wg.hessian(f(wg))(X, Y), theirs[0][0])
    products = jax.jit(lambda x, y: jax.jvp(jax.grad(f(jnp), (0, 1)), (x, y), (y, x))[1])(X, Y)
    same(wg.hvp(f(wg), (X, Y), (Y, X)), products)


def test_third_derivatives():
    f = SCALARS["softmax"]
    same(wg.jacfwd(wg.hessian(f(wg)))(X, Y), jax.jit(jax.jacfwd(jax.hessian(f(jnp))))(X, Y))


@of_vectors
def test_jacobians(f):
    theirs = jax.jit(jax.jacrev(f(jnp), (0, 1)))(X, Y)
    for ours in (wg.jacrev, wg.jacfwd):
        same(ours(f(wg), (0, 1))(X, Y), theirs)
        same(ours(f(wg))(X, Y), theirs[0])


@of_vectors
def test_products(f):
    output, pull = wg.vjp(f(wg), X, Y)
    their_output, their_pull = jax.vjp(jax.jit(f(jnp)), X, Y)
    same(output, their_output)
    same(pull(output), their_pull(their_output))
    theirs = jax.jvp(jax.jit(f(jnp)), (X, Y), (Y, X))
    same(wg.jvp(f(wg), (X, Y), (Y, X)), theirs)
    same(wg.linearize(f(wg), X, Y)[1](Y, X), theirs[1])


def test_structures_with_aux():
    f = lambda xp: lambda x: (xp.sum(x * x), {"twice": 2 * x})
    (value, aux), gradient = wg.value_and_grad(f(wg), has_aux=True)(X)
    (their_value, their_aux), their_gradient = jax.value_and_grad(f(jnp), has_aux=True)(X)
    same((value, gradient, aux["twice"]), (their_value, their_gradient, their_aux["twice"]))


def test_mapped_gradients():
    xs = RNG.standard_normal((5, 4))
    f = SCALARS["softmax"]
    same(wg.vmap(wg.grad(f(wg)), (0, None))(xs, Y), jax.jit(jax.vmap(jax.grad(f(jnp)), (0, None)))(xs, Y))
