"""`compile` of what people write: training steps of networks, transforms, checkpoints, NumPy calls; as eager, twice over."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert import nn

F = nn.functional
RNG = np.random.default_rng(0)
IMAGES = [
    (wg.tensor(RNG.normal(size=(8, 3, 8, 8))), wg.tensor(RNG.integers(0, 4, 8))) for _ in range(3)
]
SEQUENCES = [(wg.tensor(RNG.normal(size=(2, 5, 8))), wg.tensor(RNG.normal(size=(2, 5, 8)))) for _ in range(3)]
VECTORS = [(wg.tensor(RNG.normal(size=6)),) for _ in range(3)]
MATRICES = [(wg.tensor(RNG.normal(size=(4, 4))),) for _ in range(3)]


def arrays(tree):
    """What a result is made of."""
    return [np.asarray(leaf.detach().array if isinstance(leaf, wg.Tensor) else leaf) for leaf in wg.pytree.leaves(tree)]


def compare(make, calls):
    """``make()`` gives a function and what it writes to; run it eagerly and compiled, from the same random numbers."""
    results = []
    for wrap in (lambda f: f, wg.compile):
        wg.random.seed(0)
        function, written = make()
        function = wrap(function)
        results.append([arrays(function(*args)) for args in calls] + [arrays(written)])
    for expected, found in zip(*results, strict=True):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)
    assert (function.captures, function.hits) == (1, len(calls) - 1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.norm, self.linear = nn.MultiheadAttention(8, 2), nn.LayerNorm(8), nn.Linear(8, 8)

    def forward(self, x):
        found = self.attention(x, x, x)
        return self.linear(self.norm(x + (found[0] if isinstance(found, tuple) else found)))


MODELS = {
    "convolution": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 4)
    ),
    "batch norm and dropout": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(192, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 4)
    ),
    "attention": Block,
}


@pytest.mark.parametrize("name", MODELS)
def test_training_steps(name):
    """Parameters and buffers are written; dropout draws in each run."""

    def make():
        model = MODELS[name]().to(wg.float64)
        optimizer = wg.optim.SGD(list(model.parameters()), lr=0.01, momentum=0.9)
        criterion = F.mse_loss if name == "attention" else F.cross_entropy

        def step(x, y):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(list(model.parameters()), 0.5)
            optimizer.step()
            return loss, norm

        return step, [*model.parameters(), *model.buffers()]

    compare(make, SEQUENCES if name == "attention" else IMAGES)


def rosenbrock(v):
    return (100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2).sum()


FUNCTIONS = {
    "gradient and product": (lambda x: (wg.grad(rosenbrock)(x), wg.hvp(rosenbrock, x, x)), VECTORS),
    "jacobians": (
        lambda x: [wg.hessian(rosenbrock)(x)] + [way(lambda v: wg.sin(v) * v.sum())(x) for way in (wg.jacrev, wg.jacfwd)],
        VECTORS,
    ),
    "vmap": (lambda x: wg.vmap(wg.value_and_grad(lambda v: wg.exp(v).sum()))(x), MATRICES),
    "linear algebra": (
        lambda x: wg.grad(lambda v: wg.linalg.slogdet(v @ v.T + wg.eye(4))[1] + wg.linalg.inv(v @ v.T + wg.eye(4)).sum())(x),
        MATRICES,
    ),
    "indices": (lambda x: wg.grad(lambda v: (v[v.argsort()] ** 2)[1:].sum() + v[[0, 0, 2]].sum())(x), VECTORS),
    "NumPy": (lambda x: wg.grad(lambda v: np.sum(np.sin(v) * np.where(v > 0, v, 0)))(x), VECTORS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    function, calls = FUNCTIONS[name]
    compare(lambda: (function, []), calls)


def test_a_checkpoint():
    def make():
        w = wg.tensor(np.eye(4), requires_grad=True)

        def f(x):
            w.grad = None
            wg.checkpoint(lambda v: wg.tanh(v @ w), x, use_reentrant=False).sum().backward()
            return w.grad.detach()

        return f, [w]

    compare(make, MATRICES)


def test_writes_in_place():
    def make():
        state = wg.tensor(np.zeros(6))

        def f(x):
            state.mul_(0.5)
            state.add_(x)
            y = x.clone()
            y[1:3] = 0.0
            y += 1.0
            return y * state, state.sum()

        return f, [state]

    compare(make, VECTORS)


@pytest.mark.parametrize("backend", ["python", "numba", "xla"])
def test_how_many_targets_count_is_known_in_each_run(backend):
    if backend in ("numba", "xla"):
        pytest.importorskip({"numba": "numba", "xla": "jax"}[backend])
    w = wg.tensor(RNG.normal(size=(5, 3)), requires_grad=True)

    def f(x, y):
        w.grad = None
        F.cross_entropy(x @ w, y).backward()
        return w.grad.detach()

    compiled = wg.compile(f, backend=backend)
    for ignored in (0, 2, 1, 3):
        x, y = wg.tensor(RNG.normal(size=(4, 5))), RNG.integers(0, 3, 4)
        y[:ignored] = -100
        np.testing.assert_allclose(compiled(x, wg.tensor(y)).numpy(), f(x, wg.tensor(y)).numpy(), rtol=1e-12)
    assert compiled.captures == 1
