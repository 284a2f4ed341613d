"""Several threads on one graph, one leaf, one node, one hook (rules E11, G4.5, H3.7, F1.2): nothing is lost or mixed up."""

from __future__ import annotations

import collections
import gc
import threading

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.graph import register_multi_grad_hook
from wengert.errors import ReleasedError
from wengert.observe import ledger, profile, step

from .facade import parity
from .programs import leaf
from .together import THREADS, often_switched, together

# accumulation


@often_switched
@pytest.mark.slow
@parity
def test_a_thousand_runs_over_shared_leaves(lib, log):
    """E11.2: a small network of whole numbers, hooks of every kind on it; each run counts exactly once."""
    leaves = [leaf(lib, *values) for values in ((1.0, 2.0), (3.0, -1.0), (2.0, 5.0))]
    calls = collections.Counter()
    lock = threading.Lock()

    def count(name):
        def hook(*args):
            with lock:
                calls[name] += 1

        return hook

    for index, x in enumerate(leaves):
        x.register_hook(count(f"tensor {index}"))
        x.register_post_accumulate_grad_hook(count(f"stored {index}"))
    nodes = [lib.accumulator(x) for x in leaves]
    for index, node in enumerate(nodes):
        node.register_prehook(count(f"pre {index}"))
        node.register_hook(count(f"post {index}"))

    def work(number):
        a, b, c = leaves
        for i in range(125):
            y = a * b + c * float(number - 3)
            y.register_hook(count("interior"))
            lib.sum(y * b * float(i % 7)).backward()

    log("errors", together(work))
    for x in leaves:
        log("grad", x.grad)
    log("calls", sorted(calls.items()))


@often_switched
def test_retained_gradients_of_one_graph():
    """H3.7, E11.2: each run adds its own. (PyTorch takes no lock there and may lose some.)"""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3.0
    y.retain_grad()
    z = (y * 2.0).sum()

    def work(number):
        for _ in range(50):
            z.backward(retain_graph=True)
            z.backward(retain_graph=True, inputs=[y])

    assert not together(work)
    assert y.grad.tolist() == [2.0 * 2 * 50 * THREADS] * 2
    assert x.grad.tolist() == [6.0 * 50 * THREADS] * 2


@often_switched
@parity
def test_captures_of_one_graph(lib, log):
    """E2.5, E11.2: threads that ask for different gradients of the same graph get theirs."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * w
    z = lib.sum(y * y)
    wanted = [[x], [w], [y], [x, w], [w, y], [x, y], [y, w, x], [z]]
    wrong = []

    def values(tensors):
        return [lib.array(t).tolist() for t in tensors]

    expected = [values(lib.grad(z, inputs, retain_graph=True)) for inputs in wanted]

    def work(number):
        for _ in range(20):
            found = values(lib.grad(z, wanted[number], retain_graph=True))
            if found != expected[number]:
                wrong.append((number, found))

    log("errors", together(work))
    log("wrong", wrong)


@often_switched
@parity
def test_inputs_of_one_graph(lib, log):
    """E7, E11.2: backward(inputs=) of each thread accumulates into its own."""
    leaves = [leaf(lib, float(i + 1)) for i in range(THREADS)]
    y = leaves[0]
    for x in leaves[1:]:
        y = y * x

    def work(number):
        for _ in range(20):
            y.backward(retain_graph=True, inputs=[leaves[number]])

    log("errors", together(work))
    log("grads", *[x.grad for x in leaves])


@pytest.mark.parametrize("retain", [True, False])
@often_switched
@parity
def test_derivatives_of_derivatives_of_one_graph(lib, log, retain):
    """E1.10, E11.2: recorded passes over a shared graph; the last releases nodes that all of them share, unless it retains."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x * x * x)
    wrong = []

    def work(number):
        for _ in range(10):
            (first,) = lib.grad(y, [x], create_graph=True)
            (second,) = lib.grad(lib.sum(first), [x], create_graph=True)
            (third,) = lib.grad(lib.sum(second), [x], retain_graph=retain)
            if [lib.array(t).tolist() for t in (first, second, third)] != [[4.0, 32.0], [12.0, 48.0], [24.0, 48.0]]:
                wrong.append(number)

    log("errors", together(work))
    log("wrong", wrong)


