"""Tensors that a compiled function makes: made in each run, whatever is written to them, unless somebody keeps one."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg


def added(x):
    total = wg.zeros(2)
    total += x
    return total


def written(x):
    made = wg.tensor(np.ones(2))
    for _ in range(3):
        made[0] = made[0] + x[1]
    return made * 2.0


def shifted(x):
    made = wg.tensor([6, 5])
    made <<= 1
    return made * x


def like(x):
    made = wg.ones_like(x)
    made.mul_(2.0).add_(x)
    return made


def differentiated(x):
    leaf = wg.ones(2, requires_grad=True)
    for _ in range(2):
        (leaf * x).sum().backward()
    return leaf.grad


def zeroed(x):
    made = x * 1.0
    made.zero_().add_(x)
    return made


def filled(x):
    made = x * 1.0
    made.fill_(2.0)
    made[...] = made * 3.0
    made[...] = 4.0
    made.add_(x)
    return made


def returned(x):
    return wg.arange(2.0)


@pytest.mark.parametrize("fn", [added, written, shifted, like, differentiated, zeroed, filled, returned])
@pytest.mark.parametrize("backend", ["python", "xla"])
def test_a_tensor_is_made_in_each_run(fn, backend):
    if backend == "xla":
        pytest.importorskip("jax")
    compiled = wg.compile(fn, backend=backend)
    for numbers in ([1.0, 2.0], [1.0, 2.0], [3.0, -1.0]):
        x = wg.tensor(numbers)
        got = compiled(x)
        assert got.tolist() == fn(x).tolist()
        got.array[...] = 7.0  # it is the caller's
    assert (compiled.captures, compiled.hits) == (1, 2)


def test_gradients_of_leaves_that_are_made_inside():
    def fn(x):
        leaf = wg.tensor([2.0, 3.0], requires_grad=True)
        return (leaf * x) ** 2, leaf

    compiled = wg.compile(fn)
    for _ in range(3):
        x = wg.tensor([1.0, -1.0], requires_grad=True)
        squares, leaf = compiled(x)
        squares.sum().backward()
        assert (x.grad.tolist(), leaf.tolist()) == ([8.0, -18.0], [2.0, 3.0])


def test_what_is_kept_for_later_calls():
    """It is from outside in these; the first call is traced again."""
    kept = {}

    def counts(x):
        if "total" not in kept:
            kept["total"] = wg.zeros(2)
        kept["total"].add_(x)
        return kept["total"] * 1.0

    compiled = wg.compile(counts)
    x = wg.tensor([1.0, 2.0])
    assert [compiled(x).tolist() for _ in range(4)] == [[n, 2.0 * n] for n in (1.0, 2.0, 3.0, 4.0)]
    assert kept["total"].tolist() == [4.0, 8.0]
    assert type(kept["total"].array) is np.ndarray
    assert (compiled.captures, compiled.hits) == (2, 2)
    kept["total"].zero_()
    assert compiled(x).tolist() == [1.0, 2.0]


def test_what_is_on_memory_of_others_is_from_outside():
    array = np.zeros(2)

    def fn(x):
        wg.asarray(array).add_(x)
        return x * 1.0

    compiled = wg.compile(fn)
    for _ in range(3):
        compiled(wg.tensor([1.0, 2.0]))
    assert array.tolist() == [3.0, 6.0]
