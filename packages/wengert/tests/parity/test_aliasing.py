"""Who shares memory with whom (W8, W9, W10). PyTorch shares, so these programs run in Wengert alone.

Every program gives named arrays that different people hold: each leaf's ``.grad``, what ``grad()`` returned, what hooks
kept, what the caller passed, the leaves themselves. No two of them may share memory, but for the hooks' own views of one
gradient on its way, which are compared with what is stored only.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import wengert as wg


def leaf(*shape):
    """A leaf of this shape, all different numbers."""
    count = int(np.prod(shape, dtype=int))
    return wg.tensor(np.arange(1.0, count + 1.0).reshape(shape), requires_grad=True)


OPERATORS = {
    "add": lambda x, w: x + w,
    "add itself": lambda x, w: x + x,
    "mul": lambda x, w: x * w,
    "neg": lambda x, w: -x,
    "identity": lambda x, w: x + 0.0,
    "clone": lambda x, w: x.clone() + w.clone(),
    "reshape": lambda x, w: wg.reshape(x, (4,)) + wg.reshape(w, (4,)),
    "permute": lambda x, w: wg.permute_dims(x, (1, 0)) + w,
    "broadcast": lambda x, w: wg.broadcast_to(x, (3, 2, 2)) + w,
    "concat": lambda x, w: wg.concat([x, w]),
    "concat twice": lambda x, w: wg.concat([x, x, w]),
    "stack": lambda x, w: wg.stack([x, w, x]),
    "unstack": lambda x, w: wg.unstack(x)[0] + wg.unstack(w)[1],
    "all of unstack": lambda x, w: wg.stack(wg.unstack(x)[::-1]) + w,
    "index": lambda x, w: x[0] + w[1],
    "slice": lambda x, w: x[:, :1] + w[:, 1:],
    "sum": lambda x, w: wg.sum(x) + wg.sum(w),
    "sum axis": lambda x, w: wg.sum(x, axis=0, keepdims=True) + w,
    "where": lambda x, w: wg.where(wg.tensor([[True, False], [True, True]]), x, w),
    "matmul": lambda x, w: wg.matmul(x, w),
    "expand_dims": lambda x, w: wg.expand_dims(x, axis=0) + wg.expand_dims(w, axis=0),
    "flip": lambda x, w: wg.flip(x) + w,
    "double use": lambda x, w: (x + w) + (x + w),
    "leaf root": lambda x, w: x,
}


def owners(x, w, mine, kept, returned):
    """Everything that somebody holds, by name."""
    named = {"x": x, "w": w, "x.grad": x.grad, "w.grad": w.grad, "the caller's gradient": mine}
    named |= {f"returned {i}": t for i, t in enumerate(returned)}
    named |= {f"kept by hook {i}": t for i, t in enumerate(kept)}
    return {name: t.array for name, t in named.items() if t is not None}


def assert_disjoint(named, ignore=lambda left, right: False):
    """No two arrays share memory."""
    for (left, a), (right, b) in itertools.combinations(named.items(), 2):
        if not ignore(left, right):
            assert not np.shares_memory(a, b), f"{left} and {right} share memory"


def hooks_among_themselves(left, right):
    """Hooks along one path may be shown one array."""
    return ("kept" in left and ("kept" in right or "caller" in right)) or ("caller" in left and "kept" in right)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("watch", ["nobody", "tensor", "pre", "post", "leaf", "leaf pre", "leaf post", "retain", "interior"])
@pytest.mark.parametrize("op", OPERATORS)
def test_backward(op, watch, times):
    """W9, W10: of backward(), once and twice, with a hook of each kind that keeps what it sees."""
    x, w = leaf(2, 2), leaf(2, 2)
    kept = []

    def keep(*arguments):
        for argument in arguments:
            kept.extend(g for g in (argument if isinstance(argument, tuple) else (argument,)) if g is not None)

    nodes = [wg.autograd.graph.get_gradient_edge(t).node for t in (x, w)]
    for t, node in zip((x, w), nodes, strict=True):
        if watch == "leaf":
            t.register_hook(keep)
        elif watch == "leaf pre":
            node.register_prehook(keep)
        elif watch == "leaf post":
            node.register_hook(keep)
    for _ in range(times):
        y = OPERATORS[op](x, w)
        if y.grad_fn is not None and watch in ("tensor", "pre", "post", "retain"):
            {
                "tensor": lambda y=y: y.register_hook(keep),
                "pre": lambda y=y: y.grad_fn.register_prehook(keep),
                "post": lambda y=y: y.grad_fn.register_hook(keep),
                "retain": y.retain_grad,
            }[watch]()
        if watch == "interior" and y.grad_fn is not None:
            for node, _ in y.grad_fn.next_functions:
                if node is not None:
                    node.register_hook(keep)
        mine = wg.tensor(np.full(y.shape, 2.0))
        y.backward(mine)
        if watch == "retain" and y.grad is not None and not y.is_leaf:
            kept.append(y.grad)
        assert_disjoint(owners(x, w, mine, kept, ()), hooks_among_themselves)
        assert (mine.array == 2.0).all()


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("which", ["x", "w", "xw", "xx", "y", "yx"])
@pytest.mark.parametrize("op", OPERATORS)
def test_grad(op, which, create_graph):
    """W9: of grad(), for leaves, interior tensors, and one of them twice."""
    x, w = leaf(2, 2), leaf(2, 2)
    y = OPERATORS[op](x, w)
    kept = []
    y.register_hook(kept.append)
    x.register_hook(kept.append)
    mine = wg.tensor(np.full(y.shape, 2.0))
    named = {"x": x, "w": w, "y": y}
    wanted = [named[name] for name in which]
    returned = wg.autograd.grad(y, wanted, mine, allow_unused=True, create_graph=create_graph)
    returned = [g for g in returned if g is not None]
    kept = [g for g in kept if g is not None]
    if which == "xx":  # the same gradient twice is two gradients
        assert len(returned) in (0, 2)
    if not create_graph:
        assert_disjoint(owners(x, w, mine, kept, returned), hooks_among_themselves)
    else:  # a recorded gradient is part of a graph, which may hold on to what it was computed from; tensors differ
        assert len({id(t) for t in [*returned, mine]}) == len(returned) + 1


@pytest.mark.parametrize("op", OPERATORS)
def test_writing_into_a_gradient_changes_nothing_else(op):
    """W9: neither a second backward over the same graph, nor what the graph saved."""
    x, w = leaf(2, 2), leaf(2, 2)
    y = OPERATORS[op](x, w)
    y.backward(wg.tensor(np.ones(y.shape)), retain_graph=True)
    first = [None if t.grad is None else t.grad.array.copy() for t in (x, w)]
    for t in (x, w):
        if t.grad is not None:
            t.grad.array[...] = 777.0
            t.grad = None
    y.backward(wg.tensor(np.ones(y.shape)))
    for t, expected in zip((x, w), first, strict=True):
        if expected is not None:
            np.testing.assert_array_equal(t.grad.array, expected)


@pytest.mark.parametrize("op", OPERATORS)
def test_a_gradient_kept_by_a_hook_stays(op):
    """E4.2, W10: what a hook kept is what it was, after further passes have added to .grad in place."""
    x, w = leaf(2, 2), leaf(2, 2)
    kept = []
    for t in (x, w):
        t.register_hook(lambda g: kept.append((g, g.array.copy())))
    for _ in range(3):
        y = OPERATORS[op](x, w)
        y.backward(wg.tensor(np.ones(y.shape)))
    for gradient, then in kept:
        np.testing.assert_array_equal(gradient.array, then)