@often_switched
@parity
def test_writes_to_graphs_of_their_own(lib, log):
    """V4, E11.2: threads that write to views of what they made themselves from shared leaves."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)

    def work(number):
        for i in range(25):
            y = x * float(number)
            y[:1].mul_(w[1:])
            y += w
            y[0] = y[1] * 2.0
            lib.sum(y * float(i % 5)).backward()

    log("errors", together(work))
    log("grads", x.grad, w.grad)


# one graph, and not twice


@often_switched
def test_a_shared_trunk_once():
    """G4.5, E11.2: a thread gets through the trunk or finds it released; what it saved is never seen half released."""
    for round_number in range(30):
        x = wg.tensor([1.0, 2.0], requires_grad=True)
        trunk = wg.exp(x)
        for _ in range(10):
            trunk = trunk * trunk * 0.0 + trunk
        done = []

        def work(number, trunk=trunk, done=done):
            (trunk * float(number)).sum().backward()
            done.append(number)

        errors = together(work)
        assert len(done) + len(errors) == THREADS
        assert done, round_number
        assert all(type(error) is ReleasedError for error in errors), errors


@often_switched
def test_a_shared_function_once():
    """F2.3, G4.5: the node of a custom Function, too; and reading what a node saved while another thread releases it."""

    class Square(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * 2.0 * ctx.saved_tensors[0]

    for _ in range(100):
        x = wg.tensor([1.0, 2.0], requires_grad=True)
        y = Square.apply(x)
        z = wg.exp(y)
        loss = z.sum()
        errors = together(lambda number, loss=loss, z=z: loss.backward() if number % 2 else z.grad_fn._saved_out)
        assert all(type(error) is ReleasedError for error in errors), errors


# what is asked of a Function


@often_switched
def test_needs_input_grad_of_each_run():
    """F1.2, W16: what one thread wants of a node is not what another gets."""

    class Product(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            first = g * y if ctx.needs_input_grad[0] else None
            return first, g * x if ctx.needs_input_grad[1] else None

    x, w = wg.tensor(2.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)
    z = Product.apply(x, w)
    wrong = []

    def work(number):
        for _ in range(100):
            wanted, expected = ([x], [3.0]) if number % 3 == 0 else ([w], [2.0]) if number % 3 == 1 else ([x, w], [3.0, 2.0])
            found = [None if g is None else g.item() for g in wg.autograd.grad(z, wanted, retain_graph=True, allow_unused=True)]
            if found != expected:
                wrong.append((number, found))

    assert not together(work)
    assert not wrong
    assert z.grad_fn.needs_input_grad == (True, True)


def test_needs_input_grad_around_a_nested_run():
    """F1.2, E8: a run of the same node inside its own derivative leaves the outer one's as it was."""
    seen = []

    class Product(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            before = ctx.needs_input_grad
            if not seen:
                seen.append("outer")
                z.backward(retain_graph=True)
            seen.append((before, ctx.needs_input_grad))
            return g, g

    x, w = wg.tensor(2.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)
    z = Product.apply(x, w)
    wg.autograd.grad(z, x, retain_graph=True)
    assert seen == ["outer", ((True, True), (True, True)), ((True, False), (True, False))]


# hooks


@often_switched
def test_multi_grad_hooks_count_for_each_run():
    """W24: on tensors that all threads share."""
    x, w = wg.tensor(2.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)
    y = x * 2.0
    z = y * w
    calls = []
    register_multi_grad_hook([x, y, w], lambda grads: calls.append([g.item() for g in grads]))
    register_multi_grad_hook([x, y, w], lambda grad: calls.append("any"), mode="any")

    def work(number):
        for _ in range(30):
            z.backward(retain_graph=True)

    assert not together(work)
    assert calls.count([6.0, 3.0, 4.0]) == calls.count("any") == 30 * THREADS == len(calls) // 2


@often_switched
@parity
def test_unpack_hooks_of_shared_nodes(lib, log):
    """S3.4: once for each run of each node."""
    x = leaf(lib, 1.0, 2.0)
    unpacked = []
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: (unpacked.append(1), t)[1]):
        y = lib.exp(lib.exp(x))
    z = lib.sum(y * 0.0)

    def work(number):
        for _ in range(25):
            z.backward(retain_graph=True)

    log("errors", together(work))
    log("unpacked", len(unpacked), x.grad)


