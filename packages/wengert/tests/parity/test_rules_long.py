"""Graphs of hundreds of thousands of nodes (rules G9.2, E2.1, E2.5): built, run and freed at linear cost, without recursion."""

from __future__ import annotations

import gc
import sys
import threading

import pytest

import wengert as wg
from choices import THOROUGH

from .facade import WENGERT
from .programs import function

pytestmark = pytest.mark.slow


class Sizes:
    """How long a line or how wide a fan the tests make.

    One of them is the rule's own, and so is another in a thorough run. Of the third a recursion in C would need 160 bytes of the
    usual stack for each node, which is less than one call takes; the second is as long on a part of that stack.
    """

    line = 200_000
    functions = 100_000 if THOROUGH else 20_000
    others = 50_000


@pytest.fixture(autouse=True)
def _small_stack():
    """A recursion over the depth of a graph would show even if it had room to begin with; a collector costs time."""
    limit = sys.getrecursionlimit()
    gc.collect()
    gc.disable()
    sys.setrecursionlimit(300)
    yield
    sys.setrecursionlimit(limit)
    gc.enable()


def line(x, length, step):
    y = x
    for _ in range(length):
        y = step(y)
    return y


def test_a_line():
    """G9.2."""
    x = wg.tensor(1.0, requires_grad=True)
    y = line(x, Sizes.line, lambda y: -y)
    y.backward()
    assert x.grad.item() == 1.0
    (g,) = wg.autograd.grad(y, x)
    assert g.item() == 1.0
    del y


def test_a_line_that_saves_and_is_released():
    """G4.3, G9.2: with saved values on every node, freed by the run and by the end of the graph."""
    x = wg.tensor(1.0, requires_grad=True)
    y = line(x, Sizes.others, lambda y: y * x)
    y.backward()
    assert x.grad.item() == Sizes.others + 1.0
    del y


def test_a_line_never_run():
    """G9.2: freed without a run, by the tensor or by the leaf that goes last."""
    x = wg.tensor(1.0, requires_grad=True)
    y = line(x, Sizes.others, lambda y: wg.exp(y * 0.0))
    del x
    del y


def on_a_small_stack(work, size):
    """What `work` does on a thread with a stack of so many bytes."""
    failures = []

    def body():
        try:
            work()
        except BaseException as error:
            failures.append(error)

    before = threading.stack_size(size)
    try:
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert not failures


def test_custom_functions_in_a_line():
    """G9.2: their nodes have dictionaries, and whatever users put there."""
    mine = function(WENGERT, lambda ctx, a: a * 1.0, lambda ctx, g: g)

    def work():
        x = wg.tensor(1.0, requires_grad=True)
        y = line(x, Sizes.functions, mine.apply)
        y.backward()
        assert x.grad.item() == 1.0
        del y

    on_a_small_stack(work, 1600 * 1024)


def test_a_line_with_hooks():
    """G9.2, H8: a tensor hook, a node hook and a retained gradient on every node."""
    x = wg.tensor(1.0, requires_grad=True)
    y, kept, calls = x, [], 0

    def count(*args):
        nonlocal calls
        calls += 1

    for _ in range(Sizes.others // 10):
        y = -y
        y.register_hook(count)
        y.grad_fn.register_hook(count)
        y.grad_fn.register_prehook(count)
        y.retain_grad()
        kept.append(y)
    y.backward()
    assert calls == 3 * (Sizes.others // 10)
    assert {t.grad.item() for t in kept} == {1.0, -1.0}
    del y
    kept.clear()


def test_a_recorded_line():
    """E1.10, G9.2: the graph of the gradient is as long, and so is that of the second."""
    x = wg.tensor(0.5, requires_grad=True)
    y = line(x, Sizes.others // 10, lambda y: wg.sin(y))
    (first,) = wg.autograd.grad(y, x, create_graph=True)
    (second,) = wg.autograd.grad(first, x, create_graph=True)
    assert first.item() > 0 > second.item()
    del y, first, second


def test_a_fan():
    """E2.1, G9.2: tens of thousands of nodes ready at once, a node with as many edges, a leaf with as many uses."""
    x = wg.tensor([1.0], requires_grad=True)
    y = wg.concat([-x for _ in range(Sizes.others)]).sum()
    y.backward()
    assert x.grad.tolist() == [-float(Sizes.others)]
    del y


def test_a_ladder():
    """E2.1: as many paths as there are subsets of the rungs, each rung visited once."""
    x = wg.tensor(1.0, requires_grad=True)
    y = line(x, Sizes.others, lambda y: (y + y) * 0.5)
    y.backward()
    assert x.grad.item() == 1.0


def test_planning_for_inputs():
    """E2.5: by grad() for the ends and the middle, and backward(inputs=...)."""
    x = wg.tensor(1.0, requires_grad=True)
    middle = line(x, Sizes.others // 2, lambda y: -y)
    y = line(middle, Sizes.others // 2, lambda y: -y)
    assert [g.item() for g in wg.autograd.grad(y, [x, middle, y])] == [1.0, 1.0, 1.0]
    y.backward(inputs=[middle])
    assert middle.grad.item() == 1.0
    assert x.grad is None


def test_leaves_one_after_the_other():
    """E2.3: each is accumulated as soon as it is ready, a leaf for every node of a line."""
    leaves = [wg.tensor(1.0, requires_grad=True) for _ in range(Sizes.others)]
    y = leaves[0]
    for one in leaves[1:]:
        y = y + one
    order = []
    leaves[5].register_post_accumulate_grad_hook(lambda t: order.append(5))
    leaves[-5].register_post_accumulate_grad_hook(lambda t: order.append(-5))
    y.backward()
    assert {one.grad.item() for one in leaves} == {1.0}
    assert order == [-5, 5]


def test_on_a_thread_with_a_small_stack():
    """G9.2: 256 KiB of stack are enough to build, run and free."""

    def work():
        x = wg.tensor(1.0, requires_grad=True)
        y = line(x, Sizes.others, lambda y: -y)
        y.backward()
        del y
        assert x.grad.item() == 1.0

    on_a_small_stack(work, 256 * 1024)
