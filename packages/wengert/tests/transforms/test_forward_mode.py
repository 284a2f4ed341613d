"""`jvp`, `jacfwd` and strategy="forward-mode": by forward mode where its level is free, by transposing twice where not."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np
import pytest

import wengert as wg
from wengert.autograd import forward_ad
from wengert.autograd.engine import GraphTask
from wengert.ops.nn import embedding

X = np.array([1.0, 2.0])
V = np.array([0.5, -3.0])


class Cube(wg.autograd.Function):
    """x³ with a derivative for each mode, which say that they were called."""

    calls: ClassVar[list[str]] = []

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        Cube.calls.append("backward")
        (x,) = ctx.saved_tensors
        return 3 * g * x * x

    @staticmethod
    def jvp(ctx, t):
        Cube.calls.append("jvp")
        (x,) = ctx.saved_tensors
        return 3 * t * x * x


@pytest.fixture(autouse=True)
def calls():
    Cube.calls.clear()
    return Cube.calls


@pytest.fixture
def runs(monkeypatch):
    """The backward passes that are run."""
    seen = []
    run = GraphTask.run
    monkeypatch.setattr(GraphTask, "run", lambda task: (seen.append(task), run(task))[1])
    return seen


def test_jvp_runs_no_backward(calls, runs):
    _, change = wg.jvp(Cube.apply, (X,), (V,))
    assert change.tolist() == (3 * X * X * V).tolist()
    assert calls == ["jvp"]
    assert not runs


def test_jacfwd_calls_the_function_once(calls):
    seen = []
    jacobian = wg.jacfwd(lambda x, y: (seen.append(x.shape), wg.exp(x) * y)[1], (0, 1))(X, V)
    assert seen == [(2,)]
    np.testing.assert_allclose(jacobian[0], np.diag(np.exp(X) * V))
    np.testing.assert_allclose(jacobian[1], np.diag(np.exp(X)))


@pytest.mark.parametrize("chunk_size", [1, 3, None])
def test_aux_and_chunks_of_jacfwd(chunk_size):
    f = lambda x: (x * x, {"twice": 2 * x, "name": "f"})
    jacobian, aux = wg.jacfwd(f, has_aux=True, chunk_size=chunk_size)(X)
    assert jacobian.tolist() == np.diag(2 * X).tolist()
    assert aux["name"] == "f"
    assert aux["twice"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: wg.concat([x[:1], x[1:]]),
        lambda x: wg.stack([x[0], x[1], x[0]]),
        lambda x: wg.concat([x[1:], wg.zeros(1), x[:1] * x[1]]),
        lambda x: wg.stack(list(wg.unstack(x))[::-1]),
        lambda x: wg.concat(wg.split(x.reshape(2, 1), 2)).reshape(-1),
        lambda x: wg.einsum("i,j->ij", x[:1], x[1:]),
        lambda x: wg.where(x[:1] > 0, x[:1], x[1:]) + x.reshape(1, 2)[:, ::-1].T,
        lambda x: wg.broadcast_to(x[:1], (3, 1)) @ x[None, 1:],
    ],
)
def test_views_carry_tangents_on(f):
    """Beside the other way to the same product, which knows nothing of tangents."""
    change = wg.jvp(f, (X,), (V,))[1]
    np.testing.assert_allclose(change, wg.linearize(f, X)[1](V), rtol=1e-12)
    assert np.any(change)
    np.testing.assert_allclose(wg.jacfwd(f)(X), wg.jacrev(f)(X), rtol=1e-12)


def test_aux_of_jacfwd_inside_of_vmap():
    jacobians, aux = wg.vmap(wg.jacfwd(lambda x: (x * x, 2 * x), has_aux=True))(np.stack([X, V]))
    assert jacobians.tolist() == [np.diag(2 * X).tolist(), np.diag(2 * V).tolist()]
    assert aux.tolist() == [(2 * X).tolist(), (2 * V).tolist()]


def test_aux_of_jacfwd_that_is_recorded():
    w = wg.tensor([3.0, 4.0], requires_grad=True)
    _, aux = wg.jacfwd(lambda x: (x * x, w * x), has_aux=True)(X)
    assert wg.autograd.grad(aux.sum(), w)[0].tolist() == X.tolist()


def test_the_strategy_of_functional(calls, runs):
    functional = wg.autograd.functional
    assert functional.jacobian(lambda x: wg.exp(x), wg.tensor(X), vectorize=True, strategy="forward-mode").shape == (2, 2)
    assert not runs
    functional.jvp(Cube.apply, wg.tensor(X), wg.tensor(V))  # which runs a recorded backward backward, as PyTorch's does
    assert "jvp" not in calls


def test_a_taken_level_is_no_obstacle(calls):
    """A derivative inside of forward mode takes two transpositions, and carries the tangents of the outer level."""
    with forward_ad.dual_level():
        x = forward_ad.make_dual(wg.tensor(X), wg.tensor(V))
        _, change = wg.jvp(Cube.apply, (x,), (wg.tensor([1.0, 1.0]),))
        primal, tangent = forward_ad.unpack_dual(change)
        assert primal.tolist() == (3 * X * X).tolist()
        assert tangent.tolist() == (6 * X * V).tolist()
        for transform in (wg.jacrev, wg.jacfwd):
            jacobian = transform(lambda x: x**3)(x)
            assert np.diag(forward_ad.unpack_dual(jacobian).tangent.array).tolist() == (6 * X * V).tolist()
        gradient = wg.grad(lambda x: (x**3).sum())(x)
        assert forward_ad.unpack_dual(gradient).tangent.tolist() == (6 * X * V).tolist()
        value, _ = wg.value_and_grad(lambda x: (x**3).sum())(x)
        assert forward_ad.unpack_dual(value).tangent.item() == (3 * X * X * V).sum()
        closed = wg.grad(lambda y: (x**3 * y).sum())(V)  # of a raw array, by what it closes over
        assert forward_ad.unpack_dual(closed).tangent.tolist() == (3 * X * X * V).tolist()


def test_the_level_is_left_also_after_an_error():
    def wrong(x):
        raise KeyError("mine")

    for call in (lambda: wg.jvp(wrong, (X,), (V,)), lambda: wg.jacfwd(wrong)(X), lambda: wg.jvp(lambda x: None, (X,), (V,))):
        with pytest.raises((KeyError, TypeError)):
            call()
        with forward_ad.dual_level():
            pass


def test_modes_outside_do_not_matter():
    with wg.inference_mode():
        assert wg.jvp(lambda x: x**3, (X,), (V,))[1].tolist() == (3 * X * X * V).tolist()
        assert wg.jacfwd(lambda x: x**3)(X).tolist() == np.diag(3 * X * X).tolist()
        assert wg.is_inference_mode_enabled()
    with wg.no_grad(), forward_ad.set_fwd_grad_enabled(False):
        assert wg.jvp(lambda x: x**3, (X,), (V,))[1].tolist() == (3 * X * X * V).tolist()


def test_results_are_recorded_by_primals_tangents_and_closures():
    w = wg.tensor([3.0, 4.0], requires_grad=True)
    for primal, tangent, f in ((w, V, lambda x: x**3), (X, w, lambda x: x**3), (X, V, lambda x: x**3 * w)):
        _, change = wg.jvp(f, (primal,), (tangent,))
        assert change.requires_grad
        with wg.no_grad():
            assert not any(isinstance(r, wg.Tensor) and r.requires_grad for r in wg.jvp(f, (primal,), (tangent,)))
    assert not any(isinstance(r, wg.Tensor) for r in wg.jvp(lambda x: x**3, (X,), (V,)))
    gradient = wg.autograd.grad(wg.jacfwd(lambda x: x**3 * w)(X).sum(), w)[0]
    assert gradient.tolist() == (3 * X * X).tolist()


def test_threads_share_the_level_peacefully():
    found = []

    def work(k):
        for _ in range(25):
            _, change = wg.jvp(lambda x: wg.sin(k * x) * x, (X,), (V,))
            found.append(np.abs(change - (k * np.cos(k * X) * X + np.sin(k * X)) * V).max())
            jacobian = wg.jacfwd(lambda x: x**k)(X)
            found.append(np.abs(jacobian - np.diag(k * X ** (k - 1))).max())

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    assert max(found) < 1e-12


def test_derivatives_of_their_own_beside_pytorch():
    """Of operators that were differentiated by transposing their rules."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 3))
    x[0, 2] = 0.0
    z, s = x + 1j * t, t - 0.5j * x
    rows, indices = x[0], np.array([[0, 4], [4, 2]])

    def theirs(function, *pair):
        return torch.func.jvp(function, (torch.tensor(pair[0]),), (torch.tensor(pair[1]),))[1].numpy()

    def ours(function, *pair):
        return wg.jvp(function, (wg.tensor(pair[0]),), (wg.tensor(pair[1]),))[1].array

    product = ours(lambda x: wg.cumulative_prod(x, axis=1), x, t)
    assert np.allclose(product, theirs(lambda x: torch.cumprod(x, 1), x, t))
    longer = ours(lambda x: wg.cumulative_prod(x, axis=1, include_initial=True), x, t)
    assert np.allclose(longer[:, 1:], product)
    assert not longer[:, 0].any()
    assert np.allclose(ours(wg.sign, z, s), theirs(torch.sgn, z, s))
    for padding in (None, 4):
        found = ours(lambda w, padding=padding: embedding(wg.tensor(indices), w, padding), rows, t[0])
        assert np.array_equal(
            found,
            theirs(lambda w, p=padding: torch.nn.functional.embedding(torch.tensor(indices), w, p), rows, t[0]),
        )
    # Without zeros: with them PyTorch's second derivative is wrong.
    twice = ours(lambda x: wg.jvp(lambda y: wg.cumulative_prod(y, axis=0), (x,), (x,))[1], x[1], t[0])
    expected = theirs(lambda x: torch.func.jvp(lambda y: torch.cumprod(y, 0), (x,), (x,))[1], x[1], t[0])
    assert np.allclose(twice, expected)