@often_switched
def test_hooks_on_interior_tensors_come_and_go():
    """H5.1: tensor hooks, retained gradients, node hooks on a graph that others run."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    y = wg.exp(x)
    z = (y * 2.0).sum()
    lasting = []
    y.register_hook(lambda g: lasting.append(1))

    def work(number):
        for i in range(40):
            if number % 2:
                handles = [
                    y.register_hook(lambda g: None),
                    y.grad_fn.register_prehook(lambda gs: None),
                    y.grad_fn.register_hook(lambda gi, go: None),
                    register_multi_grad_hook([x, y], lambda gs: None),
                ]
                if i == 20:
                    y.retain_grad()
                for handle in handles:
                    handle.remove()
            else:
                z.backward(retain_graph=True)

    assert not together(work)
    assert len(lasting) == 40 * THREADS // 2
    assert len(y._backward_hooks) == 1
    assert not y.grad_fn._hooks.pre.hooks
    assert not y.grad_fn._hooks.post.hooks
    assert np.allclose(x.grad.numpy(), 40 * THREADS // 2 * 2.0 * np.exp([1.0, 2.0]))


@often_switched
def test_hooks_of_an_accumulator_that_comes_and_goes():
    """G3.2, W13: graphs over a leaf are made and dropped; hooks put on its node stay with the leaf, each once."""
    x = wg.tensor(1.0, requires_grad=True)
    handles = [[] for _ in range(THREADS)]

    def work(number):
        for _ in range(50):
            handles[number].append(wg.autograd.graph.get_gradient_edge(x).node.register_prehook(lambda gs: None))
            (x * 2.0).backward()

    assert not together(work)
    node = wg.autograd.graph.get_gradient_edge(x).node
    assert len(node._hooks.pre.hooks) == 50 * THREADS
    for handle in (h for some in handles for h in some):
        handle.remove()
    assert not node._hooks.pre.hooks
    assert x.grad.item() == 2.0 * 50 * THREADS


@pytest.mark.parametrize("kind", ["tensor", "pre", "post", "post-accumulate", "ledger"])
def test_the_garbage_collector_removes_a_hook_while_hooks_are_read(kind):
    """H5.1: a finalizer may run, and with it other threads, wherever Python makes an object: while the hooks are listed, too."""
    x = wg.tensor(1.0, requires_grad=True)
    y = x * 2.0
    register = {
        "tensor": x.register_hook,
        "ledger": x.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "post-accumulate": x.register_post_accumulate_grad_hook,
    }[kind]
    calls = []
    many = [register(lambda *args: calls.append(1)) for _ in range(5000)]

    class Owner:
        def __init__(self):
            self.me = self  # only the collector finds it
            self.handle = many.pop()

        def __del__(self):
            self.handle.remove()

    threshold = gc.get_threshold()
    gc.collect()
    try:
        gc.disable()
        for _ in range(20):
            Owner()
        gc.set_threshold(1500, 1, 1)  # so many objects are made by a list of 5000 pairs, and not before it
        gc.enable()
        if kind == "ledger":
            assert len([r for r in wg.observe.hooks() if r.name == "<lambda>"]) >= 4980
        else:
            y.backward()
            assert len(calls) >= 4980
    finally:
        gc.set_threshold(*threshold)


# modes and observers


@often_switched
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_anomaly_mode_comes_and_goes():
    """A1.1: it is the whole process's, and may be switched while others run."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)

    def work(number):
        for _ in range(30):
            if number == 0:
                with wg.autograd.set_detect_anomaly(True):
                    wg.exp(x * 0.0).sum().backward()
            else:
                (x * 2.0).sum().backward()

    assert not together(work)
    assert not wg.autograd.is_anomaly_enabled()
    assert x.grad.tolist() == [2.0 * 30 * (THREADS - 1)] * 2


@often_switched
def test_observers_of_each_thread():
    """A5, E11.2: a ledger, a profile and a stepper see what their own thread runs."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    seen = [0] * THREADS

    def work(number):
        def mine(grad):
            return None

        for _ in range(10):
            y = x * 2.0
            y.register_hook(mine)
            match number % 4:
                case 0:
                    with ledger() as book:
                        y.sum().backward()
                    seen[number] += sum(r.fired for r in book.records)
                case 1:
                    with profile() as times:
                        y.sum().backward()
                    seen[number] += sum(e.kind == "hook" for e in times.events)
                case 2:
                    seen[number] += sum(s.kind == "tensor hook" and s.phase == "after" for s in step(y.sum()))
                case _:
                    y.sum().backward()
                    seen[number] += 1

    assert not together(work)
    assert seen == [10] * THREADS
    assert x.grad.tolist() == [2.0 * 10 * THREADS] * 2
