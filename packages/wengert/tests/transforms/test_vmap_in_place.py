"""Writing in place inside of `vmap`, beside PyTorch: what is allowed, what it gives, what the arguments are afterwards."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import wengert as wg
from wengert.errors import InPlaceError, LeafError, VmapError
from wengert.transforms import grad, jvp, vmap

X = np.arange(6.0).reshape(2, 3)


def added(lib, a):
    return (a * 1.0).add_(1.0)


def set_in_zeros(lib, a):
    z = lib.zeros_like(a)
    z[0] = a[1]
    z[1:] = 7.0
    return z


def views(lib, a):
    z = a * 1.0
    z[0].mul_(5.0)
    z[1:] += a[:2]
    v = z[1:]
    z.sub_(1.0)
    v.mul_(2.0)
    return z + v[0]


def chain(lib, a):
    z = a * 1.0
    return z.mul_(a).sin_().copy_(a * 2.0).fill_(a[1])


def masked(lib, a):
    return (a * 1.0).masked_fill_(a > 1.0, -1.0)


def turned(lib, a):
    z = a * 1.0
    z.unsqueeze_(0)
    return z.t_().mul_(2.0)


def shared_operand(lib, a):
    z = a * 1.0
    return z.mul_(lib.asarray([1.0, 2.0, 3.0], dtype=a.dtype))


PROGRAMS = [added, set_in_zeros, views, chain, masked, turned, shared_operand]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_gradients(program):
    ours = vmap(lambda a: program(wg, a))(wg.tensor(X))
    theirs = torch.func.vmap(lambda a: program(torch, a))(torch.tensor(X))
    assert np.allclose(ours.array, theirs.numpy())
    ours = vmap(grad(lambda a: (program(wg, a) ** 2).sum()))(wg.tensor(X))
    theirs = torch.func.vmap(torch.func.grad(lambda a: (program(torch, a) ** 2).sum()))(torch.tensor(X))
    assert np.allclose(ours.array, theirs.numpy())


@pytest.mark.parametrize("in_dim", [0, 1])
def test_arguments_are_written_to(in_dim):
    """The tensor outside is, with its version, and its gradient goes through the write."""

    def write(a):
        a.mul_(a[0] * 1.0)
        a[1] += 1.0
        return a * 2.0

    found = []
    for lib, mapped in ((wg, vmap), (torch, torch.func.vmap)):
        x = lib.tensor(X, requires_grad=True)
        y = x * 1.0
        out = mapped(write, in_dims=in_dim)(y)
        changed = y._version > 0
        (y * y + 0.5 * out.sum()).sum().backward()
        found.append((y.tolist(), out.tolist(), changed, x.grad.tolist()))
    assert found[0] == found[1]


def test_raw_arguments_are_written_to():
    x = X.copy()
    vmap(lambda a: a.add_(1.0))(x)
    assert np.array_equal(x, X + 1.0)


def test_refused():
    x = wg.tensor(X)
    for write in (
        lambda a: wg.zeros(3).copy_(a),
        lambda a: wg.zeros(3).add_(a),
        lambda a: wg.zeros(3).__setitem__(0, a[0]),
        lambda a: wg.zeros(3).masked_fill_(a > 1, 0.0),
    ):
        with pytest.raises(VmapError, match="inplace arithmetic"):
            vmap(write)(x)
    with pytest.raises(InPlaceError, match="single memory location"):
        vmap(lambda a: wg.broadcast_to(a[:1], (3,)).add_(1.0))(x)
    with pytest.raises(InPlaceError, match="broadcast shape"):
        vmap(lambda a: (a * 1.0).add_(wg.ones((2, 3))))(x)
    with pytest.raises(LeafError, match="leaf"):
        vmap(lambda a: a.add_(1.0))(wg.tensor(X, requires_grad=True))


def test_nested():
    def inner(a, b):
        z = a * 1.0
        z.mul_(b)
        z[0] += b
        return z

    ours = vmap(lambda a: vmap(lambda b: inner(b * a, b[0]))(wg.stack([a, a])))(wg.tensor(X))
    theirs = torch.func.vmap(lambda a: torch.func.vmap(lambda b: inner(b * a, b[0]))(torch.stack([a, a])))(torch.tensor(X))
    assert np.allclose(ours.array, theirs.numpy())


def test_draws():
    wg.random.seed(0)
    drawn = vmap(lambda a: (a * 1.0).normal_(), randomness="different")(wg.tensor(X)).array
    assert len(np.unique(drawn)) == 6
    drawn = vmap(lambda a: (a * 1.0).uniform_(), randomness="same")(wg.tensor(X)).array
    assert np.array_equal(drawn[0], drawn[1])


def test_tangents_follow():
    def write(a):
        z = a * 1.0
        z.mul_(a)
        z[1:] *= 3.0
        return z

    x = wg.tensor(X)
    ours = vmap(lambda a: jvp(write, (a,), (a * 2.0,))[1])(x)
    theirs = torch.func.vmap(lambda a: torch.func.jvp(write, (a,), (a * 2.0,))[1])(torch.tensor(X))
    assert np.allclose(ours.array, theirs.numpy())


def test_infinite_gradients_of_what_was_overwritten():
    """Batched gradients of a write to a view: what was there is replaced, not taken away."""

    def write(a):
        y = a * 1.0
        y[0].mul_(0.0)
        return y

    x = wg.tensor([1.0, 2.0], requires_grad=True)
    with np.errstate(invalid="ignore"):
        (rows,) = wg.autograd.grad(write(x), x, wg.tensor([[np.inf, 1.0], [2.0, np.inf]]), is_grads_batched=True)
    assert np.array_equal(rows.array, [[np.nan, 1.0], [0.0, np.inf]], equal_nan=True)
    z = x * 1.0
    z[0].fill_(5.0)
    (rows,) = wg.autograd.grad(z, x, wg.tensor([[np.inf, 1.0], [2.0, np.inf]]), is_grads_batched=True)
    assert rows.tolist() == [[0.0, 1.0], [0.0, np.inf]]
