"""Several threads at once (rules E11, G7.1, E8.2, H5): nothing is lost, nothing is disturbed."""

from __future__ import annotations

import contextvars
import gc
import threading

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.modes import ACTIVE

from .facade import parity
from .programs import function, leaf
from .together import THREADS, often_switched, together

# accumulation


@often_switched
@pytest.mark.parametrize("hooked", [False, True])
@parity
def test_graphs_of_their_own_over_shared_leaves(lib, log, hooked):
    """E11.2: whole numbers, so that every lost contribution shows."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 5.0)
    calls = []
    if hooked:
        x.register_hook(lambda g: calls.append(1))
        w.register_post_accumulate_grad_hook(lambda t: calls.append(1))

    def work(number):
        for i in range(50):
            lib.sum(x * w * float(number + i)).backward()

    log("errors", together(work))
    log("grads", x.grad, w.grad, len(calls))


@often_switched
@parity
def test_one_graph_with_retain_graph(lib, log):
    """E11.2: each run is whole."""
    x = leaf(lib, 1.0, 2.0)
    y = x
    for _ in range(10):
        y = y * x + 1.0
    z = lib.sum(y)
    (expected,) = lib.grad(z, [x], retain_graph=True)
    wrong = []

    def work(number):
        for _ in range(10):
            (g,) = lib.grad(z, [x], retain_graph=True)
            if lib.array(g).tolist() != lib.array(expected).tolist():
                wrong.append(g)
            z.backward(retain_graph=True)

    log("errors", together(work), len(wrong))
    log("grad", bool(np.allclose(lib.array(x.grad), 10 * THREADS * lib.array(expected))))


@often_switched
@parity
def test_one_graph_once(lib, log):
    """E11.2, G4.5: a run gets through (in PyTorch too now and then a second one), the others find it released."""
    for _ in range(20):
        x = leaf(lib, 1.0, 2.0)
        y = lib.exp(x)
        for _ in range(30):
            y = y * y * 0.5
        z = lib.sum(lib.exp(y * 0.0))
        done = []

        def work(number, z=z, done=done):
            z.backward()
            done.append(number)

        errors = together(work)
        if not done or len(done) + len(errors) != THREADS or not all(isinstance(e, RuntimeError) for e in errors):
            log("not as it should be", len(done), errors)
    log("end")


@often_switched
@parity
def test_retained_gradients(lib, log):
    """E11.2, H3.7: on interior tensors of graphs of their own."""
    x = leaf(lib, 1.0, 2.0)
    wrong = []

    def work(number):
        for i in range(30):
            y = x * float(i)
            y.retain_grad()
            lib.sum(y * float(number)).backward()
            if lib.array(y.grad).tolist() != [float(number)] * 2:
                wrong.append(y.grad)

    log("errors", together(work), len(wrong))


@often_switched
@parity
def test_recorded(lib, log):
    """E11.2, E1.10: create_graph in one thread does not make another record."""
    x = leaf(lib, 1.0, 2.0)
    wrong = []

    def work(number):
        for _ in range(20):
            y = lib.sum(x * x * x)
            (first,) = lib.grad(y, [x], create_graph=bool(number % 2))
            if first.requires_grad != bool(number % 2):
                wrong.append(first)
            if first.requires_grad:
                (second,) = lib.grad(lib.sum(first), [x])
                if lib.array(second).tolist() != [6.0, 12.0]:
                    wrong.append(second)

    log("errors", together(work), len(wrong))


# what is made on demand


@often_switched
def test_the_first_call_of_an_operator():
    """Its code is generated once, and nobody sees it half done."""
    from wengert.op import operator, rule

    for i in range(20):

        @operator(name=f"thrice_in_threads_{i}")
        def thrice(x, /, *, factor=3.0):
            return factor * x

        @rule(thrice, "x")
        def _(g, factor):
            return factor * g

        x = wg.tensor(1.0, requires_grad=True)
        classes = set()

        def work(number, thrice=thrice, x=x, classes=classes):
            y = thrice(x)
            classes.add(type(y.grad_fn))
            y.backward()

        assert not together(work)
        assert x.grad.item() == 3.0 * THREADS
        assert len(classes) == 1


@often_switched
def test_there_is_one_of_each():
    """G3.1, S1.1, H0.1: accumulators, version counters, dictionaries of hooks and of metadata."""
    for _ in range(50):
        x = wg.tensor(1.0, requires_grad=True)
        y = wg.tensor(1.0, requires_grad=True) * 2.0
        nodes, counters, metadata = [], set(), set()

        def work(number, x=x, y=y, nodes=nodes, counters=counters, metadata=metadata):
            nodes.append(wg.autograd.graph.get_gradient_edge(x).node)
            x.register_hook(lambda g: None)
            y.register_hook(lambda g: None)
            y.grad_fn.register_hook(lambda gi, go: None)
            nodes[0].register_prehook(lambda go: None)
            x.register_post_accumulate_grad_hook(lambda t: None)
            counters.add(x.detach()._counter())
            metadata.add(id(y.grad_fn.metadata))

        assert not together(work)
        assert len(set(nodes)) == len(counters) == len(metadata) == 1
        assert len(x._backward_hooks) == len(y._backward_hooks) == len(x._post_accumulate_grad_hooks) == THREADS
        assert len(y.grad_fn._hooks.post.hooks) == len(nodes[0]._hooks.pre.hooks) == THREADS
        assert len(y.grad_fn._hooks.tensor) == 1


# hooks that come and go


@often_switched
@pytest.mark.parametrize("kind", ["tensor", "post-accumulate", "pre", "post", "multi"])
@parity
def test_hooks_registered_and_removed_meanwhile(lib, log, kind):
    """E11.2, H5.1: while other threads run through the same leaf."""
    x = leaf(lib, 1.0, 2.0)
    alive = lib.sum(x * 1.0)
    node = lib.accumulator(x)
    register = {
        "tensor": lambda fn: x.register_hook(lambda g: fn()),
        "post-accumulate": lambda fn: x.register_post_accumulate_grad_hook(lambda t: fn()),
        "pre": lambda fn: node.register_prehook(lambda gs: fn()),
        "post": lambda fn: node.register_hook(lambda gi, go: fn()),
        "multi": lambda fn: lib.graph.register_multi_grad_hook([x], lambda gs: fn()),
    }[kind]
    calls = []
    permanent = register(lambda: calls.append(1))

    def work(number):
        for _ in range(40):
            if number % 2:
                handle = register(lambda: None)
                handle.remove()
            else:
                lib.sum(x * 2.0).backward()

    log("errors", together(work))
    log("calls", len(calls), x.grad)
    permanent.remove()
    log("alive", alive.requires_grad)


@often_switched
def test_handles_of_many_threads():
    """H0.1, H6.1: every hook has an id of its own, and each handle removes one."""
    x = wg.tensor(1.0, requires_grad=True)
    handles = [[] for _ in range(THREADS)]

    def work(number):
        for _ in range(500):
            handles[number].append(x.register_hook(lambda g: None))
        for handle in handles[number][::2]:
            handle.remove()
        wg.observe.hooks()

    assert not together(work)
    ids = [handle.id for some in handles for handle in some]
    assert len(set(ids)) == len(ids) == THREADS * 500
    assert len(x._backward_hooks) == THREADS * 250


@often_switched
def test_the_ledger_while_hooks_come_and_go():
    """A5: listing live hooks does not mind other threads' making and dropping of tensors."""
    stop = threading.Event()

    def work(number):
        if number == 0:
            for _ in range(20):
                wg.observe.hooks()
            stop.set()
        while not stop.is_set():
            x = wg.tensor(1.0, requires_grad=True)
            x.register_hook(lambda g: None)
            del x

    assert not together(work, 2)


