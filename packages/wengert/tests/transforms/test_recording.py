"""What a transform records: nothing, unless something outside could need it."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.engine import GraphTask
from wengert.errors import VersionError


@pytest.fixture
def runs(monkeypatch):
    """For each backward that is run, whether it was recorded."""
    seen = []
    run = GraphTask.run

    def noted(task):
        seen.append(task.recorded)
        return run(task)

    monkeypatch.setattr(GraphTask, "run", noted)
    return seen


def cubes(x):
    return (x**3).sum()


POINT = wg.tensor([1.0, 2.0])


@pytest.mark.parametrize("x", [POINT, POINT.array], ids=["tensor", "array"])
def test_a_first_derivative_is_not_recorded(runs, x):
    wg.grad(cubes)(x)
    wg.value_and_grad(cubes)(x)
    wg.vjp(cubes, x)[1](1.0)
    wg.jacrev(lambda x: x**2)(x)
    wg.hessian(cubes)(x)
    assert runs == [False, False, False, False, True, False]  # of the Hessian the gradient is


def test_with_an_argument_that_requires_grad(runs):
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    assert wg.grad(cubes)(x).requires_grad
    with wg.no_grad():
        assert not wg.grad(cubes)(x).requires_grad
    assert runs == [True, False]


def test_with_a_closure_over_what_requires_grad(runs):
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    v = w * 2.0
    for f in (lambda x: (x**2 * w).sum(), lambda x: (x**2 * v).sum()):
        assert wg.grad(f)(POINT).requires_grad
        with wg.no_grad():
            assert not wg.grad(f)(POINT).requires_grad
    assert runs == [True, False, True, False]


def test_arguments_that_are_not_differentiated_count_too():
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    found = wg.grad(lambda x, w: (x * x * w).sum())(POINT, w)
    assert wg.autograd.grad(found.sum(), w)[0].tolist() == [2.0, 4.0]


def test_results_that_nothing_outside_has_a_part_in():
    """The value depends on w, the gradient does not: it carries no graph, though its backward was recorded."""
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    value, found = wg.value_and_grad(lambda x: (x**2).sum() + w.sum())(POINT)
    assert value.requires_grad
    assert not found.requires_grad


def test_aux_like_the_value():
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    for f, expected in ((lambda x: (cubes(x), x * 2), False), (lambda x: (cubes(x), x * w), True)):
        (_, aux), _ = wg.value_and_grad(f, has_aux=True)(POINT)
        assert aux.requires_grad is expected


def test_the_graph_is_gone_afterwards():
    class Held:
        pass

    watch = []

    def f(x):
        y = x * x
        y.grad_fn.metadata["held"] = held = Held()
        watch.append(weakref.ref(held))
        return y.sum()

    wg.grad(f)(POINT)
    gc.collect()
    assert watch[0]() is None


def test_a_pullback_keeps_what_it_needs_and_no_longer():
    saved = []

    class Square(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            kept = wg.tensor(x.array.copy())
            saved.append(weakref.ref(kept))
            ctx.save_for_backward(kept)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    _, pull = wg.vjp(Square.apply, POINT)
    assert [t.tolist() for t in (pull(POINT)[0], pull(POINT)[0])] == [[2.0, 8.0]] * 2
    assert saved[0]() is not None
    del pull
    gc.collect()
    assert saved[0]() is None


def test_a_first_order_backward_runs_outside_of_recording():
    modes = []

    class Identity(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            modes.append(wg.is_grad_enabled())
            return g * 1.0

    wg.grad(lambda x: Identity.apply(x).sum())(POINT)
    wg.grad(lambda x: Identity.apply(x).sum())(wg.tensor([1.0], requires_grad=True))
    assert modes == [False, True]


def test_no_grad_of_leaves_is_touched():
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    hits = []
    w.register_post_accumulate_grad_hook(hits.append)
    for _ in range(2):
        wg.grad(lambda x: (x**2 * w).sum())(w)
        with wg.no_grad():
            wg.grad(lambda x: (x**2 * w).sum())(w)
    assert w.grad is None
    assert not hits


def test_results_share_memory_with_nothing():
    """W9: neither with each other, nor with what was given."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    a, b = wg.grad(lambda x, y: (x + y).sum(), (0, 1))(x, y)
    a += 10.0
    assert b.tolist() == [1.0, 1.0]
    _, pull = wg.vjp(lambda x: x + 0.0, x)
    v = np.array([5.0, 6.0])
    (found,) = pull(v)
    found += 1.0
    assert v.tolist() == [5.0, 6.0]
    c = np.array([7.0, 8.0])
    found = wg.grad(lambda x: (x * wg.tensor(c)).sum())(x)
    found += 1.0
    assert c.tolist() == [7.0, 8.0]


def test_arguments_are_aliases_and_versions_are_shared():
    """A write to the given tensor between the forward and the backward is noticed."""
    x = wg.tensor([1.0, 2.0])
    _, pull = wg.vjp(lambda x: x * x, x)
    wg.autograd.graph.increment_version(x)
    with pytest.raises(VersionError):
        pull(POINT)


def test_an_inner_gradient_looks_at_its_own_graph_only():
    """So a loop of them takes time in proportion to its length."""
    planned = []
    plan = GraphTask._plan

    def counted(task, *args):
        result = plan(task, *args)
        planned.append(len(result[0]))
        return result

    def descend(x):
        for _ in range(30):
            x = x - 0.1 * wg.grad(lambda x: (x**4).sum())(x)
        return x.sum()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GraphTask, "_plan", counted)
        wg.grad(descend)(POINT)
    inner = planned[:-1]
    assert len(inner) == 30
    assert max(inner) == min(inner)
    assert planned[-1] > 30 * min(inner)
