"""What is otherwise inside a compiled function, as `docs/compiled.md` tells under this title: a test for each property."""

from __future__ import annotations

import gc
import random
import threading
import weakref

import numpy as np
import pytest

import wengert as wg
from compiled.side_by_side import leaf
from wengert.errors import ArgumentError, CompileError, ImmutableError, TraceError


def test_what_other_code_reads_is_what_it_was():
    """Numbers that functions read which are called, and what Python's or NumPy's generators draw, are those of the first call."""
    factor, generator = {"value": 2.0}, random.Random(1)

    def scaled(x):
        return x * factor["value"]

    f = wg.compile(lambda x: scaled(x) + generator.random())
    first = f(wg.tensor(1.0)).item()
    factor["value"] = 3.0
    assert f(wg.tensor(1.0)).item() == first
    g = wg.compile(lambda x, factor: x * factor)  # as an argument it is read in each call
    assert [g(wg.tensor(1.0), value).item() for value in (2.0, 3.0, 4.0)] == [2.0, 3.0, 4.0]


def test_numbers_that_hooks_leave_are_those_of_the_first_call():
    w, seen = leaf(1.0), {}
    w.register_hook(lambda g: seen.update(norm=g.item()))

    @wg.compile
    def step(x):
        w.grad = None
        (w * x).sum().backward()
        return x * seen["norm"]

    assert [step(wg.tensor([value])).item() for value in (2.0, 3.0)] == [4.0, 6.0]
    assert seen["norm"] == 3.0  # the hook itself is called in each run


def test_what_a_function_makes_for_its_hooks_is_made_once():
    events = []

    @wg.compile
    def step(x):
        calls = []  # one list, whatever the number of runs
        y = x * 2.0
        y.register_hook(lambda g: calls.append(1) or events.append(len(calls)))
        y.sum().backward()

    for _ in range(3):
        step(leaf(1.0))
    assert events == [1, 2, 3]


def test_programs_keep_alive_what_they_were_traced_with():
    class Hook:
        def __call__(self, g):
            return None

    def step(x, hook):
        y = x * 2.0
        y.register_hook(hook)
        y.sum().backward()

    step, hook = wg.compile(step), Hook()
    gone = weakref.ref(hook)
    step(leaf(1.0), hook)
    del hook
    gc.collect()
    assert gone() is not None
    del step
    gc.collect()
    assert gone() is None


def test_results_share_no_memory():
    """In an eager run the first element of `x` would be 10, too."""
    first = wg.compile(lambda x: x[:1])
    x = wg.tensor([1.0, 2.0])
    for _ in range(2):
        first(x).mul_(10.0)
        assert x.tolist() == [1.0, 2.0]


def test_a_gradient_that_is_left_carries_no_graph():
    w = leaf(2.0)

    @wg.compile
    def step(x):
        w.grad = None
        (w**3 * x).sum().backward(create_graph=True)
        return w.grad * 1.0

    for _ in range(3):
        result = step(wg.tensor([1.0]))
        assert (w.grad.item(), w.grad.requires_grad) == (12.0, False)
        assert wg.autograd.grad(result, w)[0].item() == 12.0  # what is returned carries one


def test_a_loss_that_was_differentiated_inside_requires_none():
    w = leaf(2.0)

    @wg.compile
    def step(x):
        loss = (w * x).sum()
        loss.backward()
        return loss

    assert [step(wg.tensor([1.0])).requires_grad for _ in range(2)] == [False, False]


def test_gradients_that_are_recorded_themselves_are_no_way_back_for_hooks():
    w, seen = leaf(2.0), []
    w.register_hook(lambda g: seen.append((g.item(), g.requires_grad)))

    @wg.compile
    def step(x):
        (first,) = wg.autograd.grad((w**3 * x).sum(), w, create_graph=True)
        return wg.autograd.grad(first.sum(), w)[0]

    for _ in range(2):
        step(wg.tensor([1.0]))
    assert seen == [(12.0, True), (12.0, False)] * 2

    w.register_hook(lambda g: g.sum().backward() if g.requires_grad else None)
    with pytest.raises(CompileError, match="the graph of that is not there: register it with pure=True"):
        step(wg.tensor([1.0]))
    with pytest.raises((CompileError, TraceError)):
        wg.compile(step.__wrapped__)(wg.tensor([1.0]))


def test_threads_that_it_starts_run_once():
    w, ran = leaf(1.0), []

    @wg.compile
    def step(x):
        thread = threading.Thread(target=lambda: ran.append(w.tolist()))  # it sees the array that `w` has
        thread.start()
        thread.join()
        return (x * w).detach()

    for _ in range(3):
        step(wg.tensor([1.0]))
    assert ran == [[1.0]]


def test_threads_cannot_compute_with_its_tensors():
    def step(x):
        y, failed = x * 2.0, []

        def compute():
            try:
                y + 1.0
            except CompileError as error:
                failed.append(error)

        thread = threading.Thread(target=compute)
        thread.start()
        thread.join()
        return y

    with pytest.raises(CompileError, match="in a thread that a compiled function has started"):
        wg.compile(step)(wg.tensor([1.0]))  # though the thread has caught it


def test_a_tensor_from_outside_keeps_its_shape_and_dtype():
    for other in (wg.tensor([1.0, 2.0, 3.0]), wg.tensor([1.0, 2.0], dtype=wg.float32)):
        w = leaf(1.0, 2.0)

        def step(x, w=w, other=other):
            w.data = other
            return x * 1.0

        with pytest.raises(CompileError, match="what it is in a program keeps its shape and dtype"):
            wg.compile(step)(wg.tensor([1.0]))
        assert (w.shape, w.dtype, w.tolist()) == ((2,), wg.float64, [1.0, 2.0])


def test_a_view_whose_base_was_given_other_data_is_not_written_to():
    def step(x):
        base = x * 1.0
        view = base[:1]
        base.data = wg.tensor([5.0, 6.0])
        view.add_(1.0)
        return base

    with pytest.raises(ImmutableError, match="whose base has been given other data"):
        wg.compile(step)(wg.tensor([1.0, 2.0]))


def test_arrays_and_containers_of_the_caller_are_not_written_to():
    def rebind(array):
        array += 1.0
        return array

    with pytest.raises(TraceError, match="write x = x \\+ y and return it"):
        wg.compile(rebind)(np.ones(2))

    def extend(batch):
        batch["double"] = batch["x"] * 2.0
        return batch["double"]

    batch = {"x": wg.tensor([1.0])}
    with pytest.raises(CompileError, match="changes a list or a dictionary among its arguments"):
        wg.compile(extend)(batch)
    assert list(batch) == ["x"]


def test_no_generators():
    def numbers(x):
        yield x * 2.0

    with pytest.raises(ArgumentError, match="which is a generator function"):
        wg.compile(numbers)
    with pytest.raises(CompileError, match="returns an iterator \\(generator\\)"):
        wg.compile(lambda x: (x * n for n in range(2)))(wg.tensor([1.0]))


def test_writes_where_memory_is_shared():
    base = wg.tensor([1.0, 2.0, 3.0])
    view = base[:2]
    double = wg.compile(lambda: view.mul_(2.0).detach() * 1.0)
    for _ in range(2):
        double()
    assert base.tolist() == [4.0, 8.0, 3.0]  # to a view alone they go where they would
    for order in ((base, view), (view, base)):
        with pytest.raises(CompileError, match="on whose memory there is another tensor"):
            wg.compile(lambda order=order: (order[0].mul_(2.0), order[1].sum())[1])()
    assert base.tolist() == [4.0, 8.0, 3.0]