# modes


@often_switched
@parity
def test_modes_of_each_thread(lib, log):
    """G7.1: what one thread switches off stays on in the others."""
    x = leaf(lib, 1.0)
    wrong = []

    def work(number):
        for _ in range(100):
            if number % 2:
                with lib.no_grad():
                    if (x * 2.0).requires_grad or lib.is_grad_enabled():
                        wrong.append("no_grad")
            elif not (x * 2.0).requires_grad or not lib.is_grad_enabled():
                wrong.append("grad")

    log("errors", together(work), wrong)


@often_switched
@parity
def test_saved_tensors_hooks_of_each_thread(lib, log):
    """S3.1, S5.1: the stack of hooks is the thread's own."""
    x = leaf(lib, 2.0)
    packed = [[] for _ in range(THREADS)]

    def work(number):
        for _ in range(30):
            if number % 2:
                with lib.graph.saved_tensors_hooks(lambda t: (packed[number].append(1), t)[1], lambda t: t):
                    y = lib.exp(x)
            else:
                y = lib.exp(x)
            y.backward()

    log("errors", together(work))
    log("packed", [len(p) for p in packed])


@parity
def test_a_thread_that_ends_inside_no_grad(lib, log):
    """G7.1: leaves nothing behind."""
    x = leaf(lib, 1.0)

    def work(number):
        lib.no_grad().__enter__()
        lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t).__enter__()

    log("errors", together(work))
    log("here", lib.is_grad_enabled(), (x * 2.0).requires_grad)
    fresh = []
    together(lambda number: fresh.append((x * 2.0).requires_grad))
    log("elsewhere", fresh)


