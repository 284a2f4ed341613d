"""What is left after a failure: which nodes can run again, what was stored, what mode is in force (rules E10)."""

from __future__ import annotations

import threading

import pytest

from .facade import differs, parity
from .programs import leaf

PLACES = ["tensor", "retained tensor", "pre", "post", "leaf", "leaf pre", "leaf post", "stored", "unpack", "callback", "root"]


@pytest.mark.parametrize("call", ["backward", "grad", "inputs", "create_graph"])
@pytest.mark.parametrize("place", PLACES)
@parity
def test_retry(lib, log, place, call):
    """E10.2: what ran is released, what did not run is intact; a second try without the culprit shows which is which."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    failing = [True]

    def culprit(*arguments):
        if failing[0]:
            raise KeyError(place)

    def unpack(t):
        culprit()
        return t

    top = lib.exp(w)
    with lib.graph.saved_tensors_hooks(lambda t: t, unpack if place == "unpack" else lambda t: t):
        middle = lib.sin(x)
    bottom = middle * top
    out = lib.cos(bottom)
    accumulator = lib.accumulator(x)
    {
        "tensor": lambda: middle.register_hook(culprit),
        "retained tensor": lambda: (middle.retain_grad(), middle.register_hook(culprit)),
        "pre": lambda: middle.grad_fn.register_prehook(culprit),
        "post": lambda: middle.grad_fn.register_hook(culprit),
        "leaf": lambda: x.register_hook(culprit),
        "leaf pre": lambda: accumulator.register_prehook(culprit),
        "leaf post": lambda: accumulator.register_hook(culprit),
        "stored": lambda: x.register_post_accumulate_grad_hook(culprit),
        "unpack": lambda: None,
        "callback": lambda: middle.register_hook(lambda g: lib.queue_callback(culprit)),
        "root": lambda: out.register_hook(culprit),
    }[place]()

    def run(t):
        if call == "grad":
            return lib.grad(t, [x])
        if call == "inputs":
            return t.backward(inputs=[x])
        return t.backward(create_graph=call == "create_graph")

    log.attempt("first", lambda: run(out))
    log("left", x.grad, w.grad, middle.grad, lib.is_grad_enabled())
    failing[0] = False
    log.attempt("all again", lambda: run(out))
    log.attempt("from the middle", lambda: run(middle))
    log.attempt("the top", lambda: lib.grad(top, [w]))
    log("left", x.grad, w.grad, middle.grad)


@parity
def test_failure_in_a_nested_task(lib, log):
    """E8.4, E10: the outer task fails with it; both are over."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    inner, outer = lib.exp(w), lib.sin(x)

    def bang(g):
        raise KeyError("inner")

    inner.register_hook(bang)
    outer.register_hook(lambda g: inner.backward())
    log.attempt("outer", lambda: (outer * 2.0).backward())
    log.attempt("no task is left", lambda: lib.queue_callback(lambda: None))
    log.attempt("works", (x * w).backward)
    log("grads", x.grad, w.grad, lib.is_grad_enabled())


def fail_at(lib, log, depth):
    """A hook that starts a backward whose hook starts one, and so on; the last one raises."""
    x = leaf(lib, 1.0)

    def nested(level):
        def hook(g):
            if level == depth:
                raise KeyError("at the bottom")
            with lib.enable_grad():
                y = x * 2.0
            y.register_hook(nested(level + 1))
            y.backward()

        return hook

    y = x * 2.0
    y.register_hook(nested(1))
    log.attempt("outer", y.backward)
    log("grad", x.grad, lib.is_grad_enabled())


@parity
def test_failure_deep_in_nested_tasks(lib, log):
    """E8.4: an exception comes up through every level."""
    fail_at(lib, log, 50)


@differs(
    "E8.4",
    torch=[("outer", "raised", "SystemError"), ("grad", None, True)],
    wengert=[("outer", "raised", "KeyError"), ("grad", None, True)],
    reason="An exception keeps its type however deep the nested backward is; past 60 levels PyTorch's becomes a SystemError.",
)
def test_failure_deeper_than_one_thread(lib, log):
    """E8.2: where nested tasks go on in another thread."""
    fail_at(lib, log, 100)


@parity
def test_keyboard_interrupt(lib, log):
    """E10.1: what is no Exception passes as well."""
    x = leaf(lib, 2.0)

    def interrupt(g):
        raise KeyboardInterrupt

    y = x * 3.0
    y.register_hook(interrupt)
    try:
        y.backward()
    except KeyboardInterrupt:
        log("interrupted", lib.is_grad_enabled())
    log.attempt("works", (x * x).backward)
    log("grad", x.grad)


@parity
def test_failure_in_a_thread(lib, log):
    """E11, E10: stays there."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    caught = []

    def bang(g):
        raise KeyError("thread")

    def work():
        try:
            y.backward()
        except KeyError as error:
            caught.append(error)

    y.register_hook(bang)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    log("caught", *caught)
    log.attempt("here", (x * x).backward)
    log("grad", x.grad)


@pytest.mark.parametrize("count", [2, 4])
@parity
def test_one_graph_in_several_threads(lib, log, count):
    """E11.2: with retain_graph each thread gets its whole gradient."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(lib.exp(x) * x)
    barrier = threading.Barrier(count)
    results = []

    def work():
        barrier.wait()
        for _ in range(20):
            results.append(lib.grad(y, [x], retain_graph=True)[0])

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log("results", len(results), results[0], all((lib.array(r) == lib.array(results[0])).all() for r in results))


@parity
def test_modes_of_several_threads(lib, log):
    """G7.1: a backward in one thread does not see the mode of another."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    entered, done = threading.Event(), threading.Event()

    def hold():
        with lib.no_grad():
            entered.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(10)
    z = x * 2.0
    log("recorded", z.requires_grad)
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first, first.requires_grad)
    done.set()
    thread.join()
