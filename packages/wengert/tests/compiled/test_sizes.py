"""Programs for other sizes: after two of them no third one is captured, and what Python makes of sizes is never wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.nn import functional as nnf

from .training import numbers


def tensor(*shape, seed=0, **options):
    return wg.tensor(numbers(*shape, seed=seed), **options)


W = numbers(3, 4, seed=9)


def gradient(function):
    """A function that gives what `function` does, and the gradient of its argument."""

    def run(x):
        x = x.detach().requires_grad_()
        out = function(x)
        (grad,) = wg.autograd.grad((out * wg.cos(out)).sum(), x)
        return out.detach(), grad

    return run


def mean_by_hand(x):
    n, d = x.shape
    return x.sum(axis=0) / n - x.sum() / (n * d)


def heads(x):
    n, d = x.shape
    return x.reshape((n, d // 3, 3)).transpose(0, 2, 1).reshape((n * 3, d // 3))


def windows(x):
    n = x.shape[0]
    return x[: n // 2].sum(axis=0) + x[n - 2 :].sum(axis=0) + x[-1]


def attention(x):
    """Along the axis that changes; the mask is made for its length."""
    y = x[None]
    return nnf.scaled_dot_product_attention(y, 2.0 * y, y, is_causal=True)[0]


def positions(x):
    n = x.shape[0]
    return x * wg.arange(n, dtype=x.dtype)[:, None] / n + wg.eye(n) @ x + wg.ones((n, 1))


def padded(x):
    zeros = wg.zeros((2, x.shape[1]))
    return wg.concat([zeros, x, zeros], axis=0)[1:-1]


#: Functions of an array with a first axis of any length and a second one of 3.
FUNCTIONS = {
    "affine": lambda x: wg.tanh(x @ wg.tensor(W)) + 1.0,
    "mean": lambda x: wg.mean(x, axis=0) + wg.mean(x),
    "mean by hand": mean_by_hand,
    "var and std": lambda x: wg.var(x, axis=0) + wg.std(x),
    "softmax along the axis": lambda x: nnf.softmax(x, 0),
    "log_softmax": lambda x: nnf.log_softmax(x, 1),
    "layer norm": lambda x: nnf.layer_norm(x, (3,)),
    "max and min": lambda x: wg.max(x, axis=0) - wg.min(x),
    "cumulative sum": lambda x: wg.cumulative_sum(x, axis=0),
    "sorted": lambda x: wg.sort(x, axis=0),
    "concat": lambda x: wg.concat([x, 2.0 * x], axis=0),
    "stack": lambda x: wg.stack([x, x * x], axis=1),
    "flatten": lambda x: wg.flatten(x) * 2.0,
    "reshape": lambda x: x.reshape((3, -1)) + x.reshape((x.shape[1], x.shape[0])),
    "heads": heads,
    "slices": lambda x: x[:-1] * x[1:],
    "backwards": lambda x: x[::-1] - x,
    "windows": windows,
    "broadcast": lambda x: wg.broadcast_to(x[:1], x.shape) * x,
    "transposed": lambda x: x.T @ x,
    "gram": lambda x: x @ x.T,
    "attention": attention,
    "positions": positions,
    "padded": padded,
    "roll": lambda x: wg.roll(x, 1, axis=0) * x,
    "repeat": lambda x: wg.repeat(x, 2, axis=0),
    "where": lambda x: wg.where(x > 0, x, 0.1 * x),
    "norm": lambda x: wg.linalg.vector_norm(x, axis=0),
    "einsum": lambda x: wg.einsum("ni,nj->ij", x, x),
    "solve": lambda x: wg.linalg.solve(x.T @ x + wg.eye(3), x.T),
}


def assert_close(got, expected):
    for a, b in zip(wg.pytree.leaves(got), wg.pytree.leaves(expected), strict=True):
        assert type(a) is type(b)
        if isinstance(a, wg.Tensor):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert all(type(n) is int for n in a.shape)
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-14)
        else:
            assert a == b


def compared(function, sizes, **options):
    """Compile `function`, and demand the eager results for arrays with as many rows as `sizes` say."""
    compiled = wg.compile(function, **options)
    for n in sizes:
        x = tensor(n, 3, seed=n)
        assert_close(compiled(x), function(x))
    return compiled


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_third_size_is_not_captured(name):
    compiled = compared(gradient(FUNCTIONS[name]), (5, 7, 9, 4, 12, 9, 5))
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 3, 2), compiled.explain()


@pytest.mark.parametrize("name", ["affine", "mean", "var and std", "slices", "attention", "positions", "heads"])
def test_what_requires_grad_is_differentiated_outside(name):
    compiled = wg.compile(FUNCTIONS[name])
    for n in (5, 7, 9, 4, 6):
        found = []
        for function in (compiled, FUNCTIONS[name]):
            x = tensor(n, 3, seed=n, requires_grad=True)
            out = function(x)
            (out * out).sum().backward()
            found.append((out.detach(), x.grad))
        assert_close(*found)
    assert (compiled.captures, compiled.specialisations) == (2, 3), compiled.explain()


@given(st.lists(st.integers(0, 20), min_size=3, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_order_of_sizes(sizes):
    """What has an axis of length 0 or 1 has a program of its own; of the others two are captured."""

    def function(x):
        return nnf.softmax(x, 1).sum(axis=0) * x.shape[0], wg.tanh(x)[1:], x.reshape((-1,))

    compiled = compared(function, sizes, most_programs=64)
    special = {n for n in sizes if n <= 2}  # without its first row an array of 2 has 1
    assert compiled.captures <= len(special) + 2
    assert compiled.captures + compiled.specialisations == len({*sizes})