def test_a_thread_that_ends_inside_no_grad_slows_nobody():
    """G7.1: operators take the fast way again as soon as it has ended."""
    gc.collect()  # threads of earlier tests may be held by the errors that they have raised
    inside, leave = threading.Event(), threading.Event()

    def work():
        wg.no_grad().__enter__()
        inside.set()
        leave.wait()

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    try:
        assert len(ACTIVE) == 1
        assert (wg.tensor(1.0, requires_grad=True) * 2.0).requires_grad
    finally:  # or the process would wait for it for ever
        leave.set()
        thread.join()
    assert not ACTIVE


@parity
def test_callbacks_of_each_thread(lib, log):
    """E9.1: belong to the run that queued them."""
    x = leaf(lib, 1.0)
    seen = [[] for _ in range(THREADS)]

    def work(number):
        for i in range(20):
            y = x * 2.0
            y.register_hook(lambda g, i=i: lib.queue_callback(lambda: seen[number].append((i, threading.get_ident()))))
            y.backward()
            seen[number][-1] = (i, seen[number][-1][1] == threading.get_ident())

    log("errors", together(work))
    log("seen", all(s == [(i, True) for i in range(20)] for s in seen))


@often_switched
@parity
def test_functions_of_each_thread(lib, log):
    """F1.2, F2.3: contexts are not shared."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)

    def forward(ctx, a, b, n):
        ctx.save_for_backward(a, b)
        ctx.n = n
        return a * b * n

    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b * ctx.n, g * a * ctx.n, None

    mine = function(lib, forward, backward)

    def work(number):
        for i in range(30):
            mine.apply(x, w, float(i)).backward()

    log("errors", together(work))
    log("grads", x.grad, w.grad)


# context variables and nested runs

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="default")


@parity
def test_context_variables(lib, log):
    """E11.3: hooks see the caller's; what they set is there for the next hook, and for the caller."""
    x = leaf(lib, 1.0)
    y = x * 2.0

    def first(g):
        log("first", VARIABLE.get())
        VARIABLE.set("set by a hook")

    y.register_hook(first)
    x.register_hook(lambda g: log("second", VARIABLE.get()))
    token = VARIABLE.set("set by the caller")
    y.backward()
    log("after", VARIABLE.get())
    VARIABLE.reset(token)


@pytest.mark.parametrize("depth", [10, 200, 2000])
@parity
def test_deeply_nested_runs(lib, log, depth):
    """E8.2: each from a hook of the one before."""
    x = leaf(lib, 1.0)
    reached = []

    def nest(level):
        with lib.enable_grad():
            y = x * 2.0
        if level < depth:
            y.register_hook(lambda g: nest(level + 1))
        else:
            y.register_hook(lambda g: reached.append(VARIABLE.get()))
        y.backward()

    nest(1)
    log("bottom", reached, x.grad)
    log("still", lib.is_grad_enabled())


@parity
def test_nested_runs_of_a_deep_program(lib, log):
    """E8.2: a program that has used half of its stack already."""
    x = leaf(lib, 1.0)

    def nest(level):
        with lib.enable_grad():
            y = x * 2.0
        if level:
            y.register_hook(lambda g: nest(level - 1))
        y.backward()

    def descend(frames):
        if frames:
            descend(frames - 1)
        else:
            nest(100)

    descend(500)
    log("grad", x.grad)


@parity
def test_nested_functions(lib, log):
    """E8.2: by Functions that differentiate in their backward."""
    x = leaf(lib, 1.0)

    def backward(ctx, g):
        if ctx.level:
            with lib.enable_grad():
                inner = mine.apply(ctx.a, ctx.level - 1)
            (g,) = lib.grad(inner, [ctx.a], g)
        return g, None

    def forward(ctx, a, level):
        ctx.a, ctx.level = a, level
        return a * 1.0

    mine = function(lib, forward, backward)
    mine.apply(x, 200).backward()
    log("grad", x.grad)


@parity
def test_a_nested_run_that_raises_far_down(lib, log):
    """E8.2, E10.1: comes up through every level, and leaves all as it was."""
    x = leaf(lib, 1.0)

    def nest(level):
        with lib.enable_grad():
            y = x * 2.0
        if level:
            y.register_hook(lambda g: nest(level - 1))
        else:
            y.register_hook(lambda g: {}["nothing"])
        y.backward()

    log.attempt("nest", lambda: nest(40))
    log("grad", x.grad, lib.is_grad_enabled())
    (x * 3.0).backward()
    log("after", x.grad)
