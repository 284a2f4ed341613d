"""Training steps that the tests of every backend run, and whether they come out as the eager ones do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg
from wengert.compiled.segments import Segment
from wengert.nn import functional as nnf

Arrays = Callable[[Any], Any]  # from NumPy to the library of the test


def numbers(*shape, seed=0, scale=0.5):
    return np.random.default_rng([seed, *shape]).standard_normal(shape) * scale


def mlp(as_array: Arrays, optimizer: str):
    """Two layers, cross-entropy."""
    w = [leaf(as_array, 6, 8), leaf(as_array, 8), leaf(as_array, 8, 3)]
    made = getattr(wg.optim, optimizer)(w, lr=0.05)
    x, y = wg.tensor(as_array(numbers(5, 6, seed=1))), wg.tensor(as_array(np.array([0, 2, 1, 0, 2])))

    def step(x, y):
        made.zero_grad()
        loss = nnf.cross_entropy(wg.tanh(x @ w[0] + w[1]) @ w[2], y)
        loss.backward()
        made.step()
        return loss

    return step, (x, y), w


def cnn(as_array: Arrays):
    """Convolution, pooling, a linear layer."""
    w = [leaf(as_array, 4, 2, 3, 3), leaf(as_array, 4), leaf(as_array, 16, 2)]
    made = wg.optim.SGD(w, lr=0.05, momentum=0.9)
    x, y = wg.tensor(as_array(numbers(3, 2, 6, 6, seed=1))), wg.tensor(as_array(numbers(3, 2, seed=2)))

    def step(x, y):
        made.zero_grad()
        h = nnf.max_pool2d(nnf.relu(nnf.conv2d(x, w[0], w[1])), 2)
        loss = nnf.mse_loss(wg.reshape(h, (3, 16)) @ w[2], y)
        loss.backward()
        made.step()
        return loss

    return step, (x, y), w


def attention(as_array: Arrays):
    """A block of a transformer: attention, residual sums, normalization, two layers."""
    w = [leaf(as_array, 8, 24), leaf(as_array, 8, 8), leaf(as_array, 8, 16), leaf(as_array, 16, 8), leaf(as_array, 8)]
    made = wg.optim.AdamW(w, lr=0.01)
    x, y = wg.tensor(as_array(numbers(2, 5, 8, seed=1))), wg.tensor(as_array(numbers(2, 5, 8, seed=2)))

    def step(x, y):
        made.zero_grad()
        q, k, v = wg.split(x @ w[0], 3, axis=-1)
        h = nnf.layer_norm(x + nnf.scaled_dot_product_attention(q, k, v, is_causal=True) @ w[1], (8,), w[4])
        loss = nnf.mse_loss(h + nnf.gelu(h @ w[2]) @ w[3], y)
        loss.backward()
        made.step()
        return loss

    return step, (x, y), w


STEPS = {
    "MLP, SGD": lambda as_array: mlp(as_array, "SGD"),
    "MLP, Adam": lambda as_array: mlp(as_array, "Adam"),
    "CNN": cnn,
    "attention": attention,
}


def leaf(as_array, *shape):
    return wg.tensor(as_array(numbers(*shape)), requires_grad=True)


def host(tensor):
    return np.array(tensor.detach().numpy())


def trained(name, as_array, change=None, times=4):
    """The loss of each step and the parameters at the end; `change` makes another function of the step, such as compiled."""
    step, arguments, parameters = STEPS[name](as_array)
    made = step if change is None else change(step)
    losses = [host(made(*arguments)) for _ in range(times)]
    return losses, [host(p) for p in parameters], made


def assert_trains_as_eager(name, as_array, change, tolerance=1e-10):
    losses, parameters, made = trained(name, as_array, change)
    expected_losses, expected, _ = trained(name, as_array)
    assert len({float(loss) for loss in expected_losses}) == len(expected_losses)  # it does train
    for got, want in zip([*losses, *parameters], [*expected_losses, *expected], strict=True):
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    return made


def segments(program):
    """The segments of a program."""
    return [step for step in program.steps if isinstance(step, Segment)]
